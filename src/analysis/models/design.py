"""The design matrix of cells: patsy's treatment coding, of full rank over all parts jointly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import patsy

from analysis.models.parts import PAIR, connected
from analysis.vocabulary import GRADES, WEEKDAYS

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

INTERCEPT = "(Intercept)"
ORDER: dict[str, tuple[str, ...]] = {
    "grade_level": GRADES,
    "weekday": WEEKDAYS,
    "near_break": ("other", "day before a break", "day after a break"),
}
"""Drivers whose levels have an order of their own; others are sorted."""


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
    matrix : (cells, k) intercept, dummies, and columns of numbers last.
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
    known = ORDER.get(driver, ())
    place = {level: number for number, level in enumerate(known)}
    return tuple(sorted({str(value) for value in values}, key=lambda level: (place.get(level, len(known)), level)))


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
    coded = {driver: pd.Categorical(table[driver], categories=levels[driver]) for driver in drivers}
    matrix = patsy.dmatrix(
        " + ".join(("1", *(f"Q('{driver}')" for driver in drivers))), pd.DataFrame(coded, range(len(table)))
    )
    terms = [("", ""), *((driver, level) for driver in drivers for level in levels[driver][1:])]
    without = _references(table, levels) if set(PAIR) <= set(drivers) else set()
    keep = [number for number, term in enumerate(terms) if term not in without]
    kept = [terms[number] for number in keep]
    names = tuple(f"{driver}[{level}]" if driver else INTERCEPT for driver, level in kept)
    columns = {term: number for number, term in enumerate(kept)}
    numbers = [table[column.driver].map(column.values).to_numpy(dtype=np.float64) for column in numeric]
    whole = np.column_stack([np.asarray(matrix, dtype=np.float64)[:, keep], *numbers])
    return Design(whole, (*names, *(column.name for column in numeric)), columns, levels, numeric)


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
