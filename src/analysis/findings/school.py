"""One school's page."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings import plots
from analysis.findings.figure import figure
from analysis.findings.finding import Finding, Page, in_its_language
from analysis.findings.sentences import NO_GRADES, too_few
from analysis.findings.tables import crossed, for_reading, gated, highest, of_year, passed, rows
from analysis.findings.words import count, difference, grade_name, missing, month_name, percent, plural
from analysis.measures import of_schools
from analysis.measures.counted import near_threshold as near
from analysis.models.estimates import estimate
from analysis.problems import Problem, UserError, nearest
from analysis.records import once, read
from analysis.records.types import StudentRecords
from analysis.study import Study

WORST = 5


@dataclass(frozen=True)
class School(Page):
    """The findings of a school's page."""

    standing: Finding
    by_grade: Finding
    by_month: Finding
    worst_days: Finding
    near_threshold: Finding


@in_its_language
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
    table = of_year(gated(records, "school_id"), records.year)
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
    name = str(records.schools.set_index("school_id").loc[school_id, "school_name"])
    return School(
        standing=standing(records, school_id, name, table[table["school_id"] == school_id]),
        by_grade=by_grade(records, school_id, name),
        by_month=by_month(records, school_id, name),
        worst_days=worst_days(records, school_id, name),
        near_threshold=near_threshold(records, school_id),
    )


def own_rows(
    records: StudentRecords, name: str, make: Callable[[StudentRecords], pd.DataFrame], school_id: str
) -> pd.DataFrame:
    """Give a school's rows of a table that has passed the gate for all schools together."""
    table = once(records, lambda source: passed(source, name, make(source)), f"{name}_as_shown")
    return table[table["school_id"] == school_id].reset_index(drop=True)


def standing(records: StudentRecords, school_id: str, name: str, counted: pd.DataFrame) -> Finding:
    """Set the school beside its expected rate."""
    study, estimates, row = records.study, estimate(records), next(rows(counted))
    if missing(row.students):
        return Finding(
            "standing",
            f"{name}: too few students to show",
            f"Fewer than {study.disclosure.minimum} students: nothing is shown.",
        )
    text = (
        f"At {name}, students missed {percent(row.absence_rate)} of their marked days in {records.year} (counted);"
        f" {percent(row.chronic_rate)} of {count(row.students_counted)} students counted were chronically absent."
    )
    if missing(row.chronic_rate):
        text = text.partition(";")[0] + "; how many were chronically absent is not shown."
    title = f"{name}: {percent(row.absence_rate)} of days missed"
    if not estimates.school_effects.empty:
        effects = passed(records, "school_effects", estimates.school_effects)
        own = effects[(effects["outcome"] == "absence") & (effects["school_id"] == school_id)]
        if own.empty or missing(own.iloc[0].expected_rate):
            text += " The school cannot be compared with others: too few students link its grades to theirs, or stand behind it."
        elif missing(own.iloc[0].difference_low):
            enough = row.students >= study.settings.models.minimum_students
            why = "Too few schools can be compared with it for a range." if enough else too_few(row.students)
            text += f" Its grades and days lead one to expect {percent(own.iloc[0].expected_rate)}. {why}"
        else:
            effect = own.iloc[0]
            text += (
                f" Its grades and days lead one to expect {percent(effect.expected_rate)}. Shrunken for chance, it is"
                f" {difference(effect.shrunken_difference, effect.difference_low, effect.difference_high, 'expected for its grades')}."
            )
            text += {
                "higher": " It is flagged as higher than expected.",
                "lower": " It is a bright spot: lower than expected.",
            }.get(effect.flag, " That is not flagged: chance, or a difference under 2 points, could give it.")
    shown = for_reading(counted.assign(label=name), ("label", "students", "students_counted", "days_absent", "absence_rate",
                                                              "chronically_absent", "chronic_rate"))  # fmt: skip
    return Finding("standing", title, text, shown=shown)


def by_grade(records: StudentRecords, school_id: str, name: str) -> Finding:
    """Show the school's grades."""
    table = own_rows(records, "absence_by_school_and_grade", of_schools.grades, school_id)
    if (table["grade_level"] == "").all():
        return Finding("by_grade", "Grades: not in these records", NO_GRADES)
    known = table[table["absence_rate"].notna()].assign(
        label=lambda rows: [grade_name(grade).capitalize() if grade else "All" for grade in rows["grade_level"]]
    )
    if known.empty:
        return Finding("by_grade", "Grades: too few students to show", hidden_text(table))
    high = highest(known, "absence_rate")
    text = f"Absence was highest in {high.label} ({percent(high.absence_rate)} of marked days; counted)."
    fig = figure(
        plots.bars(known, "label", "absence_rate", axis="days absent"),
        "by_grade",
        f"Share of days absent by grade at {name}. {text}",
    )
    shown = for_reading(
        known, ("label", "students", "students_counted", "absence_rate", "chronically_absent", "chronic_rate", "hidden")
    )
    return Finding(
        "by_grade",
        f"{high.label} has the highest absence here",
        text,
        table,
        shown,
        figure=fig,
        note=hidden_text(table),
    )


def by_month(records: StudentRecords, school_id: str, name: str) -> Finding:
    """Show the school's months beside its level's."""
    table = own_rows(records, "school_months", of_schools.months, school_id)
    known = table[table["absence_rate"].notna()]
    if known.empty:
        return Finding("by_month", "Months: too few students to show", hidden_text(table))
    level = str(known.iloc[0].school_level)
    if len(known) < 2 or (records.schools["school_level"] == level).sum() < 2:
        return _own_months(records, name, table, known)
    far = highest(known.assign(gap=(known["absence_rate"] - known["level_rate"]).abs()), "gap")
    text = (
        f"Beside all {level} schools, {name} stood furthest apart in {month_name(far.month)}: {percent(far.absence_rate)} here,"
        f" {percent(far.level_rate)} there (counted rates)."
    )
    long = pd.concat([
        known.assign(rate=known["absence_rate"], who=name), known.assign(rate=known["level_rate"], who=f"all {level} schools"),
    ]).assign(label=lambda rows: [month_name(month)[:3] for month in rows["month"]])  # fmt: skip
    fig = figure(
        plots.lines(long, "label", "rate", "who", axis="days absent"), "by_month",
        f"Share of days absent by month at {name} and at all {level} schools. {text}",
    )  # fmt: skip
    title = "The year here, beside schools of the same level"
    return Finding("by_month", title, text, table, crossed(long, "label", "who", "rate"), fig)


def _own_months(records: StudentRecords, name: str, table: pd.DataFrame, known: pd.DataFrame) -> Finding:
    """Show the months of a school that has no other of its level beside it, or of one month alone."""
    high = highest(known, "absence_rate")
    if len(known) < 2:
        text = f"These records hold {month_name(high.month)} alone: {percent(high.absence_rate)} of marked days were missed here."
        return Finding("by_month", "One month only", text, table)
    text = (
        f"Absence here was highest in {month_name(high.month)} ({percent(high.absence_rate)}; counted). No other school of"
        f" these records is a {high.school_level} school, so there is none to stand beside."
    )
    drawn = known.assign(label=[month_name(month)[:3] for month in known["month"]])
    fig = figure(
        plots.lines(drawn, "label", "absence_rate", axis="days absent"), "by_month",
        f"Share of days absent by month at {name}, {records.year}. {text}",
    )  # fmt: skip
    shown = for_reading(drawn, {"label": "Month", "absence_rate": "Absence rate"})
    return Finding("by_month", "The year here", text, table, shown, fig)


def worst_days(records: StudentRecords, school_id: str, name: str) -> Finding:
    """List the school's worst days."""
    table = own_rows(records, "school_days", of_schools.days, school_id)
    known = table[table["absence_rate"].notna()]
    if known.empty:
        return Finding("worst_days", "Days: too few students to show", hidden_text(table))
    top = known.nlargest(WORST, "absence_rate")
    first = top.iloc[0]
    when = pd.Timestamp(first.date)
    text = (
        f"The day with the highest absence here was {when:%A} {when.day} {when:%B %Y} ({percent(first.absence_rate)})."
    )
    fig = figure(
        plots.calendar_heatmap(list(known["date"]), list(known["absence_rate"])), "worst_days",
        f"Share of students absent on every day of school at {name}. {text}",
    )  # fmt: skip
    shown = for_reading(top.assign(label=[f"{pd.Timestamp(day):%a} {pd.Timestamp(day).day} {pd.Timestamp(day):%b %Y}" for day in top["date"]]),
                        {"label": "Day", "students": "Students", "absence_rate": "Absence rate"})  # fmt: skip
    return Finding("worst_days", "Every day of the year here", text, table, shown, fig)


def near_threshold(records: StudentRecords, school_id: str) -> Finding:
    """Count the school's students near the line."""
    table = passed(records, "near_threshold", once(records, near, "near_threshold")).set_index("school_id")
    row = table.loc[school_id]
    if missing(row.just_below):
        return Finding(
            "near_threshold",
            "Near the line: too few students to show",
            f"Fewer than {records.study.disclosure.minimum} students are near the line: the number is hidden.",
        )
    below = plural(row.just_below, "student is", "students are")
    title = f"{below} within two days of the line"
    if not row.just_below:
        return Finding(
            "near_threshold", title, "No student of this school would be chronically absent here with two more days."
        )
    text = f"Of this school's students {plural(row.just_below, 'is', 'are')} not chronically absent here but would be with two more days absent."
    text += " A call home, a visit, a ride to school decides for them."
    return Finding("near_threshold", title, text)
