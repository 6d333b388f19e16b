"""The two outcomes that are modelled: absence (of days) and chronic (of students at a school)."""

from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from analysis import engine
from analysis.measures.cells import Cells, cells_of
from analysis.measures.student_years import counted_days, student_years
from analysis.records.types import StudentRecords
from analysis.study import Definitions
from analysis.vocabulary import DAY

Unmarked = Literal["apart", "present", "absent"]
WHO = ("grade_level", "school_id")
SEASON = ("month", "weekday", "near_break")


def drivers_of(records: StudentRecords, *, chronic: bool = False) -> tuple[str, ...]:
    """Name the drivers that vary in the year of the pages: a driver with one level moves with nothing."""
    days = counted_days(records, year=records.year)
    names = WHO if chronic or not records.dated else (*WHO, *SEASON)
    levels = engine.collect(days.select(*(nw.col(name).n_unique() for name in names)), [names[0]]).iloc[0]
    return tuple(name for name in names if levels[name] > 1)


def absence_cells(records: StudentRecords, unmarked: Unmarked = "apart") -> Cells:
    """Sum the year's student-days into cells: y of n days absent.

    Parameters
    ----------
    unmarked : days that nobody marked are left 'apart', or all taken as 'present' or 'absent', for the two bounds.
    """
    drivers = drivers_of(records)
    days = counted_days(records, year=records.year)
    absent, marked, without = (nw.col(name) for name in ("days_absent", "days_enrolled", "days_unmarked"))
    y = absent + without if unmarked == "absent" else absent
    n = marked if unmarked == "apart" else marked + without
    rows = days.select("student_id", "date", *drivers, y=y, n=n)
    return cells_of("absence", rows, drivers, DAY, dated=records.dated)


def chronic_cells(records: StudentRecords, definitions: Definitions | None = None) -> Cells:
    """Sum the year's students at schools, at the minimum days there, into cells: y of n chronically absent.

    Parameters
    ----------
    definitions : instead of the study's own.
    """
    drivers = drivers_of(records, chronic=True)
    days = counted_days(records, year=records.year)
    rules = definitions or records.study.settings.definitions
    years = student_years(days, rules, "student_school").filter(nw.col("counted") == 1)
    rows = years.select("student_id", *drivers, nw.col("chronic").alias("y"), nw.col("counted").alias("n"))
    return cells_of("chronic", engine.hold(rows), drivers, 1, dated=False)


def absence_by_date(cells: Cells, fitted: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Sum observed and expected absence by date.

    Parameters
    ----------
    cells : of absence, with dates.
    fitted : probability a cell, in the table's order.

    Returns
    -------
    DataFrame with `date, days_enrolled, days_absent, absence_rate, expected_rate`.
    """
    known = cells.table[list(cells.drivers)].assign(p=fitted)
    engine.register("expected_cells", known)
    rows = cells.rows.join(engine.lazy("SELECT * FROM expected_cells"), on=list(cells.drivers))
    sums = rows.group_by("date", *cells.drivers, "p").agg(nw.col("n").sum(), nw.col("y").sum())
    table = engine.collect(sums, ["date", *cells.drivers])
    table = table.assign(n=table["n"].astype(float) / cells.unit, y=table["y"].astype(float) / cells.unit)
    table["expected"] = table["n"] * table["p"]
    dates = table.groupby("date", as_index=False)[["n", "y", "expected"]].sum()
    return pd.DataFrame(
        {
            "date": dates["date"],
            "days_enrolled": dates["n"],
            "days_absent": dates["y"],
            "absence_rate": dates["y"] / dates["n"],
            "expected_rate": dates["expected"] / dates["n"],
        }
    )
