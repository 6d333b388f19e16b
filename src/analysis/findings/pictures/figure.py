"""From a matplotlib figure to an SVG in a page: named, described, the same bytes every time, light and dark.

Colours that must change between light and dark are written as CSS variables (`THEME`) that the page sets; what the
variables fall back to is the light value, so the SVG file alone looks the same as on a light page.
"""

import re
from dataclasses import dataclass
from html import escape
from io import StringIO
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure as MatplotlibFigure

from analysis.findings.pictures.marks import as_titles

INK: Final = "#1d2126"
MUTED: Final = "#5c636b"
RULE: Final = "#d9dde2"
PAPER: Final = "#fefefe"
BLUE: Final = "#0a67a3"
ORANGE: Final = "#b84e05"
GREEN: Final = "#0b7558"
PURPLE: Final = "#974085"
GOLD: Final = "#87650a"
GREY: Final = "#858c94"
SERIES: Final = (BLUE, ORANGE, GREEN, PURPLE, GOLD)
"""Colours that colour-blind readers can tell apart (Okabe and Ito's, darkened until text in them can be read)."""

TIER_COLOURS: Final = {
    "satisfactory": "#b9d3e6",
    "at_risk": "#f2d58a",
    "moderate_chronic": "#e08a3e",
    "severe_chronic": "#9c3a0c",
}
"""Ordered by darkness too, so that print in black and white keeps their order."""

THEME: Final = {
    INK: "currentColor",
    MUTED: "var(--muted, #5c636b)",
    RULE: "var(--rule, #d9dde2)",
    PAPER: "var(--paper, #fff)",
    BLUE: "var(--blue, #0a67a3)",
    ORANGE: "var(--orange, #b84e05)",
    GREEN: "var(--green, #0b7558)",
    PURPLE: "var(--purple, #974085)",
    GOLD: "var(--gold, #87650a)",
    GREY: "var(--grey, #858c94)",
}

HOUSE_STYLE: Final = {
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "font.size": 9.5,
    "axes.titlesize": 9.5,
    "axes.labelsize": 9.5,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9.5,
    "text.color": INK,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": RULE,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
}
"""The look of every figure: little ink, text as text."""

_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

_BOX = re.compile(
    r"M ([\d.]+) ([\d.]+) ?\nL ([\d.]+) \2 ?\nL \3 ([\d.]+) ?\nL \1 \4 ?\n(?:L \1 \2 ?\nz\n|L \1 \2 ?\n|z\n)"
)


@dataclass(frozen=True)
class Figure:
    """A picture for a page.

    Parameters
    ----------
    svg : one `<svg>` element, without prolog; stands inline in a page and alone in a file.
    alt : what the picture shows, in words computed from the same data.
    caption : what a reader needs beside it (source, what an interval is); may be empty.
    """

    svg: str
    alt: str
    caption: str = ""

    def _repr_html_(self) -> str:
        return f'<figure class="picture">{self.svg}<figcaption>{escape(self.caption)}</figcaption></figure>'


_LONG_NUMBER = re.compile(r"\d+\.\d{3,}")
"""A coordinate; between the tags stand words, in which 2.200 is a Spanish two thousand."""


def figure(fig: MatplotlibFigure, name: str, alt: str, caption: str = "") -> Figure:
    """Turn a matplotlib figure into a Figure: the same input gives the same bytes.

    Parameters
    ----------
    fig : made by a function of `findings.plots`; pyplot does not know it, so a kernel has nothing to display twice.
    name : slug of the finding; every id in the SVG begins with it, so that pictures on one page do not clash.
    alt : what the picture shows, in words; must not be empty.
    """
    if not alt.strip():
        raise ValueError(f"the picture '{name}' needs words for those who cannot see it")
    buffer = StringIO()
    with mpl.rc_context({**HOUSE_STYLE, "svg.hashsalt": name}):  # type: ignore[dict-item]
        fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return Figure(_for_a_page(buffer.getvalue(), name, alt), alt, caption)


def _for_a_page(svg: str, name: str, alt: str) -> str:
    body = svg[svg.index("<svg") :]
    box = re.search(r'viewBox="([\d. ]+)"', body)
    width = float(box[1].split()[2]) if box else 500.0
    body = as_titles(re.sub(r"^<svg[^>]*>", "", body))
    body = re.sub(r"<metadata>.*?</metadata>\s*|<defs>\s*<style.*?</style>\s*</defs>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r" font-family: [^;\"]*;?", "", body)
    body = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", body)
    body = re.sub(r"\s*\n\s*", "\n", body)
    body = re.sub(r"<[^>]*>", lambda tag: _LONG_NUMBER.sub(lambda long: f"{float(long[0]):.2f}", tag[0]), body)
    body = _without_bare_groups(_own_ids(body, name))
    body = re.sub(_BOX, r"M \1 \2H \3V \4H \1z", body)
    body = re.sub(r'<path d="[^"]*" style="fill: none"/>\n', "", body)
    body = re.sub(r"#[0-9a-f]{6}", lambda match: THEME.get(match[0], match[0]), body)
    style = (
        f"width: 100%; max-width: {width * 4 / 3:.0f}px; height: auto; font-family: {_FONTS}; stroke-linejoin: round; "
        "stroke-linecap: butt; color: var(--ink, var(--jp-content-font-color1, #1d2126))"
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{box[1] if box else ""}" role="img" aria-labelledby="{name}-title {name}-desc" style="{style}">\n'
        f'<title id="{name}-title">{escape(_first_sentence(alt))}</title>\n'
        f'<desc id="{name}-desc">{escape(alt)}</desc>{body.rstrip()}'
    )


def _own_ids(body: str, name: str) -> str:
    """Prefix the ids that something refers to or that we gave; drop the ones that matplotlib counts up."""
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', body))
    body = re.sub(
        r' id="([^"]+)"',
        lambda match: f' id="{name}-{match[1]}"' if match[1] in used or not re.search(r"_\d+$", match[1]) else "",
        body,
    )
    return re.sub(r'(href="|url\()#', rf"\g<1>#{name}-", body)


def _without_bare_groups(body: str) -> str:
    """Unwrap the groups that have no attribute: a third of matplotlib's bytes."""
    kept: list[bool] = []
    pieces = []
    for piece in re.split(r"(<g[^>]*>\n?|</g>\n?)", body):
        if piece.startswith("<g"):
            keep = not re.fullmatch(r"<g/?>\n?", piece)
            if not piece.rstrip().endswith("/>"):
                kept.append(keep)
        else:
            keep = kept.pop() if piece.startswith("</g>") else True
        pieces.append(piece if keep else "")
    return "".join(pieces)


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", text.strip(), maxsplit=1)[0]
