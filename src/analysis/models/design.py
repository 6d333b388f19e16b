"""The design matrix of cells: treatment coding, of full rank over all parts jointly.

A design of a state's schools, months, weekdays and grades has a million rows of two thousand columns, of which six are
not 0: such a one is kept sparse. The fit, its covariance and its rates use only what is the same of both kinds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array, csr_array, issparse

from analysis.arrays import Array
from analysis.models.parts import connected
from analysis.vocabulary import LEVEL_ORDER, PAIR

WIDE = 100_000_000
"""Numbers in a design (0.8 GB) from which on it is kept sparse."""
MANY = 200
"""Columns of a dense design from which on its products are taken of what is not 0."""
INTERCEPT = "(Intercept)"


@dataclass(frozen=True)
class Numeric:
    """A column of numbers that follows from a level: of a date its sine, of a school the share of a group there.

    Parameters
    ----------
    name : of the column and its coefficient.
    driver : the column of the cells that it follows from; it need not be a driver of the model.
    values : the number of each level.
    """

    name: str
    driver: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class Design:
    """A design matrix and what its columns mean.

    Parameters
    ----------
    matrix : (cells, k) intercept, dummies, and columns of numbers last; sparse where it is `wide`.
    terms : k names, such as `school_id[S02]`.
    columns : column of each (driver, level); a reference level has none. The intercept is ('', '').
    levels : levels of each driver that are present, in order.
    numeric : what the columns of numbers are.
    """

    matrix: Array
    terms: tuple[str, ...]
    columns: dict[tuple[str, str], int]
    levels: dict[str, tuple[str, ...]]
    numeric: tuple[Numeric, ...] = ()

    @property
    def wide(self) -> bool:
        """Whether the matrix is sparse: only `gram`, products with vectors, and choices of rows can then be taken."""
        return bool(issparse(self.matrix))

    def unit(self, driver: str, level: str) -> Array:
        """Give (k,) what a level adds to the linear predictor by its dummy: 1 in its column; 0 of a reference level."""
        unit = np.zeros(len(self.terms))
        if (driver, level) in self.columns:
            unit[self.columns[driver, level]] = 1
        return unit

    def loadings(self, terms: Sequence[tuple[str, str]]) -> Array:
        """Give (k, terms) what a sum over the rows at each (driver, level) adds to the sum over each column."""
        loads = np.zeros((len(self.terms), len(terms)))
        first = len(self.terms) - len(self.numeric)
        for place, term in enumerate(terms):
            if term in self.columns:
                loads[self.columns[term], place] = 1
            for number, column in enumerate(self.numeric, first):
                if term[0] == column.driver:
                    loads[number, place] = column.values[term[1]]
        return loads


def levels_in_order(driver: str, values: pd.Series) -> tuple[str, ...]:
    """Give the levels that are present in the driver's own order, unknown ones last."""
    known = LEVEL_ORDER.get(driver, ())
    place = {level: number for number, level in enumerate(known)}
    return tuple(
        sorted({str(value) for value in values.unique()}, key=lambda level: (place.get(level, len(known)), level))
    )


def design(table: pd.DataFrame, drivers: tuple[str, ...], numeric: tuple[Numeric, ...] = ()) -> Design:
    """Code the drivers against their first level present.

    Where grade and school are both drivers, every connected piece of their graph beyond the first needs one school
    dummy fewer: within it the dummies of grades and those of schools both sum to one. Its first school is left out, as
    its reference.

    Parameters
    ----------
    table : a row a cell: the drivers.
    numeric : columns of numbers, put last.
    """
    levels = {driver: levels_in_order(driver, table[driver]) for driver in drivers}
    terms = [("", ""), *((driver, level) for driver in drivers for level in levels[driver][1:])]
    without = _references(table, levels) if set(PAIR) <= set(drivers) else set()
    kept = [term for term in terms if term not in without]
    names = tuple(f"{driver}[{level}]" if driver else INTERCEPT for driver, level in kept)
    columns = {term: number for number, term in enumerate(kept)}
    numbers = [table[column.driver].map(column.values).to_numpy(dtype=np.float64) for column in numeric]
    return Design(
        _matrix(table, columns, levels, numbers),
        (*names, *(column.name for column in numeric)),
        columns,
        levels,
        numeric,
    )


def gram(matrix: Array, weights: Array) -> Array:
    """Give X'WX (k, k) of a design (cells, k), dense or sparse, and weights (cells,)."""
    X = without_zeros(matrix)
    product: Any = X.T @ (X * weights[:, None])
    return np.asarray(product.toarray() if hasattr(product, "toarray") else product)


def without_zeros(matrix: Array) -> Array:
    """Give a design of many columns as a sparse one: six numbers of a row are not 0, and a product of all takes k^2."""
    return matrix if issparse(matrix) or matrix.shape[1] <= MANY else cast("Array", csr_array(matrix))


def _matrix(
    table: pd.DataFrame,
    columns: Mapping[tuple[str, str], int],
    levels: Mapping[str, tuple[str, ...]],
    numbers: Sequence[npt.NDArray[Any]],
) -> Array:
    """Set 1 where a row is at the level of a column, and put the columns of numbers last."""
    size, width = len(table), len(columns) + len(numbers)
    at = [np.zeros(size, dtype=np.int64)]
    for driver, names in levels.items():
        column_of = np.array([columns.get((driver, name), -1) for name in names])
        at.append(column_of[pd.Index(names).get_indexer(pd.Index(table[driver]))])
    at += [np.full(size, column) for column in range(len(columns), width)]
    values = np.concatenate([np.ones(size * (1 + len(levels))), *numbers])
    row, column = np.tile(np.arange(size), len(at)), np.concatenate(at)
    inside = column >= 0
    sparse = coo_array((values[inside], (row[inside], column[inside])), shape=(size, width)).tocsr()
    return cast("Array", sparse) if size * width > WIDE else np.asarray(sparse.toarray(), dtype=np.float64)


def _references(table: pd.DataFrame, levels: dict[str, tuple[str, ...]]) -> set[tuple[str, str]]:
    school = PAIR[1]
    first_of_all = levels[school][0]
    references = set()
    piece = connected(table)
    for number in np.unique(piece):
        present = set(table.loc[piece == number, school])
        if first_of_all not in present:
            references.add((school, next(level for level in levels[school] if level in present)))
    return references
