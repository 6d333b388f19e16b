"""The instructional days: given by the study, else inferred from the records and said so."""

import pandas as pd

from analysis import engine

BREAK_DAYS = 4
"""Calendar days without school in a row that make a break: longer than a weekend with one holiday."""

INFERRED_SHARE = 0.05
"""A date with records of fewer students than this share of the busiest date is not taken for a day of school.

The busiest of all years: a date that was mistyped into another year must not become a school year of its own.
"""


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
    result[off_before >= BREAK_DAYS] = "day after a break"
    result[off_after >= BREAK_DAYS] = "day before a break"
    return result


def calendar_of(days: str, given: pd.DataFrame | None) -> pd.DataFrame:
    """Make the calendar: a row an instructional day.

    Parameters
    ----------
    days : name of the engine's table of typed rows (`school_year, date, student_id`).
    given : `school_year, date, note` of the study's own calendar, instructional days only.

    Returns
    -------
    DataFrame with `school_year, date, note, near_break, basis` ('given' or 'inferred').
    """
    if given is None:
        calendar = engine.table(f"""
            WITH sizes AS (
                SELECT school_year, strftime(date, '%Y-%m-%d') AS date, count(DISTINCT student_id) AS students
                FROM {days} WHERE date IS NOT NULL GROUP BY ALL)
            SELECT school_year, date, '' AS note FROM sizes
            QUALIFY students >= {INFERRED_SHARE} * max(students) OVER ()
            ORDER BY school_year, date""")
    else:
        calendar = given.sort_values(["school_year", "date"]).reset_index(drop=True)
    beside = [near_break(year["date"]) for _, year in calendar.groupby("school_year", sort=True)]
    return calendar.assign(
        near_break=pd.concat(beside) if beside else pd.Series(dtype=str),
        basis="inferred" if given is None else "given",
    )
