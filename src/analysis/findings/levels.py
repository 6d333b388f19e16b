"""Page 02: schools, districts and student groups beside each other, by their counted rates."""

from typing import Any

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import Finding
from analysis.findings.gated import gated
from analysis.findings.names import driver_words
from analysis.findings.outcome import Outcome, lead_of
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import Figure, figure
from analysis.findings.ranges import ranged, with_ranges
from analysis.findings.school_days.words import of_few_dates
from analysis.findings.sentences import NO_SCHOOLS, NO_SUM
from analysis.findings.tables import for_reading, highest, lowest, of_those_shown, of_year, rows, some_shown
from analysis.findings.words import (
    GROUPS,
    SCHOOLS,
    capital,
    count,
    counted,
    joined,
    level_name,
    listed,
    missing,
    percent,
    some_of,
)
from analysis.language import later, plural, say, told
from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords
from analysis.vocabulary import UNKNOWN

LEVEL_READ = (
    "label", "students", "students_counted", "chronically_absent", "chronic_rate", "days_absent", "absence_rate",
    "lies_between", "hidden",
)  # fmt: skip
USUAL_LEVELS = (later("yes"), later("no"))
MOST_DRAWN = 25
"""Bars of a figure that a reader still reads; the table behind it has all levels."""
MOST_DISTRICTS = 15
ENDS, SMALLER = 0.05, 2 / 3
"""The highest (or lowest) twentieth of a list is small where its median size, and that of the first, is under two thirds of
the median of all levels."""
MOST_READ = 250
"""Rows of a table on a page; of a longer one there are as many as bars."""


def by_school(records: Source) -> Finding:
    """Compare schools by their counted rates; who does better than expected is on page 05."""
    name = "absence_by_school"
    if records.schools.empty:
        return Finding(name, say("By school: not in these records"), told(NO_SCHOOLS))
    lead = lead_of(records)
    table = gated(records, "school_id")
    names = records.schools[["school_id", "school_name"]]
    levels = lead.added(of_year(table, records.year)).merge(names, on="school_id", how="left")
    levels = levels.assign(label=levels["school_name"].where(levels["school_name"] != "", levels["school_id"]))
    known = ranked(levels, lead)
    some = some_shown(levels, lead.rate, *SCHOOLS)
    if known.empty:
        return Finding.hidden(name, say("By school"), table)
    text = joined(some, worst_text(known, SCHOOLS, lead))
    if not some:  # small rates are hidden first: neither the middle nor the half of what is left is that of all
        text = joined(text, middle_text(known, SCHOOLS[1], lead), half_text(known, lead, SCHOOLS))
    if isinstance(records, SchoolDays):
        text = joined(text, of_few_dates(records, known))
    graded = isinstance(records, StudentRecords) and (gated(records, "grade_level")["grade_level"] != "").any()
    text += " " + _why_schools_differ(lead, compared=isinstance(records, StudentRecords), graded=bool(graded))
    drawn, axis = known.head(MOST_DRAWN), _cut_axis(lead, MOST_DRAWN, len(known))
    alt = say("{rate} by school, {year}.", rate=capital(lead.noun), year=records.year)
    if len(drawn) < len(known):
        cut = {"highest": count(len(drawn)), "all": count(len(known))}
        alt = say(
            "{rate} by school, {year}, the {highest} highest of {all}.",
            rate=capital(lead.noun),
            year=records.year,
            **cut,
        )
    fig: Figure | None = figure(plots.bars(drawn, "label", lead.rate, unit=lead.unit, axis=axis), name, f"{alt} {text}")
    title = of_those_shown(from_to(known, lead, SCHOOLS), some and len(known) > 1)
    if len(records.schools) == 1:  # one bar is no picture
        title, text, fig = say("By school: these records hold one"), worst_text(known, SCHOOLS, lead), None
    note = joined(hidden_text(levels), cut_text(known))
    return Finding(name, title, text, table, as_read(_for_table(levels, known, lead), lead), fig, note)


def _cut_axis(lead: Outcome, most: int, known: int) -> str:
    """Say what bars measure, and that they are the highest alone where there are more than `most`."""
    if known <= most:
        return lead.axis
    return say("{rate}, the {highest} highest of {all}", rate=lead.axis, highest=count(most), all=count(known))


def _why_schools_differ(lead: Outcome, *, compared: bool, graded: bool) -> str:
    if lead.in_days and compared:
        return say("Who is at a school plays its part too: page 03 compares schools with the other drivers held.")
    if lead.in_days:
        return say("Who is at a school plays its part too.")
    if compared and not graded:
        return say("A school's rate follows from its grades too, which these records do not have.")
    if compared:
        return say("A school's rate follows from its grades too: page 05 compares schools with the same grades.")
    return say("A school's rate follows from its grades too.")


def ranked(levels: pd.DataFrame, lead: Outcome) -> pd.DataFrame:
    """Keep the levels that have the leading number, highest first."""
    return levels[levels[lead.rate].notna()].sort_values(lead.rate, ascending=False, ignore_index=True)


def as_read(table: pd.DataFrame, lead: Outcome, columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """Make a table of levels readable; where only a range of the leading number is known, it says so in words."""
    return lead.heads(for_reading(with_ranges(table, lead), columns or read_columns(lead)))


def _for_table(levels: pd.DataFrame, known: pd.DataFrame, lead: Outcome) -> pd.DataFrame:
    """Give the rows of a table for readers: the highest, and those of which only a range is known."""
    others = levels[~levels["label"].isin(known["label"]) & ranged(levels, lead)]
    return pd.concat([known if len(known) <= MOST_READ else known.head(MOST_DRAWN), others], ignore_index=True)


def cut_text(known: pd.DataFrame) -> str:
    """Say that a long table is cut for the page."""
    if len(known) <= MOST_READ:
        return ""
    return say(
        "The table has the {highest} highest of {all}; the file below has all.",
        highest=count(MOST_DRAWN), all=count(len(known)),
    )  # fmt: skip


def middle_text(known: pd.DataFrame, several: str, lead: Outcome) -> str:
    """Say of many levels where the middle half lies, and whether the ends of the list are mostly small ones."""
    if len(known) <= MOST_DRAWN:
        return ""
    low, high = (known[lead.rate].quantile(share) for share in (0.25, 0.75))
    text = say("The middle half lies between {low} and {high}.", low=lead.say(low), high=lead.say(high))
    ends, units = small_ends(known, lead), told(several)
    if all(ends):
        text += " " + say(
            "The highest and the lowest are mostly small {units}: their rates move more by chance.", units=units
        )
    elif ends[0]:
        text += " " + say("The highest are mostly small {units}: their rates move more by chance.", units=units)
    elif ends[1]:
        text += " " + say("The lowest are mostly small {units}: their rates move more by chance.", units=units)
    return text


def read_columns(lead: Outcome) -> tuple[str, ...]:
    """Name the columns for a reader, with the leading number among them."""
    return (*LEVEL_READ[:-1], *([lead.rate] if lead.rate not in LEVEL_READ else []), "hidden")


def worst_text(known: pd.DataFrame, units: tuple[str, str], lead: Outcome) -> str:
    """Say the highest and the lowest of the levels; `units` are one and several of them."""
    high, low = (end(known, lead.rate, lead.say) for end in (highest, lowest))
    if len(known) == 1:
        return say("One {unit} is shown: {name} ({rate}).", unit=told(units[0]), name=high.names(), rate=high.said)
    of_all = {"units": counted(len(known), *units), "rate": lead.noun, "high": high.said}
    if high.said == low.said:
        return say("Of {units}, all have the same {rate} ({high}).", **of_all)
    return say(
        "Of {units}, the {rate} is highest in {highest} ({high}) and lowest in {lowest} ({low}).",
        **of_all, highest=high.names(), lowest=low.names(), low=low.said,
    )  # fmt: skip


def worst_title(known: pd.DataFrame, unit: str, lead: Outcome) -> str:
    """Head a finding with the highest of the levels; with the only one, or the rate of all, where none is."""
    high = highest(known, lead.rate, lead.say)
    if len(known) == 1:
        return say("{grade} alone", grade=high.names())
    if len(high.rows) == len(known):
        return say("{noun} by {group}: {rate}", noun=capital(lead.noun), group=told(unit), rate=high.said)
    return plural(
        len(high.rows), "{grade} has the highest {rate}", "{grade} have the highest {rate}",
        grade=high.names(), rate=lead.noun,
    )  # fmt: skip


def half_text(known: pd.DataFrame, lead: Outcome, units: tuple[str, str]) -> str:
    """Say how few schools (or other units) hold half or more of what the rates count, and how much they hold."""
    parts = known[lead.part]
    total = parts.sum()
    if parts.isna().any() or known[lead.whole].isna().any() or not total > 0 or len(known) < 2:
        return ""
    most = parts.sort_values(ascending=False)
    half = int((most.cumsum() < total / 2).sum()) + 1
    whole = known[lead.whole].astype(float)  # large schools hold many of anything: their size stands beside it
    said = {
        "part": percent(most.head(half).sum() / total, 0), "half": count(half), "units": counted(len(known), *units),
        "share": percent(whole[most.index[:half]].sum() / whole.sum(), 0),
    }  # fmt: skip
    if lead.of_students:
        return say(
            "{part} of the students who {did} were in {half} of these {units}, where {share} of the students counted are.",
            did=lead.did, **said,
        )  # fmt: skip
    if lead.in_days:
        return say(
            "{part} of the days missed were in {half} of these {units}, where {share} of the students are.", **said
        )
    return say(
        "{part} of the days missed were in {half} of these {units}, which have {share} of the days enrolled.", **said
    )


def from_to(known: pd.DataFrame, lead: Outcome, units: tuple[str, str]) -> str:
    """Head a finding with the ends of the levels, or where these are mostly small ones with the middle half."""
    high, low = (lead.say(known.iloc[place][lead.rate]) for place in (0, -1))
    unit, noun = told(units[0]), capital(lead.noun)
    if len(known) == 1:
        return say("By {unit}: {rate} in the only one shown", unit=unit, rate=high)
    if high == low:
        return say("{noun} by {group}: {rate}", noun=noun, group=unit, rate=high)
    if any(small_ends(known, lead)):
        low, high = (lead.say(known[lead.rate].quantile(share)) for share in (0.25, 0.75))
        said = {"rate": noun, "number": count(len(known)), "units": told(units[1]), "first": low, "third": high}
        return say("{rate}: half of {number} {units} lie between {first} and {third}", **said)
    return say("{noun} by {group}: from {lowest} to {highest}", noun=noun, group=unit, lowest=low, highest=high)


def small_ends(known: pd.DataFrame, lead: Outcome) -> list[bool]:
    """Say of a long list, highest first, whether its first and whether its last levels are mostly small ones."""
    if len(known) <= MOST_DRAWN:
        return [False, False]
    end, small = max(1, round(ENDS * len(known))), SMALLER * known[lead.whole].median()
    sizes = known[lead.whole].head(end), known[lead.whole].tail(end)[::-1]  # the one that is named comes first
    return [size.median() < small and size.iloc[0] < small for size in sizes]


def by_district(records: Source) -> Finding:
    """Stand the districts in focus beside all districts of the source."""
    lead, name = lead_of(records), "absence_by_district"
    units = records.study.district_word, records.study.districts_word
    one, several = map(told, units)
    table = gated(records, "district_id")
    levels = lead.added(of_year(table, records.year))
    if len(levels) < 2:
        return Finding(name, say("One {unit}", unit=one), say("These records hold one {unit}.", unit=one), table)
    focus, names = records.study.settings.focus.district_id, records.district_names
    levels = levels.assign(label=[names.get(code) or f"{one} {code}" for code in levels["district_id"]])
    known = ranked(levels, lead)
    if known.empty:
        why = joined(told(NO_SUM) if isinstance(records, PublishedCounts) else "", hidden_text(levels))
        return Finding(name, say("By {unit}: nothing is shown", unit=one), why, table)
    in_focus = known[known["district_id"].isin(focus)]
    some = "" if focus else some_shown(levels, lead.rate, *units)
    if focus:
        said = [_place(row, known, lead) for row in rows(in_focus)]
        said += _between(levels[levels["district_id"].isin(focus) & levels[lead.rate].isna()], lead)
    else:
        said = [some, worst_text(known, units, lead)]
        said += [] if some else [middle_text(known, units[1], lead), half_text(known, lead, units)]
    said.append(_of_parents(records, lead.added(of_year(table, records.year, "total")), lead))
    lacking = len(levels) - len(known)
    if lacking:
        said.append(
            say("Hidden or without a rate: {units} of {all}.", units=counted(lacking, *units), all=count(len(levels)))
        )
    text, top = joined(*said), known.head(MOST_DISTRICTS)
    alt = say(
        "The {number} {units} with the highest {rate}, {year}.",
        number=len(top), units=several, rate=lead.noun, year=records.year,
    )  # fmt: skip
    fig = figure(
        plots.bars(
            top, "label", lead.rate, unit=lead.unit, emphasis=in_focus["label"].tolist(),
            axis=_cut_axis(lead, MOST_DISTRICTS, len(known)),
        ), name, f"{alt} {text}",
    )  # fmt: skip
    title = of_those_shown(from_to(known, lead, units), some and len(known) > 1)
    if len(in_focus):
        others = counted(len(levels) - 1, *units)
        title = say("{district} beside {units}", district=in_focus.iloc[0].label, units=others)
    shown = as_read(_for_table(levels, known, lead), lead)
    return Finding(name, title, text, table, shown, fig, cut_text(known))


def _between(districts: pd.DataFrame, lead: Outcome) -> list[str]:
    """Say of districts that have only a range between what they lie."""
    return [
        say("{district} lies {between}.", district=row.label, between=row.lies_between)
        for row in rows(with_ranges(districts, lead))
        if row.lies_between
    ]


def _of_parents(records: Source, parents: pd.DataFrame, lead: Outcome) -> str:
    """Say the rate of what holds the districts: a state, or all of them; '' where it is not known."""
    totals = [
        say(
            "{rate} for {district}",
            rate=lead.say(getattr(row, lead.rate)),
            district=records.district_names.get(row.district_id)
            or say("all {units}", units=told(records.study.districts_word)),
        )
        for row in rows(parents[parents[lead.rate].notna()])
    ]
    return say("It is {rates}.", rates=listed(totals)) if totals else ""


def _place(row: Any, known: pd.DataFrame, lead: Outcome) -> str:
    """Say which place a district has among the rates that are shown (sorted, highest first), and with whom."""
    written = known[lead.rate].map(lead.say)
    rate = written[row.Index]
    alike = known.loc[(written == rate) & (known.index != row.Index), "label"].tolist()
    said = {
        "district": row.label, "rate": rate, "place": ordinal(int((written == rate).argmax()) + 1),
        "all": count(len(known)),
    }  # fmt: skip
    if alike:
        return say(
            "{district} ({rate}) shares the {place} highest of {all} shown rates with {others}.",
            others=some_of(alike), **said,
        )  # fmt: skip
    return say("{district} ({rate}) has the {place} highest of {all} shown rates.", **said)


def ordinal(number: int) -> str:
    """Write 1 as '1st'."""
    last = 0 if 10 <= number % 100 <= 20 else number % 10
    if last == 1:
        return say("{number}st", number=number)
    if last == 2:
        return say("{number}nd", number=number)
    return say("{number}rd", number=number) if last == 3 else say("{number}th", number=number)


def by_group(records: Source, group: str) -> Finding:
    """Show a student group: number and rate, and nothing about why."""
    lead = lead_of(records)
    table = gated(records, group)
    name, words = f"absence_by_{group}", driver_words(group)
    levels = lead.added(of_year(table, records.year))
    levels = levels.assign(label=levels[group].map(told))
    known = ranked(levels, lead)
    if known.empty:
        text = say("No level of {group} is shown for {year}.", group=words, year=records.year)
        return Finding(name, say("By {group}: nothing shown", group=words), text, table)
    unknown = known[group] == UNKNOWN  # no group: it stands last, and is no end of the title
    named = known[~unknown] if not unknown.all() else known
    known = pd.concat([named, known[unknown]], ignore_index=True) if len(named) < len(known) else known
    said = listed([f"{level_name(words, row.label)} {lead.say(getattr(row, lead.rate))}" for row in rows(known)])
    some = some_shown(levels, lead.rate, *GROUPS)
    text = joined(
        some,
        say("{rate} by {group}: {rates}.", rate=capital(lead.axis), group=words, rates=said),
        _percent_and_number(known, lead),
        say("Differences between groups here are not adjusted for grade or school."),
    )
    alt = say("{rate} by {group}, {year}.", rate=capital(lead.noun), group=words, year=records.year)
    fig = figure(
        plots.bars(known, "label", lead.rate, unit=lead.unit, axis=lead.axis), name, f"{alt} {text}"
    )  # fmt: skip
    low, high = lead.say(named.iloc[-1][lead.rate]), lead.say(named.iloc[0][lead.rate])
    head = {"noun": capital(lead.noun), "group": words}
    title = say("{noun} by {group}: from {lowest} to {highest}", **head, lowest=low, highest=high)
    if low == high:
        title = say("{noun} by {group}: {rate}", **head, rate=low)
    title = of_those_shown(title, some)
    return Finding(name, title, text, table, as_read(levels, lead), fig, hidden_text(levels))


def _percent_and_number(known: Any, lead: Outcome) -> str:
    if lead.of_students and known[lead.part].isna().all() and (known["hidden"].fillna("") == "").all():
        return say("How many students these percents are of is not known.")
    if lead.in_days or missing(known[lead.part].max()):
        return ""
    if not lead.of_students:
        return say("Percent and number together say where most missed days are.")
    return say("Percent and number together say where most students are.")
