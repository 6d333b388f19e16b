"""The index of a report: the brief, the pages, the schools."""

import re
from collections.abc import Sequence

from jinja2 import Environment, FileSystemLoader

from analysis.findings.brief_types import Brief
from analysis.findings.html import figure_html
from analysis.reporting.pages import ABOUT, TEMPLATE, Frame, PageLink


def index_html(frame: Frame, brief: Brief, schools: Sequence[PageLink]) -> str:
    """Write `index.html`; every text of the brief is escaped."""
    slots = [
        {
            "title": slot.title,
            "question": slot.question,
            "paragraphs": [part.strip() for part in re.split(r"\n\s*\n", slot.text) if part.strip()],
            "link": slot.link,
            "discussion": slot.discussion,
            "picture": figure_html(slot.title, slot.picture),
        }
        for slot in brief.slots()
    ]
    question = "Where is absence worst, when, and what to ask next?"
    page = {**frame.page("index.html", frame.study.settings.title, question), "tab": question}
    template = Environment(loader=FileSystemLoader(TEMPLATE), autoescape=False).get_template("brief.html.j2")
    return template.render(page=page, slots=slots, pages=[*frame.pages, ABOUT], schools=schools)
