"""Student-days as they are read: every row used or set aside by reason; words, calendar, schools, formats."""
# ruff: noqa: E501

import gzip
import re
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from small_tables import (
    DAYS,
    as_csv,
    as_days,
    assert_table,
    cells,
    days,
    put,
    read,
    refused,
    shown,
    study_of,
    write_study,
)

from analysis import engine
from analysis.problems import Problem
from analysis.records.student_days import FAULTS, TWO_DISTRICTS
from analysis.records.types import StudentRecords

GOOD = "\n".join(f"{student} | A | 03 | {day} | 0" for student in (1, 2) for day in DAYS[:6])
HEADER = "student | school | grade | date | absent"


def rows(records: StudentRecords, *columns: str) -> list[list[str]]:
    found = engine.execute(f"SELECT {', '.join(columns)} FROM read_parquet({engine.quoted(str(records.path))})")
    return [[str(value) for value in row] for row in found]


def flow(records: StudentRecords) -> dict[tuple[str, str], tuple[int, int]]:
    return {(step, reason): (rows, students) for step, reason, rows, students in records.flow.itertuples(index=False)}


def assert_every_row_is_accounted_for(records: StudentRecords) -> None:
    sums = records.flow[records.flow["reason"] != "in a grade that totals leave out"].groupby("step")["rows"].sum()
    assert sums["read"] == sums["used"] + sums.get("set aside", 0)
    assert sums["used"] == len(rows(records, "date"))


SET_ASIDE = {
    "left out by the study": ("3 | A | Adult | 2017-09-05 | 0", "  where_not: {grade_level: [Adult]}\n", ""),
    "no student id": ("  | A | 03 | 2017-09-05 | 0", "", ""),
    "no school id": ("3 |   | 03 | 2017-09-05 | 0", "", ""),
    "date not understood": ("3 | A | 03 | 5/9/2017 | 0", "", ""),
    "grade missing": ("3 | A |   | 2017-09-05 | 0", "", ""),
    "days not understood": ("3 | A | 03 | 2017-09-05 | yes", "", ""),
    "absent longer than enrolled": ("3 | A | 03 | 2017-09-05 | 1.5", "", ""),
    "school year not in the study": ("3 | A | 03 | 2016-09-05 | 0", "", "years: [2017-18]\n"),
    "after the study's last day": ("3 | A | 03 | 2017-09-13 | 0", "", "as_of: 2017-09-12\n"),
    "not an instructional day": ("3 | A | 03 | 2017-09-09 | 0", "  calendar: {files: [{path: c.csv}], columns: {date: d}}\n", ""),
    "the same row again": ("1 | A | 03 | 2017-09-05 | 0", "", ""),
}  # fmt: skip


@pytest.mark.parametrize("reason", SET_ASIDE)
def test_a_row_is_set_aside_for_its_reason_with_its_line(tmp_path: Path, reason: str) -> None:
    row, records_yaml, rest = SET_ASIDE[reason]
    put(tmp_path, "c.csv", "d\n" + "\n".join(DAYS))
    records = days(tmp_path, f"{HEADER}\n{GOOD}\n{row}\n{re.sub('^3', '4', row)}", records_yaml, rest)
    found = flow(records)
    students = 0 if reason == "no student id" else 1 if row.startswith("1") else 2
    assert found == {
        ("read", ""): (14, 2 + (row.startswith("3") and 2)), ("set aside", reason): (2, students), ("used", ""): (12, 2),
        ("used", "in a grade that totals leave out"): (0, 0),
    }  # fmt: skip
    assert_every_row_is_accounted_for(records)
    said = [] if reason == "left out by the study" else [(reason, "t.csv, line 14", 2)]
    assert [told(problem) for problem in records.problems] == said


def told(problem: Problem) -> tuple[str, str, int]:
    assert problem.severity == "set_aside"
    return problem.seen.split(":")[0], problem.where.removeprefix("first at "), problem.rows


DISAGREE = {
    "two records of one day disagree": [
        "1 | A | 03 | 2017-09-05 | 1",
        "1 | A | 04 | 2017-09-05 | 0",
        "1 | A | 03 | 2017-09-05 |",
    ],
    "two schools on one day": ["1 | B | 03 | 2017-09-05 | 0"],
}


@pytest.mark.parametrize(("reason", "row"), [(reason, row) for reason, some in DISAGREE.items() for row in some])
def test_of_two_records_of_one_day_that_contradict_neither_is_used(tmp_path: Path, reason: str, row: str) -> None:
    records = days(tmp_path, f"{HEADER}\n{GOOD}\n{row}")
    assert flow(records)["set aside", reason] == (2, 1)
    assert [told(problem) for problem in records.problems] == [(reason, "t.csv, line 2", 2)]
    assert_every_row_is_accounted_for(records)
    assert ["1", "2017-09-05"] not in rows(records, "student_id", "date")


@pytest.mark.parametrize(("enrolled", "said"), [("0", True), ("1.5", True), ("-1", True), ("0.5", False)])
def test_membership_is_a_part_of_a_day(tmp_path: Path, enrolled: str, said: bool) -> None:
    good = "\n".join(f"{row} | 1" for row in GOOD.splitlines())
    records = days(tmp_path, f"{HEADER} | enrolled\n{good}\n3 | A | 03 | 2017-09-05 | 0 | {enrolled}")
    reasons = [("membership is no part of a day", "t.csv, line 14", 1)] if said else []
    assert [told(problem) for problem in records.problems] == reasons


def test_every_fault_has_a_case() -> None:
    in_progress = "later in the year than the year in progress has come"
    elsewhere = {"membership is no part of a day", in_progress, "outside enrolment", TWO_DISTRICTS.reason}
    assert {fault.reason for fault in FAULTS} == {*SET_ASIDE, *DISAGREE, *elsewhere}


def test_a_row_with_two_faults_is_set_aside_once(tmp_path: Path) -> None:
    records = days(tmp_path, f"{HEADER}\n{GOOD}\n | | 03 | never | 7\n3 | | | 2017-09-05 | 0")
    assert [key[1] for key in flow(records) if key[0] == "set aside"] == ["no student id", "no school id"]
    assert_every_row_is_accounted_for(records)


def test_a_row_that_stands_three_times_counts_once(tmp_path: Path) -> None:
    twice = "1 | A | 03 | 2017-09-05 | 0"
    records = days(tmp_path, f"{HEADER}\n{GOOD}\n{twice}\n{twice}")
    assert flow(records)["set aside", "the same row again"] == (2, 1)
    assert rows(records, "student_id", "date").count(["1", "2017-09-05"]) == 1


def test_lines_that_cannot_be_read_are_counted_among_the_rows(tmp_path: Path) -> None:
    study = study_of(tmp_path, f"{HEADER}\n{GOOD}")
    with (tmp_path / "data/t.csv").open("a") as file:
        file.write("3,A,03,2017-09-05,0,x\n3,A,03,2017-09-06,0,x,y\n3,A,03,yesterday,0\n")
    records = read(study)
    assert {key: size for key, (size, _) in flow(records).items() if key[0] != "used"} == {
        ("read", ""): 15, ("set aside", "lines that could not be read"): 2, ("set aside", "date not understood"): 1,
    }  # fmt: skip
    assert_every_row_is_accounted_for(records)
    assert [problem.where for problem in records.problems] == ["t.csv, first at line 14", "first at t.csv, line 16"]


CODES = """
    1 | 2017-09-05 | P |
    1 | 2017-09-06 | T |
    1 | 2017-09-07 | A |
    1 | 2017-09-08 | A | ill
    1 | 2017-09-11 | H | away
    1 | 2017-09-12 | E |
    1 | 2017-09-13 | OSS |
    1 | 2017-09-14 | N |
    1 | 2017-09-15 |   |
    """
MEANINGS = """  values:
    attendance_code: {p: present, T: tardy, A: absent, H: half_absent, E: excused, OSS: suspension, N: unmarked}
    absence_reason: {Ill: excused, away: unexcused}
"""


def test_what_attendance_codes_mean(tmp_path: Path) -> None:
    text = "student | date | code | reason" + CODES.replace("\n    1", "\n1").rstrip()
    records = days(tmp_path, text, MEANINGS + "  set: {school_id: A}\n")
    assert rows(records, "days_enrolled", "days_absent", "days_unmarked", "absence_reason") == [
        ["1000", "0", "0", ""],
        ["1000", "0", "0", ""],
        ["1000", "1000", "0", ""],
        ["1000", "1000", "0", "excused"],
        ["1000", "500", "0", "unexcused"],
        ["1000", "1000", "0", "excused"],
        ["1000", "1000", "0", "suspension"],
        ["0", "0", "1000", ""],
        ["0", "0", "1000", ""],
    ]


def test_a_reason_of_a_day_that_was_attended_is_not_kept(tmp_path: Path) -> None:
    text = f"{HEADER} | reason\n1 | A | 03 | 2017-09-05 | 0 | excused\n1 | A | 03 | 2017-09-06 | 0.5 | Excused"
    assert rows(days(tmp_path, text), "days_absent", "absence_reason") == [["0", ""], ["500", "excused"]]


def test_a_reason_that_nothing_explains_is_noted_and_unknown(tmp_path: Path) -> None:
    body = "\n".join(f"{student} | A | 03 | 2017-09-05 | 1 | heat" for student in range(12))
    records = days(tmp_path, f"{HEADER} | reason\n{body}")
    (problem,) = records.problems
    assert problem.severity == "noted" and "'heat' (12 rows)" in problem.seen and problem.rows == 12
    assert set(map(tuple, rows(records, "days_absent", "absence_reason"))) == {("1000", "")}


@pytest.mark.parametrize(("students", "named"), [(9, False), (10, True)])
def test_an_unknown_code_stops_and_is_named_only_where_ten_students_have_it(
    tmp_path: Path, students: int, named: bool
) -> None:
    body = "\n".join(f"{student} | A | 03 | 2017-09-05 | Zz" for student in range(students))
    good = "\n".join(f"{student} | A | 03 | 2017-09-06 | present" for student in range(40))
    (problem,) = refused(study_of(tmp_path, f"student | school | grade | date | code\n{body}\n{good}"))
    assert problem.startswith("t.yaml, records.values.attendance_code: no mapping explains ")
    assert ("'Zz'" in problem) == named and ("1 other, not shown" in problem) != named


def test_grades_as_sources_write_them(tmp_path: Path) -> None:
    words = {"K": "KG", "kindergarten": "KG", "Pre-K": "PK", "3": "03", "03": "03", "Grade  3": "03", "Third Grade": "03",
             "12": "12", "Ungraded": "05"}  # fmt: skip
    body = "\n".join(f"{place} | A | {word} | 2017-09-05 | 0" for place, word in enumerate(words))
    records = days(tmp_path, f"{HEADER}\n{body}", "  values: {grade_level: {ungraded: '05'}}\n")
    found = dict(rows(records, "student_id", "grade_level"))
    assert [found[str(place)] for place in range(len(words))] == list(words.values())


def test_records_without_grades_are_used(tmp_path: Path) -> None:
    records = days(tmp_path, "student | school | date | absent\n1 | A | 2017-09-05 | 1")
    assert rows(records, "grade_level", "days_absent") == [["", "1000"]]
    assert shown(records.schools, "school_level", "level_basis") == [["other", "derived"]]


def test_dates_are_read_as_the_study_says(tmp_path: Path) -> None:
    records = days(tmp_path, f"{HEADER}\n1 | A | 03 | 09/05/17 | 1", "  date_format: '%m/%d/%y'\n")
    assert rows(records, "date", "school_year") == [["2017-09-05", "2017-18"]]


@pytest.mark.parametrize(
    ("text", "thousandths"), [("0.5", 500), (".25", 250), ("1.000", 1000), (" 1 ", 1000), ("0.333", 333)]
)
def test_parts_of_days_are_exact(tmp_path: Path, text: str, thousandths: int) -> None:
    assert rows(days(tmp_path, f"{HEADER}\n1 | A | 03 | 2017-09-05 | {text}"), "days_absent") == [[str(thousandths)]]


GIVEN = """
    day        | school | note
    2017-09-05 | true   | first day
    2017-09-06 | yes    |
    2017-09-07 | 0      | storm
    2017-09-08 | Y      |
    2017-09-13 | 1      | makeup
    2017-09-18 | true   |
    2017-09-19 | no     |
    """
WITH_CALENDAR = "  calendar: {files: [{path: c.csv}], columns: {date: day, instructional: school, note: note}}\n"


def test_a_given_calendar_says_which_days_are_days_of_school(tmp_path: Path) -> None:
    put(tmp_path, "c.csv", GIVEN)
    body = "\n".join(f"1 | A | 03 | {date} | 0" for date in DAYS[:7])
    records = days(tmp_path, f"{HEADER}\n{body}", WITH_CALENDAR)
    assert_table(
        records.calendar,
        """
        school_year | date       | note      | near_break         | basis
        2017-18     | 2017-09-05 | first day | other              | given
        2017-18     | 2017-09-06 |           | other              | given
        2017-18     | 2017-09-08 |           | day before a break | given
        2017-18     | 2017-09-13 | makeup    | day before a break | given
        2017-18     | 2017-09-18 |           | day after a break  | given
        """,
    )
    assert flow(records)["set aside", "not an instructional day"] == (3, 1)


def test_a_calendar_is_inferred_from_days_that_more_than_a_few_have(tmp_path: Path) -> None:
    body = [
        f"{student} | A | 03 | {day} | 0" for student in range(40) for day in ("2017-09-05", "2017-09-06", "2017-09-11")
    ]
    body += ["1 | A | 03 | 2017-09-09 | 0", *(f"{student} | A | 03 | 2017-09-12 | 0" for student in range(2))]
    records = days(tmp_path, f"{HEADER}\n" + "\n".join(body))
    assert_table(
        records.calendar,
        """
        date       | near_break         | basis
        2017-09-05 | other              | inferred
        2017-09-06 | day before a break | inferred
        2017-09-11 | day after a break  | inferred
        2017-09-12 | other              | inferred
        """,
    )
    assert flow(records)["set aside", "not an instructional day"] == (1, 1)


def test_the_calendar_holds_the_years_of_the_records_alone(tmp_path: Path) -> None:
    put(tmp_path, "c.csv", "day | school | note\n2017-09-05 | true |\n2018-09-05 | true |")
    assert days(tmp_path, f"{HEADER}\n1 | A | 03 | 2017-09-05 | 0", WITH_CALENDAR).years == ("2017-18",)


SCHOOL_GRADES = {
    "E": ["KG", "05"], "M": ["06", "08"], "H": ["09", "12"], "C": ["KG", "08"], "P": ["PK"], "S": ["06", "12"], "I": ["05", "06"],
}  # fmt: skip


def test_a_schools_level_is_derived_from_the_grades_it_serves(tmp_path: Path) -> None:
    body = [
        f"{school}{grade} | {school} | {grade} | 2017-09-05 | 0"
        for school, some in SCHOOL_GRADES.items()
        for grade in some
    ]
    records = days(tmp_path, f"{HEADER}\n" + "\n".join(body))
    assert_table(
        records.schools.sort_values("school_id"),
        """
        school_id | school_name | school_level | level_basis
        C         | C           | combined     | derived
        E         | E           | elementary   | derived
        H         | H           | high         | derived
        I         | I           | middle       | derived
        M         | M           | middle       | derived
        P         | P           | elementary   | derived
        S         | S           | combined     | derived
        """,
    )


def test_schools_have_the_names_and_levels_that_are_given(tmp_path: Path) -> None:
    put(tmp_path, "s.csv", "code | name | type\nA | Ash | Primary\nB | Birch |\nX | Not here | Primary")
    beside = """  values: {school_level: {primary: elementary}}
  schools: {files: [{path: s.csv}], columns: {school_id: code, school_name: name, school_level: type}}
"""
    body = "1 | A | 12 | 2017-09-05 | 0\n2 | B | 12 | 2017-09-05 | 0\n3 | C | 12 | 2017-09-05 | 0"
    assert_table(
        days(tmp_path, f"{HEADER}\n{body}", beside).schools,
        """
        school_id | school_name | school_level | level_basis
        A         | Ash         | elementary   | given
        B         | Birch       | high         | derived
        C         | C           | high         | derived
        """,
    )


SAME = """
    student | school | grade | from | days | absent
    007     | A      | 3     | 1    | 12   | 1.5
    8       | A      | K     | 3    | 9    | 0
    """


def excel(table: list[list[str]], path: Path) -> None:
    book = openpyxl.Workbook()
    header, *body = table
    book.active.append(header)
    for student, school, grade, day, absent in body:
        book.active.append(
            [student, school, int(grade) if grade.isdigit() else grade, date.fromisoformat(day), float(absent)]
        )
    book.save(path)


def parquet(table: list[list[str]], path: Path) -> None:
    header, *body = table
    engine.register("as_text", pd.DataFrame(body, columns=header))
    engine.execute(f"""COPY (SELECT * REPLACE (CAST(date AS DATE) AS date, CAST(absent AS DOUBLE) AS absent) FROM as_text)
        TO {engine.quoted(str(path))} (FORMAT parquet)""")


@pytest.mark.parametrize("name", ["b.csv.gz", "b.xlsx", "b.parquet", "b.tsv"])
def test_every_format_gives_the_same_student_days(tmp_path: Path, name: str) -> None:
    table = as_days(SAME)
    from_csv = days(tmp_path, SAME)
    path = tmp_path / "data" / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(as_csv(table).encode()))
    elif name.endswith(".tsv"):
        path.write_text("\n".join("\t".join(row) for row in table))
    else:
        (excel if name.endswith("xlsx") else parquet)(table, path)
    tab = ', delimiter: "\\t"' if name.endswith(".tsv") else ""
    other = read(write_study(tmp_path, table[0], files=f"{{path: {name}{tab}}}", name="other"))
    assert Path(other.path).read_bytes() == Path(from_csv.path).read_bytes()
    for part in ("flow", "schools", "calendar"):
        pd.testing.assert_frame_equal(getattr(other, part), getattr(from_csv, part))
    assert other.problems == from_csv.problems == ()


def test_what_is_kept_is_read_again_and_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    study = study_of(tmp_path, f"{HEADER}\n{GOOD}")
    first = read(study)
    written = Path(first.path).stat().st_mtime_ns
    assert Path(read(study).path).stat().st_mtime_ns == written
    (tmp_path / "data/t.csv").write_text(as_csv(cells(f"{HEADER}\n1 | A | 03 | 2017-09-05 | 1")))
    second = read(study)
    assert second.path != first.path and rows(second, "days_absent") == [["1000"]]


def test_rows_are_sorted_by_student_and_date(tmp_path: Path) -> None:
    records = days(tmp_path, "\n".join([HEADER, *reversed(GOOD.splitlines())]))
    found = rows(records, "student_id", "date")
    assert found == sorted(found) and len(found) == 12


def test_the_text_of_this_helper_is_what_it_says() -> None:
    header, *body = as_days("student | school | from | days | absent | unmarked\n1 | A | 2 | 4 | 1.5 | 1")
    assert header == ["student", "school", "date", "absent"]
    dated = [["2017-09-06", ""], ["2017-09-07", "0"], ["2017-09-08", "0.5"], ["2017-09-11", "1"]]
    assert body == [["1", "A", *row] for row in dated]


def test_a_row_with_a_fault_of_its_own_spoils_no_other(tmp_path: Path) -> None:
    records = days(tmp_path, f"{HEADER}\n{GOOD}\n1 |  | 03 | 2017-09-05 | 1\n1 | A | 03 | 2017-09-05 | 7")
    aside = {key[1]: numbers for key, numbers in flow(records).items() if key[0] == "set aside"}
    assert aside == {"no school id": (1, 1), "absent longer than enrolled": (1, 1)}
    assert ["1", "2017-09-05"] in rows(records, "student_id", "date")
    assert_every_row_is_accounted_for(records)
