"""The `absence_by_*` tables of student-days, and those beside them, as small tables."""
# ruff: noqa: E501

from pathlib import Path

import pytest
from small_tables import assert_table, days, put, shown

from analysis.findings.season import same
from analysis.measures import absence_by, table_name
from analysis.measures.counted import early_signal, missed_days, persistence
from analysis.measures.of_schools import grades, months
from analysis.measures.quality import coverage, other_definitions, rate_histogram
from analysis.measures.seasonal import same_students
from analysis.problems import UserError
from analysis.vocabulary import COUNT_COLUMNS, LEVEL_COLUMNS, TIERS

THREE = """
    student | school | grade | from | days | absent
    1       | A      | KG    | 1    | 40   | 8
    2       | A      | 03    | 1    | 40   | 2
    3       | B      | 09    | 1    | 40   | 4
    4       | B      | 12    | 1    | 40   | 1
    """


def test_bands_and_the_total_are_sums_of_levels(tmp_path: Path) -> None:
    assert_table(
        absence_by(days(tmp_path, THREE), "grade_level"),
        """
        school_year | level_type | grade_level | students | chronically_absent | chronic_rate | at_risk | severe_chronic | days_absent
        2017-18     | level      | KG          | 1        | 1                  | 1            | 0       | 1              | 8
        2017-18     | level      | 03          | 1        | 0                  | 0            | 1       | 0              | 2
        2017-18     | level      | 09          | 1        | 1                  | 1            | 0       | 0              | 4
        2017-18     | level      | 12          | 1        | 0                  | 0            | 0       | 0              | 1
        2017-18     | band       | K-8         | 2        | 1                  | 0.5          | 1       | 1              | 10
        2017-18     | band       | 9-12        | 2        | 1                  | 0.5          | 0       | 0              | 5
        2017-18     | total      | K-12        | 4        | 2                  | 0.5          | 1       | 1              | 15
        """,
    )


def test_bands_of_the_study_stand_in_the_order_of_their_grades(tmp_path: Path) -> None:
    bands = "definitions: {bands: {upper: ['09', '12'], 'lower': [KG, '03']}}\n"
    table = absence_by(days(tmp_path, THREE, rest=bands), "grade_level")
    assert table["grade_level"].tolist()[4:] == ["lower", "upper", "K-12"]


@pytest.mark.parametrize(
    "driver", ["grade_level", "school_id", "district_id", "month", "week", "weekday", "absence_reason", "sex"]
)
def test_every_table_has_the_columns_of_the_contract(tmp_path: Path, driver: str) -> None:
    records = days(tmp_path, THREE, "  groups: [sex]\n  set: {sex: x}\n")
    table = absence_by(records, driver)
    level = {"week": ["week_start"], "district_id": []}.get(driver, [driver])
    assert list(table) == [*LEVEL_COLUMNS, *level, *COUNT_COLUMNS, "hidden"]
    assert set(table["students_basis"]) == {"counted"} and set(table["hidden"]) == {""}


def test_tables_are_named_as_the_contract_names_them() -> None:
    names = [table_name(driver) for driver in ("grade_level", "school_id", "district_id", "absence_reason", "week")]
    assert names == [f"absence_by_{name}" for name in ("grade", "school", "district", "reason", "week")]


def test_months_hold_days_and_no_chronic_and_students_of_at_least_one_such_day(tmp_path: Path) -> None:
    records = days(
        tmp_path,
        """
        student | school | grade | from | days | absent
        1       | A      | 03    | 1    | 25   | 10
        2       | A      | 03    | 1    | 19   | 0
        """,
    )
    table = absence_by(records, "month")
    assert_table(
        table,
        """
        level_type | month   | students | students_counted | days_enrolled | days_absent | chronically_absent | at_risk
        level      | 2017-09 | 2        | .                | 38            | 4           | .                  | .
        level      | 2017-10 | 1        | .                | 6             | 6           | .                  | .
        total      | all     | 2        | .                | 44            | 10          | .                  | .
        """,
    )
    assert table[["chronic_rate", *TIERS]].isna().all(axis=None)


def test_weekdays_stand_in_their_order_and_weeks_begin_on_monday(tmp_path: Path) -> None:
    records = days(
        tmp_path, "student | school | grade | from | days | absent\n1 | A | 03 | 1 | 7 | 1\n2 | A | 03 | 7 | 1 | 0"
    )
    assert_table(
        absence_by(records, "weekday"),
        """
        weekday   | students | days_enrolled | days_absent
        Monday    | 1        | 1             | 0
        Tuesday   | 1        | 2             | 0
        Wednesday | 2        | 3             | 1
        Thursday  | 1        | 1             | 0
        Friday    | 1        | 1             | 0
        all       | 2        | 8             | 1
        """,
    )
    weeks = absence_by(records, "week")
    assert_table(weeks, "week_start | students | days_enrolled\n2017-09-04 | 1 | 4\n2017-09-11 | 2 | 4\nall | 2 | 8")


def test_schools_are_not_additive_where_students_move(tmp_path: Path) -> None:
    text = "student | school | grade | from | days | absent\n1 | A | 03 | 1 | 20 | 0\n1 | B | 03 | 21 | 20 | 0"
    assert shown(absence_by(days(tmp_path, text), "school_id"), "school_id", "students") == [
        ["A", "1"], ["B", "1"], ["all", "1"],
    ]  # fmt: skip


TWO_YEARS = """
    student | school | grade | date       | absent
    1       | A      | 03    | 2017-06-30 | 1
    1       | A      | 04    | 2017-07-01 | 0
    2       | A      | 03    | 2017-06-29 | 0
    2       | A      | 03    | 2017-06-30 | 0
    """
JULY = "  year_starts: july\n"


def test_a_school_year_begins_in_july_and_every_year_has_its_rows(tmp_path: Path) -> None:
    records = days(tmp_path, TWO_YEARS, JULY)
    assert records.years == ("2016-17", "2017-18") and records.year == "2017-18"
    assert_table(
        absence_by(records, "school_id"),
        """
        school_year | level_type | school_id | students | days_enrolled | days_absent
        2016-17     | level      | A         | 2        | 3             | 1
        2016-17     | total      | all       | 2        | 3             | 1
        2017-18     | level      | A         | 1        | 1             | 0
        2017-18     | total      | all       | 1        | 1             | 0
        """,
    )


def test_the_year_of_the_pages_is_the_studys(tmp_path: Path) -> None:
    records = days(tmp_path, TWO_YEARS, JULY, rest="focus: {school_year: 2016-17}\n")
    assert records.year == "2016-17"
    assert shown(missed_days(records), "school_year", "month", "days_absent") == [["2016-17", "2017-06", "1"]]


def test_who_was_chronic_the_year_before(tmp_path: Path) -> None:
    body = [f"{student} | A | 03 | {day} | {int(student == 1)}" for student in (1, 2) for day in june()]
    body += [
        f"{student} | A | 04 | {day.replace('06-', '07-')} | {int(student < 3)}"
        for student in (1, 2, 3)
        for day in june()
    ]
    records = days(tmp_path, "student | school | grade | date | absent\n" + "\n".join(body), JULY)
    assert_table(
        persistence(records),
        """
        school_year | level       | students_counted | chronically_absent | chronic_rate
        2017-18     | chronic     | 1                | 1                  | 1
        2017-18     | not chronic | 1                | 1                  | 1
        """,
    )


def june() -> list[str]:
    return [f"2017-06-{day:02}" for day in range(1, 11)]


def test_one_year_has_no_persistence(tmp_path: Path) -> None:
    assert persistence(days(tmp_path, THREE)).empty


def test_groups_come_from_a_table_of_students(tmp_path: Path) -> None:
    put(tmp_path, "students.csv", "id | Sex\n1 | F\n2 | F\n3 | M\n9 | X")
    beside = """  groups: [sex]
  values: {sex: {F: female, M: male}}
  students: {files: [{path: students.csv}], columns: {student_id: id, sex: Sex}}
"""
    records = days(tmp_path, THREE, beside)
    assert_table(
        absence_by(records, "sex"),
        """
        level_type | sex     | students | days_absent
        level      | female  | 2        | 10
        level      | male    | 1        | 4
        level      | unknown | 1        | 1
        total      | all     | 4        | 15
        """,
    )


def test_a_group_in_the_records_is_that_of_the_last_day_on_which_it_is_known(tmp_path: Path) -> None:
    text = """
        student | school | grade | date       | absent | lunch
        1       | A      | 03    | 2017-09-05 | 1      | paid
        1       | A      | 03    | 2017-09-06 | 0      | free
        1       | A      | 03    | 2017-09-07 | 0      |
        2       | A      | 03    | 2017-09-05 | 0      | paid
        """
    records = days(tmp_path, text, "  groups: [lunch]\n")
    assert_table(
        absence_by(records, "lunch"),
        "lunch | students | days_enrolled | days_absent\nfree | 1 | 3 | 1\npaid | 1 | 1 | 0\nall | 2 | 4 | 1",
    )


DISTRICTS = """
    student | district | school | grade | from | days | absent
    1       | N        | A      | 03    | 1    | 20   | 2
    2       | S        | B      | 03    | 1    | 20   | 0
    3       | S        | B      | PK    | 1    | 20   | 20
    """


def test_districts_are_taken_together_and_the_focus_chooses_among_them(tmp_path: Path) -> None:
    both = days(tmp_path, DISTRICTS)
    assert_table(
        absence_by(both, "school_id"),
        """
        district_id | level_type | school_id | students | days_absent
        all         | level      | A         | 1        | 2
        all         | level      | B         | 1        | 0
        all         | total      | all       | 2        | 2
        """,
    )
    north = days(tmp_path, DISTRICTS, rest="focus: {district_id: [N]}\n", name="north")
    assert set(absence_by(north, "grade_level")["district_id"]) == {"N"}
    assert shown(absence_by(north, "district_id"), "district_id", "level_type", "students", "days_absent") == [
        ["N", "level", "1", "2"],
        ["S", "level", "1", "0"],
        ["all", "total", "2", "2"],
    ]


def test_a_student_of_two_districts_is_one_student(tmp_path: Path) -> None:
    moved = DISTRICTS.rstrip() + "\n    1       | S        | B      | 04    | 21   | 40   | 8\n"
    both = days(tmp_path, moved)
    assert_table(
        absence_by(both, "grade_level").query("level_type == 'level'"),
        """
        district_id | grade_level | students | days_enrolled | days_absent
        all         | PK          | 1        | 20            | 20
        all         | 03          | 1        | 20            | 0
        all         | 04          | 1        | 60            | 10
        """,
    )


def test_districts_that_number_their_schools_alike_are_not_taken_together(tmp_path: Path) -> None:
    """One school on all pages would be two; of a district alone nothing is mixed."""
    alike = DISTRICTS.replace("| S        | B ", "| S        | A ")
    with pytest.raises(UserError, match="1 school id stands in more than one district"):
        days(tmp_path, alike)
    north = days(tmp_path, alike, rest="focus: {district_id: [N]}\n", name="north")
    assert set(absence_by(north, "school_id")["students"]) == {1}
    unsaid = days(tmp_path, DISTRICTS.replace("| S        | B ", "|          | A "), name="unsaid")
    assert len(unsaid.schools) == 1, "a row that does not say its district is in no other"


def test_records_without_grades_have_a_total(tmp_path: Path) -> None:
    records = days(tmp_path, "student | school | days | absent\n1 | A | 20 | 2\n2 | A | 20 | 0")
    table = absence_by(records, "grade_level")
    total = table[table["level_type"] == "total"]
    assert_table(total, "students | students_counted | chronically_absent | days_absent\n2 | 2 | 1 | 2")
    assert shown(absence_by(records, "school_id"), "school_id", "students", "chronic_rate") == [
        ["A", "2", "0.5"], ["all", "2", "0.5"],
    ]  # fmt: skip
    assert records.schools["school_level"].tolist() == ["other"]


def test_missed_days_are_shared_out_by_grade_school_and_month(tmp_path: Path) -> None:
    records = days(
        tmp_path,
        """
        student | school | grade | from | days | absent
        1       | A      | 03    | 1    | 20   | 6
        2       | B      | 04    | 1    | 19   | 2
        """,
    )
    assert_table(
        missed_days(records),
        """
        grade_level | school_id | month   | students | days_absent | share_of_days | chronically_absent | share_of_chronic
        03          | A         | 2017-09 | 1        | 5           | 0.625         | 1                  | 0.5
        03          | A         | 2017-10 | 1        | 1           | 0.125         | 1                  | 0.5
        04          | B         | 2017-09 | 1        | 2           | 0.25          | 1                  | 0.5
        """,
    )


def test_absence_in_the_first_twenty_days_and_in_the_year(tmp_path: Path) -> None:
    records = days(
        tmp_path,
        """
        student | school | grade | from | days | absent
        1       | A      | 03    | 1    | 20   | 2
        1       | A      | 03    | 21   | 60   | 8
        2       | A      | 03    | 1    | 20   | 5
        2       | A      | 03    | 21   | 60   | 0
        3       | A      | 03    | 1    | 80   | 1.5
        """,
    )
    assert_table(
        early_signal(records),
        "level | students_counted | chronically_absent\n0-1 | 1 | 0\n2-4 | 1 | 1\n5+ | 1 | 0",
    )


def test_the_same_students_all_year(tmp_path: Path) -> None:
    records = days(
        tmp_path,
        """
        student | school | grade | from | days | absent
        stayed  | A      | 03    | 1    | 30   | 0
        left    | A      | 03    | 1    | 19   | 19
        """,
    )
    assert_table(
        same_students(records),
        """
        month   | students | absence_rate | students_all_year | rate_all_year
        2017-09 | 2        | 0.5          | 1                 | 0
        2017-10 | 1        | 0            | 1                 | 0
        """,
    )


def test_who_came_on_the_second_day_was_there_in_the_first_week(tmp_path: Path) -> None:
    late = "student | school | grade | from | days | absent\nlate | A | 03 | 2 | 29 | 0\nsoon | A | 03 | 1 | 30 | 0"
    said = same(days(tmp_path, late)).text
    assert said.startswith("2 students were enrolled in the first and in the last week.")


def test_whether_records_can_be_trusted(tmp_path: Path) -> None:
    records = days(
        tmp_path,
        """
        student | school | grade | from | days | absent | unmarked
        1       | A      | 03    | 1    | 20   | 1      | 10
        2       | B      | 03    | 1    | 20   | 2      |
        3       | B      | 03    | 1    | 9    | 9      |
        """,
    )
    assert_table(
        coverage(records),
        """
        school_id | month   | students | days_enrolled | days_unmarked | unmarked_share
        A         | 2017-09 | 1        | 9             | 10            | 0.526316
        A         | 2017-10 | 1        | 1             | 0             | 0
        B         | 2017-09 | 2        | 28            | 0             | 0
        B         | 2017-10 | 1        | 1             | 0             | 0
        """,
    )
    heaps = rate_histogram(records)
    assert list(heaps["absence_percent"]) == list(range(41))  # a row left out would say that nobody is there
    assert_table(heaps[heaps["students_counted"] > 0], "absence_percent | students_counted\n10 | 2")
    table = other_definitions(records)
    assert shown(table, "definition", "students_counted", "chronically_absent")[:2] == [
        ["this study: absent 10% of days enrolled or more, enrolled 10 days or more", "2", "2"],
        ["absent 10% of days enrolled or more", "3", "3"],
    ]
    assert shown(table, "definition", "chronically_absent")[-1] == ["absent 15 days or more", "0"]


def test_one_school_has_its_days_there(tmp_path: Path) -> None:
    records = days(
        tmp_path,
        """
        student | school | grade | from | days | absent
        1       | A      | 03    | 1    | 19   | 9
        1       | B      | 03    | 20   | 20   | 2
        2       | B      | 03    | 1    | 19   | 0
        """,
    )
    assert_table(grades(records), "school_id | grade_level | students | days_absent\nA | 03 | 1 | 9\nB | 03 | 2 | 2")
    assert_table(
        months(records).head(1),
        "school_id | month | students | absence_rate | school_level | level_rate\n"
        "A | 2017-09 | 1 | 0.473684 | elementary | 0.236842",
    )
