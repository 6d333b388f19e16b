"""One school's page."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.at_a_glance import of_all_schools
from analysis.findings.finding import NOTHING, Finding, Page
from analysis.findings.followed import near_the_line
from analysis.findings.gated import estimated
from analysis.findings.levels import worst_text, worst_title
from analysis.findings.names import kind_of_schools, units_of
from analysis.findings.outcome import ABSENCE, lead_of
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure
from analysis.findings.school_beside import by_day, compared_with, here_and_there
from analysis.findings.sentences import NO_GRADES, too_few
from analysis.findings.tables import crossed, for_reading, highest, of_those_shown, of_year, rows, some_shown
from analysis.findings.words import (
    GRADES,
    capital,
    count,
    day_name,
    day_short,
    difference,
    gap,
    grade_name,
    joined,
    missing,
    month_name,
    month_short,
    percent,
)
from analysis.language import later, plural, say, told, use
from analysis.measures import absence_by, of_schools
from analysis.measures.counted import near_threshold as near
from analysis.models.schools import FALSE_DISCOVERY_RATE
from analysis.problems import Problem, UserError, nearest
from analysis.records import read
from analysis.records.types import StudentRecords
from analysis.study import Study

WORST = 5
FLAGS: Final = {
    "higher": later("It is flagged as higher than expected."),
    "lower": later("It is a bright spot: lower than expected."),
    "small": later("That is not flagged: it is more than chance would give, and less than 2 points."),
    "chance": later("That is not flagged: chance could give it."),
    "untested": later("It has too few students for a test of whether chance could give that."),
}


@dataclass(frozen=True)
class School(Page):
    """The findings of a school's page."""

    standing: Finding
    compared_with: Finding
    by_grade: Finding
    by_day: Finding
    by_month: Finding
    worst_days: Finding
    near_threshold: Finding


def school(study: Study, school_id: str = "") -> School:
    """Find how one school stands.

    Parameters
    ----------
    school_id : the school; empty takes the one with most students.

    Raises
    ------
    UserError
        The records have no such school, or no schools with students.
    """
    use(study.settings.language)
    records = read(study)
    if not (isinstance(records, StudentRecords) and records.dated and records.everybody):
        raise UserError(
            "notebook",
            Problem(
                "school_id",
                "these records have no days of students by school",
                "a school's page needs them, and pages 02 and 05 have all else of a school",
                "leave this notebook out",
            ),
        )
    table = of_all_schools(records, "absence_by_school", lambda source: absence_by(source, "school_id"))
    table = of_year(table, records.year)
    if not school_id:
        school_id = str(table.sort_values("students", ascending=False)["school_id"].iloc[0])
    if school_id not in set(table["school_id"]):
        raise UserError(
            "notebook",
            Problem(
                "school_id",
                f"there is no school '{school_id}'",
                "its page cannot be made",
                nearest(school_id, sorted(table["school_id"])[:20]),
            ),
        )
    name = records.school_names[school_id]
    days = of_all_schools(records, "school_days", of_schools.days)
    effects = of_all_schools(records, "school_effects", lambda source: estimated(source).school_effects)
    return School(
        standing=standing(records, school_id, name, table[table["school_id"] == school_id], effects),
        compared_with=compared_with(effects, school_id),
        by_grade=by_grade(records, school_id, name),
        by_day=by_day(records, days, school_id, name),
        by_month=by_month(records, school_id, name),
        worst_days=worst_days(days, school_id, name),
        near_threshold=near_threshold(records, school_id),
    )


def own_rows(
    records: StudentRecords, name: str, make: Callable[[StudentRecords], pd.DataFrame], school_id: str
) -> pd.DataFrame:
    """Give a school's rows of a table that has passed the gate for all schools together."""
    table = of_all_schools(records, name, make)
    return table[table["school_id"] == school_id].reset_index(drop=True)


def standing(
    records: StudentRecords, school_id: str, name: str, counted: pd.DataFrame, effects: pd.DataFrame
) -> Finding:
    """Set the school beside its expected rate."""
    study, row = records.study, next(rows(counted))
    if missing(row.students):
        why = say("A number of students here is small, or would give a small number of another school away.")
        return Finding("standing", say("{school}: the numbers are hidden", school=name), why)
    said = {"school": name, "rate": percent(row.absence_rate), "year": records.year}
    text = [
        say(
            "At {school}, students missed {rate} of their marked days in {year} (counted); how many {did} is not shown.",
            did=lead_of(records).did, **said,
        )
        if missing(row.chronic_rate)
        else say(
            "At {school}, students missed {rate} of their marked days in {year} (counted); {chronic} of {students} students"
            " counted {did}.",
            did=lead_of(records).did, **said, chronic=percent(row.chronic_rate), students=count(row.students_counted),
        )
    ]  # fmt: skip
    title = say("{school}: {rate} of days missed", school=name, rate=percent(row.absence_rate))
    if not effects.empty:
        of_days = effects[effects["outcome"] == "absence"]
        own = of_days[of_days["school_id"] == school_id]
        alone = len(of_days[of_days["component"].isin(own["component"])]) < 2  # it would be held to itself
        enough = row.students >= study.settings.models.minimum_students
        why = say("Too few schools can be compared with it for a range.") if enough else too_few(row.students)
        text += _beside_expected(own[:0] if alone else own, why, graded="grade_level" in estimated(records).drivers)
    shown = for_reading(counted.assign(label=name), ("label", "students", "students_counted", "days_absent", "absence_rate",
                                                              "chronically_absent", "chronic_rate"))  # fmt: skip
    return Finding("standing", title, " ".join(text), shown=lead_of(records).heads(shown))


def _beside_expected(own: pd.DataFrame, why: str, *, graded: bool) -> list[str]:
    """Say how a school (a row, or none) stands beside what is expected of it, or `why` it has no range."""
    if len(own) and own.iloc[0].hidden:
        return [say("How it compares with other schools is hidden: a small number could be worked out from it.")]
    if own.empty or missing(own.iloc[0].expected_rate):
        return [
            say(
                "The school cannot be compared with others: too few students link its grades to theirs, or stand behind it."
            )
        ]
    effect = own.iloc[0]
    rate = percent(effect.expected_rate)
    expected = (
        say("Its grades and days lead one to expect {rate}.", rate=rate)
        if graded
        else say("Its days lead one to expect {rate}.", rate=rate)
    )
    if missing(effect.difference_low):
        return [expected, why]
    far = difference(effect.shrunken_difference, effect.difference_low, effect.difference_high, say("expected"))
    return [
        expected,
        say("Shrunken for chance, it is {difference}.", difference=far),
        told(FLAGS[effect.flag or _why_no_flag(effect.p_adjusted)]),
    ]


def _why_no_flag(p_adjusted: float) -> str:
    if missing(p_adjusted):
        return "untested"
    return "small" if p_adjusted <= FALSE_DISCOVERY_RATE else "chance"


def by_grade(records: StudentRecords, school_id: str, name: str) -> Finding:
    """Show the school's grades."""
    table = own_rows(records, "absence_by_school_and_grade", of_schools.grades, school_id)
    if (table["grade_level"] == "").all():
        return Finding("by_grade", say("Grades: not in these records"), told(NO_GRADES))
    known = table[table["absence_rate"].notna()].assign(
        name=lambda rows: [grade_name(grade) if grade else say("all") for grade in rows["grade_level"]],
        label=lambda rows: rows["name"].map(capital),
    )
    if known.empty:
        return Finding.hidden("by_grade", say("Grades"), table, own=False)
    lead, some = ABSENCE.told(), some_shown(table, "absence_rate", *GRADES)
    text = joined(
        some,
        worst_text(known.assign(label=known["name"]), GRADES, lead),
        say("These are counted rates: small grades move more by chance."),
    )
    alt = say("Share of days absent by grade at {school}.", school=name)
    bars = plots.bars(known, "label", "absence_rate", axis=say("days absent"))
    fig = figure(bars, "by_grade", f"{alt} {text}") if len(known) > 1 else None
    shown = for_reading(
        known, ("label", "students", "students_counted", "absence_rate", "chronically_absent", "chronic_rate", "hidden")
    )
    title = of_those_shown(worst_title(known, GRADES[0], lead), some)
    return Finding("by_grade", title, text, table, lead_of(records).heads(shown), fig, hidden_text(table))


def by_month(records: StudentRecords, school_id: str, name: str) -> Finding:
    """Show the school's months beside its level's."""
    table = own_rows(records, "school_months", of_schools.months, school_id)
    known = table[table["absence_rate"].notna()]
    if known.empty:
        return Finding.hidden("by_month", say("Months"), table, own=False)
    level, some = str(known.iloc[0].school_level), some_shown(table, "absence_rate", *units_of("month"))
    if len(known) < 2 or (records.schools["school_level"] == level).sum() < 2:
        return _own_months(records, name, table, known, some)
    far = highest(known.assign(gap=(known["absence_rate"] - known["level_rate"]).abs()), "gap", gap)
    beside = {"school": name, "schools": kind_of_schools(level)}
    text = joined(some, say(
        "Beside all {schools}, {school} stood furthest apart in {months}. These are counted rates.",
        **beside,
        months=far.names(lambda row: here_and_there(month_name(row.month), row.absence_rate, row.level_rate)),
    ))  # fmt: skip
    long = pd.concat([
        known.assign(rate=known["absence_rate"], who=name),
        known.assign(rate=known["level_rate"], who=say("all {schools}", schools=beside["schools"])),
    ]).assign(label=lambda rows: rows["month"].map(month_short))  # fmt: skip
    alt = say("Share of days absent by month at {school} and at all {schools}.", **beside)
    drawn = plots.lines(long, "label", "rate", "who", when="month", axis=say("days absent"))
    fig = figure(drawn, "by_month", f"{alt} {text}")
    title = say("The year here, beside schools of the same level")
    return Finding("by_month", title, text, table, crossed(long, "label", "who", "rate"), fig)


def _own_months(records: StudentRecords, name: str, table: pd.DataFrame, known: pd.DataFrame, some: str) -> Finding:
    """Show the months of a school that has no other of its level beside it, or of one month alone."""
    high = highest(known, "absence_rate")
    months = high.names(lambda row: month_name(row.month))
    if len(table) < 2:
        only = say(
            "These records hold {month} alone: {rate} of marked days were missed here.", month=months, rate=high.said
        )
        return Finding("by_month", say("One month only"), only, table)
    if len(known) < 2:
        one = say("One {unit} is shown: {name} ({rate}).", unit=units_of("month")[0], name=months, rate=high.said)
        return Finding("by_month", say("The year here: one month is shown"), joined(some, one), table)
    text = joined(some, say(
        "Absence here was highest in {month} ({rate}; counted). These records have no other school of its level ({level}), so there is"
        " none to stand beside.",
        month=months, rate=high.said, level=told(high.first.school_level),
    ))  # fmt: skip
    drawn = known.assign(label=known["month"].map(month_short))
    alt = say("Share of days absent by month at {school}, {year}.", school=name, year=records.year)
    line = plots.lines(drawn, "label", "absence_rate", when="month", axis=say("days absent"))
    fig = figure(line, "by_month", f"{alt} {text}")
    shown = for_reading(drawn, ("label", "absence_rate"), label=later("Month"))
    return Finding("by_month", say("The year here"), text, table, shown, fig)


def worst_days(days: pd.DataFrame, school_id: str, name: str) -> Finding:
    """List the school's worst days, of those of all schools as they may be seen."""
    table = days[days["school_id"] == school_id].reset_index(drop=True)
    known = table[table["absence_rate"].notna()]
    if known.empty:
        return Finding.hidden("worst_days", say("Days"), table, own=False)
    top = known.nlargest(WORST, "absence_rate")
    top_of_all = days["absence_rate"].max()  # one scale on all pages
    high, title = highest(known, "absence_rate"), say("Every day of the year here")
    said = {"day": high.names(lambda row: day_name(row.date)), "rate": high.said}
    text = say("Absence here was highest on {day} ({rate}).", **said)
    if len(known) < len(table):
        title = say("The days of the year here that are shown")
        text = say(
            "Of the {days} days that are shown, absence here was highest on {day} ({rate}). Hidden are days on which few"
            " students were absent, and some that would give such a day away.",
            **said, days=count(len(known)),
        )  # fmt: skip
    alt = say("Share of students absent on every day of school at {school}.", school=name)
    fig = figure(
        plots.calendar_heatmap(list(known["date"]), list(known["absence_rate"]), highest=top_of_all),
        "worst_days",
        f"{alt} {text}",
    )
    shown = for_reading(
        top.assign(label=top["date"].map(day_short)), ("label", "students", "absence_rate"), label=later("Day")
    )
    return Finding("worst_days", title, text, table, shown, fig, hidden_text(table))


def near_threshold(records: StudentRecords, school_id: str) -> Finding:
    """Count the school's students near the line."""
    table = of_all_schools(records, "near_threshold", near).set_index("school_id")
    if school_id not in table.index:  # nobody was there for the minimum of days
        return NOTHING
    row: Any = table.loc[school_id]
    if missing(row.just_below):
        both = say(
            "How many are just below the line and how many just above it is shown together or not at all. Here one of the two"
            " is small, or would give a small number away."
        )
        return Finding("near_threshold", say("Near the line: the numbers are hidden"), both)
    title = plural(
        row.just_below,
        "{number} student is within two days below the line",
        "{number} students are within two days below the line",
    )
    if not row.just_below:
        none = say(
            "No student of this school would be {chronic} here with two more days.", chronic=lead_of(records).axis
        )
        return Finding("near_threshold", title, none)
    below, _ = near_the_line(row.just_below, 0, running=records.progress is not None)
    text = say(
        "At this school {students}. A day or two decides for them: whom could a call home or a visit reach?",
        students=below,
    )
    return Finding("near_threshold", title, text)
