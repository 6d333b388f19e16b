"""Tables beside the records: the students' groups, the schools, the calendar."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis import engine
from analysis.problems import Problem, UserError, stopping
from analysis.records.dates import date_sql, school_year_sql
from analysis.records.files import lines, stage, unstage
from analysis.study import SideTable, Study

STUDENTS = "students_beside"


@dataclass(frozen=True)
class SideTables:
    """The tables beside the records.

    Parameters
    ----------
    students : name of the engine's table of students with their groups; '' where the study has none.
    schools : `school_id, school_name, school_level`; None where the study has none.
    calendar : `school_year, date, note, school_id` of the instructional days; `school_id` is empty where a day is one
        of all schools. None where the study has none.
    problems : everything that is wrong with them; where one of them stops the run, a table may be missing.
    """

    students: str
    schools: pd.DataFrame | None
    calendar: pd.DataFrame | None
    problems: list[Problem]


def read_side_tables(study: Study) -> SideTables:
    """Read all tables beside the records, and everything that is wrong with them, at once."""
    problems: list[Problem] = []
    read: list[Any] = []
    for read_one in (_read_students, _read_schools, _read_calendar):
        try:
            read.append(read_one(study, problems))
        except UserError as error:
            problems += error.problems
            read.append(None)
    return SideTables(read[0] or "", read[1], read[2], problems)


def _read_students(study: Study, problems: list[Problem]) -> str:
    """Make the engine's table of students; a student who stands in it twice with different groups stops."""
    side, groups = study.settings.records.students, study.settings.records.groups
    if side is None:
        return ""
    problems += _staged(study, STUDENTS, side)
    kept = [group for group in groups if group in side.columns]
    words = "".join(f", coalesce({engine.named(f'{group}_word')}, '') AS {engine.named(group)}" for group in kept)
    table = STUDENTS + "_once"
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {table} AS
        SELECT student_id{words}, min(file_row) AS file_row
        FROM {STUDENTS} WHERE student_id IS NOT NULL GROUP BY ALL""")
    twice = engine.execute(f"SELECT max(file_row) FROM {table} GROUP BY student_id HAVING count(*) > 1 ORDER BY 1")
    if twice:
        rows = [row for (row,) in twice]
        first = lines(study, STUDENTS, rows[:1], side)[rows[0]]
        seen = f"{len(rows):,} students stand in it again with other groups"
        raise UserError("records", Problem(f"first at {first}", seen, "only one can be true", "keep one row a student"))
    unstage(STUDENTS)
    return table


def _read_schools(study: Study, problems: list[Problem]) -> pd.DataFrame | None:
    """Read the schools; of two rows of one school the first counts."""
    side = study.settings.records.schools
    if side is None:
        return None
    problems += _staged(study, "schools_beside", side)
    level = "school_level_word AS school_level" if "school_level" in side.columns else "'' AS school_level"
    name = "school_name" if "school_name" in side.columns else "''"
    schools = engine.table(f"""
        SELECT school_id, coalesce({name}, '') AS school_name, {level} FROM schools_beside
        WHERE school_id IS NOT NULL QUALIFY row_number() OVER (PARTITION BY school_id ORDER BY file_row) = 1
        ORDER BY school_id""")
    unstage("schools_beside")
    return schools.fillna("")


def _read_calendar(study: Study, problems: list[Problem]) -> pd.DataFrame | None:
    """Read the instructional days; a date or an `instructional` that is not understood stops.

    Without the column `instructional` all rows are days of school.
    """
    side = study.settings.records.calendar
    if side is None:
        return None
    problems += _staged(study, "calendar_beside", side)
    instructional = "instructional_word" if "instructional" in side.columns else "'true'"
    note, school = (f"coalesce({name}, '')" if name in side.columns else "''" for name in ("note", "school_id"))
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE calendar_typed AS
        SELECT file_row, {date_sql("date", study.settings.records.date_format)} AS day,
            {instructional} AS instructional, {note} AS note, {school} AS school_id
        FROM calendar_beside""")
    bad = engine.execute(
        "SELECT file_row FROM calendar_typed WHERE day IS NULL OR instructional IS NULL ORDER BY file_row"
    )
    if bad:
        where = "; ".join(lines(study, "calendar_beside", [row for (row,) in bad[:5]], side).values())
        seen = f"{len(bad):,} rows have no date, or an 'instructional' that is not true or false"
        raise UserError("records", Problem(where, seen, "the days of school must be known", "mend the calendar"))
    unstage("calendar_beside")
    year = school_year_sql("day", study.settings.records.year_starts)
    return engine.table(f"""
        SELECT {year} AS school_year, strftime(day, '%Y-%m-%d') AS date, max(note) AS note, school_id
        FROM calendar_typed WHERE instructional = 'true' GROUP BY ALL ORDER BY date, school_id""")


def _staged(study: Study, name: str, side: SideTable) -> list[Problem]:
    problems = stage(study, name, side)
    if stopping(problems):
        raise UserError("records", problems)
    return problems
