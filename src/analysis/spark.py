"""Spark, where a study asks for it: what the engine does there instead of in DuckDB. Only `engine.py` calls this.

Spark's own set-up says where it runs (`spark-submit`, `SPARK_CONF_DIR`, `PYSPARK_SUBMIT_ARGS`); where it says nothing,
it is this machine. Its log and its error texts can quote a row, so they go nowhere.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import narwhals as nw
import pandas as pd

from analysis.problems import Problem, UserError

TYPES = {"i": "bigint", "u": "bigint", "f": "double", "b": "boolean"}
"""Spark's type for a kind of NumPy's; anything else is text."""


def errors() -> tuple[type[Exception], ...]:
    """Name what Spark raises; nothing where it was never loaded."""
    if "pyspark" not in sys.modules:
        return ()
    from py4j.protocol import Py4JError  # noqa: PLC0415  (an optional extra)
    from pyspark.errors import PySparkException  # noqa: PLC0415

    return PySparkException, Py4JError


@cache
def session(memory: str, spill: str) -> Any:
    """Open the session of this process, or take the one that `spark-submit` has opened.

    Parameters
    ----------
    memory, spill : of a local Spark, as the study says; a cluster has its own.

    Raises
    ------
    UserError
        Where PySpark or Java is missing.
    """
    with warnings.catch_warnings(), _silent():
        warnings.simplefilter("ignore")  # of pandas 3: no pandas function of Spark is called here
        try:
            from pyspark.errors import PySparkException  # noqa: PLC0415
            from pyspark.sql import SparkSession  # noqa: PLC0415
        except ImportError:
            raise _missing("PySpark is not installed", "install the extra: uv sync --extra spark") from None
        builder = SparkSession.builder.appName("absence-drivers")
        for key, value in _settings(memory, spill).items():
            builder = builder.config(key, value)
        try:
            opened = builder.getOrCreate()
        except (PySparkException, RuntimeError, OSError):
            fix = "install Java 17 (Debian: openjdk-17-jre-headless), or see docs/spark.md for a cluster"
            raise _missing("Spark did not start", fix) from None
        with suppress(PySparkException):  # Spark Connect keeps its log on the server
            opened.sparkContext.setLogLevel("OFF")
    return opened


def _settings(memory: str, spill: str) -> dict[str, str]:
    """Give what has to be the same everywhere, and what a local Spark needs beside it."""
    same = {
        "spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true", "spark.ui.showConsoleProgress": "false",
    }  # fmt: skip
    if {"MASTER", "SPARK_REMOTE", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "SPARK_ENV_LOADED"} & set(os.environ):
        return same
    cores = str(os.cpu_count() or 1)
    local = {
        "spark.master": f"local[{cores}]", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false", "spark.sql.shuffle.partitions": cores,
        "spark.driver.memory": memory.lower().removesuffix("b"),
        "spark.local.dir": spill, "spark.sql.warehouse.dir": f"{spill}/warehouse",
    }  # fmt: skip
    return same | local


@contextmanager
def _silent() -> Iterator[None]:
    """Send what a child process says from its start on nowhere: the JVM keeps this as its own stderr."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _missing(seen: str, fix: str) -> UserError:
    return UserError("environment", Problem("engine: spark", seen, "the study cannot be computed", fix))


def scan(opened: Any, rows: str) -> nw.LazyFrame[Any]:
    """Read a Parquet file or folder, or a table of the warehouse."""
    is_file = "/" in rows
    if not is_file and not opened.catalog.tableExists(rows):
        fix = "name it as Spark does, such as catalog.schema.table; Parquet elsewhere by its whole address, s3a://..."
        raise UserError(
            "records", Problem("records.table", f"Spark knows no '{rows}'", "there is nothing to read", fix)
        )
    frame: nw.LazyFrame[Any] = nw.from_native(opened.read.parquet(rows) if is_file else opened.table(rows))
    return frame


def beside(opened: Any, table: pd.DataFrame) -> nw.LazyFrame[Any]:
    """Send a small data frame, by plain rows: no pyarrow is needed."""
    schema = ", ".join(f"`{name}` {TYPES.get(kind.kind, 'string')}" for name, kind in table.dtypes.items())
    rows = list(table.astype(object).itertuples(index=False, name=None))
    frame: nw.LazyFrame[Any] = nw.from_native(opened.createDataFrame(rows, schema))
    return frame


def collect(native: Any) -> pd.DataFrame:
    """Bring a result as plain rows; whole numbers beyond 64 bits become floating ones, as DuckDB gives them."""
    found = pd.DataFrame.from_records([tuple(row) for row in native.collect()], columns=native.columns)
    wide = [name for name, kind in native.dtypes if kind.startswith("decimal")]
    return found.astype(dict.fromkeys(wide, float))


def fingerprint(native: Any) -> str:
    """Tell a table by its rows, in any order: what cached results are keyed by, where there is no file to hash."""
    from pyspark.sql import functions  # noqa: PLC0415

    hashed = [functions.xxhash64(*native.columns, functions.lit(salt)).cast("decimal(38, 0)") for salt in (1, 2)]
    sums = native.agg(functions.count("*"), *(functions.sum(one) for one in hashed)).collect()[0]
    return " ".join([*native.columns, *map(str, sums)])
