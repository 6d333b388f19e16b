"""Student-years from a source with a row a student, school and year: days, or a rate, or days absent alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import engine
from analysis.language import later
from analysis.problems import Problem, rows_set_aside, stop
from analysis.records.dates import register_school_years
from analysis.records.files import STAGED, in_percents, stage_beside, unstage
from analysis.records.lost_zeros import wrong_ids
from analysis.records.school_list import schools_of
from analysis.records.side_tables import read_side_tables
from analysis.records.student_rows import (
    LEFT_OUT,
    YEAR_LEFT_OUT,
    Fault,
    account,
    groups_sql,
    has_ids,
    place_problems,
    reason_sql,
    tally_of,
    text_sql,
    write,
)
from analysis.records.types import RATE_DAYS, Measure, StudentRecords
from analysis.study import Study
from analysis.vocabulary import DAY

TYPED, JUDGED, YEARS = "years_typed", "years_judged", "years_known"
RATE_UNIT = RATE_DAYS * DAY
"""A rate of 1 in thousandths of the days that stand for it."""
LONGEST = 366 * DAY
FEWEST_TO_JUDGE = 10
"""From so many rates that are not 0 on, it shows that a percent was read as a share, or a share as a percent."""
NEARLY = 0.95
"""Where so many of them are 1 at most they are shares, of which some can be over 1 by mistake."""

RATES = ("absence_rate", "attendance_rate")
NUMBERS = ("days_enrolled", "days_absent", "days_present", *RATES)

ROW_FAULTS = (
    LEFT_OUT,
    Fault(later("no student id"), "student_id IS NULL", "the year belongs to nobody", "fill the id in the source"),
    Fault(later("no school id"), "school_id IS NULL", "the year cannot be counted at a school",
          "fill the id in the source"),
    Fault(later("grade missing"), "grade_level IS NULL", "the year cannot be counted by grade",
          "fill it in the source"),
    Fault(later("school year not understood"), "school_year IS NULL", "the row has no year",
          "write both years, as 2017-18; or say under records what one year means: year_is: start, or year_is: end"),
    YEAR_LEFT_OUT,
    Fault(later("number not understood"), "not_a_number", "the row cannot be counted",
          "write a number, or name the mark under records.marks.not_available"),
    Fault(later("a number is not known"), "not_known", "a number that is missing is not 0",
          "fill it in the source where it is known"),
    Fault(later("the rate is above 100%"), f"rate > {RATE_UNIT}", "nobody can miss or attend more than all days",
          "correct it in the source, or check records.rates_are"),
    Fault(later("a number below zero"), "least(membership, days_absent, rate) < 0", "the absence cannot be right",
          "correct it in the source"),
    Fault(later("enrolled for no day"), "enrolled = 0", "there is no day of which a part could be missed",
          "check the column of days_enrolled"),
    Fault(later("more days than a year has"), f"coalesce(enrolled, days_absent) > {LONGEST} AND rate IS NULL",
          "these cannot be days of one year", "check the units: days, not minutes or sessions"),
    Fault(later("absent longer than enrolled"), "days_absent > enrolled", "the absence cannot be right",
          "check the units of days_absent"),
)  # fmt: skip
"""What is wrong with a row by itself; `least` passes over what is not known."""
KEY_FAULTS = (
    Fault(later("the same row again"), "copy > 1", "it would count twice", "remove it in the source"),
    Fault(later("rows of one student, school and year disagree"), "versions > 1", "only one can be true",
          "correct the source; none of them is used. Where rows are of terms or months, add them up first. "
          "Where the id is no student's own, do not map student_id"),
)  # fmt: skip
"""What is wrong between sound rows of one student, school and year."""
FAULTS = (*ROW_FAULTS, *KEY_FAULTS)


def measure_of(study: Study) -> Measure:
    """Say what student-years of a study tell of a student, by the columns that it maps."""
    names = _numbers(study)
    if "days_enrolled" in names or {"days_absent", "days_present"} <= names:
        return "days"
    return "rate" if names & set(RATES) else "absent_only"


def read_student_years(study: Study, folder: Path) -> StudentRecords:
    """Read a study's student-years and write them to `folder`.

    Raises
    ------
    UserError
        Everything that stops the run, at once: missing files and columns, columns that contradict each other, words
        that no mapping explains, a reason for which more than half of the rows would be set aside.
    """
    beside = read_side_tables(study)
    before = [*_columns_that_clash(study), *beside.problems]
    problems = stage_beside(study, before)
    problems += wrong_ids(study, beside)
    stop([*problems, *_doubled(study), *before])
    not_read = rows_set_aside(problems)
    _type_rows(study)
    problems += _percents_or_shares(study)
    _judge_rows(study)
    flow, found = account(study, JUDGED, FAULTS, not_read)
    problems += [*_no_ids(study), *found, *before]
    stop([*problems, *place_problems(study, tally_of(JUDGED))])
    schools = _named_schools() if beside.schools is None else beside.schools
    unstage(STAGED)
    path = folder / "student_years.parquet"
    write(study, JUDGED, path, beside.students, latest="membership * 1000000000 + file_row")
    engine.execute(f"DROP TABLE {JUDGED}")
    used = engine.scan(str(path))
    years, districts = (engine.distinct(used, column) for column in ("school_year", "district_id"))
    calendar = pd.DataFrame(columns=["school_year", "date", "note", "near_break", "basis"], dtype=str)
    return StudentRecords(
        study,
        str(path),
        flow,
        schools_of(used, schools),
        calendar,
        years,
        districts,
        tuple(problems),
        measure=measure_of(study),
        marked=False,
    )


def _numbers(study: Study) -> set[str]:
    return study.mapped & set(NUMBERS)


def _columns_that_clash(study: Study) -> Iterator[Problem]:
    """Refuse numbers of which one would not be read, and rules that they cannot carry."""
    names, used, where = _numbers(study), _used(study), f"{study.path.name}, records.columns"
    for name in sorted(names - set(used)):
        beside = " and ".join(used)
        yield Problem(where, f"{name} is mapped beside {beside}", "it would not be read", "leave one of them out")
    if names == {"days_present"}:
        fix = "map days_enrolled or days_absent too"
        yield Problem(where, "days_present is mapped alone", "it does not say how many days were missed", fix)
    for key, given in (("as_of", study.settings.as_of), ("records.calendar", study.settings.records.calendar)):
        if given:
            where = f"{study.path.name}, {key}"
            yield Problem(where, "these records have no dates", "it would not be used", "leave it out")
    if measure_of(study) == "rate" and study.settings.definitions.chronic.of == "days":
        where, seen = f"{study.path.name}, definitions.chronic", "a number of days is asked of records with rates only"
        yield Problem(where, seen, "a rate does not say how many days", "write a share, such as {at_least: 0.10}")


def _used(study: Study) -> tuple[str, ...]:
    """Name the columns that give days, a rate, or days absent: the first of these sets that is mapped whole."""
    names = _numbers(study)
    enrolled = [("days_enrolled", other) for other in ("days_absent", "days_present", *RATES)]
    sets = (*enrolled, ("days_absent", "days_present"), *((rate,) for rate in RATES), ("days_absent",))
    return next((one for one in sets if set(one) <= names), tuple(sorted(names)))


def _no_ids(study: Study) -> list[Problem]:
    if has_ids(study):
        return []
    seen, fix = later("no student_id is mapped"), later("map it where the source has an id of students")
    why = later("every row counts as a student of its own: one with two rows counts twice, and nobody is followed")
    return [Problem(f"{study.path.name}, records.columns", seen, why, fix, "noted")]


def _doubled(study: Study) -> list[Problem]:
    """Stop where nearly all rows stand twice and no id tells it: by chance some would stand three times."""
    if has_ids(study):
        return []
    columns = ", ".join(
        engine.named(name) for name in engine.columns_of(STAGED) if name not in ("file_row", "file_number")
    )
    ((rows, odd),) = engine.execute(f"""
        SELECT count(*), count(*) FILTER (copies % 2 = 1)
        FROM (SELECT count(*) AS copies FROM {STAGED} WHERE NOT left_out GROUP BY {columns})""")
    if rows < FEWEST_TO_JUDGE or odd > (1 - NEARLY) * rows:
        return []
    seen, why = "nearly every row stands an even number of times", "the rows may stand twice, and no id tells it"
    fix = "take the copies out of the source, or map student_id"
    return [Problem(f"{study.path.name}, records", seen, why, fix)]


@dataclass(frozen=True)
class _Number:
    """A column of numbers in SQL: its text without marks, and its value."""

    text: str
    value: str

    def days(self) -> str:
        return f"CAST({self.value} * {DAY} AS BIGINT)"


def _number(study: Study, name: str) -> _Number:
    marks = study.settings.records.marks
    words = [*marks.not_available, *marks.suppressed]
    text = f"CASE WHEN NOT {engine.among(name, words)} THEN {name} END" if words else name
    plain = f"rtrim({text}, '% ')" if name.endswith("_rate") else text  # '88.8%'
    return _Number(text, f"TRY_CAST({plain} AS DECIMAL(18, 9))")


def _type_rows(study: Study) -> None:
    """Make the typed rows: `enrolled` where days enrolled are known, `rate` where one is read, else NULL."""
    columns, used = engine.columns_of(STAGED), _used(study)
    number = {name: _number(study, name) for name in used}
    sql = _days_sql(study, number)
    years = study.settings.years
    year = "school_year_word" if "school_year_word" in columns else "school_year"
    texts = engine.execute(f"SELECT DISTINCT {year} FROM {STAGED} WHERE {year} IS NOT NULL")
    register_school_years(YEARS, (text for (text,) in texts), study.settings.records.year_is)
    student = "student_id" if "student_id" in columns else "concat('row ', file_row)"
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {TYPED} AS
        SELECT file_row, left_out, {student} AS student_id, school_id, known.school_year,
            {engine.among("known.school_year", years) if years else "true"} AS year_wanted,
            {text_sql(columns, "grade_level", "grade_level_word")} AS grade_level,
            {text_sql(columns, "district_id")} AS district_id,
            {text_sql(columns, "school_name")} AS school_name,
            CAST(NULL AS DATE) AS date, '' AS absence_reason,
            {" OR ".join(f"({one.text} IS NOT NULL AND {one.value} IS NULL)" for one in number.values())}
                AS not_a_number,
            {" OR ".join(f"{one.text} IS NULL" for one in number.values())} AS not_known,
            {sql["rate"]} AS rate, {_is_percent(study)} AS is_percent, {sql["enrolled"]} AS enrolled,
            CAST({sql["membership"]} AS BIGINT) AS membership, {sql["days_absent"]} AS days_absent
            {groups_sql(study, columns)}
        FROM {STAGED} AS staged LEFT JOIN {YEARS} AS known ON known.text = staged.{year}""")


def _days_sql(study: Study, number: dict[str, _Number]) -> dict[str, str]:
    """Write the SQL of rate, days enrolled, membership and days absent, in thousandths, from the columns read."""
    rate = next((name for name in RATES if name in number), "")
    unit = f"CASE WHEN {_is_percent(study)} THEN {RATE_UNIT // 100} ELSE {RATE_UNIT} END"
    read = f"CAST({number[rate].value} * {unit} AS BIGINT)" if rate else "NULL"
    missed = f"({RATE_UNIT} - {read})" if rate == "attendance_rate" else read
    days = {name: one.days() for name, one in number.items() if name not in RATES}
    enrolled = days.get("days_enrolled", "NULL")
    if set(number) == {"days_absent", "days_present"}:
        enrolled = f"({days['days_absent']} + {days['days_present']})"
    absent = days.get("days_absent", f"({enrolled} - {days.get('days_present', 'NULL')})")
    if rate:
        absent = missed if enrolled == "NULL" else f"CAST(round({enrolled} * {missed} / {RATE_UNIT}) AS BIGINT)"
    member = enrolled if enrolled != "NULL" else str(RATE_UNIT) if rate else "0"
    return {"rate": read, "enrolled": enrolled, "membership": member, "days_absent": absent}


def _is_percent(study: Study) -> str:
    """Write the SQL that tells the rows of files that write rates as percents."""
    files = [number for number, percent in in_percents(study).items() if percent]
    return f"file_number IN ({', '.join(map(str, files))})" if files else "false"


def _percents_or_shares(study: Study) -> Iterator[Problem]:
    """Stop where most rates are above 1 as shares, or none is as percents: one was read as the other."""
    found = engine.execute(f"""
        SELECT is_percent, count(*), count(*) FILTER (rate > {RATE_UNIT}), count(*) FILTER (rate <= {RATE_UNIT // 100})
        FROM {TYPED} WHERE rate > 0 AND NOT left_out GROUP BY is_percent ORDER BY is_percent""")
    where = f"{study.path.name}, records.rates_are"
    for percent, rates, above, small in found:
        if rates >= FEWEST_TO_JUDGE and above > rates / 2:
            limit, fix = ("100", "correct the column, or map another") if percent else ("1", "write rates_are: percent")
            seen = f"{above:,} of {rates:,} rates that are not 0 are above {limit}"
            seen += f", and they are read as {'percents' if percent else 'shares'}"
            yield Problem(where, seen, "they would be above 100%", fix, rows=above)
        elif rates >= FEWEST_TO_JUDGE and small >= NEARLY * rates and percent:
            all_small = f"none of {rates:,} rates is above 1"
            seen = all_small if small == rates else f"{small:,} of {rates:,} rates are 1 at most"
            seen += ", and they are read as percents"
            yield Problem(
                where, seen, "nobody would be absent, or nobody present", "write rates_are: share", rows=rates
            )


def _judge_rows(study: Study) -> None:
    groups = [engine.named(group) for group in study.settings.records.groups if group in engine.columns_of(TYPED)]
    key = "school_year, district_id, student_id, school_id"
    values = ", ".join(["grade_level", "membership", "days_absent", *groups])
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {JUDGED} AS
        WITH sound AS MATERIALIZED (SELECT *, CASE {reason_sql(ROW_FAULTS)} ELSE '' END AS of_row FROM {TYPED}),
        repeated AS (
            SELECT {key}, count(DISTINCT ({values})) AS versions FROM sound WHERE of_row = ''
            GROUP BY {key} HAVING count(*) > 1),
        copies AS (
            SELECT file_row, versions, row_number() OVER (PARTITION BY {key}, {values} ORDER BY file_row) AS copy
            FROM sound JOIN repeated USING ({key}) WHERE of_row = '')
        SELECT sound.*, CASE WHEN of_row <> '' THEN of_row {reason_sql(KEY_FAULTS)} ELSE '' END AS set_aside
        FROM sound LEFT JOIN copies USING (file_row)""")
    engine.execute(f"DROP TABLE {TYPED}")


def _named_schools() -> pd.DataFrame:
    """Give the schools' names as the rows themselves have them; of two names of one school the first counts."""
    return engine.table(f"""
        SELECT school_id, coalesce(arg_min(school_name, file_row) FILTER (school_name <> ''), '') AS school_name,
            '' AS school_level
        FROM {JUDGED} WHERE set_aside = '' GROUP BY school_id ORDER BY school_id""")
