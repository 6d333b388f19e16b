"""A school's page where days or numbers are hidden: nothing is said of all days from those that are left."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_tables import days

from analysis.findings.school import near_threshold, standing, worst_days
from analysis.findings.school_beside import by_day
from analysis.records.types import StudentRecords

TWO_SCHOOLS = """
    student | school | grade | from | days | absent
    1       | A      | 03    | 1    | 40   | 2
    2       | B      | 03    | 1    | 40   | 4
    """


@pytest.fixture
def records(tmp_path: Path) -> StudentRecords:
    return days(tmp_path, TWO_SCHOOLS)


def school_days(of_a: list[float]) -> pd.DataFrame:
    """Give days of schools as they may be seen: A's rates as given (NaN is hidden), B always at 6%."""
    dates = [day.date().isoformat() for day in pd.bdate_range("2017-09-04", periods=len(of_a))]
    rates = {"A": of_a, "B": [0.06] * len(of_a)}
    rows = [(code, *row) for code, of_school in rates.items() for row in zip(dates, of_school, strict=True)]
    table = pd.DataFrame(rows, columns=["school_id", "date", "absence_rate"])
    hidden = np.where(table["absence_rate"].isna(), "minimum", "")
    return table.assign(students=150, hidden=hidden)


def test_a_school_whose_days_with_few_absent_are_hidden_is_not_said_to_be_above_its_level(
    records: StudentRecords,
) -> None:
    """It is below its level on 30 of 40 days; the ten that are shown are the other ones."""
    few = by_day(records, school_days([0.08] * 10 + [np.nan] * 30), "A", "Alder")
    assert few.figure is None
    assert "30 of 40 here" in few.text
    assert "larger share" not in few.text
    assert "25%" in by_day(records, school_days([0.08] * 10 + [0.02] * 30), "A", "Alder").title


def test_a_school_is_not_set_beside_others_whose_days_are_mostly_hidden(records: StudentRecords) -> None:
    shown = school_days([0.05] * 40)
    shown.loc[shown["school_id"] == "B", "absence_rate"] = [0.09] * 10 + [np.nan] * 30
    assert by_day(records, shown, "A", "Alder").figure is None


def test_schools_of_the_level_other_are_not_all_other_schools(records: StudentRecords) -> None:
    """'9 of 20 here, 23 of 80 at the other other schools' stood on a page."""
    others = replace(records, schools=records.schools.assign(school_level="other"))
    hidden = school_days([0.08] * 10 + [np.nan] * 30)
    assert "0 of 40 at the other schools of the level 'other'." in by_day(others, hidden, "A", "Alder").text


def test_the_worst_day_is_said_to_be_one_of_those_shown() -> None:
    assert (
        "Absence here was highest on Monday 4 September 2017 (8.0%)."
        in worst_days(school_days([0.08, 0.02]), "A", "Alder").text
    )
    hidden = worst_days(school_days([0.08, np.nan, 0.07]), "A", "Alder")
    assert hidden.text.startswith("Of the 2 days that are shown")
    assert "1 of 3 rows" in hidden.note


def test_numbers_near_the_line_that_are_hidden_together_are_not_said_to_be_small(
    records: StudentRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 just below and 9 just above: both are hidden, and only one of them is under 10."""
    table = pd.DataFrame({"school_id": ["A"], "just_below": [np.nan], "just_above": [np.nan], "hidden": ["minimum"]})
    monkeypatch.setattr(sys.modules[near_threshold.__module__], "of_all_schools", lambda *_: table)
    said = near_threshold(records, "A")
    assert "10" not in f"{said.title} {said.text}"
    assert "one of the two is small" in said.text


@pytest.mark.parametrize(
    ("p_adjusted", "said"),
    [(1e-8, "more than chance would give, and less than 2 points"), (0.4, "chance could give it"), (np.nan, "too few")],
)
def test_a_clear_difference_under_two_points_is_not_put_down_to_chance(
    records: StudentRecords, p_adjusted: float, said: str
) -> None:
    counted = pd.DataFrame({
        "school_id": ["A"], "students": 466, "students_counted": 463, "absence_rate": 0.084, "chronic_rate": 0.307,
        "days_absent": 900, "chronically_absent": 142,
    })  # fmt: skip
    effects = pd.DataFrame({
        "outcome": "absence", "school_id": ["A"], "expected_rate": 0.066, "shrunken_difference": 0.018,
        "difference_low": 0.012, "difference_high": 0.024, "p_adjusted": p_adjusted, "flag": "", "hidden": "",
        "component": 1,
    })  # fmt: skip
    effects = pd.concat([effects, effects.assign(school_id="B")])
    text = standing(records, "A", "Ash Hollow", counted, effects).text
    assert said in text and text.count("chance") == 2  # the other: 'Shrunken for chance'


def test_a_school_without_another_beside_it_is_not_said_to_be_as_expected(records: StudentRecords) -> None:
    """'Its grades and days lead one to expect 4.7%' stood under 4.7% of a school that was held to itself."""
    counted = pd.DataFrame({
        "school_id": ["A"], "students": 66, "students_counted": 66, "absence_rate": 0.047, "chronic_rate": 0.1,
        "days_absent": 90, "chronically_absent": 7,
    })  # fmt: skip
    effects = pd.DataFrame({
        "outcome": "absence", "school_id": ["A", "B"], "expected_rate": [0.047, 0.06], "component": [1, 2],
        "difference_low": np.nan, "hidden": "",
    })  # fmt: skip
    text = standing(records, "A", "Ash Hollow", counted, effects).text
    assert "cannot be compared" in text and "expect" not in text
