"""The binomial model: statsmodels' GLM on cells, polished so that its weights are those of its answer."""

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from scipy.special import expit, gammaln, logit, xlogy
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import SingularMatrixWarning

from analysis.arrays import Array, Ints
from analysis.language import later
from analysis.models.design import Design, Numeric, design, gram, without_zeros
from analysis.models.fit import NO_COUNT, Fit
from analysis.problems import Problem, UserError

NEWTON_STEPS = 40
SETTLED = 1e-8
"""Largest last step of a coefficient; two more follow."""
THE_SAME: Final = later("these drivers say the same thing: {drivers}")


@dataclass(frozen=True)
class BinomialFit(Fit):
    """A binomial model of 'absence' (days) or 'chronic' (students): coefficients are log-odds, fitted probabilities.

    Parameters
    ----------
    deviance, null_deviance, log_likelihood : of cells; the log likelihood with the binomial coefficients.
    """

    deviance: float
    null_deviance: float
    log_likelihood: float

    @property
    def weights(self) -> Array:
        """(cells,) n p (1 - p)."""
        return self.n * self.fitted * (1 - self.fitted)

    @property
    def pearson(self) -> float:
        """Pearson's chi squared of the cells."""
        return float(np.sum((self.y - self.n * self.fitted) ** 2 / self.weights))

    @property
    def df_residual(self) -> int:
        """Cells less coefficients."""
        return len(self.cells) - len(self.coefficients)


def fit_binomial(
    cells: pd.DataFrame,
    drivers: tuple[str, ...],
    component: Ints,
    outcome: str = "absence",
    numeric: tuple[Numeric, ...] = (),
) -> BinomialFit:
    """Fit y of n on the drivers' levels by maximum likelihood.

    Fractional counts (half days) are allowed: the score equations are the same.

    Parameters
    ----------
    cells : a row a cell: the drivers (text), `n` > 0, `y`.
    component : (cells,) the part that a cell's grade and school are both in; 0 is none.
    numeric : columns of numbers beside the drivers' levels.

    Raises
    ------
    UserError
        Where the drivers say the same thing, or the fit does not converge.
    """
    matrix = design(cells, drivers, numeric)
    X = without_zeros(matrix.matrix)
    n, y = cells["n"].to_numpy(dtype=np.float64), cells["y"].to_numpy(dtype=np.float64)
    refuse_collinear(matrix)
    start = _sparse_answer(X, n, y) if issparse(X) else _statsmodels_answer(X, n, y)
    coefficients, bread = _newton_step(X, n, y, start)
    coefficients, bread = _newton_step(X, n, y, coefficients)
    fitted = expit(X @ coefficients)
    null = np.full_like(fitted, y.sum() / n.sum())
    return BinomialFit(
        outcome, drivers, matrix, cells, component, coefficients, bread, fitted,
        _deviance(n, y, fitted), _deviance(n, y, null), _log_likelihood(n, y, fitted),
    )  # fmt: skip


def _statsmodels_answer(X: Array, n: Array, y: Array) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # separated cells warn here; they are found by their fitted probabilities
        warnings.simplefilter("error", SingularMatrixWarning)
        try:
            model = GLM(np.column_stack([y, n - y]), X, family=Binomial())
            # Several times as fast here as the default, which takes the design apart in every step.
            result = model.fit(_mean_alone(X, n, y), method="newton", maxiter=30, disp=0)
            if not result.mle_retvals["converged"] or not np.all(np.isfinite(result.params)):
                result = model.fit(maxiter=100)  # separated cells: only the default goes on to where they show
        except (SingularMatrixWarning, np.linalg.LinAlgError, ValueError):
            raise no_answer(later("the drivers' levels cannot be told apart")) from None
    if not getattr(result, "converged", True) or not np.all(np.isfinite(result.params)):
        raise no_answer(later("the fit did not settle"))
    return np.asarray(result.params, dtype=np.float64)


def _sparse_answer(X: Array, n: Array, y: Array) -> Array:
    """Fit by Newton's method on a sparse design, of which statsmodels would make a dense one."""
    coefficients = _mean_alone(X, n, y)
    for _ in range(NEWTON_STEPS):
        p, reached = expit(X @ coefficients), _likelihood(X @ coefficients, n, y)
        step = np.linalg.solve(gram(X, n * p * (1 - p)), X.T @ (y - n * p))
        while _likelihood(X @ (coefficients + step), n, y) < reached - 1e-9 * abs(reached):  # too far: past the top
            step = step / 2
        coefficients = coefficients + step
        if not np.all(np.isfinite(step)):
            break
        if np.abs(step).max() < SETTLED or _runs_away(n, expit(X @ coefficients)):
            return coefficients
    raise no_answer(later("the fit did not settle"))


def _likelihood(linear: Array, n: Array, y: Array) -> float:
    return float(y @ linear - n @ np.logaddexp(0, linear))


def _mean_alone(X: Array, n: Array, y: Array) -> Array:
    """Give the coefficients where nothing but the intercept moves absence: Newton's method goes up from there."""
    coefficients = np.zeros(X.shape[1])
    coefficients[0] = logit(y.sum() / n.sum())
    return coefficients


def _runs_away(n: Array, p: Array) -> bool:
    """Say whether a cell is separated: its rate has run to a limit, where it shows."""
    return bool(np.min(n * np.minimum(p, 1 - p)) < NO_COUNT)


def _newton_step(X: Array, n: Array, y: Array, coefficients: Array) -> tuple[Array, Array]:
    """Take one Newton step, and give the inverse information where it arrives."""
    p = expit(X @ coefficients)
    arrived = coefficients + np.linalg.solve(gram(X, n * p * (1 - p)), X.T @ (y - n * p))
    p = expit(X @ arrived)
    return arrived, np.asarray(np.linalg.inv(gram(X, n * p * (1 - p))), dtype=np.float64)


def _deviance(n: Array, y: Array, p: Array) -> float:
    return float(2 * np.sum(xlogy(y, y / (n * p)) + xlogy(n - y, (n - y) / (n * (1 - p)))))


def _log_likelihood(n: Array, y: Array, p: Array) -> float:
    coefficient = gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1)
    return float(np.sum(coefficient + xlogy(y, p) + xlogy(n - y, 1 - p)))


def refuse_collinear(matrix: Design) -> None:
    """Refuse a design whose columns are dependent, naming the drivers that say the same thing."""
    products = gram(matrix.matrix, np.ones(matrix.matrix.shape[0]))
    length = np.sqrt(np.diag(products))
    values, vectors = np.linalg.eigh(products / np.outer(length, length))
    if values[0] > 1e-10:
        return
    driver_of = {column: driver for (driver, _), column in matrix.columns.items()}
    first = len(matrix.terms) - len(matrix.numeric)
    driver_of |= {column: of.name for column, of in enumerate(matrix.numeric, first)}
    drivers = sorted({driver_of[column] for column in np.flatnonzero(np.abs(vectors[:, 0]) > 1e-6).tolist()} - {""})
    raise no_answer(THE_SAME.format(drivers=", ".join(drivers)))


def no_answer(seen: str) -> UserError:
    """Say why a model has no answer."""
    problem = Problem(
        "model",
        seen,
        later("Their part in absence cannot be told"),
        later("Leave one driver out, or use records with more students"),
    )
    return UserError("records", problem)
