"""Rows of parts of a day (mornings and afternoons, periods): never read as days."""

from pathlib import Path

from small_tables import DAYS, read, refused, study_of
from test_absence_events import study as events

from analysis import engine
from analysis.study import Study

HEADER = "student | school | grade | date | absent"


def test_rows_of_mornings_and_afternoons_are_not_read_as_days(tmp_path: Path) -> None:
    rows = [
        f"{student} | A | 03 | {day} | {int(half == student % 2)}"
        for student in range(2, 6)
        for day in DAYS[:4]
        for half in (0, 1)
    ]
    problems = refused(study_of(tmp_path, "\n".join([HEADER, *rows, "9 | A | 03 | 2017-09-05 | 0"])))
    assert "16 of 17 days of students have several rows, and in 32 rows they disagree" in problems[0]
    assert "Leave one part (where), or add the parts up" in problems[0]


PERIODS = "student | school | date | code | days | period\n" + "\n".join(
    f"all | A | 2017-09-{day} | Excused | | {period}"
    for day, last in (("05", 7), ("08", 1), ("11", 3))
    for period in range(1, last + 1)
)


def test_events_of_periods_are_not_read_as_days(tmp_path: Path) -> None:
    (problem, *_) = [one for one in refused(events(tmp_path, PERIODS)) if "periods" in one]
    assert "the same event stands up to 7 times on one day, 8 of 11 events are such repeats" in problem
    assert "map the column as period and say how long one is" in problem


def test_periods_with_a_length_add_up(tmp_path: Path) -> None:
    of = events(tmp_path, PERIODS)
    text = of.path.read_text().replace("days_absent: days}", "period: period}")
    of.path.write_text(text)
    (problem,) = refused(Study.load(of.path))
    assert "period is mapped, and days_absent is not. An absence of one period would be a whole day" in problem
    of.path.write_text(text.replace("  columns:", "  set: {days_absent: '0.143'}\n  columns:", 1))
    records = read(Study.load(of.path))
    found = engine.execute(
        f"SELECT right(date, 2), days_absent FROM read_parquet('{records.path}')"
        " WHERE student_id = 'all' AND days_absent > 0 ORDER BY date"
    )
    assert found == [("05", 1000), ("08", 143), ("11", 429)]
