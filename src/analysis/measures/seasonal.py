"""Counted tables of the season beside `absence_by_month`: by level of school, and of the same students all year."""

from typing import Any

import narwhals as nw
import pandas as pd

from analysis import engine
from analysis.measures.student_years import counted_days, summed_days
from analysis.records.types import StudentRecords
from analysis.vocabulary import KEYS, LEVEL_COLUMNS


def month_by_level(records: StudentRecords) -> pd.DataFrame:
    """Sum days by level of school and month.

    Returns
    -------
    DataFrame with `school_level, month, students, days_enrolled, days_absent, absence_rate`.
    """
    days = counted_days(records, year=records.year)
    days = days.join(engine.beside(days, records.schools[["school_id", "school_level"]]), on="school_id")
    table = rates(days, "school_level", "month")
    return table[[*LEVEL_COLUMNS, "school_level", "month", "students", "days_enrolled", "days_absent", "absence_rate"]]


def near_break(records: StudentRecords) -> pd.DataFrame:
    """Sum days by nearness to a break.

    Returns
    -------
    DataFrame with `near_break, dates, students, days_enrolled, days_absent, absence_rate`.
    """
    table = rates(counted_days(records, year=records.year), "near_break")
    dates = records.calendar[records.calendar["school_year"] == records.year].groupby("near_break").size()
    table["dates"] = table["near_break"].map(dates)
    columns = ("near_break", "dates", "students", "days_enrolled", "days_absent", "absence_rate")
    return table[[*LEVEL_COLUMNS, *columns]]


def same_students(records: StudentRecords) -> pd.DataFrame:
    """Sum days by month of all students, and of those enrolled in the first and the last week of the year.

    Returns
    -------
    DataFrame with `month, students, absence_rate, students_all_year, rate_all_year`.
    """
    dates = records.dates
    edge = max(1, min(5, len(dates) // 2))
    first, last = dates.iloc[:edge].max(), dates.iloc[-edge:].min()
    days = counted_days(records, year=records.year)
    spans = days.group_by("student_id").agg(nw.col("date").min().alias("entered"), nw.col("date").max().alias("left"))
    stayed = spans.filter((nw.col("entered") <= first) & (nw.col("left") >= last)).select("student_id")
    everyone, constant = rates(days, "month"), rates(days.join(stayed, on="student_id", how="semi"), "month")
    constant = constant.rename(columns={"students": "students_all_year", "absence_rate": "rate_all_year"})
    table = everyone.merge(
        constant[[*KEYS, "month", "students_all_year", "rate_all_year"]], on=[*KEYS, "month"], how="left"
    )
    return table[[*LEVEL_COLUMNS, "month", "students", "absence_rate", "students_all_year", "rate_all_year"]]


def rates(days: nw.LazyFrame[Any], *levels: str) -> pd.DataFrame:
    """Sum days by some levels: `students, days_enrolled, days_absent, absence_rate`."""
    table = summed_days(days, *levels)
    return table.assign(absence_rate=table["days_absent"] / table["days_enrolled"].where(table["days_enrolled"] > 0))
