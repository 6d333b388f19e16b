"""The page that says what changed between two reports: why, in which tables, and the numbers that moved most."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from analysis.findings.html import finding_html, written_as
from analysis.findings.words import capital, count, listed
from analysis.language import later, plural, say, told, use
from analysis.reporting.compare import NUMBERS, Report, TableChange, minimum_of, numbers, reasons, table_changes
from analysis.reporting.pages import PageLink, contents, look, template

MOST_SHOWN: Final = 12
"""Numbers of a table that are shown: those that changed most for their size."""


def compare_html(old: Report, new: Report, out: Path) -> str:
    """Write the page that says what changed, in the language of the newer report; `out` is where it will stand."""
    use(new.settings.get("language", "en"))
    found = list(table_changes(old, new))
    body = "".join(
        (_why(old, new), _summary(old, new, found), *map(_section, (one for one in found if not one.is_none)))
    )
    places = [Path(os.path.relpath(report.folder, out.parent)).as_posix() for report in (old, new)]
    heading = say("What changed between two reports")
    links = [
        PageLink(f"{place}/index.html", say("The older report") if first else say("The newer report"))
        for place, first in zip(places, (True, False), strict=True)
    ]
    audiences = {report.settings["audience"] for report in (old, new)}
    page = look() | {
        "study_title": new.manifest["title"], "study_name": new.manifest["study"], "tab": heading, "heading": heading,
        "audience": "internal" if "internal" in audiences else new.settings["audience"], "kicker": "",
        "under": say("What is different, table by table, and is it the data, a rule, or the code?"),
        "links": [{"href": link.href, "words": link.words, "current": False} for link in links],
        "up": f"{places[1]}/", "notebook": "", "definition_box": "",
    }  # fmt: skip
    return template("text.html.j2").render(page=page, contents=contents(body), body=body)


def _why(old: Report, new: Report) -> str:
    by_kind = reasons(old, new)
    kinds = [kind for kind, found in by_kind.items() if found]
    rows = [(capital(told(kind)), one) for kind in kinds for one in by_kind[kind]]
    if not rows:
        text = say("Both reports were made from the same records, by the same rules, with the same code.")
        return finding_html("why", say("Why: nothing that they were made from differs"), text, None, None)
    named = listed([told(kind) for kind in kinds])
    text = say("What the reports were made from differs in this: {kinds}.", kinds=named)
    if len(kinds) > 1:
        text += " " + say("Which of these moved a number cannot be told apart from two reports alone.")
    shown = pd.DataFrame(rows, columns=[later("Kind of change"), later("What differs")])
    return finding_html("why", say("Why: {kinds}", kinds=named), text, shown, None)


def _summary(old: Report, new: Report, found: Sequence[TableChange]) -> str:
    differing = count(sum(not one.is_none for one in found))
    said = [
        plural(
            len(found),
            "{number} table is in both reports; of these {differing} differ.",
            "{number} tables are in both reports; of these {differing} differ.",
            differing=differing,
        )
    ]
    if lone := sorted(old.tables.keys() - new.tables.keys()):
        said.append(say("Only the older report has {tables}.", tables=listed(lone)))
    if lone := sorted(new.tables.keys() - old.tables.keys()):
        said.append(say("Only the newer report has {tables}.", tables=listed(lone)))
    said.append(
        say(
            "Of a number that one of them hides, only the mark is compared; one that is not there in one of them, and"
            " hidden in neither, is a difference."
        )
    )
    if minimum := minimum_of(old, new):
        said.append(
            say(
                "Where a count of students differs by fewer than {minimum}, the row is counted and its numbers are not"
                " set beside each other: both together would tell of so few students.",
                minimum=count(minimum),
            )
        )
    shown = pd.DataFrame([
        (one.name, len(one.changed), one.withheld, one.added, one.gone, one.compared) for one in found
    ], columns=[
        later("Table"), later("Numbers and marks that differ"), later("Rows withheld"), later("New rows"),
        later("Rows that are gone"), later("Compared"),
    ])  # fmt: skip
    title = say("{differing} of {tables} tables differ", differing=differing, tables=count(len(found)))
    return finding_html("tables", title, " ".join(said), shown, None)


def _section(one: TableChange) -> str:
    varying = [key for key in one.keys if one.changed[key].nunique() > 1 or key == one.keys[-1]]
    number = one.changed["column"].isin(NUMBERS)
    moved = numbers(one.changed["new"]) - numbers(one.changed["old"])
    size = (moved / numbers(one.changed["old"]).abs().where(lambda value: value > 0)).abs()
    largest = one.changed.assign(moved=moved, size=size.where(number, np.inf).fillna(np.inf)).sort_values(
        "size", ascending=False, kind="stable"
    )
    rows = largest.head(MOST_SHOWN)
    shown = pd.DataFrame({
        later("Row"): rows[varying].agg(", ".join, axis=1) if varying and len(rows) else pd.Series(dtype=str),
        later("What"): [told(column.replace("_", " ")) for column in rows["column"]],
        later("Before"): [_cell(*pair) for pair in zip(rows["old"], rows["column"], strict=True)],
        later("Now"): [_cell(*pair) for pair in zip(rows["new"], rows["column"], strict=True)],
    })  # fmt: skip
    said = []
    if len(one.changed):
        said.append(plural(len(one.changed), "{number} number or mark differs.", "{number} numbers or marks differ."))
    if len(one.changed) > len(rows):
        said.append(say("The {shown} that changed most for their size are shown.", shown=count(len(rows))))
    if one.added:
        said.append(plural(one.added, "{number} row is new.", "{number} rows are new."))
    if one.gone:
        said.append(plural(one.gone, "{number} row is gone.", "{number} rows are gone."))
    if one.withheld:
        said.append(plural(one.withheld, "{number} row is withheld.", "{number} rows are withheld."))
    return finding_html(one.name, one.name, " ".join(said), shown if len(shown) else None, None)


def _cell(text: str, column: str) -> str:
    value = pd.to_numeric(pd.Series([text]), errors="coerce").iloc[0]
    return written_as(float(value), column, 2) if column in NUMBERS and not np.isnan(value) else text or "–"
