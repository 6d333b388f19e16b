"""How much true values vary behind estimates of them: Paule & Mandel's estimate, with the Q-profile interval.

Cochran's Q at a variance tau2, the weighted sum of squares of the estimates around their mean, is chi squared where
tau2 is right. The estimate sets it to its mean, the interval to its quantiles (Viechtbauer 2007; for means of several
groups, Jackson et al. 2014). With independent estimates both are those of R's `metafor::rma(method = "PM")` and
`confint`; here their errors may go together, as those of schools do that few students link to the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.linalg import null_space
from scipy.optimize import brentq

from analysis.arrays import Array


@dataclass(frozen=True)
class Heterogeneity:
    """The variance of true values within groups.

    Parameters
    ----------
    tau2 : the estimate; 0 where the estimates vary no more than their errors.
    low, high : ends of the 95 % interval; both 0 where they vary even less than chance gives in 97.5 % of cases.
    q : Q at no variance.
    df : estimates less groups.
    """

    tau2: float
    low: float
    high: float
    q: float
    df: int

    @property
    def p_value(self) -> float:
        """Chance of a Q so large where there is no variance."""
        return float(stats.chi2.sf(self.q, self.df))


def heterogeneity(y: Array, covariance: Array, groups: Sequence[int] = ()) -> Heterogeneity:
    """Estimate the variance of the true values behind k estimates, within groups that each have their own mean.

    Parameters
    ----------
    y : (k,) estimates.
    covariance : (k, k) of their errors; diagonal where these are independent.
    groups : (k,) group of each; one by default.

    Notes
    -----
    With the groups' means taken out by an orthonormal basis K, Q(tau2) = z'(K'VK + tau2 I)^-1 z, z = K'y.
    """
    group = np.asarray(groups if len(groups) else np.zeros(len(y)))
    K = null_space((group[:, None] == np.unique(group)).astype(np.float64).T)
    values, vectors = np.linalg.eigh(K.T @ covariance @ K)
    values = np.maximum(values, 1e-12 * values.max(initial=0.0))
    squares = (vectors.T @ (K.T @ y)) ** 2
    df = K.shape[1]
    tau2, low, high = (
        _root(squares, values, target) for target in (df, stats.chi2.ppf(0.975, df), stats.chi2.ppf(0.025, df))
    )
    return Heterogeneity(tau2, low, high, float(np.sum(squares / values)), df)


def _root(squares: Array, values: Array, target: float) -> float:
    """Solve Q(tau2) = target; 0 where Q is smaller even at 0."""

    def gap(tau2: float) -> float:
        return float(np.sum(squares / (values + tau2)) - target)

    if gap(0.0) <= 0:
        return 0.0
    return float(brentq(gap, 0.0, squares.sum() / target, xtol=1e-300, rtol=1e-14))
