"""Which further rows have to be hidden so that no sum gives a hidden count away.

The attacker is taken to know every sum of `Lines`, all that is shown, the rule, and of each hidden count whether it is
under the minimum. A line is safe when no row in it is hidden alone, every small count in it could still be any of
`room(minimum) + 1` numbers in a row or more, and its hidden rows taken together would be shown if they were one row.
See docs/disclosure.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.disclosure.lines import Lines

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_ANY = 1e12
"""More persons than there are, exact in a double together with any sum of a table."""


@dataclass(frozen=True)
class Count:
    """A column of persons counted, NaN where the source has none.

    Parameters
    ----------
    value : (rows,) how many.
    of : (rows,) out of how many, so that `of - value` is protected too; infinite where there is no such number.
    """

    value: Floats
    of: Floats

    def small(self, minimum: int) -> Flags:
        """Rows in which this count or its complement is under the minimum; 0 is, too, but not 0 of 0."""
        nobody = np.where(np.isinf(self.of), self.value, self.of) == 0
        small: Flags = ((self.value < minimum) | (self.of - self.value < minimum)) & ~nobody
        return small

    def slack(self) -> Floats:
        """Give the smaller of the count and its complement; infinite where there is none."""
        smaller = np.minimum(self.value, self.of - self.value)
        return np.where(np.isnan(smaller), np.inf, smaller)

    def bounds(self, minimum: int) -> tuple[Floats, Floats]:
        """Give the least and the most that an attacker who knows the rule grants each count."""
        under, over = self.value < minimum, self.of - self.value < minimum
        of = np.minimum(np.nan_to_num(self.of, nan=_ANY, posinf=_ANY), _ANY)
        least = np.where(np.isinf(self.of), 1.0, 0.0)
        low = np.where(under, least, np.where(over, np.maximum(of - minimum + 1, 0), minimum))
        high = np.where(under, minimum - 1, np.where(over, of, np.maximum(of - minimum, minimum)))
        return low, high


def room(minimum: int) -> int:
    """Give the width that is left to a small count: it could be any of `room + 1` numbers in a row or more."""
    return min(minimum // 2, minimum - 2)


def protect(counts: Sequence[Count], small: Flags, systems: Sequence[Lines], minimum: int, size: Floats) -> Flags:
    """Hide rows until every line is safe.

    Parameters
    ----------
    counts : the columns that are hidden together.
    small : (rows,) rows that are hidden to begin with.
    systems : the sums.
    minimum : least number of persons that may be shown.
    size : (rows,) the next row to hide is the one with the fewest persons that brings room enough.

    Returns
    -------
    (rows,) true where hidden.
    """
    hidden = small.copy()
    present = np.any([~np.isnan(count.value) for count in counts], axis=0)
    slack = np.min([count.slack() for count in counts], axis=0)
    order = np.lexsort((size, slack < minimum + room(minimum)))
    changed = True
    while changed:
        changed = False
        for lines in systems:
            bad = _unsafe(counts, hidden, lines, minimum)
            if bad.any():
                more = _next(bad, hidden | ~present, lines, order)
                hidden[more] = True
                changed |= more.size > 0
    return hidden


def _next(bad: Flags, taken: Flags, lines: Lines, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pick the next row of each unsafe line; its total where all of its rows are hidden already."""
    free = order[(lines.code[order] >= 0) & ~taken[order]]
    free = free[bad[lines.code[free]]]
    codes, first = np.unique(lines.code[free], return_index=True)
    exhausted = bad.copy()
    exhausted[codes] = False
    parents = lines.parent[exhausted & (lines.parent >= 0)]
    return np.concatenate([free[first], parents[~taken[parents]]])


def _unsafe(counts: Sequence[Count], hidden: Flags, lines: Lines, minimum: int) -> Flags:
    """Lines that give a hidden count away: (lines,)."""
    number = len(lines.parent)
    bad = np.zeros(number, dtype=bool)
    member = lines.code >= 0
    total_hidden = (lines.parent >= 0) & hidden[lines.parent]
    for count in counts:
        here = np.flatnonzero(member & hidden & ~np.isnan(count.value))
        code = lines.code[here]
        some = np.bincount(code, minlength=number) > 0
        if lines.additive:
            bad |= some & ~total_hidden & _open(count, here, code, number, minimum)
        else:
            bad |= some & ~total_hidden & _alone(count, here, code, number, minimum)
        held = total_hidden & ~np.isnan(count.value[lines.parent])
        bad |= held & ~some
    return bad


def _open(count: Count, here: NDArray[np.int64], code: NDArray[np.int64], number: int, minimum: int) -> Flags:
    """Lines whose known sum leaves a hidden count too little room, or whose hidden rows are small taken together."""
    low, high = (bound[here] for bound in count.bounds(minimum))
    total = np.bincount(code, count.value[here], number)
    lowest = np.maximum(low, total[code] - (np.bincount(code, high, number)[code] - high))
    highest = np.minimum(high, total[code] - (np.bincount(code, low, number)[code] - low))
    tight = count.small(minimum)[here] & (highest - lowest < room(minimum))
    bad = (np.bincount(code, tight, number) > 0) | (np.bincount(code, minlength=number) == 1)
    of = np.bincount(code, np.nan_to_num(count.of[here], nan=_ANY, posinf=_ANY), number)
    unsafe: Flags = bad | (total < minimum) | (of - total < minimum)
    return unsafe


def _alone(count: Count, here: NDArray[np.int64], code: NDArray[np.int64], number: int, minimum: int) -> Flags:
    """Lines with one hidden row, or with hidden rows that may all hold the same few persons."""
    largest = np.zeros(number)
    np.maximum.at(largest, code, count.value[here])
    alone: Flags = (np.bincount(code, minlength=number) == 1) | (largest < minimum)
    return alone
