"""How a file is to be opened, by its first rows: encoding, delimiter, sheet, the line of its header."""

import csv
import gzip
import re
import zlib
from codecs import getincrementaldecoder
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path

from analysis.problems import Problem, UserError
from analysis.proposal.header_words import words_of
from analysis.records.dates import school_year
from analysis.records.text_tables import FoundFile, first_rows, tables_in
from analysis.study import SourceFile

ROWS = 10_000
"""So many rows are looked at; `absence check` reads them all."""
BYTES = 4_000_000
MANY_DAYS = 8
"""So many numbers that rise, in a line of names, are days of a month; values of a row do not."""
DATES = 2_000
"""So many different dates are looked at."""
DATE_FORMATS = (
    "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%m/%d/%y", "%d/%m/%y", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y",
    "%Y/%m/%d", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%d %b %Y", "%B %d, %Y",
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%fZ",
)  # fmt: skip
NUMBER = r"[-+]?(\d{1,3}(,\d{3})+|\d+|(?=\.\d))(\.\d*)?([eE][-+]?\d+)?\s*%?"
DATE = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*"
VALUE = rf"{NUMBER}|{DATE}"
"""A number or a date: no name of a column."""
YEAR_IN_TEXT = r"(?<!\d)((?:19|20)\d\d\s?[-_/\u2013]\s?(?:20\d\d|\d\d))(?!\d)"


@dataclass(frozen=True)
class Column:
    """A column of a sample.

    Parameters
    ----------
    place : from 1.
    name : in the header, white space folded; empty where there is none.
    said : the name as words are taken from it: what stands over it first; of a path in XML the end.
    above : what stands over it in a second header line.
    cells : a text a row, empty where nothing stands.
    pattern : of columns that become rows, what fits their names (see `wide`); else empty.
    """

    place: int
    name: str
    said: str
    above: str
    cells: tuple[str, ...]
    pattern: str = ""

    @cached_property
    def filled(self) -> list[str]:
        """The cells that are not empty."""
        return [cell for cell in self.cells if cell]

    @cached_property
    def counts(self) -> "Counter[str]":
        """How often each word stands, empty cells apart."""
        return Counter(self.filled)

    @cached_property
    def numbers(self) -> list[float]:
        """The cells that are numbers."""
        return [number(cell) for cell in self.filled if is_number(cell)]

    @cached_property
    def date_formats(self) -> list[str]:
        """The formats in which nearly all values are dates; several where day and month cannot be told apart."""
        words = list(self.counts)[:DATES]
        if not all(re.fullmatch(r"\d{8}", word) or not is_number(word) for word in words[:20]):
            return []
        return [form for form in DATE_FORMATS if words and _are_dates(words[:20], form) and _are_dates(words, form)]

    @property
    def label(self) -> str:
        """The header's name, else the place."""
        return f"'{self.name}'" if self.name else f"column {self.place}"

    @property
    def depth(self) -> int:
        """Of a path in XML, how deep it is: an own id comes before that of what an element refers to."""
        return self.name.count("/") if len(self.said.strip()) < len(self.name) else 0

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The header's words as stems."""
        return words_of(self.said)


@dataclass(frozen=True)
class Sample:
    """A file, or a sheet of a workbook, as far as it was looked at.

    Parameters
    ----------
    path : the file.
    keys : how to open it, as keys of a study's file: (key, value, why).
    columns : in the order of the file.
    titles : what stands above the header, and the names of file and sheet.
    header : the names of all columns of the file.
    trusted : the header has a name for every value. Else the last name is taken for the last value, and so on.
    """

    path: Path
    keys: tuple[tuple[str, str, str], ...]
    columns: tuple[Column, ...]
    titles: str
    trusted: bool
    header: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many rows were looked at."""
        return len(self.columns[0].cells)

    def has(self, word: str) -> bool:
        """Tell whether a column's name has a word, as a stem."""
        return any(word in column.words for column in self.columns)

    def theirs(self, column: Column) -> str:
        """Name a column as a study does: by its header, by its place where a name does not tell it, or its pattern."""
        if column.pattern:
            return column.pattern
        alone = self.header.count(column.name) == 1
        return column.name if self.trusted and column.name and alone else f"#{column.place}"

    @property
    def year(self) -> str:
        """The one school year that file name, sheet and titles name; else empty."""
        years = {school_year(found.replace(" ", "")) for found in re.findall(YEAR_IN_TEXT, self.titles)} - {""}
        return years.pop() if len(years) == 1 else ""


def is_number(cell: str) -> bool:
    """Tell whether a cell is a number, thousands commas and percent signs allowed."""
    return bool(re.fullmatch(NUMBER, cell))


def number(cell: str) -> float:
    """Read a cell that `is_number`."""
    return float(cell.replace(",", "").rstrip("% "))


def _are_dates(words: list[str], form: str) -> bool:
    return sum(is_date(word, form) for word in words) >= 0.95 * len(words)


def is_date(word: str, form: str) -> bool:
    """Tell whether a text is a day of our times in a format."""
    try:
        return 1990 <= datetime.strptime(word, form).year <= 2050
    except ValueError:
        return False


def samples(path: Path) -> list[Sample]:
    """Look at a file: a sample for each of its tables (the sheets of a workbook, the years that stand side by side).

    Raises
    ------
    UserError
        The file is missing, of no known format, broken, or holds no table.
    """
    if not path.is_file():
        raise UserError("usage", Problem(str(path), "there is no such file", "", "give the path of a file of records"))
    plain = SourceFile(path=path.name, header_row=0)
    found = FoundFile(path, path.name, "", plain)
    if found.format == "csv":
        encoding, why_encoding, lines = _encoding(path)
        plain = plain.model_copy(update={"encoding": encoding})
        found = FoundFile(path, path.name, "", plain)
    tables = []
    for keys in tables_in(found):
        said = [(key, name, "") for key, name in keys.items()]
        if found.format == "csv":
            delimiter, why_delimiter = _delimiter(lines)
            said = [("delimiter", delimiter, why_delimiter)] if delimiter != "," else []
            said += [("encoding", encoding, why_encoding)] if encoding != "utf-8" else []
        source = plain.model_copy(update={key: value for key, value, _ in said})
        tables.append(_sample(FoundFile(path, path.name, "", source), said))
    kept = [by_year for table in tables if table for by_year in _by_year(table)]
    if not kept:
        raise UserError(
            "records", Problem(path.name, "no table was found in it", "", "look whether it is the right file")
        )
    return kept


def _encoding(path: Path) -> tuple[str, str, list[str]]:
    """Find out how the letters are stored; with the first lines as text."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            start = file.read(BYTES)
    except (OSError, EOFError, zlib.error):
        start = b""  # what is wrong with the file is said where it is read
    encoding, why = "utf-8", ""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding, why = "utf-16", "the file begins with the mark of UTF-16"
    else:
        try:
            getincrementaldecoder("utf-8")().decode(start)
        except UnicodeDecodeError:
            encoding, why = "latin-1", "the file is not UTF-8"
    return encoding, why, start.decode(encoding, errors="replace").splitlines()[:60]


def _delimiter(lines: list[str]) -> tuple[str, str]:
    """Choose the delimiter that parts most lines into the same number of values."""
    scores = {}
    for delimiter in (",", ";", "\t", "|"):
        widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=delimiter) if len(cells) > 1)
        width, agree = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        scores[delimiter] = (agree, width)
    best = max(scores, key=lambda delimiter: scores[delimiter])
    return best, f"parts {scores[best][0]} of the first {len(lines)} lines into {scores[best][1]} values"


def _sample(found: FoundFile, keys: list[tuple[str, str, str]]) -> Sample | None:
    rows = [(line, [_clean(cell) for cell in cells]) for line, cells in first_rows(found, ROWS)]
    rows = [(line, cells) for line, cells in rows if any(cells)]
    filled = [sum(map(bool, cells)) for _, cells in rows]
    usual = Counter(size for size in filled if size > 1).most_common(1)
    if not usual:
        return None
    first = next(place for place, size in enumerate(filled) if size >= max(2, usual[0][0] / 2))
    line, names = rows[first]
    over = _names_over(names, [cells for _, cells in rows[first + 1 : first + 3]])
    if over:
        first += 1
        line, names = rows[first]
    below = [cells for _, cells in rows[first + 1 : first + 21]]
    known = _grades_among(names) or _days_among(names)
    has_header = not any(
        re.fullmatch(VALUE, name) and name not in known and not _names_time(name, place, below)
        for place, name in enumerate(names)
    )
    body = [cells for _, cells in rows[first + has_header :]]
    if not body:
        return None
    width = max(_length(names), Counter(map(_length, body)).most_common(1)[0][0])
    trusted = has_header and 2 * sum(_length(cells) > _length(names) for cells in body) <= len(body)
    if not has_header:
        keys = [
            *keys,
            (
                "header_row",
                "0",
                "the first line holds numbers or dates, so it is no header; columns are '#1', '#2', ...",
            ),
        ]
    elif line > 1:
        keys = [*keys, ("header_row", str(line), "the first line with as many names as most rows have values")]
    if has_header and not trusted:  # the last name is taken for the last value, and so on
        names = [""] * (width - _length(names)) + names[: _length(names)]
    above = _above([cells for _, cells in rows[:first]], width) if trusted else [""] * width
    above = [*over, *[""] * width][:width] if over and trusted else above
    columns = []
    for place in range(width):
        name = names[place] if has_header and place < len(names) else ""
        said = name.rpartition("/")[2] if found.format == "xml" else f"{above[place]} : {_last_part(name)}"
        cells = tuple(row[place] if place < len(row) else "" for row in body)
        columns.append(Column(place + 1, name, said, above[place], cells))
    titles = " ".join(
        [found.path.name, found.source.sheet or "", *(cell for _, cells in rows[:first] for cell in cells)]
    )
    return Sample(found.path, tuple(keys), tuple(columns), titles, trusted, tuple(one.name for one in columns))


def _names_time(name: str, place: int, below: list[list[str]]) -> bool:
    """Tell a year or a date that is a column's name from one that is a value: values stand below it too."""
    if re.fullmatch(r"(19|20)\d\d", name):
        return True
    cells = [row[place] for row in below if place < len(row)]
    return bool(re.fullmatch(DATE, name)) and not any(re.fullmatch(DATE, cell) for cell in cells)


def _grades_among(names: list[str]) -> list[str]:
    """Find the grades by which columns are called: numbers in a row from one to twelve at most, beside a K."""
    found = [name for name in names if re.fullmatch("0?[1-9]|1[0-2]", name)]
    in_a_row = [int(name) for name in found] == list(range(1, len(found) + 1))
    return found if in_a_row and any(re.fullmatch("(?i)kg?|kindergarten", name) for name in names) else []


def _days_among(names: list[str]) -> list[str]:
    """Find the days of a month by which columns are called: many small numbers, each higher than the one before."""
    found = [name for name in names if re.fullmatch(r"0?[1-9]|[12]\d|3[01]", name)]
    rising = all(int(one) < int(other) for one, other in pairwise(found))
    return found if rising and len(found) >= MANY_DAYS else []


def _by_year(sample: Sample) -> list[Sample]:
    """Part a table over whose columns, in a line of titles, stand several years, into one table a year."""
    of = {column.place: school_year("".join(re.findall(YEAR_IN_TEXT, column.above)[:1])) for column in sample.columns}
    years = sorted({year for year in of.values() if year}, reverse=True)
    if len(years) < 2:
        return [sample]
    about = re.sub(YEAR_IN_TEXT, " ", sample.titles)
    parts = {year: tuple(one for one in sample.columns if of[one.place] in ("", year)) for year in years}
    return [replace(sample, columns=parts[year], titles=f"{year} {about}") for year in years]


def _clean(cell: str) -> str:
    text = " ".join(cell.split())
    if text.startswith("uri://"):
        return text.partition("#")[2]
    return text[2:-1].strip() if text.startswith('="') and text.endswith('"') else text


def _last_part(name: str) -> str:
    """Take the end of `Students.Student_Number`, which says the table first."""
    return re.sub(r"(?i)^[a-z_]+\.(?!(abbreviation|name|code|id|description)$)(?=[a-z_]+$)", "", name)


def _length(cells: list[str]) -> int:
    return max((place for place, cell in enumerate(cells, 1) if cell), default=0)


def _names_over(names: list[str], below: list[list[str]]) -> list[str]:
    """Spread a header over the second line that it has: words below merged cells, and below these numbers.

    Returns
    -------
    What stands over each column; nothing where the line below is a row.
    """
    second, row = below if len(below) > 1 else ([], [])
    places = [place for place, cell in enumerate(second) if cell]
    merged = [place for place in places if place >= len(names) or not names[place]]
    words = all(not re.fullmatch(VALUE, second[place]) for place in places)
    numbers = [place for place in places if place < len(row) and re.fullmatch(VALUE, row[place])]
    if not merged or second[0] or not words or 2 * len(numbers) < len(places):
        return []
    over = ""
    spread = []
    for place in range(max(len(names), len(second))):
        over = (names[place] if place < len(names) else "") or (over if place in places else "")
        spread.append(over)
    return spread


def _above(titles: list[list[str]], width: int) -> list[str]:
    """Spread a second header line over its columns; a line that begins in the first column is a title."""
    last = titles[-1] if titles else []
    if not last or last[0]:
        return [""] * width
    spread, word = [], ""
    for place in range(width):
        word = (last[place] if place < len(last) else "") or word
        spread.append(word)
    return spread
