"""Page 06: whether the answer would change. The reviewer's appendix."""

from dataclasses import dataclass

import pandas as pd

from analysis.findings import school_days_checks
from analysis.findings.answer import NOTHING, NOUNS, OTHER, SAME, VERDICTS, Change, changes, overall, sentence, short
from analysis.findings.figure import Figure, figure
from analysis.findings.finding import Finding, Findings, Page, in_its_language
from analysis.findings.records import definitions as other_definitions
from analysis.findings.sentences import NO_STUDENTS
from analysis.findings.specification_curve import specification_curve
from analysis.findings.tables import for_reading, passed
from analysis.findings.words import DASH, grade_name, listed, missing, plural, signed
from analysis.models.estimates import Estimates, estimate
from analysis.models.robustness import AS_ON_THE_PAGE, name_of
from analysis.models.robustness import checks as all_checks
from analysis.models.robustness.answer import GRADE, Check
from analysis.records import read
from analysis.records.types import SchoolDays, Source, StudentRecords
from analysis.study import Study

PANELS = 3
"""Grades in the picture: those whose contrast on page 03 is the largest."""
ONE_WAY = "These checks compare grades or schools by students' days, which these records cannot do; only the fit of the model is checked."
OUTCOME_WORDS = {"absence": "days absent", "chronic": "chronic absence"}


@dataclass(frozen=True)
class Checks(Page):
    """The findings of page 06."""

    answer: Finding
    definitions: Finding
    each: Findings
    model_checks: Finding


@in_its_language
def checks(study: Study) -> Checks:
    """Find whether the contrasts of page 03 hold under other specifications."""
    records = read(study)
    estimates = estimate(records)
    fit = model_checks(records, estimates)
    if isinstance(records, SchoolDays):
        return Checks.of(**school_days_checks.checks(records, estimates), model_checks=fit)
    if estimates.robustness.empty:
        why = estimates.refused or NO_STUDENTS
        said = Finding("robustness", "No other specification of this model", ONE_WAY)
        if not fit.title:
            said = Finding("robustness", "There is no model to check", why)
        return Checks(said, Finding.none("robustness_counted"), Findings(), fit)
    table = named(passed(records, "robustness", estimates.robustness), records)
    found = changes(table)
    return Checks(
        answer=answer(records, table, found),
        definitions=definitions(records),
        each=Findings((*(of_check(check, found, estimates) for check in all_checks()), not_tried(found, estimates))),
        model_checks=fit,
    )


def named(table: pd.DataFrame, records: Source) -> pd.DataFrame:
    """Add `label`, the name of each level in a sentence, and `hidden` stays last."""
    schools = {}
    if isinstance(records, StudentRecords):
        schools = dict(zip(records.schools["school_id"], records.schools["school_name"], strict=True))
    pairs = zip(table["driver"], table["level"], strict=True)
    return table.assign(
        label=[grade_name(level) if driver == GRADE else schools.get(level, level) for driver, level in pairs]
    )


def answer(records: Source, table: pd.DataFrame, found: list[Change]) -> Finding:
    """Say whether any specification changes the answer, and show all of them."""
    noun = NOUNS[table["driver"].iloc[0]]
    if not found:
        text = f"No {noun} on page 03 has an interval, so no other way to its contrast could change what is said."
        return Finding("robustness", "Nothing is compared that a check could turn around", text)
    turned = [one for one in found if one.verdict == OTHER]
    title = (
        "No check turns the answer around" if not turned else f"{plural(len(turned), 'check')} would change the answer"
    )
    text = (
        f"The contrasts of {noun}s on page 03 (adjusted rate against the average of the grades and schools that students"
        f" link), in other ways. {overall(found)} A {noun} is clear where its interval does not reach the average."
    )
    shown = pd.DataFrame(
        {
            "Outcome": [OUTCOME_WORDS[one.outcome] for one in found],
            "What is done differently": [one.words for one in found],
            "Largest move, points": [signed(one.moved) for one in found],
            "of": [one.moved_most for one in found],
            "Still clear": [f"{one.clear - len(one.unclear) - len(one.turned)} of {one.clear}" for one in found],
            "Intervals": ["" if missing(one.wider) else f"× {one.wider:.2f}" for one in found],
            "It is": [one.verdict for one in found],
        }
    )
    kept = table.drop(
        columns=["students", "observed_rate", "label"]
    )  # they decide what is shown; beside each other they would say who left
    return Finding("robustness", title, text, kept, shown, curve(records, table, text), VERDICT_NOTE)


VERDICT_NOTE = (
    f"'{SAME}': all keep their side and stay in their interval of page 03. '{VERDICTS[1]}': a clear one is not clear any"
    f" more. '{VERDICTS[2]}': one leaves its interval of page 03, on the same side. '{OTHER}': a clear one changes side. Points without intervals are the smallest and the largest of many fits."
)


def curve(records: Source, table: pd.DataFrame, text: str) -> Figure | None:
    """Draw the grades (or schools) whose contrasts are largest under all specifications."""
    own = table[(table["check"] == "") & table["contrast"].notna()]
    first = own[own["outcome"] == own["outcome"].iloc[0]] if len(own) else own
    levels = first.loc[first["contrast"].abs().sort_values(ascending=False).index, "level"].head(PANELS).tolist()
    if not levels:
        return None
    drawn = table[table["level"].isin(levels) & table["contrast"].notna()]
    order = {level: number for number, level in enumerate(levels)}
    dots = pd.DataFrame(
        {
            "block": drawn["outcome"],
            "panel": [name[0].upper() + name[1:] for name in drawn["label"]],
            "label": [short(name) for name in drawn["specification"]],
            "value": drawn["contrast"], "low": drawn["contrast_low"], "high": drawn["contrast_high"],
            "place": drawn["level"].map(order),
        }
    ).sort_values("place", kind="stable")  # fmt: skip
    names = listed(first.set_index("level")["label"].loc[levels].tolist())
    return figure(
        specification_curve(dots, OUTCOME_WORDS), "robustness",
        f"Contrasts of {names} in percentage points under every specification, {records.year}. {text}",
        f"Contrasts in percentage points with 95% intervals. Orange, and the dashed line: {AS_ON_THE_PAGE}. Two small dots on"
        " a line: the smallest and the largest of many fits.",
    )  # fmt: skip


def of_check(check: Check, found: list[Change], estimates: Estimates) -> Finding:
    """Say what one check asks, and what it changes."""
    name = name_of(check)
    these = [one for one in found if one.check == name]
    refused = estimates.robustness_refused
    refused = refused[refused["check"] == name]
    if not these:
        return Finding.none(f"robustness_{name}")
    said = [outcome_text(outcome, [one for one in these if one.outcome == outcome]) for outcome in OUTCOME_WORDS]
    said += [
        f"{OUTCOME_WORDS[str(row.outcome)].capitalize()}, {row.specification}: not tried. {row.reason}"
        for row in refused.itertuples()
    ]
    worst = max((one.verdict for one in these), key=VERDICTS.index)
    return Finding(f"robustness_{name}", f"{check.TITLE}: {worst}", " ".join(filter(None, [check.QUESTION, *said])))


def not_tried(found: list[Change], estimates: Estimates) -> Finding:
    """List the checks that these records cannot carry, each with its reason."""
    tried = {one.check for one in found}
    titles = {name_of(check): check.TITLE for check in all_checks()}
    table = estimates.robustness_refused
    rows = table[~table["check"].isin(tried)].drop_duplicates("check")
    if rows.empty:
        return Finding.none("robustness_not_tried")
    shown = pd.DataFrame({"Check": [titles[name] for name in rows["check"]], "Why": rows["reason"].to_numpy()})
    text = f"{plural(len(rows), 'check')} {'needs' if len(rows) == 1 else 'need'} what these records do not have."
    return Finding("robustness_not_tried", f"Not tried: {plural(len(rows), 'check')}", text, None, shown)


def outcome_text(outcome: str, these: list[Change]) -> str:
    """Say what a check changes in an outcome: once where all its specifications agree, else one by one."""
    if not these:
        return ""
    name = OUTCOME_WORDS[outcome].capitalize()
    text = [f"{name}, {one.words}: {sentence(one)}." for one in these if one.verdict != SAME]
    same = [one for one in these if one.verdict == SAME]
    if same:
        most = max(same, key=lambda one: (abs(one.moved) > NOTHING, abs(one.moved)))
        others = f", the other {len(same)}" if text and len(same) > 1 else ", the other" if text else ""
        text.append(f"{name}{others}: {sentence(most)}.")
    return " ".join(text)


def definitions(records: Source) -> Finding:
    """Give the counted rates under other definitions, which page 01 shows."""
    counted = other_definitions(records)
    return Finding("robustness_counted", counted.title, counted.text, None, counted.shown)


def number(value: float) -> str:
    """Write a number of a check with three digits that count: '0.0616', '13.2', '596'."""
    return DASH if missing(value) else f"{value:#.3g}".rstrip(".") if abs(value) < 1000 else f"{value:,.0f}"


def model_checks(records: Source, estimates: Estimates) -> Finding:
    """Say how the models fit."""
    if estimates.model_checks.empty:
        return Finding.none("model_checks")
    table = passed(records, "model_checks", estimates.model_checks)
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
