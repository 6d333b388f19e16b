"""What the days with the highest absence were: the calendar's notes, and a sentence where it has none."""

from pathlib import Path

import pytest
from small_tables import DAYS, days, put

from analysis import findings

SAID = "No calendar names days, so what they were, snow or an event, is not in these records."


@pytest.mark.parametrize("note", ["", "snow"])
def test_days_that_no_calendar_names_are_said_to_have_none(tmp_path: Path, note: str) -> None:
    rows = "student | school | grade | from | days | absent\n" + "\n".join(
        f"{school}{number} | {school} | 03 | 1 | 40 | 2" for school in "AB" for number in range(30)
    )
    put(
        tmp_path,
        "calendar.csv",
        "day,note\n" + "".join(f"{day},{note if day == DAYS[39] else ''}\n" for day in DAYS[:40]),
    )
    calendar = "  calendar: {files: [{path: calendar.csv}], columns: {date: day, note: note}}\n"
    given, without = (
        findings.season(days(tmp_path, rows, more, name=name).study).worst_days.text
        for name, more in (("given", calendar), ("without", ""))
    )
    assert SAID in without and (SAID in given) == (not note)
