"""A random district as all the tables of its report that count persons: each made from the same made-up students."""

import numpy as np
import pandas as pd
from dated_report import EXAMPLE, KINDS, dated_tables

from analysis.disclosure import gate
from analysis.disclosure.together import hidden_groups
from analysis.study import Study
from analysis.vocabulary import GRADES, TIERS

BLOCK = {"school_year": "2017-18", "district_id": "EX"}
EDGES = (0.05, 0.10, 0.20)


def students(random: np.random.Generator, schools: int, grades: int, typical: int, chronic: float) -> pd.DataFrame:
    """Draw students of one school each: grade, school and its level, group, days enrolled, rate of absence."""
    sizes = np.maximum(0, random.lognormal(np.log(typical), 0.8, schools * grades)).astype(int)
    cell = np.repeat(np.arange(schools * grades), sizes)
    school = cell // grades
    rate = random.beta(1.5, 1.5 * (0.12 / chronic if chronic < 0.5 else 1) * 8, len(cell)) ** random.choice(
        [0.8, 1, 1.2]
    )
    table = pd.DataFrame(
        {"school_id": [f"S{one:02}" for one in school], "grade_level": np.array(GRADES[1:])[cell % grades]}
    )
    enrolled = np.where(random.random(len(table)) < 0.8, 180, random.integers(1, 181, len(table)))
    return table.assign(
        school_level=np.where(school < schools / 2, "elementary", "high"),
        economic_disadvantage=random.choice(["no", "unknown", "yes"], len(table), p=[0.3, 0.03, 0.67]),
        enrolled=enrolled,
        days=np.array(["10-44", "45-89", "90+"])[np.searchsorted([45, 90], enrolled, side="right")],
        counted=enrolled >= 10,
        rate=rate,
        tier=np.array(TIERS)[np.searchsorted(EDGES, rate, side="right")],
        percent=np.minimum(np.floor(100 * rate).astype(int), 40),
    )


def stays_of(random: np.random.Generator, rows: pd.DataFrame, moving: float) -> pd.DataFrame:
    """Give the stays of students: some were at a second school too."""
    moved = random.random(len(rows)) < moving
    second = rows[moved].assign(student=rows.index[moved])
    second["school_id"] = random.choice(rows["school_id"].unique(), len(second))
    second["tier"] = random.choice(TIERS, len(second))
    stays = pd.concat([rows.assign(student=rows.index), second], ignore_index=True)
    stays = stays.drop_duplicates(["student", "school_id"]).reset_index(drop=True)
    return stays.assign(school_level=stays["school_id"].map(levels_of(rows)))


def counts(rows: pd.DataFrame, *keys: str) -> pd.DataFrame:
    """Count students of each level."""
    marked = rows.assign(students=1, students_counted=rows["counted"].astype(int))
    for tier in TIERS:
        marked[tier] = ((rows["tier"] == tier) & rows["counted"]).astype(int)
    columns = ["students", "students_counted", *TIERS]
    table = marked.groupby(list(keys))[columns].sum().reset_index() if keys else marked[columns].sum().to_frame().T
    chronic = table["moderate_chronic"] + table["severe_chronic"]
    rate = chronic / table["students_counted"].where(table["students_counted"] > 0)
    return table.assign(**BLOCK, level_type="level", chronically_absent=chronic, chronic_rate=rate)


def exact_tables(random: np.random.Generator, rows: pd.DataFrame, stays: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Make the tables of a report from its students and their stays at schools."""
    total = counts(rows).assign(level_type="total")
    tables = {"absence_by_district": counts(rows)}
    for name, key in (
        ("grade", "grade_level"),
        ("school", "school_id"),
        ("economic_disadvantage", "economic_disadvantage"),
    ):
        of = stays if name == "school" else rows
        tables[f"absence_by_{name}"] = pd.concat([counts(of, key), total.assign(**{key: "all"})], ignore_index=True)
    bands = [("K-8", rows["grade_level"].isin(GRADES[1:10])), ("9-12", ~rows["grade_level"].isin(GRADES[1:10]))]
    parts = [counts(rows[flags]).assign(level_type="band", grade_level=band) for band, flags in bands if flags.any()]
    tables["absence_by_grade"] = pd.concat([tables["absence_by_grade"], *parts], ignore_index=True)
    tables["absence_by_school_and_grade"] = counts(stays, "school_id", "grade_level").drop(columns=[*TIERS])
    dated = dated_tables(random, rows, stays, counts(rows, "school_id", "grade_level"))
    before = dated.pop("absence_by_district")
    tables = tables | dated | {"absence_by_district": pd.concat([before, tables["absence_by_district"]])}
    followed = rows[rows["counted"]]
    of_days = ["level_type", "level", "students_counted", "chronically_absent", "chronic_rate", *BLOCK]
    days = counts(followed, "days").rename(columns={"days": "level"})
    tables["chronic_by_days_enrolled"] = days[of_days]
    schools = stays.groupby("student")["school_id"].nunique().reindex(followed.index)
    followed = followed.assign(schools=np.where(schools > 1, "two schools or more", "one school"))
    if (schools > 1).any():
        tables["chronic_by_moves"] = counts(followed, "days", "schools").rename(columns={"days": "level"})[
            [*of_days, "schools"]
        ]
    histogram = (
        followed.groupby("percent")
        .size()
        .reindex(range(41), fill_value=0)
        .rename("students_counted")
        .rename_axis("absence_percent")
        .reset_index()
    )
    tables["rate_histogram"] = histogram.assign(**BLOCK, level_type="level")
    counted = stays[stays["counted"]]
    tables["adjusted_rates"] = pd.concat(
        [_modelled(cells_of, key) for key in ("grade_level", "school_id") for cells_of in [counts(counted, key)]]
    )
    tables["school_effects"] = (
        _modelled(counts(counted, "school_id"), "school_id")
        .drop(columns="days_enrolled")
        .rename(columns={"level": "school_id"})
    )
    tables["between_schools"] = _between(counts(counted, "school_id"), levels_of(rows))
    return tables


def _between(schools: pd.DataFrame, levels: "pd.Series[str]") -> pd.DataFrame:
    """Compare large schools: by level, and along the share of a group, for which all of them stand."""
    large = schools[schools["students_counted"] >= EXAMPLE.settings.models.minimum_flag_students]
    large = large.assign(level=large["school_id"].map(levels), schools=1)
    kinds = [
        table.groupby("level").agg(
            schools=("schools", "sum"), students=("students_counted", "sum"), observed_rate=("chronic_rate", "mean")
        ).reset_index().assign(driver=driver)
        for driver, table in (("school_level", large), ("economic_disadvantage", large.assign(level="yes")))
    ]  # fmt: skip
    return pd.concat(kinds, ignore_index=True).assign(**BLOCK, level_type="level", outcome="chronic")


def _modelled(table: pd.DataFrame, driver: str) -> pd.DataFrame:
    table = table.rename(columns={driver: "level", "chronic_rate": "observed_rate"})
    table = table.assign(outcome="chronic", driver=driver, days_enrolled=table["students_counted"].astype(float))
    columns = [*BLOCK, "level_type", "outcome", "driver", "level", "students", "days_enrolled", "observed_rate"]
    return table[columns].assign(students=table["students_counted"])


def drawn(seed: int, schools: int = 5, grades: int = 6) -> tuple[dict[str, pd.DataFrame], dict[str, "pd.Series[str]"]]:
    """Draw a district; give its exact tables, the level of each of its schools and the kind of each of its dates."""
    random = np.random.default_rng(seed)
    size, chronic = int(random.choice([6, 12, 30, 80])), float(random.choice([0.05, 0.2, 0.4]))
    rows = students(random, int(random.integers(2, schools)), int(random.integers(2, grades)), size, chronic)
    stays = stays_of(random, rows, float(random.choice([0, 0.02, 0.2])))
    return exact_tables(random, rows, stays), {"school_level": levels_of(rows), "near_break": KINDS}


def levels_of(rows: pd.DataFrame) -> pd.Series:
    """Give the level of each school."""
    return rows.groupby("school_id")["school_level"].first()


def published(
    study: Study, exact: dict[str, pd.DataFrame], levels: dict[str, "pd.Series[str]"], *, together: bool = True
) -> dict[str, pd.DataFrame]:
    """Gate all tables, together or each for itself."""
    beside = hidden_groups(study, exact, levels) if together else None
    return {name: gate(study, name, table, beside) for name, table in exact.items()}
