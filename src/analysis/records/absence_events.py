"""Absences alone, with the enrolment and the calendar: a day of membership without an event is a day present.

Without the enrolment it is not known who was a member: only the days absent are, with their dates, schools and reasons.
"""

from pathlib import Path
from typing import Final

import pandas as pd

from analysis import engine
from analysis.language import later
from analysis.problems import Problem, rows_set_aside, stop
from analysis.records.absence_spans import SPAN_FAULTS, account_days, rows_of, spans_sql, spread
from analysis.records.dates import date_sql, school_year_sql
from analysis.records.enrolment import SPELLS, Spells, make_membership, read_enrolment
from analysis.records.files import STAGED, stage_beside, unstage
from analysis.records.lost_zeros import wrong_ids
from analysis.records.school_calendar import (
    begun,
    calendar_of,
    date_sizes,
    days_of_schools,
    over_the_cut,
    silent_end,
    so_far,
)
from analysis.records.school_list import schools_of
from analysis.records.side_tables import read_side_tables
from analysis.records.silent_days import silent_days
from analysis.records.student_rows import (
    ABSENCE_REASON,
    AFTER_THE_LAST_DAY,
    LATER_IN_THE_YEAR,
    LEFT_OUT,
    OUTSIDE_ENROLMENT,
    TWO_DISTRICTS,
    YEAR_LEFT_OUT,
    Fault,
    Step,
    account,
    groups_sql,
    limits_sql,
    place_problems,
    reason_sql,
    text_sql,
    with_steps,
    write,
)
from analysis.records.types import StudentRecords
from analysis.study import Study
from analysis.vocabulary import DAY

TYPED, JUDGED = "events_typed", "events_judged"
DATES, MEMBERSHIP, DAYS = "events_dates", "events_membership", "events_days"

ROW_FAULTS = (
    LEFT_OUT,
    Fault(later("no student id"), "student_id IS NULL", "the event belongs to nobody", "fill the id in the source"),
    Fault(later("no school id"), "school_id IS NULL", "the event cannot be counted at a school",
          "fill the id in the source"),
    Fault(later("date not understood"), "date IS NULL", "the event cannot be placed", "check records.date_format"),
    *SPAN_FAULTS,
    Fault(later("the code says nothing of attendance"), "code IN ('', 'unmarked')", "it may be an absence or none",
          "map it under records.values.attendance_code"),
    Fault(later("grade missing"), "grade_level IS NULL", "the event cannot be counted by grade",
          "fill it in the source"),
    Fault(later("days not understood"), "not_a_number", "the event cannot be counted", "write a number or nothing"),
    Fault(later("absent longer than a day"), f"days_absent NOT BETWEEN 0 AND {DAY}", "the absence cannot be right",
          "check the units of days_absent: days, not hours or minutes"),
    YEAR_LEFT_OUT,
    AFTER_THE_LAST_DAY,
    LATER_IN_THE_YEAR,
    Fault(later("not an instructional day"), "NOT instructional", "nobody is absent on a day without school",
          "correct the date or the calendar"),
    Fault(later("on the exit date, which is no day of membership"), "outside AND on_exit", "the student had left",
          "write enrolment.exit_date_is: last_day where the exit date is a day of membership"),
    OUTSIDE_ENROLMENT,
    Fault(later("at a school that the student had left for another, or one of two"), "elsewhere",
          "the student was a member of another school on that day", "correct the enrolment"),
)  # fmt: skip
"""What is wrong with an event by itself."""
DAY_FAULTS = (
    Fault(later("the same event again"), "copy > 1", "it would count twice", "remove it in the source"),
    TWO_DISTRICTS,
    Fault(later("two schools on one day"), "schools > 1", "the day would count twice",
          "correct the source; neither is used"),
)  # fmt: skip
"""What is wrong between sound events of one student and day."""
FAULTS = (*ROW_FAULTS, *DAY_FAULTS)
A_FIFTH: Final = 0.2
A_TWENTIETH: Final = 0.05
LEAST_DAYS: Final = 5
THREE_TIMES: Final = 3
"""So many of the events that say the same again, one of them so often, are no slip: rows are of parts of a day."""
NO_CALENDAR: Final = later("no calendar is given: {days} days of school were inferred from the dates of the events")


def read_absence_events(study: Study, folder: Path) -> StudentRecords:
    """Read a study's absences, make the days of membership, and write them to `folder`.

    Raises
    ------
    UserError
        Everything that stops the run, at once: missing files and columns, words that no mapping explains, a reason
        for which more than half of the events or of the spells would be set aside.
    """
    beside = read_side_tables(study)
    enrolment = read_enrolment(study, beside.problems)
    problems = stage_beside(study, beside.problems)
    problems += wrong_ids(study, beside)
    stop([*problems, *beside.problems])
    not_read = rows_set_aside(problems)
    stop(_without_length(study))
    _type_events(study)
    sizes = date_sizes(engine.lazy(f"FROM {TYPED} WHERE NOT left_out"))
    stop([*_whole_days_among_periods(study), *_present_too(study), *over_the_cut(study, sizes)])
    whole, late = begun(sizes, calendar_of(sizes, beside.calendar, of_events=True), study)
    calendar, progress = so_far(sizes, whole, study.settings.as_of, of_events=True)
    source = SPELLS if enrolment else TYPED
    days_of_schools(DATES, whole, calendar, beside.calendar, f"SELECT DISTINCT school_id FROM {source}")
    spread(study, TYPED, DATES)
    steps = list(enrolment.steps) if enrolment else []
    if enrolment:
        steps += _members(study)
    _judge_events(study, enrolment)
    stop(_began_years_before(study) if enrolment else [])
    rows = rows_of(study, JUDGED)
    flow, found = account(study, rows, FAULTS, not_read)
    of_days, also = account_days(study, JUDGED, FAULTS)
    problems += silent_days(study, MEMBERSHIP, JUDGED) if enrolment else []
    problems += [
        *_inferred(study, whole),
        *late,
        *silent_end(sizes, calendar, study),
        *_of_periods(study),
        *found,
        *also,
        *beside.problems,
    ]
    _make_days(study, enrolment)
    stop([*problems, *place_problems(study, DAYS)])
    steps = [*_read_as(rows), *of_days, *steps]
    unstage(STAGED)
    path = folder / "student_days.parquet"
    write(study, DAYS, path, beside.students, latest="date")
    engine.execute(f"DROP TABLE {DAYS}")
    used = engine.scan(str(path))
    years, districts = (engine.distinct(used, column) for column in ("school_year", "district_id"))
    calendar = calendar[calendar["school_year"].isin(years)].reset_index(drop=True)
    return StudentRecords(
        study, str(path), with_steps(flow, steps), schools_of(used, beside.schools), calendar, years,
        districts, tuple(problems), progress, "days" if enrolment else "absent_only", marked=False,
    )  # fmt: skip


def _began_years_before(study: Study) -> list[Problem]:
    """Refuse an enrolment whose entries are those of students' first years: others would be members of no day."""
    ((students, before),) = engine.execute(f"""
        SELECT count(DISTINCT student_id), count(DISTINCT student_id) FILTER (outside AND EXISTS (
            FROM {SPELLS} AS spells WHERE spells.student_id = events.student_id
                AND spells.school_id = events.school_id AND spells.school_year < events.school_year
                AND spells.exit_date IS NULL))
        FROM {JUDGED} AS events WHERE set_aside IN ('', 'outside enrolment')""")
    if before <= students / 5:
        return []
    seen = f"{before:,} of {students:,} students have absences where their enrolment began years before and has no end"
    why = "a spell is of the year of its entry, so that they would be members of no day"
    fix = "give each spell its year: map school_year, or write set: {school_year: ...} under the enrolment's file"
    return [Problem(f"{study.path.name}, records.enrolment", seen, why, fix)]


def _without_length(study: Study) -> list[Problem]:
    """Refuse periods without a length: each would be a whole day."""
    if "period" not in study.mapped or "days_absent" in study.mapped:
        return []
    fix = "say how long one is, as set: {days_absent: '0.143'} for one of seven, or map a column"
    seen = "period is mapped, and days_absent is not"
    return [Problem(f"{study.path.name}, records", seen, "an absence of one period would be a whole day", fix)]


def _whole_days_among_periods(study: Study) -> list[Problem]:
    """Refuse events of whole days among those of periods: each would be as long as a period, or add to it."""
    if "period" not in study.mapped:
        return []
    ((bare, events),) = engine.execute(
        f"SELECT count(*) FILTER (period = ''), count(*) FROM {TYPED} WHERE NOT left_out"
    )
    if not events * A_TWENTIETH < bare < events:
        return []
    seen, why = f"{bare:,} of {events:,} events have no period", "a day would be counted by itself and by its periods"
    fix = "if they are of whole days, keep one kind by where or where_not, on a column that tells them apart"
    return [Problem(f"{study.path.name}, records", seen, why, fix)]


def _present_too(study: Study) -> list[Problem]:
    """Refuse rows that nothing calls absences; where students have one on most days they are of days present too."""
    if {"attendance_code", "days_absent"} & study.mapped:
        return []
    where = f"{study.path.name}, records"
    ((events, students, days),) = engine.execute(
        f"SELECT count(*), count(DISTINCT student_id), count(DISTINCT date) FROM {TYPED} WHERE NOT left_out"
    )
    if days >= LEAST_DAYS and 2 * events > students * days:
        seen = f"{events:,} rows of {students:,} students on {days:,} days: a row a student on most days"
        fix = "map attendance_code or days_absent, which say what a row is; with days present too it is"
        return [Problem(where, seen, "each would be an absence of a whole day", f"{fix} kind: student_days")]
    if {"absence_reason", "last_date"} & study.mapped:
        return []
    seen = "nothing says that a row is an absence, or of how much of a day"
    why = "each would be a whole day, also where a student came late or missed a period"
    fix = "map attendance_code or days_absent; where each row is a whole day absent, write"
    return [Problem(where, seen, why, f"{fix} set: {{attendance_code: absent}}")]


def _of_periods(study: Study) -> list[Problem]:
    """Refuse events of periods that are read as events of days: what was missed of a day would be the whole day."""
    again = engine.quoted(DAY_FAULTS[0].reason)
    ((copies, total, most),) = engine.execute(f"""
        SELECT coalesce(sum(events - 1), 0), coalesce(sum(events), 0), coalesce(max(events), 0)
        FROM (SELECT count(*) AS events FROM {JUDGED} WHERE set_aside IN ('', {again})
            GROUP BY student_id, school_id, date, period, code, days_absent, absence_reason)""")
    if most < THREE_TIMES or copies <= A_FIFTH * total:
        return []
    seen = f"the same event stands up to {most} times on one day, {copies:,} of {total:,} events are such repeats"
    fix = "if rows are of periods or classes, map the column as period and say how long one is (days_absent); else "
    return [
        Problem(
            f"{study.path.name}, records", seen, "a part of a day that was missed would be a whole day",
            fix + "remove the repeats in the source",
        )
    ]  # fmt: skip


def _type_events(study: Study) -> None:
    records = study.settings.records
    columns = engine.columns_of(STAGED)
    coded = "attendance_code" in columns
    last_date, span = spans_sql(study)
    read = "days_absent" if "days_absent" in columns else "NULL::VARCHAR"
    empty = records.values.get("attendance_code", {}).get("", "")
    long = "true" if "days_absent" in columns else "false"
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {TYPED} AS
        WITH read AS (
            SELECT file_row, left_out, student_id, school_id, {date_sql("date", records.date_format)} AS date,
                {last_date}, {text_sql(columns, "period")} AS period,
                {f"coalesce(attendance_code_word, '{empty}')" if coded else "'absent'"} AS code,
                CAST(TRY_CAST({read} AS DECIMAL(12, 3)) * {DAY} AS BIGINT) AS days_read, {read} AS days_text,
                {text_sql(columns, "absence_reason", "coalesce(absence_reason_word, '')")} AS reason
                {groups_sql(study, columns)},
                {text_sql(columns, "district_id")} AS district_id,
                {text_sql(columns, "grade_level", "grade_level_word")} AS grade_level
            FROM {STAGED})
        SELECT * EXCLUDE (reason, days_read, days_text, last_text), {span} AS span,
            CASE WHEN date IS NOT NULL THEN {school_year_sql("date", records.year_starts)} END AS school_year,
            days_read IS NULL AND days_text IS NOT NULL AS not_a_number,
            CASE WHEN code IN ('present', 'tardy') THEN 0 WHEN days_read IS NOT NULL THEN days_read
                WHEN code = 'half_absent' THEN {DAY // 2} ELSE {DAY} END AS days_absent,
            {long} AND days_text IS NULL AND code NOT IN ('present', 'tardy') AS no_length,
            days_read IS NOT NULL AND code NOT IN ('present', 'tardy') AS has_length,
            {ABSENCE_REASON} AS absence_reason
        FROM read""")


def _members(study: Study) -> list[Step]:
    """Make the days of membership in the years that have events, and their lines of the flow."""
    years = study.settings.years
    dates = f"""(SELECT * FROM {DATES} WHERE NOT later AND school_year IN (
        SELECT DISTINCT school_year FROM {TYPED} WHERE NOT left_out
        {f"AND {engine.among('school_year', years)}" if years else ""}))"""
    twice, elsewhere = make_membership(MEMBERSHIP, dates)
    ((days, students),) = engine.execute(f"SELECT count(*), count(DISTINCT student_id) FROM {MEMBERSHIP} WHERE counts")
    ((idle,),) = engine.execute(f"SELECT count(*) FROM {SPELLS} ANTI JOIN {MEMBERSHIP} USING (number)")
    nobody = float("nan")
    lines: list[Step] = [
        ("enrolment used", later("of no day of school in these records"), idle, nobody),
        ("days of membership", "", days, students),
        ("days of membership", later("in two spells at one school, counted once"), twice, nobody),
        (
            "days of membership",
            later("in spells at two schools, not counted at the one that began first"),
            elsewhere,
            nobody,
        ),
    ]
    return [line for line in lines if line[2] or not line[1]]


def _judge_events(study: Study, enrolment: Spells | None) -> None:
    """Say of each typed event why it is set aside."""
    member, joins = "false AS outside, false AS elsewhere, false AS on_exit", ""
    if enrolment:
        member = "member.number IS NULL AS outside, NOT member.counts AS elsewhere,"
        member += " leaving.exit_date IS NOT NULL AS on_exit"
        joins = f"""
            LEFT JOIN {MEMBERSHIP} AS member ON member.student_id = events.student_id
                AND member.school_id = events.school_id AND member.date = events.date
            LEFT JOIN (SELECT DISTINCT student_id, school_id, exit_date FROM {SPELLS}) AS leaving
                ON leaving.student_id = events.student_id AND leaving.school_id = events.school_id
                AND leaving.exit_date = events.date"""
    given = [name for name in ("grade_level", "district_id") if enrolment and name in enrolment.gives]
    replaced = ", ".join(f"coalesce(member.{name}, '') AS {name}" for name in given)
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {JUDGED} AS
        WITH seen AS (
            SELECT events.* {f"REPLACE ({replaced})" if replaced else ""},
                known.date IS NOT NULL OR (events.school_id NOT IN (SELECT school_id FROM {DATES})
                    AND events.date IN (SELECT date FROM {DATES})) AS instructional,
                coalesce(known.later, false) AS later,
                {limits_sql(study, "events")}, {member}
            FROM {TYPED} AS events
            LEFT JOIN {DATES} AS known ON known.school_id = events.school_id AND known.date = events.date {joins}),
        sound AS MATERIALIZED (SELECT *, CASE {reason_sql(ROW_FAULTS)} ELSE '' END AS of_row FROM seen),
        repeated AS (
            SELECT file_row, date, count(DISTINCT school_id) OVER (PARTITION BY student_id, date) AS schools,
                count(DISTINCT nullif(district_id, '')) OVER (PARTITION BY student_id, date) AS districts,
                row_number() OVER (PARTITION BY student_id, school_id, date, period, code, days_absent, absence_reason
                    ORDER BY file_row) AS copy
            FROM sound WHERE of_row = '')
        SELECT sound.*, CASE WHEN of_row <> '' THEN of_row {reason_sql(DAY_FAULTS)} ELSE '' END AS set_aside
        FROM sound LEFT JOIN repeated USING (file_row, date)""")


def _read_as(rows: str) -> list[Step]:
    """Count what is read in a certain way: events of one day, events without a length, late or present."""
    used = f"FROM {JUDGED} WHERE set_aside = ''"
    ((present, bare),) = engine.execute(
        f"SELECT count(*) FILTER (code IN ('present', 'tardy')), count(*) FILTER (no_length)"
        f" FROM {rows} WHERE set_aside = ''"
    )
    ((several,),) = engine.execute(
        f"SELECT coalesce(sum(events), 0) FROM (SELECT count(*) AS events {used}"
        " GROUP BY student_id, school_id, date HAVING count(*) > 1)"
    )
    lines: list[Step] = [
        ("used", later("late or present, and no absence"), present, float("nan")),
        ("used", later("without a length, taken as whole days (or half, where the code says so)"), bare, float("nan")),
        ("used", later("with another event of the same day, added up to a day at most"), several, float("nan")),
    ]
    return [line for line in lines if line[2]]


def _inferred(study: Study, calendar: pd.DataFrame) -> list[Problem]:
    if study.settings.records.calendar is not None:
        return []
    seen = NO_CALENDAR.format(days=f"{len(calendar):,}")
    why = later("a day on which nobody was absent is not seen, and a wrong date may be taken for one")
    return [Problem(f"{study.path.name}, records", seen, why, later("map records.calendar"), "noted")]


def _make_days(study: Study, enrolment: Spells | None) -> None:
    """Make the rows that are counted: every day of membership; without the enrolment every day with an event."""
    own = [group for group in study.settings.records.groups if group in engine.columns_of(JUDGED)]
    groups = "".join(f", max({engine.named(group)}) AS {engine.named(group)}" for group in own)
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {DAYS} AS
        SELECT student_id, school_id, date, least(sum(days_absent), {DAY})::BIGINT AS days_absent,
            CASE WHEN count(DISTINCT absence_reason) FILTER (longest) = 1
                THEN max(absence_reason) FILTER (longest) ELSE '' END AS absence_reason,
            max(school_year) AS school_year, max(district_id) AS district_id, max(grade_level) AS grade_level,
            min(file_row) AS file_row, 0 AS membership, '' AS set_aside{groups}
        FROM (SELECT *, days_absent = max(days_absent) OVER (PARTITION BY student_id, school_id, date) AS longest
            FROM {JUDGED} WHERE set_aside = '')
        GROUP BY student_id, school_id, date""")
    if enrolment:
        _fill_days(enrolment, own)


def _fill_days(enrolment: Spells, own: list[str]) -> None:
    """Add the days of membership without an event; a district that the enrolment does not give is the school's."""
    sources = {"grade_level": "''", "district_id": "coalesce(district.district_id, '')"}
    sources |= {group: f"coalesce(absent.{engine.named(group)}, '')" for group in own}
    sources |= {name: f"coalesce(member.{engine.named(name)}, '')" for name in enrolment.gives}
    given = "".join(f", {sql} AS {engine.named(name)}" for name, sql in sources.items())
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {DAYS} AS
        SELECT member.number AS file_row, member.student_id, member.school_id, member.school_year, member.date,
            {DAY} AS membership, coalesce(absent.days_absent, 0) AS days_absent,
            coalesce(absent.absence_reason, '') AS absence_reason, '' AS set_aside{given}
        FROM {MEMBERSHIP} AS member
        LEFT JOIN {DAYS} AS absent ON absent.student_id = member.student_id
            AND absent.school_id = member.school_id AND absent.date = member.date
        LEFT JOIN (SELECT school_id, max(district_id) AS district_id FROM {TYPED} GROUP BY ALL) AS district
            ON district.school_id = member.school_id
        WHERE member.counts""")
