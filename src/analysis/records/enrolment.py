"""The enrolment: spells of students at schools, the one that holds a day, and the days of membership that they give.

A spell is of one school year: the one that the source gives, else that of its entry date. So it says the grade of that
year alone, and one without an exit ends with it. Of several spells that hold a day the one that began last counts.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from analysis import engine
from analysis.language import later
from analysis.problems import Problem, UserError, stop
from analysis.records.dates import MONTHS, date_sql, register_school_years, school_year_sql
from analysis.records.files import FIRST_AT, lines, stage, unstage
from analysis.records.student_rows import Fault, Step, groups_sql, reason_sql, reasons, text_sql
from analysis.study import Enrolment, Study

STAGED, TYPED, SPELLS, YEARS = "enrolment_staged", "enrolment_typed", "enrolment_spells", "enrolment_years"

ROW_FAULTS = (
    Fault(later("no student id"), "student_id IS NULL", "the spell belongs to nobody", "fill the id in the source"),
    Fault(later("no school id"), "school_id IS NULL", "the spell is at no school", "fill the id in the source"),
    Fault(later("entry date not understood"), "entry_date IS NULL AND entry_mapped", "the spell has no beginning",
          "check records.date_format"),
    Fault(later("exit date not understood"), "exit_date IS NULL AND exit_text IS NOT NULL", "the spell has no end",
          "check records.date_format"),
    Fault(later("school year not understood"), "school_year IS NULL", "the spell is of no year",
          "write both years, as 2017-18, or map it under records.values.school_year"),
    Fault(later("exit before entry"), "exit_date < entry_date", "the spell holds no day", "correct it in the source"),
    Fault(later("exit on the entry date, so never a member"), "last < first", "the spell holds no day",
          "nothing, or write exit_date_is: last_day where the exit date is a day of membership"),
    Fault(later("grade missing"), "grade_level IS NULL", "its days cannot be counted by grade",
          "fill it in the source"),
)  # fmt: skip
"""What is wrong with a spell by itself."""
SPELL_FAULTS = (
    Fault(later("the same spell again"), "copy > 1", "nothing is lost", "remove it in the source"),
    Fault(later("two grades from one day at one school"), "grades > 1", "only one can be true",
          "correct the source; neither is used"),
)  # fmt: skip
"""What is wrong between sound spells of one student and school."""
FAULTS = (*ROW_FAULTS, *SPELL_FAULTS)
OVER_THE_YEAR: Final = (
    later("{spells} spell runs on into a later school year"),
    later("{spells} spells run on into a later school year"),
)
AT_TWO_SCHOOLS: Final = (
    later("{students} student has spells at two schools at once"),
    later("{students} students have spells at two schools at once"),
)


@dataclass(frozen=True)
class Spells:
    """The spells of a study, in the engine's table `SPELLS`, a row a spell.

    Its columns are `number, student_id, school_id, school_year, first, last` (its first and last day of membership),
    `exit_date`, and what it `gives`.

    Parameters
    ----------
    gives : which of `grade_level`, `district_id` and the study's groups it has.
    steps : its lines of the flow.
    problems : what was noted or set aside.
    """

    gives: tuple[str, ...]
    steps: tuple[Step, ...]
    problems: tuple[Problem, ...]


def read_enrolment(study: Study, problems: list[Problem]) -> Spells | None:
    """Read the spells, and add what is wrong with them; None where there are none or they cannot be used."""
    if study.settings.records.enrolment is None:
        return None
    try:
        enrolment = _read(study, study.settings.records.enrolment)
    except UserError as error:
        problems += error.problems
        return None
    problems += enrolment.problems
    return enrolment


def _read(study: Study, side: Enrolment) -> Spells:
    problems = stage(study, STAGED, side)
    stop(problems)
    columns = engine.columns_of(STAGED)
    _type_spells(study, side, columns)
    _judge_spells()
    counted, found = reasons(study, STAGED, f"(SELECT *, 1 AS rows FROM {TYPED})", FAULTS, side)
    problems += [*found, *_over_the_year(study), *_at_two_schools(study)]
    unstage(STAGED)
    gives = tuple(name for name in ("grade_level", "district_id", *study.settings.records.groups) if name in columns)
    given = "".join(f", {engine.named(name)}" for name in gives)
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {SPELLS} AS
        SELECT file_row AS number, student_id, school_id, school_year, first, last, exit_date{given}
        FROM {TYPED} WHERE set_aside = ''""")
    engine.execute(f"DROP TABLE {TYPED}")
    stop(problems)
    read = sum(rows for rows, _ in counted.values())
    steps: list[Step] = [("enrolment read", "", read, float("nan"))]
    steps += [("enrolment set aside", reason, *numbers) for reason, numbers in counted.items() if reason]
    steps.append(("enrolment used", "", *counted.get("", (0, 0))))
    return Spells(gives, tuple(steps), tuple(problems))


def _type_spells(study: Study, side: Enrolment, columns: Collection[str]) -> None:
    records = study.settings.records
    entry, leaving = (name if name in columns else "NULL" for name in ("entry_date", "exit_date"))
    given = "school_year_word" if "school_year" in records.values else "school_year"
    given = given if "school_year" in columns else "NULL::VARCHAR"
    texts = engine.execute(f"SELECT DISTINCT {given} AS text FROM {STAGED} WHERE text IS NOT NULL")
    register_school_years(YEARS, (text for (text,) in texts), records.year_is)
    after = 1 if side.exit_date_is == "day_after" else 0
    date_format, year_of_entry = records.date_format, school_year_sql("entry_date", records.year_starts)
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {TYPED} AS
        WITH read AS (
            SELECT file_row, student_id, school_id, {date_sql(entry, date_format)} AS entry_date,
                {"true" if "entry_date" in columns else "false"} AS entry_mapped,
                {date_sql(leaving, date_format)} AS exit_date, {leaving} AS exit_text, {given} AS year_text,
                {text_sql(columns, "grade_level", "grade_level_word")} AS grade_level,
                {text_sql(columns, "district_id")} AS district_id
                {groups_sql(study, columns)}
            FROM {STAGED})
        SELECT read.*, CASE WHEN year_text IS NULL AND entry_date IS NOT NULL THEN {year_of_entry}
                ELSE years.school_year END AS school_year,
            coalesce(entry_date, DATE '1900-01-01') AS first,
            coalesce(exit_date - {after}, DATE '2100-01-01') AS last
        FROM read LEFT JOIN {YEARS} AS years ON text = year_text""")


def _judge_spells() -> None:
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {TYPED} AS
        WITH sound AS (SELECT *, CASE {reason_sql(ROW_FAULTS)} ELSE '' END AS of_row FROM {TYPED}),
        repeated AS (
            SELECT file_row, row_number() OVER (
                PARTITION BY student_id, school_id, school_year, first, last, grade_level ORDER BY file_row) AS copy,
                CASE WHEN min(grade_level) OVER same <> max(grade_level) OVER same THEN 2 ELSE 1 END AS grades
            FROM sound WHERE of_row = '' WINDOW same AS (PARTITION BY student_id, school_id, school_year, first))
        SELECT sound.* EXCLUDE (of_row),
            CASE WHEN of_row <> '' THEN of_row {reason_sql(SPELL_FAULTS)} ELSE '' END AS set_aside
        FROM sound LEFT JOIN repeated USING (file_row)""")


def _over_the_year(study: Study) -> list[Problem]:
    """Note the spells whose exit is in a later school year than the one that they are of."""
    starts = study.settings.records.year_starts
    year_of_exit = school_year_sql("exit_date", starts)
    found = engine.execute(f"""
        SELECT count(*), min(file_row) FROM {TYPED} WHERE set_aside = '' AND exit_date IS NOT NULL
            AND {year_of_exit} > school_year
            AND last >= make_date(CAST(left(school_year, 4) AS INTEGER) + 1, {MONTHS[starts]}, 1)""")
    ((rows, first),) = found
    if not rows:
        return []
    where = FIRST_AT.format(place=lines(study, STAGED, [first], study.settings.records.enrolment)[first])
    seen = OVER_THE_YEAR[rows > 1].format(spells=f"{rows:,}")
    why = later("the grade at entry is that of one year, so they count in that year alone")
    return [Problem(where, seen, why, later("give a spell a year, or map school_year"), "noted", rows)]


def _at_two_schools(study: Study) -> list[Problem]:
    """Note the students of whom spells at two schools overlap."""
    ((students, first),) = engine.execute(f"""
        SELECT count(DISTINCT later.student_id), min(later.file_row)
        FROM {TYPED} AS later JOIN {TYPED} AS earlier ON earlier.student_id = later.student_id
            AND earlier.school_year = later.school_year AND earlier.school_id <> later.school_id
            AND later.first BETWEEN earlier.first AND earlier.last
        WHERE later.set_aside = '' AND earlier.set_aside = ''""")
    if not students:
        return []
    where = FIRST_AT.format(place=lines(study, STAGED, [first], study.settings.records.enrolment)[first])
    seen = AT_TWO_SCHOOLS[students > 1].format(students=f"{students:,}")
    why = later("a day counts at the school that was entered last, and at none where both were entered on one day")
    return [Problem(where, seen, why, later("nothing, where that is so; else correct the enrolment"), "noted")]


def hold_days(spells: Spells, days: str, held: str) -> None:
    """Make the typed days with the spell that holds each.

    The grade, the district and the groups that the enrolment has are then its own; `outside` says that none holds it.

    Parameters
    ----------
    days : name of the engine's view (`file_row, student_id, school_id, school_year, date, grade_level, ...`).
    held : name of the table that is made.
    """
    replaced = ", ".join(engine.named(name) for name in ("outside", *spells.gives) if name in engine.columns_of(days))
    given = "".join(f", coalesce(spells.{name}, '') AS {name}" for name in map(engine.named, spells.gives))
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {held} AS
        WITH held AS (
            SELECT days.file_row, arg_max(spells.number, (spells.first, spells.number)) AS number
            FROM {days} AS days JOIN {SPELLS} AS spells
            ON spells.student_id = days.student_id AND spells.school_id = days.school_id
                AND spells.school_year = days.school_year AND days.date BETWEEN spells.first AND spells.last
            GROUP BY days.file_row)
        SELECT days.* EXCLUDE ({replaced}), held.number IS NULL AS outside{given}
        FROM {days} AS days LEFT JOIN held USING (file_row)
        LEFT JOIN {SPELLS} AS spells ON spells.number = held.number""")


def make_membership(name: str, dates: str) -> tuple[int, int]:
    """Make the days of membership: spells times days of school.

    A day in several spells of one student counts once: of one school with the grade of the spell that began last, of
    several schools at the one whose spell began last. Where two schools' spells began on one day, neither counts.

    Parameters
    ----------
    name : of the table that is made: the columns of `SPELLS` with `date` and `counts` (false: no day there, for another
        school's spell holds it too).
    dates : SQL that stands after FROM: days of school (`school_id, school_year, date`).

    Returns
    -------
    Days in two spells at one school, counted once; days at two schools, of which one or none counts.
    """
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {name}_inside AS
        SELECT spells.student_id, spells.school_id, dates.date, spells.first, spells.number
        FROM {SPELLS} AS spells JOIN {dates} AS dates
        ON dates.school_id = spells.school_id AND dates.school_year = spells.school_year
            AND dates.date BETWEEN spells.first AND spells.last""")
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {name}_held AS
        SELECT student_id, school_id, date, max(first) AS first, arg_max(number, (first, number)) AS number
        FROM {name}_inside GROUP BY ALL""")
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {name} AS
        WITH keys AS (SELECT student_id, date FROM {name}_held GROUP BY ALL HAVING count(*) > 1),
        several AS (
            SELECT number, date, rank() OVER latest = 1
                AND count(*) OVER (PARTITION BY student_id, date, first) = 1 AS counts
            FROM {name}_held SEMI JOIN keys USING (student_id, date)
            WINDOW latest AS (PARTITION BY student_id, date ORDER BY first DESC))
        SELECT spells.*, held.date, coalesce(several.counts, true) AS counts
        FROM {name}_held AS held JOIN {SPELLS} AS spells USING (number) LEFT JOIN several USING (number, date)""")
    ((inside,),) = engine.execute(f"SELECT count(*) FROM {name}_inside")
    ((held, elsewhere),) = engine.execute(f"SELECT count(*), count(*) FILTER (NOT counts) FROM {name}")
    engine.execute(f"DROP TABLE {name}_inside")
    engine.execute(f"DROP TABLE {name}_held")
    return inside - held, elsewhere
