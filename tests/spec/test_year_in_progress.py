"""A year in progress: how far it has come, what chronic means then, and earlier years cut at the same day."""

from pathlib import Path

import pandas as pd
import pytest
from small_tables import assert_table, days, put, study_of, write_study

from analysis import findings, measures, records
from analysis.measures import quality
from analysis.records.types import Progress, StudentRecords
from analysis.study import Study

CALENDAR = "  calendar: {files: [{path: c.csv}], columns: {date: date}}\n"
SPRING = [str(date.date()) for date in pd.bdate_range("2018-09-04", periods=180)]
AUTUMN = [str(date.date()) for date in pd.bdate_range("2017-09-05", periods=180)]


def read(folder: Path, last: int, rest: str = "", calendar: str = CALENDAR, *, end: int = 180) -> StudentRecords:
    """Read two students over 2017-18 (all of it) and the first `last` days of 2018-19.

    Student 1 misses day 20 and day 100 of the first year and days 1 and 2 of the second; student 2 misses nothing.
    """
    put(folder, "c.csv", "date\n" + "\n".join([*AUTUMN, *SPRING[:end]]))
    body = [
        f"{student} | A | 03 | {date} | {int(student == '1' and place in missed)}"
        for year, upto, missed in ((AUTUMN, 180, (19, 99)), (SPRING, last, (0, 1)))
        for student in ("1", "2")
        for place, date in enumerate(year[:upto])
    ]
    return days(folder, "student | school | grade | date | absent\n" + "\n".join(body), calendar, rest)


def test_earlier_years_are_cut_at_the_same_day_of_school(tmp_path: Path) -> None:
    source = read(tmp_path, 60)
    assert source.progress == Progress(60, 180)
    flow = source.flow.set_index("reason")["rows"]
    assert flow["later in the year than the year in progress has come"] == 2 * 120
    assert source.flow.set_index("step")["rows"]["read"] == 2 * 180 + 2 * 60
    assert_table(
        measures.absence_by(source, "district_id"),
        """
        school_year | days_enrolled | days_absent
        2017-18     | 120           | 1
        2018-19     | 120           | 2
        """,
    )
    assert len(source.calendar) == 2 * 60


@pytest.mark.parametrize(("last", "cut"), [(177, True), (178, False), (180, False)])
def test_a_year_that_reaches_its_end_up_to_two_days_is_over(tmp_path: Path, last: int, cut: bool) -> None:
    source = read(tmp_path, last)
    assert source.progress == (Progress(177, 180) if cut else None)


def test_as_of_makes_a_whole_year_one_in_progress(tmp_path: Path) -> None:
    source = read(tmp_path, 180, f"as_of: {SPRING[44]}\n")
    assert source.progress == Progress(45, 180)
    flow = source.flow.set_index("reason")["rows"]
    assert flow["after the study's last day"] == 2 * 135
    assert flow["later in the year than the year in progress has come"] == 2 * 135


def test_without_a_calendar_the_last_day_of_the_records_is_the_end(tmp_path: Path) -> None:
    assert read(tmp_path, 60, calendar="").progress is None


def test_a_few_rows_of_a_far_day_do_not_end_the_year(tmp_path: Path) -> None:
    put(tmp_path, "c.csv", "date\n" + "\n".join(AUTUMN))
    many = "\n".join(f"{student} | A | 03 | 1 | 50 | 1" for student in range(60))
    table = f"student | school | grade | from | days | absent\n{many}\n0 | A | 03 | 170 | 1 | 0"
    source = records.read(study_of(tmp_path, table, CALENDAR))
    assert isinstance(source, StudentRecords)
    assert source.progress == Progress(50, 180)
    assert source.flow.set_index("reason")["rows"]["later in the year than the year in progress has come"] == 1


def test_pages_say_that_a_student_is_on_track_and_how_far_the_year_is(tmp_path: Path) -> None:
    source = read(tmp_path, 60)
    page = findings.where(source.study)
    assert page.how_many.title == "0.0% of students were on track to be chronically absent in 2018-19"
    assert "So far: 60 of 180 days" in page.how_many.text
    assert "on track to be chronically absent" in page.over_years.title
    assert "on track" not in findings.where(read(tmp_path / "over", 180).study).how_many.text


def test_last_days_that_few_schools_reported_are_named(tmp_path: Path) -> None:
    spans = "\n".join(
        f"{school}{n} | {school} | 03 | 1 | {20 if school == 'A' else 18} | 1" for school in "ABC" for n in "12"
    )
    source = days(tmp_path, f"student | school | grade | from | days | absent\n{spans}")
    assert_table(
        quality.last_days(source),
        f"""
        date          | schools | usual
        {AUTUMN[18]}  | 1       | 3
        {AUTUMN[19]}  | 1       | 3
        """,
    )
    assert f"{AUTUMN[19]} (1 of 3 schools)" in findings.records(source.study).coverage.text


def said_as_on_track(texts: list[str]) -> bool:
    """Say whether every text speaks of chronic absence, and only of being on track to it."""
    phrase = "on track to be chronically absent"
    return all(phrase in text.lower() and "chronically" not in text.lower().replace(phrase, "") for text in texts)


def test_no_sentence_of_a_year_in_progress_says_that_students_were_chronically_absent(tmp_path: Path) -> None:
    """The shares of bands and of schools, the other definitions and a school's page said so."""
    put(tmp_path, "c.csv", "date\n" + "\n".join(AUTUMN))
    spans = "\n".join(
        f"{school}{number} | {school} | {grade} | 1 | 60 | {8 if number < 4 else 1}"
        for school, grade in (("A", "03"), ("B", "04"), ("C", "10"))
        for number in range(12)
    )
    source = days(tmp_path, f"student | school | grade | from | days | absent\n{spans}", CALENDAR)
    page, own = findings.where(source.study), findings.school(source.study, "A")
    assert "33% of those who were on track to be chronically absent" in page.by_grade.text
    assert "67% of the students who were on track to be chronically absent were in 2 of these 3" in page.by_school.text
    said = [page.by_grade, page.by_school, findings.records(source.study).definitions, own.standing]
    assert said_as_on_track([finding.text for finding in said])
    for finding in (*said, page.how_many):  # headings said 'Chronically absent', 'Chronic rate'
        assert finding.shown is not None
        assert {"On track to be chronically absent", "Share on track"} <= set(finding.shown.columns), finding.name


def test_who_is_near_the_line_short_stays_and_page_03_are_on_track(tmp_path: Path) -> None:
    put(tmp_path, "c.csv", "date\n" + "\n".join(AUTUMN))
    spans = "\n".join(
        f"{school}{grade}{number} | {school} | {grade} | {1 if days_there > 50 else 31} | {days_there} | {missed}"
        for school in "AB" for grade in ("03", "04") for number in range(60)
        for days_there, missed in ((60 if number % 3 else 30, (5, 6, 8, 1)[number % 4]),)
    )  # fmt: skip
    text = f"student | school | grade | from | days | absent\n{spans}"
    source = days(tmp_path, text, CALENDAR)
    page, drivers, own = (
        findings.where(source.study),
        findings.drivers(source.study),
        findings.school(source.study, "A"),
    )
    early, near = page.early_signal, page.near_threshold
    texts = [near.text, page.by_days_enrolled.text, page.by_window.text, early.title, early.text, drivers.chronic.text]
    texts += [own.near_threshold.text, drivers.chronic.figure.svg if drivers.chronic.figure else ""]
    assert said_as_on_track(texts), [text for text in texts if not said_as_on_track([text])]
    path = source.study.path
    path.write_text(f"language: es\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    spanish = Study.load(path)
    assert "no van en camino de quedar crónicamente ausentes" in findings.where(spanish).near_threshold.text
    over = days(tmp_path / "over", text)
    assert "on track" not in findings.where(over.study).near_threshold.text + findings.drivers(over.study).chronic.text


def test_days_without_school_that_the_study_leaves_out_are_a_break(tmp_path: Path) -> None:
    """Some files have a row for everybody on a holiday: taken for days of school, they would hide the break."""
    dates = AUTUMN[:40]
    rows = [f"{student} | A | 03 | {day} | {'H' if 10 <= place < 15 else 'P'}"
            for student in ("1", "2", "3") for place, day in enumerate(dates)]  # fmt: skip
    table = "student | school | grade | date | code\n" + "\n".join(rows)
    source = days(tmp_path, table, "  where_not: {attendance_code: [H]}\n  values: {attendance_code: {P: present}}\n")
    assert len(source.calendar) == 35
    near = source.calendar.set_index("date")["near_break"]
    assert (near[dates[9]], near[dates[15]]) == ("day before a break", "day after a break")


@pytest.mark.parametrize(
    ("every", "last", "as_of", "known", "silent"),
    [
        (12, 169, 179, None, 10),  # fifteen absences in the year: ten last days without one are no news
        (12, 169, 174, Progress(175, 180), 5),
        (12, 100, 179, Progress(101, 180), 0),
        (1, 176, 179, Progress(177, 180), 0),
        (2, 175, 179, None, 4),
        (2, 173, 179, Progress(174, 180), 0),
    ],
)
def test_a_year_with_few_absences_is_over_where_its_last_days_may_have_none(
    tmp_path: Path, every: int, last: int, as_of: int, *, known: Progress | None, silent: int
) -> None:
    """It was in progress where its last absence was three days of school or more before the end."""
    put(tmp_path, "c.csv", "date\n" + "\n".join(AUTUMN))
    put(tmp_path, "e.csv", "student | entry\n" + "\n".join(f"{student} | {AUTUMN[0]}" for student in range(5)))
    missed = [place for place in range(last + 1) if place == 1 or (last - place) % every == 0]
    rows = "\n".join(f"{place % 5} | A | 03 | {AUTUMN[place]} | 1" for place in missed)
    put(tmp_path, "t.csv", f"student | school | grade | date | absent\n{rows}")
    beside = (
        "  enrolment: {files: [{path: e.csv, set: {school_id: A, grade_level: '03'}}],"
        " columns: {student_id: student, entry_date: entry}}\n"
    )
    rest = f"as_of: {AUTUMN[as_of]}\n"
    header = ["student", "school", "date", "absent"]
    study = write_study(tmp_path, header, CALENDAR + beside, rest, kind="absence_events")
    source = records.read(study)
    assert isinstance(source, StudentRecords)
    assert source.progress == known
    assert [problem.seen for problem in source.problems if "have no absence" in problem.seen] == (
        [f"{silent} days of school at the end of 2017-18 have no absence"] if silent else []
    )
