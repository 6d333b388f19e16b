"""What is said where a source does not give the leading number: between what it lies, or why there is none."""

from typing import Any

import pandas as pd

from analysis.findings.outcome import Outcome
from analysis.findings.sentences import NO_SUM, NOBODY_COUNTED, between, hidden_cells, not_all_numbers
from analysis.findings.tables import rows
from analysis.findings.words import capital, listed, missing
from analysis.language import say, told
from analysis.measures.published_hidden import hidden_in_total
from analysis.records.types import PublishedCounts, Source


def ranged(table: pd.DataFrame, lead: Outcome) -> "pd.Series[bool]":
    """Tell the rows that have a range of the leading number and not the number.

    Days that nobody marked bound the absence rate alone: of who is chronically absent they say nothing.
    """
    of_lead = table["days_unmarked"].isna() | (lead.rate == "absence_rate")
    return table[lead.rate].isna() & table["rate_low"].notna() & of_lead


def with_ranges(table: pd.DataFrame, lead: Outcome) -> pd.DataFrame:
    """Add `lies_between`, in words, to the rows that have a range and not the leading number."""
    if not {lead.rate, "rate_low", "rate_high"} <= set(table):
        return table.assign(lies_between="")
    words = [between(low, high) for low, high in zip(table["rate_low"], table["rate_high"], strict=True)]
    return table.assign(lies_between=pd.Series(words, index=table.index, dtype="str").where(ranged(table, lead), ""))


def total_without_rate(records: Source, total: Any, lead: Outcome) -> tuple[str, str]:
    """Give title and text for a year of which the leading number is not known."""
    low, high = total.rate_low, total.rate_high
    hidden, cells = hidden_in_total(records) if isinstance(records, PublishedCounts) else (0, 0)
    unknown = say("The {rate} of all is not known for {year}", rate=lead.noun, year=records.year)
    if not isinstance(records, PublishedCounts) and lead.of_students:
        return unknown, _too_few(total)
    if missing(low):
        return unknown, hidden_cells(hidden, cells) if hidden else told(NO_SUM)
    title = say(
        "{between} {states} in {year}", between=capital(between(low, high)), states=lead.states, year=records.year
    )
    return title, hidden_cells(hidden, cells, low, high) if hidden else not_all_numbers(low, high)


def _too_few(total: Any) -> str:
    if total.hidden:
        return say("It is hidden: a small number could be told from it.")
    return told(NOBODY_COUNTED)


def bands_with_ranges(bands: pd.DataFrame, lead: Outcome) -> str:
    """Say of the bands of grades that have only a range between what they lie."""
    said = [
        say("in grades {grades} it lies {between}", grades=row.grade_level, between=row.lies_between)
        for row in _ranged(bands, lead)
    ]
    return f"{capital(listed(said))}." if said else ""


def years_with_ranges(totals: pd.DataFrame, lead: Outcome) -> str:
    """Say of the years that have only a range between what they lie."""
    said = [
        say("in {year} it lies {between}", year=row.school_year, between=row.lies_between)
        for row in _ranged(totals, lead)
    ]
    return say("Not all numbers are given for every year: {years}.", years=listed(said)) if said else ""


def _ranged(table: pd.DataFrame, lead: Outcome) -> list[Any]:
    known = with_ranges(table, lead)
    return list(rows(known[known["lies_between"] != ""]))
