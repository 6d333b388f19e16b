"""Page 03: what cannot be separated, and the coefficients."""

import numpy as np
import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.compared import first_of
from analysis.findings.finding import Finding
from analysis.findings.tables import for_reading, passed
from analysis.findings.words import count, plural
from analysis.models.design import INTERCEPT
from analysis.models.estimates import Estimates
from analysis.models.sentences import NONE_OR_ALL
from analysis.records.types import Source

COEFFICIENTS = ["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]


def not_separable(records: Source, estimates: Estimates) -> Finding:
    """Say what these data cannot separate."""
    table = passed(records, "not_separable", estimates.not_separable)
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
    table = passed(records, "coefficients", estimates.coefficients)
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
