"""Bad student-years: every fault is one plain line that says where; what contradicts itself stops before it is read."""
# ruff: noqa: E501

import re
from pathlib import Path

import pytest
from small_tables import as_csv, cells, put, read, refused, shown, study_of_years, write_study, years

from analysis import engine
from analysis.problems import UserError
from analysis.records.student_years import FAULTS

HEADER = "student | school | grade | enrolled | absent"
GOOD = "\n".join(f"{student} | A | 03 | 180 | {student}" for student in range(1, 7))
RATES = "\n".join(f"{student} | A | 03 | {rate}" for student, rate in enumerate((0, 0.05, 0.1, 0.15, 0.2, 0.3), 1))

SET_ASIDE = {
    "left out by the study": ("9 | A | Adult | 180 | 0", "  where_not: {grade_level: [Adult]}\n", ""),
    "no student id": (" | A | 03 | 180 | 0", "", ""),
    "no school id": ("9 | | 03 | 180 | 0", "", ""),
    "grade missing": ("9 | A | | 180 | 0", "", ""),
    "number not understood": ("9 | A | 03 | 180 | some", "", ""),
    "a number is not known": ("9 | A | 03 | 180 | NA", "  marks: {not_available: [NA]}\n", ""),
    "a number below zero": ("9 | A | 03 | 180 | -1", "", ""),
    "enrolled for no day": ("9 | A | 03 | 0 | 0", "", ""),
    "more days than a year has": ("9 | A | 03 | 64800 | 12", "", ""),
    "absent longer than enrolled": ("9 | A | 03 | 10 | 10.5", "", ""),
    "the same row again": ("1 | A | 03 | 180 | 1", "", ""),
}  # fmt: skip


@pytest.mark.parametrize("reason", SET_ASIDE)
def test_a_row_is_set_aside_for_its_reason_with_its_line(tmp_path: Path, reason: str) -> None:
    row, records_yaml, rest = SET_ASIDE[reason]
    records = years(tmp_path, f"{HEADER}\n{GOOD}\n{row}\n{re.sub('^9', '8', row)}", records_yaml, rest)
    flow = {(step, why): rows for step, why, rows, _ in records.flow.itertuples(index=False)}
    assert (flow["read", ""], flow["set aside", reason], flow["used", ""]) == (8, 2, 6)
    said = (
        [] if reason == "left out by the study" else [("first at t.csv, line 8", f"{reason}: 2 of 8 rows", "set_aside")]
    )
    assert [(one.where, one.seen, one.severity) for one in records.problems] == said


def test_an_empty_cell_is_not_known(tmp_path: Path) -> None:
    records = years(tmp_path, f"{HEADER}\n{GOOD}\n9 | A | 03 | | 2\n8 | A | 03 | 180 |")
    assert shown(records.flow.query("step == 'set aside'"), "reason", "rows") == [["a number is not known", "2"]]


def test_every_reason_is_tried() -> None:
    elsewhere = {
        "school year not understood", "school year not in the study", "the rate is above 100%",
        "rows of one student, school and year disagree",
    }  # fmt: skip
    assert {fault.reason for fault in FAULTS} == {*SET_ASIDE, *elsewhere}


def test_rows_that_disagree_are_both_set_aside(tmp_path: Path) -> None:
    records = years(tmp_path, f"{HEADER}\n{GOOD}\n1 | A | 03 | 180 | 9\n2 | B | 03 | 90 | 2")
    assert shown(records.flow, "step", "reason", "rows", "students") == [
        ["read", "", "8", "6"],
        ["set aside", "rows of one student, school and year disagree", "2", "1"],
        ["used", "", "6", "5"],
        ["used", "in a grade that totals leave out", "0", "0"],
    ]
    (problem,) = records.problems
    assert problem.where == "first at t.csv, line 2"


def test_an_id_that_is_no_students_own_stops(tmp_path: Path) -> None:
    rows = "\n".join(f"{row % 2} | A | 03 | 180 | {row}" for row in range(6))
    (problem,) = refused(study_of_years(tmp_path, f"{HEADER}\n{rows}"))
    assert "rows of one student, school and year disagree: 6 of 6 rows" in problem
    assert "Where the id is no student's own, do not map student_id." in problem


def test_years_that_are_none_or_not_wanted(tmp_path: Path) -> None:
    rows = "student | school | year | enrolled | absent\n" + "\n".join(
        f"{n} | A | 2017-2018 | 180 | 1" for n in range(8)
    )
    table = f"{rows}\n8 | A | 2018 | 180 | 1\n9 | A | 2016-17 | 180 | 1\n7 | A | spring 2018 | 180 | 2"
    records = years(tmp_path, table, "  values: {school_year: {spring 2018: 2017-18}}\n", "years: [2017-18]\n")
    assert shown(records.flow.query("step == 'set aside'"), "reason", "rows") == [
        ["school year not understood", "1"], ["school year not in the study", "1"],
        ["rows of one student, school and year disagree", "2"],
    ]  # fmt: skip
    assert records.years == ("2017-18",)


@pytest.mark.parametrize(
    ("column", "bad"), [("rate", "1.4"), ("attendance", "1.01")]
)  # fmt: skip
def test_a_rate_above_100_percent_is_kept_out(tmp_path: Path, column: str, bad: str) -> None:
    records = years(tmp_path, f"student | school | grade | {column}\n{RATES}\n9 | A | 03 | {bad}")
    assert shown(records.flow.query("step == 'set aside'"), "reason", "rows") == [["the rate is above 100%", "1"]]


MANY = "\n".join(f"{student} | A | 03 | {{}}" for student in range(20))


@pytest.mark.parametrize(
    ("column", "rate", "records_yaml", "said"),
    [
        ("rate", "12", "", "rates_are: 20 of 20 rates that are not 0 are above 1, and they are read as shares. They would be above 100%. Write rates_are: percent."),
        ("attendance", "95", "", "rates_are: 20 of 20 rates that are not 0 are above 1"),
        ("rate", "0.12", "  rates_are: percent\n", "rates_are: none of 20 rates is above 1, and they are read as percents."),
        ("attendance", "0.95", "  rates_are: percent\n", "rates_are: none of 20 rates is above 1, and they are read as percents."),
    ],
)  # fmt: skip
def test_percents_and_shares_are_not_confused(
    tmp_path: Path, column: str, rate: str, records_yaml: str, said: str
) -> None:
    zeros = "\n".join(f"{student} | A | 03 | 0" for student in range(20, 60))
    text = f"student | school | grade | {column}\n{MANY.replace('{}', rate)}\n{zeros}"
    assert any(said in problem for problem in refused(study_of_years(tmp_path, text, records_yaml)))


@pytest.mark.parametrize(
    ("header", "row", "rest", "said"),
    [
        ("student | school | present", "1 | A | 100", "", "t.yaml, records.columns: days_present is mapped alone. It does not say how many days were missed. Map days_enrolled or days_absent too."),
        ("student | school | absent | rate", "1 | A | 1 | 0.1", "", "t.yaml, records.columns: days_absent is mapped beside absence_rate. It would not be read. Leave one of them out."),
        ("student | school | enrolled | absent | rate", "1 | A | 10 | 1 | 0.1", "", "absence_rate is mapped beside days_enrolled and days_absent."),
        ("student | school | rate | attendance", "1 | A | 0.1 | 0.9", "", "attendance_rate is mapped beside absence_rate."),
        ("student | school | rate", "1 | A | 0.1", "definitions: {chronic: {at_least: 15, of: days}}\n", "t.yaml, definitions.chronic: a number of days is asked of records with rates only."),
        ("student | school | absent", "1 | A | 1", "as_of: 2018-02-01\n", "t.yaml, as_of: these records have no dates. It would not be used. Leave it out."),
    ],
)  # fmt: skip
def test_what_contradicts_itself_stops(tmp_path: Path, header: str, row: str, rest: str, said: str) -> None:
    assert any(said in problem for problem in refused(study_of_years(tmp_path, f"{header}\n{row}", rest=rest)))


def test_without_a_school_or_a_year_the_study_says_what_to_do(tmp_path: Path) -> None:
    put(tmp_path, "t.csv", as_csv(cells("student | absent\n1 | 2")))
    with pytest.raises(UserError) as caught:
        write_study(tmp_path, ["student", "absent"], kind="student_years")
    assert (
        "school_id, school_year: not mapped. Records of this kind need it. Add each under columns, or under set where no file has it."
        in str(caught.value)
    )


@pytest.mark.parametrize(
    "text", ["student | school | grade | absent\n1 | A | {} | 2", "school | grade | absent\nA | {} | 2"]
)
def test_a_word_of_one_student_is_not_repeated(tmp_path: Path, text: str) -> None:
    (problem,) = refused(study_of_years(tmp_path, text.replace("{}", "Jane Doe's class")))
    assert "Doe" not in problem and "1 other, not shown, first at t.csv, line 2" in problem


def test_columns_that_are_missing_and_what_clashes_come_at_once(tmp_path: Path) -> None:
    put(tmp_path, "t.csv", as_csv(cells("student | school | absent\n1 | A | 2")))
    fixed = "  set: {school_year: 2017-18}\n"
    study = write_study(tmp_path, ["student", "school", "absent", "rate"], fixed, kind="student_years")
    problems = refused(study)
    assert any("its header has no column 'rate'" in problem for problem in problems)
    assert any("mapped beside" in problem for problem in problems)


def test_a_file_says_for_itself_what_its_rates_are(tmp_path: Path) -> None:
    """0.9 percent in one file is no 90 percent because rates of the other are shares."""
    put(tmp_path, "p.csv", b"student,school,rate\n3,A,0.9\n4,A,25\n5,A,8\n6,A,12.5\n")
    put(tmp_path, "t.csv", b"student,school,rate\n1,A,0.1\n2,A,0.02\n")
    files = "{path: t.csv}; {path: p.csv, rates_are: percent}"
    year = "  set: {school_year: 2017-18}\n"
    study = write_study(tmp_path, ["student", "school", "rate"], year, files=files, kind="student_years")
    found = engine.execute(f"SELECT student_id, days_absent FROM '{read(study).path}' ORDER BY ALL")
    assert found == [("1", 100_000), ("2", 20_000), ("3", 9_000), ("4", 250_000), ("5", 80_000), ("6", 125_000)]
