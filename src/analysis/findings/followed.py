"""Findings that need students to be followed: who is near the line, short stays, the first month, the year before."""

from collections.abc import Callable

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import Finding
from analysis.findings.lead import days_of_school
from analysis.findings.sentences import NO_DATES, SHARE_NEEDS_DAYS
from analysis.findings.tables import for_reading, passed, rows
from analysis.findings.words import missing, percent, plural
from analysis.measures import counted
from analysis.records.student_rows import has_ids
from analysis.records.types import Source, StudentRecords
from analysis.vocabulary import TIERS

FEWEST_TO_TITLE = 10
"""A share of fewer students than these is no heading."""
TIER_WORDS = dict(
    zip(TIERS, ("under 5%", "at risk, 5 to 10%", "moderate, 10 to 20%", "severe, 20% or more"), strict=True)
)


def _gated(records: Source, name: str, make: Callable[[StudentRecords], pd.DataFrame]) -> pd.DataFrame | None:
    return passed(records, name, make(records)) if isinstance(records, StudentRecords) else None


def near_threshold(records: Source) -> Finding:
    """Count the students within two days of the line: the movable group."""
    table = None
    if isinstance(records, StudentRecords) and records.measure != "rate" and records.outcome != "days":
        table = _gated(records, "near_threshold", counted.near_threshold)
    if table is None or table.empty:  # nobody was enrolled for the minimum of days
        return Finding.none("near_threshold")
    total = table[table["level_type"] == "total"].iloc[0]
    if missing(total.just_below) or missing(total.just_above):
        return too_few_to_show("near_threshold", "Near the line", table)
    below, above = plural(total.just_below, "student is", "students are"), plural(total.just_above, "is", "are")
    text = f"{below} not chronically absent but would be with two more days absent, and {above} chronically absent by two days or fewer."
    text += " A day or two decides for them." if total.just_below + total.just_above != 0 else ""
    schools = table[table["level_type"] == "level"]
    if isinstance(records, StudentRecords):
        schools = schools.merge(records.schools, on="school_id", how="left").sort_values("just_below", ascending=False)
    headings = {
        "school_name": "School", "students_counted": "Students counted", "just_below": "Just below the line",
        "just_above": "Just above the line", "hidden": "Hidden",
    }  # fmt: skip
    title = f"{below} within two days of the line"
    return Finding("near_threshold", title, text, table, for_reading(schools, headings), note=hidden_text(table))


def by_days_enrolled(records: Source) -> Finding:
    """Say how chronic absence goes with a short stay."""
    name = "chronic_by_days_enrolled"
    table = None
    if isinstance(records, StudentRecords) and records.measure == "days":
        table = _gated(records, name, counted.chronic_by_days_enrolled)
    if table is None or table.empty:  # nobody was enrolled for the minimum of days
        return Finding.none(name)
    known = table[table["chronic_rate"].notna()]
    words = [f"{percent(row.chronic_rate)} of those enrolled {row.level} days" for row in rows(known)]
    if known.empty:
        return too_few_to_show(name, "Short stays", table)
    if len(table) < 2:
        text = f"All students counted were enrolled {table['level'].iloc[0]} days, so short stays cannot be compared with long ones."
        return Finding(name, "Short stays: none to compare", text, table)
    text = f"Chronically absent were {'; '.join(words)}. A student with few days crosses 10 percent more easily, so compare like with like."
    shown = for_reading(table, {"level": "Days enrolled", **_headings()})
    return Finding(name, "Short stays and chronic absence", text, table, shown)


def early_signal(records: Source) -> Finding:
    """Say who of those absent in the first month ended the year chronic."""
    if isinstance(records, StudentRecords) and (not records.dated or records.outcome == "days"):
        return not_told(records)
    days = days_of_school(records) if isinstance(records, StudentRecords) else 0
    if 0 < days < 2 * counted.EARLY_DAYS:
        text = f"These records hold {days} days of school: too few to see how the first {counted.EARLY_DAYS} go with the rest."
        return Finding("early_signal", "The first month: no year to follow it into", text)
    table = _gated(records, "early_signal", counted.early_signal)
    if table is None or table.empty:  # nobody was enrolled for the minimum of days
        return Finding.none("early_signal")
    known = table[table["chronic_rate"].notna()]
    if known.empty:
        return too_few_to_show("early_signal", f"The first {counted.EARLY_DAYS} days", table)
    words = [f"{row.level} days absent: {percent(row.chronic_rate)}" for row in rows(known)]
    running = isinstance(records, StudentRecords) and records.progress is not None
    until = "so far" if running else "at the end of the year"
    text = f"Chronically absent {until}, by days absent in the first {counted.EARLY_DAYS} days of school: {'; '.join(words)}."
    last = known.iloc[-1]
    title = f"Of those who missed {last.level} of the first {counted.EARLY_DAYS} days, {percent(last.chronic_rate, 0)} were chronically absent {until}"
    if last.students_counted < FEWEST_TO_TITLE:
        title = f"The first {counted.EARLY_DAYS} days: few students missed many"
    shown = for_reading(table, {"level": "Days absent in the first 20", **_headings()})
    return Finding("early_signal", title, text, table, shown)


def not_told(records: StudentRecords) -> Finding:
    """Say in one place what such records cannot say about students."""
    text = (
        []
        if records.dated
        else [f"{NO_DATES} Who of those absent in the first month ended the year chronically absent, neither."]
    )
    if records.measure == "rate":
        text.append(
            "They give rates without days: who is within two days of the line, and how short stays go with chronic"
            " absence, cannot be told."
        )
    if records.measure == "absent_only":
        text.append("How short stays go with absence cannot be told: they do not say how long a student was enrolled.")
    if records.outcome == "days":
        text.append(SHARE_NEEDS_DAYS)
    if not has_ids(records.study):
        text.append("They have no ids of students, so nobody is followed from one year to the next.")
    return Finding("early_signal", "What these records cannot say about students", " ".join(text))


def persistence(records: Source) -> Finding:
    """Say how chronic absence goes on from one year to the next."""
    table = None
    if isinstance(records, StudentRecords) and records.outcome != "days" and has_ids(records.study):
        table = _gated(records, "persistence", counted.persistence)
    if table is None:
        return Finding.none("persistence")
    if table.empty:
        text = "These records hold one year, so no student can be followed into the next."
        return Finding("persistence", "From year to year: one year only", text, table)
    last = table[table["school_year"] == table["school_year"].max()].set_index("level")["chronic_rate"]
    was, was_not = last.get("chronic", float("nan")), last.get("not chronic", float("nan"))
    if missing(was) and missing(was_not):
        return too_few_to_show("persistence", "From year to year", table)
    said = (
        ("Of students who were chronically absent the year before, {} were so again.", was),
        ("Of those who were not, {} became so.", was_not),
    )
    text = " ".join(sentence.format(percent(share)) for sentence, share in said if not missing(share))
    shown = for_reading(table, {"school_year": "School year", "level": "Year before", **_headings()})
    title = "Who became chronically absent" if missing(was) else f"{percent(was, 0)} stayed chronically absent"
    return Finding("persistence", title, text, table, shown, note=hidden_text(table))


def too_few_to_show(name: str, what: str, table: pd.DataFrame) -> Finding:
    """Say that the numbers of a finding are hidden."""
    return Finding(name, f"{what}: too few students to show", hidden_text(table), table)


def _headings() -> dict[str, str]:
    return {
        "students_counted": "Students counted", "chronically_absent": "Chronically absent",
        "chronic_rate": "Chronic rate", "hidden": "Hidden",
    }  # fmt: skip
