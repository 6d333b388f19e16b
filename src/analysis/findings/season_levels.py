"""Levels of a driver beside each other, adjusted: which are above and below the rest, and how sure."""

import pandas as pd

from analysis.findings import plots
from analysis.findings.figure import Figure, figure
from analysis.findings.finding import Finding
from analysis.findings.tables import for_reading, highest, passed
from analysis.findings.words import difference, month_name, plural
from analysis.models.estimates import Estimates
from analysis.records.types import StudentRecords

CLEAR = 0.05
"""False discovery rate under which a level differs by more than chance would give."""


def of_driver(rates: pd.DataFrame, driver: str) -> pd.DataFrame:
    """Keep the adjusted rates of absence of one driver."""
    return rates[(rates["outcome"] == "absence") & (rates["driver"] == driver)].reset_index(drop=True)


def compared(
    levels: pd.DataFrame,
    what: str,
    held: str = "grade, school and the rest of the season",
    than: str = "the year",
    few: str = "dates",
) -> str:
    """Say which levels are above and below the rest, and how sure.

    Parameters
    ----------
    what : one level ('month').
    held : what the model holds.
    than : what a level is compared with.
    few : of what there are too few where no level has a range.
    """
    known = levels[levels["contrast_low"].notna()].sort_values("contrast")
    if len(known) < 2:
        return f"There are too few {few} for a range by {what}."
    high, low = known.iloc[-1], known.iloc[0]
    clear = int((known["p_adjusted"] < CLEAR).sum())
    return (
        f"With {held} held, {high.label} is"
        f" {difference(high.contrast, high.contrast_low, high.contrast_high, than)} and {low.label} is"
        f" {difference(low.contrast, low.contrast_low, low.contrast_high, than)}."
        f" {clear} of {plural(len(known), what)} differ from {than} by more than chance would give (false discovery rate of"
        " 5%)."
    )


def heading(levels: pd.DataFrame, what: str, highest: str) -> str:
    """Head a finding with the highest level only where some level differs by more than chance would give."""
    known = levels[levels["contrast_low"].notna()]
    if len(known) < 2:
        return f"By {what}: too few dates to compare"
    if not (known["p_adjusted"] < CLEAR).any():
        return f"No {what} stands out by more than chance would give"
    return highest


def adjusted_figure(levels: pd.DataFrame, name: str, words: str, axis: str = "days absent") -> Figure | None:
    """Draw adjusted rates with the observed beside them, where there are any."""
    if levels["rate_low"].isna().all():  # without intervals the picture would show chance as a difference
        return None
    drawn = plots.dot_interval(
        levels, "label", "adjusted_rate", "rate_low", "rate_high", beside="observed_rate",
        beside_label="observed", value_label="adjusted, 95% interval", axis=axis,
    )  # fmt: skip
    return figure(drawn, name, f"Share of {axis} {words}")


def months_by_level(records: StudentRecords, estimates: Estimates) -> Finding:
    """Compare months with the year of the same level of school."""
    table = passed(records, "adjusted_months_by_level", estimates.adjusted_months_by_level)
    table = table.assign(label=table["level"].map(month_name))
    parts, clear = [], 0
    for level, months in table.groupby("school_level"):
        known = months[months["contrast_low"].notna()]
        if known.empty:
            continue
        clear += int((known["p_adjusted"] < CLEAR).sum())
        high = highest(known, "contrast")
        parts.append(
            f"{level} schools: {high.label}, {difference(high.contrast, high.contrast_low, high.contrast_high, 'their year')}"
        )
    if not parts:
        return Finding.none("adjusted_months_by_level")
    text = (
        "Each level of school is compared with its own year, with grade and school held (by itself; weekdays and breaks are"
        f" not held). The highest month of those that have a range: {'; '.join(parts)}."
        f" {clear} of {plural(int(table['contrast_low'].notna().sum()), 'month of a level', 'months of levels')}"
        " differ by more than chance would give (false discovery rate of 5% at each level)."
    )
    shown = for_reading(table.assign(school_level=table["school_level"].str.capitalize()), {
        "school_level": "Level of school", "label": "Month", "observed_rate": "Observed rate", "adjusted_rate": "Adjusted rate",
        "contrast": "Contrast", "contrast_low": "Contrast, low", "contrast_high": "Contrast, high", "hidden": "Hidden",
    })  # fmt: skip
    title = "Months beside the year of the same level of school"
    return Finding("adjusted_months_by_level", title, text, table.drop(columns="label"), shown)
