"""From records to student-years, tables and cells."""

from collections.abc import Callable

import pandas as pd

from analysis import interim, records
from analysis.measures import published, school_days, student_tables
from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords


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
        place = records.place(source.study)
        return interim.kept(place, table_name(driver), lambda: school_days.absence_by(source, driver))
    return once(source, lambda days: student_tables.absence_by(days, driver), table_name(driver))


def once(source: StudentRecords, make: Callable[[StudentRecords], pd.DataFrame], name: str) -> pd.DataFrame:
    """Make a counted table of all schools once for all pages that need it."""
    return interim.kept(records.place(source.study), name, lambda: make(source))


def table_name(driver: str) -> str:
    """Name the table of a driver: `grade_level` is in `absence_by_grade`."""
    short = {"grade_level": "grade", "school_id": "school", "district_id": "district", "absence_reason": "reason"}
    return f"absence_by_{short.get(driver, driver)}"
