"""Page 06: whether the answer would change. The reviewer's appendix."""

from dataclasses import dataclass

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.answer import (
    LESS_SURE,
    OTHER,
    OTHER_SIZE,
    SAME,
    VERDICTS,
    Change,
    changes,
    overall,
    sentence,
    short,
)
from analysis.findings.finding import NOTHING, Finding, Findings, Page
from analysis.findings.gated import estimated, hides, passed
from analysis.findings.names import OUTCOME_WORDS, named, units_of
from analysis.findings.pictures.figure import Figure, figure
from analysis.findings.pictures.specification_curve import specification_curve
from analysis.findings.records import definitions as other_definitions
from analysis.findings.school_days import checks as school_days_checks
from analysis.findings.sentences import NO_STUDENTS
from analysis.findings.tables import for_reading, of_those_shown, some_hidden, with_a_range
from analysis.findings.words import (
    UNSEEN,
    capital,
    count,
    joined,
    listed,
    missing,
    number,
    percent,
    signed,
    three_digits,
)
from analysis.language import later, plural, say, told, use
from analysis.models.estimates import Estimates
from analysis.models.model_checks import LOOK
from analysis.models.robustness import AS_ON_THE_PAGE, name_of
from analysis.models.robustness import checks as all_checks
from analysis.models.robustness.answer import Check
from analysis.records import read
from analysis.records.types import SchoolDays, Source
from analysis.study import Study

PANELS = 3
"""Grades in the picture: those whose contrast on page 03 is the largest."""


@dataclass(frozen=True)
class Checks(Page):
    """The findings of page 06."""

    answer: Finding
    definitions: Finding
    each: Findings
    model_checks: Finding


def checks(study: Study) -> Checks:
    """Find whether the contrasts of page 03 hold under other specifications."""
    use(study.settings.language)
    records = read(study)
    estimates = estimated(records)
    fit = model_checks(records, estimates)
    if isinstance(records, SchoolDays):
        return Checks.of(**school_days_checks.checks(records, estimates), model_checks=fit)
    if estimates.robustness.empty:
        why = say(
            "These checks compare grades or schools by students' days, which these records cannot do; only the fit of the"
            " model is checked."
        )
        said = Finding("robustness", say("No other specification of this model"), why)
        if not fit.title:
            said = Finding("robustness", say("There is no model to check"), told(estimates.refused or NO_STUDENTS))
        return Checks.of(answer=said, model_checks=fit)
    table = named(passed(records, "robustness", estimates.robustness), records)
    found = changes(table)
    known = all_checks()  # first: estimates that were kept hold texts that these modules mark
    return Checks(
        answer=answer(records, table, found),
        definitions=definitions(records),
        each=Findings((*(of_check(check, found, estimates) for check in known), not_tried(found, estimates))),
        model_checks=fit,
    )


def answer(records: Source, table: pd.DataFrame, found: list[Change]) -> Finding:
    """Say whether any specification changes the answer, and show all of them."""
    noun, _ = units_of(table["driver"].iloc[0])
    kept = table.drop(columns=["students", "observed_rate", "label"])  # beside each other they would say who left
    kept = kept[kept["hidden"] == ""]  # a level that one specification lacks has none or all absent in it
    if not found and some_hidden(table):
        return Finding.hidden("robustness", say("The checks"), kept)
    if not found:
        text = say(
            "No {noun} on page 03 has an interval, so no other way to its contrast could change what is said.",
            noun=noun,
        )
        return Finding("robustness", say("Nothing is compared that a check could turn around"), text)
    turned = sum(one.verdict == OTHER for one in found)
    title = say("No check turns the answer around")
    if turned:
        title = plural(turned, "{number} check would change the answer", "{number} checks would change the answer")
    some = ""
    if any(one.hidden for one in found):
        some = say("Some {noun}s are hidden in some checks; what is said is of those shown.", noun=noun)
    title = of_those_shown(title, some)
    text = say(
        "The contrasts of {noun}s on page 03 (adjusted rate against the average of the grades and schools that students"
        " link), in other ways. {overall} A {noun} is clear where its interval does not reach the average, taken by itself: page 03"
        " says how many differ when all are looked at together, which may be fewer.",
        noun=noun, overall=overall(found),
    )  # fmt: skip
    clear = [(one.clear - len(one.unclear) - len(one.turned), one.clear) for one in found]
    shown = pd.DataFrame(
        {
            later("Outcome"): [told(OUTCOME_WORDS[one.outcome]) for one in found],
            later("What is done differently"): [told(one.words) for one in found],
            later("Largest move, points"): [signed(one.moved) for one in found],
            later("Of"): [one.moved_most for one in found],
            later("Still clear"): [say("{part} of {whole}", part=count(still), whole=count(of)) for still, of in clear],
            later("Intervals"): ["" if missing(one.wider) else f"× {number(one.wider, 2)}" for one in found],
            later("It is"): [told(one.verdict) for one in found],
        }
    )
    text = joined(some, text)
    return Finding("robustness", title, text, kept, shown, curve(records, table, text), verdict_note())


def verdict_note() -> str:
    """Say what each verdict means."""
    return say(
        "'{same}': all keep their side and stay in their interval of page 03. '{less_sure}': a clear one is not clear any"
        " more. '{size}': one leaves its interval of page 03, on the same side. '{other}': a clear one changes side."
        " Points without intervals are the smallest and the largest of many fits.",
        same=told(SAME), less_sure=told(LESS_SURE), size=told(OTHER_SIZE), other=told(OTHER),
    )  # fmt: skip


def curve(records: Source, table: pd.DataFrame, text: str) -> Figure | None:
    """Draw the grades (or schools) whose contrasts are largest under all specifications."""
    own = table[(table["check"] == "") & table["contrast"].notna()]
    first = own[own["outcome"] == own["outcome"].iloc[0]] if len(own) else own
    first = with_a_range(first)
    levels = first.loc[first["contrast"].abs().sort_values(ascending=False).index, "level"].head(PANELS).tolist()
    if not levels:
        return None
    drawn = table[table["level"].isin(levels) & table["contrast"].notna()]
    order = {level: number for number, level in enumerate(levels)}
    dots = pd.DataFrame(
        {
            "block": drawn["outcome"],
            "panel": drawn["label"].map(capital),
            "label": [told(short(name)) for name in drawn["specification"]],
            "value": drawn["contrast"], "low": drawn["contrast_low"], "high": drawn["contrast_high"],
            "place": drawn["level"].map(order),
        }
    ).sort_values("place", kind="stable")  # fmt: skip
    names = listed(first.set_index("level")["label"].loc[levels].tolist())
    return figure(
        specification_curve(dots, {outcome: told(words) for outcome, words in OUTCOME_WORDS.items()}), "robustness",
        say(
            "Contrasts of {names} in percentage points under every specification, {year}.", names=names, year=records.year
        ) + f" {text}",
        say(
            "Contrasts in percentage points with {sure} intervals. Orange, and the dashed line: {own}. Two small dots on a"
            " line: the smallest and the largest of many fits.", sure=percent(0.95, 0), own=told(AS_ON_THE_PAGE),
        ),
    )  # fmt: skip


def of_check(check: Check, found: list[Change], estimates: Estimates) -> Finding:
    """Say what one check asks, and what it changes."""
    name = name_of(check)
    these = [one for one in found if one.check == name]
    refused = estimates.robustness_refused
    refused = refused[refused["check"] == name]
    if not these:
        return NOTHING
    said = [outcome_text(outcome, [one for one in these if one.outcome == outcome]) for outcome in OUTCOME_WORDS]
    said += [
        say(
            "{outcome}, {specification}: not tried. {reason}", outcome=capital(told(OUTCOME_WORDS[str(row.outcome)])),
            specification=told(row.specification), reason=why_not(row.reason),
        )
        for row in refused.itertuples()
    ]  # fmt: skip
    worst, some = max((one.verdict for one in these), key=VERDICTS.index), ""
    if any(one.hidden for one in these):
        some = say("Some {noun}s are hidden here; what is said is of those shown.", noun=these[0].noun)
    title = of_those_shown(f"{told(check.TITLE)}: {told(worst)}", some)
    return Finding(f"robustness_{name}", title, joined(told(check.QUESTION), some, *said))


def why_not(reason: object) -> str:
    """Say why a specification could not be tried; what stood in the way of a fit becomes a sentence."""
    said = capital(told(reason))
    return said if said.endswith(".") else f"{said}."


def not_tried(found: list[Change], estimates: Estimates) -> Finding:
    """List the checks that these records cannot carry, each with its reason."""
    tried = {one.check for one in found}
    titles = {name_of(check): check.TITLE for check in all_checks()}
    table = estimates.robustness_refused
    rows = table[~table["check"].isin(tried)].drop_duplicates("check")
    if rows.empty:
        return NOTHING
    shown = pd.DataFrame(
        {
            later("Check"): [told(titles[name]) for name in rows["check"]],
            later("Why"): [why_not(reason) for reason in rows["reason"]],
        }
    )
    text = plural(
        len(rows), "{number} check needs what these records do not have.",
        "{number} checks need what these records do not have.",
    )  # fmt: skip
    title = plural(len(rows), "Not tried: {number} check", "Not tried: {number} checks")
    return Finding("robustness_not_tried", title, text, None, shown)


def outcome_text(outcome: str, these: list[Change]) -> str:
    """Say what a check changes in an outcome: once where all its specifications agree, else one by one."""
    if not these:
        return ""
    name = capital(told(OUTCOME_WORDS[outcome]))
    text = [f"{name}, {told(one.words)}: {sentence(one)}." for one in these if one.verdict != SAME]
    same = [one for one in these if one.verdict == SAME]
    if same:
        most = sentence(max(same, key=lambda one: (abs(one.moved) > UNSEEN, abs(one.moved))))
        others = f"{name}: {most}."
        if text:
            others = plural(
                len(same), "{outcome}, the other: {sentence}.", "{outcome}, the other {number}: {sentence}.",
                outcome=name, sentence=most,
            )  # fmt: skip
        text.append(others)
    return " ".join(text)


def definitions(records: Source) -> Finding:
    """Give the counted rates under other definitions, which page 01 shows."""
    counted = other_definitions(records)
    return Finding("robustness_counted", counted.title, counted.text, None, counted.shown)


def model_checks(records: Source, estimates: Estimates) -> Finding:
    """Say how the models fit."""
    table = estimates.model_checks
    if hides(records) and estimates.left_out:
        table = table[~table["check"].str.startswith("chronic: ")].reset_index(drop=True)
    if table.empty:
        return NOTHING
    table = passed(records, "model_checks", table)
    words = table.assign(check=table["check"].map(check_name))
    if look := words.loc[table["verdict"] == LOOK, "check"].tolist():
        text = plural(
            len(table), "{number} check of the models; to be looked at: {checks}.",
            "{number} checks of the models; to be looked at: {checks}.", checks=listed(look),
        )  # fmt: skip
    else:
        text = plural(
            len(table), "{number} check of the models, none beyond its threshold.",
            "{number} checks of the models, none beyond its threshold.",
        )  # fmt: skip
    numbers = {name: table[name].map(three_digits) for name in ("value", "threshold")}
    shown = for_reading(
        words.assign(**numbers, verdict=table["verdict"].map(told), meaning=table["meaning"].map(told)),
        ("check", "value", "threshold", "verdict", "meaning"),
    )
    return Finding("model_checks", say("How the models fit"), text, table, shown, note=hidden_text(table))


def check_name(check: str) -> str:
    """Name a check of the model, 'absence: dispersion of cells', in the language of the pages."""
    outcome, _, name = check.partition(": ")
    return f"{told(outcome)}: {told(name)}"
