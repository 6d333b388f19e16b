"""Page 03: how much drivers explain, how much lies between schools, and whether each matters at all."""

import numpy as np
import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import NOTHING, Finding
from analysis.findings.gated import drivers_hidden, passed
from analysis.findings.names import driver_words
from analysis.findings.outcome import absence_of
from analysis.findings.sentences import NO_STUDENTS
from analysis.findings.tables import for_reading, highest, rows
from analysis.findings.words import interval, listed, missing, number, p_words, percent, three_digits
from analysis.language import later, say, told
from analysis.models.estimates import Estimates
from analysis.models.importance import CHANCE
from analysis.models.school_share import BETWEEN_SCHOOLS
from analysis.models.sentences import too_few_schools
from analysis.records.types import Source, StudentRecords

SHARE_WORDS = {
    "grade_level beyond school_id": later("grade beyond school"),
    "school_id beyond grade_level": later("school beyond grade"),
    "grade_level or school_id": later("grade or school, which cannot be told apart"),
    "season": later("season"),
}


def importance(records: Source, estimates: Estimates) -> Finding:
    """Say how much of the explained deviance goes with grade, school, either, or the season."""
    if estimates.importance.empty:
        if isinstance(records, StudentRecords):
            return NOTHING
        title = say("How much each driver explains: not with published counts")
        return Finding("importance", title, told(NO_STUDENTS))
    table = passed(records, "importance", estimates.importance)
    shares = table[(table["outcome"] == "absence") & table["driver"].isin(list(SHARE_WORDS))]
    if shares.empty:
        return Finding("importance", "", "", table)
    shares = shares.assign(label=shares["driver"].map(SHARE_WORDS).map(told))
    parts = [
        say("{driver}: no more than chance would give", driver=row.label)
        if missing(row.share)
        else f"{row.label} {percent(row.share, 0)}{interval(row.share_low, row.share_high, 0)}"
        for row in rows(shares)
    ]
    noise = say("The noise that any model of this size would explain by chance is taken off.")
    said = [
        say("Of what this model explains of absence from day to day: {parts}.", parts="; ".join(parts)),
        noise,
        say("Most absence lies between students and days and is not explained by these drivers."),
    ] if records.dated else [
        say("Of what this model explains of absence: {parts}.", parts="; ".join(parts)),
        noise,
        say("Most absence lies between students and is not explained by these drivers."),
    ]  # fmt: skip
    if shares["share"].sum() > 1.005:
        said.append(
            say("Each explains more beside the others than alone, so the shares come to more than 100% together.")
        )
    shown = for_reading(
        shares, ("label", "share", "share_low", "share_high"), label=later("Driver"),
        share=later("Share of what is explained"), share_low=later("Share, low"), share_high=later("Share, high"),
    )  # fmt: skip
    lead = highest(shares, "share", lambda share: percent(share, 0))
    most = parts[0] if missing(lead.first.share) else f"{lead.names()} {lead.said}"
    return Finding("importance", say("Of what is explained: {most}", most=most), " ".join(said), table, shown)


def spread_between_schools(records: Source, estimates: Estimates) -> Finding:
    """Say how much of the spread of students' yearly rates lies between schools, grades held."""
    name = "spread_between_schools"
    if not isinstance(records, StudentRecords) or "school_id" not in estimates.drivers:
        return NOTHING
    table = passed(records, "importance", estimates.importance)
    found = table[(table["driver"] == BETWEEN_SCHOOLS) & (table["outcome"] == "absence")]
    if found.empty:
        if estimates.school_effects.empty:
            return NOTHING
        schools = int((estimates.school_effects["outcome"] == "absence").sum())
        title = say("Between schools and between students: too few schools")
        return Finding(name, title, told(too_few_schools(schools)))
    share = next(rows(found))
    if missing(share.share):
        title = say("Between schools and between students: schools differ no more than by chance")
        return Finding(
            name,
            title,
            say(
                "The part of the spread of students' yearly rates of absence that lies between schools, grades held: no more"
                " than chance would give."
            ),
        )
    text = say(
        "Of the spread of students' yearly rates of absence, {share} lies between schools, grades held; the rest lies"
        " between students of the same grade and school, and in the chance of each one's days.",
        share=f"{percent(share.share)}{interval(share.share_low, share.share_high)}",
    )
    title = say("{share} of the spread of students lies between schools", share=percent(share.share, 0))
    return Finding(name, title, text)


def joint_tests(records: Source, estimates: Estimates, rates: pd.DataFrame) -> Finding:
    """Test each driver as a whole, and whether two act apart.

    Parameters
    ----------
    rates : `adjusted_rates`, as their audience may see them: degrees of freedom would count the levels of a driver that
        a model has.
    """
    tested = estimates.joint_tests
    tested = tested[tested["df"] > 0] if len(tested) else tested
    if tested.empty:
        return NOTHING
    table = passed(records, "joint_tests", tested)
    hidden = drivers_hidden(rates)
    tells = [any((row.outcome, driver) in hidden for driver in row.driver.split(":")) for row in rows(table)]
    for name in ("statistic", "df"):
        table[name] = table[name].where(~np.array(tells))
    table["hidden"] = table["hidden"].mask(np.array(tells), "complement")
    of_first = table[table["outcome"] == absence_of(records).name]
    alone = of_first[~of_first["driver"].str.contains(":")]
    clear = [driver_words(row.driver) for row in rows(alone) if row.p_value < CHANCE]
    text = hidden_text(table) if alone["p_value"].isna().all() else say(
        "Tested over all levels at once (Wald, clustered), absence differs by {drivers} (p under {limit}).",
        drivers=listed(clear), limit=number(CHANCE, 2),
    ) if clear else say(
        "Tested over all levels at once (Wald, clustered), no driver differs by more than chance would give (p of {limit} or"
        " more).",
        limit=number(CHANCE, 2),
    )  # fmt: skip
    said = [text, grades_by_school(of_first), season_by_level(of_first)]
    shown = for_reading(
        table.assign(
            driver=table["driver"].map(driver_words), outcome=table["outcome"].map(told),
            statistic=table["statistic"].map(three_digits),
        ),
        ("outcome", "driver", "statistic", "df", "p_value"),
        df=later("Degrees of freedom"), p_value=later("p value"),
    )  # fmt: skip
    return Finding("joint_tests", say("Each driver as a whole"), "".join(said), table, shown, note=hidden_text(table))


def grades_by_school(tests: pd.DataFrame) -> str:
    """Say whether grades differ alike at all schools; '' where that was not tested."""
    test = next((row for row in rows(tests) if row.driver == "grade_level:school_id"), None)
    if test is None or missing(test.p_value):
        return ""
    p_value = p_words(test.p_value)
    if test.p_value < CHANCE:
        return " " + say(
            "The differences between grades vary from school to school ({p_value}): what is said of a grade is an average"
            " over schools.",
            p_value=p_value,
        )
    return " " + say(
        "The differences between grades vary from school to school by no more than chance would give ({p_value}).",
        p_value=p_value,
    )


def season_by_level(tests: pd.DataFrame) -> str:
    """Say whether the year runs alike at all levels of school (or bands of grades); '' where that was not tested."""
    test = next((row for row in rows(tests) if row.driver.endswith(":month")), None)
    if test is None or missing(test.p_value):
        return ""
    levels = say("levels of school") if test.driver.startswith("school_level") else say("bands of grades")
    said = {"levels": levels, "p_value": p_words(test.p_value)}
    if test.p_value < CHANCE:
        return " " + say("The differences between months vary between {levels} ({p_value}).", **said)
    return " " + say(
        "The differences between months vary between {levels} by no more than chance would give ({p_value}).", **said
    )
