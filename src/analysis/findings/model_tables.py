"""Page 03: what each driver explains, tests, coefficients, and what cannot be separated."""

import numpy as np
import pandas as pd

from analysis.disclosure import gate, hidden_text
from analysis.findings.compared import driver_words, first_of
from analysis.findings.finding import Finding
from analysis.findings.sentences import NO_STUDENTS
from analysis.findings.tables import for_reading, rows
from analysis.findings.words import count, listed, missing, percent, plural
from analysis.models.design import INTERCEPT
from analysis.models.estimates import Estimates
from analysis.models.sentences import NONE_OR_ALL
from analysis.records.types import Source, StudentRecords

COEFFICIENTS = ["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]


def importance(records: Source, estimates: Estimates) -> Finding:
    """Say how much of the explained deviance goes with grade, school, either, or the season."""
    if estimates.importance.empty:
        if isinstance(records, StudentRecords):
            return Finding.none("importance")
        return Finding("importance", "How much each driver explains: not with published counts", NO_STUDENTS)
    table = gate(records.study, "importance", estimates.importance)
    words = {
        "grade_level beyond school_id": "grade beyond school", "school_id beyond grade_level": "school beyond grade",
        "grade_level or school_id": "grade or school, which cannot be told apart", "season": "season",
    }  # fmt: skip
    shares = table[table["outcome"] == "absence"]
    day_to_day, and_days = (" from day to day", " and days") if records.dated else ("", "")
    shares = shares.assign(label=shares["driver"].map(words))
    parts = [
        f"{row.label} {percent(row.share, 0)}"
        if not missing(row.share)
        else f"{row.label}: no more than chance would give"
        for row in rows(shares)
    ]
    text = (
        f"Of what this model explains of absence{day_to_day}: {'; '.join(parts)}. The noise that any model of this size would"
        f" explain by chance is taken off. Most absence lies between students{and_days} and is not explained by these drivers."
    )
    shown = for_reading(shares, {"label": "Driver", "share": "Share of what is explained"})
    return Finding("importance", f"Of what is explained: {parts[0]}", text, table, shown)


def joint_tests(records: Source, estimates: Estimates) -> Finding:
    """Test each driver as a whole."""
    if estimates.joint_tests.empty:
        return Finding.none("joint_tests")
    table = gate(records.study, "joint_tests", estimates.joint_tests)
    table = table[table["df"] > 0]
    first = first_of(records).name
    clear = [driver_words(row.driver) for row in rows(table) if row.outcome == first and row.p_value < 0.01]
    text = f"Tested over all levels at once (Wald, clustered), absence differs by {listed(clear)} (p under 0.01)." if clear else (
        "Tested over all levels at once (Wald, clustered), no driver differs by more than chance would give (p of 0.01 or more)."
    )  # fmt: skip
    shown = for_reading(
        table.assign(label=table["driver"].map(driver_words)),
        {"outcome": "Outcome", "label": "Driver", "statistic": "Wald chi-square", "df": "df", "p_value": "p"},
    )
    return Finding("joint_tests", "Each driver as a whole", text, table, shown)


def not_separable(records: Source, estimates: Estimates) -> Finding:
    """Say what these data cannot separate."""
    table = gate(records.study, "not_separable", estimates.not_separable)
    reasons = table["reason"].value_counts()
    if records.study.settings.audience != "internal" and records.study.disclosure.rule == "minimum":
        table = table[table["reason"] != NONE_OR_ALL]  # to name a level here would say that its count is 0
    rates = estimates.adjusted_rates
    first = rates[rates["driver"].isin(["grade_level", "school_id"]) & (rates["outcome"] == first_of(records).name)]
    components = first.loc[first["component"] > 0, "component"].nunique()
    text = ""
    if components > 1:
        text = (
            f"The grades and schools fall into {components} parts with too few students in common to compare them: a grade"
            " of one part is never compared with a grade of another after adjustment. Whether a difference between two parts"
            " is the school or its grades cannot be told."
        )
    if len(reasons):
        text += " " + " ".join(
            f"{count(number)} {'level or pair' if number == 1 else 'levels or pairs'}: {reason}"
            for reason, number in reasons.items()
        )
    text = (
        text.strip()
        or "Every level that is modelled is linked to the others by enough students of the same schools or grades."
    )
    shown = for_reading(table, {"driver": "Driver", "level": "Level", "reason": "Why not"}) if len(table) else None
    return Finding("not_separable", "What these data cannot separate", text, table, shown)


def coefficients(records: Source, estimates: Estimates, rates: pd.DataFrame) -> Finding:
    """Give the coefficients, for the appendix; none of a driver with a level whose rate is hidden by us."""
    if estimates.coefficients.empty:
        return Finding.none("coefficients")
    table = gate(records.study, "coefficients", estimates.coefficients)
    hidden = rates[rates["hidden"].isin(["minimum", "complement"])]
    for outcome, driver in set(zip(hidden["outcome"], hidden["driver"], strict=True)):
        told = (table["outcome"] == outcome) & (
            table["term"].str.startswith(f"{driver}[") | (table["term"] == INTERCEPT)
        )
        table.loc[told, COEFFICIENTS], table.loc[told, "hidden"] = np.nan, "minimum"
    if table["estimate"].isna().all():
        text = "They would tell the rates of levels with too few students to show."
        return Finding("coefficients", "Coefficients: not shown", text, table)
    table_read = table
    text = (
        f"{plural(len(table), 'coefficient')} on the log-odds scale, with clustered errors. Odds ratios are no ratios of"
        " rates: read the adjusted rates above instead."
    )
    headings = {
        "outcome": "Outcome", "term": "Term", "estimate": "Log-odds", "std_error": "Std. error", "p_value": "p",
    }  # fmt: skip
    if first_of(records).in_days:
        text = (
            f"{plural(len(table), 'coefficient')} on the log scale, with clustered errors. The ratio says how many times the"
            " days of the first level a level has on average, the others held."
        )
        table_read = table.assign(ratio=np.exp(table["estimate"]).where(table["outcome"] == "days"))
        headings = {**headings, "estimate": "Log of ratio", "ratio": "Times the days"}
    shown = for_reading(table_read[table_read["estimate"].notna()], headings)
    return Finding("coefficients", "Coefficients, for the appendix", text, table, shown, note=hidden_text(table))
