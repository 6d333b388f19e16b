"""The definitions, as small tables: who is chronically absent, what counts as absent, who is counted where."""

from pathlib import Path

import pandas as pd
import pytest
from small_tables import assert_table, days, shown, years

from analysis.measures import absence_by
from analysis.measures.between import grades_at_schools
from analysis.measures.counted import chronic_by_days_enrolled, missed_days, near_threshold
from analysis.measures.outcomes import Unmarked, absence_cells, chronic_cells
from analysis.measures.quality import other_definitions
from analysis.measures.seasonal import month_by_level, near_break
from analysis.records.types import StudentRecords
from analysis.vocabulary import TIERS


def total(records: StudentRecords, driver: str = "grade_level") -> pd.DataFrame:
    table = absence_by(records, driver)
    return table[table["level_type"] == "total"]


def levels(records: StudentRecords, driver: str) -> pd.DataFrame:
    table = absence_by(records, driver)
    return table[table["level_type"] == "level"]


def one_student(folder: Path, text: str, **more: str) -> pd.DataFrame:
    return total(days(folder, text, **more))


@pytest.mark.parametrize(
    ("enrolled", "absent", "chronic"),
    [
        ("180", "18", "1"),
        ("180", "17", "0"),
        ("180", "17.5", "0"),
        ("175", "17.5", "1"),
        ("179", "18", "1"),
        ("181", "18", "0"),
        ("30", "3", "1"),
        ("70", "7", "1"),
        ("110", "11", "1"),
        ("170", "17", "1"),
        ("10", "1", "1"),
    ],
)
def test_a_tenth_of_the_days_is_chronic(tmp_path: Path, enrolled: str, absent: str, chronic: str) -> None:
    table = one_student(tmp_path, f"student | school | grade | days | absent\n1 | A | 03 | {enrolled} | {absent}")
    assert shown(table, "days_enrolled", "days_absent", "chronically_absent") == [[enrolled, absent, chronic]]


@pytest.mark.parametrize(
    ("rule", "absent", "chronic"),
    [
        ("{at_least: 15, of: days}", "14.5", "0"),
        ("{at_least: 15, of: days}", "15", "1"),
        ("{at_least: 0.15, of: share}", "26.5", "0"),
        ("{at_least: 0.15, of: share}", "27", "1"),
        ("{at_least: 17.5, of: days}", "17.5", "1"),
    ],
)
def test_the_rule_is_the_studys(tmp_path: Path, rule: str, absent: str, chronic: str) -> None:
    text = f"student | school | grade | days | absent\n1 | A | 03 | 180 | {absent}"
    table = one_student(tmp_path, text, rest=f"definitions: {{chronic: {rule}}}\n")
    assert shown(table, "chronically_absent") == [[chronic]]


@pytest.mark.parametrize(
    ("absent", "tier"),
    [
        ("4.5", "satisfactory"),
        ("5", "at_risk"),
        ("9.5", "at_risk"),
        ("10", "moderate_chronic"),
        ("19.5", "moderate_chronic"),
        ("20", "severe_chronic"),
        ("100", "severe_chronic"),
    ],
)
def test_tiers_begin_at_exactly_5_10_and_20_percent(tmp_path: Path, absent: str, tier: str) -> None:
    table = one_student(tmp_path, f"student | school | grade | days | absent\n1 | A | 03 | 100 | {absent}")
    assert shown(table, *TIERS) == [["1" if name == tier else "0" for name in TIERS]]


def test_absences_of_every_reason_count_half_days_by_half_and_tardy_is_present(tmp_path: Path) -> None:
    codes = ["P", "T", "E", "U", "S", "A", "H", ""]
    rows = "\n".join(f"1 | A | 03 | 2017-09-{day:02} | {code}" for day, code in enumerate(codes, 4))
    values = """  values:
    attendance_code: {P: present, T: tardy, E: excused, U: unexcused, S: suspension, A: absent, H: half_absent}
"""
    records = days(tmp_path, "student | school | grade | date | code\n" + rows, values)
    assert_table(total(records), "days_enrolled | days_absent | days_unmarked\n7 | 4.5 | 1")
    assert_table(
        absence_by(records, "absence_reason"),
        """
        level_type | absence_reason | days_absent
        level      | excused        | 1
        level      | unexcused      | 1
        level      | suspension     | 1
        level      | unknown        | 1.5
        total      | all            | 4.5
        """,
    )


def test_half_a_day_of_membership_counts_half(tmp_path: Path) -> None:
    text = """
        student | school | grade | date       | enrolled | code
        1       | A      | KG    | 2017-09-05 | 0.5      | absent
        1       | A      | KG    | 2017-09-06 | 0.5      | half_absent
        1       | A      | KG    | 2017-09-07 | 1        | present
        1       | A      | KG    | 2017-09-08 | 0.25     |
        """
    assert_table(
        total(days(tmp_path, text)),
        "days_enrolled | days_absent | days_unmarked | absence_rate\n2 | 0.75 | 0.25 | 0.375",
    )


def test_a_transfer_is_one_student_over_all_schools_and_stands_at_each(tmp_path: Path) -> None:
    records = days(
        tmp_path,
        """
        student | school | grade | from | days | absent
        1       | A      | 03    | 1    | 100  | 16
        1       | B      | 03    | 101  | 80   | 2
        2       | A      | 03    | 1    | 180  | 0
        """,
    )
    assert_table(total(records), "students | students_counted | chronically_absent | days_absent\n2 | 2 | 1 | 18")
    assert_table(
        absence_by(records, "school_id"),
        """
        level_type | school_id | students | students_counted | chronically_absent | days_enrolled | days_absent
        level      | A         | 2        | 2                | 1                  | 280           | 16
        level      | B         | 1        | 1                | 0                  | 80            | 2
        total      | all       | 2        | 2                | 1                  | 360           | 18
        """,
    )


def test_the_minimum_in_a_school_table_is_of_days_there(tmp_path: Path) -> None:
    records = days(
        tmp_path,
        """
        student | school | grade | from | days | absent
        1       | A      | 03    | 1    | 9    | 9
        1       | B      | 03    | 10   | 10   | 0
        """,
    )
    assert_table(
        absence_by(records, "school_id"),
        """
        level_type | school_id | students | students_counted | chronically_absent | chronic_rate | days_absent
        level      | A         | 1        | 0                | 0                  | .            | 9
        level      | B         | 1        | 1                | 0                  | 0            | 0
        total      | all       | 1        | 1                | 1                  | 1            | 9
        """,
    )
    near = near_threshold(records)
    assert_table(near, "school_id | students_counted | just_below | just_above\nB | 1 | 1 | 0\nall | 1 | 0 | 0")


def test_who_is_counted_with_under_ten_days_is_not_named_with_those_of_ten_and_more(tmp_path: Path) -> None:
    text = "student | school | grade | from | days | absent\n1 | A | 03 | 1 | 9 | 9\n2 | A | 03 | 1 | 10 | 0"
    records = days(tmp_path, text, rest="definitions: {minimum_days: {days: 1}}\n")
    assert_table(
        chronic_by_days_enrolled(records), "level | students_counted | chronically_absent\n1-9 | 1 | 1\n10-44 | 1 | 0"
    )


@pytest.mark.parametrize(("at", "counted"), [("student", "1"), ("school", "0")])
def test_the_minimum_can_be_at_one_school(tmp_path: Path, at: str, counted: str) -> None:
    text = "student | school | grade | from | days | absent\n1 | A | 03 | 1 | 7 | 2\n1 | B | 03 | 8 | 7 | 2"
    table = one_student(tmp_path, text, rest=f"definitions: {{minimum_days: {{at: {at}}}}}\n")
    assert shown(table, "students", "students_counted", "chronically_absent") == [["1", counted, counted]]


def test_leavers_and_late_arrivals_stay_in_at_ten_days_and_the_days_of_all_count(tmp_path: Path) -> None:
    records = days(
        tmp_path,
        """
        student | school | grade | from | days | absent
        stayed  | A      | 03    | 1    | 180  | 0
        left    | A      | 03    | 1    | 10   | 1
        came    | A      | 03    | 171  | 10   | 1
        short   | A      | 03    | 172  | 9    | 9
        """,
    )
    assert_table(
        total(records),
        """
        students | students_counted | chronically_absent | chronic_rate | days_enrolled | days_absent
        4        | 3                | 2                  | 0.666667     | 209           | 11
        """,
    )
    assert_table(
        chronic_by_days_enrolled(records),
        "level | students_counted | chronically_absent\n10-44 | 2 | 2\n90+ | 1 | 0",
    )


def test_the_minimum_is_of_marked_days(tmp_path: Path) -> None:
    text = "student | school | grade | days | absent | unmarked\n1 | A | 03 | 12 | 0 | 3\n2 | A | 03 | 12 | 0 | 2"
    table = one_student(tmp_path, text)
    assert shown(table, "students", "students_counted", "days_enrolled") == [["2", "1", "19"]]


def test_a_student_without_a_marked_day_is_in_no_rate_even_without_a_minimum(tmp_path: Path) -> None:
    text = "student | school | grade | days | absent | unmarked\n1 | A | 03 | 5 | 0 | 5\n2 | A | 04 | 5 | 0 |"
    table = absence_by(days(tmp_path, text, rest="definitions: {minimum_days: {days: 0}}\n"), "grade_level")
    assert_table(
        table[table["level_type"] != "band"],
        """
        grade_level | students | students_counted | days_enrolled | days_unmarked | absence_rate | rate_low | rate_high
        03          | 1        | 0                | 0             | 5             | .            | 0        | 1
        04          | 1        | 1                | 5             | 0             | 0            | .        | .
        K-12        | 2        | 1                | 5             | 5             | 0            | 0        | 0.5
        """,
    )


def test_unmarked_days_are_neither_present_nor_absent_and_bound_the_rate(tmp_path: Path) -> None:
    records = days(
        tmp_path,
        """
        student | school | grade | days | absent | unmarked
        1       | A      | 03    | 100  | 9      | 20
        2       | A      | 04    | 100  | 9      |
        """,
    )
    assert_table(
        levels(records, "grade_level"),
        """
        grade_level | days_enrolled | days_absent | days_unmarked | absence_rate | rate_low | rate_high | chronic_rate
        03          | 80            | 9           | 20            | 0.1125       | 0.09     | 0.29      | 1
        04          | 100           | 9           | 0             | 0.09         | .        | .         | 0
        """,
    )


PRE_KINDERGARTEN = """
    student | school | grade | from | days | absent
    1       | A      | PK    | 1    | 20   | 10
    2       | A      | KG    | 1    | 20   | 1
    3       | B      | 09    | 1    | 20   | 0
    4       | P      | PK    | 1    | 20   | 20
    """


def test_pre_kindergarten_is_a_row_by_grade_and_in_nothing_else(tmp_path: Path) -> None:
    records = days(tmp_path, PRE_KINDERGARTEN, "  groups: [sex]\n  set: {sex: x}\n")
    assert_table(
        absence_by(records, "grade_level"),
        """
        level_type | grade_level | students | chronically_absent | days_absent
        level      | PK          | 2        | 2                  | 30
        level      | KG          | 1        | 0                  | 1
        level      | 09          | 1        | 0                  | 0
        band       | K-8         | 1        | 0                  | 1
        band       | 9-12        | 1        | 0                  | 0
        total      | K-12        | 2        | 0                  | 1
        """,
    )
    for driver in ("school_id", "month", "week", "weekday", "sex", "district_id"):
        table = levels(records, driver)
        assert table["days_absent"].sum() == 1, driver
        assert table["days_enrolled"].sum() == 40, driver
    assert shown(levels(records, "school_id"), "school_id", "students") == [["A", "1"], ["B", "1"]]
    assert shown(total(records, "month"), "students", "days_absent") == [["2", "1"]]
    assert set(missed_days(records)["grade_level"]) == {"KG", "09"}
    assert set(month_by_level(records)["school_level"]) == {"elementary", "high"}
    assert near_break(records)["days_enrolled"].sum() == 40
    assert other_definitions(records)["students_counted"].iloc[0] == 2
    assert absence_cells(records).table["y"].sum() == 1
    assert set(chronic_cells(records).table["school_id"]) == {"A", "B"}
    flow = records.flow.set_index(["step", "reason"])
    assert flow.loc[("used", "in a grade that totals leave out"), ["rows", "students"]].tolist() == [40, 2]


def test_pre_kindergarten_counts_where_the_study_names_it(tmp_path: Path) -> None:
    records = days(tmp_path, PRE_KINDERGARTEN, rest="definitions: {grades: [PK, KG], bands: {early: [PK, KG]}}\n")
    assert_table(
        absence_by(records, "grade_level"),
        """
        level_type | grade_level | students | days_absent
        level      | PK          | 2        | 30
        level      | KG          | 1        | 1
        level      | 09          | 1        | 0
        band       | early       | 3        | 31
        total      | PK-K        | 3        | 31
        """,
    )
    assert shown(levels(records, "school_id"), "school_id", "students") == [["A", "2"], ["P", "1"]]
    assert absence_cells(records).table["y"].sum() == 31


@pytest.mark.parametrize(
    ("spans", "grade"),
    [
        ("1 | A | 03 | 1 | 30 | 0\n1 | A | 04 | 31 | 20 | 0", "03"),
        ("1 | A | 03 | 1 | 20 | 0\n1 | A | 04 | 21 | 30 | 0", "04"),
        ("1 | A | 03 | 1 | 20 | 0\n1 | A | 04 | 21 | 20 | 0", "04"),
        ("1 | A | 04 | 1 | 20 | 0\n1 | A | 03 | 21 | 20 | 0", "03"),
    ],
)
def test_a_students_grade_is_that_of_most_days_and_of_ties_the_last(tmp_path: Path, spans: str, grade: str) -> None:
    records = days(tmp_path, "student | school | grade | from | days | absent\n" + spans)
    assert shown(levels(records, "grade_level"), "grade_level", "students") == [[grade, "1"]]


def test_unmarked_days_count_for_the_grade_of_most_days(tmp_path: Path) -> None:
    header = "student | school | grade | from | days | absent | unmarked"
    text = f"{header}\n1 | A | 03 | 1 | 30 | 0 | 20\n1 | A | 04 | 31 | 20 | 0 |"
    assert shown(levels(days(tmp_path, text), "grade_level"), "grade_level") == [["03"]]


def test_absence_in_two_grades_is_summed_in_the_grade_of_most_days(tmp_path: Path) -> None:
    text = "student | school | grade | from | days | absent\n1 | A | 03 | 1 | 30 | 3\n1 | A | 04 | 31 | 20 | 4"
    table = levels(days(tmp_path, text), "grade_level")
    assert_table(table, "grade_level | days_enrolled | days_absent\n03 | 50 | 7")


def test_who_is_within_two_days_of_the_line(tmp_path: Path) -> None:
    spans = "\n".join(f"{absent} | A | 03 | 100 | {absent}" for absent in (7, 7.5, 8, 9.5, 10, 11.5, 12))
    records = days(tmp_path, "student | school | grade | days | absent\n" + spans)
    assert_table(
        near_threshold(records),
        """
        level_type | school_id | students_counted | just_below | just_above
        level      | A         | 7                | 2          | 2
        total      | all       | 7                | 2          | 2
        """,
    )


@pytest.mark.parametrize(
    ("unmarked", "absent", "days_in_all"), [("apart", 3, 20), ("present", 3, 24), ("absent", 7, 24)]
)
def test_models_take_unmarked_days_as_they_are_told(
    tmp_path: Path, unmarked: Unmarked, absent: float, days_in_all: float
) -> None:
    text = "student | school | grade | days | absent | unmarked\n1 | A | 03 | 12 | 2 | 4\n2 | B | 04 | 12 | 1 | 0"
    table = absence_cells(days(tmp_path, text), unmarked).table
    assert (table["y"].sum(), table["n"].sum()) == (absent, days_in_all)


def test_grades_at_schools_hold_who_was_marked_and_who_was_there_long_enough(tmp_path: Path) -> None:
    text = """
        student | school | grade | days | absent | unmarked
        1       | A      | 03    | 12   | 2      | 0
        2       | A      | 03    | 5    | 0      | 5
        3       | A      | 03    | 9    | 9      | 0
        """
    counts = grades_at_schools(days(tmp_path, text))
    assert counts["absence"][["students", "n", "y"]].to_numpy().tolist() == [[2, 21, 11]]
    assert counts["chronic"][["students", "n", "y"]].to_numpy().tolist() == [[1, 1, 1]]


@pytest.mark.parametrize(
    ("minimum", "own"), [(0, ""), (1, ", enrolled a day or more"), (10, ", enrolled 10 days or more")]
)
def test_of_any_number_of_days_counts_a_student_of_half_a_day(tmp_path: Path, minimum: int, own: str) -> None:
    """It counted from one day, and left out who had less without a word."""
    text = (
        "student | school | grade | enrolled | absent\n1 | A | 03 | 0.5 | 0.5\n2 | A | 03 | 1 | 0\n3 | A | 03 | 90 | 15"
    )
    records = years(tmp_path, text, rest=f"definitions: {{minimum_days: {{days: {minimum}}}}}\n")
    table = other_definitions(records).set_index("definition")["students_counted"].to_dict()
    assert table.pop(f"this study: absent 10% of days enrolled or more{own}") == {0: 3, 1: 2, 10: 1}[minimum]
    assert table["absent 15 days or more"] == 3
    assert table.get("absent 10% of days enrolled or more") == (3 if minimum else None)
