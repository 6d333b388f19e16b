"""How days of schools are said: what a rate is of, a week, a level of a driver, what stands for a unit."""

from typing import Final

import pandas as pd

from analysis.findings import names
from analysis.findings.gated import passed
from analysis.findings.names import driver_words
from analysis.findings.words import SCHOOLS, capital, percent, some_of
from analysis.language import dated, later, plural, say, told
from analysis.measures import school_days as measures
from analysis.models.estimates import Estimates
from analysis.records.types import UNDATED_WEEK, SchoolDays
from analysis.vocabulary import SEASON

ALL_HIDDEN: Final = later(
    "The study's disclosure rule, minimum, hides numbers of too few students, and these records do not say how many"
    " students stand behind a number: nearly all is hidden. Where the records are public, write rule: as_published."
)


def unit_word(source: SchoolDays) -> str:
    """Say what a row is of: 'school', or the study's word for a district."""
    return told(SCHOOLS[0] if source.unit == "school_id" else source.study.district_word)


def unit_words(source: SchoolDays) -> str:
    """Say the plural of it."""
    return told(SCHOOLS[1] if source.unit == "school_id" else source.study.districts_word)


def driver_word(source: SchoolDays, driver: str) -> str:
    """Say a driver; the units' is called as they are."""
    return unit_word(source) if driver == source.unit else driver_words(driver)


def unit_names(source: SchoolDays) -> dict[str, str]:
    """Give the name, else the code, of each unit by its code."""
    rows = source.days.drop_duplicates(source.unit)
    name = source.unit.replace("_id", "_name")
    return {code: known or code for code, known in zip(rows[source.unit], rows[name], strict=True)}


def at_average(source: SchoolDays) -> str:
    """Say whose rate a rate is, where it is of no days: ' at the average school'."""
    return " " + say("at the average {unit}", unit=unit_word(source)) if source.weighs == "schools" else ""


def how_long(source: SchoolDays, number: float) -> str:
    """Say a number of the days or weeks that the records are of."""
    if source.period == "day":
        return plural(number, "{number} day", "{number} days")
    return plural(number, "{number} week", "{number} weeks")


def week_words(week: str) -> str:
    """Say `2022-12-12` as 'the week of 12 December 2022', `week 07` as 'week 7'."""
    if week.startswith(UNDATED_WEEK):
        return say("week {number}", number=_number(week))
    return say("the week of {day}", day=dated(week, "d MMMM y"))


def week_tick(week: str) -> str:
    """Say a week at an axis: '12 Dec', or '7'."""
    return _number(week) if week.startswith(UNDATED_WEEK) else dated(week, "d MMM")


def days_of(source: SchoolDays, time: str) -> str:
    """Name the column of the day that a month or week of these records begins; '' where weeks only have a number."""
    return time if source.dated else ""


def _number(week: str) -> str:
    return str(int(week.removeprefix(UNDATED_WEEK)))


def level_word(driver: str, level: str) -> str:
    """Name a level of a driver, as a table or a picture has it."""
    if driver == "week" and level.startswith(UNDATED_WEEK):
        return say("Week {number}", number=_number(level))
    if driver == "week":
        return say("Week of {day}", day=dated(level, "d MMMM y"))
    return names.level_word(driver, level) if driver in SEASON else capital(level)


def labelled(source: SchoolDays, estimates: Estimates) -> pd.DataFrame:
    """Give the adjusted rates, through the gate, with a reader's name of each level as `label`."""
    rates = passed(source, "adjusted_rates", estimates.adjusted_rates)
    return rates.assign(label=[level_word(*pair) for pair in zip(rates["driver"], rates["level"], strict=True)])


def no_expectation(source: SchoolDays) -> str:
    """Say why schools (or areas) are counted alone."""
    return say(
        "What absence each {unit} would be expected to have needs its grades and its students, which these records do not"
        " have: {units} are counted, and not compared with what is expected.",
        unit=unit_word(source), units=unit_words(source),
    )  # fmt: skip


def of_few_dates(source: SchoolDays, schools: pd.DataFrame) -> str:
    """Say which schools (`school_id` and `label`, the highest first) have a number on under half of the dates."""
    days = source.days[(source.days["school_year"] == source.year) & ~source.days["parent"]]
    days = days[days["absence_rate"].notna()]
    dates, whole = days.groupby("school_id")["date"].nunique(), days["date"].nunique()
    few = schools.loc[schools["school_id"].map(dates) < whole / 2, "label"]
    if few.empty:
        return ""
    return plural(
        len(few),
        "{number} school has a number on under half of the {days_or_weeks}, and its rate is of those alone: {schools}.",
        "{number} schools have a number on under half of the {days_or_weeks}, and their rates are of those alone: {schools}.",
        days_or_weeks=how_long(source, whole), schools=some_of(few.tolist()),
    )  # fmt: skip


def all_hidden(source: SchoolDays) -> str:
    """Say that the study's own rule hides every number; '' where it does not."""
    study = source.study
    if study.disclosure.rule != "minimum" or study.settings.audience == "internal":
        return ""
    return told(ALL_HIDDEN)


def own_total(source: SchoolDays) -> str:
    """Say what the source itself publishes of the whole beside the mean over schools; '' where it does not."""
    total = measures.published_total(source)
    if total.empty:
        return ""
    return say(
        "The source's own percent of the whole, which counts students, averages {rate} absent over {days_or_weeks}.",
        rate=percent(total["absence_rate"].mean()), days_or_weeks=how_long(source, len(total)),
    )  # fmt: skip
