"""The canonical file holds the rows that the engine was given, in order, or is not written."""

from pathlib import Path

import pytest
from small_tables import DAYS as DATES
from small_tables import days

from analysis import engine
from analysis.problems import UserError

ROWS, ORDER = "SELECT * FROM written_days", "school_id, student_id, day"
STUDENTS, DAYS = 4_200, 170


@pytest.fixture(scope="module")
def _days():
    """Days as the readers hold them, texts as numbers of the texts, in no order and of several row groups."""
    texts = {
        "student_id": f"'S' || lpad((i // {DAYS})::VARCHAR, 5, '0')",
        "school_id": f"'C' || lpad((i // {DAYS} % 20)::VARCHAR, 5, '0')",
        "date": f"'D' || lpad((i % {DAYS})::VARCHAR, 3, '0')",
    }
    rows = f"range({STUDENTS * DAYS}) AS r(i)"
    kinds = {
        name: engine.enumeration(f"test {name}", f"SELECT {sql} AS text FROM {rows}") for name, sql in texts.items()
    }
    coded = ", ".join(f"CAST({sql} AS {kinds[name]}) AS {name}" for name, sql in texts.items())
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE written_days AS
        SELECT {coded}, i % {DAYS} AS day, (hash(i) % 2)::INTEGER AS days_absent FROM {rows} ORDER BY hash(i, 7)""")
    yield
    engine.execute("DROP TABLE written_days")


@pytest.mark.usefixtures("_days")
def test_every_text_is_in_the_file_however_often_it_is_written(tmp_path: Path):
    path = tmp_path / "days.parquet"
    for _ in range(20):  # DuckDB 2.0.0 lost texts in 40 of 200 files
        engine.write_parquet(ROWS, ORDER, path)
        found = engine.execute(f"""SELECT count(*), count(DISTINCT student_id), count(DISTINCT date),
            count(*) FILTER ('' IN (student_id, school_id, date)) FROM '{path}'""")
        assert found == [(STUDENTS * DAYS, STUDENTS, DAYS, 0)]


@pytest.mark.usefixtures("_days")
def test_the_file_is_in_order(tmp_path: Path):
    path = tmp_path / "days.parquet"
    engine.write_parquet(ROWS, ORDER, path)
    keys = engine.execute(f"SELECT {ORDER} FROM read_parquet('{path}')")
    assert keys == sorted(keys)


@pytest.mark.usefixtures("_days")
@pytest.mark.parametrize(("column", "wrong"), [("student_id", "''"), ("days_absent", "1 - days_absent")])
def test_a_file_with_another_row_is_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, column: str, wrong: str):
    path = tmp_path / "days.parquet"
    path.write_text("the one before")
    execute = engine.execute
    other = f"CASE WHEN day = 3 AND student_id = 'S00007' THEN {wrong} ELSE {column} END AS {column}"

    def losing(sql: str, parameters=()):
        if sql.startswith("COPY"):
            sql = sql.replace(ROWS, f"SELECT * REPLACE ({other}) FROM written_days")
        return execute(sql, parameters)

    monkeypatch.setattr(engine, "execute", losing)
    with pytest.raises(UserError, match="does not hold the rows that it was given") as stopped:
        engine.write_parquet(ROWS, ORDER, path)
    assert stopped.value.exit_code == 6
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("days.parquet", "the one before")]


def test_a_group_is_that_of_the_last_row_also_where_two_rows_are_of_its_day(tmp_path: Path):
    """Two threads would take now one, now the other."""
    marked = [(day, "no") for day in DATES[:20]] + [(DATES[19], "yes")]
    rows = "\n".join(f"1 | A | 03 | {day} | 0 | {home}" for day, home in marked)
    records = days(tmp_path, f"student | school | grade | date | absent | home\n{rows}", "  groups: [home]\n")
    assert engine.execute(f"SELECT DISTINCT home FROM read_parquet('{records.path}')") == [("yes",)]
