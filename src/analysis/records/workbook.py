"""A sheet of a workbook as rows of text: numbers, dates and errors as a person sees them."""

import html
import re
import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine

WHOLE_BELOW = 1e15
"""Up to here a float holds every integer, so that `1001.0` can be written `1001`."""
ISO = "%Y-%m-%d"
_CELL = re.compile(rb'<c r="([A-Z]+)(\d+)"((?:[^>]*[^/>])?)>(.*?)</c>', re.DOTALL)
_FORMULA = re.compile(rb"<f[^>]*?(?:/>|>(.*?)</f>)", re.DOTALL)
_VALUE = re.compile(rb"<v>(.*?)</v>", re.DOTALL)


def sheet_names(path: Path) -> list[str]:
    """Name the sheets of a workbook."""
    return list(python_calamine.load_workbook(str(path)).sheet_names)


def sheet_rows(path: Path, sheet: str, date_format: str) -> list[list[str]]:
    """Read a sheet, with empty rows and columns at its start kept.

    Parameters
    ----------
    date_format : how a cell that is a date is written, so that it is read as the texts beside it are.
    """
    book = python_calamine.load_workbook(str(path))
    rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    texts = [[_cell(value, date_format) for value in row] for row in rows]
    for (row, column), text in _read_as_empty(path, book.sheet_names.index(sheet) + 1).items():
        if row <= len(texts) and column <= len(texts[row - 1]):
            texts[row - 1][column - 1] = text
    return texts


def _read_as_empty(path: Path, number: int) -> dict[tuple[int, int], str]:
    """Find the cells of an error (`#N/A`), and of a formula of which no result is stored: both would read as empty.

    Returns
    -------
    By row and column (from 1) the error, or the formula behind `=`: texts that are no number and no date.
    """
    part = f"xl/worksheets/sheet{number}.xml"
    if not zipfile.is_zipfile(path):  # the older .xls always holds results
        return {}
    with zipfile.ZipFile(path) as packed:
        text = packed.read(part) if part in packed.namelist() else b""
    if b"<f" not in text and b't="e"' not in text:
        return {}
    found = {}
    for letters, row, attributes, inside in _CELL.findall(text):
        formula, value = _FORMULA.search(inside), _VALUE.search(inside)
        if b't="e"' in attributes or (formula and not value and b't="str"' not in attributes):
            shown = value[1] if value else b"=" + ((formula and formula[1]) or b"")
            found[int(row), _column(letters)] = html.unescape(shown.decode())
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _cell(value: Any, date_format: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < WHOLE_BELOW else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.strftime(date_format) if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.strftime(date_format)
    if isinstance(value, time):
        return value.isoformat()
    return str(value) if isinstance(value, timedelta) else str(value).strip()
