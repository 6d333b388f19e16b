"""Executed notebooks to pages: one frame for all, contents from the headings, links to each finding's files."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape, unescape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, FileSystemLoader, Template
from nbconvert.exporters import HTMLExporter, TemplateExporter

from analysis.findings.definition_box import definition_box
from analysis.findings.html import STYLE
from analysis.language import digits, later, say, tag, told
from analysis.study import Study

TEMPLATE = Path(__file__).parent / "template"
_HEADING = re.compile(r'<h2 id="([^"]+)">(.*?)</h2>', flags=re.DOTALL)
_FINDING = re.compile(
    r'(<section class="finding"(?: data-rows-of="([^"]+)")? id="([^"]+)".*?)(</section>)', flags=re.DOTALL
)


@dataclass(frozen=True)
class PageLink:
    """A page in the navigation: its place below the report's folder, its words, the question it answers."""

    href: str
    words: str
    question: str = ""


ABOUT = PageLink(
    "about.html", later("About"), later("How to cite these pages, what they hide, and what they cannot say")
)


def look() -> dict[str, Any]:
    """Give what `frame.j2` needs for every page, whatever it is about: the look, the script, the language."""
    script = (TEMPLATE / "page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return {
        "lang": tag(),
        "decimal": digits("."),
        "version": version("absence-drivers"),
        "css": (TEMPLATE / "page.css").read_text(encoding="utf-8"),
        "script": script,
        "script_hash": f"sha256-{digest}",
    }


@dataclass(frozen=True)
class Frame:
    """What all pages of one report share.

    Parameters
    ----------
    study : the study that the report is about.
    pages : the notebooks' pages, in reading order; the index, the schools and 'About' are added here.
    has_schools : whether the navigation leads to the list of schools.
    so_far : what is said of a year in progress; empty where the year is over.
    """

    study: Study
    pages: Sequence[PageLink]
    has_schools: bool
    so_far: str = ""

    @cached_property
    def _shared(self) -> dict[str, Any]:
        return look() | {
            "study_title": self.study.settings.title,
            "study_name": self.study.name,
            "audience": self.study.settings.audience,
            "show_code": self.study.settings.audience == "internal",
            "definition_box": definition_box(self.study, self.so_far),
        }

    def page(self, href: str, title: str, question: str, notebook: str = "") -> dict[str, Any]:
        """Give what `frame.j2` needs for the page at `href`.

        A notebook's page is headed by its question, under its title in small; a school's page and the index by their
        title, over the question.
        """
        up = "../" * href.count("/")
        links = [PageLink("index.html", say("Overview")), *self.pages]
        links += [PageLink("index.html#schools", say("Each school"))] if self.has_schools else []
        links += [ABOUT]
        here = "index.html#schools" if href.startswith("schools/") else href
        shown = [{"href": up + link.href, "words": told(link.words), "current": link.href == here} for link in links]
        words = {"kicker": "", "heading": title, "under": question, "tab": title, "notebook": notebook}
        if question and href in (link.href for link in self.pages):
            words |= {"kicker": title, "heading": question, "under": "", "tab": question}
        return {**self._shared, **words, "links": shown, "up": up}


class PageExporter(HTMLExporter):
    """nbconvert with our template, without its second pass over the HTML (which rewrites SVG and invents alt texts)."""

    def __init__(self, **kwargs: Any) -> None:
        """Use the template beside this module."""
        places = {"extra_template_basedirs": [str(TEMPLATE.parent)], "template_name": TEMPLATE.name}
        super().__init__(exclude_anchor_links=True, **places, **kwargs)  # type: ignore[no-untyped-call]
        self.environment.globals["say"] = say

    def from_notebook_node(  # type: ignore[override]
        self, nb: nbformat.NotebookNode, resources: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[str, dict[str, Any]]:
        """Convert; `resources['page']` is a frame's page."""
        html, found = TemplateExporter.from_notebook_node(self, nb, resources, **kwargs)
        return html, dict(found)


def template(name: str) -> Template:
    """Read a template of a page that is no notebook."""
    environment = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=False)
    environment.globals["say"] = say
    return environment.get_template(name)


def page_html(
    exporter: PageExporter, node: nbformat.NotebookNode, page: Mapping[str, Any], files: Path, files_href: str
) -> str:
    """Write the page of an executed notebook.

    Parameters
    ----------
    page : from `Frame.page`.
    files : folder below which the notebook wrote tables/ and figures/; `files_href` leads there from the page.
    """
    html, _ = exporter.from_notebook_node(_without_opening(node), {"page": dict(page)})
    html = re.sub(r"<h2>(.*?)</h2>", _with_id, html.replace(STYLE, ""))
    html = _FINDING.sub(
        lambda found: found[1] + _file_links(found[3], found[2] or found[3], files, files_href) + found[4], html
    )
    return html.replace("<!--contents-->", contents(html), 1)


def _without_opening(node: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Leave out heading and question of the first markdown cell: the frame has them."""
    cells = [nbformat.from_dict(cell) for cell in node.cells]  # type: ignore[no-untyped-call]
    for cell in cells:
        if cell.cell_type == "markdown":
            source = re.sub(r"^# .*$", "", cell.source, count=1, flags=re.MULTILINE).strip()
            cell["source"] = re.sub(r"^(?:> *)?(\*\*|\*|__|_).+?\1 *$", "", source, count=1, flags=re.MULTILINE).strip()
            break
    kept = [cell for cell in cells if cell.cell_type == "code" or cell.source.strip()]
    kept = [cell for at, cell in enumerate(kept) if not _introduces_nothing(kept[at : at + 2])]
    return nbformat.from_dict({**node, "cells": kept})  # type: ignore[no-untyped-call, no-any-return]


def _introduces_nothing(cells: Sequence[nbformat.NotebookNode]) -> bool:
    """Say whether a cell of prose without a heading stands before a finding that shows nothing."""
    if len(cells) < 2 or cells[0].cell_type != "markdown" or "#" in cells[0].source or cells[1].cell_type != "code":
        return False
    shown = [output.get("data", {}).get("text/html") for output in cells[1].outputs]
    return bool(shown) and all(html is not None and not "".join(html).strip() for html in shown)


def _with_id(heading: re.Match[str]) -> str:
    """Give a heading of the prose a place that the contents can lead to; a finding's heading has one."""
    words = re.sub(r"<[^>]+>|&\w+;", "", heading[1])
    return f'<h2 id="about-{re.sub("[^a-z0-9]+", "-", words.lower()).strip("-")}">{heading[1]}</h2>'


def contents(html: str) -> str:
    """List the headings of a page that has at least three, as links to them."""
    headings = _HEADING.findall(html)
    if len(headings) < 3:
        return ""
    items = "".join(f'<li><a href="#{place}">{re.sub("<[^>]+>", "", words)}</a></li>\n' for place, words in headings)
    here = escape(say("On this page"))
    return f'<nav class="toc" aria-label="{here}">\n<p>{here}</p>\n<ol>\n{items}</ol>\n</nav>'


def _file_links(name: str, table: str, files: Path, href: str) -> str:
    kinds = (
        ("tables", unescape(table), "csv", say("Table as CSV")),
        ("figures", unescape(name), "svg", say("Picture as SVG")),
    )
    links = [
        f'<a href="{href}{folder}/{name}.{ending}" download>{words}<span class="unseen"> ({name})</span></a>'
        for folder, name, ending, words in kinds
        if (files / folder / f"{name}.{ending}").is_file()
    ]
    return f'<p class="files">{" ".join(links)}</p>\n' if links else ""
