"""The documents that a report shows say the same in Spanish: heading by heading, item by item, row by row."""

import re
from pathlib import Path

import pytest

from analysis.language import catalogue

ROOT = Path(__file__).parents[1]
SPANISH = {
    "limitations.md": ("docs/limitations.md", ""),
    "GLOSSARY.md": ("GLOSSARY.md", ""),
    "tables.md": ("reports/README.md", "## Tables: a contract"),
}
"""A document in docs/es: the English one, and where its part begins."""


def shape(text: str) -> list[tuple[str, int]]:
    """Give what follows on what, below the title: headings, items of lists, rows with their columns."""
    lines = [line for line in text.splitlines()[1:] if not re.match(r"\[|Not used:", line)]
    return [(match[1], line.count(" | ")) for line in lines if (match := re.match(r"(##+ |- |\|)", line))]


def names(text: str) -> list[set[str]]:
    """Give what each row of a table has in code: names that no language changes."""
    return [set(re.findall(r"`([^`]+)`", line)) for line in text.splitlines() if line.startswith("|")]


def apart(english: str, spanish: str) -> list[str]:
    """Say where a translation has not the shape of its original, or lacks a name of one of its rows."""
    found = (
        [] if shape(english) == shape(spanish) else [f"{len(shape(english))} parts, {len(shape(spanish))} in Spanish"]
    )
    rows = zip(names(english), names(spanish), strict=False)
    return found + [f"row {row}: {own - other}" for row, (own, other) in enumerate(rows) if own - other]


def both(name: str) -> tuple[str, str]:
    path, begin = SPANISH[name]
    english = (ROOT / path).read_text(encoding="utf-8")
    return begin + english.partition(begin)[2] if begin else english, (ROOT / "docs/es" / name).read_text("utf-8")


@pytest.mark.parametrize("name", SPANISH)
def test_the_spanish_document_has_all_parts(name: str) -> None:
    english, spanish = both(name)
    assert len(shape(english)) > 20
    assert apart(english, spanish) == []


@pytest.mark.parametrize("lost", ["## Sobre las causas\n", "- **Otro distrito.**"])
def test_a_lost_part_is_found(lost: str) -> None:
    english, spanish = both("limitations.md")
    assert lost in spanish
    assert apart(english, spanish.replace(lost, "")) != []


def test_a_lost_name_is_found() -> None:
    english, spanish = both("tables.md")
    (found,) = apart(english, spanish.replace("`persistence`", "`persistencia`"))
    assert found.endswith(": {'persistence'}")


def test_the_pages_quote_the_spanish_limits() -> None:
    items = re.split(r"^- ", both("limitations.md")[1], flags=re.M)
    limits = {" ".join(item.split("\n\n")[0].split()) for item in items}
    known = {
        " ".join(item.split("\n\n")[0].split()) for item in re.split(r"^- ", both("limitations.md")[0], flags=re.M)
    }
    said = {text: translated for text, translated in catalogue("es").one.items() if text.removeprefix("- ") in known}
    assert [text for text, translated in said.items() if translated.removeprefix("- ") not in limits] == []
