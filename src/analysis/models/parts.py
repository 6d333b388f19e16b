"""Parts: which grades and schools can be compared at all.

Grades and schools are the two sides of a graph; students who are at a school in a grade are its edge. Two levels can be
compared where the minimum cut between them has enough students (`cuts.tied`), over how many edges ever. Such levels are
a part. A level that too few students tie to any other is compared with nothing; its days stay in the model, with an
estimate of their own, so that grades and season are about all days. So do the days of students who link two parts
thinly. (Leaving them out moves what grades are compared with: with twenty schools of 15 students, absent more than
others, 92 % of intervals of grades hold the truth instead of 95 %; benchmarks/identification.py.)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.arrays import Flags, Ints
from analysis.models.cuts import tied
from analysis.models.sentences import INSEPARABLE, NONE_OR_ALL, too_few_link
from analysis.vocabulary import PAIR

NOT_SEPARABLE_COLUMNS = ["driver", "level", "component", "reason"]


@dataclass(frozen=True)
class Parts:
    """What can be compared with what.

    Parameters
    ----------
    component : (cells,) the part that a cell's grade and school are both in: 1 has the most days, 0 is none.
    kept : (cells,) which cells a model can hold: absence is not none or all at their levels.
    not_separable : `driver, level, component, reason`; a row a level, or a grade and school, that is not compared.
    """

    component: Ints
    kept: Flags
    not_separable: pd.DataFrame


def find_parts(table: pd.DataFrame, edges: pd.DataFrame | None, drivers: tuple[str, ...], minimum: int) -> Parts:
    """Find the parts, and what is not compared: thin links, and levels where absence is none or all.

    Parameters
    ----------
    table : a row a cell: the drivers, `n`, `y`.
    edges : `grade_level, school_id, students`; None where not both are drivers: then there is one part.
    drivers : the drivers of the model.
    minimum : the least students in a cut.
    """
    kept = np.ones(len(table), dtype=bool)
    constant: list[tuple[str, str]] = []
    while found := constant_levels(table[kept], drivers):
        constant += found
        for driver, level in found:
            kept &= (table[driver] != level).to_numpy()
    rows = [(driver, level, 0, NONE_OR_ALL) for driver, level in constant]
    component = np.zeros(len(table), dtype=np.int64)
    component[kept] = 1 if edges is None else tied_parts(table[kept], edges, minimum)
    if edges is not None:
        rows += _thin_links(table[kept], component[kept], minimum)
        rows += _single_levels(table, component)
    return Parts(component, kept, pd.DataFrame(rows, columns=NOT_SEPARABLE_COLUMNS))


def same_parts(before: Ints, after: Ints) -> bool:
    """Say whether cells are in the same parts, whatever the parts' numbers."""
    pairs = set(zip(before.tolist(), after.tolist(), strict=True))
    one_to_one = len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})
    return one_to_one and all((one == 0) == (other == 0) for one, other in pairs)


def tied_parts(table: pd.DataFrame, edges: pd.DataFrame, minimum: int) -> Ints:
    """Number the parts of the grade-school graph, most days first.

    Parameters
    ----------
    table : a row a cell: `grade_level, school_id, n`.
    edges : `grade_level, school_id, students`.
    minimum : the least students in a cut between two levels of a part.

    Returns
    -------
    (cells,) part of each cell; 0 where its grade and school are not in one part.
    """
    present = table[list(PAIR)].drop_duplicates().merge(edges, on=list(PAIR))
    nodes = _nodes(table)
    students = np.floor(present["students"].to_numpy(dtype=np.float64)).astype(np.int64)
    label = _whole(nodes.of(present), students, nodes.size, max(minimum, 1))[nodes.of(table)]
    same = label[:, 0] == label[:, 1]
    days = pd.Series(table["n"].to_numpy()[same]).groupby(label[same, 0]).sum()
    order = {part: place for place, part in enumerate(days.sort_values(ascending=False, kind="stable").index, 1)}
    parts = [order[part] if inside else 0 for part, inside in zip(label[:, 0], same, strict=True)]
    return np.array(parts, dtype=np.int64)


def _whole(ends: Ints, students: Ints, size: int, minimum: int) -> Ints:
    """Sort nodes into classes that are tied without the help of nodes that are tied to none.

    Through many schools of four students each, twenty in a cut hold 88 % of intervals only.
    """
    while True:
        label = tied(ends, students, size, minimum)
        alone = np.bincount(label, minlength=size)[label] == 1
        through = alone[ends].any(axis=1)
        if not through.any():
            return label
        ends, students = ends[~through], students[~through]


def connected(table: pd.DataFrame) -> Ints:
    """Number (cells,) the connected pieces of the grade-school graph, every edge counting: what a design can tell."""
    nodes = _nodes(table)
    ends = nodes.of(table)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(nodes.size, nodes.size))
    return np.asarray(connected_components(graph, directed=False)[1][ends[:, 0]], dtype=np.int64)


def constant_levels(table: pd.DataFrame, drivers: tuple[str, ...]) -> list[tuple[str, str]]:
    """List the levels whose students are absent on no day or on all: their log-odds have no finite estimate."""
    found = []
    for driver in drivers:
        sums = table.groupby(driver, sort=True)[["y", "n"]].sum()
        found += [(driver, str(level)) for level in sums.index[(sums["y"] <= 0) | (sums["y"] >= sums["n"])]]
    return found


@dataclass(frozen=True)
class _Nodes:
    """Grades and schools as the nodes of one graph."""

    grades: pd.Index
    schools: pd.Index

    @property
    def size(self) -> int:
        return len(self.grades) + len(self.schools)

    def of(self, table: pd.DataFrame) -> Ints:
        """(rows, 2) the nodes of each row's grade and school."""
        grade, school = (
            index.get_indexer(pd.Index(table[side]))
            for index, side in zip((self.grades, self.schools), PAIR, strict=True)
        )
        return np.column_stack([grade, school + len(self.grades)]).astype(np.int64)


def _nodes(table: pd.DataFrame) -> _Nodes:
    return _Nodes(*(pd.Index(sorted(table[side].unique())) for side in PAIR))


def _thin_links(table: pd.DataFrame, component: Ints, minimum: int) -> list[tuple[Any, ...]]:
    """List levels that are in no part, and pairs of a grade and a school that are in two."""
    reason, inside = too_few_link(minimum), table[component > 0]
    whole = {side: set(inside[side]) for side in PAIR}
    rows: list[tuple[Any, ...]] = [
        (side, level, 0, reason) for side in PAIR for level in sorted(set(table[side]) - whole[side])
    ]
    pairs = table.loc[component == 0, list(PAIR)].drop_duplicates().sort_values(list(PAIR)).to_numpy()
    both = [(grade, school) for grade, school in pairs if grade in whole[PAIR[0]] and school in whole[PAIR[1]]]
    return rows + [(" and ".join(PAIR), f"{grade}, {school}", 0, reason) for grade, school in both]


def _single_levels(table: pd.DataFrame, component: Ints) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for part in range(1, int(component.max(initial=0)) + 1):
        for side in PAIR:
            levels = table.loc[component == part, side].unique()
            if len(levels) == 1:
                rows.append((side, str(levels[0]), part, INSEPARABLE))
    return rows
