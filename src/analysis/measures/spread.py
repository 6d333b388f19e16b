"""How much students' yearly rates of absence vary within the cells of grade and school."""

import narwhals as nw
import numpy as np
import pandas as pd

from analysis import engine
from analysis.measures.cells import PROBABILITY, Cells


def student_spread(cells: Cells, by: tuple[str, ...]) -> pd.DataFrame:
    """Sum what the variance of students' rates within levels is made of, each student weighing by days.

    Parameters
    ----------
    cells : of absence.
    by : the drivers whose levels part the students; a student who moves is one in each.

    Returns
    -------
    DataFrame, a row a combination of levels: `by`, `students`, `n` and `y` (days, days absent), `nn` (the sum over
    students of n squared) and `yy_n` (the sum of y squared over n).
    """
    totals = (
        cells.matched().group_by("student_id", *by).agg(*(nw.col(name).sum().cast(nw.Int64) for name in ("n", "y")))
    )
    square = nw.col("y").cast(nw.Float64) * nw.col("y") / nw.col("n") * (PROBABILITY // cells.unit)
    students = totals.with_columns(nn=nw.col("n") * nw.col("n"), yy_n=square.round().cast(nw.Int64))
    sums = students.group_by(*by).agg(
        nw.len().alias("students"), *(nw.col(name).sum() for name in ("n", "y", "nn", "yy_n"))
    )
    table = engine.collect(sums, by)
    units = {"n": cells.unit, "y": cells.unit, "nn": cells.unit**2, "yy_n": PROBABILITY}
    return table.assign(**{name: table[name].astype(float) / unit for name, unit in units.items()})


def within_variance(spread: pd.DataFrame) -> float:
    """Give the variance of students' rates around the rate of their levels, pooled, each student weighing by days."""
    squares = spread["yy_n"] - spread["y"] ** 2 / spread["n"]
    weight = spread["n"] - spread["nn"] / spread["n"]
    return float(squares.sum() / weight.sum()) if weight.sum() > 0 else np.nan
