"""The two outcomes that are modelled: absence (of days) and chronic (of students at a school)."""

import narwhals as nw
import pandas as pd

from analysis import engine
from analysis.measures.cells import Cells, cells_of
from analysis.measures.student_years import counted_days, student_years
from analysis.records.types import StudentDays
from analysis.vocabulary import DAY

WHO = ("grade_level", "school_id")
SEASON = ("month", "weekday", "near_break")


def drivers_of(records: StudentDays, *, chronic: bool = False) -> tuple[str, ...]:
    """Name the drivers that vary in the year of the pages: a driver with one level moves with nothing."""
    days = counted_days(records, year=records.year)
    names = WHO if chronic else (*WHO, *SEASON)
    levels = days.select(*(nw.col(name).n_unique() for name in names)).collect("pandas").to_native().iloc[0]
    return tuple(name for name in names if levels[name] > 1)


def absence_cells(records: StudentDays, drivers: tuple[str, ...] = ()) -> Cells:
    """Sum the year's student-days into cells: y of n marked days absent."""
    drivers = drivers or drivers_of(records)
    days = counted_days(records, year=records.year)
    rows = days.select(
        "student_id", "date", *drivers, nw.col("days_absent").alias("y"), nw.col("days_enrolled").alias("n")
    )
    return cells_of("absence", rows, drivers, DAY)


def chronic_cells(records: StudentDays, drivers: tuple[str, ...] = ()) -> Cells:
    """Sum the year's students at schools, at the minimum days there, into cells: y of n chronically absent."""
    drivers = drivers or drivers_of(records, chronic=True)
    days = counted_days(records, year=records.year)
    years = student_years(days, records.study.settings.definitions, "student_school").filter(nw.col("counted") == 1)
    rows = years.select("student_id", *drivers, nw.col("chronic").alias("y"), nw.col("counted").alias("n"))
    return cells_of("chronic", rows, drivers, 1, dated=False)


def absence_by_date(cells: Cells, fitted: "pd.Series[float]") -> pd.DataFrame:
    """Sum observed and expected absence by date.

    Parameters
    ----------
    cells : of absence, with dates.
    fitted : probability a cell, in the table's order.

    Returns
    -------
    DataFrame with `date, days_enrolled, days_absent, absence_rate, expected_rate`.
    """
    known = cells.table[list(cells.drivers)].assign(p=fitted.to_numpy())
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
