"""Rates, measures and groups whose names could mean something else: what is proposed, and what is asked."""

from pathlib import Path

import pytest
from test_proposal import checked, mapped, propose, table

from analysis.proposal.guess import grade_of


def rates(*of: str) -> list[str]:
    return [f"2022-23,0{one},{100 + one}," + ",".join(f"{10 * place + one}.5" for place in range(len(of)))
            for one in range(1, 10)]  # fmt: skip


HEADER = "School Year,District Code,Students,"


def test_other_shares_of_a_file_about_attendance_are_no_attendance_rate(tmp_path: Path) -> None:
    # Georgia's file: of these the share of the chronically absent is one, and those of 'over 15' days are none.
    names = ("OVER_15_PERCENT_ALL", "SIX_TO_FIFTEEN_PERCENT_ALL", "CHRONIC_ABSENT_PERC_ALL")
    rows = rates(*names)
    found = mapped(propose(tmp_path, {"attendance_2024.csv": table(HEADER + ",".join(names), *rows)}))
    assert found["chronic_rate"] == names[2] and "attendance_rate" not in found


def test_a_rate_absent_alone_is_asked(tmp_path: Path) -> None:
    text = propose(tmp_path, {"a.csv": table(f"{HEADER}Absent Rate", *rates("a"))})
    assert "# ? absence_rate or chronic_rate: 'Absent Rate' can be each, the file does not say which" in text
    assert not {"absence_rate", "chronic_rate"} & mapped(text).keys()
    both = [f"2022-23,0{one},{100 + one},{one}.5,{99 - one}.5" for one in range(1, 10)]
    text = propose(tmp_path, {"b.csv": table(f"{HEADER}Absent Rate,Attendance Rate", *both)}, "b")
    assert mapped(text)["absence_rate"] == "Absent Rate"  # the rest of the days


def test_a_mean_of_schools_is_no_school(tmp_path: Path) -> None:
    names = ("mean_school_absent_rate", "weighted_absent_rate")
    assert "school_id" not in mapped(propose(tmp_path, {"a.csv": table(HEADER + ",".join(names), *rates(*names))}))


def test_kinds_of_districts_are_no_student_groups(tmp_path: Path) -> None:
    rows = [
        f"2022-23,0{one},{('High Need', 'Low Need')[one % 2]},{level},{100 + one},{10 + one}"
        for one in range(1, 10)
        for level in ("All Students", "White", "Black", "Female", "Male")
    ]
    header = "School Year,District Code,Need Category,Subgroup,Students,Chronically Absent"
    found = mapped(propose(tmp_path, {"a.csv": table(header, *rows)}))
    assert (found["group"], found["group_level"], found["Female"]) == ("Subgroup", "Subgroup", "gender")
    assert checked(tmp_path) == []


def test_what_a_numerator_is_of(tmp_path: Path) -> None:
    # Washington's report card: a measure a row, its numerator and denominator beside it.
    rows = [
        f"2022-23,0{one},{grade},Regular Attendance,{70 + one},{100 + one}"
        for one in range(1, 10)
        for grade in ("Kindergarten", "1st Grade", "12th Grade")
    ]
    header = "SchoolYear,DistrictCode,GradeLevel,Measure,Numerator,Denominator"
    text = propose(tmp_path, {"a.csv": table(header, *rows)})
    assert mapped(text)["Regular Attendance"] == "regular_attenders" and checked(tmp_path) == []


@pytest.mark.parametrize(("word", "grade"), [("9th Grade", "09"), ("2nd", "02"), ("Grade 11th", "11"), ("3.0", "03")])
def test_grades_in_other_spellings(word: str, grade: str) -> None:
    assert grade_of(word) == grade


def test_dates_that_are_not_read_are_not_told(tmp_path: Path) -> None:
    rows = [f"{row},12/31/2023" for row in rates("a") * 2]
    text = propose(tmp_path, {"a.csv": table(f"{HEADER}Chronically Absent Rate,Report Date", *rows)})
    assert "date_format" not in text


def days(*more: str) -> list[str]:
    return [
        f"{1000 + one},S{one % 2},{(one % 14) - 1},{5 + day:02}/09/2023,{'PPPA'[(one + day) % 4]}{''.join(more)}"
        for one in range(60)
        for day in range(9)
    ]


DAYS = "Student ID,School,Grade,Date,Status"


def test_grades_below_the_first_are_guessed(tmp_path: Path) -> None:
    text = propose(tmp_path, {"a.csv": table(DAYS, *days())})
    assert '"0": KG' in text and '"-1": PK' in text and 'date_format: "%d/%m/%Y"' in text.replace("# ", "")


def test_grades_stand_in_the_enrolment_alone(tmp_path: Path) -> None:
    absent = [row for row in days() if row.endswith("A")]
    spells = [f"{1000 + one},S{one % 2},{one % 12 + 1},2023-08-28," for one in range(60)]
    files = {"a.csv": table(DAYS, *absent), "e.csv": table("Student ID,School,Grade,Entry Date,Exit Date", *spells)}
    text = propose(tmp_path, files).replace("\n    # date_format", "\n    date_format")
    assert text.count("grade_level: Grade") == 1 and not any("beside enrolment" in one for one in checked(tmp_path))


def test_minutes_are_no_codes(tmp_path: Path) -> None:
    rows = [row.replace(",P", ",390,390").replace(",A", ",390,0") for row in days()]
    header = DAYS.replace("Status", "Minutes Possible,Minutes Attended")
    assert "attendance_code" not in mapped(propose(tmp_path, {"a.csv": table(header, *rows)}))


def test_a_register_of_a_month_is_asked_for_whole_dates(tmp_path: Path) -> None:
    rows = [f"{1000 + one},S1,04," + ",".join("PPPPA"[(one + day) % 5] for day in range(12)) for one in range(30)]
    header = "Student ID,School,Grade," + ",".join(map(str, (5, 6, 7, 8, 11, 12, 13, 14, 15, 18, 19, 20)))
    text = propose(tmp_path, {"september.csv": table(header, *rows)})
    assert "# ? columns are days without month and year ('5', '6', ...): only years, weeks and whole dates" in text
