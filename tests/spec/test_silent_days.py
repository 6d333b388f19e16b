"""Absences alone: days of school on which nothing was reported would be days on which everybody was present."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from small_tables import put, read, refused, study_from

from analysis.study import Study

YEARS = {year: [str(day.date()) for day in pd.bdate_range(f"{year}-09-04", periods=60)] for year in (2018, 2019)}
YAML = """title: T
data: data
audience: internal
records:
  kind: absence_events
  files: [{path: events.csv}]
  set: {attendance_code: absent}
  columns: {student_id: student, school_id: school, date: date}
  calendar: {files: [{path: calendar.csv}], columns: {date: date}}
  enrolment:
    files: [{path: spells.csv}]
    columns: {student_id: student, school_id: school, grade_level: grade, entry_date: entry}
"""


def study(folder: Path, silent: dict[str, Sequence[str]]) -> Study:
    """Two schools of five students over two years of 60 days; on each day one of them is absent at each school."""
    spells = [
        f"{school}{one} | {school} | 03 | {days[0]}" for days in YEARS.values() for school in "AB" for one in range(5)
    ]
    events = [
        f"{school}{place % 5} | {school} | {date}"
        for days in YEARS.values()
        for place, date in enumerate(days)
        for school in "AB"
        if date not in silent.get(school, ())
    ]
    put(folder, "spells.csv", "student | school | grade | entry\n" + "\n".join(spells))
    put(folder, "events.csv", "student | school | date\n" + "\n".join(events))
    put(folder, "calendar.csv", "date\n" + "\n".join(day for days in YEARS.values() for day in days))
    return study_from(folder, YAML)


def test_a_year_that_ended_early_stops_where_the_calendar_goes_on(tmp_path: Path) -> None:
    lost = YEARS[2018][40:]
    (problem,) = refused(study(tmp_path, {"A": lost, "B": lost}))
    assert f"no absences (or next to none) on 20 days of school in a row, {lost[0]} to {lost[-1]}" in problem


def test_a_gap_within_the_year_stops(tmp_path: Path) -> None:
    lost = YEARS[2019][10:30]
    (problem,) = refused(study(tmp_path, {"A": lost, "B": lost}))
    assert lost[0] in problem


@pytest.mark.parametrize("days", [0, 9])
def test_few_days_without_absences_can_be_chance(tmp_path: Path, days: int) -> None:
    lost = YEARS[2018][20 : 20 + days]
    assert not read(study(tmp_path, {"A": lost, "B": lost})).problems


def test_a_school_alone_is_noted(tmp_path: Path) -> None:
    lost = YEARS[2018][20:55]
    (problem,) = read(study(tmp_path, {"B": lost})).problems
    assert problem.severity == "noted"
    assert problem.seen == (
        f"1 school has days of school in a row without any absence ('B': 35, {lost[0]} to {lost[-1]})"
    )
