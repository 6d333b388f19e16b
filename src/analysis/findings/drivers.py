"""Page 03: what moves with absence when grade, school and season are held together."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings import plots, school_days_drivers
from analysis.findings.between import between
from analysis.findings.compared import ABSENCE, CHRONIC, DRIVER_WORDS, Compared, driver_words, first_of
from analysis.findings.explained import importance, joint_tests, spread_between_schools
from analysis.findings.figure import figure
from analysis.findings.finding import Finding, Findings, Page, in_its_language
from analysis.findings.levels import MOST_DRAWN
from analysis.findings.model_tables import coefficients, not_separable
from analysis.findings.scenario import best_quarter
from analysis.findings.tables import for_reading, highest, passed
from analysis.findings.words import grade_name, listed, month_name, percent, plural
from analysis.models.estimates import DISPERSION, HIDDEN_CELLS, Estimates, estimate
from analysis.records import read
from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords
from analysis.study import Study
from analysis.vocabulary import grade_range

OUTSIDE_ALLOWED = 0.25
"""A direct rate of a school is shown where at most this share of the part's days is in grades that it does not have."""


@dataclass(frozen=True)
class Drivers(Page):
    """The findings of page 03."""

    model: Finding
    absence: Finding
    chronic: Finding
    groups: Findings
    schools: Finding
    best_quarter: Finding
    between_schools: Finding
    spread_between_schools: Finding
    importance: Finding
    joint_tests: Finding
    not_separable: Finding
    coefficients: Finding


@in_its_language
def drivers(study: Study) -> Drivers:
    """Find what moves with absence."""
    records = read(study)
    estimates = estimate(records)
    if estimates.refused:
        said = Finding("model", "These records cannot carry a model", estimates.refused)
        none = {field.name: Finding.none(field.name) for field in fields(Drivers)}
        return Drivers(**{**none, "model": said, "groups": Findings()})  # type: ignore[arg-type]
    if isinstance(records, SchoolDays):
        rates = passed(records, "adjusted_rates", estimates.adjusted_rates)
        common = {
            "joint_tests": joint_tests(records, estimates),
            "coefficients": coefficients(records, estimates, rates),
        }
        return Drivers.of(**school_days_drivers.drivers(records, estimates), **common)
    rates = named(passed(records, "adjusted_rates", estimates.adjusted_rates), records)
    return Drivers(
        model=model(records, estimates, rates.drop(columns="label")),
        absence=by_grade(records, estimates, rates, first_of(records)),
        chronic=by_grade(records, estimates, rates, CHRONIC),
        groups=Findings(by_group(records, rates, group) for group in groups_of(records, estimates)),
        schools=direct_school_rates(records, rates),
        best_quarter=best_quarter(records, rates, passed(records, "school_effects", estimates.school_effects)),
        between_schools=between(records),
        spread_between_schools=spread_between_schools(records, estimates),
        importance=importance(records, estimates),
        joint_tests=joint_tests(records, estimates),
        not_separable=not_separable(records, estimates),
        coefficients=coefficients(records, estimates, rates),
    )


def named(rates: pd.DataFrame, records: Source) -> pd.DataFrame:
    """Add `label` to a table of drivers and levels: a reader's name of each level."""
    schools = {}
    if isinstance(records, StudentRecords):
        schools = dict(zip(records.schools["school_id"], records.schools["school_name"], strict=True))

    def name(driver: str, level: str) -> str:
        if driver == "grade_level":
            return grade_name(level).capitalize()
        if driver == "month":
            return month_name(level)
        return str(schools.get(level, level)).capitalize() if driver == "near_break" else schools.get(level, level)

    return rates.assign(label=[name(*pair) for pair in zip(rates["driver"], rates["level"], strict=True)])


def model(records: Source, estimates: Estimates, rates: pd.DataFrame) -> Finding:
    """Say what was fitted, on what, and what an adjusted rate is."""
    names = [driver_words(name) for name in estimates.drivers]
    text = (
        f"A binomial model of the days absent of {records.year}, with {listed(names)} together. An adjusted rate answers: what would the"
        " rate be if all these days had this level and everything else in the model stayed as it is? Contrasts are in"
        " percentage points against the observed rate of the same part (a set of grades and schools linked by students)."
        " Errors are clustered by student, and for the season by student and date. These are associations: what is not in"
        " the model is still in the difference."
    )
    if isinstance(records, StudentRecords) and not records.dated:
        text = of_years(records, names)
    if isinstance(records, PublishedCounts):
        checked = estimates.model_checks.set_index("check")["value"].rename(lambda name: name.partition(": ")[2])
        phi = checked[DISPERSION]
        text = (
            f"A quasi-binomial model of the published counts of {records.year}, with {listed(names)} together. Contrasts"
            " are in percentage points against the observed rate. These are associations: what is not in the model is"
            f" still in the difference. The cells vary {phi:.1f} times as much as independent students would (phi), and the"
            " intervals allow for that."
        )
        if HIDDEN_CELLS in checked:
            text += (
                f" The source hides {plural(checked[HIDDEN_CELLS], 'cell')}: the model is fitted with all of them at the lowest"
                " and at the highest that they can be, and intervals reach from one to the other. What is said in between"
                " is halfway, and no best guess."
            )
    title = f"The model: {listed(names)}{' together' if len(names) > 1 else ''}"
    return Finding("adjusted_rates", title, text, rates)


def of_years(records: StudentRecords, names: Sequence[str]) -> str:
    """Say what was fitted on totals of a year."""
    together = f"{listed(names)} {'together' if len(names) > 1 else 'alone'}"
    kind = "A binomial model of the days absent"
    asked = "the rate be if all these days"
    errors = (
        " Errors are clustered by student. These are associations: what is not in the model is still in the difference."
    )
    if records.measure == "rate":
        kind, asked = "A fractional logit of the rates of absence", "the average rate be if all these students"
    if records.measure == "absent_only":
        return (
            f"A negative binomial model of the days absent a student of {records.year}, with {together}. Adjusted days answer:"
            " how many days would a student miss on average if all had this level and everything else in the model stayed as it is?"
            f" How long each was enrolled is not known and not in the model.{errors}"
        )
    return (
        f"{kind} of {records.year}, with {together}. An adjusted rate answers: what would {asked} had this level and"
        " everything else in the model stayed as it is? Contrasts are in percentage points against the observed rate of the"
        f" same part (a set of grades and schools linked by students).{errors}"
    )


def by_grade(records: Source, estimates: Estimates, rates: pd.DataFrame, outcome: Compared) -> Finding:
    """Compare grades as if every grade had the same schools and season."""
    name = f"adjusted_{outcome.name}"
    grades = rates[(rates["outcome"] == outcome.name) & (rates["driver"] == "grade_level")]
    levels = grades[grades["component"] > 0]
    if grades.empty:
        return Finding.none(name)
    if levels["contrast"].isna().all():
        text = f"No grades could be compared by {outcome.noun}: what these data cannot separate says why."
        shown = for_reading(grades, outcome.headings)
        return Finding(name, "Grades: no comparison", text, None, shown, note=hidden_text(grades))
    text = " ".join(part_text(part, outcome, "grade", part_name(part)) for _, part in levels.groupby("component"))
    biggest = furthest(levels)
    fig = figure(
        plots.dot_interval(
            levels, "label", "adjusted_rate", "rate_low", "rate_high", beside="observed_rate",
            beside_label="observed", value_label="adjusted, 95% interval", axis=outcome.axis, unit=outcome.unit,
        ), name, f"Adjusted: {outcome.noun}, by grade, with 95% intervals, {records.year}. {text}",
    )  # fmt: skip
    together = part_name(levels[levels["component"] == biggest.component])
    title = f"{outcome.headline(biggest, together)}, {held(estimates, outcome)} held"
    if no_more_than_chance(levels):
        title = f"Grades do not differ by more than chance would give, {held(estimates, outcome)} held"
    return Finding(
        name,
        title,
        text,
        None,
        for_reading(grades, outcome.headings),
        fig,
        hidden_text(grades),
        rows_of="adjusted_rates",
    )


def held(estimates: Estimates, outcome: Compared) -> str:
    """Name what is held while grades are compared: 'schools and season'."""
    if outcome.in_days:
        others = [driver_words(name) for name in estimates.drivers if name != "grade_level"]
        return listed(others) or "nothing else"
    units = [f"{DRIVER_WORDS[name]}s" for name in estimates.drivers if name in ("school_id", "district_id")]
    season = ["season"] if outcome is ABSENCE and "month" in estimates.drivers else []
    return listed([*units, *season]) or "nothing else"


def part_text(part: pd.DataFrame, outcome: Compared, what: str, together: str) -> str:
    """Say the highest and lowest adjusted contrast of a part (`together` names it), or of a driver."""
    known = part[part["contrast"].notna()].sort_values("contrast")
    if len(known) < 2:
        return ""
    low, high = known.iloc[0], known.iloc[-1]
    mean = "that mean" if outcome.in_days else "that rate"
    text = f"{outcome.beside(high, f'the {outcome.say(part_rate(part))} in {together}')}; {outcome.beside(low, mean)}."
    tested = known["p_adjusted"].notna()
    if not tested.any():
        return f"{text} There are too few students in a {what} for a range."
    clear = int((known["p_adjusted"] < 0.05).sum())
    return (
        f"{text} {clear} of {plural(int(tested.sum()), what)} {'differs' if clear == 1 else 'differ'} by more than chance"
        " would give (false discovery rate of 5%)."
    )


def no_more_than_chance(levels: pd.DataFrame) -> bool:
    """Say whether levels were tested and none differs (false discovery rate of 5%)."""
    tested = levels["p_adjusted"].dropna()
    return len(tested) > 0 and not (tested < 0.05).any()


def furthest(levels: pd.DataFrame) -> Any:
    """Give the level furthest from its part: of those that differ by more than chance, where some do."""
    clear = levels[levels["p_adjusted"] < 0.05]
    levels = levels if clear.empty else clear
    return highest(levels.assign(size=levels["contrast"].abs()), "size")


def groups_of(records: Source, estimates: Estimates) -> list[str]:
    """Name the student groups that are drivers."""
    return [name for name in records.study.settings.records.groups if name in estimates.drivers]


def by_group(records: Source, rates: pd.DataFrame, group: str) -> Finding:
    """Compare the levels of a student group, grade, school and the other groups held."""
    outcome, name, words = first_of(records), f"adjusted_{group}", driver_words(group)
    levels = rates[(rates["outcome"] == outcome.name) & (rates["driver"] == group)]
    known = levels[levels["adjusted_rate"].notna()]
    known = known.assign(label=[_with_word(words, label) for label in known["label"]])
    if known.empty:
        return Finding(name, f"By {words}: no comparison", f"No levels of {words} could be compared by {outcome.noun}.")
    text = part_text(known, outcome, "level", "all together")
    fig = figure(
        plots.dot_interval(
            known, "label", "adjusted_rate", "rate_low", "rate_high", beside="observed_rate", beside_label="observed",
            value_label="adjusted, 95% interval", axis=outcome.axis, unit=outcome.unit,
        ), name, f"Adjusted: {outcome.noun}, by {words}, with 95% intervals, {records.year}. {text}",
    )  # fmt: skip
    biggest = furthest(known)
    title = f"By {words}: {outcome.headline(biggest, 'all together')}"
    if no_more_than_chance(known):
        title = f"By {words}: no more than chance would give"
    return Finding(
        name,
        title,
        text,
        None,
        for_reading(known, outcome.headings),
        fig,
        hidden_text(levels),
        rows_of="adjusted_rates",
    )


def part_name(part: pd.DataFrame) -> str:
    """Name the grades of a part, as in 'grades K-8 together'."""
    return f"grades {grade_range(tuple(part['level']))} together"


def part_rate(part: pd.DataFrame) -> float:
    """Give the rate that a part's contrasts are against."""
    return float((part["adjusted_rate"] - part["contrast"]).median())


def _with_word(words: str, label: str) -> str:
    """Begin a level with a capital; one that begins with a number gets its group's name before it."""
    full = f"{words} {label}" if label[:1].isdigit() else label
    return full[:1].upper() + full[1:]


def direct_school_rates(records: Source, rates: pd.DataFrame) -> Finding:
    """Say how many schools could stand in for the whole part; page 05 compares each with its own grades."""
    outcome = first_of(records)
    levels = rates[(rates["driver"] == "school_id") & (rates["outcome"] == outcome.name) & (rates["component"] > 0)]
    levels = levels[levels.groupby("component")["level"].transform("size") > 1]  # parts are never compared
    near = levels[(levels["outside"] <= OUTSIDE_ALLOWED) & levels["adjusted_rate"].notna()].sort_values("adjusted_rate")
    if levels.empty:
        return Finding.none("adjusted_schools")
    if near.empty:
        text = (
            "No school has nearly all the grades of its part, so no school's rate is shown as if it had them."
            " Page 05 compares each school with what its own grades lead one to expect."
        )
        return Finding("adjusted_schools", "Schools: compared over their own grades, on page 05", text)
    title, text = (
        "Schools with the grades of their part",
        f"{plural(len(near), 'school')} of {len(levels)} have at least {percent(1 - OUTSIDE_ALLOWED, 0)} of their part's"
        f" days in grades that they have. Adjusted, they go from {outcome.say(near.iloc[0].adjusted_rate)} to"
        f" {outcome.say(near.iloc[-1].adjusted_rate)}.{'' if outcome.in_days else ' All schools are on page 05.'}",
    )
    if "grade_level" not in set(rates["driver"]):
        title = "Schools beside each other"
        text = (
            f"With what else is in the model held, {plural(len(near), 'school')} go from"
            f" {outcome.say(near.iloc[0].adjusted_rate)} to {outcome.say(near.iloc[-1].adjusted_rate)}."
        )
    clear = int((near["p_adjusted"] < 0.05).sum())
    if near["p_adjusted"].notna().any():
        tested = plural(int(near["p_adjusted"].notna().sum()), "school")
        text += f" {clear} of {tested} with students enough differ by more than chance would give (false discovery rate of 5%)."
    if no_more_than_chance(near):
        title = "Schools do not differ by more than chance would give"
    drawn, which = near, ""
    if len(near) > MOST_DRAWN:
        drawn = near.loc[near["students"].nlargest(MOST_DRAWN).index].sort_values("adjusted_rate")
        which = f", the {MOST_DRAWN} with most students of {len(near)}"
    fig = figure(
        plots.dot_interval(
            drawn, "label", "adjusted_rate", "rate_low", "rate_high", axis=outcome.axis + which, unit=outcome.unit
        ), "adjusted_schools", f"Adjusted: {outcome.noun} of schools{which}. {text}",
    )  # fmt: skip
    shown = for_reading(near, outcome.headings)
    return Finding("adjusted_schools", title, text, shown=shown, figure=fig, rows_of="adjusted_rates")
