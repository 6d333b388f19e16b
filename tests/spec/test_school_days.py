"""Days of schools, as small texts: what is read, what is set aside, what stops."""

from pathlib import Path

import pytest
from small_tables import problems_of, study_from

from analysis.records.school_days import read_school_days
from analysis.records.types import SchoolDays

PERCENTS = """
  columns: {school_id: School, date: Day, attendance_rate: Present}
  rates_are: percent
  marks: {not_available: [NS], suppressed: ["*"]}
"""
WEEKS = """
  columns: {district_id: Area, school_type: Kind, week: Week, week_year: Year,
            days_enrolled: Possible, days_absent: Absent}
  groups: [school_type]
"""


def school_days(folder: Path, rows: str, records: str = PERCENTS, rest: str = "", **files: str) -> SchoolDays:
    """Read a table whose cells are separated by `|`; further tables lie beside it."""
    (folder / "data").mkdir(exist_ok=True)
    for name, text in {"t": rows, **files}.items():
        table = "\n".join(line.strip() for line in text.strip().splitlines())
        (folder / "data" / f"{name}.csv").write_text(table + "\n", encoding="utf-8")
    head = f"title: T\ndata: data\n{rest}records:\n  kind: school_days\n"
    listed = "" if "\n  files:" in records else '  files: [{path: t.csv, delimiter: "|"}]\n'
    return read_school_days(study_from(folder, head + listed + records))


def refused(folder: Path, rows: str, records: str = PERCENTS, **more: str) -> list[str]:
    return problems_of(school_days, folder, rows, records, **more)


def column(records: SchoolDays, *names: str) -> list[object]:
    values = records.days[list(names)].astype(object).where(records.days[list(names)].notna(), None)
    return [row[0] if len(names) == 1 else row for row in values.itertuples(index=False, name=None)]


def flow(records: SchoolDays) -> dict[str, int]:
    return {row.reason or row.step: row.rows for row in records.flow.itertuples()}


def test_percents_are_shares_and_a_mark_is_no_zero(tmp_path: Path) -> None:
    records = school_days(
        tmp_path,
        """
        School|Day|Present
        A|2017-09-05|90.5
        B|2017-09-05|NS
        C|2017-09-05|*
        D|2017-09-05|100
        E|2017-09-05|
        """,
    )
    assert column(records, "school_id", "absence_rate", "hidden") == [
        ("A", 0.095, ""),
        ("B", None, "not_available"),
        ("C", None, "source"),
        ("D", 0.0, ""),
        ("E", None, "not_available"),
    ]
    assert flow(records) == {"read": 5, "no number: '*'": 1, "no number: 'NS'": 1, "no number": 1, "used": 2}
    assert (records.weighs, records.period, records.unit, records.counted) == ("schools", "day", "school_id", False)
    assert set(records.days["school_year"]) == {"2017-18"}


def test_a_word_that_is_no_number_and_no_mark_stops(tmp_path: Path) -> None:
    lines = refused(tmp_path, "School|Day|Present\nA|2017-09-05|90\nB|2017-09-05|n/s\nC|2017-09-05|n/s")
    assert len(lines) == 1
    assert "t.csv, line 3" in lines[0] and "'n/s', no number (2 rows)" in lines[0] and "records.marks" in lines[0]


def test_a_study_without_a_mark_for_negative_numbers_stops(tmp_path: Path) -> None:
    assert "if it is a mark, write '-1'" in refused(tmp_path, "School|Day|Present\nA|2017-09-05|-1")[0].lower()


def test_percents_taken_for_shares_stop(tmp_path: Path) -> None:
    shares = PERCENTS.replace("rates_are: percent", "rates_are: share")
    assert any(
        "rates_are: percent" in line for line in refused(tmp_path, "School|Day|Present\nA|2017-09-05|93", shares)
    )


def test_nobody_present_is_used_and_noted(tmp_path: Path) -> None:
    records = school_days(tmp_path, "School|Day|Present\nA|2017-09-05|90\nB|2017-09-05|0.00")
    assert column(records, "absence_rate") == [0.1, 1.0]
    (note,) = records.problems
    assert note.severity == "noted" and "nobody was present (1 row)" in note.seen and "where_not" in note.fix


def test_where_not_leaves_out_what_the_study_says(tmp_path: Path) -> None:
    closed = PERCENTS + '  where_not: {attendance_rate: ["0.00"]}\n'
    records = school_days(tmp_path, "School|Day|Present\nA|2017-09-05|90\nB|2017-09-05|0.00", closed)
    assert flow(records) == {"read": 2, "left out by the study": 1, "used": 1}
    assert records.problems == ()


def test_a_rate_beyond_one_is_set_aside(tmp_path: Path) -> None:
    rows = "School|Day|Present\nA|2017-09-05|90\nB|2017-09-05|101\nC|2017-09-05|97"
    records = school_days(tmp_path, rows)
    assert flow(records)["more absent than enrolled, or a rate beyond 0 to 100%"] == 1
    assert column(records, "school_id") == ["A", "C"]


def test_sessions_are_half_days_and_must_add_up(tmp_path: Path) -> None:
    mapped = """
  days_are: half_days
  columns: {district_id: Area, date: Day, days_enrolled: Possible, days_absent: Absent, days_present: Present}
"""
    records = school_days(
        tmp_path,
        """
        Area|Day|Possible|Absent|Present
        A|2017-09-05|1,000|50|950
        B|2017-09-05|400|41|359
        C|2017-09-05|400|41|300
        """,
        mapped,
    )
    assert column(records, "district_id", "weight", "absent", "absence_rate") == [
        ("A", 500, 25, 0.05),
        ("B", 200, 20.5, 0.1025),
    ]
    assert flow(records)["days absent and present are not the days enrolled"] == 1
    assert (records.weighs, records.basis, records.unit) == ("days", "counted", "district_id")


def test_absent_and_present_give_the_days_enrolled(tmp_path: Path) -> None:
    mapped = "  columns: {school_id: School, date: Day, days_absent: Absent, days_present: Present}\n"
    records = school_days(tmp_path, "School|Day|Absent|Present\nA|2017-09-05|5|95\nB|2017-09-05|0|0", mapped)
    assert column(records, "weight", "absence_rate") == [(100, 0.05)]
    assert flow(records)["nobody enrolled"] == 1


def test_a_days_percent_and_enrolment_are_days(tmp_path: Path) -> None:
    mapped = PERCENTS.replace("date: Day", "date: Day, students: Enrolled")
    rows = "School|Day|Enrolled|Present\nA|2017-09-05|300|90\nB|2017-09-05|100|70"
    records = school_days(tmp_path, rows, mapped)
    assert column(records, "weight", "absent") == [(300, 30), (100, 30)]
    assert (records.weighs, records.basis) == ("days", "from_percent")


def test_a_weeks_percent_and_enrolment_weigh_by_students(tmp_path: Path) -> None:
    mapped = PERCENTS.replace("date: Day", "week_start: Day, students: Enrolled")
    rows = "School|Day|Enrolled|Present\nA|2017-09-06|300|90\nB|2017-09-04|100|70"
    records = school_days(tmp_path, rows, mapped)
    assert column(records, "date", "weight", "absent") == [("2017-09-04", 300, 30), ("2017-09-04", 100, 30)]
    assert (records.weighs, records.period, records.counted) == ("students", "week", False)


def test_weeks_of_the_calendar_begin_on_their_monday(tmp_path: Path) -> None:
    records = school_days(
        tmp_path,
        """
        Area|Kind|Week|Year|Possible|Absent
        A|Primary|Week 37|2022|100|5
        A|Primary|Week 1|2023|100|5
        A|Primary|Week 52|2023|100|5
        A|Primary|Week 53|2023|100|5
        """,
        WEEKS,
    )
    assert column(records, "date", "school_year") == [
        ("2022-09-12", "2022-23"),
        ("2023-01-02", "2022-23"),
        ("2023-12-25", "2023-24"),
    ]
    assert flow(records)["date not understood"] == 1  # 2023 has 52 weeks
    assert records.dated and records.kinds == ("school_type",)


def test_weeks_of_school_have_an_order_and_no_dates(tmp_path: Path) -> None:
    mapped = """
  set: {district_id: D}
  columns: {week: w}
  files:
    - {path: t.csv, delimiter: "|", set: {school_year: 2014-15}, columns: {days_enrolled: n15, days_absent: a15}}
    - {path: t.csv, delimiter: "|", set: {school_year: 2015-16}, columns: {days_enrolled: n16, days_absent: a16}}
"""
    records = school_days(tmp_path, "w|n15|a15|n16|a16\n2|100|10|200|30\n10|100|20||", mapped)
    assert column(records, "school_year", "date", "absence_rate") == [
        ("2014-15", "week 02", 0.1),
        ("2014-15", "week 10", 0.2),
        ("2015-16", "week 02", 0.15),
    ]
    assert not records.dated and records.period == "week" and records.years == ("2014-15", "2015-16")
    assert flow(records) == {"read": 4, "no number": 1, "used": 3}


def test_a_file_says_for_itself_what_its_rates_are(tmp_path: Path) -> None:
    """0.9 percent absent in one file is no 90 percent because rates of the other are shares."""
    mapped = """
  files: [{path: t.csv, delimiter: "|"}, {path: p.csv, delimiter: "|", rates_are: percent}]
  columns: {school_id: School, date: Day, absence_rate: Absent}
"""
    shares = "School|Day|Absent\nA|2017-09-05|0.05\nB|2017-09-05|0.10\nC|2017-09-05|0.08"
    records = school_days(tmp_path, shares, mapped, p="School|Day|Absent\nD|2017-09-05|0.9\nE|2017-09-05|7")
    assert column(records, "absence_rate") == pytest.approx([0.05, 0.10, 0.08, 0.009, 0.07])


def test_a_mark_that_is_a_number_is_known_with_decimals_too(tmp_path: Path) -> None:
    """Excel writes 999 as 999.0 where a column has decimals."""
    mapped = """
  columns: {school_id: School, date: Day, days_enrolled: All, days_absent: Absent}
  marks: {not_available: ["999"]}
"""
    rows = "School|Day|All|Absent\nA|2017-09-05|2000|999.0\nB|2017-09-05|100|7.5\nC|2017-09-05|100|9"
    assert column(school_days(tmp_path, rows, mapped), "school_id", "absence_rate") == [
        ("A", None),
        ("B", 0.075),
        ("C", 0.09),
    ]


def test_weeks_without_a_year_stop(tmp_path: Path) -> None:
    mapped = "  columns: {school_id: School, week: Week, attendance_rate: Present}\n  rates_are: percent\n"
    assert "map week_year" in refused(tmp_path, "School|Week|Present\nA|3|90", mapped)[0].lower()


def test_declared_totals_are_parents(tmp_path: Path) -> None:
    mapped = PERCENTS.replace("school_id: School", "school_id: School, district_id: D")
    rows = "School|D|Day|Present\nA|1|2017-09-05|90\nB|1|2017-09-05|80\nTOTAL||2017-09-05|84"
    records = school_days(tmp_path, rows, mapped + "  parents: {school_id: [TOTAL]}\n")
    assert column(records, "school_id", "district_id", "parent") == [
        ("", "", True),
        ("A", "1", False),
        ("B", "1", False),
    ]
    assert flow(records)["totals of the source's own, never added to their parts"] == 1
    assert list(records.schools["school_id"]) == ["A", "B"]


def test_a_total_that_is_called_so_stops(tmp_path: Path) -> None:
    rows = "School|Day|Present\nA|2017-09-05|90\nB|2017-09-05|80\nTotal|2017-09-05|84"
    (line,) = refused(tmp_path, rows)
    assert "'Total' is called a total" in line and "records.parents: {school_id: ['Total']}" in line


NESTED = """
        Area|Kind|Week|Year|Possible|Absent
        N|Primary|Week 37|2022|600|36
        N|Special|Week 37|2022|60|12
        N|Total|Week 37|2022|660|48
        A|Primary|Week 37|2022|200|10
        A|Special|Week 37|2022|40|8
        A|Total|Week 37|2022|240|18
        B|Primary|Week 37|2022|400|26
        B|Special|Week 37|2022|20|4
        B|Total|Week 37|2022|420|30
        N|Primary|Week 38|2022|600|60
        N|Special|Week 38|2022|60|6
        N|Total|Week 38|2022|660|66
        A|Primary|Week 38|2022|200|19
        A|Special|Week 38|2022|40|5
        A|Total|Week 38|2022|240|24
        B|Primary|Week 38|2022|400|41
        B|Special|Week 38|2022|20|1
        B|Total|Week 38|2022|420|42
        """


def test_totals_that_are_not_declared_are_found_by_their_sums(tmp_path: Path) -> None:
    lines = refused(tmp_path, NESTED, WEEKS)
    assert len(lines) == 2
    assert "district_id 'N' is the sum of the rows beside it" in lines[0]
    assert "school_type 'Total' is the sum of the rows beside it" in lines[1]
    assert all("counted twice" in line and "records.parents" in line for line in lines)


def test_one_level_declared_and_the_other_not(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, NESTED, WEEKS + "  parents: {school_type: [Total]}\n")
    assert "district_id 'N'" in line
    (line,) = refused(tmp_path, NESTED, WEEKS + "  parents: {district_id: [N]}\n")
    assert "school_type 'Total'" in line


def test_all_levels_declared(tmp_path: Path) -> None:
    records = school_days(tmp_path, NESTED, WEEKS + "  parents: {district_id: [N], school_type: [Total]}\n")
    parts = records.days[~records.days["parent"] & (records.days["school_type"] != "all")]
    assert len(records.days) == 18 and len(parts) == 8 and parts["weight"].sum() == 1320


def test_what_was_said_twice_counts_once_and_what_disagrees_not_at_all(tmp_path: Path) -> None:
    records = school_days(
        tmp_path,
        """
        School|Day|Present
        A|2017-09-05|90
        A|2017-09-05|90
        B|2017-09-05|80
        B|2017-09-05|70
        C|2017-09-05|95
        """,
    )
    assert column(records, "school_id", "absence_rate") == [("A", 0.1), ("C", 0.05)]
    counted = flow(records)
    assert counted["the same row again"] == 1 and counted["two rows of one place and date disagree"] == 2


def test_rows_that_only_a_column_not_mapped_tells_apart_stop(tmp_path: Path) -> None:
    mapped = WEEKS.replace("school_type: Kind, ", "").replace("  groups: [school_type]\n", "")
    (line,) = refused(tmp_path, NESTED, mapped)
    assert "two rows of one place and date disagree: 18 of 18 rows" in line and "map these under groups" in line


FEW = "School|Day|Present\n" + "\n".join(f"S{number:02}|2017-09-05|90" for number in range(30)) + "\nS01|2017-09-06|50"


def test_a_date_that_few_report_is_no_day_of_school(tmp_path: Path) -> None:
    records = school_days(tmp_path, FEW)
    assert list(records.calendar["date"]) == ["2017-09-05"]
    assert flow(records)["a date that few schools or areas report (under 5% of the busiest date's)"] == 1
    assert set(records.calendar["near_break"]) == {"other"} and set(records.calendar["basis"]) == {"inferred"}


def test_a_given_calendar_says_what_is_a_day_of_school(tmp_path: Path) -> None:
    given = """
  calendar:
    files: [{path: calendar.csv}]
    columns: {date: day, note: what}
"""
    days = "day,what\n2017-09-05,\n2017-09-06,rain\n2017-09-12,"
    records = school_days(tmp_path, FEW + "\nS01|2017-09-07|50", PERCENTS + given, calendar=days)
    assert flow(records)["not an instructional day"] == 1
    assert list(records.calendar["near_break"]) == ["other", "day before a break", "day after a break"]
    assert list(records.calendar["note"]) == ["", "rain", ""] and set(records.calendar["basis"]) == {"given"}


def test_a_table_of_schools_names_them_and_their_levels(tmp_path: Path) -> None:
    given = """
  schools:
    files: [{path: schools.csv}]
    columns: {school_id: id, school_name: name, school_level: level}
"""
    schools = "id,name,level\nA,Ash,Elementary\nB,Birch,High"
    rows = "School|Day|Present\nA|2017-09-05|90\nB|2017-09-05|80\nC|2017-09-05|80"
    records = school_days(tmp_path, rows, PERCENTS + given, schools=schools)
    assert column(records, "school_name", "school_level") == [("Ash", "elementary"), ("Birch", "high"), ("", "")]
    assert records.kinds == ("school_level",)


def test_the_last_name_of_a_school_counts(tmp_path: Path) -> None:
    mapped = PERCENTS.replace("school_id: School", "school_id: School, school_name: Name")
    rows = "School|Name|Day|Present\nA|Old|2017-09-05|90\nA|New|2018-03-05|80\nA||2018-03-06|80"
    assert set(column(school_days(tmp_path, rows, mapped), "school_name")) == {"New"}


def test_years_and_the_last_day(tmp_path: Path) -> None:
    rows = "School|Day|Present\nA|2016-09-05|90\nA|2017-09-05|80\nA|2017-09-06|70"
    records = school_days(tmp_path, rows, rest="years: [2017-18]\nas_of: 2017-09-05\n")
    assert flow(records) == {"read": 3, "school year not in the study": 1, "after the study's last day": 1, "used": 1}


def test_a_published_rate_that_its_counts_do_not_give_is_noted(tmp_path: Path) -> None:
    mapped = """
  rates_are: percent
  columns: {school_id: School, date: Day, days_enrolled: Possible, days_absent: Absent, absence_rate: Rate}
"""
    rows = "School|Day|Possible|Absent|Rate\nA|2017-09-05|100|5|5.0\nB|2017-09-05|100|5|6.0"
    records = school_days(tmp_path, rows, mapped)
    assert column(records, "absence_rate") == [0.05, 0.05]
    (note,) = records.problems
    assert "line 3" in note.where and "its own counts do not give" in note.seen and note.severity == "noted"


def test_a_row_that_belongs_nowhere_is_set_aside(tmp_path: Path) -> None:
    rows = "School|Day|Present\nA|2017-09-05|90\n|2017-09-05|80\nB|2017-09-05|90"
    assert flow(school_days(tmp_path, rows))["no school id"] == 1


def test_the_study_names_what_cannot_be_a_parent(tmp_path: Path) -> None:
    lines = refused(tmp_path, FEW, PERCENTS + "  parents: {schol_id: [TOTAL]}\n")
    assert any("did you mean 'school_id'?" in line.lower() for line in lines)


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    rows = "School|Day|Present\nA|05.09.2017|n/s\nB|05.09.2017|80"
    lines = refused(tmp_path, rows)
    assert any("date not understood: 2 of 2" in line for line in lines) and any("'n/s'" in line for line in lines)
