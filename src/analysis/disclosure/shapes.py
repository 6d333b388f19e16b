"""The one place that says, for every table, what its rows are and what in it counts persons.

To add a table, add a line to `SHAPES`; to add a column, name it in `PERSONS`, `QUANTITIES` or `KEYS`. What is not
declared is refused.
"""

from dataclasses import dataclass
from typing import Final

from analysis.vocabulary import COUNT_COLUMNS, TIERS

NEAR: Final = ("just_below", "just_above")
PERSONS: Final = ("students", "students_counted", "students_all_year", "chronically_absent", *TIERS, *NEAR)
"""Columns that count persons; each is a count that a hidden row or a hidden complement protects."""

QUANTITIES: Final = frozenset(
    {*COUNT_COLUMNS, "rows", "expected_rate", "observed_rate", "adjusted_rate", "share", "share_low", "share_high"}
    | {"share_of_days", "share_of_chronic", "share_of_students", "membership", "absence_rate_low", "absence_rate_high"}
    | {"chronic_rate_low", "chronic_rate_high", "rate_std_error", "contrast", "contrast_std_error", "contrast_low"}
    | {"contrast_high", "p_value", "p_adjusted", "outside", "estimate", "std_error", "statistic", "conf_low"}
    | {"conf_high", "shrunken_difference", "difference", "difference_low", "difference_high", "chance_lowest_third"}
    | {"chance_middle_third", "chance_highest_third", "reliability", "value", "threshold", "unmarked_share"}
    | {"rate_all_year", "level_rate"}
) - set(PERSONS)
"""Numbers that are no counts of persons; hidden with the row that they describe."""

KEYS: Final = frozenset({"component", "df", "absence_percent"})
"""Numbers that name a row rather than describe it; never hidden."""

CHRONIC: Final = (
    "chronically_absent", "chronic_rate", "chronic_rate_low", "chronic_rate_high", "rate_low", "rate_high",
    "share_of_chronic",
)  # fmt: skip
"""What gives the count of chronic students away: hidden together."""

OVERLAPPING: Final = frozenset({"month", "week", "weekday", "date", "absence_reason"})
"""Dimensions over which a student is counted more than once: days add up, students do not."""


@dataclass(frozen=True)
class Shape:
    """How a table is protected.

    Parameters
    ----------
    dimensions : columns that name a level; along each, with the others held, levels add up to a total that is taken as
        known. Empty: the table does not add up to anything.
    within : columns that part the table into blocks, each with its own totals.
    size : the number of persons behind a row: the first of these columns that the table has. A row whose size is not
        known is hidden. Empty: the table has no rows of persons (a model's coefficients).
    rate : share of `size` that is chronic in rows of outcome `chronic` (a model's table): rate times size is a count.
    only : the columns that are hidden with a row; empty for all.
    passes : the table holds no number of persons and goes through as it is.
    """

    dimensions: tuple[str, ...] = ()
    within: tuple[str, ...] = ("school_year", "district_id")
    size: tuple[str, ...] = ("students",)
    rate: str = ""
    only: tuple[str, ...] = ()
    passes: bool = False


_BLOCK: Final = ("school_year", "district_id")
_PLAIN: Final = Shape(passes=True)

SHAPES: Final = {
    "absence_by_district": Shape(("district_id",), within=("school_year",)),
    "missed_days": Shape(("grade_level", "school_id", "month"), size=("students", "chronically_absent")),
    "worst_days": Shape(size=("students", "days_absent")),
    "chronic_by_days_enrolled": Shape(("level",), size=("students_counted",)),
    "near_threshold": Shape(("school_id",), size=("students_counted",)),
    "rate_histogram": Shape(("absence_percent",), size=("students_counted",)),
    "definitions": Shape(size=("students_counted",)),
    "coverage": Shape(("school_id",), within=(*_BLOCK, "month")),
    "same_students": Shape(size=("students_all_year",)),
    "school_months": Shape(),
    "school_days": Shape(),
    "persistence": Shape(("level",), size=("students_counted",)),
    "early_signal": Shape(("level",), size=("students_counted",)),
    "records_flow": Shape(only=("students",)),
    "adjusted_rates": Shape(("level",), (*_BLOCK, "outcome", "driver"), rate="observed_rate"),
    "school_effects": Shape(("school_id",), (*_BLOCK, "outcome"), rate="observed_rate"),
    "coefficients": Shape(size=()),
    "robustness": Shape(size=()),
    "not_separable": _PLAIN,
    "joint_tests": _PLAIN,
    "importance": _PLAIN,
    "model_checks": _PLAIN,
}
"""Tables by name; `absence_by_<level>` and `absence_by_<level>_and_<level>` follow `shape_of`'s pattern."""

_LEVELS: Final = {"grade": "grade_level", "school": "school_id", "reason": "absence_reason"}


def shape_of(name: str) -> Shape:
    """Find how a table is protected.

    Raises
    ------
    LookupError
        The table is not declared: a bug, since nothing reaches a page but through the gate.
    """
    if name in SHAPES:
        return SHAPES[name]
    if name.startswith("absence_by_"):
        levels = name.removeprefix("absence_by_").split("_and_")
        return Shape(tuple(_LEVELS.get(level, level) for level in levels))
    raise LookupError(f"table '{name}' is not declared in disclosure/shapes.py")
