"""Columns that are named like ours and are of something else: goals, other years, teachers, some grades."""

from pathlib import Path

import pytest
from test_proposal import DAYS, checked, mapped, propose, table

from analysis.problems import UserError

RATES = [f"{one:02},{one:02}{one:02},{100 + one},{20 + one}.5" for one in range(1, 15)]
NUMBERS = [f"{one:02},{one:02}{one:02},{100 + one},{20 + one}" for one in range(1, 15)]
HEAD = "District Code,School Code,Enrollment,"


@pytest.mark.parametrize(
    "name",
    [
        "Chronic Absenteeism Rate (Prior Year)",
        "Chronic Absenteeism Rate - Change",
        "Non-Chronically Absent Rate",
        "Chronic Absenteeism Goal",
        "Chronic Absenteeism Points Earned",
        "Chronic Absenteeism Indicator Score",
        "3-Year Average Chronic Absenteeism Rate",
        "Chronic Absenteeism Rate K-8",
        "Lower CI Chronic Absenteeism Rate",
        "Severely Chronically Absent Rate",
        "Staff Chronic Absenteeism",
        "Average Number of Days Absent per Student",
        "Attendance Rate Target",
        "Perfect Attendance %",
        "Percent of Students with Attendance Below 90%",
        "Percent Chronic 2 Years in a Row",
    ],
)
def test_a_rate_of_something_else_is_not_taken(tmp_path: Path, name: str) -> None:
    found = mapped(propose(tmp_path, {"a_2022-23.csv": table(HEAD + name, *RATES)}))
    assert name not in found.values()


@pytest.mark.parametrize(
    "name",
    [
        "Chronic Absenteeism Rank",
        "Severely Chronically Absent",
        "Chronically Absent 9-12",
        "Chronically Absent, Pre-K",
        "Students Included in Chronic Absenteeism",
        "Chronically Absent Students: Econ Disadv",
        "Number Chronically Absent or Tardy",
    ],
)
def test_a_number_of_something_else_is_not_taken(tmp_path: Path, name: str) -> None:
    found = mapped(propose(tmp_path, {"a_2022-23.csv": table(HEAD + name, *NUMBERS)}))
    assert name not in found.values()


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("Percent Attending 90% or More", "regular_attendance_rate"),
        ("Student Chronic Absenteeism", "chronic_rate"),
        ("Pct Absent More Than 10%", "chronic_rate"),
        ("% Absent >= 10%", "chronic_rate"),
        ("Chronic Absenteeism Rate K-12", "chronic_rate"),
    ],
)
def test_a_rate_of_all_students_is(tmp_path: Path, name: str, ours: str) -> None:
    assert mapped(propose(tmp_path, {"a_2022-23.csv": table(HEAD + name, *RATES)}))[ours] == name


def test_the_numbers_of_a_rate(tmp_path: Path) -> None:
    header = "District Code,School Code,Chronic Absenteeism Denominator,Chronic Absenteeism Numerator"
    found = mapped(propose(tmp_path, {"a_2022-23.csv": table(header, *NUMBERS)}))
    assert found["students"] == "Chronic Absenteeism Denominator"
    assert found["chronically_absent"] == "Chronic Absenteeism Numerator"
    name = "Students Missing 10% or More"
    assert mapped(propose(tmp_path, {"b_2022-23.csv": table(HEAD + name, *NUMBERS)}, "b"))["chronically_absent"] == name


def test_whole_percents_are_asked_where_no_name_says_that_they_are(tmp_path: Path) -> None:
    text = propose(tmp_path, {"a_2022-23.csv": table(HEAD + "Chronic Absenteeism", *NUMBERS)})
    assert "# ? chronically_absent or chronic_rate: 'Chronic Absenteeism' can be each" in text
    assert "chronically_absent" not in mapped(text)


def test_bands_of_percents_are_no_days_of_a_month(tmp_path: Path) -> None:
    rows = [f"{one:02},{one + 1},{one + 2},{one + 3},{one + 4}" for one in range(1, 15)]
    header = "District Code,Absent 0-5%,Absent 5-10%,Absent 10-20%,Absent 20% or more"
    assert "days without a year" not in propose(tmp_path, {"a_2022-23.csv": table(header, *rows)})


EVENTS = [
    f"{1000 + one},A{one % 2},{3 + one % 3},{day},{'AUE'[one % 3]}" for one in range(30) for day in DAYS[one % 4 :: 4]
]


def test_a_column_that_is_called_student_says_who_it_is(tmp_path: Path) -> None:
    text = propose(tmp_path, {"a.csv": table("Student,School,Grade,Date,Code", *EVENTS)})
    assert (mapped(text)["kind"], mapped(text)["student_id"]) == ("absence_events", "Student")
    assert checked(tmp_path) == []
    counted = [f"{one:02},{100 + one},{20 + one}" for one in range(1, 15)]
    found = mapped(propose(tmp_path, {"b_2022-23.csv": table("District,Students,Chronically Absent", *counted)}, "b"))
    assert found["students"] == "Students"


@pytest.mark.parametrize("name", ["ID", "Other ID"])
def test_absences_of_students_whose_id_no_name_says(tmp_path: Path, name: str) -> None:
    text = propose(tmp_path, {"a.csv": table(f"{name},School,Grade,Att Date,Abs Type", *EVENTS)})
    assert mapped(text)["kind"] == "absence_events"
    assert f"# ? student_id: no column's name says it; by its values it may be '{name}'; map a column" in text
    (problem,) = checked(tmp_path)
    assert "student_id: not mapped" in problem and "(not student_id)" in problem
    path = tmp_path / "studies/mine.yaml"
    path.write_text(
        path.read_text().replace("# student_id: ?", "").replace("  columns:", "  set: {student_id: '1'}\n  columns:")
    )
    (problem,) = checked(tmp_path)
    assert "student_id is the same in all rows. All would be one student" in problem


def test_half_days_are_not_added_to_whole_ones(tmp_path: Path) -> None:
    rows = [f"{row},{int(place % 3 > 0)},{int(place % 3 == 0)}" for place, row in enumerate(EVENTS)]
    header = "Student Number,School,Grade,Date,Code,Whole Day Absence,Half Day Absence"
    text = propose(tmp_path, {"a.csv": table(header, *rows)})
    assert "'Whole Day Absence', 'Half Day Absence' fit equally well" in text and "sums" not in text


def test_days_in_session_are_a_calendar(tmp_path: Path) -> None:
    calendar = table(
        "Date_Value,SchoolID,InSession,MembershipValue", *(f"{day},A{one},1,1" for day in DAYS for one in (0, 1))
    )
    text = propose(tmp_path, {"a.csv": table("Student Number,School,Grade,Date,Code", *EVENTS), "c.csv": calendar})
    assert mapped(text)["instructional"] == "InSession" and checked(tmp_path) == []


DAY_HEAD = "Student Number,School,Grade,Date,"


@pytest.mark.parametrize(
    ("header", "cells", "listed"),
    [
        ("AM,PM", ("A,", "A,A", ",A"), "'AM', 'PM'"),
        ("Per 1,Per 2,Per 3", ("A,,", ",A,A", ",,A"), "'Per 1', 'Per 2', 'Per 3'"),
        ("Minutes Absent", ("390", "195", "60"), "'Minutes Absent'"),
    ],
)
def test_parts_of_a_day_that_nothing_reads_stop(
    tmp_path: Path, header: str, cells: tuple[str, ...], listed: str
) -> None:
    """Each row was an absence of a whole day, and the check said nothing."""
    rows = [f"{row.rpartition(',')[0]},{cells[place % 3]}" for place, row in enumerate(EVENTS)]
    text = propose(tmp_path, {"a.csv": table(DAY_HEAD + header, *rows)})
    assert f"# ? {listed}: say which part of a day was missed" in text
    (problem,) = checked(tmp_path)
    assert "nothing says that a row is an absence, or of how much of a day" in problem
    path = tmp_path / "studies/mine.yaml"
    path.write_text(text.replace("  columns:", "  set: {attendance_code: absent}\n  columns:"))
    assert checked(tmp_path) == []


def test_codes_of_mornings_and_afternoons_are_no_codes_of_days(tmp_path: Path) -> None:
    rows = [f"{row.rpartition(',')[0]},{'PA'[place % 5 == 0]},P" for place, row in enumerate(EVENTS)]
    text = propose(tmp_path, {"a.csv": table(DAY_HEAD + "AM Attendance Code,PM Attendance Code", *rows)})
    assert "say which part of a day was missed" in text and "fit equally well" not in text


def test_days_absent_by_suspension_are_not_all_days_absent(tmp_path: Path) -> None:
    """They were all that students had missed: nobody was chronically absent."""
    rows = [f"{1000 + one},A{one % 2},03,2023-24,180,{180 - one},0,{one},0" for one in range(30)]
    header = "SSID,School,Grade,Year,Expected Attendance Days,Days Attended,Days Absent Excused Non-Suspension"
    header += ",Days Absent Unexcused Non-Suspension,Days Absent Out-of-School Suspension"
    found = mapped(propose(tmp_path, {"a.csv": table(header, *rows)}))
    assert (found["days_enrolled"], found["days_present"]) == ("Expected Attendance Days", "Days Attended")
    assert "days_absent" not in found and checked(tmp_path) == []


def test_dates_with_parts_of_seconds_and_rates_with_a_percent_sign(tmp_path: Path) -> None:
    days = [row.replace(row.split(",")[3], f"{row.split(',')[3]} 00:00:00.000") for row in EVENTS]
    assert (
        mapped(propose(tmp_path, {"a.csv": table(DAY_HEAD + "Code", *days)}))["date_format"] == "%Y-%m-%d %H:%M:%S.%f"
    )
    assert checked(tmp_path) == []
    rates = [f"{1000 + one},A{one % 2},03,2023-24,{80 + one / 2:.1f}%" for one in range(30)]
    propose(tmp_path, {"b.csv": table("Student Number,School,Grade,Year,% Attendance", *rates)}, "b")
    assert checked(tmp_path, "b") == []


@pytest.mark.parametrize("mark", ["5%-9%", "10 to 14", "21\u201339%", "\u2264 10 %", "<5", "GE95"])
def test_ranges_are_marks(tmp_path: Path, mark: str) -> None:
    rows = [*RATES, f"20,2001,50,{mark}"]
    text = propose(tmp_path, {"a_2022-23.csv": table(HEAD + "Chronic Absenteeism Rate", *rows)})
    assert f'suppressed: ["{mark}"]' in text


def test_two_bytes_a_letter(tmp_path: Path) -> None:
    text = table(HEAD + "Chronic Absenteeism Rate", *RATES).encode("utf-16")
    assert mapped(propose(tmp_path, {"a_2022-23.csv": text}))["encoding"] == "utf-16" and checked(tmp_path) == []


def test_letters_of_windows_are_said(tmp_path: Path) -> None:
    """The engine stopped, and a bug was to be reported."""
    rows = ["01,0101,100,20.5", "01,St. Mary\u2019s,100,21.5"]
    text = table(HEAD + "Chronic Absenteeism Rate", *rows)
    with pytest.raises(UserError, match=r"line 3: a letter that latin-1 has not.*Save the file as UTF-8"):
        propose(tmp_path, {"a_2022-23.csv": text.encode("cp1252")})
