"""Which group of persons a row is about, whatever table it stands in: rows of one group are hidden together.

A group is named by the levels that it is held to, '' where it holds all of a dimension; a total has no level at all.
Months, dates and the like are dimensions too: a group of a month is whoever was enrolled on a day of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from analysis.arrays import Flags
from analysis.disclosure.lines import Lines
from analysis.disclosure.shapes import OVERLAPPING, shape_of
from analysis.records.published.rows import parent_districts
from analysis.study import Study
from analysis.vocabulary import ALL, grade_range

BLOCK: Final = ["school_year", "district_id"]
_LINKED: Final = (
    "missed_days", "near_threshold", "school_effects", "adjusted_rates", "between_schools", "chronic_by_days_enrolled",
    "chronic_by_moves", "rate_histogram", "coverage", "school_months", "school_days", "near_break", "same_students",
    "worst_days", "adjusted_months_by_level", "early_signal", "persistence", "definitions", "records_flow",
    "joint_tests", "robustness", "missed_days_by_students",
)  # fmt: skip
_OF_ALL: Final = ("rate_histogram", "records_flow", "joint_tests", "missed_days_by_students")
"""Linked tables whose rows are no groups that other tables have: what they hide follows from what is hidden of all."""
_BY_DRIVER: Final = ("adjusted_rates", "between_schools", "adjusted_months_by_level", "robustness")
_OF_PARTS: Final = {"early_signal": "first_month", "persistence": "year_before"}
"""Tables whose rows part the students counted, and the name of what parts them."""
STAYS: Final = ("absence_by_school", "absence_by_school_and_grade", "near_threshold")
"""Tables whose levels count a student at each school; other tables count a student once."""
DAYS: Final = "days_enrolled_band"
ALL_YEAR: Final = "all_year"
TIMES: Final = (*sorted(OVERLAPPING), ALL_YEAR)
"""Dimensions of a part of the year: who was enrolled then is counted, and not who was chronic."""
RULE: Final = "rule"
"""A rule of chronic absence other than the study's."""


def is_linked(name: str) -> bool:
    """Say whether a table counts the same students as others: how many there are, and how many are chronic."""
    return name in _LINKED or name.startswith("absence_by_")


def groups_of(study: Study, name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Name the group of each row.

    Returns
    -------
    DataFrame with the rows of `table`: `school_year, district_id` and a column a dimension; no column beyond these
    two where the table is not linked with others.
    """
    found = table.reindex(columns=BLOCK, fill_value="").astype(str).reset_index(drop=True)
    parents = parent_districts(study.settings.records, found["district_id"])
    found["district_id"] = found["district_id"].mask(parents, ALL)  # a state's own row is the sum of its districts
    if not is_linked(name) or name in _OF_ALL:
        return found
    if name == "definitions":  # the first is the study's own
        return found.assign(**{RULE: table["definition"].where(table.duplicated(BLOCK), "").to_numpy()})
    if name in _OF_PARTS:
        return found.assign(**{_OF_PARTS[name]: table["level"].to_numpy()})
    if name in _BY_DRIVER:
        of_schools = name == "between_schools"  # its other drivers are shares of schools
        drivers = {"school_level"} if of_schools else set(table["driver"])
        for driver in sorted(drivers):
            found[driver] = table["level"].astype(str).where(table["driver"] == driver, "").to_numpy()
        own = {"school_level": table["school_level"].to_numpy()} if name == "adjusted_months_by_level" else {}
        return found.assign(**own)
    if name in ("chronic_by_days_enrolled", "chronic_by_moves"):
        moves = {"schools": table["schools"].to_numpy()} if "schools" in table else {}
        found = found.assign(**{DAYS: table["level"].to_numpy()}, **moves)
    else:
        found = _by_dimension(study, name, table, found)
    return found


def _by_dimension(study: Study, name: str, table: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    dimensions = [one for one in shape_of(name).dimensions if one != "district_id"]
    level = (table["level_type"] == "level").to_numpy()
    for one in dimensions:
        found[one] = table[one].astype(str).where(level, "").to_numpy()
    if name == "same_students":
        found[ALL_YEAR] = "yes"
    if "grade_level" in dimensions:
        band = (table["level_type"] == "band").to_numpy()
        spelt = {grade_range(grades): key for key, grades in study.settings.definitions.bands.items()}
        found["band"] = table["grade_level"].replace(spelt).where(band, "").to_numpy()
    return found


def dimensions_of(counted: pd.DataFrame) -> list[str]:
    """Name the columns that name a group; those with its counts, such as 'once:students', have a colon."""
    return [str(name) for name in counted if ":" not in str(name)]


def held_to(groups: pd.DataFrame, *dimensions: str) -> "pd.Series[bool]":
    """Say which groups are held to levels of these dimensions at the most; where none is named, to be whole blocks."""
    others = [name for name in dimensions_of(groups) if name not in (*BLOCK, *dimensions)]
    return (groups[others] == "").all(axis=1)


def rows_by_group(groups: pd.DataFrame) -> dict[tuple[str, ...], int]:
    """Find the row of each group by its levels."""
    return {key: row for row, key in enumerate(groups.itertuples(index=False, name=None))}


def of_the_year(groups: pd.DataFrame, times: tuple[str, ...] = TIMES) -> pd.DataFrame:
    """Give the groups that hold each group for the whole year."""
    return groups.assign(**{name: "" for name in times if name in groups})


def is_dated(groups: pd.DataFrame) -> Flags:
    """Say which groups are of a part of the year: (rows,)."""
    dated: Flags = (groups[[name for name in TIMES if name in groups]] != "").any(axis=1).to_numpy(dtype=bool)
    return dated


def lines_of_groups(study: Study, groups: pd.DataFrame, within: Mapping[str, "pd.Series[str]"]) -> list[Lines]:
    """List the sums of groups: along each dimension, and of levels that lie in a level of another.

    Parameters
    ----------
    groups : a row a group, '' where it holds all of a dimension.
    within : by dimension (`school_level`, `near_break`), which of its levels a level of `school_id` or of `date` lies
        in; its index.
    """
    dimensions = [str(name) for name in groups if name not in BLOCK]
    place = rows_by_group(groups)
    definitions = study.settings.definitions
    inside = groups["grade_level"].isin(["", *definitions.grades]) if "grade_level" in groups else groups.index >= 0

    def along(name: str, members: "pd.Series[bool]", **whole: "str | pd.Series[str]") -> Lines:
        """Lines over the members whose sum is the group with `name` held to nothing and `whole` instead."""
        chosen = np.flatnonzero(members.to_numpy() & np.asarray(inside))
        levels = {key: one if isinstance(one, str) else one.iloc[chosen] for key, one in whole.items()}
        sums = groups.iloc[chosen].assign(**{name: "", **levels})
        found, unique = pd.factorize(pd.Series(list(sums.itertuples(index=False, name=None)), dtype=object))
        code = np.full(len(groups), -1, dtype=np.int64)
        code[chosen] = found
        parent = np.array([place.get(key, -1) for key in unique], dtype=np.int64)
        return Lines(code, parent, additive=name not in OVERLAPPING)

    parts = sorted(grade for grades in definitions.bands.values() for grade in grades)
    whole = {RULE} | ({"band"} if parts != sorted(definitions.grades) else set())  # what overlaps adds not up
    found = [along(name, groups[name] != "") for name in dimensions if name not in whole]
    totals = held_to(groups) & (groups["district_id"] != ALL)
    found.append(along("district_id", totals, district_id=ALL))
    nested = _nested(groups, within)
    if "grade_level" in groups and "band" in groups:
        of_band = [(band, groups["grade_level"].isin(grades)) for band, grades in definitions.bands.items()]
        nested += [("band", "grade_level", held.map({True: band, False: ""})) for band, held in of_band]
    for name, of, levels, beyond in [
        *((*one, {}) for one in nested),
        *((*one, {"district_id": ALL}) for one in nested if one[0] == "school_level"),  # of schools in all districts
    ]:
        lines = along(of, levels != "", **{name: levels}, **beyond)
        told = np.append(lines.parent >= 0, False)  # weeks or bands of grades of a school, say, are in no table
        found.append(replace(lines, code=np.where(told[lines.code], lines.code, -1)))
    return [lines for lines in found if (lines.code >= 0).any()]


def _nested(groups: pd.DataFrame, within: Mapping[str, "pd.Series[str]"]) -> list[tuple[str, str, "pd.Series[str]"]]:
    """List what lies in what: a dimension, the one whose levels lie in its levels, and in which."""
    found = []
    for name, of in (("school_level", "school_id"), ("near_break", "date")):
        if {name, of} <= set(groups) and name in within:
            found.append((name, of, groups[of].map(within[name]).fillna("")))
    if "date" in groups:
        date = groups["date"]
        day = pd.to_datetime(date.where(date != "", None))
        monday = day - pd.to_timedelta(day.dt.day_of_week, unit="D")
        spelt = {
            "month": date.str[:7], "week_start": monday.dt.strftime("%Y-%m-%d").fillna(""),
            "weekday": day.dt.day_name().fillna(""),
        }  # fmt: skip
        found += [(name, "date", levels) for name, levels in spelt.items() if name in groups]
    return found
