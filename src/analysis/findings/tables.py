"""Tables made readable: their rows and ends, their headings, and what is said where some of their rows are hidden."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import pandas as pd

from analysis.findings.words import capital, counted, grade_name, percent, some_of
from analysis.language import later, plural, say, told


def of_year(table: pd.DataFrame, year: str, kind: str = "level") -> pd.DataFrame:
    """Keep the rows of one year and kind (level, band or total)."""
    return table[(table["school_year"] == year) & (table["level_type"] == kind)].reset_index(drop=True)


def beyond_chance(levels: pd.DataFrame) -> "pd.Series[bool]":
    """Tell the levels that differ by more than chance would give (false discovery rate of 5%)."""
    return levels["p_adjusted"] < 0.05


def no_more_than_chance(levels: pd.DataFrame) -> bool:
    """Say whether levels were tested and none differs (false discovery rate of 5%)."""
    return bool(levels["p_adjusted"].notna().any()) and not beyond_chance(levels).any()


def furthest(levels: pd.DataFrame) -> Any:
    """Give the level furthest from its part: of those that differ by more than chance, or have a range, where some do."""
    clear = levels[beyond_chance(levels)]
    levels = clear if len(clear) else with_a_range(levels)
    return highest(levels.assign(size=levels["contrast"].abs()), "size").first


def with_a_range(levels: pd.DataFrame, low: str = "contrast_low") -> pd.DataFrame:
    """Keep the levels that have a range (its lower end is in `low`), all where none has: others move by few students."""
    ranged = levels[low].notna()
    return levels[ranged] if ranged.any() else levels


def rows(table: pd.DataFrame) -> Iterator[Any]:
    """Give each row as an object that has the columns as attributes."""
    return iter(table.itertuples())


@dataclass(frozen=True)
class End:
    """The highest (or lowest) of some levels: all whose number is written the same, for no reader tells them apart.

    Parameters
    ----------
    rows : those levels, in the order of their table.
    said : their number as it is written; of levels that are all hidden, a dash.
    """

    rows: pd.DataFrame
    said: str

    @property
    def first(self) -> Any:
        """The first of them, as an object that has the columns as attributes."""
        return next(rows(self.rows))

    def names(self, name: Callable[[Any], str] = attrgetter("label")) -> str:
        """Name them: 'grade 3', 'grades 3 and 5', 'A, B, C and 4 others'."""
        return some_of([name(row) for row in rows(self.rows)])


def highest(table: pd.DataFrame, column: str, write: Callable[[Any], str] = percent) -> End:
    """Give the rows with the largest number in a column, as `write` writes it."""
    return _end(table, table[column].map(write), table[column].max(), write)


def lowest(table: pd.DataFrame, column: str, write: Callable[[Any], str] = percent) -> End:
    """Give the rows with the smallest number in a column, as `write` writes it."""
    return _end(table, table[column].map(write), table[column].min(), write)


def _end(table: pd.DataFrame, written: "pd.Series[str]", number: float, write: Callable[[Any], str]) -> End:
    return End(table[written == write(number)], write(number))


def some_shown(levels: pd.DataFrame, column: str, one: str, several: str) -> str:
    """Say that what follows is of some levels alone, where others have the number of `column` hidden; else ''."""
    if "hidden" not in levels:
        return ""
    shown = int(levels[column].notna().sum())
    whole = int((levels[column].notna() | (levels["hidden"].fillna("") != "")).sum())
    if shown in (0, whole):
        return ""
    return plural(
        shown,
        "{number} of {all} is shown; what is said here is of it alone.",
        "{number} of {all} are shown; what is said here is of those alone.",
        all=counted(whole, one, several),
    )


def some_hidden(table: pd.DataFrame) -> bool:
    """Say whether a row is hidden, so that what is not there may be hidden and not lacking."""
    return "hidden" in table and bool((table["hidden"].fillna("") != "").any())


def of_those_shown(title: str, some: object) -> str:
    """Say in a title that it is of those shown, where `some` are (and others are hidden)."""
    return say("{title}, of those shown", title=title) if some else title


def grade_labels(table: pd.DataFrame) -> pd.DataFrame:
    """Add `label`: 'kindergarten', 'grade 9', 'grades K-8'."""
    words = [
        say("all") if grade == "all" else grade_name(grade) if kind == "level" and grade else range_name(grade)
        for grade, kind in zip(table["grade_level"], table["level_type"], strict=True)
    ]
    return table.assign(label=list(map(capital, words)))


def range_name(grades: str) -> str:
    """Say a run of grades as `grade_range` names it: 'grades K-8', and of one grade 'grade 7'."""
    alone = grades.isdecimal() or grades in ("K", "PK")
    return grade_name("KG" if grades == "K" else grades) if alone else say("grades {grades}", grades=grades)


def set_out(table: pd.DataFrame, row: str, column: str, value: str) -> pd.DataFrame:
    """Set out a table, a row a `row` and a column a `column`, in the order of their categories or of the table."""

    def order(name: str) -> list[str]:
        known = table[name]
        return list(known.cat.categories if isinstance(known.dtype, pd.CategoricalDtype) else dict.fromkeys(known))

    texts = table.assign(**{row: table[row].astype(str), column: table[column].astype(str)})
    return texts.pivot(index=row, columns=column, values=value).loc[order(row), order(column)]


def crossed(table: pd.DataFrame, row: str, column: str, value: str) -> pd.DataFrame:
    """Set out a table of shares as it is drawn, as percents."""
    grid = set_out(table, row, column, value).map(percent)
    return grid.rename_axis(columns=None).reset_index().rename(columns={row: ""})


HEADINGS = {
    "label": "", "school_year": later("School year"), "district_id": later("District"), "school_name": later("School"),
    "school_level": later("Level of school"), "week_start": later("Week from"), "window": later("Half of the year"),
    "step": later("Step"), "definition": later("Definition"), "outcome": later("Outcome"), "driver": later("Driver"),
    "term": later("Term"), "check": later("Check"),
    "rows": later("Rows"), "dates": later("Dates"), "schools": later("Schools"), "students": later("Students"),
    "students_counted": later("Students counted"), "days_enrolled": later("Days enrolled"),
    "days_absent": later("Days absent"), "days_unmarked": later("Days unmarked"), "absence_rate": later("Absence rate"),
    "chronically_absent": later("Chronically absent"), "chronic_rate": later("Chronic rate"),
    "satisfactory": later("Satisfactory"), "at_risk": later("At risk"), "moderate_chronic": later("Moderate"),
    "severe_chronic": later("Severe"), "lies_between": later("The rate lies"),
    "just_below": later("Just below the line"), "just_above": later("Just above the line"),
    "observed_rate": later("Observed rate"), "expected_rate": later("Expected rate"),
    "adjusted_rate": later("Adjusted rate"), "rate_low": later("Rate, low"), "rate_high": later("Rate, high"),
    "rate_before": later("Rate before"), "rate_after": later("Rate after"),
    "contrast": later("Contrast, points"), "contrast_low": later("Contrast, low"), "contrast_high": later("Contrast, high"),
    "shrunken_difference": later("Difference, shrunken (points)"), "difference_low": later("Difference, low"),
    "difference_high": later("Difference, high"), "chance_lowest_third": later("Chance of the lowest third"),
    "chance_middle_third": later("Chance of the middle third"),
    "chance_highest_third": later("Chance of the highest third"), "reliability": later("Reliability"),
    "same_side": later("On the same side"), "correlation": later("Correlation"), "correlation_low": later("Low"),
    "correlation_high": later("High"), "statistic": later("Chi-square"), "p_adjusted": later("p (BH)"),
    "value": later("Value"), "threshold": later("Threshold"), "verdict": later("Verdict"), "meaning": later("Meaning"),
    "flag": later("Flag"), "note": later("Note"), "reason": later("Why not"), "hidden": later("Hidden"),
}  # fmt: skip
"""Headings for readers; the CSV keeps the columns of the contract."""
COUNTED = ("students_counted", "absence_rate", "chronically_absent", "chronic_rate", "hidden")
ADJUSTED = (
    "label", "students", "observed_rate", "adjusted_rate", "rate_low", "rate_high", "contrast", "contrast_low",
    "contrast_high", "p_adjusted", "hidden",
)  # fmt: skip
"""What a reader sees of students who are counted, and of levels that are compared, after their name."""


HIDDEN_WORDS = {
    "source": later("by the source"), "minimum": later("a small count"), "complement": later("would tell another"),
    "not_available": later("not given"),
}  # fmt: skip
"""What a mark in the column `hidden` says to a reader."""


def for_reading(table: pd.DataFrame, columns: Sequence[str], /, **headings: str) -> pd.DataFrame:
    """Keep some columns under readable headings, without those that are empty throughout or say the same again.

    Parameters
    ----------
    headings : of the columns that are not called as in `HEADINGS`, or are not there.
    """
    kept = [name for name in columns if name in table and not (table[name].isna() | (table[name] == "")).all()]
    if "hidden" in kept:
        table = table.assign(
            hidden=table["hidden"].replace({mark: told(words) for mark, words in HIDDEN_WORDS.items()})
        )
    if {"students", "students_counted"} <= set(kept) and table["students"].equals(table["students_counted"]):
        kept.remove("students_counted")
    return table[kept].rename(columns=HEADINGS | headings)
