"""How many schools stand at each level of chronic absence: counted from the table by school as it is shown.

No school is then told of by the count of the others: who has the table by school can count it again.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.stats.proportion import proportion_confint

from analysis.arrays import Array
from analysis.vocabulary import ALL, CHRONIC_LEVELS, LEVEL_COLUMNS

NOT_SHOWN = "not shown"
COLUMNS = ["level", "schools", "students_counted", "share_of_students", "could_be_another", "hidden"]


def level_table(schools: pd.DataFrame) -> pd.DataFrame:
    """Count schools and their students by level and year.

    Parameters
    ----------
    schools : `absence_by_school` as it is shown.

    Returns
    -------
    DataFrame, a row a year and level, the last of schools whose rate is `not shown`: `schools`; `students_counted` of
    them, empty where it is not known of one; their share of those at some level; `could_be_another`, schools whose 95 %
    interval (Wilson 1927) reaches into another level.
    """
    schools = schools[schools["level_type"] == "level"].reset_index(drop=True)
    part, whole, rate = (
        pd.to_numeric(schools[name]).to_numpy(dtype=float)
        for name in ("chronically_absent", "students_counted", "chronic_rate")
    )
    counted = ~np.isnan(rate) & (part <= whole) & (whole > 0)
    low, high = proportion_confint(np.where(counted, part, 0), np.where(counted, whole, 1), method="wilson")
    level = levels_of(np.where(counted, part / np.where(counted, whole, 1), rate))
    rows = schools[["school_year", "hidden"]].assign(
        level=pd.Categorical(level, [*CHRONIC_LEVELS, NOT_SHOWN]),
        could_be_another=counted & ((levels_of(low) != level) | (levels_of(high) != level)),
        students_counted=np.where(level == NOT_SHOWN, np.nan, whole),
    )
    groups = rows.groupby(["school_year", "level"], observed=False)
    table = groups["could_be_another"].sum().astype(int).to_frame()
    table["schools"] = groups.size()
    table["students_counted"] = groups["students_counted"].agg(lambda known: known.sum(skipna=False)).astype(float)
    table["hidden"] = groups["hidden"].agg(lambda marks: max(marks, default="")).astype(str)
    table = table.reset_index().astype({"level": str})
    table.loc[table["level"] != NOT_SHOWN, "hidden"] = ""
    shown = table["students_counted"].where(table["level"] != NOT_SHOWN, 0)
    all_shown = shown.groupby(table["school_year"]).transform(lambda known: known.sum(skipna=False))
    table["share_of_students"] = table["students_counted"] / all_shown.where(all_shown > 0)
    table.loc[table["level"] == NOT_SHOWN, ["students_counted", "share_of_students"]] = np.nan
    districts = schools["district_id"].unique()
    begin = {"district_id": districts[0] if len(districts) == 1 else ALL, "level_type": "level"}
    return table.assign(**begin)[[*LEVEL_COLUMNS, *COLUMNS]]


def levels_of(rates: Array) -> NDArray[np.object_]:
    """Name the level of each rate (a share): 3 of 10 is 30 %, whatever the last digit of the float."""
    edges = np.array(list(CHRONIC_LEVELS.values()))
    names = np.array([*CHRONIC_LEVELS, NOT_SHOWN], dtype=object)
    with np.errstate(invalid="ignore"):
        reached = np.round(100 * np.asarray(rates, dtype=float), 9)[:, None] >= edges
    found: NDArray[np.object_] = names[np.where(reached.any(axis=1), reached.argmax(axis=1), len(edges))]
    return found
