"""Published tables, as small texts: what is read, what is set aside, what stops."""

from pathlib import Path

import pytest
from small_tables import problems_of, study_from

from analysis.records.published_counts import read_published
from analysis.records.types import PublishedCounts

MAPPED = """
  columns: {district_id: Code, grade_level: Grade, chronically_absent: Count, chronic_rate: Rate}
  rates_are: percent
  marks: {suppressed: ["*"], not_available: [N/A, "-6666"]}
"""
GROUPED = "  columns: {district_id: Code, group: Kind, group_level: Level, chronic_rate: Rate}\n  rates_are: percent\n"


def published(
    folder: Path, rows: str, records: str = MAPPED, rest: str = "", name: str = "t_2017-18.csv"
) -> PublishedCounts:
    """Read a table whose cells are separated by `|`."""
    (folder / "data").mkdir(exist_ok=True)
    table = "\n".join(line.strip() for line in rows.strip().splitlines())
    (folder / "data" / name).write_text(table + "\n", encoding="utf-8")
    head = f"title: T\ndata: data\n{rest}records:\n  kind: published_counts\n"
    files = '  files: [{path: "t_{school_year}.csv", delimiter: "|"}]\n'
    return read_published(study_from(folder, head + files + records))


def refused(folder: Path, rows: str, records: str = MAPPED, **more: str) -> list[str]:
    return problems_of(published, folder, rows, records, **more)


def column(records: PublishedCounts, *names: str) -> list[object]:
    values = records.counts[list(names)].astype(object).where(records.counts[list(names)].notna(), None)
    return [row[0] if len(names) == 1 else row for row in values.itertuples(index=False, name=None)]


def test_cells_with_count_percent_and_marks(tmp_path: Path) -> None:
    records = published(
        tmp_path,
        """
        Code|Grade|Count|Rate
        ="0640011"|Kindergarten|398|28.0
        ="0640011"|Grade   1|*|*
        ="0640011"|Grade   2|0|*
        ="0640011"|Grade   3|0|0.0
        ="0640011"|Grade   4|7|*
        ="0640011"|Grade 10|1,234|33.7%
        ="0640011"|Grade 11|N/A|N/A
        """,
    )
    assert column(
        records, "grade_level", "students", "students_basis", "chronically_absent", "chronic_rate", "hidden"
    ) == [
        ("01", None, "", None, None, "source"),
        ("02", None, "", 0.0, None, "source"),
        ("03", None, "", 0.0, 0.0, ""),
        ("04", None, "", 7.0, None, "source"),
        ("10", 3662.0, "from_percent", 1234.0, pytest.approx(0.337), ""),
        ("11", None, "", None, None, "not_available"),
        ("KG", 1421.0, "from_percent", 398.0, pytest.approx(0.28), ""),
    ]
    assert set(column(records, "district_id", "school_year")) == {("0640011", "2017-18")}


@pytest.mark.parametrize(
    ("text", "number"), [("1,234", 1234.0), ("1 234", 1234.0), ("12", 12.0), ("12.0", 12.0), ("1,234,567", 1234567.0)]
)
def test_numbers_as_people_write_them(tmp_path: Path, text: str, number: float) -> None:
    records = published(tmp_path, f"Code|Grade|Count|Rate\n1|K|{text}|10")
    assert column(records, "chronically_absent") == [number]


@pytest.mark.parametrize("text", ["25,3", "<5", "1,23", "n<10", "5-9", "."])
def test_what_is_neither_number_nor_mark_stops_with_file_and_line(tmp_path: Path, text: str) -> None:
    (problem,) = refused(tmp_path, f"Code|Grade|Count|Rate\n1|K|8|10\n\n1|1|{text}|10\n2|1|{text}|9")
    assert f"t_2017-18.csv, line 4: chronically_absent is '{text}', no number (2 rows)" in problem
    assert "records.marks" in problem


def test_a_mark_that_looks_like_a_number_is_a_mark_only_where_it_is_named(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, "Code|Grade|Count|Rate\n1|K|-9999|-6666")
    assert "chronically_absent is -9999 (1 rows are below 0)" in problem and "records.marks" in problem
    marked = MAPPED.replace('["*"]', '["-9999"]')
    assert column(published(tmp_path, "Code|Grade|Count|Rate\n1|K|-9999|-6666", marked), "hidden") == ["source"]


def test_a_rate_that_is_mapped_as_a_count_stops(tmp_path: Path) -> None:
    both = "  columns: {district_id: Code, grade_level: Grade, students: N, chronically_absent: Count}\n"
    (problem,) = refused(tmp_path, "Code|Grade|N|Count\n1|K|161|0.227\n1|1|239|0.343\n1|2|90|1.0", both)
    assert "line 2: chronically_absent is 0.227, and mostly no whole number (2 of 3 rows)" in problem
    assert "map it as chronic_rate" in problem


def test_counts_of_those_who_attend_are_not_counts_of_those_who_are_absent(tmp_path: Path) -> None:
    rates = "students: N, chronically_absent: Count, regular_attendance_rate: Rate}\n  rates_are: percent\n"
    mapping = "  columns: {district_id: Code, grade_level: Grade, " + rates
    rows = [f"1|{grade}|100|{60 + grade}|{60 + grade}" for grade in range(1, 7)]
    (problem,) = refused(tmp_path, "Code|Grade|N|Count|Rate\n" + "\n".join(rows), mapping)
    assert "line 2: most published rates are over a point from what their own counts give (6 rows)" in problem
    right = published(
        tmp_path,
        "Code|Grade|N|Count|Rate\n" + "\n".join(rows),
        mapping.replace("chronically_absent", "regular_attenders"),
    )
    assert column(right, "chronically_absent") == [39.0, 38.0, 37.0, 36.0, 35.0, 34.0]


def test_the_same_row_twice_counts_once_and_a_contradiction_stops(tmp_path: Path) -> None:
    same = published(tmp_path, "Code|Grade|Count|Rate\n1|K|8|10\n1|Kindergarten|8|10.0\n1|1|5|10")
    assert len(same.counts) == 2
    assert same.flow[["step", "reason", "rows"]].to_numpy().tolist() == [
        ["read", "", 3],
        ["set aside", "the same row again", 1],
        ["used", "", 2],
    ]
    (problem,) = refused(tmp_path, "Code|Grade|Count|Rate\n1|K|8|10\n1|K|9|10")
    assert "line 2 and t_2017-18.csv, line 3: rows that disagree about the same cell (2017-18, 1, KG)" in problem


def test_rows_read_are_rows_used_and_set_aside(tmp_path: Path) -> None:
    published(tmp_path, "Code|Grade|Count|Rate\n1|K|8|10", name="t_2016-17.csv")
    records = published(
        tmp_path,
        """
        Code|Grade|Count|Rate
        1|K|8|10
        1||8|10
        |K|8|10
        1|Adult|8|10
        1|2|8|10|x
        1|2|8|10|x|y
        """,
        MAPPED + "  where_not: {grade_level: [Adult]}\n",
        "years: [2017-18]\n",
    )
    flow = records.flow.set_index(["step", "reason"])["rows"].to_dict()
    assert flow == {
        ("read", ""): 7, ("set aside", "school year not in the study"): 1, ("set aside", "grade missing"): 1,
        ("set aside", "district missing"): 1, ("set aside", "left out by the study"): 1,
        ("set aside", "lines that could not be read"): 2, ("used", ""): 1,
    }  # fmt: skip


def test_more_chronic_than_students_is_noted_and_shows_no_rate(tmp_path: Path) -> None:
    mapped = "  columns: {district_id: Code, students: All, chronically_absent: Count, chronic_rate: Rate}\n"
    records = published(tmp_path, "Code|All|Count|Rate\n1|100|20|0.2\n2|50|126|2.52\n3|100|20|0.4", mapped)
    assert column(records, "students", "chronically_absent", "chronic_rate", "hidden") == [
        (100.0, 20.0, 0.2, ""),
        (50.0, 126.0, None, "not_available"),
        (100.0, 20.0, 0.4, ""),
    ]
    first, second = records.problems
    assert (first.severity, first.where, first.rows) == ("noted", "t_2017-18.csv, line 3", 1)
    assert "its own counts do not give" in second.seen and second.where == "t_2017-18.csv, line 4"
    reason = "impossible (more absent than there are): no rate is shown"
    assert records.flow.iloc[-1].tolist()[:3] == ["used", reason, 1]


@pytest.mark.parametrize(("rates_are", "rate"), [("share", "25.3"), ("percent", "0.253")])
def test_percents_taken_for_shares_are_caught(tmp_path: Path, rates_are: str, rate: str) -> None:
    rows = "Code|Grade|Count|Rate\n" + "\n".join(f"{code}|K|8|{rate}" for code in range(12))
    (problem,) = refused(tmp_path, rows, MAPPED.replace("percent", rates_are))
    assert "rite rates_are: " in problem


def test_rates_from_counts_and_attendance(tmp_path: Path) -> None:
    mapped = "  columns: {district_id: Code, students: All, chronically_absent: Count, attendance_rate: Present}\n"
    records = published(tmp_path, "Code|All|Count|Present\n1|200|50|0.9082", mapped)
    assert column(records, "chronic_rate", "absence_rate") == [(0.25, pytest.approx(0.0918))]


REGULAR = "  columns: {district_id: Code, students: All, regular_attenders: Regular, regular_attendance_rate: Rate}\n"


def test_all_but_regular_attenders_are_chronically_absent(tmp_path: Path) -> None:
    rows = "Code|All|Regular|Rate\n1|200|150|75.0\n2|200||75.2\n3|30|*|*\n4|200|*|75.0\n5||90|"
    marks = "  rates_are: percent\n  marks: {suppressed: ['*']}\n"
    records = published(tmp_path, rows, REGULAR + marks)
    assert column(records, "students", "chronically_absent", "chronic_rate", "hidden") == [
        (200.0, 50.0, 0.25, ""),
        (200.0, 50.0, pytest.approx(0.248), ""),
        (30.0, None, None, "source"),
        (200.0, None, 0.25, "source"),
        (None, None, None, "not_available"),
    ]
    assert records.problems == ()


def test_days_that_are_not_present_are_absent(tmp_path: Path) -> None:
    mapped = "  columns: {district_id: Code, days_enrolled: All, days_present: Present}\n"
    records = published(tmp_path, "Code|All|Present\n1|1000|912.5\n2|1000|1010", mapped)
    assert column(records, "days_absent", "absence_rate", "hidden") == [
        (87.5, 0.0875, ""),
        (None, None, "not_available"),
    ]


def test_more_attending_than_students_is_noted_and_shows_no_rate(tmp_path: Path) -> None:
    records = published(tmp_path, "Code|All|Regular|Rate\n1|200|150|0.75\n2|50|60|1.2\n3|40|30|", REGULAR)
    assert column(records, "chronically_absent", "chronic_rate", "hidden") == [
        (50.0, 0.25, ""),
        (None, None, "not_available"),
        (10.0, 0.25, ""),
    ]
    (problem,) = records.problems
    assert (problem.severity, problem.where) == ("noted", "t_2017-18.csv, line 3")
    present = "  columns: {district_id: Code, attendance_rate: Present}\n"
    records = published(tmp_path, "Code|Present\n1|0.95\n2|1.02", present)
    assert column(records, "absence_rate", "hidden") == [(0.05, ""), (None, "not_available")]


@pytest.mark.parametrize(
    ("mapped", "words", "lacking"),
    [
        ("measure: Kind, chronically_absent: Count", "  values: {measure: {Rate: chronic_rate}}\n", "value"),
        ("value: Count, district_name: Kind", "", "measure"),
    ],
)
def test_a_long_table_has_both_its_columns(tmp_path: Path, mapped: str, words: str, lacking: str) -> None:
    columns = f"  columns: {{district_id: Code, {mapped}}}\n{words}"
    (problem,) = refused(tmp_path, "Code|Kind|Count\n1|Rate|20", columns)
    assert f"is mapped, and {lacking} is not" in problem


def test_groups_are_named_in_the_study_and_all_is_everybody(tmp_path: Path) -> None:
    rows = "Code|Kind|Level|Rate\n1|sex|F|20\n1|sex|M|30\n1|sex|All|25"
    (problem,) = refused(tmp_path, rows, GROUPED)
    assert "'sex' is no group of the study" in problem
    values = "  groups: [sex]\n  values: {sex: {F: female, M: male, All: all}}\n"
    assert column(published(tmp_path, rows, GROUPED + values), "group", "group_level", "chronic_rate") == [
        ("", "", 0.25),
        ("sex", "female", 0.2),
        ("sex", "male", 0.3),
    ]


def test_a_state_and_a_district_over_its_schools_are_parents(tmp_path: Path) -> None:
    mapped = """
  columns: {district_id: Code, school_id: School, district_name: Name, students: All, chronically_absent: Count}
  parents: {district_id: ["00*"], school_id: ["*LEA"]}
"""
    rows = """
        Code|School|Name|All|Count
        000||State|500|50
        101|101LEA|One|300|30
        101|101304|One|100|10
        101|101308|One|200|20
        102|102304|Two|200|20
        """
    records = published(tmp_path, rows, mapped)
    assert column(records, "district_id", "school_id", "parent") == [
        ("000", "", True),
        ("101", "", True),
        ("101", "101304", False),
        ("101", "101308", False),
        ("102", "102304", False),
    ]


def test_a_district_keeps_its_last_name(tmp_path: Path) -> None:
    mapped = "  columns: {district_id: Code, district_name: Name, chronic_rate: Rate}\n"
    published(tmp_path, "Code|Name|Rate\n1|Academy Inc. District|0.1", mapped, name="t_2016-17.csv")
    records = published(tmp_path, "Code|Name|Rate\n1|Academy District|0.1", mapped)
    assert column(records, "district_name") == ["Academy District"] * 2


def test_all_that_the_study_lacks_is_said_at_once(tmp_path: Path) -> None:
    mapped = "  columns: {distrct_id: Code, chronic_percent: Rate}\n"
    said = " ".join(refused(tmp_path, "Code|Rate\n1|0.1", mapped))
    assert "Did you mean 'district_id'?" in said and "Did you mean 'chronic_rate'?" in said
    (lacking,) = refused(tmp_path, "Code|Rate\n1|0.1", "  columns: {school_id: Code, chronic_rate: Rate}\n")
    assert "there is no district_id" in lacking


def test_a_year_alone_can_mean_two(tmp_path: Path) -> None:
    mapped = "  columns: {school_year: Year, district_id: Code, chronic_rate: Rate}\n"
    (problem,) = refused(tmp_path, "Code|Rate|Year\n1|0.1|2018", mapped)
    assert "line 2: school year '2018' is not two years in a row" in problem
    values = '  values: {school_year: {"2018": 2017-18}}\n'
    assert column(published(tmp_path, "Code|Rate|Year\n1|0.1|2018", mapped + values), "school_year") == ["2017-18"]


def test_a_published_total_that_its_grades_do_not_give_is_noted(tmp_path: Path) -> None:
    rows = "Code|Grade|Count|Rate\n1|K|10|10\n1|1|30|30\n1|All|N/A|30"
    records = published(tmp_path, rows, MAPPED + "  values: {grade_level: {All: all}}\n")
    (problem,) = records.problems
    assert (
        problem.severity == "noted" and "1 of 1 published totals are not those of the grades together" in problem.seen
    )


def test_a_focus_that_no_row_has_stops(tmp_path: Path) -> None:
    rest = 'focus: {district_id: ["64"], school_year: 2018-19}\n'
    district, year = refused(tmp_path, "Code|Grade|Count|Rate\n0064|K|8|10", rest=rest)
    assert "focus.district_id: no row has '64'" in district and "Did you mean '0064'?" in district
    assert "focus.school_year: no row has '2018-19'" in year


def test_a_year_of_the_pages_without_a_counted_row_stops(tmp_path: Path) -> None:
    rows = "Year|Code|Grade|Count|Rate\n2016-17|1|K|8|10\n2016-17|2|K|8|10\n2017-18|1|PK|8|10\n2015-16|1|K|9|10"
    mapped = MAPPED.replace("{", "{school_year: Year, ", 1)
    (grades,) = refused(tmp_path, rows, mapped)
    assert grades.startswith("t.yaml: no row of 2017-18 is in a grade that the study counts.")
    (place,) = refused(tmp_path, rows, mapped, rest='focus: {district_id: ["2"], school_year: 2015-16}\n')
    assert place.startswith("t.yaml, focus: no row of 2015-16 is of a district in focus.")
    records = published(tmp_path, rows, mapped, rest="focus: {school_year: 2016-17}\n")
    assert records.year == "2016-17"
