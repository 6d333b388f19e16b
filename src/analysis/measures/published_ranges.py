"""Between what a rate of published counts lies, where the source hides some of what it is made of.

A sum of counts lies between the sum of their lower and the sum of their upper ends. Its rate is lowest where few are
absent of as many students as there can be, and highest where as many are absent of as few as that leaves possible.
"""

from typing import Final

import numpy as np
import pandas as pd

from analysis.records.published.numbers import PAIRS

ENDS: Final = [f"{rate}_{end}" for rate, _, _ in PAIRS for end in ("least", "least_of", "most", "most_of")]
"""For each rate the two counts at its lowest and at its highest; they add up over cells as counts do."""

NOTHING: Final = 0.005
"""A range from under this to over the rest of 1 reads as 0 to 100 percent."""


def with_ends(cells: pd.DataFrame) -> pd.DataFrame:
    """Add `ENDS` to cells that have both ends of every count (`students_low`, `students_high`, ...)."""
    ends = {}
    for rate, count, size in PAIRS:
        least, most = _both(cells, count)
        fewest, many = _both(cells, size)
        ends[f"{rate}_least"], ends[f"{rate}_least_of"] = least, many
        ends[f"{rate}_most"], ends[f"{rate}_most_of"] = most, fewest.clip(lower=most)
    return cells.assign(**ends)


def _both(cells: pd.DataFrame, count: str) -> tuple["pd.Series[float]", "pd.Series[float]"]:
    """Give both ends of a count; a count that is known is its own end, one that is not can be anything."""
    return cells[count].fillna(cells[f"{count}_low"]).fillna(0.0), cells[count].fillna(cells[f"{count}_high"]).fillna(
        np.inf
    )


def rate_range(table: pd.DataFrame, rate: str) -> tuple["pd.Series[float]", "pd.Series[float]"]:
    """Give the lowest and the highest that a rate can be, from `ENDS`; NaN where that says as good as nothing."""
    most, whole = table[f"{rate}_most"], table[f"{rate}_most_of"]
    high = most / whole.where(np.isfinite(most) & (whole > 0))
    low = (table[f"{rate}_least"] / table[f"{rate}_least_of"].where(table[f"{rate}_least_of"] > 0)).fillna(0.0)
    told = (high <= 1) & (low <= high) & ((low >= NOTHING) | (high <= 1 - NOTHING))
    return low.where(told), high.where(told)


def narrower(table: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Take for each row and rate the ends of that table in which they are closer together."""
    result = table.copy()
    for rate, _, _ in PAIRS:
        own, theirs = (high - low for low, high in (rate_range(one, rate) for one in (table, other)))
        closer = theirs.notna() & (own.isna() | (theirs < own))
        for end in (name for name in ENDS if name.startswith(rate)):
            result[end] = table[end].mask(closer, other[end])
    return result
