"""What is proposed for layouts of states and of student information systems; each table is invented."""

import re
from pathlib import Path

import pytest
from test_proposal import checked, mapped, propose, table

from analysis.study import Study


def places(count: int) -> list[tuple[str, str]]:
    return [(f"{district:03}", f"{district}{school:02}") for district in range(1, 4) for school in range(count)]


def test_a_rate_whose_name_does_not_say_so_is_no_count(tmp_path: Path) -> None:
    rows = [f"{school},{100 + one},0.{20 + one},0.9{one}" for one, (_, school) in enumerate(places(3))]
    text = propose(tmp_path, {"a.csv": table("dbn,enrollment,chronically_absent,teacher_attendance_rate", *rows)})
    assert mapped(text)["chronic_rate"] == "chronically_absent" and mapped(text)["students"] == "enrollment"
    assert mapped(text)["rates_are"] == "share" and "attendance_rate" not in mapped(text)


def test_truancy_and_a_share_of_ten_days_are_no_rates_of_absence(tmp_path: Path) -> None:
    rows = [f"{school},9{one}.1,2{one}.5,1{one}.5,4{one}.5" for one, (_, school) in enumerate(places(3))]
    header = "School Code,Attendance Rate,Chronic Absenteeism,Chronic Truancy Rate,PCT_ABS_10_DAYS"
    found = mapped(propose(tmp_path, {"a.csv": table(header, *rows)}))
    assert found["chronic_rate"] == "Chronic Absenteeism" and "absence_rate" not in found


def test_numerators_beside_a_rate_of_those_who_attend_attend(tmp_path: Path) -> None:
    header = "SchoolYear,DistrictCode,SchoolCode,Measures,Numerator,Denominator,RegularAttendanceRate"
    rows = [f"2022-23,{one},{two},Regular Attendance,90,120,0.75" for one, two in places(4)]
    found = mapped(propose(tmp_path, {"a.csv": table(header, *rows)}))
    assert (found["regular_attenders"], found["students"]) == ("Numerator", "Denominator")
    assert "chronically_absent" not in found and "measure" not in found and checked(tmp_path) == []


def test_the_day_on_which_a_file_was_made_is_no_date_of_its_rows(tmp_path: Path) -> None:
    header = "Academic Year,LSS Number,LSS Name,School Number,School Name,Attend Rate Pct,Day"
    rows = [f"2018-19,{one},County {one},{two},School {two},92.{one[-1]},20191211" for one, two in places(5)]
    text = propose(
        tmp_path, {"a.csv": table(header, *rows, "2018-19,A,All Public Schools,A,All Schools,92.1,20191211")}
    )
    assert mapped(text)["kind"] == "published_counts" and mapped(text)["district_name"] == "LSS Name"
    assert 'school_id: ["A"]' in text and 'district_id: ["A"]' in text


def test_of_columns_of_groups_the_one_of_all_is_taken(tmp_path: Path) -> None:
    groups = ("ALL", "ASIAN", "BLACK", "WHITE")
    names = [f"{name}_{group}" for group in groups for name in ("STUDENT_COUNT", "CHRONIC_ABSENT_PERC")]
    header = ",".join(["LONG_SCHOOL_YEAR", "SCHOOL_DSTRCT_CD", "INSTN_NUMBER", *names])
    rows = [f"2023-24,{one},{two}" + f",{90 + int(two)},{one[-1]}1.5" * 4 for one, two in places(4)]
    text = propose(tmp_path, {"a.csv": table(header, *rows)})
    found = mapped(text)
    assert (found["chronic_rate"], found["students"]) == ("CHRONIC_ABSENT_PERC_ALL", "STUDENT_COUNT_ALL")
    assert (found["district_id"], found["school_id"]) == ("SCHOOL_DSTRCT_CD", "INSTN_NUMBER")
    assert "CHRONIC_ABSENT_PERC_WHITE" not in found.values()


def test_sessions_of_the_department_for_education(tmp_path: Path) -> None:
    header = "Year,New_LA_code,enrolments,sess_possible,sess_overall,sess_overall_percent,sess_overall_pa_10_exact,"
    header += "enrolments_pa_10_exact,enrolments_pa_10_exact_percent"
    rows = [f"201718,E0{one},{one}00,{one}0000,{one}400,4,900,{one}0,10" for one in range(10, 20)]
    text = propose(tmp_path, {"a.csv": table(header, *rows)})
    assert mapped(text) | {
        "days_enrolled": "sess_possible", "days_absent": "sess_overall", "absence_rate": "sess_overall_percent",
        "students": "enrolments", "chronically_absent": "enrolments_pa_10_exact", "school_year": "Year",
        "chronic_rate": "enrolments_pa_10_exact_percent", "district_id": "New_LA_code", "days_are": "half_days",
    } == mapped(text)  # fmt: skip


def test_bounds_and_ranges_stand_for_hidden_numbers(tmp_path: Path) -> None:
    rates = ["GE95", "21-39", "LT50", "PS", "12.5", "30.5", "22.5"]
    rows = [f"2021-22,{one},{two},{rates[place % 7]}" for place, (one, two) in enumerate(places(7))]
    text = propose(tmp_path, {"a.csv": table("School Year,LEAID,NCESSCH,Chronic Absenteeism Rate", *rows)})
    assert 'suppressed: ["GE95", "21-39", "LT50", "PS"]' in text and checked(tmp_path) == []


def test_students_with_days_enrolled_are_no_published_counts(tmp_path: Path) -> None:
    rows = [
        f"{one},{'FM'[one % 2]},{('No', 'Special Ed')[one % 2]},{one % 6},0.9{one % 10},180,{one % 10},Oak,17-18"
        for one in range(100, 140)
    ]
    text = propose(tmp_path, {"a.csv": table("KEY9,Gen,SpEd,Grade,AttRate,DaysEnr,DaysAbs,School,Year", *rows)})
    assert mapped(text)["kind"] == "student_years" and mapped(text)["school_year"] == "Year"
    assert mapped(text)["special_education"] == "SpEd" and mapped(text)["gender"] == "Gen"


@pytest.mark.parametrize("dotted", ["Period.Abbreviation", "periodName"])
def test_events_of_periods_ask_how_long_one_is(tmp_path: Path, dotted: str) -> None:
    header = f"Students.Student_Number,SchoolID,Att_Mode_Code,Attendance_Code.Att_Code,Att_Date,{dotted}"
    rows = [f"{one},1,ATT_ModeMeeting,{'AU'[one % 2]},09/{13 + one % 9}/2023,P{one % 3}" for one in range(100, 140)]
    text = propose(tmp_path, {"a.csv": table(header, *rows)})
    found = mapped(text)
    assert (found["attendance_code"], found["period"]) == ("Attendance_Code.Att_Code", dotted)
    assert found["student_id"] == "Students.Student_Number"
    assert f"? rows are of parts of a day ('{dotted}'): say how long one is" in text
    assert any("period is mapped, and days_absent is not" in problem for problem in checked(tmp_path))


def test_months_side_by_side_are_no_days_of_a_year(tmp_path: Path) -> None:
    rows = [f"{one},A,{one % 4},20,{one % 3},20" for one in range(100, 130)]
    header = "Student ID,School ID,Aug Days Absent,Aug Days Enrolled,Sep Days Absent,Sep Days Enrolled"
    text = propose(tmp_path, {"a.csv": table(header, *rows)})
    assert not {"days_absent", "days_enrolled"} & mapped(text).keys()
    assert re.search("days_enrolled: 'Aug Days Enrolled', 'Sep Days Enrolled' fit equally well", text)


LEVELS = {
    "All Students": "all", "White": "race_ethnicity", "Black or African American": "race_ethnicity",
    "Asian or Pacific Islander": "race_ethnicity", "White, not Hispanic": "race_ethnicity", "Female": "gender",
    "Economically Disadvantaged": "economic_disadvantage", "Students with Disabilities": "special_education",
    "English Learners": "english_learner", "Non-EL": "english_learner", "Black/Hispanic/Native American": "",
    "Foster": "", "Grade 01": "",
}  # fmt: skip


def test_one_column_of_the_levels_of_several_groups(tmp_path: Path) -> None:
    rows = [f'2022-23,{one},{two},"{level}",100,20' for one, two in places(3) for level in LEVELS]
    header = "School Year,District Code,School Code,Student Group,Number of Students,Number Chronically Absent"
    text = propose(tmp_path, {"a.csv": table(header, *rows)})
    found = mapped(text)
    assert found["group"] == found["group_level"] == "Student Group" and "has the levels of several groups" in text
    said = text[text.index("  values:") :]
    for level, group in LEVELS.items():
        line = f"# {level}: ?" if not group else f"{level}: {group}"
        assert line in said.replace('"', ""), level
    assert "groups: [race_ethnicity, gender, economic_disadvantage, special_education, english_learner]" in text
    problems = checked(tmp_path)
    assert len(problems) == 3 and "where_not: {group: ['Foster']}" in " ".join(problems)
    path = tmp_path / "studies/mine.yaml"
    left = "  where_not: {group: [Foster, Grade 01, Black/Hispanic/Native American]}\n  values:"
    path.write_text(path.read_text().replace("  values:", left, 1))
    assert checked(tmp_path) == []


def test_a_row_a_month_is_no_row_a_student(tmp_path: Path) -> None:
    rows = [
        f"{one},A,2023-24,{month},{one % 4 + place},20"
        for one in range(100, 130)
        for place, month in enumerate(("Sep", "Oct", "Nov"))
    ]
    text = propose(
        tmp_path, {"a.csv": table("student_id,school_id,school_year,month,days_absent,days_enrolled", *rows)}
    )
    assert "the id stands again, once for each 'month': add them up to a row a student and year" in text
    assert any("rows of one student, school and year disagree" in problem for problem in checked(tmp_path))


def test_columns_that_tell_rows_of_one_cell_apart_are_asked_about(tmp_path: Path) -> None:
    rows = [
        f"2022-23,{one},{two},{end},{kind},100,20" for one, two in places(4) for end in ("EOY", "MAR") for kind in "A"
    ]
    header = "School Year,District Code,School Code,ATTEND_PERIOD,Type,Number of Students,Number Chronically Absent"
    text = propose(tmp_path, {"a.csv": table(header, *rows)})
    assert "? 12 of 24 rows are about the same cell again, and 'ATTEND_PERIOD' (EOY, MAR) tells such rows apart" in text
    assert "'Type' (A)" not in text


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("Student Number,Campus,Start Date,End Date,Absence Reason", "Start Date", "End Date"),
        ("student_id,school_id,date_from,date_to,absence_code", "date_from", "date_to"),
        ("Student ID,School,Absence Start Date,Absence End Date,Code", "Absence Start Date", "Absence End Date"),
    ],
)
def test_absences_from_a_date_to_a_date(tmp_path: Path, header: str, first: str, last: str) -> None:
    rows = [
        f"{1000 + student},{'AB'[student % 2]},2017-09-{day:02},2017-09-{day + student % 3:02},{'AEU'[day % 3]}"
        for student in range(12)
        for day in (5, 11, 13)
    ]
    calendar = "Date,Instructional\n" + "".join(
        f"2017-09-{day:02},true\n" for day in range(5, 16) if day not in (9, 10)
    )
    text = propose(tmp_path, {"absences.csv": table(header, *rows), "calendar.csv": calendar})
    found = mapped(text)
    assert (found["kind"], found["date_format"]) == ("absence_events", "%Y-%m-%d")
    columns = Study.load(tmp_path / "studies/mine.yaml").settings.records.columns
    assert (columns["date"], columns["last_date"]) == (first, last)
    assert "check that it is not the first day back; a calendar is needed" in text
    assert checked(tmp_path) == []


def test_an_absence_without_a_last_date_is_asked_about(tmp_path: Path) -> None:
    rows = [f"{1000 + one},A,2017-09-{one + 4:02},{'' if one % 4 else '2017-09-20'},A" for one in range(12)]
    text = propose(tmp_path, {"absences.csv": table("Student ID,School,Date From,Date To,Absence Code", *rows)})
    assert "in 9 of 12 rows 'Date To' is empty; where such are of one day" in text
    assert "fallback: {last_date: Date From}" in text


def test_spells_of_enrolment_with_their_codes_are_no_absences(tmp_path: Path) -> None:
    spells = [f"{1000 + one},A,03,2017-09-05,2018-06-{one + 10},{'EW'[one % 2]},{'RT'[one % 2]}" for one in range(12)]
    header = "Student Number,Campus,Grade Level,Start Date,End Date,Entry Code,Exit Code"
    text = propose(tmp_path, {"spells.csv": table(header, *spells)})
    assert "absence_events" not in text.split("records:")[-1].split("#")[0]
    assert "last_date" not in text
