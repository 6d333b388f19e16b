"""What is counted and compared, chronic absence or days, and how its numbers are said."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from analysis.findings.pictures.axes import Unit
from analysis.findings.tables import ADJUSTED, for_reading
from analysis.findings.words import count, difference, gap, missing, number, percent
from analysis.language import later, say, told
from analysis.records.types import SchoolDays, Source, StudentRecords

IN_DAYS = {
    "observed_rate": later("Observed days"), "adjusted_rate": later("Adjusted days"), "rate_low": later("Days, low"),
    "rate_high": later("Days, high"), "contrast": later("Days over the mean"), "contrast_low": later("Days over, low"),
    "contrast_high": later("Days over, high"),
}  # fmt: skip
"""Headings of adjusted days."""

HEADS_SO_FAR = {
    "Chronically absent": later("On track to be chronically absent"), "Chronic rate": later("Share on track"),
}  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """An outcome: a share of students, a share of days, or a number of days.

    Parameters
    ----------
    name : as the estimates have it: 'absence', 'chronic' or 'days'.
    rate : its column where it is counted; `part` of `whole` (columns of counts) give it.
    noun : its name in a sentence ('the chronic rate').
    adjusted : its name where it is adjusted ('the share chronically absent').
    states : what a value says, after it ('of students were chronically absent').
    did : the same of students who are named before it ('were chronically absent'); empty where it is not of students.
    counted : what the parts are, after a count of them and before the whole's ('students counted').
    axis : its name at an axis.
    unit : how it is drawn: 'percent', or 'number' for days a student.
    running : the year is in progress.
    """

    name: str
    rate: str
    part: str
    whole: str
    noun: str
    adjusted: str
    states: str
    counted: str
    axis: str
    unit: Unit = "percent"
    did: str = ""
    running: bool = False

    @property
    def of_students(self) -> bool:
        """Whether it is a share of students, with their number."""
        return self.name == "chronic"

    @property
    def in_days(self) -> bool:
        """Whether it is a number of days, not a share."""
        return self.unit == "number"

    def say(self, value: Any) -> str:
        """Write a value as a sentence has it: '25.3%', or '16.5 days'."""
        if not self.in_days:
            return percent(value)
        return say("no number") if missing(value) else say("{number} days", number=number(value, 1))

    def say_counts(self, row: Any) -> str:
        """Say part and whole, as in '4,791 of about 18,944 students counted'; empty where one is not known."""
        counts = self.say_parts(row)
        return say("{counts} {counted}", counts=counts, counted=self.counted) if counts else ""

    def say_parts(self, row: Any) -> str:
        """Say part and whole without what they are: '4,791 of about 18,944'; empty where one is not known."""
        part, whole = getattr(row, self.part), getattr(row, self.whole)
        if missing(part) or missing(whole):
            return ""
        said = {"part": count(part), "whole": count(whole)}
        if self.in_days:
            return say("{part} days of {whole}", **said)
        if row.students_basis == "from_percent" and self.of_students:
            return say("{part} of about {whole}", **said)
        return say("{part} of {whole}", **said)

    def say_adjusted(self, value: Any) -> str:
        """Say an adjusted value: '9.1% of days absent', '16.5 days absent a student'."""
        if self.in_days:
            return say("{number} days absent a student", number=number(value, 1))
        if self.of_students:
            return say("{share} {state}", share=percent(value), state=self.axis)
        return say("{share} of days absent", share=percent(value))

    def say_mean(self, value: Any, together: str) -> str:
        """Say the value of several levels, as what one is compared with: 'the 9.1% of days absent in …'."""
        if self.in_days:
            return say("the {number} days absent a student in {levels}", number=number(value, 1), levels=together)
        said = {"share": percent(value), "levels": together}
        if self.of_students:
            return say("the {share} {state} in {levels}", state=self.axis, **said)
        return say("the {share} of days absent in {levels}", **said)

    def say_contrast(self, row: Any, than: str, differ: Callable[..., str] = difference) -> str:
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

    def read(self, levels: pd.DataFrame) -> pd.DataFrame:
        """Make a table of adjusted rates (or days) readable."""
        return for_reading(levels, ADJUSTED, label=later("Level"), **(IN_DAYS if self.in_days else {}))

    def heads(self, shown: pd.DataFrame) -> pd.DataFrame:
        """Head the columns of a table for readers as is said of a year in progress."""
        return shown.rename(columns=HEADS_SO_FAR) if self.running else shown

    def added(self, table: pd.DataFrame) -> pd.DataFrame:
        """Add the rate to a table that has only its parts."""
        if self.rate in table:
            return table
        whole = table[self.whole].astype(float)
        return table.assign(**{self.rate: table[self.part] / whole.where(whole > 0)})

    def told(self) -> "Outcome":
        """Give it in the language of the pages."""
        return replace(
            self, noun=told(self.noun), adjusted=told(self.adjusted), states=told(self.states),
            counted=told(self.counted), axis=told(self.axis), did=told(self.did),
        )  # fmt: skip


CHRONIC = Outcome(
    "chronic", "chronic_rate", "chronically_absent", "students_counted", later("chronic rate"),
    later("the share chronically absent"), later("of students were chronically absent"), later("students counted"),
    later("chronically absent"), did=later("were chronically absent"),
)  # fmt: skip
ON_TRACK = replace(
    CHRONIC, noun=later("share on track to be chronically absent"), axis=later("on track to be chronically absent"),
    adjusted=later("the share on track to be chronically absent"),
    states=later("of students were on track to be chronically absent"),
    did=later("were on track to be chronically absent"), running=True,
)  # fmt: skip
"""Chronic absence in a year in progress."""
ABSENCE = Outcome(
    "absence", "absence_rate", "days_absent", "days_enrolled", later("absence rate"), later("the share of days absent"),
    later("of days were missed"), later("days"), later("days absent"),
)  # fmt: skip
ABSENCE_AT_SCHOOLS = replace(
    ABSENCE,
    states=later("of students were absent on an average day at the average school"),
    axis=later("students absent"),
)
"""Absence in percents without numbers."""
DAYS = Outcome(
    "days", "days_per_student", "days_absent", "students", later("number of days absent a student"),
    later("days absent a student"), later("were missed by a student on average"), later("students"),
    later("days absent a student"), unit="number",
)  # fmt: skip


def lead_of(source: Source) -> Outcome:
    """Choose the outcome that a source's pages lead with, in the language of the pages."""
    if source.outcome == "days":
        return DAYS.told()
    if source.outcome == "absence":
        of_schools = isinstance(source, SchoolDays) and source.weighs == "schools"
        return (ABSENCE_AT_SCHOOLS if of_schools else ABSENCE).told()
    return chronic_of(source)


def chronic_of(source: Source) -> Outcome:
    """Give chronic absence as it is said of the source's year: over, or in progress."""
    return (ON_TRACK if isinstance(source, StudentRecords) and source.progress else CHRONIC).told()


def absence_of(source: Source) -> Outcome:
    """Give the outcome of days: their share or, where days enrolled are not known, days a student."""
    return (DAYS if isinstance(source, StudentRecords) and source.measure == "absent_only" else ABSENCE).told()
