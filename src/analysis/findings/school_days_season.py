"""Page 04 of days of schools: months, weekdays, breaks and single days; or weeks, where a row is a week."""

from collections.abc import Callable

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings import plots
from analysis.findings.figure import figure
from analysis.findings.finding import Finding, Findings
from analysis.findings.lead import lead_of
from analysis.findings.school_days_words import (
    at_average,
    first_up,
    kind_word,
    labelled,
    unit_word,
    unit_words,
    week_tick,
    week_words,
)
from analysis.findings.season_levels import adjusted_figure, compared, of_driver
from analysis.findings.sentences import ONE_YEAR
from analysis.findings.tables import for_reading, gated, highest, lowest, of_year, passed, rows
from analysis.findings.words import count, listed, month_name, percent, plural
from analysis.measures import school_days as measures
from analysis.models.estimates import Estimates, estimate
from analysis.records.types import SchoolDays
from analysis.vocabulary import LEVEL_COLUMNS, MONTHS

WORST = 10
FEW_REPORT = 0.9
"""A month in which an average date has fewer of the schools than this is named."""
BEST_WEEKS = 5
READ = ("label", "days_enrolled", "days_absent", "absence_rate", "hidden")
NO_MONTHS = "A row of these records is a week: months, weekdays and single days cannot be told apart."
NO_BREAKS = (
    "No calendar was given. A gap between the dates of these records can be a break, or days that were not kept, so days"
    " beside a break are not compared."
)


def season(source: SchoolDays) -> dict[str, Finding | Findings]:
    """Give the findings of the page by field."""
    estimates = estimate(source)
    by_kind = {"by_level": by_level(source)} if source.kinds else {}
    if source.period == "week":
        return {"by_month": by_week(source), **by_kind, "by_week": Finding("weeks_only", "Weeks only", NO_MONTHS)}
    rates = labelled(source, estimates)
    held = f"{unit_word(source)} and the rest of the season"
    return {
        "by_month": by_month(source, rates, held),
        **by_kind,
        "by_weekday": by_weekday(source, rates, held),
        "near_break": near_break(source, rates, held),
        "worst_days": worst_days(source, estimates),
        "by_week": by_week(source),
    }


def by_month(source: SchoolDays, rates: pd.DataFrame, held: str) -> Finding:
    """Compare months, and the months of several years where there are several."""
    table = gated(source, "month")
    levels = of_year(table, source.year)
    if levels["absence_rate"].isna().all():
        return Finding("absence_by_month", "By month: nothing is shown", hidden_text(table), table)
    high = highest(levels, "absence_rate")
    text = (
        f"{_extremes(source, levels, 'month', month_name)} These are counted rates, with no interval."
        f" {compared(of_driver(rates, 'month'), 'month', held)} {_other_years(source, table, high.month) or ONE_YEAR}{_fewer_schools(source)}"
    )
    fig = adjusted_figure(
        of_driver(rates, "month"), "absence_by_month", f"by month, {source.year}. {text}", lead_of(source).axis
    )
    shown = for_reading(levels.assign(label=levels["month"].map(month_name)), READ)
    title = f"Absence was highest in {month_name(high.month)}" if len(levels) > 1 else month_name(high.month)
    return Finding("absence_by_month", title, text, table, shown, fig)


def _extremes(source: SchoolDays, levels: pd.DataFrame, column: str, say: Callable[[str], str]) -> str:
    """Say the highest and the lowest of the levels, or the only one."""
    known = levels[levels["absence_rate"].notna()]
    high, low = highest(known, "absence_rate"), lowest(known, "absence_rate")
    at = f"{say(getattr(high, column))} ({percent(high.absence_rate)})"
    if len(known) == 1:
        return f"These records hold one {column.removesuffix('_start')}{at_average(source)}: {at}."
    below = f"{say(getattr(low, column))} ({percent(low.absence_rate)})"
    return f"Absence{at_average(source)} was highest in {at} and lowest in {below}."


def _fewer_schools(source: SchoolDays) -> str:
    """Say in which months fewer schools report, so that counted and adjusted rates are of other schools."""
    share = measures.reporting(source)
    few = share[share < FEW_REPORT]
    if few.empty:
        return ""
    said = listed(
        [f"{month_name(month)} ({percent(value, 0)} of them on an average date)" for month, value in few.items()]
    )
    return (
        f" Not all {unit_words(source)} report in {said}: a counted rate is of those that do, an adjusted one of all as"
        " they report over the year."
    )


def _other_years(source: SchoolDays, table: pd.DataFrame, month: str) -> str:
    """Say how the month stood in other years; '' where there are none."""
    others = table[(table["level_type"] == "level") & (table["school_year"] != source.year)]
    others = others[others["month"].str[5:] == month[5:]]
    said = [f"{percent(row.absence_rate)} in {row.school_year}" for row in rows(others)]
    return f"In other years {MONTHS[int(month[5:]) - 1]} had {listed(said)}." if said else ""


def by_level(source: SchoolDays) -> Finding:
    """Show the year by kind of school."""
    kind, time = source.kinds[0], "month" if source.period == "day" else "week_start"
    name = f"absence_by_{kind}_and_{'month' if source.period == 'day' else 'week'}"
    table = passed(source, name, measures.kind_and_time(source, kind))
    known = table[table["absence_rate"].notna()]
    if known.empty:
        return Finding(name, f"By {kind_word(kind)}: nothing is shown", hidden_text(table), table)
    say, tick = (month_name, lambda month: month_name(month)[:3]) if source.period == "day" else (week_words, week_tick)
    worst = known.loc[known.groupby(kind)["absence_rate"].idxmax()].sort_values("absence_rate", ascending=False)
    peaks = [f"{getattr(row, kind)} in {say(getattr(row, time))} ({percent(row.absence_rate)})" for row in rows(worst)]
    text = f"By {kind_word(kind)}, absence was highest for {listed(peaks)}. These are counted rates."
    fig = figure(
        plots.lines(known.assign(label=known[time].map(tick)).sort_values(time), "label", "absence_rate", kind, axis=lead_of(source).axis),
        "month_by_level", f"Share of days absent by {kind_word(kind)} over the year, {source.year}. {text}",
    )  # fmt: skip
    return Finding(name, f"The year by {kind_word(kind)}", text, table, figure=fig)


def by_weekday(source: SchoolDays, rates: pd.DataFrame, held: str) -> Finding:
    """Compare weekdays."""
    table = gated(source, "weekday")
    levels = of_year(table, source.year)
    if levels["absence_rate"].isna().all():
        return Finding("absence_by_weekday", "By weekday: nothing is shown", hidden_text(table), table)
    high, low = highest(levels, "absence_rate"), lowest(levels, "absence_rate")
    text = (
        f"Absent{at_average(source)}: {percent(high.absence_rate)} on {high.weekday}s, {percent(low.absence_rate)} on"
        f" {low.weekday}s (counted). {compared(of_driver(rates, 'weekday'), 'weekday', held)}"
    )
    fig = adjusted_figure(
        of_driver(rates, "weekday"), "absence_by_weekday", f"by weekday, {source.year}. {text}", lead_of(source).axis
    )
    shown = for_reading(levels.assign(label=levels["weekday"]), READ)
    return Finding("absence_by_weekday", f"Absence was highest on {high.weekday}s", text, table, shown, fig)


def near_break(source: SchoolDays, rates: pd.DataFrame, held: str) -> Finding:
    """Compare days beside a break, where the study gives the days of school."""
    levels = of_driver(rates, "near_break")
    if levels.empty:
        text = NO_BREAKS if (source.calendar["basis"] == "inferred").all() else "No break lies inside these records."
        return Finding("near_break", "Days beside a break: not compared", text)
    table = passed(source, "near_break", measures.near_break(source))
    if table["absence_rate"].isna().all():
        return Finding("near_break", "Days beside a break: nothing is shown", hidden_text(table), table)
    said = [f"{row.near_break} {percent(row.absence_rate)} over {plural(row.dates, 'date')}" for row in rows(table)]
    text = (
        f"Absent by kind of day{at_average(source)} (counted): {listed(said)}. A break is four days or more without school."
        f" {compared(levels, 'kind of day', held)}"
    )
    high = highest(table[table["near_break"] != "other"], "absence_rate")
    shown = for_reading(table.assign(label=table["near_break"].str.capitalize()),
                        {"label": "Kind of day", "dates": "Dates", "absence_rate": "Absence rate"})  # fmt: skip
    return Finding("near_break", f"{percent(high.absence_rate)} absent on a {high.near_break}", text, table, shown)


def worst_days(source: SchoolDays, estimates: Estimates) -> Finding:
    """List the days that stood out, against what their month and weekday lead one to expect."""
    columns = [*LEVEL_COLUMNS, "date", "absence_rate", "expected_rate", "days_absent", "note"]
    table = passed(source, "worst_days", estimates.by_date.nlargest(WORST, "absence_rate")[columns])
    days = passed(source, "absence_by_date", estimates.by_date)
    if table["absence_rate"].isna().all():
        return Finding("worst_days", "The worst days: nothing is shown", hidden_text(table), table)
    first = table.iloc[0]
    when = pd.Timestamp(first.date)
    expected = f", {percent(first.expected_rate)} expected of its month and weekday" if first.expected_rate > 0 else ""
    note = f", noted as {first.note}" if first.note else ""
    text = (
        f"The highest absence{at_average(source)} was on {when:%A} {when.day} {when:%B %Y}: {percent(first.absence_rate)}"
        f"{expected}{note}."
    )
    if len(days) > len(table):
        text += f" The {len(table)} highest days have {percent(table['absence_rate'].min())} or more."
    if source.counted and table["expected_rate"].notna().all():
        extra = (table["days_absent"] * (1 - table["expected_rate"] / table["absence_rate"])).sum()
        text += f" They cost {count(table['days_absent'].sum())} days, {count(extra)} more than expected."
    text += " The highest of many days is high partly by chance."
    dates = pd.to_datetime(table["date"])
    shown = for_reading(table.assign(label=[f"{day:%a} {day.day} {day:%b %Y}" for day in dates]), {
        "label": "Day", "absence_rate": "Absence rate", "expected_rate": "Expected rate", "days_absent": "Days absent",
        "note": "Note",
    })  # fmt: skip
    fig = figure(
        plots.calendar_heatmap(list(days["date"]), list(days["absence_rate"])), "worst_days",
        f"Share absent on every date of these records, {source.year}. {text}",
    )  # fmt: skip
    title = f"{percent(first.absence_rate)} absent on {when.day} {when:%B}, the highest of {len(days)} days"
    return Finding("worst_days", title, text, table, shown, fig)


def by_week(source: SchoolDays) -> Finding:
    """Show the weeks of the year; beside those of other years where weeks are known by their place only."""
    table = gated(source, "week")
    levels = of_year(table, source.year)
    known = levels[levels["absence_rate"].notna()]
    if known.empty:
        return Finding("absence_by_week", "By week: nothing is shown", hidden_text(table), table)
    high = highest(known, "absence_rate")
    text = _extremes(source, known, "week_start", week_words)
    text += " Each week is one week: these are counted rates, without a range."
    drawn, by = known, ""
    if not source.dated:
        text += " The source numbers the weeks of school: their dates, and so their months, are not known."
    if not source.dated and len(source.years) > 1:
        text += _weeks_again(source, table)
        drawn, by = table[(table["level_type"] == "level") & table["absence_rate"].notna()], "school_year"
        drawn = drawn.sort_values(["week_start", "school_year"])
    fig = figure(
        plots.lines(drawn.assign(label=drawn["week_start"].map(week_tick)), "label", "absence_rate", by, axis=lead_of(source).axis),
        "absence_by_week", f"Share of days absent by week, {listed(source.years) if by else source.year}. {text}",
    )  # fmt: skip
    shown = for_reading(
        levels.assign(label=[first_up(week_words(week).removeprefix("the ")) for week in levels["week_start"]]), READ
    )
    title = f"Absence was highest in {week_words(high.week_start)}" if len(known) > 1 else "One week"
    return Finding("absence_by_week", title, text, table, shown, fig, hidden_text(table))


def _weeks_again(source: SchoolDays, table: pd.DataFrame) -> str:
    """Say whether the highest weeks of the year were high the year before."""
    before = source.years[source.years.index(source.year) - 1] if source.years.index(source.year) else source.years[-1]
    weeks = [of_year(table, year).set_index("week_start")["absence_rate"].dropna() for year in (source.year, before)]
    both = weeks[0].index.intersection(weeks[1].index)
    if len(both) < 2 * BEST_WEEKS:
        return ""
    top = [set(year[both].nlargest(BEST_WEEKS).index) for year in weeks]
    same = sorted(top[0] & top[1])
    named = f" ({listed([week_words(week) for week in same])})" if same else ""
    return (
        f" Of the {BEST_WEEKS} highest weeks of {source.year}, {len(same) or 'none'} {'was' if len(same) == 1 else 'were'} among the"
        f" {BEST_WEEKS} highest of {before} too{named}; {len(both)} weeks stand in both years."
    )
