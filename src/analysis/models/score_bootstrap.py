"""A test for few clusters beside CR2: the score bootstrap (Kline & Santos 2012) with the weights of Webb (2014).

The model is fitted once under the hypothesis; then the clusters' scores are given random weights, again and again, and
the test statistic of the data is set among those of the draws. Nothing is fitted again, and no normal or t distribution
is assumed; six weights instead of two signs, so that ten clusters give enough different draws.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from analysis.arrays import Array
from analysis.models.binomial import BinomialFit
from analysis.models.sandwich import cluster_sums

WEBB = np.sqrt(np.array([0.5, 1.0, 1.5]))
DRAWS = 9_999
SEED = 20180638
STEPS = 30


def score_bootstrap(
    fit: BinomialFit, cluster: npt.NDArray[np.generic], gradient: Array, value: float, draws: int = DRAWS
) -> float:
    """Test that a linear combination of the coefficients has a value.

    Parameters
    ----------
    fit : the model without the hypothesis.
    cluster : (cells,) name of each cell's cluster.
    gradient : (k,) the combination; a rate's or contrast's gradient tests it to first order.
    value : of the combination, under the hypothesis.
    draws : random; with a fixed seed, so that a page says the same on every run.

    Returns
    -------
    Two-sided p: how often a draw is as far from zero as the data.
    """
    coefficients, bread = _under(fit, gradient, value)
    residual = fit.y - fit.n * expit(fit.design.matrix @ coefficients)
    through = (fit.design.matrix @ (bread @ gradient)) * residual
    scores = cluster_sums(through[:, None], np.unique(cluster, return_inverse=True)[1])[:, 0]
    random = np.random.default_rng(SEED)
    weights = random.choice(np.concatenate([WEBB, -WEBB]), (draws, len(scores)))
    drawn = np.abs(_statistic(weights * scores))
    return float((1 + np.sum(drawn >= abs(_statistic(scores[None, :])[0]) * (1 - 1e-12))) / (draws + 1))


def _statistic(scores: Array) -> Array:
    """Give (draws,) sums of scores (draws, clusters) over the root of their sum of squares."""
    return np.asarray(scores.sum(axis=1) / np.sqrt(np.sum(scores**2, axis=1)))


def _under(fit: BinomialFit, gradient: Array, value: float) -> tuple[Array, Array]:
    """Give the coefficients with the highest likelihood under the hypothesis, and the inverse information there."""
    X, n, y = fit.design.matrix, fit.n, fit.y
    coefficients, bread = fit.coefficients, fit.bread
    for _ in range(STEPS):
        p = expit(X @ coefficients)
        bread = np.asarray(np.linalg.inv(X.T @ (X * (n * p * (1 - p))[:, None])), dtype=np.float64)
        free = bread @ (X.T @ (y - n * p))
        along = bread @ gradient
        step = free - along * ((gradient @ (coefficients + free) - value) / (gradient @ along))
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-10:
            break
    return coefficients, bread
