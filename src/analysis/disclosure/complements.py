"""Which further rows have to be hidden so that no sum gives a hidden count away.

The attacker is taken to know every sum of `Lines`, all that is shown, the rule, and of each hidden count whether it is
under the minimum. A line is safe when no row in it is hidden alone, its hidden rows taken together would be shown if
they were one row, and every small count in it could still be any of `room(minimum) + 1` numbers in a row or more by
all lines that it stands in. See docs/disclosure.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from analysis.arrays import Array, Flags, Ints
from analysis.disclosure.counts import ANY, Count, is_small, room
from analysis.disclosure.lines import Lines
from analysis.disclosure.solved import solved

_SWEEPS = 50


def protect(counts: Sequence[Count], hidden: Flags, systems: Sequence[Lines], minimum: int, size: Array) -> Flags:
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
    if not counts:
        return hidden
    whole, hidden = hidden, hidden | np.any([count.small(minimum) for count in counts], axis=0)
    present = np.any([~np.isnan(count.value) for count in counts], axis=0)
    slack = np.min([count.slack() for count in counts], axis=0)
    order: Ints = np.lexsort((size, slack < minimum + room(minimum)))
    none = np.array([], dtype=np.int64)
    while True:
        picks = _picks(counts, hidden, whole, systems, minimum, free=order[present[order] & ~hidden[order]])
        more = next((found for pick in picks if (found := np.concatenate([none, *pick])).size), none)
        if not more.size:
            return hidden
        hidden[more] = True


def _picks(
    counts: Sequence[Count],
    hidden: Flags,
    whole: Flags,
    systems: Sequence[Lines],
    minimum: int,
    *,
    free: Ints,
) -> Iterator[list[Ints]]:
    """Pick rows of unsafe lines; else where sums together give a count away (it takes longest to see); else totals."""
    tight = [_tight(count, hidden, whole, systems, minimum) for count in counts]
    bad = [
        np.any([_unsafe(counts, hidden, lines, minimum), *found], axis=0)
        for lines, *found in zip(systems, *tight, strict=True)
    ]
    yield [_smallest(lines, flags, free) for lines, flags in zip(systems, bad, strict=True)]
    told = np.any([count.small(minimum) & _solved(count, hidden, systems, minimum) for count in counts], axis=0)
    crossed = [_touched(lines, told) & lines.additive for lines in systems]
    yield [_smallest(lines, flags, free) for lines, flags in zip(systems, crossed, strict=True)]
    for lines, flags in (*zip(systems, bad, strict=True), *zip(systems, crossed, strict=True)):
        yield [_total(lines, flags, hidden)]  # then look again


def _touched(lines: Lines, rows: Flags) -> Flags:
    """Lines that one of the rows stands in."""
    flags = np.zeros(len(lines.parent), dtype=bool)
    flags[lines.code[rows & (lines.code >= 0)]] = True
    return flags


def _smallest(lines: Lines, bad: Flags, free: Ints) -> Ints:
    """Pick the first free row of each unsafe line."""
    member = free[lines.code[free] >= 0]
    member = member[bad[lines.code[member]]]
    rows: Ints = member[np.unique(lines.code[member], return_index=True)[1]]
    return rows


def _total(lines: Lines, bad: Flags, hidden: Flags) -> Ints:
    """Pick the total of each unsafe line, where it is in the table and shown."""
    parents: Ints = lines.parent[bad & (lines.parent >= 0)]
    return parents[~hidden[parents]]


def _sum(lines: Lines, rows: Ints, values: Array) -> Array:
    total: Array = np.bincount(lines.code[rows], values, len(lines.parent)).astype(float)
    return total


def _known(count: Count, hidden: Flags, lines: Lines, minimum: int) -> Flags:
    """Lines whose sum an attacker may know: a total that is shown, or would be where it is in another table."""
    rows = np.flatnonzero((lines.code >= 0) & ~np.isnan(count.value))
    of = np.minimum(np.nan_to_num(count.of, nan=ANY, posinf=ANY), ANY)
    elsewhere = ~is_small(_sum(lines, rows, count.value[rows]), _sum(lines, rows, of[rows]), minimum)
    known: Flags = np.where(lines.parent < 0, elsewhere, ~hidden[lines.parent]) & lines.additive
    return known


def _tight(count: Count, hidden: Flags, whole: Flags, systems: Sequence[Lines], minimum: int) -> list[Flags]:
    """Lines that leave a small count too little room: each alone, else all that it stands in, taken together."""
    first_low, first_high = count.bounds(minimum, whole)
    looked = [_in_known_sums(count, hidden, lines, minimum) for lines in systems]
    if count.year is not None:
        known = [_in_known_sums(count, hidden, lines, minimum, totals=False) for lines in systems]
        first_low = np.maximum(first_low, _not_gone(count.value, count.year, hidden, known, minimum))
    low, high, small = first_low.copy(), first_high.copy(), count.small(minimum)
    for _ in range(_SWEEPS):
        before = np.sum(np.minimum(high - low, 2 * minimum))
        for part in looked:
            least, most = part.left(low, high)
            np.maximum.at(low, part.rows, least)
            np.minimum.at(high, part.rows, most)
        if np.sum(np.minimum(high - low, 2 * minimum)) == before:
            break
    bad = [np.zeros(len(lines.parent), dtype=bool) for lines in systems]
    pinned, blamed = small & (high - low < room(minimum)), np.zeros(len(low), dtype=bool)
    for flags, part in zip(bad, looked, strict=True):
        least, most = part.left(first_low, first_high)
        alone = np.minimum(first_high[part.rows], most) - np.maximum(first_low[part.rows], least) < room(minimum)
        blamed[part.rows[alone]] = True
        flags[part.line[alone & small[part.rows]]] = True
    pinned &= ~blamed
    for flags, part in zip(bad, looked, strict=True):
        flags[part.line[pinned[part.rows]]] = True
    return bad


def _not_gone(value: Array, year: Ints, hidden: Flags, known: Sequence["_Part"], minimum: int) -> Array:
    """Give how many of each row's persons of the year are there at least in its part of the year: (rows,).

    Those gone along a line are what its sum for the year leaves, and none of its rows can lack more than all of them.
    """
    there = np.where(year >= 0, value[year], 0)
    of_year = np.where(hidden[year], np.where(there >= minimum, minimum, 0), there)
    gone = np.full(len(value), np.inf)
    for part in known:
        absent = np.bincount(part.line, np.nan_to_num(there - value, nan=np.inf)[part.rows])
        gone[part.rows] = np.minimum(gone[part.rows], absent[part.line])
    least: Array = np.nan_to_num(of_year - gone, nan=0, neginf=0)
    return np.minimum(least, np.nan_to_num(value, nan=np.inf))


def _solved(count: Count, hidden: Flags, systems: Sequence[Lines], minimum: int) -> Flags:
    """Rows that all sums together give away, whatever else is known; a hidden total is one more unknown: (rows,)."""
    parts, lines_at, first = [], [], 0
    for lines in (one for one in systems if one.additive):
        there = lines.parent >= 0
        told = there | _known(count, hidden, lines, minimum)
        parts.append(_hidden_part(count, hidden, lines, told, open_total=there & hidden[lines.parent]))
        lines_at.append(first + parts[-1].line)
        first += len(lines.parent)
    found = np.zeros(len(hidden), dtype=bool)
    if any(part.rows.size for part in parts):
        used, column = np.unique(np.concatenate([part.rows for part in parts]), return_inverse=True)
        entries = (np.concatenate([part.sign for part in parts]), (np.concatenate(lines_at), column))
        found[used] = solved(csr_array(entries, shape=(first, len(used))))
    return found


@dataclass(frozen=True)
class _Part:
    """What is hidden in the sums of a system: an entry a hidden number of a sum, a total with the sign -1.

    Parameters
    ----------
    line, rows, sign : (entries,) the sum, the row, the sign.
    total : (entries,) what the entries of the sum come to, with their signs.
    """

    line: Ints
    rows: Ints
    sign: Array
    total: Array

    def left(self, low: Array, high: Array) -> tuple[Array, Array]:
        """Give the least and the most that its sum and the other entries leave to each entry."""
        ends = self.sign * low[self.rows], self.sign * high[self.rows]
        terms = np.maximum(*ends), np.minimum(*ends)
        least, most = (self.total - (np.bincount(self.line, term)[self.line] - term) for term in terms)
        return np.where(self.sign > 0, least, -most), np.where(self.sign > 0, most, -least)


def _in_known_sums(count: Count, hidden: Flags, lines: Lines, minimum: int, *, totals: bool = True) -> _Part:
    """Give what is hidden in sums of which all but that is known; with `totals` also where the total is hidden."""
    there = hidden & ~np.isnan(count.value)
    open_total = (lines.parent >= 0) & there[lines.parent] & lines.additive & totals
    told = open_total | _known(count, hidden, lines, minimum)
    return _hidden_part(count, hidden, lines, told, open_total=open_total)


def _hidden_part(count: Count, hidden: Flags, lines: Lines, told: Flags, *, open_total: Flags) -> _Part:
    """Give what is hidden in the sums that are `told` (lines,), their totals too where these are open (lines,)."""
    rows = np.flatnonzero((lines.code >= 0) & hidden & ~np.isnan(count.value))
    rows = rows[told[lines.code[rows]]]
    totals = np.intersect1d(np.flatnonzero(open_total), lines.code[rows])
    line = np.concatenate([lines.code[rows], totals])
    rows, sign = np.append(rows, lines.parent[totals]), np.repeat([1.0, -1.0], [len(rows), len(totals)])
    return _Part(line, rows, sign, np.bincount(line, sign * count.value[rows], len(lines.parent))[line])


def _unsafe(counts: Sequence[Count], hidden: Flags, lines: Lines, minimum: int) -> Flags:
    """Lines with one hidden row, or whose hidden rows are small taken together: (lines,)."""
    bad = np.zeros(len(lines.parent), dtype=bool)
    total_hidden = (lines.parent >= 0) & hidden[lines.parent]
    for count in counts:
        rows = np.flatnonzero((lines.code >= 0) & hidden & ~np.isnan(count.value))
        number = _sum(lines, rows, np.ones(len(rows)))
        if lines.additive:
            of = np.minimum(np.nan_to_num(count.of[rows], nan=ANY, posinf=ANY), ANY)
            together = is_small(_sum(lines, rows, count.value[rows]), _sum(lines, rows, of), minimum)
        else:
            largest = np.zeros(len(lines.parent))
            np.maximum.at(largest, lines.code[rows], count.value[rows])
            together = largest < minimum
        bad |= (number > 0) & ~total_hidden & ((number == 1) | together)
        counted = _touched(lines, ~np.isnan(count.value))
        bad |= (number == 0) & total_hidden & counted & ~np.isnan(count.value[lines.parent])
    return bad
