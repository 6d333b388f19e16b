"""The rules that numbers follow: how absence is counted, what is hidden, and named sets of both with their source."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from analysis.language import later
from analysis.study.values import Count, Grade, Part, Share
from analysis.vocabulary import BANDS, GRADES, K12


class Chronic(Part):
    """When a student is chronically absent: `{at_least: 0.10, of: share}` or `{at_least: 15, of: days}`."""

    at_least: Annotated[Decimal, Field(gt=0)] = Decimal("0.10")
    of: Literal["share", "days"] = "share"

    @model_validator(mode="after")
    def _share_is_a_share(self) -> Self:
        if self.of == "share" and self.at_least > 1:
            raise ValueError(f"at_least: '{self.at_least}' is no share; write 0.10 for 10 percent")
        return self


class MinimumDays(Part):
    """How many days a student must be enrolled to count as chronic or not, in all or at one school."""

    days: Count = 10
    at: Literal["student", "school"] = "student"


class Definitions(Part):
    """The rules that the numbers follow; shown in a box on every page."""

    chronic: Chronic = Chronic()
    minimum_days: MinimumDays = MinimumDays()
    grades: Annotated[tuple[Grade, ...], Field(min_length=1)] = K12
    bands: dict[str, tuple[Grade, ...]] = BANDS  # type: ignore[assignment]
    at_risk: Share = Decimal("0.05")
    moderate_chronic: Share = Decimal("0.10")
    severe_chronic: Share = Decimal("0.20")

    @property
    def grade_order(self) -> tuple[str, ...]:
        """The grades and then the bands, each band where its first grade stands: the order of rows by grade."""
        return (*GRADES, *sorted(self.bands, key=lambda band: min(map(GRADES.index, self.bands[band]), default=0)))

    @model_validator(mode="after")
    def _tiers_rise(self) -> Self:
        for lower, upper in (("at_risk", "moderate_chronic"), ("moderate_chronic", "severe_chronic")):
            if getattr(self, upper) <= getattr(self, lower):
                raise ValueError(f"{upper}: '{getattr(self, upper)}' is not over {lower}; tiers rise")
        return self


class Disclosure(Part):
    """What is hidden from partners and the public: counts under `minimum`, or nothing beyond the source's marks."""

    rule: Literal["minimum", "as_published"] = "minimum"
    minimum: Annotated[int, Field(ge=2)] = 10


RuleSetName = Literal[
    "attendance_works", "california", "connecticut", "crdc", "edfacts", "maine", "new_jersey", "rhode_island"
]
TEN_PERCENT: Final = Chronic()


@dataclass(frozen=True)
class RuleSet:
    """The rules of a state or a body, as far as its source says them.

    Parameters
    ----------
    who : whose they are.
    sources : the pages where they are said.
    definitions : what it says of `Definitions`; what it does not say stays as it is elsewhere.
    minimum : the smallest count that it shows; None where it does not say.
    beside : what it asks that is not done here, in words that `later` marks.
    """

    who: str
    sources: tuple[str, ...]
    definitions: Mapping[str, object]
    minimum: int | None = None
    beside: str = ""


RULE_SETS: Final[Mapping[RuleSetName, RuleSet]] = {
    "attendance_works": RuleSet(
        "Attendance Works",
        ("https://awareness.attendanceworks.org/resources/count-us-toolkit/calculate-the-data/",),
        {"chronic": TEN_PERCENT},
    ),
    "california": RuleSet(
        "California Department of Education",
        (
            "https://www.cde.ca.gov/ds/ad/fsabd.asp",
            "https://documentation.staging.calpads.org/Glossary/EndofYearData/ChronicAbsentee",
        ),
        {"chronic": TEN_PERCENT, "minimum_days": MinimumDays(days=31)},
        minimum=11,
    ),
    "connecticut": RuleSet(
        "Connecticut State Department of Education",
        ("http://data.ctdata.org/dataset/chronic-absenteeism-by-ell",),
        {"chronic": TEN_PERCENT, "grades": K12},
        minimum=20,
        beside=later(
            "There rows of fewer than 20 students are hidden, and in newer tables counts under 6; here one number"
            " stands for both, the larger."
        ),
    ),
    "crdc": RuleSet(
        "Civil Rights Data Collection, 2013-14 to 2015-16",
        (
            "https://careshq.org/keywords/absences/",
            "https://www.attendanceworks.org/new-ocr-brief-shows-u-s-schools-facing-crisis-in-student-attendance/",
        ),
        {"chronic": Chronic(at_least=Decimal(15), of="days")},
        beside=later("There a day missed by less than half does not count; here it counts by its part."),
    ),
    "edfacts": RuleSet(
        "EDFacts (FS195)",
        ("https://eddataexpress.ed.gov/dashboard/chronic-absenteeism/2021-2022",),
        {"chronic": TEN_PERCENT},
        beside=later("There a student is counted at every school; here only tables by school count so."),
    ),
    "maine": RuleSet(
        "Maine Department of Education",
        ("https://www.maine.gov/doe/data-reporting/reporting/warehouse/chronic-absenteeism",),
        {"chronic": TEN_PERCENT, "minimum_days": MinimumDays(days=10)},
    ),
    "new_jersey": RuleSet(
        "New Jersey Department of Education",
        (
            "https://www.kinnelonpublicschools.org/district-information/attendance-information",
            "https://pdf4pro.com/amp/view/guidance-for-reporting-student-absences-and-calculating-789a85.html",
        ),
        {"chronic": TEN_PERCENT},
        beside=later(
            "There state-excused absences are no days enrolled; here only where the study maps their codes to"
            " 'unmarked'."
        ),
    ),
    "rhode_island": RuleSet(
        "Rhode Island Department of Education",
        ("https://www.ride.ri.gov/InformationAccountability/Accountability/ReducingChronicAbsence.aspx",),
        {"chronic": TEN_PERCENT, "minimum_days": MinimumDays(days=90)},
    ),
}
"""By name; each number stands in its source, which was looked up in November 2026."""


def ruled(name: RuleSetName | None, definitions: Definitions, disclosure: Disclosure | None) -> dict[str, Any]:
    """Put a rule set in place of what a study leaves open.

    Raises
    ------
    ValueError
        The study says itself what the set says.
    """
    if name is None:
        return {}
    rules = RULE_SETS[name]
    said = [f"definitions.{key}" for key in rules.definitions if key in definitions.model_fields_set]
    if rules.minimum and disclosure and "minimum" in disclosure.model_fields_set:
        said.append("disclosure.minimum")
    if said:
        raise ValueError(f"rule_set: '{name}' and {said[0]} say the same thing; take one of them out")
    hidden = {"minimum": rules.minimum} if rules.minimum else {}
    return {
        "definitions": definitions.model_copy(update=rules.definitions),
        "disclosure": disclosure and disclosure.model_copy(update=hidden),
    }


def smallest(name: RuleSetName | None) -> int:
    """Give the smallest count that is shown where the study does not say it."""
    return (RULE_SETS[name].minimum if name else None) or Disclosure().minimum
