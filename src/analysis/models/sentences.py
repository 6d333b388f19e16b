"""What a page says where the data cannot answer; the sentences are those of docs/statistics.md.

They are kept in English with what is estimated, and told in the language of a page where they are shown.
"""

from typing import Final

from analysis.language import later

INSEPARABLE: Final = later("Whether it is the school or its grades cannot be told.")  # S8
NOT_COMPARABLE: Final = later("The rule or the calendar changed: not comparable.")  # S7
YEARS_MISSING: Final = later("Years are missing between: no average of a year.")
UNEVEN: Final = later("Some years moved otherwise than the average of all: no average of a year.")
NONE_OR_ALL: Final = later("Absence here is none or all, which a model cannot compare.")
ALIKE: Final = later("Schools are too alike in this share: it differs by less than 10 points between any two.")
ONE_KIND: Final = later("Each school is of one kind: whether it is the school or its kind cannot be told.")
_TOO_FEW_STUDENTS = later("Too few students (under {minimum}) for a range.")
_TOO_FEW_LINK = later("Fewer than {minimum} students link these: no comparison.")
_TOO_FEW_SCHOOLS = later("Too few schools ({schools}) to tell schools from chance.")
_TOO_FEW_TO_TELL = later("Too few {what} ({number}) to tell a difference from chance.")


def too_few_students(minimum: int) -> str:
    """Say that an interval needs more students (S1); how many there are, perhaps a small count, is not said."""
    return _TOO_FEW_STUDENTS.format(minimum=minimum)


def too_few_link(minimum: int) -> str:
    """Say that too few students link a grade and a school (S9); the exact number, a small count, is not said."""
    return _TOO_FEW_LINK.format(minimum=minimum)


def too_few_schools(schools: int) -> str:
    """Say that there are too few schools to shrink or rank them (S12)."""
    return _TOO_FEW_SCHOOLS.format(schools=schools)


def too_few_to_tell(what: str, number: int) -> str:
    """Say that there are too few schools or dates (`what`, a text that `later` marks) to cluster errors by."""
    return _TOO_FEW_TO_TELL.format(what=what, number=number)
