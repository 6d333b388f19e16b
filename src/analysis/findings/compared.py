"""How the adjusted numbers of an outcome are said: shares in points, days a student in days."""

from dataclasses import dataclass
from typing import Any

from analysis.findings.axes import Unit
from analysis.findings.words import DASH, difference, gap, missing, percent
from analysis.records.types import Source, StudentRecords

DRIVER_WORDS = {
    "grade_level": "grade", "school_id": "school", "month": "month", "weekday": "weekday",
    "district_id": "district", "near_break": "nearness to a break", "week": "week", "school_level": "level of school",
    "grade_band": "band of grades",
}  # fmt: skip


def driver_words(name: str) -> str:
    """Name a driver as a reader does; of two that are tested together, both."""
    return " by ".join(DRIVER_WORDS.get(one, one.replace("_", " ")) for one in name.split(":"))


@dataclass(frozen=True)
class Compared:
    """An outcome that is compared.

    Parameters
    ----------
    name : as the estimates have it.
    noun : what is adjusted ('the share of days absent').
    of : what a value is of, after it ('of days absent').
    axis : its name at an axis.
    unit : how it is drawn: 'percent', or 'number' for days a student.
    """

    name: str
    noun: str
    of: str
    axis: str
    unit: Unit = "percent"

    @property
    def in_days(self) -> bool:
        """Whether it is a number of days, not a share."""
        return self.unit == "number"

    def say(self, value: Any) -> str:
        """Write a value: '9.1% of days absent', '16.5 days absent a student'."""
        number = percent(value) if not self.in_days else DASH if missing(value) else f"{value:.1f}"
        return f"{number} {self.of}"

    def beside(self, row: Any, than: str) -> str:
        """Say a level's contrast with its interval: '… is 3.1 points higher than …', '… stands 3.1 days above …'."""
        said = difference(row.contrast, row.contrast_low, row.contrast_high, than, days=self.in_days)
        return f"{row.label} {'stands' if self.in_days else 'is'} {said}"

    def headline(self, row: Any, than: str) -> str:
        """Say a level's contrast in a title, without its interval."""
        way = (
            ("above" if self.in_days else "higher than")
            if row.contrast > 0
            else "below"
            if self.in_days
            else "lower than"
        )
        return f"{row.label} {'stands' if self.in_days else 'is'} {gap(row.contrast, days=self.in_days)} {way} {than}"

    @property
    def headings(self) -> dict[str, str]:
        """Columns of adjusted rates for a reader."""
        if self.in_days:
            return {
                "label": "Level", "students": "Students", "observed_rate": "Observed days", "adjusted_rate": "Adjusted days",
                "rate_low": "Days, low", "rate_high": "Days, high", "contrast": "Days over the mean",
                "contrast_low": "Days over, low", "contrast_high": "Days over, high", "p_adjusted": "p (BH)",
                "hidden": "Hidden",
            }  # fmt: skip
        return {
            "label": "Level", "students": "Students", "observed_rate": "Observed rate", "adjusted_rate": "Adjusted rate",
            "rate_low": "Rate, low", "rate_high": "Rate, high", "contrast": "Contrast", "contrast_low": "Contrast, low",
            "contrast_high": "Contrast, high", "p_adjusted": "p (BH)", "hidden": "Hidden",
        }  # fmt: skip


ABSENCE = Compared("absence", "the share of days absent", "of days absent", "days absent")
CHRONIC = Compared("chronic", "the share chronically absent", "chronically absent", "chronically absent")
DAYS = Compared("days", "days absent a student", "days absent a student", "days absent a student", "number")


def first_of(source: Source) -> Compared:
    """Give the outcome of days: their share or, where days enrolled are not known, days a student."""
    return DAYS if isinstance(source, StudentRecords) and source.measure == "absent_only" else ABSENCE
