"""Classical shrinkage with one estimate of the spread, as R's `metafor::rma` and `blup` have it.

Pages average over all spreads that there may be; this is what they are held beside.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from statsmodels.stats.meta_analysis import combine_effects

from analysis.arrays import Array

Method = Literal["DL", "PM", "REML", "ML"]


@dataclass(frozen=True)
class Shrunk:
    """Plug-in empirical Bayes of k estimates.

    Parameters
    ----------
    tau2, mu, mu_se : spread between the true values (a variance), their mean and its error.
    weight : (k,) B = tau2 / (tau2 + v), how much of an estimate is kept.
    mean, sd, sd_naive : (k,) posterior mean; its error with mu estimated, and with mu known.
    """

    tau2: float
    mu: float
    mu_se: float
    weight: Array
    mean: Array
    sd: Array
    sd_naive: Array


def between_variance(y: Array, v: Array, method: Method) -> float:
    """Estimate the variance tau2 between the true values behind k estimates y of variances v.

    DL is DerSimonian & Laird (1986), PM Paule & Mandel (1982), REML and ML likelihoods; as in R's `metafor::rma`.
    """
    if method in ("DL", "PM"):
        options = {} if method == "DL" else {"atol": 1e-12, "maxiter": 1000}
        return max(0.0, float(combine_effects(y, v, method_re=method.lower(), **options).tau2))
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 1e4, 1000) * (np.var(y) + v.min())])
    best = int(np.argmax([_log_likelihood(tau2, y, v, method) for tau2 in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    if _score(low, y, v, method) <= 0:
        return 0.0
    return float(brentq(_score, low, high, args=(y, v, method), xtol=1e-300, rtol=1e-14))


def shrunk(y: Array, v: Array, tau2: float) -> Shrunk:
    """Shrink k estimates y with variances v towards their mean, given tau2."""
    w = 1 / (v + tau2)
    mu, mu_variance = float(w @ y / w.sum()), float(1 / w.sum())
    weight = tau2 / (tau2 + v)
    return Shrunk(
        tau2,
        mu,
        float(np.sqrt(mu_variance)),
        weight,
        mu + weight * (y - mu),
        np.sqrt(weight * v + (1 - weight) ** 2 * mu_variance),
        np.sqrt(weight * v),
    )


def _log_likelihood(tau2: float, y: Array, v: Array, method: Method) -> float:
    w = 1 / (v + tau2)
    value = 0.5 * np.sum(np.log(w)) - 0.5 * np.sum(w * (y - w @ y / w.sum()) ** 2)
    return float(value - (0.5 * np.log(w.sum()) if method == "REML" else 0))


def _score(tau2: float, y: Array, v: Array, method: Method) -> float:
    w = 1 / (v + tau2)
    value = np.sum(w**2 * (y - w @ y / w.sum()) ** 2) - w.sum()
    return float(value + (np.sum(w**2) / w.sum() if method == "REML" else 0))
