"""Ids that lost the zeros before them in some files, as in a spreadsheet: a student or school would be two, or none."""

from typing import Final

from analysis import engine
from analysis.problems import Problem
from analysis.records.files import STAGED
from analysis.records.mapping import IDS
from analysis.records.side_tables import SideTables
from analysis.study import Study

PERCENT: Final = 1
"""So many of the ids at least are written two ways; fewer are ids that are alike by chance."""
ALIKE: Final = (
    "write them alike in the source; or leave the zeros out everywhere, extract: {{{column}: '^0*(.+)'}} under records"
)

FOCUS_TOO: Final = ", and under focus and parents too"


def wrong_ids(study: Study, beside: SideTables) -> list[Problem]:
    """Refuse ids that are written two ways, in the staged records or beside them."""
    return [*_in_files(study), *_beside(study, beside)]


def _in_files(study: Study) -> list[Problem]:
    """Refuse ids that stand in one file with zeros before them and in another without; two in one file are two."""
    who, rows = f"{STAGED}_who", f"{STAGED}_rows"
    if engine.execute(f"SELECT count(DISTINCT file_number) FROM {rows}") == [(1,)]:
        return []
    columns = engine.columns_of(who)
    problems = []
    for column in (name for name in IDS if name in columns):
        ((ids, found),) = engine.execute(f"""
            WITH ids AS (SELECT DISTINCT ltrim({column}, '0') AS short, {column} AS id, file_number
                FROM (SELECT DISTINCT who, file_number FROM {rows} WHERE NOT left_out) JOIN {who} USING (who)
                WHERE regexp_full_match({column}, '[0-9]+')),
            files AS (SELECT short, count(DISTINCT id) AS several FROM ids GROUP BY short, file_number),
            once AS (SELECT short, count(DISTINCT id) > 1 AND short NOT IN (SELECT short FROM files WHERE several > 1)
                AS lost FROM ids GROUP BY short)
            SELECT count(*), count(*) FILTER (lost) FROM once""")
        if found and 100 * found >= PERCENT * ids:
            seen = f"{found:,} of {ids:,} ids of {column} have zeros before them in some files, and none in others"
            fix = ALIKE.format(column=column) + FOCUS_TOO
            problems.append(Problem(f"{study.path.name}, records", seen, "one would be counted as two", fix))
    return problems


def _beside(study: Study, beside: SideTables) -> list[Problem]:
    """Refuse a table of students or schools that says nothing of those in the records, or of few as ids lost zeros."""
    engine.execute("CREATE OR REPLACE TEMP TABLE schools_known (school_id VARCHAR)")
    if beside.schools is not None and len(beside.schools):
        engine.register("schools_listed", beside.schools[["school_id"]])
        engine.execute("INSERT INTO schools_known SELECT school_id FROM schools_listed")
    who, problems = f"{STAGED}_who", []
    columns = engine.columns_of(who)
    for column, table, name in (
        ("student_id", beside.students, "students"), ("school_id", "schools_known", "schools"),
    ):  # fmt: skip
        if not table or column not in columns:
            continue
        ((listed, ids, known, short),) = engine.execute(f"""
            SELECT (SELECT count(*) FROM {table}), count(*),
                count(*) FILTER (id IN (SELECT {column} FROM {table})),
                count(*) FILTER (ltrim(id, '0') IN (SELECT ltrim({column}, '0') FROM {table}))
            FROM (SELECT DISTINCT {column} AS id FROM {who} WHERE {column} IS NOT NULL)""")
        zeros = short > known and 2 * known < ids
        if not (listed and ids) or (known and not zeros):
            continue
        seen = f"{known:,} of the {ids:,} {name} in the records stand in the table of {name}"
        seen += f", and {short:,} without the zeros before their ids" if zeros else ""
        fix = ALIKE.format(column=column) if zeros else f"map the ids that both have ({column})"
        fix += f", where the table of {name} has none" if zeros else ""
        problems.append(Problem(f"{study.path.name}, records.{name}", seen, "it would say nothing of most", fix))
    return problems
