"""Sums of clusters, and a covariance from rows' own scores: for likelihoods fitted on rows (students), not on cells."""

import numpy as np
from scipy.sparse import csr_array

from analysis.arrays import Array, Ints


def sandwich(bread: Array, scores: Array, clusters: Ints | None = None) -> Array:
    """Give B M B x G/(G-1), M the sum over clusters of u u', u a cluster's sum of scores (Liang & Zeger 1986).

    Parameters
    ----------
    bread : (k, k) inverse of the information.
    scores : (rows, k) derivative of each row's log likelihood.
    clusters : (rows,) numbers from 0. None takes each row as its own and no factor: White (1980), R's `vcovHC` HC0.
    """
    sums = scores if clusters is None else cluster_sums(scores, clusters)
    factor = 1.0 if clusters is None else len(sums) / max(len(sums) - 1, 1)
    return np.asarray(bread @ (sums.T @ sums) @ bread * factor)


def cluster_sums(values: Array, cluster: Ints) -> Array:
    """Sum (rows, L) values within clusters numbered from 0: (clusters, L)."""
    return np.asarray(csr_array((np.ones(len(cluster)), (cluster, np.arange(len(cluster))))) @ values)
