"""The design matrix of cells: patsy's treatment coding, of full rank over all parts jointly."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import patsy

from analysis.models.parts import PAIR
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
class Design:
    """A design matrix and what its columns mean.

    Parameters
    ----------
    matrix : (cells, k) intercept and dummies.
    terms : k names, such as `school_id[S02]`.
    columns : column of each (driver, level); a reference level has none. The intercept is ('', '').
    levels : levels of each driver that are present, in order.
    """

    matrix: Array
    terms: tuple[str, ...]
    columns: dict[tuple[str, str], int]
    levels: dict[str, tuple[str, ...]]


def levels_in_order(driver: str, values: pd.Series) -> tuple[str, ...]:
    """Give the levels that are present in the driver's own order, unknown ones last."""
    known = ORDER.get(driver, ())
    place = {level: number for number, level in enumerate(known)}
    return tuple(sorted({str(value) for value in values}, key=lambda level: (place.get(level, len(known)), level)))


def design(table: pd.DataFrame, drivers: tuple[str, ...], component: Ints) -> Design:
    """Code the drivers against their first level present.

    Where grade and school are both drivers, every part beyond the first needs one school dummy fewer: within a part the
    dummies of grades and those of schools both sum to one. The part's first school is left out, as its reference.

    Parameters
    ----------
    table : a row a cell: the drivers.
    component : (cells,) part of each cell.
    """
    levels = {driver: levels_in_order(driver, table[driver]) for driver in drivers}
    coded = {driver: pd.Categorical(table[driver], categories=levels[driver]) for driver in drivers}
    matrix = patsy.dmatrix(
        " + ".join(("1", *(f"Q('{driver}')" for driver in drivers))), pd.DataFrame(coded, range(len(table)))
    )
    terms = [("", ""), *((driver, level) for driver in drivers for level in levels[driver][1:])]
    without = _references(table, component, levels) if set(PAIR) <= set(drivers) else set()
    keep = [number for number, term in enumerate(terms) if term not in without]
    kept = [terms[number] for number in keep]
    names = tuple(f"{driver}[{level}]" if driver else INTERCEPT for driver, level in kept)
    columns = {term: number for number, term in enumerate(kept)}
    return Design(np.asarray(matrix, dtype=np.float64)[:, keep], names, columns, levels)


def _references(table: pd.DataFrame, component: Ints, levels: dict[str, tuple[str, ...]]) -> set[tuple[str, str]]:
    school = PAIR[1]
    first_of_all = levels[school][0]
    references = set()
    for part in np.unique(component):
        present = set(table.loc[component == part, school])
        if first_of_all not in present:
            references.add((school, next(level for level in levels[school] if level in present)))
    return references
