"""One file of any format as text: a header, and a relation of the engine whose columns are `c1` to `cn`.

A cell is text, as it stands in the file. Numbers and dates of Excel and Parquet become the text that a person would
have typed (`12`, not `12.0`; `2017-09-05`). A row whose cells are all empty is no row.
"""

import csv
import gzip
import io
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

import pandas as pd
import python_calamine

from analysis import engine
from analysis.problems import Problem, UserError, nearest
from analysis.records.xml_tables import XmlError, repeated_elements, xml_table
from analysis.study import SourceFile

FORMATS = {
    ".csv": "csv", ".txt": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet", ".xlsx": "xlsx",
    ".xlsm": "xlsx", ".xls": "xls", ".xml": "xml",
}  # fmt: skip
SAMPLE = 100
ENCODINGS = {"utf-8": "utf-8-sig", "latin-1": "latin-1", "utf-16": "utf-16"}
WHOLE_BELOW = 1e15
"""Up to here a float holds every integer, so that `1001.0` can be written `1001`."""


@dataclass(frozen=True)
class FoundFile:
    """A file that a study names.

    Parameters
    ----------
    path : where it is.
    name : its path below the data folder, as problems and the manifest name it.
    school_year : as captured from its name, else empty.
    source : how to read it.
    """

    path: Path
    name: str
    school_year: str
    source: SourceFile

    @property
    def format(self) -> str:
        """The format that the study says, else the name's ending; empty where neither tells."""
        path = self.path.with_suffix("") if self.path.suffix == ".gz" else self.path
        return self.source.format or FORMATS.get(path.suffix.lower(), "")

    @property
    def label(self) -> str:
        """The name with the sheet, where the study names one."""
        return f"{self.name}, sheet '{self.source.sheet}'" if self.source.sheet else self.name


@dataclass(frozen=True)
class TextTable:
    """A file's header and its rows as text.

    Parameters
    ----------
    found : the file.
    header : names as in the file, trimmed, inner white space folded; empty where `header_row` is 0. Of XML the paths
        below the element.
    width : number of columns, at least that of the header.
    relation : SQL that stands after FROM, with the columns `c1` to `cn`; rows in the order of the file.
    types : the engine's type of each column where the file has types (Parquet), else empty.
    long_rows : most rows have more values than the header has names, so the names cannot be trusted.
    repeated : of XML, by column (from 1), how many values came after the first in their element, and the first line.
    """

    found: FoundFile
    header: tuple[str, ...]
    width: int
    relation: str
    types: tuple[str, ...] = ()
    long_rows: bool = False
    repeated: Mapping[int, tuple[int, int]] = field(default_factory=dict)


def read_text(found: FoundFile) -> TextTable:
    """Find the header of a file and make its rows readable as text.

    Raises
    ------
    UserError
        The file is empty, broken, of no known format, or has no such sheet or header row.
    """
    _check(found)
    readers = {"parquet": _parquet, "csv": _csv, "xml": _xml}
    return readers.get(found.format, _excel)(found)


def row_places(table: TextTable, rows: Sequence[int]) -> dict[int, str]:
    """Find the line (of CSV and XML) or the sheet's row (of Excel) of some rows of a relation, by a second pass.

    Parameters
    ----------
    table : the file.
    rows : numbers of rows of its relation, from 1.

    Returns
    -------
    dict from row to 'line n' or 'row n'; for Parquet the row itself. Of XML with the element's number beside it, for
    a whole file can be one line.
    """
    if table.found.format == "parquet":
        return {row: f"row {row}" for row in rows}
    if table.found.format == "xml":
        listed, name = ", ".join(map(str, rows)) or "NULL", table.found.source.element
        numbers = engine.execute(f"SELECT row, line, element FROM {table.relation} WHERE row IN ({listed})")
        return {row: f"line {line} ({name} {element})" for row, line, element in numbers}
    unit = "line" if table.found.format == "csv" else "row"
    wanted, last, found, count = set(rows), max(rows, default=0), {}, 0
    for line, cells in _numbered(table.found):
        if not any(cells) or any(cells[table.width :]):  # no rows for the engine: empty, or too many values
            continue
        count += 1
        if count in wanted:
            found[count] = f"{unit} {line}"
        if count >= last:
            break
    return found


def first_rows(found: FoundFile, most: int) -> list[tuple[int, list[str]]]:
    """Give a file's first rows, each with its line, titles and header among them (its `header_row` is 0)."""
    if found.format not in ("csv", "xlsx", "xls"):
        table = read_text(found)
        cells = ", ".join(f"c{number}" for number in range(1, table.width + 1))
        rows = engine.execute(f"SELECT {cells} FROM {table.relation} LIMIT {most}")
        return [(0, list(table.header)), *((line, [cell or "" for cell in row]) for line, row in enumerate(rows, 1))]
    try:
        return list(itertools.islice(_numbered(found), most))
    except (UnicodeError, csv.Error, OSError, EOFError) as error:
        raise _problem(found, f"it cannot be read ({type(error).__name__})", "get the file again") from None


def tables_in(found: FoundFile) -> list[dict[str, str]]:
    """Name what a file has several of, as keys of a study's file: `sheet` of a workbook, `element` of XML."""
    _check(found)
    if found.format == "xml":
        return [{"element": name} for name in repeated_elements(found.path)]
    if found.format not in ("xlsx", "xls"):
        return [{}]
    try:
        names = python_calamine.load_workbook(str(found.path)).sheet_names
        return [{"sheet": name} for name in names] if len(names) > 1 else [{}]
    except (python_calamine.CalamineError, OSError) as error:
        seen = f"it cannot be read as {found.format} ({type(error).__name__})"
        raise _problem(found, seen, "open it in Excel and save it again") from None


def _check(found: FoundFile) -> None:
    if found.format == "":
        fix = f"rename it, or write format: {', '.join(sorted(set(FORMATS.values())))}"
        raise _problem(found, "its name does not tell its format", fix)
    if found.path.stat().st_size == 0:
        raise _problem(found, "the file is empty", "get it again, or take it out of the study")


def _problem(found: FoundFile, seen: str, fix: str) -> UserError:
    return UserError("records", Problem(found.label, seen, "nothing can be read from it", fix))


def _numbered(found: FoundFile) -> Iterator[tuple[int, list[str]]]:
    """Give the rows below the header with the line on which each begins."""
    if found.format != "csv":
        for number, cells in enumerate(_sheet(found), 1):
            if number > found.source.header_row:
                yield number, cells
        return
    with _opened(found) as lines:
        for _ in range(found.source.header_row - 1):
            next(lines, "")
        reader = csv.reader(lines, delimiter=found.source.delimiter)
        if found.source.header_row:
            next(reader, None)
        before = reader.line_num
        for cells in reader:
            yield max(found.source.header_row - 1, 0) + before + 1, cells
            before = reader.line_num


def _opened(found: FoundFile) -> IO[str]:
    encoding = ENCODINGS[found.source.encoding]
    if found.path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(found.path), encoding=encoding, newline="")
    return found.path.open(encoding=encoding, newline="")


def _csv(found: FoundFile) -> TextTable:
    header_row = found.source.header_row
    try:
        with _opened(found) as lines:
            titles = sum(1 for _ in itertools.islice(lines, header_row - 1)) if header_row else 0
            reader = csv.reader(lines, delimiter=found.source.delimiter)
            names = next(reader, None) if header_row else []
            skip = titles + reader.line_num
            sample = [cells for cells in itertools.islice(reader, SAMPLE) if any(cells)]
    except (UnicodeError, csv.Error, OSError, EOFError) as error:
        seen = f"it cannot be read as {found.source.encoding} text ({type(error).__name__})"
        raise _problem(found, seen, "check encoding and format, or get the file again") from None
    if names is None:
        raise _problem(found, f"header_row is {header_row}, but the file has {titles} lines", "correct header_row")
    header = _folded(names)
    width = max(len(header), Counter(map(len, sample)).most_common(1)[0][0] if sample else 1)
    long_rows = 2 * sum(any(cells[len(header) :]) for cells in sample) > len(sample) and bool(header)
    return TextTable(found, header, width, _csv_relation(found, width, skip), long_rows=long_rows)


def _csv_relation(found: FoundFile, width: int, skip: int) -> str:
    columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(1, width + 1))
    cells = ", ".join(f"c{number}" for number in range(1, width + 1))
    compression = "gzip" if found.path.suffix == ".gz" else "none"
    return f"""(SELECT * FROM read_csv({engine.quoted(str(found.path))}, auto_detect=false, header=false, skip={skip},
        delim={engine.quoted(found.source.delimiter)}, quote='"', escape='"', encoding='{found.source.encoding}',
        compression='{compression}', null_padding=true, store_rejects=true, columns={{{columns}}})
        WHERE coalesce({cells}) IS NOT NULL)"""


def _folded(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in names)


def _sheet(found: FoundFile) -> list[list[str]]:
    """Read a sheet, the study's or the first, with empty rows and columns at its start kept."""
    try:
        book = python_calamine.load_workbook(str(found.path))
        sheet = found.source.sheet or book.sheet_names[0]
        if sheet not in book.sheet_names:
            raise _problem(found, "there is no such sheet", nearest(sheet, book.sheet_names))
        rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, IndexError) as error:
        seen = f"it cannot be read as {found.format} ({type(error).__name__})"
        raise _problem(found, seen, "open it in Excel and save it again") from None
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < WHOLE_BELOW else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else str(value).strip()


def _excel(found: FoundFile) -> TextTable:
    rows, header_row = _sheet(found), found.source.header_row
    if header_row > len(rows):
        raise _problem(found, f"header_row is {header_row}, but the sheet has {len(rows)} rows", "correct header_row")
    names = list(rows[header_row - 1]) if header_row else []
    while names and not names[-1]:
        names.pop()
    body = [cells for cells in rows[header_row:] if any(cells)]
    width = max([len(names), *map(len, body)], default=1)
    header = _folded(names)
    long_rows = 2 * sum(any(cells[len(header) :]) for cells in body[:SAMPLE]) > len(body[:SAMPLE]) and bool(header)
    name = f"sheet {found.name} {found.source.sheet or ''}"
    columns = [f"c{number}" for number in range(1, width + 1)]
    frame = pd.DataFrame([cells + [""] * (width - len(cells)) for cells in body], columns=columns, dtype="str")
    engine.register(name, frame)
    return TextTable(found, header, width, engine.named(name), long_rows=long_rows)


def _parquet(found: FoundFile) -> TextTable:
    read = f"read_parquet({engine.quoted(str(found.path))})"
    try:
        described = engine.execute(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {read})")
    except UserError:
        raise _problem(found, "it cannot be read as Parquet", "get the file again") from None
    cells = ", ".join(
        f"{_parquet_cell(engine.named(name), kind)} AS c{number}" for number, (name, kind) in enumerate(described, 1)
    )
    header = _folded([name for name, _ in described])
    return TextTable(found, header, len(header), f"(SELECT {cells} FROM {read})", tuple(kind for _, kind in described))


def _parquet_cell(column: str, kind: str) -> str:
    if kind in ("DOUBLE", "FLOAT"):
        whole = f"{column} = floor({column}) AND abs({column}) < {WHOLE_BELOW:.0f}"
        return f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"
    if kind.startswith("TIMESTAMP"):
        return f"replace(CAST({column} AS VARCHAR), ' 00:00:00', '')"
    return f"CAST({column} AS VARCHAR)"


def _xml(found: FoundFile) -> TextTable:
    element = found.source.element or ""
    if not element:
        likely = repeated_elements(found.path)[:5]
        fix = f"write element: {' or '.join(likely)}" if likely else "write element: and its name"
        raise _problem(found, "the study does not say which element is a row", fix)
    try:
        table = xml_table(found.path, element)
    except XmlError as error:
        where = f"{found.label}, line {error.line:,}"
        raise UserError("records", Problem(where, error.seen, "nothing can be read from it", error.fix)) from None
    if not table.paths:
        raise _problem(found, f"it has no element '{element}'", nearest(element, table.others))
    cells = ", ".join(f"c{number}" for number in range(1, len(table.paths) + 1))
    relation = f"(SELECT {cells}, rowid + 1 AS row, line, element FROM {engine.named(table.name)})"
    return TextTable(found, table.paths, len(table.paths), relation, repeated=table.repeated)
