"""From files to one table of text in the engine, and the lines that are no rows of it."""

import re
from collections.abc import Sequence

from analysis import engine
from analysis.problems import Problem, UserError
from analysis.records.raw_lines import lines_at, mixed_ends
from analysis.records.text_tables import TextTable, empty_cells_after


def load(
    name: str,
    tables: Sequence[TextTable],
    selected: Sequence[tuple[int, dict[str, str]]],
    ours: Sequence[str],
    left_out: str,
) -> list[Problem]:
    """Read files into the engine's table `<name>_text`, one after the other; give what is wrong with their lines.

    Parameters
    ----------
    name : of the view that will stand on the table.
    selected : a file's number in `tables`, and the SQL of each of our columns in it.
    ours : all our columns.
    left_out : SQL that tells the rows which the study leaves out.

    Returns
    -------
    Problems of lines that are no rows; `<name>_refused` holds where they stand (`file_number, line`). A line that ends
    before the last column that the study maps is a row, with `short` true.
    """
    problems = []
    text = engine.named(name + "_text")
    columns = ", ".join(f"{engine.named(column)} VARCHAR" for column in ours)
    engine.execute(f"CREATE TEMP TABLE {text} ({columns}, file_number SMALLINT, left_out BOOLEAN, short BOOLEAN)")
    engine.execute(f"CREATE TEMP TABLE {engine.named(name + '_refused')} (file_number SMALLINT, line BIGINT)")
    for number, expressions in selected:
        cells = ", ".join(f"{expressions.get(column, 'NULL')} AS {engine.named(column)}" for column in ours)
        last = _last_place(expressions) if tables[number].found.format == "csv" else 0
        short = f"c{last} IS NULL" if last else "false"
        insert = f"""INSERT INTO {text} SELECT * EXCLUDE (short), {number}, {left_out}, short AND NOT ({left_out})
            FROM (SELECT {cells}, {short} AS short FROM {{relation}})"""
        _insert(tables[number], insert, tables[number].relation)
        if tables[number].found.format != "csv":
            continue
        if engine.execute("SELECT 1 FROM reject_errors WHERE error_type = 'TOO MANY COLUMNS' LIMIT 1"):
            engine.execute(f"DELETE FROM {text} WHERE file_number = {number}")
            _insert(tables[number], insert, _widened(tables[number]))
        problems += _rejected(tables[number], number, name)
    return problems


def _last_place(expressions: dict[str, str]) -> int:
    """Find the last column of a file that the study maps."""
    return max((int(place) for place in re.findall(r"trim\(c(\d+)\)", " ".join(expressions.values()))), default=0)


def _insert(table: TextTable, insert: str, relation: str) -> None:
    """Read a file, or say what is wrong with it; where lines break inside quotes not in parallel."""
    in_turn = relation.replace("null_padding", "parallel=false, null_padding", 1)
    for attempt in (relation, in_turn):
        for kept in ("reject_errors", "reject_scans"):
            engine.execute(f"DROP TABLE IF EXISTS {kept}")
        try:
            engine.execute(insert.format(relation=attempt))
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
