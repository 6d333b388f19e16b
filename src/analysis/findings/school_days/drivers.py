"""Page 03 of days of schools: what moves with absence, each school's own level taken out."""

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import Finding, Findings
from analysis.findings.gated import passed
from analysis.findings.model_tables import ASSOCIATIONS, read_not_separable
from analysis.findings.names import driver_words, units_of
from analysis.findings.outcome import lead_of
from analysis.findings.school_days.words import driver_word, labelled, no_expectation, unit_names, unit_word, unit_words
from analysis.findings.season_levels import adjusted_figure, compared, of_driver
from analysis.findings.tables import (
    ADJUSTED,
    beyond_chance,
    for_reading,
    furthest,
    highest,
    lowest,
    no_more_than_chance,
    of_those_shown,
    rows,
    some_shown,
)
from analysis.findings.words import LEVELS, capital, gap, listed, percent
from analysis.language import later, plural, say, told
from analysis.models.estimates import Estimates
from analysis.records.types import SchoolDays
from analysis.vocabulary import SEASON


def drivers(source: SchoolDays, estimates: Estimates) -> dict[str, Finding | Findings]:
    """Give the findings that are other than those of student records, by field."""
    rates = labelled(source, estimates)
    kinds = [kind for kind in source.kinds if kind in estimates.drivers]
    title = say("{units}: counted, not compared", units=capital(unit_words(source)))
    return {
        "model": model(source, estimates, rates.drop(columns="label")),
        "absence": by_kind(source, rates, kinds[0]) if kinds else by_season(source, estimates, rates),
        "schools": Finding("adjusted_schools", title, no_expectation(source)),
        "importance": spread(source, estimates),
        "not_separable": not_separable(source, estimates),
    }


def model(source: SchoolDays, estimates: Estimates, rates: pd.DataFrame) -> Finding:
    """Say what was fitted, on what, and how errors are counted."""
    names = listed([driver_word(source, name) for name in estimates.drivers if name != source.unit])
    period = say("week") if source.period == "week" else say("day")
    each = {"unit": unit_word(source), "period": period}
    weight = {
        "days": say("each {unit} and {period} weighs its days", **each),
        "students": say("each {unit} and {period} weighs its students", **each),
        "schools": say("each {unit} and {period} weighs the same, for the source gives percents alone", **each),
    }[source.weighs]
    asked = say(
        "An adjusted rate answers: what would the rate be if all these days had this level and everything else stayed as it"
        " is?"
    )
    if source.period == "week":
        asked = say(
            "An adjusted rate answers: what would the rate be if all these weeks had this level and everything else stayed"
            " as it is?"
        )
    said = {"unit": unit_word(source), "units": unit_words(source)}
    text = [
        say(
            "A logit of the share absent of {year}, with {drivers} together and every {unit}'s own level taken out: {weight}.",
            year=source.year, drivers=names, unit=said["unit"], weight=weight,
        ),
        asked,
        say(
            "Errors are clustered by {unit} and by date, for all {units} share a date's weather and illnesses.", **said
        ),
        told(ASSOCIATIONS),
    ]  # fmt: skip
    title = say("The model: {drivers}, within {units}", drivers=names, units=said["units"])
    return Finding("adjusted_rates", title, " ".join(text), rates)


def by_kind(source: SchoolDays, rates: pd.DataFrame, kind: str) -> Finding:
    """Compare kinds of school within the same district and date."""
    levels, word = of_driver(rates, kind), driver_words(kind)
    if levels["adjusted_rate"].isna().all():
        return Finding("adjusted_absence", say("By {kind}: nothing is shown", kind=word), hidden_text(levels), None)
    unit, units = unit_word(source), unit_words(source)
    held = say("{unit} and week", unit=unit) if source.period == "week" else say("{unit} and season", unit=unit)
    text, plain = (
        compared(levels, kind, held, say("all together"), units, plainly=plainly) for plainly in (False, True)
    )
    fig = adjusted_figure(levels, "adjusted_absence", word, source.year, text, axis=lead_of(source).axis)
    some = some_shown(levels, "adjusted_rate", *units_of(kind))
    title = of_those_shown(kinds_title(levels, word, held), some)
    return Finding("adjusted_absence", title, text, None, read_as(levels), fig, hidden_text(levels), in_brief=plain)


def kinds_title(levels: pd.DataFrame, word: str, held: str) -> str:
    """Head a comparison of kinds with the ends of those that differ by more than chance, for no other is sure."""
    if no_more_than_chance(levels):
        return say("By {group}: no more than chance would give", group=word)
    sure = levels[beyond_chance(levels)]
    if sure.empty:
        return say("By {group}: no comparison", group=word)
    high, low = highest(sure, "adjusted_rate"), lowest(sure, "adjusted_rate")
    said = {"highest": high.names(), "high": high.said, "held": held}
    if high.said == low.said:
        return say("{highest}: {high} absent, {held} held", **said)
    return say("{highest}: {high} absent, {lowest}: {low}, {held} held", lowest=low.names(), low=low.said, **said)


def by_season(source: SchoolDays, estimates: Estimates, rates: pd.DataFrame) -> Finding:
    """Compare the parts of the calendar, where there are no kinds of school."""
    season = [name for name in estimates.drivers if name in SEASON]
    levels = pd.concat([of_driver(rates, name) for name in season], ignore_index=True)
    if levels["adjusted_rate"].isna().all():
        return Finding("adjusted_absence", say("The season: nothing is shown"), hidden_text(levels))
    held = say("{unit} and the rest of the season", unit=unit_word(source))
    text, plain = (
        " ".join(compared(of_driver(rates, name), name, held, plainly=plainly) for name in season)
        for plainly in (False, True)
    )
    words = listed([driver_word(source, name) for name in season])
    fig = adjusted_figure(levels, "adjusted_absence", words, source.year, text, axis=lead_of(source).axis)
    known = levels[levels["contrast_low"].notna()]
    title = say("The season: no comparison")
    if no_more_than_chance(levels):
        title = say("The season: no more than chance would give")
    elif len(known):
        most = furthest(known)
        said = {"level": most.label, "gap": gap(most.contrast), "held": held}
        if most.contrast > 0:
            title = say("{level} is {gap} higher than the year, {held} held", **said)
        else:
            title = say("{level} is {gap} lower than the year, {held} held", **said)
    title = of_those_shown(title, some_shown(levels, "contrast", *LEVELS))
    return Finding("adjusted_absence", title, text, None, read_as(levels), fig, hidden_text(levels), in_brief=plain)


def read_as(levels: pd.DataFrame) -> pd.DataFrame:
    """Make a table of adjusted rates readable."""
    label, _, *numbers = ADJUSTED
    return for_reading(levels, (label, "days_enrolled", *numbers), label=later("Level"))


def spread(source: SchoolDays, estimates: Estimates) -> Finding:
    """Say where the spread of the rates lies."""
    table = passed(source, "importance", estimates.importance)
    said = {"units": unit_words(source)}
    if source.period == "week":
        over = say("Of the spread of absence rates over {units} and weeks", **said)
        date = say("between weeks, for all {units} alike", **said)
        rest = say("within {units}, from one week to another", **said)
        kinds = say("within {units}, between kinds of school or weeks", **said)
    else:
        over = say("Of the spread of absence rates over {units} and days", **said)
        date = say("between days, for all {units} alike", **said)
        rest = say("within {units}, from one day to another", **said)
        kinds = say("within {units}, between kinds of school or days", **said)
    words = {source.unit: say("between {units}", **said), "date": date, "rest": kinds if source.kinds else rest}
    shares = table.assign(label=table["driver"].map(words))
    lies = [say("{share} lies {where}", share=percent(row.share, 0), where=row.label) for row in rows(shares)]
    counted = say("That is counted, not explained: {units} differ in their students and in how they record.", **said)
    most = highest(shares, "share", lambda share: percent(share, 0))
    shown = for_reading(shares, ("label", "share"), label=later("Where"), share=later("Share of the spread"))
    title = most.names(lambda row: say("{share} of the spread lies {where}", share=most.said, where=row.label))
    return Finding("importance", title, f"{over}: {'; '.join(lies)}. {counted}", table, shown)


def not_separable(source: SchoolDays, estimates: Estimates) -> Finding:
    """Say what these records cannot separate."""
    table = passed(source, "not_separable", estimates.not_separable)
    said = [
        say(
            "A {unit}'s own level holds its grades, its students and its way of recording at once; these records have none"
            " of them apart.",
            unit=unit_word(source),
        )
    ]
    if source.period == "week":
        said.append(
            say(
                "Each week is one week: what happened in it, and what belongs to the time of year, cannot be told apart."
            )
        )
    else:
        said.append(say("One year has each month once: a month, and what happened in it, cannot be told apart."))
    said += [
        plural(times, "{number} level: {reason}", "{number} levels: {reason}", reason=told(reason))
        for reason, times in table["reason"].value_counts().items()
    ]
    names = unit_names(source)
    each = table.assign(
        label=[names.get(level, level) for level in table["level"]],
        driver=[driver_word(source, name) for name in table["driver"]],
    )
    shown = read_not_separable(each) if len(table) else None
    return Finding("not_separable", say("What these records cannot separate"), " ".join(said), table, shown)
