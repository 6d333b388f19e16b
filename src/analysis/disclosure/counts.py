"""A count of persons, when it is small, and what is known of it when it is hidden."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Array, Flags, Ints

ANY: Final = 1e12
"""More persons than there are, exact in a double together with any sum of a table."""


@dataclass(frozen=True)
class Count:
    """A column of persons counted, NaN where the source has none.

    Parameters
    ----------
    value : (rows,) how many.
    of : (rows,) out of how many, so that `of - value` is protected too; infinite where there is no such number.
    year : (rows,) the row that counts the same persons over the whole year, of whom some were gone in a part of it; -1
        where there is none.
    """

    value: Array
    of: Array
    year: Ints | None = None

    def small(self, minimum: int) -> Flags:
        """Rows in which this count or its complement is under the minimum; 0 is, too, but not 0 of 0."""
        return is_small(self.value, self.of, minimum)

    def slack(self) -> Array:
        """Give the smaller of the count and its complement; infinite where there is none."""
        smaller = np.minimum(self.value, self.of - self.value)
        return np.where(np.isnan(smaller), np.inf, smaller)

    def bounds(self, minimum: int, whole: Flags) -> tuple[Array, Array]:
        """Give the least and the most that an attacker grants each count.

        Whoever knows the rule knows of a count whether it is small. In rows that are hidden as a `whole`, for another
        reason, that is not told, but such a row may be small itself: its mark is about its size (`of` is infinite).
        """
        under, over = self.value < minimum, self.of - self.value < minimum
        of = np.minimum(np.nan_to_num(self.of, nan=ANY, posinf=ANY), ANY)
        least = np.where(np.isinf(self.of), 1.0, 0.0)
        low = np.where(under, least, np.where(over, of - minimum + 1, minimum))
        high = np.where(under, minimum - 1, np.where(over, of, of - minimum))
        low, high = np.minimum(low, self.value), np.maximum(high, self.value)  # on a date, half a day may be missed
        untold = whole & ~under & ~np.isinf(self.of)
        return np.where(untold, 0, low), np.where(untold, ANY, high)


def is_small(value: Array, of: Array, minimum: int) -> Flags:
    """Say where a count, or what it leaves of `of`, is under the minimum."""
    nobody = np.where(np.isinf(of), value, of) == 0
    flags: Flags = ((value < minimum) | (of - value < minimum)) & ~nobody
    return flags


def room(minimum: int) -> int:
    """Give the width that is left to a small count: it could be any of `room + 1` numbers in a row or more."""
    return min(minimum // 2, minimum - 2)
