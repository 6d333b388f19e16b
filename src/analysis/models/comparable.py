"""Fitting what has an answer: levels where absence is none or all are set aside and listed, the rest is fitted."""

from collections.abc import Callable
from typing import Final, TypeVar

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Ints
from analysis.language import later
from analysis.models.fit import Fit
from analysis.models.parts import NOT_SEPARABLE_COLUMNS, find_parts
from analysis.models.sentences import NONE_OR_ALL
from analysis.models.tables import stacked
from analysis.problems import Problem, UserError
from analysis.study import Models
from analysis.vocabulary import PAIR

F = TypeVar("F", bound=Fit)
NO_LINK: Final = later("no grade and school have {minimum} students in common, with absences among them")


def fit_comparable(
    table: pd.DataFrame,
    edges: pd.DataFrame | None,
    drivers: tuple[str, ...],
    settings: Models,
    fit: Callable[[Flags, Ints], F],
) -> tuple[Flags, F, pd.DataFrame]:
    """Fit the cells whose absence is not none or all, until no fitted rate runs to a limit.

    Parameters
    ----------
    table : a row a cell: the drivers, `n` (what y could be at most), `y`.
    edges : `grade_level, school_id, students`; None where not both are drivers.
    fit : fits the cells that are kept (a boolean a cell), given the part of each of them.

    Returns
    -------
    The cells that are kept, their fit, and what is not compared: `driver, level, component, reason`.

    Raises
    ------
    UserError
        Where nothing can be compared, or the model has no answer.
    """
    keep = np.ones(len(table), dtype=bool)
    left_out: list[pd.DataFrame] = []
    while True:
        parts = find_parts(table[keep], edges, drivers, settings.minimum_bridge_students)
        left_out.append(parts.not_separable[parts.not_separable["reason"] == NONE_OR_ALL])
        keep[keep] = parts.kept
        if not keep.any() or (set(drivers) <= set(PAIR) and not parts.component.any()):
            raise _nothing_to_compare(settings)
        found = fit(keep, parts.component[parts.kept])
        if not found.separated.any():
            listed = stacked([*left_out, parts.not_separable], NOT_SEPARABLE_COLUMNS)
            return keep, found, listed.drop_duplicates(ignore_index=True)
        before = keep.copy()
        keep[keep] = ~found.separated
        left_out.append(_vanished(table[before], table[keep], drivers))


def _nothing_to_compare(settings: Models) -> UserError:
    minimum = settings.minimum_bridge_students
    seen = NO_LINK.format(minimum=minimum)
    fix = later("Lower models.minimum_bridge_students, or use records with more students")
    return UserError("records", Problem("model", seen, later("Nothing can be compared"), fix))


def _vanished(before: pd.DataFrame, after: pd.DataFrame, drivers: tuple[str, ...]) -> pd.DataFrame:
    """List what separated cells take away: whole levels where they do, else the cells' grade and school."""
    rows = []
    for driver in drivers:
        rows += [(driver, level, 0, NONE_OR_ALL) for level in sorted(set(before[driver]) - set(after[driver]))]
    if not rows:
        names = [name for name in PAIR if name in drivers] or list(drivers)
        levels = before.loc[before.index.difference(after.index), names].drop_duplicates()
        rows = [(" and ".join(names), ", ".join(row), 0, NONE_OR_ALL) for row in levels.to_numpy()]
    return pd.DataFrame(rows, columns=NOT_SEPARABLE_COLUMNS)
