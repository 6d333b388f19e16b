"""A report's pages as one page to print: every finding with its sentences and its picture, without tables."""

import re
from html import escape
from pathlib import Path

from analysis.language import later, say, told
from analysis.reporting.pages import Frame, PageLink, template

PAPER = PageLink("print.html", later("On paper"), later("The whole study to print or to send, without its tables"))
_SECTION = re.compile(r'<section class="(?:slot|finding)".*?</section>', flags=re.DOTALL)
_PICTURE = re.compile(r'<figure class="picture">.*?</figure>', flags=re.DOTALL)
_NOT_ON_PAPER = re.compile(
    r'<details.*?</details>|<div class="scroll"[^>]*><table.*?</div>|<p class="(?:files|more)">.*?</p>'
    r'|<path class="mark".*?</path>',  # what a pointer finds, and nobody sees
    flags=re.DOTALL,
)
_NAME = re.compile(r'<svg[^>]* aria-labelledby="([^ "]+)')


def paper_html(frame: Frame, report: Path) -> str:
    """Write the page to print of a report whose other pages are in the folder `report`: the brief, then the notebooks'.

    A picture that an earlier page shows already is not shown again.
    """
    brief, shown = PageLink("index.html", say("In short")), set[str]()
    parts = [_part(link, (report / link.href).read_text(encoding="utf-8"), shown) for link in [brief, *frame.pages]]
    page = frame.page(PAPER.href, frame.study.settings.title, told(PAPER.question))
    body = "\n".join(['<div class="paper">', *parts, "</div>"])
    return template("text.html.j2").render(page=page, contents="", body=body)


def _part(link: PageLink, html: str, shown: set[str]) -> str:
    """Give the findings of a page under its question, each heading a step lower, and without places to link to."""

    def once(picture: re.Match[str]) -> str:
        new = set(_NAME.findall(picture[0])) - shown
        shown.update(new)
        return picture[0] if new else ""

    body = "\n".join(_PICTURE.sub(once, _NOT_ON_PAPER.sub("", section)) for section in _SECTION.findall(html))
    body = re.sub(r"(</?h)2\b", r"\g<1>3", re.sub(r"<(section|h2) [^>]*>", r"<\1>", body))
    kicker = f'<p class="asked">{escape(told(link.words))}</p>\n' if link.question else ""
    return f"{kicker}<h2>{escape(told(link.question or link.words))}</h2>\n{body}"
