"""Cells: what a model is fitted on, and the score sums that make its covariance exact without student rows.

A binomial likelihood is the same on cells as on the rows they sum. The clustered covariance needs, for every cluster
(a student, a date), the sum of its residuals at each level of each driver; products of these sums are added up in the
engine in integers, so that they are the same in any order and with any number of threads.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from analysis import engine
from analysis.vocabulary import DAY

Cluster = Literal["student_id", "date"]
LONGEST_YEAR = 366
PROBABILITY = 10**9
"""Fitted probabilities enter the engine as integers, in billionths."""


@dataclass(frozen=True)
class ScoreProducts:
    """Sums over clusters of the products of their score sums.

    Parameters
    ----------
    table : `driver_a, level_a, driver_b, level_b, product`; both orders of a pair stand in it. The intercept is driver
        '' level ''. `product` is in squared units of y (days, or students).
    clusters : how many clusters there are.
    """

    table: pd.DataFrame
    clusters: int


@dataclass(frozen=True)
class Cells:
    """The cells of one outcome.

    Parameters
    ----------
    outcome : 'absence' (y of n days absent), 'chronic' (y of n students chronically absent) or 'days' (y days absent of
        n students).
    drivers : the columns that name a cell.
    table : a row a cell, sorted by the drivers: drivers (text), `n`, `y`, `students`, and `yy, yn, nn`, the sums over
        rows of y*y, y*n and n*n, where a row is a student-day (or a student at a school). `dates` counts dates.
    rows : the rows, lazily: `student_id`, `date` where there is one, drivers, `y` and `n` as integers in `1/unit`.
    unit : integers per day (1000) or per student (1).
    """

    outcome: str
    drivers: tuple[str, ...]
    table: pd.DataFrame
    rows: nw.LazyFrame[Any]
    unit: int

    def only(self, keep: np.ndarray[Any, np.dtype[np.bool_]]) -> "Cells":
        """Keep some cells (a boolean a cell); rows of the others no longer count."""
        return replace(self, table=self.table[keep].reset_index(drop=True))

    def matched(self, **columns: Any) -> nw.LazyFrame[Any]:
        """Give the rows of the table's cells, each with further columns of its cell (a value a cell)."""
        known = self.table[list(self.drivers)].assign(**columns)
        return self.rows.join(engine.beside(self.rows, known), on=list(self.drivers))

    def at_most(self) -> pd.DataFrame:
        """Give the table with `n` as what y could be at most: of 'days' a year's days for each student."""
        return self.table.assign(n=self.table["n"] * LONGEST_YEAR) if self.outcome == "days" else self.table

    def products(
        self,
        fitted: np.ndarray[Any, Any],
        cluster: Cluster,
        drivers: tuple[str, ...] = (),
        weights: np.ndarray[Any, Any] | None = None,
    ) -> ScoreProducts:
        """Sum the products of the clusters' residual sums.

        Parameters
        ----------
        fitted : probability (or mean) a cell, in the table's order.
        cluster : 'student_id' or 'date'.
        drivers : whose levels; all of the cells' by default.
        weights : what multiplies the residuals of a cell; 1 by default.
        """
        drivers = drivers or self.drivers
        terms = [("", ""), *((driver, level) for driver in drivers for level in sorted(self.table[driver].unique()))]
        number = {term: place for place, term in enumerate(terms)}
        codes = {
            f"term_{driver}": self.table[driver].map(
                {level: number[term, level] for term, level in terms if term == driver}
            )
            for driver in drivers
        }
        residuals = (
            self._with_fitted(fitted, weights, **codes)
            .group_by(cluster, "cell")
            .agg(nw.col("residual").sum().cast(nw.Int64), *(nw.col(name).max() for name in codes))
        )
        wide = engine.sums(residuals)
        with engine.held(residuals) as once:
            terms_of = (nw.lit(0), *(nw.col(name) for name in codes))
            long = nw.concat([once.select(cluster, term.cast(nw.Int64).alias("term"), "residual") for term in terms_of])
            with engine.held(long.group_by(cluster, "term").agg(nw.col("residual").sum().cast(wide))) as sums:
                pairs = (
                    sums.join(sums.rename({"term": "other", "residual": "other_residual"}), on=cluster)
                    .with_columns(product=nw.col("residual") * nw.col("other_residual"))
                    .group_by("term", "other")
                    .agg(nw.col("product").sum())
                )
                table = engine.collect(pairs, ["term", "other"])
                size = engine.collect(sums.select(nw.col(cluster).n_unique().alias("clusters")), ["clusters"])
        ends = {
            f"{what}_{end}": [terms[term][place] for term in table[column]]
            for end, column in (("a", "term"), ("b", "other"))
            for place, what in enumerate(("driver", "level"))
        }
        scale = float(self.unit * PROBABILITY) ** 2
        products = pd.DataFrame({**ends, "product": table["product"].astype(float) / scale})
        return ScoreProducts(products, int(size["clusters"].iloc[0]))

    def student_sums(self, fitted: np.ndarray[Any, Any], by: str) -> pd.DataFrame:
        """Sum squared residuals and variances of students within each level of a driver.

        Parameters
        ----------
        fitted : probability a cell, in the table's order.
        by : the driver.

        Returns
        -------
        DataFrame, a row a level: `by, students, r2, b, b2`: sums over students of r*r, b and b*b, where r is the
        student's sum of y - n p and b the student's sum of n p (1 - p), both at that level.
        """
        spread = np.round(fitted * (1 - fitted) * PROBABILITY).astype(np.int64)
        wide = engine.sums(self.rows)
        students = (
            self._with_fitted(fitted, None, spread=spread)
            .with_columns(b=nw.col("n") * nw.col("spread"))
            .group_by("student_id", by)
            .agg(nw.col("residual").sum().cast(wide), nw.col("b").sum().cast(wide))
            .with_columns(r2=nw.col("residual") * nw.col("residual"), b2=nw.col("b") * nw.col("b"))
            .group_by(by)
            .agg(nw.len().alias("students"), *(nw.col(name).sum() for name in ("r2", "b", "b2")))
        )
        table = engine.collect(students, [by])
        scale = float(self.unit * PROBABILITY)
        return table.assign(r2=table["r2"] / scale**2, b=table["b"] / scale, b2=table["b2"] / scale**2)

    def students(self) -> pd.DataFrame:
        """Sum the rows by student and cell, for likelihoods of whole students: never on student-days of a state.

        Returns
        -------
        DataFrame `student, cell, n, y`, sorted by both: a student is a number (0, 1, ...) and no id, a cell its place
        in the table.
        """
        rows = self.matched(cell=np.arange(len(self.table)))
        sums = rows.group_by("student_id", "cell").agg(*(nw.col(name).sum().cast(nw.Int64) for name in ("n", "y")))
        table = engine.collect(sums, ["student_id", "cell"])
        return pd.DataFrame(
            {
                "student": pd.factorize(table["student_id"])[0],
                "cell": table["cell"].to_numpy(),
                **{name: table[name].to_numpy() / self.unit for name in ("n", "y")},
            }
        )

    def _with_fitted(
        self, fitted: np.ndarray[Any, Any], weights: np.ndarray[Any, Any] | None, **columns: Any
    ) -> nw.LazyFrame[Any]:
        """Join to each row its cell's number, its residual (y - n p, in integers) and further columns of the cell."""
        if weights is not None:
            columns["weight"] = weights
        columns |= {"cell": np.arange(len(self.table)), "p": np.round(fitted * PROBABILITY).astype(np.int64)}
        residual = nw.col("y") * PROBABILITY - nw.col("n") * nw.col("p")
        if weights is not None:  # a row's own product, rounded before anything is summed: the same in any order
            residual = (residual.cast(nw.Float64) * nw.col("weight")).round().cast(nw.Int64)
        return self.matched(**columns).with_columns(residual=residual)


def cells_of(
    outcome: str, rows: nw.LazyFrame[Any], drivers: tuple[str, ...], unit: int = DAY, *, dated: bool = True
) -> Cells:
    """Sum rows into cells.

    Parameters
    ----------
    outcome : 'absence' or 'chronic'.
    rows : `student_id`, `date` (where `dated`), drivers, `y` and `n` in integers of `1/unit`.
    drivers : what names a cell.
    """
    squares = {name: nw.col(name[0]) * nw.col(name[1]) for name in ("yy", "yn", "nn")}
    summed = (
        rows.filter(nw.col("n") > 0)
        .with_columns(**squares)
        .group_by(*drivers)
        .agg(
            *(nw.col(name).sum() for name in ("n", "y", *squares)),
            nw.col("student_id").n_unique().alias("students"),
            *([nw.col("date").n_unique().alias("dates")] if dated else []),
        )
    )
    table = engine.collect(summed, drivers)
    scaled = {name: table[name].astype(float) / float(unit) ** len(name) for name in ("n", "y", *squares)}
    return Cells(outcome, drivers, table.assign(**scaled), rows.filter(nw.col("n") > 0), unit)
