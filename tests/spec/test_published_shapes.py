"""The shapes in which people publish: codes that hold two, long tables, years as columns, footers."""

from pathlib import Path

import pytest
from small_tables import study_from
from test_published_counts import column, published, refused

from analysis.measures.published import absence_by
from analysis.problems import UserError
from analysis.records.dates import school_year
from analysis.records.published_counts import read_published
from analysis.study import Study


def study_of(folder: Path, records: str, rest: str = "", **files: str) -> Study:
    """Write files (`name: table`, cells parted by `|`) and a study that reads them."""
    (folder / "data").mkdir(exist_ok=True)
    for name, text in files.items():
        table = "\n".join(line.strip().replace("|", ",") for line in text.strip().splitlines())
        (folder / "data" / f"{name}.csv").write_text(table + "\n", encoding="utf-8")
    return study_from(folder, f"title: T\ndata: data\n{rest}records:\n  kind: published_counts\n{records}")


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2017-18", "2017-18"), ("2017/2018", "2017-18"), ("201718", "2017-18"), ("20172018", "2017-18"),
        ("SY 2017-18", "2017-18"), ("SY1718", "2017-18"), ("17-18", "2017-18"), ("22 - 23 School Year", "2022-23"),
        ("99-00", "1999-00"), ("2017", ""), ("1718", ""), ("SY2021", ""), ("2017-19", ""), ("201720", ""), ("9-10", ""),
    ],
)  # fmt: skip
def test_school_years_as_sources_write_them(text: str, year: str) -> None:
    assert school_year(text) == year


def test_one_year_alone() -> None:
    assert [school_year(text, "end") for text in ("2018", "2018.0", "SY2021", "1718")] == [
        "2017-18", "2017-18", "2020-21", "",
    ]  # fmt: skip
    assert school_year("2018", "start") == "2018-19"


CODES = """
  year_is: end
  columns: {school_year: year, district_id: code, school_id: code, students: den, chronically_absent: Count}
  extract: {district_id: "^(STATE|...)"}
  parents: {district_id: [STATE], school_id: [STATE, "*LEA"]}
  files: [{path: t.csv}]
"""


def test_one_code_holds_district_and_school(tmp_path: Path) -> None:
    table = "year|code|Count|den\n2019|010303|5|50\n2019|010LEA|5|50\n2019|01B000|7|30\n2019|STATE|12|80"
    records = read_published(study_of(tmp_path, CODES, t=table))
    assert column(records, "school_year", "district_id", "school_id", "parent") == [
        ("2018-19", "010", "", True),
        ("2018-19", "010", "010303", False),
        ("2018-19", "01B", "01B000", False),
        ("2018-19", "STATE", "", True),
    ]
    assert records.problems == ()


@pytest.mark.parametrize(("year_is", "year"), [("start", "2018-19"), ("end", "2017-18")])
def test_one_year_means_what_the_study_says(tmp_path: Path, year_is: str, year: str) -> None:
    mapped = f"  year_is: {year_is}\n  columns: {{school_year: Year, district_id: Code, chronic_rate: Rate}}\n"
    assert column(published(tmp_path, "Code|Rate|Year\n1|0.1|2018\n2|0.1|2018.0", mapped), "school_year") == [year] * 2


def test_a_pattern_that_the_engine_does_not_know_is_a_problem(tmp_path: Path) -> None:
    mapped = "  columns: {district_id: Code, chronic_rate: Rate}\n  extract: {district_id: '^(?=0)(.)'}\n"
    (problem,) = refused(tmp_path, "Code|Rate\n01|0.1", mapped)
    assert "records.extract.district_id" in problem and "cannot be used as a pattern" in problem
    with pytest.raises(UserError, match="no regular expression"):
        published(tmp_path, "Code|Rate\n01|0.1", mapped.replace("^(?=0)(.)", "(("))


def test_a_state_without_a_code_and_a_footer(tmp_path: Path) -> None:
    mapped = """
  columns: {district_id: Code, district_name: Name, students: All, chronically_absent: Count}
  fallback: {district_id: County}
  values: {district_id: {STATE TOTAL: CO}}
  parents: {district_id: [CO]}
"""
    rows = """
        County|Code|Name|All|Count
        ADAMS|0010|Mapleton|100|10
        STATE TOTAL| | |100|10
        ||||
        * see definitions||||
        |Code|||
        """
    rows = rows.replace("* see definitions||||", "|||* see definitions|").replace("        |Code|||\n", "")
    records = published(tmp_path, rows, mapped)
    assert column(records, "district_id", "parent") == [("0010", False), ("CO", True)]
    assert records.flow[["reason", "rows"]].to_numpy().tolist() == [["", 3], ["district missing", 1], ["", 2]]


LONG = """
  rates_are: percent
  marks: {suppressed: ["-9999"], not_available: ["-6666"]}
  columns: {district_id: District, grade_level: Grade, measure: Measure, value: Value}
  values: {measure: {Number: chronically_absent, Percent: chronic_rate}}
"""


def test_a_long_table_says_what_each_number_is(tmp_path: Path) -> None:
    rows = """
        District|Grade|Measure|Value
        A|K|Number|28
        A|K|Percent|28.0
        A|1|Number|-9999.0
        A|1|Percent|-9999
        A|2|Percent|-6666
        A|2|Percent|-6666
        """
    records = published(tmp_path, rows, LONG)
    names = ("grade_level", "students", "chronically_absent", "chronic_rate", "hidden")
    assert column(records, *names) == [
        ("01", None, None, None, "source"),
        ("02", None, None, None, "not_available"),
        ("KG", 100.0, 28.0, pytest.approx(0.28), ""),
    ]
    assert records.flow[["step", "reason", "rows"]].to_numpy().tolist() == [
        ["read", "", 6],
        ["set aside", "the same row again", 1],
        ["used", "", 5],
    ]


def test_long_rows_that_disagree_stop_with_their_lines(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, "District|Grade|Measure|Value\nA|K|Number|28\nA|K|Number|29", LONG)
    assert "line 2 and t_2017-18.csv, line 3: rows that disagree about the same cell (2017-18, A, KG" in problem


def test_a_measure_that_nothing_explains_stops(tmp_path: Path) -> None:
    (problem,) = refused(tmp_path, "District|Grade|Measure|Value\nA|K|Rank|3", LONG)
    assert "no mapping explains 'Rank'" in problem and "chronically_absent" in problem


def test_years_as_columns_and_rates_by_file(tmp_path: Path) -> None:
    records = """
  columns: {district_id: Code}
  files:
    - {path: t.csv, set: {school_year: 2019-20}, columns: {students: n20, attendance_rate: r20}}
    - {path: t.csv, set: {school_year: 2020-21}, columns: {students: n21, attendance_rate: r21}, rates_are: percent}
"""
    counts = read_published(study_of(tmp_path, records, t="Code|n20|r20|n21|r21\n1|100|0.95|90|91.5\n2|50||40|"))
    assert column(counts, "school_year", "district_id", "students", "absence_rate", "hidden") == [
        ("2019-20", "1", 100.0, pytest.approx(0.05), ""),
        ("2019-20", "2", 50.0, None, "not_available"),
        ("2020-21", "1", 90.0, pytest.approx(0.085), ""),
        ("2020-21", "2", 40.0, None, "not_available"),
    ]
    assert counts.outcome == "absence"


def test_a_file_in_percents_among_files_in_shares_is_caught_by_its_line(tmp_path: Path) -> None:
    records = """
  columns: {district_id: Code, chronic_rate: r}
  set: {school_year: 2019-20}
  files: [{path: a.csv}, {path: b.csv}]
"""
    with pytest.raises(UserError) as caught:
        read_published(study_of(tmp_path, records, a="Code|r\n1|0.1\n2|0.2\n3|0.3", b="Code|r\n4|25\n5|30"))
    (problem,) = caught.value.problems
    assert problem.where == "b.csv, line 2" and "rates_are: percent" in problem.fix


def test_schools_without_codes_are_told_apart_by_their_district(tmp_path: Path) -> None:
    mapped = """
  columns:
    {district_id: D, district_name: D, school_id: S, school_name: S, school_level: S, students: n,
     chronically_absent: c}
  extract: {school_level: (Elementary|High)}
"""
    rows = (
        "D|S|n|c\nNorth|Central High|100|20\nSouth|Central High|50|5\nSouth|Oak Elementary|60|6\nSouth|The Annex|10|1"
    )
    records = published(tmp_path, rows, mapped)
    assert records.schools["school_id"].tolist() == [
        "North: Central High", "Oak Elementary", "South: Central High", "The Annex",
    ]  # fmt: skip
    assert records.schools["school_name"].tolist()[0] == "Central High (North)"
    (noted,) = records.problems
    assert noted.severity == "noted" and "1 school id stands in more than one district" in noted.seen
    levels = absence_by(records, "school_level")
    shown = levels[["school_level", "students", "chronically_absent"]].to_numpy().tolist()
    assert shown == [["elementary", 60, 6], ["high", 150, 25], ["other", 10, 1], ["all", 220, 32]]


@pytest.mark.parametrize(
    ("students", "percent", "chronic", "ends"),
    [
        ("200", "12.5", 25, (25, 25)),
        ("40", "0.0", 0, (0, 0)),
        ("20000", "25.0", 5000, (4990, 5010)),
        ("50000", "0.5", None, (225, 275)),
    ],
)
def test_a_number_is_worked_back_from_a_percent_only_where_rounding_leaves_little_open(
    tmp_path: Path, students: str, percent: str, chronic: float | None, ends: tuple[float, float]
) -> None:
    mapped = "  rates_are: percent\n  columns: {district_id: Code, students: n, chronic_rate: r}\n"
    records = published(tmp_path, f"Code|n|r\n1|{students}|{percent}", mapped)
    basis = "counted" if chronic is None else "from_percent"
    assert column(records, "chronically_absent", "students_basis") == [(chronic, basis)]
    assert column(records, "chronically_absent_low", "chronically_absent_high") == [ends]


def test_a_hidden_number_is_not_worked_back(tmp_path: Path) -> None:
    mapped = """
  rates_are: percent
  marks: {suppressed: ['*']}
  columns: {district_id: Code, students: n, chronically_absent: c, chronic_rate: r}
"""
    records = published(tmp_path, "Code|n|c|r\n1|40|*|12.5\n2|*|5|12.5", mapped)
    assert column(records, "students", "chronically_absent", "chronic_rate") == [
        (40.0, None, 0.125),
        (None, 5.0, 0.125),
    ]


def test_districts_that_hold_more_than_their_state_are_noted(tmp_path: Path) -> None:
    mapped = "  columns: {district_id: Code, students: n, chronically_absent: c}\n  parents: {district_id: [S]}\n"
    records = published(tmp_path, "Code|n|c\nS|290|31\n1|100|10\n2|200|20", mapped)
    more, fewer = records.problems
    assert "districts together hold more students than the row that holds them: by 3.4 percent at most" in more.seen
    assert (
        "districts together hold fewer chronically absent students" in fewer.seen
        and "in 1 of 1 such rows" in fewer.seen
    )
    assert {more.severity, fewer.severity} == {"noted"}


def test_a_group_with_more_chronic_than_all_students_shows_its_rate_alone(tmp_path: Path) -> None:
    mapped = """
  groups: [race]
  columns: {district_id: Code, group: kind, group_level: level, chronically_absent: c, chronic_rate: r}
  values: {group: {all: all, "1-2": race}}
"""
    records = published(
        tmp_path, "Code|kind|level|c|r\n1|all|all|100|0.2\n1|1-2|White|40|0.1\n1|1-2|Black|600|0.6", mapped
    )
    assert column(records, "group_level", "chronically_absent", "chronic_rate", "hidden") == [
        ("", 100.0, 0.2, ""),
        ("Black", None, 0.6, "not_available"),
        ("White", 40.0, 0.1, ""),
    ]
    (noted,) = records.problems
    assert noted.severity == "noted" and noted.where == "t_2017-18.csv, line 4"


def test_sessions_of_half_a_day_are_halved(tmp_path: Path) -> None:
    mapping = "  days_are: half_days\n  columns: {district_id: Code, days_enrolled: Possible, days_absent: Missed}\n"
    found = published(tmp_path, "Code|Possible|Missed\n1|3800|190\n2|1900|95", mapping)
    assert column(found, "days_enrolled", "days_absent", "absence_rate") == [(1900.0, 95.0, 0.05), (950.0, 47.5, 0.05)]


def test_a_total_of_schools_is_named_as_the_source_writes_it(tmp_path: Path) -> None:
    table = "\n".join(f"{one}|{code}|{n}|{k}" for one in "12" for code, n, k in
                      ((0, 350, 45), (1, 100, 10), (2, 200, 30), (3, 50, 5)))  # fmt: skip
    mapping = "  columns: {district_id: D, school_id: S, students: n, chronically_absent: k}\n"
    problems = refused(tmp_path, f"D|S|n|k\n{table}", mapping)
    assert all("school_id '0' is the sum" in one and "{school_id: ['0']}" in one for one in problems) and problems
    assert published(tmp_path, f"D|S|n|k\n{table}", mapping + "  parents: {school_id: ['0']}\n").counts["parent"].sum()


def test_a_state_that_is_at_a_school_holds_nothing(tmp_path: Path) -> None:
    table = "D|S|n|k\nXX|900|300|40\n0100|901|100|10\n0101|902|100|10\n0200|903|200|30\n0201|904|200|30"
    mapping = "  columns: {district_id: D, school_id: S, students: n, chronically_absent: k}\n"
    (problem,) = refused(tmp_path, table, mapping + "  parents: {district_id: [XX]}\n")
    assert "line 2: district_id 'XX' is said to hold other districts, and its rows are of a school ('900')" in problem
    assert "parents: {school_id: ['900']} too" in problem


def test_rows_that_a_column_tells_apart_are_kept_by_where(tmp_path: Path) -> None:
    table = "D|Charter|n|k\n1|All|100|20\n1|No|90|15\n2|All|200|30\n2|No|200|30"
    mapping = "  columns: {district_id: D, students: n, chronically_absent: k%s}\n"
    (problem,) = refused(tmp_path, table, mapping % "")
    assert "map it and keep one of its words by where" in problem
    kept = published(tmp_path, table, mapping % ", charter: Charter" + "  where: {charter: [All]}\n")
    assert kept.counts["students"].tolist() == [100, 200]
