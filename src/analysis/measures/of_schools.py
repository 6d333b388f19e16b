"""Counted tables of all schools, of which a school's page shows its own rows.

They are made, and pass the gate, for all schools together: what is hidden at one school must not be what the district
leaves after the others.
"""

import narwhals as nw
import pandas as pd

from analysis import engine
from analysis.measures.seasonal import month_by_level, rates
from analysis.measures.student_tables import by_school_and_grade
from analysis.measures.student_years import counted_days
from analysis.records.types import StudentRecords
from analysis.vocabulary import DAY, KEYS, LEVEL_COLUMNS, TIERS


def grades(records: StudentRecords) -> pd.DataFrame:
    """Count the students at each school by grade, with their days there, for the year of the pages; without tiers.

    Returns
    -------
    DataFrame with `school_id, grade_level` and the columns of `absence_by_grade`.
    """
    table = by_school_and_grade(records).drop(columns=list(TIERS))
    return table[table["school_year"] == records.year].reset_index(drop=True)


def months(records: StudentRecords) -> pd.DataFrame:
    """Give each school's rate by month beside that of all schools of its level.

    Returns
    -------
    DataFrame with `school_id, month, students, absence_rate, school_level, level_rate`.
    """
    own = rates(counted_days(records, year=records.year), "school_id", "month")
    own["school_level"] = own["school_id"].map(records.school_levels)
    beside = month_by_level(records)[["school_level", "month", "absence_rate"]]
    table = own.merge(beside.rename(columns={"absence_rate": "level_rate"}), on=["school_level", "month"], how="left")
    columns = ("school_id", "month", "students", "absence_rate", "school_level", "level_rate")
    return table[[*LEVEL_COLUMNS, *columns]]


def days(records: StudentRecords) -> pd.DataFrame:
    """Give each school's rate on every day: `school_id, date, students, days_absent, absence_rate`."""
    sums = (
        counted_days(records, year=records.year)
        .filter(nw.col("days_enrolled") > 0)
        .group_by(*KEYS, "school_id", "date")
        .agg(nw.len().alias("students"), nw.col("days_absent").sum(), nw.col("days_enrolled").sum())
    )
    table = engine.collect(sums, ["district_id", "school_id", "date"]).assign(level_type="level")
    rate = table["days_absent"].astype(float) / table["days_enrolled"].astype(float)
    table = table.assign(absence_rate=rate, days_absent=table["days_absent"].astype(float) / DAY)
    return table[[*LEVEL_COLUMNS, "school_id", "date", "students", "days_absent", "absence_rate"]]
