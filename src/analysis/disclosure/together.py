"""The tables of a report gated as one: what one of them hides is hidden in all, and no sum of theirs gives it back."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from analysis.arrays import Array, Flags, Ints
from analysis.disclosure.complements import protect
from analysis.disclosure.counts import Count
from analysis.disclosure.families import numbers, size_of
from analysis.disclosure.groups import (
    ALL_YEAR,
    BLOCK,
    RULE,
    STAYS,
    TIMES,
    dimensions_of,
    groups_of,
    held_to,
    is_dated,
    lines_of_groups,
    of_the_year,
    rows_by_group,
)
from analysis.disclosure.parts import few_left, left_out, lines_of_rules, rules_too_near
from analysis.disclosure.shapes import shape_of
from analysis.study import Study
from analysis.vocabulary import TIERS

_COUNTS: Final = ("students", "students_counted", "chronically_absent", *TIERS)
FAMILIES: Final = ("whole", "chronic", "tiers", "absent")
OF_MODELS: Final = ("adjusted_rates", "joint_tests", "robustness", "school_effects")
"""Tables of which rows of chronic absence are of one model, with its grades and schools."""
_THEN, _AWAY = "then:students", "then:days_absent"


def hidden_groups(
    study: Study, tables: Mapping[str, pd.DataFrame], within: Mapping[str, "pd.Series[str]"]
) -> pd.DataFrame:
    """Say of every group of a report what has to be hidden in each table that it stands in.

    Parameters
    ----------
    tables : exact tables, by name; those that are not linked are left out.
    within : which level of school a school has, which kind of day a date is (`lines_of_groups`).

    Returns
    -------
    DataFrame, a row a group: the columns of `groups_of`, then `whole`, `chronic`, `tiers`, `absent` (on a date): true
    where hidden.
    """
    counted = _counted(study, tables, within)
    groups = counted[dimensions_of(counted)]
    dated, minimum = is_dated(groups), study.disclosure.minimum
    systems = lines_of_groups(study, groups, within) + lines_of_rules(study, groups)
    of_date = (groups["date"] != "").to_numpy() if "date" in groups else np.zeros(len(groups), dtype=bool)
    gone, chronic_gone = few_left(counted, minimum)
    seeds, size = gone | rules_too_near(study, counted, minimum), _size(counted)
    while True:
        whole = protect(_counts(counted, "whole"), seeds, systems, minimum, size)
        absent = _absent(study, counted, whole, within)
        seeds = whole | _whole_year(groups, whole) | (absent & ~of_date)
        if not (seeds & ~whole).any():
            break
    found, year = {"whole": whole, "absent": absent}, np.flatnonzero(~dated)
    systems = lines_of_groups(study, groups.iloc[year].reset_index(drop=True), within)
    systems += lines_of_rules(study, groups.iloc[year].reset_index(drop=True))
    hidden = whole[year] | chronic_gone[year]
    for family in ("chronic", "tiers"):
        counts = [Count(count.value[year], count.of[year]) for count in _counts(counted, family)]
        counts = [count for count in counts if not np.isnan(count.value).all()]
        if counts:
            hidden = protect(counts, hidden, systems, minimum, size[year])
        found[family] = whole.copy()
        found[family][year] = hidden
    return groups.assign(**{name: found[name] for name in FAMILIES})


def flags_of(
    study: Study, name: str, table: pd.DataFrame, hidden: pd.DataFrame, *, left_out: bool = False
) -> pd.DataFrame:
    """Say of each row of a table whether its group is `known`, and if so which families are hidden; else false.

    Parameters
    ----------
    left_out : the model of chronic absence leaves a level out, because nobody in it is chronically absent, or all are:
        all that it says of the others would tell which.
    """
    groups = groups_of(study, name, table)
    if name == "records_flow":
        return _of_flow(study, groups, hidden)
    dimensions = [str(column) for column in hidden if column not in FAMILIES]
    flags = _found(groups, dimensions, hidden)
    year = _found(of_the_year(groups), dimensions, hidden)
    if name == "same_students":  # counts all of the month beside those who were there all year
        flags["whole"] |= _found(of_the_year(groups, (ALL_YEAR,)), dimensions, hidden)["whole"]
    for family in ("chronic", "tiers"):
        flags[family] = year[family] | flags["whole"]
    other = (groups.drop(columns=dimensions, errors="ignore") != "").any(axis=1).to_numpy()
    of_fit = np.zeros(len(table), dtype=bool)
    if name in OF_MODELS and left_out:
        of_fit = (table["outcome"] == "chronic").to_numpy(dtype=bool)
    if name == "between_schools":
        return flags.assign(other=False) | _of_means(table, groups, hidden)
    if len(groups.columns) == len(BLOCK) and name != "absence_by_district":
        of_fifth = name == "missed_days_by_students"  # what few missed bounds how many of them can be chronic
        of_total = flags["chronic"] & of_fifth
        of_total |= flags["tiers"] & (name == "rate_histogram")  # its whole percents add up to the tiers
        whole = of_fit | (flags["whole"] & of_fifth)
        return (flags & False).assign(other=of_total, whole=whole)
    flags[other] = False
    flags["whole"] |= of_fit
    if name == "robustness":  # who is in, and by what rule, is of each specification: it may have more to hide
        flags["known"] = False
    beside = flags["chronic"] if name == "near_threshold" else flags["absent"]  # no more than are chronic, or are not
    return flags.assign(other=beside)


def _of_means(table: pd.DataFrame, groups: pd.DataFrame, hidden: pd.DataFrame) -> pd.DataFrame:
    """Hide means of schools where one of the schools is hidden: a mean is one more sum of them, each over its size.

    Those of chronic absence are hidden where a grade is, too: without a grade of none or all there would be others.
    """
    dimensions = [str(column) for column in hidden if column not in (*BLOCK, *FAMILIES)]
    flags = pd.DataFrame({"whole": False, "chronic": False}, index=groups.index)
    for name, hides in (("school_id", ["whole", "chronic"]), ("grade_level", ["chronic"])):
        if name in dimensions:
            alone = (hidden[dimensions].drop(columns=name) == "").all(axis=1) & (hidden[name] != "")
            some = hidden[alone].groupby(BLOCK)[hides].any().reset_index()
            flags[hides] |= groups[BLOCK].merge(some, on=BLOCK, how="left")[hides].eq(True)
    chronic = flags["chronic"] & (table["outcome"] == "chronic").to_numpy()
    return flags.assign(chronic=chronic, known=False, tiers=False, absent=False, other=False)


def _found(groups: pd.DataFrame, dimensions: list[str], hidden: pd.DataFrame) -> pd.DataFrame:
    """Look groups up."""
    held = [name for name in dimensions if name in groups]
    whole = (hidden[[name for name in dimensions if name not in groups]] == "").all(axis=1)
    joined = groups[held].merge(hidden[whole].assign(known=True), on=held, how="left")
    return joined[["known", *FAMILIES]].eq(True)


def _of_flow(study: Study, rows: pd.DataFrame, hidden: pd.DataFrame) -> pd.DataFrame:
    """Hide students in the flow of rows where a grade that totals leave out is hidden: they are what these leave."""
    flags = pd.DataFrame(False, index=rows.index, columns=["known", *FAMILIES, "other"])
    if "grade_level" in hidden:
        apart = ~hidden["grade_level"].isin(["", *study.settings.definitions.grades])
        flags["whole"] = bool((apart & hidden["whole"]).any())
    return flags


def _counts(counted: pd.DataFrame, family: str) -> list[Count]:
    """List the counts that a family protects: of students counted once, of stays at schools, of those there then."""
    columns = {"whole": _COUNTS[:2], "chronic": _COUNTS[2:3], "tiers": TIERS}[family]
    names = [f"{kind}:{column}" for kind in ("once", "stay") for column in columns]
    names += [_THEN] if family == "whole" else []
    whole = np.full(len(counted), np.inf)
    found = [
        Count(numbers(counted, name), whole if family == "whole" else numbers(counted, f"{name[:4]}:students_counted"))
        for name in names
    ]
    if family == "whole":
        found[-1] = replace(found[-1], year=_year_of(counted))
    return [count for count in found if not np.isnan(count.value).all()]


def _year_of(counted: pd.DataFrame) -> Ints:
    """Find for each group the row of its whole year; -1 where there is none."""
    groups = counted[dimensions_of(counted)]
    place, whole = rows_by_group(groups), of_the_year(groups).itertuples(index=False, name=None)
    return np.array([place.get(key, -1) for key in whole], dtype=np.int64)


def _absent(study: Study, counted: pd.DataFrame, whole: Flags, within: Mapping[str, "pd.Series[str]"]) -> Flags:
    """Say where the number absent on a date is hidden: over dates it adds up to the days absent of a month."""
    if "date" not in counted or _AWAY not in counted:
        return whole
    rows = np.flatnonzero(held_to(counted, *TIMES, "school_id", "school_level"))
    part = counted.iloc[rows].reset_index(drop=True)
    groups = part[dimensions_of(part)]
    date = (groups["date"] != "").to_numpy()
    away = Count(np.where(date, numbers(part, _AWAY), np.nan), numbers(part, _THEN))
    lines = [replace(one, additive=True) for one in lines_of_groups(study, groups, within)]
    lines = [one for one in lines if (one.code[date] >= 0).any()]
    level = np.where(date, 0, np.where(is_dated(groups), 1, 2))  # where a total has to be hidden: a date's first
    lines.sort(key=lambda one: level[one.parent[one.parent >= 0]].max(initial=0))
    hidden = whole.copy()
    hidden[rows] = protect([away], whole[rows], lines, study.disclosure.minimum, numbers(part, _THEN))
    return hidden


def _whole_year(groups: pd.DataFrame, hidden: Flags) -> Flags:
    """Say which groups are of a part of the year of a group that is hidden, or of it by another rule."""
    dimensions = [str(name) for name in groups]
    few = groups[hidden].assign(hides=True)
    whole = of_the_year(groups, (*TIMES, RULE))
    found: Flags = whole.merge(few, on=dimensions, how="left")["hides"].eq(True).to_numpy()
    return found


def _size(counted: pd.DataFrame) -> Array:
    columns = [f"{kind}:{column}" for kind in ("once", "stay") for column in _COUNTS[:2]]
    values = np.array([numbers(counted, column) for column in (*columns, _THEN)])
    size: Array = np.fmax.reduce(values)
    return size


def _counted(study: Study, tables: Mapping[str, pd.DataFrame], within: Mapping[str, "pd.Series[str]"]) -> pd.DataFrame:
    """Put the counts of all tables side by side: a row a group, of students counted once, of stays at schools, then.

    'Then' are those enrolled on a day of a part of the year; of the whole year they are all students.
    """
    parts = []
    for name, table in tables.items():
        groups = groups_of(study, name, table)
        if len(groups.columns) == len(BLOCK) and name != "absence_by_district":
            continue
        dated = is_dated(groups)
        if dated.any():
            parts.append(_then(name, table.reset_index(drop=True), groups)[dated])
        columns = [
            column for column in _COUNTS if column in table and not (name == "missed_days" and column == "students")
        ]
        values = table[columns].reset_index(drop=True)
        year = np.full(len(table), name == "missed_days") | ~dated
        stay = np.full(len(table), name in STAYS) & (table["level_type"] == "level").to_numpy()
        for kind, rows in (("once", ~stay & year), ("stay", stay & year)):
            part = pd.concat([of_the_year(groups), values.add_prefix(f"{kind}:")], axis=1)[rows]
            parts.append(part)
            if name == "absence_by_school_and_grade":
                parts.append(_summed(part.assign(school_id="")))
            if name == "absence_by_school" and kind == "stay" and "absence_by_school_level" not in tables:
                level = part["school_id"].map(within["school_level"]).fillna("")
                parts.append(_summed(part.assign(school_id="", school_level=level)[(level != "").to_numpy()]))
    whole = pd.concat(parts, ignore_index=True)
    return _with_left_out(whole)


def _then(name: str, table: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    column = "students_all_year" if name == "same_students" else ""
    size = numbers(table, column) if column else np.floor(size_of(shape_of(name), table))
    away = numbers(table, "days_absent") if "date" in groups else np.full(len(table), np.nan)
    return groups.assign(**{_THEN: size, _AWAY: away})


def _with_left_out(whole: pd.DataFrame) -> pd.DataFrame:
    keys = dimensions_of(whole)
    values = [str(column) for column in whole if ":" in str(column)]
    whole = whole.reindex(columns=[*keys, *dict.fromkeys([*values, _THEN])])
    whole[keys] = whole[keys].astype(object).fillna("")
    counted = whole.groupby(keys, as_index=False, sort=False).first()
    there = np.fmax(numbers(counted, "once:students"), numbers(counted, "stay:students"))
    counted[_THEN] = np.where(is_dated(counted), counted[_THEN], there)
    return pd.concat([counted, left_out(counted)], ignore_index=True)


def _summed(part: pd.DataFrame) -> pd.DataFrame:
    return part.groupby(dimensions_of(part), as_index=False, sort=False).sum(min_count=1)
