"""Pages of absences without an enrolment: days absent are counted, and nothing is said of those who were never absent."""

from typing import Any

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import NOTHING, Finding, Findings
from analysis.findings.gated import gated, passed
from analysis.findings.names import units_of
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import Figure, figure
from analysis.findings.sentences import NO_GRADES, ONE_YEAR, ONLY_ABSENT
from analysis.findings.tables import for_reading, highest, lowest, of_those_shown, of_year, rows, some_shown
from analysis.findings.words import (
    DISTRICTS,
    GRADES,
    GROUPS,
    SCHOOLS,
    capital,
    count,
    counted,
    day_name,
    grade_name,
    joined,
    listed,
    missing,
    month_name,
    number,
    percent,
)
from analysis.language import dated, later, plural, say, told
from analysis.measures.student_tables import absence_by
from analysis.records.types import StudentRecords

WORST = 10
BY_STUDENTS = ("label", "students", "days_absent", "share")
A_DAY = ("label", "dates", "days_absent", "a_day")


def where(records: StudentRecords) -> dict[str, Any]:
    """Find where the days absent are: the findings of page 02 that such records have."""
    return {
        "how_many": how_many(records), "over_years": over_years(records), "by_grade": by_grade(records),
        "by_school": by_school(records), "by_district": by_district(records),
        "groups": Findings(by_group(records, group) for group in records.study.settings.records.groups),
    }  # fmt: skip


def season(records: StudentRecords) -> dict[str, Finding]:
    """Find when the days absent were: the findings of page 04 that such records have."""
    return {
        "by_month": by_month(records), "by_weekday": by_weekday(records), "worst_days": worst_days(records),
        "by_week": by_week(records),
    }  # fmt: skip


def how_many(records: StudentRecords) -> Finding:
    """Count the days absent, and say what they are no part of."""
    totals = of_year(gated(records, "grade_level"), records.year, "total")
    total = totals.iloc[0]
    if missing(total.days_absent):
        return Finding.hidden("how_many", say("The days absent of all"), totals, own=False)
    said = {"days": count(total.days_absent), "year": records.year}
    text = plural(
        total.students,
        "In {year} these records hold {days} days absent, of {number} student with an event.",
        "In {year} these records hold {days} days absent, of {number} students with an event.",
        **said,
    )
    return Finding("how_many", say("{days} days absent in {year}", **said), f"{text} {told(ONLY_ABSENT)}")


def over_years(records: StudentRecords) -> Finding:
    """Stand the years' numbers beside each other."""
    table = gated(records, "grade_level")
    totals = table[(table["level_type"] == "total") & table["days_absent"].notna()]
    if len(totals) < 2:
        only = say("These records hold {year} alone, so no change can be seen.", year=records.year)
        return Finding("over_years", say("One year only"), only)
    said = [say("{days} in {year}", days=count(row.days_absent), year=row.school_year) for row in rows(totals)]
    text = say(
        "Days absent were {years}. Whether there were more students, or they missed more, these records cannot say.",
        years=listed(said),
    )
    shown = _read(totals.assign(label=totals["school_year"]), BY_STUDENTS)
    return Finding("over_years", say("Days absent in {years} years", years=len(totals)), text, shown=shown)


def by_grade(records: StudentRecords) -> Finding:
    """Count days absent by grade, where the events have it."""
    table = gated(records, "grade_level")
    levels = of_year(table, records.year)
    levels = levels[levels["grade_level"] != ""]
    if levels.empty:
        return Finding("absence_by_grade", say("By grade: not in these records"), told(NO_GRADES), table)
    labels = [capital(grade_name(grade)) for grade in levels["grade_level"]]
    return _counted(records, "absence_by_grade", GRADES, table, levels.assign(label=labels))


def by_school(records: StudentRecords) -> Finding:
    """Count days absent by school."""
    table = gated(records, "school_id")
    levels = of_year(table, records.year)
    levels = levels.assign(label=levels["school_id"].map(records.school_names))
    return _counted(records, "absence_by_school", SCHOOLS, table, levels)


def by_district(records: StudentRecords) -> Finding:
    """Count days absent by district."""
    table = gated(records, "district_id")
    levels = of_year(table, records.year)
    if len(levels) < 2:
        return Finding("absence_by_district", say("One district"), say("These records hold one district."), table)
    return _counted(records, "absence_by_district", DISTRICTS, table, levels.assign(label=levels["district_id"]))


def by_group(records: StudentRecords, group: str) -> Finding:
    """Count days absent by a student group."""
    table = gated(records, group)
    levels = of_year(table, records.year)
    return _counted(records, f"absence_by_{group}", GROUPS, table, levels.assign(label=levels[group]))


def _counted(
    records: StudentRecords, name: str, units: tuple[str, str], table: pd.DataFrame, levels: pd.DataFrame
) -> Finding:
    unit = told(units[0])
    known = levels[levels["days_absent"].notna()].sort_values("days_absent", ascending=False, ignore_index=True)
    if known.empty:
        return Finding.hidden(name, say("By {unit}", unit=unit), table)
    known = known.assign(share=known["days_absent"] / known["days_absent"].sum())
    first, last = highest(known, "days_absent", count), lowest(known, "days_absent", count)
    most = {
        "units": counted(len(known), *units), "most": first.names(), "days": first.said,
        "share": percent(first.first.share, 0),
    }  # fmt: skip
    text = plural(
        len(first.rows),
        "Of {units}, {most} has the most days absent ({days}, {share}).",
        "Of {units}, {most} have the most days absent ({days}, {share} each).",
        **most,
    )
    if first.said != last.said:
        text += " " + say("The fewest: {fewest} ({few}).", fewest=last.names(), few=last.said)
    text += " " + say(
        "A {unit} with more students has more of them: how many each has is not in these records.", unit=unit
    )
    alt = say("Days absent by {unit}, {year}.", unit=unit, year=records.year)
    drawn = plots.bars(known, "label", "days_absent", unit="count", axis=say("days absent"))
    title = say(
        "{share} of the days absent are in {most}", share=percent(first.rows["share"].sum(), 0), most=first.names()
    )
    some = some_shown(levels, "days_absent", *units)
    title, text = of_those_shown(title, some), joined(some, text)
    return Finding(
        name, title, text, table, _read(known, BY_STUDENTS), figure(drawn, name, f"{alt} {text}"), hidden_text(table)
    )


def by_month(records: StudentRecords) -> Finding:
    """Compare months by the days absent on an average day of school."""
    dates = records.dates.str[:7].value_counts()
    table = gated(records, "month")
    levels = of_year(table, records.year)
    known = _a_day(levels.assign(label=levels["month"].map(month_name)), dates, "month")
    return _compared(records, "month", table, known, levels)


def by_weekday(records: StudentRecords) -> Finding:
    """Compare weekdays by the days absent on an average one."""
    days = pd.to_datetime(records.dates)
    table = gated(records, "weekday")
    levels = of_year(table, records.year)
    known = _a_day(levels.assign(label=levels["weekday"].map(told)), days.dt.day_name().value_counts(), "weekday")
    return _compared(records, "weekday", table, known, levels)


def _a_day(levels: pd.DataFrame, dates: "pd.Series[int]", driver: str) -> pd.DataFrame:
    known = levels[levels["days_absent"].notna()]
    of_school = known[driver].map(dates)
    return known.assign(dates=of_school, a_day=known["days_absent"] / of_school)


def _compared(
    records: StudentRecords, driver: str, table: pd.DataFrame, known: pd.DataFrame, levels: pd.DataFrame
) -> Finding:
    name, unit = f"absence_by_{driver}", units_of(driver)[0]
    if known.empty:
        return Finding.hidden(name, say("By {unit}", unit=unit), table)
    high, low = (end(known, "a_day", lambda days: number(days, 1)) for end in (highest, lowest))
    text = joined(
        say(
            "Days absent recorded on an average day of school: most, {most} ({days}); fewest, {fewest} ({few}).",
            days=high.said, most=high.names(), few=low.said, fewest=low.names(),
        ),
        say("Counted, with no interval: the highest of several is high partly by chance."),
        told(ONLY_ABSENT),
        told(ONE_YEAR) if driver == "month" else "",
    )  # fmt: skip
    alt = say("Days absent on an average day of school by {unit}, {year}.", unit=unit, year=records.year)
    drawn = plots.bars(known, "label", "a_day", unit="number", axis=say("days absent a day of school"))
    title = say("Most days absent a day of school: {most}", most=high.names())
    some = some_shown(levels, "days_absent", *units_of(driver))
    title, text = of_those_shown(title, some), joined(some, text)
    return Finding(
        name, title, text, table, _read(known, A_DAY), figure(drawn, name, f"{alt} {text}"), hidden_text(table)
    )


def worst_days(records: StudentRecords) -> Finding:
    """List the dates with the most days absent."""
    table = passed(records, "absence_by_date", of_year(absence_by(records, "date"), records.year))
    known = table[table["days_absent"].notna()]
    if known.empty:
        return Finding.hidden("worst_days", say("Days"), table, own=False)
    top = known.nlargest(WORST, "days_absent")
    first, usual = highest(known, "days_absent", count), known["days_absent"].mean()
    text = say(
        "The most days absent were recorded on {day} ({days}; {usual} on an average of the {dates} days shown). The highest"
        " of many days is high partly by chance.",
        day=first.names(lambda row: day_name(row.date)), days=first.said, usual=number(usual, 1), dates=len(known),
    )  # fmt: skip
    alt = say("Days absent on every day of school, {year}.", year=records.year)
    drawn = plots.calendar_heatmap(list(known["date"]), list(known["days_absent"]), unit="count")
    shown = for_reading(
        top.assign(label=top["date"].map(day_name)), ("label", "days_absent"), label=later("Day")
    )  # fmt: skip
    title = say("The {number} days with the most days absent", number=len(top))
    title = of_those_shown(title, len(known) < len(table))
    return Finding("worst_days", title, text, table, shown, figure(drawn, "worst_days", f"{alt} {text}"))


def by_week(records: StudentRecords) -> Finding:
    """Show the weeks of the year."""
    table = gated(records, "week")
    weeks = of_year(table, records.year)
    known = weeks[weeks["days_absent"].notna()]
    if len(known) < 2:
        return NOTHING
    high = highest(known, "days_absent", count)
    text = say(
        "Most days absent were recorded in {weeks} ({days}). Weeks with fewer days of school have fewer.",
        weeks=high.names(lambda row: say("the week of {day}", day=day_name(row.week_start))), days=high.said,
    )  # fmt: skip
    text = joined(some_shown(weeks, "days_absent", *units_of("week")), text)
    title = say("The weeks of the year")
    return Finding("absence_by_week", title, text, table, figure=_weeks(known, records.year, text))


def _weeks(known: pd.DataFrame, year: str, text: str) -> Figure:
    drawn = known.assign(label=[dated(day, "d MMM") for day in known["week_start"]])
    alt = say("Days absent by week, {year}.", year=year)
    lines = plots.lines(drawn, "label", "days_absent", unit="count", when="week_start", axis=say("days absent"))
    return figure(lines, "absence_by_week", f"{alt} {text}")


def _read(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    return for_reading(
        table, columns, label=later("Row"), students=later("Students with an event"), share=later("Share of them"),
        dates=later("Days of school"), a_day=later("Days absent a day of school"),
    )  # fmt: skip
