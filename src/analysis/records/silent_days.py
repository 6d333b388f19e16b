"""Days on which everybody would be present, for nothing was reported: absences alone leave no row of such days."""

from typing import Final

import pandas as pd

from analysis import engine
from analysis.language import later
from analysis.problems import Problem
from analysis.study import Study

FEW: Final = 0.05
"""A day with fewer events than this share of the mean day's is one without."""
LEAST_DAYS: Final = 10
LEAST_EXPECTED: Final = 30
"""So many days of school in a row without events, and so many events missing on them, are no chance."""
NAMED: Final = 5
WHY: Final = later("everybody would be present on them")
AT_SCHOOLS: Final = (
    later("{schools} school has days of school in a row without any absence ('{school}': {days}, {first} to {last})"),
    later("{schools} schools have days of school in a row without any absence ('{school}': {days}, {first} to {last})"),
)


def silent_days(study: Study, membership: str, events: str) -> list[Problem]:
    """Refuse days of school in a row on which no school has absences, and note schools that alone have none.

    Parameters
    ----------
    membership, events : tables of the engine: the days of membership (`counts`), and the events that are used.
    """
    days = engine.table(f"""
        SELECT member.school_id, member.date, coalesce(events, 0) AS events
        FROM (SELECT school_id, date FROM {membership} WHERE counts GROUP BY ALL) AS member
        LEFT JOIN (SELECT school_id, date, count(*) AS events FROM {events} WHERE set_aside = '' GROUP BY ALL)
        USING (school_id, date) ORDER BY ALL""")
    everywhere = days.groupby("date", as_index=False)["events"].sum().assign(school_id="")
    problems = []
    for run in stretches(everywhere).head(NAMED).itertuples():
        seen = f"no absences (or next to none) on {run.days} days of school in a row, {run.first} to {run.last}"
        fix = "if school was closed or nothing was recorded, take these days out of the calendar; else add the absences"
        problems.append(Problem(f"{study.path.name}, records.calendar", seen, WHY, fix))
    alone = pd.DataFrame() if problems else stretches(days)
    if len(alone):
        longest, schools = alone.iloc[0], alone["school_id"].nunique()
        seen = AT_SCHOOLS[schools > 1].format(
            schools=f"{schools:,}", school=longest["school_id"], days=longest["days"], first=longest["first"],
            last=longest["last"],
        )  # fmt: skip
        fix = later("where nothing was recorded, end the enrolment there, or give each school its calendar (school_id)")
        problems.append(Problem(f"{study.path.name}, records", seen, WHY, fix, "noted", int(alone["days"].sum())))
    return problems


def stretches(days: pd.DataFrame) -> pd.DataFrame:
    """Find days of membership in a row that lack so many events that it is no chance, the longest first.

    Parameters
    ----------
    days : a row a school (`school_id`, '' for all) and date, ascending in both, with the number of its `events`.

    Returns
    -------
    `school_id`, `days` (how many), `first` and `last` (dates).
    """
    mean = days["events"].where(days["events"] > 0).groupby(days["school_id"]).transform("mean")
    silent = days["events"] < FEW * mean
    run = (silent != silent.shift()) | (days["school_id"] != days["school_id"].shift())
    rows = days.assign(mean=mean, run=run.cumsum())[silent]
    dates = rows["date"].astype("str").str[:10]
    found = rows.assign(date=dates).groupby("run").agg(
        school_id=("school_id", "first"), days=("date", "size"), first=("date", "first"), last=("date", "last"),
        expected=("mean", "sum"),
    )  # fmt: skip
    enough = (found["days"] >= LEAST_DAYS) & (found["expected"] >= LEAST_EXPECTED)
    return found[enough].sort_values(["days", "school_id", "first"], ascending=[False, True, True])
