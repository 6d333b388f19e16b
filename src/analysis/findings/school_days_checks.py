"""Pages 05 and 06 of days of schools: schools as counted, and whether the answer would change."""

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import Finding, Findings
from analysis.findings.school_days_words import first_up, level_word, unit_word, unit_words
from analysis.findings.tables import gated, of_year, passed
from analysis.findings.words import count, listed, percent, plural, signed
from analysis.models.estimates import Estimates
from analysis.models.robustness import AS_ON_THE_PAGE
from analysis.models.school_day_estimates import BY_SCHOOL, PLAIN
from analysis.models.sentences import NO_EXPECTATION
from analysis.records.types import SchoolDays

FEW = 10
"""Schools from which quarters and tenths of them are said."""
QUARTERS = (0.1, 0.25, 0.5, 0.75, 0.9)
OWN = f"absence: {AS_ON_THE_PAGE}"


def schools(source: SchoolDays) -> dict[str, Finding | Findings]:
    """Give the findings of page 05 by field: schools are counted, and how far they lie apart."""
    unit, units, driver = unit_word(source), unit_words(source), source.unit
    table = of_year(gated(source, driver), source.year)
    known = table["absence_rate"].dropna()
    if len(table) > 1 and known.empty:
        return {"school_effects": Finding("school_effects", f"{first_up(units)}: nothing is shown", hidden_text(table))}
    text = NO_EXPECTATION
    if len(known) in range(2, FEW):
        title = f"{first_up(units)}: from {percent(known.min())} to {percent(known.max())}"
        return {
            "school_effects": Finding("school_effects", title, f"These are counted rates: page 02 lists them. {text}")
        }
    if len(known) > 1:
        low, first, middle, third, high = (percent(value) for value in known.quantile(list(QUARTERS)))
        text = (
            f"Of {plural(len(known), unit, units)}, half have an absence rate between {first} and {third}, and one in ten has {high} or"
            f" more, one in ten {low} or less; the middle one has {middle}. These are counted rates: page 02 lists them. {text}"
        )
        if source.weighs == "schools":
            text += f" There is no page for each {unit}: a percent a day says no more of it than the tables do."
        title = f"Half of {count(len(known))} {units} lie between {first} and {third}"
        return {"school_effects": Finding("school_effects", title, text)}
    return {"school_effects": Finding("school_effects", f"One {unit}: nothing to compare", text)}


def checks(source: SchoolDays, estimates: Estimates) -> dict[str, Finding | Findings]:
    """Give the findings of page 06 by field, but for the model's own checks."""
    if estimates.robustness.empty:
        why = estimates.refused or "No level of these records has enough dates for a range."
        return {"answer": Finding("robustness", "There is no comparison to check", why)}
    table = passed(source, "robustness", estimates.robustness)
    if table["contrast"].isna().all():
        return {"answer": Finding("robustness", "Comparisons: nothing is shown", hidden_text(table), table)}
    return {"answer": specifications(source, table), "each": Findings([errors(source, table)])}


def specifications(source: SchoolDays, table: pd.DataFrame) -> Finding:
    """Stand the contrasts of other specifications beside the page's own."""
    names = list(dict.fromkeys(table.loc[table["check"] != "errors", "specification"]))
    wide = table.pivot_table(index=["driver", "level"], columns="specification", values="contrast", sort=False)
    refitted = names[1:]
    if not refitted:
        return Finding("robustness", "No other specification", "None of the others could be fitted.", table)
    moves = wide[refitted].sub(wide[OWN], axis=0).abs()
    said = [f"{name.removeprefix('absence: ')} by {100 * moves[name].max():.1f} points at most" for name in refitted]
    text = f"Contrasts with the year move: {listed(said)}. The page's own hold all {source.period}s."
    shown = pd.DataFrame({"Level": [level_word(driver, level) for driver, level in wide.index]})
    for name in (OWN, *refitted):
        shown[name.removeprefix("absence: ")] = [signed(value) for value in wide[name]]
    title = f"Other specifications move a contrast by {100 * moves.max().max():.1f} points at most"
    return Finding("robustness", title, text, table, shown)


def errors(source: SchoolDays, table: pd.DataFrame) -> Finding:
    """Set errors clustered otherwise beside those of the page."""
    width = table.assign(width=table["contrast_high"] - table["contrast_low"])
    wide = width.pivot_table(index=["driver", "level"], columns="specification", values="width", sort=False)
    alone, plain = f"absence: {BY_SCHOOL}", f"absence: {PLAIN}"
    if not {OWN, alone, plain} <= set(wide):
        return Finding.none("robustness_errors")
    unit, units = unit_word(source), unit_words(source)
    by_unit, by_row = (wide[OWN] / wide[name] for name in (alone, plain))
    text = (
        f"If all {units} did not share their dates, intervals would be {by_unit.min():.1f} to {by_unit.max():.1f} times narrower;"
        f" if every {unit} and {source.period} were a draw of its own, {by_row.min():.1f} to {by_row.max():.1f} times. Both would"
        f" be too sure: what makes one {unit} absent on a date often makes the others absent too."
    )
    shown = pd.DataFrame(
        {
            "Level": [level_word(driver, level) for driver, level in wide.index],
            f"By {unit} and date, points wide": [f"{100 * value:.2f}" for value in wide[OWN]],
            f"By {unit} alone, points wide": [f"{100 * value:.2f}" for value in wide[alone]],
            "Plain, points wide": [f"{100 * value:.2f}" for value in wide[plain]],
        }
    )
    return Finding(
        "robustness_errors",
        f"Errors by {unit} alone would be {by_unit.median():.1f} times too small",
        text,
        shown=shown,
    )
