"""Stays: a student at a school in a grade, summed over the year; what checks start from instead of student-days.

Everything that has no date in it comes out the same from stays as from days, and there are a hundred times fewer.
"""

from typing import Any

import narwhals as nw

from analysis import engine
from analysis.measures.cells import Cells, cells_of
from analysis.measures.outcomes import Unmarked, y_of_n
from analysis.measures.student_years import counted_days
from analysis.records.types import StudentRecords
from analysis.vocabulary import DAY, DAYS

STAY = ("school_year", "district_id", "student_id", "school_id", "grade_level")


def student_months(records: StudentRecords) -> nw.LazyFrame[Any]:
    """Sum the year's student-days by stay and month, once; where nothing is dated `month` is empty.

    Returns
    -------
    Lazy frame of a table of the engine: `STAY, month, first, date` (first and last day of membership), `days_*`.
    """
    days = counted_days(records, year=records.year)
    days = days if records.dated else days.with_columns(month=nw.lit(""))
    return engine.hold(_summed(days.with_columns(first=nw.col("date")), (*STAY, "month")))


def stays(months: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Sum student-months into stays: `STAY, first, date, days_*`.

    The date is the last one, so that `student_years` finds in stays what it would in days.
    """
    return engine.hold(_summed(months, STAY))


def summed_cells(rows: nw.LazyFrame[Any], drivers: tuple[str, ...], unmarked: Unmarked = "apart") -> Cells:
    """Sum stays or student-months into cells of absence, y of n days.

    Parameters
    ----------
    rows : of `stays` or `student_months`, all or some.
    drivers : what names a cell.
    unmarked : as in `absence_cells`.
    """
    y, n = y_of_n(unmarked)
    return cells_of("absence", rows.select("student_id", *drivers, y=y, n=n), drivers, DAY, dated=False)


def _summed(rows: nw.LazyFrame[Any], keys: tuple[str, ...]) -> nw.LazyFrame[Any]:
    return rows.group_by(*keys).agg(
        nw.col("first").min(), nw.col("date").max(), *(nw.col(name).sum().cast(nw.Int64) for name in DAYS)
    )
