"""Page 02: how far the rate of the same schools or districts moved between published years, with an interval."""

from typing import Any

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import NOTHING, Finding
from analysis.findings.gated import passed
from analysis.findings.outcome import lead_of
from analysis.findings.tables import beyond_chance, for_reading, rows
from analysis.findings.words import SCHOOLS, count, counted, gap, listed, missing, number, signed, years_name
from analysis.language import later, plural, say, told
from analysis.models.published_years import TREND, year_changes
from analysis.records import once
from analysis.records.types import PublishedCounts, Source

NAME = "year_changes"


def changes_between_years(records: Source) -> Finding:
    """Say how the same schools, or districts, moved from year to year: a comparison, so it has an interval."""
    if not isinstance(records, PublishedCounts):
        return NOTHING
    made = once(records, year_changes, NAME)
    table = passed(records, NAME, made)
    led = table[table["outcome"] == records.outcome]
    if led.empty:
        return NOTHING
    pairs, trend = led[led["level"] != TREND], led[(led["level"] == TREND) & led["contrast"].notna()]
    known = pairs[pairs["contrast"].notna()]
    rate, units = lead_of(records).noun, _units(records)
    said = [
        say(
            "Each {unit} is compared with itself, and grades with the same grades where the source counts them. The points"
            " hold how many students each has, so they can differ from the difference of the two counted rates.",
            unit=told(units[0]),
        ),
        *(_from_to(row, rate, units) for row in _worth_saying(known)),
    ]
    said += [say("Over all years it {moved} a year on average.", moved=moved(row)) for row in rows(trend)]
    clear = int(beyond_chance(known).sum())
    if len(known) > 1:
        said.append(
            plural(
                clear, "{number} of {changes} changes is more than chance would give (false discovery rate of 5%).",
                "{number} of {changes} changes are more than chance would give (false discovery rate of 5%).",
                changes=len(known),
            )
        )  # fmt: skip
    for reason, these in pairs[pairs["reason"] != ""].groupby("reason"):
        why = told(reason)
        said.append(f"{listed(list(map(years_name, these['level'])))}: {why[0].lower()}{why[1:]}")
    title = say("Change between years: no comparison")
    if len(known):
        last = next(rows(known.tail(1)))
        title = say(
            "The {rate} of the same {units} {moved} from {years}",
            rate=rate, units=told(units[1]), moved=moved(last, interval=False), years=years_name(last.level),
        )  # fmt: skip
    return Finding(NAME, title, " ".join(said), table, _read(led), note=hidden_text(table))


def _from_to(row: Any, rate: str, units: tuple[str, str]) -> str:
    """Say how the rate moved between two years, and how many cells are not in that."""
    text = say(
        "From {years} the {rate} of the same {units} {moved}.",
        years=years_name(row.level), rate=rate, units=counted(row.units, *units), moved=moved(row),
    )  # fmt: skip
    if not row.cells_left_out:
        return text
    return f"{text} " + plural(
        int(row.cells_left_out),
        "{number} of {cells} cells is not in it: hidden, or without counts in one of the two years.",
        "{number} of {cells} cells are not in it: hidden, or without counts in one of the two years.",
        cells=count(row.cells),
    )


def moved(row: Any, *, interval: bool = True) -> str:
    """Say a change: 'rose by 9.3 points (95% interval 7.6 to 10.9)'."""
    if missing(row.contrast_low):
        return say("moved by a number that is not shown")
    low, high = signed(row.contrast_low), signed(row.contrast_high)
    if row.contrast_low * row.contrast_high <= 0:
        said = say("did not move by more than chance would give")
        return said + say(" (95% interval {low} to {high} points)", low=low, high=high) if interval else said
    points = gap(row.contrast)
    if points == gap(0):
        said = say("moved by less than {points}", points=gap(0.001))
        return said + say(" (95% interval {low} to {high} points)", low=low, high=high) if interval else said
    said = say("rose by {points}", points=points) if row.contrast > 0 else say("fell by {points}", points=points)
    low, high = (number(100 * end, 1) for end in sorted((abs(row.contrast_low), abs(row.contrast_high))))
    return said + say(" (95% interval {low} to {high})", low=low, high=high) if interval else said


def _worth_saying(known: pd.DataFrame) -> list[Any]:
    """Pick the largest and the last change, in their order; the table has all."""
    if known.empty:
        return []
    largest = known["contrast"].abs().idxmax()
    return list(rows(known.loc[sorted({largest, known.index[-1]})]))


def _units(records: PublishedCounts) -> tuple[str, str]:
    """Say what is followed: schools, or the study's word for districts."""
    return (records.study.district_word, records.study.districts_word) if records.schools.empty else SCHOOLS


def _read(table: pd.DataFrame) -> pd.DataFrame:
    named = table["level"].map(lambda level: say("Each year, on average") if level == TREND else years_name(level))
    return for_reading(
        table.assign(level=named, reason=table["reason"].map(told)),
        (
            "level", "units", "rate_before", "rate_after", "contrast", "contrast_low", "contrast_high", "p_adjusted",
            "reason", "hidden",
        ),
        level=later("Years"), units=later("Followed"), contrast=later("Points"), contrast_low=later("Points, low"), contrast_high=later("Points, high"),
        p_adjusted=later("p adjusted (BH)"),
    )  # fmt: skip
