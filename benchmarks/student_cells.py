"""Small districts for benchmarks: students in cells of grade and school, drawn in numpy, with the truth by quadrature.

A student is at one school in one grade, all year; a student's own log-odds are normal around those of the cell. The
truth is marginal: what the same model gives on the days absent that are expected of endlessly many such students.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from analysis import engine
from analysis.measures.cells import Cells, cells_of
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.covariance import Covariance
from analysis.vocabulary import DAY, PAIR

Array = npt.NDArray[np.float64]
DAYS = 180
SPREAD = 0.9
"""Standard deviation of students' own log-odds."""
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class District:
    """Cells of students.

    Parameters
    ----------
    cells : `grade_level, school_id, students, log_odds`, a row a cell.
    """

    cells: pd.DataFrame

    @property
    def rates(self) -> Array:
        """(cells,) days absent expected of a student, as a share."""
        return marginal(self.cells["log_odds"].to_numpy())

    def expected(self) -> pd.DataFrame:
        """Give the cells with the days absent that are expected in them."""
        n = self.cells["students"].to_numpy(dtype=float) * DAYS
        return self.cells[list(PAIR)].assign(n=n, y=n * self.rates)

    def drawn(self, random: np.random.Generator) -> "Students":
        """Draw every student's year."""
        cell = np.repeat(np.arange(len(self.cells)), self.cells["students"])
        own = self.cells["log_odds"].to_numpy()[cell] + SPREAD * random.standard_normal(len(cell))
        return Students(self.cells, cell, random.binomial(DAYS, expit(own)).astype(float))


@dataclass(frozen=True)
class Students:
    """Students and their years: `cell` is each student's place in `cells`, `y` the days absent of `days`."""

    cells: pd.DataFrame
    cell: npt.NDArray[np.int64]
    y: Array
    days: float = DAYS

    def table(self) -> pd.DataFrame:
        """Sum the students into cells."""
        n = np.bincount(self.cell, minlength=len(self.cells)) * float(self.days)
        return self.cells[list(PAIR)].assign(n=n, y=np.bincount(self.cell, self.y, len(self.cells)))

    def only(self, keep: npt.NDArray[np.bool_]) -> "Students":
        """Keep the students of some cells."""
        place = np.cumsum(keep) - 1
        inside = keep[self.cell]
        return Students(self.cells[keep].reset_index(drop=True), place[self.cell[inside]], self.y[inside])

    def chronic(self) -> "Students":
        """Say of each student whether a tenth of the days were missed."""
        return replace(self, y=(10 * self.y >= self.days).astype(float), days=1.0)

    def student_sums(self, fitted: Array, by: str) -> pd.DataFrame:
        """Give what `Cells.student_sums` gives."""
        p = fitted[self.cell]
        b = self.days * p * (1 - p)
        r = self.y - self.days * p
        students = pd.DataFrame({by: self.cells[by].to_numpy()[self.cell], "r2": r * r, "b": b, "b2": b * b})
        sums = students.groupby(by, as_index=False).sum()
        return sums.assign(students=students.groupby(by).size().to_numpy())

    def covariance(self, fit: BinomialFit) -> Covariance:
        """Cluster by student, as `models.covariance.clustered` does from the engine's sums."""
        scores = fit.design.matrix[self.cell] * (self.y - self.days * fit.fitted[self.cell])[:, None]
        students = len(self.y)
        return Covariance(fit.bread @ scores.T @ scores @ fit.bread * students / (students - 1))


def marginal(log_odds: Array, spread: float = SPREAD) -> Array:
    """Average rates over students."""
    return np.asarray(expit(log_odds[:, None] + spread * _NODES) @ _WEIGHTS)


def district(sizes: Sequence[tuple[str, str, int]], effects: dict[str, float], *, intercept: float = -2.8) -> District:
    """Make a district of (grade, school, students), with log-odds by grade and school."""
    cells = pd.DataFrame(sizes, columns=[*PAIR, "students"])
    cells = cells[cells["students"] > 0].sort_values(list(PAIR), ignore_index=True)
    shift = sum(cells[name].map(lambda level: effects.get(level, 0.0)) for name in PAIR)
    return District(cells.assign(log_odds=intercept + shift))


def fitted(table: pd.DataFrame) -> BinomialFit:
    """Fit grade and school on cells, all of one part."""
    return fit_binomial(table, PAIR, np.ones(len(table), dtype=np.int64))


def as_cells(rows: pd.DataFrame, drivers: tuple[str, ...], outcome: str = "absence") -> Cells:
    """Make cells of rows (`student_id`, perhaps `date`, drivers, `n` and `y` in days) in the engine."""
    whole = rows.assign(**{name: (rows[name] * DAY).round().astype("int64") for name in ("n", "y")})
    engine.register("drawn_rows", whole)
    return cells_of(outcome, engine.lazy("SELECT * FROM drawn_rows"), drivers, DAY, dated="date" in rows)


def dated(made: District, months: Array, dates: int, shocks: Array, random: np.random.Generator) -> pd.DataFrame:
    """Draw a row a student and date: `months` (months,) and `shocks` (cells, months x dates) are in log-odds."""
    cell = np.repeat(np.arange(len(made.cells)), made.cells["students"])
    odds = made.cells["log_odds"].to_numpy()[:, None] + np.repeat(months, dates) + shocks
    own = SPREAD * random.standard_normal(len(cell))
    absent = random.random((len(cell), shocks.shape[1])) < expit(odds[cell] + own[:, None])
    student, date = (one.ravel() for one in np.indices(absent.shape))
    names = made.cells[list(PAIR)].iloc[cell[student]].reset_index(drop=True)
    return names.assign(
        student_id=student.astype(str),
        date=np.char.zfill(date.astype(str), 3),
        month=np.char.zfill((date // dates).astype(str), 2),
        n=1.0,
        y=absent.ravel().astype(float),
    )
