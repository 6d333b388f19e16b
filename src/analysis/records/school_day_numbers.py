"""The numbers of days of schools: text to days and shares, marks to the reason why there is none."""

from typing import Final

import numpy as np
import pandas as pd

from analysis.records.drafts import Draft
from analysis.records.numbers import parted_by_points, read_column, units
from analysis.records.types import Weighs
from analysis.study import Records

COUNTS: Final = ("students", "days_enrolled", "days_absent", "days_present")
RATES: Final = ("absence_rate", "attendance_rate")
NUMBERS: Final = (*COUNTS, *RATES)


def read_numbers(records: Records, rows: pd.DataFrame, percents: "pd.Series[bool]") -> tuple[pd.DataFrame, list[Draft]]:
    """Read the number columns.

    Parameters
    ----------
    records : says the marks, and what days are counted in.
    rows : text, '' where nothing stands; `file_row`, `file_number`.
    percents : for each row, whether its file writes rates as percents.

    Returns
    -------
    `NUMBERS` (days as days, rates as shares; NaN where there is none), `mark` (the first word that stands for a number
    that is not there) and `hidden` ('source' or 'not_available', where there is such a word); and what was wrong.
    """
    numbers = pd.DataFrame(np.nan, rows.index, list(NUMBERS))
    mark, hidden = pd.Series("", rows.index), pd.Series("", rows.index)
    drafts: list[Draft] = []
    for column in (name for name in NUMBERS if name in rows):
        found, wrong = read_column(records.marks, rows, column)
        numbers[column] = found["number"]
        marked = found["hidden"] | found["absent"]
        hidden = hidden.mask(marked & (hidden == ""), "not_available").mask(found["hidden"], "source")
        mark = mark.mask(marked & (mark == ""), rows[column])
        drafts += wrong
        drafts += parted_by_points(rows, column) if column in COUNTS else units(rows, percents, found["number"], column)
    for rate in RATES:
        numbers[rate] /= np.where(percents, 100, 1)
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
