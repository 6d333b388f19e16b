"""Page 02: the tiers of attendance by the share of days missed, by band of grades and in each year."""

from collections.abc import Iterable

import pandas as pd

from analysis.findings.finding import NOTHING, Finding
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import Figure, figure
from analysis.findings.tables import for_reading
from analysis.findings.words import count, joined, listed, percent, whole_percent
from analysis.language import later, say, told
from analysis.models.published_years import OTHER_CALENDAR
from analysis.models.sentences import NOT_COMPARABLE
from analysis.records.types import Source, StudentRecords
from analysis.vocabulary import TIERS

COUNTED_YEARS = later(
    "Counted rates have no interval; a change of the rules or of the calendar between years would show here too."
)


def tier_bounds(records: Source) -> dict[str, str]:
    """Write where the tiers of attendance begin, by the study's own rules: '5%', '10%', '20%'."""
    rules = records.study.settings.definitions
    return {name: whole_percent(getattr(rules, name)) for name in TIERS[1:]}


def tier_words(records: Source) -> dict[str, str]:
    """Name each tier by the share of days missed."""
    bounds = tier_bounds(records)
    words = (
        say("under {at_risk}", **bounds),
        say("at risk, {at_risk} to {moderate_chronic}", **bounds),
        say("moderate, {moderate_chronic} to {severe_chronic}", **bounds),
        say("severe, {severe_chronic} or more", **bounds),
    )
    return dict(zip(TIERS, words, strict=True))


def tier_figure(records: Source, counts: pd.DataFrame, label: str, name: str, text: str) -> Figure:
    """Draw the tiers as stacked shares of the students counted, a bar a row of `counts`."""
    parts = {name: words for name, words in tier_words(records).items() if name in counts}
    drawn = counts.assign(**{name: counts[name] / counts["students_counted"] for name in parts})
    return figure(plots.stacked_bars(drawn, label, parts, axis=say("share of students counted")), name, text)


def on_another_calendar(totals: pd.DataFrame) -> "pd.Series[bool]":
    """Say in which years a student was enrolled for another number of days: fewer make a threshold easier."""
    days = totals["days_enrolled"].astype(float) / totals["students"].astype(float)
    return (days / days.median() - 1).abs() > OTHER_CALENDAR


def said_apart(years: Iterable[str]) -> str:
    """Say which years are `on_another_calendar`."""
    return say(
        "A student was enrolled for another number of days in {years}: not comparable.", years=listed(list(years))
    )


def tiers_over_years(records: Source, grades: pd.DataFrame) -> Finding:
    """Stand the tiers of each year beside each other: is satisfactory attendance growing?"""
    totals = grades[grades["level_type"] == "total"]
    tiers = totals[list(TIERS)]
    if not isinstance(records, StudentRecords) or len(totals) < 2:
        return NOTHING  # said where the years stand beside each other, or of what the records cannot say
    name, known = "tiers_over_years", totals[tiers.notna().all(axis=1)]
    if len(known) < 2:
        if tiers.isna().all(axis=None) and not totals["hidden"].any():
            return NOTHING
        return Finding.hidden(name, say("Tiers of attendance in each year"), totals, own=False)
    other = on_another_calendar(known)
    alike = known[~other]
    first, last = (alike.iloc[0], alike.iloc[-1]) if len(alike) > 1 else (None, None)
    text, title = told(NOT_COMPARABLE), say("Tiers of attendance in each year")
    if first is not None and last is not None:
        ends = {"first_year": first.school_year, "last_year": last.school_year}
        went = [
            say(
                "{tier} from {first} to {last}", tier=words, first=percent(first[tier] / first.students_counted),
                last=percent(last[tier] / last.students_counted),
            )
            for tier, words in tier_words(records).items()
        ]  # fmt: skip
        text = say(
            "Shares of the students counted ({first} in {first_year}, {last} in {last_year}), by the share of days missed:"
            " {tiers}.",
            first=count(first.students_counted), last=count(last.students_counted), tiers=listed(went), **ends,
        )  # fmt: skip
        title = say(
            "Satisfactory attendance went from {first} in {first_year} to {last} in {last_year}",
            first=percent(first.satisfactory / first.students_counted),
            last=percent(last.satisfactory / last.students_counted), **ends,
        )  # fmt: skip
    text = joined(
        text,
        said_apart(known.loc[other, "school_year"]) if first is not None and other.any() else "",
        told(COUNTED_YEARS),
    )  # fmt: skip
    shown = for_reading(totals, ("school_year", "students_counted", *TIERS, "hidden"))
    alt = say("Share of students in each attendance tier, by school year.")
    fig = tier_figure(records, totals, "school_year", name, f"{alt} {text}")
    return Finding(name, title, text, shown=shown, figure=fig, rows_of="absence_by_grade")
