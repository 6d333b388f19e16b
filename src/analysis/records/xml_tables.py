"""XML as a table: a row an element of one name, its columns the paths below it; streamed, so that memory is bounded.

Names are taken without their namespace. What a document type declares (entities that swell, files elsewhere) is never
read: such a file is refused.
"""

import csv
import gzip
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.parsers import expat

from analysis import engine
from analysis.records.raw_lines import chunks as chunks_of

NAMES_KEPT = 1000
"""So many names of other elements are kept, for a message."""
BETWEEN = "; "
"""Stands between the values of a column that one element has several times."""

_numbers = count()


class XmlError(Exception):
    """A file that cannot be used as XML.

    Parameters
    ----------
    line : the last line that was read, from 1.
    seen, fix : in plain words; never the file's own text.
    """

    def __init__(self, line: int, seen: str, fix: str) -> None:
        self.line, self.seen, self.fix = line, seen, fix
        super().__init__(seen)


@dataclass(frozen=True)
class XmlTable:
    """The elements of one name.

    Parameters
    ----------
    name : of the engine's table: `line` and `element` (its number in the file, from 1), then `c1` to `cn`.
    paths : what stands below an element, such as `StudentReference/StudentUniqueId` or `@id`, in the order of `c1` ...
    repeated : by column (from 1), how many values came after the first in their element, and the first one's line.
    others : names of elements that are not of that name.
    """

    name: str
    paths: tuple[str, ...]
    repeated: dict[int, tuple[int, int]]
    others: tuple[str, ...]


def xml_table(path: Path, element: str) -> XmlTable:
    """Read all elements of a name into a table of the engine, once for a file as it is now.

    Raises
    ------
    XmlError
        The file breaks off, is no XML, or declares a document type.
    """
    status = path.stat()
    return _table(path, status.st_size, status.st_mtime_ns, element)


@cache
def _table(path: Path, size: int, modified: int, element: str) -> XmlTable:
    del size, modified  # they only tell one state of the file from another
    name = f"xml {next(_numbers)}"
    with TemporaryDirectory(prefix="absence-xml-") as folder:
        aside = Path(folder) / "rows.csv"
        elements = _Elements(element)
        with aside.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(_rows(path, elements))
        columns = ["'line': 'BIGINT'", "'element': 'BIGINT'"]
        columns += [f"'c{number}': 'VARCHAR'" for number in range(1, max(1, len(elements.columns)) + 1)]
        engine.execute(f"""
            CREATE TEMP TABLE {engine.named(name)} AS SELECT * FROM read_csv({engine.quoted(str(aside))},
                auto_detect=false, header=false, delim=',', quote='"', escape='"', null_padding=true,
                columns={{{", ".join(columns)}}})""")
    repeated = {column + 1: further for column, further in elements.repeated.items()}
    return XmlTable(name, tuple(elements.columns), repeated, tuple(elements.others))


def repeated_elements(path: Path, chunks: int = 1) -> list[str]:
    """Name the elements below the root, the most frequent first, as the beginning of a file shows them."""
    elements = _Elements("")
    with suppress(XmlError):
        for _ in _rows(path, elements, chunks):
            pass
    return sorted(elements.below_root, key=lambda name: -elements.below_root[name])


def _rows(path: Path, elements: "_Elements", chunks: int | None = None) -> Iterator[list[Any]]:
    """Give the rows of a file as its parts are read."""
    parser = elements.parser
    try:
        for chunk in islice(chunks_of(path), chunks):
            parser.Parse(chunk, False)
            yield from elements.taken()
        if chunks is None:
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise _no_xml(error, elements) from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise XmlError(parser.CurrentLineNumber, f"its packing breaks off {elements.so_far}", GET_AGAIN) from None
    except OSError as error:
        raise XmlError(1, f"it cannot be read ({(error.strerror or 'failed').lower()})", GET_AGAIN) from None


GET_AGAIN = "get the file again, or take it out of the study; nothing of it is used"


def _no_xml(error: expat.ExpatError, elements: "_Elements") -> XmlError:
    words = expat.errors.messages[error.code]
    if words in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN):
        return XmlError(error.lineno, f"it breaks off {elements.so_far}", GET_AGAIN)
    return XmlError(error.lineno, f"it is no XML: {words}, {elements.so_far}", GET_AGAIN)


class _Elements:
    """What expat calls: collects the rows of one element, and the paths below it."""

    def __init__(self, element: str) -> None:
        self.element = element
        self.columns: dict[str, int] = {}
        self.repeated: dict[int, tuple[int, int]] = {}
        self.others: dict[str, None] = {}
        self.below_root: dict[str, int] = {}
        self._rows: list[list[Any]] = []
        self._number = self._line = self._depth = 0
        self._paths: list[str] = []  # of the elements that are open, from the row's own, ''
        self._cells: dict[int, str] = {}
        self._text: list[str] = []
        self._is_leaf = False
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text.append
        self.parser.StartDoctypeDeclHandler = self._refuse

    def taken(self) -> list[list[Any]]:
        """Give the rows since the last call."""
        rows, self._rows = self._rows, []
        return rows

    @property
    def so_far(self) -> str:
        """Say how far reading came."""
        return f"after {self._number:,} whole <{self.element}>" if self.element else ""

    def _refuse(self, *_: Any) -> None:
        fix = "remove the line that begins with <!DOCTYPE"
        raise XmlError(self.parser.CurrentLineNumber, "it declares a document type, which can hide more than data", fix)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        self._depth += 1
        if self._paths:
            self._is_leaf = False
            self._keep_text()
            above = self._paths[-1]
            self._paths.append(f"{above}/{name}" if above else name)
        elif name == self.element:
            self._paths, self._cells, self._line = [""], {}, self.parser.CurrentLineNumber
        else:
            if len(self.others) < NAMES_KEPT:
                self.others[name] = None
            if self._depth == 2:
                self.below_root[name] = self.below_root.get(name, 0) + 1
            return
        self._text.clear()
        self._is_leaf = True
        for attribute, value in attributes.items():
            self._keep(f"{self._paths[-1]}/@{attribute}".lstrip("/"), value)

    def _end(self, _: str) -> None:
        self._depth -= 1
        if not self._paths:
            return
        self._keep_text()
        self._is_leaf = False
        self._paths.pop()
        if self._paths:
            return
        self._number += 1
        if self._cells:
            cells = [self._cells.get(column) for column in range(max(self._cells) + 1)]
            self._rows.append([self._line, self._number, *cells])

    def _keep_text(self) -> None:
        text = " ".join("".join(self._text).split())
        self._text.clear()
        if text or (self._is_leaf and self._paths[-1]):
            self._keep(self._paths[-1] or ".", text)

    def _keep(self, path: str, text: str) -> None:
        column = self.columns.setdefault(path, len(self.columns))
        if not text:
            return
        if column in self._cells:
            further, line = self.repeated.get(column, (0, self._line))
            self.repeated[column] = (further + 1, line)
            text = f"{self._cells[column]}{BETWEEN}{text}"
        self._cells[column] = text
