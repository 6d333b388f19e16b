"""Parts: which grades and schools can be compared at all.

Grades and schools are the two sides of a graph; students who are at a school in a grade are its edge. Two levels can be
compared only within a connected part, and an edge counts only from a minimum of students: over few bridging students a
contrast's interval is far too narrow (13 % coverage with one, 92 % with twenty).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis.models.sentences import INSEPARABLE, NONE_OR_ALL, too_few_link

PAIR = ("grade_level", "school_id")
NOT_SEPARABLE_COLUMNS = ["driver", "level", "component", "reason"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """What can be compared with what.

    Parameters
    ----------
    component : (cells,) the part of each cell: 1 has the most days, 0 is left out of the model.
    not_separable : `driver, level, component, reason`; a row a level, or a grade and school, that is not compared.
    """

    component: Ints
    not_separable: pd.DataFrame


def find_parts(table: pd.DataFrame, edges: pd.DataFrame | None, drivers: tuple[str, ...], minimum: int) -> Parts:
    """Find the parts, and what has to be left out: thin links, and levels where absence is none or all.

    Parameters
    ----------
    table : a row a cell: the drivers, `n`, `y`.
    edges : `grade_level, school_id, students`; None where not both are drivers: then there is one part.
    drivers : the drivers of the model.
    minimum : students from which an edge counts.
    """
    kept = np.ones(len(table), dtype=bool)
    constant: list[tuple[str, str]] = []
    while True:
        component = np.zeros(len(table), dtype=np.int64)
        component[kept] = 1 if edges is None else connected(table[kept], edges, minimum)
        found = constant_levels(table[component > 0], drivers)
        if not found:
            break
        constant += found
        for driver, level in found:
            kept &= (table[driver] != level).to_numpy()
    rows = [(driver, level, 0, NONE_OR_ALL) for driver, level in constant]
    if edges is not None:
        rows += _thin_links(table, kept & (component == 0), minimum)
        rows += _single_levels(table, component)
    return Parts(component, pd.DataFrame(rows, columns=NOT_SEPARABLE_COLUMNS))


def connected(table: pd.DataFrame, edges: pd.DataFrame, minimum: int) -> Ints:
    """Number the connected parts of the grade-school graph, most days first.

    Parameters
    ----------
    table : a row a cell: `grade_level, school_id, n`.
    edges : `grade_level, school_id, students`; an edge with fewer than `minimum` students does not connect.

    Returns
    -------
    (cells,) part of each cell; 0 where its grade and school are in different parts.
    """
    present = table[list(PAIR)].drop_duplicates().merge(edges, on=list(PAIR))
    ends = [pd.Index(sorted(table[side].unique())) for side in PAIR]
    counting = present[present["students"] >= minimum]
    grade, school = ends[0].get_indexer(counting[PAIR[0]]), ends[1].get_indexer(counting[PAIR[1]]) + len(ends[0])
    nodes = len(ends[0]) + len(ends[1])
    graph = coo_array((np.ones(len(counting)), (grade, school)), shape=(nodes, nodes))
    label = connected_components(graph, directed=False)[1]
    of_grade = label[ends[0].get_indexer(table[PAIR[0]])]
    of_school = label[ends[1].get_indexer(table[PAIR[1]]) + len(ends[0])]
    same = of_grade == of_school
    days = pd.Series(table["n"].to_numpy()[same]).groupby(of_grade[same]).sum()
    order = {part: place for place, part in enumerate(days.sort_values(ascending=False, kind="stable").index, 1)}
    return np.array([order[part] if inside else 0 for part, inside in zip(of_grade, same, strict=True)], dtype=np.int64)


def constant_levels(table: pd.DataFrame, drivers: tuple[str, ...]) -> list[tuple[str, str]]:
    """List the levels whose students are absent on no day or on all: their log-odds have no finite estimate."""
    found = []
    for driver in drivers:
        sums = table.groupby(driver, sort=True)[["y", "n"]].sum()
        found += [(driver, str(level)) for level in sums.index[(sums["y"] <= 0) | (sums["y"] >= sums["n"])]]
    return found


def _thin_links(table: pd.DataFrame, stray: npt.NDArray[np.bool_], minimum: int) -> list[tuple[Any, ...]]:
    pairs = table.loc[stray, list(PAIR)].drop_duplicates().sort_values(list(PAIR))
    return [(" and ".join(PAIR), f"{grade}, {school}", 0, too_few_link(minimum)) for grade, school in pairs.to_numpy()]


def _single_levels(table: pd.DataFrame, component: Ints) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for part in range(1, int(component.max(initial=0)) + 1):
        for side in PAIR:
            levels = table.loc[component == part, side].unique()
            if len(levels) == 1:
                rows.append((side, str(levels[0]), part, INSEPARABLE))
    return rows
