"""Pages of absences without an enrolment: days absent are counted, and nothing is said of those who were never absent."""

from typing import Any

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings import plots
from analysis.findings.figure import Figure, figure
from analysis.findings.finding import Finding, Findings
from analysis.findings.sentences import NO_GRADES, ONE_YEAR, ONLY_ABSENT
from analysis.findings.tables import for_reading, gated, highest, lowest, of_year, passed, rows
from analysis.findings.words import count, grade_name, listed, month_name, percent, plural
from analysis.measures.student_tables import absence_by
from analysis.records.types import StudentRecords

WORST = 10
COLUMNS = {"label": "Row", "students": "Students with an event", "days_absent": "Days absent", "share": "Share of them"}
A_DAY = {
    "label": "Row",
    "dates": "Days of school",
    "days_absent": "Days absent",
    "a_day": "Days absent a day of school",
}


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
    total = of_year(gated(records, "grade_level"), records.year, "total").iloc[0]
    text = (
        f"In {records.year} these records hold {count(total.days_absent)} days absent, of {plural(total.students, 'student')}"
        f" with an event. {ONLY_ABSENT}"
    )
    return Finding("how_many", f"{count(total.days_absent)} days absent in {records.year}", text)


def over_years(records: StudentRecords) -> Finding:
    """Stand the years' numbers beside each other."""
    table = gated(records, "grade_level")
    totals = table[(table["level_type"] == "total") & table["days_absent"].notna()]
    if len(totals) < 2:
        return Finding(
            "over_years", "One year only", f"These records hold {records.year} alone, so no change can be seen."
        )
    said = listed([f"{count(row.days_absent)} in {row.school_year}" for row in rows(totals)])
    text = f"Days absent were {said}. Whether there were more students, or they missed more, these records cannot say."
    shown = for_reading(totals.assign(label=totals["school_year"]), COLUMNS)
    return Finding("over_years", f"Days absent in {len(totals)} years", text, shown=shown)


def by_grade(records: StudentRecords) -> Finding:
    """Count days absent by grade, where the events have it."""
    table = gated(records, "grade_level")
    levels = of_year(table, records.year)
    levels = levels[levels["grade_level"] != ""]
    if levels.empty:
        return Finding("absence_by_grade", "By grade: not in these records", NO_GRADES, table)
    labels = [grade_name(grade).capitalize() for grade in levels["grade_level"]]
    return _counted(records, "absence_by_grade", "grade", table, levels.assign(label=labels))


def by_school(records: StudentRecords) -> Finding:
    """Count days absent by school."""
    table = gated(records, "school_id")
    levels = of_year(table, records.year)
    names = records.schools.set_index("school_id")["school_name"]
    return _counted(records, "absence_by_school", "school", table, levels.assign(label=levels["school_id"].map(names)))


def by_district(records: StudentRecords) -> Finding:
    """Count days absent by district."""
    table = gated(records, "district_id")
    levels = of_year(table, records.year)
    if len(levels) < 2:
        return Finding("absence_by_district", "One district", "These records hold one district.", table)
    return _counted(records, "absence_by_district", "district", table, levels.assign(label=levels["district_id"]))


def by_group(records: StudentRecords, group: str) -> Finding:
    """Count days absent by a student group."""
    table = gated(records, group)
    levels = of_year(table, records.year)
    return _counted(records, f"absence_by_{group}", "group", table, levels.assign(label=levels[group]))


def _counted(records: StudentRecords, name: str, what: str, table: pd.DataFrame, levels: pd.DataFrame) -> Finding:
    known = levels[levels["days_absent"].notna()].sort_values("days_absent", ascending=False, ignore_index=True)
    if known.empty:
        return Finding(name, f"By {what}: too few students to show", hidden_text(table), table)
    known = known.assign(share=known["days_absent"] / known["days_absent"].sum())
    first, last = known.iloc[0], known.iloc[-1]
    text = f"Of {plural(len(known), what)}, {first.label} has the most days absent ({count(first.days_absent)}, {percent(first.share, 0)})"
    text += f" and {last.label} the fewest ({count(last.days_absent)})." if len(known) > 1 else "."
    text += f" A {what} with more students has more of them: how many each has is not in these records."
    fig = figure(
        plots.bars(known, "label", "days_absent", unit="count", axis="days absent"), name,
        f"Days absent by {what}, {records.year}. {text}",
    )  # fmt: skip
    title = f"{percent(first.share, 0)} of the days absent are in {first.label}"
    return Finding(name, title, text, table, for_reading(known, COLUMNS), fig, hidden_text(table))


def by_month(records: StudentRecords) -> Finding:
    """Compare months by the days absent on an average day of school."""
    dates = records.calendar[records.calendar["school_year"] == records.year]["date"].str[:7].value_counts()
    table = gated(records, "month")
    levels = of_year(table, records.year)
    known = _a_day(levels.assign(label=levels["month"].map(month_name)), dates, "month")
    return _compared(records, "month", table, known)


def by_weekday(records: StudentRecords) -> Finding:
    """Compare weekdays by the days absent on an average one."""
    days = pd.to_datetime(records.calendar[records.calendar["school_year"] == records.year]["date"])
    table = gated(records, "weekday")
    levels = of_year(table, records.year)
    known = _a_day(levels.assign(label=levels["weekday"]), days.dt.day_name().value_counts(), "weekday")
    return _compared(records, "weekday", table, known)


def _a_day(levels: pd.DataFrame, dates: "pd.Series[int]", driver: str) -> pd.DataFrame:
    known = levels[levels["days_absent"].notna()]
    counted = known[driver].map(dates)
    return known.assign(dates=counted, a_day=known["days_absent"] / counted)


def _compared(records: StudentRecords, driver: str, table: pd.DataFrame, known: pd.DataFrame) -> Finding:
    name = f"absence_by_{driver}"
    if known.empty:
        return Finding(name, f"By {driver}: too few students to show", hidden_text(table), table)
    high, low = highest(known, "a_day"), lowest(known, "a_day")
    text = (
        f"On an average day of school {high.a_day:.1f} days absent were recorded in the {driver} with most, {high.label}, and"
        f" {low.a_day:.1f} in the one with fewest, {low.label}. {ONLY_ABSENT}{f' {ONE_YEAR}' if driver == 'month' else ''}"
    )
    fig = figure(
        plots.bars(known, "label", "a_day", unit="number", axis="days absent a day of school"), name,
        f"Days absent on an average day of school by {driver}, {records.year}. {text}",
    )  # fmt: skip
    title = f"Most days absent a day of school: {high.label}"
    return Finding(name, title, text, table, for_reading(known, A_DAY), fig, hidden_text(table))


def worst_days(records: StudentRecords) -> Finding:
    """List the dates with the most days absent."""
    table = passed(records, "absence_by_date", of_year(absence_by(records, "date"), records.year))
    known = table[table["days_absent"].notna()]
    if known.empty:
        return Finding("worst_days", "Days: too few students to show", hidden_text(table))
    top = known.nlargest(WORST, "days_absent")
    first, usual = top.iloc[0], known["days_absent"].mean()
    text = (
        f"The most days absent were recorded on {_day(first.date)} ({count(first.days_absent)}; {usual:.1f} on an average of"
        f" the {len(known)} days shown). The highest of many days is high partly by chance."
    )
    fig = figure(
        plots.calendar_heatmap(list(known["date"]), list(known["days_absent"]), unit="count"), "worst_days",
        f"Days absent on every day of school, {records.year}. {text}",
    )  # fmt: skip
    shown = for_reading(
        top.assign(label=[_day(day) for day in top["date"]]), {"label": "Day", "days_absent": "Days absent"}
    )
    return Finding("worst_days", f"The {len(top)} days with the most days absent", text, table, shown, fig)


def _day(text: str) -> str:
    when = pd.Timestamp(text)
    return f"{when:%A} {when.day} {when:%B %Y}"


def by_week(records: StudentRecords) -> Finding:
    """Show the weeks of the year."""
    table = gated(records, "week")
    known = of_year(table, records.year)
    known = known[known["days_absent"].notna()]
    if len(known) < 2:
        return Finding.none("absence_by_week")
    high = highest(known, "days_absent")
    text = f"Most days absent were recorded in the week of {_day(high.week_start)} ({count(high.days_absent)}). Weeks with fewer days of school have fewer."
    return Finding("absence_by_week", "The weeks of the year", text, table, figure=_weeks(known, records.year, text))


def _weeks(known: pd.DataFrame, year: str, text: str) -> Figure:
    drawn = known.assign(label=[f"{pd.Timestamp(day):%d %b}" for day in known["week_start"]])
    return figure(
        plots.lines(drawn, "label", "days_absent", unit="count", axis="days absent"), "absence_by_week",
        f"Days absent by week, {year}. {text}",
    )  # fmt: skip
