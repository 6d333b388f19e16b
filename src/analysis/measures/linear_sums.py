"""Sums over students of products of linear sums: what a jackknife over students needs, without a student leaving.

A log likelihood of days is linear in them, y log p + (n - y) log(1 - p). Each student's sum, and the products of such
sums over all students, are added up in the engine in integers, so that they are the same in any order.
"""

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from analysis import engine
from analysis.arrays import Array
from analysis.measures.cells import PROBABILITY, Cells


@dataclass(frozen=True)
class LinearSums:
    """Sums over students of k numbers of each student, and of their products.

    Parameters
    ----------
    totals : (k,) sums.
    products : (k, k) sums of products.
    students : how many there are.
    """

    totals: Array
    products: Array
    students: int


def linear_sums(cells: Cells, of_y: Array, of_n: Array) -> LinearSums:
    """Give each student k numbers, the sums over the student's rows of y a + n b, and sum them and their products.

    Parameters
    ----------
    cells : of the model; students are those with rows in them.
    of_y, of_n : (cells, k) the numbers a and b of each cell; they are taken to 9 decimals.
    """
    count = of_y.shape[1]
    fixed = {
        f"{name}{place}": np.round(of[:, place] * PROBABILITY).astype(np.int64)
        for name, of in (("a", of_y), ("b", of_n))
        for place in range(count)
    }
    rows, wide = cells.matched(**fixed), engine.sums(cells.rows)
    own = {
        f"s{place}": (nw.col("y") * nw.col(f"a{place}") + nw.col("n") * nw.col(f"b{place}")).sum().cast(wide)
        for place in range(count)
    }
    pairs = [(one, other) for one in range(count) for other in range(one + 1)]
    with engine.held(rows.group_by("student_id").agg(**own)) as students:
        sums: dict[str, Any] = {f"t{place}": nw.col(f"s{place}").sum() for place in range(count)}
        sums |= {f"p{one}_{other}": (nw.col(f"s{one}") * nw.col(f"s{other}")).sum() for one, other in pairs}
        table = engine.collect(students.select(nw.len().alias("students"), **sums), ["students"]).iloc[0]
    scale = float(cells.unit * PROBABILITY)
    products = np.empty((count, count))
    for one, other in pairs:
        products[one, other] = products[other, one] = float(table[f"p{one}_{other}"]) / scale**2
    totals = np.array([float(table[f"t{place}"]) / scale for place in range(count)])
    return LinearSums(totals, products, int(table["students"]))
