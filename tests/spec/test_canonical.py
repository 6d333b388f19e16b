"""Canonical rows give what the source gives that they were made of, in DuckDB and in Spark; unsound rows stop."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from small_tables import refused

from analysis import engine, findings, measures, records
from analysis import spark as spark_engine
from analysis.measures import outcomes, short_stays
from analysis.models.drivers import fit_drivers
from analysis.problems import UserError
from analysis.records.student_rows import has_ids
from analysis.records.types import StudentRecords
from analysis.study import Study

GROUP = "english_learner"
SIDES = """
  groups: [english_learner]
  schools: {files: [{path: schools.csv}], columns: {school_id: school_id, school_name: school_name, school_level: school_level}}
  calendar: {files: [{path: calendar.csv}], columns: {date: date, instructional: instructional, note: note}}
"""  # noqa: E501
SOURCE = """
  kind: student_days
  files: [{path: student_days.parquet}]
  columns: {student_id: student_id, school_id: school_id, grade_level: grade_level, date: date,
    days_enrolled: membership, days_absent: days_absent, absence_reason: absence_reason}
  students: {files: [{path: students.csv}], columns: {student_id: student_id, english_learner: english_learner}}
models: {minimum_bridge_students: 5}
simulate: {students: 200, seed: 5}"""
DRIVERS = ("grade_level", "school_id", "district_id", GROUP, "month", "week", "weekday", "absence_reason")


FAST = (
    "spark.ui.enabled=false", "spark.sql.shuffle.partitions=1", "spark.sql.adaptive.enabled=false",
    "spark.sql.codegen.wholeStage=false", "spark.driver.host=127.0.0.1", "spark.driver.bindAddress=127.0.0.1",
)  # fmt: skip
"""What makes Spark quick on a few thousand rows; where Spark is set up by its own means the study's are not used."""


def study_of(root: Path, name: str, text: str) -> Study:
    path = root / "studies" / f"{name}.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"title: T\ndata: data\naudience: internal\nrecords:{text}", encoding="utf-8")
    return Study.load(path)


def read(study: Study) -> StudentRecords:
    found = records.read(study)
    assert isinstance(found, StudentRecords)
    return found


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> StudentRecords:
    """Give a small district read from its source; its canonical rows are `rows.parquet` in the data folder."""
    root = tmp_path_factory.mktemp("canonical")
    found = read(study_of(root, "source", SOURCE.replace("\n  students:", f"{SIDES.rstrip()}\n  students:")))
    shutil.copy(found.path, found.study.data / "rows.parquet")
    return found


def canonical(source: StudentRecords, table: str, more: str = "") -> Study:
    text = f"\n  kind: student_days\n  table: {table}{SIDES}models: {{minimum_bridge_students: 5}}\n{more}"
    return study_of(source.study.root, f"t{abs(hash((table, more)))}", text)


@pytest.fixture(scope="module")
def spark() -> Iterator[None]:
    """Let Spark start fast; without Java the tests skip, but never in CI."""
    if shutil.which("java") is None:
        reason = "no Java on this machine: apt-get install openjdk-17-jre-headless"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        patched.setenv(
            "PYSPARK_SUBMIT_ARGS", f"--master local[2] {' '.join(f'--conf {one}' for one in FAST)} pyspark-shell"
        )
        yield
    if spark_engine.session.cache_info().currsize:
        engine._spark().stop()
        spark_engine.session.cache_clear()


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_dtype=False, rtol=1e-9, atol=1e-12)


def test_students_of_a_table_have_ids(source: StudentRecords) -> None:
    """A table has our columns without a mapping; its students are followed as those of a file are."""
    known = read(canonical(source, "rows.parquet"))
    assert has_ids(known.study) and has_ids(source.study)
    assert "persistence" in measures.linked(known) and "no ids" not in findings.where(known.study).early_signal.text


def test_canonical_rows_give_the_tables_of_their_source(source: StudentRecords) -> None:
    other = read(canonical(source, "rows.parquet"))
    for driver in DRIVERS:
        same(measures.absence_by(source, driver), measures.absence_by(other, driver))
    for name in ("schools", "calendar"):
        same(getattr(source, name), getattr(other, name))
    assert (source.years, source.progress, source.marked) == (other.years, other.progress, other.marked)
    used = ["step", "rows", "students"]
    same(source.flow[source.flow["step"] == "used"][used].reset_index(drop=True),
         other.flow[other.flow["step"] == "used"][used].reset_index(drop=True))  # fmt: skip


def test_days_after_the_last_one_are_set_aside(source: StudentRecords) -> None:
    cut = read(canonical(source, "rows.parquet", "as_of: 2018-01-31\n"))
    assert cut.calendar["date"].max() == "2018-01-31" and cut.progress is not None
    rows = cut.flow.set_index(["step", "reason"])["rows"]
    later = engine.execute(f"SELECT count(*) FROM '{source.path}' WHERE date > '2018-01-31'")[0][0]
    assert rows["set aside", "not a day of school that the study counts"] == later > 0
    assert rows["used", ""] == rows["read", ""] - later


BAD = {
    "student_id is NULL": "NULL AS student_id",
    "school_id is empty": "'' AS school_id",
    "date has another form than 2018-06-12": "'6/12/2018' AS date",
    "grade_level is none of ours": "'K' AS grade_level",
    "absence_reason is none of ours": "'ill' AS absence_reason",
    "days enrolled and unmarked are not over 0 and at most one day": "2000 AS days_enrolled",
    "absent longer than enrolled": "1500 AS days_absent",
    "a number of days below zero": "-1 AS days_absent",
    "school_year is not that of the date": "'2016-17' AS school_year",
    f"{GROUP} is NULL": f"NULL AS {GROUP}",
}


@pytest.mark.parametrize("fault", BAD)
def test_a_row_that_is_not_canonical_stops_and_is_counted(source: StudentRecords, fault: str) -> None:
    name = f"bad{list(BAD).index(fault)}.parquet"
    engine.execute(f"""COPY (SELECT * FROM '{source.path}' UNION ALL BY NAME
        (SELECT * REPLACE ({BAD[fault]}, 'x' AS student_id) FROM '{source.path}' LIMIT 3))
        TO '{source.study.data / name}'""" if "student_id" not in fault else f"""COPY (SELECT * FROM '{source.path}'
        UNION ALL BY NAME (SELECT * REPLACE ({BAD[fault]}) FROM '{source.path}' LIMIT 3))
        TO '{source.study.data / name}'""")  # fmt: skip
    assert any(f"{fault}: 3 rows" in line for line in refused(canonical(source, name)))


def test_rows_that_stand_twice_stop(source: StudentRecords) -> None:
    place = source.study.data / "twice.parquet"
    engine.execute(f"COPY (FROM '{source.path}' UNION ALL (FROM '{source.path}' LIMIT 5)) TO '{place}'")
    (line,) = refused(canonical(source, "twice.parquet"))
    assert "several rows of one student and date: 10 rows" in line


def test_two_districts_with_a_school_of_one_id_stop(source: StudentRecords) -> None:
    place = source.study.data / "shared.parquet"
    of_two = "CASE WHEN hash(student_id) % 2 = 0 THEN 'D1' ELSE 'D2' END AS district_id"
    engine.execute(f"COPY (SELECT * REPLACE ({of_two}) FROM '{source.path}') TO '{place}'")
    (line,) = refused(canonical(source, "shared.parquet"))
    assert "school ids stand in more than one district" in line
    assert read(canonical(source, "shared.parquet", "focus: {district_id: [D1]}\n")).districts == ("D1", "D2")


def test_columns_that_are_missing_or_of_another_type_stop(source: StudentRecords) -> None:
    place = source.study.data / "columns.parquet"
    engine.execute(f"""COPY (SELECT * EXCLUDE (district_id) REPLACE (CAST(date AS DATE) AS date)
        FROM '{source.path}') TO '{place}'""")
    lines = refused(canonical(source, "columns.parquet"))
    assert len(lines) == 2 and "no column district_id" in lines[0] and "date is Date" in lines[1]


def test_a_table_of_a_warehouse_needs_spark(source: StudentRecords) -> None:
    (line,) = refused(canonical(source, "lake.student_days"))
    assert "engine: spark" in line


def test_spark_gives_the_tables_of_duckdb(source: StudentRecords, spark: None) -> None:
    engine.bound("1GB", source.study.spill)
    engine._spark().read.parquet(source.path).createOrReplaceTempView("student_days")
    other = read(canonical(source, "student_days", "engine: spark\n"))
    same(measures.absence_by(source, "grade_level"), measures.absence_by(other, "grade_level"))
    same(short_stays.chronic_by_moves(source), short_stays.chronic_by_moves(other))
    cells = [outcomes.absence_cells(one) for one in (source, other)]
    same(cells[0].table, cells[1].table)
    fitted = np.linspace(0.01, 0.3, len(cells[0].table))
    for cluster in ("student_id", "date"):
        same(*(one.products(fitted, cluster).table for one in cells))
    models = [fit_drivers(outcomes.chronic_cells(one), one.study.settings.models) for one in (source, other)]
    for name in ("adjusted_rates", "coefficients", "joint_tests"):
        same(getattr(models[0], name), getattr(models[1], name))


def test_a_table_that_spark_does_not_know_is_named(source: StudentRecords, spark: None) -> None:
    (line,) = refused(canonical(source, "lake.student_days", "engine: spark\n"))
    assert "Spark knows no 'lake.student_days'" in line


def test_sparks_own_words_are_withheld(source: StudentRecords, spark: None) -> None:
    engine.bound("1GB", source.study.spill)
    rows = nw.from_native(engine._spark().sql("SELECT 'CANARY-1' AS student_id"))
    with pytest.raises(UserError) as caught:
        engine.collect(rows.select(nw.col("student_id").cast(nw.Int64)), ["student_id"])
    assert "withheld" in str(caught.value) and "CANARY" not in str(caught.value)
    assert caught.value.__context__ is None
