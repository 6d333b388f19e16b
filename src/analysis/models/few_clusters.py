"""Errors for few clusters (schools, districts): bias-reduced, with Satterthwaite's degrees of freedom.

CR2 of Bell & McCaffrey (2002) in the form of Pustejovsky & Tipton (2018), as R's clubSandwich has it for a binomial
`glm`: `vcovCR(fit, cluster, "CR2")` and `coef_test(..., test = "Satterthwaite")`. The model is made linear at its
answer, and the working variance of a cell's rate is p (1 - p) / n. With few clusters plain clustered errors are too
small: each cluster pulls the fit towards itself.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.arrays import Array, Ints
from analysis.models.binomial import BinomialFit
from analysis.models.covariance import Covariance
from analysis.models.sandwich import cluster_sums

FEWEST_DEGREES = 4
"""Under this many degrees of freedom a t interval says little, and its own approximation is poor (Tipton 2015)."""
NOTHING_LEFT = 1e-10
"""Below this share of a cluster's largest eigenvalue there is no residual left to adjust: the cluster's own dummy."""


@dataclass(frozen=True, kw_only=True)
class BiasReduced(Covariance):
    """The CR2 covariance of the coefficients (k, k), clustered by few clusters.

    Parameters
    ----------
    bread : (k, k) the model's inverse information M.
    adjusted : (rows, k) A W U, row by row: what a residual of the rate adds to its cluster's score after adjustment.
    slope : (rows, k) U, the derivative of a cell's rate by the coefficients.
    spread : (rows,) the working variance of a cell's rate.
    cluster : (rows,) number of the cluster, from 0.
    """

    bread: Array
    adjusted: Array
    slope: Array
    spread: Array
    cluster: Ints

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max()) + 1

    def degrees_of_freedom(self, gradients: Array, dates: Array | None = None) -> Array:
        """Give Satterthwaite's degrees of freedom (rows,), whatever the dates; NaN where they are too few."""
        df = self.satterthwaite(gradients)
        return np.where(df >= FEWEST_DEGREES, df, np.nan)

    def satterthwaite(self, gradients: Array) -> Array:
        """Give Satterthwaite's degrees of freedom (rows,) of linear combinations (rows, k) of the coefficients.

        Two moments of the variance under the working model: (sum P_jj)^2 / sum P_jk^2 over pairs of clusters.
        """
        return np.array([self._degrees(gradient) for gradient in gradients])

    def _degrees(self, gradient: Array) -> float:
        weight = self.adjusted @ (self.bread @ gradient)
        own = np.bincount(self.cluster, weight**2 * self.spread, self.clusters)
        through = cluster_sums(self.slope * weight[:, None], self.cluster)
        pairs = np.diag(own) - through @ self.bread @ through.T
        return float(np.trace(pairs) ** 2 / np.sum(pairs**2))


def bias_reduced(fit: BinomialFit, cluster: npt.NDArray[np.generic]) -> BiasReduced:
    """Give the CR2 covariance of a fit, clustered as the cells are.

    Parameters
    ----------
    fit : a model of cells; it may hold a dummy for every cluster.
    cluster : (cells,) name of each cell's cluster.
    """
    number = np.unique(cluster, return_inverse=True)[1].astype(np.int64)
    slope = fit.design.matrix * (fit.fitted * (1 - fit.fitted))[:, None]
    spread = fit.fitted * (1 - fit.fitted) / fit.n
    residual = fit.y / fit.n - fit.fitted
    adjusted = np.empty_like(slope)
    for one in range(int(number.max()) + 1):
        rows = number == one
        hat = slope[rows] @ fit.bread @ slope[rows].T
        adjusted[rows] = adjustment(hat, spread[rows]) @ (slope[rows] / spread[rows][:, None])
    scores = cluster_sums(adjusted * residual[:, None], number)
    matrix = fit.bread @ (scores.T @ scores) @ fit.bread
    return BiasReduced(matrix=matrix, bread=fit.bread, adjusted=adjusted, slope=slope, spread=spread, cluster=number)


def adjustment(hat: Array, spread: Array) -> Array:
    """Give A = D (D (F - H) D)^(-1/2) D of one cluster (rows, rows): F the working variances, D their roots.

    Parameters
    ----------
    hat : H = U M U', the variances of the cluster's fitted rates.
    spread : (rows,) the diagonal of F.
    """
    root = np.sqrt(spread)
    values, vectors = np.linalg.eigh(root[:, None] * (np.diag(spread) - hat) * root)
    kept = values > NOTHING_LEFT * values[-1]
    inverse_root = (vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T
    return np.asarray(root[:, None] * inverse_root * root)
