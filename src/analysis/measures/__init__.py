"""From records to student-years, tables and cells."""

import pandas as pd

from analysis.measures import published, student_tables
from analysis.records.types import PublishedCounts, StudentDays


def absence_by(records: StudentDays | PublishedCounts, driver: str) -> pd.DataFrame:
    """Give the `absence_by_*` table of a driver, in the columns of the output contract.

    Parameters
    ----------
    driver : 'grade_level', 'school_id', 'district_id', a group; of student-days also 'month', 'week', 'weekday' and
        'absence_reason'.
    """
    if isinstance(records, StudentDays):
        return student_tables.absence_by(records, driver)
    return published.absence_by(records, driver)


def table_name(driver: str) -> str:
    """Name the table of a driver: `grade_level` is in `absence_by_grade`."""
    short = {"grade_level": "grade", "school_id": "school", "district_id": "district", "absence_reason": "reason"}
    return f"absence_by_{short.get(driver, driver)}"
