"""What all records of students share: why a row is set aside, every row accounted for, one canonical Parquet.

A reader makes a table of judged rows: `file_row, student_id, school_id, school_year, district_id, grade_level, date,
membership, days_absent` (NULL where nobody marked it), `absence_reason`, the study's groups that its files have, and
`set_aside`: the reason why a row is not used, '' for one that is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import narwhals as nw
import pandas as pd

from analysis import engine
from analysis.language import later
from analysis.problems import Problem, Severity, stopping
from analysis.records.files import FIRST_AT, SHARED, STAGED, lines
from analysis.records.focus import not_in_records
from analysis.records.types import FLOW_COLUMNS, IN_GRADE_APART, NOT_READ
from analysis.study import SideTable, Study
from analysis.vocabulary import GRADES, REASONS

Step = tuple[str, str, int, float]
"""A line of the flow: `step, reason, rows, students`."""
JUMPS: Final = (
    later("{students} student in a grade that does not follow from the others"),
    later("{students} students in a grade that does not follow from the others"),
)


@dataclass(frozen=True)
class Fault:
    """Why a row is set aside: the first that holds is its reason.

    Parameters
    ----------
    reason : as `records_flow` names it.
    condition : SQL over the typed rows.
    why, fix : for the problem that is shown.
    """

    reason: str
    condition: str
    why: str
    fix: str


LEFT_OUT = Fault(later("left out by the study"), "left_out", "", "")
"""What the study leaves out is counted, and is no problem."""


YEAR_LEFT_OUT = Fault(
    later("school year not in the study"), "NOT year_wanted", "the study names its years", "add the year under years"
)
AFTER_THE_LAST_DAY = Fault(
    later("after the study's last day"), "after_as_of", "the study says up to when it counts", "change as_of"
)
LATER_IN_THE_YEAR = Fault(
    later("later in the year than the year in progress has come"), "later",
    "years are compared over the same days of school", "nothing, or use the year alone: years",
)  # fmt: skip
OUTSIDE_ENROLMENT = Fault(
    later("outside enrolment"), "outside", "no spell of the student at that school in that year holds the day",
    "correct the enrolment; its spells are of one school year each",
)  # fmt: skip
TWO_DISTRICTS = Fault(
    later("one id in two districts on one day"), "districts > 1", "it may be the id of two students",
    "write the district before the id in the source; neither row is used",
)  # fmt: skip


ABSENCE_REASON = f"CASE WHEN reason <> '' THEN reason WHEN {engine.among('code', REASONS)} THEN code ELSE '' END"
"""SQL of the reason that a row gives, else of the one that its code is."""


def reason_sql(faults: Sequence[Fault]) -> str:
    """Write the branches of a CASE that give the reason of a row, the first fault that holds."""
    return " ".join(f"WHEN {fault.condition} THEN {engine.quoted(fault.reason)}" for fault in faults)


def has_ids(study: Study) -> bool:
    """Say whether students have ids, so that one can be followed over rows and years."""
    return study.settings.records.table is not None or "student_id" in study.mapped


def text_sql(columns: Collection[str], name: str, word: str = "") -> str:
    """Write the SQL of a text of ours, '' where a staged view has no such column.

    Parameters
    ----------
    word : the SQL of the text in our words; where it is not said, of the source's own, '' where that is empty.
    """
    return (word or f"coalesce({name}, '')") if name in columns else "''"


def limits_sql(study: Study, rows: str) -> str:
    """Write the SQL of `year_wanted` and `after_as_of`: whether the study counts a row's year, or is over by its date.

    Parameters
    ----------
    rows : the rows' name in the query.
    """
    years, last = study.settings.years, study.settings.as_of
    wanted = engine.among(f"{rows}.school_year", years) if years else "true"
    after = f"{rows}.date > DATE {engine.quoted(last)}" if last else "false"
    return f"{wanted} AS year_wanted, {after} AS after_as_of"


def groups_sql(study: Study, columns: Collection[str]) -> str:
    """Write the SQL that selects the study's groups that a staged view has, in our words, '' where unknown."""
    return "".join(
        f", coalesce({engine.named(f'{group}_word')}, '') AS {engine.named(group)}"
        for group in study.settings.records.groups if group in columns
    )  # fmt: skip


def reasons(
    study: Study, staged: str, tally: str, faults: Sequence[Fault], part: SideTable | None = None
) -> tuple[dict[str, tuple[int, int]], list[Problem]]:
    """Count judged rows by the reason for which they are set aside.

    Parameters
    ----------
    tally : SQL that stands after FROM: judged rows, `rows` of them together with `file_row` the first.
    part : the side table that the rows are of; None for the records.

    Returns
    -------
    Rows and students by reason ('' for those used), in the order of the faults; and a problem a reason, which stops the
    run where it takes more than half of the rows.
    """
    found = engine.execute(
        f"SELECT set_aside, sum(rows), count(DISTINCT student_id), min(file_row) FROM {tally} GROUP BY ALL"
    )
    counted = {reason: (rows, students) for reason, rows, students, _ in found}
    first = {reason: row for reason, _, _, row in found}
    total, problems = sum(rows for rows, _ in counted.values()), []
    for fault in faults:
        if fault.reason in counted and fault is not LEFT_OUT:
            rows = counted[fault.reason][0]
            severity: Severity = "stops" if rows > total / 2 else "set_aside"
            place = lines(study, staged, [first[fault.reason]], part)[first[fault.reason]]
            seen = f"{fault.reason}: {rows:,} of {total:,} rows"
            problems.append(Problem(FIRST_AT.format(place=place), seen, fault.why, fault.fix, severity, rows))
    order = [fault.reason for fault in faults] + [""]
    return {reason: counted[reason] for reason in order if reason in counted}, problems


def account(study: Study, judged: str, faults: Sequence[Fault], not_read: int) -> tuple[pd.DataFrame, list[Problem]]:
    """Account for every row, and say what is wrong with those set aside.

    Parameters
    ----------
    judged : name in the engine of the reader's judged rows.
    faults : all reasons, in the order in which they are told.
    not_read : lines of the files that are no rows.

    Returns
    -------
    The flow (`step, reason, rows, students`), and a problem a reason; one that takes more than half of the rows stops.
    """
    tally = tally_of(judged)
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {tally} AS
        SELECT student_id, school_year, district_id, school_id, grade_level, set_aside, count(*) AS rows,
            count(*) FILTER (days_absent IS NULL) AS unmarked, count(*) FILTER (days_absent = 0) AS present,
            min(file_row) AS file_row FROM {judged} GROUP BY ALL""")
    counted, problems = reasons(study, STAGED, tally, faults)
    total = sum(numbers[0] for numbers in counted.values())
    ((everybody,),) = engine.execute(f"SELECT count(DISTINCT student_id) FROM {tally}")
    steps: list[Step] = [("read", "", total + not_read, everybody)]
    if not_read:  # a line that is no row tells of no student
        steps.append(("set aside", NOT_READ, not_read, float("nan")))
    steps += [("set aside", reason, *numbers) for reason, numbers in counted.items() if reason]
    used, used_students = counted.get("", (0, 0))
    apart, apart_students = _apart(study, tally)
    steps.append(("used", "", used, used_students))
    steps.append(("used", IN_GRADE_APART, apart, apart_students))
    if not stopping(problems):
        problems += _nothing_left(study, tally, used) or _grades_that_jump(study, tally)
    return pd.DataFrame(steps, columns=list(FLOW_COLUMNS)), problems


def tally_of(judged: str) -> str:
    """Name the table that `account` makes: rows by student, year, district, school, grade and reason.

    Of `rows` it has how many are `unmarked`, and of a day `present`; `file_row` is the first.
    """
    return judged + "_tally"


def used_students(judged: str) -> nw.LazyFrame[Any]:
    """Give the students of the rows that are used, by year, district, school and grade: `account` has counted them."""
    names = ("student_id", "school_year", "district_id", "school_id", "grade_level")
    texts = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in names)
    return engine.lazy(f"SELECT DISTINCT {texts} FROM {tally_of(judged)} WHERE set_aside = ''")


def with_steps(flow: pd.DataFrame, steps: Sequence[Step]) -> pd.DataFrame:
    """Add lines to a flow, which are about rows of another table or of none."""
    more = pd.DataFrame(list(steps), columns=list(FLOW_COLUMNS))
    return pd.concat([flow, more], ignore_index=True) if steps else flow


def _apart(study: Study, tally: str) -> tuple[int, int]:
    grades = (*study.settings.definitions.grades, "")
    ((rows, students),) = engine.execute(
        f"SELECT coalesce(sum(rows), 0), count(DISTINCT student_id) FROM {tally}"
        f" WHERE set_aside = '' AND NOT {engine.among('grade_level', grades)}"
    )
    return rows, students


def _nothing_left(study: Study, tally: str, used: int) -> list[Problem]:
    where, why = study.path.name, "there is nothing to count"
    if not used:
        return [Problem(where, "no row could be used", why, "mend the above")]
    marked = engine.execute(f"SELECT 1 FROM {tally} WHERE set_aside = '' AND unmarked < rows LIMIT 1")
    return [] if marked else [Problem(where, "every day is unmarked", why, "check the column of days_absent or codes")]


def _grades_that_jump(study: Study, tally: str) -> list[Problem]:
    """Note students whose grade falls, or rises by more than one beyond the years between."""
    if not has_ids(study):
        return []
    places = ", ".join(f"({engine.quoted(grade)}, {place})" for place, grade in enumerate(GRADES))
    ((students, first),) = engine.execute(f"""
        WITH years AS (
            SELECT student_id, CAST(left(school_year, 4) AS INTEGER) AS year, min(place) AS lowest,
                max(place) AS highest, min(file_row) AS file_row
            FROM {tally} JOIN (VALUES {places}) AS grades(grade_level, place) USING (grade_level)
            WHERE set_aside = '' GROUP BY ALL),
        steps AS (
            SELECT *, highest - lag(highest) OVER before AS step, year - lag(year) OVER before AS apart
            FROM years WINDOW before AS (PARTITION BY student_id ORDER BY year))
        SELECT count(DISTINCT student_id), min(file_row) FROM steps
        WHERE highest > lowest + 1 OR step < 0 OR step > apart + 1""")
    if not students:
        return []
    seen = JUMPS[students > 1].format(students=f"{students:,}")
    why = later("a grade is mistyped, or two students have one id")
    fix = later("compare these students' grades in the source")
    where = FIRST_AT.format(place=lines(study, STAGED, [first])[first])
    return [Problem(where, seen, why, fix, "noted")]


def place_problems(study: Study, judged: str) -> list[Problem]:
    """Name what the study puts in focus and no used row has, and ids that several districts give to a school.

    Parameters
    ----------
    judged : judged rows, or the tally that `account` has made of them, where there are far fewer.
    """
    names = ("district_id", "school_year", "grade_level")
    texts = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in names)
    used = engine.table(f"SELECT DISTINCT {texts} FROM {judged} WHERE set_aside = ''")
    known = set(used["district_id"])
    inside = set(study.settings.focus.district_id or known) & known - {""}
    return [*not_in_records(study, used), *(_shared_schools(study, judged, sorted(inside)) if len(inside) > 1 else ())]


def _shared_schools(study: Study, judged: str, districts: Sequence[str]) -> list[Problem]:
    """Stop where two districts that are taken together have a school of one id: it would be one school on all pages.

    A school may pass from one district to another between years, and a row may not say its district.
    """
    [(ids,)] = engine.execute(f"""
        SELECT count(DISTINCT school_id) FROM (
            SELECT school_id FROM {judged}
            WHERE set_aside = '' AND {engine.among("CAST(district_id AS VARCHAR)", districts)}
            GROUP BY school_year, school_id HAVING count(DISTINCT district_id) > 1)""")
    return shared_schools(study, ids)


def shared_schools(study: Study, ids: int) -> list[Problem]:
    """Stop where so many ids of schools stand in several districts that are taken together."""
    if not ids:
        return []
    seen = SHARED[ids > 1].format(ids=f"{ids:,}")
    why = later("two schools would be taken for one")
    fix = later("write the district before the id in the source; if it is one school, leave district_id out")
    return [Problem(study.path.name, seen, why, fix)]


def write(study: Study, judged: str, path: Path, students: str, latest: str) -> None:
    """Write the rows that are used as the canonical Parquet, by school, student and date.

    Parameters
    ----------
    students : name of the engine's table of students with their groups; '' where the study has none.
    latest : SQL over judged rows; a student's group in a year is that of the row where it is largest.
    """
    columns, dates = engine.columns_of(judged), judged + "_dates"
    texts = ("school_year", "district_id", "student_id", "school_id", "grade_level")
    coded = ", ".join(_coded(judged, columns, name) for name in texts)
    reason = "CASE WHEN days_absent > 0 THEN absence_reason ELSE CAST('' AS {kind}) END"
    groups, join = _groups(study, judged, columns, students, latest)
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {dates} AS
        SELECT date AS day, coalesce(strftime(date, '%Y-%m-%d'), '') AS date FROM {judged} GROUP BY day""")
    _code(dates)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = f"""
        SELECT {coded}, {dates}.date,
            CASE WHEN days_absent IS NULL THEN 0 ELSE membership END AS days_enrolled,
            coalesce(days_absent, 0) AS days_absent,
            CASE WHEN days_absent IS NULL THEN membership ELSE 0 END AS days_unmarked,
            {_coded(judged, columns, "absence_reason", reason)}{groups}
        FROM {judged} JOIN {dates} ON day IS NOT DISTINCT FROM {judged}.date {join}
        WHERE set_aside = ''"""
    engine.write_parquet(rows, ", ".join(f"{judged}.{name}" for name in ("school_id", "student_id", "date")), path)


def _coded(table: str, columns: Mapping[str, str], column: str, text: str = "") -> str:
    """Write the SQL that gives a column of texts as numbers of its texts.

    So it is sorted and written several times as fast; in the file it is text.

    Parameters
    ----------
    columns : of the table, with their types; a column that has numbers already keeps them.
    text : SQL of texts of the column, instead of the column; `{kind}` is the type.
    """
    name, kind = engine.named(column), columns[column]
    read = text or f"{table}.{name}"
    if kind == "VARCHAR":
        kind = engine.enumeration("written " + column, f"SELECT {name} AS text FROM {table}")
        read = f"CAST({read} AS {kind})"
    return f"{read.format(kind=kind)} AS {name}"


def _code(table: str) -> None:
    """Write a small table again with numbers for its texts."""
    columns = engine.columns_of(table)
    coded = ", ".join(_coded(table, columns, column) for column in columns)
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {coded} FROM {table}")


def _groups(study: Study, judged: str, columns: Collection[str], students: str, latest: str) -> tuple[str, str]:
    """Make the table of each student's groups in a year; give the SQL that selects them, and that joins them."""
    groups, table = study.settings.records.groups, judged + "_groups"
    if not groups:
        return "", ""
    of = {engine.named(group): "own" if group in columns else students for group in groups}
    own = [name for name, source in of.items() if source == "own"]
    last = "".join(f", arg_max({name}, {latest}) FILTER ({name} <> '') AS {name}" for name in own)
    listed = ", ".join(f"coalesce({source}.{name}, '') AS {name}" for name, source in of.items())
    engine.execute(f"""
        CREATE OR REPLACE TEMP TABLE {table} AS
        SELECT own.student_id, own.school_year, {listed}
        FROM (SELECT student_id, school_year{last} FROM {judged} GROUP BY ALL) AS own
        {f"LEFT JOIN {students} ON {students}.student_id = own.student_id" if students else ""}""")
    same = " AND ".join(f"{table}.{key} = {judged}.{key}" for key in ("student_id", "school_year"))
    _code(table)
    return "".join(f", {table}.{engine.named(group)}" for group in groups), f"LEFT JOIN {table} ON {same}"
