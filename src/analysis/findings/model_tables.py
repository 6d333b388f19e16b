"""Page 03: what was fitted, what cannot be separated, and the coefficients."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.findings.finding import NOTHING, Finding
from analysis.findings.gated import drivers_hidden, hides, passed
from analysis.findings.names import OUTCOME_WORDS, driver_words, named
from analysis.findings.outcome import absence_of
from analysis.findings.tables import for_reading
from analysis.findings.words import (
    DISTRICTS,
    GRADES,
    SCHOOLS,
    capital,
    count,
    counted,
    joined,
    listed,
    number,
    some_of,
)
from analysis.language import later, plural, say, told
from analysis.models.design import INTERCEPT
from analysis.models.estimates import Estimates
from analysis.models.published_estimates import DISPERSION, HIDDEN_CELLS
from analysis.models.sentences import NONE_OR_ALL
from analysis.records.types import PublishedCounts, Source, StudentRecords

ASSOCIATIONS = later("These are associations: what is not in the model is still in the difference.")


def model(records: Source, estimates: Estimates, rates: pd.DataFrame) -> Finding:
    """Say what was fitted, on what, and what an adjusted rate is."""
    names = [driver_words(name) for name in estimates.drivers]
    together = say("{drivers} together", drivers=listed(names))
    said = {"year": records.year, "drivers": together}
    text = say(
        "A binomial model of the days absent of {year}, with {drivers}. An adjusted rate answers: what would the"
        " rate be if all these days had this level and everything else in the model stayed as it is? Contrasts are in"
        " percentage points against the observed rate of the same part (a set of grades and schools linked by students)."
        " Errors are clustered by student, and for the season by student and date.",
        **said,
    )
    if isinstance(records, StudentRecords) and not records.dated:
        text = of_years(records, names)
    if isinstance(records, PublishedCounts):
        text = say(
            "A quasi-binomial model of the published counts of {year}, with {drivers}. Contrasts are in percentage points"
            " against the observed rate.",
            **said,
        )
    outcome = "chronic" if isinstance(records, PublishedCounts) else absence_of(records).name
    text = joined(text, told(ASSOCIATIONS), left_out(records, estimates, outcome))
    if isinstance(records, PublishedCounts):
        text += of_cells(estimates)
    title = say("The model: {drivers}", drivers=together if len(names) > 1 else listed(names))
    return Finding("adjusted_rates", title, text, rates)


def left_out(records: Source, estimates: Estimates, outcome: str) -> str:
    """Name the levels that a model leaves out, and with them their days or students: absence there is none or all.

    Empty where there are none, and for readers who must not be told that a count is 0.
    """
    table = estimates.not_separable
    table = table[(table["outcome"] == outcome) & (table["reason"] == NONE_OR_ALL)]
    if table.empty or hides(records):
        return ""
    return say(
        "Not in this model, and in none of its rates (adjusted, expected, or what they are compared with): {levels}, where"
        " absence is none or all.",
        levels=some_of(named(table, records)["label"].tolist()),
    )


def of_cells(estimates: Estimates) -> str:
    """Say how much published cells vary, and what is done where some are hidden."""
    checked = estimates.model_checks.set_index("check")["value"].rename(lambda name: name.partition(": ")[2])
    text = " " + say(
        "The cells vary {phi} times as much as independent students would (phi), and the intervals allow for that.",
        phi=number(checked[DISPERSION], 1),
    )
    if HIDDEN_CELLS not in checked:
        return text
    return f"{text} " + plural(
        checked[HIDDEN_CELLS],
        "The source hides {number} cell: the model is fitted with all of them at the lowest and at the highest that they"
        " can be, and intervals reach from one to the other. What is said in between is halfway, and no best guess.",
        "The source hides {number} cells: the model is fitted with all of them at the lowest and at the highest that they"
        " can be, and intervals reach from one to the other. What is said in between is halfway, and no best guess.",
    )


def of_years(records: StudentRecords, names: Sequence[str]) -> str:
    """Say what was fitted on totals of a year."""
    drivers = listed(names)
    together = say("{drivers} together", drivers=drivers) if len(names) > 1 else say("{drivers} alone", drivers=drivers)
    said = {"year": records.year, "drivers": together}
    if records.measure == "absent_only":
        return say(
            "A negative binomial model of the days absent a student of {year}, with {drivers}. Adjusted days answer: how"
            " many days would a student miss on average if all had this level and everything else in the model stayed as"
            " it is? How long each was enrolled is not known and not in the model. Errors are clustered by student.",
            **said,
        )
    if records.measure == "rate":
        return say(
            "A fractional logit of the rates of absence of {year}, with {drivers}. An adjusted rate answers: what would the"
            " average rate be if all these students had this level and everything else in the model stayed as it is?"
            " Contrasts are in percentage points against the observed rate of the same part (a set of grades and schools"
            " linked by students). Errors are clustered by student.",
            **said,
        )
    return say(
        "A binomial model of the days absent of {year}, with {drivers}. An adjusted rate answers: what would the rate be if"
        " all these days had this level and everything else in the model stayed as it is? Contrasts are in percentage"
        " points against the observed rate of the same part (a set of grades and schools linked by students). Errors are"
        " clustered by student.",
        **said,
    )


def not_separable(records: Source, estimates: Estimates) -> Finding:
    """Say what these data cannot separate."""
    table = passed(records, "not_separable", estimates.not_separable)
    if hides(records):  # to count such levels, or to name one, would say that its count is 0
        table = table[(table["reason"] != NONE_OR_ALL) & ~((table["outcome"] == "chronic") & estimates.left_out)]
    rates = estimates.adjusted_rates
    first = rates[rates["driver"].isin(["grade_level", "school_id"]) & (rates["outcome"] == absence_of(records).name)]
    components = first.loc[first["component"] > 0, "component"].nunique()
    said, in_brief = [], ""
    if components > 1:
        in_brief = say(
            "The grades and schools fall into {parts} parts with too few students in common to compare them: a grade of"
            " one part is never compared with a grade of another after adjustment. Whether a difference between two"
            " parts is the school or its grades cannot be told.",
            parts=count(components),
        )
        said.append(in_brief)
    said += [
        say("{levels}: {reason}", levels=_counted(pairs), reason=told(reason))
        for reason, pairs in table.drop_duplicates([*LEVEL, "reason"]).groupby("reason", sort=False)
    ]
    if not said:
        said = [say("Every level that is modelled is linked to the others by enough students.")]
    each = table.assign(outcome=table["outcome"].replace("days", "absence").map(OUTCOME_WORDS).map(told))
    outcomes = each.groupby([*LEVEL, "reason"], sort=False)["outcome"].agg(list)
    each = outcomes.map(listed).reset_index()
    each = named(each, records, first=capital).assign(driver=[capital(driver_words(name)) for name in each["driver"]])
    shown = read_not_separable(each) if len(table) else None
    title = say("What these data cannot separate")
    if hides(records):
        said.append(say("A level where absence is none or all is not compared, and not listed for this audience."))
    return Finding("not_separable", title, " ".join(said), table, shown, in_brief=in_brief)


def _counted(pairs: pd.DataFrame) -> str:
    """Count levels, as schools or grades where all are."""
    units = {"school_id": SCHOOLS, "grade_level": GRADES, "district_id": DISTRICTS}
    if pairs["driver"].nunique() == 1 and pairs["driver"].iloc[0] in units:
        return counted(len(pairs), *units[pairs["driver"].iloc[0]])
    return plural(len(pairs), "{number} level or pair", "{number} levels or pairs")


LEVEL = ["driver", "level"]


def read_not_separable(table: pd.DataFrame) -> pd.DataFrame:
    """Make a table of levels (`label`) that cannot be separated readable."""
    return for_reading(
        table.assign(reason=table["reason"].map(told)), ("driver", "label", "outcome", "reason"), label=later("Level")
    )


def coefficients(records: Source, estimates: Estimates, rates: pd.DataFrame) -> Finding:
    """Give the coefficients, for the appendix; none of a driver with a level whose rate is hidden by us.

    Their rows are left out, empty ones too: a level without a coefficient would be one where absence is none or all.
    """
    if estimates.coefficients.empty:
        return NOTHING
    table = passed(records, "coefficients", estimates.coefficients)
    hidden = drivers_hidden(rates)
    for outcome, driver in hidden:
        of_driver = table["term"].str.startswith(f"{driver}[") | (table["term"] == INTERCEPT)
        table = table[(table["outcome"] != outcome) | ~of_driver].reset_index(drop=True)
    if table.empty:
        text = say("They would tell the rates of levels that are hidden.")
        return Finding("coefficients", say("Coefficients: not shown"), text, table)
    read = table.assign(outcome=table["outcome"].map(told))
    text = plural(
        len(table),
        "{number} coefficient on the log-odds scale, with clustered errors. Odds ratios are no ratios of rates: read the"
        " adjusted rates above instead.",
        "{number} coefficients on the log-odds scale, with clustered errors. Odds ratios are no ratios of rates: read the"
        " adjusted rates above instead.",
    )
    estimate = later("Log-odds")
    if absence_of(records).in_days:
        text = plural(
            len(table),
            "{number} coefficient on the log scale, with clustered errors. The ratio says how many times the days of the"
            " first level a level has on average, the others held.",
            "{number} coefficients on the log scale, with clustered errors. The ratio says how many times the days of the"
            " first level a level has on average, the others held.",
        )
        read = read.assign(ratio=np.exp(table["estimate"]).where(table["outcome"] == "days"))
        estimate = later("Log of ratio")
    left_out = sorted({driver_words(driver) for _, driver in hidden})
    note = say(
        "Not listed: the intercept and the coefficients of {drivers}, for they would tell the rates of levels that are hidden.",
        drivers=listed(left_out),
    ) if hidden else ""  # fmt: skip
    shown = for_reading(
        read, ("outcome", "term", "estimate", "std_error", "p_value", "ratio"), estimate=estimate,
        std_error=later("Std. error"), p_value=later("p"), ratio=later("Times the days"),
    )  # fmt: skip
    return Finding("coefficients", say("Coefficients, for the appendix"), text, table, shown, note=note)
