"""Cells: what a model is fitted on, and the score sums that make its covariance exact without student rows.

A binomial likelihood is the same on cells as on the rows they sum. The clustered covariance needs, for every cluster
(a student, a date), the sum of its residuals at each level of each driver; products of these sums are added up in the
engine in integers, so that they are the same in any order and with any number of threads.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd

from analysis import engine
from analysis.arrays import Array, Flags, Ints
from analysis.vocabulary import DAY

Cluster = Literal["student_id", "date"]
LONGEST_YEAR = 366
DAYS, SQUARES = ("n", "y"), ("yy", "yn", "nn")
TOGETHER = "(hidden)"
"""How the name of hidden levels begins that are taken as one."""
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
    sums : the rows summed by cluster and cell, where that was done once for all: the cluster, `place`, `y` and `n`.
    places : by which `place` the sums know the table's cells.
    """

    outcome: str
    drivers: tuple[str, ...]
    table: pd.DataFrame
    rows: nw.LazyFrame[Any]
    unit: int
    sums: Mapping[Cluster, nw.LazyFrame[Any]] = field(default_factory=dict)
    places: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def only(self, keep: Flags) -> "Cells":
        """Keep some cells (a boolean a cell); rows of the others no longer count."""
        places = self.places[keep] if self.sums else self.places
        return replace(self, table=self.table[keep].reset_index(drop=True), places=places)

    def varying(self) -> "Cells":
        """Leave out drivers of one level: they move with nothing."""
        drivers = tuple(name for name in self.drivers if self.table[name].nunique() > 1)
        return replace(self, table=self.table.drop(columns=[*{*self.drivers} - {*drivers}]), drivers=drivers)

    def together(self, names: Mapping[str, Mapping[str, str]]) -> "Cells":
        """Give levels of drivers other names; those of one name are one level. Of cells without dates."""
        named = {}
        for driver, name_of in names.items():
            named[driver] = nw.col(driver)
            for name in sorted(set(name_of.values())):
                these = [level for level, one in sorted(name_of.items()) if one == name]
                named[driver] = nw.when(nw.col(driver).is_in(these)).then(nw.lit(name)).otherwise(named[driver])
        if not named:
            return self
        return cells_of(
            self.outcome, engine.hold(self.rows.with_columns(**named)), self.drivers, self.unit, dated=False
        )

    def matched(self, **columns: Any) -> nw.LazyFrame[Any]:
        """Give the rows of the table's cells, each with further columns of its cell (a value a cell)."""
        known = self.table[list(self.drivers)].assign(**columns)
        return self.rows.join(engine.beside(self.rows, known), on=list(self.drivers))

    def at_most(self) -> pd.DataFrame:
        """Give the table with `n` as what y could be at most: of 'days' a year's days for each student."""
        return self.table.assign(n=self.table["n"] * LONGEST_YEAR) if self.outcome == "days" else self.table

    def products(
        self,
        fitted: Array,
        cluster: Cluster,
        drivers: tuple[str, ...] = (),
        weights: Array | None = None,
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
        of_cells = [[number[driver, level] for level in self.table[driver]] for driver in drivers]
        with self._summed(cluster) as (summed, places):
            known = [_known(places, fitted, weights, term=of) for of in (0, *of_cells)]
            scores = _with_residuals(summed, pd.concat(known)).group_by(cluster, "term").agg(nw.col("residual").sum())
            with engine.held(scores.with_columns(residual=nw.col("residual").cast(engine.sums(scores)))) as sums:
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

    def student_sums(self, fitted: Array, by: str) -> pd.DataFrame:
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
        places = np.arange(len(self.table))
        students = (
            _with_residuals(self.matched(place=places), _known(places, fitted, spread=spread))
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

    @contextmanager
    def _summed(self, cluster: Cluster) -> Iterator[tuple[nw.LazyFrame[Any], Ints]]:
        """Give the rows summed by cluster and cell, and by which `place` they know the table's cells."""
        if cluster in self.sums:
            yield self.sums[cluster], self.places
            return
        places = np.arange(len(self.table))
        with engine.held(_total(self.matched(place=places), (cluster, "place"), of=DAYS)) as summed:
            yield summed, places


def _known(places: Ints, fitted: Array, weights: Array | None = None, **columns: Any) -> pd.DataFrame:
    """Put what is known of cells beside their places: what is fitted, in billionths, weights, and further columns."""
    known = pd.DataFrame({"place": places, "p": np.round(fitted * PROBABILITY).astype(np.int64)}).assign(**columns)
    return known if weights is None else known.assign(weight=weights)


def _with_residuals(rows: nw.LazyFrame[Any], known: pd.DataFrame) -> nw.LazyFrame[Any]:
    """Join to rows of a `place` what is known of their cells, and their residuals: y - n p, in integers."""
    residual = nw.col("y") * PROBABILITY - nw.col("n") * nw.col("p")
    if "weight" in known:  # rounded before clusters are summed: the same in any order
        residual = (residual.cast(nw.Float64) * nw.col("weight")).round().cast(nw.Int64)
    return rows.join(engine.beside(rows, known), on="place").with_columns(residual=residual)


def _total(rows: nw.LazyFrame[Any], by: tuple[str, ...], *more: nw.Expr, of: tuple[str, ...]) -> nw.LazyFrame[Any]:
    """Sum integers of rows; a cluster may be a driver too (dates, in a model of the day of the year)."""
    return rows.group_by(*dict.fromkeys(by)).agg(*(nw.col(name).sum().cast(nw.Int64) for name in of), *more)


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
    rows = rows.filter(nw.col("n") > 0)
    squared = rows.with_columns(**{name: nw.col(name[0]) * nw.col(name[1]) for name in SQUARES})
    of = (*DAYS, *SQUARES)
    if not dated:
        counted = nw.col("student_id").n_unique().alias("students")
        table = engine.collect(_total(squared, drivers, counted, of=of), drivers)
        return Cells(outcome, drivers, _scaled(table, unit), rows, unit)
    table = engine.collect(_total(squared, drivers, of=of), drivers)
    places = np.arange(len(table))
    placed = rows.join(engine.beside(rows, table[list(drivers)].assign(place=places)), on=list(drivers))
    names: dict[Cluster, str] = {"student_id": "students", "date": "dates"}
    sums = {cluster: engine.hold(_total(placed, (cluster, "place"), of=DAYS)) for cluster in names}
    for cluster, name in names.items():
        table[name] = engine.collect(sums[cluster].group_by("place").agg(nw.len().alias(name)), ["place"])[name]
    return Cells(outcome, drivers, _scaled(table, unit), rows, unit, sums, places)


def _scaled(table: pd.DataFrame, unit: int) -> pd.DataFrame:
    return table.assign(**{name: table[name].astype(float) / float(unit) ** len(name) for name in (*DAYS, *SQUARES)})
