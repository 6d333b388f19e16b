"""Files of other sources than those that the project was made with: what was wrong in a proposal, or stood in silence.

Each table is invented; its layout is that of a source (New York's quality reports, England's yearly absence).
"""

from pathlib import Path

import openpyxl
import pytest
from small_tables import put, study_from
from test_proposal import checked, mapped, propose, table
from test_published_shapes import study_of

from analysis.problems import UserError
from analysis.proposal.words import level_of
from analysis.records.published_counts import read_published
from analysis.records.school_days import read_school_days
from analysis.records.student_years import read_student_years
from analysis.records.types import PublishedCounts
from analysis.scaffold import write_study
from analysis.study import Study


def schools(header: str, named: str, more: str = "") -> str:
    rows = [
        f"01X{one:03},{named if one == 7 else f'P.S. {one}'},2017-18,{100 + one},{20 + one}{more}" for one in range(9)
    ]
    return table(header, *rows)


@pytest.mark.parametrize(
    ("name", "total"),
    [
        ("World Academy for Total Community Health High School", False), ("Totality Academy", False),
        ("Total", True), ("State Total", True), ("District 5 totals", True), ("Total - all schools", True),
        ("Total Students", True), ("Grand total 2018", True), ("Total (public)", True),
    ],
)  # fmt: skip
def test_a_school_that_has_total_in_its_name_holds_no_others(tmp_path: Path, name: str, *, total: bool) -> None:
    text = propose(tmp_path, {"a.csv": schools("DBN,School Name,Year,Students,Chronically Absent", name)})
    assert ('school_id: ["01X007"]' in text) == total


def test_rows_far_smaller_than_what_they_are_said_to_hold_stop(tmp_path: Path) -> None:
    rows = "\n".join(f"D|S{one}|{100 + one}|{20 + one}" for one in range(9))
    mapping = "  set: {school_year: 2017-18}\n  columns: {district_id: D, school_id: S, students: n, "
    mapping += "chronically_absent: k}\n  parents: {school_id: [S7]}\n  files: [{path: t.csv}]\n"
    with pytest.raises(UserError, match=r"schools together hold 7\.7 times the students of the rows that are said to"):
        read_published(study_of(tmp_path, mapping, t=f"D|S|n|k\n{rows}"))
    whole = f"{rows}\nD|T|936|216"
    read_published(study_of(tmp_path, mapping.replace("S7", "T"), t=f"D|S|n|k\n{whole}"))


def test_schools_of_all_kinds_are_of_no_level() -> None:
    words = ("State-funded primary and secondary", "Elementary/High", "State-funded primary", "Junior High", "High")
    assert [level_of(word) for word in words] == ["", "", "elementary", "middle", "high"]


def test_the_day_on_which_a_school_was_opened_is_no_day_of_its_rows(tmp_path: Path) -> None:
    header = "time_identifier,time_period,urn,academy_open_date,enrolments,sess_possible,sess_overall"
    rows = [
        f"Academic year,201819,{100000 + one},{f'0{one % 9 + 1}/09/2012' if one % 3 else ''},{90 + one},{200 * one},9"
        for one in range(20, 60)
    ]
    found = mapped(propose(tmp_path, {"absence.csv": table(header, *rows)}))
    assert found["kind"] == "published_counts" and found["school_id"] == "urn"
    assert "date" not in found and "week" not in found


def test_shares_of_a_group_are_no_levels_of_it(tmp_path: Path) -> None:
    header = "School ID,School Year,Students,Chronically Absent,Students with Disabilities"
    rows = [f"{one},2017-18,{100 + one},{20 + one},{one % 30}" for one in range(300)]
    found = mapped(propose(tmp_path, {"a.csv": table(header, *rows)}))
    assert "group_level" not in found and "groups" not in found


def test_tables_beside_published_ones_are_not_proposed_and_are_refused(tmp_path: Path) -> None:
    counts = schools("School ID,School Name,Year,Students,Chronically Absent", "P.S. 7")
    names = table("School ID,School Name", *[f"01X{one:03},P.S. {one}" for one in range(9)])
    text = propose(tmp_path, {"counts.csv": counts, "names.csv": names})
    assert "\n  schools:" not in text and "# not read: names.csv" in text
    mapping = "  set: {school_year: 2017-18}\n  columns: {district_id: D, chronic_rate: r}\n  files: [{path: t.csv}]\n"
    mapping += "  schools: {files: [{path: s.csv}], columns: {school_id: S}}\n"
    with pytest.raises(UserError, match="schools stands beside published tables"):
        study_of(tmp_path, mapping, t="D|r\n1|0.1", s="S\n1")


def published(folder: Path, rows: str, more: str = "") -> PublishedCounts:
    mapping = "  set: {school_year: 2017-18}\n  columns: {district_id: D, students: n, chronically_absent: k}\n"
    return read_published(study_of(folder, f"{mapping}{more}  files: [{{path: t.csv}}]\n", t=f"D|n|k\n{rows}"))


def test_numbers_of_no_district_are_noted_and_stop_where_they_are_most(tmp_path: Path) -> None:
    (noted,) = published(tmp_path, "1|100|20\n2|200|10\n|300|30\nNote: of all schools||\n||").problems
    assert (noted.severity, noted.rows) == ("noted", 1)
    assert "line 4: numbers of no district (1 row)" in str(noted) and "merged" in noted.fix
    with pytest.raises(UserError, match=r"numbers of no district \(3 rows\)"):
        published(tmp_path, "1|100|20\n|200|10\n|300|30\n|150|15")


@pytest.mark.parametrize(
    ("numbers", "stops"),
    [
        (("1.234", "834", "20"), True), (("12.345", "1.000", "7"), True),
        (("1.234", "1834", "20"), False), (("12.5", "1.234", "20"), False), (("1.234", "2.345", "3.456"), False),
    ],
)  # fmt: skip
def test_points_that_part_thousands_stop(tmp_path: Path, numbers: tuple[str, ...], *, stops: bool) -> None:
    rows = "\n".join(f"{place}|{number}|1" for place, number in enumerate(numbers))
    if stops:
        with pytest.raises(UserError, match="oint may part thousands"):
            published(tmp_path, rows)
    else:
        published(tmp_path, rows)


def test_rates_of_over_100_percent_stop(tmp_path: Path) -> None:
    mapping = "  set: {school_year: 2017-18}\n  columns: {district_id: D, chronic_rate: r}\n  rates_are: percent\n"
    with pytest.raises(UserError, match="chronic_rate is mostly above 100 percent"):
        read_published(study_of(tmp_path, f"{mapping}  files: [{{path: t.csv}}]\n", t="D|r\n1|1210\n2|90\n3|2300"))


def test_shares_of_which_some_are_over_one_are_no_percents(tmp_path: Path) -> None:
    mapping = "  set: {school_year: 2017-18}\n  columns: {district_id: D, chronic_rate: r}\n  rates_are: percent\n"
    rows = "\n".join(f"{one}|{'1.2' if one == 30 else f'0.{10 + one}'}" for one in range(40))
    with pytest.raises(UserError, match="chronic_rate is nearly nowhere above 1 percent"):
        read_published(study_of(tmp_path, f"{mapping}  files: [{{path: t.csv}}]\n", t=f"D|r\n{rows}"))


@pytest.mark.parametrize(
    ("rates", "seen"),
    [
        ([f"0.{10 + one}" for one in range(39)] + ["1.4"], "39 of 40 rates are 1 at most, and they are read as perc"),
        (["0"] * 30 + [f"{5 + one}00" for one in range(10)], "10 of 10 rates that are not 0 are above 100"),
    ],
)
def test_rates_of_students_in_another_unit_stop(tmp_path: Path, rates: list[str], seen: str) -> None:
    put(tmp_path, "t.csv", "id,rate\n" + "\n".join(f"{one},{rate}" for one, rate in enumerate(rates)) + "\n")
    text = "title: T\ndata: data\nrecords:\n  kind: student_years\n  rates_are: percent\n"
    text += "  set: {school_id: S, school_year: 2017-18, district_id: D}\n"
    text += "  columns: {student_id: id, absence_rate: rate}\n  files: [{path: t.csv}]\n"
    with pytest.raises(UserError, match=seen):
        read_student_years(study_from(tmp_path, text), tmp_path)


def test_grades_that_are_columns_become_rows(tmp_path: Path) -> None:
    grades = ["PreK", "K", *map(str, range(1, 13))]
    header = ",".join(["DistrictCode", "SchoolCode", "County", *grades])
    rates = {one: [f"{5 + (one * place) % 30}.{place % 10}" for place in range(14)] for one in range(9, 40)}
    rows = [f"{one // 4:03},{one:04},C,{','.join(some)}" for one, some in rates.items()]
    text = propose(tmp_path, {"ChronicAbsByGrade_2022-23.csv": table(header, *rows)})
    assert "into: grade_level" in text and "chronic_rate: '(PreK|K|1|2|3|4|5|6|7|8|9|10|11|12)'" in text
    assert checked(tmp_path) == []
    counts = read_published(Study.load(tmp_path / "studies" / "mine.yaml")).counts
    assert len(counts) == len(rows) * 14
    one = counts[(counts["school_id"] == "0010") & (counts["grade_level"] == "11")]
    assert one["chronic_rate"].tolist() == pytest.approx([float(rates[10][12]) / 100])


def test_enrolment_by_grade_beside_a_rate_stays_columns(tmp_path: Path) -> None:
    header = "DistrictCode,SchoolCode,Chronic Absenteeism Rate,Grade K,Grade 1,Grade 2,Grade 3"
    rows = [f"{one // 4:03},{one:04},{5 + one}.5,{one},{one},{one},{one}" for one in range(9, 40)]
    text = propose(tmp_path, {"a_2022-23.csv": table(header, *rows)})
    assert "unpivot" not in text and mapped(text)["chronic_rate"] == "Chronic Absenteeism Rate"


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("Students Enrolled,Moderately Chronic (10-19%),Severely Chronic (20%+)",
         'sums: {chronically_absent: ["Moderately Chronic (10-19%)", "Severely Chronic (20%+)"]}'),
        ("TOT_ENR,TOT_ABSENT_M,TOT_ABSENT_F", "sums: {chronically_absent: [TOT_ABSENT_M, TOT_ABSENT_F]}"),
    ],
)  # fmt: skip
def test_numbers_in_two_columns_are_asked_about_as_a_sum(tmp_path: Path, header: str, asked: str) -> None:
    rows = [f"{one:03},2022-23,{300 + one},{20 + one},{40 - one}" for one in range(30)]
    text = propose(tmp_path, {"a.csv": table(f"District ID,School Year,{header}", *rows)})
    assert f"# ? or, if nobody is in both, {asked}" in text
    assert mapped(text)["kind"] == "published_counts"


def test_counties_among_districts_are_told_by_their_state(tmp_path: Path) -> None:
    rows = "\n".join(f"{one}|{100 + one}|{20 + one}" for one in range(1, 10))
    counties = "C1|410|90\nC2|535|135"
    state = "  parents: {district_id: [ST]}\n"
    assert len(published(tmp_path, f"ST|945|225\n{rows}", state).counts) == 10
    with pytest.raises(UserError, match=r"districts together hold 2\.0 times the students"):
        published(tmp_path, f"ST|945|225\n{counties}\n{rows}", state)


def test_digits_of_another_script_are_no_numbers_and_stop(tmp_path: Path) -> None:
    put(tmp_path, "t.csv", "school,day,present\nA,2017-09-05,91.5\nA,2017-09-06,９１.５\nA,2017-09-07,90.0\n")
    text = "title: T\ndata: data\nrecords:\n  kind: school_days\n  rates_are: percent\n  set: {district_id: D}\n"
    text += "  columns: {school_id: school, date: day, attendance_rate: present}\n  files: [{path: t.csv}]\n"
    with pytest.raises(UserError, match="no number"):
        read_school_days(study_from(tmp_path, text))


def test_a_header_of_two_lines_with_merged_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(
        ["District ID", "District", "Students Included", "Regular Attenders", None, "Chronically Absent", None]
    )
    sheet.append([None, None, None, "Number", "%", "Number", "%"])
    for one in range(1, 31):
        size, count = 100 + one, 10 + one
        rates = [round(100 * part / size, 1) for part in (size - count, count)]
        sheet.append([2000 + one, f"Town {one}", size, size - count, rates[0], count, rates[1]])
    (tmp_path / "data/raw").mkdir(parents=True)
    book.save(tmp_path / "data/raw/attenders_2016-17.xlsx")
    found = mapped((tmp_path / write_study(tmp_path, "mine", ["attenders_2016-17.xlsx"])).read_text(encoding="utf-8"))
    assert {name: found[name] for name in ("header_row", "district_id", "students", "chronically_absent")} == {
        "header_row": "2", "district_id": "#1", "students": "#3", "chronically_absent": "#6",
    }  # fmt: skip
    assert (found["chronic_rate"], found["regular_attenders"]) == ("#7", "#4") and checked(tmp_path) == []
    counts = read_published(Study.load(tmp_path / "studies" / "mine.yaml")).counts
    assert (len(counts), counts["students"].sum(), counts["chronically_absent"].sum()) == (30, 3465, 765)


def test_numbers_of_one_group_are_not_put_beside_those_of_everybody(tmp_path: Path) -> None:
    header = "RCDTS,District,School Name,# Student Enrollment,Chronic Absenteeism,Chronic Absenteeism - EL,"
    header += "Chronic Absenteeism - White"
    rows = [
        f"{one:09},D{one % 5},S{one},{500 + one},{20 + one % 9}.4,{22 + one % 2},{15 + one % 3}" for one in range(40)
    ]
    found = mapped(propose(tmp_path, {"card_2022-23.csv": table(header, *rows)}))
    assert found["chronic_rate"] == "Chronic Absenteeism" and found["students"] == "# Student Enrollment"
    assert "chronically_absent" not in found and "group_level" not in found


@pytest.mark.parametrize("said", ["", "[]", '["*0"]'])
def test_totals_of_districts_that_hide_a_school_each_are_told_by_their_size(tmp_path: Path, said: str) -> None:
    rows = []
    for district in range(1, 7):
        sizes = [100 + 37 * ((district * school) % 7) for school in range(1, 6)]
        cells = [(size, size // 5) if place != 2 else ("*", "*") for place, size in enumerate(sizes)]
        cells.append((sum(sizes), sum(size // 5 for size in sizes)))
        rows += [f"{district}|{district}{(place + 1) % 6}|{n}|{k}" for place, (n, k) in enumerate(cells)]
    mapping = "  set: {school_year: 2017-18}\n  columns: {district_id: D, school_id: S, students: n, "
    mapping += "chronically_absent: k}\n  marks: {suppressed: ['*']}\n  files: [{path: t.csv}]\n"
    mapping += f"  parents: {{school_id: {said}}}\n" if said else ""
    study = study_of(tmp_path, mapping, t="\n".join(["D|S|n|k", *rows]))
    if said:
        assert len(read_published(study).counts) == 36
    else:
        with pytest.raises(UserError, match=r"'10' has about as many students as all other schools of its district"):
            read_published(study)


@pytest.mark.parametrize("times", [1, 2])
def test_students_without_ids_that_stand_twice_stop(tmp_path: Path, times: int) -> None:
    rows = [f"{'AB'[one % 2]},{(7 * one) % 13}.{one % 10}" for one in range(60)]
    put(tmp_path, "t.csv", "school,rate\n" + "\n".join(rows * times) + "\n")
    text = "title: T\ndata: data\nrecords:\n  kind: student_years\n  rates_are: percent\n"
    text += "  set: {school_year: 2017-18, district_id: D}\n"
    text += "  columns: {school_id: school, absence_rate: rate}\n  files: [{path: t.csv}]\n"
    study = study_from(tmp_path, text)
    if times == 1:
        assert read_student_years(study, tmp_path).flow.loc[0, "rows"] == 60
    else:
        with pytest.raises(UserError, match="nearly every row stands an even number of times"):
            read_student_years(study, tmp_path)
