"""Who knows the true counts looks for hidden ones in a report: text, tables, alt text, marks, JSON, notebooks."""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.findings.words import grade_name, month_name, month_short

NUMBERS = ("students", "students_counted", "days_absent", "absence_rate", "chronically_absent", "chronic_rate")
BLOCKS = {"tr", "p", "li", "h1", "h2", "h3", "h4", "title", "desc", "figcaption", "div", "summary", "dd", "td", "text"}
SHORTEST = 3
"""Characters of a number that is looked for: '7' stands in every date."""


@dataclass(frozen=True)
class Hidden:
    """A number that the gate hid: all ways to write what it is of, and all ways to write it."""

    of: tuple[tuple[str, ...], ...]
    written: tuple[str, ...]

    def stands_in(self, text: str) -> bool:
        """Say whether a text has the number next to its labels; digits of the labels do not count."""
        for labels in product(*self.of):
            rest = text
            for label in labels:
                rest, found = re.subn(rf"(?<![\w-]){re.escape(label)}(?![\w-])", " ", rest)
                if not found:
                    break
            else:
                if any(re.search(rf"(?<![\d.,-]){re.escape(one)}(?!\d|[.,]\d)", rest) for one in self.written):
                    return True
        return False


def hidden_of(
    exact: pd.DataFrame, gated: pd.DataFrame, dimensions: tuple[str, ...], names: dict[str, str]
) -> list[Hidden]:
    """List what the gate took out of a table."""
    found = []
    for before, after in zip(exact.to_dict("records"), gated.to_dict("records"), strict=True):
        if before["level_type"] != "level":
            continue
        of = tuple(_labels(one, str(before[one]), names) for one in dimensions)
        for column in (name for name in NUMBERS if name in exact and pd.notna(before[name]) and pd.isna(after[name])):
            written = tuple(one for one in _written(column, float(before[column])) if len(one) >= SHORTEST)
            found += [Hidden(of, written)] if written else []
    return found


def _labels(dimension: str, level: str, names: dict[str, str]) -> tuple[str, ...]:
    if dimension == "school_id":
        return (names[level], level)
    if dimension == "grade_level":
        word = grade_name(level)
        return (word, word.capitalize(), level)
    if dimension == "month":
        return (month_name(level), month_short(level), level)
    return (level,)


def _written(column: str, value: float) -> tuple[str, ...]:
    if column.endswith("rate"):
        return (f"{100 * value:.1f}%", f"{value:.3f}")
    return (f"{value:,.0f}" if value == round(value) else f"{value:,.1f}", f"{value:.10g}")


class _Texts(HTMLParser):
    """Collects the text of every block, every attribute, and what scripts hold."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, list[str]]] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for _, value in attrs if value]
        if tag in BLOCKS or tag == "script":
            self.open.append((tag, []))

    def handle_endtag(self, tag: str) -> None:
        while self.open and tag in (*BLOCKS, "script") and any(name == tag for name, _ in self.open):
            name, parts = self.open.pop()
            self.found.append(" ".join(" ".join(parts).split()))
            if self.open and name in ("td", "div"):
                self.open[-1][1].extend(parts)
            if name == tag:
                break

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1][1].append(data)


def texts_of(path: Path) -> Iterator[str]:
    """Give every text of a file by itself: a row, a sentence's paragraph, an attribute, a string of a notebook."""
    text = path.read_text(encoding="utf-8")
    if path.suffix in (".html", ".svg"):
        yield from _of_html(text)
    elif path.suffix in (".ipynb", ".json"):
        for one in _strings(json.loads(text)):
            yield from _of_html(one) if "<" in one else one.splitlines()
    else:
        yield from (" | ".join(cells) for cells in csv.reader(text.splitlines()))


def _of_html(text: str) -> list[str]:
    parser = _Texts()
    parser.feed(text)
    return parser.found


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield f"{key} {one}" if not isinstance(one, dict | list) else str(key)
            yield from _strings(one)
    elif isinstance(value, list):
        if value and all(isinstance(one, str) for one in value):
            yield "".join(value)
        else:
            yield " ".join(str(one) for one in value if not isinstance(one, dict | list))
            for one in value:
                yield from _strings(one)
    elif isinstance(value, str):
        yield value


def found_in(folder: Path, hidden: list[Hidden]) -> list[tuple[str, str, Hidden]]:
    """List where hidden numbers stand: the file, the text, the number."""
    hits = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".html", ".svg", ".ipynb", ".json", ".csv"):
            texts = {one for one in texts_of(path) if any(digit.isdigit() for digit in one)}
            hits += [
                (path.relative_to(folder).as_posix(), text, one)
                for text in sorted(texts) for one in hidden
                if any(number in text for number in one.written) and one.stands_in(text)
            ]  # fmt: skip
    return hits
