"""The numbers of days of schools: text to days and shares, marks to the reason why there is none."""

from typing import Final

import numpy as np
import pandas as pd

from analysis.records.published.numbers import NEARLY, NUMBER, Draft, negative, not_understood, parted_by_points
from analysis.records.types import Weighs
from analysis.study import Records

COUNTS: Final = ("students", "days_enrolled", "days_absent", "days_present")
RATES: Final = ("absence_rate", "attendance_rate")
NUMBERS: Final = (*COUNTS, *RATES)
ROUNDED: Final = 0.0006
"""A rate with a tenth of a percent can differ by so much from the one that its counts give."""


def read_numbers(records: Records, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Draft]]:
    """Read the number columns.

    Parameters
    ----------
    records : says the marks, and what rates and days are written in.
    rows : text, '' where nothing stands; `file_row`.

    Returns
    -------
    `NUMBERS` (days as days, rates as shares; NaN where there is none), `mark` (the first word that stands for a number
    that is not there) and `hidden` ('source' or 'not_available', where there is such a word); and what was wrong.
    """
    numbers = pd.DataFrame(np.nan, rows.index, list(NUMBERS))
    mark, hidden = pd.Series("", rows.index), pd.Series("", rows.index)
    drafts: list[Draft] = []
    suppressed, absent = set(records.marks.suppressed), set(records.marks.not_available)
    for column in (name for name in NUMBERS if name in rows):
        codes, words = pd.factorize(rows[column])  # few words in many rows
        text = pd.Series(words, dtype="str")
        is_mark = text.isin(suppressed | absent)
        is_number = text.str.fullmatch(NUMBER) & text.str.contains(r"\d") & ~is_mark
        values = pd.to_numeric(text.where(is_number, "").str.replace(r"[, \u00a0%]", "", regex=True), errors="coerce")
        numbers[column] = values.to_numpy(dtype=float)[codes]
        here = is_mark.to_numpy(dtype=bool)[codes]
        hidden = hidden.mask(here & (hidden == ""), "not_available").mask(rows[column].isin(suppressed), "source")
        mark = mark.mask(here & (mark == ""), rows[column])
        no_number = ~(is_number | is_mark | (text == "")).to_numpy(dtype=bool)[codes]
        drafts += not_understood(rows, column, pd.Series(no_number, rows.index))
        drafts += negative(rows, column, numbers[column])
        drafts += parted_by_points(rows, column) if column in COUNTS else []
    drafts += _units(records, rows, numbers)
    if records.rates_are == "percent":
        numbers[list(RATES)] /= 100
    if records.days_are == "half_days":
        numbers[["days_enrolled", "days_absent", "days_present"]] /= 2
    return numbers.assign(mark=mark, hidden=hidden), drafts


def weighed(numbers: pd.DataFrame, period: str) -> tuple[pd.DataFrame, Weighs, str]:
    """Work out of each row its absence rate and what it weighs.

    Of a day with enrolment, students are days: each is enrolled on one.

    Returns
    -------
    The numbers with `weight`, `absent` and `absence_rate`; what the weight counts; and how ('counted', 'from_percent').
    """
    given = numbers["absence_rate"].fillna((1 - numbers["attendance_rate"]).round(12))
    enrolled = numbers["days_enrolled"].fillna(numbers["days_absent"] + numbers["days_present"])
    if period == "day":
        enrolled = enrolled.fillna(numbers["students"])
    absent = numbers["days_absent"].fillna(enrolled - numbers["days_present"])
    from_percent = absent.isna() & (enrolled * given).notna()
    absent = absent.fillna(enrolled * given)
    rate = (absent / enrolled.where(enrolled > 0)).fillna(given.where(enrolled.isna()))
    if (enrolled.notna() & absent.notna()).any():
        weighs: Weighs = "days"
        basis = "from_percent" if from_percent.any() else "counted"
        weight = enrolled
    elif numbers["students"].notna().any():
        weighs, basis, weight = "students", "", numbers["students"]
    else:
        weighs, basis, weight = "schools", "", pd.Series(1.0, numbers.index)
    known = rate.notna() & (weight > 0)
    result = numbers.assign(published_rate=given, enrolled=enrolled, absence_rate=rate.where(known))
    return (
        result.assign(weight=weight.where(known), absent=(absent if weighs == "days" else rate * weight).where(known)),
        weighs,
        basis,
    )


def _units(records: Records, rows: pd.DataFrame, numbers: pd.DataFrame) -> list[Draft]:
    """Catch percents that are taken for shares, and shares for percents."""
    drafts = []
    for rate in RATES:
        values = numbers.loc[numbers[rate] > 0, rate]
        if records.rates_are == "share" and len(values) and (values > 1).mean() > 0.5:
            seen, fix = f"{rate} is mostly above 1", "write rates_are: percent under records"
        elif records.rates_are == "percent" and len(values) and (values > 100).mean() > 0.5:
            seen, fix = f"{rate} is mostly above 100 percent", "correct the column, or map another"
        elif records.rates_are == "percent" and len(values) >= 10 and (values <= 1).mean() >= NEARLY:
            seen, fix = f"{rate} is nearly nowhere above 1 percent", "write rates_are: share under records"
        else:
            continue
        first = int(rows["file_row"].loc[values.index[0]])
        drafts.append(Draft((first,), seen, "rates would be wrong by a factor of 100", fix, rows=len(values)))
    return drafts
