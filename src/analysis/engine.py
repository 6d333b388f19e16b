"""The one connection to the query engine; nothing else knows which engine runs.

DuckDB's own error texts print the offending row, which may be a child's: they never leave this module.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, wraps
from itertools import count
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import duckdb
import narwhals as nw
import pandas as pd

from analysis.problems import Problem, UserError

P = ParamSpec("P")
R = TypeVar("R")

_numbers = count()
MEMORY_LIMIT = os.environ.get("ABSENCE_MEMORY_LIMIT", "8GB")


@cache
def connection() -> duckdb.DuckDBPyConnection:
    """Open the connection of this process: no extension is ever fetched, memory is bounded."""
    opened = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": MEMORY_LIMIT,
            "preserve_insertion_order": "true",
        }
    )
    with suppress(duckdb.InvalidInputException):  # Jupyter without ipywidgets has no bar, and refuses to be told so
        opened.execute("SET enable_progress_bar = false")
    return opened


def _wrapped(call: Callable[P, R]) -> Callable[P, R]:
    """Replace an error of the engine, which may quote a row, by one that does not."""

    @wraps(call)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except duckdb.Error as error:
            kind = type(error).__name__
        raise UserError(  # outside the handler, so that the engine's own text is not chained to it
            "records",
            Problem(
                "query engine",
                f"{kind} (its text is withheld, for it can quote a person's row)",
                "the records could not be processed",
                "run 'absence check' on the study; where that finds nothing, this is a bug to report",
            ),
        )

    return guarded


@_wrapped
def execute(sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows: for counts and small results, never for student-days."""
    cursor = connection().execute(sql, parameters or None)
    return cursor.fetchall() if cursor.description else []


@_wrapped
def table(sql: str, parameters: Sequence[object] = ()) -> pd.DataFrame:
    """Run a query whose result is small (a level, a cell, a problem a row) and return it as a data frame."""
    return connection().execute(sql, parameters or None).df()


@_wrapped
def register(name: str, frame: pd.DataFrame) -> None:
    """Make a small data frame a table of the engine, so that later queries do not depend on the frame."""
    connection().register("frame_to_copy", frame)
    connection().execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT * FROM frame_to_copy')
    connection().unregister("frame_to_copy")


@_wrapped
def scan(path: Path) -> nw.LazyFrame[Any]:
    """Read a Parquet file of ours lazily, as Narwhals expressions from here on."""
    return nw.from_native(connection().read_parquet(str(path)))


@_wrapped
def lazy(sql: str) -> nw.LazyFrame[Any]:
    """Give a query as a lazy Narwhals frame."""
    return nw.from_native(connection().sql(sql))


@_wrapped
def collect(frame: nw.LazyFrame[Any], by: Sequence[str]) -> pd.DataFrame:
    """Bring a lazy frame of cells, levels or counts into pandas, sorted, so that its order never varies."""
    result: pd.DataFrame = frame.sort(*by).collect("pandas").to_native()
    return result.reset_index(drop=True)


def hold(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Compute a lazy frame once, as a table that lasts as long as the process: for what many queries start from."""
    name = f"held_{next(_numbers)}"
    create(name, frame)
    return lazy(f"SELECT * FROM {name}")


@contextmanager
def held(frame: nw.LazyFrame[Any]) -> Iterator[nw.LazyFrame[Any]]:
    """Compute a lazy frame once and hold it as a table while it is read several times."""
    name = f"held_{next(_numbers)}"
    create(name, frame)
    try:
        yield lazy(f"SELECT * FROM {name}")
    finally:
        execute(f"DROP TABLE {name}")


@_wrapped
def create(name: str, frame: nw.LazyFrame[Any]) -> None:
    """Compute a lazy frame into a table of the engine."""
    frame.to_native().create(name)


def quoted(text: str) -> str:
    """Quote a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def named(name: str) -> str:
    """Quote a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
