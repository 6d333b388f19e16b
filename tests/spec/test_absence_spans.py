"""Absences from a date to a date: which days of school they are, by hand.

The calendar is that of `test_absence_events`: 4 to 15 September 2017 without Thursday 7 and the weekend of 9 and 10.
"""
# ruff: noqa: E501

from pathlib import Path

import pytest
from small_tables import assert_table, read, refused
from test_absence_events import CALENDAR, days
from test_absence_events import study as events

from analysis import engine, findings
from analysis.problems import UserError
from analysis.records.types import StudentRecords
from analysis.study import Study

SPELLS = """
    student | school | grade | entry      | exit
    all     | A      | 03    | 2017-08-28 |
    mover   | A      | 04    | 2017-09-04 | 2017-09-08
    mover   | B      | 04    | 2017-09-08 |
"""


ENDS = "mover | A | 2017-09-04 | 2017-09-04 | Excused |\nmover | B | 2017-09-15 | 2017-09-15 | Excused |"
"""The records begin on the first day of school, and reach the last."""


def study(folder: Path, rows: str, *, length: bool = True, more: str = "", **given: str) -> Study:
    """Write absences `student | school | date | last | code | days`; the code is left out of the words that we know."""
    found = events(
        folder, "student | school | date | last | code | days\n" + rows.strip(), **{"spells": SPELLS, **given}
    )
    text = (
        found.path.read_text()
        .replace("date: date", "date: date, last_date: last")
        .replace("columns:", f"{more}columns:", 1)
    )
    found.path.write_text(text if length else text.replace(", days_absent: days", ""))
    return Study.load(found.path)


def test_an_absence_is_each_day_of_school_of_its_school(tmp_path: Path) -> None:
    """From Wednesday to Monday: the Thursday is no day of school, nor is the weekend, and at B the Friday is none."""
    calendar = "day | open | at\n" + "\n".join(
        f"2017-09-{day} | true | {school}" for school in "AB" for day in ("04", "05", "06", "08", "11", "12", "13", "14", "15")
        if school + day != "B08"
    )  # fmt: skip
    spells = "student | school | grade | entry | exit\na | A | 03 | 2017-09-04 |\nb | B | 03 | 2017-09-04 |"
    rows = "a | A | 2017-09-06 | 2017-09-11 | Excused |\nb | B | 2017-09-06 | 2017-09-11 | Excused |\nb | B | 2017-09-15 | 2017-09-15 | Half |"
    found = read(
        study(tmp_path, rows, spells=spells, calendar=calendar, columns="date: day, instructional: open, school_id: at")
    )
    assert days(found) == {("a", "A"): "..111....", ("b", "B"): "..1 1...h"}
    assert_table(found.flow.query("step in ('read', 'used', 'days of absences')"), """
        step             | reason                                                                  | rows | students
        read             |                                                                         | 3    | 2
        used             |                                                                         | 3    | 2
        used             | in a grade that totals leave out                                        | 0    | 0
        used             | without a length, taken as whole days (or half, where the code says so) | 3    | .
        days of absences |                                                                         | 6    | 2
        """)  # fmt: skip
    assert "they are 6 days of absence." in findings.records(found.study).flow.text


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("2017-09-05 | 2017-09-08 | Excused | 3", ".111....."),  # as long as its days: whole ones
        ("2017-09-05 | 2017-09-05 | Excused | 0.25", ".q......."),  # one day: as it says
        ("2017-09-05 | 2017-09-08 | Half | 1.5", ".hhh....."),
        ("2017-09-05 | 2017-09-08 | Half |", ".hhh....."),
        ("2017-09-05 | 2017-09-08 | Tardy | 0.1", "........."),
        ("2017-09-09 | 2017-09-11 | Excused | 1", "....1...."),  # begins on a Saturday
        ("2017-08-01 | 2017-09-05 | Excused |", "11......."),  # begins before the calendar
        ("2017-09-14 | 2018-07-01 | Excused |", ".......11"),  # ends after it
    ],
)
def test_lengths_and_ends(tmp_path: Path, row: str, expected: str) -> None:
    assert days(read(study(tmp_path, f"{ENDS}\nall | A | {row}")))["all", "A"] == expected


WRONG = [
    ("no last date", "all | A | 2017-09-05 | | Excused | 1"),
    ("last date not understood", "all | A | 2017-09-05 | soon | Excused | 1"),
    ("last date before the first", "all | A | 2017-09-05 | 2017-09-04 | Excused | 1"),
    ("from a date to one more than a year later", "all | A | 2017-09-05 | 2018-09-06 | Excused |"),
    ("a length that is not that of the days of school between its dates", "all | A | 2017-09-05 | 2017-09-08 | Excused | 4"),
    ("a length that is not that of the days of school between its dates", "all | A | 2017-09-05 | 2017-09-08 | Excused | 0.5"),
    ("absent longer than a day", "all | A | 2017-09-08 | 2017-09-10 | Excused | 3"),
    ("not an instructional day", "all | A | 2017-09-09 | 2017-09-10 | Excused |"),
    ("outside enrolment", "mover | A | 2017-09-11 | 2017-09-15 | Excused |"),
]  # fmt: skip


def test_what_cannot_be_right_is_set_aside_and_changes_no_day(tmp_path: Path) -> None:
    right = [
        f"all | A | 2017-09-{day} | 2017-09-{day} | Excused | 1" for day in ("04", "06", "11", "12", "13", "14", "15")
    ]
    right += [f"mover | B | 2017-09-{day} | 2017-09-{day} | Excused | 1" for day in ("12", "13", "14", "15")]
    found = read(study(tmp_path, "\n".join([*right, *(row for _, row in WRONG)])))
    assert days(found) == {("all", "A"): "1.1.11111", ("mover", "A"): "...      ", ("mover", "B"): "   ..1111"}
    aside = found.flow[found.flow["step"] == "set aside"]
    assert dict(zip(aside["reason"], aside["rows"], strict=True)) == {
        reason: sum(one == reason for one, _ in WRONG) for reason, _ in WRONG
    }
    told = [problem.seen for problem in found.problems if problem.severity == "set_aside"]
    assert "last date before the first: 1 of 20 rows" in told


def test_days_at_which_a_student_had_left_are_set_aside_and_the_others_used(tmp_path: Path) -> None:
    """From Tuesday to Monday at A, which the student left on Friday 8: two days count, and two do not."""
    found = read(
        study(
            tmp_path, "mover | A | 2017-09-05 | 2017-09-11 | Excused |\nall | A | 2017-09-15 | 2017-09-15 | Excused |"
        )
    )
    assert days(found)["mover", "A"] == ".11      " and days(found)["mover", "B"] == "   ......"
    assert_table(found.flow.query("step == 'days of absences'"), """
        step             | reason                                            | rows | students
        days of absences |                                                   | 3    | 2
        days of absences | on the exit date, which is no day of membership   | 1    | 1
        days of absences | outside enrolment                                 | 1    | 1
        """)  # fmt: skip
    assert found.flow.query("step == 'set aside'").empty
    assert "outside enrolment: 1 of 5 days of the absences used" in [problem.seen for problem in found.problems]
    assert "Other days of theirs were set aside" in findings.records(found.study).flow.text


def test_days_in_two_absences_count_once(tmp_path: Path) -> None:
    """Monday to Wednesday and Tuesday to Friday overlap on two days; of two codes no reason is known there."""
    rows = ENDS + "\nall | A | 2017-09-04 | 2017-09-06 | Excused |\nall | A | 2017-09-05 | 2017-09-08 | {} |"
    for code, again in (("Excused", 2), ("Unexcused", 0)):
        found = read(study(tmp_path / code, rows.format(code)))
        assert days(found)["all", "A"] == "1111....."
        copies = found.flow.query("step == 'days of absences' and reason == 'the same event again'")["rows"].sum()
        assert copies == again


def test_an_absence_over_the_summer_is_of_two_years(tmp_path: Path) -> None:
    calendar = CALENDAR + "\n" + "\n".join(f"2017-06-{day} | true" for day in (12, 13, 14, 15, 16))
    spells = (
        "student | school | grade | entry | exit\nall | A | 02 | 2017-06-12 | 2017-06-30\nall | A | 03 | 2017-09-04 |"
    )
    rows = "all | A | 2017-06-12 | 2017-06-12 | Excused |\nall | A | 2017-06-15 | 2017-09-05 | Excused |"
    found = read(study(tmp_path, rows, spells=spells, calendar=calendar))
    missed = missed_by(found)
    assert missed == {"2016-17": ["2017-06-12", "2017-06-15", "2017-06-16"], "2017-18": ["2017-09-04", "2017-09-05"]}


def missed_by(found: StudentRecords) -> dict[str, list[str]]:
    """Give the dates missed by school year."""
    rows = engine.execute(
        f"SELECT school_year, date FROM read_parquet('{found.path}') WHERE days_absent > 0 ORDER BY ALL"
    )
    return {year: [date for one, date in rows if one == year] for year in sorted({year for year, _ in rows})}


def test_an_absence_that_is_to_last_takes_no_year_to_its_end(tmp_path: Path) -> None:
    """Somebody is to be away until the 15th; no other absence begins after Friday 8, so that nothing is known then."""
    rows = "mover | A | 2017-09-04 | 2017-09-04 | Excused |\nall | A | 2017-09-08 | 2017-09-15 | Excused |"
    found = read(study(tmp_path, rows))
    assert found.progress is not None and (found.progress.days, found.progress.of) == (4, 9)
    assert days(found) == {("all", "A"): "...1     ", ("mover", "A"): "1..      ", ("mover", "B"): "   .     "}
    later = "later in the year than the year in progress has come"
    assert found.flow.query("step == 'days of absences'").set_index("reason")["rows"].to_dict() == {"": 2, later: 5}


def test_without_the_enrolment_days_absent_are_known(tmp_path: Path) -> None:
    found = read(
        study(
            tmp_path,
            "x | A | 2017-09-05 | 2017-09-08 | Excused |\ny | A | 2017-09-15 | 2017-09-15 | Excused |",
            spells="",
        )
    )
    assert missed_by(found) == {"2017-18": ["2017-09-05", "2017-09-06", "2017-09-08", "2017-09-15"]}


def test_an_absence_of_one_day_may_have_its_date_alone_where_the_study_says_so(tmp_path: Path) -> None:
    rows = "all | A | 2017-09-05 | | Excused |\nall | A | 2017-09-13 | 2017-09-15 | Excused |"
    found = read(study(tmp_path, rows, more="fallback: {last_date: date}\n  "))
    assert days(found)["all", "A"] == ".1....111"


def test_a_last_date_needs_the_calendar_and_no_parts_of_days(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        study(tmp_path, "all | A | 2017-09-05 | 2017-09-08 | Excused |", calendar="")
    assert "last_date is mapped, and there is no calendar" in str(caught.value)
    one = study(tmp_path / "b", "all | A | 2017-09-05 | 2017-09-08 | Excused |")
    one.path.write_text(one.path.read_text().replace("last_date: last", "last_date: last, period: code"))
    with pytest.raises(UserError) as caught:
        Study.load(one.path)
    assert "last_date and period are mapped" in str(caught.value)


def test_where_most_have_no_last_date_it_stops(tmp_path: Path) -> None:
    rows = "all | A | 2017-09-05 | | Excused |\nall | A | 2017-09-06 | | Excused |\nall | A | 2017-09-08 | 2017-09-08 | Excused |"
    assert any("no last date: 2 of 3 rows" in problem for problem in refused(study(tmp_path, rows)))
