"""The number that the pages of a source lead with, and how it is said."""

import math
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from analysis.findings.axes import Unit
from analysis.findings.school_days_words import all_hidden, own_total
from analysis.findings.sentences import NO_DAYS_ENROLLED, NO_NUMBERS, NO_STUDENT_DAYS, few_days, so_far
from analysis.findings.words import count, missing, percent
from analysis.records.types import SchoolDays, Source, StudentRecords

SHORT_YEAR = 90
"""With fewer days of school than half a usual year, pages say how few absences the line of chronic absence is."""


@dataclass(frozen=True)
class Lead:
    """The leading number of a source.

    Parameters
    ----------
    rate : its column; `part` of `whole` (columns of counts) give it.
    noun : its name in a sentence ('the chronic rate').
    states : what a value says, after it ('of students were chronically absent').
    counted : what the parts are, after a count of them and before the whole's ('students counted').
    axis : its name at an axis.
    unit : how it is drawn.
    """

    rate: str
    part: str
    whole: str
    noun: str
    states: str
    counted: str
    axis: str
    unit: Unit = "percent"

    @property
    def of_students(self) -> bool:
        """Whether it is a share of students, with their number."""
        return self.rate == "chronic_rate"

    def say(self, value: Any, places: int = 1) -> str:
        """Write a value as a sentence has it: '25.3%', or '16.5 days'."""
        if self.unit == "percent":
            return percent(value, places)
        return "no number" if missing(value) else f"{value:.{places}f} days"

    def say_counts(self, row: Any) -> str:
        """Say part and whole, as in '4,791 of about 18,944 students counted'; empty where one is not known."""
        part, whole = getattr(row, self.part), getattr(row, self.whole)
        if missing(part) or missing(whole):
            return ""
        about = "about " if row.students_basis == "from_percent" and self.of_students else ""
        days = " days" if self.unit == "number" else ""
        return f"{count(part)}{days} of {about}{count(whole)} {self.counted}"

    def added(self, table: pd.DataFrame) -> pd.DataFrame:
        """Add the leading number to a table that has only its parts."""
        if self.rate in table:
            return table
        whole = table[self.whole].astype(float)
        return table.assign(**{self.rate: table[self.part] / whole.where(whole > 0)})


CHRONIC = Lead(
    "chronic_rate", "chronically_absent", "students_counted", "chronic rate", "of students were chronically absent",
    "students counted", "chronically absent",
)  # fmt: skip
ON_TRACK = replace(
    CHRONIC, noun="share on track to be chronically absent", axis="on track to be chronically absent",
    states="of students were on track to be chronically absent",
)  # fmt: skip
"""Chronic absence in a year in progress."""
ABSENCE = Lead(
    "absence_rate", "days_absent", "days_enrolled", "absence rate", "of days were missed", "days", "days absent"
)
ABSENCE_AT_SCHOOLS = replace(
    ABSENCE, states="of students were absent on an average day at the average school", axis="students absent"
)
"""Absence in percents without numbers."""
DAYS = Lead(
    "days_per_student", "days_absent", "students", "number of days absent a student", "were missed by a student on average",
    "students", "days absent a student", unit="number",
)  # fmt: skip


def days_of_school(source: StudentRecords) -> int:
    """Count the days of school of the year of the pages."""
    return int((source.calendar["school_year"] == source.year).sum())


def lead_of(source: Source) -> Lead:
    """Choose the number that a source's pages lead with."""
    if source.outcome == "days":
        return DAYS
    if source.outcome == "absence":
        return ABSENCE_AT_SCHOOLS if isinstance(source, SchoolDays) and source.weighs == "schools" else ABSENCE
    return ON_TRACK if isinstance(source, StudentRecords) and source.progress else CHRONIC


def basis_of(source: Source) -> str:
    """Say what a rate is of, where the source has less than students and their days of a whole year."""
    if isinstance(source, StudentRecords) and source.progress:
        return so_far(source.progress)
    if isinstance(source, StudentRecords) and source.dated and source.measure == "days":
        rule, days = source.study.settings.definitions.chronic, days_of_school(source)
        return few_days(days, math.ceil(rule.at_least * days)) if days < SHORT_YEAR and rule.of == "share" else ""
    if isinstance(source, StudentRecords):
        return {"days": "", "rate": NO_STUDENT_DAYS, "absent_only": NO_DAYS_ENROLLED}[source.measure]
    if isinstance(source, SchoolDays):
        if hidden := all_hidden(source):
            return hidden
        return f"{NO_NUMBERS} {own_total(source)}".strip() if source.weighs == "schools" else ""
    return ""
