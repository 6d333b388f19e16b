"""Titles and sentences do not lean on few students, few dates or an unknown group, and questions fit the records."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_tables import days
from test_published_counts import GROUPED, MAPPED, published

from analysis import findings
from analysis.findings.drivers import direct_school_rates
from analysis.findings.levels import by_group, from_to
from analysis.findings.outcome import CHRONIC
from analysis.findings.pictures.figure import BLUE
from analysis.findings.schools import clear_but_small, flags
from analysis.findings.season_levels import compared
from analysis.findings.words import SCHOOLS
from analysis.records import read
from analysis.study import Study


def test_a_long_list_with_small_ends_is_headed_by_its_middle() -> None:
    """'From 0.0% to 100.0% by school' was that of a school with one student."""
    rates, sizes = np.linspace(1, 0, 41), [1, 3, *[300] * 37, 2, 1]
    known = pd.DataFrame({"chronic_rate": rates, "students_counted": sizes})
    assert from_to(known, CHRONIC, SCHOOLS) == "Chronic rate: half of 41 schools lie between 25.0% and 75.0%"
    assert (
        from_to(known.assign(students_counted=300), CHRONIC, SCHOOLS) == "Chronic rate by school: from 0.0% to 100.0%"
    )


def test_records_of_a_month_say_so_in_the_headline_and_one_grade_is_no_picture(tmp_path: Path) -> None:
    """'63.7% of students were chronically absent in 2021-22' stood over twenty days of school."""
    rows = "student | school | grade | from | days | absent\n" + "\n".join(
        f"{number} | {'AB'[number % 2]} | 03 | 1 | 20 | {number % 3 + number % 2}" for number in range(40)
    )
    found = findings.where(days(tmp_path, rows).study)
    assert found.how_many.title.endswith("2017-18, by records of 20 days alone")
    assert found.by_grade.title == "Grade 3 alone" and found.by_grade.figure is None


def test_a_weekday_in_a_sentence_is_written_as_one() -> None:
    weekdays = pd.DataFrame(
        {"label": ["Day before a break", "Other"], "level": ["day before a break", "other"], "contrast": [0.01, -0.01],
         "contrast_low": [0.005, -0.02], "contrast_high": [0.02, -0.005], "p_adjusted": 0.01, "hidden": ""}
    )  # fmt: skip
    assert "held, day before a break is 1.0 points higher" in compared(weekdays, "near_break")


def test_flagged_schools_have_one_colour_in_all_pictures(tmp_path: Path) -> None:
    """Those that are lower were orange in the first picture and blue in the second."""
    table = pd.DataFrame({
        "outcome": "absence", "school_id": ["A", "B"], "school_name": ["Elm", "Fir"], "students": 100, "component": 1,
        "observed_rate": [0.1, 0.03], "expected_rate": 0.06, "shrunken_difference": [0.04, -0.03],
        "difference_low": -0.1, "difference_high": 0.1, "reliability": 0.5, "flag": ["higher", "lower"],
        "p_adjusted": 0.01, "hidden": "",
    })  # fmt: skip
    rows = "student | school | grade | from | days | absent\n1 | A | 03 | 1 | 40 | 2\n2 | B | 03 | 1 | 40 | 4"
    found = flags(days(tmp_path, rows).study, table)
    assert found.title == "1 school has higher absence than expected, 1 lower"
    assert found.figure is not None and BLUE.lower() not in found.figure.svg.lower()


def test_students_of_an_unknown_group_are_no_end_of_the_groups(tmp_path: Path) -> None:
    rows = "\n".join(
        f"{lunch}{number} | A | 03 | 1 | 40 | {8 if number < chronic else 0} | {lunch}"
        for lunch, chronic in {"yes": 9, "no": 6, "": 12}.items()
        for number in range(30)
    )
    study = days(
        tmp_path, f"student | school | grade | from | days | absent | lunch\n{rows}", "  groups: [lunch]\n"
    ).study
    found = by_group(read(study), "lunch")
    assert found.title == "Chronic rate by lunch: from 20.0% to 30.0%"
    assert "yes 30.0%, no 20.0% and unknown 40.0%" in found.text


def test_months_with_few_dates_are_named() -> None:
    """June was the highest month and December the highest that was compared: nothing said why."""
    months = pd.DataFrame(
        {"label": ["May", "June", "July"], "contrast": [0.01, 0.03, -0.01], "contrast_low": [0.005, np.nan, -0.02],
         "contrast_high": [0.015, np.nan, -0.005], "p_adjusted": [0.01, np.nan, 0.01], "hidden": ""}
    )  # fmt: skip
    for plainly in (False, True):
        assert compared(months, "month", plainly=plainly).endswith(" Too few dates for a range: June.")
    assert "Too few" not in compared(months.dropna(), "month")


def test_a_difference_of_which_shrinking_leaves_nothing_is_said_before_it() -> None:
    """'By more than chance would give, 1 differs: Elm (+0.0)' made no sense to anybody."""
    school = {"school_name": "Elm", "p_adjusted": 0.03, "flag": "", "observed_rate": 0.09, "expected_rate": 0.033}
    assert "1 differs: Elm (+5.7 before shrinking)." in clear_but_small(
        pd.DataFrame([{**school, "shrunken_difference": 0.0002}])
    )
    assert "Elm (+1.2)" in clear_but_small(pd.DataFrame([{**school, "shrunken_difference": 0.012}]))


def grades_of_two_years(folder: Path) -> Study:
    """Percents of grades without numbers, of two years: no year has a rate of all."""
    rows = "Year|Code|Grade|Rate\n" + "\n".join(
        f"{year}|1|{grade}|{rate}" for year, rates in {"2016-17": (20.0, 30.0), "2017-18": (22.0, 26.5)}.items()
        for grade, rate in zip(("Grade 3", "Grade 9"), rates, strict=True)
    )  # fmt: skip
    columns = "school_year: Year, district_id: Code, grade_level: Grade, chronic_rate: Rate"
    mapped = MAPPED.replace(
        "district_id: Code, grade_level: Grade, chronically_absent: Count, chronic_rate: Rate", columns
    )
    return published(folder, rows, mapped).study


def test_grades_have_years_where_no_year_has_a_total(tmp_path: Path) -> None:
    """'No change can be seen' stood beside a file with six years of every grade."""
    found = findings.where(grades_of_two_years(tmp_path)).over_years
    assert found.title == "The chronic rate of each grade in 2 years"
    assert "From 2016-17 to 2017-18: Grade 9 from 30.0% to 26.5% and Grade 3 from 20.0% to 22.0%." in found.text
    assert found.shown is not None and found.shown.iloc[1].tolist() == ["Grade 9", "30.0%", "26.5%"]


def test_the_question_to_discuss_is_of_students_where_no_days_are_known(tmp_path: Path) -> None:
    """It asked where most of the days are, below 'these records do not say where the days are'."""
    asked = findings.brief(grades_of_two_years(tmp_path)).where.discussion
    assert asked == "If we could help in one place first, where are most of the students?"


def test_a_table_that_counts_days_says_in_which_grades_they_are_missed(tmp_path: Path) -> None:
    """Above 13,959,465 days by grade stood that 'these records do not say where the days are'."""
    rows = "Code|Grade|Days|Missed|n|Count\n1|Grade 3|90000|3000|500|50\n1|Grade 9|90000|9000|500|150"
    columns = "district_id: Code, grade_level: Grade, days_enrolled: Days, days_absent: Missed"
    columns += ", students: n, chronically_absent: Count"
    slot = findings.brief(published(tmp_path, rows, f"  columns: {{{columns}}}\n").study).where
    assert "Of all missed days, 25% are in grades K-8 and 75% are in grades 9-12." in slot.text
    assert "do not say where the days are" not in slot.text


def test_percents_of_groups_without_numbers_say_so(tmp_path: Path) -> None:
    """Male and female had a percent each, and no word on why no number stands beside it."""
    rows = "Code|Kind|Level|Rate\n1|||20.0\n1|gender|Female|19.0\n1|gender|Male|21.0"
    found = by_group(published(tmp_path, rows, f"{GROUPED}  groups: [gender]\n"), "gender")
    assert "How many students these percents are of is not known." in found.text


@pytest.mark.parametrize("parts", [1, 2])
def test_schools_of_two_parts_do_not_go_from_the_lowest_to_the_highest(tmp_path: Path, parts: int) -> None:
    """A part's rates are as if its schools had its grades: those of elementary and high schools are not one scale."""
    source = days(tmp_path, "student | school | grade | from | days | absent\n1 | A | 03 | 1 | 10 | 1")
    rates = pd.DataFrame(
        [(f"S{place}", 0.05 + 0.02 * place, 0.01 * (-1) ** place, 1 + place * parts // 4) for place in range(4)],
        columns=["level", "adjusted_rate", "contrast", "component"],
    ).assign(
        outcome="absence", driver="school_id", students=90, outside=0.0, observed_rate=0.08, p_adjusted=0.5,
        label=lambda table: table["level"], hidden="", rate_low=0.04, rate_high=0.12, contrast_low=-0.02,
        contrast_high=0.03, days_enrolled=9_000.0, p_value=0.4,
    )  # fmt: skip
    grades = rates.assign(driver="grade_level", level=["03", "04", "09", "10"])
    text = direct_school_rates(source, pd.concat([grades, rates], ignore_index=True)).text
    assert ("they go from 5.0% of days absent to 11.0% of days absent" in text) == (parts == 1)
    apart = "in 2 parts, whose rates are not compared: adjusted, a school is from −1.0 to +1.0 points beside"
    assert (apart in text) == (parts == 2)
