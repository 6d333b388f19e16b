"""A logistic model with a random intercept for each school, or each student.

Log-odds = x b + s u, u standard normal for each cluster, its likelihood by adaptive Gauss-Hermite quadrature (Pinheiro
& Bates 1995), as in R's `lme4::glmer(cbind(y, n - y) ~ ... + (1 | cluster), binomial, nAGQ = nodes)`; one node is the
approximation of Laplace. Coefficients are those of one cluster ('conditional'): further from zero than the marginal
ones of the binomial model, since a logit is flatter averaged over clusters that differ.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.sparse import csr_array
from scipy.special import expit, gammaln, logsumexp

from analysis.arrays import Array, Ints
from analysis.models.binomial import fit_binomial
from analysis.models.design import Design

START = 0.3
"""Standard deviation, in log-odds, from which the search starts."""
DIFFERENCE = 1e-4
"""Step of the numerical derivative of the gradient, in standard errors of the binomial model."""


@dataclass(frozen=True)
class RandomIntercept:
    """A model with a random intercept.

    Parameters
    ----------
    design : terms and columns of the fixed part.
    coefficients : (k,) log-odds, given a cluster.
    covariance : (k, k) of the coefficients, the standard deviation estimated with them (from the observed information).
    sd : standard deviation of the clusters' log-odds.
    log_likelihood : with the binomial coefficients.
    clusters : J names, sorted.
    intercepts : (J,) most likely log-odds of each cluster beside the average one (R's `ranef`).
    intercept_sds : (J,) their conditional standard deviations.
    """

    design: Design
    coefficients: Array
    covariance: Array
    sd: float
    log_likelihood: float
    clusters: tuple[str, ...]
    intercepts: Array
    intercept_sds: Array


def fit_random_intercept(
    cells: pd.DataFrame, drivers: tuple[str, ...], component: Ints, cluster: str, nodes: int = 15
) -> RandomIntercept:
    """Fit y of n on the drivers' levels and a random intercept, by maximum likelihood.

    Parameters
    ----------
    cells : a row a cell, or a cluster's cell: the drivers and the cluster (text), `n` > 0, `y`.
    component : (cells,) part of each cell.
    cluster : the column whose levels have the random intercept; it is not among the drivers.
    nodes : of the quadrature; 1 is Laplace's approximation.
    """
    start = fit_binomial(cells, drivers, component)
    names, number = np.unique(cells[cluster].to_numpy(dtype=str), return_inverse=True)
    likelihood = _Likelihood(start.design.matrix, start.n, start.y, number, nodes)
    scale = np.zeros((len(start.coefficients) + 1,) * 2)  # in these units every parameter has an error of about one
    scale[:-1, :-1], scale[-1, -1] = np.linalg.cholesky(start.bread), START
    at_start = np.append(start.coefficients, START)

    def downhill(step: Array) -> tuple[float, Array]:
        value, gradient = likelihood.at(at_start + scale @ step)
        return -value, -(scale.T @ gradient)

    step = minimize(downhill, np.zeros(len(at_start)), jac=True, method="BFGS").x
    inverse = np.linalg.inv(_second_derivative(downhill, step))
    for _ in range(3):  # to rounding, from where the search stopped
        step = step - inverse @ downhill(step)[1]
    whole = scale @ inverse @ scale.T
    parameters = at_start + scale @ step
    value, _ = likelihood.at(parameters)
    sd = abs(float(parameters[-1]))
    constant = gammaln(start.n + 1) - gammaln(start.y + 1) - gammaln(start.n - start.y + 1)
    modes, h = likelihood.modes(parameters)
    return RandomIntercept(
        start.design, parameters[:-1], whole[:-1, :-1], sd, value + float(constant.sum()),
        tuple(names.tolist()), float(parameters[-1]) * modes, sd / np.sqrt(h),
    )  # fmt: skip


@dataclass(frozen=True)
class _AtNodes:
    """Where the likelihood was summed up: (rows,) linear, (J,) u and h, (nodes, J) z and weight, (nodes, rows) p."""

    linear: Array
    sd: float
    u: Array
    h: Array
    z: Array
    p: Array
    weight: Array


class _Likelihood:
    """The log likelihood and its exact gradient, the movement of the nodes with the parameters included."""

    def __init__(self, X: Array, n: Array, y: Array, cluster: npt.NDArray[np.intp], nodes: int) -> None:
        self.X, self.n, self.y, self.cluster = X, n, y, cluster
        self.members = csr_array((np.ones(len(n)), (cluster, np.arange(len(n)))))
        self.node, weight = np.polynomial.hermite.hermgauss(nodes)
        self.log_weight = np.log(weight) + self.node**2 - np.log(np.pi) / 2
        self.warm = np.zeros(self.members.shape[0])

    def at(self, parameters: Array) -> tuple[float, Array]:
        """Give the log likelihood, without the binomial coefficients, and its gradient; the last parameter is sd."""
        linear, sd = self.X @ parameters[:-1], float(parameters[-1])
        u, h = self.modes(parameters)
        z = u + np.outer(self.node, np.sqrt(2 / h))  # (nodes, J)
        eta = linear + sd * z[:, self.cluster]  # (nodes, rows)
        terms = self._sums(self.y * eta - self.n * np.logaddexp(0, eta)) - z**2 / 2 + self.log_weight[:, None]
        total = logsumexp(terms, axis=0)
        weight = np.exp(terms - total)
        gradient = self._gradient(_AtNodes(linear, sd, u, h, z, expit(eta), weight))
        return float(np.sum(total - np.log(h) / 2)), gradient

    def modes(self, parameters: Array) -> tuple[Array, Array]:
        """Give (J,) the most likely u of each cluster, by Newton's method, and minus its second derivative there."""
        linear, sd, u = self.X @ parameters[:-1], parameters[-1], self.warm
        for _ in range(100):
            p = expit(linear + sd * u[self.cluster])
            h = 1 + sd**2 * self._sums(self.n * p * (1 - p))
            step = (sd * self._sums(self.y - self.n * p) - u) / h
            u = u + np.clip(step, -2, 2)
            if np.abs(step).max() < 1e-12:
                break
        self.warm = u
        return u, h

    def _sums(self, values: Array) -> Array:
        """Sum (rows,) or (nodes, rows) values by cluster."""
        return np.asarray((self.members @ values.T).T)

    def _gradient(self, at: "_AtNodes") -> Array:
        """Differentiate: the likelihood at each node, and what moves the nodes, the modes u and the widths h^(-1/2)."""
        n, y, rows = self.n, self.y, self.cluster
        sd, u, h, z, weight = at.sd, at.u, at.h, at.z, at.weight
        left = self._sums(y - n * at.p)
        pull = sd * left - z
        with_mode = np.sum(weight * pull, axis=0)
        with_width = 1 + np.sum(weight * pull * (z - u), axis=0)
        at_mode = expit(at.linear + sd * u[rows])
        spread = n * at_mode * (1 - at_mode)
        skew = spread * (1 - 2 * at_mode)
        spread_sum, skew_sum = self._sums(spread), self._sums(skew)
        mode_by_sd = (self._sums(y - n * at_mode) - sd * u * spread_sum) / h
        width_by_sd = -(2 * sd * spread_sum + sd**2 * skew_sum * (u + sd * mode_by_sd)) / (2 * h)
        by_row = y - n * np.sum(weight[:, rows] * at.p, axis=0)
        by_row -= (with_mode * sd / h)[rows] * spread
        by_row -= (with_width * sd**2 / (2 * h))[rows] * (skew - (sd**2 * skew_sum / h)[rows] * spread)
        by_sd = np.sum(weight * z * left) + np.sum(with_mode * mode_by_sd + with_width * width_by_sd)
        return np.append(self.X.T @ by_row, by_sd)


def _second_derivative(of: Callable[[Array], tuple[float, Array]], at: Array) -> Array:
    """Differentiate a gradient numerically: (k + 1, k + 1), symmetric."""
    steps = np.eye(len(at)) * DIFFERENCE
    matrix = np.array([(of(at + step)[1] - of(at - step)[1]) / (2 * DIFFERENCE) for step in steps])
    return np.asarray((matrix + matrix.T) / 2)
