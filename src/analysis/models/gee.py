"""Generalised estimating equations of a share, students as clusters (Liang & Zeger 1986).

As R's `geepack::geeglm(family = binomial)` has them: scale and correlation by moments, no correction for degrees of
freedom, all solved together. With weights the working covariance of a cluster is A^(1/2) W^(-1/2) R W^(-1/2) A^(1/2),
times the scale, A the binomial variances; weights enter the moments too, those of a pair as their product. (The weights
of statsmodels mean something else.)

A row may stand for many observations of one student that share their levels: 0/1 days of a month. Nothing is lost: with
an exchangeable correlation only their number, their sum and their sum of squares matter.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, diags_array
from scipy.special import expit

from analysis.arrays import Array, Ints
from analysis.language import later
from analysis.models.sandwich import cluster_sums
from analysis.problems import Problem, UserError

Working = Literal["independence", "exchangeable"]
STEPS, SETTLED = 200, 1e-12


@dataclass(frozen=True)
class Observations:
    """What is fitted: rows of observations that share a student, their levels and their weight.

    Parameters
    ----------
    levels : a row a row: the drivers' levels (text).
    cluster : (rows,) the student.
    count : (rows,) observations.
    total, squares : (rows,) sums of the observed shares, and of their squares.
    weight : (rows,) weight of each observation.
    """

    levels: pd.DataFrame
    cluster: Ints
    count: Array
    total: Array
    squares: Array
    weight: Array


@dataclass(frozen=True)
class Solution:
    """The answer of the estimating equations.

    Parameters
    ----------
    coefficients : (k,) log-odds.
    naive, robust : (k, k) covariances: if the working one holds, and whatever holds (clustered, no factor).
    correlation : between two observations of a student; 0 where independent.
    scale : how many times a squared residual is p (1 - p), over the weight.
    clusters : how many students; `largest` : the most observations of one.
    """

    coefficients: Array
    naive: Array
    robust: Array
    correlation: float
    scale: float
    clusters: int
    largest: int


def observed_shares(table: pd.DataFrame, drivers: tuple[str, ...]) -> Observations:
    """Take the share y / n of every row of a student as an observation, weighted by its n."""
    n = table["n"].to_numpy(dtype=np.float64)
    share = table["y"].to_numpy(dtype=np.float64) / n
    ones = np.ones_like(n)
    return Observations(table[list(drivers)], numbered(table["student_id"]), ones, share, share**2, n)


def solve(
    observed: Observations, X: Array | Any, start: Array, working: Working = "exchangeable", scale: float | None = None
) -> Solution:
    """Solve the estimating equations for a design matrix, from binomial coefficients.

    Parameters
    ----------
    X : (rows, k) of full rank, an array or a sparse array: dummies of hundreds of thousands of rows are mostly 0.
    """
    X, coefficients = csr_array(X), start
    for _ in range(STEPS):
        moments = _moments(observed, X, coefficients, working, scale)
        step = np.linalg.solve(moments.information, moments.scores.sum(axis=0))
        if np.abs(step).max() < SETTLED:
            return _answer(observed, coefficients, moments)
        coefficients = coefficients + step
    seen = later("the estimating equations did not settle")
    fix = "leave a driver out, or take students' days as independent"
    raise UserError("records", Problem("model", seen, "how students' days hang together cannot be told", fix))


@dataclass(frozen=True)
class _Moments:
    """Scores (clusters, k; sparse) and information (k, k) at some coefficients, with scale and correlation there."""

    scores: Any
    information: Array
    scale: float
    correlation: float


def _moments(observed: Observations, X: Any, coefficients: Array, working: Working, scale: float | None) -> _Moments:
    p = expit(X @ coefficients)
    root = np.sqrt(p * (1 - p))
    w, count, cluster = observed.weight, observed.count, observed.cluster
    residual = (observed.total - count * p) / root
    squared = (observed.squares - 2 * p * observed.total + count * p**2) / root**2
    if scale is None:
        scale = float(w @ squared / (w @ count))
    size, of_weight, of_square, of_residual, of_squared = cluster_sums(
        np.column_stack([count, w * count, w**2 * count, w * residual, w**2 * squared]), cluster
    ).T
    correlation = 0.0
    if working == "exchangeable":
        pairs = float(np.sum(of_weight**2 - of_square))
        correlation = float(np.sum(of_residual**2 - of_squared)) / scale / pairs if pairs else 0.0

    members: Any = csr_array((np.ones(len(cluster)), (cluster, np.arange(len(cluster)))))
    slope = diags_array(root * np.sqrt(w)) @ X  # of sqrt(weight) x the standardised observation, each of `count`
    alike = correlation / (1 + (size - 1) * correlation)
    together = members @ (diags_array(count) @ slope)
    own = np.sqrt(w) * residual
    divisor = (1 - correlation) * scale
    scores = (members @ (diags_array(own) @ slope) - diags_array(alike * (members @ own)) @ together) / divisor
    information = (slope.T @ (diags_array(count) @ slope) - together.T @ (diags_array(alike) @ together)) / divisor
    return _Moments(scores.tocsr(), information.toarray(), scale, correlation)


def _answer(observed: Observations, coefficients: Array, moments: _Moments) -> Solution:
    naive = np.asarray(np.linalg.inv(moments.information))
    robust = naive @ (moments.scores.T @ moments.scores).toarray() @ naive
    sizes = np.bincount(observed.cluster, observed.count)
    return Solution(coefficients, naive, robust, moments.correlation, moments.scale, len(sizes), int(sizes.max()))


def numbered(names: "pd.Series[str]") -> Ints:
    """Number students from 0."""
    return np.unique(names.to_numpy(dtype=str), return_inverse=True)[1].astype(np.int64)
