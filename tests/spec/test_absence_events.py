"""Absences with enrolment and calendar: whose days they are is known by hand; what cannot be used is counted by reason.

The calendar is Monday 4 September to Friday 15 September 2017 without Thursday 7: nine days of school.
"""

from collections import Counter
from pathlib import Path

import pytest
from small_tables import assert_table, put, read, refused, study_from

from analysis import engine, findings, measures
from analysis.problems import UserError
from analysis.records.absence_events import FAULTS
from analysis.records.absence_spans import SPAN_FAULTS
from analysis.records.types import StudentRecords
from analysis.study import Study

DAYS = ("04", "05", "06", "08", "11", "12", "13", "14", "15")
CALENDAR = "day | open\n" + "\n".join(f"2017-09-{day} | true" for day in DAYS) + "\n2017-09-07 | false"
SPELLS = """
    student | school | grade | entry      | exit
    all     | A      | 03    | 2017-08-28 |
    mover   | A      | 04    | 2017-09-04 | 2017-09-11
    mover   | B      | 04    | 2017-09-11 |
    back    | A      | 05    | 2017-09-04 | 2017-09-06
    back    | A      | 05    | 2017-09-13 |
    older   | B      | 02    | 2016-09-05 |
    older   | B      | 03    | 2017-09-05 | 2017-09-16
"""
EVENTS = """
    student | school | date       | code    | days
    all     | A      | 2017-09-05 | Excused | 1
    all     | A      | 2017-09-06 | Tardy   | 0.1
    all     | A      | 2017-09-08 | Half    |
    all     | A      | 2017-09-15 | Unexcused | 0.25
    mover   | A      | 2017-09-08 | Excused |
    mover   | B      | 2017-09-15 | Unexcused | 1
    back    | A      | 2017-09-14 | Unexcused | 1
    older   | B      | 2017-09-14 | Excused | 1
"""
YAML = """title: T
data: data
audience: internal
{rest}records:
  kind: absence_events
  files: [{{path: events.csv}}]
  columns: {{student_id: student, school_id: school, date: date, attendance_code: code, days_absent: days}}
  values: {{attendance_code: {{Half: half_absent}}}}
{calendar}{enrolment}"""
SIDE = "  {name}: {{files: [{{path: {name}.csv{more}}}], columns: {{{columns}}}{key}}}\n"
SPELL_COLUMNS = "student_id: student, school_id: school, grade_level: grade, entry_date: entry, exit_date: exit"


def study(
    folder: Path, events: str = EVENTS, spells: str = SPELLS, calendar: str = CALENDAR, *, rest: str = "",
    key: str = "", columns: str = "date: day, instructional: open",
) -> Study:  # fmt: skip
    """Write the files and the study; '' instead of spells or of a calendar is none."""
    put(folder, "events.csv", events.replace("Unexcused", "unexcused").replace("Excused", "Excused Absence"))
    parts = {"calendar": "", "enrolment": ""}
    for name, text, own, more in (("calendar", calendar, columns, ""), ("enrolment", spells, SPELL_COLUMNS, key)):
        if text:
            put(folder, f"{name}.csv", text)
            parts[name] = SIDE.format(name=name, columns=own, key=more, more="")
    return study_from(folder, YAML.format(rest=rest, **parts))


def days(records: StudentRecords) -> dict[tuple[str, str], str]:
    """Write each student's days at a school: '.' present, '1' absent, a part of a day by its letter, in order."""
    rows = engine.execute(
        f"SELECT student_id, school_id, right(date, 2), days_absent FROM read_parquet('{records.path}')"
        " ORDER BY student_id, date"
    )
    marks = {0: ".", 1000: "1", 500: "h", 250: "q"}
    found: dict[tuple[str, str], str] = {}
    for student, school, day, absent in rows:
        row = found.get((student, school), " " * len(DAYS))
        place = DAYS.index(day)
        found[student, school] = row[:place] + marks[absent] + row[place + 1 :]
    return found


def test_membership_is_spells_times_calendar(tmp_path: Path) -> None:
    records = read(study(tmp_path))
    assert days(records) == {
        ("all", "A"): ".1.h....q",
        ("back", "A"): "..    .1.",
        ("mover", "A"): "...1     ",
        ("mover", "B"): "    ....1",
        ("older", "B"): " ......1.",
    }
    assert (records.measure, records.marked, records.progress) == ("days", False, None)
    assert_table(measures.absence_by(records, "grade_level").query("level_type == 'level'"), """
        grade_level | students | days_enrolled | days_absent | days_unmarked | absence_rate
        03          | 2        | 17            | 2.75        | .             | 0.161765
        04          | 1        | 9             | 2           | .             | 0.222222
        05          | 1        | 5             | 1           | .             | 0.2
        """)  # fmt: skip
    assert_table(records.flow, """
        step               | reason                                                                  | rows | students
        read               |                                                                         | 8    | 4
        used               |                                                                         | 8    | 4
        used               | in a grade that totals leave out                                        | 0    | 0
        used               | late or present, and no absence                                         | 1    | .
        used               | without a length, taken as whole days (or half, where the code says so) | 2    | .
        enrolment read     |                                                                         | 7    | .
        enrolment used     |                                                                         | 7    | 4
        enrolment used     | of no day of school in these records                                    | 1    | .
        days of membership |                                                                         | 31   | 4
        """)  # fmt: skip


def test_the_exit_date_may_be_a_day_of_membership(tmp_path: Path) -> None:
    records = read(study(tmp_path, key=", exit_date_is: last_day"))
    assert days(records)["back", "A"] == "...   .1."
    # On the 11th two schools' spells hold the mover: the one that began last counts.
    assert days(records)["mover", "A"] == "...1     " and days(records)["mover", "B"] == "    ....1"
    assert "in spells at two schools, not counted at the one that began first" in set(records.flow["reason"])


WRONG_EVENTS = [
    ("no student id", "| A | 2017-09-05 | Excused |"),
    ("no school id", "all | | 2017-09-05 | Excused |"),
    ("date not understood", "all | A | 5.9. | Excused |"),
    ("the code says nothing of attendance", "all | A | 2017-09-11 | |"),
    ("days not understood", "all | A | 2017-09-11 | Excused | long"),
    ("absent longer than a day", "all | A | 2017-09-11 | Excused | 6"),
    ("not an instructional day", "all | A | 2017-09-07 | Excused | 1"),
    ("not an instructional day", "all | A | 2017-09-09 | Excused | 1"),
    ("on the exit date, which is no day of membership", "mover | A | 2017-09-11 | Excused | 1"),
    ("outside enrolment", "back | A | 2017-09-11 | Excused | 1"),
    ("outside enrolment", "nobody | A | 2017-09-11 | Excused | 1"),
    ("outside enrolment", "older | B | 2017-09-04 | Excused | 1"),
    ("outside enrolment", "all | C | 2017-09-11 | Excused | 1"),  # a school of no spell
    ("not an instructional day", "all | C | 2017-09-09 | Excused | 1"),
    ("the same event again", "all | A | 2017-09-05 | Excused | 1"),
]
"""Each is set aside, and changes no day."""


def test_events_that_cannot_be_right_are_set_aside_by_reason(tmp_path: Path) -> None:
    right = days(read(study(tmp_path / "right")))
    events = EVENTS.rstrip() + "\n" + "\n".join(f"{row}" for _, row in WRONG_EVENTS)
    events = "\n".join(line + " |" * (4 - line.count("|")) for line in events.strip().splitlines())
    more = [f"all | A | 2017-09-{day} | Tardy | 0" for day in ("04", "11", "12", "13", "14")] * 1
    records = read(study(tmp_path / "wrong", "\n".join([events, *more])))
    assert days(records) == right
    flow = records.flow[records.flow["step"] == "set aside"]
    assert dict(zip(flow["reason"], flow["rows"], strict=True)) == Counter(reason for reason, _ in WRONG_EVENTS)
    told = {problem.seen.partition(":")[0] for problem in records.problems if problem.severity == "set_aside"}
    assert told == set(flow["reason"])


def test_every_fault_has_a_case() -> None:
    elsewhere = {
        "one id in two districts on one day",
            "left out by the study", "grade missing", "school year not in the study", "after the study's last day",
        "later in the year than the year in progress has come", "two schools on one day",
        "at a school that the student had left for another, or one of two",
    }  # fmt: skip
    elsewhere |= {fault.reason for fault in SPAN_FAULTS}  # test_absence_spans
    assert {fault.reason for fault in FAULTS} == {reason for reason, _ in WRONG_EVENTS} | elsewhere


@pytest.mark.parametrize(
    ("first", "second", "absent", "reason"),
    [
        ("Excused | 0.5", "Unexcused | 0.25", 0.75, "excused"),
        ("Excused | 0.5", "Unexcused | 0.5", 1, ""),
        ("Excused | 1", "Unexcused | 1", 1, ""),
        ("Tardy | 0", "Unexcused | 1", 1, "unexcused"),
        ("Half |", "Excused | 1", 1, "excused"),
    ],
)
def test_events_of_one_day_are_added_up_to_a_day(
    tmp_path: Path, first: str, second: str, absent: float, reason: str
) -> None:
    """The longest says why; where two are as long and disagree, the reason is not known."""
    rows = f"\nolder | B | 2017-09-08 | {first}\nolder | B | 2017-09-08 | {second}"
    records = read(study(tmp_path, EVENTS.rstrip() + rows))
    found = engine.execute(
        f"SELECT days_absent / 1000, absence_reason FROM read_parquet('{records.path}')"
        " WHERE student_id = 'older' AND date = '2017-09-08'"
    )
    assert found == [(absent, reason)]
    assert "with another event of the same day, added up to a day at most" in set(records.flow["reason"])


WRONG_SPELLS = [
    ("no student id", "| A | 03 | 2017-09-04 |"),
    ("no school id", "x | | 03 | 2017-09-04 |"),
    ("entry date not understood", "x | A | 03 | |"),
    ("entry date not understood", "x | A | 03 | 4/9 |"),
    ("exit date not understood", "x | A | 03 | 2017-09-04 | soon"),
    ("exit before entry", "x | A | 03 | 2017-09-05 | 2017-09-04"),
    ("exit on the entry date, so never a member", "all | A | 04 | 2017-08-28 | 2017-08-28"),
    ("grade missing", "x | A | | 2017-09-04 |"),
    ("the same spell again", "all | A | 03 | 2017-08-28 |"),
]


def test_spells_that_cannot_be_right_are_set_aside_by_reason(tmp_path: Path) -> None:
    right = days(read(study(tmp_path / "right")))
    rows = [*WRONG_SPELLS, ("", "y | B | 03 | 2017-09-05 | 2017-09-05"), ("", "z | B | 03 | 2016-09-05 | ")]
    spells = "\n".join([SPELLS.strip(), *(row for _, row in rows)])
    spells = "\n".join(line + " |" * (4 - line.count("|")) for line in spells.splitlines())
    records = read(study(tmp_path / "wrong", spells=spells))
    assert days(records) == right
    flow = records.flow[records.flow["step"] == "enrolment set aside"]
    expected = Counter(reason for reason, _ in WRONG_SPELLS) + Counter({"exit on the entry date, so never a member": 1})
    assert dict(zip(flow["reason"], flow["rows"], strict=True)) == expected


def test_two_grades_or_two_schools_from_one_day_are_not_used(tmp_path: Path) -> None:
    rows = (
        "\nx | A | 03 | 2017-09-04 |\nx | A | 04 | 2017-09-04 |\ny | A | 03 | 2017-09-04 |\ny | B | 03 | 2017-09-04 |"
    )
    records = read(study(tmp_path, spells=SPELLS.rstrip() + rows))
    assert not {student for student, _ in days(records)} & {"x", "y"}
    reasons = set(records.flow["reason"])
    assert "two grades from one day at one school" in reasons
    assert "in spells at two schools, not counted at the one that began first" in reasons


def test_overlapping_spells_at_one_school_count_a_day_once_with_the_later_grade(tmp_path: Path) -> None:
    rows = "\nx | B | 06 | 2017-09-04 |\nx | B | 07 | 2017-09-08 | 2017-09-13"
    records = read(study(tmp_path, spells=SPELLS.rstrip() + rows))
    found = engine.execute(
        f"SELECT right(date, 2), grade_level FROM read_parquet('{records.path}') WHERE student_id = 'x' ORDER BY 1"
    )
    assert found == [(day, "07" if "08" <= day < "13" else "06") for day in DAYS]
    assert "in two spells at one school, counted once" in set(records.flow["reason"])


def test_entries_of_the_first_year_at_a_school_stop_and_can_be_given_their_year(tmp_path: Path) -> None:
    spells = SPELLS.replace("2017-08-28 |", "2015-08-28 |").replace("2017-09-11 |\n    back", "2015-09-11 |\n    back")
    with pytest.raises(UserError, match="2 of 4 students have absences where their enrolment began years before"):
        read(study(tmp_path / "first", spells=spells))
    own = study(tmp_path / "year", spells=spells)
    text = own.path.read_text().replace("{path: enrolment.csv}", "{path: enrolment.csv, set: {school_year: 2017-18}}")
    own.path.write_text(text)
    assert days(read(Study.load(own.path)))["all", "A"] == ".1.h....q"


def test_a_spell_may_name_its_year(tmp_path: Path) -> None:
    """So a student whom a source lists since she first came to the school has this year's grade."""
    spells = "student | school | grade | entry | exit | year\nolder | B | 03 | 2015-09-01 | | 2017-2018\n"
    columns = SPELL_COLUMNS + ", school_year: year"
    events = (
        "student | school | date | code | days\nolder | B | 2017-09-04 | Tardy |\nolder | B | 2017-09-15 | Excused |\n"
    )
    found = study(tmp_path, events, spells)
    path = found.path
    path.write_text(path.read_text().replace(SPELL_COLUMNS, columns))
    assert days(read(Study.load(path))) == {("older", "B"): "........1"}


def test_a_calendar_may_differ_by_school(tmp_path: Path) -> None:
    calendar = CALENDAR.replace("day | open", "day | open | at").replace("true", "true | ").replace("false", "true | B")
    columns = "date: day, instructional: open, school_id: at"
    records = read(study(tmp_path, calendar=calendar, columns=columns))
    found = engine.execute(
        f"SELECT DISTINCT school_id FROM read_parquet('{records.path}') WHERE date = '2017-09-07' ORDER BY 1"
    )
    assert found == [("B",)]
    assert "2017-09-07" in set(records.calendar["date"])


def test_without_a_calendar_it_is_inferred_and_said(tmp_path: Path) -> None:
    events = EVENTS.rstrip() + "\nall | A | 2017-09-10 | Excused | 1\nmover | B | 2017-09-11 | Excused | 1"
    events += "\nall | A | 2017-09-11 | Excused | 1\nolder | B | 2017-09-11 | Excused | 1"
    records = read(study(tmp_path, events, calendar=""))
    seen = sorted(
        {"05", "06", "08", "11", "14", "15", "10"}
    )  # a Sunday with as many events as a usual day is one of school
    assert [date[-2:] for date in records.calendar["date"]] == seen
    (problem,) = [problem for problem in records.problems if "calendar" in problem.seen]
    assert problem.severity == "noted" and "7 days of school were inferred" in problem.seen


def test_dates_that_the_study_leaves_out_are_no_days_of_school(tmp_path: Path) -> None:
    """All were members on them, and present: nobody has an event on a day without school."""
    closed = "".join(f"\n{one} | A | 2017-09-07 | Closed | " for one in ("all", "mover", "back", "older"))
    plain = read(study(tmp_path / "plain", calendar=""))
    path = study(tmp_path / "closed", EVENTS.rstrip() + closed, calendar="").path
    path.write_text(path.read_text().replace("  values:", "  where_not: {attendance_code: [Closed]}\n  values:"))
    records = read(Study.load(path))
    assert records.flow.query("reason == 'left out by the study'")["rows"].tolist() == [4]
    assert list(records.calendar["date"]) == list(plain.calendar["date"]) and days(records) == days(plain)


def test_without_enrolment_only_days_absent_are_known(tmp_path: Path) -> None:
    rows = "\nall | B | 2017-09-12 | Excused | 1\nall | A | 2017-09-12 | Excused | 1\nall | A | 2017-09-09 | Tardy | "
    records = read(study(tmp_path, EVENTS.rstrip() + rows, spells=""))
    assert (records.measure, records.marked, records.outcome) == ("absent_only", False, "days")
    flow = records.flow[records.flow["step"] == "set aside"]
    assert dict(zip(flow["reason"], flow["rows"], strict=True)) == {
        "not an instructional day": 1, "two schools on one day": 2,
    }  # fmt: skip
    months = measures.absence_by(records, "weekday").query("level_type == 'level'")
    assert_table(months, """
        weekday   | students | days_enrolled | days_absent | absence_rate
        Tuesday   | 1        | .             | 1           | .
        Wednesday | 1        | .             | 0           | .
        Thursday  | 2        | .             | 2           | .
        Friday    | 2        | .             | 2.75        | .
        """)  # fmt: skip


def test_a_hidden_total_of_absences_alone_is_said_to_be_hidden(tmp_path: Path) -> None:
    """Four students with an event: for partners the page stopped at the number that it does not have."""
    known = study(tmp_path, spells="")
    page = findings.where(known)
    assert page.how_many.title == "6 days absent in 2017-18"
    assert page.missed_by_students.title == "What a fifth of the students hold: not in these records"
    left = findings.where(Study.load(known.path, audience="partner")).how_many
    assert left.title == "The days absent of all: hidden to protect students"


def test_days_before_the_records_begin_are_not_counted_and_said(tmp_path: Path) -> None:
    events = (
        "student | school | date | code | days\nall | A | 2017-09-11 | Excused | 1\nmover | B | 2017-09-15 | Half |\n"
    )
    records = read(study(tmp_path, events))
    assert days(records)["all", "A"] == "    1...."
    (problem,) = records.problems
    assert problem.severity == "noted"
    assert problem.seen == "4 days of school before the records of 2017-18 begin, on 2017-09-11"


def test_a_year_in_progress_counts_no_day_that_nobody_could_have_marked(tmp_path: Path) -> None:
    events = (
        "student | school | date | code | days\nall | A | 2017-09-05 | Excused | 1\nmover | A | 2017-09-06 | Half |\n"
    )
    records = read(study(tmp_path, events))
    assert records.progress is not None and (records.progress.days, records.progress.of) == (3, 9)
    assert days(records)["all", "A"] == ".1.      "


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("entry_date: entry, ", "", "entry_date or school_year is not mapped."),
        ("entry_date: entry", "entry_dat: entry", "'entry_dat' is no column of ours."),
        ("days_absent: days}", "days_absent: days, grade_level: code}", "grade_level is mapped of the records beside"),
        ("exit_date: exit}", "exit_date: exit}, exit_date_is: day", "'day' is no choice."),
    ],
)
def test_a_study_that_says_too_little_or_too_much(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = study(tmp_path).path
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(UserError) as caught:
        Study.load(path)
    assert said in str(caught.value)


def test_all_that_stops_is_said_at_once(tmp_path: Path) -> None:
    spells = SPELLS.replace("2017-08-28", "x").replace("2017-09", "x").replace("2016-09", "x")
    lines = refused(study(tmp_path, EVENTS.replace("Tardy", "Partial"), spells))
    assert [line for line in lines if "attendance_code" in line] and [line for line in lines if "entry date" in line]
