"""The numbers of a published table: text to number, marks to their meaning, percents to shares."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from analysis.problems import Severity
from analysis.study import Records

COUNTS: Final = ("students", "chronically_absent", "days_enrolled", "days_absent")
RATES: Final = ("chronic_rate", "absence_rate")
READ_RATES: Final = (*RATES, "attendance_rate")
PAIRS: Final = (("chronic_rate", "chronically_absent", "students"), ("absence_rate", "days_absent", "days_enrolled"))
NUMBER: Final = r"[+-]?(?:\d{1,3}(?:[, \u00a0]\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?\s*%?"
ROUNDED: Final = 0.0006
"""Two rates that are given with a tenth of a percent can differ by so much and be the same."""


@dataclass(frozen=True)
class Draft:
    """A problem whose place is still the number of a row.

    Parameters
    ----------
    file_rows : rows of the staged view to be named; empty for the whole source.
    seen, why, fix, severity, rows : as in `Problem`.
    """

    file_rows: tuple[int, ...]
    seen: str
    why: str
    fix: str
    severity: Severity = "stops"
    rows: int = 1


def read_numbers(records: Records, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Draft]]:
    """Read the number columns of published rows.

    Parameters
    ----------
    records : says the marks, and whether rates are shares or percents.
    rows : text columns, empty where nothing stands; `file_row`.

    Returns
    -------
    Numbers in the columns `COUNTS` and `RATES` (NaN where none, rates as shares), `students_basis` and `hidden`; and
    what was wrong.
    """
    columns = [column for column in (*COUNTS, *READ_RATES) if column in rows]
    parsed = pd.DataFrame(index=rows.index)
    suppressed = pd.Series(False, index=rows.index)
    drafts = []
    for column in columns:
        text = rows[column]
        hidden, absent = text.isin(records.marks.suppressed), text.isin([*records.marks.not_available, ""])
        is_number = text.str.fullmatch(NUMBER) & text.str.contains(r"\d") & ~hidden & ~absent
        cleaned = text.where(is_number, "").str.replace(r"[, \u00a0%]", "", regex=True)
        parsed[column] = pd.to_numeric(cleaned, errors="coerce").astype(float)
        suppressed |= hidden
        drafts += _not_understood(rows, column, ~(is_number | hidden | absent))
        drafts += _negative(rows, column, parsed[column])
    numbers = parsed.reindex(columns=[*COUNTS, *READ_RATES])
    drafts += _units(records, numbers)
    if records.rates_are == "percent":
        numbers[list(READ_RATES)] = numbers[list(READ_RATES)] / 100
    numbers["absence_rate"] = numbers["absence_rate"].fillna(1 - numbers["attendance_rate"]).round(12)
    return _completed(numbers.drop(columns="attendance_rate"), suppressed), drafts


def _completed(numbers: pd.DataFrame, suppressed: "pd.Series[bool]") -> pd.DataFrame:
    """Work out the students from count and rate, rates from counts, and why a number is missing."""
    result = numbers.copy()
    back = result["students"].isna() & (result["chronically_absent"] > 0) & (result["chronic_rate"] > 0)
    basis = np.select([result["students"].notna(), back], ["counted", "from_percent"], "")
    result.loc[back, "students"] = (result["chronically_absent"] / result["chronic_rate"])[back].round()
    for rate, count, size in PAIRS:
        result[rate] = result[rate].fillna(result[count] / result[size].where(result[size] > 0))
    nothing = result[list(RATES)].isna().all(axis=1)
    result["students_basis"] = basis
    result["hidden"] = np.select([suppressed, nothing], ["source", "not_available"], "")
    return result


def impossible(numbers: pd.DataFrame) -> pd.DataFrame:
    """Tell, for each of `RATES`, the rows that have more absent than there are, or a rate above one."""
    return pd.DataFrame(
        {rate: (numbers[count] > numbers[size]) | (numbers[rate] > 1) for rate, count, size in PAIRS},
        index=numbers.index,
    )


def differing(numbers: pd.DataFrame) -> "pd.Series[bool]":
    """Tell the rows whose published rate is not the one that their own counts give."""
    result = pd.Series(False, index=numbers.index)
    for rate, count, size in PAIRS:
        known = (numbers[size] > 0) & ((size != "students") | (numbers["students_basis"] == "counted"))
        result |= known & ((numbers[count] / numbers[size].where(known) - numbers[rate]).abs() > ROUNDED)
    return result


def _not_understood(rows: pd.DataFrame, column: str, wrong: "pd.Series[bool]") -> list[Draft]:
    found = rows.loc[wrong, ["file_row", column]].groupby(column)["file_row"].agg(["min", "size"]).sort_values("min")
    fix = "if the source hides or lacks a number so, name it under records.marks; else check the mapping of columns"
    return [
        Draft(
            (int(first),),
            f"{column} is '{text[:30]}', no number ({size:,} rows)",
            "it cannot be counted",
            fix,
            rows=size,
        )
        for text, first, size in found.head(8).itertuples()
    ]


def _negative(rows: pd.DataFrame, column: str, values: "pd.Series[float]") -> list[Draft]:
    wrong = values < 0
    if not wrong.any():
        return []
    first = rows.loc[wrong].iloc[0]
    fix = f"if it is a mark, write '{first[column]}' under records.marks"
    seen = f"{column} is {first[column]} ({int(wrong.sum()):,} rows are below 0)"
    return [Draft((int(first["file_row"]),), seen, "nobody is absent less than never", fix, rows=int(wrong.sum()))]


def _units(records: Records, numbers: pd.DataFrame) -> list[Draft]:
    """Catch percents that are taken for shares, and shares for percents."""
    drafts = []
    for rate in READ_RATES:
        values = numbers.loc[numbers[rate] > 0, rate]
        if records.rates_are == "share" and len(values) and (values > 1).mean() > 0.5:
            seen, fix = f"{rate} is mostly above 1", "write rates_are: percent under records"
        elif records.rates_are == "percent" and len(values) >= 10 and (values <= 1).all():
            seen, fix = f"{rate} is nowhere above 1 percent", "write rates_are: share under records"
        else:
            continue
        drafts.append(Draft((), seen, "rates would be wrong by a factor of 100", fix, rows=len(values)))
    return drafts
