"""The negative binomial model of counts (NB2): the variance of a mean mu is mu + alpha mu^2; alpha 0 is Poisson.

Coefficients by statsmodels' GLM at a given alpha, alpha by its likelihood at given means, in turn until both settle:
the joint maximum, to which R's `MASS::glm.nb` comes in the same way. statsmodels' own `NegativeBinomial` starts from
one place and can stop before it.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, gammaln, polygamma, xlogy
from statsmodels.genmod.families import NegativeBinomial, Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import SingularMatrixWarning

from analysis.arrays import Array
from analysis.language import later
from analysis.models.binomial import no_answer

STARTS = (0.03, 0.3, 1.0, 3.0, 10.0)
"""Values of alpha to start from: the best is followed, for the likelihood can have more than one top."""
SMALLEST, LARGEST = 1e-5, 1e4
"""Below the first the model is Poisson; above the second counts are nearly all 0, and there is no answer."""
TURNS = 500
SETTLED = 1e-12


@dataclass(frozen=True)
class CountFit:
    """A model of counts with a log link.

    Parameters
    ----------
    coefficients : (k,) on the log scale; their differences are logs of ratios of means.
    alpha : 0 for Poisson; theta is 1 / alpha.
    theta_std_error : of 1 / alpha, means taken as known (as in R); NaN where alpha is 0 or was given.
    mean : (rows,) fitted means mu.
    bread : (k, k) inverse of the expected information of the coefficients, alpha taken as known (as in R).
    deviance, null_deviance : at this alpha; the null model has an intercept alone.
    log_likelihood : with all its constants.
    pearson : Pearson's chi squared.
    """

    coefficients: Array
    alpha: float
    theta_std_error: float
    mean: Array
    bread: Array
    deviance: float
    null_deviance: float
    log_likelihood: float
    pearson: float


@dataclass(frozen=True)
class _Rows:
    """What is fitted: design (rows, k), counts, weights and logs of exposure (rows,)."""

    X: Array
    y: Array
    weights: Array
    offset: Array

    def mean(self, coefficients: Array) -> Array:
        return np.asarray(np.exp(self.X @ coefficients + self.offset), dtype=np.float64)

    def information(self, mean: Array, alpha: float) -> Array:
        return np.asarray(self.X.T @ (self.X * (self.weights * mean / (1 + alpha * mean))[:, None]))


def fit_counts(X: Array, y: Array, weights: Array, alpha: float | None = None, offset: Array | None = None) -> CountFit:
    """Fit counts by maximum likelihood.

    Parameters
    ----------
    X : (rows, k) design matrix of full rank, an intercept in it.
    y : (rows,) counts; halves are allowed, for the score equations are the same.
    weights : (rows,) how many have this row and this count.
    alpha : taken as known; 0 fits Poisson. Estimated where None, together with the coefficients.
    offset : (rows,) logs of exposure, such as of days; the coefficients are then of rates. None is 0.

    Raises
    ------
    UserError
        The columns of X are dependent, or the fit does not settle.
    """
    rows = _Rows(X, y, weights, np.zeros(len(y)) if offset is None else offset)
    if alpha is None:
        coefficients, alpha = _joint_maximum(rows)
        theta_error = _theta_std_error(y, rows.mean(coefficients), weights, alpha) if alpha else np.nan
    else:
        coefficients, theta_error = _at(rows, alpha, None), np.nan
    mean = rows.mean(coefficients)
    exposure = np.exp(rows.offset)
    null = exposure * float(weights @ y / (weights @ exposure))
    variance = mean + alpha * mean**2
    return CountFit(
        coefficients, alpha, theta_error, mean,
        np.asarray(np.linalg.inv(rows.information(mean, alpha)), dtype=np.float64),
        _deviance(y, mean, weights, alpha), _deviance(y, null, weights, alpha),
        log_likelihood(y, mean, weights, alpha), float(weights @ ((y - mean) ** 2 / variance)),
    )  # fmt: skip


def log_likelihood(y: Array, mean: Array, weights: Array, alpha: float) -> float:
    """Sum the log likelihood of counts; `alpha` 0 is Poisson."""
    if not alpha:
        return float(weights @ (xlogy(y, mean) - mean - gammaln(y + 1)))
    theta = 1 / alpha
    constants = gammaln(theta + y) - gammaln(theta) - gammaln(y + 1)
    return float(weights @ (constants - theta * np.log1p(mean / theta) + xlogy(y, mean / (theta + mean))))


def zero_share(mean: Array, weights: Array, alpha: float) -> float:
    """Give the share of zeros that the model expects."""
    none = np.exp(-mean) if not alpha else (1 + alpha * mean) ** (-1 / alpha)
    return float(weights @ none / weights.sum())


def _joint_maximum(rows: _Rows) -> tuple[Array, float]:
    """Find coefficients and alpha at which both scores are 0; alpha is 0 where no alpha is likelier than Poisson."""
    y, weights = rows.y, rows.weights
    poisson = _at(rows, 0, None)
    best, top = (poisson, 0.0), log_likelihood(y, rows.mean(poisson), weights, 0)
    for start in STARTS:
        coefficients = _at(rows, start, poisson)
        reached = log_likelihood(y, rows.mean(coefficients), weights, start)
        if reached > top:
            best, top = (coefficients, start), reached
    coefficients, alpha = best
    if not alpha and _alpha_score_at_zero(y, rows.mean(poisson), weights) <= 0:
        return poisson, 0.0
    for _ in range(TURNS):
        before = (coefficients, alpha)
        alpha = _alpha_given(y, rows.mean(coefficients), weights)
        coefficients = _at(rows, alpha, coefficients)
        moved = max(abs(alpha - before[1]) / max(alpha, SMALLEST), float(np.max(np.abs(coefficients - before[0]))))
        if moved < SETTLED:
            return coefficients, alpha
    raise no_answer(later("the negative binomial model did not settle"))


def _at(rows: _Rows, alpha: float, start: Array | None) -> Array:
    """Give the coefficients at an alpha: Fisher scoring, from a start or statsmodels, until it stands still."""
    X, y, weights = rows.X, rows.y, rows.weights
    family = NegativeBinomial(alpha=alpha) if alpha else Poisson()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # separated rows warn here; they are found by their means
        warnings.simplefilter("error", SingularMatrixWarning)
        try:
            if start is None:
                model = GLM(y, X, family=family, freq_weights=weights, offset=rows.offset)
                start = np.asarray(model.fit(maxiter=200).params, dtype=np.float64)
            coefficients = start
            for _ in range(TURNS):
                mean = rows.mean(coefficients)
                score = X.T @ (weights * (y - mean) / (1 + alpha * mean))
                step = np.linalg.solve(rows.information(mean, alpha), score)
                coefficients = coefficients + step
                if np.max(np.abs(step)) < SETTLED / 10:
                    break
        except (SingularMatrixWarning, np.linalg.LinAlgError, ValueError):
            raise no_answer(later("the drivers' levels cannot be told apart")) from None
    if not np.all(np.isfinite(coefficients)):
        raise no_answer(later("the fit did not settle"))
    return coefficients


def _alpha_given(y: Array, mean: Array, weights: Array) -> float:
    """Give the alpha that is likeliest at given means, of the zeros of its score; 0 where Poisson is likelier."""
    grid = np.geomspace(SMALLEST, LARGEST, 60)
    scores = np.array([_theta_score(1 / alpha, y, mean, weights) for alpha in grid])
    # The likelihood rises with alpha where the score of theta is negative: a top is where it turns to positive.
    turns = np.flatnonzero((scores[:-1] < 0) & (scores[1:] >= 0))

    def score(log_alpha: float) -> float:
        return _theta_score(float(np.exp(-log_alpha)), y, mean, weights)

    ends = np.log(grid)
    tops = [float(np.exp(brentq(score, float(ends[at]), float(ends[at + 1]), xtol=1e-14))) for at in turns.tolist()]
    if not tops and _alpha_score_at_zero(y, mean, weights) <= 0:
        return 0.0
    if not tops:
        raise no_answer(later("the negative binomial model has no spread that is likeliest"))
    return max(tops, key=lambda alpha: log_likelihood(y, mean, weights, alpha))


def _theta_score(theta: float, y: Array, mean: Array, weights: Array) -> float:
    terms = digamma(theta + y) - digamma(theta) - np.log1p(mean / theta) + (mean - y) / (mean + theta)
    return float(weights @ terms)


def _alpha_score_at_zero(y: Array, mean: Array, weights: Array) -> float:
    """Say whether counts spread more than Poisson: the derivative of the log likelihood by alpha at 0."""
    return float(weights @ ((y - mean) ** 2 - y)) / 2


def _theta_std_error(y: Array, mean: Array, weights: Array, alpha: float) -> float:
    theta = 1 / alpha
    curvature = polygamma(1, theta) - polygamma(1, theta + y) - 1 / theta
    information = float(weights @ (curvature + 2 / (mean + theta) - (y + theta) / (mean + theta) ** 2))
    return float(1 / np.sqrt(information)) if information > 0 else np.nan


def _deviance(y: Array, mean: Array, weights: Array, alpha: float) -> float:
    if not alpha:
        return float(2 * weights @ (xlogy(y, y / mean) - (y - mean)))
    theta = 1 / alpha
    return float(2 * weights @ (xlogy(y, y / mean) - (y + theta) * np.log((y + theta) / (mean + theta))))
