"""Page 06: whether the answer would change. The reviewer's appendix."""

from dataclasses import dataclass, fields

import pandas as pd

from analysis.disclosure import gate
from analysis.findings.finding import Finding, Page
from analysis.findings.records import definitions as other_definitions
from analysis.findings.sentences import NO_STUDENTS
from analysis.findings.tables import for_reading, highest
from analysis.findings.words import DASH, listed, missing, plural, signed
from analysis.models.estimates import Estimates, estimate
from analysis.records import read
from analysis.records.types import Source, StudentRecords
from analysis.study import Study
from analysis.vocabulary import grade_name

AS_ON_THE_PAGE = "as on the page"


@dataclass(frozen=True)
class Checks(Page):
    """The findings of page 06."""

    definitions: Finding
    unmarked: Finding
    errors: Finding
    drop_one_school: Finding
    model_checks: Finding


def checks(study: Study) -> Checks:
    """Find whether the grade contrasts of page 03 hold under other specifications."""
    records = read(study)
    estimates = estimate(records)
    if estimates.robustness.empty:
        why = estimates.refused or NO_STUDENTS
        said = Finding("robustness", "There is no model to check", why)
        if len(estimates.model_checks):
            said = model_checks(records, estimates)
        names = [field.name for field in fields(Checks)]
        return Checks(said, *(Finding.none(name) for name in names[1:]))
    table = gate(study, "robustness", estimates.robustness)
    return Checks(
        definitions=definitions(records, table),
        unmarked=unmarked(records, table),
        errors=errors(table),
        drop_one_school=drop_one_school(records, table),
        model_checks=model_checks(records, estimates),
    )


def wide(table: pd.DataFrame, outcome: str, words: str) -> pd.DataFrame:
    """Stand the contrasts of some specifications of an outcome beside the page's own, a row a grade."""
    own = table["specification"] == f"{outcome}: {AS_ON_THE_PAGE}"
    other = table["specification"].str.startswith(f"{outcome}: {words}") | (
        table["specification"].str.startswith(f"{outcome}: ") & (words == "")
    )
    rows = table[own | other]
    names = {name: name.removeprefix(f"{outcome}: ") for name in rows["specification"].unique()}
    spread = rows.pivot_table(index="level", columns="specification", values="contrast", sort=False)
    spread = spread.reindex(columns=list(names)).rename(columns=names).reset_index()
    return spread.assign(level=[grade_name(level).capitalize() for level in spread["level"]]).rename(
        columns={"level": "Grade"}
    )


def largest_move(spread: pd.DataFrame) -> tuple[float, str]:
    """Give the largest change of a contrast from the page's own, and its grade."""
    moves = spread.drop(columns=["Grade", AS_ON_THE_PAGE]).sub(spread[AS_ON_THE_PAGE], axis=0).abs().max(axis=1)
    most = highest(spread.assign(move=moves), "move")
    return float(most["move"]), str(most["Grade"])


def as_points(spread: pd.DataFrame) -> pd.DataFrame:
    """Write contrasts as percentage points."""
    return spread.assign(**{
        column: [signed(value) for value in spread[column]]
        for column in spread.columns if column != "Grade"
    })  # fmt: skip


def definitions(records: Source, table: pd.DataFrame) -> Finding:
    """Try other definitions of chronic on the rate and on the grade contrasts."""
    counted = other_definitions(records)
    text = counted.text
    shown = None
    spread = wide(table, "chronic", "")
    if AS_ON_THE_PAGE in spread and len(spread.columns) > 2:
        moved, grade = largest_move(spread)
        text += (
            f" In the model of chronic absence, no grade's contrast moves by more than {100 * moved:.1f} points between"
            f" definitions ({grade} moves most)."
        )
        shown = as_points(spread)
    return Finding("robustness", counted.title, text, table, shown)


def unmarked(records: Source, table: pd.DataFrame) -> Finding:
    """Take all unmarked days as present, then as absent."""
    spread = wide(table, "absence", "unmarked")
    if isinstance(records, StudentRecords) and not records.marked:
        return Finding.none("robustness_unmarked")
    if len(spread.columns) < 4:
        return Finding(
            "robustness_unmarked",
            "Unmarked days: not tried",
            "The model could not be fitted with unmarked days filled in.",
        )
    moved, grade = largest_move(spread)
    text = (
        f"Taking every unmarked day as present, or every one as absent, moves no grade's contrast by more than {100 * moved:.1f}"
        f" points ({grade} moves most). The truth lies between the two."
    )
    return Finding(
        "robustness_unmarked",
        f"Unmarked days move a contrast by {100 * moved:.1f} points at most",
        text,
        shown=as_points(spread),
    )


def errors(table: pd.DataFrame) -> Finding:
    """Set plain errors beside clustered ones."""
    width = table.assign(width=table["contrast_high"] - table["contrast_low"])
    own = width[width["specification"] == f"absence: {AS_ON_THE_PAGE}"].set_index("level")["width"]
    plain = width[width["specification"].str.startswith("absence: plain")].set_index("level")["width"]
    if plain.empty:
        return Finding.none("robustness_errors")
    ratio = (own / plain).dropna()
    if ratio.empty:
        return Finding("robustness_errors", "Errors: nothing to compare", "No contrast has an interval.")
    text = (
        f"If every day were a draw of its own, intervals of grades would be {ratio.min():.1f} to {ratio.max():.1f} times narrower, and far too"
        " narrow: a student's days go together. All intervals on these pages are clustered by student."
    )
    shown = pd.DataFrame(
        {
            "Grade": [grade_name(level).capitalize() for level in ratio.index],
            "Clustered, points wide": [f"{100 * value:.1f}" for value in own.loc[ratio.index]],
            "Plain, points wide": [f"{100 * value:.1f}" for value in plain.loc[ratio.index]],
        }
    )
    return Finding(
        "robustness_errors", f"Plain errors would be {ratio.median():.1f} times too small", text, shown=shown
    )


def drop_one_school(records: Source, table: pd.DataFrame) -> Finding:
    """Leave out one school at a time."""
    spread = wide(table, "absence", "one school left out")
    if len(spread.columns) < 4:
        return Finding(
            "robustness_schools", "One school left out: not tried", "There are too few schools to leave one out."
        )
    moved, grade = largest_move(spread)
    season = " (the season summed out)" if records.dated else ""
    text = (
        f"Leaving out any one school{season} moves no grade's contrast by more than {100 * moved:.1f} points"
        f" ({grade} moves most)."
    )
    return Finding(
        "robustness_schools",
        f"No single school moves a contrast by more than {100 * moved:.1f} points",
        text,
        shown=as_points(spread),
    )


def number(value: float) -> str:
    """Write a number of a check with three digits that count: '0.0616', '13.2', '596'."""
    return DASH if missing(value) else f"{value:#.3g}".rstrip(".") if abs(value) < 1000 else f"{value:,.0f}"


def model_checks(records: Source, estimates: Estimates) -> Finding:
    """Say how the models fit."""
    table = gate(records.study, "model_checks", estimates.model_checks)
    look = table[table["verdict"] == "look"]
    text = (
        f"{plural(len(table), 'check')} of the models; {listed(look['check'].tolist())} should be looked at."
        if len(look) else f"{plural(len(table), 'check')} of the models, none beyond its threshold."
    )  # fmt: skip
    shown = for_reading(
        table.assign(**{name: [number(value) for value in table[name]] for name in ("value", "threshold")}),
        {"check": "Check", "value": "Value", "threshold": "Threshold", "verdict": "Verdict", "meaning": "Meaning"},
    )
    return Finding("model_checks", "How the models fit", text, table, shown)
