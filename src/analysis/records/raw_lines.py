"""What is wrong with the bytes of a text file, found before the engine reads it, for the engine would pass over some.

The engine drops a line of a billion characters without a word, and stops at mixed ends of lines without saying where.
"""

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO

CHUNK = 1 << 20
"""A line that fills so many bytes is no line of a table."""
ENCODINGS = {"utf-8": "utf-8-sig", "latin-1": "latin-1", "utf-16": "utf-16"}


def opened(path: Path, encoding: str) -> IO[str]:
    """Open a text file, packed or not, with its ends of lines kept."""
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path), encoding=ENCODINGS[encoding], newline="")
    return path.open(encoding=ENCODINGS[encoding], newline="")


def fault_of_bytes(path: Path, encoding: str) -> tuple[int, str, str] | None:
    """Find what no table can have: a byte 0, a line without an end, packing that breaks off, a letter of another set.

    Returns
    -------
    Line, what was seen and what to do; None where there is nothing.
    """
    status = path.stat()
    return _fault(path, encoding, status.st_size, status.st_mtime_ns)


@cache
def _fault(path: Path, encoding: str, size: int, modified: int) -> tuple[int, str, str] | None:
    del size, modified  # they only tell one state of the file from another
    line = 1
    try:
        for chunk in chunks(path):
            zero = -1 if encoding == "utf-16" else chunk.find(b"\0")
            if zero >= 0:
                line += chunk.count(b"\n", 0, zero)
                return line, "a character 0 stands in it", "write encoding: utf-16 if it is so; else get the file again"
            other = re.search(b"[\x80-\x9f]", chunk) if encoding == "latin-1" else None
            if other:
                line += chunk.count(b"\n", 0, other.start())
                fix = "save the file as UTF-8 (in Excel: CSV UTF-8), and leave encoding out"
                return line, "a letter that latin-1 has not, such as a curly apostrophe of Windows", fix
            if len(chunk) == CHUNK and b"\n" not in chunk and b"\r" not in chunk:
                return line, f"a line of more than {CHUNK:,} characters", "get it again, with an end after each row"
            line += chunk.count(b"\n")
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return line, "its packing breaks off or is damaged", "get the file again"
    return None


def chunks(path: Path) -> Iterator[bytes]:
    """Give the bytes of a file, packed or not, a part at a time."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def mixed_ends(path: Path, encoding: str) -> int:
    """Find the first line that ends otherwise than the line before it; 0 where all end alike."""
    before = ""
    with opened(path, encoding) as lines:
        for number, line in enumerate(lines, 1):
            end = line[len(line.rstrip("\r\n")) :]
            if before and end and end != before:
                return number
            before = end
    return 0


def lines_at(path: Path, encoding: str, places: set[int]) -> dict[int, tuple[int, bool]]:
    """Find the lines that hold some places of a file, counted in bytes of UTF-8 as the engine counts them.

    Returns
    -------
    By place: the line, and whether a quotation mark is left open in it.
    """
    found, position, wanted = {}, 0, sorted(places, reverse=True)
    with opened(path, encoding) as lines:
        for number, line in enumerate(lines, 1):
            position += len(line.encode()) + (3 if number == 1 and _has_mark(path) else 0)
            while wanted and wanted[-1] < position:
                found[wanted.pop()] = (number, line.count('"') % 2 == 1)
            if not wanted:
                break
    return found


def _has_mark(path: Path) -> bool:
    """Say whether a file begins with the mark of UTF-8, which is no part of its text."""
    return next(chunks(path), b"").startswith(b"\xef\xbb\xbf")
