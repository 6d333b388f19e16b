"""Columns of numbers that are read into pandas: text to number, marks, and what shows that a column was mistaken."""

import re
from typing import Final

import pandas as pd

from analysis.language import later
from analysis.records.drafts import Draft
from analysis.study import Marks

NUMBER: Final = r"[+-]?(?:[0-9]{1,3}(?:[, \u00a0][0-9]{3})+|[0-9]+)?(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?\s*%?"
NOTED: Final = r"[0-9][0-9.,]*\s*(\D|\(.*\)|\[.*\])"
"""A number with a note behind it, such as '25.3*' or '41 (1)'."""
ROUNDED: Final = 0.0006
"""Two rates that are given with a tenth of a percent can differ by so much and be the same."""
NEARLY: Final = 0.95
"""Where so many rates are under 1 percent they are shares, of which some can be over 1 by mistake."""
LEAST_RATES: Final = 10
"""So many rates under 1 percent are shares; of attendance one is."""
POINTS: Final = r"\d{1,3}(\.\d{3})+"
DIGITS: Final = 3
"""Thousands that are parted by points, and how many digits a part has."""
COUNTS_DIFFER: Final = later("a published rate that its own counts do not give")
ONE_WRONG: Final = later("one of the numbers is wrong")


def read_column(marks: Marks, rows: pd.DataFrame, column: str) -> tuple[pd.DataFrame, list[Draft]]:
    """Read a column of numbers, each of its texts once.

    Parameters
    ----------
    rows : text, '' where nothing stands; `file_row`.

    Returns
    -------
    `number` (NaN where there is none), and whether a mark stands for one that is `hidden` or `absent`; and what is
    neither a number nor a mark, or below 0.
    """
    codes, words = pd.factorize(rows[column])  # few texts in many rows
    text = pd.Series(words, dtype="str")
    known = _parsed(text)
    found = pd.DataFrame(
        {"hidden": _marked(text, known, marks.suppressed), "absent": _marked(text, known, marks.not_available)}
    )
    found["number"] = known.mask(found["hidden"] | found["absent"])
    found["wrong"] = known.isna() & ~found["hidden"] & ~found["absent"] & (text != "")
    read = found.take(codes).set_index(rows.index)
    return read, [*_not_understood(rows, column, read["wrong"]), *_negative(rows, column, read["number"])]


def _parsed(text: "pd.Series[str]") -> "pd.Series[float]":
    is_number = text.str.fullmatch(NUMBER) & text.str.contains(r"\d")
    cleaned = text.where(is_number, "").str.replace(r"[, \u00a0%]", "", regex=True)
    return pd.to_numeric(cleaned, errors="coerce").astype(float)


def _marked(text: "pd.Series[str]", number: "pd.Series[float]", marks: tuple[str, ...]) -> "pd.Series[bool]":
    """Tell the cells that hold a mark; one that is a number, such as -9999, also where Excel wrote it as -9999.0."""
    return text.isin(marks) | number.isin(_parsed(pd.Series(marks, dtype="str")).dropna())


def _not_understood(rows: pd.DataFrame, column: str, wrong: "pd.Series[bool]") -> list[Draft]:
    """Refuse texts that are neither a number nor a mark, each once."""
    found = rows.loc[wrong, ["file_row", column]].groupby(column)["file_row"].agg(["min", "size"]).sort_values("min")
    fix = "if the source hides or lacks a number so, name it under records.marks; else check the mapping of columns"
    noted = f"; if a note stands behind the number, extract: {{{column}: '^[0-9.,]+'}} takes it off"
    return [
        Draft(
            (int(first),),
            f"{column} is '{text[:30]}', no number ({size:,} rows)",
            "it cannot be counted",
            fix + (noted if re.fullmatch(NOTED, text) else ""),
            rows=size,
        )
        for text, first, size in found.head(8).itertuples()
    ]


def _negative(rows: pd.DataFrame, column: str, values: "pd.Series[float]") -> list[Draft]:
    """Refuse numbers below 0, which are marks that the study does not name."""
    wrong = values < 0
    if not wrong.any():
        return []
    first = rows.loc[wrong].iloc[0]
    fix = f"if it is a mark, write '{first[column]}' under records.marks"
    seen = f"{column} is {first[column]} ({int(wrong.sum()):,} rows are below 0)"
    return [Draft((int(first["file_row"]),), seen, "nobody is absent less than never", fix, rows=int(wrong.sum()))]


def parted_by_points(rows: pd.DataFrame, column: str) -> list[Draft]:
    """Catch points that part thousands: all have three digits behind them, and what has none is under a thousand."""
    text = rows[column]
    some = text[text.str.contains(r"\d\.\d")]
    others = text[text.str.fullmatch(r"\d+")]
    if some.empty or others.empty or not some.str.fullmatch(POINTS).all() or others.str.len().max() > DIGITS:
        return []
    first = rows.loc[some.index[0]]
    seen = f"{column} is {first[column]}, and no number without a point is over 999 ({len(some):,} rows have a point)"
    why, fix = "the point may part thousands", "write such numbers without it in the source"
    return [Draft((int(first["file_row"]),), seen, why, fix, rows=len(some))]


def units(rows: pd.DataFrame, percents: "pd.Series[bool]", numbers: "pd.Series[float]", rate: str) -> list[Draft]:
    """Catch files, and years in them, whose percents are taken for shares, or shares for percents."""
    drafts = []
    parts = [rows[name] for name in ("file_number", "school_year") if name in rows]
    for _, values in numbers[numbers > 0].groupby(parts, sort=False):
        percent, first = bool(percents[values.index[0]]), int(rows.loc[values.index[0], "file_row"])
        signed = rows.loc[values.index, rate].str.endswith("%")
        if not percent and ((values > 1).mean() > 0.5 or signed.any()):
            seen = f"{rate} is {'written with %' if signed.any() else 'mostly above 1'}"
            fix = "write rates_are: percent under records, or for this file"
        elif percent and (values > 100).mean() > 0.5:
            seen, fix = f"{rate} is mostly above 100 percent", "correct the column, or map another"
        elif percent and (len(values) >= LEAST_RATES or "attendance" in rate) and (values <= 1).mean() >= NEARLY:
            where = "nowhere" if (values <= 1).all() else "nearly nowhere"
            seen, fix = f"{rate} is {where} above 1 percent", "write rates_are: share under records, or for this file"
            fix += "; where a file writes its rates unlike, leave one of them out"
        elif signed.any() and values[~signed].max() <= 1 < values[signed].max():
            bare = int((~signed).sum())
            seen = f"{rate} has a % in {int(signed.sum()):,} rows, and in {bare:,} it is a share without one"
            fix = "write them alike in the source"
        else:
            continue
        drafts.append(Draft((first,), seen, "rates would be wrong by a factor of 100", fix, rows=len(values)))
    return drafts[:8]
