"""Which rows of a published table hold which others: all grades, all schools of a district, a state, all students."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Array, Ints
from analysis.records.published.rows import parent_districts
from analysis.study import Records

YEAR = "school_year"


@dataclass(frozen=True)
class Margin:
    """Rows that hold others, all of one kind and school year.

    Parameters
    ----------
    kind : what the children are: 'grades', 'schools', 'districts', or a student group's name.
    parent : (margins,) rows of the table that hold others.
    child : (children,) rows that are held.
    of : (children,) for each the place of its parent in `parent`.
    """

    kind: str
    parent: Ints
    child: Ints
    of: Ints

    def sums(self, values: Array) -> Array:
        """Add up a column over the children of each parent."""
        return np.bincount(self.of, values[self.child], len(self.parent)).astype(np.float64)


def margins_of(records: Records, counts: pd.DataFrame) -> list[Margin]:
    """Find all rows that hold others.

    Parameters
    ----------
    counts : the cells, with an index from 0; the columns of `KEYS`.

    Returns
    -------
    A state's children are the districts; where a district has no row of its own, its schools. Where several codes hold
    districts (a state and its regions), which hold which is not known, and there is no such margin.
    """
    table = counts.reset_index(drop=True)
    everywhere = parent_districts(records, table["district_id"])
    is_school, by_grade, of_group = (table[key] != "" for key in ("school_id", "grade_level", "group"))
    place = ["district_id", "school_id"]
    grade_group = ["grade_level", "group", "group_level"]
    found = list(_margins("grades", table, ~by_grade, by_grade, [*place, "group", "group_level"]))
    found += _margins("schools", table, ~is_school, is_school, ["district_id", *grade_group])
    for group in sorted(set(table.loc[of_group, "group"])):
        found += _margins(group, table, ~of_group, table["group"] == group, [*place, "grade_level"])
    if table.loc[everywhere, "district_id"].nunique() == 1:
        own = [YEAR, "district_id", *grade_group]
        rows = pd.MultiIndex.from_frame(table[own])
        alone = is_school & ~rows.isin(rows[~is_school])
        found += _margins("districts", table, everywhere & ~is_school, ~everywhere & (~is_school | alone), grade_group)
    return found


def _margins(
    kind: str, table: pd.DataFrame, holds: "pd.Series[bool]", held: "pd.Series[bool]", by: list[str]
) -> Iterator[Margin]:
    """Join rows that hold others with those that they hold, a margin a school year."""
    by = [YEAR, *by]
    children = table.loc[held, by].assign(child=np.flatnonzero(held))
    parents = table.loc[holds, by].assign(parent=np.flatnonzero(holds)).drop_duplicates(by)
    joined = children.merge(parents, on=by)
    for _, rows in joined.groupby(YEAR, sort=True):
        parent, of = np.unique(rows["parent"].to_numpy(dtype=np.int64), return_inverse=True)
        yield Margin(kind, parent, rows["child"].to_numpy(dtype=np.int64), of.astype(np.int64))
