"""The beta-binomial: students' own rates vary as a beta around the model's, so that days of one student go together.

Williams (1975), by maximum likelihood in the coefficients and the correlation rho between two days of a student;
variance n p (1 - p) (1 + (n - 1) rho).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, digamma, expit, logit, polygamma

from analysis.arrays import Array

STEPS = 100
LARGEST = 14.0
"""Log of (1 - rho) / rho; beyond it days are independent."""


@dataclass(frozen=True)
class BetaBinomialFit:
    """A beta-binomial model with a logit link.

    Parameters
    ----------
    coefficients : (k,) log-odds.
    correlation : rho, between two days of one student.
    bread : (k + 1, k + 1) inverse of the observed information of the coefficients and of log((1 - rho) / rho).
    scores : (rows, k + 1) derivative of each row's log likelihood by the same.
    log_likelihood : without the binomial coefficients.
    none : (rows,) chance that a row has no absence at all.
    """

    coefficients: Array
    correlation: float
    bread: Array
    scores: Array
    log_likelihood: float
    none: Array


def fit_beta_binomial(X: Array, n: Array, y: Array, start: Array) -> BetaBinomialFit:
    """Fit y of n days by students.

    Parameters
    ----------
    X : (rows, k) of full rank.
    n, y : (rows,) days and days absent; half days are allowed.
    start : (k,) log-odds to begin with, those of a binomial model.

    Raises
    ------
    ArithmeticError
        The fit does not settle.
    """
    parameters = np.append(start, _moment_start(n, y, expit(X @ start)))
    value = _value(X, n, y, parameters)
    for _ in range(STEPS):
        scores, information = _derivatives(X, n, y, parameters)
        step = _uphill(information, scores.sum(axis=0))
        size = 1.0
        while (better := _value(X, n, y, parameters + size * step)) < value and size > 1e-10:
            size /= 2
        parameters, value = parameters + size * step, max(better, value)
        parameters[-1] = min(parameters[-1], LARGEST)
        if np.abs(size * step).max() <= 1e-9:
            break
    else:
        raise ArithmeticError("the beta-binomial model does not settle")
    scores, information = _derivatives(X, n, y, parameters)
    s = np.exp(parameters[-1])
    b = s * (1 - expit(X @ parameters[:-1]))
    none = np.exp(betaln(s - b, n + b) - betaln(s - b, b))
    bread = np.asarray(np.linalg.inv(information), dtype=np.float64)
    return BetaBinomialFit(parameters[:-1], float(1 / (1 + s)), bread, scores, value, none)


def _moment_start(n: Array, y: Array, p: Array) -> float:
    inflation = float(np.sum((y - n * p) ** 2) / np.sum(n * p * (1 - p)))
    rho = (inflation - 1) / max(float(np.sum(n**2) / n.sum()) - 1, 1e-9)
    return -float(logit(np.clip(rho, 1e-4, 0.9)))


def _value(X: Array, n: Array, y: Array, parameters: Array) -> float:
    p, s = expit(X @ parameters[:-1]), np.exp(min(parameters[-1], LARGEST))
    return float(np.sum(betaln(y + s * p, n - y + s * (1 - p)) - betaln(s * p, s * (1 - p))))


def _derivatives(X: Array, n: Array, y: Array, parameters: Array) -> tuple[Array, Array]:
    """Give each row's scores (rows, k + 1) and the observed information (k + 1, k + 1)."""
    p, s = expit(X @ parameters[:-1]), float(np.exp(parameters[-1]))
    a, b = s * p, s * (1 - p)
    both = digamma(s) - digamma(n + s)
    by_a, by_b = digamma(y + a) - digamma(a) + both, digamma(n - y + b) - digamma(b) + both
    mixed = polygamma(1, s) - polygamma(1, n + s)
    by_aa = polygamma(1, y + a) - polygamma(1, a) + mixed
    by_bb = polygamma(1, n - y + b) - polygamma(1, b) + mixed

    slope = p * (1 - p)
    by_p, by_s = s * (by_a - by_b), p * by_a + (1 - p) * by_b
    by_pp = s**2 * (by_aa - 2 * mixed + by_bb)
    by_ps = (by_a - by_b) + s * (p * by_aa + (1 - 2 * p) * mixed - (1 - p) * by_bb)
    by_ss = p**2 * by_aa + 2 * p * (1 - p) * mixed + (1 - p) ** 2 * by_bb

    eta = by_pp * slope**2 + by_p * slope * (1 - 2 * p)
    cross = X.T @ (by_ps * slope * s)
    corner = float(np.sum(by_ss * s**2 + by_s * s))
    hessian = np.block([[X.T @ (X * eta[:, None]), cross[:, None]], [cross[None, :], np.array([[corner]])]])
    scores = np.column_stack([X * (by_p * slope)[:, None], by_s * s])
    return scores, -hessian


def _uphill(information: Array, gradient: Array) -> Array:
    """Give Newton's step, or where the likelihood is not yet concave one that still goes up."""
    values, vectors = np.linalg.eigh(information)
    values = np.maximum(np.abs(values), 1e-8 * np.abs(values).max())
    step = np.asarray(vectors @ ((vectors.T @ gradient) / values))
    return step * min(1.0, 2 / np.abs(step).max()) if step.any() else step
