"""What a page cannot say, and what it takes for granted, are lines of the documents, word for word."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
GRANTED = "*It takes for granted:* "


def lines_of(text: str) -> list[str]:
    """Give the bullets of a Markdown text, each on one line."""
    return [" ".join(part.split()) for part in re.split(r"^- ", re.split(r"^\[", text, flags=re.M)[0], flags=re.M)[1:]]


def limits() -> set[str]:
    page = (ROOT / "docs/limitations.md").read_text(encoding="utf-8")
    return {line for section in re.split(r"^## .*$", page, flags=re.M)[1:] for line in lines_of(section)}


def assumptions() -> set[str]:
    rows = (ROOT / "docs/assumptions.md").read_text(encoding="utf-8").partition("| --- |")[2].splitlines()[1:]
    return {row.split("|")[1].strip() for row in rows if row.startswith("|")}


def last_section(path: Path) -> str:
    prose = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    assert prose[-1].startswith("## What this page cannot say\n")
    return str(prose[-1])


def foreign(lines: list[str]) -> list[str]:
    """List what is said that no document says."""
    return [
        line
        for line in lines
        if (line.startswith(GRANTED) and line.removeprefix(GRANTED).removesuffix(".") not in assumptions())
        or (not line.startswith(GRANTED) and line not in limits())
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_page_quotes_the_documents(path: Path) -> None:
    lines = lines_of(last_section(path))
    assert foreign(lines) == []
    assert any(not line.startswith(GRANTED) for line in lines), "a limit"
    assert any(line.startswith(GRANTED) for line in lines), "and what it takes for granted"


def test_another_wording_is_found() -> None:
    assert foreign(["**Why a student misses school.** It is not there.", f"{GRANTED}All is well."]) != []
    assert len(limits()) > 15 and len(assumptions()) > 10
