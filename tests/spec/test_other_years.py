"""Tables of other years: what a year writes otherwise, or says again, is no silent other number. All is invented."""

from pathlib import Path

import pytest
from small_tables import years
from test_proposal import mapped, propose, table
from test_published_shapes import study_of

from analysis import findings, records
from analysis.measures import counted
from analysis.problems import UserError
from analysis.records.published_counts import read_published

COUNTS = "  columns: {district_id: D, grade_level: G, students: n, chronically_absent: k}\n"
FILES = "  files: [{path: 't_{school_year}.csv'}]\n"
GRADES = range(1, 11)


def year(name: str, code: str, more: int) -> dict[str, str]:
    rows = [f"{code}|{grade}|{100 + grade + more}|{20 + grade}" for grade in GRADES]
    return {f"t_{name}": "D|G|n|k\n" + "\n".join(rows)}


def test_codes_that_lost_their_zeros_in_one_year_stop(tmp_path: Path) -> None:
    texts = year("2021-22", "0012", 0) | year("2022-23", "12", 5)
    with pytest.raises(UserError, match=r"t_2022-23\.csv, line 2: district_id is '12' here and '0012' in other rows"):
        read_published(study_of(tmp_path, COUNTS + FILES, **texts))
    mended = read_published(study_of(tmp_path, COUNTS + "  extract: {district_id: '^0*(.+)'}\n" + FILES, **texts))
    assert mended.counts.groupby("school_year")["district_id"].unique().map(list).to_dict() == {
        "2021-22": ["12"], "2022-23": ["12"],
    }  # fmt: skip


def test_two_codes_of_one_table_are_two_places(tmp_path: Path) -> None:
    both = (
        year("2021-22", "0012", 0)["t_2021-22"] + "\n" + "\n".join(f"12|{one}|{90 + one}|{9 + one}" for one in GRADES)
    )
    texts = {"t_2021-22": both} | year("2022-23", "12", 5)
    assert read_published(study_of(tmp_path, COUNTS + FILES, **texts)).counts["district_id"].nunique() == 2


def test_one_file_under_two_years_stops(tmp_path: Path) -> None:
    texts = year("2021-22", "12", 0) | year("2022-23", "12", 0)
    with pytest.raises(UserError, match="2022-23 has the numbers of 2021-22, in all 10 rows"):
        read_published(study_of(tmp_path, COUNTS + FILES, **texts))
    texts["t_2022-23"] = texts["t_2022-23"].replace("|103|23", "|103|24")
    assert len(read_published(study_of(tmp_path, COUNTS + FILES, **texts)).counts) == 20


def test_a_year_of_shares_among_years_of_percents_stops(tmp_path: Path) -> None:
    """They stood in one file, so that most rates were over 1: those of the year were a hundred times too small."""
    rows = [f"{name}|D{one}|{rate + one}" for name, rate in (("2020-21", 12), ("2021-22", 22)) for one in range(12)]
    rows += [f"2022-23|D{one}|0.{20 + one}" for one in range(12)]
    mapping = "  columns: {school_year: Y, district_id: D, chronic_rate: r}\n  rates_are: percent\n"
    mapping += "  files: [{path: t.csv}]\n"
    with pytest.raises(UserError, match=r"line 26: chronic_rate is nowhere above 1 percent"):
        read_published(study_of(tmp_path, mapping, t="Y|D|r\n" + "\n".join(rows)))


def test_a_count_of_something_else_is_not_of_the_chronically_absent(tmp_path: Path) -> None:
    """Nebraska's table of schools counts students with free lunch, and no absences."""
    rows = [f"{one:04},2018-19,{0.3 + one / 100:.2f},{30 + one},{100 + one}" for one in range(9)]
    text = propose(tmp_path, {"panel.csv": table("SCHOOL_ID,YEAR,FRL_PERCENT,FRL_COUNT,ENROLLED", *rows)})
    assert "chronically_absent: FRL_COUNT" not in text


def test_whether_a_school_is_a_charter_is_no_school(tmp_path: Path) -> None:
    rows = [f"0{one},Yes,2022-23,{100 + one},{20 + one}" for one in range(9)]
    rows += [f"0{one},No,2022-23,{300 + one},{30 + one}" for one in range(9)]
    header = "District Code,Charter School,Academic Year,Enrollment,ChronicAbsenteeismCount"
    assert "school_id" not in mapped(propose(tmp_path, {"ca.csv": table(header, *rows)}))


def test_the_year_before_is_that_of_the_pages_and_is_the_one_before(tmp_path: Path) -> None:
    """Of 4 in 10 who were chronic in 2016-17, 2 are so in 2017-18; in 2019-20, two years on, nobody is followed."""
    rows = "".join(
        f"{n} | A | {year} | 100 | {20 if n < chronic else 0}\n"
        for year, chronic in (("2016-17", 4), ("2017-18", 2), ("2019-20", 10))
        for n in range(10)
    )
    text = f"student | school | year | enrolled | absent\n{rows}"
    (tmp_path / "focus").mkdir()
    focus = years(tmp_path / "focus", text, rest="focus: {school_year: 2017-18}\n")
    assert "50.0% were so again" in findings.where(focus.study).persistence.text
    last = years(tmp_path, text)
    assert set(counted.persistence(last)["school_year"]) == {"2017-18"}
    assert findings.where(last.study).persistence.text.startswith("The year before 2019-20 is not in these records")


def test_a_file_of_a_year_that_no_years_have_is_noted(tmp_path: Path) -> None:
    texts = year("2021-22", "12", 0) | year("2022-23", "12", 5)
    files = "  files: [{path: 't_{school_year}.csv', years: [2021-22]}]\n"
    (noted,) = records.check(study_of(tmp_path, COUNTS + files, **texts))
    assert "there is a file of 2022-23, and no 'years' have it. It is not read" in str(noted)
    both = files.replace("[2021-22]", "[2021-22, 2022-23]")
    assert records.check(study_of(tmp_path, COUNTS + both, **texts)) == ()
    (problem,) = records.check(study_of(tmp_path, COUNTS + files.replace("2021-22", "2019-20"), **texts))
    assert "t_{school_year}.csv: no file of 2019-20" in str(problem) and "there is 2021-22, 2022-23" in str(problem)


def test_a_header_of_which_the_study_knows_nothing_has_no_nearest_name(tmp_path: Path) -> None:
    """'Did you mean' named what stood above the names, where a new year has them a line lower."""
    first = {"t_2021-22": "District|Grade|Students|Chronic\n12|1|100|21"}
    texts = first | {"t_2022-23": "||Students in all|\nDistrict|Grade|Students|Chronic\n12|1|100|20"}
    mapping = (
        "  columns: {district_id: District, grade_level: Grade, students: Students, chronically_absent: Chronic}\n"
    )
    (problem,) = records.check(study_of(tmp_path, mapping + FILES, **texts))
    assert "check header_row and delimiter; a year that is laid out otherwise has its own file" in str(problem)
    texts["t_2022-23"] = "Districts|Grades|Student|Chronics\n12|1|100|20"
    assert all("Did you mean" in str(one) for one in records.check(study_of(tmp_path, mapping + FILES, **texts)))
