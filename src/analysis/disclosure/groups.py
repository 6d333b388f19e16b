"""Which group of persons a row is about, whatever table it stands in: rows of one group are hidden together.

A group is named by the levels that it is held to, '' where it holds all of a dimension; a total has no level at all.
"""

from typing import Final

import numpy as np
import pandas as pd

from analysis.disclosure.lines import Lines
from analysis.disclosure.shapes import OVERLAPPING, shape_of
from analysis.measures.student_years import ALL
from analysis.study import Study
from analysis.vocabulary import grade_range

BLOCK: Final = ["school_year", "district_id"]
_LINKED: Final = (
    "missed_days", "near_threshold", "school_effects", "adjusted_rates", "between_schools", "chronic_by_days_enrolled",
    "chronic_by_moves", "rate_histogram",
)  # fmt: skip
STAYS: Final = ("absence_by_school", "absence_by_school_and_grade", "near_threshold")
"""Tables whose levels count a student at each school; other tables count a student once."""
DAYS: Final = "days_enrolled_band"


def is_linked(name: str) -> bool:
    """Say whether a table counts the same students as others: how many there are, and how many are chronic."""
    return name in _LINKED or (name.startswith("absence_by_") and not OVERLAPPING & {*shape_of(name).dimensions})


def groups_of(study: Study, name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Name the group of each row.

    Returns
    -------
    DataFrame with the rows of `table`: `school_year, district_id` and a column a dimension; no column beyond these
    two where the table is not linked with others.
    """
    found = table[BLOCK].astype(str).reset_index(drop=True)
    if not is_linked(name) or name == "rate_histogram":
        return found
    if name in ("adjusted_rates", "between_schools"):
        drivers = set(table["driver"]) if name == "adjusted_rates" else {"school_level"}  # others are shares of schools
        for driver in sorted(drivers):
            found[driver] = table["level"].astype(str).where(table["driver"] == driver, "").to_numpy()
        return found
    if name in ("chronic_by_days_enrolled", "chronic_by_moves"):
        moves = {"schools": table["schools"].to_numpy()} if "schools" in table else {}
        return found.assign(**{DAYS: table["level"].to_numpy()}, **moves)
    dimensions = [one for one in shape_of(name).dimensions if one not in ("district_id", "month")]
    level = (table["level_type"] == "level").to_numpy()
    for one in dimensions:
        found[one] = table[one].astype(str).where(level, "").to_numpy()
    if "grade_level" in dimensions:
        band = (table["level_type"] == "band").to_numpy()
        spelt = {grade_range(grades): key for key, grades in study.settings.definitions.bands.items()}
        found["band"] = table["grade_level"].replace(spelt).where(band, "").to_numpy()
    return found


def lines_of_groups(study: Study, groups: pd.DataFrame, levels: "pd.Series[str]") -> list[Lines]:
    """List the sums of groups: along each dimension, grades also by band, schools also by their level.

    Parameters
    ----------
    groups : a row a group, '' where it holds all of a dimension.
    levels : the level of each school; its index is `school_id`.
    """
    dimensions = [str(name) for name in groups if name not in BLOCK]
    place = {key: row for row, key in enumerate(groups.itertuples(index=False, name=None))}
    definitions = study.settings.definitions
    inside = groups["grade_level"].isin(["", *definitions.grades]) if "grade_level" in groups else groups.index >= 0

    def along(name: str, members: "pd.Series[bool]", **whole: "str | pd.Series[str]") -> Lines:
        """Lines over the members whose sum is the group with `name` held to nothing and `whole` instead."""
        chosen = members.to_numpy() & np.asarray(inside)
        sums = groups.assign(**{name: "", **whole})
        keys = pd.Series(list(sums.itertuples(index=False, name=None)), index=groups.index)
        code, unique = pd.factorize(keys.where(chosen))
        parent = np.array([place.get(key, -1) for key in unique], dtype=np.int64)
        return Lines(code.astype(np.int64), parent)

    parts = sorted(grade for grades in definitions.bands.values() for grade in grades)
    whole = {"band"} if parts != sorted(definitions.grades) else set()  # bands that overlap do not add up
    found = [along(name, groups[name] != "") for name in dimensions if name not in whole]
    totals = (groups[dimensions] == "").all(axis=1) & (groups["district_id"] != ALL)
    found.append(along("district_id", totals, district_id=ALL))
    if "grade_level" in groups and "band" in groups:
        for band, grades in definitions.bands.items():
            found.append(along("grade_level", groups["grade_level"].isin(grades), band=band))
    if "school_id" in groups and "school_level" in groups:
        level = groups["school_id"].map(levels).fillna("")
        found.append(along("school_id", level != "", school_level=level))
    return found
