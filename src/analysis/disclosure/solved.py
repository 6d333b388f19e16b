"""Which hidden numbers all sums together give away by linear algebra alone, however many kinds of sums there are.

A number can change while every sum stays what it is if, and only if, some direction in which no sum changes moves it. A
direction drawn at random from all of them moves, but for a chance of nought, every number that any of them moves.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import lsqr

from analysis.arrays import Flags

_STILL = 1e-6
_EXACT = 1e-12
_SETTLED = 1e-11
"""No sum may change by more along a direction that is to move none; numbers of a long chain move far more than it."""
_ROUNDS = 4


def solved(sums: csr_array) -> Flags:
    """Find the numbers that no direction moves; all of them where no direction was found, so that more is hidden.

    Parameters
    ----------
    sums : (sums, numbers) the sign with which each number stands in each sum.

    Returns
    -------
    (numbers,) true where the sums have one solution.
    """
    sums, direction = sums[np.diff(sums.indptr) > 0], np.random.default_rng(0).standard_normal(sums.shape[1])
    for _ in range(_ROUNDS):  # one is exact to a part of what it began with, which in thousands of sums is not enough
        changed = sums @ direction
        if np.abs(changed).max(initial=0) < _SETTLED:
            found: Flags = np.abs(direction) < _STILL
            return found
        direction -= lsqr(sums, changed, atol=_EXACT, btol=_EXACT, conlim=0, iter_lim=10 * max(sums.shape))[0]
    return np.ones(len(direction), dtype=bool)
