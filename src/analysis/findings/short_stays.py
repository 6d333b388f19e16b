"""Page 02: students who changed school or were there for half a year, compared over as many days, or the same days."""

from typing import Any, TypeGuard

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import NOTHING, Finding
from analysis.findings.gated import passed
from analysis.findings.outcome import lead_of
from analysis.findings.tables import COUNTED, for_reading, rows
from analysis.findings.words import capital, listed, missing, percent, signed
from analysis.language import later, say, told
from analysis.measures import short_stays
from analysis.measures.short_stays import ALSO_THEN, HALVES, ONE_SCHOOL, ONLY_THEN, SEVERAL_SCHOOLS
from analysis.records.student_rows import has_ids
from analysis.records.types import Source, StudentRecords


def by_moves(records: Source) -> Finding:
    """Compare students of several schools with those of one, within bands of days enrolled."""
    name = "chronic_by_moves"
    if not _followed(records):
        return NOTHING
    table = passed(records, name, short_stays.chronic_by_moves(records))
    pairs = [pair for level in table["level"].unique() if (pair := _pair(table[table["level"] == level], "schools"))]
    if not pairs:
        return (
            NOTHING if SEVERAL_SCHOOLS not in set(table["schools"]) else Finding.hidden(name, say("Short stays"), table)
        )
    words = [
        say("{several} against {one} at {band} days enrolled", several=percent(moved), one=percent(stayed), band=level)
        for level, moved, stayed in pairs
    ]
    text = say(
        "{chronic} among students of two schools or more, against students of one school who were enrolled as"
        " long: {rates}. Moving and absence go together here; which came first is not in the records.",
        chronic=capital(lead_of(records).axis), rates=listed(words),
    )  # fmt: skip
    level, moved, stayed = pairs[-1]
    title = say(
        "Students of two schools or more: {several} {chronic} against {one} at {band} days",
        chronic=lead_of(records).axis, several=percent(moved), one=percent(stayed), band=level,
    )  # fmt: skip
    shown = for_reading(
        table.assign(schools=table["schools"].map(told)),
        ("level", "schools", *COUNTED),
        level=later("Days enrolled"),
    )
    return Finding(name, title, text, table, lead_of(records).heads(shown), note=hidden_text(table))


def by_window(records: Source) -> Finding:
    """Compare students who were there in one half of the year with the others over the same days."""
    name = "chronic_by_window"
    if not _followed(records) or not records.dated:
        return NOTHING
    table = passed(records, name, short_stays.chronic_by_window(records))
    pairs = [pair for half in HALVES if (pair := _pair(table[table["window"] == half], "level", half))]
    if not pairs:
        return NOTHING if ONLY_THEN not in set(table["level"]) else Finding.hidden(name, say("Short stays"), table)
    words = [
        say(
            "in the {half} of the year {only_then} of those there only then, against {both} of those there in both halves",
            half=told(half), only_then=percent(short), both=percent(long),
        )
        for half, short, long in pairs
    ]  # fmt: skip
    text = say(
        "A student who was there for half a year is compared with the others over that half alone, by the same rule."
        " {chronic} were {rates}.",
        chronic=capital(lead_of(records).axis), rates="; ".join(words),
    )  # fmt: skip
    gaps = listed([signed(short - long) for _, short, long in pairs])
    title = say("Over the same half of the year, short stays differ by {gaps} points", gaps=gaps)
    shown = for_reading(
        table.assign(window=table["window"].map(told), level=table["level"].map(told)),
        ("window", "level", *COUNTED),
        level=later("Students there"),
    )
    return Finding(name, title, text, table, lead_of(records).heads(shown), note=hidden_text(table))


def _followed(records: Source) -> TypeGuard[StudentRecords]:
    if not isinstance(records, StudentRecords) or records.measure != "days" or records.outcome == "days":
        return False
    return has_ids(records.study)


def _pair(table: pd.DataFrame, column: str, name: str = "") -> tuple[Any, float, float] | None:
    """Give a row's name and the two chronic rates that are compared; None where one is not there or hidden."""
    rates = {getattr(row, column): row.chronic_rate for row in rows(table)}
    short, long = (rates.get(SEVERAL_SCHOOLS, rates.get(ONLY_THEN)), rates.get(ONE_SCHOOL, rates.get(ALSO_THEN)))
    if short is None or long is None or missing(short) or missing(long):
        return None
    return name or table["level"].iloc[0], float(short), float(long)
