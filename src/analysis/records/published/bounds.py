"""What a hidden count can be: from the source's own rule, made narrower by the published totals that it is part of.

Every count has an interval: a shown one is itself (or what rounding leaves open), a hidden one is from 0 to what the
rule allows. A total less what is shown of it bounds what is hidden, and so on until nothing changes. Two things are
taken care of. A total is used only as far as the source's shown numbers bear it out: not where parts of such totals are
seen to come to more than theirs (a student in two districts), and from below only where all its parts are seen to be
there. And no interval tells a hidden count closer than the source's rule does: its ends are moved outwards.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from analysis.arrays import Array, Flags
from analysis.records.published.margins import Margin, margins_of
from analysis.records.published.numbers import COUNTS
from analysis.study import Study

WITHIN: Final = (("chronically_absent", "students"), ("days_absent", "days_enrolled"))
"""The first is counted among the second, so it cannot be more."""
SIZES: Final = ("students", "days_enrolled")
"""A part in which nobody is has none of these."""
ROUNDS: Final = 50
"""Passes over the totals at most; stopping early leaves intervals wider, and right."""
DAYS_A_STUDENT: Final = 180
"""Days stand for so many fewer students, where it is asked how closely they tell a small number of them."""


@dataclass
class _Intervals:
    """The least and the most of every count, a row a cell; they only become narrower."""

    low: dict[str, Array]
    high: dict[str, Array]
    unused: set[tuple[int, str]] = field(default_factory=set)
    """Totals (by their place in the list) and counts that contradict what is shown."""

    def copy_of(self, count: str) -> tuple[Array, Array]:
        return self.low[count].copy(), self.high[count].copy()


@dataclass(frozen=True)
class _Rule:
    """The source's rule: in a hidden cell, at least one of these counts is at most so large.

    Parameters
    ----------
    at_most : the largest hidden number by count.
    marked : for each count, the cells in which it is hidden itself.
    """

    at_most: dict[str, float]
    marked: dict[str, Flags]

    def most(self, at: _Intervals, count: str) -> Array:
        """Give the largest that the rule allows: of the parts that can hold, the one that allows most."""
        most, can = np.zeros(len(at.low[count])), np.zeros(len(at.low[count]), dtype=bool)
        for part, limit in self.at_most.items():
            holds = at.low[part] <= limit
            most, can = np.where(holds, np.maximum(most, self._says(part, limit, count)), most), can | holds
        return np.where(can, most, np.inf)

    def width(self, count: str, minimum: int) -> float:
        """Give how many numbers in a row a hidden count can be at least: as many as the rule leaves open."""
        says = min((self._says(part, limit, count) for part, limit in self.at_most.items()), default=np.inf)
        return says + 1 if np.isfinite(says) else float(minimum * (DAYS_A_STUDENT if count.startswith("days") else 1))

    def _says(self, part: str, limit: float, count: str) -> float:
        return limit if part == count or (count, part) in WITHIN else np.inf


def bounded(study: Study, counts: pd.DataFrame) -> pd.DataFrame:
    """Give `counts` with both ends of every count that is not shown.

    Parameters
    ----------
    counts : the cells, with an index from 0; `BOUNDS` holds both ends of shown counts, NaN where one is not known;
        `<count>_hidden` tells the counts that have a mark themselves. The rule is about these: a source hides percents
        of large groups too, where they would give a small one away.

    Returns
    -------
    The same with `BOUNDS` filled: from 0 to infinity where nothing is known.
    """
    result = counts.copy()
    hidden = (result["hidden"] == "source").to_numpy()
    rule = _Rule(
        {str(count): float(most) for count, most in study.settings.records.marks.at_most.items()},
        {count: result[f"{count}_hidden"].to_numpy(dtype=bool) for count in COUNTS},
    )
    missing = {count: result[f"{count}_low"].isna().to_numpy() for count in COUNTS}
    at = _Intervals(
        {count: np.array(result[f"{count}_low"].fillna(0.0), dtype=float) for count in COUNTS},
        {count: np.array(result[f"{count}_high"].fillna(np.inf), dtype=float) for count in COUNTS},
    )
    _within(at, rule, missing)
    by_rule = {count: at.copy_of(count) for count in COUNTS}
    if any((hidden & missing[count]).any() for count in COUNTS):
        _by_totals(at, margins_of(study.settings.records, result), rule, missing)
    for count in COUNTS:
        told, width = missing[count] & hidden, rule.width(count, study.disclosure.minimum)
        low, high = _no_closer((at.low[count], at.high[count]), by_rule[count], width)
        result[f"{count}_low"] = np.where(told, low, at.low[count])
        result[f"{count}_high"] = np.where(told, high, at.high[count])
    return result


def _within(at: _Intervals, rule: _Rule, missing: dict[str, Flags]) -> None:
    """Bound a count by what it is counted among and the other way round, and hidden ones by the rule."""
    for count, whole in WITHIN:
        possible = at.low[count] <= at.high[whole]
        at.low[whole] = np.where(possible & missing[whole], np.maximum(at.low[whole], at.low[count]), at.low[whole])
        at.high[count] = np.where(possible & missing[count], np.minimum(at.high[count], at.high[whole]), at.high[count])
    for count in COUNTS:
        most = rule.most(at, count)
        usable = rule.marked[count] & missing[count] & (most >= at.low[count])
        at.high[count] = np.where(usable, np.minimum(at.high[count], most), at.high[count])


def _by_totals(at: _Intervals, margins: list[Margin], rule: _Rule, missing: dict[str, Flags]) -> None:
    """Narrow all intervals by all totals until nothing changes."""
    complete = [_complete(at, margin) for margin in margins]
    for count in COUNTS:
        at.unused |= {(place, count) for place, margin in enumerate(margins) if _seen_to_exceed(at, margin, count)}
    for _ in range(ROUNDS):
        before = {count: at.copy_of(count) for count in COUNTS}
        for place, margin in enumerate(margins):
            for count in COUNTS:
                if (place, count) not in at.unused:
                    kept = at.copy_of(count)
                    _narrow(at, margin, count, complete[place])
                    if (at.low[count] > at.high[count]).any():  # this total contradicts what is known: it is not used
                        at.unused.add((place, count))
                        at.low[count], at.high[count] = kept
        _within(at, rule, missing)
        if all(
            np.array_equal(old, new)
            for count in COUNTS
            for old, new in zip(before[count], at.copy_of(count), strict=True)
        ):
            return


def _seen_to_exceed(at: _Intervals, margin: Margin, count: str) -> bool:
    """Say whether shown parts come to more than their total anywhere: where one district's do, the others' may."""
    return bool((margin.sums(at.low[count]) > at.high[count][margin.parent]).any())


def _complete(at: _Intervals, margin: Margin) -> Flags:
    """Tell the totals of which all parts are in the table: their students, or their days, are shown and add up.

    Returns
    -------
    (margins,) where a part that is not listed would have no student.
    """
    complete = np.zeros(len(margin.parent), dtype=bool)
    for size in SIZES:
        low, high = at.low[size], at.high[size]
        whole = low[margin.parent]
        exact = (whole == high[margin.parent]) & (whole > 0)
        complete |= exact & (margin.sums(low) == whole) & (_sums(margin, high) == whole)
    return complete


def _sums(margin: Margin, high: Array) -> Array:
    """Add up upper ends: infinite where one is."""
    endless = margin.sums(np.where(np.isinf(high), 1.0, 0.0)) > 0
    return np.where(endless, np.inf, margin.sums(np.where(np.isinf(high), 0.0, high)))


def _narrow(at: _Intervals, margin: Margin, count: str, complete: Flags) -> None:
    """Narrow parts by their total less the other parts, and the total by its parts.

    What the total has beside its other parts is the most that a part can be; the least only where all parts are there.
    """
    low, high = at.low[count], at.high[count]
    child, parent, of = margin.child, margin.parent, margin.of
    others = margin.sums(low)[of] - low[child]
    np.minimum.at(high, child, high[parent][of] - others)
    low[parent] = np.maximum(low[parent], margin.sums(low))
    finite, endless = np.where(np.isinf(high), 0.0, high), np.where(np.isinf(high), 1.0, 0.0)
    others = margin.sums(finite)[of] - finite[child]
    known = complete[of] & (margin.sums(endless)[of] - endless[child] == 0)
    np.maximum.at(low, child, np.where(known, low[parent][of] - others, 0.0))
    high[parent] = np.where(complete, np.minimum(high[parent], _sums(margin, high)), high[parent])


def _no_closer(narrow: tuple[Array, Array], wide: tuple[Array, Array], width: float) -> tuple[Array, Array]:
    """Move both ends outwards to the ends of blocks of numbers (0 to 5, 6 to 11), the same whatever the count is.

    Parameters
    ----------
    narrow, wide : both ends as all totals leave them, and as the rule alone does: no wider than that.
    width : how many numbers in a row are left open at least, as far as the rule leaves them open.
    """
    low = np.maximum(np.floor(narrow[0] / width) * width, wide[0])
    high = np.minimum(np.floor(narrow[1] / width) * width + width - 1, wide[1])
    low = np.minimum(low, np.maximum(high - width + 1, wide[0]))
    return low, np.maximum(high, np.minimum(low + width - 1, wide[1]))
