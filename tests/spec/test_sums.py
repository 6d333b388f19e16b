"""Numbers that stand in several columns: added up where all of them are there, else hidden, empty or refused."""

from pathlib import Path

import pytest
from small_tables import problems_of, put, study_from
from test_published_shapes import study_of

from analysis import engine
from analysis.measures.published import absence_by
from analysis.records.published_counts import read_published
from analysis.records.student_years import read_student_years
from analysis.study import Study

SUMS = """
  set: {school_year: 2017-18}
  columns: {district_id: D}
  sums: {students: [nM, nF], chronically_absent: [M, F]}
  marks: {suppressed: ['*', '-9'], not_available: [NA]}
  files: [{path: t.csv}]
"""


def counts(folder: Path, rows: str, mapped: str = SUMS) -> list[tuple[object, ...]]:
    table = read_published(study_of(folder, mapped, t=f"D|nM|nF|M|F\n{rows}")).counts
    cells = table[["students", "chronically_absent", "hidden"]].astype(object)
    return [tuple(row) for row in cells.where(cells.notna(), None).itertuples(index=False)]


def refused(folder: Path, rows: str, mapped: str = SUMS) -> list[str]:
    return problems_of(counts, folder, rows, mapped)


def test_a_number_is_the_sum_of_its_columns(tmp_path: Path) -> None:
    assert counts(tmp_path, '1|50|60|7|8\n2|"1,200"|300|0|20.0') == [(110, 15, ""), (1500, 20, "")]
    made = absence_by(read_published(Study.load(tmp_path / "studies" / "t.yaml")), "district_id")
    assert made.set_index("district_id")["chronic_rate"].round(4).to_dict() == {"1": 0.1364, "2": 0.0133, "all": 0.0217}


def test_a_mark_in_one_column_hides_the_sum(tmp_path: Path) -> None:
    rows = "1|50|60|*|8\n2|50|60|7|-9\n3|50|60|-9.0|8\n4|50|60|NA|8\n5|50|60||8\n6|50|60|NA|*"
    hidden = ["source", "source", "source", "not_available", "not_available", "source"]
    assert counts(tmp_path, rows) == [(110, None, why) for why in hidden]


@pytest.mark.parametrize("word", ["-5", "1e1", "7%", "few"])
def test_what_is_no_plain_number_stops(tmp_path: Path, word: str) -> None:
    (problem,) = refused(tmp_path, f"1|50|60|{word}|8\n2|50|60|7|8")
    assert f"line 2: chronically_absent is '{word} + 8', no number" in problem


def test_a_column_that_holds_the_others_stops(tmp_path: Path) -> None:
    rows = "\n".join(f"{one}|50|60|{one}|{one}" for one in range(1, 9))
    (problem,) = refused(tmp_path, rows)
    assert "one is the sum of the others (8 of 8 rows)" in problem and "counted twice" in problem


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, "1|50|60|7|8", SUMS.replace("nF]", "nG]"))
    assert "its header has no column 'nG'" in problem


@pytest.mark.parametrize(
    ("key", "seen"),
    [
        ("sums: {students: [nM], chronically_absent: [M, F]}", "a sum of one column"),
        ("sums: {students: [nM, nM], chronically_absent: [M, F]}", "stands twice in the sum"),
        ("sums: {students: nM, chronically_absent: [M, F]}", "Write it as [nM]"),
        ("sums: {chronic_rate: [nM, nF], chronically_absent: [M, F]}", "'chronic_rate' is no choice"),
        ("sums: {students: [nM, nF], chronically_absent: [M, F]}\n  set: {students: '5'}", "read otherwise too"),
        ("sums: {students: [nM, nF], chronically_absent: [M, F]}\n  fallback: {students: nM}", "read otherwise too"),
    ],
)
def test_sums_that_cannot_be_meant_are_refused(tmp_path: Path, key: str, seen: str) -> None:
    mapped = SUMS.replace("  sums: {students: [nM, nF], chronically_absent: [M, F]}", f"  {key}")
    mapped = mapped.replace("  set: {school_year: 2017-18}\n", "") if "\n  set:" in key else mapped
    assert any(seen in problem for problem in refused(tmp_path, "1|50|60|7|8", mapped))


def test_what_is_unpivoted_is_no_sum(tmp_path: Path) -> None:
    own = "{path: t.csv, sums: {students: [nM, nF]}, unpivot: {into: grade_level, columns: {students: 'n(.)'}}}"
    assert any(
        "read otherwise too" in one for one in refused(tmp_path, "1|50|60|7|8", SUMS.replace("{path: t.csv}", own))
    )


def test_a_file_says_its_own(tmp_path: Path) -> None:
    mapped = SUMS.replace(
        "{path: t.csv}", "{path: t.csv, columns: {students: nM}, sums: {chronically_absent: [M, nF]}}"
    )
    assert counts(tmp_path, "1|50|6|7|8", mapped) == [(50, 13, "")]


def test_days_absent_of_students_in_two_columns(tmp_path: Path) -> None:
    put(tmp_path, "t.csv", "id,days,excused,unexcused\n1,180,10,8\n2,180,0.5,0\n3,180,,4\n")
    text = """title: T
data: data
records:
  kind: student_years
  set: {school_id: S, school_year: 2017-18, district_id: D}
  columns: {student_id: id, days_enrolled: days}
  sums: {days_absent: [excused, unexcused]}
  files: [{path: t.csv}]
"""
    records = read_student_years(study_from(tmp_path, text), tmp_path)
    rows = engine.execute(f"SELECT student_id, days_absent FROM '{records.path}' ORDER BY ALL")
    assert rows == [("1", 18_000), ("2", 500)]
    assert records.flow.set_index("step").loc["set aside", "rows"] == 1
