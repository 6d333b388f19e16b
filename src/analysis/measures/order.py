"""The order of a table's rows."""

from collections.abc import Sequence

import pandas as pd

from analysis.vocabulary import KEYS

KINDS = ("level", "band", "total")


def in_order(table: pd.DataFrame, by: Sequence[str], named: Sequence[str]) -> pd.DataFrame:
    """Sort rows by columns: `level_type` by `KINDS`; of levels those that are `named` as they are there, before others.

    Parameters
    ----------
    by : columns, of `KEYS`, `level_type` and levels.
    named : levels that have an order of their own; the others go by their text.
    """
    places = {name: f"{place:04}" for place, name in enumerate(named)}

    def key(column: "pd.Series[str]") -> "pd.Series[str] | pd.Series[int]":
        if column.name in KEYS:
            return column
        return column.map(KINDS.index if column.name == "level_type" else lambda name: places.get(name, f"~{name}"))

    return table.sort_values(list(by), key=key, ignore_index=True)
