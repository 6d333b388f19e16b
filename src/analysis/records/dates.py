"""Dates and school years, from what a source writes to ours."""

import re
from collections.abc import Iterable
from typing import Any, Final, Literal

import pandas as pd

from analysis import engine
from analysis.study.values import YearStarts

YearIs = Literal["start", "end"] | None
ABOUT_YEARS = r"(?i)^(school|academic) years?\b|(school|academic) years?$|^[SF]Y"
BOTH_YEARS = r"((?:19|20)\d\d)\s*[-_/\u2013]?\s*((?:19|20)\d\d|\d\d)|(\d\d)\s*[-_/\u2013]\s*(\d\d)"
"""Two years in a row, as sources write them, and the words that stand beside them."""
MONTHS: Final[dict[YearStarts, int]] = {"july": 7, "august": 8, "january": 1, "april": 4}
"""The month from which a date belongs to the school year that begins in its calendar year, by `year_starts`."""
YEARS = (1900, 2100)
"""The first and the last year of which a record can be."""


def school_year(text: str, year_is: YearIs = None) -> str:
    """Write a school year as `2017-18`; empty where the text is none.

    Parameters
    ----------
    text : both years, as `2017-18`, `2017/2018`, `201718`, `SY 17-18` or `17 - 18 School Year`.
    year_is : what `2018` alone means: the year in which the school year starts, or ends. It can mean both, so where
        the study does not say it, it is no school year.
    """
    alone = re.sub(ABOUT_YEARS, "", text.strip()).strip()
    both = re.fullmatch(BOTH_YEARS, alone)
    if not both and alone != text.strip() and alone != "2021":  # 'SY2122'; 2021 can be one year, and two
        both = re.fullmatch(r"(\d\d)(\d\d)", alone)
    first, second = (one for one in both.groups() if one) if both else ("", "")
    if first and (int(first) + 1) % 100 == int(second) % 100:
        century = "" if len(first) == 4 else "19" if first > "50" else "20"
        return f"{century}{first}-{second[-2:]}"
    if year_is and re.fullmatch(r"(19|20)\d\d(\.0+)?", alone):
        start = int(alone[:4]) - (year_is == "end")
        return f"{start}-{(start + 1) % 100:02}"
    return ""


def register_school_years(name: str, texts: Iterable[str], year_is: YearIs) -> None:
    """Make the engine's table `name` (`text, school_year`) of what a source writes; NULL where a text is no year."""
    known = {text: school_year(text, year_is) or None for text in sorted(texts)}
    engine.register(name, pd.DataFrame({"text": list(known), "school_year": list(known.values())}, dtype="str"))


def follows(before: str, after: str) -> bool:
    """Say whether a school year (`2017-18`) comes right after another, with none missing between."""
    return int(after[:4]) - int(before[:4]) == 1


def first_years(days: "pd.Series[Any]", month: int) -> "pd.Series[int]":
    """Give the calendar year in which the school year of each day began; school years begin with a month."""
    first: pd.Series[int] = days.dt.year - (days.dt.month < month)
    return first


def school_year_sql(date: str, year_starts: YearStarts) -> str:
    """Write the SQL that names the school year (`2017-18`) of a date."""
    start = f"(CAST(year({date}) AS INTEGER) - CAST(month({date}) < {MONTHS[year_starts]} AS INTEGER))"
    return f"concat({start}, '-', lpad(CAST(({start} + 1) % 100 AS VARCHAR), 2, '0'))"


def date_sql(column: str, date_format: str) -> str:
    """Write the SQL that reads a date; NULL where it is none, or of a year that no record has (`17` for 2017)."""
    read = f"CAST(try_strptime({column}, {engine.quoted(date_format)}) AS DATE)"
    return f"CASE WHEN year({read}) BETWEEN {YEARS[0]} AND {YEARS[1]} THEN {read} END"
