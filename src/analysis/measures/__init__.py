"""From records to student-years, tables and cells."""

import pandas as pd

from analysis.measures import published, school_days, student_tables
from analysis.records import once
from analysis.records.types import PublishedCounts, SchoolDays, Source


def absence_by(source: Source, driver: str) -> pd.DataFrame:
    """Give the `absence_by_*` table of a driver, in the columns of the output contract.

    Parameters
    ----------
    driver : 'grade_level', 'school_id', 'district_id', a group; of student-days also 'month', 'week', 'weekday' and
        'absence_reason'.
    """
    if isinstance(source, PublishedCounts):
        return published.absence_by(source, driver)
    if isinstance(source, SchoolDays):
        return once(source, lambda days: school_days.absence_by(days, driver), table_name(driver))
    return once(source, lambda days: student_tables.absence_by(days, driver), table_name(driver))


def table_name(driver: str) -> str:
    """Name the table of a driver: `grade_level` is in `absence_by_grade`."""
    short = {"grade_level": "grade", "school_id": "school", "district_id": "district", "absence_reason": "reason"}
    return f"absence_by_{short.get(driver, driver)}"
