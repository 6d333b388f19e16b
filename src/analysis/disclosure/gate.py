"""The gate: a table goes in exact and comes out as its audience may see it."""

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_float_dtype, is_numeric_dtype

from analysis.disclosure.complements import Count, Floats, protect
from analysis.disclosure.lines import lines_of
from analysis.disclosure.marks import with_marks
from analysis.disclosure.shapes import CHRONIC, KEYS, NEAR, PERSONS, QUANTITIES, Shape, shape_of
from analysis.study import Study
from analysis.vocabulary import TIERS

_SIGNIFICANT = ("std_error", "p_value", "p_adjusted", "statistic")
_EXACT = ("days_", "membership", "rows")


def gate(study: Study, name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Hide what the study's audience may not see.

    Parameters
    ----------
    study : its audience and its rule decide.
    name : a table of the output contract; `disclosure/shapes.py` says what its rows are.
    table : exact counts (NaN where the source has none), days, and rates as shares.

    Returns
    -------
    A new table of the same rows in the same order. Hidden numbers are NaN, and the last column, `hidden`, says
    `source`, `minimum`, `complement`, `not_available` or ''. Where the rule is `minimum`, rates have three decimals.

    Raises
    ------
    LookupError
        The table or a number in it is not declared: a bug.
    """
    shape = shape_of(name)
    _refuse_unknown(name, shape, table)
    if study.settings.audience == "internal" or study.disclosure.rule == "as_published" or shape.passes:
        return with_marks(table)
    shown, marks = _hide(study, shape, table.reset_index(drop=True))
    return with_marks(_rounded(shown), marks).set_axis(table.index)


def _hide(study: Study, shape: Shape, table: pd.DataFrame) -> tuple[pd.DataFrame, "pd.Series[str]"]:
    """Hide three nested sets of columns: all of a row, what gives chronic counts, the tiers."""
    minimum, systems = study.disclosure.minimum, lines_of(study, shape, table)
    size = _numbers(table, next((column for column in shape.size if column in table), ""))
    unknown = np.isnan(size) & bool(shape.size)
    hidden, small, marked = unknown, np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    shown = table.copy()
    for columns, counts in _families(shape, table, size):
        if counts:
            first = np.any([count.small(minimum) for count in counts], axis=0)
            hidden = protect(counts, first | hidden, systems, minimum, size)
            small |= first | unknown
        for column in columns:
            blank = "" if column == "flag" else np.nan
            marked |= hidden & table[column].notna().to_numpy()
            shown[column] = shown[column].where(~hidden, blank)
    marks = np.where(marked, np.where(small, "minimum", "complement"), "")
    return shown, pd.Series(marks, index=table.index, dtype=str)


def _families(shape: Shape, table: pd.DataFrame, size: Floats) -> list[tuple[list[str], list[Count]]]:
    """Pair the columns that are hidden together with the counts that decide; each set of rows holds the one before."""
    everything = [column for column in table if column in QUANTITIES | {*PERSONS, "flag"}]
    sizes = [size, *(_numbers(table, column) for column in ("students_counted",) if column in table)]
    without = np.full(len(table), np.inf)
    rows = [Count(one, without) for one in sizes if not np.isnan(one).all()]
    counted = np.where(np.isnan(sizes[-1]), size, sizes[-1])
    found = [([column for column in everything if not shape.only or column in shape.only], rows)]
    if shape.rate:
        chronic = np.round(_numbers(table, shape.rate) * counted)
        chronic[(table["outcome"] != "chronic").to_numpy()] = np.nan
        columns = [column for column in everything if column not in ("students", "days_enrolled")]
        return [*found, (columns, [Count(chronic, counted)])]
    if shape.size[:1] == ("students",) and "students" in table:
        count, rate = _numbers(table, "chronically_absent"), _numbers(table, "chronic_rate")
        chronic = np.where(np.isnan(count), np.round(rate * counted), count)
        found.append(([column for column in table if column in {*CHRONIC, *TIERS}], [Count(chronic, counted)]))
    tiers = [tier for tier in (*TIERS, *NEAR) if tier in table]
    return [*found, (tiers, [Count(_numbers(table, tier), counted) for tier in tiers])] if tiers else found


def _numbers(table: pd.DataFrame, column: str) -> Floats:
    if column not in table:
        return np.full(len(table), np.nan)
    return pd.to_numeric(table[column]).to_numpy(dtype=float, na_value=np.nan)


def _refuse_unknown(name: str, shape: Shape, table: pd.DataFrame) -> None:
    known = QUANTITIES | KEYS | {*PERSONS, *shape.dimensions, *shape.within}
    numbers = [column for column in table if is_numeric_dtype(table[column]) and not is_bool_dtype(table[column])]
    strange = [] if shape.passes else [str(column) for column in numbers if column not in known]
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
    return shown
