"""A finding: a sentence computed from data, with the table and the figure that carry it."""

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.html import finding_html
from analysis.findings.pictures.figure import Figure
from analysis.findings.sentences import NOBODY_COUNTED
from analysis.language import say, told


@dataclass(frozen=True)
class Finding:
    """One answer. Everything in it has passed the disclosure gate.

    Parameters
    ----------
    name : slug; the name of its table's and its figure's file.
    title : the finding in a few words, computed from the data.
    text : sentences with their numbers and their uncertainty; paragraphs parted by a blank line.
    table : tidy, in the columns of the output contract; written as CSV. None where the source cannot answer.
    shown : the same for a reader (fewer rows and columns, rates as percents); None shows `table` folded away.
    figure : the picture, if there is one.
    note : small print, such as how many numbers are hidden and why.
    in_brief : the sentences for the brief, where they differ: differences said as people at a table do.
    rows_of : the table on the same page of which these are some rows, where the finding has none of its own.
    """

    name: str
    title: str
    text: str
    table: pd.DataFrame | None = None
    shown: pd.DataFrame | None = None
    figure: Figure | None = None
    note: str = ""
    in_brief: str = ""
    rows_of: str = ""

    @classmethod
    def hidden(cls, name: str, what: str, table: pd.DataFrame, *, own: bool = True) -> "Finding":
        """Say that the numbers of a finding are not there, and why; `what` they are is worded already.

        Few students need not stand behind them: some are hidden so that those of others cannot be worked out.

        Parameters
        ----------
        own : the table is the finding's; else it stands on another of the page.
        """
        marks = set(table["hidden"])
        if marks & {"minimum", "complement"}:
            title = say("{what}: hidden to protect students", what=what)
        elif "source" in marks:
            title = say("{what}: hidden by the source", what=what)
        else:
            title = say("{what}: no numbers", what=what)
        return cls(name, title, hidden_text(table) or told(NOBODY_COUNTED), table if own else None)

    def _repr_html_(self) -> str:
        if not self.title:
            return ""
        html = finding_html(self.name, self.title, self.text, self.shown, self.figure, note=self.note)
        return (
            html.replace('class="finding"', f'class="finding" data-rows-of="{self.rows_of}"', 1)
            if self.rows_of
            else html
        )

    def save(self, folder: Path) -> None:
        """Write `tables/<name>.csv` and `figures/<name>.svg` below a folder."""
        if self.table is not None:
            (folder / "tables").mkdir(parents=True, exist_ok=True)
            without_formulas(self.table).to_csv(
                folder / "tables" / f"{self.name}.csv", index=False, float_format="%.10g", lineterminator="\n"
            )
        if self.figure is not None:
            (folder / "figures").mkdir(parents=True, exist_ok=True)
            (folder / "figures" / f"{self.name}.svg").write_text(self.figure.svg, encoding="utf-8")


NOTHING = Finding("", "", "")
"""A finding that shows nothing: what it would answer is said elsewhere on the page."""

FORMULA = r"^[=+\-@\t\r](?!\d*\.?\d+$)"
"""How a text begins that a spreadsheet would compute; a number is none."""


def without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before the texts of a table that a spreadsheet would take for formulas."""
    safe = table.copy()
    for column in safe.columns:
        if safe[column].dtype in ("str", "object", "category"):
            safe[column] = safe[column].astype("object").map(_without_formula)
    return safe


def _without_formula(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and re.match(FORMULA, cell) else cell


class Findings(tuple[Finding, ...]):
    """Several findings of one kind, such as one for each student group."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return "".join(finding._repr_html_() for finding in self)


@dataclass(frozen=True)
class Page:
    """The findings of one notebook, each a field; what a subclass lists is what the page shows."""

    @classmethod
    def of(cls, **found: Finding | Findings) -> Self:
        """Make a page of some of its findings; a field that is not given shows nothing."""
        return cls(**{field.name: found.get(field.name, NOTHING) for field in fields(cls)})

    def _repr_html_(self) -> str:
        return "".join(finding._repr_html_() for finding in self.findings())

    def findings(self) -> tuple[Finding, ...]:
        """All findings, in reading order."""
        found: list[Finding] = []
        for field in fields(self):
            value = getattr(self, field.name)
            found += [value] if isinstance(value, Finding) else value
        return tuple(found)

    def save(self, folder: str | Path) -> None:
        """Write every table and figure below a folder; nothing where the folder is not named."""
        for finding in self.findings() if folder else ():
            finding.save(Path(folder))
