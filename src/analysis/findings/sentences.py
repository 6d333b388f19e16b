"""The contract's sentences for what a source cannot answer (docs/statistics.md numbers them)."""

import math
from typing import Final

from analysis.findings.words import percent
from analysis.records.types import Progress

NO_DATES: Final = "These records have no dates, so they cannot say when."
NO_STUDENTS: Final = "These records do not follow students."
NO_SCHOOLS: Final = "These records have no schools."
NO_GRADES: Final = "These records have no grades."
NO_NUMBERS: Final = "The source gives percents without numbers: this is the average school, not the average student."
NO_STUDENT_DAYS: Final = (
    "The source gives each student's rate without the days: this is the average over students, each counted once."
)
NO_DAYS_ENROLLED: Final = (
    "The source gives days absent without days enrolled: a student who was there for half a year and one who was there"
    " all year look alike, so there is no rate of absence."
)
NO_EVENT: Final = (
    "A day without a recorded absence counts as present: whether anybody marked it, these records cannot say."
)
NO_MARKS: Final = "These records are totals: a day that nobody marked cannot be told from a day present, and no rate has bounds for it."
SHARE_NEEDS_DAYS: Final = (
    "By a share of days nobody can be called chronically absent; by a number of days they could"
    " (in the study: definitions.chronic: {at_least: 15, of: days})."
)
ABSENCES_ALONE: Final = "These records hold absences alone: on which days somebody marked a student they cannot say."
ONLY_ABSENT: Final = (
    "Students who were never absent or late are not in these records, so they give no rate and no share of students."
)
NO_PROMISE: Final = (
    "This is a scenario and no promise: it says how many days lie between, not what would bring them back."
)
ONE_YEAR: Final = "One year shows one January: another year may differ."


def too_few(students: float) -> str:
    """S1: an interval needs more students."""
    return f"Too few students ({students:,.0f}) for a range."


NO_SUM: Final = "The source gives rates without the numbers behind them, so they cannot be added up to a rate of all."


def hidden_cells(hidden: int, cells: int, low: float = math.nan, high: float = math.nan) -> str:
    """S5: without the range where the source's rule and totals give none that is worth a sentence."""
    text = f"{hidden:,} of {cells:,} cells {'is' if hidden == 1 else 'are'} hidden by the source"
    return f"{text}." if math.isnan(low) else f"{text}; the true figure lies {between(low, high)}."


def not_all_numbers(low: float, high: float) -> str:
    """S5, where numbers are not hidden but not there."""
    return f"The source does not give all numbers behind this; the true figure lies {between(low, high)}."


def between(low: float, high: float) -> str:
    """Say a range of rates: 'between 10.2% and 11.9%'."""
    return f"between {percent(low)} and {percent(high)}"


def few_days(days: int, needed: int) -> str:
    """Say how little a few days of school carry: `needed` of `days` are the line of chronic absence."""
    are = "day absent is" if needed == 1 else "days absent are"
    return f"These records hold {days} days of school alone: {needed} {are} enough to be chronically absent on them."


def so_far(progress: Progress) -> str:
    """S6: a year in progress."""
    return (
        f"So far: {progress.days} of {progress.of} days; a student with few days crosses the line easily. Earlier years"
        " are cut at the same day of school."
    )
