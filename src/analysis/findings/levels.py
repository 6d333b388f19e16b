"""Page 02: schools, districts and student groups beside each other, by their counted rates."""

from typing import Any

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings import plots
from analysis.findings.figure import figure
from analysis.findings.finding import Finding
from analysis.findings.lead import Lead, lead_of
from analysis.findings.ranges import NOBODY_COUNTED, ranged, with_ranges
from analysis.findings.sentences import NO_SCHOOLS, NO_SUM
from analysis.findings.tables import for_reading, gated, of_year, rows
from analysis.findings.words import listed, missing, plural
from analysis.records.types import PublishedCounts, Source, StudentRecords

LEVEL_READ = (
    "label", "students", "students_counted", "chronically_absent", "chronic_rate", "days_absent", "absence_rate",
    "lies_between", "hidden",
)  # fmt: skip
GROUP_WORDS = {
    "race_ethnicity": "race and ethnicity", "english_learner": "English learner status", "homeless": "housing",
    "school_level": "level of school",
}  # fmt: skip
MOST_DRAWN = 25
"""Bars of a figure that a reader still reads; the table behind it has all levels."""
ENDS, SMALLER = 0.05, 2 / 3
"""The highest and lowest twentieth of a list are small where their median size is under two thirds of all levels'."""
MOST_READ = 250
"""Rows of a table on a page; of a longer one there are as many as bars."""


def by_school(records: Source) -> Finding:
    """Compare schools by their counted rates; who does better than expected is on page 05."""
    if records.schools.empty:
        return Finding("absence_by_school", "By school: not in these records", NO_SCHOOLS)
    lead = lead_of(records)
    table = gated(records, "school_id")
    names = records.schools[["school_id", "school_name"]]
    levels = lead.added(of_year(table, records.year)).merge(names, on="school_id", how="left")
    levels = levels.assign(label=levels["school_name"].where(levels["school_name"] != "", levels["school_id"]))
    known = ranked(levels, lead)
    if known.empty:
        return Finding(
            "absence_by_school", "By school: too few students to show", hidden_text(table) or NOBODY_COUNTED, table
        )
    text = worst_text(known, "school", lead) + middle_text(known, "schools", lead) + half_text(known, lead)
    why, page = "A school's rate follows from its grades too", "05 compares schools with the same grades"
    if lead.unit == "number":
        why, page = "Who is at a school plays its part too", "03 compares schools with the other drivers held"
    text += f" {why}: page {page}." if isinstance(records, StudentRecords) else f" {why}."
    drawn = known.head(MOST_DRAWN)
    which = "" if len(drawn) == len(known) else f", the {len(drawn)} highest of {len(known):,}"
    fig = figure(
        plots.bars(drawn, "label", lead.rate, unit=lead.unit, axis=lead.axis + which), "absence_by_school",
        f"{lead.noun.capitalize()} by school, {records.year}{which}. {text}",
    )  # fmt: skip
    title = _from_to(known, lead, "school")
    if len(records.schools) == 1:
        title, text = "By school: these records hold one", worst_text(known, "school", lead)
    note = f"{hidden_text(levels)} {cut_text(known)}".strip()
    return Finding("absence_by_school", title, text, table, as_read(_for_table(levels, known, lead), lead), fig, note)


def ranked(levels: pd.DataFrame, lead: Lead) -> pd.DataFrame:
    """Keep the levels that have the leading number, highest first."""
    return levels[levels[lead.rate].notna()].sort_values(lead.rate, ascending=False, ignore_index=True)


def as_read(table: pd.DataFrame, lead: Lead, columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """Make a table of levels readable; where only a range of the leading number is known, it says so in words."""
    return for_reading(with_ranges(table, lead), columns or read_columns(lead))


def _for_table(levels: pd.DataFrame, known: pd.DataFrame, lead: Lead) -> pd.DataFrame:
    """Give the rows of a table for readers: the highest, and those of which only a range is known."""
    others = levels[~levels["label"].isin(known["label"]) & ranged(levels, lead)]
    return pd.concat([known if len(known) <= MOST_READ else known.head(MOST_DRAWN), others], ignore_index=True)


def cut_text(known: pd.DataFrame) -> str:
    """Say that a long table is cut for the page."""
    if len(known) <= MOST_READ:
        return ""
    return f"The table has the {MOST_DRAWN} highest of {len(known):,}; the file below has all."


def middle_text(known: pd.DataFrame, several: str, lead: Lead) -> str:
    """Say of many levels where the middle half lies, and whether the ends of the list are mostly small ones."""
    if len(known) <= MOST_DRAWN:
        return ""
    low, high = (known[lead.rate].quantile(share) for share in (0.25, 0.75))
    text = f" The middle half lies between {lead.say(low)} and {lead.say(high)}."
    end = max(1, round(ENDS * len(known)))
    at_ends = pd.concat([known.head(end), known.tail(end)])[lead.whole].median()
    if at_ends < SMALLER * known[lead.whole].median():
        text += f" The highest and the lowest are mostly small {several}: their rates move more by chance."
    return text


def read_columns(lead: Lead) -> tuple[str, ...]:
    """Name the columns for a reader, with the leading number among them."""
    return (*LEVEL_READ[:-1], *([lead.rate] if lead.rate not in LEVEL_READ else []), "hidden")


def worst_text(known: pd.DataFrame, what: str, lead: Lead, several: str = "") -> str:
    """Say the highest and the lowest of the levels (sorted, highest first)."""
    high, low = known.iloc[0], known.iloc[-1]
    if len(known) == 1:
        return f"One {what} is shown: {high.label} ({lead.say(high[lead.rate])})."
    return (
        f"Of {plural(len(known), what, several)}, the {lead.noun} is highest in {high.label} ({lead.say(high[lead.rate])})"
        f" and lowest in {low.label} ({lead.say(low[lead.rate])})."
    )


def half_text(known: pd.DataFrame, lead: Lead, units: str = "schools") -> str:
    """Say how few schools (or other units) hold half of what the rates count."""
    parts = known[lead.part]
    total = parts.sum()
    if parts.isna().any() or not total > 0 or len(known) < 2:
        return ""
    half = int((parts.sort_values(ascending=False).cumsum() < total / 2).sum()) + 1
    what = "the students who were chronically absent" if lead.part == "chronically_absent" else "the days missed"
    return f" Half of {what} were in {half:,} of these {len(known):,} {units}."


def _from_to(known: pd.DataFrame, lead: Lead, one: str) -> str:
    highest, lowest = (lead.say(known.iloc[place][lead.rate]) for place in (0, -1))
    return f"From {lowest} to {highest} by {one}" if len(known) > 1 else f"By {one}: {highest} in the only one shown"


def by_district(records: Source) -> Finding:
    """Stand the districts in focus beside all districts of the source."""
    lead, one, several = lead_of(records), records.study.district_word, records.study.districts_word
    table = gated(records, "district_id")
    levels = lead.added(of_year(table, records.year))
    if len(levels) < 2:
        return Finding("absence_by_district", f"One {one}", f"These records hold one {one}.", table)
    focus, names = records.study.settings.focus.district_id, records.district_names
    levels = levels.assign(label=[names.get(code) or f"{one} {code}" for code in levels["district_id"]])
    known = ranked(levels, lead)
    if known.empty:
        why = f"{NO_SUM} {hidden_text(levels)}" if isinstance(records, PublishedCounts) else hidden_text(levels)
        return Finding("absence_by_district", f"By {one}: nothing is shown", why, table)
    in_focus = known[known["district_id"].isin(focus)]
    text = ""
    for row in rows(in_focus):
        text += (
            f"{row.label} ({lead.say(getattr(row, lead.rate))}) has the {ordinal(row.Index + 1)} highest of"
            f" {len(known)} shown rates. "
        )
    for row in rows(with_ranges(levels[levels["district_id"].isin(focus) & levels[lead.rate].isna()], lead)):
        text += f"{row.label} lies {row.lies_between}. " if row.lies_between else ""
    if not focus:
        text += worst_text(known, one, lead, several) + middle_text(known, several, lead)
        text += half_text(known, lead, several) + " "
    parents = lead.added(of_year(table, records.year, "total"))
    said = [
        f"{lead.say(getattr(row, lead.rate))} for {names.get(row.district_id) or f'all {several}'}"
        for row in rows(parents[parents[lead.rate].notna()])
    ]
    text += f"It is {listed(said)}. " if said else ""
    lacking = len(levels) - len(known)
    if lacking:
        text += f"{plural(lacking, one, several)} of {len(levels)} hidden or without a rate."
    top = known.head(15)
    fig = figure(
        plots.bars(top, "label", lead.rate, unit=lead.unit, emphasis=in_focus["label"].tolist(), axis=lead.axis),
        "absence_by_district", f"The {len(top)} {several} with the highest {lead.noun}, {records.year}. {text}",
    )  # fmt: skip
    title = _from_to(known, lead, one)
    if len(in_focus):
        title = f"{in_focus.iloc[0].label} beside {len(levels)} {several}"
    shown = as_read(_for_table(levels, known, lead), lead)
    return Finding("absence_by_district", title, text.strip(), table, shown, fig, cut_text(known))


def ordinal(number: int) -> str:
    """Write 1 as '1st'."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def by_group(records: Source, group: str) -> Finding:
    """Show a student group: number and rate, and nothing about why."""
    lead = lead_of(records)
    table = gated(records, group)
    name, words = f"absence_by_{group}", GROUP_WORDS.get(group, group.replace("_", " "))
    levels = lead.added(of_year(table, records.year))
    levels = levels.assign(label=levels[group])
    known = ranked(levels, lead)
    if known.empty:
        return Finding(name, f"By {words}: nothing shown", f"No level of {words} is shown for {records.year}.", table)
    said = listed([f"{row.label} {lead.say(getattr(row, lead.rate))}" for row in rows(known)])
    text = (
        f"{lead.axis.capitalize()} by {words}: {said}.{_percent_and_number(known, lead)}"
        " Differences between groups here are not adjusted for grade or school."
    )
    fig = figure(
        plots.bars(known, "label", lead.rate, unit=lead.unit, axis=lead.axis), name,
        f"{lead.noun.capitalize()} by {words}, {records.year}. {text}",
    )  # fmt: skip
    low, high = lead.say(known.iloc[-1][lead.rate]), lead.say(known.iloc[0][lead.rate])
    title = f"By {words}: {low}" if low == high else f"By {words}: from {low} to {high}"
    return Finding(name, title, text, table, as_read(levels, lead), fig, hidden_text(levels))


def _percent_and_number(known: Any, lead: Lead) -> str:
    return "" if missing(known[lead.part].max()) else " Percent and number together say where most students are."
