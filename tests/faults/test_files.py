"""Files as people have them: every fault gives a right table or one clear problem."""

import gzip
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from small_tables import problems_of, study_from

from analysis import engine
from analysis.interim import input_hashes
from analysis.problems import Problem
from analysis.records import inputs
from analysis.records.dates import school_year
from analysis.records.files import lines, stage
from analysis.reporting.manifest import input_files
from analysis.study import Study

HEAD = "title: T\ndata: data\nrecords:\n  kind: student_days\n"
HEAD += "  set: {school_id: S, date: 2017-09-05, days_absent: '0'}\n"  # what these tests do not look at
COLUMNS = "  columns: {student_id: Student ID, grade_level: Grade}\n"


def study_of(folder: Path, files: str, text: str = COLUMNS) -> Study:
    (folder / "data").mkdir(exist_ok=True)
    return study_from(folder, f"{HEAD}  files:\n    - {files}\n{text}")


def staged(study: Study) -> tuple[list[tuple[object, ...]], list[Problem]]:
    problems = stage(study, "t")
    return engine.execute("SELECT student_id, grade_level_word FROM t ORDER BY file_row"), problems


def refused(study: Study) -> list[str]:
    return problems_of(stage, study, "t")


def put(folder: Path, text: str | bytes, name: str = "a.csv") -> None:
    (folder / "data").mkdir(exist_ok=True)
    content = text.encode() if isinstance(text, str) else text
    (folder / "data" / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


GOOD = [("01", "KG"), ("02", "11")]


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("a.csv", "Student ID,Grade\n01,K\n02,Grade  11\n", ""),
        ("a.csv.gz", "Student ID,Grade\n01,K\n02,Grade  11\n", ""),
        ("a.csv", "\ufeffStudent ID,Grade\r\n01,K\r\n\r\n02,grade 11\r\n\r\n", ""),
        ("a.csv", "Title\n\n Student  ID ;Grade\n01;K\n02;11\n", ", header_row: 3, delimiter: ';'"),
        ("a.csv", 'Student ID,Grade\n"=""01""",K\n"=""02""",11\n', ""),
        ("a.csv", 'Student ID,Grade\n="01",K\n="02",11\n', ""),
        ("a.csv", 'Student ID,Grade,Note\n01,K,"two\nlines"\n02,11\n', ""),
        ("a.csv", "Student ID,Grade,Note\n01,K\n,,\n02,11,x\n", ""),
        ("a.csv", "Student ID,Grade\n01,K\n02,11\n".encode("utf-16"), ", encoding: utf-16"),
        ("a.csv", "Student ID,Grade,N\n01,K,\u00e9\n02,11,\u00e9\n".encode("latin-1"), ", encoding: latin-1"),
        ("a.csv", "01,x,K\n02,x,11\n", ", header_row: 0, columns: {student_id: '#1', grade_level: '#3'}"),
        ("a.csv", "Name,Sort\n01,K\n02,11\n", ", columns: {student_id: Name, grade_level: Sort}"),
    ],
)
def test_the_same_two_rows(tmp_path: Path, name: str, content: str | bytes, options: str) -> None:
    put(tmp_path, content, name)
    assert staged(study_of(tmp_path, f"{{path: {name}{options}}}")) == (GOOD, [])


def test_excel_cells_become_what_a_person_sees(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Cover"
    sheet = book.create_sheet("Data")
    sheet.append(["A title"])
    for row in (
        ["Student ID", "Grade", "Day", "Rate"],
        [1001.0, 9, date(2017, 9, 5), 0.1 + 0.2],
        [None] * 4,
        ["007", "K"],
    ):
        sheet.append(row)
    (tmp_path / "data").mkdir()
    book.save(tmp_path / "data" / "a.xlsx")
    columns = "  columns: {student_id: Student ID, grade_level: Grade, date: Day, days_absent: Rate}\n"
    study = study_of(tmp_path, "{path: a.xlsx, sheet: Data, header_row: 2}", columns)
    stage(study, "t")
    rows = engine.execute("SELECT student_id, grade_level_word, date, days_absent FROM t ORDER BY file_row")
    assert rows == [("1001", "09", "2017-09-05", "0.3"), ("007", "KG", None, None)]
    assert lines(study, "t", [2]) == {2: "a.xlsx, sheet 'Data', row 5"}
    assert (
        "Did you mean 'Data'?" in refused(study_of(tmp_path, "{path: a.xlsx, sheet: Dat, header_row: 2}", columns))[0]
    )


def test_parquet_types_become_text(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    target = engine.quoted(str(tmp_path / "data" / "a.parquet"))
    engine.execute(f"""COPY (SELECT 1001.0::DOUBLE AS "Student ID", 9 AS "Grade", TIMESTAMP '2017-09-05' AS day)
        TO {target} (FORMAT parquet)""")
    columns = "  columns: {student_id: Student ID, grade_level: Grade, date: day}\n"
    stage(study_of(tmp_path, "{path: a.parquet}", columns), "t")
    assert engine.execute("SELECT student_id, grade_level_word, date FROM t") == [("1001", "09", "2017-09-05")]


def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    put(tmp_path, "Student Id,Grades\n1,K\n")
    first, second = refused(study_of(tmp_path, "{path: a.csv}"))
    assert "a.csv: its header has no column 'Student ID'" in first and "Did you mean 'Student Id'?" in first
    assert "Did you mean 'Grades'?" in second


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ("{path: b.csv}", "Did you mean 'a.csv'?"),
        ("{path: 'b*.csv'}", "no file fits that pattern"),
        ("{path: 'a_{school_year}.csv', years: [2016-17, 2019-20]}", "a_2019-20.csv: no file of that name"),
        ("{path: a.csv, years: [2016-17]}", "no {school_year} in the path"),
        ("{path: a.csv, header_row: 9}", "header_row is 9, but the file has 2 lines"),
        ("{path: empty.csv}", "the file is empty"),
        ("{path: a.doc}", "its name does not tell its format"),
        ("{path: a.csv, format: xlsx}", "cannot be read as xlsx"),
        ("{path: a.csv, format: parquet}", "cannot be read as Parquet"),
        ("{path: latin.csv}", "cannot be read as utf-8"),
        ("{path: broken.csv.gz}", "broken.csv.gz, line 1: its packing breaks off"),
        ("{path: a.csv, columns: {student_id: '#7'}}", "no column #7"),
        ("{path: twice.csv}", "its header has 'Grade' 2 times"),
        ("{path: long.csv}", "its header has 2 names, its rows 4 values"),
    ],
)
def test_one_clear_problem(tmp_path: Path, files: str, said: str) -> None:
    put(tmp_path, "Student ID,Grade\n1,K\n")
    put(tmp_path, "Student ID,Grade\n1,K\n", "a_2016-17.csv")
    put(tmp_path, "", "empty.csv")
    put(tmp_path, "x", "a.doc")
    put(tmp_path, "Student ID,Grad\u00e9\n".encode("latin-1"), "latin.csv")
    put(tmp_path, "Student ID,Grade,Grade\n1,K,K\n", "twice.csv")
    put(tmp_path, "Student ID,Grade\n1,K,3,4\n1,K,3,4\n", "long.csv")
    (tmp_path / "data" / "broken.csv.gz").write_bytes(gzip.compress(b"Student ID,Grade\n1,K\n" * 50)[:30])
    assert said in refused(study_of(tmp_path, files))[0]


def test_long_lines_are_set_aside_and_counted(tmp_path: Path) -> None:
    put(tmp_path, "Student ID,Grade\n01,K\n01,K,x\n01,K,x\n02,11\n")
    rows, (problem,) = staged(study_of(tmp_path, "{path: a.csv}"))
    assert rows == GOOD
    assert (problem.severity, problem.rows, problem.where) == ("set_aside", 2, "a.csv, first at line 3")


def test_letters_that_are_not_utf8_stop(tmp_path: Path) -> None:
    put(tmp_path, b"Student ID,Grade\n" + b"01,K\n" * 20_000 + b"02,\xe9\n")
    _, problems = staged(study_of(tmp_path, "{path: a.csv}"))
    assert [problem.severity for problem in problems] == ["stops"] and "latin-1" in problems[0].fix


def test_a_rare_word_is_not_repeated_for_it_may_be_a_name(tmp_path: Path) -> None:
    many = "".join(f"{number},Grade XX\n" for number in range(12))
    put(tmp_path, f"Student ID,Grade\n{many}1,Zebediah\n")
    _, (problem,) = staged(study_of(tmp_path, "{path: a.csv}"))
    assert "'Grade XX' (12 rows), 1 other, not shown" in problem.seen and "Zebediah" not in str(problem)


def test_rows_left_out_by_the_study_stay_countable(tmp_path: Path) -> None:
    put(tmp_path, "Student ID,Grade\n01,K\n02,Adult\n")
    study = study_of(tmp_path, "{path: a.csv}", COLUMNS + "  where_not: {grade_level: [Adult]}\n")
    assert stage(study, "t") == []
    assert engine.execute("SELECT left_out FROM t ORDER BY file_row") == [(False,), (True,)]


def test_line_numbers_count_titles_blank_lines_and_breaks_inside_quotes(tmp_path: Path) -> None:
    put(tmp_path, 'Title\nStudent ID,Grade,N\n01,K,"a\nb"\n\n02,11,\n')
    put(tmp_path, "x\nStudent ID,Grade\n03,K\n", "b.csv")
    study = study_of(tmp_path, "{path: '*.csv', header_row: 2}")
    assert stage(study, "t") == []
    assert lines(study, "t", [1, 2, 3]) == {1: "a.csv, line 3", 2: "a.csv, line 6", 3: "b.csv, line 3"}


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2017-18", "2017-18"),
        ("2017-2018", "2017-18"),
        ("2017_18", "2017-18"),
        ("1999-00", "1999-00"),
        ("2018", ""),
        ("2017-19", ""),
    ],
)
def test_a_school_year_is_two_years_in_a_row(text: str, year: str) -> None:
    assert school_year(text) == year


def test_a_missing_data_folder_is_one_problem(tmp_path: Path) -> None:
    study = study_of(tmp_path, "{path: a.csv}\n    - {path: b.csv}")
    (tmp_path / "data").rmdir()
    (problem,) = refused(study)
    assert "data: there is no such folder" in problem and "--data" in problem


@pytest.mark.parametrize("name", ["a [2017].csv", "{folder}/data/a*.csv"])
def test_a_file_that_is_read_stands_in_the_manifest(tmp_path: Path, name: str) -> None:
    """Brackets were a pattern to the manifest alone, so the file was left out; a whole path stopped the run."""
    put(tmp_path, "Student ID,Grade\n1,03\n", "a [2017].csv")
    study = study_of(tmp_path, f"path: '{name.format(folder=tmp_path)}'")
    assert input_files(study) == inputs(study) == [tmp_path / "data" / "a [2017].csv"]


def test_a_file_outside_the_data_folder_is_named_by_its_way_from_the_root(tmp_path: Path) -> None:
    """It had no place below the data folder, and the run stopped as if it were a bug."""
    put(tmp_path, "Student ID,Grade\n1,03\n", "a.csv")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data/a.csv").rename(tmp_path / "elsewhere/a.csv")
    study = study_of(tmp_path, f"path: {tmp_path}/elsewhere/a.csv")
    assert list(input_hashes(study, inputs(study))) == ["elsewhere/a.csv"]


@pytest.mark.parametrize(
    ("text", "header_row", "stops"),
    [
        ("01,K,2017-09-05\n02,11,2017-09-06\n", 1, True), ("01,K,2017-09-05\n02,11,2017-09-06\n", 0, False),
        ("id,grade,day\n01,K,2017-09-05\n02,11,2017-09-06\n", 2, True),
        ("id,grade,day\n01,K,2017-09-05\n02,11,2017-09-06\n", 1, False),
        ("id,grade,2017\n01,K,2017-09-05\n02,11,2017-09-06\n", 1, False),
    ],
)  # fmt: skip
def test_a_row_taken_for_names_stops(tmp_path: Path, text: str, header_row: int, *, stops: bool) -> None:
    put(tmp_path, text)
    columns = "  columns: {student_id: '#1', grade_level: '#2', date: '#3'}\n"
    study = study_of(tmp_path, f"{{path: a.csv, header_row: {header_row}}}", columns)
    if stops:
        (problem,) = refused(study)
        assert f"line {header_row}" in problem and "Correct header_row" in problem and "2017-09" not in problem
    else:
        assert staged(study)[0] == GOOD
