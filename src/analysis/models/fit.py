"""A fit of cells: what rates, tests and errors are made from, whatever its outcome."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from analysis.arrays import Array, Flags, Ints
from analysis.models.design import Design
from analysis.vocabulary import PAIR

Link = Literal["logit", "log"]
NO_COUNT = 1e-6
"""A cell that expects fewer absences (or presences) than this has no finite coefficients: its levels are separated."""


@dataclass(frozen=True)
class Fit:
    """A model of the mean of y of n, through a link, fitted on cells.

    Parameters
    ----------
    outcome : 'absence' (days), 'chronic' (students) or 'days' (days absent a student).
    drivers : what the model holds.
    design : the design matrix X (cells, k) and the meaning of its columns.
    cells : a row a cell: drivers, `n`, `y`.
    component : (cells,) the part that a cell's grade and school are both in; 0 is none.
    coefficients : (k,) on the scale of the link.
    bread : (k, k) inverse of the expected information at the answer.
    fitted : (cells,) the mean of y by n.
    """

    outcome: str
    drivers: tuple[str, ...]
    design: Design
    cells: pd.DataFrame
    component: Ints
    coefficients: Array
    bread: Array
    fitted: Array
    link: ClassVar[Link] = "logit"

    @property
    def n(self) -> Array:
        """(cells,) days, or students."""
        return self.cells["n"].to_numpy(dtype=np.float64)

    @property
    def y(self) -> Array:
        """(cells,) days absent, or students chronically absent."""
        return self.cells["y"].to_numpy(dtype=np.float64)

    @property
    def parts(self) -> tuple[int, ...]:
        """The parts within which grades and schools are compared."""
        return tuple(int(part) for part in np.unique(self.component) if part > 0)

    @property
    def score_weights(self) -> Array | None:
        """(cells,) what a residual counts in the score; None where each counts the same."""
        return None

    def parts_of(self, driver: str) -> tuple[int, ...]:
        """Give the parts within which a driver's levels are compared: those of grade and school, else 0, everything."""
        return self.parts if driver in PAIR else (0,)

    def levels_of(self, driver: str, part: int) -> tuple[str, ...]:
        """Give the levels of a driver that are in a part, in order; part 0 is everything."""
        inside = set(self.cells.loc[self.component == part, driver]) if part else set(self.design.levels[driver])
        return tuple(level for level in self.design.levels[driver] if level in inside)

    def rows_of(self, driver: str, part: int) -> Flags:
        """(cells,) which cells are of a part: all that are at one of its levels; part 0 is everything."""
        return self.cells[driver].isin(self.levels_of(driver, part)).to_numpy()

    @property
    def separated(self) -> Flags:
        """(cells,) whether a cell's fitted mean has run to a limit."""
        nothing = self.n * self.fitted < NO_COUNT
        return nothing if self.link == "log" else nothing | (self.n * (1 - self.fitted) < NO_COUNT)


def mean_and_slope(link: Link, linear: Array) -> tuple[Array, Array]:
    """Give the mean at a linear predictor, and its derivative by it."""
    if link == "log":
        mean = np.exp(linear)
        return mean, mean
    p = np.asarray(expit(linear))
    return p, p * (1 - p)


def interval(link: Link, mean: Array, std_errors: Array, width: float | Array) -> tuple[Array, Array]:
    """Give an interval of means that is so many errors wide to each side on the scale of the link."""
    if link == "log":
        step = width * std_errors / mean
        return mean * np.exp(-step), mean * np.exp(step)
    step = width * std_errors / (mean * (1 - mean))
    return np.asarray(expit(logit(mean) - step)), np.asarray(expit(logit(mean) + step))
