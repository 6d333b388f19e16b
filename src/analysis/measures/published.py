"""The `absence_by_*` tables from published counts.

What the source publishes stands as it is; what it does not is summed from its parts, and only where every part has a
count: a hidden cell is never taken for zero, and rates without counts are never averaged. Where a rate is missing for
what the source hides, `rate_low` and `rate_high` say between what it lies, as far as that is known: the chronic rate,
or in sources without one the absence rate.

Which district a table is about: the one in the study's focus; several in focus, taken together (`district_id` is
'all'); without a focus the source's own parent, such as a state, else all districts together. `absence_by_district`
holds every district (`level`) and the parents, or the sum of all (`total`).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from analysis.measures.order import in_order
from analysis.measures.published_ranges import ENDS, narrower, rate_range, with_ends
from analysis.records.published.numbers import PAIRS
from analysis.records.published.rows import parent_districts
from analysis.records.types import PublishedCounts
from analysis.vocabulary import ALL, COUNT_COLUMNS, LEVEL_COLUMNS, grade_range

COUNTS: Final = ["students", "chronically_absent", "days_enrolled", "days_absent"]
UNIT: Final = ["school_year", "district_id", "school_id"]
ALL_THERE: Final = 0.98
"""Grades that hold less than this share of the students of their published total are not all the grades there are."""


def absence_by(records: PublishedCounts, driver: str) -> pd.DataFrame:
    """Give the table of one driver, in the columns of the output contract.

    Parameters
    ----------
    driver : 'grade_level', 'school_id', 'school_level', 'district_id' or a group of the study.

    Returns
    -------
    DataFrame, a row a school year, district and level; empty where the source has no such rows. Rates are shares, days
    are days, NaN where the source has no number; `hidden` says why ('source', 'not_available').
    """
    with_all = replace(records, counts=with_ends(records.counts))
    if driver == "district_id":
        return _finished(_by_district(with_all), None, records)
    tables = {"grade_level": _by_grade, "school_id": _by_school, "school_level": _by_school_level}
    table = tables[driver](with_all) if driver in tables else _by_group(with_all, driver)
    return _finished(table, driver, records)


def summed(cells: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Add cells up by `keys`; a sum of which one part is missing is missing, and its rates too.

    Returns
    -------
    DataFrame with `keys`, the counts, their rates, `ENDS`, `students_basis` ('from_percent' where one part is) and
    `hidden`.
    """
    groups = cells.groupby(keys, sort=False)
    known, size = groups[COUNTS].count(), groups.size()
    result = groups[COUNTS].sum().where(known.eq(size, axis=0)).join(groups[ENDS].sum())
    impossible = pd.Series(False, index=result.index)
    for rate, count, whole in PAIRS:  # more absent than there are is the source's own fault, and no rate
        impossible |= result[count] > result[whole]
        result[rate] = (result[count] / result[whole].where(result[whole] > 0)).where(~(result[count] > result[whole]))
    from_percent = (cells["students_basis"] == "from_percent").groupby([cells[key] for key in keys], sort=False).any()
    by_source = (cells["hidden"] == "source").groupby([cells[key] for key in keys], sort=False).any()
    missing = result["students"].isna()
    result["students_basis"] = np.select([missing, from_percent], ["", "from_percent"], "counted")
    broken = ((known > 0) & known.lt(size, axis=0)).any(axis=1) | (known == 0).all(axis=1) | impossible
    broken |= by_source & result[[rate for rate, _, _ in PAIRS]].isna().all(axis=1)  # hidden in all parts
    result["hidden"] = np.select([~broken, by_source], ["", "source"], "not_available")
    return result.reset_index()


def _district_rows(records: PublishedCounts) -> pd.DataFrame:
    """Give the districts' own rows; where the source has schools only, the sums over them."""
    counts = records.counts
    keys = ["school_year", "district_id", "grade_level", "group", "group_level"]
    own, schools = counts[counts["school_id"] == ""], counts[counts["school_id"] != ""]
    lacking = ~pd.MultiIndex.from_frame(schools[keys]).isin(pd.MultiIndex.from_frame(own[keys]))
    if not lacking.any():
        return own
    return pd.concat([own, summed(schools[lacking], keys).assign(school_id="")], ignore_index=True)


def _subject(records: PublishedCounts) -> tuple[pd.DataFrame, list[str]]:
    """Give the rows of what the tables are about, as one district, and the codes that it is made of."""
    rows, focus = _district_rows(records), list(records.study.settings.focus.district_id)
    is_parent = parent_districts(records.study.settings.records, rows["district_id"])
    parents = sorted(rows.loc[is_parent, "district_id"].unique())
    inside = focus or sorted(rows.loc[~is_parent, "district_id"].unique())
    if not focus and len(parents) == 1:
        return rows[rows["district_id"] == parents[0]], inside
    chosen = rows[rows["district_id"].isin(inside)]
    if len(inside) == 1:
        return chosen, inside
    together = summed(chosen, ["school_year", "grade_level", "group", "group_level"])
    return together.assign(district_id=ALL, school_id=""), inside


def _whole(records: PublishedCounts, rows: pd.DataFrame) -> pd.DataFrame:
    """Give a row a unit and year for all its students.

    The published total is kept as published; counts that it lacks are the sums over the study's grades. Where the
    source also has grades that the study leaves out (pre-kindergarten), the published total holds them: then the sums
    of the study's grades stand instead, as far as they are complete. `covers` says which: the grades' range, or 'all',
    as also where the source has no grades.
    """
    grades = records.study.settings.definitions.grades
    everybody = rows[rows["group"] == ""]
    levels = everybody[everybody["grade_level"] != ""]
    inside = levels["grade_level"].isin(grades)
    sums = summed(levels[inside], UNIT).set_index(UNIT)
    published = everybody[everybody["grade_level"] == ""].set_index(UNIT)
    more = levels[~inside & levels[["students", "chronic_rate", "absence_rate"]].notna().any(axis=1)]
    index = published.index.union(sums.index)
    columns = [*COUNTS, *(rate for rate, _, _ in PAIRS), *ENDS, "students_basis", "hidden"]
    sums, published = sums[columns].reindex(index), published[columns].reindex(index)
    wider = index.isin(pd.MultiIndex.from_frame(more[UNIT])) if len(more) else np.zeros(len(index), dtype=bool)
    complete = sums["students"].notna() | sums["days_enrolled"].notna()
    from_sums = published["hidden"].isna() | (wider & complete)
    filled = narrower(published, sums.where(~pd.Series(wider, index=index)))
    fill = ~wider & published["students"].isna()
    for column in COUNTS:
        filled[column] = published[column].fillna(sums[column].where(~wider))
    filled["students_basis"] = published["students_basis"].where(~fill, sums["students_basis"].fillna(""))
    result = filled.where(~from_sums, sums)
    without_grades = not (records.counts["grade_level"] != "").any()
    result["covers"] = np.where((wider & ~from_sums) | without_grades, ALL, grade_range(grades))
    return result.reset_index().sort_values(UNIT, ignore_index=True)


def _by_grade(records: PublishedCounts) -> pd.DataFrame:
    rows, _ = _subject(records)
    levels = rows[(rows["group"] == "") & (rows["grade_level"] != "")]
    parts = [levels.assign(level_type="level")]
    for name, grades in records.study.settings.definitions.bands.items():
        some = levels[levels["grade_level"].isin(grades) & ~_lacks_some_of(records, rows, levels, grades)]
        parts.append(summed(some, UNIT).assign(grade_level=name, level_type="band"))
    whole = _whole(records, rows)
    parts.append(whole.assign(grade_level=whole["covers"], level_type="total"))
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _lacks_some_of(
    records: PublishedCounts, rows: pd.DataFrame, levels: pd.DataFrame, grades: Sequence[str]
) -> "pd.Series[bool]":
    """Say of each row of a grade whether a band has more grades than its year publishes, and its total more students.

    A source that counts kindergarten apart and the other grades in spans has nothing to sum to 'grades K-8'.
    """
    in_source = records.counts.groupby("school_year")["grade_level"].agg(lambda known: set(grades) <= set(known))
    total = rows[(rows["group"] == "") & (rows["grade_level"] == "")].set_index(UNIT)["students"]
    sums = levels.groupby(UNIT)["students"].sum()
    more = sums < ALL_THERE * total.reindex(sums.index)
    of_rows = more.reindex(pd.MultiIndex.from_frame(levels[UNIT])).to_numpy()
    return ~levels["school_year"].map(in_source).astype(bool) & of_rows


def _by_group(records: PublishedCounts, group: str) -> pd.DataFrame:
    """Give the levels of a group: as published, else summed over the study's grades."""
    rows, _ = _subject(records)
    some = rows[rows["group"] == group]
    keys = [*UNIT, "group_level"]
    published = some[some["grade_level"] == ""]
    by_grade = some[some["grade_level"].isin(records.study.settings.definitions.grades)]
    lacking = ~pd.MultiIndex.from_frame(by_grade[keys]).isin(pd.MultiIndex.from_frame(published[keys]))
    levels = pd.concat([published, *([summed(by_grade[lacking], keys)] if lacking.any() else [])], ignore_index=True)
    whole = _whole(records, rows).assign(level_type="total", **{group: ALL})
    return pd.concat(
        [levels.rename(columns={"group_level": group}).assign(level_type="level"), whole], ignore_index=True
    )


def _by_school(records: PublishedCounts) -> pd.DataFrame:
    rows, inside = _subject(records)
    counts = records.counts
    schools = counts[(counts["school_id"] != "") & counts["district_id"].isin(inside)]
    levels = _whole(records, schools).assign(level_type="level")
    total = _whole(records, rows).assign(level_type="total", school_id=ALL)
    return pd.concat([levels, total], ignore_index=True) if len(levels) else levels.assign(level_type="level")


def _by_school_level(records: PublishedCounts) -> pd.DataFrame:
    """Sum schools by their level; schools of which it is not known are 'other'."""
    rows, inside = _subject(records)
    counts = records.counts
    schools = counts[(counts["school_id"] != "") & counts["district_id"].isin(inside)]
    total = _whole(records, rows).assign(level_type="total", school_level=ALL)
    if schools.empty:
        return total
    known = schools.drop_duplicates(UNIT).set_index(UNIT)["school_level"]
    each = _whole(records, schools)
    each["school_level"] = known.reindex(pd.MultiIndex.from_frame(each[UNIT])).replace("", "other").to_numpy()
    levels = summed(each, ["school_year", "school_level"])
    where = rows["district_id"].iloc[0] if len(rows) else ALL
    return pd.concat([levels.assign(district_id=where, level_type="level"), total], ignore_index=True)


def _by_district(records: PublishedCounts) -> pd.DataFrame:
    whole = _whole(records, _district_rows(records))
    is_parent = parent_districts(records.study.settings.records, whole["district_id"]).astype(bool)
    table = whole.assign(level_type=np.where(is_parent, "total", "level"))
    if is_parent.any() or whole["district_id"].nunique() < 2:
        return table
    together = summed(whole, ["school_year"]).assign(district_id=ALL, level_type="total")
    return pd.concat([table, together], ignore_index=True)


def _finished(table: pd.DataFrame, level: str | None, records: PublishedCounts) -> pd.DataFrame:
    """Put a table into the contract's columns and order: by year and district, levels before bands before totals."""
    columns = [*LEVEL_COLUMNS, *([level] if level else []), *COUNT_COLUMNS, "hidden"]
    rate = f"{records.outcome}_rate"
    low, high = rate_range(table, rate)
    missing = table[rate].isna()
    result = table.assign(
        students_counted=table["students"], rate_low=low.where(missing), rate_high=high.where(missing)
    ).reindex(columns=columns)
    by = [*LEVEL_COLUMNS, level] if level else ["school_year", "level_type", "district_id"]
    return in_order(result, by, records.study.settings.definitions.grade_order)
