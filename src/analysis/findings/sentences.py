"""The contract's sentences for what a source cannot answer (docs/statistics.md numbers them)."""

from typing import Final

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
ONE_YEAR: Final = "One year shows one January: another year may differ."


def too_few(students: float) -> str:
    """S1: an interval needs more students."""
    return f"Too few students ({students:,.0f}) for a range."


def hidden_cells(hidden: int, cells: int) -> str:
    """S5, where the source's rule gives no bounds that are worth a sentence."""
    return f"{hidden:,} of {cells:,} cells are hidden by the source."


def so_far(progress: Progress) -> str:
    """S6: a year in progress."""
    return (
        f"So far: {progress.days} of {progress.of} days; a student with few days crosses the line easily. Earlier years"
        " are cut at the same day of school."
    )
