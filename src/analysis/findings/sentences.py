"""The contract's sentences for what a source cannot answer (docs/statistics.md numbers them)."""

import math
from typing import Final

from analysis.findings.words import count, percent
from analysis.language import later, plural, say
from analysis.records.types import Progress

NO_DATES: Final = later("These records have no dates, so they cannot say when.")
NO_STUDENTS: Final = later("These records do not follow students.")
NO_SCHOOLS: Final = later("These records have no schools.")
NO_GRADES: Final = later("These records have no grades.")
NO_NUMBERS: Final = later(
    "The source gives percents without numbers: this is the average school, not the average student."
)
NO_STUDENT_DAYS: Final = later(
    "The source gives each student's rate without the days: this is the average over students, each counted once."
)
NOBODY_COUNTED: Final = later("Nobody was enrolled for the days that it takes to be counted.")
NO_DAYS_ENROLLED: Final = later(
    "The source gives days absent without days enrolled: a student who was there for half a year and one who was there"
    " all year look alike, so there is no rate of absence."
)
NO_EVENT: Final = later(
    "A day without a recorded absence counts as present: whether anybody marked it, these records cannot say."
)
NO_MARKS: Final = later(
    "These records are totals: a day that nobody marked cannot be told from a day present, and no rate has bounds for it."
)
SHARE_NEEDS_DAYS: Final = later(
    "By a share of days nobody can be called chronically absent; by a number of days they could"
    " (in the study: definitions.chronic: {at_least: 15, of: days})."
)
ABSENCES_ALONE: Final = later(
    "These records hold absences alone: on which days somebody marked a student they cannot say."
)
ONLY_ABSENT: Final = later(
    "Students who were never absent or late are not in these records, so they give no rate and no share of students."
)
NO_PROMISE: Final = later(
    "This is a scenario and no promise: it says how many days lie between, not what would bring them back."
)
NO_NOTES: Final = later("No calendar names days, so what they were, snow or an event, is not in these records.")
ONE_YEAR: Final = later("One year shows one January: another year may differ.")


def too_few(students: float) -> str:
    """S1: an interval needs more students."""
    return say("Too few students ({students}) for a range.", students=count(students))


NO_SUM: Final = later(
    "The source gives rates without the numbers behind them, so they cannot be added up to a rate of all."
)


def hidden_cells(hidden: int, cells: int, low: float = math.nan, high: float = math.nan) -> str:
    """S5: without the range where the source's rule and totals give none that is worth a sentence."""
    text = plural(
        hidden, "{number} of {cells} cells is hidden by the source", "{number} of {cells} cells are hidden by the source",
        cells=count(cells),
    )  # fmt: skip
    if math.isnan(low):
        return f"{text}."
    return say("{cells_are_hidden}; the true figure lies {between}.", cells_are_hidden=text, between=between(low, high))


def not_all_numbers(low: float, high: float) -> str:
    """S5, where numbers are not hidden but not there."""
    return say(
        "The source does not give all numbers behind this; the true figure lies {between}.", between=between(low, high)
    )


def between(low: float, high: float) -> str:
    """Say a range of rates: 'between 10.2% and 11.9%'."""
    return say("between {low} and {high}", low=percent(low), high=percent(high))


def few_days(days: int, needed: int) -> str:
    """Say how little a few days of school carry: `needed` of `days` are the line of chronic absence."""
    return plural(
        needed,
        "These records hold {days} days of school alone: {number} day absent is enough to be chronically absent on them.",
        "These records hold {days} days of school alone: {number} days absent are enough to be chronically absent on them.",
        days=count(days),
    )


def so_far(progress: Progress) -> str:
    """S6: a year in progress."""
    return say(
        "So far: {days} of {of} days; a student with few days crosses the line easily. Earlier years are cut at the same"
        " day of school.",
        days=count(progress.days), of=count(progress.of),
    )  # fmt: skip
