"""Page 03: how much drivers explain, how much lies between schools, and whether each matters at all."""

import pandas as pd

from analysis.findings.compared import driver_words, first_of
from analysis.findings.finding import Finding
from analysis.findings.sentences import NO_STUDENTS
from analysis.findings.tables import for_reading, highest, passed, rows
from analysis.findings.words import interval, listed, missing, p_words, percent
from analysis.models.estimates import Estimates
from analysis.models.importance import CHANCE
from analysis.models.school_share import BETWEEN_SCHOOLS
from analysis.models.sentences import NO_MORE_THAN_CHANCE, too_few_schools
from analysis.records.types import Source, StudentRecords

SHARE_WORDS = {
    "grade_level beyond school_id": "grade beyond school", "school_id beyond grade_level": "school beyond grade",
    "grade_level or school_id": "grade or school, which cannot be told apart", "season": "season",
}  # fmt: skip


def importance(records: Source, estimates: Estimates) -> Finding:
    """Say how much of the explained deviance goes with grade, school, either, or the season."""
    if estimates.importance.empty:
        if isinstance(records, StudentRecords):
            return Finding.none("importance")
        return Finding("importance", "How much each driver explains: not with published counts", NO_STUDENTS)
    table = passed(records, "importance", estimates.importance)
    shares = table[(table["outcome"] == "absence") & table["driver"].isin(list(SHARE_WORDS))]
    if shares.empty:
        return Finding("importance", "", "", table)
    day_to_day, and_days = (" from day to day", " and days") if records.dated else ("", "")
    shares = shares.assign(label=shares["driver"].map(SHARE_WORDS))
    parts = [
        f"{row.label}: no more than chance would give"
        if missing(row.share)
        else f"{row.label} {percent(row.share, 0)}{interval(row.share_low, row.share_high, 0)}"
        for row in rows(shares)
    ]
    text = (
        f"Of what this model explains of absence{day_to_day}: {'; '.join(parts)}. The noise that any model of this size would"
        f" explain by chance is taken off. Most absence lies between students{and_days} and is not explained by these drivers."
    )
    shown = for_reading(shares, {
        "label": "Driver", "share": "Share of what is explained", "share_low": "Share, low", "share_high": "Share, high",
    })  # fmt: skip
    lead = highest(shares, "share")
    title = parts[0] if missing(lead.share) else f"{lead.label} {percent(lead.share, 0)}"
    return Finding("importance", f"Of what is explained: {title}", text, table, shown)


def spread_between_schools(records: Source, estimates: Estimates) -> Finding:
    """Say how much of the spread of students' yearly rates lies between schools, grades held."""
    name = "spread_between_schools"
    if not isinstance(records, StudentRecords) or "school_id" not in estimates.drivers:
        return Finding.none(name)
    table = passed(records, "importance", estimates.importance)
    found = table[(table["driver"] == BETWEEN_SCHOOLS) & (table["outcome"] == "absence")]
    if found.empty:
        if estimates.school_effects.empty:
            return Finding.none(name)
        schools = int((estimates.school_effects["outcome"] == "absence").sum())
        return Finding(name, "Between schools and between students: too few schools", too_few_schools(schools))
    share = next(rows(found))
    if missing(share.share):
        text = (
            "The part of the spread of students' yearly rates of absence that lies between schools, grades held:"
            f" {NO_MORE_THAN_CHANCE[0].lower()}{NO_MORE_THAN_CHANCE[1:]}"
        )
        return Finding(name, "Between schools and between students: schools differ no more than by chance", text)
    text = (
        f"Of the spread of students' yearly rates of absence, {percent(share.share)}"
        f"{interval(share.share_low, share.share_high)} lies between schools, grades held; the rest lies between students of"
        " the same grade and school, and in the chance of each one's days."
    )
    return Finding(name, f"{percent(share.share, 0)} of the spread of students lies between schools", text)


def joint_tests(records: Source, estimates: Estimates) -> Finding:
    """Test each driver as a whole, and whether two act apart."""
    if estimates.joint_tests.empty:
        return Finding.none("joint_tests")
    table = passed(records, "joint_tests", estimates.joint_tests)
    table = table[table["df"] > 0]
    of_first = table[table["outcome"] == first_of(records).name]
    alone = of_first[~of_first["driver"].str.contains(":")]
    clear = [driver_words(row.driver) for row in rows(alone) if row.p_value < CHANCE]
    text = f"Tested over all levels at once (Wald, clustered), absence differs by {listed(clear)} (p under 0.01)." if clear else (
        "Tested over all levels at once (Wald, clustered), no driver differs by more than chance would give (p of 0.01 or more)."
    )  # fmt: skip
    text += grades_by_school(of_first) + season_by_level(of_first)
    shown = for_reading(
        table.assign(label=table["driver"].map(driver_words)),
        {
            "outcome": "Outcome",
            "label": "Driver",
            "statistic": "Chi-square",
            "df": "Degrees of freedom",
            "p_value": "p value",
        },
    )
    return Finding("joint_tests", "Each driver as a whole", text, table, shown)


def grades_by_school(tests: pd.DataFrame) -> str:
    """Say whether grades differ alike at all schools; '' where that was not tested."""
    test = next((row for row in rows(tests) if row.driver == "grade_level:school_id"), None)
    if test is None or missing(test.p_value):
        return ""
    if test.p_value < CHANCE:
        return (
            f" The differences between grades vary from school to school ({p_words(test.p_value)}): what is said of a grade"
            " is an average over schools."
        )
    p_value = p_words(test.p_value)
    return f" The differences between grades vary from school to school by no more than chance would give ({p_value})."


def season_by_level(tests: pd.DataFrame) -> str:
    """Say whether the year runs alike at all levels of school (or bands of grades); '' where that was not tested."""
    test = next((row for row in rows(tests) if row.driver.endswith(":month")), None)
    if test is None or missing(test.p_value):
        return ""
    levels = "levels of school" if test.driver.startswith("school_level") else "bands of grades"
    if test.p_value < CHANCE:
        return f" The differences between months vary between {levels} ({p_words(test.p_value)})."
    p_value = p_words(test.p_value)
    return f" The differences between months vary between {levels} by no more than chance would give ({p_value})."
