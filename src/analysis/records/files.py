"""From the files that a study names to one table of text in the engine, in our columns.

Nothing is typed here: a cell is text without surrounding white space, or NULL where it is empty.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import pandas as pd

from analysis import engine
from analysis.language import later
from analysis.problems import Problem, UserError, nearest, stop, stopping
from analysis.records.dates import school_year
from analysis.records.loading import PARTS, load, part_of
from analysis.records.mapping import completed, expressions_of, sums_of, unreadable
from analysis.records.text_tables import FoundFile, TextTable, read_text, row_places
from analysis.records.unpivot import passes, unfitting
from analysis.records.wording import KNOWN_WORDS, meaning, translate
from analysis.study import Records, SideTable, SourceFile, Study
from analysis.study.columns import IN_HALF_DAYS

YEAR_IN_NAME = r"(?P<school_year>\d{4}[-_](?:\d{4}|\d{2}))"
SHARED: Final = (
    later("{ids} school id stands in more than one district"),
    later("{ids} school ids stand in more than one district"),
)
FIRST_AT: Final = later("first at {place}")
STAGED: Final = "records_staged"
"""The view of the records that `stage` makes for a reader; those of tables beside them have names of their own."""
STAGED_OWN: Final = ("file_row", "file_number", "left_out")
"""Columns of a staged view that are of its rows, and no column of ours."""
PLACES: Final = (later("{file}, line {line}"), later("{file}, row {row}"))
"""What `lines` says."""
NO_ROW: Final = later("no row has '{word}'")
LIKE: Final = later("no row has '{word}'; there is '{near}'")
"""What `_in_no_row` says."""


def expand(folder: Path, source: SourceFile) -> list[FoundFile]:
    """Find the files that a source names, sorted by name.

    Parameters
    ----------
    folder : the study's data folder.
    source : `path` may hold `*` and `{school_year}` (`2017-18`, `2017_18` or `2017-2018` in the file's name).

    Raises
    ------
    UserError
        No file, or none for a year that the source names.
    """
    if source.years and "{school_year}" not in source.path:
        fix = "write {school_year} in the path, or 'years' at the top of the study to use some years' rows"
        raise UserError("records", Problem(source.path, "years, but no {school_year} in the path", "", fix))
    fitting = _fitting(folder, source)
    found = [file for file in fitting if file.school_year in source.years or not source.years]
    missing = sorted(set(source.years) - {file.school_year for file in found})
    if found and not missing:
        return found
    if fitting and not found:
        seen, there = f"no file of {', '.join(missing)}", ", ".join(file.school_year for file in fitting)
        fix = f"correct the 'years' of this file (there is {there}), or take it out of the study"
        raise UserError("records", Problem(source.path, seen, "the study reads it", fix))
    paths = [source.path.replace("{school_year}", year) for year in missing] if found else [source.path]
    raise UserError("records", [_no_file(folder, path) for path in paths])


def _fitting(folder: Path, source: SourceFile) -> list[FoundFile]:
    """Find the files whose path a source names, whatever their year."""
    pieces = re.split(r"(\*+|\{school_year\})", source.path)
    patterns = {"{school_year}": YEAR_IN_NAME, "**": ".*", "*": "[^/]*"}
    pattern = re.compile("".join(patterns.get(piece, re.escape(piece)) for piece in pieces))
    found = []
    for path in sorted(source.candidates(folder)):
        match = pattern.fullmatch(path.as_posix() if Path(source.path).is_absolute() else _below(path, folder))
        if match:
            year = school_year(match.groupdict().get("school_year") or "")
            found.append(FoundFile(path, _below(path, folder), year, source))
    return found


def years_not_read(study: Study) -> list[Problem]:
    """Note files of a year that no `years` of their path have: a new year's file is read only where one has it.

    It is no problem of the records, which are the same whatever files lie beside them.
    """
    by_path: dict[str, list[SourceFile]] = {}
    for source in study.settings.records.files:
        by_path.setdefault(source.path, []).append(source)
    problems = []
    for path, alike in by_path.items():
        read = {year for source in alike for year in source.years}
        if all(source.years for source in alike):
            there = {file.school_year for file in _fitting(study.data, alike[0])} - read
            wanted = sorted(there & set(study.settings.years) if study.settings.years else there)
            if wanted:
                seen = f"there is a file of {', '.join(wanted)}, and no 'years' have it"
                fix = "add the year to the 'years' of the file that is like it"
                problems.append(Problem(path, seen, "it is not read", fix, "noted"))
    return problems


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _no_file(folder: Path, path: str) -> Problem:
    place = (folder / path).parent
    while not place.is_dir() and place != place.parent:
        place = place.parent
    if not folder.is_dir():
        return Problem(str(folder), "there is no such folder", "the records are read from it", "give --data or 'data:'")
    names = sorted(_below(file, folder) for file in place.iterdir())[:1000] if "*" not in str(place) else []
    if (folder / path).is_dir():
        return Problem(path, "it is a folder", "the study reads it as a file", f"name the files in it: {path}/*.csv")
    seen = "no file of that name" if "*" not in path and "{" not in path else "no file fits that pattern"
    fix = nearest(path, names) if len(names) <= 10 or "did you" in nearest(path, names) else f"look in {place}"
    return Problem(path, seen, "the study reads it", fix if names else f"look in {place}")


def sources(study: Study, part: Records | SideTable | None = None) -> list[TextTable]:
    """Find and open every file of the records or of a side table.

    Raises
    ------
    UserError
        All missing and unreadable files at once.
    """
    part = part or study.settings.records
    tables: list[TextTable] = []
    problems: list[Problem] = []
    for source in part.files:
        try:
            found = expand(study.data, source)
        except UserError as error:
            problems += error.problems
            continue
        for file in found:
            try:
                tables.append(read_text(replace(file, date_format=study.settings.records.date_format)))
            except UserError as error:
                problems += error.problems
    if problems:
        raise UserError("records", dict.fromkeys(problems))  # a folder that is missing is missing for every file
    return tables


def in_percents(study: Study) -> dict[int, bool]:
    """Say of each file of the records, by its number in the order of `sources`, whether it writes rates as percents."""
    records = study.settings.records
    found = [file.source for source in records.files for file in expand(study.data, source)]
    return {number: (source.rates_are or records.rates_are) == "percent" for number, source in enumerate(found)}


def stage(study: Study, name: str, part: Records | SideTable | None = None) -> list[Problem]:
    """Read all files of the records, or of a side table, into one view of the engine, in our columns.

    The view has every column that the study maps or sets (VARCHAR; NULL where empty or not in a file), and
    `file_row` (from 1, over all files, in order), `file_number` (from 0, in the order of `sources`),
    `left_out` (true where `where` or `where_not` leave the row out; they look at the source's own text), and for
    grades, codes, reasons and columns with `values` the word in our terms, as `<column>_word` (NULL where no
    mapping explains it; other columns keep the source's word). It stands on the views `<name>_whos` and `<name>_whats`
    of what can be read once for many rows, and on `<name>_rows` (see `loading.load`).

    Parameters
    ----------
    study : says the mapping.
    name : of the view.
    part : a side table; the records where None.

    Returns
    -------
    Problems that set rows aside or stop: rows with too many values, words that no mapping explains.

    Raises
    ------
    UserError
        Missing files and columns, all at once.
    """
    records = study.settings.records
    part = part or records
    tables = sources(study, part)
    selected, problems = _selected(study, part, tables)
    ours = sorted({column for _, expressions in selected for column in expressions})
    if part is records:
        problems += _unknown_columns(study, ours, {name for table in tables for name in table.header})
    if stopping(problems):
        raise UserError("records", dict.fromkeys(problems))  # what is wrong with a file is so for every column
    unstage(name)
    problems += load(name, tables, selected, ours, _left_out(part, ours))
    words = [column for column in ours if column in {*KNOWN_WORDS, *records.values, *records.groups}]
    for column in words:
        problems += translate(
            study, name, column, _persons(study, part, ours), lambda row: lines(study, name, [row], part)[row]
        )
    _view(name, words)
    unused = _in_no_row(study, name, ours) if part is records else []
    return problems + unused + _ending_early(study, name, tables, part)


def _selected(
    study: Study, part: Records | SideTable, tables: Sequence[TextTable]
) -> tuple[list[tuple[int, dict[str, str]]], list[Problem]]:
    """Write for each pass over a file, by the file's number, the SQL of each of our columns; with what is wrong."""
    marks = (*study.settings.records.marks.suppressed, *study.settings.records.marks.not_available)
    paths = [path for table in tables if table.found.format == "xml" for path in table.header]
    selected, problems = [], unreadable(study, part.extract)
    for number, table in enumerate(tables):
        source = table.found.source
        problems += unfitting(table)
        for one in passes(table):
            sums = _sums(part, source, one.columns)
            mapped = {**part.columns, **source.columns, **one.columns}
            columns = {ours: theirs for ours, theirs in mapped.items() if ours not in one.fixed and ours not in sums}
            year = {"school_year": table.found.school_year} if table.found.school_year else {}
            fixed = {**year, **part.set, **source.set, **one.fixed}
            expressions, found = expressions_of(table, columns, fixed, paths)
            others, more = expressions_of(table, {**part.fallback, **source.fallback}, {}, paths)
            added, wrong = sums_of(table, sums, marks, paths)
            problems += [*found, *more, *wrong]
            selected.append((number, completed(expressions, others, part.extract, fixed) | added))
    return selected, problems


def _persons(study: Study, part: Records | SideTable, ours: Sequence[str]) -> str:
    """Write the SQL that counts the persons of some rows; '' where rows are of many."""
    records = study.settings.records
    if "student_id" in ours:
        return "count(DISTINCT student_id)"
    return "count(*)" if part is records and records.kind == "student_years" else ""  # a row is a student of its own


def _sums(part: Records | SideTable, source: SourceFile, of_pass: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Name the columns of a file that are sums of others: what the file says for itself comes first."""
    own = {*source.columns, *source.set, *of_pass}
    found: dict[str, tuple[str, ...]] = {ours: theirs for ours, theirs in part.sums.items() if ours not in own}
    found.update(source.sums.items())
    return found


def stage_beside(study: Study, others: Iterable[Problem]) -> list[Problem]:
    """Stage the records; where files or columns are missing, what is wrong elsewhere is told at once."""
    try:
        return stage(study, STAGED)
    except UserError as error:
        stop([*error.problems, *others])
        raise


def staged_texts() -> pd.DataFrame:
    """Give the staged records in their order, as text, '' where nothing stands; beside them `STAGED_OWN`."""
    rows = engine.table(f"SELECT * FROM {STAGED} ORDER BY file_row")
    texts = [str(column) for column in rows if column not in STAGED_OWN]
    rows[texts] = rows[texts].astype("str").where(rows[texts].notna(), "")
    return rows


def unstage(name: str) -> None:
    """Drop what `stage` made."""
    engine.execute(f"DROP VIEW IF EXISTS {engine.named(name)}")
    for kept in ("_rows", "_who", "_what", "_refused"):
        engine.execute(f"DROP TABLE IF EXISTS {engine.named(name + kept)}")


def lines(study: Study, name: str, file_rows: Iterable[int], part: Records | SideTable | None = None) -> dict[int, str]:
    """Say where rows of a staged view stand, as 'file, line n'.

    Parameters
    ----------
    study, name, part : as for `stage`.
    file_rows : values of `file_row`; the files that hold them are read a second time.
    """
    starts = engine.execute(
        f"SELECT file_number, min(file_row) - 1, max(file_row) FROM {engine.named(name + '_rows')} GROUP BY ALL"
    )
    tables, rows = sources(study, part), sorted(set(file_rows))
    said: dict[int, str] = {}
    for number, first, last in starts:
        inside = [row for row in rows if first < row <= last]
        if inside:
            table = tables[number]
            refused = [line for (of, line) in engine.execute(f"FROM {engine.named(name + '_refused')}") if of == number]
            read = passes(table)
            size = (last - first) // len(read)
            found = row_places(table, sorted({(row - first - 1) % size + 1 for row in inside}), refused)
            for row in inside:
                turn, place = divmod(row - first - 1, size)
                under = "".join(f", under '{text}'" for text in read[turn].fixed.values())
                said[row] = f"{table.found.label}, {found.get(place + 1, 'a row')}{under}"
    return said


def _unknown_columns(study: Study, ours: list[str], theirs: Collection[str]) -> list[Problem]:
    """Name keys of `where`, `where_not` and `values` that are not mapped; `theirs` are the files' own columns."""
    records, problems = study.settings.records, []
    known = {*ours, *records.groups, *(column for side in records.sides for column in side.columns)}
    for key, columns, possible in (
        ("where", records.where, set(ours)),
        ("where_not", records.where_not, set(ours)),
        ("values", records.values, known),
    ):
        for column in sorted(set(columns) - possible):
            where = f"{study.path.name}, records.{key}"
            name = "_".join(re.findall(r"[a-z0-9]+", column.lower())) or "another_name"
            fix = f"map it first, under columns: {{{name}: {column}}}, and name {name} here"
            fix = fix if column in theirs else nearest(column, sorted(possible))
            problems.append(Problem(where, f"'{column}' is no column of ours", "it has no effect", fix))
    return problems


def _in_no_row(study: Study, name: str, ours: Sequence[str]) -> list[Problem]:
    """Note words by which a study tells rows, and that stand in none: a misspelt total is a district like others."""
    records, problems = study.settings.records, []
    for key, columns in (("where", records.where), ("where_not", records.where_not), ("parents", records.parents)):
        for column, wanted in columns.items():
            if column not in ours:
                continue
            kept = engine.named(f"{name}_{part_of(column)}")
            found = {text or "" for (text,) in engine.execute(f"SELECT DISTINCT {engine.named(column)} FROM {kept}")}
            if key == "parents":  # in our words
                found = {meaning(records, column, text) or text for text in found}
            of_nobody = sorted(found) if records.kind in IN_HALF_DAYS else []  # else a word may be a person's
            for word in wanted:
                if not (any(fnmatchcase(text, word) for text in found) if key == "parents" else word in found):
                    where, near = f"{study.path.name}, records.{key}.{column}", get_close_matches(word, of_nobody, n=1)
                    fix = later("correct it as the source writes it, or take it out")
                    seen = LIKE.format(word=word, near=near[0]) if near else NO_ROW.format(word=word)
                    problems.append(Problem(where, seen, later("it has no effect"), fix, "noted"))
    return problems


def _left_out(part: Records | SideTable, ours: Sequence[str]) -> str:
    conditions = ["false"]
    for wanted, negated in ((part.where, "NOT"), (part.where_not, "")):
        for column, words in wanted.items():
            if column in ours:
                text = f"coalesce({engine.named(column)}, '')"
                conditions.append(f"{negated} {engine.among(text, words)}")
    return " OR ".join(f"({condition})" for condition in conditions)


def _ending_early(study: Study, name: str, tables: Sequence[TextTable], part: Records | SideTable) -> list[Problem]:
    """Count the lines that end before the last column that the study maps: what they lack is not guessed."""
    found = engine.execute(
        f"SELECT file_number, count(*), min(file_row) FROM {engine.named(name + '_rows')}"
        " WHERE short GROUP BY ALL ORDER BY 1"
    )
    why, fix = "an empty cell means something else than one that is not there", "correct the lines in the source"
    return [
        Problem(FIRST_AT.format(place=lines(study, name, [first], part)[first]),
                f"{rows:,} {_lines(rows)} before the last column that the study maps", why, fix, "set_aside", rows)
        for number, rows, first in found
    ]  # fmt: skip


def _lines(rows: int) -> str:
    return "line ends" if rows == 1 else "lines end"


def _view(name: str, words: Sequence[str]) -> None:
    for part in PARTS:
        added = joins = ""
        for column in words:
            if part_of(column) == part:
                known = engine.named("in " + column)
                added += f", {known}.ours AS {engine.named(column + '_word')}"
                joins += f" LEFT JOIN {engine.named(f'{name}_{column}_words')} AS {known}"
                joins += f" ON {known}.theirs = texts.{engine.named(column)}"
        engine.execute(f"""
            CREATE OR REPLACE TEMP VIEW {engine.named(f"{name}_{part}s")} AS
            SELECT texts.*{added} FROM {engine.named(f"{name}_{part}")} AS texts{joins}""")
    engine.execute(f"""
        CREATE OR REPLACE TEMP VIEW {engine.named(name)} AS
        SELECT file_row, file_number, left_out, whos.* EXCLUDE (who), whats.* EXCLUDE (what)
        FROM {engine.named(name + "_rows")} AS staged JOIN {engine.named(name + "_whos")} AS whos USING (who)
        JOIN {engine.named(name + "_whats")} AS whats USING (what) WHERE NOT short""")
