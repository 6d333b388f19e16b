"""The gate: a table goes in exact and comes out as its audience may see it."""

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_float_dtype, is_numeric_dtype

from analysis.arrays import Flags
from analysis.disclosure.families import families, hide, size_of
from analysis.disclosure.marks import with_marks
from analysis.disclosure.shapes import KEYS, PERSONS, QUANTITIES, Shape, shape_of
from analysis.disclosure.together import flags_of
from analysis.study import Study

_SIGNIFICANT = ("std_error", "value", "p_adjusted", "statistic", "threshold")
_EXACT = ("days_", "membership", "rows")
_SIGNED = ("contrast", "difference_", "shrunken_difference")
_LEAST = 1e-4
"""What a contrast that three decimals would make zero is shown as: on which side it lies is not lost."""


def gate(
    study: Study, name: str, table: pd.DataFrame, beside: pd.DataFrame | None = None, *, left_out: bool = False
) -> pd.DataFrame:
    """Hide what the study's audience may not see.

    Parameters
    ----------
    study : its audience and its rule decide.
    name : a table of the output contract; `disclosure/shapes.py` says what its rows are.
    table : exact counts (NaN where the source has none), days, and rates as shares.
    beside : what the other tables of the report hide (`hidden_groups`); None where the table stands alone.
    left_out : the model of chronic absence leaves a level out (`flags_of`).

    Returns
    -------
    A new table of the same rows in the same order. Hidden numbers are NaN, and the last column, `hidden`, says
    `source`, `minimum`, `complement`, `not_available` or ''. Where the rule is `minimum`, rates have three decimals.

    Raises
    ------
    LookupError
        The table or a number in it is not declared: a bug.
    ValueError
        The rows are not what the declaration says: a bug.
    """
    shape = shape_of(name)
    if len(table.columns):
        _refuse_unknown(name, shape, table)
    if study.settings.audience == "internal" or study.disclosure.rule == "as_published" or table.empty:
        return with_marks(table)
    index, table = table.index, table.reset_index(drop=True)
    there = None if beside is None else flags_of(study, name, table, beside, left_out=left_out)
    shown, marks = _hidden(study, shape, table, there)
    return with_marks(_rounded(shown), marks).set_axis(index)


def _hidden(
    study: Study, shape: Shape, table: pd.DataFrame, there: pd.DataFrame | None
) -> tuple[pd.DataFrame, "pd.Series[str]"]:
    """Hide family by family; what is hidden in one is hidden in the next, and a row's mark is of the first.

    Where all tables were looked at together (`there`), that has decided, and this table has nothing to add.
    """
    minimum, size = study.disclosure.minimum, size_of(shape, table)
    hidden, of_cells = np.isnan(size) & bool(shape.size), _of_cells(shape, table)
    marks = np.full(len(table), "", dtype=object)
    shown = table.copy()
    for family in families(shape, table, size):
        small = hidden.copy()
        for count in family.counts:
            small |= count.small(minimum)
        if there is None:
            hidden = hide(study, shape, table, family, hidden)
        else:
            chosen, known = there[family.kind or "other"].to_numpy(), there["known"].to_numpy()
            alone = known if known.all() and family.kind else hide(study, shape, table, family, hidden | chosen)
            hidden = hidden | np.where(known & bool(family.kind), small | chosen, alone)
        hidden = hidden | of_cells | (shape.alike and bool(hidden.any()))
        for column in family.columns:
            marks[hidden & table[column].notna().to_numpy() & (marks == "")] = "new"
            shown[column] = shown[column].where(~hidden, "" if column == "flag" else np.nan)
        marks[marks == "new"] = np.where(small, "minimum", "complement")[marks == "new"]
    return shown, pd.Series(marks, index=table.index, dtype=str)


def _of_cells(shape: Shape, table: pd.DataFrame) -> Flags:
    """Say in which rows a statistic is made of single cells of persons: (rows,)."""
    keys = [name for name in ("outcome", "driver", "check") if name in table]
    what = table[keys].astype(str).agg(" ".join, axis=1) if keys else pd.Series("", index=table.index)
    flags: Flags = what.str.startswith(shape.of_cells).to_numpy(dtype=bool) & bool(shape.of_cells)
    return flags


def _refuse_unknown(name: str, shape: Shape, table: pd.DataFrame) -> None:
    known = QUANTITIES | KEYS | {*PERSONS, *shape.dimensions, *shape.within}
    numeric = [column for column in table if is_numeric_dtype(table[column]) and not is_bool_dtype(table[column])]
    strange = [] if shape.passes else [str(column) for column in numeric if column not in known]
    if strange:
        raise LookupError(f"table '{name}': {', '.join(strange)} not declared in disclosure/shapes.py")
    if shape.size and not set(shape.size) & set(table):
        raise LookupError(f"table '{name}' has no column for the number of persons behind a row: {shape.size}")


def _rounded(table: pd.DataFrame) -> pd.DataFrame:
    """Round shares to three decimals; standard errors and tests to three significant figures."""
    shown = table.copy()
    for column in map(str, table):
        if column.endswith(_SIGNIFICANT):
            shown[column] = table[column].map(lambda value: float(f"{value:.3g}"))
        elif column in QUANTITIES and is_float_dtype(table[column]) and not column.startswith(_EXACT):
            shown[column] = table[column].round(3)
            if column.startswith(_SIGNED):  # or an interval that is clear of nothing would be said not to be
                lost = (shown[column] == 0) & (table[column] != 0)
                shown[column] = shown[column].where(~lost, np.sign(table[column]) * _LEAST)
    return shown
