"""From records to student-years, tables and cells."""

from collections.abc import Callable
from functools import partial

import pandas as pd

from analysis.measures import (
    counted,
    of_schools,
    published,
    quality,
    reasons,
    school_days,
    seasonal,
    short_stays,
    student_tables,
)
from analysis.records import once
from analysis.records.student_rows import has_ids
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
        return once(source, lambda days: school_days.absence_by(days, driver), table_name(driver))
    return once(source, lambda days: student_tables.absence_by(days, driver), table_name(driver))


def linked(source: Source) -> dict[str, pd.DataFrame]:
    """Make the tables that count the same students by other dimensions, by name: what they hide has to agree."""
    if isinstance(source, SchoolDays):
        return school_days.linked(source)
    drivers = ["grade_level", "school_id", "district_id", *source.study.settings.records.groups]
    if isinstance(source, PublishedCounts):
        drivers += ["school_level"] if source.has_school_levels else []
        tables = {table_name(driver): absence_by(source, driver) for driver in drivers}
        return {name: table for name, table in tables.items() if len(table)}
    made: dict[str, Callable[[StudentRecords], pd.DataFrame]] = {
        "absence_by_school_and_grade": student_tables.by_school_and_grade
    }
    if source.dated:
        drivers += ["month", "week", "weekday", "date", "absence_reason"]
        for driver in ("month", "grade_level", *source.study.settings.records.groups):
            made[reasons.reasons_table(driver)] = partial(reasons.reasons_by, driver=driver)
    if source.dated and source.everybody:
        made["absence_by_school_level_and_month"] = seasonal.month_by_level
        made |= {"near_break": seasonal.near_break, "same_students": seasonal.same_students}
        made |= {"school_months": of_schools.months, "school_days": of_schools.days}
    if source.outcome == "chronic":
        made["definitions"] = quality.other_definitions
        made |= {"persistence": counted.persistence} if has_ids(source.study) else {}
        made |= {"early_signal": counted.early_signal} if source.dated else {}
    if source.measure != "rate":
        made["missed_days"] = counted.missed_days
    if source.measure == "days" and source.outcome == "chronic":
        made["chronic_by_days_enrolled"] = counted.chronic_by_days_enrolled
        made["chronic_by_moves"] = short_stays.chronic_by_moves
    tables = {table_name(driver): absence_by(source, driver) for driver in drivers}
    return tables | {name: table for name, make in made.items() if len(table := make(source)) or "_reason_" not in name}


def table_name(driver: str) -> str:
    """Name the table of a driver: `grade_level` is in `absence_by_grade`."""
    short = {"grade_level": "grade", "school_id": "school", "district_id": "district", "absence_reason": "reason"}
    return f"absence_by_{short.get(driver, driver)}"
