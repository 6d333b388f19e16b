"""Counted tables of one school: its grades, its months beside its level, its days."""

import narwhals as nw
import pandas as pd

from analysis import engine
from analysis.measures import once
from analysis.measures.seasonal import month_by_level
from analysis.measures.student_tables import absence_by
from analysis.measures.student_years import counted_days
from analysis.records.types import StudentRecords
from analysis.vocabulary import DAY, LEVEL_COLUMNS


def by_grade(records: StudentRecords, school_id: str) -> pd.DataFrame:
    """Give `absence_by_grade` of the students at one school, with their days there, for the year of the pages."""
    table = absence_by(records.at_school(school_id), "grade_level")
    return table[(table["school_year"] == records.year) & (table["level_type"] == "level")].reset_index(drop=True)


def months_beside_level(records: StudentRecords, school_id: str) -> pd.DataFrame:
    """Give a school's rate by month beside that of all schools of its level.

    Returns
    -------
    DataFrame with `school_level, month, students, absence_rate, level_rate`.
    """
    level = str(records.schools.set_index("school_id").loc[school_id, "school_level"])
    own = absence_by(records.at_school(school_id), "month")
    own = own[(own["school_year"] == records.year) & (own["level_type"] == "level")]
    levels = once(records, month_by_level, "month_by_level")
    beside = levels[levels["school_level"] == level].set_index("month")["absence_rate"]
    table = own[[*LEVEL_COLUMNS, "month", "students", "absence_rate"]].reset_index(drop=True)
    return table.assign(school_level=level, level_rate=table["month"].map(beside))


def days(records: StudentRecords, school_id: str) -> pd.DataFrame:
    """Give a school's rate on every day: `date, students, days_absent, absence_rate`."""
    sums = (
        counted_days(records.at_school(school_id), year=records.year)
        .filter(nw.col("days_enrolled") > 0)
        .group_by("school_year", "district_id", "date")
        .agg(nw.len().alias("students"), nw.col("days_absent").sum(), nw.col("days_enrolled").sum())
    )
    table = engine.collect(sums, ["district_id", "date"]).assign(level_type="level")
    rate = table["days_absent"].astype(float) / table["days_enrolled"].astype(float)
    table = table.assign(absence_rate=rate, days_absent=table["days_absent"].astype(float) / DAY)
    return table[[*LEVEL_COLUMNS, "date", "students", "days_absent", "absence_rate"]]
