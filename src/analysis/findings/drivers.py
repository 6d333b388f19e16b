"""Page 03: what moves with absence when grade, school and season are held together."""

from dataclasses import dataclass

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.between import between
from analysis.findings.explained import importance, joint_tests, spread_between_schools
from analysis.findings.finding import NOTHING, Finding, Findings, Page
from analysis.findings.gated import estimated, passed
from analysis.findings.levels import MOST_DRAWN
from analysis.findings.model_tables import coefficients, left_out, model, not_separable
from analysis.findings.names import driver_words, named, units_of
from analysis.findings.outcome import ABSENCE, Outcome, absence_of, chronic_of
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure
from analysis.findings.scenario import best_quarter
from analysis.findings.school_days import drivers as school_days_drivers
from analysis.findings.tables import (
    beyond_chance,
    furthest,
    no_more_than_chance,
    of_those_shown,
    some_hidden,
    some_shown,
    with_a_range,
)
from analysis.findings.words import (
    GRADES,
    GROUPS,
    SCHOOLS,
    capital,
    count,
    counted,
    difference,
    grade_name,
    joined,
    level_name,
    listed,
    percent,
    plain_difference,
    signed,
)
from analysis.language import plural, say, told, use
from analysis.models.estimates import Estimates
from analysis.records import read
from analysis.records.types import SchoolDays, Source, StudentRecords
from analysis.study import Study
from analysis.vocabulary import GRADES as GRADE_ORDER
from analysis.vocabulary import grade_range

OUTSIDE_ALLOWED = 0.25
"""A direct rate of a school is shown where at most this share of the part's days is in grades that it does not have."""
BY_PART = ["component", "adjusted_rate"]
"""Schools of two parts are not compared, so a list of them has one part after the other."""


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


def drivers(study: Study) -> Drivers:
    """Find what moves with absence."""
    use(study.settings.language)
    records = read(study)
    estimates = estimated(records)
    if estimates.refused:
        said = Finding("model", say("These records cannot carry a model"), told(estimates.refused))
        return Drivers.of(model=said)
    if isinstance(records, SchoolDays):
        rates = passed(records, "adjusted_rates", estimates.adjusted_rates)
        common = {
            "joint_tests": joint_tests(records, estimates, rates),
            "coefficients": coefficients(records, estimates, rates),
        }
        return Drivers.of(**school_days_drivers.drivers(records, estimates), **common)
    rates = named(passed(records, "adjusted_rates", estimates.adjusted_rates), records, first=capital)
    return Drivers(
        model=model(records, estimates, rates.drop(columns="label")),
        absence=by_grade(records, estimates, rates, absence_of(records)),
        chronic=by_grade(records, estimates, rates, chronic_of(records)),
        groups=Findings(by_group(records, rates, group) for group in groups_of(records, estimates)),
        schools=direct_school_rates(records, rates),
        best_quarter=best_quarter(records, rates, passed(records, "school_effects", estimates.school_effects)),
        between_schools=between(records),
        spread_between_schools=spread_between_schools(records, estimates),
        importance=importance(records, estimates),
        joint_tests=joint_tests(records, estimates, rates),
        not_separable=not_separable(records, estimates),
        coefficients=coefficients(records, estimates, rates),
    )


def by_grade(records: Source, estimates: Estimates, rates: pd.DataFrame, outcome: Outcome) -> Finding:
    """Compare grades as if every grade had the same schools and season."""
    name = f"adjusted_{outcome.name}"
    grades = rates[(rates["outcome"] == outcome.name) & (rates["driver"] == "grade_level")]
    levels = grades[grades["component"] > 0]
    if grades.empty:
        return NOTHING
    if levels["contrast_low"].isna().all():
        return _not_compared(name, grades, levels, outcome)
    every = rates[(rates["outcome"] == outcome.name) & rates["driver"].isin(["grade_level", "school_id"])]
    own = (every["adjusted_rate"] - every["contrast"]).groupby(every["component"]).mean()
    levels = levels.assign(of_part=levels["component"].map(own))
    parts = [(part, part_name(part)) for _, part in levels.groupby("component")]
    text = " ".join(part_text(part, outcome, together) for part, together in parts)
    if outcome.of_students and isinstance(records, StudentRecords) and len(records.schools) > 1:
        text += " " + say(
            "A student of two schools counts at each here, and only where enrolled long enough, so the rates are not quite"
            " those of page 02."
        )
    if outcome.of_students and isinstance(records, StudentRecords):
        text = joined(text, left_out(records, estimates, outcome.name))
    for driver in estimates.together if outcome.of_students else ():
        text += " " + say("Hidden {levels} count as one in this model.", levels=units_of(driver)[1])
    some = some_shown(levels, "contrast", *GRADES)
    text, biggest = joined(some, text), furthest(levels)
    fig = figure(
        plots.adjusted_rates(levels, axis=outcome.axis, unit=outcome.unit), name,
        say(
            "Adjusted: {noun}, by grade, with 95% intervals, {year}. {text}", noun=outcome.adjusted, year=records.year,
            text=text,
        ),
    )  # fmt: skip
    title = outcome.headline(biggest, part_name(levels[levels["component"] == biggest.component]))
    if no_more_than_chance(levels):
        title = say("Grades do not differ by more than chance would give")
    return Finding(
        name,
        of_those_shown(f"{title}, {held(estimates, outcome)}", some),
        text,
        None,
        outcome.read(grades),
        fig,
        hidden_text(grades),
        in_brief=joined(some, *(part_text(part, outcome, together, plain=True) for part, together in parts)),
        rows_of="adjusted_rates",
    )


def _not_compared(name: str, grades: pd.DataFrame, levels: pd.DataFrame, outcome: Outcome) -> Finding:
    """Say why no grade (`levels`, of all that are listed) has a contrast with an interval."""
    if levels["contrast"].isna().all() and some_hidden(levels):
        return Finding.hidden(name, say("Grades"), levels, own=False)
    text, note = say("There are too few students in a grade for a range."), ""
    if levels["contrast"].isna().all():
        text = say(
            "No grades could be compared by {noun}: what these data cannot separate says why.", noun=outcome.adjusted
        )
        note = hidden_text(grades)
    return Finding(name, say("Grades: no comparison"), text, None, outcome.read(grades), note=note)


def held(estimates: Estimates, outcome: Outcome) -> str:
    """Name what is held while grades are compared: 'schools and season held'."""
    if outcome.in_days:
        others = [driver_words(name) for name in estimates.drivers if name != "grade_level"]
    else:
        others = [units_of(name)[1] for name in estimates.drivers if name in ("school_id", "district_id")]
        others += [say("season")] if outcome.name == ABSENCE.name and "month" in estimates.drivers else []
    return say("{drivers} held", drivers=listed(others)) if others else say("nothing else held")


def part_text(
    part: pd.DataFrame, outcome: Outcome, together: str, *, of_grades: bool = True, plain: bool = False
) -> str:
    """Say the highest and lowest adjusted contrast of a part (`together` names it), or of a driver.

    Of levels that have a range: without one, the furthest is the one with fewest students. The furthest of those that
    differ by more than chance is in a title, so it is said too where the ends are not as sure.

    Parameters
    ----------
    of_grades : levels are grades.
    plain : as the brief says it.
    """
    compared = part[part["contrast"].notna()]
    known = compared[compared["contrast_low"].notna()].sort_values("contrast")
    if len(compared) < 2:
        return ""
    if known.empty and of_grades:
        return say("There are too few students in a grade for a range.")
    if known.empty:
        return say("There are too few students in a level for a range.")
    differ = plain_difference if plain else difference
    inside = known["level"].map(grade_name) if of_grades else known.get("inside", known["label"])
    within = known if plain else known.assign(label=inside)
    others = [at for at in (known.index[0], furthest(known).Index) if at != known.index[-1]]
    mean = say("that mean") if outcome.in_days else say("that rate")
    said = [outcome.say_contrast(known.iloc[-1], outcome.say_mean(part_rate(part), together), differ)]
    said += [outcome.say_contrast(within.loc[at], mean, differ) for at in dict.fromkeys(others)]
    text = (". " if plain else "; ").join(said)
    levels = (
        plural(len(known), "{number} grade", "{number} grades")
        if of_grades
        else plural(len(known), "{number} level", "{number} levels")
    )
    return f"{text}. {clear_text(known, levels, plain=plain)}{_without_range(len(compared) - len(known))}"


def _without_range(levels: int) -> str:
    """Say how many levels stand in the table alone, where some do."""
    if not levels:
        return ""
    return " " + plural(
        levels,
        "{number} more has too few students for a range, or too few beside it.",
        "{number} more have too few students for a range, or too few beside them.",
    )


def clear_text(levels: pd.DataFrame, tested: str, *, plain: bool = False) -> str:
    """Say how many of what was tested ('12 grades') differ; the brief leaves out how sure of so many at once."""
    clear = int(beyond_chance(levels).sum())
    if plain:
        return plural(
            clear,
            "{number} of {tested} differs by more than chance would give.",
            "{number} of {tested} differ by more than chance would give.",
            tested=tested,
        )
    return plural(
        clear,
        "{number} of {tested} differs by more than chance would give (false discovery rate of 5%).",
        "{number} of {tested} differ by more than chance would give (false discovery rate of 5%).",
        tested=tested,
    )


def groups_of(records: Source, estimates: Estimates) -> list[str]:
    """Name the student groups that are drivers."""
    return [name for name in records.study.settings.records.groups if name in estimates.drivers]


def by_group(records: Source, rates: pd.DataFrame, group: str) -> Finding:
    """Compare the levels of a student group, grade, school and the other groups held."""
    outcome, name, words = absence_of(records), f"adjusted_{group}", driver_words(group)
    levels, noun = rates[(rates["outcome"] == outcome.name) & (rates["driver"] == group)], outcome.adjusted
    known = levels[levels["adjusted_rate"].notna()]
    inside = [level_name(words, label) for label in known["label"]]
    known = known.assign(inside=inside, label=[capital(label) for label in inside])
    if known.empty and some_hidden(levels):
        return Finding.hidden(name, say("By {group}", group=words), levels, own=False)
    if known.empty:
        text = say("No levels of {group} could be compared by {noun}.", group=words, noun=noun)
        return Finding(name, say("By {group}: no comparison", group=words), text)
    some = some_shown(levels, "adjusted_rate", *GROUPS)
    text = joined(some, part_text(known, outcome, say("all together"), of_grades=False))
    if known["contrast_low"].isna().all():
        return Finding(name, say("By {group}: no comparison", group=words), text, None, outcome.read(known))
    said = {"noun": noun, "group": words, "year": records.year, "text": text}
    alt = say("Adjusted: {noun}, by {group}, with 95% intervals, {year}. {text}", **said)
    fig = figure(plots.adjusted_rates(known, axis=outcome.axis, unit=outcome.unit), name, alt)
    title = say(
        "By {group}: {comparison}", group=words, comparison=outcome.headline(furthest(known), say("all together"))
    )
    if no_more_than_chance(known):
        title = say("By {group}: no more than chance would give", group=words)
    return Finding(
        name,
        of_those_shown(title, some),
        text,
        None,
        outcome.read(known),
        fig,
        hidden_text(levels),
        rows_of="adjusted_rates",
    )


def part_name(part: pd.DataFrame) -> str:
    """Name the grades of a part, as in 'grades K-8 together': those that are rated, for the part's rate is of these."""
    rated = tuple(part.loc[part["adjusted_rate"].notna(), "level"])
    if len(rated) < len(part) and some_hidden(part):  # which of the others are rated must not be told
        return say("the grades that are compared")
    run = GRADE_ORDER[GRADE_ORDER.index(rated[0]) :][: len(rated)] == rated
    grades = grade_range(rated) if run else listed([grade_range((grade,)) for grade in rated])
    return say("grades {grades} together", grades=grades)


def part_rate(part: pd.DataFrame) -> float:
    """Give the rate that a part's contrasts are against: of all its levels, for the gate has rounded each."""
    own = part["of_part"] if "of_part" in part else part["adjusted_rate"] - part["contrast"]
    return float(own.mean())


def direct_school_rates(records: Source, rates: pd.DataFrame) -> Finding:
    """Say how many schools could stand in for the whole part; page 05 compares each with its own grades."""
    outcome = absence_of(records)
    levels = rates[(rates["driver"] == "school_id") & (rates["outcome"] == outcome.name) & (rates["component"] > 0)]
    levels = levels[levels.groupby("component")["level"].transform("size") > 1]  # parts are never compared
    near = levels[(levels["outside"] <= OUTSIDE_ALLOWED) & levels["adjusted_rate"].notna()].sort_values(BY_PART)
    if levels.empty:
        return NOTHING
    if near.empty and some_hidden(levels):
        return Finding.hidden("adjusted_schools", say("Schools"), levels, own=False)
    if near.empty:
        text = say(
            "No school has nearly all the grades of its part, so no school's rate is shown as if it had them."
            " Page 05 compares each school with what its own grades lead one to expect."
        )
        return Finding("adjusted_schools", say("Schools: compared over their own grades, on page 05"), text)
    whole, near = near, with_a_range(near, "rate_low")
    of_grades = "grade_level" in set(rates["driver"])
    title = say("Schools with nearly the same grades") if of_grades else say("Schools beside each other")
    if not of_grades and near["p_adjusted"].notna().any():
        title = plural(
            int(beyond_chance(near).sum()),
            "{number} of {schools} differs by more than chance would give",
            "{number} of {schools} differ by more than chance would give",
            schools=counted(near["p_adjusted"].notna().sum(), *SCHOOLS),
        )
    if no_more_than_chance(near):
        title = say("Schools do not differ by more than chance would give")
    text, more = (
        _schools_from_to(near, len(levels), outcome, of_grades=of_grades),
        _without_range(len(whole) - len(near)),
    )
    some = some_shown(levels, "adjusted_rate", *SCHOOLS)
    title = of_those_shown(title, some)
    text, plain = (joined(some, f"{text}{_clear_schools(near, plain=plain)}{more}") for plain in (False, True))
    most, which = near, ""
    if len(near) > MOST_DRAWN:
        most = near.loc[near["students"].nlargest(MOST_DRAWN).index].sort_values(BY_PART)
        which = ", " + say("the {number} with most students of {all}", number=count(MOST_DRAWN), all=count(len(near)))
    fig = figure(
        plots.dot_interval(
            most, "label", "adjusted_rate", "rate_low", "rate_high", axis=outcome.axis + which, unit=outcome.unit
        ),
        "adjusted_schools",
        say("Adjusted: {noun} of schools{which}. {text}", noun=outcome.adjusted, which=which, text=text),
        say("Part by part, each from low to high: schools of two parts are not compared.")
        if most["component"].nunique() > 1
        else "",
    )
    shown = outcome.read(whole)
    return Finding("adjusted_schools", title, text, shown=shown, figure=fig, in_brief=plain, rows_of="adjusted_rates")


def _schools_from_to(near: pd.DataFrame, schools: int, outcome: Outcome, *, of_grades: bool) -> str:
    """Say between what the adjusted rates of schools lie; `of_grades`, those of as many as have their part's grades."""
    if not of_grades:
        return plural(
            len(near),
            "With what else is in the model held, {number} school has {low}.",
            "With what else is in the model held, {number} schools go from {low} to {high}.",
            low=outcome.say_adjusted(near["adjusted_rate"].min()), high=outcome.say_adjusted(near["adjusted_rate"].max()),
        )  # fmt: skip
    return (_of_parts if near["component"].nunique() > 1 else _of_one_part)(near, schools, outcome) + (
        "" if outcome.in_days else f" {say('All schools are on page 05.')}"
    )


def _of_one_part(near: pd.DataFrame, schools: int, outcome: Outcome) -> str:
    return plural(
        len(near),
        "{number} school of {all} has at least {share} of its part's days in grades that it has. Adjusted, it has {low}.",
        "{number} schools of {all} have at least {share} of their part's days in grades that they have. Adjusted, they go"
        " from {low} to {high}.",
        all=count(schools), share=percent(1 - OUTSIDE_ALLOWED, 0),
        low=outcome.say_adjusted(near.iloc[0].adjusted_rate), high=outcome.say_adjusted(near.iloc[-1].adjusted_rate),
    )  # fmt: skip


def _of_parts(near: pd.DataFrame, schools: int, outcome: Outcome) -> str:
    """Say how far schools of several parts are from their own part: rates of two parts are not compared."""
    low, high = (signed(end, days=outcome.in_days) for end in (near["contrast"].min(), near["contrast"].max()))
    return say(
        "{number} schools of {all} have at least {share} of their part's days in grades that they have. They are in"
        " {parts} parts, whose rates are not compared: adjusted, a school is from {low} to {high} beside the rate of"
        " its own part.",
        number=count(len(near)), all=count(schools), share=percent(1 - OUTSIDE_ALLOWED, 0),
        parts=count(near["component"].nunique()), low=low,
        high=say("{number} days", number=high) if outcome.in_days else say("{number} points", number=high),
    )  # fmt: skip


def _clear_schools(schools: pd.DataFrame, *, plain: bool) -> str:
    tested = int(schools["p_adjusted"].notna().sum())
    if not tested:
        return ""
    words = plural(tested, "{number} school with students enough", "{number} schools with students enough")
    return f" {clear_text(schools, words, plain=plain)}"
