"""Which rows of a table add up to what: the sums that an attacker would subtract from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Ints
from analysis.disclosure.shapes import OVERLAPPING, Shape
from analysis.study import Study
from analysis.vocabulary import grade_range


@dataclass(frozen=True)
class Lines:
    """Sums that do not share a row.

    Parameters
    ----------
    code : (rows,) the number of the line that a row is a part of; -1 for none.
    parent : (lines,) the row that holds the line's sum; -1 where the sum is not in this table but taken as known.
    additive : persons add up along the line; else only days do.
    """

    code: Ints
    parent: Ints
    additive: bool = True


def lines_of(study: Study, shape: Shape, table: pd.DataFrame) -> list[Lines]:
    """List the sums of a table: along each dimension, and for grades also by band."""
    if not shape.dimensions:
        return []
    kind = table["level_type"] if "level_type" in table else pd.Series("level", index=table.index)
    level = (kind == "level").to_numpy()
    within = [name for name in shape.within if name in table]
    if "grade_level" in shape.dimensions:
        level = level & table["grade_level"].isin(study.settings.definitions.grades).to_numpy()
    if shape.dimensions == ("grade_level",):
        return _of_grades(study, table, within, level)
    if (kind == "band").any():
        raise ValueError(f"bands are declared for grades only, not for {shape.dimensions}")
    whole = (kind == "total").to_numpy()
    if shape.dimensions == ("absence_percent",):
        return _of_percents(study, table, within, level)
    _refuse_repeated(table, [*within, *shape.dimensions], level)
    found = []
    for name in shape.dimensions:
        others = [other for other in shape.dimensions if other != name]
        parents = whole if len(shape.dimensions) == 1 else np.zeros_like(whole)
        found.append(_lines(table, [*within, *others], level, parents, name not in OVERLAPPING))
    return found


def _of_grades(study: Study, table: pd.DataFrame, within: list[str], level: Flags) -> list[Lines]:
    """Grades add up to each band and to the total; bands, where they part the grades, add up to the total."""
    definitions, grade = study.settings.definitions, table["grade_level"]
    total = (table["level_type"] == "total").to_numpy()
    band = (table["level_type"] == "band").to_numpy()
    found, in_no_band, parts = [_lines(table, within, level, total)], level.copy(), []
    for name, grades in definitions.bands.items():
        row = band & grade.isin([name, grade_range(grades)]).to_numpy()
        members = level & grade.isin(grades).to_numpy()
        if row.any():
            found.append(_lines(table, within, members, row))
            in_no_band &= ~members
            parts += [one for one in grades if one in definitions.grades]
    if in_no_band.any() and len(found) > 1:
        found.append(_lines(table, within, in_no_band, np.zeros_like(band)))
    if sorted(parts) == sorted(definitions.grades):
        found.append(_lines(table, within, band, total))
    return found


def _of_percents(study: Study, table: pd.DataFrame, within: list[str], level: Flags) -> list[Lines]:
    """Whole percents add up to all students counted, and to the tiers and chronic counts that other tables show."""
    rules = study.settings.definitions
    shares = [rules.at_risk, rules.moderate_chronic, rules.severe_chronic]
    shares += [rules.chronic.at_least] if rules.chronic.of == "share" else []
    edges = sorted({float(100 * share) for share in shares})
    part = np.searchsorted(edges, table["absence_percent"].to_numpy(dtype=float), side="right")
    nowhere = np.zeros_like(level)
    by_part = _lines(table.assign(part=part), [*within, "part"], level, nowhere)
    return [_lines(table, within, level, nowhere), by_part]


def _lines(table: pd.DataFrame, by: list[str], members: Flags, parents: Flags, additive: bool = True) -> Lines:
    block = (
        table.groupby(by, sort=False, dropna=False).ngroup().to_numpy().astype(np.int64)
        if by
        else np.zeros(len(table), dtype=np.int64)
    )
    parent = np.full(block.max(initial=-1) + 1, -1, dtype=np.int64)
    if len(np.unique(block[parents])) < parents.sum():
        raise ValueError(f"two totals in one block of {by}")
    parent[block[parents]] = np.flatnonzero(parents)
    return Lines(np.where(members, block, -1), parent, additive)


def _refuse_repeated(table: pd.DataFrame, keys: list[str], level: Flags) -> None:
    if all(key in table for key in keys) and table.loc[level, keys].duplicated().any():
        raise ValueError(f"several rows at one level of {keys}: a dimension of the table is not declared")
