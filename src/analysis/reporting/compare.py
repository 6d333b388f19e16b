"""What changed between two reports, table by table, and why: new data, a new rule, new code."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis import interim
from analysis.disclosure.shapes import KEYS, PERSONS, QUANTITIES
from analysis.language import later
from analysis.problems import Problem, UserError
from analysis.reporting.manifest import NAME, made_from, read_manifest

SAME_TO: Final = 1e-8
"""Numbers that differ by less than this share are the same: a table is written with ten digits."""
MARKS: Final = ("hidden", "flag")
TEXTS: Final = (*MARKS, "verdict", "reason")
"""Texts of a row that are compared beside its numbers; the last two where they are not needed to tell rows apart."""
NUMBERS: Final = frozenset({*PERSONS, *QUANTITIES, "value", "threshold", *(KEYS - {"component", "absence_percent"})})
"""Columns that hold what was found, not what a row is about."""
REASONS: Final = {
    later("new data"): ("input",),
    later("a new rule"): ("setting", "study file", "parameter"),
    later("new code"): ("code", "notebook", "version of"),
}
"""Kinds of change by what a report is made from, as `manifest.made_from` names them."""


@dataclass(frozen=True)
class Report:
    """A finished report: its folder, its manifest, and its tables as text by name."""

    folder: Path
    manifest: dict[str, Any]
    tables: dict[str, pd.DataFrame]

    @property
    def settings(self) -> dict[str, Any]:
        """The study's settings, as they were."""
        return dict(self.manifest["parameters"]["settings"])


@dataclass(frozen=True)
class TableChange:
    """What changed in a table that both reports have.

    Parameters
    ----------
    keys : the columns that tell its rows apart: as few as it takes, from the left.
    changed : a row a number or mark that differs: the keys, `column`, `old`, `new` (text as in the files).
    withheld : rows with a count of persons that differs by so few that both numbers together would tell of them.
    gone, added : how many rows stand in one of them only.
    compared : how many numbers and marks were compared.
    """

    name: str
    keys: tuple[str, ...]
    changed: pd.DataFrame
    withheld: int
    gone: int
    added: int
    compared: int

    @property
    def is_none(self) -> bool:
        """Whether nothing differs."""
        return self.changed.empty and not (self.withheld or self.gone or self.added)


def read_report(folder: Path) -> Report:
    """Read a report's manifest and tables.

    Raises
    ------
    UserError
        The folder holds no report that a run wrote.
    """
    manifest = read_manifest(folder)
    try:
        made_from(manifest or {})
    except (KeyError, TypeError, AttributeError):
        seen, why = f"there is no {NAME} as a run writes it", "what the report was made from is not known"
        raise UserError("report", Problem(folder.name, seen, why, "name the folder of a report")) from None
    paths = sorted((folder / "tables").glob("*.csv"))
    tables = {path.stem: pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths}
    return Report(folder, manifest or {}, tables)


def reasons(old: Report, new: Report) -> dict[str, list[str]]:
    """Say what the reports were made from that differs, by kind of change (the keys of `REASONS`)."""
    found = interim.changes(made_from(old.manifest), made_from(new.manifest))
    return {kind: [one for one in found if one.startswith(beginnings)] for kind, beginnings in REASONS.items()}


def minimum_of(old: Report, new: Report) -> int:
    """Give the fewest persons that a difference may tell of; 0 where both reports are for the district itself."""
    if all(report.settings["audience"] == "internal" for report in (old, new)):
        return 0
    rules = [report.settings.get("disclosure") or {} for report in (old, new)]
    return max(int(rule.get("minimum") or 10) for rule in rules)


def table_changes(old: Report, new: Report) -> Iterator[TableChange]:
    """Compare every table that both reports have, row by row."""
    minimum = minimum_of(old, new)
    for name in old.tables:
        if name in new.tables:
            yield table_change(name, old.tables[name], new.tables[name], minimum)


def table_change(name: str, old: pd.DataFrame, new: pd.DataFrame, minimum: int) -> TableChange:
    """Compare two versions of a table.

    A number that one of them hides is compared by its mark alone; one that is in one of them only, and hidden in
    neither, differs. Where a count of persons differs by fewer than `minimum`, the row's numbers are withheld: who has
    the two numbers knows of so few persons.
    """
    keys = _keys(old, new)
    before = old.set_index([*(old[key] for key in keys), _repeated(old, keys)])
    after = new.set_index([*(new[key] for key in keys), _repeated(new, keys)])
    both = before.index.intersection(after.index)
    compared = [
        column
        for column in before.columns.astype(str)
        if column in after and column not in keys and (column in NUMBERS or column in TEXTS)
    ]
    pairs = [(column, before.loc[both, column], after.loc[both, column]) for column in compared]
    marked = pd.Series(data=False, index=both)
    for table in (before, after):
        marked |= table.loc[both, "hidden"] != "" if "hidden" in table else False
    differs = pd.DataFrame({column: _differ(column, one, other, marked) for column, one, other in pairs}, index=both)
    few = pd.Series(data=False, index=both)
    for column, one, other in pairs:
        if column in PERSONS:
            apart = (numbers(one) - numbers(other)).abs()
            few |= apart.gt(0) & apart.lt(minimum)
    rows = [
        pd.DataFrame({"column": column, "old": one[shown], "new": other[shown]})
        for column, one, other in pairs
        if (shown := differs[column] & ~few).any()
    ]
    changed = pd.concat(rows) if rows else pd.DataFrame(columns=["column", "old", "new"], index=both[:0])
    return TableChange(
        name, keys, changed.reset_index().drop(columns=_REPEATED), int((few & differs.any(axis=1)).sum()),
        len(before.index.difference(after.index)), len(after.index.difference(before.index)), len(both) * len(compared),
    )  # fmt: skip


_REPEATED: Final = "repeated"


def _keys(old: pd.DataFrame, new: pd.DataFrame) -> tuple[str, ...]:
    """Take columns that name a row from the left until they tell all rows of both tables apart."""
    names = [
        column for column in old.columns.astype(str) if column in new and column not in NUMBERS and column not in MARKS
    ]
    for many in range(1, len(names) + 1):
        if not any(table.duplicated(names[:many]).any() for table in (old, new)):
            return tuple(names[:many])
    return tuple(names)


def _repeated(table: pd.DataFrame, keys: Sequence[str]) -> "pd.Series[int]":
    """Number the rows that no column tells apart."""
    return (
        table.groupby(list(keys)).cumcount().rename(_REPEATED) if keys else pd.Series(range(len(table)), name=_REPEATED)
    )


def numbers(texts: "pd.Series[str]") -> "pd.Series[float]":
    """Read texts as numbers; what is none is missing."""
    return pd.to_numeric(texts, errors="coerce").astype(float)


def _differ(
    column: str, one: "pd.Series[str]", other: "pd.Series[str]", marked: "pd.Series[bool]"
) -> "pd.Series[bool]":
    if column not in NUMBERS:
        return one != other
    first, second = numbers(one), numbers(other)
    alone = (first.notna() != second.notna()) & ~marked
    return alone | (first.notna() & second.notna() & ~np.isclose(first, second, rtol=SAME_TO, atol=0))
