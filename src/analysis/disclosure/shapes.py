"""The one place that says, for every table, what its rows are and what in it counts persons.

To add a table, add a line to `SHAPES`; to add a column, name it in `PERSONS`, `QUANTITIES` or `KEYS`. What is not
declared is refused.
"""

from dataclasses import dataclass, replace
from typing import Final

from analysis.vocabulary import COUNT_COLUMNS, TIERS

SIZES: Final = ("students", "students_counted", "students_all_year")
"""Columns that say how many persons a row is about; none of them may be under the minimum."""

PERSONS: Final = (*SIZES, "chronically_absent", *TIERS, "just_below", "just_above")
"""Columns that count persons."""

QUANTITIES: Final = frozenset(
    {
        *COUNT_COLUMNS,
        "rows",
        "rows_without_number",
        "whole_rate",
        "expected_rate",
        "observed_rate",
        "adjusted_rate",
        "share",
        "share_low",
        "share_high",
    }
    | {"share_of_days", "share_of_chronic", "share_of_students", "membership", "unmarked_share", "rate_all_year"}
    | {"level_rate", "rate_std_error", "contrast", "contrast_std_error", "contrast_low", "contrast_high", "p_value"}
    | {"p_adjusted", "outside", "estimate", "std_error", "statistic", "conf_low", "conf_high", "shrunken_difference"}
    | {"difference_low", "difference_high", "chance_lowest_third", "chance_middle_third", "chance_highest_third"}
    | {"reliability", "p_bootstrap", "rate_before", "rate_after", "df", "value", "threshold"}
    | {"correlation", "correlation_low", "correlation_high"}
) - {*PERSONS, "students_basis"}
"""Numbers that are no counts of persons; hidden with the row that they describe."""

KEYS: Final = frozenset({"component", "absence_percent", "dates", "schools", "units", "cells", "cells_left_out"})
"""Numbers that name a row rather than describe it; never hidden."""

CHRONIC: Final = ("chronically_absent", "chronic_rate", "rate_low", "rate_high", "share_of_chronic")
"""What gives the number of chronic students away: hidden together, and the tiers with it."""

OVERLAPPING: Final = frozenset({"month", "near_break", "week_start", "weekday", "date", "absence_reason"})
"""Dimensions over which a student is counted more than once: days add up, students do not."""


@dataclass(frozen=True)
class Shape:
    """How a table is protected.

    Parameters
    ----------
    dimensions : columns that name a level; along each, with the others held, levels add up to a total that is taken as
        known, whether it is in the table or not. Empty: the rows do not add up to anything.
    within : columns that part the table into blocks, each with its own totals.
    size : the number of persons behind a row, the first of these columns that the table has. A row whose size is not
        known is hidden. Empty: the rows are no groups of persons (a model's coefficients).
    days : the most days that a student can have in a row: where the size is not known, days enrolled divided by it are
        no more than the students. 0: nothing is known.
    rate : the share of `size` that is chronic in rows of outcome `chronic` (a model's table): times size it is a count.
    counts : further columns that count persons out of `size`; they are hidden together.
    share : the column that is a count divided by what it is out of, where that is not `size`; hidden with `counts`.
    repeats : a dimension over which chronic counts are the same number again and again (they are of the whole year).
    only : the columns that are hidden with a row; empty for all.
    alike : where one row is hidden, so are all: what they have in common cannot be told from the table.
    passes : the table holds no number of persons and goes through, rounded.
    of_cells : what outcome, driver and check of a row begin with where its numbers are made of single cells of persons:
        a reader who knows the others would try which number of a hidden one gives them.
    """

    dimensions: tuple[str, ...] = ()
    within: tuple[str, ...] = ("school_year", "district_id")
    size: tuple[str, ...] = ("students",)
    days: int = 0
    rate: str = ""
    counts: tuple[str, ...] = ()
    share: str = ""
    repeats: str = ""
    only: tuple[str, ...] = ()
    alike: bool = False
    passes: bool = False
    of_cells: str = ""


_BLOCK: Final = ("school_year", "district_id")
_PASSES: Final = Shape(size=(), passes=True)
_COUNTED: Final = ("students_counted",)
_BY_DATE: Final = Shape(
    ("date",), size=("students", "days_absent"), days=1, counts=("days_absent",), share="absence_rate"
)

SHAPES: Final = {
    "absence_by_district": Shape(("district_id",), within=("school_year",)),
    "absence_by_date": _BY_DATE,
    "absence_by_year": Shape(),
    "near_break": Shape(("near_break",)),
    "absence_by_week": Shape(("week_start",), days=7),
    "missed_days": Shape(("grade_level", "school_id", "month"), repeats="month"),
    "missed_days_by_students": Shape(("level",), counts=("days_absent",), share="share_of_days"),
    "worst_days": _BY_DATE,
    "school_days": replace(_BY_DATE, dimensions=("school_id", "date")),
    "school_months": Shape(("school_id", "month")),
    "same_students": Shape(("month",)),
    "rows_without_number": _PASSES,
    "coverage": Shape(("school_id", "month")),
    "chronic_by_days_enrolled": Shape(("level",), size=_COUNTED),
    "chronic_by_moves": Shape(("level", "schools"), size=_COUNTED),
    "chronic_by_window": Shape(("level",), (*_BLOCK, "window"), size=_COUNTED),
    "early_signal": Shape(("level",), size=_COUNTED),
    "persistence": Shape(("level",), size=_COUNTED),
    "near_threshold": Shape(("school_id",), size=_COUNTED, counts=("just_below", "just_above")),
    "rate_histogram": Shape(("absence_percent",), size=(), counts=_COUNTED),
    "definitions": Shape(size=_COUNTED),
    "records_flow": Shape(only=("students",), alike=True),
    "adjusted_rates": Shape(("level",), (*_BLOCK, "outcome", "driver"), rate="observed_rate"),
    "adjusted_months_by_level": Shape(("school_level", "level"), (*_BLOCK, "outcome")),
    "between_schools": Shape(("level",), (*_BLOCK, "outcome", "driver"), rate="observed_rate"),
    "year_changes": Shape(("level",), (*_BLOCK, "outcome"), rate="rate_after"),
    "school_effects": Shape(("school_id",), (*_BLOCK, "outcome"), rate="observed_rate"),
    "coefficients": Shape(size=()),
    "robustness": Shape(("level",), (*_BLOCK, "specification", "driver"), rate="observed_rate"),
    "school_stability": _PASSES,
    "school_changes": _PASSES,  # made of absence_by_school as it is shown, as is the next
    "schools_by_level": _PASSES,
    "not_separable": _PASSES,
    "joint_tests": Shape(size=(), of_cells="chronic grade_level:school_id"),
    "importance": _PASSES,
    "model_checks": Shape(size=(), passes=True, of_cells="chronic: "),
}
"""Tables by name; `absence_by_<level>` and `absence_by_<level>_and_<level>` follow the pattern of `shape_of`."""

_LEVELS: Final = {
    "grade": "grade_level", "school": "school_id", "reason": "absence_reason", "week": "week_start",
}  # fmt: skip


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
