"""Levels of a driver beside each other, adjusted: which are above and below the rest, and how sure."""

from typing import Final

import pandas as pd

from analysis.findings.finding import NOTHING, Finding
from analysis.findings.gated import passed
from analysis.findings.names import UNITS, kind_of_schools, level_word, units_of
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import Figure, figure
from analysis.findings.tables import beyond_chance, for_reading, highest, of_those_shown, rows, some_hidden, some_shown
from analysis.findings.words import (
    capital,
    count,
    day_short,
    difference,
    joined,
    listed,
    month_name,
    percent,
    plain_difference,
    signed,
    some_of,
)
from analysis.language import later, plural, say, told
from analysis.models.estimates import Estimates
from analysis.records.types import StudentRecords

WORST = 10
"""Days of the year that are listed, the highest first."""
HIGH_BY_CHANCE: Final = later("The highest of many days is high partly by chance.")
IN_A_SENTENCE: Final = ("weekday", "near_break")
"""Drivers whose levels begin with a small letter in a sentence, and not where they stand alone."""
MONTHS_OF_LEVELS: Final = later("month of a level"), later("months of levels")


def of_driver(rates: pd.DataFrame, driver: str) -> pd.DataFrame:
    """Keep the adjusted rates of absence of one driver."""
    return rates[(rates["outcome"] == "absence") & (rates["driver"] == driver)].reset_index(drop=True)


def kinds_of_day(table: pd.DataFrame) -> str:
    """Say the counted rate of each kind of day, near a break or not."""
    said = [
        plural(
            row.dates, "{kind} {rate} over {number} date", "{kind} {rate} over {number} dates",
            kind=told(row.near_break), rate=percent(row.absence_rate),
        )
        for row in rows(table)
    ]  # fmt: skip
    return listed(said)


def most_beside_a_break(table: pd.DataFrame) -> str:
    """Head a finding with the kind of day beside a break that has the highest rate."""
    beside = table[table["near_break"] != "other"]
    high = highest(beside, "absence_rate")
    title = say("{rate} absent on a {kind}", rate=high.said, kind=high.names(lambda row: told(row.near_break)))
    return of_those_shown(title, some_shown(beside, "absence_rate", *UNITS["near_break"]))


def of_one_day(days: pd.DataFrame, more: "pd.Series[float]") -> str:
    """Say which of several days has over half of what they cost more than expected; '' where none has."""
    share = more / more.sum()
    if len(days) < 2 or not more.sum() >= 1 or not share.max() > 1 / 2:
        return ""
    day = str(days["date"].to_numpy()[int(share.to_numpy().argmax())])
    if share.max() >= 1:
        return say("All of what is more than expected is of one day, {day}.", day=day_short(day))
    return say(
        "Of what is more than expected, {share} is of one day, {day}.",
        share=percent(share.max(), 0),
        day=day_short(day),
    )


def read_days(days: pd.DataFrame) -> pd.DataFrame:
    """Make a table of the worst days readable."""
    columns = ("label", "absence_rate", "expected_rate", "days_absent", "note")
    return for_reading(days.assign(label=days["date"].map(day_short)), columns, label=later("Day"))


def compared(
    levels: pd.DataFrame, driver: str, held: str = "", than: str = "", few: str = "", *, plainly: bool = False
) -> str:
    """Say which levels are above and below the rest, and how sure.

    Parameters
    ----------
    driver : of which they are levels.
    held : what the model holds; grade, school and the rest of the season where it is not said.
    than : what a level is compared with; the year where it is not said.
    few : of what there are too few where no level has a range; dates where it is not said.
    plainly : for the brief, as people at a table say it.
    """
    known = levels[levels["contrast_low"].notna()].sort_values("contrast")
    (one, several), than = units_of(driver), than or say("the year")
    if len(known) < 2 and some_hidden(levels):
        return say("Too few {levels} are shown to compare them.", levels=several)
    if len(known) < 2:
        return say("There are too few {few} for a range by {what}.", few=few or say("dates"), what=one)
    tell = plain_difference if plainly else difference
    low, high = (
        {
            "label": level_word(driver, row.level, str) if driver in IN_A_SENTENCE else row.label,
            "far": tell(row.contrast, row.contrast_low, row.contrast_high, than),
        }
        for row in rows(known.iloc[[0, -1]])
    )
    said = {
        "held": held or say("grade, school and the rest of the season"), "high": high["label"], "low": low["label"],
        "above": high["far"], "below": low["far"], "all": count(len(known)), "levels": several, "than": than,
    }  # fmt: skip
    clear = int(beyond_chance(known).sum())
    short = levels.loc[levels["contrast"].notna() & levels["contrast_low"].isna(), "label"].tolist()
    others = (
        " " + say("Too few {few} for a range: {levels}.", few=few or say("dates"), levels=some_of(short))
        if short
        else ""
    )
    if plainly:
        return say("With {held} held, {high} is {above}, and {low} is {below}.", **said) + " " + plural(
            clear, "{number} of {all} {levels} differs from {than} by more than chance would give.",
            "{number} of {all} {levels} differ from {than} by more than chance would give.", **said,
        ) + others  # fmt: skip
    return say("With {held} held, {high} is {above} and {low} is {below}.", **said) + " " + plural(
        clear, "{number} of {all} {levels} differs from {than} by more than chance would give (false discovery rate of 5%).",
        "{number} of {all} {levels} differ from {than} by more than chance would give (false discovery rate of 5%).", **said,
    ) + others  # fmt: skip


def heading(levels: pd.DataFrame, driver: str, highest: str) -> str:
    """Head a finding with the highest level only where some level differs by more than chance would give."""
    known, (what, _) = levels[levels["contrast_low"].notna()], units_of(driver)
    if len(known) < 2 and some_hidden(levels):
        return say("By {unit}: too few are shown to compare", unit=what)
    if len(known) < 2:
        return say("By {what}: too few dates to compare", what=what)
    if not beyond_chance(known).any():
        return say("No {what} stands out by more than chance would give", what=what)
    return highest


def adjusted_figure(
    levels: pd.DataFrame, name: str, what: str, year: str, text: str, *, axis: str = ""
) -> Figure | None:
    """Draw adjusted rates with the observed beside them, where there are any."""
    if levels["rate_low"].isna().all():  # without intervals the picture would show chance as a difference
        return None
    axis = axis or say("days absent")
    alt = say("Share of {axis} by {what}, {year}.", axis=axis, what=what, year=year)
    return figure(plots.adjusted_rates(levels, axis=axis), name, f"{alt} {text}")


def months_by_level(records: StudentRecords, estimates: Estimates) -> Finding:
    """Compare months with the year of the same level of school."""
    table = passed(records, "adjusted_months_by_level", estimates.adjusted_months_by_level)
    table = table.assign(label=table["level"].map(month_name))
    parts, clear = [], 0
    for level, months in table.groupby("school_level"):
        known = months[months["contrast_low"].notna()]
        if known.empty:
            continue
        clear += int(beyond_chance(known).sum())
        parts += [
            say(
                "{schools}: {month}, {difference}", schools=kind_of_schools(str(level)), month=row.label,
                difference=difference(row.contrast, row.contrast_low, row.contrast_high, say("their year")),
            )
            for row in rows(highest(known, "contrast", signed).rows)
        ]  # fmt: skip
    if not parts:
        return NOTHING
    text = say(
        "Each level of school is compared with its own year, with grade and school held (by itself; weekdays and breaks are"
        " not held). The highest month of those that have a range: {months}.",
        months="; ".join(parts),
    )
    tested = plural(
        int(table["contrast_low"].notna().sum()),
        "{clear} of {number} month of a level differ by more than chance would give (false discovery rate of 5% at each"
        " level).",
        "{clear} of {number} months of levels differ by more than chance would give (false discovery rate of 5% at each"
        " level).",
        clear=count(clear),
    )
    shown = for_reading(
        table.assign(school_level=[capital(told(level)) for level in table["school_level"]]),
        (
            "school_level",
            "label",
            "observed_rate",
            "adjusted_rate",
            "contrast",
            "contrast_low",
            "contrast_high",
            "hidden",
        ),
        label=later("Month"),
    )
    title = say("Months beside the year of the same level of school")
    some = some_shown(table, "contrast", *MONTHS_OF_LEVELS)
    return Finding("adjusted_months_by_level", title, joined(some, text, tested), table.drop(columns="label"), shown)
