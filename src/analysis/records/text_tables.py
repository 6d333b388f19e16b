"""One file of any format as text: a header, and a relation of the engine whose columns are `c1` to `cn`.

A cell is text, as it stands in the file. Numbers and dates of Excel and Parquet become the text that a person would
have typed (`12`, not `12.0`; `2017-09-05`). A row whose cells are all empty is no row.
"""

import csv
import itertools
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import python_calamine

from analysis import engine
from analysis.problems import Problem, UserError, nearest
from analysis.records.raw_lines import fault_of_bytes, opened
from analysis.records.workbook import ISO, WHOLE_BELOW, sheet_names, sheet_rows
from analysis.records.xml_tables import XmlError, repeated_elements, xml_table
from analysis.study import SourceFile

FORMATS = {
    ".csv": "csv", ".txt": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet", ".xlsx": "xlsx",
    ".xlsm": "xlsx", ".xls": "xls", ".xml": "xml",
}  # fmt: skip
SAMPLE = 100
ENDS_EARLY = "\x01"
"""What no cell is: so the engine tells an empty cell from one that a line lacks, which alone is NULL."""


@dataclass(frozen=True)
class FoundFile:
    """A file that a study names.

    Parameters
    ----------
    path : where it is.
    name : its path below the data folder, as problems and the manifest name it.
    school_year : as captured from its name, else empty.
    source : how to read it.
    date_format : how the study's dates are written; a cell that is a date is written so too.
    """

    path: Path
    name: str
    school_year: str
    source: SourceFile
    date_format: str = ISO

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


def row_places(table: TextTable, rows: Sequence[int], refused: Collection[int] = ()) -> dict[int, str]:
    """Find the line (of CSV and XML) or the sheet's row (of Excel) of some rows of a relation, by a second pass.

    Parameters
    ----------
    table : the file.
    rows : numbers of rows of its relation, from 1.
    refused : lines of CSV that the engine could make no row of.

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
        if line in refused or not any(cells) or any(cells[table.width :]):  # no rows for the engine
            continue
        count += 1
        if count in wanted:
            found[count] = f"{unit} {line}"
        if count >= last:
            break
    return found


def empty_cells_after(table: TextTable) -> int:
    """Count the empty cells after the last column, in the row that has most of them and nothing else there."""
    after = (cells[table.width :] for _, cells in _numbered(table.found))
    return max((len(cells) for cells in after if not any(cells)), default=0)


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
        names = sheet_names(found.path)
        return [{"sheet": name} for name in names] if len(names) > 1 else [{}]
    except (python_calamine.CalamineError, OSError) as error:
        seen = f"it cannot be read as {found.format} ({type(error).__name__})"
        raise _problem(found, seen, "open it in Excel and save it again") from None


def _check(found: FoundFile) -> None:
    if found.format == "":
        fix = f"rename it, or write format: {', '.join(sorted(set(FORMATS.values())))}"
        raise _problem(found, "its name does not tell its format", fix)
    try:
        with found.path.open("rb") as file:
            empty = not file.read(1)
    except OSError as error:
        seen = f"it cannot be opened ({(error.strerror or type(error).__name__).lower()})"
        raise _problem(found, seen, "see who may read it") from None
    if empty:
        raise _problem(found, "the file is empty", "get it again, or take it out of the study")
    fault = fault_of_bytes(found.path, found.source.encoding) if found.format == "csv" else None
    if fault:
        line, seen, fix = fault
        raise UserError("records", Problem(f"{found.label}, line {line}", seen, "nothing can be read from it", fix))


def _problem(found: FoundFile, seen: str, fix: str) -> UserError:
    return UserError("records", Problem(found.label, seen, "nothing can be read from it", fix))


def _numbered(found: FoundFile) -> Iterator[tuple[int, list[str]]]:
    """Give the rows below the header with the line on which each begins."""
    if found.format != "csv":
        for number, cells in enumerate(_sheet(found), 1):
            if number > found.source.header_row:
                yield number, cells
        return
    with opened(found.path, found.source.encoding) as lines:
        for _ in range(found.source.header_row - 1):
            next(lines, "")
        reader = csv.reader(lines, delimiter=found.source.delimiter)
        if found.source.header_row:
            next(reader, None)
        before = reader.line_num
        for cells in reader:
            yield max(found.source.header_row - 1, 0) + before + 1, cells
            before = reader.line_num


def _csv(found: FoundFile) -> TextTable:
    header_row = found.source.header_row
    try:
        with opened(found.path, found.source.encoding) as lines:
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
    return TextTable(found, header, width, _csv_relation(found, width, skip), long_rows=_has_long_rows(header, sample))


def _csv_relation(found: FoundFile, width: int, skip: int) -> str:
    columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(1, width + 1))
    filled = " OR ".join(f"c{number} <> ''" for number in range(1, width + 1))
    compression = "gzip" if found.path.suffix == ".gz" else "none"
    return f"""(SELECT * FROM read_csv({engine.quoted(str(found.path))}, auto_detect=false, header=false, skip={skip},
        delim={engine.quoted(found.source.delimiter)}, quote='"', escape='"', encoding='{found.source.encoding}',
        compression='{compression}', null_padding=true, store_rejects=true,
        nullstr={engine.quoted(ENDS_EARLY)}, columns={{{columns}}})
        WHERE {filled})"""


def _has_long_rows(header: Sequence[str], sample: Sequence[Sequence[str]]) -> bool:
    """Say whether most rows have more values than the header has names."""
    return bool(header) and 2 * sum(any(cells[len(header) :]) for cells in sample) > len(sample)


def _folded(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in names)


def _sheet(found: FoundFile) -> list[list[str]]:
    """Read a sheet, the study's or the first."""
    try:
        names = sheet_names(found.path)
        sheet = found.source.sheet or names[0]
        if sheet not in names:
            raise _problem(found, "there is no such sheet", nearest(sheet, names))
        return sheet_rows(found.path, sheet, found.date_format)
    except (python_calamine.CalamineError, OSError, IndexError, zipfile.BadZipFile) as error:
        seen = f"it cannot be read as {found.format} ({type(error).__name__})"
        raise _problem(found, seen, "open it in Excel and save it again") from None


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
    name = f"sheet {found.name} {found.source.sheet or ''}"
    columns = [f"c{number}" for number in range(1, width + 1)]
    frame = pd.DataFrame([cells + [""] * (width - len(cells)) for cells in body], columns=columns, dtype="str")
    engine.register(name, frame)
    return TextTable(found, header, width, engine.named(name), long_rows=_has_long_rows(header, body[:SAMPLE]))


def _parquet(found: FoundFile) -> TextTable:
    read = f"read_parquet({engine.quoted(str(found.path))})"
    try:
        described = engine.execute(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {read})")
    except UserError:
        raise _problem(found, "it cannot be read as Parquet", "get the file again") from None
    cells = ", ".join(
        f"{_parquet_cell(engine.named(name), kind, found.date_format)} AS c{number}"
        for number, (name, kind) in enumerate(described, 1)
    )
    header = _folded([name for name, _ in described])
    return TextTable(found, header, len(header), f"(SELECT {cells} FROM {read})", tuple(kind for _, kind in described))


def _parquet_cell(column: str, kind: str, date_format: str) -> str:
    if kind in ("DOUBLE", "FLOAT"):
        whole = f"{column} = floor({column}) AND abs({column}) < {WHOLE_BELOW:.0f}"
        return f"CASE WHEN {whole} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"
    if kind == "DATE" or (kind.startswith("TIMESTAMP") and "ZONE" not in kind):
        day, midnight = f"strftime({column}, {engine.quoted(date_format)})", f"date_trunc('day', {column}) = {column}"
        return f"CASE WHEN {midnight} THEN {day} ELSE CAST({column} AS VARCHAR) END"
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
