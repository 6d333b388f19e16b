"""Shrinking estimates that each have their own variance.

Empirical Bayes that does not pretend to know the spread between schools, but averages over all that it may be (flat in
tau and in mu; Rubin 1981, Gelman 2006). The classical plug-in, one estimate of that spread, stands beside the tests.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from analysis.arrays import Array

DRAWS = 10_000
SEED = 20171106


@dataclass(frozen=True)
class Posterior:
    """Empirical Bayes of k estimates, averaged over the spread between the true values.

    Parameters
    ----------
    mean : (k,) posterior means.
    low, high : (k,) ends of 95 % intervals.
    reliability : (k,) mean of tau^2 / (tau^2 + v): 0 where all is noise, 1 where none is.
    thirds : (k, 3) chance that a true value is in the lowest, middle, highest third of the k.
    """

    mean: Array
    low: Array
    high: Array
    reliability: Array
    thirds: Array

    def moved(self, by: float) -> "Posterior":
        """Give the same with every value moved by as much; thirds stay what they are."""
        return replace(self, mean=self.mean + by, low=self.low + by, high=self.high + by)


def integrated(y: Array, v: Array) -> Posterior:
    """Shrink k >= 3 estimates y with variances v, averaging over tau (flat) and mu (flat).

    Covariances between the estimates are not used. The thirds are counted in 10,000 draws with a fixed seed.
    """
    tau, weight = _tau_posterior(y, v)
    w = 1 / (v + tau[:, None] ** 2)
    mu, mu_variance = (w @ y) / w.sum(axis=1), 1 / w.sum(axis=1)
    kept = 1 - v * w
    means = mu[:, None] + kept * (y - mu[:, None])
    sds = np.sqrt(kept * v + (1 - kept) ** 2 * mu_variance[:, None])
    drawn = np.searchsorted(np.cumsum(weight), (np.arange(DRAWS) + 0.5) / DRAWS).clip(max=len(tau) - 1)
    return Posterior(
        weight @ means,
        _mixture_quantile(0.025, weight, means, sds),
        _mixture_quantile(0.975, weight, means, sds),
        weight @ kept,
        _thirds(y, v, tau[drawn], mu[drawn], mu_variance[drawn]),
    )


def _tau_posterior(y: Array, v: Array) -> tuple[Array, Array]:
    """Give (nodes,) values of tau and their posterior weights: Gauss-Legendre panels in t, tau = scale t / (1 - t)."""
    ends = np.linspace(0, 1, 101)
    node, width = np.polynomial.legendre.leggauss(10)
    t = (ends[:-1, None] + (node + 1) / 2 * np.diff(ends)[:, None]).ravel()
    scale = np.sqrt(np.median(v)) + np.std(y)
    tau = scale * t / (1 - t)
    w = 1 / (v + tau[:, None] ** 2)
    mu = (w @ y) / w.sum(axis=1)
    distance = np.sum(w * (y - mu[:, None]) ** 2, axis=1)
    log_density = 0.5 * (np.log(w).sum(axis=1) - np.log(w.sum(axis=1)) - distance)
    log_weight = log_density + np.log(np.tile(width, 100)) - 2 * np.log(1 - t)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    heavy = weight > 1e-14
    return tau[heavy], weight[heavy] / weight[heavy].sum()


def _mixture_quantile(share: float, weight: Array, means: Array, sds: Array) -> Array:
    """Give (k,) quantiles of mixtures of normals, means and sds (nodes, k), by bisection."""
    low, high = (means - 12 * sds).min(axis=0), (means + 12 * sds).max(axis=0)
    for _ in range(60):
        middle = (low + high) / 2
        below = weight @ stats.norm.cdf((middle - means) / sds) < share
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)


def _thirds(y: Array, v: Array, tau: Array, mu: Array, mu_variance: Array) -> Array:
    """Give (k, 3) shares of draws in which each true value is in each third; tau, mu and its variance are (draws,)."""
    random = np.random.default_rng(SEED)
    counts = np.zeros((len(y), 3))
    for block in np.array_split(np.arange(len(tau)), 20):
        centre = mu[block] + np.sqrt(mu_variance[block]) * random.standard_normal(len(block))
        kept = tau[block, None] ** 2 / (v + tau[block, None] ** 2)
        noise = np.sqrt(kept * v) * random.standard_normal((len(block), len(y)))
        true = centre[:, None] + kept * (y - centre[:, None]) + noise
        place = (np.argsort(np.argsort(true, axis=1), axis=1) + 0.5) / len(y)
        third = np.floor(place * 3).astype(np.int64)
        counts += np.stack([(third == number).sum(axis=0) for number in range(3)], axis=1)
    return counts / len(tau)
