"""Page 03: kinds of schools, and schools with more students of a group, compared school by school."""

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import Finding
from analysis.findings.levels import GROUP_WORDS
from analysis.findings.tables import for_reading, passed, rows
from analysis.findings.words import difference, listed, plural
from analysis.models.between_schools import KIND, MORE, between_schools
from analysis.records import once
from analysis.records.types import Source, StudentRecords

NAME = "between_schools"
SURE = 0.05
OUTCOMES = {"chronic": "chronically absent", "absence": "of days absent"}


def between(records: Source) -> Finding:
    """Compare schools with schools: what all students of a school share can be told in no other way."""
    if not isinstance(records, StudentRecords):
        return Finding.none(NAME)
    table = passed(records, NAME, once(records, between_schools, NAME))
    if table.empty:
        text = (
            "A comparison between schools needs schools of several kinds, or the groups of their students, and"
            f" {records.study.settings.models.minimum_flag_students} students or more at a school; these records have"
            " none to compare."
        )
        return Finding(NAME, "Between schools: nothing to compare", text)
    outcome = next(name for name in OUTCOMES if name in set(table["outcome"]))
    shown = table.assign(label=[label(*pair) for pair in zip(table["driver"], table["level"], strict=True)])
    led = shown[shown["outcome"] == outcome]
    kind = led["driver"] == KIND
    compared = led[led["contrast"].notna()]
    clear = compared[compared["p_adjusted"] < SURE]
    text = (
        "Each school counts once here, whatever its size, and grades are held."
        f"{_kinds(led[kind], outcome)}{_shares(led[~kind])} How sure this is depends on the number of schools, not of"
        " students; the intervals are those for few schools."
    )
    return Finding(NAME, _title(compared, clear), text, table, _read(shown), note=hidden_text(table))


def label(driver: str, level: str) -> str:
    """Name a row: 'Middle schools', '10 points more English learner status: yes'."""
    if driver == KIND:
        return f"{level} schools".capitalize()
    return f"{100 * MORE:.0f} points more {GROUP_WORDS.get(driver, driver.replace('_', ' '))}: {level}"


def _kinds(kinds: pd.DataFrame, outcome: str) -> str:
    """Say how each kind compares, and why others do not."""
    than = "the average school with these grades"
    said = [
        f"{row.level} schools are {difference(row.contrast, row.contrast_low, row.contrast_high, than)}"
        for row in rows(kinds[kinds["contrast"].notna()])
    ]
    text = f" By the share {OUTCOMES[outcome]}, {'; '.join(said)}." if said else ""
    for reason, these in kinds[kinds["reason"] != ""].groupby("reason"):
        text += f" {listed(these['label'].tolist())}: {str(reason)[0].lower()}{str(reason)[1:]}"
    return text


def _shares(shares: pd.DataFrame) -> str:
    """Say which shares of student groups go with a difference; the table has the others."""
    compared = shares[shares["contrast"].notna()]
    if compared.empty:
        return ""
    than = "at schools with the same grades"
    clear = [
        f"{difference(row.contrast, row.contrast_low, row.contrast_high, than)} where schools have {row.label}"
        for row in rows(compared[compared["p_adjusted"] < SURE])
    ]
    tested = f" {plural(len(compared), 'share')} of student groups compared:"
    return f"{tested} the rate is {'; '.join(clear)}." if clear else f"{tested} no more than chance would give."


def _title(compared: pd.DataFrame, clear: pd.DataFrame) -> str:
    if compared.empty:
        return "Between schools: no comparison"
    if clear.empty:
        return "Between schools: no more than chance would give"
    first = next(rows(clear.sort_values("p_adjusted", kind="stable")))
    return f"{first.label}: {'higher' if first.contrast > 0 else 'lower'} than schools with the same grades"


def _read(table: pd.DataFrame) -> pd.DataFrame:
    return for_reading(table.assign(df=table["df"].round(1)), {
        "label": "Schools", "outcome": "Outcome", "schools": "Number of schools", "observed_rate": "Mean rate",
        "adjusted_rate": "Adjusted rate", "contrast": "Contrast", "contrast_low": "Contrast, low",
        "contrast_high": "Contrast, high", "df": "df", "p_value": "p value (t)", "p_bootstrap": "p value (bootstrap)",
        "p_adjusted": "p adjusted (BH)", "reason": "Why not", "hidden": "Hidden",
    })  # fmt: skip
