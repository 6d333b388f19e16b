"""One place under two names, two places under one code, and notes beside a table. All is invented."""

from pathlib import Path

import pytest
from small_tables import put, read
from test_other_years import COUNTS, FILES, year
from test_published_counts import refused
from test_published_shapes import study_of

from analysis import measures
from analysis.problems import UserError
from analysis.records.published_counts import read_published
from analysis.study import Study


def test_a_code_written_as_a_number_with_decimals_is_the_code(tmp_path: Path) -> None:
    """So a program writes codes beside an empty cell: each district was two, with a part of the years."""
    texts = year("2021-22", "12", 0) | year("2022-23", "12.0", 5)
    counts = read_published(study_of(tmp_path, COUNTS + FILES, **texts)).counts
    assert set(counts["district_id"]) == {"12"} and len(counts) == 20


def test_students_whose_ids_have_decimals_are_the_same(tmp_path: Path) -> None:
    for month, end in (("09", ""), ("10", ".0")):
        rows = [f"{one}{end} | 7{end} | 03 | 2017-{month}-{day} | 0" for one in range(10, 20) for day in (11, 12)]
        put(tmp_path, f"month{month}.csv", "student | school | grade | date | absent\n" + "\n".join(rows))
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies/t.yaml").write_text(
        "title: T\ndata: data\naudience: internal\nrecords:\n  kind: student_days\n  files: [{path: month*.csv}]\n"
        "  columns: {student_id: student, school_id: school, grade_level: grade, date: date, days_absent: absent}\n"
    )
    table = measures.absence_by(read(Study.load(tmp_path / "studies/t.yaml")), "school_id")
    assert table[["school_id", "students", "days_enrolled"]].to_numpy().tolist() == [["7", 10, 40], ["all", 10, 40]]


def test_names_for_ids_in_other_letters_in_one_year_stop(tmp_path: Path) -> None:
    texts = year("2021-22", "Ash City", 0) | year("2022-23", "ASH CITY", 5)
    with pytest.raises(UserError, match="district_id is 'Ash City' here and 'ASH CITY' in other rows") as caught:
        read_published(study_of(tmp_path, COUNTS + FILES, **texts))
    words = "values: {district_id: {'Ash City': 'ASH CITY'}}"
    assert words in str(caught.value)
    counts = read_published(study_of(tmp_path, f"{COUNTS}  {words}\n{FILES}", **texts)).counts
    assert set(counts["district_id"]) == {"ASH CITY"}


NAMED = "  columns: {district_id: D, district_name: name, school_id: S, students: n, chronically_absent: k}\n"
COUNTIES = [("I001", "Ash"), ("I001", "Birch"), ("I002", "Cedar"), ("I002", "Dogwood"), ("I003", "Elm")]


def test_districts_that_are_numbered_anew_in_each_county_stop(tmp_path: Path) -> None:
    rows = "\n".join(f"{code}|{name}|{100 + place}|50|{place}" for place, (code, name) in enumerate(COUNTIES))
    (problem,) = refused(tmp_path, "D|name|S|n|k\n" + rows, NAMED)
    assert "line 3: district_id 'I001' is 'Ash' here and 'Birch' there" in problem
    assert "(so are 2 of 3 districts in a year)" in problem and "map the column that tells them apart" in problem
    few = rows.replace("I002|Dogwood", "I004|Dogwood")
    study = study_of(
        tmp_path, f"{NAMED}  set: {{school_year: 2022-23}}\n  files: [{{path: t.csv}}]\n", t="D|name|S|n|k\n" + few
    )
    (noted,) = read_published(study).problems
    assert noted.severity == "noted" and "They are counted as one" in str(noted)


def test_notes_where_a_school_stands_are_no_schools(tmp_path: Path) -> None:
    """They were schools without numbers, so that the district had no total."""
    rows = "S|n|k\n1|100|10\n2|300|30\nSource: State Department of Education||\n* n < 10||"
    records_of = "  set: {district_id: D, school_year: 2022-23}\n  files: [{path: t.csv}]\n"
    records_of += "  columns: {school_id: S, students: n, chronically_absent: k}\n"
    table = measures.absence_by(read_published(study_of(tmp_path, records_of, t=rows)), "school_id")
    assert table[["school_id", "students"]].to_numpy().tolist() == [["1", 100], ["2", 300], ["all", 400]]


def test_advice_for_numbers_with_notes_years_with_words_and_rows_of_all_grades(tmp_path: Path) -> None:
    mapping = "  columns: {district_id: D, school_year: Y, grade_level: G, students: n, chronically_absent: k}\n"
    rows = "D|Y|G|n|k\n1|2022-23*|{grade}|41^|9\n2|2022-23*|1|50|8"
    (grades,) = refused(tmp_path, rows.format(grade="K-12"), mapping)
    assert "KG, PK, all (all grades together), or leave the rows out" in grades
    said = "  values: {grade_level: {K-12: all}}\n"
    years, number = refused(tmp_path, rows.format(grade="K-12"), mapping + said)
    notes, text = "extract: {students: '^[0-9.,]+'}", "extract: {school_year: '\\d{4}-\\d{2,4}'}"
    assert notes in number and text in years
    both = "  extract: {students: '^[0-9.,]+', school_year: '\\d{4}-\\d{2,4}'}\n  files: [{path: t.csv}]\n"
    counts = read_published(study_of(tmp_path, mapping + said + both, t=rows.format(grade="K-12"))).counts
    assert counts["students"].tolist() == [41, 50] and set(counts["school_year"]) == {"2022-23"}
