"""Pages 05 and 06 of days of schools: schools as counted, and whether the answer would change."""

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.answer import short
from analysis.findings.finding import NOTHING, Finding, Findings
from analysis.findings.gated import gated, passed
from analysis.findings.outcome import lead_of
from analysis.findings.school_days.words import level_word, no_expectation, unit_word, unit_words
from analysis.findings.tables import of_those_shown, of_year, some_shown
from analysis.findings.words import capital, count, counted, gap, joined, listed, number, percent, signed
from analysis.language import later, say, told
from analysis.models.estimates import Estimates
from analysis.models.robustness import AS_ON_THE_PAGE
from analysis.models.school_day_estimates import BY_SCHOOL, PLAIN
from analysis.records.types import SchoolDays

FEW = 10
"""Schools from which quarters and tenths of them are said."""
QUARTERS = (0.1, 0.25, 0.5, 0.75, 0.9)
OWN = f"absence: {AS_ON_THE_PAGE}"
ALL_HELD = {"day": later("The page's own hold all days."), "week": later("The page's own hold all weeks.")}


def schools(source: SchoolDays) -> dict[str, Finding | Findings]:
    """Give the findings of page 05 by field: schools are counted, and how far they lie apart."""
    name, units, driver = "school_effects", unit_words(source), source.unit
    table = of_year(gated(source, driver), source.year)
    known = table["absence_rate"].dropna()
    some = some_shown(table, "absence_rate", unit_word(source), units)
    if len(table) > 1 and known.empty:
        title, text = say("{units}: nothing is shown", units=capital(units)), hidden_text(table)
    elif len(known) in range(2, FEW):
        low, high = percent(known.min()), percent(known.max())
        head = {"noun": capital(lead_of(source).noun), "group": unit_word(source)}
        title = say("{noun} by {group}: from {lowest} to {highest}", **head, lowest=low, highest=high)
        text = say("These are counted rates: page 02 lists them.") + f" {no_expectation(source)}"
    elif len(known) > 1:
        title, text = _quarters(source, known)
    else:
        title = say("One {unit}: nothing to compare", unit=unit_word(source))
        text = no_expectation(source)
    return {name: Finding(name, of_those_shown(title, some), joined(some, text))}


def _quarters(source: SchoolDays, known: "pd.Series[float]") -> tuple[str, str]:
    """Say how far many schools lie apart: a title, and its sentences."""
    unit, units = unit_word(source), unit_words(source)
    low, first, middle, third, high = (percent(value) for value in known.quantile(list(QUARTERS)))
    said = [
        say(
            "Of {units}, half have an absence rate between {first} and {third}, and one in ten has {high} or more, one in"
            " ten {low} or less; the middle one has {middle}.",
            units=counted(len(known), unit, units), low=low, first=first, middle=middle, third=third, high=high,
        ),
        say("These are counted rates: page 02 lists them."),
        no_expectation(source),
    ]  # fmt: skip
    if source.weighs == "schools":
        said.append(
            say(
                "There is no page for each {unit}: a percent a day says no more of it than the tables do.",
                unit=unit,
            )
        )
    title = say(
        "{rate}: half of {number} {units} lie between {first} and {third}",
        rate=capital(lead_of(source).noun), number=count(len(known)), units=units, first=first, third=third,
    )  # fmt: skip
    return title, " ".join(said)


def checks(source: SchoolDays, estimates: Estimates) -> dict[str, Finding | Findings]:
    """Give the findings of page 06 by field, but for the model's own checks."""
    if estimates.robustness.empty:
        why = told(estimates.refused) or say("No level of these records has enough dates for a range.")
        return {"answer": Finding("robustness", say("There is no comparison to check"), why)}
    table = passed(source, "robustness", estimates.robustness)
    if table["contrast"].isna().all():
        return {"answer": Finding("robustness", say("Comparisons: nothing is shown"), hidden_text(table), table)}
    return {"answer": specifications(source, table), "each": Findings([errors(source, table)])}


def specifications(source: SchoolDays, table: pd.DataFrame) -> Finding:
    """Stand the contrasts of other specifications beside the page's own."""
    names = list(dict.fromkeys(table.loc[table["check"] != "errors", "specification"]))
    wide = table.pivot_table(index=["driver", "level"], columns="specification", values="contrast", sort=False)
    refitted = names[1:]
    if not refitted:
        why = say("None of the others could be fitted.")
        return Finding("robustness", say("No other specification"), why, table)
    moves = wide[refitted].sub(wide[OWN], axis=0).abs()
    said = [
        say("{specification} by {points} at most", specification=told(short(name)), points=gap(moves[name].max()))
        for name in refitted
    ]
    text = say("Contrasts move: {moves}.", moves=listed(said)) + f" {told(ALL_HELD[source.period])}"
    shown = pd.DataFrame({later("Level"): [level_word(driver, level) for driver, level in wide.index]})
    for name in (OWN, *refitted):
        shown[short(name)] = [signed(value) for value in wide[name]]
    some = some_shown(table[table["check"] != "errors"], "contrast", later("contrast"), later("contrasts"))
    text = joined(some, text)
    title = say("Other specifications move a contrast by {points} at most", points=gap(moves.max().max()))
    title = of_those_shown(title, some)
    return Finding("robustness", title, text, table, shown)


def errors(source: SchoolDays, table: pd.DataFrame) -> Finding:
    """Set errors clustered otherwise beside those of the page."""
    width = table.assign(width=table["contrast_high"] - table["contrast_low"])
    wide = width.pivot_table(index=["driver", "level"], columns="specification", values="width", sort=False)
    alone, plain = f"absence: {BY_SCHOOL}", f"absence: {PLAIN}"
    if not {OWN, alone, plain} <= set(wide):
        return NOTHING
    unit, units = unit_word(source), unit_words(source)
    by_unit, by_row = (wide[OWN] / wide[name] for name in (alone, plain))
    ends = {"unit": unit, "low": number(by_row.min(), 1), "high": number(by_row.max(), 1)}
    said = [
        say(
            "If all {units} did not share their dates, intervals would be {low} to {high} times narrower",
            units=units, low=number(by_unit.min(), 1), high=number(by_unit.max(), 1),
        ),
        say("if every {unit} and day were a draw of its own, {low} to {high} times", **ends)
        if source.period == "day"
        else say("if every {unit} and week were a draw of its own, {low} to {high} times", **ends),
    ]  # fmt: skip
    too_sure = say(
        "Both would be too sure: what makes one {unit} absent on a date often makes the others absent too.", unit=unit
    )
    text = f"{'; '.join(said)}. {too_sure}"
    shown = pd.DataFrame(
        {
            later("Level"): [level_word(driver, level) for driver, level in wide.index],
            say("By {unit} and date, points wide", unit=unit): [number(100 * value, 2) for value in wide[OWN]],
            say("By {unit} alone, points wide", unit=unit): [number(100 * value, 2) for value in wide[alone]],
            later("Plain, points wide"): [number(100 * value, 2) for value in wide[plain]],
        }
    )
    title = say("Errors by {unit} alone would be {times} times too small", unit=unit, times=number(by_unit.median(), 1))
    return Finding("robustness_errors", title, text, shown=shown)
