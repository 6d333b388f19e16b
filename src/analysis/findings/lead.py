"""The number that the pages of a source lead with, and how it is said."""

import math
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from analysis.findings.pictures.axes import Unit
from analysis.findings.school_days.words import all_hidden, own_total
from analysis.findings.sentences import NO_DAYS_ENROLLED, NO_NUMBERS, NO_STUDENT_DAYS, few_days, so_far
from analysis.findings.words import count, missing, number, percent
from analysis.language import later, say, told
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
    did : the same of students who are named before it ('were chronically absent'); empty where it is not of students.
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
    did: str = ""

    @property
    def of_students(self) -> bool:
        """Whether it is a share of students, with their number."""
        return self.rate == "chronic_rate"

    def say(self, value: Any, places: int = 1) -> str:
        """Write a value as a sentence has it: '25.3%', or '16.5 days'."""
        if self.unit == "percent":
            return percent(value, places)
        return say("no number") if missing(value) else say("{number} days", number=number(value, places))

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
        if self.unit == "number":
            return say("{part} days of {whole}", **said)
        if row.students_basis == "from_percent" and self.of_students:
            return say("{part} of about {whole}", **said)
        return say("{part} of {whole}", **said)

    def told(self) -> "Lead":
        """Give it in the language of the pages."""
        return replace(
            self, noun=told(self.noun), states=told(self.states), counted=told(self.counted), axis=told(self.axis),
            did=told(self.did),
        )  # fmt: skip

    def added(self, table: pd.DataFrame) -> pd.DataFrame:
        """Add the leading number to a table that has only its parts."""
        if self.rate in table:
            return table
        whole = table[self.whole].astype(float)
        return table.assign(**{self.rate: table[self.part] / whole.where(whole > 0)})


CHRONIC = Lead(
    "chronic_rate", "chronically_absent", "students_counted", later("chronic rate"),
    later("of students were chronically absent"), later("students counted"), later("chronically absent"),
    did=later("were chronically absent"),
)  # fmt: skip
ON_TRACK = replace(
    CHRONIC, noun=later("share on track to be chronically absent"), axis=later("on track to be chronically absent"),
    states=later("of students were on track to be chronically absent"),
    did=later("were on track to be chronically absent"),
)  # fmt: skip
"""Chronic absence in a year in progress."""
ABSENCE = Lead(
    "absence_rate", "days_absent", "days_enrolled",
    later("absence rate"), later("of days were missed"), later("days"), later("days absent"),
)  # fmt: skip
ABSENCE_AT_SCHOOLS = replace(
    ABSENCE,
    states=later("of students were absent on an average day at the average school"),
    axis=later("students absent"),
)
"""Absence in percents without numbers."""
DAYS = Lead(
    "days_per_student", "days_absent", "students", later("number of days absent a student"),
    later("were missed by a student on average"), later("students"), later("days absent a student"), unit="number",
)  # fmt: skip


def lead_of(source: Source) -> Lead:
    """Choose the number that a source's pages lead with, in the language of the pages."""
    if source.outcome == "days":
        return DAYS.told()
    if source.outcome == "absence":
        of_schools = isinstance(source, SchoolDays) and source.weighs == "schools"
        return (ABSENCE_AT_SCHOOLS if of_schools else ABSENCE).told()
    return (ON_TRACK if isinstance(source, StudentRecords) and source.progress else CHRONIC).told()


def basis_of(source: Source) -> str:
    """Say what a rate is of, where the source has less than students and their days of a whole year."""
    if isinstance(source, StudentRecords) and source.progress:
        return so_far(source.progress)
    if isinstance(source, StudentRecords) and source.dated and source.measure == "days":
        rule, days = source.study.settings.definitions.chronic, len(source.dates)
        return few_days(days, math.ceil(rule.at_least * days)) if days < SHORT_YEAR and rule.of == "share" else ""
    if isinstance(source, StudentRecords):
        return told({"days": "", "rate": NO_STUDENT_DAYS, "absent_only": NO_DAYS_ENROLLED}[source.measure])
    if isinstance(source, SchoolDays):
        if hidden := all_hidden(source):
            return hidden
        return f"{told(NO_NUMBERS)} {own_total(source)}".strip() if source.weighs == "schools" else ""
    return ""
