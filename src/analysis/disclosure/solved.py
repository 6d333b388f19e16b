"""Which hidden numbers all sums together give away by linear algebra alone, however many kinds of sums there are.

A number can change while every sum stays what it is if, and only if, some direction in which no sum changes moves it. A
direction drawn at random from all of them moves, but for a chance of nought, every number that any of them moves.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import lsqr

_STILL = 1e-6
_EXACT = 1e-12
_SETTLED = 1e-8
"""No sum may change by more along a direction that is to move none: a hundredth of what counts as moving."""


def solved(sums: csr_array) -> NDArray[np.bool_]:
    """Find the numbers that no direction moves; all of them where no direction was found, so that more is hidden.

    Parameters
    ----------
    sums : (sums, numbers) the sign with which each number stands in each sum.

    Returns
    -------
    (numbers,) true where the sums have one solution.
    """
    drawn = np.random.default_rng(0).standard_normal(sums.shape[1])
    within = lsqr(sums.T, drawn, atol=_EXACT, btol=_EXACT, iter_lim=10 * max(sums.shape))[0]
    direction = drawn - sums.T @ within
    settled = np.abs(sums @ direction).max(initial=0) < _SETTLED
    found: NDArray[np.bool_] = (np.abs(direction) < _STILL) | (not settled)
    return found
