"""Counted tables beside `absence_by_*`: where the missed days are, who is near the line, what followed what."""

from itertools import pairwise

import narwhals as nw
import numpy as np
import pandas as pd

from analysis import engine
from analysis.language import later
from analysis.measures.student_years import (
    Grain,
    chronic_rates,
    counted_days,
    counted_stays,
    counted_years,
    is_chronic,
    student_years,
    summed_days,
)
from analysis.records.dates import follows
from analysis.records.types import StudentRecords
from analysis.vocabulary import DAY, KEYS, LEVEL_COLUMNS

NEAR_DAYS = 2
ENROLLED_BANDS = (("1-9", 0, 9), ("10-44", 10, 44), ("45-89", 45, 89), ("90+", 90, 10_000))
"""Days enrolled; the first has rows only where the study's minimum is under ten days."""
EARLY_DAYS = 20
"""The first month of school: this many instructional days, whatever the calendar month it starts in."""
EARLY_BANDS = (("0-1", 0, 1), ("2-4", 2, 4), ("5+", 5, 10_000))
WAS, WAS_NOT = later("chronic"), later("not chronic")
MOST_ABSENT, OTHERS = later("The fifth who missed most"), later("All others")


def missed_days(records: StudentRecords) -> pd.DataFrame:
    """Share out all missed days of the year by grade, school and month, and chronic students by grade and school.

    Returns
    -------
    DataFrame, a row a grade x school x month: `days_absent`, `share_of_days` (of the district's), `students` (enrolled
    on at least one such day), and `chronically_absent`, `share_of_chronic` of the grade and school, which stand on
    every month of it (sum them over one month only). Where nothing is dated `month` is empty, a row a grade x school.
    """
    days = counted_days(records, year=records.year)
    days = days if records.dated else days.with_columns(month=nw.lit(""))
    place = [*KEYS, "grade_level", "school_id"]
    table = summed_days(days, "grade_level", "school_id", "month")
    table["share_of_days"] = table["days_absent"] / table.groupby(list(KEYS))["days_absent"].transform("sum")
    stays = counted_stays(records, year=records.year)
    years = student_years(stays, records.study.settings.definitions, "student")
    counted = years.group_by(*place).agg(
        nw.col("chronic").sum().alias("chronically_absent"), nw.col("counted").sum().alias("students_counted")
    )
    chronic = engine.collect(counted, place)
    of_district = chronic.groupby(list(KEYS))["chronically_absent"].transform("sum")
    chronic["share_of_chronic"] = chronic["chronically_absent"] / of_district
    if records.outcome == "days":
        chronic[["students_counted", "chronically_absent", "share_of_chronic"]] = np.nan
    return table.merge(chronic, on=place, how="left")[
        [*LEVEL_COLUMNS, "grade_level", "school_id", "month", "students", "days_absent", "share_of_days",
         "students_counted", "chronically_absent", "share_of_chronic"]
    ]  # fmt: skip


def missed_days_by_students(records: StudentRecords) -> pd.DataFrame:
    """Share out all missed days of the year between the fifth of the students who missed most and all others.

    Returns
    -------
    DataFrame, a row for the fifth and one for the others: `students` (all of the year, however short they were there),
    `days_absent`, `share_of_days`. No row where a fifth of the students is nobody. Who of those with as many days is in
    the fifth does not matter: its sum is the same.
    """
    stays = counted_stays(records, year=records.year)
    years = student_years(stays, records.study.settings.definitions, "student")
    keys = [*KEYS, "days_absent"]
    numbers = engine.collect(years.group_by(*keys).agg(nw.len().alias("students")), keys)[::-1]
    students = numbers["students"]
    fifth = round(students.sum() / 5)
    most = (fifth - (students.cumsum() - students)).clip(0, students)
    table = pd.DataFrame([
        {"level": level, "students": part.sum(), "days_absent": (part * numbers["days_absent"]).sum() / DAY}
        for level, part in ((MOST_ABSENT, most), (OTHERS, students - most))
    ])  # fmt: skip
    table = table.assign(**{key: numbers[key].max() for key in KEYS}, level_type="level")
    table["share_of_days"] = table["days_absent"] / table["days_absent"].sum()
    columns = [*LEVEL_COLUMNS, "level", "students", "days_absent", "share_of_days"]
    return table[columns] if fifth else table[columns].iloc[:0]


def near_threshold(records: StudentRecords) -> pd.DataFrame:
    """Count students within two days of the chronic line, by school and in all.

    Returns
    -------
    DataFrame with `students_counted`, `just_below` (not chronic, but with two more days absent) and `just_above`
    (chronic, but not with two fewer).
    """
    definitions = records.study.settings.definitions
    chronic = is_chronic(definitions)
    parts = []
    grains: tuple[tuple[Grain, list[str], str], ...] = (
        ("student_school", ["school_id"], "level"),
        ("student", [], "total"),
    )
    for grain, keys, kind in grains:
        marked = counted_years(records, grain).with_columns(
            below=nw.when(~chronic & is_chronic(definitions, more=NEAR_DAYS)).then(nw.lit(1)).otherwise(nw.lit(0)),
            above=nw.when(chronic & ~is_chronic(definitions, more=-NEAR_DAYS)).then(nw.lit(1)).otherwise(nw.lit(0)),
        )
        sums = marked.group_by(*KEYS, *keys).agg(
            nw.len().alias("students_counted"),
            nw.col("below").sum().alias("just_below"),
            nw.col("above").sum().alias("just_above"),
        )
        parts.append(engine.collect(sums, [*KEYS, *keys]).assign(level_type=kind))
    table = pd.concat(parts, ignore_index=True).fillna({"school_id": "all"})
    return table[[*KEYS, "level_type", "school_id", "students_counted", "just_below", "just_above"]]


def chronic_by_days_enrolled(records: StudentRecords) -> pd.DataFrame:
    """Count chronic students by how long they were enrolled: a short stay crosses a share more easily."""
    band = banded(nw.col("days_enrolled"), ENROLLED_BANDS)
    return chronic_rates(counted_years(records).with_columns(level=band), "level")


def early_signal(records: StudentRecords) -> pd.DataFrame:
    """Count who ended the year chronic, by days absent in the first 20 days of school."""
    month = (
        counted_days(records, year=records.year)
        .filter(nw.col("date") <= records.dates.head(EARLY_DAYS).max())
        .group_by("student_id")
        .agg(nw.col("days_absent").sum().alias("early"))
    )
    band = banded(nw.col("early"), EARLY_BANDS)
    return chronic_rates(counted_years(records).join(month, on="student_id").with_columns(level=band), "level")


def persistence(records: StudentRecords) -> pd.DataFrame:
    """Count who was chronic in a year, by whether they were the year before; empty where no two years follow."""
    state = nw.when(nw.col("chronic") == 1).then(nw.lit(WAS)).otherwise(nw.lit(WAS_NOT))
    tables = []
    for before, after in pairwise(records.years):
        if not follows(before, after):
            continue
        was = counted_years(records, year=before).select("district_id", "student_id", level=state)
        both = counted_years(records, year=after).join(was, on=["district_id", "student_id"])
        tables.append(chronic_rates(both, "level"))
    empty = pd.DataFrame(
        columns=[*KEYS, "level_type", "level", "students_counted", "chronically_absent", "chronic_rate"]
    )
    return pd.concat(tables, ignore_index=True) if tables else empty


def banded(value: nw.Expr, bands: tuple[tuple[str, int, int], ...]) -> nw.Expr:
    """Name the band that a number of days (in thousandths) falls in."""
    result = nw.lit(bands[0][0])
    for name, low, _ in bands[1:]:
        result = nw.when(value >= low * DAY).then(nw.lit(name)).otherwise(result)
    return result
