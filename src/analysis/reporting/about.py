"""The page about a report: how to cite it, what was hidden and why, what no page can say, the words, the tables."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import yaml
from nbconvert.filters import markdown2html

from analysis.findings.definition_box import small_numbers
from analysis.findings.tables import HIDDEN_WORDS
from analysis.findings.words import count, number
from analysis.language import ENGLISH, later, say, tag, told
from analysis.reporting.pages import ABOUT, Frame, contents, template

_FROM = {
    later("What no page can say"): ("docs/limitations.md", "", r"^\[What is computed.*"),
    later("What the words mean"): ("GLOSSARY.md", "", r"^Not used:.*"),
    later("What the tables hold"): ("reports/README.md", "## Tables: a contract", r"^\[docs/.*"),
}
"""Heading, and the project's document that is shown below it: from which line, without which."""
_TRANSLATED = {"reports/README.md": "tables.md"}
"""What a document is called in docs/<language>/, where not by its own name."""


def about_html(frame: Frame, report: Path, reading_grade: float | None) -> str:
    """Write `about.html` of a report whose other files are in the folder `report`, and whose brief reads at a grade.

    The grade is None in a language that the formula is not for.
    """
    cited = frame.study.root / "CITATION.cff"
    sections = {say("How to cite"): _citation(frame, cited)} if cited.is_file() else {}
    sections[say("What was hidden, and why")] = _hidden(frame, report / "tables")
    if reading_grade is not None:
        sections[say("How hard the brief is to read")] = say(
            "Its sentences can be read in grade {grade} of school (formula of Flesch and Kincaid, 1975).",
            grade=number(reading_grade, 1),
        )
    documents = {told(heading): _document(frame.study.root, *place) for heading, place in _FROM.items()}
    sections |= {heading: text for heading, text in documents.items() if text}
    text = "\n\n".join(f"## {heading}\n\n{section}" for heading, section in sections.items())
    body = re.sub(r'<a class="anchor-link".*?</a>', "", str(markdown2html(text)))
    page = frame.page(ABOUT.href, told(ABOUT.words), told(ABOUT.question))
    return template("text.html.j2").render(page=page, contents=contents(body), body=body)


def _citation(frame: Frame, path: Path) -> str:
    cited = yaml.safe_load(path.read_text(encoding="utf-8"))
    authors = ", ".join(author["name"] for author in cited["authors"])
    title = _plain(frame.study.settings.title)
    own = {"title": title, "authors": authors, "program": f"*{cited['title']}*", "version": cited["version"]}
    keep = say(
        "Keep {file} with it: it names the inputs and the settings by checksum, so that others can tell whether they"
        " have the same report.",
        file="`manifest.json`",
    )
    return say("{title}. Report made by {authors}, {program}, version {version}.", **own) + f"\n\n{keep}"


def _hidden(frame: Frame, tables: Path) -> str:
    rule = f"{small_numbers(frame.study)} {say('A hidden number is left empty and never written as 0.')}"
    counts = dict(_missing(tables))
    if not counts:
        return f"{rule} {say('In the tables of this report no number is missing.')}"
    marks = [mark for mark in HIDDEN_WORDS if any(mark in one for one in counts.values())]
    head = [say("table"), say("rows"), *(told(HIDDEN_WORDS[mark]) for mark in marks)]
    lines = [head, ["---"] * len(head)]
    lines += [
        [f"`{name}`", count(sum(one)), *(count(one.get(mark, 0)) for mark in marks)] for name, one in counts.items()
    ]
    rows = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"{rule} {say('Rows of tables in which a number is missing:')}\n\n{rows}"


def _missing(tables: Path) -> Iterator[tuple[str, "pd.Series[int]"]]:
    """Count the rows of each table in which a number is missing by why ('' where none is); leave out whole tables."""
    for path in sorted(tables.glob("*.csv")):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        counts = table.get("hidden", pd.Series(dtype=str)).value_counts()
        if set(counts.index) - {""}:
            yield path.stem, counts


def _document(root: Path, name: str, begin: str, end: str) -> str:
    """Give a document's text below its title, or below `begin`, without links, its headings a level further in."""
    path, language = root / name, tag().partition("-")[0]
    if language != ENGLISH:
        path, begin = root / "docs" / language / _TRANSLATED.get(name, Path(name).name), ""
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
