"""What a page says where the data cannot answer; the sentences are those of docs/statistics.md."""

from typing import Final

INSEPARABLE: Final = "Whether it is the school or its grades cannot be told."  # S8
NO_MORE_THAN_CHANCE: Final = "No more than chance would give."  # S10
NONE_OR_ALL: Final = "Absence here is none or all, which a model cannot compare."


def too_few_link(minimum: int) -> str:
    """Say that too few students link a grade and a school (S9); the exact number, a small count, is not said."""
    return f"Fewer than {minimum} students link these: no comparison."


def too_few_schools(schools: int) -> str:
    """Say that there are too few schools to shrink or rank them (S12)."""
    return f"Too few schools ({schools}) to tell schools from chance."
