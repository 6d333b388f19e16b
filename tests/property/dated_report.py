"""The tables of a random district that need dates, more rules than one, or the year before."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.disclosure.parts import OWN, minimums
from analysis.measures.counted import WAS, WAS_NOT
from analysis.study import Study

BLOCK = {"school_year": "2017-18", "district_id": "EX"}
DATES = pd.bdate_range("2017-09-05", periods=60)[::3].strftime("%Y-%m-%d")
KINDS = pd.Series(np.where(np.arange(len(DATES)) % 7 == 6, "day before a break", "other"), index=DATES)
REASONS = ["excused", "unexcused", "suspension"]
CHRONIC = ["moderate_chronic", "severe_chronic"]
EXAMPLE = Study.load(Path(__file__).parents[2] / "studies" / "example.yaml")


def dated_tables(
    random: np.random.Generator, rows: pd.DataFrame, stays: pd.DataFrame, cells: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Make all tables of parts of the year, of other rules and of the year before."""
    days = student_days(random, rows, stays)
    tables = {
        f"absence_by_{name}": of_days(days, key)
        for name, key in (("month", "month"), ("week", "week_start"), ("weekday", "weekday"), ("date", "date"))
    }
    tables["near_break"] = of_days(days, "near_break")
    tables["absence_by_reason"] = of_days(days[days["absent"] > 0], "absence_reason")
    for name, key in (("month", "month"), ("grade", "grade_level"), ("economic_disadvantage", "economic_disadvantage")):
        mix = of_days(days[days["absent"] > 0], "absence_reason", key)
        tables[f"absence_by_reason_and_{name}"] = mix.drop(columns=["days_enrolled", "absence_rate"])
    tables["absence_by_school_level_and_month"] = of_days(days, "school_level", "month")
    tables["school_months"] = of_days(days, "school_id", "month").drop(columns=["days_enrolled", "days_absent"])
    tables["school_days"] = of_days(days, "school_id", "date").drop(columns="days_enrolled")
    stayed = days.groupby("student")["date"].agg(["min", "max"])
    stayed = stayed.index[(stayed["min"] == DATES[0]) & (stayed["max"] == DATES[-1])]
    all_year = of_days(days[days["student"].isin(stayed)], "month").set_index("month")
    here = tables["absence_by_month"][[*BLOCK, "level_type", "month", "students", "absence_rate"]]
    tables["same_students"] = here.assign(
        students_all_year=here["month"].map(all_year["students"]),
        rate_all_year=here["month"].map(all_year["absence_rate"]),
    )
    missed = of_days(days, "grade_level", "school_id", "month").drop(columns=["days_enrolled", "absence_rate"])
    chronic = cells[["grade_level", "school_id", "students_counted", "chronically_absent"]]
    missed = missed.merge(chronic, on=["grade_level", "school_id"], how="left")
    tables["missed_days"] = missed.assign(
        share_of_chronic=missed["chronically_absent"] / max(1, cells["chronically_absent"].sum())
    )
    return tables | of_rules(rows) | followed(random, rows)


def student_days(random: np.random.Generator, rows: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """Give a row a student and date: where, and whether absent; who moved is elsewhere from the middle on."""
    number = len(DATES)
    length = np.maximum(1, np.round(rows["enrolled"] / 180 * number)).astype(int).to_numpy()
    first = (random.random(len(rows)) * (number - length + 1)).astype(int)
    student = np.repeat(np.arange(len(rows)), length)
    place = np.concatenate([np.arange(one, one + many) for one, many in zip(first, length, strict=True)])
    days = rows.iloc[student].reset_index(drop=True).assign(student=rows.index[student], date=DATES[place])
    second = stays[stays.duplicated("student")].drop_duplicates("student").set_index("student")
    moved = (place >= number / 2) & days["student"].isin(second.index)
    for column in ("school_id", "school_level"):
        days[column] = days[column].where(~moved, days["student"].map(second[column]))
    away = random.random(len(days)) < days["rate"]
    day = pd.to_datetime(days["date"])
    return days.assign(
        absent=away * random.choice([0.5, 1, 1, 1], len(days)), month=days["date"].str[:7], weekday=day.dt.day_name(),
        week_start=(day - pd.to_timedelta(day.dt.day_of_week, unit="D")).dt.strftime("%Y-%m-%d"),
        near_break=days["date"].map(KINDS), absence_reason=random.choice(REASONS, len(days), p=[0.6, 0.38, 0.02]),
    )  # fmt: skip


def of_days(days: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """Sum days by some levels."""
    sums = days.groupby(list(keys)).agg(
        students=("student", "nunique"), days_enrolled=("date", "size"), days_absent=("absent", "sum")
    )
    table = sums.reset_index().assign(**BLOCK, level_type="level")
    table["days_enrolled"] = table["days_enrolled"].astype(float)
    return table.assign(absence_rate=table["days_absent"] / table["days_enrolled"])


def of_rules(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Count who is chronic by each rule; the study's own is the first."""
    rules = minimums(EXAMPLE)
    order = [OWN, *(rule for rule in rules if rule != OWN)]
    chronic = rows["tier"].isin(CHRONIC)
    counted = [rows["enrolled"] >= rules[rule] for rule in order]
    table = pd.DataFrame({
        "definition": order, "students_counted": [one.sum() for one in counted],
        "chronically_absent": [(one & chronic).sum() for one in counted],
    })  # fmt: skip
    return {"definitions": rated(table.assign(level_type="total", **BLOCK))}


def followed(random: np.random.Generator, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Follow students from the first month, and from the year before, into this year."""
    here = rows[rows["counted"]]
    chronic = here["tier"].isin(CHRONIC)
    early = random.choice(["0-1", "2-4", "5+", "later"], len(here), p=[0.6, 0.25, 0.1, 0.05])
    signal = by_level(early[early != "later"], chronic[early != "later"])
    known = random.random(len(here)) < 0.9
    was = np.where(chronic ^ (random.random(len(here)) < 0.2), WAS, WAS_NOT)
    left = int(random.choice([3, 12, 40]))
    gone = int(random.binomial(left, 0.3))
    before = {
        "students": known.sum() + left, "students_counted": known.sum() + left,
        "chronically_absent": (was[known] == WAS).sum() + gone,
    }  # fmt: skip
    year = pd.DataFrame([before]).assign(**BLOCK | {"school_year": "2016-17"}, level_type="level")
    return {
        "early_signal": signal,
        "persistence": by_level(was[known], chronic[known]),
        "absence_by_district": rated(year),
    }


def by_level(level: np.ndarray, chronic: pd.Series) -> pd.DataFrame:
    """Count students by a level of something."""
    table = pd.DataFrame({"level": level, "chronic": chronic.to_numpy()}).groupby("level")["chronic"]
    counts = table.agg(students_counted="size", chronically_absent="sum").reset_index()
    return rated(counts.assign(**BLOCK, level_type="level"))


def rated(table: pd.DataFrame) -> pd.DataFrame:
    """Add the share that is chronic."""
    return table.assign(chronic_rate=table["chronically_absent"] / table["students_counted"].replace(0, np.nan))
