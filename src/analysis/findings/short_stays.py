"""Page 02: students who changed school or were there for half a year, compared over as many days, or the same days."""

from typing import Any

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import Finding
from analysis.findings.tables import for_reading, passed, rows
from analysis.findings.words import listed, missing, percent, signed
from analysis.measures import short_stays
from analysis.measures.short_stays import ALSO_THEN, HALVES, ONE_SCHOOL, ONLY_THEN, SEVERAL_SCHOOLS
from analysis.records.student_rows import has_ids
from analysis.records.types import Source, StudentRecords

HEADINGS = {
    "students_counted": "Students counted", "absence_rate": "Absence rate", "chronically_absent": "Chronically absent",
    "chronic_rate": "Chronic rate", "hidden": "Hidden",
}  # fmt: skip


def by_moves(records: Source) -> Finding:
    """Compare students of several schools with those of one, within bands of days enrolled."""
    name = "chronic_by_moves"
    if not _followed(records):
        return Finding.none(name)
    table = passed(records, name, short_stays.chronic_by_moves(records))  # type: ignore[arg-type]
    pairs = [pair for level in table["level"].unique() if (pair := _pair(table[table["level"] == level], "schools"))]
    if not pairs:
        return Finding.none(name) if SEVERAL_SCHOOLS not in set(table["schools"]) else _hidden(name, table)
    words = [f"{percent(moved)} against {percent(stayed)} at {level} days enrolled" for level, moved, stayed in pairs]
    text = (
        "Chronically absent among students of two schools or more, against students of one school who were enrolled as"
        f" long: {listed(words)}. Moving and absence go together here; which came first is not in the records."
    )
    level, moved, stayed = pairs[-1]
    title = f"Students of two schools or more: {percent(moved)} chronically absent against {percent(stayed)} at {level} days"
    shown = for_reading(table, {"level": "Days enrolled", "schools": "Schools", **HEADINGS})
    return Finding(name, title, text, table, shown, note=hidden_text(table))


def by_window(records: Source) -> Finding:
    """Compare students who were there in one half of the year with the others over the same days."""
    name = "chronic_by_window"
    if not _followed(records) or not records.dated:
        return Finding.none(name)
    table = passed(records, name, short_stays.chronic_by_window(records))  # type: ignore[arg-type]
    pairs = [pair for half in HALVES if (pair := _pair(table[table["window"] == half], "level", half))]
    if not pairs:
        return Finding.none(name) if ONLY_THEN not in set(table["level"]) else _hidden(name, table)
    words = [
        f"in the {half} of the year {percent(short)} of those there only then, against {percent(long)} of those there in"
        " both halves"
        for half, short, long in pairs
    ]
    text = (
        "A student who was there for half a year is compared with the others over that half alone, by the same rule."
        f" Chronically absent were {'; '.join(words)}."
    )
    gaps = [short - long for _, short, long in pairs]
    title = f"Over the same half of the year, short stays differ by {listed([signed(gap) for gap in gaps])} points"
    shown = for_reading(table, {"window": "Half of the year", "level": "Students there", **HEADINGS})
    return Finding(name, title, text, table, shown, note=hidden_text(table))


def _followed(records: Source) -> bool:
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


def _hidden(name: str, table: pd.DataFrame) -> Finding:
    return Finding(name, "Short stays: too few students to show", hidden_text(table), table)
