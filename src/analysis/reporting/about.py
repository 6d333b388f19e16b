"""The page about a report: how to cite it, what was hidden and why, what no page can say, the words, the tables."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader
from nbconvert.filters import markdown2html

from analysis.findings.definition_box import definitions
from analysis.findings.tables import HIDDEN_WORDS
from analysis.reporting.pages import ABOUT, TEMPLATE, Frame, contents

_FROM = {
    "What no page can say": ("docs/limitations.md", "", r"^\[What is computed.*"),
    "What the words mean": ("GLOSSARY.md", "", r"^Not used:.*"),
    "What the tables hold": ("reports/README.md", "## Tables: a contract", r"^\[docs/.*"),
}
"""Heading, and the project's document that is shown below it: from which line, until which."""


def about_html(frame: Frame, report: Path, reading_grade: float) -> str:
    """Write `about.html` of a report whose other files are in the folder `report`, and whose brief reads at a grade."""
    cited = frame.study.root / "CITATION.cff"
    sections = {"How to cite": _citation(frame, cited)} if cited.is_file() else {}
    sections["What was hidden, and why"] = _hidden(frame, report / "tables")
    sections["How hard the brief is to read"] = (
        f"Its sentences can be read in grade {reading_grade:.1f} of school (formula of Flesch and Kincaid, 1975)."
    )
    sections |= {heading: text for heading, place in _FROM.items() if (text := _document(frame.study.root, *place))}
    text = "\n\n".join(f"## {heading}\n\n{section}" for heading, section in sections.items())
    body = re.sub(r'<a class="anchor-link".*?</a>', "", str(markdown2html(text)))
    page = frame.page(ABOUT.href, ABOUT.words, ABOUT.question)
    template = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=False).get_template("about.html.j2")
    return template.render(page=page, contents=contents(body), body=body)


def _citation(frame: Frame, path: Path) -> str:
    cited = yaml.safe_load(path.read_text(encoding="utf-8"))
    authors = ", ".join(author["name"] for author in cited["authors"])
    title = _plain(frame.study.settings.title)
    return (
        f"{title}. Report made by {authors}, *{cited['title']}*, version {cited['version']}.\n\n"
        "Keep `manifest.json` with it: it names the inputs and the settings by checksum, so that others can"
        " tell whether they have the same report."
    )


def _hidden(frame: Frame, tables: Path) -> str:
    rule = f"{definitions(frame.study)['Small numbers']} A hidden number is left empty and never written as 0."
    counts = dict(_missing(tables))
    if not counts:
        return f"{rule} In the tables of this report no number is missing."
    marks = [mark for mark in HIDDEN_WORDS if any(mark in one for one in counts.values())]
    head = ["table", "rows", *(HIDDEN_WORDS[mark] for mark in marks)]
    lines = [head, ["---"] * len(head)]
    lines += [
        [f"`{name}`", f"{sum(one):,}", *(f"{one.get(mark, 0):,}" for mark in marks)] for name, one in counts.items()
    ]
    return f"{rule} Rows of tables in which a number is missing:\n\n" + "\n".join(
        f"| {' | '.join(line)} |" for line in lines
    )


def _missing(tables: Path) -> Iterator[tuple[str, "pd.Series[int]"]]:
    """Count the rows of each table in which a number is missing by why ('' where none is); leave out whole tables."""
    for path in sorted(tables.glob("*.csv")):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        counts = table.get("hidden", pd.Series(dtype=str)).value_counts()
        if set(counts.index) - {""}:
            yield path.stem, counts


def _document(root: Path, name: str, begin: str, end: str) -> str:
    """Give a document's text below its title, or below `begin`, without links, its headings a level further in."""
    path = root / name
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8")
    text = text[text.index(begin) + len(begin) :] if begin else re.sub(r"^# .*\n", "", text)
    text = re.sub(end, "", text, flags=re.MULTILINE)
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text)
    return re.sub(r"^##", "###", text, flags=re.MULTILINE).strip()


def _plain(text: str) -> str:
    """Write a title in Markdown as it stands: no letter of it is markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|&])", r"\\\1", text)
