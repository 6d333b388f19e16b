"""What is known of counts of persons: numbers that may be unknown, the least and the most of each, and their sums."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from scipy.sparse import csr_array

from analysis.vocabulary import TIERS

STUDENTS, COUNTED, CHRONIC = "students", "students_counted", "chronically_absent"
COLUMNS: Final = (STUDENTS, COUNTED, CHRONIC, *TIERS)
ENROLLED, ABSENT = "days_enrolled", "days_absent"
THEN: Final = (STUDENTS, ENROLLED, ABSENT)
"""Of a part of the year: who was enrolled on a day of it, and all days of it; of the year, its days."""
SHORTEST: Final = 0.001
"""Days are counted in thousandths."""
MOST_OF: Final = "most of all"
"""1 where a small count is what the others leave, 0 where it is itself few."""
Cell = tuple[Any, ...]
"""A count of persons or days: 'once', 'stay' or 'then', the column, then the levels of its group."""


@dataclass
class Equations:
    """What is known: `low <= cell <= high`, and `least <= sum of signs x cells <= most`.

    Parameters
    ----------
    cells : the place of each cell.
    bounds : least and most of each cell, in that order.
    sums : each a sum: its cells with their signs, its least and its most.
    hidden : cells that some table hides, with what its mark says; 'left out' of those that no table has, and that a
        reader may work out (`parts`).
    most : more than there is of anything; a nation has more than 10 million students, a state more days.
    """

    cells: dict[Cell, int] = field(default_factory=dict)
    bounds: list[list[float]] = field(default_factory=list)
    sums: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    hidden: dict[Cell, str] = field(default_factory=dict)
    most: float = 1e7

    def at(self, cell: Cell) -> int:
        """Give the place of a cell, a new one where it was not known."""
        if cell not in self.cells:
            self.cells[cell] = len(self.bounds)
            self.bounds.append([0.0, self.most])
        return self.cells[cell]

    def between(self, cell: Cell, low: float, high: float) -> None:
        """Bound a cell."""
        bounds = self.bounds[self.at(cell)]
        if not is_days(cell):
            low, high = np.ceil(low - 1e-6), np.floor(high + 1e-6)
        bounds[0], bounds[1] = max(bounds[0], low), min(bounds[1], high)

    def add(self, signs: Mapping[int, float], low: float, high: float) -> None:
        """Bound a sum."""
        self.sums.append((dict(signs), low, high))

    def matrix(self) -> tuple[csr_array, np.ndarray, np.ndarray]:
        """Give the sums as a sparse matrix, with the least and the most of each."""
        rows = [row for row, (signs, _, _) in enumerate(self.sums) for _ in signs]
        places = [place for signs, _, _ in self.sums for place in signs]
        values = [sign for signs, _, _ in self.sums for sign in signs.values()]
        shape = (len(self.sums), len(self.bounds))
        ends = np.array([[low, high] for _, low, high in self.sums]).reshape(-1, 2)
        return csr_array((values, (rows, places)), shape=shape), ends[:, 0], ends[:, 1]


def is_days(cell: Cell) -> bool:
    """Say whether a cell is a number of days, of which there may be half ones."""
    return cell[1] in (ENROLLED, ABSENT)
