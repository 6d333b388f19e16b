"""What is said where a source does not give the leading number: between what it lies, or why there is none."""

from typing import Any

import pandas as pd

from analysis.findings.lead import Lead
from analysis.findings.sentences import NO_SUM, between, hidden_cells, not_all_numbers
from analysis.findings.tables import rows
from analysis.findings.words import listed, missing
from analysis.measures.published_hidden import hidden_in_total
from analysis.records.types import PublishedCounts, Source


def with_ranges(table: pd.DataFrame, lead: Lead) -> pd.DataFrame:
    """Add `lies_between`, in words, to the rows that have a range and not the leading number."""
    if not {lead.rate, "rate_low", "rate_high"} <= set(table):
        return table.assign(lies_between="")
    unknown = table[lead.rate].isna() & table["rate_low"].notna()
    words = [between(low, high) for low, high in zip(table["rate_low"], table["rate_high"], strict=True)]
    return table.assign(lies_between=pd.Series(words, index=table.index, dtype="str").where(unknown, ""))


def total_without_rate(records: Source, total: Any, lead: Lead) -> tuple[str, str]:
    """Give title and text for a year of which the leading number is not known."""
    low, high = total.rate_low, total.rate_high
    hidden, cells = hidden_in_total(records) if isinstance(records, PublishedCounts) else (0, 0)
    if missing(low):
        title = f"The {lead.noun} of all is not known for {records.year}"
        if not isinstance(records, PublishedCounts):
            return title, _too_few(records, total)
        return title, hidden_cells(hidden, cells) if hidden else NO_SUM
    title = f"B{between(low, high)[1:]} {lead.states} in {records.year}"
    return title, hidden_cells(hidden, cells, low, high) if hidden else not_all_numbers(low, high)


def _too_few(records: Source, total: Any) -> str:
    if total.hidden:
        return "Too few students stand behind it for it to be shown."
    days = records.study.settings.definitions.minimum_days.days
    return f"Nobody was enrolled for the {days} days that it takes to be counted."


def bands_with_ranges(bands: pd.DataFrame, lead: Lead) -> str:
    """Say of the bands of grades that have only a range between what they lie."""
    said = [f"in grades {row.grade_level} it lies {row.lies_between}" for row in _ranged(bands, lead)]
    return f" I{listed(said)[1:]}." if said else ""


def years_with_ranges(totals: pd.DataFrame, lead: Lead) -> str:
    """Say of the years that have only a range between what they lie."""
    said = [f"in {row.school_year} it lies {row.lies_between}" for row in _ranged(totals, lead)]
    return f" Not all numbers are given for every year: {listed(said)}." if said else ""


def _ranged(table: pd.DataFrame, lead: Lead) -> list[Any]:
    known = with_ranges(table, lead)
    return list(rows(known[known["lies_between"] != ""]))
