"""Page 02: how much absence there is, in which grades, schools and groups, and where the missed days are.

Counted rates: every student is in them, so they have no interval. Works for records of every kind.
"""

import math
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings import absences_alone, followed, missed, school_levels, school_moves, short_stays
from analysis.findings.finding import Finding, Findings, Page
from analysis.findings.gated import gated
from analysis.findings.levels import (
    as_read,
    by_district,
    by_group,
    by_school,
    ranked,
    read_columns,
    worst_text,
    worst_title,
)
from analysis.findings.outcome import CHRONIC, Outcome, lead_of
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure
from analysis.findings.ranges import bands_with_ranges, total_without_rate, years_with_ranges
from analysis.findings.school_days import years as school_days_years
from analysis.findings.school_days.words import all_hidden, how_long, own_total
from analysis.findings.sentences import (
    NO_DAYS_ENROLLED,
    NO_GRADES,
    NO_NUMBERS,
    NO_STUDENT_DAYS,
    few_days,
    so_far,
)
from analysis.findings.tables import crossed, grade_labels, highest, lowest, of_those_shown, of_year, rows, some_shown
from analysis.findings.tiers import (
    COUNTED_YEARS,
    on_another_calendar,
    said_apart,
    tier_bounds,
    tier_figure,
    tiers_over_years,
)
from analysis.findings.words import GRADES, capital, count, grade_name, in_words, joined, listed, missing, percent
from analysis.findings.year_changes import changes_between_years
from analysis.language import plural, say, told, use
from analysis.models.sentences import NOT_COMPARABLE
from analysis.records import read
from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords
from analysis.study import Study
from analysis.vocabulary import BANDS, TIERS

SCHOOL_YEAR = attrgetter("school_year")
SHORT_YEAR = 90
"""With fewer days of school than half a usual year, pages say so, and how few absences the line of chronic absence is."""
DAYS_OF_A_WEEK = 5
MOST_GRADES = 3
"""Grades of which a sentence says how they moved, where no year has a rate of all."""


@dataclass(frozen=True)
class Where(Page):
    """The findings of page 02."""

    how_many: Finding
    over_years: Finding
    tiers_over_years: Finding
    year_changes: Finding
    by_grade: Finding
    by_school: Finding
    schools_by_level: Finding
    school_changes: Finding
    by_district: Finding
    groups: Findings
    missed_days: Finding
    missed_by_students: Finding
    near_threshold: Finding
    by_days_enrolled: Finding
    by_moves: Finding
    by_window: Finding
    early_signal: Finding
    persistence: Finding


def where(study: Study) -> Where:
    """Find where absence is."""
    use(study.settings.language)
    records = read(study)
    if isinstance(records, StudentRecords) and not records.everybody:
        held = {"missed_days": missed.where_days(records), "missed_by_students": missed.by_students(records)}
        return Where.of(**absences_alone.where(records), **held)
    grades = lead_of(records).added(grade_labels(gated(records, "grade_level")))
    return Where(
        how_many=how_many(records, grades),
        over_years=school_days_years.over_years(records)
        if isinstance(records, SchoolDays)
        else over_years(records, grades),
        tiers_over_years=tiers_over_years(records, grades),
        year_changes=changes_between_years(records),
        by_grade=by_grade(records, grades),
        by_school=by_school(records),
        schools_by_level=school_levels.schools_by_level(records),
        school_changes=school_moves.school_changes(records),
        by_district=by_district(records),
        groups=Findings(by_group(records, group) for group in groups_of(records)),
        missed_days=missed.where_days(records),
        missed_by_students=missed.by_students(records),
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
    title, said = _headline(records, rate, lead), [_of_all(records, total, lead)]
    if missing(rate):
        title, *said = total_without_rate(records, total, lead)
    if short := short_records(records):
        title = say("{title}, by records of {days_or_weeks} alone", title=title, days_or_weeks=short)
    said += [_of_band(band, lead) for band in rows(bands[bands[lead.rate].notna()])]
    said.append(bands_with_ranges(bands, lead))
    if lead.of_students and not missing(total.absence_rate):
        lost = {"rate": percent(total.absence_rate), "days": count(total.days_absent)}
        said.append(
            say("Students missed {rate} of their marked days.", rate=lost["rate"])
            if missing(total.days_absent)
            else say("Students missed {rate} of their marked days, {days} days in all.", **lost)
        )
    tiers = pd.concat([bands, of_year(grades, records.year, "total")])
    fig = None
    if not missing(total.at_risk) and not missing(total.severe_chronic):
        said.append(
            say(
                "At risk were {number}, who missed {at_risk} to under {moderate_chronic} of their days; {severe} missed"
                " {severe_chronic} or more.",
                number=count(total.at_risk), severe=count(total.severe_chronic), **tier_bounds(records),
            )
        )  # fmt: skip
    if tiers["at_risk"].notna().any():
        alt = say("Share of students in each attendance tier, by band of grades, {year}.", year=records.year)
        fig = tier_figure(records, tiers, "label", "how_many", joined(alt, *said))
    text = joined(*said, _basis_of(records))
    shown = as_read(tiers, lead, (*read_columns(lead)[:-1], *TIERS, "hidden"))
    has_numbers = bool(tiers[[lead.part, lead.rate, "rate_low"]].notna().to_numpy().any())
    return Finding(
        "how_many", title, text, shown=shown if has_numbers else None, figure=fig, rows_of="absence_by_grade"
    )


def _basis_of(source: Source) -> str:
    """Say what a rate is of, where the source has less than students and their days of a whole year."""
    if isinstance(source, StudentRecords) and source.progress:
        return so_far(source.progress)
    if isinstance(source, StudentRecords) and source.dated and source.measure == "days":
        rule, days = source.study.settings.definitions.chronic, len(source.dates)
        return few_days(days, math.ceil(rule.at_least * days)) if days < SHORT_YEAR and rule.of == "share" else ""
    if isinstance(source, StudentRecords):
        return told({"days": "", "rate": NO_STUDENT_DAYS, "absent_only": NO_DAYS_ENROLLED}[source.measure])
    if isinstance(source, SchoolDays):
        if hidden := all_hidden(source):
            return hidden
        return f"{told(NO_NUMBERS)} {own_total(source)}".strip() if source.weighs == "schools" else ""
    return ""


def short_records(source: Source) -> str:
    """Say of how many days or weeks records of less than half a year are; '' of others, and of a year in progress."""
    if isinstance(source, StudentRecords) and source.dated and not source.progress and len(source.dates) < SHORT_YEAR:
        return plural(len(source.dates), "{number} day", "{number} days")
    if isinstance(source, SchoolDays):
        own = source.days.loc[source.days["school_year"] == source.year, "date"].nunique()
        if own < (SHORT_YEAR if source.period == "day" else SHORT_YEAR / DAYS_OF_A_WEEK):
            return how_long(source, own)
    return ""


def _headline(records: Source, rate: float, lead: Outcome) -> str:
    said = {"states": lead.states, "year": records.year}
    if lead.in_days:
        return say("{days} {states} in {year}", days=lead.say(rate), **said)
    return say("{rate} {states} in {year}", rate=lead.say(rate), **said)


def _of_all(records: Source, total: pd.Series, lead: Outcome) -> str:
    rate, counts = total[lead.rate], lead.say_counts(total)
    spoken, said = in_words(rate), {"year": records.year, "rate": lead.say(rate)}
    if lead.of_students and spoken != percent(rate):
        text = say("In {year}, {share} students ({rate}) {did}", share=spoken, did=lead.did, **said)
    elif lead.unit == "percent":
        text = say("In {year}, {rate} {states}", states=lead.states, **said)
    else:
        text = say("In {year}, {days} {states}", states=lead.states, year=records.year, days=said["rate"])
    return f"{text}: {counts}." if counts else f"{text}."


def _of_band(band: Any, lead: Outcome) -> str:
    said = {"grades": band.grade_level, "rate": lead.say(getattr(band, lead.rate))}
    counts = lead.say_parts(band) if lead.of_students else lead.say_counts(band)
    if counts:
        return say("In grades {grades} it was {rate} ({counts}).", counts=counts, **said)
    return say("In grades {grades} it was {rate}.", **said)


def over_years(records: Source, grades: pd.DataFrame) -> Finding:
    """Show the years beside each other, where there are several."""
    lead = lead_of(records)
    of_all = grades[grades["level_type"] == "total"]
    totals = of_all[of_all[lead.rate].notna()]
    if len(totals) < 2:
        of_grades = _grades_over_years(grades, lead) if totals.empty else None
        return of_grades or Finding("over_years", *_no_change(records, len(totals)))
    other = on_another_calendar(totals)
    like = totals[~other]
    none_alike = len(like) < 2
    if none_alike:
        like = totals
    apart = list(totals["school_year"] if none_alike else totals.loc[other, "school_year"])
    series = [
        say("{rate} in {year}", rate=lead.say(getattr(row, lead.rate)), year=row.school_year) for row in rows(totals)
    ]
    text = joined(
        say("The {rate} was {rates}.", rate=lead.noun, rates=listed(series)),
        told(NOT_COMPARABLE) if none_alike else said_apart(apart) if apart else "",
        "" if none_alike else _ends_of(like, lead, others=bool(apart)),
        told(COUNTED_YEARS),
        years_with_ranges(of_all, lead),
    )  # fmt: skip
    alt = say("{rate} by school year.", rate=capital(lead.noun))
    in_time = of_all.assign(begins=of_all["school_year"].str[:4])
    drawn = plots.lines(in_time, "school_year", lead.rate, unit=lead.unit, when="begins", axis=lead.axis, apart=apart)
    fig = figure(drawn, "over_years", f"{alt} {text}")
    return Finding(
        "over_years",
        say("Years: nothing to compare") if none_alike else _went(like, lead),
        text,
        shown=as_read(of_all, lead, ("school_year", *read_columns(lead)[1:])),
        figure=fig,
        rows_of="absence_by_grade",
    )


def _grades_over_years(grades: pd.DataFrame, lead: Outcome) -> Finding | None:
    """Show each grade's rate in each year, where no year has a rate of all."""
    levels = grades[(grades["level_type"] == "level") & (grades["grade_level"] != "") & grades[lead.rate].notna()]
    years = list(dict.fromkeys(levels["school_year"]))
    if len(years) < 2 or lead.in_days or levels.duplicated(["school_year", "label"]).any():
        return None
    first, last = (
        levels[levels["school_year"] == year].set_index("label")[lead.rate] for year in (years[0], years[-1])
    )
    moved = [
        say("{grade} from {before} to {after}", grade=grade, before=lead.say(first[grade]), after=lead.say(last[grade]))
        for grade in last.sort_values(ascending=False, kind="stable").index
        if grade in first
    ]
    text = joined(
        say(
            "No year of these records has a total: the {rate} of each grade stands by year in the table.",
            rate=lead.noun,
        ),
        say("From {before} to {after}: {grades}.", before=years[0], after=years[-1], grades=listed(moved[:MOST_GRADES]))
        if moved
        else "",
        told(COUNTED_YEARS),
    )
    title = say("The {rate} of each grade in {years} years", rate=lead.noun, years=count(len(years)))
    shown = crossed(levels, "label", "school_year", lead.rate)
    return Finding("over_years", title, text, shown=shown, rows_of="absence_by_grade")


def _ends_of(years: pd.DataFrame, lead: Outcome, *, others: bool) -> str:
    """Say the lowest and the highest of several years (`others` were named before them); '' where there are none."""
    low, high = (end(years, lead.rate, lead.say) for end in (lowest, highest))
    if len(years) < 3 or low.said == high.said:
        return ""
    said = {
        "low": low.said, "low_year": low.names(SCHOOL_YEAR), "years": len(years), "high": high.said,
        "high_year": high.names(SCHOOL_YEAR),
    }  # fmt: skip
    if others:
        return say(
            "Of the other {years} years it was lowest in {low_year} ({low}) and highest in {high_year} ({high}).",
            **said,
        )
    return say(
        "Of these {years} years it was lowest in {low_year} ({low}) and highest in {high_year} ({high}).", **said
    )


def _went(years: pd.DataFrame, lead: Outcome) -> str:
    """Head a finding with the first and the last of several years."""
    first, last = years.iloc[0], years.iloc[-1]
    went = {
        "first": lead.say(first[lead.rate]), "first_year": first.school_year,
        "last": lead.say(last[lead.rate]), "last_year": last.school_year,
    }  # fmt: skip
    if lead == CHRONIC.told():
        return say("Chronic absence went from {first} in {first_year} to {last} in {last_year}", **went)
    return say("The {rate} went from {first} in {first_year} to {last} in {last_year}", rate=lead.noun, **went)


def _no_change(records: Source, totals: int) -> tuple[str, str]:
    """Give title and text where fewer than two years have a total."""
    if len(records.years) < 2:
        text = say("These records hold {year} alone, so no change can be seen.", year=records.year)
        return say("One year only"), text
    if totals:
        text = say("Only one year of these records has a total, so no change can be seen.")
        return say("Only one year with a total"), text
    return say("No year has a total"), say("No year of these records has a total, so no change can be seen.")


def by_grade(records: Source, grades: pd.DataFrame) -> Finding:
    """Compare grades by their counted rates."""
    lead, name = lead_of(records), "absence_by_grade"
    levels = of_year(grades, records.year)
    levels = levels[levels["grade_level"] != ""]
    table = grades.drop(columns=["label", *({lead.rate} - {CHRONIC.rate, "absence_rate"})])
    if levels.empty:
        return Finding(name, say("By grade: not in these records"), told(NO_GRADES), table)
    known = ranked(levels, lead)
    inside = known[known["grade_level"].isin(records.study.settings.definitions.grades)]
    if inside.empty:
        return Finding.hidden(name, say("By grade"), table)
    own = levels[levels["grade_level"].isin(records.study.settings.definitions.grades)]
    some = some_shown(own, lead.rate, *GRADES)
    said = [some, worst_text(inside.assign(label=inside["grade_level"].map(grade_name)), GRADES, lead)]
    if set(inside["grade_level"]) & {"KG"} and set(BANDS["9-12"]) & set(inside["grade_level"]):
        kindergarten = inside[inside["grade_level"] == "KG"].iloc[0]
        said.append(say("Kindergarten stands at {rate}.", rate=lead.say(kindergarten[lead.rate])))
    said.append(share_of_parts(of_year(grades, records.year, "band"), total_of(records, grades), lead))
    said.append(missed.days_by_band(records, grades))
    apart = levels[~levels["grade_level"].isin(records.study.settings.definitions.grades)]
    said += [
        say(
            "{grade} ({rate}) is shown apart and is in no total.",
            grade=capital(grade_name(row.grade_level)), rate=lead.say(getattr(row, lead.rate)),
        )
        for row in rows(apart)
    ]  # fmt: skip
    text, first = joined(*said), highest(inside, lead.rate, lead.say)
    alt = say("{rate} by grade, {year}.", rate=capital(lead.noun), year=records.year)
    most = first.rows["label"].tolist()
    drawn = plots.bars(levels, "label", lead.rate, unit=lead.unit, emphasis=most, axis=lead.axis)
    title = of_those_shown(worst_title(inside, GRADES[0], lead), some and len(inside) > 1)
    return Finding(
        name, title, text, table, as_read(of_year(grades, records.year), lead),
        figure(drawn, name, f"{alt} {text}") if len(levels) > 1 else None,  # one bar is no picture
        hidden_text(of_year(table, records.year)),
    )  # fmt: skip


def share_of_parts(bands: pd.DataFrame, total: pd.Series, lead: Outcome) -> str:
    """Say how many of all students, and of those whom the rates count, are in each band of grades."""
    known = bands[bands[lead.part].notna() & bands[lead.whole].notna()]
    if not lead.of_students or missing(total[lead.part]) or not total[lead.part] or len(known) < 2:
        return ""
    parts = [
        say(
            "grades {grades} hold {students} of students and {absent} of those who {did}",
            did=lead.did, grades=row.grade_level, students=percent(row.students_counted / total.students_counted, 0),
            absent=percent(row.chronically_absent / total.chronically_absent, 0),
        )
        for row in rows(known)
    ]  # fmt: skip
    return say("By number, {parts}.", parts=listed(parts))
