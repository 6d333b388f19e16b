"""Spells times calendar: the engine agrees with a slow reading of the rules, and with a district's student-days."""

import csv
import tempfile
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from small_tables import read, study_from

from analysis import engine, measures
from analysis.records import simulate
from analysis.study import Study

FIRST, LAST = date(2017, 6, 12), date(2017, 9, 22)
CALENDAR = [
    day for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1))
    if day.isoweekday() < 6 and not date(2017, 6, 23) < day < date(2017, 9, 4)
]  # fmt: skip
"""The last days of one school year and the first of the next."""
REASON = {"Excused Absence": "excused", "Unexcused Absence": "unexcused", "Tardy": ""}


class Spell(NamedTuple):
    student: str
    school: str
    grade: str
    entry: date
    exit: date | None


class Event(NamedTuple):
    student: str
    school: str
    date: date
    code: str
    days: float | None


students, schools = st.sampled_from("123"), st.sampled_from("AB")
dates = st.dates(FIRST - timedelta(days=3), LAST + timedelta(days=3))
spells = st.builds(Spell, students, schools, st.sampled_from(["03", "04"]), dates, st.none() | dates)
events = st.builds(
    Event, students, schools, dates, st.sampled_from(sorted(REASON)), st.sampled_from([None, 0.25, 0.5, 1])
)
FIXED = (Spell("9", "A", "05", FIRST, None), Spell("9", "A", "06", date(2017, 8, 1), None))
ENDS = [
    Event("9", "A", FIRST, "Tardy", None), Event("9", "A", date(2017, 9, 4), "Tardy", None),
    Event("9", "A", LAST, "Excused Absence", 1),
]  # fmt: skip
"""Somebody who is always there, marked on the first day of both years and on the last: so both years are whole."""


def year_of(day: date) -> int:
    return day.year - (day.month < 7)


def sound(listed: list[Spell], inclusive: bool) -> list[Spell]:
    """Leave out what holds no day, what stands again, and grades that contradict each other."""
    kept: list[Spell] = []
    for spell in listed:
        over = spell.exit is not None and (spell.exit < spell.entry or (spell.exit == spell.entry and not inclusive))
        if not over and spell not in kept:
            kept.append(spell)
    grades = defaultdict(set)
    for spell in kept:
        grades[spell.student, spell.school, spell.entry].add(spell.grade)
    return [spell for spell in kept if len(grades[spell.student, spell.school, spell.entry]) == 1]


def members(listed: list[Spell], inclusive: bool) -> dict[tuple[str, date], tuple[str, str]]:
    """Give the school and the grade of each student on each day of school."""
    found = {}
    for student in {spell.student for spell in listed}:
        for day in CALENDAR:
            latest: dict[str, Spell] = {}
            for spell in listed:
                leaving = spell.exit or date.max
                inside = spell.entry <= day and (day <= leaving if inclusive else day < leaving)
                if spell.student == student and inside and year_of(day) == year_of(spell.entry):
                    other = latest.get(spell.school)
                    latest[spell.school] = spell if other is None or spell.entry >= other.entry else other
            newest = max((spell.entry for spell in latest.values()), default=None)
            at = [spell for spell in latest.values() if spell.entry == newest]
            if len(at) == 1:
                found[student, day] = (at[0].school, at[0].grade)
    return found


def absences(listed: list[Event], held: dict[tuple[str, date], tuple[str, str]]) -> dict[tuple[str, date], Any]:
    """Add up each day's events, of which each counts once, to a day at most."""
    by_day: dict[tuple[str, date], dict[tuple[float, str, str], None]] = defaultdict(dict)
    for event in listed:
        school, _ = held.get((event.student, event.date), ("", ""))
        absent = 0.0 if event.code == "Tardy" else 1.0 if event.days is None else event.days
        if school == event.school:
            by_day[event.student, event.date][absent, REASON[event.code], event.code] = None
    found = {}
    for key, parts in by_day.items():
        longest = {reason for absent, reason, _ in parts if absent == max(absent for absent, _, _ in parts)}
        total = min(1.0, sum(absent for absent, _, _ in parts))
        found[key] = (total, longest.pop() if len(longest) == 1 and total else "")
    return found


def write(folder: Path, name: str, header: str, rows: list[Any]) -> None:
    with (folder / "data" / name).open("w", newline="") as file:
        csv.writer(file).writerows([header.split(), *rows])


def study_of(folder: Path, inclusive: bool) -> Study:
    yaml = f"""title: T
data: data
audience: internal
records:
  kind: absence_events
  files: [{{path: e.csv}}]
  columns: {{student_id: student, school_id: school, date: date, attendance_code: code, days_absent: days}}
  calendar: {{files: [{{path: c.csv}}], columns: {{date: date}}}}
  enrolment:
    exit_date_is: {"last_day" if inclusive else "day_after"}
    files: [{{path: s.csv}}]
    columns: {{student_id: student, school_id: school, grade_level: grade, entry_date: entry, exit_date: exit}}
"""
    return study_from(folder, yaml)


@settings(max_examples=60)
@given(st.lists(spells, max_size=8), st.lists(events, max_size=6), st.booleans())
def test_the_engine_agrees_with_a_slow_reading(listed: list[Spell], marked: list[Event], inclusive: bool) -> None:
    listed = [*FIXED, *listed]
    assume(
        2 * len(sound(listed, inclusive)) >= len(listed)
    )  # else the reader stops: so many rows set aside are a mistake
    held = members(sound(listed, inclusive), inclusive)
    marked = [event for event in marked if held.get((event.student, event.date), ("",))[0] == event.school]
    marked += ENDS
    absent = absences(marked, held)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        write(folder, "s.csv", "student school grade entry exit", listed)
        write(folder, "e.csv", "student school date code days", marked)
        write(folder, "c.csv", "date", [[day] for day in CALENDAR])
        records = read(study_of(folder, inclusive))
        found = engine.execute(
            "SELECT student_id, date::DATE, school_id, grade_level, days_enrolled, days_absent / 1000, absence_reason"
            f" FROM read_parquet('{records.path}')"
        )
    expected = {
        (student, day, school, grade, 1000, *absent.get((student, day), (0.0, "")))
        for (student, day), (school, grade) in held.items()
    }
    assert set(found) == expected and len(found) == len(expected)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the student-days of a synthetic district, every day marked, and the same as spells and events."""
    root = tmp_path_factory.mktemp("district")
    data = root / "data"
    data.mkdir()
    simulate(data, 300, 1)
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE simulated AS
        SELECT * REPLACE (coalesce(days_absent, 0) AS days_absent) FROM read_parquet('{data}/student_days.parquet')""")
    for name, rows in (
        ("days", "SELECT * FROM simulated"),
        ("spells", """SELECT student_id, school_id, any_value(grade_level) AS grade_level, min(date) AS entry,
            max(date) AS leaving FROM simulated GROUP BY ALL"""),
        ("events", "SELECT * EXCLUDE (grade_level, membership) FROM simulated WHERE days_absent > 0"),
    ):  # fmt: skip
        engine.execute(f"COPY ({rows} ORDER BY ALL) TO '{data}/{name}.parquet' (FORMAT parquet)")
    (root / "studies").mkdir()
    beside = """
  calendar: {files: [{path: calendar.csv}], columns: {date: date, instructional: instructional, note: note}}
  groups: [english_learner]
  students:
    files: [{path: students.csv}]
    columns: {student_id: student_id, english_learner: english_learner}
"""
    head = "title: T\ndata: data\naudience: internal\nrecords:\n  kind: {kind}\n  files: [{{path: {name}.parquet}}]\n"
    same = "student_id: student_id, school_id: school_id, date: date, days_absent: days_absent"
    same += ", absence_reason: absence_reason"
    days = head.format(kind="student_days", name="days") + f"  columns: {{{same}, grade_level: grade_level}}" + beside
    events = head.format(kind="absence_events", name="events") + f"  columns: {{{same}}}" + beside
    events += """  enrolment:
    exit_date_is: last_day
    files: [{path: spells.parquet}]
    columns:
      {student_id: student_id, school_id: school_id, grade_level: grade_level, entry_date: entry, exit_date: leaving}
"""
    for name, text in (("days", days), ("events", events)):
        (root / "studies" / f"{name}.yaml").write_text(text)
    return root


@pytest.mark.parametrize(
    "driver",
    ["grade_level", "school_id", "month", "week", "weekday", "absence_reason", "english_learner", "district_id"],
)
def test_events_give_the_tables_of_student_days(district: Path, driver: str) -> None:
    tables = [
        measures.absence_by(read(Study.load(district / "studies" / f"{name}.yaml")), driver)
        for name in ("days", "events")
    ]
    unmarked = [table.pop("days_unmarked") for table in tables]
    assert_frame_equal(*tables)
    assert len(tables[0]) and (unmarked[0] == 0).all()
    assert unmarked[1].isna().all()  # an unmarked day cannot be told from a day present
