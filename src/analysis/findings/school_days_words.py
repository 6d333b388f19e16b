"""How days of schools are said: what a rate is of, a week, a level of a driver, what stands for a unit."""

import pandas as pd

from analysis.findings.tables import passed
from analysis.findings.words import month_name, percent
from analysis.measures import school_days as measures
from analysis.models.estimates import Estimates
from analysis.records.types import UNDATED_WEEK, SchoolDays

ALL_HIDDEN = (
    "The study's disclosure rule, minimum, hides numbers of too few students, and these records do not say how many"
    " students stand behind a number: nearly all is hidden. Where the records are public, write rule: as_published."
)
KINDS = {"school_level": "level of school"}
DRIVERS = {"month": "month", "weekday": "weekday", "near_break": "nearness to a break", "week": "week"}


def kind_word(kind: str) -> str:
    """Say a column of kinds: 'level of school', or the study's own name of a group."""
    return KINDS.get(kind, kind.replace("_", " "))


def unit_word(source: SchoolDays) -> str:
    """Say what a row is of: 'school', or the study's word for a district."""
    return "school" if source.unit == "school_id" else source.study.district_word


def unit_words(source: SchoolDays) -> str:
    """Say the plural of it."""
    return "schools" if source.unit == "school_id" else source.study.districts_word


def driver_word(source: SchoolDays, driver: str) -> str:
    """Say a driver."""
    return DRIVERS.get(driver) or (unit_word(source) if driver == source.unit else kind_word(driver))


def unit_names(source: SchoolDays) -> dict[str, str]:
    """Give the name, else the code, of each unit by its code."""
    rows = source.days.drop_duplicates(source.unit)
    name = source.unit.replace("_id", "_name")
    return {code: known or code for code, known in zip(rows[source.unit], rows[name], strict=True)}


def at_average(source: SchoolDays) -> str:
    """Say whose rate a rate is, where it is of no days: ' at the average school'."""
    return f" at the average {unit_word(source)}" if source.weighs == "schools" else ""


def week_words(week: str) -> str:
    """Say `2022-12-12` as 'the week of 12 December 2022', `week 07` as 'week 7'."""
    if week.startswith(UNDATED_WEEK):
        return f"week {int(week.removeprefix(UNDATED_WEEK))}"
    day = pd.Timestamp(week)
    return f"the week of {day.day} {day:%B %Y}"


def week_tick(week: str) -> str:
    """Say a week at an axis: '12 Dec', or '7'."""
    if week.startswith(UNDATED_WEEK):
        return str(int(week.removeprefix(UNDATED_WEEK)))
    day = pd.Timestamp(week)
    return f"{day.day} {day:%b}"


def first_up(words: str) -> str:
    """Begin with a capital letter, and leave the others as they are."""
    return words[:1].upper() + words[1:]


def level_word(driver: str, level: str) -> str:
    """Name a level of a driver."""
    if driver == "month":
        return month_name(level)
    return first_up(week_words(level).removeprefix("the ") if driver == "week" else level)


def labelled(source: SchoolDays, estimates: Estimates) -> pd.DataFrame:
    """Give the adjusted rates, through the gate, with a reader's name of each level as `label`."""
    rates = passed(source, "adjusted_rates", estimates.adjusted_rates)

    return rates.assign(label=[level_word(*pair) for pair in zip(rates["driver"], rates["level"], strict=True)])


def all_hidden(source: SchoolDays) -> str:
    """Say that the study's own rule hides every number; '' where it does not."""
    study = source.study
    if study.disclosure.rule != "minimum" or study.settings.audience == "internal":
        return ""
    return ALL_HIDDEN


def own_total(source: SchoolDays) -> str:
    """Say what the source itself publishes of the whole beside the mean over schools; '' where it does not."""
    total = measures.published_total(source)
    if total.empty:
        return ""
    return (
        f"The source's own percent of the whole, which counts students, averages {percent(total['absence_rate'].mean())}"
        f" absent over {len(total):,} {source.period}s."
    )
