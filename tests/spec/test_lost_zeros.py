"""A spreadsheet takes the zeros before ids away: in one month's file, or in the table of students. All is invented."""

from pathlib import Path

import pytest
from small_tables import put, read, refused, study_from

from analysis import measures
from analysis.study import Study

YAML = """title: T
data: data
audience: internal
records:
  kind: student_days
  files: [{{path: month*.csv}}]
  set: {{district_id: D}}
  columns: {{student_id: student, school_id: school, grade_level: grade, date: date, days_absent: absent}}
{more}"""
STUDENTS = "  groups: [gender]\n  students: {files: [{path: s.csv}], columns: {student_id: student, gender: gender}}\n"
SCHOOLS = "  schools: {files: [{path: t.csv}], columns: {school_id: school, school_name: name}}\n"
EXTRACT = "  extract: {student_id: '^0*(.+)', school_id: '^0*(.+)'}\n"


def study(folder: Path, more: str = "", *, lost: bool = False) -> Study:
    """Ten students of school 0101 over two months; `lost`: in the second their ids and the school's have no zeros."""
    for month, zeros in (("09", True), ("10", not lost)):
        school = "0101" if zeros else "101"
        rows = [
            f"{one + 1:0{4 if zeros else 1}} | {school} | 03 | 2017-{month}-{day:02} | {int(one < 3)}"
            for one in range(10)
            for day in (11, 12, 13)
        ]
        put(folder, f"month{month}.csv", "student | school | grade | date | absent\n" + "\n".join(rows))
    return study_from(folder, YAML.format(more=more))


def test_a_month_without_zeros_stops(tmp_path: Path) -> None:
    """There were twenty students at two schools, without a word."""
    students, school = refused(study(tmp_path, lost=True))
    assert "10 of 10 ids of student_id have zeros before them in some files, and none in others" in students
    assert "1 of 1 ids of school_id" in school


def test_without_zeros_anywhere_they_are_one(tmp_path: Path) -> None:
    table = measures.absence_by(read(study(tmp_path, EXTRACT, lost=True)), "school_id")
    assert table[["school_id", "students", "days_enrolled"]].to_numpy().tolist() == [["101", 10, 60], ["all", 10, 60]]


@pytest.mark.parametrize(
    ("more", "seen"),
    [
        (STUDENTS, "0 of the 10 students in the records stand in the table of students, and 10 without the zeros"),
        (SCHOOLS, "0 of the 1 schools in the records stand in the table of schools, and 1 without the zeros"),
    ],
)
def test_a_table_beside_without_zeros_stops(tmp_path: Path, more: str, seen: str) -> None:
    """All students were of an unknown group, without a word."""
    put(tmp_path, "s.csv", "student | gender\n" + "\n".join(f"{one + 1} | F" for one in range(10)))
    put(tmp_path, "t.csv", "school | name\n101 | North")
    (problem,) = refused(study(tmp_path, more))
    assert seen in problem


def test_a_table_of_other_students_stops_and_one_of_some_does_not(tmp_path: Path) -> None:
    put(tmp_path, "s.csv", "student | gender\nx1 | F")
    (problem,) = refused(study(tmp_path, STUDENTS))
    assert "0 of the 10 students in the records stand in the table of students." in problem
    put(tmp_path, "s.csv", "student | gender\nx1 | F\n0001 | F")
    assert not read(Study.load(tmp_path / "studies" / "t.yaml")).problems
