"""Which further rows have to be hidden so that no sum gives a hidden count away.

The attacker is taken to know every sum of `Lines`, all that is shown, the rule, and of each hidden count whether it is
under the minimum. A line is safe when no row in it is hidden alone, its hidden rows taken together would be shown if
they were one row, and every small count in it could still be any of `room(minimum) + 1` numbers in a row or more by
all lines that it stands in. See docs/disclosure.md.
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
_SWEEPS = 50


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
        return _small(self.value, self.of, minimum)

    def slack(self) -> Floats:
        """Give the smaller of the count and its complement; infinite where there is none."""
        smaller = np.minimum(self.value, self.of - self.value)
        return np.where(np.isnan(smaller), np.inf, smaller)

    def bounds(self, minimum: int, whole: Flags) -> tuple[Floats, Floats]:
        """Give the least and the most that an attacker grants each count.

        Whoever knows the rule knows of a count whether it is small. In rows that are hidden as a `whole`, for another
        reason, that is not told, but such a row may be small itself.
        """
        under, over = self.value < minimum, self.of - self.value < minimum
        of = np.minimum(np.nan_to_num(self.of, nan=_ANY, posinf=_ANY), _ANY)
        least = np.where(np.isinf(self.of), 1.0, 0.0)
        low = np.where(under, least, np.where(over, np.maximum(of - minimum + 1, 0), minimum))
        high = np.where(under, minimum - 1, np.where(over, of, np.maximum(of - minimum, minimum)))
        untold = whole & ~under
        return np.where(untold, 0, low), np.where(untold, _ANY, high)


def _small(value: Floats, of: Floats, minimum: int) -> Flags:
    nobody = np.where(np.isinf(of), value, of) == 0
    small: Flags = ((value < minimum) | (of - value < minimum)) & ~nobody
    return small


def room(minimum: int) -> int:
    """Give the width that is left to a small count: it could be any of `room + 1` numbers in a row or more."""
    return min(minimum // 2, minimum - 2)


def protect(counts: Sequence[Count], hidden: Flags, systems: Sequence[Lines], minimum: int, size: Floats) -> Flags:
    """Hide rows until every line is safe.

    Parameters
    ----------
    counts : the columns that are hidden together.
    hidden : (rows,) rows that are hidden already; those with a small count are hidden too.
    systems : the sums.
    minimum : least number of persons that may be shown.
    size : (rows,) the next row to hide is the one with the fewest persons that brings room enough.

    Returns
    -------
    (rows,) true where hidden.
    """
    whole, hidden = hidden, hidden | np.any([count.small(minimum) for count in counts], axis=0)
    present = np.any([~np.isnan(count.value) for count in counts], axis=0)
    slack = np.min([count.slack() for count in counts], axis=0)
    order: NDArray[np.int64] = np.lexsort((size, slack < minimum + room(minimum)))
    while True:
        tight = [_tight(count, hidden, whole, systems, minimum) for count in counts]
        bad = [
            np.any([_unsafe(counts, hidden, lines, minimum), *found], axis=0)
            for lines, *found in zip(systems, *tight, strict=True)
        ]
        free = order[present[order] & ~hidden[order]]
        more = [_smallest(lines, flags, free) for lines, flags in zip(systems, bad, strict=True)]
        if not any(rows.size for rows in more):
            more = [_total(lines, flags, hidden) for lines, flags in zip(systems, bad, strict=True)]
        if not any(rows.size for rows in more):
            return hidden
        hidden[np.concatenate(more)] = True


def _smallest(lines: Lines, bad: Flags, free: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pick the first free row of each unsafe line."""
    member = free[lines.code[free] >= 0]
    member = member[bad[lines.code[member]]]
    rows: NDArray[np.int64] = member[np.unique(lines.code[member], return_index=True)[1]]
    return rows


def _total(lines: Lines, bad: Flags, hidden: Flags) -> NDArray[np.int64]:
    """Pick the total of each unsafe line, where it is in the table and shown."""
    parents: NDArray[np.int64] = lines.parent[bad & (lines.parent >= 0)]
    return parents[~hidden[parents]]


def _sum(lines: Lines, rows: NDArray[np.int64], values: Floats) -> Floats:
    total: Floats = np.bincount(lines.code[rows], values, len(lines.parent)).astype(float)
    return total


def _known(count: Count, hidden: Flags, lines: Lines, minimum: int) -> Flags:
    """Lines whose sum an attacker may know: a total that is shown, or would be where it is in another table."""
    rows = np.flatnonzero((lines.code >= 0) & ~np.isnan(count.value))
    of = np.minimum(np.nan_to_num(count.of, nan=_ANY, posinf=_ANY), _ANY)
    elsewhere = ~_small(_sum(lines, rows, count.value[rows]), _sum(lines, rows, of[rows]), minimum)
    known: Flags = np.where(lines.parent < 0, elsewhere, ~hidden[lines.parent]) & lines.additive
    return known


def _tight(count: Count, hidden: Flags, whole: Flags, systems: Sequence[Lines], minimum: int) -> list[Flags]:
    """Lines that leave a small count too little room: each alone, else all that it stands in, taken together."""
    first_low, first_high = count.bounds(minimum, whole)
    low, high, small = first_low.copy(), first_high.copy(), count.small(minimum)
    looked = [(lines, *_hidden_part(count, hidden, lines, minimum)) for lines in systems]
    for _ in range(_SWEEPS):
        before = np.sum(np.minimum(high - low, 2 * minimum))
        for lines, rows, total in looked:
            least, most = _left(lines, rows, total, low, high)
            low[rows], high[rows] = np.maximum(low[rows], least), np.minimum(high[rows], most)
        if np.sum(np.minimum(high - low, 2 * minimum)) == before:
            break
    bad = [np.zeros(len(lines.parent), dtype=bool) for lines in systems]
    pinned, blamed = small & (high - low < room(minimum)), np.zeros(len(low), dtype=bool)
    for flags, (lines, rows, total) in zip(bad, looked, strict=True):
        least, most = _left(lines, rows, total, first_low, first_high)
        alone = np.minimum(first_high[rows], most) - np.maximum(first_low[rows], least) < room(minimum)
        blamed[rows[alone]] = True
        flags[lines.code[rows[alone & small[rows]]]] = True
    for flags, (lines, rows, _) in zip(bad, looked, strict=True):
        flags[lines.code[rows[(pinned & ~blamed)[rows]]]] = True
    return bad


def _hidden_part(count: Count, hidden: Flags, lines: Lines, minimum: int) -> tuple[NDArray[np.int64], Floats]:
    """Give the hidden rows of lines whose sum is known, and for each what the hidden rows of its line add up to."""
    rows = np.flatnonzero((lines.code >= 0) & hidden & ~np.isnan(count.value))
    rows = rows[_known(count, hidden, lines, minimum)[lines.code[rows]]]
    return rows, _sum(lines, rows, count.value[rows])[lines.code[rows]]


def _left(lines: Lines, rows: NDArray[np.int64], total: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Give the least and the most that the sum and the other hidden rows of its line leave to each row."""
    others_low = _sum(lines, rows, low[rows])[lines.code[rows]] - low[rows]
    others_high = _sum(lines, rows, high[rows])[lines.code[rows]] - high[rows]
    return total - others_high, total - others_low


def _unsafe(counts: Sequence[Count], hidden: Flags, lines: Lines, minimum: int) -> Flags:
    """Lines with one hidden row, or whose hidden rows are small taken together: (lines,)."""
    bad = np.zeros(len(lines.parent), dtype=bool)
    total_hidden = (lines.parent >= 0) & hidden[lines.parent]
    for count in counts:
        rows = np.flatnonzero((lines.code >= 0) & hidden & ~np.isnan(count.value))
        number = _sum(lines, rows, np.ones(len(rows)))
        if lines.additive:
            of = np.minimum(np.nan_to_num(count.of[rows], nan=_ANY, posinf=_ANY), _ANY)
            together = _small(_sum(lines, rows, count.value[rows]), _sum(lines, rows, of), minimum)
        else:
            largest = np.zeros(len(lines.parent))
            np.maximum.at(largest, lines.code[rows], count.value[rows])
            together = largest < minimum
        bad |= (number > 0) & ~total_hidden & ((number == 1) | together)
        bad |= (number == 0) & total_hidden & ~np.isnan(count.value[lines.parent])
    return bad
