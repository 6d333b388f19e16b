"""Columns that are years, weeks or days become rows, with the right lines in problems; each table is invented."""

import re
from pathlib import Path

import pytest
from small_tables import put, study_from
from test_proposal import checked, mapped, propose, table
from test_published_counts import column
from test_published_shapes import study_of

from analysis import engine, records
from analysis.problems import UserError
from analysis.records.published_counts import read_published
from analysis.records.types import StudentRecords
from analysis.study import Study

YEARS = """
  rates_are: percent
  columns: {district_id: District}
  files:
    - path: wide.csv
      unpivot: {into: school_year, columns: {students: "n (.*)", attendance_rate: "attended (.*)"}}
"""
WIDE = """
    District|n 2019-20|attended 2019-20|n 2021-22|attended 2021-22|attended 2022-23
    A|100|94|90|93|92
    B|200|95|180|93.5|
"""


def test_a_pair_of_columns_a_year(tmp_path: Path) -> None:
    found = read_published(study_of(tmp_path, YEARS, wide=WIDE))
    assert column(found, "school_year", "district_id", "students", "absence_rate") == [
        ("2019-20", "A", 100, 0.06), ("2019-20", "B", 200, 0.05), ("2021-22", "A", 90, 0.07),
        ("2021-22", "B", 180, 0.065), ("2022-23", "A", None, 0.08), ("2022-23", "B", None, None),
    ]  # fmt: skip
    assert found.flow["rows"].tolist() == [6, 6]


def test_a_problem_says_the_line_of_the_file_and_the_column(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        read_published(study_of(tmp_path, YEARS, wide=WIDE.replace("|93.5|", "|x|").replace("A|100", "A|-5")))
    assert [str(problem).split(": ")[0] for problem in error.value.problems] == [
        "wide.csv, line 2, under '2019-20'", "wide.csv, line 3, under '2021-22'",
    ]  # fmt: skip


def test_rows_that_are_no_rows_are_counted_once(tmp_path: Path) -> None:
    wide = WIDE.replace("B|200", "C|1|1|1|1|1|1\n    B|200").replace("|93.5|", "|x|")
    with pytest.raises(UserError, match=r"line 4, under '2021-22'"):
        read_published(study_of(tmp_path, YEARS, wide=wide))
    found = read_published(study_of(tmp_path, YEARS, wide=wide.replace("|x|", "|93.5|")))
    assert found.flow.query("step == 'set aside'")["rows"].tolist() == [1]


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("total (.*)", "no column's name fits 'total (.*)'"),
        ("(n) .*", "'n 2019-20' and 'n 2021-22' both fit '(n) .*' with 'n'"),
        ("[an].* (.*)", "'attended 2019-20' fits the patterns of students and attendance_rate"),
    ],
)
def test_patterns_that_cannot_be_followed_stop(tmp_path: Path, pattern: str, says: str) -> None:
    with pytest.raises(UserError) as error:
        read_published(study_of(tmp_path, YEARS.replace("n (.*)", pattern), wide=WIDE))
    assert any(says in str(problem) for problem in error.value.problems)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("into: school_year", "into: school_years", "'school_years' is no column of ours"),
        ("into: school_year", "into: students", "'students' is read from two places of this file"),
        ("{students:", "{pupils:", "'pupils' is no column of ours"),
        ("published_counts", "absence_events", "An empty cell would be an absence"),
    ],
)
def test_a_study_that_cannot_be_meant(tmp_path: Path, old: str, new: str, says: str) -> None:
    study = study_of(tmp_path, YEARS, wide=WIDE)
    study.path.write_text(study.path.read_text().replace(old, new))
    with pytest.raises(UserError) as error:
        Study.load(study.path)
    assert any(says in str(problem) for problem in error.value.problems)


def test_years_alone_are_proposed_and_their_meaning_asked(tmp_path: Path) -> None:
    rows = [f"001{one},District {one},10{one},School {one},0.96{one},0.95{one},*" for one in range(8)]
    text = propose(tmp_path, {"rates.csv": table("CORP ID,CORP NAME,SCHL ID,SCHL NAME,2018,2019,2020", *rows)})
    assert "# attendance_rate" not in text and re.search(r"\? *year_is: is \"2018\" the year", text)
    assert r"# ?: '(\d{4})'" in text and "what are the values below '2018'" in text
    text = propose(
        tmp_path, {"attendance.csv": table("CORP ID,CORP NAME,SCHL ID,SCHL NAME,2018,2019,2020", *rows)}, "b"
    )
    assert mapped(text)["attendance_rate"] == r"'(\d{4})'" and mapped(text)["school_id"] == "SCHL ID"
    path = tmp_path / "studies/b.yaml"
    path.write_text(path.read_text().replace("# year_is: end", "year_is: end"))
    assert checked(tmp_path, "b") == []


def test_weeks_of_schools(tmp_path: Path) -> None:
    header = "School Code,School Name," + ",".join(f"Week {week}" for week in range(1, 13))
    rows = [f"10{one},School {one}," + ",".join(f"9{one}.{week % 10}" for week in range(12)) for one in range(4)]
    text = propose(tmp_path, {"attendance_2022-23.csv": table(header, *rows)})
    found = mapped(text)
    assert (found["kind"], found["into"], found["school_year"]) == ("school_days", "week", "2022-23")
    assert found["attendance_rate"] == r"'Week (\d{1}|\d{2})'" and checked(tmp_path) == []


DATES = [f"09/{day:02}/2023" for day in (5, 6, 7, 8, 11, 12, 13, 14, 15, 18, 19, 20)]


def register(codes: str) -> str:
    """Make a register of twelve students, a column a day: `-` is an empty cell."""
    rows = [
        f"{1000 + one},{'NS'[one % 2]},0{1 + one % 3},"
        + ",".join(codes[(one + place) % len(codes)].replace("-", "") for place in range(len(DATES)))
        for one in range(12)
    ]
    return table("Student ID,School,Grade," + ",".join(DATES), *rows)


def test_a_column_a_day_is_a_row_a_student_and_day(tmp_path: Path) -> None:
    text = propose(tmp_path, {"register.csv": register("PPAP")})
    assert (mapped(text)["kind"], mapped(text)["into"], mapped(text)["date_format"]) == (
        "student_days", "date", "%m/%d/%Y",
    )  # fmt: skip
    assert mapped(text)["attendance_code"] == r"'(\d{2}/\d{2}/\d{4})'" and checked(tmp_path) == []
    found = records.read(Study.load(tmp_path / "studies/mine.yaml"))
    assert found.flow.query("step == 'used' and reason == ''")[["rows", "students"]].to_numpy().tolist() == [[144, 12]]


@pytest.mark.parametrize("codes", ["A---", "APP-------"])
def test_an_empty_cell_that_may_be_a_day_present_is_asked_about(tmp_path: Path, codes: str) -> None:
    text = propose(tmp_path, {"register.csv": register(codes)})
    assert "cells are empty: days that nobody marked; if they are days present, write" in text
    (problem,) = checked(tmp_path)
    assert "a day that nobody marked is not counted as present" in problem.lower()
    path = tmp_path / "studies/mine.yaml"
    for means in ("present", "unmarked"):
        path.write_text(text.replace("      A: absent", f'      "": {means}\n      A: absent'))
        assert checked(tmp_path) == []


def test_days_absent_that_are_never_nothing_stop(tmp_path: Path) -> None:
    rows = [
        f"{1000 + one},N,0{1 + one % 3},{day},{'1' if one == place else ''}"
        for one in range(12)
        for place, day in enumerate(DATES)
    ]
    propose(tmp_path, {"days.csv": table("Student ID,School,Grade,Date,Days Absent", *rows)})
    path = tmp_path / "studies/mine.yaml"
    path.write_text(path.read_text().replace("absence_events", "student_days"))
    (problem,) = checked(tmp_path)
    assert "days_absent is empty in 132 of 144 rows, and no row is of a day present" in problem


@pytest.mark.parametrize(("names", "what"), [("5-Sep,6-Sep,7-Sep", "days without a year"), ("Aug,Sept,Oct", "months")])
def test_names_that_are_no_whole_dates_are_asked_about(tmp_path: Path, names: str, what: str) -> None:
    rows = [f"{1000 + one},N,01,P,A,P" for one in range(12)]
    text = propose(tmp_path, {"days.csv": table(f"Student ID,School,Grade,{names}", *rows)})
    assert f"? columns are {what} ('{names.partition(',')[0]}'" in text


def test_columns_of_grades_and_of_groups(tmp_path: Path) -> None:
    grades = """
  rates_are: percent
  columns: {district_id: D}
  set: {school_year: 2022-23}
  values: {grade_level: {All Grades: all}}
  files:
    - path: wide.csv
      unpivot: {into: grade_level, columns: {chronic_rate: "Rate (.*)", students: "n (.*)"}}
"""
    wide = "D|Rate Grade K|Rate Grade 1|Rate All Grades|n Grade K|n Grade 1|n All Grades\n1|21.0|10.0|15.5|100|100|200"
    found = read_published(study_of(tmp_path, grades, wide=wide))
    assert column(found, "grade_level", "students", "chronic_rate") == [
        ("", 200, 0.155), ("01", 100, 0.1), ("KG", 100, 0.21),
    ]  # fmt: skip
    groups = grades.replace("grade_level: {All Grades", "group_level: {ALL").replace(
        "into: grade_level", "into: group_level"
    )
    groups = groups.replace("set: {", "groups: [sex]\n  set: {group: sex, ")
    wide = "D|Rate ALL|Rate F|Rate M|n ALL|n F|n M\n1|15.5|21.0|10.0|200|100|100"
    found = read_published(study_of(tmp_path, groups, wide=wide))
    assert column(found, "group", "group_level", "students", "chronic_rate") == [
        ("", "", 200, 0.155), ("sex", "F", 100, 0.21), ("sex", "M", 100, 0.1),
    ]  # fmt: skip


def test_years_that_are_columns_become_rows(tmp_path: Path) -> None:
    put(
        tmp_path, "t.csv", b"id,days 2016-17,absent 2016-17,days 2017-18,absent 2017-18\n1,180,18,170,4\n2,90,9,100,1\n"
    )
    unpivot = "unpivot: {into: school_year, columns: {days_enrolled: 'days (.*)', days_absent: 'absent (.*)'}}"
    text = f"""title: T
data: data
records:
  kind: student_years
  set: {{school_id: S, district_id: D}}
  columns: {{student_id: id}}
  files: [{{path: t.csv, {unpivot}}}]
"""
    found = records.read(study_from(tmp_path, text))
    assert isinstance(found, StudentRecords) and (found.measure, found.years) == ("days", ("2016-17", "2017-18"))
    rows = f"SELECT student_id, school_year, days_enrolled, days_absent FROM '{found.path}' ORDER BY ALL"
    assert engine.execute(rows) == [
        ("1", "2016-17", 180_000, 18_000), ("1", "2017-18", 170_000, 4_000),
        ("2", "2016-17", 90_000, 9_000), ("2", "2017-18", 100_000, 1_000),
    ]  # fmt: skip
