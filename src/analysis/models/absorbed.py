"""A logit of shares with the units' own effects absorbed: exact with thousands of schools, no dummy is ever made.

The quasi-likelihood of Papke & Wooldridge (1996): the scores of a binomial model, of shares instead of counts. Each
Newton step eliminates the units' effects block by block (their information is diagonal), so coefficients and clustered
errors are those of `statsmodels` GLM Binomial, or R's `glm`, with a dummy for every unit.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from analysis.arrays import Array, Ints
from analysis.language import later
from analysis.problems import Problem, UserError

STEPS = 60
SETTLED = 1e-12
COLLINEAR = 1e-9
"""Smallest eigenvalue of the coefficients' information, scaled to a diagonal of ones, where columns say the same."""


@dataclass(frozen=True)
class Rows:
    """What is fitted: y of n absent.

    Parameters
    ----------
    X : (rows, k) dummies of the drivers, without an intercept.
    unit : (rows,) number of the unit, from 0.
    n : (rows,) weight: days, or 1.
    y : (rows,) the share of n that is absent, times n.
    """

    X: Array
    unit: Ints
    n: Array
    y: Array

    @property
    def units(self) -> int:
        """How many units there are."""
        return int(self.unit.max()) + 1

    def by_unit(self, values: Array) -> Array:
        """Sum (rows,) or (rows, k) values by unit."""
        if values.ndim == 1:
            return np.bincount(self.unit, values, self.units).astype(np.float64)
        return np.stack([np.bincount(self.unit, column, self.units) for column in values.T], axis=1)


@dataclass(frozen=True)
class Information:
    """The information of the coefficients and the units' effects, in blocks.

    Parameters
    ----------
    own : (units,) of the units' effects, a diagonal.
    between : (units, k) of effects and coefficients.
    left : (k, k) of the coefficients when the effects are eliminated.
    """

    own: Array
    between: Array
    left: Array

    def solve(self, effects: Array, coefficients: Array) -> tuple[Array, Array]:
        """Solve for right-hand sides (L, units) and (L, k); gives the same shapes."""
        right = coefficients - (effects / self.own) @ self.between
        solved: Array = np.linalg.solve(self.left, right.T).T.astype(np.float64)
        return (effects - solved @ self.between.T) / self.own, solved


@dataclass(frozen=True)
class AbsorbedFit:
    """A fractional logit with absorbed effects.

    Parameters
    ----------
    rows : what was fitted.
    effects : (units,) log-odds of the units where all dummies are 0.
    coefficients : (k,) log-odds.
    fitted : (rows,) shares.
    information : at the answer.
    """

    rows: Rows
    effects: Array
    coefficients: Array
    fitted: Array
    information: Information

    def mean_at(self, X: Array) -> tuple[float, Array, Array]:
        """Give the mean share, weighted by n, with other dummies, and its derivatives by effects and coefficients."""
        total = self.rows.n.sum()
        p = expit(self.effects[self.rows.unit] + X @ self.coefficients)
        slope = self.rows.n * p * (1 - p) / total
        return float(self.rows.n @ p / total), self.rows.by_unit(slope), slope @ X

    def influence(self, effects: Array, coefficients: Array) -> Array:
        """Give (rows, L) what each row contributes to L functions, from their derivatives (L, units) and (L, k).

        Summed within clusters and squared, these are the clustered variances of the functions.
        """
        of_effects, of_coefficients = self.information.solve(effects, coefficients)
        residual = self.rows.y - self.rows.n * self.fitted
        through = of_effects.T[self.rows.unit] + self.rows.X @ of_coefficients.T
        return np.asarray(through * residual[:, None])

    def influence_of_coefficients(self) -> Array:
        """Give (rows, k) what each row contributes to the coefficients."""
        size = len(self.coefficients)
        return self.influence(np.zeros((size, self.rows.units)), np.eye(size))


def fit_absorbed(rows: Rows) -> AbsorbedFit:
    """Fit by Newton's method; every unit must have absences and presences.

    Raises
    ------
    UserError
        Where columns say the same thing, or the fit does not settle.
    """
    share = rows.by_unit(rows.y) / rows.by_unit(rows.n)
    effects, coefficients = logit(np.clip(share, 1e-3, 1 - 1e-3)), np.zeros(rows.X.shape[1])
    for step in range(STEPS):
        p = expit(effects[rows.unit] + rows.X @ coefficients)
        if not rows.by_unit(p * (1 - p)).all():  # a unit has run to where nothing is told of it
            break
        information = _information(rows, p)
        if step == 0:
            _refuse_collinear(information)
        residual = rows.y - rows.n * p
        try:
            change = information.solve(rows.by_unit(residual)[None, :], (residual @ rows.X)[None, :])
        except np.linalg.LinAlgError:  # so have all units of a column
            break
        effects, coefficients = effects + change[0][0], coefficients + change[1][0]
        largest = max(np.abs(part).max(initial=0) for part in change)
        if not np.isfinite(largest):
            break
        if largest < SETTLED:
            fitted = expit(effects[rows.unit] + rows.X @ coefficients)
            return AbsorbedFit(rows, effects, coefficients, fitted, _information(rows, fitted))
    raise _no_answer(later("the fit did not settle"))


def _information(rows: Rows, p: Array) -> Information:
    weight = rows.n * p * (1 - p)
    own, between = rows.by_unit(weight), rows.by_unit(rows.X * weight[:, None])
    return Information(own, between, rows.X.T @ (rows.X * weight[:, None]) - between.T @ (between / own[:, None]))


def _refuse_collinear(information: Information) -> None:
    size = np.sqrt(np.maximum(np.diag(information.left), 1e-300))
    if len(size) and np.linalg.eigvalsh(information.left / np.outer(size, size))[0] < COLLINEAR:
        raise _no_answer(later("some levels of month, weekday, week or kind of school say the same thing"))


def _no_answer(seen: str) -> UserError:
    fix = "use records with more dates, or leave such levels out by where_not"
    return UserError("records", Problem("model", seen, "their part in absence cannot be told", fix))
