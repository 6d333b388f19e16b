"""The one connection to the query engine; nothing else knows which engine runs.

DuckDB's own error texts print the offending row, which may be a child's: they never leave this module.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, wraps
from itertools import count
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

import duckdb
import narwhals as nw
import pandas as pd

from analysis import spark
from analysis.problems import Problem, UserError

P = ParamSpec("P")
R = TypeVar("R")
Name = Literal["duckdb", "spark"]

_numbers = count()
_bounds = {"memory": "8GB", "spill": ""}


@cache
def connection() -> duckdb.DuckDBPyConnection:
    """Open the connection of this process: no extension is ever fetched, memory is bounded."""
    opened = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": _bounds["memory"],
            "preserve_insertion_order": "true",
        }
    )
    with suppress(duckdb.InvalidInputException):  # Jupyter without ipywidgets has no bar, and refuses to be told so
        opened.execute("SET enable_progress_bar = false")
    return opened


def bound(memory: str, spill: Path) -> None:
    """Bound the memory of this process's engine, and say in which folder it puts what does not fit.

    Parameters
    ----------
    memory : such as `8GB`; of each process, of which a run has as many as notebooks at once, and one more.
    spill : each process has a folder of its own in it; those that dead processes have left are removed.
    """
    own = spill / str(os.getpid())
    if (memory, str(own)) == (_bounds["memory"], _bounds["spill"]):
        return
    _bounds.update(memory=memory, spill=str(own))
    for left in spill.glob("[0-9]*"):
        try:
            os.kill(int(left.name), 0)
        except ProcessLookupError:
            shutil.rmtree(left, ignore_errors=True)
        except PermissionError:  # somebody else's, and alive
            continue
    with suppress(OSError):  # the engine makes the last folder of the path, and no other
        spill.mkdir(parents=True, exist_ok=True)
    with suppress(duckdb.Error):  # once something has been spilled the folder stays what it was
        connection().execute(f"SET memory_limit = {quoted(memory)}")
        connection().execute(f"SET temp_directory = {quoted(str(own))}")


def _errors() -> tuple[type[Exception], ...]:
    return duckdb.Error, *spark.errors()


def _wrapped(call: Callable[P, R]) -> Callable[P, R]:
    """Replace an error of the engine, which may quote a row, by one that does not."""

    @wraps(call)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except _errors() as error:
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
def table(sql: str) -> pd.DataFrame:
    """Run a query whose result is small (a level, a cell, a problem a row) and return it as a data frame."""
    return connection().execute(sql).df()


@_wrapped
def register(name: str, frame: pd.DataFrame) -> None:
    """Make a small data frame a table of the engine, so that later queries do not depend on the frame."""
    connection().register("frame_to_copy", frame)
    connection().execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT * FROM frame_to_copy')
    connection().unregister("frame_to_copy")


def enumeration(name: str, texts: str) -> str:
    """Make a type of the engine that has the texts of a query as its values, in order: a row then holds a number.

    Returns
    -------
    The type's name in SQL. It always has the empty text.
    """
    execute(f"""CREATE OR REPLACE TEMP TYPE {named(name + "_text")} AS ENUM
        (SELECT DISTINCT text FROM (SELECT '' AS text UNION ALL {texts}) WHERE text IS NOT NULL ORDER BY text)""")
    return named(name + "_text")


def columns_of(rows: str) -> dict[str, str]:
    """Give the columns of a table, a view or a query with their types."""
    return dict(execute(f"SELECT column_name, column_type FROM (DESCRIBE {rows})"))


def write_parquet(rows: str, order: str, path: Path) -> None:
    """Write the rows of a query as Parquet, read the file back, and put it in its place if each row is in it.

    Parameters
    ----------
    rows, order : SQL of the rows, and by what they are in order.

    Raises
    ------
    UserError
        If the file does not hold the rows. DuckDB 2.0.0 now and then lost texts that it held as numbers, which its
        writer did with two threads; neither 1.5 nor 2.0.1 does.
    """
    aside = path.with_suffix(".partial")
    execute(f"COPY ({rows} ORDER BY {order}) TO {quoted(str(aside))} (FORMAT parquet, COMPRESSION zstd)")
    as_in_file = ", ".join(
        f"CAST({named(name)} AS VARCHAR)" if kind.startswith("ENUM") else named(name)
        for name, kind in columns_of(rows).items()
    )
    meant, written = (
        execute(f"SELECT count(*), sum(hash({as_in_file})::HUGEINT) FROM ({read})")
        for read in (rows, f"FROM read_parquet({quoted(str(aside))})")
    )
    if meant != written:
        aside.unlink()
        raise UserError(
            "environment",
            Problem(
                "query engine",
                f"the file that DuckDB {duckdb.__version__} wrote does not hold the rows that it was given",
                "every number would be of other records",
                "run again; where it stays, install another version of duckdb, and report this as a bug",
            ),
        )
    aside.replace(path)


@_wrapped
def scan(rows: str, name: Name = "duckdb") -> nw.LazyFrame[Any]:
    """Read canonical rows lazily, Parquet or a table of Spark's warehouse: from here on all is Narwhals."""
    return spark.scan(_spark(), rows) if name == "spark" else nw.from_native(connection().read_parquet(rows))


@_wrapped
def lazy(sql: str) -> nw.LazyFrame[Any]:
    """Give a query of DuckDB as a lazy Narwhals frame."""
    return nw.from_native(connection().sql(sql))


@_wrapped
def beside(frame: nw.LazyFrame[Any], table: pd.DataFrame) -> nw.LazyFrame[Any]:
    """Put a small data frame into the engine of a lazy frame, to be joined with it."""
    return spark.beside(_spark(), table) if _of_spark(frame) else nw.from_native(connection().from_df(table))


def sums(frame: nw.LazyFrame[Any]) -> nw.dtypes.DType:
    """Give the type of whole numbers in which sums and their products fit, in the engine of a lazy frame."""
    return nw.Decimal(38, 0) if _of_spark(frame) else nw.Int128()


@_wrapped
def collect(frame: nw.LazyFrame[Any], by: Sequence[str]) -> pd.DataFrame:
    """Bring a lazy frame of cells, levels or counts into pandas, sorted, so that its order never varies."""
    ordered = frame.sort(*by)
    if _of_spark(frame):
        return spark.collect(ordered.to_native())
    result: pd.DataFrame = ordered.collect("pandas").to_native()
    return result.reset_index(drop=True)


def distinct(frame: nw.LazyFrame[Any], column: str) -> tuple[str, ...]:
    """Give the distinct values of a column, in order: few."""
    return tuple(collect(frame.select(column).unique(), [column])[column])


def hold(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Compute a lazy frame once, as a table that lasts as long as the process: for what many queries start from."""
    return _kept(frame)[0]


@contextmanager
def held(frame: nw.LazyFrame[Any]) -> Iterator[nw.LazyFrame[Any]]:
    """Compute a lazy frame once and hold it as a table while it is read several times."""
    table, forget = _kept(frame)
    try:
        yield table
    finally:
        forget()


@_wrapped
def _kept(frame: nw.LazyFrame[Any]) -> tuple[nw.LazyFrame[Any], Callable[[], object]]:
    """Compute a lazy frame once; gives it, and what forgets it."""
    native = frame.to_native()
    if _of_spark(frame):
        native = native.persist()
        return nw.from_native(native), native.unpersist
    name = f"held_{next(_numbers)}"
    native.create(name)
    return lazy(f"SELECT * FROM {name}"), lambda: execute(f"DROP TABLE {name}")


@_wrapped
def fingerprint(rows: str) -> str:
    """Tell a table of Spark's warehouse by its rows: once a run, whose notebooks take it as it was at the start."""
    known = "ABSENCE_TABLE_" + rows
    if known not in os.environ:
        os.environ[known] = spark.fingerprint(spark.scan(_spark(), rows).to_native())
    return os.environ[known]


def _spark() -> Any:
    return spark.session(_bounds["memory"], _bounds["spill"])


def _of_spark(frame: nw.LazyFrame[Any]) -> bool:
    return bool(frame.implementation.is_spark_like())


def quoted(text: str) -> str:
    """Quote a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def among(sql: str, texts: Iterable[str]) -> str:
    """Write the SQL that tells whether a text is one of some."""
    listed = ", ".join(map(quoted, texts))
    return f"{sql} IN ({listed})" if listed else "false"


def named(name: str) -> str:
    """Quote a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
