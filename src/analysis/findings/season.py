"""Page 04: when students are absent."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.findings import absences_alone, reasons
from analysis.findings.explained import season_by_level
from analysis.findings.finding import NOTHING, Finding, Findings, Page
from analysis.findings.gated import estimated, gated, passed
from analysis.findings.model_tables import left_out
from analysis.findings.names import driver_words, kind_of_schools, named, units_of, weekdays_name
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure
from analysis.findings.school_days import season as school_days_season
from analysis.findings.season_levels import (
    HIGH_BY_CHANCE,
    MONTHS_OF_LEVELS,
    WORST,
    adjusted_figure,
    compared,
    heading,
    kinds_of_day,
    months_by_level,
    most_beside_a_break,
    of_driver,
    of_one_day,
    read_days,
)
from analysis.findings.sentences import NO_DATES, NO_NOTES, ONE_YEAR
from analysis.findings.tables import crossed, for_reading, highest, lowest, of_those_shown, of_year, some_shown
from analysis.findings.words import capital, count, day_name, joined, listed, month_name, month_short, percent, rough
from analysis.language import dated, later, plural, say, told, use
from analysis.measures import seasonal
from analysis.models.estimates import Estimates
from analysis.records import once, read
from analysis.records.types import PublishedCounts, SchoolDays, StudentRecords
from analysis.study import Study
from analysis.vocabulary import LEVEL_COLUMNS


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
    reasons_by_month: Finding
    reasons_by_grade: Finding
    reasons_by_group: Findings


def season(study: Study) -> Season:
    """Find when students are absent."""
    use(study.settings.language)
    records = read(study)
    if isinstance(records, SchoolDays):
        return Season.of(**school_days_season.season(records), reasons=reasons.no_reasons())
    if isinstance(records, PublishedCounts) or not records.dated:
        said = Finding("absence_by_month", say("These records have no dates"), told(NO_DATES))
        return Season.of(by_month=said, reasons=reasons.no_reasons())
    if not records.everybody:
        return Season.of(**absences_alone.season(records), **_reasons(records))
    estimates = estimated(records)
    rates = named(passed(records, "adjusted_rates", estimates.adjusted_rates), records, first=capital)
    return Season(
        by_month=by_month(records, rates, left_out(records, estimates, "absence")),
        by_level=by_level(records, estimates),
        months_by_level=months_by_level(records, estimates),
        same_students=same(records),
        by_weekday=by_weekday(records, rates),
        near_break=near_break(records, rates),
        worst_days=worst_days(records, estimates),
        by_week=by_week(records),
        **_reasons(records),
    )


def _reasons(records: StudentRecords) -> dict[str, Any]:
    """Find what schools wrote down as the reason: the same of all records of students with dates."""
    return {
        "reasons": reasons.reasons(records), "reasons_by_month": reasons.reasons_by_month(records),
        "reasons_by_grade": reasons.reasons_by_grade(records), "reasons_by_group": reasons.reasons_by_group(records),
    }  # fmt: skip


def by_month(records: StudentRecords, rates: pd.DataFrame, without: str) -> Finding:
    """Compare months; `without` says what the model leaves out."""
    table = gated(records, "month")
    levels = of_year(table, records.year)
    if len(levels) < 2:
        only = month_name(levels["month"].iloc[0])
        title = say("One month only: {month}", month=only)
        return Finding("absence_by_month", title, say("These records hold {month} alone.", month=only), table)
    if levels["absence_rate"].isna().all():
        return _hidden("month", table)
    high, some = highest(levels, "absence_rate"), some_shown(levels, "absence_rate", *units_of("month"))
    months = high.names(lambda row: month_name(row.month))
    counted = joined(some, say(
        "Of marked days, students missed most in {month} ({rate}; counted, with no interval).",
        month=months, rate=high.said,
    ))  # fmt: skip
    adjusted = of_driver(rates, "month")
    text = joined(counted, compared(adjusted, "month"), without, told(ONE_YEAR))
    in_brief = f"{counted} {compared(adjusted, 'month', plainly=True)} {told(ONE_YEAR)}"
    fig = adjusted_figure(adjusted, "absence_by_month", units_of("month")[0], records.year, text)
    shown = for_reading(
        levels.assign(label=levels["month"].map(month_name)),
        ("label", "students", "days_enrolled", "days_absent", "days_unmarked", "absence_rate", "hidden"),
    )
    title = of_those_shown(heading(adjusted, "month", say("Absence was highest in {month}", month=months)), some)
    return Finding("absence_by_month", title, text, table, shown, fig, in_brief=in_brief)


def _hidden(driver: str, table: pd.DataFrame) -> Finding:
    return Finding.hidden(f"absence_by_{driver}", say("By {unit}", unit=units_of(driver)[0]), table)


def by_level(records: StudentRecords, estimates: Estimates) -> Finding:
    """Show months by level of school."""
    table = passed(
        records, "absence_by_school_level_and_month", once(records, seasonal.month_by_level, "month_by_level")
    )
    known = table[table["absence_rate"].notna()].assign(
        label=lambda rows: rows["month"].map(month_short), school_level=lambda rows: rows["school_level"].map(told)
    )
    if known["month"].nunique() < 2 or set(known["school_level"]) <= {told("other")}:
        return NOTHING  # no months, or no levels of school that are known
    peaks = []
    for level, months in table.loc[known.index].groupby("school_level"):
        high = highest(months, "absence_rate")
        in_months = high.names(lambda row: month_name(row.month))
        peaks.append(
            say("{level} in {month} ({rate})", level=kind_of_schools(str(level)), month=in_months, rate=high.said)
        )
    some = some_shown(table, "absence_rate", *MONTHS_OF_LEVELS)
    text = joined(some, say(
        "By {what}, absence was highest for {peaks}. These are counted rates.",
        what=units_of("school_level")[0], peaks=listed(peaks),
    ))  # fmt: skip
    derived = int((records.schools["level_basis"] == "derived").sum())
    if derived:
        text += " " + plural(
            derived,
            "The level of {number} school was derived from the grades served.",
            "The level of {number} schools was derived from the grades served.",
        )
    text += season_by_level(estimates.joint_tests[estimates.joint_tests["outcome"] == "absence"])
    alt = say("Share of days absent by month and level of school, {year}.", year=records.year)
    fig = figure(
        plots.lines(known, "label", "absence_rate", "school_level", when="month", axis=say("days absent")),
        "month_by_level", f"{alt} {text}",
    )  # fmt: skip
    return Finding(
        "absence_by_school_level_and_month",
        say("The year by {what}", what=units_of("school_level")[0]),
        text,
        table,
        crossed(known, "label", "school_level", "absence_rate"),
        fig,
    )


def same(records: StudentRecords) -> Finding:
    """Compare all students with those enrolled all year: leavers change the mix."""
    table = passed(records, "same_students", seasonal.same_students(records))
    known = table[table["absence_rate"].notna() & table["rate_all_year"].notna()]
    if len(known) < 2:
        return NOTHING
    first, last = known.iloc[0], known.iloc[-1]
    text = say(
        "{students} students were enrolled in the first and in the last week. Among them absence went from {first} in {month} to"
        " {last} in {last_month}; among all students from {first_of_all} to {last_of_all}. Where the two differ, it is who"
        " is enrolled that changes, not only how they attend.",
        students=count(table["students_all_year"].max()), first=percent(first.rate_all_year), month=month_name(first.month),
        last=percent(last.rate_all_year), last_month=month_name(last.month), first_of_all=percent(first.absence_rate),
        last_of_all=percent(last.absence_rate),
    )  # fmt: skip
    shown = for_reading(
        table.assign(label=table["month"].map(month_name)), ("label", "absence_rate", "rate_all_year"),
        label=later("Month"), absence_rate=later("Rate, all students"), rate_all_year=later("Rate, enrolled all year"),
    )  # fmt: skip
    return Finding("same_students", say("The same students, all year"), text, table, shown)


def by_weekday(records: StudentRecords, rates: pd.DataFrame) -> Finding:
    """Compare weekdays."""
    table = gated(records, "weekday")
    levels = of_year(table, records.year)
    if levels["absence_rate"].isna().all():
        return _hidden("weekday", table)
    high, low = highest(levels, "absence_rate"), lowest(levels, "absence_rate")
    most, fewest = (end.names(lambda row: weekdays_name(row.weekday)) for end in (high, low))
    adjusted, some = of_driver(rates, "weekday"), some_shown(levels, "absence_rate", *units_of("weekday"))
    counted = joined(some, say(
        "Students missed {highest} of {most} and {lowest} of {fewest} (counted).",
        highest=high.said, most=most, lowest=low.said, fewest=fewest,
    ) if high.said != low.said else say("Students missed {highest} of {most} (counted).", highest=high.said, most=most))  # fmt: skip
    text = f"{counted} {compared(adjusted, 'weekday')}"
    fig = adjusted_figure(adjusted, "absence_by_weekday", units_of("weekday")[0], records.year, text)
    shown = for_reading(
        levels.assign(label=levels["weekday"].map(told)),
        ("label", "days_enrolled", "days_absent", "absence_rate", "hidden"),
    )
    title = heading(adjusted, "weekday", say("Absence was highest on {weekdays}", weekdays=most))
    title = of_those_shown(title, some)
    return Finding("absence_by_weekday", title, text, table, shown, fig)


def near_break(records: StudentRecords, rates: pd.DataFrame) -> Finding:
    """Compare days beside a break with other days."""
    levels = of_driver(rates, "near_break")
    basis = records.calendar["basis"].iloc[0]
    inferred = say("No calendar was given: days of school were inferred from the records.")
    said = [] if basis == "given" else [inferred]
    if levels.empty:
        none = say("No break of four days or more lies inside these records.")
        return Finding("near_break", say("Breaks: none to compare"), " ".join([none, *said]))
    table = passed(records, "near_break", seasonal.near_break(records))
    counted = say(
        "Absent by kind of day (counted): {kinds}. A break is four days or more without school.",
        kinds=kinds_of_day(table),
    )
    adjusted = table.merge(levels, left_on="near_break", right_on="level", how="left", suffixes=("", "_adjusted"))
    shown = for_reading(
        adjusted.assign(label=adjusted["near_break"].map(told).map(capital)),
        ("label", "dates", "absence_rate", "adjusted_rate"), label=later("Kind of day"),
    )  # fmt: skip
    text = " ".join([counted, compared(levels, "near_break"), *said])
    return Finding("near_break", most_beside_a_break(table), text, table, shown)


def worst_days(records: StudentRecords, estimates: Estimates) -> Finding:
    """List the days that cost most, against what their month and weekday lead one to expect."""
    columns = [*LEVEL_COLUMNS, "date", "absence_rate", "expected_rate", "days_absent", "note"]
    if estimates.by_date.empty:
        return Finding("worst_days", say("The worst days: nothing to hold them against"), told(estimates.refused))
    days = passed(records, "absence_by_date", estimates.by_date)
    table = passed(records, "worst_days", estimates.by_date.nlargest(WORST, "absence_rate")[columns])
    if table["absence_rate"].isna().all():
        return Finding.hidden("worst_days", say("Days"), table)
    more = table["days_absent"] * (1 - table["expected_rate"] / table["absence_rate"])
    extra = more.sum()
    some = some_shown(table, "absence_rate", later("day"), later("days"))
    worst = highest(table, "absence_rate")
    first = worst.first
    said = {"days": count(table["days_absent"].sum()), "drivers": listed([*map(driver_words, estimates.drivers)])}
    cost = plural(
        len(table),
        "The day with the highest absence cost {days} days; that is about {extra} more than expected by {drivers}.",
        "The {number} days with the highest absence cost {days} days; that is about {extra} more than expected by {drivers}.",
        **said, extra=count(rough(extra)),
    ) if extra >= 1 else plural(
        len(table),
        "The day with the highest absence cost {days} days; that is no more than expected by {drivers}.",
        "The {number} days with the highest absence cost {days} days; that is no more than expected by {drivers}.",
        **said,
    )  # fmt: skip
    worst_day = {"day": day_name(first.date), "rate": worst.said, "expected": percent(first.expected_rate)}
    was = (
        say("The worst was {day} ({rate} absent, {expected} expected, noted as {note}).", **worst_day, note=first.note)
        if first.note
        else say("The worst was {day} ({rate} absent, {expected} expected).", **worst_day)
    )
    if len(worst.rows) > 1:
        was = say(
            "The worst were {days} ({rate} absent each).",
            days=worst.names(lambda row: day_name(row.date)),
            rate=worst.said,
        )
    named = "" if (records.calendar["note"] != "").any() else told(NO_NOTES)
    text = joined(some, "" if some else cost, was, of_one_day(table, more), named, told(HIGH_BY_CHANCE))
    alt = say("Share of students absent on every day of school, {year}.", year=records.year)
    fig = figure(plots.calendar_heatmap(list(days["date"]), list(days["absence_rate"])), "worst_days", f"{alt} {text}")
    title = plural(len(table), "The day with the highest absence", "The {number} days with the highest absence")
    title = of_those_shown(title, some)
    return Finding("worst_days", title, text, table, read_days(table), fig)


def by_week(records: StudentRecords) -> Finding:
    """Show the weeks of the year, first and last among them."""
    table = gated(records, "week")
    levels = of_year(table, records.year)
    first, last = levels.head(2), levels.tail(2)
    if first["days_enrolled"].isna().any() or last["days_enrolled"].isna().any():  # one of two is not both
        return Finding.hidden("absence_by_week", say("The first and the last weeks"), table)
    rate = [percent(part["days_absent"].sum() / part["days_enrolled"].sum()) for part in (first, last)]
    ends = {"first": rate[0], "last": rate[1]}
    text = say("In the first two weeks students missed {first} of marked days, in the last two {last}.", **ends)
    drawn = levels.assign(label=[dated(day, "d MMM") for day in levels["week_start"]])
    alt = say("Share of days absent by week, {year}.", year=records.year)
    fig = figure(
        plots.lines(drawn, "label", "absence_rate", when="week_start", axis=say("days absent")),
        "absence_by_week",
        f"{alt} {text}",
    )
    shown = for_reading(levels, ("week_start", "days_enrolled", "days_absent", "absence_rate"))
    title = say("{first} absent in the first two weeks, {last} in the last two", **ends)
    return Finding("absence_by_week", title, text, table, shown, fig)
