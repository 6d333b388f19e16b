"""Bad student-days: every fault is one plain line that says where, and all of them come at once."""
# ruff: noqa: E501

from pathlib import Path

import openpyxl
import pytest
from small_tables import DAYS, as_csv, cells, problems_of, put, read, refused, study_of, write_study

from analysis.records import check
from analysis.study import Study

HEADER = "student | school | grade | date | absent"
GOOD = "\n".join(f"{student} | A | 03 | {day} | 0" for student in (1, 2) for day in DAYS[:6])
CSV = as_csv(cells(f"{HEADER}\n{GOOD}"))
COLUMNS = ["student", "school", "grade", "date", "absent"]


def raw(folder: Path, text: str | bytes, records_yaml: str = "", rest: str = "", options: str = "") -> Study:
    put(folder, "t.csv", text.encode() if isinstance(text, str) else text)
    return write_study(folder, COLUMNS, records_yaml, rest, files=f"{{path: t.csv{options}}}")


def noted(study: Study) -> list[tuple[str, str, str]]:
    """Give the problems of a study that can be read: severity, where, and the first words of what was seen."""
    return [(problem.severity, problem.where, problem.seen.partition(":")[0]) for problem in read(study).problems]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (CSV.replace("absent", "absences"), "", "t.csv: its header has no column 'absent'. The study maps it. Did you mean 'absences'?"),
        (CSV, ", header_row: 2", "No column of the study is there: check header_row and delimiter."),
        (CSV, ", header_row: 14", "t.csv: header_row is 14, but the file has 13 lines."),
        (CSV, ", delimiter: ';'", "check header_row and delimiter"),
        ("", "", "t.csv: the file is empty."),
        (CSV.splitlines()[0], "", "no row could be used"),
        (CSV.encode("utf-16"), "", "t.csv, line 1: a character 0 stands in it."),
        (CSV, ", encoding: utf-16", "t.csv: it cannot be read as utf-16 text"),
        ((CSV + "3,\u00c9,03,2017-09-05,0\n").encode("latin-1"), "", "t.csv: it cannot be read as utf-8 text"),
        (CSV, ", format: xlsx", "t.csv: it cannot be read as xlsx"),
        (CSV, ", format: parquet", "t.csv: it cannot be read as Parquet"),
        (CSV + "3,A,Nursery,2017-09-05,0\n", "", "records.values.grade_level: no mapping explains 1 other, not shown, first at t.csv, line 14."),
        (CSV.replace("school,", "school,school,").replace(",A,", ",A,A,"), "", "t.csv: its header has 'school' 2 times."),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str | bytes, options: str, said: str) -> None:
    assert said in "\n".join(refused(raw(tmp_path, text, options=options)))


@pytest.mark.parametrize(
    ("records_yaml", "rest", "rows", "said"),
    [
        ("  date_format: '%m/%d/%Y'\n", "", CSV, "first at t.csv, line 2: date not understood: 12 of 12 rows."),
        ("", "years: [2019-20]\n", CSV, "first at t.csv, line 2: school year not in the study: 12 of 12 rows."),
        ("", "as_of: 2017-01-01\n", CSV, "first at t.csv, line 2: after the study's last day: 12 of 12 rows."),
        ("", "", CSV.replace(",0\n", ",390\n"), "first at t.csv, line 2: absent longer than enrolled: 12 of 12 rows."),
        ("", "", CSV.replace(",0\n", ",no\n"), "first at t.csv, line 2: days not understood: 12 of 12 rows."),
        ("", "", CSV.replace("\n1,", "\n,").replace("\n2,A,03,2017-09-05", "\n,A,03,2017-09-05"), "no student id: 7 of 12"),
        ("  where: {grade_level: [Nobody]}\n", "", CSV, "t.yaml: no row could be used."),
        ("", "", CSV.replace(",0\n", ",\n"), "t.yaml: every day is unmarked."),
        ("", "", CSV.replace(",03,", ",PK,"), "t.yaml: no row of 2017-18 is in a grade that the study counts."),
        ("", "focus: {district_id: [N], school_year: 2017-18}\n", CSV, "focus.district_id: no row has 'N'."),
        ("", "focus: {school_year: 2016-17}\n", CSV, "focus.school_year: no row has '2016-17'."),
    ],
)  # fmt: skip
def test_what_would_set_most_rows_aside_stops(
    tmp_path: Path, records_yaml: str, rest: str, rows: str, said: str
) -> None:
    (problem,) = refused(raw(tmp_path, rows, records_yaml, rest))
    assert said in problem


def test_half_of_the_rows_set_aside_does_not_stop(tmp_path: Path) -> None:
    study = raw(tmp_path, CSV.replace("\n1,", "\n,"))
    assert noted(study) == [("set_aside", "first at t.csv, line 2", "no student id")]


def test_ragged_rows(tmp_path: Path) -> None:
    study = raw(tmp_path, CSV + "3,A,03,2017-09-05\n3,A,03\n3,A,03,2017-09-06,0,\n3,A,03,2017-09-07,0,1,2\n\n,,,,\n3\n")
    assert noted(study) == [
        ("set_aside", "t.csv, first at line 17", "1 lines have more than 5 values"),
        ("set_aside", "first at t.csv, line 14", "3 lines end before the last column that the study maps"),
    ]
    flow = read(study).flow.set_index(["step", "reason"])["rows"].to_dict()
    assert (flow["read", ""], flow["used", ""], flow["set aside", "lines that could not be read"]) == (17, 13, 4)


def test_a_quotation_mark_that_is_not_closed_is_said(tmp_path: Path) -> None:
    study = raw(tmp_path, CSV + '3,"A,03,2017-09-05,0\n3,A,03,2017-09-06,0\n')
    assert refused(study)[0].startswith("t.csv, first at line 14: a quotation mark is not closed.")


@pytest.mark.parametrize("text", ["0000-01-01", "17-09-05", "2017-02-30", "2017-09-05 08:00", "42983"])
def test_a_date_that_is_none(tmp_path: Path, text: str) -> None:
    body = CSV.splitlines()[1:]
    everybody = "".join(f"{row.replace('1,', f'{student},', 1)}\n" for student in range(1, 40) for row in body[:6])
    study = raw(tmp_path, f"{','.join(COLUMNS)}\n{everybody}1,A,03,{text},0\n")
    assert noted(study) == [("set_aside", "first at t.csv, line 236", "date not understood")]


def test_a_year_that_is_mistyped_is_no_school_year(tmp_path: Path) -> None:
    everybody = "".join(f"{student},A,03,{day},0\n" for student in range(40) for day in DAYS[:3])
    records = read(raw(tmp_path, f"{','.join(COLUMNS)}\n{everybody}1,A,03,2071-09-05,0\n"))
    assert records.years == ("2017-18",)
    assert [problem.seen for problem in records.problems] == ["not an instructional day: 1 of 121 rows"]


@pytest.mark.parametrize("text", ["nan", "inf", "1e99", "99999999999999", "0,5", "half", "-"])
def test_days_that_are_no_number(tmp_path: Path, text: str) -> None:
    study = raw(tmp_path, CSV + f'3,A,03,2017-09-05,"{text}"\n')
    assert noted(study) == [("set_aside", "first at t.csv, line 14", "days not understood")]


@pytest.mark.parametrize("text", ["-1", "1.001", "999999999", "1e6"])
def test_days_that_no_day_has(tmp_path: Path, text: str) -> None:
    study = raw(tmp_path, CSV + f"3,A,03,2017-09-05,{text}\n")
    assert noted(study) == [("set_aside", "first at t.csv, line 14", "absent longer than enrolled")]


BESIDE = """  groups: [sex]
  students: {files: [{path: s.csv}], columns: {student_id: id, sex: sex}}
  schools: {files: [{path: h.csv}], columns: {school_id: id, school_level: level}}
  calendar: {files: [{path: c.csv}], columns: {date: day, instructional: school}}
"""


def beside(
    folder: Path,
    students: str = "id,sex\n1,F\n",
    schools: str = "id,level\nA,high\n",
    calendar: str = "",
    text: str = CSV,
) -> Study:
    put(folder, "s.csv", students.encode())
    put(folder, "h.csv", schools.encode())
    put(folder, "c.csv", (calendar or "day,school\n" + "".join(f"{day},true\n" for day in DAYS)).encode())
    return raw(folder, text, BESIDE)


def test_side_tables_without_fault(tmp_path: Path) -> None:
    assert read(beside(tmp_path)).problems == ()


@pytest.mark.parametrize(
    ("table", "content", "said"),
    [
        ("students", "id,gender\n1,F\n", "s.csv: its header has no column 'sex'."),
        ("students", "id,sex\n1,F\n2,M\n1,M\n", "first at s.csv, line 4: 1 students stand in it again with other groups."),
        ("students", "", "s.csv: the file is empty."),
        ("schools", "id,type\nA,high\n", "h.csv: its header has no column 'level'."),
        ("schools", "id,level\nA,Upper\n", "records.values.school_level: no mapping explains 'Upper' (1 rows)."),
        ("calendar", "day,school\n2017-09-05,true\n05/09/2017,true\n", "c.csv, line 3: 1 rows have no date,"),
        ("calendar", "day,school\n2017-09-05,true\n2017-09-06,perhaps\n", "values.instructional: no mapping explains 1 other, not shown, first at c.csv, line 3."),
        ("calendar", "day,school\n2017-09-05,true\n2017-09-06,\n,true\n", "c.csv, line 3; c.csv, line 4: 2 rows have no date,"),
        ("calendar", "day,school\n2018-09-05,true\n", "t.csv, line 2: not an instructional day: 12 of 12 rows."),
        ("calendar", "day,school\n2017-09-05,false\n", "t.csv, line 2: not an instructional day: 12 of 12 rows."),
    ],
)  # fmt: skip
def test_a_side_table_with_a_fault(tmp_path: Path, table: str, content: str, said: str) -> None:
    files = {"students": "s.csv", "schools": "h.csv", "calendar": "c.csv"}
    study = beside(tmp_path)
    put(tmp_path, files[table], content.encode())
    (problem,) = refused(study)
    assert said in problem


def test_a_side_tables_line_that_could_not_be_read_is_said(tmp_path: Path) -> None:
    study = beside(tmp_path, "id,sex\n1,F\n2,M,x\n3,F\n4,F\n")
    assert noted(study) == [("set_aside", "s.csv, first at line 3", "1 lines have more than 2 values")]


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    study = beside(
        tmp_path, "ID,sex\n1,F\n", "id,level\nA,Upper\n", "day,school\nnever,true\n", CSV.replace("absent", "absences")
    )
    said = refused(study)
    assert len(said) == 4
    assert [problem.split(":")[0].split(",")[0] for problem in said] == ["t.csv", "s.csv", "t.yaml", "c.csv"]
    assert [str(problem) for problem in check(study)] == said


def test_all_faults_of_rows_are_said_at_once(tmp_path: Path) -> None:
    study = raw(tmp_path, CSV + "3,A,Nursery,2017-09-05,0\n,A,03,2017-09-05,0\n", "", "focus: {school_year: 2016-17}\n")
    words, focus = refused(study)
    assert "records.values.grade_level" in words and "focus.school_year" in focus


def test_all_files_that_are_missing_are_said_at_once(tmp_path: Path) -> None:
    study = beside(tmp_path)
    for name in ("t.csv", "s.csv", "c.csv"):
        (tmp_path / "data" / name).unlink()
    said = refused(study)
    assert [problem.split(":")[0] for problem in said] == ["t.csv", "s.csv", "c.csv"]
    assert all("no file of that name" in problem for problem in said)


def test_the_right_name_of_a_missing_file_is_proposed(tmp_path: Path) -> None:
    study = study_of(tmp_path, f"{HEADER}\n{GOOD}")
    (tmp_path / "data/t.csv").rename(tmp_path / "data/T.csv")
    (problem,) = refused(study)
    assert problem == "t.csv: no file of that name. The study reads it. Did you mean 'T.csv'?"


def test_one_file_of_two_that_lacks_a_column(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", CSV.encode())
    put(tmp_path, "b.csv", CSV.replace("grade", "Grade Level").encode())
    (problem,) = refused(write_study(tmp_path, COLUMNS, files="{path: '?.csv'}; {path: a.csv}".replace("?", "*")))
    assert problem.startswith("b.csv: its header has no column 'grade'.")


def test_a_sheet_that_is_not_there_and_a_date_that_excel_holds_as_text(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Days"
    for row in ([*COLUMNS], [1, "A", 3, "5 September", 0], [1, "A", 3, "2017-09-06", 0]):
        book.active.append(row)
    (tmp_path / "data").mkdir()
    book.save(tmp_path / "data" / "t.xlsx")
    (problem,) = refused(write_study(tmp_path, COLUMNS, files="{path: t.xlsx, sheet: Day}"))
    assert problem == "t.xlsx, sheet 'Day': there is no such sheet. Nothing can be read from it. Did you mean 'Days'?"
    study = write_study(tmp_path, COLUMNS, files="{path: t.xlsx, sheet: Days}")
    assert noted(study) == [("set_aside", "first at t.xlsx, sheet 'Days', row 2", "date not understood")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("student_id: id, sex: sex", "sex: sex"), "student_id is not mapped"),
        (("school_id: id, school_level", "school_name: id, school_level"), "school_id is not mapped"),
        (("date: day, ", ""), "date is not mapped"),
        (("school_level: level", "schol_level: level"), "Did you mean 'school_level'?"),
        (("groups: [sex]", "groups: [sex, lunch]"), "the group 'lunch' is in no column"),
        (("groups: [sex]", "groups: []"), "'sex' is no column of ours"),
    ],
)
def test_side_tables_that_the_study_maps_wrongly(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    beside(tmp_path)
    path = tmp_path / "studies" / "t.yaml"
    path.write_text(path.read_text().replace(*change))
    (problem,) = problems_of(Study.load, path)
    assert said in problem and problem.startswith("t.yaml, line ")
