"""Tables beside the records: the students' groups, the schools, the calendar."""

import pandas as pd

from analysis import engine
from analysis.problems import Problem, UserError
from analysis.records.files import lines, stage, unstage
from analysis.study import Study

SCHOOL_YEAR_STARTS = 7
"""The month from which a date belongs to the school year that begins in its calendar year."""

STUDENTS = "students_beside"


def school_year_sql(date: str) -> str:
    """Write the SQL that names the school year (`2017-18`) of a date."""
    start = f"(CAST(year({date}) AS INTEGER) - CAST(month({date}) < {SCHOOL_YEAR_STARTS} AS INTEGER))"
    return f"concat({start}, '-', lpad(CAST(({start} + 1) % 100 AS VARCHAR), 2, '0'))"


def read_students(study: Study) -> str:
    """Make the engine's table of students with their groups; name it, or '' where the study has none.

    Raises
    ------
    UserError
        A student stands in it twice with different groups.
    """
    side, groups = study.settings.records.students, study.settings.records.groups
    if side is None:
        return ""
    _stop(stage(study, STUDENTS, side))
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


def read_schools(study: Study) -> pd.DataFrame | None:
    """Read `school_id` with `school_name` and `school_level`, where the study has them."""
    side = study.settings.records.schools
    if side is None:
        return None
    _stop(stage(study, "schools_beside", side))
    level = "school_level_word AS school_level" if "school_level" in side.columns else "'' AS school_level"
    name = "school_name" if "school_name" in side.columns else "''"
    schools = engine.table(f"""
        SELECT school_id, coalesce({name}, '') AS school_name, {level} FROM schools_beside
        WHERE school_id IS NOT NULL QUALIFY row_number() OVER (PARTITION BY school_id ORDER BY file_row) = 1
        ORDER BY school_id""")
    unstage("schools_beside")
    return schools.fillna("")


def read_calendar(study: Study) -> pd.DataFrame | None:
    """Read the instructional days: `school_year, date, note`, where the study has a calendar.

    A row whose `instructional` is 'false', 'no', 'n' or '0' is a day without school; without the column all rows count.

    Raises
    ------
    UserError
        A date or an `instructional` that is not understood.
    """
    side = study.settings.records.calendar
    if side is None:
        return None
    _stop(stage(study, "calendar_beside", side))
    instructional = "lower(instructional)" if "instructional" in side.columns else "'true'"
    note = "coalesce(note, '')" if "note" in side.columns else "''"
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE calendar_typed AS
        SELECT file_row, CAST(try_strptime(date, {engine.quoted(study.settings.records.date_format)}) AS DATE) AS day,
            {instructional} IN ('true', 'yes', 'y', '1') AS counts,
            coalesce({instructional} IN ('true', 'yes', 'y', '1', 'false', 'no', 'n', '0'), false) AS understood,
            {note} AS note
        FROM calendar_beside""")
    bad = engine.execute("SELECT file_row FROM calendar_typed WHERE day IS NULL OR NOT understood ORDER BY 1")
    if bad:
        where = "; ".join(lines(study, "calendar_beside", [row for (row,) in bad[:5]], side).values())
        seen = f"{len(bad):,} rows have no date, or an 'instructional' that is not true or false"
        raise UserError("records", Problem(where, seen, "the days of school must be known", "mend the calendar"))
    unstage("calendar_beside")
    return engine.table(f"""
        SELECT {school_year_sql("day")} AS school_year, strftime(day, '%Y-%m-%d') AS date, max(note) AS note
        FROM calendar_typed WHERE counts GROUP BY ALL ORDER BY date""")


def _stop(problems: list[Problem]) -> None:
    stops = [problem for problem in problems if problem.severity == "stops"]
    if stops:
        raise UserError("records", stops)
