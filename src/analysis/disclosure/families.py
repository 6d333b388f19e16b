"""Which columns of a table are hidden together, and which counts decide over them."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.arrays import Array, Flags
from analysis.disclosure.complements import protect
from analysis.disclosure.counts import ANY, Count
from analysis.disclosure.lines import lines_of
from analysis.disclosure.shapes import CHRONIC, PERSONS, QUANTITIES, SIZES, Shape
from analysis.study import Study
from analysis.vocabulary import TIERS


@dataclass(frozen=True)
class Family:
    """Columns that are hidden together.

    Parameters
    ----------
    kind : 'whole' for all of a row, 'chronic', 'tiers', or '' for other counts.
    columns : their names.
    counts : the counts of persons that none of them may give away.
    repeats : the dimension over which the counts are the same number; '' for none.
    """

    kind: str
    columns: tuple[str, ...]
    counts: tuple[Count, ...]
    repeats: str = ""


def size_of(shape: Shape, table: pd.DataFrame) -> Array:
    """Give the number of persons behind each row, or what it is at least; NaN where that is not known."""
    column = next((column for column in shape.size if column in table), "")
    size = numbers(table, column)
    if not shape.days or "days_enrolled" not in table:
        return size
    least = pd.Series(numbers(table, "days_enrolled") / shape.days, index=table.index)
    level = table["level_type"] == "level"
    keys = [table[key] for key in shape.within]
    largest = least.where(level).groupby(keys, dropna=False).transform("max")
    students = size if column == "students" else np.full(len(table), np.nan)
    return np.where(np.isnan(students), least.where(level, largest).to_numpy(dtype=float), students)


def families(shape: Shape, table: pd.DataFrame, size: Array) -> list[Family]:
    """List what is hidden together: all of a row; within it what gives chronic counts away, tiers, other counts."""
    everything = [str(column) for column in table if column in QUANTITIES | {*PERSONS, "flag"}]
    sizes = [size, *(numbers(table, column) for column in SIZES if column in table and shape.size)]
    boundless = np.full(len(table), np.inf)
    whole = tuple(Count(one, boundless) for one in sizes if not np.isnan(one).all())
    counted = numbers(table, "students_counted")
    counted = np.where(np.isnan(counted), size, counted)
    found = [Family("whole", tuple(column for column in everything if column in (shape.only or everything)), whole)]
    if shape.rate:
        chronic = np.where(table["outcome"] == "chronic", np.round(numbers(table, shape.rate) * counted), np.nan)
        columns = tuple(column for column in everything if column not in ("students", "days_enrolled"))
        return [*found, Family("chronic", columns, (Count(chronic, counted),))]
    if shape.counts:
        share = numbers(table, shape.share)
        values = [numbers(table, column) for column in shape.counts]
        counted = counted if shape.size else np.full(len(table), ANY)
        counts = tuple(
            Count(one, np.round(one / np.where(share > 0, share, np.nan)) if shape.share else counted) for one in values
        )
        return [*found, Family("", _present(table, (*shape.counts, shape.share)), counts)]
    count, rate = numbers(table, "chronically_absent"), numbers(table, "chronic_rate")
    chronic = np.where(np.isnan(count), np.round(rate * counted), count)
    tiers = _present(table, TIERS)
    found.append(Family("chronic", _present(table, (*CHRONIC, *TIERS)), (Count(chronic, counted),), shape.repeats))
    found.append(Family("tiers", tiers, tuple(Count(numbers(table, tier), counted) for tier in tiers), shape.repeats))
    return [family for family in found if family.columns]


def hide(study: Study, shape: Shape, table: pd.DataFrame, family: Family, hidden: Flags) -> Flags:
    """Say in which rows a family is hidden: where it was, where a count of it is small, and what follows from that."""
    minimum = study.disclosure.minimum
    if not family.counts:
        return hidden
    if not family.repeats:
        return protect(family.counts, hidden, lines_of(study, shape, table), minimum, size_of(shape, table))
    once = replace(shape, dimensions=tuple(name for name in shape.dimensions if name != family.repeats), repeats="")
    code = table.groupby([*once.within, *once.dimensions], sort=False, dropna=False).ngroup().to_numpy()
    _, first = np.unique(code, return_index=True)
    always = np.bincount(code, ~hidden) == 0
    counts = tuple(Count(count.value[first], count.of[first]) for count in family.counts)
    part = table.iloc[first].reset_index(drop=True)
    least: Array = np.where(np.isnan(counts[0].of), 0, counts[0].of)
    chosen = protect(counts, always, lines_of(study, once, part), minimum, least)
    flags: Flags = hidden | chosen[code]
    return flags


def numbers(table: pd.DataFrame, column: str) -> Array:
    """Give a column as floats; NaN where it or a number is missing."""
    if column not in table:
        return np.full(len(table), np.nan)
    found: Array = pd.to_numeric(table[column]).to_numpy(dtype=float, na_value=np.nan)
    return found


def _present(table: pd.DataFrame, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(column for column in columns if column in table)
