"""Page 02: how many schools stand at each level of chronic absence, with their students, in each year."""

from typing import Any

import pandas as pd

from analysis.findings.finding import NOTHING, Finding
from analysis.findings.gated import gated, passed
from analysis.findings.outcome import lead_of
from analysis.findings.tables import for_reading, of_year, rows
from analysis.findings.words import SCHOOLS, count, counted, joined, listed, missing, percent, some_of
from analysis.language import later, plural, say
from analysis.measures.school_levels import NOT_SHOWN, level_table, levels_of
from analysis.records.types import PublishedCounts, Source, StudentRecords
from analysis.vocabulary import CHRONIC_LEVELS

NAME = "schools_by_level"
WORST = ("extreme", "high")
MOST_NAMED = 12
"""Schools at the extreme level of which some are named; of more the highest are mostly small ones."""


def schools_by_level(records: Source) -> Finding:
    """Count the schools at each level of chronic absence, and their students."""
    if not isinstance(records, StudentRecords | PublishedCounts) or len(records.schools) < 2:
        return NOTHING  # said by school, or of what the records cannot say
    schools = gated(records, "school_id")
    table = passed(records, NAME, level_table(schools))
    this = table[table["school_year"] == records.year]
    known = this[(this["level"] != NOT_SHOWN) & (this["schools"] > 0)]
    if known.empty:
        return NOTHING
    total, worst = int(known["schools"].sum()), int(known.loc[known["level"].isin(WORST), "schools"].sum())
    hidden, unsure = int(this["schools"].sum()) - total, int(known["could_be_another"].sum())
    text = joined(
        say(
            "Of {schools} by the share of students {state}: {levels}.",
            schools=counted(total, *SCHOOLS), state=lead_of(records).axis, levels=listed(list(map(_level, rows(known)))),
        ),
        _extreme(records, schools),
        plural(
            unsure,
            "{number} of {all} is so near a line, for the number of its students, that others of the same kind could have put"
            " it at another level (95% interval).",
            "{number} of {all} are so near a line, for the number of their students, that others of the same kind could have"
            " put them at another level (95% interval).",
            all=counted(total, *SCHOOLS),
        ) if unsure else "",
        plural(
            hidden, "The rate of {number} school more is not shown: it stands at no level.",
            "The rates of {number} schools more are not shown: they stand at no level.",
        ) if hidden else "",
        say("The levels are those of Attendance Works. A student of two schools is counted at both."),
    )  # fmt: skip
    title = plural(
        total,
        "{worst} of {number} school has a high or extreme level of chronic absence",
        "{worst} of {number} schools have a high or extreme level of chronic absence",
        worst=count(worst),
    )
    words = level_words()
    read = table[table["schools"] > 0].sort_values("school_year", ascending=False, kind="stable")
    shown = for_reading(
        read.assign(label=read["level"].map(words)),
        ("school_year", "label", "schools", "students_counted", "share_of_students", "could_be_another"),
        label=later("Level"), share_of_students=later("Share of students"), could_be_another=later("Near another level"),
    )  # fmt: skip
    return Finding(NAME, title, text, table, shown)


def _extreme(records: Source, schools: pd.DataFrame) -> str:
    """Name the schools at the extreme level, highest first, and say how much of chronic absence is theirs."""
    levels = of_year(schools, records.year).merge(records.schools[["school_id", "school_name"]], on="school_id")
    known = levels[levels["chronic_rate"].notna()].sort_values("chronic_rate", ascending=False)
    those = known[levels_of(known["chronic_rate"].to_numpy(dtype=float)) == WORST[0]]
    whole = known["chronically_absent"].sum(skipna=False)
    if those.empty:
        return ""
    names = some_of(those["school_name"].where(those["school_name"] != "", those["school_id"]).tolist())
    return joined(
        say("Extreme: {schools}.", schools=names) if len(those) <= MOST_NAMED else "",
        say(
            "Of the students {state} at the schools shown, {share} are at the extreme ones.",
            state=lead_of(records).axis, share=percent(those["chronically_absent"].sum() / whole, 0),
        ) if whole > 0 else "",
    )  # fmt: skip


def level_words() -> dict[str, str]:
    """Say each level with its percents."""
    low = {name: percent(edge / 100, 0) for name, edge in CHRONIC_LEVELS.items()}
    return {
        "extreme": say("extreme ({low} or more)", low=low["extreme"]),
        "high": say("high ({low} to under {high})", low=low["high"], high=low["extreme"]),
        "significant": say("significant ({low} to under {high})", low=low["significant"], high=low["high"]),
        "modest": say("modest ({low} to under {high})", low=low["modest"], high=low["significant"]),
        "low": say("low (under {high})", high=low["modest"]),
        NOT_SHOWN: say("not shown"),
    }


def _level(row: Any) -> str:
    said = {"schools": count(row.schools), "level": level_words()[row.level]}
    if missing(row.share_of_students):
        return say("{level} {schools}", **said)
    return say("{level} {schools} with {share} of students", share=percent(row.share_of_students, 0), **said)
