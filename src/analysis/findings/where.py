"""Page 02: how much absence there is, in which grades, schools and groups, and where the missed days are.

Counted rates: every student is in them, so they have no interval. Works for records of every kind.
"""

from dataclasses import dataclass

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings import absences_alone, followed, plots, school_days_years, short_stays
from analysis.findings.figure import TIER_COLOURS, Figure, figure
from analysis.findings.finding import Finding, Findings, Page, in_its_language
from analysis.findings.lead import CHRONIC, Lead, basis_of, lead_of
from analysis.findings.levels import as_read, by_district, by_group, by_school, ranked, read_columns, worst_text
from analysis.findings.missed import where_days
from analysis.findings.ranges import NOBODY_COUNTED, bands_with_ranges, total_without_rate, years_with_ranges
from analysis.findings.sentences import NO_GRADES
from analysis.findings.tables import gated, grade_labels, of_year, rows
from analysis.findings.words import count, grade_name, in_words, listed, missing, percent
from analysis.findings.year_changes import changes_between_years
from analysis.records import read
from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords
from analysis.study import Study
from analysis.vocabulary import BANDS


@dataclass(frozen=True)
class Where(Page):
    """The findings of page 02."""

    how_many: Finding
    over_years: Finding
    year_changes: Finding
    by_grade: Finding
    by_school: Finding
    by_district: Finding
    groups: Findings
    missed_days: Finding
    near_threshold: Finding
    by_days_enrolled: Finding
    by_moves: Finding
    by_window: Finding
    early_signal: Finding
    persistence: Finding


@in_its_language
def where(study: Study) -> Where:
    """Find where absence is."""
    records = read(study)
    if isinstance(records, StudentRecords) and not records.everybody:
        return Where.of(**absences_alone.where(records), missed_days=where_days(records))
    grades = lead_of(records).added(grade_labels(gated(records, "grade_level")))
    return Where(
        how_many=how_many(records, grades),
        over_years=school_days_years.over_years(records)
        if isinstance(records, SchoolDays)
        else over_years(records, grades),
        year_changes=changes_between_years(records),
        by_grade=by_grade(records, grades),
        by_school=by_school(records),
        by_district=by_district(records),
        groups=Findings(by_group(records, group) for group in groups_of(records)),
        missed_days=where_days(records),
        near_threshold=followed.near_threshold(records),
        by_days_enrolled=followed.by_days_enrolled(records),
        by_moves=short_stays.by_moves(records),
        by_window=short_stays.by_window(records),
        early_signal=followed.early_signal(records),
        persistence=followed.persistence(records),
    )


def groups_of(records: Source) -> tuple[str, ...]:
    """Name the groups that the page shows: the study's, and kinds or levels of school that the records tell apart."""
    if isinstance(records, SchoolDays):
        return records.kinds
    levels = ("school_level",) if isinstance(records, PublishedCounts) and records.has_school_levels else ()
    return (*levels, *records.study.settings.records.groups)


def total_of(records: Source, grades: pd.DataFrame) -> pd.Series:
    """Give the total row of the year of the pages."""
    return of_year(grades, records.year, "total").iloc[0]


def how_many(records: Source, grades: pd.DataFrame) -> Finding:
    """Say how much absence there is in all, by band of grades, and in the tiers."""
    lead, total = lead_of(records), total_of(records, grades)
    bands = of_year(grades, records.year, "band")
    rate = total[lead.rate]
    title, text = f"{lead.say(rate)} {lead.states} in {records.year}", _of_all(records, total, lead)
    if missing(rate):
        title, text = total_without_rate(records, total, lead)
    for band in rows(bands[bands[lead.rate].notna()]):
        counts = lead.say_counts(band)
        text += f" In {band.label.lower().replace('k-', 'K-')} it was {lead.say(getattr(band, lead.rate))}"
        text += f" ({counts.removesuffix(' ' + lead.counted) if lead.of_students else counts})." if counts else "."
    text += bands_with_ranges(bands, lead)
    if lead.of_students and not missing(total.absence_rate):
        text += f" Students missed {percent(total.absence_rate)} of their marked days"
        text += "." if missing(total.days_absent) else f", {count(total.days_absent)} days in all."
    tiers = pd.concat([bands, of_year(grades, records.year, "total")])
    fig = None
    if tiers["at_risk"].notna().any():
        text += (
            f" A further {count(total.at_risk)} were at risk (missed 5 to under 10 percent); of the chronically absent,"
            f" {count(total.severe_chronic)} missed 20 percent or more."
        )
        fig = _tiers(records, tiers, text)
    text = f"{text} {basis_of(records)}".strip()
    shown = as_read(tiers, lead, (*read_columns(lead)[:-1], *followed.TIER_WORDS, "hidden"))
    has_numbers = bool(tiers[[lead.part, lead.rate, "rate_low"]].notna().to_numpy().any())
    return Finding(
        "how_many", title, text, shown=shown if has_numbers else None, figure=fig, rows_of="absence_by_grade"
    )


def _of_all(records: Source, total: pd.Series, lead: Lead) -> str:
    rate, counts = total[lead.rate], lead.say_counts(total)
    spoken = in_words(rate)
    share = f"{spoken} students ({percent(rate)})" if spoken != percent(rate) else f"{percent(rate)} of students"
    share = f"{share} {lead.states.removeprefix('of students ')}"
    text = f"In {records.year}, {share if lead.of_students else f'{lead.say(rate)} {lead.states}'}"
    return f"{text}: {counts}." if counts else f"{text}."


def _tiers(records: Source, tiers: pd.DataFrame, text: str) -> Figure:
    parts = {name: words for name, words in followed.TIER_WORDS.items() if name in tiers}
    drawn = tiers.assign(**{name: tiers[name] / tiers["students_counted"] for name in parts})
    return figure(
        plots.stacked_bars(drawn, "label", parts, TIER_COLOURS, axis="share of students counted"), "how_many",
        f"Share of students in each attendance tier, by band of grades, {records.year}. {text}",
    )  # fmt: skip


def over_years(records: Source, grades: pd.DataFrame) -> Finding:
    """Show the years beside each other, where there are several."""
    lead = lead_of(records)
    of_all = grades[grades["level_type"] == "total"]
    totals = of_all[of_all[lead.rate].notna()]
    if len(totals) < 2:
        if len(records.years) < 2:
            title, only = "One year only", f"These records hold {records.year} alone"
        else:
            title, only = ("Only one year with a total", "Only one") if len(totals) else ("No year has a total", "No")
            only += " year of these records has a total"
        return Finding("over_years", title, f"{only}, so no change can be seen.")
    first, last = totals.iloc[0], totals.iloc[-1]
    low, high = totals[lead.rate].min(), totals[lead.rate].max()
    series = listed([f"{lead.say(getattr(row, lead.rate))} in {row.school_year}" for row in rows(totals)])
    text = f"The {lead.noun} was {series}. It stayed between {lead.say(low)} and {lead.say(high)} in these {len(totals)} years."
    text += (
        " Counted rates have no interval; a change of the rules or of the calendar between years would show here too."
    ) + years_with_ranges(of_all, lead)
    fig = figure(
        plots.lines(of_all, "school_year", lead.rate, unit=lead.unit, axis=lead.axis), "over_years",
        f"{lead.noun.capitalize()} by school year. {text}",
    )  # fmt: skip
    what = "Chronic absence" if lead is CHRONIC else f"The {lead.noun}"
    title = f"{what} went from {lead.say(first[lead.rate])} in {first.school_year} to {lead.say(last[lead.rate])} in {last.school_year}"
    return Finding(
        "over_years",
        title,
        text,
        shown=as_read(of_all, lead, ("school_year", *read_columns(lead)[1:])),
        figure=fig,
        rows_of="absence_by_grade",
    )


def by_grade(records: Source, grades: pd.DataFrame) -> Finding:
    """Compare grades by their counted rates."""
    lead = lead_of(records)
    levels = of_year(grades, records.year)
    levels = levels[levels["grade_level"] != ""]
    table = grades.drop(columns=["label", *({lead.rate} - {CHRONIC.rate, "absence_rate"})])
    if levels.empty:
        return Finding("absence_by_grade", "By grade: not in these records", NO_GRADES, table)
    known = ranked(levels, lead)
    inside = known[known["grade_level"].isin(records.study.settings.definitions.grades)]
    if inside.empty:
        return Finding(
            "absence_by_grade", "By grade: too few students to show", hidden_text(table) or NOBODY_COUNTED, table
        )
    text = worst_text(inside, "grade", lead)
    if set(inside["grade_level"]) & {"KG"} and set(BANDS["9-12"]) & set(inside["grade_level"]):
        kindergarten = inside[inside["grade_level"] == "KG"].iloc[0]
        text += f" Kindergarten stands at {lead.say(kindergarten[lead.rate])}."
    text += share_of_parts(of_year(grades, records.year, "band"), total_of(records, grades), lead)
    apart = levels[~levels["grade_level"].isin(records.study.settings.definitions.grades)]
    for row in rows(apart):
        text += f" {grade_name(row.grade_level).capitalize()} ({lead.say(getattr(row, lead.rate))}) is shown apart and is in no total."
    fig = figure(
        plots.bars(levels, "label", lead.rate, unit=lead.unit, emphasis=inside["label"].head(1).tolist(), axis=lead.axis),
        "absence_by_grade", f"{lead.noun.capitalize()} by grade, {records.year}. {text}",
    )  # fmt: skip
    title = (
        f"{inside.iloc[0].label} has the highest {lead.noun}" if len(inside) > 1 else f"{inside.iloc[0].label} alone"
    )
    return Finding(
        "absence_by_grade", title, text, table,
        as_read(of_year(grades, records.year), lead), fig, hidden_text(of_year(table, records.year)),
    )  # fmt: skip


def share_of_parts(bands: pd.DataFrame, total: pd.Series, lead: Lead) -> str:
    """Say how many of all students, and of the chronically absent, are in each band of grades."""
    known = bands[bands[lead.part].notna() & bands[lead.whole].notna()]
    if not lead.of_students or missing(total[lead.part]) or len(known) < 2:
        return ""
    parts = [
        f"grades {row.grade_level} hold {percent(row.students_counted / total.students_counted, 0)} of students and"
        f" {percent(row.chronically_absent / total.chronically_absent, 0)} of the chronically absent"
        for row in rows(known)
    ]
    return f" By number, {listed(parts)}."
