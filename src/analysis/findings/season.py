"""Page 04: when students are absent."""

from dataclasses import dataclass, fields

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings import absences_alone, plots, school_days_season
from analysis.findings.drivers import named
from analysis.findings.explained import season_by_level
from analysis.findings.figure import figure
from analysis.findings.finding import Finding, Page, in_its_language
from analysis.findings.season_levels import adjusted_figure, compared, heading, months_by_level, of_driver
from analysis.findings.sentences import NO_DATES, ONE_YEAR
from analysis.findings.tables import READABLE, crossed, for_reading, gated, highest, lowest, of_year, passed, rows
from analysis.findings.words import count, listed, month_name, percent, plural
from analysis.measures import seasonal
from analysis.models.estimates import Estimates, estimate
from analysis.records import once, read
from analysis.records.types import PublishedCounts, SchoolDays, StudentRecords
from analysis.study import Study
from analysis.vocabulary import LEVEL_COLUMNS

WORST = 10


@dataclass(frozen=True)
class Season(Page):
    """The findings of page 04."""

    by_month: Finding
    by_level: Finding
    months_by_level: Finding
    same_students: Finding
    by_weekday: Finding
    near_break: Finding
    worst_days: Finding
    by_week: Finding
    reasons: Finding


FIELDS = tuple(field.name for field in fields(Season))


@in_its_language
def season(study: Study) -> Season:
    """Find when students are absent."""
    records = read(study)
    if isinstance(records, SchoolDays):
        return Season.of(**school_days_season.season(records))
    if isinstance(records, PublishedCounts) or not records.dated:
        said = Finding("absence_by_month", "These records have no dates", NO_DATES)
        return Season(said, *(Finding.none(name) for name in FIELDS[1:]))
    if not records.everybody:
        return Season.of(**absences_alone.season(records), reasons=reasons(records))
    estimates = estimate(records)
    rates = named(passed(records, "adjusted_rates", estimates.adjusted_rates), records)
    return Season(
        by_month=by_month(records, rates),
        by_level=by_level(records, estimates),
        months_by_level=months_by_level(records, estimates),
        same_students=same(records),
        by_weekday=by_weekday(records, rates),
        near_break=near_break(records, rates),
        worst_days=worst_days(records, estimates),
        by_week=by_week(records),
        reasons=reasons(records),
    )


def by_month(records: StudentRecords, rates: pd.DataFrame) -> Finding:
    """Compare months."""
    table = gated(records, "month")
    levels = of_year(table, records.year)
    if len(levels) < 2:
        only = month_name(levels["month"].iloc[0])
        return Finding("absence_by_month", f"One month only: {only}", f"These records hold {only} alone.", table)
    high = highest(levels, "absence_rate")
    text = (
        f"Of marked days, students missed most in {month_name(high.month)} ({percent(high.absence_rate)}; counted, with no interval)."
        f" {compared(of_driver(rates, 'month'), 'month')} {ONE_YEAR}"
    )
    fig = adjusted_figure(of_driver(rates, "month"), "absence_by_month", f"by month, {records.year}. {text}")
    shown = for_reading(levels.assign(label=levels["month"].map(month_name)),
                        ("label", "students", "days_enrolled", "days_absent", "days_unmarked", "absence_rate", "hidden"))  # fmt: skip
    title = heading(of_driver(rates, "month"), "month", f"Absence was highest in {month_name(high.month)}")
    return Finding("absence_by_month", title, text, table, shown, fig)


def by_level(records: StudentRecords, estimates: Estimates) -> Finding:
    """Show months by level of school."""
    table = passed(
        records, "absence_by_school_level_and_month", once(records, seasonal.month_by_level, "month_by_level")
    )
    known = table[table["absence_rate"].notna()].assign(
        label=lambda rows: rows["month"].map(lambda month: month_name(month)[:3])
    )
    if known["month"].nunique() < 2 or set(known["school_level"]) <= {"other"}:
        return Finding.none("absence_by_school_level_and_month")  # no months, or no levels of school that are known
    worst = known.loc[known.groupby("school_level")["absence_rate"].idxmax()]
    peaks = listed(
        [f"{row.school_level} in {month_name(row.month)} ({percent(row.absence_rate)})" for row in rows(worst)]
    )
    text = f"By level of school, absence was highest for {peaks}. These are counted rates."
    derived = int((records.schools["level_basis"] == "derived").sum())
    if derived:
        text += f" The level of {plural(derived, 'school')} was derived from the grades served."
    text += season_by_level(estimates.joint_tests[estimates.joint_tests["outcome"] == "absence"])
    fig = figure(
        plots.lines(known, "label", "absence_rate", "school_level", axis="days absent"), "month_by_level",
        f"Share of days absent by month and level of school, {records.year}. {text}",
    )  # fmt: skip
    return Finding(
        "absence_by_school_level_and_month",
        "The year by level of school",
        text,
        table,
        crossed(known, "label", "school_level", "absence_rate"),
        fig,
    )


def same(records: StudentRecords) -> Finding:
    """Compare all students with those enrolled all year: leavers change the mix."""
    table = passed(records, "same_students", seasonal.same_students(records))
    first, last = table.iloc[0], table.iloc[-1]
    if len(table) < 2 or table["rate_all_year"].isna().all():
        return Finding.none("same_students")
    text = (
        f"{count(table['students_all_year'].max())} students were enrolled on the first and the last day. Among them absence went from"
        f" {percent(first.rate_all_year)} in {month_name(first.month)} to {percent(last.rate_all_year)} in {month_name(last.month)};"
        f" among all students from {percent(first.absence_rate)} to {percent(last.absence_rate)}. Where the two differ, it is"
        " who is enrolled that changes, not only how they attend."
    )
    shown = for_reading(table.assign(label=table["month"].map(month_name)), {
        "label": "Month", "absence_rate": "Rate, all students", "rate_all_year": "Rate, enrolled all year",
    })  # fmt: skip
    return Finding("same_students", "The same students, all year", text, table, shown)


def by_weekday(records: StudentRecords, rates: pd.DataFrame) -> Finding:
    """Compare weekdays."""
    table = gated(records, "weekday")
    levels = of_year(table, records.year)
    high, low = highest(levels, "absence_rate"), lowest(levels, "absence_rate")
    text = (
        f"Students missed {percent(high.absence_rate)} of {high.weekday}s and {percent(low.absence_rate)} of {low.weekday}s (counted)."
        f" {compared(of_driver(rates, 'weekday'), 'weekday')}"
    )
    fig = adjusted_figure(of_driver(rates, "weekday"), "absence_by_weekday", f"by weekday, {records.year}. {text}")
    shown = for_reading(
        levels.assign(label=levels["weekday"]), ("label", "days_enrolled", "days_absent", "absence_rate", "hidden")
    )
    title = heading(of_driver(rates, "weekday"), "weekday", f"Absence was highest on {high.weekday}s")
    return Finding("absence_by_weekday", title, text, table, shown, fig)


def near_break(records: StudentRecords, rates: pd.DataFrame) -> Finding:
    """Compare days beside a break with other days."""
    levels = of_driver(rates, "near_break")
    basis = records.calendar["basis"].iloc[0]
    said = "" if basis == "given" else " No calendar was given: days of school were inferred from the records."
    if levels.empty:
        text = f"No break of four days or more lies inside these records.{said}"
        return Finding("near_break", "Breaks: none to compare", text)
    table = passed(records, "near_break", seasonal.near_break(records))
    words = listed(
        [f"{row.near_break} {percent(row.absence_rate)} over {plural(row.dates, 'date')}" for row in rows(table)]
    )
    beside = table[table["near_break"] != "other"]
    high = highest(beside, "absence_rate")
    text = f"Absent by kind of day (counted): {words}. A break is four days or more without school. {compared(levels, 'kind of day')}{said}"
    title = f"{percent(high.absence_rate)} absent on a {high.near_break}"
    adjusted = table.merge(levels, left_on="near_break", right_on="level", how="left", suffixes=("", "_adjusted"))
    shown = for_reading(adjusted.assign(label=adjusted["near_break"].str.capitalize()), {
        "label": "Kind of day", "dates": "Dates", "absence_rate": "Absence rate", "adjusted_rate": "Adjusted rate",
    })  # fmt: skip
    return Finding("near_break", title, text, table, shown)


def worst_days(records: StudentRecords, estimates: Estimates) -> Finding:
    """List the days that cost most, against what their month and weekday lead one to expect."""
    columns = [*LEVEL_COLUMNS, "date", "absence_rate", "expected_rate", "days_absent", "note"]
    if estimates.by_date.empty:
        return Finding("worst_days", "The worst days: nothing to hold them against", estimates.refused)
    worst = estimates.by_date.nlargest(WORST, "absence_rate")[columns]
    days = passed(records, "absence_by_date", estimates.by_date)
    top = table = passed(records, "worst_days", worst)
    if top["absence_rate"].isna().all():
        return Finding("worst_days", "Days: too few students to show", hidden_text(table), table)
    extra = (top["days_absent"] * (1 - top["expected_rate"] / top["absence_rate"])).sum()
    first = top.iloc[0]
    when = pd.Timestamp(first.date)
    text = (
        f"The {len(top)} days with the highest absence cost {count(top['days_absent'].sum())} days; that is {count(extra)} more than"
        f" their month, weekday, grades and schools lead one to expect. The worst was {when:%A} {when.day} {when:%B %Y}"
        f" ({percent(first.absence_rate)} absent, {percent(first.expected_rate)} expected"
        f"{', noted as ' + first.note if first.note else ''}). The highest of many days is high partly by chance."
    )
    shown = for_reading(top.assign(label=[f"{pd.Timestamp(day):%a} {pd.Timestamp(day).day} {pd.Timestamp(day):%b %Y}" for day in top["date"]]), {
        "label": "Day", "absence_rate": "Absence rate", "expected_rate": "Expected rate", "days_absent": "Days absent", "note": "Note",
    })  # fmt: skip
    fig = figure(
        plots.calendar_heatmap(list(days["date"]), list(days["absence_rate"])), "worst_days",
        f"Share of students absent on every day of school, {records.year}. {text}",
    )  # fmt: skip
    return Finding("worst_days", f"The {len(top)} days with the highest absence", text, table, shown, fig)


def by_week(records: StudentRecords) -> Finding:
    """Show the weeks of the year, first and last among them."""
    table = gated(records, "week")
    levels = of_year(table, records.year)
    first, last = levels.head(2), levels.tail(2)
    rate = [percent(part["days_absent"].sum() / part["days_enrolled"].sum()) for part in (first, last)]
    text = f"In the first two weeks students missed {rate[0]} of marked days, in the last two {rate[1]}."
    fig = figure(
        plots.lines(levels.assign(label=[f"{pd.Timestamp(day):%d %b}" for day in levels["week_start"]]), "label", "absence_rate", axis="days absent"),
        "absence_by_week", f"Share of days absent by week, {records.year}. {text}",
    )  # fmt: skip
    shown = for_reading(
        levels,
        {
            "week_start": "Week from",
            **{name: READABLE[name] for name in ("days_enrolled", "days_absent", "absence_rate")},
        },
    )
    return Finding(
        "absence_by_week",
        f"{rate[0]} absent in the first two weeks, {rate[1]} in the last two",
        text,
        table,
        shown,
        fig,
    )


def reasons(records: StudentRecords) -> Finding:
    """Show the reasons that the schools wrote down."""
    table = gated(records, "absence_reason")
    levels = of_year(table, records.year)
    known = levels[levels["absence_reason"] != "unknown"]
    if known.empty:
        return Finding(
            "absence_by_reason", "Reasons: not in these records", "These records give no reason of an absence.", table
        )
    total = of_year(table, records.year, "total").iloc[0].days_absent
    words = listed([f"{row.absence_reason} {percent(row.days_absent / total, 0)}" for row in rows(levels)])
    text = f"Days absent by reason: {words}. Schools differ in what they excuse, so a reason says as much about recording as about students."
    shown = for_reading(
        levels.assign(label=levels["absence_reason"]), ("label", "students", "days_absent", "absence_rate", "hidden")
    )
    return Finding(
        "absence_by_reason", "What schools wrote down as the reason", text, table, shown, note=hidden_text(table)
    )
