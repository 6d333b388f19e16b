"""From files to rows of text in the engine, and the lines that are no rows.

A row is a who (a student at a school in a grade) and a what (a date, a code, numbers of days). Of both there are few,
so each is read and judged once, however many rows have it; a row itself is two numbers.
"""

import itertools
import re
from collections.abc import Iterable, Sequence

from analysis import engine
from analysis.problems import Problem, UserError
from analysis.records.raw_lines import lines_at, mixed_ends
from analysis.records.text_tables import TextTable, empty_cells_after

WHAT = frozenset({
    "date", "last_date", "period", "attendance_code", "absence_reason", "days_absent", "days_present", "days_enrolled",
    "absence_rate", "attendance_rate",
})  # fmt: skip
"""Our columns that make a what; all others make a who."""
PARTS = ("who", "what")


def part_of(column: str) -> str:
    """Say which part of a row one of our columns is of."""
    return "what" if column in WHAT else "who"


def load(
    name: str,
    tables: Sequence[TextTable],
    selected: Sequence[tuple[int, dict[str, str]]],
    ours: Sequence[str],
    left_out: str,
) -> list[Problem]:
    """Read files into tables of the engine, one after the other; give what is wrong with their lines.

    Made are `<name>_who` and `<name>_what` (a number, and our columns as text); `<name>_rows` (`file_row, who, what,
    file_number, left_out, short`); and `<name>_refused`, where lines stand that are no rows (`file_number, line`). A
    line that ends before the last column that the study maps is a row, with `short` true.

    Parameters
    ----------
    name : of the view that will stand on the tables.
    selected : a file's number in `tables`, and the SQL of each of our columns in it; several times one after the
        other where its columns become rows (`unpivot`): the file is read once, its rows are made once for each.
    ours : all our columns.
    left_out : SQL that tells the rows which the study leaves out.

    Returns
    -------
    Problems of lines that are no rows.
    """
    problems = []
    parts = {part: [column for column in ours if part_of(column) == part] for part in PARTS}
    for part, columns in parts.items():
        texts = "".join(f", {engine.named(column)} VARCHAR" for column in columns)
        engine.execute(f"CREATE TEMP TABLE {engine.named(f'{name}_{part}')} ({part} INTEGER{texts})")
    engine.execute(f"""CREATE TEMP TABLE {engine.named(name + "_rows")} (
        file_row BIGINT, who INTEGER, what INTEGER, file_number SMALLINT, left_out BOOLEAN, short BOOLEAN)""")
    engine.execute(f"CREATE TEMP TABLE {engine.named(name + '_refused')} (file_number SMALLINT, line BIGINT)")
    for number, several in itertools.groupby(selected, key=lambda one: one[0]):
        table, passes = tables[number], [expressions for _, expressions in several]
        cells = ", ".join(
            f"c{place} AS {_raw(place)}" for place in _places(sql for one in passes for sql in one.values())
        )
        read = f"CREATE OR REPLACE TEMP TABLE raw_cells AS SELECT {cells or '1 AS nothing'} FROM {{relation}}"
        _read(table, read, table.relation)
        is_csv = table.found.format == "csv"
        if is_csv and engine.execute("SELECT 1 FROM reject_errors WHERE error_type = 'TOO MANY COLUMNS' LIMIT 1"):
            _read(table, read, _widened(table))
        for expressions in passes:
            _add(name, number, expressions, parts, left_out, may_end_early=is_csv)
        problems += _rejected(table, number, name) if is_csv else []
    engine.execute("DROP TABLE IF EXISTS raw_cells")
    return problems


def _places(expressions: Iterable[str]) -> list[int]:
    """Find the columns of a file that some SQL reads."""
    return sorted({int(place) for place in re.findall(r"trim\(c(\d+)\)", " ".join(expressions))})


def _raw(place: int) -> str:
    return f'"raw {place}"'


def _add(
    name: str,
    number: int,
    expressions: dict[str, str],
    parts: dict[str, list[str]],
    left_out: str,
    *,
    may_end_early: bool,
) -> None:
    """Add the rows of `raw_cells`: each who and what once, and the number of each in every row."""
    joins = []
    for part, columns in parts.items():
        read = {column: expressions.get(column, "NULL") for column in columns}
        places = _places(read.values())
        cells = "".join(f", {_raw(place)} AS c{place}" for place in places)
        keys = "".join(f", c{place} AS {_raw(place)}" for place in places)
        ours = "".join(f", CAST({sql} AS VARCHAR) AS {engine.named(column)}" for column, sql in read.items())
        engine.execute(f"""
            CREATE OR REPLACE TEMP TABLE raw_{part} AS
            SELECT {_count(name, part)} + row_number() OVER () AS {part}{keys}{ours}
            FROM (SELECT DISTINCT 1 AS nothing{cells} FROM raw_cells)""")
        kept = "".join(f", {engine.named(column)}" for column in columns)
        engine.execute(f"INSERT INTO {engine.named(f'{name}_{part}')} SELECT {part}{kept} FROM raw_{part}")
        same = [f"raw_cells.{_raw(place)} IS NOT DISTINCT FROM raw_{part}.{_raw(place)}" for place in places]
        joins.append(f"JOIN raw_{part} ON {' AND '.join(same) or 'true'}")
    last = max(_places(expressions.values()), default=0)
    short = f"raw_cells.{_raw(last)} IS NULL" if last and may_end_early else "false"
    engine.execute(f"""
        INSERT INTO {engine.named(name + "_rows")}
        SELECT {_count(name, "rows")} + raw_cells.rowid + 1, who, what, {number}, {left_out},
            {short} AND NOT ({left_out})
        FROM raw_cells {" ".join(joins)}""")


def _count(name: str, part: str) -> int:
    ((count,),) = engine.execute(f"SELECT count(*) FROM {engine.named(f'{name}_{part}')}")
    return int(count)


def _read(table: TextTable, statement: str, relation: str) -> None:
    """Read a file, or say what is wrong with it; where lines break inside quotes not in parallel."""
    in_turn = relation.replace("null_padding", "parallel=false, null_padding", 1)
    for attempt in (relation, in_turn):
        for kept in ("reject_errors", "reject_scans"):
            engine.execute(f"DROP TABLE IF EXISTS {kept}")
        try:
            engine.execute(statement.format(relation=attempt))
            return
        except UserError:
            if attempt == in_turn:
                _refuse_mixed_ends(table)
                raise


def _refuse_mixed_ends(table: TextTable) -> None:
    found = table.found
    line = mixed_ends(found.path, found.source.encoding) if found.format == "csv" else 0
    if line:
        seen, fix = "the line ends otherwise than those before it", "save the file again with one kind of line ends"
        raise UserError("records", Problem(f"{found.label}, line {line}", seen, "rows cannot be told apart", fix))


def _widened(table: TextTable) -> str:
    """Read empty cells after the last column too: a row with nothing but commas at its end is a row."""
    last = f"'c{table.width}': 'VARCHAR'"
    more = "".join(f", 'after{number}': 'VARCHAR'" for number in range(1, empty_cells_after(table) + 1))
    return table.relation.replace(last, last + more)


def _rejected(table: TextTable, number: int, name: str) -> list[Problem]:
    """Count the lines of a CSV file that could not be read, by reason; remember where they stand."""
    counted = engine.execute(
        """SELECT error_type, count(DISTINCT line_byte_position), min(line_byte_position), list(line_byte_position)
        FROM reject_errors GROUP BY ALL ORDER BY ALL"""
    )
    path, encoding = table.found.path, table.found.source.encoding
    bytes_wrong = any("UNICODE" in kind or "ENCODING" in kind for kind, *_ in counted)
    places = {} if bytes_wrong else lines_at(path, encoding, {place for *_, all_of in counted for place in all_of})
    problems = []
    for kind, rows, first, all_of in counted:
        line, is_open = places.get(first, (0, False))
        where = f"{table.found.label}, first at line {line}" if line else table.found.label
        if kind == "TOO MANY COLUMNS":
            seen, fix = f"{rows:,} lines have more than {table.width} values", "correct the lines in the source"
            problems.append(Problem(where, seen, "values may stand in the wrong columns", fix, "set_aside", rows))
        elif bytes_wrong:
            seen, fix = f"{rows:,} lines are not {encoding}", "write encoding: latin-1, or utf-16"
            problems.append(Problem(where, seen, "letters would be lost", fix, "stops", rows))
        elif is_open:
            seen, why = "a quotation mark is not closed", "what comes after it is taken for the same cell"
            problems.append(Problem(where, seen, why, "close it, or take it out", "stops", rows))
        else:
            refused = ", ".join(f"({number}, {places[place][0]})" for place in all_of)
            engine.execute(f"INSERT INTO {engine.named(name + '_refused')} VALUES {refused}")
            seen, fix = f"{rows:,} lines are no CSV", "look for text before or after a quotation mark"
            problems.append(Problem(where, seen, "its cells cannot be told apart", fix, "set_aside", rows))
    return problems
