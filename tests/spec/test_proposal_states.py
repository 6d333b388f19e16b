"""Headers as states publish them, where a number could be taken for another: what is proposed, and what stops."""

from pathlib import Path

import pytest
from test_proposal import checked, mapped, propose, table
from test_published_counts import refused
from test_published_shapes import study_of

from analysis import records
from analysis.problems import UserError
from analysis.records.published_counts import read_published
from analysis.study import Study

ROWS = [("01", "0101", 200, 40), ("01", "0102", 300, 75), ("02", "0203", 150, 15), ("02", "0204", 250, 100)]
ROWS += [("03", "0305", 120, 30), ("03", "0306", 80, 12)]


def counts(header: str, more: str = "") -> str:
    rows = [f"{one},{two},{size},{count},{100 * count / size:.1f}{more}" for one, two, size, count in ROWS]
    return table(header, *rows)


@pytest.mark.parametrize(
    ("file", "header"),
    [
        # New York State's table of chronic absenteeism calls those who are chronically absent absent.
        ("acc_em_chronic_absenteeism_2022-23.csv", "DISTRICT_CD,SCHOOL_CD,ENROLLMENT,ABSENT_COUNT,ABSENT_RATE"),
        # Florida's says by how much.
        ("a_2022-23.csv", "District #,School #,Total Enrollment,Absent 10% or More Days,% Absent 10% or More Days"),
        # Nothing says it but the numbers: the rate is one of students.
        ("table_2022-23.csv", "District,School,Enrollment,Absent,Absence Rate"),
    ],
)  # fmt: skip
def test_students_who_are_absent_are_no_days(tmp_path: Path, file: str, header: str) -> None:
    text = propose(tmp_path, {file: counts(header)})
    found, names = mapped(text), header.split(",")
    assert (found["students"], found["chronically_absent"], found["chronic_rate"]) == tuple(names[2:])
    assert not {"days_absent", "absence_rate"} & found.keys() and checked(tmp_path) == []


def test_other_parts_of_the_year_than_a_tenth_are_not_chronic(tmp_path: Path) -> None:
    header = "District Code,School Code,Students,Absent 20% or More Days,% Absent 21+ Days"
    found = mapped(propose(tmp_path, {"absences_2022-23.csv": counts(header)}))
    assert not {"days_absent", "absence_rate", "chronically_absent", "chronic_rate"} & found.keys()


def test_a_number_of_those_absent_alone_is_asked(tmp_path: Path) -> None:
    text = propose(tmp_path, {"crdc_2020-21.csv": counts("LEAID,SCHID,TOT_ENROLLMENT,TOT_ABSENT,SCORE")})
    assert "# ? days_absent or chronically_absent: 'TOT_ABSENT' can be each" in text
    assert "days_absent" not in mapped(text)


def test_students_mapped_as_days_stop(tmp_path: Path) -> None:
    mapping = "  columns: {district_id: D, students: n, days_absent: absent}\n"
    (problem,) = refused(tmp_path, "D|n|absent\n1|200|40\n2|300|75", mapping)
    assert "line 2: days_absent is under the number of students: less than a day for each (2 rows)" in problem
    mapping = "  columns: {district_id: D, students: n, days_absent: absent, days_enrolled: days}\n"
    study = study_of(tmp_path, mapping + "  set: {school_year: 2022-23}\n  files: [{path: t.csv}]\n",
                     t="D|n|absent|days\n1|200|40|1000\n2|300|75|1500")  # fmt: skip
    assert read_published(study).counts["absence_rate"].tolist() == [0.04, 0.05]


def test_the_column_of_all_students_comes_before_those_of_groups(tmp_path: Path) -> None:
    names = ["All Students", "African American", "Male", "IEP"]
    header = "School Year,District Code," + ",".join(f"{name} Chronically Absent %" for name in names)
    rows = [f"2022-23,{one},{20 + one}.5,{30 + one}.5,{21 + one}.5,{35 - one}.5" for one in range(12)]
    assert (
        mapped(propose(tmp_path, {"a.csv": table(header, *rows)}))["chronic_rate"]
        == "All Students Chronically Absent %"
    )
    header = "District Code," + ",".join(
        f"{year} Chronic Absenteeism Rate: {name}" for year in ("2021-22", "2022-23") for name in names[:2]
    )
    rows = [f"{one},{20 + one}.5,.,{21 + one}.5,{35 - one}.5" for one in range(12)]
    text = propose(tmp_path, {"b.csv": table(header, *rows)}, "b")
    assert mapped(text)["chronic_rate"] == r"'(\d{4}-\d{2}) Chronic Absenteeism Rate: All Students'"
    assert "# ?: '(\\d{4}-\\d{2}) Chronic Absenteeism Rate: African American'" in text


def test_the_dashboard_of_california(tmp_path: Path) -> None:
    header = "cds,rtype,schoolname,districtname,studentgroup,currnumer,currdenom,currstatus,priornumer,reportingyear"
    rows = [
        f"016111901{one},S,School {one},Alameda,{group},{one},{9 * one},{100 / 9:.1f},9,2024"
        for one in range(10, 20)
        for group in ("ALL", "EL", "SWD")
    ]
    found = mapped(propose(tmp_path, {"chronicdownload2024.txt": table(header, *rows)}))
    assert found | {
        "chronically_absent": "currnumer", "students": "currdenom", "school_year": "reportingyear",
        "district_name": "districtname", "school_name": "schoolname", "group": "studentgroup",
    } == found  # fmt: skip


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("PROPORTIONAL_ATTENDANCE_TOTAL_PCT", "regular_attendance_rate"),
        ("Percent Consistently Attending", "regular_attendance_rate"),
        ("Percentage of Chronic Absentee Students", "chronic_rate"),
        ("PctChronic", "chronic_rate"),
        ("In-Seat Attendance Rate", "attendance_rate"),
    ],
)
def test_rates_by_their_names(tmp_path: Path, name: str, ours: str) -> None:
    rows = [f"2022-23,0{one},{70 + one}.5" for one in range(1, 10)]
    assert mapped(propose(tmp_path, {"a.csv": table(f"Year,District Code,{name}", *rows)}))[ours] == name


def test_a_measure_of_which_the_numbers_are_fractions_is_a_rate(tmp_path: Path) -> None:
    header = "School Year,LEA Code,School Code,Metric,Metric Score"
    rows = [
        f"2022-23,{one},{two},{metric},{score}"
        for one, two, *_ in ROWS
        for metric, score in (("Chronic Absenteeism", "31.25"), ("In-Seat Attendance", "89.5"), ("Enrollment", "310"))
    ]
    found = mapped(propose(tmp_path, {"a.csv": table(header, *rows)}))
    assert (found["Chronic Absenteeism"], found["In-Seat Attendance"]) == ("chronic_rate", "attendance_rate")


def test_bounds_in_words_are_marks(tmp_path: Path) -> None:
    marks = ["40% or fewer", "95% or more", "n<10", "N<10", "Fewer than 10", "less than 5%"]
    rows = [f"2022-23,{one},{two},{mark}" for (one, two, *_), mark in zip(ROWS, marks, strict=True)]
    rows += [f"2022-23,{one},9{two},2{two[-1]}.5" for one, two, *_ in ROWS * 2]
    text = propose(tmp_path, {"a.csv": table("School Year,District Code,School Code,Chronic Absenteeism Rate", *rows)})
    assert all(f'"{mark}"' in text[text.index("suppressed") :] for mark in marks)


def test_a_rate_beside_days_is_left_out(tmp_path: Path) -> None:
    rows = [f"{1000 + one},0{1 + one % 9},S{one % 3},175,{one % 30},{one % 30 / 1.75:.2f}" for one in range(60)]
    header = "Student Number,Grade,School,Days Enrolled,Days Absent,Absence %"
    text = propose(tmp_path, {"sis_2023-24.csv": table(header, *rows)})
    assert '# absence_rate: "Absence %"' in text and mapped(text)["school_id"] == "School" and checked(tmp_path) == []


TOTALS = "District Code,School Code,School Name,Students,Chronically Absent"


def test_a_total_of_one_year_is_found_by_its_numbers(tmp_path: Path) -> None:
    size, count = (sum(row[place] for row in ROWS) for place in (2, 3))
    rows = [f"{code},{students},{absent}" for _, code, students, absent in ROWS]
    propose(
        tmp_path, {"a_2022-23.csv": table("District Code,Students,Chronically Absent", *rows, f"0900,{size},{count}")}
    )
    (problem,) = checked(tmp_path)
    assert "line 8: district_id '0900' is the sum of the rows beside it (1 rows)" in problem


def test_a_total_of_a_district_among_its_schools_is_found(tmp_path: Path) -> None:
    schools = [("1", "Oak", 100, 10), ("2", "Pine", 200, 30), ("3", "Fig", 50, 5), ("9", "Whole district", 350, 45)]
    rows = [f"{one},{one}{code},{name},{size},{count}" for one in "12" for code, name, size, count in schools]
    propose(tmp_path, {"a_2022-23.csv": table(TOTALS, *rows)})
    problems = checked(tmp_path)
    assert len(problems) == 2 and "line 5: school_id '19' is the sum of the rows beside it (1 rows)" in problems[0]
    alike = [f"{one},{one}{code},{name},100,10" for one in "12" for code, name, *_ in schools]
    propose(tmp_path, {"b_2022-23.csv": table(TOTALS, *alike)}, "b")
    assert checked(tmp_path, "b") == []  # four that are alike: each is a fourth of all, and none a total


def test_years_that_are_not_understood_are_one_line(tmp_path: Path) -> None:
    mapping = "  columns: {school_year: Year, district_id: D, chronic_rate: Rate}\n"
    rows = "\n".join(f"{year}|{one}|0.{one}" for year in range(2015, 2021) for one in (1, 2))
    (problem,) = refused(tmp_path, "Year|D|Rate\n" + rows, mapping)
    assert (
        "line 2: school year '2015', '2016', '2017', '2018' and 2 more is not two years in a row (12 rows)" in problem
    )


def test_whole_days_among_periods_stop(tmp_path: Path) -> None:
    days = [f"{1000 + one},1,09/{13 + day}/2023,ATT_ModeDaily,A," for one in range(12) for day in range(5)]
    periods = [f"{1000 + one},1,09/13/2023,ATT_ModeMeeting,A,P{period}" for one in range(12) for period in (1, 2)]
    header = "Student_Number,SchoolID,Att_Date,Att_Mode_Code,Attendance_Code,Period"
    text = propose(tmp_path, {"a.csv": table(header, *days, *periods)})
    assert "? 60 of 84 rows have no 'Period': are they of whole days; keep one kind by where, such as" in text
    assert "columns: {mode: Att_Mode_Code} and where: {mode: [ATT_ModeDaily]}" in text
    path = tmp_path / "studies/mine.yaml"
    text = text.replace("  columns:", '  set: {days_absent: "0.5"}\n  columns:', 1)
    path.write_text(text)
    with pytest.raises(UserError, match="60 of 84 events have no period"):
        records.read(Study.load(path))
    text = text.replace("  columns:", "  where: {mode: [ATT_ModeMeeting]}\n  columns:\n    mode: Att_Mode_Code", 1)
    path.write_text(text)
    assert records.read(Study.load(path)).flow.query("step == 'used' and reason == ''")["rows"].item() == 24


@pytest.mark.parametrize(("column", "words"), [("Present", "10"), ("Absent", ["TRUE", "FALSE"]), ("Is Absent", "YN")])
def test_a_row_of_every_day_is_no_absence(tmp_path: Path, column: str, words: str) -> None:
    rows = [
        f"{1000 + one},S{one % 2},01,2023-09-{5 + day:02},{words[(one + day) % 5 == 0]}"
        for one in range(12)
        for day in range(8)
    ]
    text = propose(tmp_path, {"a.csv": table(f"Student ID,School,Grade,Date,{column}", *rows)})
    assert mapped(text)["kind"] == "student_days" and checked(tmp_path) != []
    if column != "Absent":
        assert f"# attendance_code: {column}" in text and "? and values: {attendance_code: {" in text
    path = tmp_path / "studies/mine.yaml"
    path.write_text(text.replace("kind: student_days", "kind: absence_events"))
    (problem,) = checked(tmp_path)
    assert "96 rows of 12 students on 8 days: a row a student on most days" in problem


def test_hours_are_no_days(tmp_path: Path) -> None:
    rows = [f"{1000 + one},S{one % 2},0{1 + one % 9},2022-23,1100,{3 * one}" for one in range(60)]
    header = "Student ID,School,Grade,School Year,Hours Enrolled,Hours Absent"
    found = mapped(propose(tmp_path, {"a.csv": table(header, *rows)}))
    assert not {"days_absent", "days_enrolled"} & found.keys()


MIXED = "D|Rate\n" + "\n".join(f"{one}|{f'{one}.5%' if one % 3 else f'0.{one}5'}" for one in range(10, 20))


def test_percent_signs_and_shares_in_one_column_stop(tmp_path: Path) -> None:
    mapping = "  columns: {district_id: D, chronic_rate: Rate}\n"
    (problem,) = refused(tmp_path, MIXED, f"  rates_are: percent\n{mapping}")
    assert "chronic_rate has a % in 7 rows, and in 3 it is a share without one" in problem
    (problem,) = refused(tmp_path, "D|Rate\n1|0.5%\n2|0.8%", mapping)
    assert "chronic_rate is written with %" in problem and "rates_are: percent" in problem


def test_notes_below_a_table_are_no_districts(tmp_path: Path) -> None:
    rows = ["Ash,100,10", "Birch,200,30", "Source: State Department of Education,,", "* Fewer than 10 are not shown,,"]
    propose(tmp_path, {"a_2022-23.csv": table("District,Students,Chronically Absent", *rows)})
    found = records.read(Study.load(tmp_path / "studies/mine.yaml"))
    assert found.flow.query("step == 'set aside'")[["reason", "rows"]].to_numpy().tolist() == [
        ["a note or a source, and no numbers", 2]
    ]


def test_years_above_the_names(tmp_path: Path) -> None:
    rows = [f"0{one},{10 + one},{20 + one}.5,{11 + one},{22 + one}.5" for one in range(1, 9)]
    text = propose(tmp_path, {"chronic.csv": table(",2021-22,,2022-23,\nDistrict Code,N,%,N,%", *rows)})
    files = Study.load(tmp_path / "studies/mine.yaml").settings.records.files
    assert [(file.set["school_year"], file.columns["chronic_rate"]) for file in files] == [
        ("2022-23", "#5"), ("2021-22", "#3"),
    ]  # fmt: skip
    assert checked(tmp_path) == [] and "below '2022-23' in a file about 'chronic'" in text


@pytest.mark.parametrize(
    ("day", "form"),
    [
        ("2023-09-{:02}T00:00:00Z", "%Y-%m-%dT%H:%M:%SZ"),
        ("9/{}/2023 12:00:00 AM", "%m/%d/%Y %I:%M:%S %p"),
        ("{:02} Sep 2023", "%d %b %Y"),
    ],
)
def test_dates_with_times_and_months(tmp_path: Path, day: str, form: str) -> None:
    rows = [
        f"{1000 + one},S{one % 2},01,{day.format(13 + place)},{'PA'[one % 6 == place]}"
        for one in range(24)
        for place in range(6)
    ]
    text = propose(tmp_path, {"a.csv": table("Student ID,School,Grade,Date,Status", *rows)})
    assert mapped(text)["date_format"] == form and checked(tmp_path) == []


@pytest.mark.parametrize(
    "column", ["Days Tardy", "Class Absences", "Period Absences", "day_number", "Instructional Days"]
)
def test_what_is_counted_in_days_or_absent_is_not_yet_days_absent(tmp_path: Path, column: str) -> None:
    rows = [f"{1000 + one},S{one % 2},0{1 + one % 9},2022-23,170,{one % 20}" for one in range(60)]
    text = propose(tmp_path, {"a.csv": table(f"Student ID,School,Grade,School Year,Days Enrolled,{column}", *rows)})
    assert "days_absent" not in mapped(text)


def test_a_student_at_two_schools_keeps_the_id(tmp_path: Path) -> None:
    rows = [f"{1000 + one},S{one % 2},04,2022-23,170,{one % 20}" for one in range(60)]
    rows += [f"{1000 + one},S{1 - one % 2},04,2022-23,90,{one % 9}" for one in range(6)]
    header = "student_id,school_id,grade,school_year,days_enrolled,days_absent"
    propose(tmp_path, {"a.csv": table(header, *rows)})
    found = records.read(Study.load(tmp_path / "studies/mine.yaml"))
    assert found.flow.query("step == 'used' and reason == ''")[["rows", "students"]].to_numpy().tolist() == [[66, 60]]
    anew = [f"{one % 30},S{one // 30},04,2022-23,170,{one % 20}" for one in range(60)]  # ids begin anew in each school
    assert "? student_id: in 30 of 60 rows the id stands again" in propose(
        tmp_path, {"b.csv": table(header, *anew)}, "b"
    )


def test_a_state_whose_districts_are_partly_hidden_is_told_by_its_size(tmp_path: Path) -> None:
    rows = [f"{one:03}|{100 + one}|{10 + one}" if one % 5 else f"{one:03}|*|*" for one in range(1, 31)]
    table_of = "\n".join(["D|n|count", *rows, "XX|3465|765"])
    mapping = "  columns: {district_id: D, students: n, chronically_absent: count}\n  marks: {suppressed: ['*']}\n"
    (problem,) = refused(tmp_path, table_of, mapping)
    assert "line 32: district_id 'XX' has about as many students as all other districts (1 rows)" in problem
    assert "parents: {district_id: ['XX']}" in problem and "parents: {district_id: []}" in problem
    for said in ("[XX]", "[]"):  # a capital with half of a state's students is a district
        study = study_of(tmp_path, f"{mapping}  parents: {{district_id: {said}}}\n  set: {{school_year: 2022-23}}\n"
                         "  files: [{path: t.csv}]\n", t=table_of)  # fmt: skip
        assert read_published(study).counts["parent"].sum() == (said == "[XX]")


def test_a_district_that_has_schools_of_its_own_is_no_state(tmp_path: Path) -> None:
    rows = [f"{one:03}||{100 + one}|{10 + one}" if one % 5 else f"{one:03}||*|*" for one in range(1, 31)]
    schools = [f"DC|{one}|{100 + one}|{20 + one}" for one in range(1, 33)]
    mapping = "  columns: {district_id: D, school_id: S, students: n, chronically_absent: count}\n"
    mapping += "  marks: {suppressed: ['*']}\n  set: {school_year: 2022-23}\n  files: [{path: t.csv}]\n"
    table_of = "\n".join(["D|S|n|count", *rows, "DC||3728|1000", *schools])
    assert len(read_published(study_of(tmp_path, mapping, t=table_of)).counts) == 63
    with pytest.raises(UserError, match="about as many students"):
        read_published(study_of(tmp_path, mapping, t="\n".join(["D|S|n|count", *rows, "DC||3728|1000"])))


def test_many_totals_are_not_as_many_lines(tmp_path: Path) -> None:
    schools = [(1, 100, 10), (2, 200, 30), (3, 50, 5), (4, 40, 9), ("T", 390, 54)]
    rows = [f"{one:02}|{one:02}{code}|{n}|{k}" for one in range(1, 31) for code, n, k in schools]
    mapping = "  columns: {district_id: D, school_id: S, students: n, chronically_absent: count}\n"
    problems = refused(tmp_path, "\n".join(["D|S|n|count", *rows]), mapping)
    assert len(problems) == 11 and "20 more rows are totals of others" in problems[-1]


def test_words_that_stand_in_no_row_are_noted(tmp_path: Path) -> None:
    records_of = """
  columns: {district_id: D, term: T, students: n, chronically_absent: count}
  set: {school_year: 2022-23}
  values: {district_id: {All: STATE}}
  parents: {district_id: [STATE, State, "X*"]}
  where: {term: [EOY, EOY1]}
  where_not: {term: [MAR]}
  files: [{path: t.csv}]
"""
    study = study_of(tmp_path, records_of, t="D|T|n|count\n1|EOY|100|10\n2|EOY|300|30\nAll|EOY|400|40")
    noted = [str(problem) for problem in read_published(study).problems]
    assert [one.split(". ")[0] for one in noted] == [
        "t.yaml, records.where.term: no row has 'EOY1'; there is 'EOY'",
        "t.yaml, records.where_not.term: no row has 'MAR'",
        "t.yaml, records.parents.district_id: no row has 'State'",
        "t.yaml, records.parents.district_id: no row has 'X*'",
    ]


def test_parts_of_the_days_absent_are_asked_to_be_added_up(tmp_path: Path) -> None:
    rows = [f"{1000 + one},S{one % 2},0{1 + one % 9},2022-23,170,{one % 20},{one % 7}" for one in range(60)]
    header = "Student ID,School,Grade,School Year,Days Enrolled,Excused Absences,Unexcused Absences"
    text = propose(tmp_path, {"a.csv": table(header, *rows)})
    assert mapped(text)["kind"] == "student_years" and "days_absent" not in mapped(text)
    assert "? days_absent: only parts of them ('Excused Absences', 'Unexcused Absences')" in text
    assert "# sums: {days_absent: [Excused Absences, Unexcused Absences]}" in text


def test_the_code_of_all_day_comes_before_those_of_periods(tmp_path: Path) -> None:
    rows = [
        f"{1000 + one},{1 + one % 2},0{1 + one % 9},9/{13 + one % 9}/2023,{'AUET'[one % 4]},A,U" for one in range(60)
    ]
    found = mapped(propose(tmp_path, {"a.csv": table("STU.ID,STU.SC,STU.GR,ATT.DT,ATT.AL,ATT.A0,ATT.A1", *rows)}))
    assert (found["attendance_code"], found["school_id"]) == ("ATT.AL", "STU.SC")


def test_a_share_attending_beside_a_percent_absent_stops(tmp_path: Path) -> None:
    mapping = "  rates_are: percent\n  columns: {district_id: D, chronic_rate: chronic, attendance_rate: attended}\n"
    (problem,) = refused(tmp_path, "D|chronic|attended\n1|25.5|0.93\n2|31.0|0.91", mapping)
    assert "attendance_rate is nowhere above 1 percent" in problem and "leave one of them out" in problem
