"""What drivers and their levels are called: 'grade' and 'grades', 'grade 9', 'middle schools', 'race and ethnicity'."""

import re
from collections.abc import Callable
from typing import Final

import pandas as pd

from analysis.findings.words import DISTRICTS, GRADES, SCHOOLS, capital, grade_name, listed, month_name
from analysis.language import later, say, told
from analysis.records.types import Source, StudentRecords

DRIVER_WORDS: Final = {
    "grade_level": later("grade"), "school_id": later("school"), "month": later("month"), "weekday": later("weekday"),
    "district_id": later("district"), "near_break": later("nearness to a break"), "week": later("week"),
    "school_level": later("level of school"), "grade_band": later("band of grades"),
    "race_ethnicity": later("race and ethnicity"), "english_learner": later("English learner status"),
    "economic_disadvantage": later("economic disadvantage"), "special_education": later("special education"),
    "homeless": later("housing"), "gender": later("gender"),
}  # fmt: skip
UNITS: Final = {
    "grade_level": GRADES, "school_id": SCHOOLS, "district_id": DISTRICTS, "month": (later("month"), later("months")),
    "weekday": (later("weekday"), later("weekdays")), "week": (later("week"), later("weeks")),
    "near_break": (later("kind of day"), later("kinds of day")),
    "school_level": (later("level of school"), later("levels of school")),
}  # fmt: skip
"""How one level of a driver is named, and several."""
KINDS_OF_SCHOOLS: Final = (
    later("elementary schools"), later("middle schools"), later("high schools"), later("combined schools"),
    later("schools of the level 'other'"),
)  # fmt: skip
WEEKDAYS: Final = (
    later("Mondays"), later("Tuesdays"), later("Wednesdays"), later("Thursdays"), later("Fridays"), later("Saturdays"),
    later("Sundays"),
)  # fmt: skip
OUTCOME_WORDS: Final = {"absence": later("days absent"), "chronic": later("chronic absence")}


def driver_words(name: str) -> str:
    """Name a driver as a reader does; of two that are tested together, or not told apart, both."""
    first, *others = [told(DRIVER_WORDS.get(one, one.replace("_", " "))) for one in re.split(":| and ", name)]
    if others and ":" in name:
        return say("{first} by {second}", first=first, second=others[0])
    return listed([first, *others])


def units_of(driver: str) -> tuple[str, str]:
    """Name one level of a driver, and several; a group of the study's own has the name of its column."""
    own = driver.replace("_", " ")
    one, several = UNITS.get(driver, (own, f"{own}s"))
    return told(one), told(several)


def kind_of_schools(level: str) -> str:
    """Say 'middle' as 'middle schools'; of the others that they are those of one level, not all others."""
    return told(KINDS_OF_SCHOOLS[-1] if level == "other" else f"{level} schools")


def weekdays_name(weekday: str) -> str:
    """Say 'Monday' as 'Mondays'."""
    return told(f"{weekday}s")


def level_word(driver: str, level: str, first: Callable[[str], str] = capital) -> str:
    """Name a level of a driver as a reader does; `first` says whether it stands alone (`capital`) or in a sentence."""
    if driver == "grade_level":
        return first(grade_name(level))
    if driver == "month":
        return month_name(level)
    return first(told(level)) if driver in ("near_break", "weekday") else level


def named(table: pd.DataFrame, records: Source, *, first: Callable[[str], str] = str) -> pd.DataFrame:
    """Add `label` to a table of drivers and levels: a reader's name of each level, of a school its own."""
    schools = records.school_names if isinstance(records, StudentRecords) else {}
    pairs = zip(table["driver"], table["level"], strict=True)
    return table.assign(
        label=[
            schools.get(level, level) if driver == "school_id" else level_word(driver, level, first)
            for driver, level in pairs
        ]
    )
