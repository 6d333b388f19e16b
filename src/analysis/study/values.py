"""What a value in a study's file can be: its form, and what is said where it has another."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from analysis.language import catalogue

YearStarts = Literal["january", "april", "july", "august"]
"""The month from which a date belongs to the school year that begins in its calendar year."""


class Part(BaseModel):
    """A part of a study: unknown keys are refused, text is parsed, nothing changes after it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _school_year(text: str) -> str:
    if int(text[5:]) != (int(text[:4]) + 1) % 100:
        raise ValueError(f"'{text}' is no school year; the second year follows the first, as in 2017-18")
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error:
        raise ValueError(f"'{text}' is no regular expression; write it as '^(...)', the first three letters") from None
    return text


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is no day of the calendar; write it as 2018-06-12") from None
    return text


def _date_format(text: str) -> str:
    if not {"%d", "%m", "%Y"} <= set(
        re.findall("%.", text.replace("%y", "%Y").replace("%b", "%m").replace("%B", "%m"))
    ):
        raise ValueError(f"'{text}' does not say day, month and year; write it as %Y-%m-%d or %m/%d/%Y")
    return text


def _language(text: str) -> str:
    catalogue(text)
    return text


def _summed(columns: tuple[str, ...]) -> tuple[str, ...]:
    if len(columns) < 2:
        raise ValueError("a sum of one column; map it under columns")
    if len(set(columns)) < len(columns):
        raise ValueError("a column stands twice in the sum; name each once")
    return columns


SchoolYear = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$"), AfterValidator(_school_year)]
Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
Text = Annotated[str, Field(min_length=1)]
Counted = Literal["students", "chronically_absent", "regular_attenders", "days_enrolled", "days_absent", "days_present"]
"""Our columns that can be a sum of several of theirs: numbers that count."""
Summed = Annotated[tuple[Text, ...], AfterValidator(_summed)]
Audience = Literal["internal", "partner", "public"]
Grade = Literal["PK", "KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_day)]
Language = Annotated[str, AfterValidator(_language)]
DateFormat = Annotated[str, AfterValidator(_date_format)]
GroupName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Share = Annotated[Decimal, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=0)]
