"""The tables of a report gated as one: what one of them hides is hidden in all, and no sum of theirs gives it back."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from analysis.disclosure.complements import protect
from analysis.disclosure.counts import Count
from analysis.disclosure.families import numbers
from analysis.disclosure.groups import BLOCK, STAYS, groups_of, lines_of_groups
from analysis.study import Study
from analysis.vocabulary import TIERS

_COUNTS: Final = ("students", "students_counted", "chronically_absent", *TIERS)
FAMILIES: Final = ("whole", "chronic", "tiers")


def hidden_groups(study: Study, tables: Mapping[str, pd.DataFrame], levels: "pd.Series[str]") -> pd.DataFrame:
    """Say of every group of a report what has to be hidden in each table that it stands in.

    Parameters
    ----------
    tables : exact tables, by name; those that are not linked are left out.
    levels : the level of each school; its index is `school_id`.

    Returns
    -------
    DataFrame, a row a group: the columns of `groups_of`, then `whole`, `chronic`, `tiers`: true where hidden.
    """
    counted = _counted(study, tables, levels)
    groups = counted.drop(columns=[name for name in counted if str(name).startswith(("once:", "stay:"))])
    systems = lines_of_groups(study, groups, levels)
    minimum, hidden = study.disclosure.minimum, np.zeros(len(groups), dtype=bool)
    size = np.fmax(numbers(counted, "once:students_counted"), numbers(counted, "stay:students_counted"))
    size = np.fmax(size, np.fmax(numbers(counted, "once:students"), numbers(counted, "stay:students")))
    found = {}
    for family, columns in zip(FAMILIES, (_COUNTS[:2], _COUNTS[2:3], TIERS), strict=True):
        counts = [
            Count(numbers(counted, f"{kind}:{column}"), _of(counted, kind, family))
            for kind in ("once", "stay")
            for column in columns
        ]
        counts = [count for count in counts if not np.isnan(count.value).all()]
        if counts:
            hidden = protect(counts, hidden, systems, minimum, size)
        found[family] = hidden
    return groups.assign(**found)


def flags_of(study: Study, name: str, table: pd.DataFrame, hidden: pd.DataFrame) -> pd.DataFrame:
    """Say of each row of a table whether its group is `known`, and if so which families are hidden; else false."""
    groups = groups_of(study, name, table)
    dimensions = [str(column) for column in hidden if column not in FAMILIES]
    joined = groups.reindex(columns=dimensions, fill_value="").merge(
        hidden.assign(known=True), on=dimensions, how="left"
    )
    flags = joined[["known", *FAMILIES]].eq(True)
    other = (groups.drop(columns=dimensions, errors="ignore") != "").any(axis=1).to_numpy()
    if len(groups.columns) == len(BLOCK) and name != "absence_by_district":
        of_total = flags["tiers"] if name == "rate_histogram" else False  # its whole percents add up to the tiers
        return (flags & False).assign(other=of_total)
    flags[other] = False
    return flags.assign(other=False)


def _of(counted: pd.DataFrame, kind: str, family: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    return np.full(len(counted), np.inf) if family == "whole" else numbers(counted, f"{kind}:students_counted")


def _counted(study: Study, tables: Mapping[str, pd.DataFrame], levels: "pd.Series[str]") -> pd.DataFrame:
    """Put the counts of all tables side by side: a row a group, of students counted once and of stays at schools."""
    parts = []
    for name, table in tables.items():
        groups = groups_of(study, name, table)
        if len(groups.columns) == len(BLOCK) and name != "absence_by_district":
            continue
        columns = [
            column for column in _COUNTS if column in table and not (name == "missed_days" and column == "students")
        ]
        values = table[columns].reset_index(drop=True)
        stay = np.full(len(table), name in STAYS) & (table["level_type"] == "level").to_numpy()
        for kind, rows in (("once", ~stay), ("stay", stay)):
            part = pd.concat([groups, values.add_prefix(f"{kind}:")], axis=1)[rows]
            parts.append(part)
            if name == "absence_by_school_and_grade":
                parts.append(_summed(part.assign(school_id="")))
            if name == "absence_by_school" and kind == "stay":
                level = part["school_id"].map(levels).fillna("")
                parts.append(_summed(part.assign(school_id="", school_level=level)[(level != "").to_numpy()]))
    whole = pd.concat(parts, ignore_index=True)
    keys = [str(column) for column in whole if ":" not in str(column)]
    whole[keys] = whole[keys].fillna("")
    return whole.groupby(keys, as_index=False, sort=False).first()


def _summed(part: pd.DataFrame) -> pd.DataFrame:
    keys = [str(column) for column in part if ":" not in str(column)]
    return part.groupby(keys, as_index=False, sort=False).sum(min_count=1)
