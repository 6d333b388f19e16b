"""How the adjusted numbers of an outcome are said: shares in points, days a student in days."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.findings.pictures.axes import Unit
from analysis.findings.words import capital, difference, gap, grade_name, listed, month_name, number, percent
from analysis.language import later, say, told
from analysis.records.types import Source, StudentRecords

DRIVER_WORDS = {
    "grade_level": later("grade"), "school_id": later("school"), "month": later("month"), "weekday": later("weekday"),
    "district_id": later("district"), "near_break": later("nearness to a break"), "week": later("week"),
    "school_level": later("level of school"), "grade_band": later("band of grades"),
    "race_ethnicity": later("race and ethnicity"), "english_learner": later("English learner status"),
    "economic_disadvantage": later("economic disadvantage"), "special_education": later("special education"),
    "homeless": later("housing"), "gender": later("gender"),
}  # fmt: skip
OUTCOME_WORDS = {"absence": later("days absent"), "chronic": later("chronic absence")}
CLEAR = 0.05
"""False discovery rate under which a level differs by more than chance would give."""


def driver_words(name: str) -> str:
    """Name a driver as a reader does; of two that are tested together, or not told apart, both."""
    first, *others = [told(DRIVER_WORDS.get(one, one.replace("_", " "))) for one in re.split(":| and ", name)]
    if others and ":" in name:
        return say("{first} by {second}", first=first, second=others[0])
    return listed([first, *others])


def level_word(driver: str, level: str, first: Callable[[str], str] = capital) -> str:
    """Name a level of a driver as a reader does; `first` says whether it stands alone (`capital`) or in a sentence."""
    if driver == "grade_level":
        return first(grade_name(level))
    if driver == "month":
        return month_name(level)
    return first(told(level)) if driver in ("near_break", "weekday") else level


def named(table: pd.DataFrame, records: Source, *, first: Callable[[str], str] = str) -> pd.DataFrame:
    """Add `label` to a table of drivers and levels: a reader's name of each level, of a school its own."""
    schools = {}
    if isinstance(records, StudentRecords):
        schools = dict(zip(records.schools["school_id"], records.schools["school_name"], strict=True))
    pairs = zip(table["driver"], table["level"], strict=True)
    return table.assign(
        label=[
            schools.get(level, level) if driver == "school_id" else level_word(driver, level, first)
            for driver, level in pairs
        ]
    )


@dataclass(frozen=True)
class Compared:
    """An outcome that is compared.

    Parameters
    ----------
    name : as the estimates have it: 'absence', 'chronic' or 'days'.
    noun : what is adjusted ('the share of days absent').
    axis : its name at an axis.
    unit : how it is drawn: 'percent', or 'number' for days a student.
    """

    name: str
    noun: str
    axis: str
    unit: Unit = "percent"

    @property
    def in_days(self) -> bool:
        """Whether it is a number of days, not a share."""
        return self.unit == "number"

    def say(self, value: Any) -> str:
        """Write a value: '9.1% of days absent', '16.5 days absent a student'."""
        if self.in_days:
            return say("{number} days absent a student", number=number(value, 1))
        if self.name == CHRONIC.name:
            return say("{share} {state}", share=percent(value), state=told(self.axis))
        return say("{share} of days absent", share=percent(value))

    def mean(self, value: Any, together: str) -> str:
        """Say the value of several levels, as what one is compared with: 'the 9.1% of days absent in …'."""
        if self.in_days:
            return say("the {number} days absent a student in {levels}", number=number(value, 1), levels=together)
        said = {"share": percent(value), "levels": together}
        if self.name == CHRONIC.name:
            return say("the {share} {state} in {levels}", state=told(self.axis), **said)
        return say("the {share} of days absent in {levels}", **said)

    def beside(self, row: Any, than: str, differ: Callable[..., str] = difference) -> str:
        """Say a level's contrast with its interval: '… is 3.1 points higher than …', '… stands 3.1 days above …'."""
        said = differ(row.contrast, row.contrast_low, row.contrast_high, than, days=self.in_days)
        if self.in_days:
            return say("{level} stands {difference}", level=row.label, difference=said)
        return say("{level} is {difference}", level=row.label, difference=said)

    def headline(self, row: Any, than: str) -> str:
        """Say a level's contrast in a title, without its interval."""
        said = {"level": row.label, "gap": gap(row.contrast, days=self.in_days), "levels": than}
        if self.in_days and row.contrast > 0:
            return say("{level} stands {gap} above {levels}", **said)
        if self.in_days:
            return say("{level} stands {gap} below {levels}", **said)
        if row.contrast > 0:
            return say("{level} is {gap} higher than {levels}", **said)
        return say("{level} is {gap} lower than {levels}", **said)

    @property
    def headings(self) -> Mapping[str, str]:
        """Columns of adjusted rates for a reader."""
        return IN_DAYS if self.in_days else HEADINGS


HEADINGS = {
    "label": later("Level"), "students": later("Students"), "observed_rate": later("Observed rate"),
    "adjusted_rate": later("Adjusted rate"), "rate_low": later("Rate, low"), "rate_high": later("Rate, high"),
    "contrast": later("Contrast"), "contrast_low": later("Contrast, low"), "contrast_high": later("Contrast, high"),
    "p_adjusted": later("p (BH)"), "hidden": later("Hidden"),
}  # fmt: skip
IN_DAYS = {
    "label": later("Level"), "students": later("Students"), "observed_rate": later("Observed days"),
    "adjusted_rate": later("Adjusted days"), "rate_low": later("Days, low"), "rate_high": later("Days, high"),
    "contrast": later("Days over the mean"), "contrast_low": later("Days over, low"),
    "contrast_high": later("Days over, high"), "p_adjusted": later("p (BH)"), "hidden": later("Hidden"),
}  # fmt: skip
ABSENCE = Compared("absence", later("the share of days absent"), later("days absent"))
CHRONIC = Compared("chronic", later("the share chronically absent"), later("chronically absent"))
ON_TRACK = Compared(
    "chronic", later("the share on track to be chronically absent"), later("on track to be chronically absent")
)
"""Chronic absence in a year in progress."""
DAYS = Compared("days", later("days absent a student"), later("days absent a student"), "number")


def chronic_of(source: Source) -> Compared:
    """Give chronic absence as it is said of the source's year: over, or in progress."""
    return ON_TRACK if isinstance(source, StudentRecords) and source.progress else CHRONIC


def first_of(source: Source) -> Compared:
    """Give the outcome of days: their share or, where days enrolled are not known, days a student."""
    return DAYS if isinstance(source, StudentRecords) and source.measure == "absent_only" else ABSENCE
