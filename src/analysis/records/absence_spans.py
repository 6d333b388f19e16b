"""Absences from a date to a date: a row becomes a row for each day of school between them, at its school.

A row of the file is used where one of its days is; the days that are not are counted by themselves.
"""

from dataclasses import replace

from analysis import engine
from analysis.language import later
from analysis.problems import Problem
from analysis.records.dates import date_sql
from analysis.records.files import STAGED
from analysis.records.student_rows import (
    AFTER_THE_LAST_DAY,
    LATER_IN_THE_YEAR,
    YEAR_LEFT_OUT,
    Fault,
    Step,
    reasons,
)
from analysis.study import Study
from analysis.vocabulary import DAY

STEP = "days of absences"
_NONE, _NO_DATE = later("no last date"), later("last date not understood")
_BEFORE, _YEAR = later("last date before the first"), later("from a date to one more than a year later")
_LENGTH = later("a length that is not that of the days of school between its dates")
SPAN_FAULTS = tuple(
    Fault(reason, f"span = {engine.quoted(reason)}", why, fix)
    for reason, why, fix in (
        (_NONE, "it may be of one day, or go on", "fill it in the source; where such an absence is of one day, write"
         " fallback: {last_date: ...} with the column of date"),
        (_NO_DATE, "it is not known how long the absence was", "check records.date_format"),
        (_BEFORE, "the absence cannot be placed", "correct the dates in the source"),
        (_YEAR, "a year is likely to be mistyped", "correct the date in the source, or part the absence"),
        (_LENGTH, "which of the days were missed is not known", "correct the dates, the length or the calendar;"
         " without days_absent each day of school between the dates is a whole one"),
    )
)  # fmt: skip
"""What is wrong with the last date of an absence; `span` of a typed row names it, and is '' where nothing is."""


_NOT_YET = frozenset(fault.why for fault in (YEAR_LEFT_OUT, AFTER_THE_LAST_DAY, LATER_IN_THE_YEAR))
"""Days that a study does not count are nothing to mend, however many they are: an absence may be to last for long."""


def spans_sql(study: Study) -> tuple[str, str]:
    """Write the SQL of the `last_date` of a staged row, and of the `span` of a typed one."""
    if "last_date" not in study.mapped:
        return "NULL::DATE AS last_date, '' AS last_text", "''"
    read = f"{date_sql('last_date', study.settings.records.date_format)} AS last_date"
    found = {
        _NONE: "last_text = ''", _NO_DATE: "last_date IS NULL", _BEFORE: "last_date < date",
        _YEAR: "last_date > date + INTERVAL 1 YEAR",
    }  # fmt: skip
    cases = " ".join(f"WHEN {condition} THEN {engine.quoted(reason)}" for reason, condition in found.items())
    return f"{read}, coalesce(last_date, '') AS last_text", f"CASE {cases} ELSE '' END"


def spread(study: Study, typed: str, dates: str) -> None:
    """Give a typed event each day of school from its date to its last date; without one it keeps its date.

    A length is that of the whole absence, so that of several days it has to be as many whole ones (half ones, where
    the code says half).
    """
    if "last_date" not in study.mapped:
        return
    each = f"CASE WHEN code = 'half_absent' THEN {DAY // 2} ELSE {DAY} END"
    of_all = "has_length AND days > 1"
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {typed} AS
        WITH spread AS (
            SELECT events.* REPLACE (coalesce(open.date, events.date) AS date,
                    coalesce(open.school_year, events.school_year) AS school_year),
                count(*) OVER (PARTITION BY file_row) AS days
            FROM {typed} AS events LEFT JOIN {dates} AS open ON open.school_id = events.school_id
                AND events.span = '' AND open.date BETWEEN events.date AND events.last_date)
        SELECT * EXCLUDE (days) REPLACE (
            CASE WHEN {of_all} THEN {each} ELSE days_absent END AS days_absent,
            CASE WHEN {of_all} AND days_absent <> days * {each} THEN {engine.quoted(_LENGTH)} ELSE span END AS span)
        FROM spread""")


def rows_of(study: Study, judged: str) -> str:
    """Name the judged rows, one for each of the file: of several days the first that is used, else the first."""
    if "last_date" not in study.mapped:
        return judged
    name = judged + "_rows"
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {name} AS FROM {judged}
        QUALIFY row_number() OVER (PARTITION BY file_row ORDER BY set_aside <> '', date) = 1""")
    return name


def account_days(study: Study, judged: str, faults: tuple[Fault, ...]) -> tuple[list[Step], list[Problem]]:
    """Account for the days of the rows that are used, where these are from a date to a date."""
    if "last_date" not in study.mapped:
        return [], []
    days = f"""(SELECT *, 1 AS rows FROM {judged} SEMI JOIN (
        SELECT file_row FROM {judged} WHERE set_aside = '') AS used USING (file_row))"""
    counted, problems = reasons(study, STAGED, days, faults)
    used = counted.pop("", (0, 0))
    steps: list[Step] = [(STEP, "", *used), *((STEP, reason, *numbers) for reason, numbers in counted.items())]
    return steps, [
        replace(
            one, seen=one.seen.removesuffix("rows") + "days of the absences used",
            severity="set_aside" if one.why in _NOT_YET else one.severity,
        )
        for one in problems
    ]  # fmt: skip
