"""The numbers of a published table: text to number, marks to their meaning, percents to shares."""

from typing import Final

import numpy as np
import pandas as pd

from analysis.records.drafts import Draft
from analysis.records.numbers import ROUNDED, parted_by_points, read_column, units
from analysis.study import Records

COUNTS: Final = ("students", "chronically_absent", "days_enrolled", "days_absent")
RATES: Final = ("chronic_rate", "absence_rate")
OPPOSITES: Final = {
    "regular_attenders": ("chronically_absent", "students"),
    "days_present": ("days_absent", "days_enrolled"),
    "regular_attendance_rate": ("chronic_rate", ""),
    "attendance_rate": ("absence_rate", ""),
}
"""Numbers of attendance, those of absence that are the rest, and of what: of all students, of all days, of one."""
READ_RATES: Final = (*RATES, *(name for name, (_, size) in OPPOSITES.items() if not size))
READ: Final = (*COUNTS, *(name for name, (_, size) in OPPOSITES.items() if size), *READ_RATES)
OF_STUDENTS: Final = ("chronically_absent", "regular_attenders")
"""Numbers of students: whole ones. All students may be an average over the year, with decimals."""
PAIRS: Final = (("chronic_rate", "chronically_absent", "students"), ("absence_rate", "days_absent", "days_enrolled"))
BOUNDS: Final = tuple(f"{count}_{end}" for count in COUNTS for end in ("low", "high"))
"""Columns with the least and the most that a count can be."""

EXACT_ENOUGH: Final = 0.01
"""A count is worked back from a percent where rounding leaves at most this share of it open, or half a student."""
FAR: Final = 0.01
LEAST_ROWS: Final = 5
"""So many rows can tell that a column is wrong: rates over a point apart from their counts in over half of them."""
NO_ERROR: Final = 1e-9


def read_numbers(records: Records, rows: pd.DataFrame, percents: "pd.Series[bool]") -> tuple[pd.DataFrame, list[Draft]]:
    """Read the number columns of published rows.

    Parameters
    ----------
    records : says the marks.
    rows : text columns, empty where nothing stands; `file_row`, `file_number`.
    percents : for each row, whether its file writes rates as percents.

    Returns
    -------
    Numbers in the columns `READ` (NaN where none, rates as shares), beside each `<column>_hidden` (a mark of the source
    stands there) and beside each rate `<column>_half` (half a unit of its last decimal); and what was wrong.
    """
    numbers, drafts = pd.DataFrame(index=rows.index), []
    halved = records.days_are == "half_days"
    for column in READ:
        if column not in rows:
            numbers[column], numbers[f"{column}_hidden"] = np.nan, False
            continue
        found, wrong = read_column(records.marks, rows, column)
        numbers[column] = found["number"] / (2 if halved and column.startswith("days") else 1)
        numbers[f"{column}_hidden"] = found["hidden"]
        drafts += wrong
        drafts += [] if column in READ_RATES else parted_by_points(rows, column)
        drafts += _parts_of_students(rows, column, numbers[column]) if column in OF_STUDENTS else []
    for rate in READ_RATES:
        scale = np.where(percents, 100.0, 1.0)
        decimals = _decimals(rows[rate].where(numbers[rate].notna(), "")) if rate in rows else numbers[rate]
        numbers[f"{rate}_half"] = 0.5 / scale / 10 ** decimals.groupby(rows["file_number"]).transform("max")
        drafts += units(rows, percents, numbers[rate], rate)
        numbers[rate] = numbers[rate] / scale
    return numbers, drafts


def completed(numbers: pd.DataFrame) -> pd.DataFrame:
    """Work out counts from percents, rates from counts, and why a number is missing.

    Returns
    -------
    `COUNTS` and `RATES` (NaN where none) with `<rate>_half`, `students_basis` ('from_percent' where a count was worked
    back from a percent), `hidden`, and `BOUNDS`: both ends are the count itself, or what rounding leaves open; NaN
    where the count is not known.
    """
    numbers = _with_the_rest(numbers)
    result = numbers[[*COUNTS, *RATES, *(f"{rate}_half" for rate in RATES)]].copy()
    for count in COUNTS:
        result[f"{count}_low"] = result[f"{count}_high"] = result[count]
    worked_back = _worked_back(numbers, result)
    for rate, count, size in PAIRS:
        result[rate] = result[rate].fillna(result[count] / result[size].where(result[size] > 0))
    result["students_basis"] = np.select([worked_back, result["students"].notna()], ["from_percent", "counted"], "")
    by_source = numbers[[f"{column}_hidden" for column in READ]].any(axis=1)
    nothing = result[list(RATES)].isna().all(axis=1)
    result["hidden"] = np.select([by_source, nothing], ["source", "not_available"], "")
    return result


def _with_the_rest(numbers: pd.DataFrame) -> pd.DataFrame:
    """Give numbers of absence where the source has those of attendance; the rest of a hidden number is hidden too."""
    result = numbers.copy()
    for attendance, (absence, size) in OPPOSITES.items():
        whole = numbers[size] if size else 1.0
        result[absence] = numbers[absence].fillna((whole - numbers[attendance]).round(12))
        result[f"{absence}_hidden"] |= numbers[f"{attendance}_hidden"]
        if not size:
            result[f"{absence}_half"] = numbers[f"{absence}_half"].fillna(numbers[f"{attendance}_half"])
    return result


def _worked_back(numbers: pd.DataFrame, result: pd.DataFrame) -> "pd.Series[bool]":
    """Fill in students from number and percent, else the number from students and percent; never what is hidden."""
    share, chronic, students = numbers["chronic_rate"], numbers["chronically_absent"], numbers["students"]
    half = numbers["chronic_rate_half"]
    low, high = (share - half).clip(lower=0), (share + half).clip(upper=1)
    size = students.isna() & ~numbers["students_hidden"] & (chronic > 0) & (share > 0)
    most = np.floor(chronic / low.where(low > 0) + NO_ERROR).fillna(np.inf)
    ends = (np.ceil(chronic / high - NO_ERROR).where(size), most.where(size))
    _fill(result, "students", (chronic / share).round().where(size), ends)
    part = chronic.isna() & ~numbers["chronically_absent_hidden"] & (students > 0) & (share <= 1)
    exact = part & ((students * half <= 0.5) | (half <= EXACT_ENOUGH * share))
    ends = (np.ceil(students * low - NO_ERROR).where(part), np.floor(students * high + NO_ERROR).where(part))
    _fill(result, "chronically_absent", (students * share).round().where(exact), ends)
    return size | exact


def _fill(
    result: pd.DataFrame, count: str, value: "pd.Series[float]", ends: tuple["pd.Series[float]", "pd.Series[float]"]
) -> None:
    """Write a count that was worked back where there is none, and its ends, the value itself between them."""
    result[count] = result[count].fillna(value)
    result[f"{count}_low"] = result[f"{count}_low"].fillna(ends[0].clip(upper=value.fillna(np.inf)))
    result[f"{count}_high"] = result[f"{count}_high"].fillna(ends[1].clip(lower=value.fillna(-np.inf)))


def far_apart(numbers: pd.DataFrame) -> "pd.Series[bool]":
    """Tell the rows of which most rates are far from what their counts give: a column is not what it is mapped to."""
    result = pd.Series(False, index=numbers.index)
    for rate, count, size in PAIRS:
        known = (numbers[size] > 0) & ((size != "students") | (numbers["students_basis"] == "counted"))
        known &= numbers[rate] <= 1  # else percents are read as shares
        apart = (numbers[count] / numbers[size].where(known) - numbers[rate]).abs().dropna()
        if len(apart) >= LEAST_ROWS and (apart > FAR).mean() > 0.5:
            result |= (apart > FAR).reindex(numbers.index, fill_value=False)
    return result


def impossible(numbers: pd.DataFrame) -> pd.DataFrame:
    """Tell, for each of `RATES`, the rows that have more absent or attending than there are, or a rate above one."""
    return pd.DataFrame(
        {
            rate: (numbers[count] > numbers[size]) | (numbers[count] < 0) | (numbers[rate] > 1) | (numbers[rate] < 0)
            for rate, count, size in PAIRS
        },
        index=numbers.index,
    )


def differing(numbers: pd.DataFrame) -> "pd.Series[bool]":
    """Tell the rows whose published rate is not the one that their own counts give."""
    result = pd.Series(False, index=numbers.index)
    for rate, count, size in PAIRS:
        allowed = (1.02 * numbers[f"{rate}_half"]).clip(lower=ROUNDED).fillna(ROUNDED)
        known = (numbers[size] > 0) & ((size != "students") | (numbers["students_basis"] == "counted"))
        result |= known & ((numbers[count] / numbers[size].where(known) - numbers[rate]).abs() > allowed)
    return result


def _decimals(text: "pd.Series[str]") -> "pd.Series[float]":
    digits = text.str.extract(r"\.(\d+)")[0].str.len().fillna(0.0).astype(float)
    return digits.mask(text.str.contains(r"[eE]"), 15.0)


def _parts_of_students(rows: pd.DataFrame, column: str, values: "pd.Series[float]") -> list[Draft]:
    """Catch rates that are taken for numbers of students."""
    drafts, positive = [], values[values > 0]
    for _, some in positive.groupby(rows["file_number"]):
        parts = some[(some - some.round()).abs() > NO_ERROR]
        if 2 * len(parts) > len(some):
            first = rows.loc[parts.index[0]]
            seen = f"{column} is {first[column]}, and mostly no whole number ({len(parts):,} of {len(some):,} rows)"
            rate = "chronic_rate" if column == "chronically_absent" else "regular_attendance_rate"
            fix = f"if it is a rate, map it as {rate}; else map the column that counts students"
            drafts.append(Draft((int(first["file_row"]),), seen, "it does not count students", fix, rows=len(parts)))
    return drafts[:8]
