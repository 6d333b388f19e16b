"""Page 03: what moves with absence when grade, school and season are held together."""

from dataclasses import dataclass, fields

import pandas as pd

from analysis.disclosure import gate, hidden_text
from analysis.findings import plots
from analysis.findings.figure import figure
from analysis.findings.finding import Finding, Page
from analysis.findings.sentences import NO_STUDENTS
from analysis.findings.tables import for_reading, highest, rows
from analysis.findings.words import count, difference, listed, missing, percent, plural, points
from analysis.models.estimates import DISPERSION, HIDDEN_CELLS, Estimates, estimate
from analysis.records import read
from analysis.records.types import PublishedCounts, Source, StudentRecords
from analysis.study import Study
from analysis.vocabulary import grade_name, grade_range, month_name

DRIVER_WORDS = {
    "grade_level": "grade", "school_id": "school", "month": "month", "weekday": "weekday",
    "district_id": "district", "near_break": "nearness to a break",
}  # fmt: skip
OUTSIDE_ALLOWED = 0.25
"""A direct rate of a school is shown where at most this share of the part's days is in grades that it does not have."""


@dataclass(frozen=True)
class Drivers(Page):
    """The findings of page 03."""

    model: Finding
    absence: Finding
    chronic: Finding
    schools: Finding
    importance: Finding
    joint_tests: Finding
    not_separable: Finding
    coefficients: Finding


def drivers(study: Study) -> Drivers:
    """Find what moves with absence."""
    records = read(study)
    estimates = estimate(records)
    if estimates.refused:
        said = Finding("model", "These records cannot carry a model", estimates.refused)
        names = [field.name for field in fields(Drivers)]
        return Drivers(said, *(Finding.none(name) for name in names[1:]))
    rates = named(gate(study, "adjusted_rates", estimates.adjusted_rates), records)
    return Drivers(
        model=model(records, estimates, rates.drop(columns="label")),
        absence=by_grade(records, estimates, rates, "absence"),
        chronic=by_grade(records, estimates, rates, "chronic"),
        schools=direct_school_rates(records, rates),
        importance=importance(records, estimates),
        joint_tests=joint_tests(records, estimates),
        not_separable=not_separable(records, estimates),
        coefficients=coefficients(records, estimates),
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
    names = [DRIVER_WORDS.get(name, name) for name in estimates.drivers]
    text = (
        f"A binomial model of the days absent of {records.year}, with {listed(names)} together. An adjusted rate answers: what would the"
        " rate be if all these days had this level and everything else in the model stayed as it is? Contrasts are in"
        " percentage points against the observed rate of the same part (a set of grades and schools linked by students)."
        " Errors are clustered by student, and for the season by student and date. These are associations: what is not in"
        " the model is still in the difference."
    )
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
    return Finding("adjusted_rates", f"The model: {listed(names)} together", text, rates)


def by_grade(records: Source, estimates: Estimates, rates: pd.DataFrame, outcome: str) -> Finding:
    """Compare grades as if every grade had the same schools and season."""
    name = f"adjusted_{outcome}"
    levels = rates[(rates["outcome"] == outcome) & (rates["driver"] == "grade_level") & (rates["component"] > 0)]
    what = "of days absent" if outcome == "absence" else "chronically absent"
    if levels.empty:
        return Finding.none(name)
    if levels["adjusted_rate"].isna().all():
        return Finding(name, "Grades: no comparison", f"No grades could be compared by the share {what}.")
    text = " ".join(part_text(part, what) for _, part in levels.groupby("component"))
    biggest = highest(levels.assign(size=levels["contrast"].abs()), "size")
    fig = figure(
        plots.dot_interval(
            levels, "label", "adjusted_rate", "rate_low", "rate_high", beside="observed_rate",
            beside_label="observed", value_label="adjusted, 95% interval", axis=what.removeprefix("of "),
        ), name, f"Adjusted share {what} by grade with 95% intervals, {records.year}. {text}",
    )  # fmt: skip
    way = "higher" if biggest.contrast > 0 else "lower"
    together = part_name(levels[levels["component"] == biggest.component])
    title = f"{biggest.label} is {points(biggest.contrast)} {way} than {together}, {held(estimates, outcome)} held"
    return Finding(name, title, text, None, read_as(levels), fig, hidden_text(levels))


def held(estimates: Estimates, outcome: str) -> str:
    """Name what is held while grades are compared: 'schools and season'."""
    units = [f"{DRIVER_WORDS[name]}s" for name in estimates.drivers if name in ("school_id", "district_id")]
    season = ["season"] if outcome == "absence" and "month" in estimates.drivers else []
    return listed([*units, *season]) or "nothing else"


def part_text(part: pd.DataFrame, what: str) -> str:
    """Say the highest and lowest adjusted contrast of a part."""
    known = part[part["contrast"].notna()].sort_values("contrast")
    if len(known) < 2:
        return ""
    low, high = known.iloc[0], known.iloc[-1]
    observed = f"the {percent(part_rate(part))} {what} in {part_name(part)}"
    clear = int((known["p_adjusted"] < 0.05).sum())
    return (
        f"{high.label} is {difference(high.contrast, high.contrast_low, high.contrast_high, observed)};"
        f" {low.label} is {difference(low.contrast, low.contrast_low, low.contrast_high, 'that rate')}."
        f" {clear} of {plural(len(known), 'grade')} differ by more than chance would give (false discovery rate of 5%)."
    )


def part_name(part: pd.DataFrame) -> str:
    """Name the grades of a part, as in 'grades K-8 together'."""
    return f"grades {grade_range(tuple(part['level']))} together"


def part_rate(part: pd.DataFrame) -> float:
    """Give the rate that a part's contrasts are against."""
    return float((part["adjusted_rate"] - part["contrast"]).median())


def read_as(levels: pd.DataFrame) -> pd.DataFrame:
    """Make a table of adjusted rates readable."""
    return for_reading(levels, {
        "label": "Level", "students": "Students", "observed_rate": "Observed rate", "adjusted_rate": "Adjusted rate",
        "rate_low": "Rate, low", "rate_high": "Rate, high", "contrast": "Contrast", "contrast_low": "Contrast, low",
        "contrast_high": "Contrast, high", "p_adjusted": "p (BH)", "hidden": "Hidden",
    })  # fmt: skip


def direct_school_rates(records: Source, rates: pd.DataFrame) -> Finding:
    """Say how many schools could stand in for the whole part; page 05 compares each with its own grades."""
    levels = rates[(rates["driver"] == "school_id") & (rates["outcome"] == "absence") & (rates["component"] > 0)]
    near = levels[(levels["outside"] <= OUTSIDE_ALLOWED) & levels["adjusted_rate"].notna()].sort_values("adjusted_rate")
    if levels.empty:
        return Finding.none("adjusted_schools")
    if near.empty:
        text = (
            "No school has nearly all the grades of its part, so no school's rate is shown as if it had them."
            " Page 05 compares each school with what its own grades lead one to expect."
        )
        return Finding("adjusted_schools", "Schools: compared over their own grades, on page 05", text)
    text = (
        f"{plural(len(near), 'school')} of {len(levels)} have at least {percent(1 - OUTSIDE_ALLOWED, 0)} of their part's"
        f" days in grades that they have. Their adjusted rates go from {percent(near.iloc[0].adjusted_rate)} to"
        f" {percent(near.iloc[-1].adjusted_rate)}. All schools are on page 05."
    )
    fig = figure(
        plots.dot_interval(near, "label", "adjusted_rate", "rate_low", "rate_high", axis="days absent"), "adjusted_schools",
        f"Adjusted share of days absent of schools with the grades of their part. {text}",
    )  # fmt: skip
    return Finding("adjusted_schools", "Schools with the grades of their part", text, shown=read_as(near), figure=fig)


def importance(records: Source, estimates: Estimates) -> Finding:
    """Say how much of the explained deviance goes with grade, school, either, or the season."""
    if estimates.importance.empty:
        return Finding("importance", "How much each driver explains: not with published counts", NO_STUDENTS)
    table = gate(records.study, "importance", estimates.importance)
    words = {
        "grade_level beyond school_id": "grade beyond school", "school_id beyond grade_level": "school beyond grade",
        "grade_level or school_id": "grade or school, which cannot be told apart", "season": "season",
    }  # fmt: skip
    shares = table[table["outcome"] == "absence"]
    shares = shares.assign(label=shares["driver"].map(words))
    parts = [
        f"{row.label} {percent(row.share, 0)}"
        if not missing(row.share)
        else f"{row.label}: no more than chance would give"
        for row in rows(shares)
    ]
    text = (
        f"Of what this model explains of absence from day to day: {'; '.join(parts)}. The noise that any model of this size"
        " would explain by chance is taken off. Most absence lies between students and days and is not explained by these drivers."
    )
    shown = for_reading(shares, {"label": "Driver", "share": "Share of what is explained"})
    return Finding("importance", f"Of what is explained: {parts[0]}", text, table, shown)


def joint_tests(records: Source, estimates: Estimates) -> Finding:
    """Test each driver as a whole."""
    if estimates.joint_tests.empty:
        return Finding.none("joint_tests")
    table = gate(records.study, "joint_tests", estimates.joint_tests)
    clear = [
        DRIVER_WORDS.get(row.driver, row.driver)
        for row in rows(table)
        if row.outcome == "absence" and row.p_value < 0.01
    ]
    text = f"Tested over all levels at once (Wald, clustered), absence differs by {listed(clear)} (p under 0.01)." if clear else (
        "Tested over all levels at once (Wald, clustered), no driver differs by more than chance would give (p of 0.01 or more)."
    )  # fmt: skip
    shown = for_reading(
        table.assign(label=table["driver"].map(lambda name: DRIVER_WORDS.get(name, name))),
        {"outcome": "Outcome", "label": "Driver", "statistic": "Wald chi-square", "df": "df", "p_value": "p"},
    )
    return Finding("joint_tests", "Each driver as a whole", text, table, shown)


def not_separable(records: Source, estimates: Estimates) -> Finding:
    """Say what these data cannot separate."""
    table = gate(records.study, "not_separable", estimates.not_separable)
    parts = estimates.adjusted_rates.query("driver in ('grade_level', 'school_id') and outcome == 'absence'")
    components = parts["component"].nunique()
    text = ""
    if components > 1:
        text = (
            f"The grades and schools fall into {components} parts with too few students in common to compare them: a grade"
            " of one part is never compared with a grade of another after adjustment. Whether a difference between two parts"
            " is the school or its grades cannot be told."
        )
    if len(table):
        reasons = table["reason"].value_counts()
        text += " " + " ".join(
            f"{count(number)} {'level or pair' if number == 1 else 'levels or pairs'}: {reason}"
            for reason, number in reasons.items()
        )
    text = (
        text.strip()
        or "Every grade that is modelled is linked to the others by enough students of the same schools or districts."
    )
    shown = for_reading(table, {"driver": "Driver", "level": "Level", "reason": "Why not"}) if len(table) else None
    return Finding("not_separable", "What these data cannot separate", text, table, shown)


def coefficients(records: Source, estimates: Estimates) -> Finding:
    """Give the coefficients, for the appendix."""
    if estimates.coefficients.empty:
        return Finding.none("coefficients")
    table = gate(records.study, "coefficients", estimates.coefficients)
    text = (
        f"{plural(len(table), 'coefficient')} on the log-odds scale, with clustered errors. Odds ratios are no ratios of"
        " rates: read the adjusted rates above instead."
    )
    shown = for_reading(table, {
        "outcome": "Outcome", "term": "Term", "estimate": "Log-odds", "std_error": "Std. error", "p_value": "p",
    })  # fmt: skip
    return Finding("coefficients", "Coefficients, for the appendix", text, table, shown)
