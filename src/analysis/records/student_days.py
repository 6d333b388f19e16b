"""Student-days from a source with a row a student and day: typed, checked, written as one canonical Parquet."""

from collections.abc import Collection
from pathlib import Path

from analysis import engine
from analysis.language import later
from analysis.problems import Problem, rows_set_aside, stop
from analysis.records.dates import date_sql, school_year_sql
from analysis.records.enrolment import hold_days, read_enrolment
from analysis.records.files import STAGED, stage_beside, unstage
from analysis.records.lost_zeros import wrong_ids
from analysis.records.school_calendar import begun, calendar_of, date_sizes, days_of_schools, over_the_cut, so_far
from analysis.records.school_list import schools_of
from analysis.records.side_tables import read_side_tables
from analysis.records.student_rows import (
    ABSENCE_REASON,
    AFTER_THE_LAST_DAY,
    LATER_IN_THE_YEAR,
    LEFT_OUT,
    OUTSIDE_ENROLMENT,
    TWO_DISTRICTS,
    YEAR_LEFT_OUT,
    Fault,
    account,
    groups_sql,
    limits_sql,
    place_problems,
    reason_sql,
    tally_of,
    text_sql,
    used_students,
    with_steps,
    write,
)
from analysis.records.types import StudentRecords
from analysis.study import Study
from analysis.vocabulary import DAY, REASONS

READ, HELD, TYPED, JUDGED = "days_read", "days_held", "days_typed", "days_judged"
DATES, ASIDE = "days_of_school", "days_aside"

ROW_FAULTS = (
    LEFT_OUT,
    Fault(later("no student id"), "student_id IS NULL", "the day belongs to nobody", "fill the id in the source"),
    Fault(later("no school id"), "school_id IS NULL", "the day cannot be counted at a school",
          "fill the id in the source"),
    Fault(later("date not understood"), "date IS NULL", "the day cannot be placed", "check records.date_format"),
    Fault(later("grade missing"), "grade_level IS NULL", "the day cannot be counted by grade", "fill it in the source"),
    Fault(later("days not understood"), "not_a_number", "the row cannot be counted", "write a number or nothing"),
    Fault(later("membership is no part of a day"), "NOT (membership > 0 AND membership <= 1000)",
          "a student is a member for at most one day a day", "map days_enrolled to a column of 0 to 1"),
    Fault(later("absent longer than enrolled"), "days_absent < 0 OR days_absent > membership",
          "the absence cannot be right", "check the units of days_absent"),
    YEAR_LEFT_OUT,
    AFTER_THE_LAST_DAY,
    LATER_IN_THE_YEAR,
    Fault(later("not an instructional day"), "NOT instructional", "nobody is a member on a day without school",
          "correct the date or the calendar"),
    OUTSIDE_ENROLMENT,
)  # fmt: skip
"""What is wrong with a row by itself."""
DAY_FAULTS = (
    Fault(later("the same row again"), "copy > 1", "it would count twice", "remove it in the source"),
    TWO_DISTRICTS,
    Fault(later("two records of one day disagree"), "versions > 1 AND schools = 1", "only one can be true",
          "correct the source; neither is used"),
    Fault(later("two schools on one day"), "schools > 1", "the day would count twice",
          "correct the source; neither is used"),
)  # fmt: skip
"""What is wrong between sound rows of one student and day."""
FAULTS = (*ROW_FAULTS, *DAY_FAULTS)


def read_student_days(study: Study, folder: Path) -> StudentRecords:
    """Read a study's student-days and write them to `folder`.

    Raises
    ------
    UserError
        Everything that stops the run, at once: missing files and columns, words that no mapping explains, a reason
        for which more than half of the rows would be set aside.
    """
    beside = read_side_tables(study)
    enrolment = read_enrolment(study, beside.problems)
    problems = stage_beside(study, beside.problems)
    problems += wrong_ids(study, beside)
    not_read = rows_set_aside(problems)
    _type_rows(study)
    if enrolment:
        hold_days(enrolment, READ, HELD)
    engine.execute(f"CREATE OR REPLACE TEMP VIEW {TYPED} AS FROM {HELD if enrolment else READ}")
    repeats = _repeats()
    dated = f"SELECT CAST(school_year AS VARCHAR) AS school_year, date, student_id FROM {TYPED} WHERE NOT left_out"
    sizes = date_sizes(engine.lazy(dated), once=not repeats)
    problems += over_the_cut(study, sizes)
    whole, late = begun(sizes, calendar_of(sizes, beside.calendar), study)
    calendar, progress = so_far(sizes, whole, study.settings.as_of)
    days_of_schools(DATES, whole, calendar, beside.calendar, f"SELECT DISTINCT school_id FROM {TYPED}")
    _judge_rows(study, repeats)
    flow, found = account(study, JUDGED, FAULTS, not_read)
    found = [*(_of_parts(study) if repeats else ()), *_empty_for_present(study), *found]
    flow = with_steps(flow, enrolment.steps if enrolment else ())
    problems += [*late, *found, *beside.problems]
    stop([*problems, *place_problems(study, tally_of(JUDGED))])
    path = folder / "student_days.parquet"
    write(study, JUDGED, path, beside.students, latest="(date, file_row)")
    used = engine.hold(used_students(JUDGED))
    years, districts = (engine.distinct(used, column) for column in ("school_year", "district_id"))
    _forget()
    calendar = calendar[calendar["school_year"].isin(years)].reset_index(drop=True)
    return StudentRecords(
        study, str(path), flow, schools_of(used, beside.schools), calendar, years, districts, tuple(problems), progress
    )


def _type_rows(study: Study) -> None:
    """Make the typed rows, all of them sound so far: a who and a what are read once, however many rows have them."""
    columns = engine.columns_of(STAGED)
    _type_who(study, columns)
    _type_what(study, columns)
    engine.execute(f"""
        CREATE OR REPLACE TEMP VIEW {READ} AS
        SELECT file_row, left_out, false AS outside, who.* EXCLUDE (who), what.* EXCLUDE (what)
        FROM {STAGED}_rows JOIN {READ}_who AS who USING (who) JOIN {READ}_what AS what USING (what) WHERE NOT short""")


def _type_who(study: Study, columns: Collection[str]) -> None:
    texts = {
        "student_id": "student_id", "school_id": "school_id",
        "grade_level": text_sql(columns, "grade_level", "grade_level_word"),
        "district_id": text_sql(columns, "district_id"),
    }  # fmt: skip
    source = f"{STAGED}_whos"
    coded = ", ".join(_coded(name, text, source) for name, text in texts.items())
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {READ}_who AS SELECT who, {coded}{groups_sql(study, columns)} FROM {source}""")


def _type_what(study: Study, columns: Collection[str]) -> None:
    records = study.settings.records
    coded = "attendance_code" in columns
    absent_text = "days_absent" if "days_absent" in columns else "NULL"
    member_text = "days_enrolled" if "days_enrolled" in columns else "'1'"
    absent, membership = (f"CAST(TRY_CAST({text} AS DECIMAL(12, 3)) * {DAY} AS BIGINT)"
                          for text in (absent_text, member_text))  # fmt: skip
    empty = records.values.get("attendance_code", {}).get("", "unmarked")
    by_code = f"""CASE WHEN {engine.among("code", ("absent", *REASONS))} THEN membership
        WHEN code = 'half_absent' THEN membership // 2 WHEN code IN ('present', 'tardy') THEN 0 END"""
    year = school_year_sql("date", study.settings.records.year_starts)
    engine.execute(f"""
        CREATE OR REPLACE TEMP VIEW {READ}_whats AS
        SELECT *, CASE WHEN date IS NOT NULL THEN {year} END AS school_year,
            {by_code if coded and "days_absent" not in columns else "days_absent_read"} AS days_absent,
            {ABSENCE_REASON} AS absence_reason
        FROM (
            SELECT what, {date_sql("date", records.date_format)} AS date, {membership} AS membership,
                {absent} AS days_absent_read,
                ({absent} IS NULL AND {absent_text} IS NOT NULL) OR {membership} IS NULL AS not_a_number,
                {f"coalesce(attendance_code_word, '{empty}')" if coded else "NULL"} AS code,
                {text_sql(columns, "absence_reason", "coalesce(absence_reason_word, '')")} AS reason
            FROM {STAGED}_whats)""")
    texts = ", ".join(_coded(name, name, f"{READ}_whats") for name in ("school_year", "absence_reason"))
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {READ}_what AS
        SELECT what, date, membership, days_absent, not_a_number, {texts} FROM {READ}_whats""")


def _coded(name: str, text: str, source: str) -> str:
    """Write the SQL that gives a text as a number of its texts."""
    kind = engine.enumeration(f"days {name}", f"SELECT {text} AS text FROM {source}")
    return f"CAST({text} AS {kind}) AS {name}"


def _repeats() -> bool:
    """Say whether a student has two rows of one date: the days of a month are the bits of a number."""
    found = engine.execute(f"""
        SELECT 1 FROM {TYPED} GROUP BY student_id, year(date), month(date)
        HAVING count(*) > bit_count(bit_or(1::BIGINT << day(date))) LIMIT 1""")
    return bool(found)


def _judge_rows(study: Study, repeats: bool) -> None:
    """Make the judged rows: the typed ones with the reason for which one is set aside.

    Only rows that repeat are held against each other.
    """
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {ASIDE} (file_row BIGINT, reason VARCHAR)")
    engine.execute(f"""
        CREATE OR REPLACE TEMP VIEW {JUDGED} AS
        SELECT days.*, coalesce(aside.reason, '') AS set_aside
        FROM {TYPED} AS days LEFT JOIN {ASIDE} AS aside USING (file_row)""")
    _set_aside(f"""
        SELECT file_row, CASE {reason_sql(ROW_FAULTS)} END AS reason
        FROM (
            SELECT days.*, known.date IS NOT NULL AS instructional, coalesce(known.later, false) AS later,
                {limits_sql(study, "days")}
            FROM {TYPED} AS days
            LEFT JOIN {DATES} AS known ON known.school_id = days.school_id AND known.date = days.date)""")
    if not repeats:
        return
    _set_aside(f"""
        WITH sound AS (SELECT * FROM {JUDGED} WHERE set_aside = ''),
        repeated AS (
            SELECT student_id, date, count(DISTINCT school_id) AS schools,
                count(DISTINCT nullif(district_id, '')) AS districts,
                count(DISTINCT (school_id, grade_level, membership, days_absent, absence_reason)) AS versions
            FROM sound GROUP BY student_id, date HAVING count(*) > 1),
        copies AS (
            SELECT *, row_number() OVER (
                PARTITION BY student_id, date, school_id, grade_level, membership, days_absent, absence_reason
                ORDER BY file_row) AS copy
            FROM sound JOIN repeated USING (student_id, date))
        SELECT file_row, CASE {reason_sql(DAY_FAULTS)} END AS reason FROM copies""")


def _of_parts(study: Study) -> list[Problem]:
    """Refuse rows of parts of a day (morning and afternoon, periods): where two disagree, neither would be used."""
    again, _, disagree, _ = (engine.quoted(fault.reason) for fault in DAY_FAULTS)
    ((several, total, apart),) = engine.execute(f"""
        SELECT count(*) FILTER (rows > 1), count(*), coalesce(sum(apart), 0)
        FROM (SELECT count(*) AS rows, count(*) FILTER (set_aside = {disagree}) AS apart FROM {JUDGED}
            WHERE set_aside IN ('', {again}, {disagree}) GROUP BY student_id, date)""")
    if not apart or 2 * several <= total:
        return []
    seen = f"{several:,} of {total:,} days of students have several rows, and in {apart:,} rows they disagree"
    why = "rows are of parts of a day (morning and afternoon, periods), and a row is to be a student and day"
    fix = "leave one part (where), or add the parts up to one row a day with days_absent such as 0.5"
    return [Problem(f"{study.path.name}, records", seen, why, fix)]


def _empty_for_present(study: Study) -> list[Problem]:
    """Refuse records in which an empty cell is likely a day present, and not a day that nobody marked."""
    records, coded = study.settings.records, "attendance_code" in study.mapped and "days_absent" not in study.mapped
    ((rows, empty, present),) = engine.execute(f"""
        SELECT coalesce(sum(rows), 0), coalesce(sum(unmarked), 0), coalesce(sum(present), 0)
        FROM {tally_of(JUDGED)} WHERE set_aside = ''""")
    codes = records.values.get("attendance_code", {})
    said = "" in codes or "unmarked" in codes.values()
    if empty in (0, rows) or said or (present and (2 * empty <= rows or not coded)):
        return []
    column = "attendance_code" if coded else "days_absent"
    mostly = "mostly so" if present else "no row is of a day present"
    seen = f"{column} is empty in {empty:,} of {rows:,} rows, and {mostly}"
    words = 'values: {attendance_code: {"": present}} if an empty cell is a day present, {"": unmarked} if nobody knows'
    fix = f"write {words}" if coded else f"write 0 for a day present, or map it as attendance_code, with {words}"
    return [Problem(f"{study.path.name}, records", seen, "a day that nobody marked is not counted as present", fix)]


def _set_aside(found: str) -> None:
    """Keep what a query finds: `file_row, reason`, NULL where nothing is wrong."""
    engine.execute(f"INSERT INTO {ASIDE} SELECT file_row, reason FROM ({found}) WHERE reason IS NOT NULL")


def _forget() -> None:
    unstage(STAGED)
    for kept in (ASIDE, HELD, f"{READ}_who", f"{READ}_what"):
        engine.execute(f"DROP TABLE IF EXISTS {kept}")
