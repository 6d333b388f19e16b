"""Ed-Fi XML, old and current, gives what data/PROVENANCE.md knows of it; files that break off do not pass."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from analysis import engine, measures
from analysis.problems import UserError
from analysis.records.absence_events import read_absence_events
from analysis.records.student_days import read_student_days
from analysis.records.text_tables import FoundFile, read_text
from analysis.records.types import StudentRecords
from analysis.study import SourceFile, Study

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not on this machine")


@pytest.fixture(scope="module")
def daybreak(tmp_path_factory: pytest.TempPathFactory) -> StudentRecords:
    return read_student_days(load("edfi-daybreak"), tmp_path_factory.mktemp("daybreak"))


@pytest.fixture(scope="module")
def grand_bend(tmp_path_factory: pytest.TempPathFactory) -> StudentRecords:
    return read_absence_events(load("edfi-grand-bend"), tmp_path_factory.mktemp("grand bend"))


@cache
def load(name: str) -> Study:
    return Study.load(ROOT / "studies" / f"{name}.yaml", data=DATA)


def flow(records: StudentRecords, step: str) -> dict[str, int]:
    rows = records.flow[records.flow["step"] == step]
    return dict(zip(rows["reason"], rows["rows"], strict=True))


def levels(records: StudentRecords, driver: str) -> pd.DataFrame:
    table = measures.student_tables.absence_by(records, driver)
    return table[table["level_type"] == "level"]


def percents(column: "pd.Series[float]", places: int = 1) -> list[float]:
    return [round(100 * rate, places) for rate in column]


def test_daybreak_every_event_is_read(daybreak: StudentRecords) -> None:
    assert flow(daybreak, "read") == {"": 5550} and flow(daybreak, "enrolment read") == {"": 167}
    assert flow(daybreak, "set aside") == {"outside enrolment": 148}  # 2 students without a spell of the year
    assert daybreak.flow.loc[daybreak.flow["step"] == "read", "students"].tolist() == [75]
    assert (len(daybreak.calendar), len(daybreak.schools)) == (74, 3)
    assert daybreak.calendar["date"].iloc[[0, -1]].tolist() == ["2011-09-06", "2011-12-16"]
    assert daybreak.progress is not None and daybreak.progress.days == 74


def test_daybreak_the_grade_is_that_of_the_right_year(daybreak: StudentRecords) -> None:
    grades = levels(daybreak, "grade_level")
    assert grades["grade_level"].tolist() == ["01", "08", "11", "12"]
    assert percents(grades["absence_rate"]) == [1.2, 4.7, 4.6, 6.5]
    assert grades["chronically_absent"].sum() == 6
    assert set(daybreak.schools["school_level"]) == {"elementary", "middle", "high"}


def test_daybreak_without_the_enrolment_all_events_count(tmp_path: Path) -> None:
    study = load("edfi-daybreak")
    records = study.settings.records.model_copy(update={"enrolment": None})
    study = replace(study, settings=study.settings.model_copy(update={"records": records}))
    found = read_student_days(study, tmp_path)
    months = levels(found, "month")
    assert percents(months["absence_rate"], 2) == [3.72, 4.76, 2.79, 3.78]
    assert months["days_enrolled"].sum() == 5550 and months["days_absent"].sum() == 208
    total = measures.student_tables.absence_by(found, "grade_level").query("level_type == 'total'").iloc[0]
    assert percents(pd.Series([total.absence_rate]), 2) == [3.75]
    assert (total.students, total.chronically_absent) == (75, 6)


def test_grand_bend_codes_are_uris_and_mean_the_same(grand_bend: StudentRecords) -> None:
    assert flow(grand_bend, "read") == {"": 1917}
    reasons = levels(grand_bend, "absence_reason").set_index("absence_reason")["days_absent"]
    assert reasons.to_dict() == {"excused": 1077, "unexcused": 773}  # the half day is of a day that is whole already
    assert grand_bend.flow.loc[grand_bend.flow["step"] == "read", "students"].tolist() == [227]


def test_grand_bend_sundays_doubles_and_missing_durations(grand_bend: StudentRecords) -> None:
    assert flow(grand_bend, "set aside") == {"not an instructional day": 3}  # three tardies on a Sunday
    assert flow(grand_bend, "used") == {
        "": 1914, "in a grade that totals leave out": 0, "late or present, and no absence": 66 - 3,
        "without a length, taken as whole days (or half, where the code says so)": 67 - 66,
        "with another event of the same day, added up to a day at most": 2,
    }  # fmt: skip
    days = f"read_parquet('{grand_bend.path}')"
    assert engine.execute(f"SELECT count(*) FROM {days}") == [(1914 - 1,)]
    assert engine.execute(f"SELECT count(*) FROM {days} WHERE dayname(date::DATE) IN ('Saturday', 'Sunday')") == [(0,)]


def test_grand_bend_says_no_rate(grand_bend: StudentRecords) -> None:
    assert (grand_bend.measure, grand_bend.marked, grand_bend.outcome) == ("absent_only", False, "days")
    for driver in ("grade_level", "school_id", "month", "weekday", "absence_reason"):
        table = levels(grand_bend, driver)
        for name in ("days_enrolled", "days_unmarked", "absence_rate", "chronic_rate"):
            assert table[name].isna().all(), (driver, name)
        assert table["days_absent"].sum() == 1850
    (note,) = [problem for problem in grand_bend.problems if problem.severity == "noted"]
    assert "161 days of school were inferred" in note.seen


@pytest.mark.parametrize("name", ["20160315.xml", "20160318.xml"])
def test_new_york_files_that_break_off_are_one_problem(name: str) -> None:
    with pytest.raises(UserError) as caught:
        read_text(found(name))
    (problem,) = caught.value.problems
    whole = (DATA / "nyc_daily_xml" / name).read_text(encoding="utf-8", errors="replace").count("</item>")
    assert problem.where == f"{name}, line 1" and problem.severity == "stops"
    assert problem.seen == f"it breaks off after {whole:,} whole <item>"


def test_the_whole_new_york_file_is_read() -> None:
    table = read_text(found("20160314.xml"))
    names = ("DBN", "ATTN_DATE_YMD", "ATTN_PCT", "LOC_CODE", "SCHOOL_NAME", "Borough", "DistrictCode")
    assert table.header == names
    rows = engine.execute(f"SELECT count(*), min(c1), max(c1), min(c2), max(c2) FROM {table.relation}")
    whole = (DATA / "nyc_daily_xml" / "20160314.xml").read_text(encoding="utf-8").count("<item>")
    assert rows == [(whole, "01M015", "TOTAL", "20160314", "20160314")]


def found(name: str) -> FoundFile:
    source = SourceFile(path=f"nyc_daily_xml/{name}", element="item")
    return FoundFile(DATA / source.path, name, "", source)
