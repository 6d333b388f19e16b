"""The instructional days: given by the study, else inferred from the records and said so."""

from typing import Any, Final

import narwhals as nw
import pandas as pd

from analysis import engine
from analysis.language import later
from analysis.problems import Problem
from analysis.records.dates import MONTHS, first_years
from analysis.records.types import Progress
from analysis.study import Study

BREAK_DAYS = 4
"""Calendar days without school in a row that make a break: longer than a weekend with one holiday."""

INFERRED_SHARE = 0.05
"""A date with records of fewer students than this share of the busiest date is not taken for a day of school.

The busiest of all years: a date that was mistyped into another year must not become a school year of its own.
"""
BEFORE: Final = later("{days} days of school before the records of {year} begin, on {first}")
WEEKEND_SHARE = 0.5
"""Absences differ more from date to date, so their dates are held to the median; a weekend must be a usual day."""

USUAL_SHARE = 0.2
"""Dates of fewer students than this share of a usual date's, such as those of a summer school, part no years."""
LONG_BREAK = 28
"""So many days without school at least lie between two school years."""
CLOSED_WITHIN = 2
"""A year is over where the records reach its end up to so many days: on the last ones few students are still marked.

In the same way it begins with its calendar where the records begin within so many days of it.
"""

BY_CHANCE = 0.05
"""So likely at least are the last days without an absence, where they say nothing of where the records end."""
SILENT_END: Final = later("{days} days of school at the end of {year} have no absence")


def near_break(dates: pd.Series) -> pd.Series:
    """Say of each instructional day whether it is next to a break.

    Parameters
    ----------
    dates : instructional days of one school year, as text, ascending.

    Returns
    -------
    Series of 'day before a break', 'day after a break' or 'other'; a day between two breaks counts as before one.
    The first and the last day of the year are 'other'.
    """
    days = pd.to_datetime(dates)
    off_before = days.diff().dt.days.sub(1)
    off_after = off_before.shift(-1)
    result = pd.Series("other", index=dates.index)
    result[off_before >= BREAK_DAYS] = later("day after a break")
    result[off_after >= BREAK_DAYS] = later("day before a break")
    return result


def date_sizes(days: nw.LazyFrame[Any], *, once: bool = False) -> pd.DataFrame:
    """Count the rows and the students of each date: `school_year, date` (text), `rows, students`.

    Parameters
    ----------
    once : no student has two rows of one date, so that students are rows.
    """
    dated = days.filter(~nw.col("date").is_null())
    students = nw.len() if once else nw.col("student_id").n_unique()
    counts = dated.group_by("school_year", "date").agg(nw.len().alias("rows"), students.alias("students"))
    return engine.collect(counts.with_columns(nw.col("date").cast(nw.String)), ["school_year", "date"])


def calendar_of(sizes: pd.DataFrame, given: pd.DataFrame | None, *, of_events: bool = False) -> pd.DataFrame:
    """Make the calendar: a row an instructional day.

    Parameters
    ----------
    sizes : of `date_sizes`.
    given : `school_year, date, note` of the study's own calendar, instructional days only, of any school.
    of_events : the rows are absences, so that a day of school may have few.

    Returns
    -------
    DataFrame with `school_year, date, note, near_break, basis` ('given' or 'inferred').
    """
    if given is None:
        enough = _usual(sizes)
        if of_events:
            weekend = pd.to_datetime(sizes["date"]).dt.day_of_week >= 5
            share = weekend.map({True: WEEKEND_SHARE, False: INFERRED_SHARE})
            enough = sizes["students"] / sizes["students"].median() >= share
        calendar = sizes.loc[enough, ["school_year", "date"]].assign(note="").reset_index(drop=True)
    else:
        calendar = given.groupby(["school_year", "date"], as_index=False).agg({"note": "max"})
    beside = [near_break(year["date"]) for _, year in calendar.groupby("school_year", sort=True)]
    return calendar.assign(
        near_break=pd.concat(beside) if beside else pd.Series(dtype=str),
        basis="inferred" if given is None else "given",
    )


def _usual(sizes: pd.DataFrame) -> "pd.Series[bool]":
    share: pd.Series[float] = sizes["students"] / sizes["students"].max()
    return share >= INFERRED_SHARE


def over_the_cut(study: Study, sizes: pd.DataFrame) -> list[Problem]:
    """Refuse dates that go on from June into July where another month stands in the long break between two years.

    Schools of England end late in July: those weeks would be a year of their own, and the last one.
    """
    if "year_starts" in study.settings.records.model_fields_set or sizes.empty:
        return []
    busy = sizes["students"] >= USUAL_SHARE * sizes["students"].median()
    days = pd.to_datetime(sizes.loc[busy, "date"], errors="coerce").dropna().sort_values()
    breaks = {name: _break_at(days, month) for name, month in MONTHS.items()}
    best = max(breaks, key=lambda name: breaks[name])  # the first where several are as long
    if breaks["july"] >= LONG_BREAK or breaks[best] < LONG_BREAK:
        return []
    seen = f"days of school go on over 1 July, after a break of {breaks['july']:.0f} days"
    why = "one school year would be taken for parts of two"
    fix = f"write year_starts: {best} under records; year_starts: july there, if the years do begin in July"
    return [Problem(f"{study.path.name}, records", seen, why, fix, rows=len(days))]


def _break_at(days: "pd.Series[Any]", month: int) -> float:
    """Give the shortest break over the first of a month; infinite where no year has days on both sides of it."""
    ends = days.groupby(first_years(days, month)).agg(["min", "max"])
    follows = ends.index[ends.index.isin(ends.index + 1)]
    found = ends.loc[follows, "min"] - ends.loc[follows - 1, "max"].to_numpy()
    return float(found.dt.days.min()) if len(found) else float("inf")


def begun(sizes: pd.DataFrame, calendar: pd.DataFrame, study: Study) -> tuple[pd.DataFrame, list[Problem]]:
    """Leave out the days of school before the records of a year begin: of them nothing is known.

    Parameters
    ----------
    sizes : of `date_sizes`.
    calendar : of `calendar_of`, with all days of its years.

    Returns
    -------
    The calendar from where the records begin, and a note for each year that lost days by it.
    """
    known = sizes[sizes["date"].isin(calendar["date"])]
    first = known[_usual(known)].groupby("school_year")["date"].min().to_dict()
    early = calendar["date"] < [first.get(year, "") for year in calendar["school_year"]]
    notes = []
    for year, lost in early.groupby(calendar["school_year"]).sum().items():
        if lost <= CLOSED_WITHIN:
            early &= calendar["school_year"] != year
            continue
        where = f"{study.path.name}, records.calendar"
        seen = BEFORE.format(days=lost, year=year, first=first[year])
        why = later("nothing is known of them, so they are not counted")
        fix = later("add the records of those days, where there are any")
        notes.append(Problem(where, seen, why, fix, "noted"))
    return calendar[~early].reset_index(drop=True), notes


def so_far(
    sizes: pd.DataFrame, calendar: pd.DataFrame, as_of: str | None, *, of_events: bool = False
) -> tuple[pd.DataFrame, Progress | None]:
    """Cut a calendar at the day of school that its last year has reached, in every year.

    Parameters
    ----------
    sizes : of `date_sizes`.
    calendar : of `calendar_of`, with all days of its years.
    as_of : the last day that counts; empty for all.
    of_events : the rows are absences. A small school has days without one, the last days of its year too: these are
        taken for days of the records where as many in a row are not rare at its share of days with absences.

    Returns
    -------
    The calendar as far as the last year has come (earlier years have as many days), and how far that is; the calendar
    as it was, and None, where the last year is over.
    """
    known = sizes[sizes["date"].isin(calendar["date"]) & ((sizes["date"] <= as_of) if as_of else True)]
    reached = known[_usual(known)]
    if reached.empty:
        return calendar, None
    date = reached["date"].max()
    year = calendar.loc[calendar["date"] == date, "school_year"].iloc[0]
    own = calendar.loc[calendar["school_year"] == year, "date"]
    days, until = int((own <= date).sum()), int((own <= as_of).sum()) if as_of else len(own)
    if of_events and (1 - own.isin(reached["date"]).sum() / days) ** (until - days) >= BY_CHANCE:
        days = until
    progress = Progress(days, len(own))
    if progress.of - progress.days <= CLOSED_WITHIN:
        return calendar, None
    place = calendar.groupby("school_year").cumcount()
    return calendar[place < progress.days].reset_index(drop=True), progress


def silent_end(sizes: pd.DataFrame, calendar: pd.DataFrame, study: Study) -> list[Problem]:
    """Note that the last days that count, of `so_far`, have no absence, where these are more than a few."""
    last = sizes.loc[sizes["date"].isin(calendar["date"]), "date"].max()
    silent = int((calendar["date"] > last).sum()) if len(calendar) else 0
    if silent <= CLOSED_WITHIN:
        return []
    seen = SILENT_END.format(days=silent, year=calendar["school_year"].iloc[-1])
    why = later("with so few absences as many days in a row can have none, so all are taken for days present")
    fix = later("where the records end before, write as_of with their last day")
    return [Problem(f"{study.path.name}, records.calendar", seen, why, fix, "noted")]


def days_of_schools(
    name: str, whole: pd.DataFrame, counted: pd.DataFrame, given: pd.DataFrame | None, schools: str
) -> None:
    """Make the engine's table `name` (`school_id, school_year, date, later`), a row a school and day of school.

    Parameters
    ----------
    whole : of `calendar_of`.
    counted : of `so_far`: its days that count; others are `later`.
    given : the study's own calendar; a day of it that names no school is one of all schools.
    schools : SQL that selects each `school_id` once.
    """
    dates = whole[["school_year", "date"]]
    engine.register("whole_calendar", dates.assign(later=~dates["date"].isin(counted["date"])))
    engine.register("given_calendar", (whole.assign(school_id="") if given is None else given)[["school_id", "date"]])
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {name} AS
        SELECT DISTINCT schools.school_id, whole.school_year, CAST(whole.date AS DATE) AS date, whole.later
        FROM ({schools}) AS schools
        JOIN given_calendar AS given ON given.school_id = '' OR given.school_id = schools.school_id
        JOIN whole_calendar AS whole ON whole.date = given.date""")
