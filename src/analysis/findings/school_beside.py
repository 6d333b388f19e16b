"""A school's page: its days beside those of its level, and which schools it can be compared with."""

import pandas as pd

from analysis.findings.finding import NOTHING, Finding
from analysis.findings.names import kind_of_schools
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure
from analysis.findings.tables import crossed, highest, of_those_shown, some_shown
from analysis.findings.words import SCHOOLS, count, day_name, gap, joined, percent, some_of
from analysis.language import dated, plural, say
from analysis.records.types import StudentRecords

MOST_NAMED = 6
MOST_HIDDEN = 0.02
"""Share of days that may be hidden before a comparison by day is left out: hidden are the days with few absent."""


def by_day(records: StudentRecords, shown: pd.DataFrame, school_id: str, name: str) -> Finding:
    """Draw the school's days over those of all schools of its level that are shown.

    Parameters
    ----------
    shown : `school_days` of all schools, as it may be seen: the level's line tells nothing of a school that is hidden.
    """
    level = records.school_levels[school_id]
    beside = shown[shown["school_id"].map(records.school_levels) == level]
    if beside["school_id"].nunique() < 2:
        return NOTHING
    hidden = beside["absence_rate"].isna().groupby(beside["school_id"] == school_id).mean()
    if (hidden > MOST_HIDDEN).any():  # what is left are the days with most absence: more than the level on most of them
        return _mostly_worse_days(beside, school_id, level)
    days = _here_and_there(beside, school_id)
    if len(days) < 2:
        return NOTHING
    far = highest(days.assign(gap=(days["here"] - days["there"]).abs()), "gap", gap)
    above = int((days["here"] > days["there"]).sum())
    schools = kind_of_schools(level)
    text = plural(
        above,
        "On {number} of {days} days of school a larger share was absent here than at the other {schools} that are shown.",
        "On {number} of {days} days of school a larger share was absent here than at the other {schools} that are shown.",
        days=len(days), schools=schools,
    )  # fmt: skip
    text += " " + say(
        "They were furthest apart on {days}. These are counted rates: a single day moves by chance.",
        days=far.names(lambda row: here_and_there(day_name(str(row.Index)), row.here, row.there)),
    )  # fmt: skip
    others = say("other {schools}", schools=schools)
    drawn = days.rename(columns={"here": name, "there": others}).rename_axis("date").reset_index()
    drawn = drawn.assign(day=[dated(day, "d MMM") for day in drawn["date"]])
    long = drawn.melt(["date", "day"], [others, name], var_name="who", value_name="rate")
    fig = figure(
        plots.lines(long, "day", "rate", "who", when="date", emphasis=[name], axis=say("students absent")), "by_day",
        say("Share of students absent on every day of school at {school} and at the other {schools}.", school=name, schools=schools)
        + " " + text,
        say("In colour: this school. Grey: the other {schools} that are shown, together.", schools=schools),
    )  # fmt: skip
    share = percent(above / len(days), 0)
    title = say("More absent than the other {schools} on {share} of days", schools=schools, share=share)
    return Finding("by_day", title, text, shown=crossed(long, "day", "who", "rate"), figure=fig, rows_of="worst_days")


def _here_and_there(days: pd.DataFrame, school_id: str) -> pd.DataFrame:
    """Give the rate of a school (`here`) and of the others together (`there`) on each date that both have."""
    known = days[days["absence_rate"].notna()]
    own = known["school_id"] == school_id
    others = known[~own].assign(missed=known["absence_rate"] * known["students"])
    sums = others.groupby("date")[["missed", "students"]].sum()
    here = known[own].set_index("date")["absence_rate"]
    return pd.DataFrame({"here": here, "there": sums["missed"] / sums["students"]}).dropna().sort_index()


def here_and_there(when: str, here: float, there: float) -> str:
    """Say the rates of one day or month at a school and beside it."""
    return say("{when} ({here} here, {there} there)", when=when, here=percent(here), there=percent(there))


def _mostly_worse_days(beside: pd.DataFrame, school_id: str, level: str) -> Finding:
    """Say why a school is not set beside its level by day."""
    own = beside["school_id"] == school_id
    here, others = beside.loc[own, "absence_rate"], beside.loc[~own, "absence_rate"]
    text = say(
        "Days on which few students of a school were absent are hidden: {hidden} of {days} here, {others} of {all} at the other"
        " {schools}. Those that are left are days with more absence and would mislead, so this school is not set beside"
        " its level by day.",
        hidden=count(here.isna().sum()), days=count(len(here)), others=count(others.isna().sum()), all=count(len(others)),
        schools=kind_of_schools(level),
    )  # fmt: skip
    return Finding("by_day", say("Day by day beside its level: too many days are hidden"), text)


def compared_with(effects: pd.DataFrame, school_id: str) -> Finding:
    """Say which schools this one can be compared with, which not, and why; of `school_effects` as they may be seen."""
    of_days = effects[effects["outcome"] == "absence"]
    known, some = of_days[of_days["expected_rate"].notna()], some_shown(of_days, "expected_rate", *SCHOOLS)
    own = known[known["school_id"] == school_id]
    if own.empty:
        return NOTHING
    others = known[known["school_id"] != school_id]
    same = others[others["component"] == own.iloc[0]["component"]]
    apart = others[others["component"] != own.iloc[0]["component"]]
    title = (
        plural(len(same), "It can be compared with {number} school", "It can be compared with {number} schools")
        if len(same)
        else say("There is no school to compare it with")
    )
    said = []
    if len(same):
        said.append(
            say(
                "Its grades stand at these schools too, or are linked with theirs by students: {schools}.",
                schools=_named(same),
            )
        )
    if len(apart):
        said.append(
            say("No students link its grades with those of {schools}: no comparison with these.", schools=_named(apart))
        )
    said.append(say(
        "A comparison holds grades and days, and not the students' neighbourhoods, languages or health. Other districts,"
        " and this school in other years, are not compared here."
    ))  # fmt: skip
    return Finding("compared_with", of_those_shown(title, some), joined(some, *said))


def _named(schools: pd.DataFrame) -> str:
    return some_of(schools["school_name"].tolist(), MOST_NAMED)
