"""The outcomes that are modelled: absence (of days), chronic (of students at a school), days (absent a student)."""

from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from analysis import engine
from analysis.arrays import Array
from analysis.measures.cells import Cells, cells_of
from analysis.measures.student_years import counted_days, counted_stays, student_years
from analysis.records.types import StudentRecords
from analysis.study.rules import Definitions
from analysis.vocabulary import DAY, PAIR, UNKNOWN

Unmarked = Literal["apart", "present", "absent"]
WHEN = ("month", "weekday", "near_break")
GROUP_LEVELS = 12
"""A student group of more levels is no driver of the model of days."""


def drivers_of(records: StudentRecords, days: nw.LazyFrame[Any] | None = None) -> tuple[str, ...]:
    """Name the drivers of a model of the year, without its season: a driver of one level moves with nothing.

    Parameters
    ----------
    days : instead of all of the year's.
    """
    days = counted_stays(records, year=records.year) if days is None else days
    levels = engine.collect(days.select(*(nw.col(name).n_unique() for name in PAIR)), PAIR).iloc[0]
    return tuple(name for name in PAIR if levels[name] > 1)


def absence_cells(records: StudentRecords, unmarked: Unmarked = "apart") -> Cells:
    """Sum the year's student-days into cells: y of n days absent.

    Parameters
    ----------
    unmarked : days that nobody marked are left 'apart', or all taken as 'present' or 'absent', for the two bounds.
    """
    names = (*PAIR, *WHEN) if records.dated else PAIR
    y, n = y_of_n(unmarked)
    rows = counted_days(records, year=records.year).select("student_id", "date", *names, y=y, n=n)
    return cells_of("absence", rows, names, DAY, dated=records.dated).varying()


def summed_cells(rows: nw.LazyFrame[Any], drivers: tuple[str, ...], unmarked: Unmarked = "apart") -> Cells:
    """Sum stays or student-months into cells of absence: there are a hundred times fewer than days.

    Parameters
    ----------
    rows : of `counted_stays` or `student_months`, all or some.
    drivers : what names a cell.
    unmarked : as in `absence_cells`.
    """
    y, n = y_of_n(unmarked)
    return cells_of("absence", rows.select("student_id", *drivers, y=y, n=n), drivers, DAY, dated=False)


def y_of_n(unmarked: Unmarked = "apart") -> tuple[nw.Expr, nw.Expr]:
    """Give days absent (y) and days (n) of rows with `days_*`."""
    absent, marked, without = (nw.col(name) for name in ("days_absent", "days_enrolled", "days_unmarked"))
    return absent + without if unmarked == "absent" else absent, marked if unmarked == "apart" else marked + without


def chronic_cells(
    records: StudentRecords, definitions: Definitions | None = None, days: nw.LazyFrame[Any] | None = None
) -> Cells:
    """Sum the year's students at schools, at the minimum days there, into cells: y of n chronically absent.

    Parameters
    ----------
    definitions : instead of the study's own.
    days : instead of all of the year's; sums of them by stay do.
    """
    days = counted_stays(records, year=records.year) if days is None else days
    drivers = drivers_of(records, days)
    rules = definitions or records.study.settings.definitions
    years = student_years(days, rules, "student_school").filter(nw.col("counted") == 1)
    rows = years.select("student_id", *drivers, nw.col("chronic").alias("y"), nw.col("counted").alias("n"))
    return cells_of("chronic", engine.hold(rows), drivers, 1, dated=False)


def day_drivers(records: StudentRecords) -> tuple[str, ...]:
    """Name the drivers of days absent: grade, school, and the study's groups of two to `GROUP_LEVELS` levels.

    A count has a row a student, so that groups cost nothing more, and there is no season beside them.
    """
    days, groups = counted_stays(records, year=records.year), records.study.settings.records.groups
    varying = drivers_of(records)
    if not groups:
        return varying
    levels = engine.collect(days.select(*(nw.col(group).n_unique() for group in groups)), [groups[0]]).iloc[0]
    return (*varying, *(group for group in groups if 2 <= levels[group] <= GROUP_LEVELS))


def day_cells(records: StudentRecords, drivers: tuple[str, ...]) -> Cells:
    """Sum the year's students at schools into cells: y days absent of n students.

    Parameters
    ----------
    drivers : of `day_drivers`, one or more; a group's empty level is 'unknown'.
    """
    named = {
        name: nw.when(nw.col(name) == "").then(nw.lit(UNKNOWN)).otherwise(nw.col(name))
        for name in drivers if name not in PAIR
    }  # fmt: skip
    days = counted_stays(records, year=records.year)
    rows = days.with_columns(**named) if named else days
    students = rows.group_by("student_id", *dict.fromkeys((*drivers, "school_id"))).agg(
        nw.col("days_absent").sum().alias("y")
    )
    return cells_of("days", engine.hold(students.with_columns(n=nw.lit(DAY))), drivers, DAY, dated=False)


def day_counts(cells: Cells) -> pd.DataFrame:
    """Count students by cell and days absent: a row a cell of the table and number of days, `y` days, `students`."""
    rows = cells.matched(cell=np.arange(len(cells.table)))
    counts = engine.collect(rows.group_by("cell", "y").agg(nw.len().alias("students")), ["cell", "y"])
    return counts.assign(y=counts["y"].astype(float) / cells.unit)


def absence_by_date(cells: Cells, fitted: Array) -> pd.DataFrame:
    """Sum observed and expected absence by date.

    Parameters
    ----------
    cells : of absence, with dates.
    fitted : probability a cell, in the table's order.

    Returns
    -------
    DataFrame with `date, days_enrolled, days_absent, absence_rate, expected_rate, variance`, the last what chance would
    give `days_absent`: the sum of n p (1 - p) over the cells, less than that of the mean rate, for their rates differ.
    """
    sums = cells.matched(p=fitted).group_by("date", *cells.drivers, "p").agg(nw.col("n").sum(), nw.col("y").sum())
    table = engine.collect(sums, ["date", *cells.drivers])
    table = table.assign(n=table["n"].astype(float) / cells.unit, y=table["y"].astype(float) / cells.unit)
    table["expected"] = table["n"] * table["p"]
    table["variance"] = table["expected"] * (1 - table["p"])
    dates = table.groupby("date", as_index=False)[["n", "y", "expected", "variance"]].sum()
    return pd.DataFrame(
        {
            "date": dates["date"],
            "days_enrolled": dates["n"],
            "days_absent": dates["y"],
            "absence_rate": dates["y"] / dates["n"],
            "expected_rate": dates["expected"] / dates["n"],
            "variance": dates["variance"],
        }
    )
