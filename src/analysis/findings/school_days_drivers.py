"""Page 03 of days of schools: what moves with absence, each school's own level taken out."""

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import Finding, Findings
from analysis.findings.lead import lead_of
from analysis.findings.school_days_words import (
    DRIVERS,
    driver_word,
    first_up,
    kind_word,
    labelled,
    unit_names,
    unit_word,
    unit_words,
)
from analysis.findings.season_levels import adjusted_figure, compared, of_driver
from analysis.findings.tables import for_reading, highest, lowest, passed, rows
from analysis.findings.words import listed, percent, plural
from analysis.models.estimates import Estimates
from analysis.models.sentences import NO_EXPECTATION
from analysis.records.types import SchoolDays


def drivers(source: SchoolDays, estimates: Estimates) -> dict[str, Finding | Findings]:
    """Give the findings that are other than those of student records, by field."""
    rates = labelled(source, estimates)
    kinds = [kind for kind in source.kinds if kind in estimates.drivers]
    return {
        "model": model(source, estimates, rates.drop(columns="label")),
        "absence": by_kind(source, rates, kinds[0]) if kinds else by_season(source, estimates, rates),
        "schools": Finding(
            "adjusted_schools", f"{first_up(unit_words(source))}: counted, not compared", NO_EXPECTATION
        ),
        "importance": spread(source, estimates),
        "not_separable": not_separable(source, estimates),
    }


def model(source: SchoolDays, estimates: Estimates, rates: pd.DataFrame) -> Finding:
    """Say what was fitted, on what, and how errors are counted."""
    unit, units = unit_word(source), unit_words(source)
    names = [driver_word(source, name) for name in estimates.drivers if name != source.unit]
    weight = {
        "days": f"each {unit} and {source.period} weighs its days",
        "students": f"each {unit} and {source.period} weighs its students",
        "schools": f"each {unit} and {source.period} weighs the same, for the source gives percents alone",
    }[source.weighs]
    text = (
        f"A logit of the share absent of {source.year}, with {listed(names)} together and every {unit}'s own level taken"
        f" out: {weight}. An adjusted rate answers: what would the rate be if all these {source.period}s had this level and"
        f" everything else stayed as it is? Errors are clustered by {unit} and by date, for all {units} share a date's"
        " weather and illnesses. These are associations: what is not in the model is still in the difference."
    )
    return Finding("adjusted_rates", f"The model: {listed(names)}, within {units}", text, rates)


def by_kind(source: SchoolDays, rates: pd.DataFrame, kind: str) -> Finding:
    """Compare kinds of school within the same district and date."""
    levels = of_driver(rates, kind)
    if levels["adjusted_rate"].isna().all():
        return Finding("adjusted_absence", f"By {kind_word(kind)}: nothing is shown", hidden_text(levels), None)
    season = "week" if source.period == "week" else "season"
    held = f"{unit_word(source)} and {season}"
    text = compared(levels, kind, held, "all together", unit_words(source))
    fig = adjusted_figure(levels, "adjusted_absence", kind_word(kind), source.year, text, axis=lead_of(source).axis)
    high, low = highest(levels, "adjusted_rate"), lowest(levels, "adjusted_rate")
    title = (
        f"{high.label}: {percent(high.adjusted_rate)} absent, {low.label}: {percent(low.adjusted_rate)}, {held} held"
    )
    return Finding("adjusted_absence", title, text, None, read_as(levels), fig, hidden_text(levels))


def by_season(source: SchoolDays, estimates: Estimates, rates: pd.DataFrame) -> Finding:
    """Compare the parts of the calendar, where there are no kinds of school."""
    season = [name for name in estimates.drivers if name in DRIVERS]
    levels = pd.concat([of_driver(rates, name) for name in season], ignore_index=True)
    if levels["adjusted_rate"].isna().all():
        return Finding("adjusted_absence", "The season: nothing is shown", hidden_text(levels))
    held = f"{unit_word(source)} and the rest of the season"
    text = " ".join(compared(of_driver(rates, name), name, held) for name in season)
    fig = adjusted_figure(
        levels,
        "adjusted_absence",
        listed([DRIVERS[name] for name in season]),
        source.year,
        text,
        axis=lead_of(source).axis,
    )
    known = levels[levels["contrast_low"].notna()]
    title = "The season: no comparison"
    if len(known):
        most = highest(known.assign(size=known["contrast"].abs()), "size")
        way = "higher" if most.contrast > 0 else "lower"
        title = f"{most.label} is {abs(100 * most.contrast):.1f} points {way} than the year, {held} held"
    return Finding("adjusted_absence", title, text, None, read_as(levels), fig, hidden_text(levels))


def read_as(levels: pd.DataFrame) -> pd.DataFrame:
    """Make a table of adjusted rates readable."""
    return for_reading(levels, {
        "label": "Level", "days_enrolled": "Days enrolled", "observed_rate": "Observed rate",
        "adjusted_rate": "Adjusted rate", "rate_low": "Rate, low", "rate_high": "Rate, high", "contrast": "Contrast",
        "contrast_low": "Contrast, low", "contrast_high": "Contrast, high", "p_adjusted": "p (BH)", "hidden": "Hidden",
    })  # fmt: skip


def spread(source: SchoolDays, estimates: Estimates) -> Finding:
    """Say where the spread of the rates lies."""
    table = passed(source, "importance", estimates.importance)
    units = unit_words(source)
    rest = f"within {units}, from one {source.period} to another"
    words = {
        source.unit: f"between {units}",
        "date": f"between {source.period}s, for all {units} alike",
        "rest": f"within {units}, between kinds of school or {source.period}s" if source.kinds else rest,
    }
    shares = table.assign(label=table["driver"].map(words))
    said = "; ".join(f"{percent(row.share, 0)} lies {row.label}" for row in rows(shares))
    text = (
        f"Of the spread of absence rates over {units} and {source.period}s: {said}. That is counted, not explained:"
        f" {units} differ in their students and in how they record."
    )
    most = highest(shares, "share")
    shown = for_reading(shares, {"label": "Where", "share": "Share of the spread"})
    return Finding("importance", f"{percent(most.share, 0)} of the spread lies {most.label}", text, table, shown)


def not_separable(source: SchoolDays, estimates: Estimates) -> Finding:
    """Say what these records cannot separate."""
    table = passed(source, "not_separable", estimates.not_separable)
    unit = unit_word(source)
    text = (
        f"A {unit}'s own level holds its grades, its students and its way of recording at once; these records have none of"
        " them apart."
    )
    if source.period == "week":
        text += (
            " Each week is one week: what happened in it, and what belongs to the time of year, cannot be told apart."
        )
    else:
        text += " One year has each month once: a month, and what happened in it, cannot be told apart."
    reasons = table["reason"].value_counts()
    text += "".join(f" {plural(number, 'level')}: {reason}" for reason, number in reasons.items())
    names = unit_names(source)
    shown = for_reading(
        table.assign(level=[names.get(level, level) for level in table["level"]],
                     driver=[driver_word(source, name) for name in table["driver"]]),
        {"driver": "Driver", "level": "Level", "reason": "Why not"},
    ) if len(table) else None  # fmt: skip
    return Finding("not_separable", "What these records cannot separate", text, table, shown)
