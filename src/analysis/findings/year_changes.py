"""Page 02: how far the rate of the same schools or districts moved between published years, with an interval."""

from typing import Any

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import Finding
from analysis.findings.lead import lead_of
from analysis.findings.tables import for_reading, passed, rows
from analysis.findings.words import listed, missing, plural, points, signed
from analysis.models.published_years import TREND, year_changes
from analysis.records import once
from analysis.records.types import PublishedCounts, Source

NAME = "year_changes"
SURE = 0.05


def changes_between_years(records: Source) -> Finding:
    """Say how the same schools, or districts, moved from year to year: a comparison, so it has an interval."""
    if not isinstance(records, PublishedCounts):
        return Finding.none(NAME)
    made = once(records, year_changes, NAME)
    table = passed(records, NAME, made)
    led = table[table["outcome"] == records.outcome]
    if led.empty:
        return Finding.none(NAME)
    pairs, trend = led[led["level"] != TREND], led[(led["level"] == TREND) & led["contrast"].notna()]
    known = pairs[pairs["contrast"].notna()]
    noun, units = lead_of(records).noun, _units(records)
    text = f"Each {units[:-1]} is compared with itself, and grades with the same grades where the source counts them."
    for row in _worth_saying(known):
        text += f" From {row.level} the {noun} of the same {plural(row.units, units[:-1], units)} {moved(row)}."
    for row in rows(trend):
        text += f" Over all years it {moved(row)} a year on average."
    clear = int((known["p_adjusted"] < SURE).sum())
    if len(known) > 1:
        text += f" {clear} of {len(known)} changes are more than chance would give (false discovery rate of 5%)."
    for reason, these in pairs[pairs["reason"] != ""].groupby("reason"):
        text += f" {listed(list(these['level']))}: {str(reason)[0].lower()}{str(reason)[1:]}"
    title = "Change between years: no comparison"
    if len(known):
        last = next(rows(known.tail(1)))
        title = f"The {noun} of the same {units} {moved(last, interval=False)} from {last.level}"
    return Finding(NAME, title, text, table, _read(led), note=hidden_text(table))


def moved(row: Any, *, interval: bool = True) -> str:
    """Say a change: 'rose by 9.3 points (95% interval 7.6 to 10.9)'."""
    if missing(row.contrast_low):
        return "moved by a number that is not shown"
    if row.contrast_low * row.contrast_high <= 0:
        between = (
            f" (95% interval {signed(row.contrast_low)} to {signed(row.contrast_high)} points)" if interval else ""
        )
        return f"did not move by more than chance would give{between}"
    low, high = sorted((abs(row.contrast_low), abs(row.contrast_high)))
    between = f" (95% interval {100 * low:.1f} to {100 * high:.1f})" if interval else ""
    return f"{'rose' if row.contrast > 0 else 'fell'} by {points(row.contrast)}{between}"


def _worth_saying(known: pd.DataFrame) -> list[Any]:
    """Pick the largest and the last change, in their order; the table has all."""
    if known.empty:
        return []
    largest = known["contrast"].abs().idxmax()
    return list(rows(known.loc[sorted({largest, known.index[-1]})]))


def _units(records: PublishedCounts) -> str:
    return f"{records.study.district_word}s" if records.schools.empty else "schools"


def _read(table: pd.DataFrame) -> pd.DataFrame:
    named = table.assign(level=table["level"].replace(TREND, "Each year, on average"))
    return for_reading(named, {
        "level": "Years", "units": "Followed", "rate_before": "Rate before", "rate_after": "Rate after",
        "contrast": "Points", "contrast_low": "Points, low", "contrast_high": "Points, high", "p_adjusted": "p adjusted (BH)",
        "reason": "Why not", "hidden": "Hidden",
    })  # fmt: skip
