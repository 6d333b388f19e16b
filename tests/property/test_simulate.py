"""The synthetic district: what holds for every size and seed, and that it is the same on every run."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import engine
from analysis.problems import UserError
from analysis.records.synthetic import days as drawn_days
from analysis.records.synthetic.calendar import INSTRUCTIONAL_DAYS, OPEN_IN_SNOW, calendar
from analysis.records.synthetic.district import PUBLISHED, STUDENTS, make_district
from analysis.records.synthetic.simulate import FILES, is_simulated, simulate
from analysis.vocabulary import K12, REASONS, SCHOOL_LEVELS

REFERENCE = Path(__file__).parents[2] / "data" / "reference" / "hartford_by_grade.csv"


def digests(folder: Path) -> dict[str, str]:
    return {file: hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in FILES}


def rows(folder: Path) -> str:
    return f"read_parquet({engine.quoted(str(folder / 'student_days.parquet'))})"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A district of Hartford's size."""
    folder = tmp_path_factory.mktemp("city")
    simulate(folder, STUDENTS, 20180638)
    return folder


def test_same_seed_gives_the_same_bytes_on_any_number_of_threads_and_in_any_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((threads,),) = engine.execute("SELECT current_setting('threads')")
    found = []
    try:
        for number, count in enumerate((1, 2, 4)):
            engine.execute(f"SET threads = {count}")
            simulate(tmp_path / str(number), 700, 7)
            found.append(digests(tmp_path / str(number)))
    finally:
        engine.execute(f"SET threads = {threads}")
    assert found[0] == found[1] == found[2]
    monkeypatch.setattr(drawn_days, "BLOCK", 100)
    simulate(tmp_path / "blocks", 700, 7)
    days = [engine.table(f"SELECT * FROM {rows(tmp_path / name)}") for name in ("0", "blocks")]
    pd.testing.assert_frame_equal(*days)


def test_another_seed_gives_another_district(tmp_path: Path) -> None:
    assert not is_simulated(tmp_path / "a", 100, 1)
    simulate(tmp_path / "a", 100, 1)
    simulate(tmp_path / "b", 100, 2)
    assert is_simulated(tmp_path / "a", 100, 1)
    assert not is_simulated(tmp_path / "b", 100, 1)
    assert digests(tmp_path / "a")["student_days.parquet"] != digests(tmp_path / "b")["student_days.parquet"]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(students=st.integers(100, 500), seed=st.integers(-(2**40), 2**40))
def test_what_holds_for_every_district(tmp_path: Path, students: int, seed: int) -> None:
    simulate(tmp_path, students, seed)
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)
    days = engine.table(f"SELECT * FROM {rows(tmp_path)}")
    people = pd.read_csv(tmp_path / "students.csv", dtype=str, keep_default_na=False)
    schools = pd.read_csv(tmp_path / "schools.csv", dtype=str)
    dates = pd.read_csv(tmp_path / "calendar.csv", dtype=str, keep_default_na=False)
    open_dates = dates.loc[dates["instructional"] == "true", "date"]

    assert not days.duplicated(["student_id", "date"]).any()
    assert (days["student_id"] + days["date"]).is_monotonic_increasing
    assert set(days["date"]) <= set(open_dates)
    assert set(days["student_id"]) == set(people["student_id"])
    assert people["student_id"].is_unique
    assert days.loc[days["grade_level"] != "PK", "student_id"].nunique() == students
    assert (days["membership"] == 1).all()
    assert set(days["days_absent"].dropna()) <= {0, 0.5, 1}
    assert set(days["absence_reason"]) <= {"", *REASONS}
    assert (days.loc[~(days["days_absent"] > 0), "absence_reason"] == "").all()

    place = days["date"].map({date: number for number, date in enumerate(open_dates)})
    enrolled = place.groupby(days["student_id"]).agg(["min", "max", "size"])
    assert (enrolled["max"] - enrolled["min"] + 1 == enrolled["size"]).all()  # no day left out between entry and exit
    assert (days.groupby("student_id")["grade_level"].nunique() == 1).all()
    assert set(schools["school_level"]) == {"elementary", "middle", "high", "combined"} <= set(SCHOOL_LEVELS)
    seats = make_district(students, seed).seats
    served = set(zip(seats["grade_level"], seats["school_id"], strict=True))
    assert set(zip(days["grade_level"], days["school_id"], strict=True)) <= served
    assert set(days["school_id"]) <= set(schools["school_id"])


def test_the_calendar_has_180_days_on_weekdays_and_one_open_in_snow() -> None:
    dates = calendar()
    assert (dates["instructional"] == "true").sum() == INSTRUCTIONAL_DAYS == 180
    assert pd.to_datetime(dates["date"]).dt.day_of_week.max() == 4
    assert dates["date"].is_unique and dates["date"].is_monotonic_increasing
    assert dates.iloc[-1]["instructional"] == "true" and "2018-06-01" < dates.iloc[-1]["date"] < "2018-06-22"
    assert dates.loc[dates["note"] == OPEN_IN_SNOW, "instructional"].tolist() == ["true"]


def test_the_profile_is_the_published_one() -> None:
    published = pd.read_csv(REFERENCE, dtype={"grade_level": str}).query("school_year == '2017-18'")
    assert published["grade_level"].tolist() == list(K12)
    for row in published.itertuples():
        assert PUBLISHED[row.grade_level] == (row.chronically_absent, pytest.approx(100 * row.chronic_rate))


def test_the_city_has_hartfords_profile(city: Path) -> None:
    found = engine.table(f"""
        WITH years AS (
            SELECT grade_level, count(days_absent) AS days, sum(days_absent) AS absent FROM {rows(city)}
            WHERE grade_level <> 'PK' GROUP BY grade_level, student_id HAVING count(days_absent) >= 10)
        SELECT grade_level, count(*) AS students, sum((absent * 10 >= days)::INT) AS chronic FROM years GROUP BY ALL
        """).set_index("grade_level")
    rate = found["chronic"] / found["students"]
    for grade, (_, percent) in PUBLISHED.items():
        assert rate[grade] == pytest.approx(percent / 100, abs=0.015), grade
    high = found.loc[["09", "10", "11", "12"]].sum()
    assert found["chronic"].sum() / found["students"].sum() == pytest.approx(0.253, abs=0.01)
    assert high["chronic"] / high["students"] == pytest.approx(0.361, abs=0.01)


def test_the_city_looks_like_a_city(city: Path) -> None:
    schools = pd.read_csv(city / "schools.csv")
    assert 40 <= len(schools) <= 50 and schools["school_name"].is_unique
    ((students, moved, unmarked, half, rate, snow, again),) = engine.execute(f"""
        WITH days AS (
            SELECT *, lag(days_absent) OVER (PARTITION BY student_id ORDER BY date) AS before FROM {rows(city)})
        SELECT count(DISTINCT student_id),
            (SELECT count(*) FROM (SELECT student_id FROM days GROUP BY 1 HAVING count(DISTINCT school_id) > 1)),
            avg((days_absent IS NULL)::INT), sum((days_absent = 0.5)::INT) / sum((days_absent > 0)::INT),
            sum(days_absent) / count(days_absent), avg(days_absent) FILTER (date = '2018-03-08'),
            avg((days_absent > 0)::INT) FILTER (before > 0) FROM days""")
    assert students == STUDENTS + 945
    assert 0.03 < moved / students < 0.05
    assert 0.004 < unmarked < 0.012
    assert half == pytest.approx(0.06, abs=0.005)
    assert snow > 2 * rate
    assert again > 5 * rate  # in runs, and by the same students


def test_students_with_like_numbers_are_not_absent_on_the_same_days(city: Path) -> None:
    """Dates differ by the calendar only: no trace of the hash in the counts of a date, apart from the known effects."""
    spread = engine.table(f"""
        SELECT date, avg((days_absent > 0)::INT) AS rate, count(*) AS students,
            dayname(date::DATE) AS weekday, left(date, 7) AS month
        FROM {rows(city)} WHERE days_absent IS NOT NULL AND date <> '2018-03-08' GROUP BY ALL ORDER BY date""")
    quiet = spread[spread["month"].isin(["2017-10", "2018-03", "2018-05"]) & (spread["weekday"] != "Friday")]
    residual = quiet["rate"] - quiet.groupby(["month", "weekday"])["rate"].transform("mean")
    chance = (quiet["rate"] * (1 - quiet["rate"]) / quiet["students"]).mean() ** 0.5
    assert residual.std() < 1.6 * chance


def test_too_few_students_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="99 is too few"):
        simulate(tmp_path, 99, 1)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_other_files_is_refused_and_kept(tmp_path: Path) -> None:
    """`--data` on the example's study would have written over somebody's own students."""
    (tmp_path / "students.csv").write_text("id\n1\n")
    with pytest.raises(UserError, match=r"it holds other files, such as 'students\.csv'"):
        simulate(tmp_path, 100, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["students.csv"]
    assert (tmp_path / "students.csv").read_text() == "id\n1\n"
    (tmp_path / ".simulate-of-a-run-that-was-killed").mkdir()
    simulate(tmp_path, 100, 1)
    assert is_simulated(tmp_path, 100, 1)
