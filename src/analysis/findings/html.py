"""A finding as HTML: heading, sentences, picture, table. Reads well in a page, in JupyterLab, and without a script."""

import re
from collections.abc import Sequence
from html import escape
from typing import Final

import pandas as pd
from great_tables import GT

from analysis.findings.pictures.figure import Figure
from analysis.findings.words import number, percent, signed
from analysis.language import later, plural, say, told

LONGEST_OPEN_TABLE: Final = 15
LONGEST_OPEN_TABLE_UNDER_A_PICTURE: Final = 6
WIDEST_OPEN_TABLE: Final = 10
"""Rows; a longer table is folded away."""
ROWS_OF_AN_END: Final = 200
"""A page has so many rows of each end of a table of more than twice that: a state's schools are read in the CSV."""
NO_PART_COUNTS: Final = 10_000
"""A column with so large a number is written without decimals: half a day beside ten thousand is no news."""
WORDS: Final = {"id": "ID"}
INTERVAL: Final = later("95% interval")
"""Heads the two ends of an interval, which stand in one column behind their number."""

STYLE: Final = """<style>
.finding { max-width: 46rem; }
.finding figure { margin: 1rem 0; }
.finding figcaption { font-size: .875em; margin-top: .4rem; opacity: .8; }
.finding .scroll { overflow-x: auto; }
.finding table { border-collapse: collapse; font-size: .875em; font-variant-numeric: tabular-nums; margin: .75rem 0; }
.finding th, .finding td { padding: .3rem .75rem .3rem 0; text-align: right; vertical-align: baseline;
  border: 0; border-bottom: 1px solid var(--rule, #8884); background: none; }
.finding .gt_left { text-align: left; }
.finding thead th { vertical-align: bottom; border-bottom-width: 2px; }
.finding tbody th { font-weight: normal; }
.finding .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
</style>"""
"""What a finding needs to look right by itself; a page takes it out and has its own."""

_SHARE = re.compile(r"\b(rate|share|percent|chance|reliability)s?\b")
_POINTS = re.compile(r"\b(contrast|difference|points)s?\b")
_P_VALUE = re.compile(r"^p\b")
_NOISE = re.compile(
    r' data-quarto-[a-z-]+="false"| headers="[^"]*"| (?:row|col)span="1"|\bgt_(?:row|stub|col_heading|columns_bottom_border)\b ?'
)


def finding_html(
    name: str, title: str, text: str, shown: pd.DataFrame | None, figure: Figure | None, *, note: str = ""
) -> str:
    """Write a finding as a `<section>`.

    Parameters
    ----------
    name : slug; the section's id, and the beginning of every id in it.
    text : plain text, escaped here; a blank line parts paragraphs.
    shown : a table for a reader: the first column names the rows; see `table_html` for how numbers are written.
    note : small print under it.
    """
    paragraphs = "".join(f"<p>{escape(part.strip())}</p>\n" for part in re.split(r"\n\s*\n", text) if part.strip())
    longest = LONGEST_OPEN_TABLE if figure is None else LONGEST_OPEN_TABLE_UNDER_A_PICTURE
    table = "" if shown is None else table_html(name, title, shown, longest)
    heading = f'<h2 id="{name}-heading">{escape(title)}</h2>\n'
    section = f'<section class="finding" id="{name}" aria-labelledby="{name}-heading">\n'
    small = f'<p class="note"><small>{escape(note)}</small></p>\n' if note else ""
    return f"{STYLE}{section}{heading}{paragraphs}{figure_html(title, figure)}{table}{small}</section>"


def figure_html(title: str, figure: Figure | None) -> str:
    """Write a picture that can be scrolled and reached by the keyboard; nothing where there is none."""
    if figure is None:
        return ""
    caption = f"<figcaption>{escape(figure.caption)}</figcaption>" if figure.caption else ""
    scroll = f'<div class="scroll" tabindex="0" role="group" aria-label="{escape(say("Picture: {title}", title=title), quote=True)}">'
    return f'<figure class="picture">{scroll}{figure.svg}</div>{caption}</figure>\n'


def table_html(name: str, title: str, shown: pd.DataFrame, longest: int = LONGEST_OPEN_TABLE) -> str:
    """Write a table that a screen reader can walk; one of more than `longest` rows, or too wide, is folded away.

    A column's name says how its numbers are written: a rate or share as percent, a contrast or difference as points,
    whole numbers with thousands separators. Columns 'X, low' and 'X, high' become one. Names with underscores become
    words. A missing number is an en dash. Of hundreds of rows only both ends are shown, and it is said.
    """
    words = [_words(str(column)) for column in shown.columns]
    written = [list(_written(shown.iloc[:, at], words[at])) for at in range(len(words))]
    numeric = [_is_numeric(shown.iloc[:, at]) for at in range(len(words))]
    for low in [at for at in range(len(words) - 1) if _are_ends(words[at], words[at + 1])][::-1]:
        written[low : low + 2] = [list(map(_range, written[low], written[low + 1]))]
        words[low : low + 2], numeric[low : low + 2] = [INTERVAL], [True]
    keys = [f"c{position}" for position in range(len(words))]
    body = pd.DataFrame(dict(zip(keys, written, strict=True)), columns=keys)
    if len(body) > 2 * ROWS_OF_AN_END:
        body = pd.concat([body.head(ROWS_OF_AN_END), body.tail(ROWS_OF_AN_END)])
    right = [key for key, is_number in zip(keys[1:], numeric[1:], strict=True) if is_number]
    table = GT(body, rowname_col=keys[0], id=f"{name}-table").tab_stubhead(label=told(words[0]))
    table = table.cols_label(cases=dict(zip(keys, map(told, words), strict=True)))
    table = table.cols_align("left", columns=[key for key in keys[1:] if key not in right])
    table = table.cols_align("right", columns=right)
    html = re.search(r"<table.*</table>", table.as_raw_html(), flags=re.DOTALL)
    markup = _NOISE.sub("", html[0] if html else "")
    markup = re.sub(r"(<th[^>]*>)\s*</th>", rf'\1<span class="unseen">{say("Row")}</span></th>', markup)
    markup = markup.replace(">–</", f'><span title="{say("hidden or not available")}">–</span></').replace(
        "<table ", f'<table aria-labelledby="{name}-heading" '
    )
    about = f'tabindex="0" role="group" aria-label="{escape(say("Table: {title}", title=title), quote=True)}"'
    scroll = f'<div class="scroll" {about}>{markup}</div>'
    if len(shown) <= longest and len(keys) <= WIDEST_OPEN_TABLE:
        return scroll + "\n"
    rows = plural(len(shown), "The numbers, in a table of {number} row", "The numbers, in a table of {number} rows")
    if len(body) < len(shown):
        half = number(ROWS_OF_AN_END, 0)
        rows += "; " + say("here are the first {half} and the last {half}, and all are in the table as CSV", half=half)
    return f"<details><summary>{rows}</summary>{scroll}</details>\n"


def _are_ends(low: str, high: str) -> bool:
    """Say whether two columns are the ends of one interval: 'Rate, low' and 'Rate, high'."""
    return low.endswith(", low") and high == f"{low.removesuffix(', low')}, high"


def _range(low: str, high: str) -> str:
    """Write an interval in one cell, so that a table of two intervals is no wider than a page."""
    return "–" if low == high == "–" else say("{low} to {high}", low=low, high=high)


def _is_numeric(values: pd.Series) -> bool:
    """Say whether a column is of numbers, or of percents that are written already."""
    return pd.api.types.is_numeric_dtype(values) or bool(values.astype(str).str.fullmatch(r"–|[\d.,]+\s?%").all())


def _words(column: str) -> str:
    """Say a column's name as a reader would: `chronic_rate` is 'Chronic rate'; a name with spaces stays."""
    if " " in column:
        return column
    words = " ".join(WORDS.get(word, word) for word in column.split("_"))
    unit = " (points)" if _POINTS.search(words) and "points" not in words else ""
    return words[:1].upper() + words[1:] + unit


def _written(values: pd.Series, words: str) -> Sequence[str]:
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return ["–" if pd.isna(value) else str(value) for value in values]
    known = values.dropna()
    whole = (known == known.round()).all() or known.abs().max() >= NO_PART_COUNTS
    places = 0 if whole else 3 if known.abs().max() < 10 and "days" not in words.lower() else 1
    return ["–" if pd.isna(value) else _number(float(value), words.lower(), places) for value in values]


def written_as(value: float, column: str, finer: int = 1) -> str:
    """Write a number as a table has it whose column has this name, shares with `finer` decimals of a percent."""
    return _number(value, _words(column).lower(), 0 if value == round(value) else 3, finer)


def _number(value: float, words: str, places: int, finer: int = 1) -> str:
    if _SHARE.search(words) and not _POINTS.search(words):
        return percent(value, finer)
    if _POINTS.search(words):
        return signed(value, finer) if round(100 * value, finer) else number(0, finer)
    if _P_VALUE.search(words):
        return f"<{number(0.001, 3)}" if value < 0.001 else number(value, 3)
    return number(value, places)
