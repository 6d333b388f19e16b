"""The schools of the records, each with a name and a level."""

from typing import Any

import narwhals as nw
import pandas as pd

from analysis import engine
from analysis.vocabulary import GRADES

SERVED_SHARE = 0.05
"""A grade with fewer than this share of a school's students does not decide the school's level."""


def level_of(grades: list[str]) -> str:
    """Derive a school's level from the grades that it serves.

    Elementary ends by grade 6, middle runs within 5 to 9, high starts at 9; what spans more is combined.
    """
    places = [GRADES.index(grade) for grade in grades if grade in GRADES]
    if not places:
        return "other"
    first, last = min(places), max(places)
    if last <= GRADES.index("06") and first < GRADES.index("05"):
        return "elementary"
    if first >= GRADES.index("09"):
        return "high"
    if first >= GRADES.index("05") and last <= GRADES.index("09"):
        return "middle"
    return "combined"


def schools_of(days: nw.LazyFrame[Any], given: pd.DataFrame | None) -> pd.DataFrame:
    """List the schools that the records hold.

    Parameters
    ----------
    days : the used rows (`school_id, grade_level, student_id`).
    given : `school_id` with `school_name` and `school_level` where the study has them.

    Returns
    -------
    DataFrame with `school_id, school_name, school_level, level_basis`.
    """
    counts = days.group_by("school_id", "grade_level").agg(nw.col("student_id").n_unique().alias("students"))
    sizes = engine.collect(counts, ["school_id", "grade_level"])
    served = sizes[sizes["students"] / sizes.groupby("school_id")["students"].transform("sum") >= SERVED_SHARE]
    grades = served.groupby("school_id")["grade_level"].agg(list)
    schools = pd.DataFrame({"school_id": list(grades.index), "derived": [level_of(one) for one in grades]})
    for column in ("school_name", "school_level"):
        known = {} if given is None else dict(zip(given["school_id"], given[column], strict=True))
        schools[column] = [known.get(school, "") for school in schools["school_id"]]
    unnamed, derived = schools["school_name"] == "", schools["school_level"] == ""
    repeated = schools["school_name"].duplicated(keep=False) & ~unnamed
    schools["school_name"] = schools["school_name"].where(~unnamed, schools["school_id"])
    apart = schools["school_name"] + " (" + schools["school_id"] + ")"
    schools["school_name"] = schools["school_name"].where(~repeated, apart)
    schools["school_level"] = schools["school_level"].where(~derived, schools["derived"])
    schools["level_basis"] = derived.map({True: "derived", False: "given"})
    return schools[["school_id", "school_name", "school_level", "level_basis"]]
