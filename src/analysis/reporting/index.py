"""The index of a report: the brief, the pages, the schools."""

import re
from collections.abc import Sequence

from analysis.findings.brief_types import Brief
from analysis.findings.html import figure_html
from analysis.language import say, told
from analysis.reporting.pages import ABOUT, Frame, PageLink, template
from analysis.reporting.paper import PAPER


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
    question = say("Where is absence worst, when, and what to ask next?")
    page = {**frame.page("index.html", frame.study.settings.title, question), "tab": question}
    pages = [PageLink(link.href, told(link.words), told(link.question)) for link in (*frame.pages, PAPER, ABOUT)]
    return template("brief.html.j2").render(page=page, slots=slots, pages=pages, schools=schools)
