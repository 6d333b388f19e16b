"""All that the tables of a report say about counts of persons, as a reader could write it down: numbers and sums.

The attack on a report (tests/property) and the check of its certificate both start here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from analysis.disclosure.families import numbers
from analysis.disclosure.groups import BLOCK, STAYS, groups_of, lines_of_groups
from analysis.study import Study
from analysis.vocabulary import TIERS

STUDENTS, COUNTED, CHRONIC = "students", "students_counted", "chronically_absent"
COLUMNS: Final = (STUDENTS, COUNTED, CHRONIC, *TIERS)
HALF: Final = 0.000501
"""Rates have three decimals."""
Cell = tuple[Any, ...]
"""A count of persons: 'once' or 'stay', the column, then the levels of its group."""


@dataclass
class Equations:
    """What is known: `low <= cell <= high`, and `least <= sum of signs x cells <= most`.

    Parameters
    ----------
    cells : the place of each cell.
    bounds : least and most of each cell, in that order.
    sums : each a sum: its cells with their signs, its least and its most.
    hidden : cells that some table hides, with what its mark says.
    """

    cells: dict[Cell, int] = field(default_factory=dict)
    bounds: list[list[float]] = field(default_factory=list)
    sums: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    hidden: dict[Cell, str] = field(default_factory=dict)
    most: float = 1e7

    def at(self, cell: Cell) -> int:
        """Give the place of a cell, a new one where it was not known."""
        if cell not in self.cells:
            self.cells[cell] = len(self.bounds)
            self.bounds.append([0.0, self.most])
        return self.cells[cell]

    def between(self, cell: Cell, low: float = 0, high: float = np.inf) -> None:
        """Bound a cell."""
        bounds = self.bounds[self.at(cell)]
        bounds[0], bounds[1] = max(bounds[0], np.ceil(low - 1e-6)), min(bounds[1], np.floor(high + 1e-6))

    def add(self, signs: Mapping[int, float], low: float, high: float) -> None:
        """Bound a sum."""
        self.sums.append((dict(signs), low, high))

    def matrix(self) -> tuple[csr_array, np.ndarray, np.ndarray]:
        """Give the sums as a sparse matrix, with the least and the most of each."""
        rows = [row for row, (signs, _, _) in enumerate(self.sums) for _ in signs]
        places = [place for signs, _, _ in self.sums for place in signs]
        values = [sign for signs, _, _ in self.sums for sign in signs.values()]
        shape = (len(self.sums), len(self.bounds))
        ends = np.array([[low, high] for _, low, high in self.sums]).reshape(-1, 2)
        return csr_array((values, (rows, places)), shape=shape), ends[:, 0], ends[:, 1]


def equations(study: Study, tables: Mapping[str, pd.DataFrame], levels: "pd.Series[str]") -> Equations:
    """Write down what the published tables of a report say.

    Parameters
    ----------
    tables : by name, as published; `absence_by_school_and_grade` has the rows of all schools' pages.
    levels : the level of each school; its index is `school_id`.
    """
    known, minimum = Equations(), study.disclosure.minimum
    every = {name: groups_of(study, name, table) for name, table in tables.items()}
    dimensions = list(dict.fromkeys([*BLOCK, *(str(key) for keys in every.values() for key in keys)]))
    groups = {name: keys.reindex(columns=dimensions, fill_value="") for name, keys in every.items()}
    for name, table in tables.items():
        if len(every[name].columns) > len(BLOCK) or name == "absence_by_district":
            schools = table["level"].map(levels.value_counts()) if name == "between_schools" else None
            full = np.ones(len(table), dtype=bool) if schools is None else (table["schools"] == schools).to_numpy()
            _table(known, name, table[full], groups[name][full], minimum)  # of large schools alone it is no sum
    _margins(study, known, pd.DataFrame(columns=dimensions), levels, together=_nobody_moves(tables))
    if "rate_histogram" in tables:
        _percents(study, known, tables["rate_histogram"], dimensions, minimum)
    return known


def _table(known: Equations, name: str, table: pd.DataFrame, groups: pd.DataFrame, minimum: int) -> None:
    """Say what the rows of one table say: a count, a rate beside its count, a mark."""
    modelled = "observed_rate" in table
    level, marks = table["level_type"] == "level", table["hidden"].fillna("")
    stay = level.to_numpy() & (name in STAYS or modelled)
    shown = {column: numbers(table, column) for column in COLUMNS}
    rate = numbers(table, "observed_rate" if modelled else "chronic_rate")
    if modelled:
        counted = "days_enrolled" if "days_enrolled" in table else STUDENTS
        shown = {COUNTED: numbers(table, counted), CHRONIC: np.full(len(table), np.nan)}
    if name == "missed_days":
        del shown[STUDENTS]
    for row, levels in enumerate(groups.itertuples(index=False, name=None)):
        if modelled and (table["outcome"].iloc[row] != "chronic" or not any(levels[len(BLOCK) :])):
            continue
        kind = "stay" if stay[row] else "once"
        for column, values in shown.items():
            if not np.isnan(values[row]):
                known.between((kind, column, *levels), values[row], values[row])
            elif (column in table or modelled) and marks.iloc[row] in ("minimum", "complement"):
                cell = (kind, column, *levels)
                known.at(cell)
                known.hidden.setdefault(cell, marks.iloc[row])
        counted = shown.get(COUNTED, np.full(len(table), np.nan))[row]
        if not np.isnan(rate[row]) and not np.isnan(counted):
            low, high = (rate[row] - HALF) * counted, (rate[row] + HALF) * counted
            known.between((kind, CHRONIC, *levels), low, high)
        if not modelled:
            _mark(
                known,
                (kind, levels),
                {key: values[row] for key, values in shown.items() if key in table},
                marks.iloc[row],
                minimum,
            )


def _mark(known: Equations, group: tuple[str, Cell], shown: Mapping[str, float], mark: str, minimum: int) -> None:
    """Say what a mark tells to whoever knows the rule: of a row, else of its chronic count."""
    kind, levels = group
    if not mark or mark not in ("minimum", "complement"):
        return
    size = next((column for column in (COUNTED, STUDENTS) if column in shown), "")
    if size and np.isnan(shown[size]):
        known.between((kind, size, *levels), *((0, minimum - 1) if mark == "minimum" else (minimum, np.inf)))
    elif CHRONIC in shown and np.isnan(shown[CHRONIC]) and size == COUNTED:
        counted = shown[COUNTED]
        if mark == "complement":
            known.between((kind, CHRONIC, *levels), minimum, counted - minimum)


def _nobody_moves(tables: Mapping[str, pd.DataFrame]) -> bool:
    """Say whether each student is at one school, as far as the report tells."""
    moves = tables.get("chronic_by_moves")
    return moves is None or set(moves["schools"]) == {"one school"}


def _margins(study: Study, known: Equations, empty: pd.DataFrame, levels: "pd.Series[str]", *, together: bool) -> None:
    """Say what adds up: within a row, along each dimension; where nobody moves, stays are students."""
    for kind, key in dict.fromkeys((cell[0], cell[2:]) for cell in list(known.cells)):
        cell = {column: known.at((kind, column, *key)) for column in COLUMNS}
        known.add({cell[COUNTED]: 1, cell[STUDENTS]: -1}, -np.inf, 0)
        known.add({cell[CHRONIC]: -1, cell[TIERS[2]]: 1, cell[TIERS[3]]: 1}, 0, 0)
        known.add({cell[COUNTED]: -1, **{cell[tier]: 1 for tier in TIERS}}, 0, 0)
    keys = list(dict.fromkeys(cell[2:] for cell in known.cells))
    groups = pd.DataFrame(keys, columns=empty.columns)
    if together:
        for key in keys:
            for column in COLUMNS:
                known.add({known.at(("once", column, *key)): 1, known.at(("stay", column, *key)): -1}, 0, 0)
    for lines in lines_of_groups(study, groups, levels):
        for number, parent in enumerate(lines.parent):
            if parent < 0:
                continue
            members = [keys[row] for row in np.flatnonzero(lines.code == number)]
            for kind in ("once", "stay"):
                for column in COLUMNS:
                    parts = [(kind, column, *key) for key in members]
                    if all(part in known.cells for part in parts):
                        whole = known.at((kind, column, *keys[parent]))
                        known.add({known.at(part): 1.0 for part in parts} | {whole: -1.0}, 0, 0)


def _percents(study: Study, known: Equations, table: pd.DataFrame, dimensions: list[str], minimum: int) -> None:
    """Say how students by whole percent of days absent add up to all counted and to the tiers."""
    rules = study.settings.definitions
    edges = [float(100 * share) for share in (rules.at_risk, rules.moderate_chronic, rules.severe_chronic)]
    parts: dict[Cell, dict[int, float]] = {}
    names = zip(table["school_year"], table["district_id"], strict=True)
    shown = zip(table["absence_percent"], numbers(table, COUNTED), table["hidden"], strict=True)
    for block, (percent, count, mark) in zip(names, shown, strict=True):
        total = (*block, *([""] * (len(dimensions) - len(BLOCK))))
        cell = ("once", f"percent {percent}", *total)
        if np.isnan(count):
            known.hidden[cell] = mark
            known.between(cell, *((0, minimum - 1) if mark == "minimum" else (minimum, np.inf)))
        else:
            known.between(cell, count, count)
        tier = TIERS[int(np.searchsorted(edges, percent, side="right"))]
        for column in (COUNTED, tier):
            parts.setdefault(("once", column, *total), {})[known.at(cell)] = 1.0
    for whole, signs in parts.items():
        known.add(signs | {known.at(whole): -1.0}, 0, 0)
