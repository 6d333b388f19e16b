"""Page 03: kinds of schools, and schools with more students of a group, compared school by school."""

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import NOTHING, Finding
from analysis.findings.gated import passed
from analysis.findings.names import driver_words, kind_of_schools
from analysis.findings.outcome import Outcome, chronic_of
from analysis.findings.tables import beyond_chance, for_reading, of_those_shown, rows, some_shown
from analysis.findings.words import capital, count, difference, joined, listed, number
from analysis.language import later, plural, say, told
from analysis.models.between_schools import KIND, MORE, between_schools
from analysis.records import once
from analysis.records.types import Source, StudentRecords

NAME = "between_schools"
OUTCOMES = ("chronic", "absence")


def between(records: Source) -> Finding:
    """Compare schools with schools: what all students of a school share can be told in no other way."""
    if not isinstance(records, StudentRecords):
        return NOTHING
    table = passed(records, NAME, once(records, between_schools, NAME))
    if table.empty:
        text = say(
            "A comparison between schools needs schools of several kinds, or the groups of their students, and {students}"
            " students or more at a school; these records have none to compare.",
            students=count(records.study.settings.models.minimum_flag_students),
        )
        return Finding(NAME, say("Between schools: nothing to compare"), text)
    shows = table[table["observed_rate"].notna()]
    outcome = next(name for name in OUTCOMES if name in set((table if shows.empty else shows)["outcome"]))
    shown = table.assign(label=[label(*pair) for pair in zip(table["driver"], table["level"], strict=True)])
    led = shown[shown["outcome"] == outcome]
    kind = led["driver"] == KIND
    compared = led[led["contrast"].notna()]
    clear = compared[beyond_chance(compared)]
    some = some_shown(led, "contrast", later("comparison"), later("comparisons"))
    said = [
        some,
        say("Each school counts once here, whatever its size, and grades are held."),
        *_kinds(led[kind], outcome, chronic_of(records)),
        *_shares(led[~kind]),
        say(
            "How sure this is depends on the number of schools, not of students; the intervals are those for few schools."
        ),
    ]
    return Finding(
        NAME,
        of_those_shown(_title(compared, clear), some),
        joined(*said),
        table,
        _read(shown),
        note=hidden_text(table),
    )


def label(driver: str, level: str) -> str:
    """Name a row: 'Middle schools', '10 points more English learner status: yes'."""
    if driver == KIND:
        return capital(kind_of_schools(level))
    more = {"points": number(100 * MORE), "group": driver_words(driver), "level": told(level)}
    return say("{points} points more {group}: {level}", **more)


def _kinds(kinds: pd.DataFrame, outcome: str, chronic: Outcome) -> list[str]:
    """Say how each kind compares, and why others do not."""
    than = say("the average school with these grades")
    compared = "; ".join(
        say(
            "{schools} are {difference}",
            schools=kind_of_schools(row.level),
            difference=difference(row.contrast, row.contrast_low, row.contrast_high, than),
        )
        for row in rows(kinds[kinds["contrast"].notna()])
    )
    said = []
    if compared and outcome == "chronic":
        said.append(say("By {share}, {compared}.", share=chronic.adjusted, compared=compared))
    elif compared:
        said.append(say("By the share of days absent, {compared}.", compared=compared))
    for reason, these in kinds[kinds["reason"] != ""].groupby("reason"):
        why = told(reason)
        said.append(f"{listed(these['label'].tolist())}: {why[:1].lower()}{why[1:]}")
    return said


def _shares(shares: pd.DataFrame) -> list[str]:
    """Say which shares of student groups go with a difference; the table has the others."""
    compared = shares[shares["contrast"].notna()]
    if compared.empty:
        return []
    than = say("at schools with the same grades")
    clear = [
        say(
            "{difference} where schools have {share}",
            difference=difference(row.contrast, row.contrast_low, row.contrast_high, than),
            share=row.label,
        )
        for row in rows(compared[beyond_chance(compared)])
    ]
    if not clear:
        return [
            plural(
                len(compared),
                "{number} share of student groups compared: no more than chance would give.",
                "{number} shares of student groups compared: no more than chance would give.",
            )
        ]
    return [
        plural(
            len(compared),
            "{number} share of student groups compared: the rate is {differences}.",
            "{number} shares of student groups compared: the rate is {differences}.",
            differences="; ".join(clear),
        )
    ]


def _title(compared: pd.DataFrame, clear: pd.DataFrame) -> str:
    if compared.empty:
        return say("Between schools: no comparison")
    if clear.empty:
        return say("Between schools: no more than chance would give")
    first = next(rows(clear.sort_values("p_adjusted", kind="stable")))
    if first.contrast > 0:
        return say("{schools}: higher than schools with the same grades", schools=first.label)
    return say("{schools}: lower than schools with the same grades", schools=first.label)


def _read(table: pd.DataFrame) -> pd.DataFrame:
    table = table.assign(df=table["df"].round(1), reason=table["reason"].map(told), outcome=table["outcome"].map(told))
    return for_reading(
        table,
        (
            "label", "outcome", "schools", "observed_rate", "adjusted_rate", "contrast", "contrast_low", "contrast_high",
            "df", "p_value", "p_bootstrap", "p_adjusted", "reason", "hidden",
        ),
        label=later("Schools"), schools=later("Number of schools"), observed_rate=later("Mean rate"), df=later("df"),
        p_value=later("p value (t)"), p_bootstrap=later("p value (bootstrap)"), p_adjusted=later("p adjusted (BH)"),
    )  # fmt: skip
