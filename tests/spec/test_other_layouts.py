"""Files of other sources than those that the project was made with: what was wrong in a proposal, or stood in silence.

Each table is invented; its layout is that of a source (New York's quality reports, England's yearly absence).
"""

from pathlib import Path

import pytest
from test_proposal import mapped, propose, table
from test_published_shapes import study_of

from analysis.problems import UserError
from analysis.proposal.words import level_of
from analysis.records.published_counts import read_published


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
