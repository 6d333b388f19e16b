"""Page 04 of days of schools: months, weekdays, breaks and single days; or weeks, where a row is a week."""

from collections.abc import Callable

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import Finding, Findings
from analysis.findings.gated import estimated, gated, passed
from analysis.findings.names import driver_words, kind_of_schools, units_of, weekdays_name
from analysis.findings.outcome import lead_of
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure
from analysis.findings.school_days.words import (
    at_average,
    days_of,
    labelled,
    level_word,
    unit_word,
    unit_words,
    week_tick,
    week_words,
)
from analysis.findings.season_levels import (
    HIGH_BY_CHANCE,
    WORST,
    adjusted_figure,
    compared,
    heading,
    kinds_of_day,
    most_beside_a_break,
    of_driver,
    of_one_day,
    read_days,
)
from analysis.findings.sentences import NO_NOTES, ONE_YEAR
from analysis.findings.tables import for_reading, highest, lowest, of_those_shown, of_year, rows, some_shown
from analysis.findings.words import capital, count, day_name, joined, listed, month_name, month_short, percent
from analysis.language import dated, later, plural, say, told
from analysis.measures import school_days as measures
from analysis.models.estimates import Estimates
from analysis.records.types import SchoolDays
from analysis.vocabulary import LEVEL_COLUMNS

FEW_REPORT = 0.9
"""A month in which an average date has fewer of the schools than this is named."""
BEST_WEEKS = 5
READ = ("label", "days_enrolled", "days_absent", "absence_rate", "hidden")
NO_MONTHS = later("A row of these records is a week: months, weekdays and single days cannot be told apart.")
NO_BREAKS = later(
    "No calendar was given. A gap between the dates of these records can be a break, or days that were not kept, so days"
    " beside a break are not compared."
)


def season(source: SchoolDays) -> dict[str, Finding | Findings]:
    """Give the findings of the page by field."""
    estimates = estimated(source)
    by_kind = {"by_level": by_level(source)} if source.kinds else {}
    if source.period == "week":
        return {
            "by_month": by_week(source),
            **by_kind,
            "by_week": Finding("weeks_only", say("Weeks only"), told(NO_MONTHS)),
        }
    rates = labelled(source, estimates)
    held = say("{unit} and the rest of the season", unit=unit_word(source))
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
        return _nothing("absence_by_month", units_of("month")[0], table)
    high = highest(levels, "absence_rate")
    month = high.names(lambda row: month_name(row.month))
    adjusted = of_driver(rates, "month")
    counted = f"{_extremes(source, levels, 'month', month_name)} {say('These are counted rates, with no interval.')}"
    before = joined(*(_other_years(source, table, each) for each in high.rows["month"]))
    others = joined(before or told(ONE_YEAR), _fewer_schools(source))
    text = f"{counted} {compared(adjusted, 'month', held)} {others}"
    in_brief = f"{counted} {compared(adjusted, 'month', held, plainly=True)} {others}"
    fig = adjusted_figure(
        adjusted, "absence_by_month", units_of("month")[0], source.year, text, axis=lead_of(source).axis
    )
    shown = for_reading(levels.assign(label=levels["month"].map(month_name)), READ)
    title = capital(month)
    if len(levels) > 1:
        title = heading(adjusted, "month", say("Absence was highest in {month}", month=month))
    title = of_those_shown(title, some_shown(levels, "absence_rate", *units_of("month")))
    return Finding("absence_by_month", title, text, table, shown, fig, in_brief=in_brief)


def _nothing(name: str, what: str, table: pd.DataFrame) -> Finding:
    return Finding(name, say("By {what}: nothing is shown", what=what), hidden_text(table), table)


def _extremes(source: SchoolDays, levels: pd.DataFrame, column: str, name: Callable[[str], str]) -> str:
    """Say the highest and the lowest of the levels, or the only one."""
    known = levels[levels["absence_rate"].notna()]
    high, low = (
        say("{when} ({rate})", when=end.names(lambda row: name(getattr(row, column))), rate=end.said)
        for end in (highest(known, "absence_rate"), lowest(known, "absence_rate"))
    )
    said = {"at_average": at_average(source), "high": high, "low": low}
    unit, units = units_of("month" if column == "month" else "week")
    some = some_shown(levels, "absence_rate", unit, units)
    if len(known) > 1:
        return joined(some, say("Absence{at_average} was highest in {high} and lowest in {low}.", **said))
    if len(levels) > 1:
        one = known.iloc[0]
        rate = percent(one["absence_rate"])
        return joined(some, say("One {unit} is shown: {name} ({rate}).", unit=unit, name=name(one[column]), rate=rate))
    if column == "month":
        return say("These records hold one month{at_average}: {high}.", **said)
    return say("These records hold one week{at_average}: {high}.", **said)


def _fewer_schools(source: SchoolDays) -> str:
    """Say in which months fewer schools report, so that counted and adjusted rates are of other schools."""
    share = measures.reporting(source)
    few = share[share < FEW_REPORT]
    if few.empty:
        return ""
    said = [
        say("{month} ({share} of them on an average date)", month=month_name(month), share=percent(value, 0))
        for month, value in few.items()
    ]
    return say(
        "Not all {units} report in {months}: a counted rate is of those that do, an adjusted one of all as they report over"
        " the year.",
        units=unit_words(source), months=listed(said),
    )  # fmt: skip


def _other_years(source: SchoolDays, table: pd.DataFrame, month: str) -> str:
    """Say how the month stood in other years; '' where there are none."""
    others = table[(table["level_type"] == "level") & (table["school_year"] != source.year)]
    others = others[others["month"].str[5:] == month[5:]]
    said = [say("{rate} in {year}", rate=percent(row.absence_rate), year=row.school_year) for row in rows(others)]
    if not said:
        return ""
    return say("In other years {month} had {rates}.", month=dated(f"{month}-01", "MMMM"), rates=listed(said))


def by_level(source: SchoolDays) -> Finding:
    """Show the year by kind of school."""
    kind, time = source.kinds[0], "month" if source.period == "day" else "week_start"
    what = driver_words(kind)
    name = f"absence_by_{kind}_and_{'month' if source.period == 'day' else 'week'}"
    table = passed(source, name, measures.kind_and_time(source, kind))
    known = table[table["absence_rate"].notna()]
    if known.empty:
        return _nothing(name, what, table)
    of_levels = kind == "school_level"
    known = known.assign(
        kind=known[kind].map(told) if of_levels else known[kind],
        schools=known[kind].map(kind_of_schools) if of_levels else known[kind],
    )
    words, tick = (month_name, month_short) if source.period == "day" else (week_words, week_tick)
    ends = [highest(times, "absence_rate") for _, times in known.groupby("kind")]
    peaks = [
        say("{level} in {month} ({rate})", level=end.first.schools, month=end.names(lambda row: words(getattr(row, time))), rate=end.said)
        for end in sorted(ends, key=lambda end: -end.first.absence_rate)
    ]  # fmt: skip
    text = joined(
        some_shown(table, "absence_rate", later("row"), later("rows")),
        say("By {what}, absence was highest for {peaks}. These are counted rates.", what=what, peaks=listed(peaks)),
    )
    alt = say("Share of days absent by {what} over the year, {year}.", what=what, year=source.year)
    drawn = known.assign(label=known[time].map(tick)).sort_values(time)
    fig = figure(
        plots.lines(drawn, "label", "absence_rate", "kind", when=days_of(source, time), axis=lead_of(source).axis),
        "month_by_level",
        f"{alt} {text}",
    )
    return Finding(name, say("The year by {what}", what=what), text, table, figure=fig)


def by_weekday(source: SchoolDays, rates: pd.DataFrame, held: str) -> Finding:
    """Compare weekdays."""
    table = gated(source, "weekday")
    levels = of_year(table, source.year)
    if levels["absence_rate"].isna().all():
        return _nothing("absence_by_weekday", units_of("weekday")[0], table)
    high, low = highest(levels, "absence_rate"), lowest(levels, "absence_rate")
    adjusted = of_driver(rates, "weekday")
    most, fewest = (end.names(lambda row: weekdays_name(row.weekday)) for end in (high, low))
    some = some_shown(levels, "absence_rate", *units_of("weekday"))
    counted = joined(some, say(
        "Absent{at_average}: {highest} on {most}, {lowest} on {fewest} (counted).", at_average=at_average(source),
        highest=high.said, most=most, lowest=low.said, fewest=fewest,
    ))  # fmt: skip
    text = f"{counted} {compared(adjusted, 'weekday', held)}"
    fig = adjusted_figure(
        adjusted, "absence_by_weekday", units_of("weekday")[0], source.year, text, axis=lead_of(source).axis
    )
    shown = for_reading(levels.assign(label=levels["weekday"].map(told)), READ)
    title = heading(adjusted, "weekday", say("Absence was highest on {weekdays}", weekdays=most))
    title = of_those_shown(title, some)
    return Finding("absence_by_weekday", title, text, table, shown, fig)


def near_break(source: SchoolDays, rates: pd.DataFrame, held: str) -> Finding:
    """Compare days beside a break, where the study gives the days of school."""
    levels = of_driver(rates, "near_break")
    if levels.empty:
        inferred = (source.calendar["basis"] == "inferred").all()
        text = told(NO_BREAKS) if inferred else say("No break lies inside these records.")
        return Finding("near_break", say("Days beside a break: not compared"), text)
    table = passed(source, "near_break", measures.near_break(source))
    if table["absence_rate"].isna().all():
        return Finding("near_break", say("Days beside a break: nothing is shown"), hidden_text(table), table)
    counted = say(
        "Absent by kind of day{at_average} (counted): {kinds}. A break is four days or more without school.",
        at_average=at_average(source), kinds=kinds_of_day(table),
    )  # fmt: skip
    shown = for_reading(
        table.assign(label=table["near_break"].map(told).map(capital)),
        ("label", "dates", "absence_rate"),
        label=later("Kind of day"),
    )
    text = f"{counted} {compared(levels, 'near_break', held)}"
    return Finding("near_break", most_beside_a_break(table), text, table, shown)


def worst_days(source: SchoolDays, estimates: Estimates) -> Finding:
    """List the days that stood out, against what their month and weekday lead one to expect."""
    columns = [*LEVEL_COLUMNS, "date", "absence_rate", "expected_rate", "days_absent", "note"]
    table = passed(source, "worst_days", estimates.by_date.nlargest(WORST, "absence_rate")[columns])
    days = passed(source, "absence_by_date", estimates.by_date)
    if table["absence_rate"].isna().all():
        return Finding("worst_days", say("The worst days: nothing is shown"), hidden_text(table), table)
    high = highest(table, "absence_rate")
    first, rate, what = high.first, high.said, [high.said]
    if first.expected_rate > 0 and len(high.rows) == 1:
        what.append(say("{rate} expected of its month and weekday", rate=percent(first.expected_rate)))
    if first.note and len(high.rows) == 1:
        what.append(say("noted as {note}", note=first.note))
    some = some_shown(days, "absence_rate", later("day"), later("days"))
    text = [
        some,
        say(
            "The highest absence{at_average} was on {day}: {what}.",
            at_average=at_average(source), day=high.names(lambda row: day_name(row.date)), what=", ".join(what),
        ),
    ]  # fmt: skip
    if len(days) > len(table) and not some:
        least = percent(table["absence_rate"].min())
        text.append(say("The {number} highest days have {rate} or more.", number=count(len(table)), rate=least))
    if source.counted and table["expected_rate"].notna().all():
        more = table["days_absent"] * (1 - table["expected_rate"] / table["absence_rate"])
        said = {"days": count(table["days_absent"].sum()), "extra": count(more.sum())}
        text.append(say("They cost {days} days, {extra} more than expected.", **said))
        text.append(of_one_day(table, more))
    text += [] if (source.calendar["note"] != "").any() else [told(NO_NOTES)]
    text.append(told(HIGH_BY_CHANCE))
    alt = say("Share absent on every date of these records, {year}.", year=source.year)
    fig = figure(
        plots.calendar_heatmap(list(days["date"]), list(days["absence_rate"])), "worst_days", joined(alt, *text)
    )
    title = say(
        "{rate} absent on {day}, the highest of {days} days",
        rate=rate, day=high.names(lambda row: dated(row.date, "d MMMM")), days=count(days["absence_rate"].notna().sum()),
    )  # fmt: skip
    title = of_those_shown(title, some)
    return Finding("worst_days", title, joined(*text), table, read_days(table), fig)


def by_week(source: SchoolDays) -> Finding:
    """Show the weeks of the year; beside those of other years where weeks are known by their place only."""
    table = gated(source, "week")
    levels = of_year(table, source.year)
    known = levels[levels["absence_rate"].notna()]
    if known.empty:
        return _nothing("absence_by_week", units_of("week")[0], table)
    high = highest(known, "absence_rate")
    text = [
        _extremes(source, levels, "week_start", week_words),
        say("Each week is one week: these are counted rates, without a range."),
    ]
    drawn, by = known, ""
    if not source.dated:
        text.append(say("The source numbers the weeks of school: their dates, and so their months, are not known."))
    if not source.dated and len(source.years) > 1:
        text += _weeks_again(source, table)
        drawn, by = table[(table["level_type"] == "level") & table["absence_rate"].notna()], "school_year"
        drawn = drawn.sort_values(["week_start", "school_year"])
    alt = say("Share of days absent by week, {year}.", year=listed(source.years) if by else source.year)
    drawn = drawn.assign(label=drawn["week_start"].map(week_tick))
    fig = figure(
        plots.lines(drawn, "label", "absence_rate", by, when=days_of(source, "week_start"), axis=lead_of(source).axis), "absence_by_week",
        " ".join([alt, *text]),
    )  # fmt: skip
    shown = for_reading(levels.assign(label=[level_word("week", week) for week in levels["week_start"]]), READ)
    title = say("One week")
    if len(known) > 1:
        title = say("Absence was highest in {week}", week=high.names(lambda row: week_words(row.week_start)))
    title = of_those_shown(title, some_shown(levels, "absence_rate", *units_of("week")))
    return Finding("absence_by_week", title, " ".join(text), table, shown, fig, hidden_text(table))


def _weeks_again(source: SchoolDays, table: pd.DataFrame) -> list[str]:
    """Say whether the highest weeks of the year were high the year before."""
    before = source.years[source.years.index(source.year) - 1] if source.years.index(source.year) else source.years[-1]
    weeks = [of_year(table, year).set_index("week_start")["absence_rate"].dropna() for year in (source.year, before)]
    both = weeks[0].index.intersection(weeks[1].index)
    if len(both) < 2 * BEST_WEEKS:
        return []
    top = [set(year[both].nlargest(BEST_WEEKS).index) for year in weeks]
    same = sorted(top[0] & top[1])
    said = {"top": count(BEST_WEEKS), "year": source.year, "before": before, "both": count(len(both))}
    if not same:
        return [
            say(
                "Of the {top} highest weeks of {year}, none were among the {top} highest of {before} too; {both} weeks stand in"
                " both years.",
                **said,
            )
        ]
    return [
        plural(
            len(same),
            "Of the {top} highest weeks of {year}, {number} was among the {top} highest of {before} too ({weeks}); {both} weeks"
            " stand in both years.",
            "Of the {top} highest weeks of {year}, {number} were among the {top} highest of {before} too ({weeks}); {both} weeks"
            " stand in both years.",
            weeks=listed([week_words(week) for week in same]), **said,
        )
    ]  # fmt: skip
