"""From the columns that a study maps to the cells of a file: by name, by place, in XML by the end of a path.

Excel's way to keep leading zeros in a CSV, `="0640011"`, is read as `0640011`; of a code of Ed-Fi,
`uri://ed-fi.org/AttendanceEventCategoryDescriptor#Tardy`, the word after `#` is read. An id that a program wrote as a
number with decimals, `43786.0` (as it does beside empty cells), is `43786`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from analysis import engine
from analysis.language import later
from analysis.problems import Problem, UserError, nearest, stopping
from analysis.records.text_tables import TextTable
from analysis.study import Study
from analysis.vocabulary import PUBLISHED_NUMBERS

SEVERAL: Final = later("'{column}' stands again in the same element {times} times")
FIRST_LINE: Final = later("{file}, first at line {line}")
NO_NAMES: Final = frozenset({*PUBLISHED_NUMBERS, "value", "date", "last_date", "entry_date", "exit_date", "week_start"})
"""Our columns over which no name is a number or a date, but for a year."""
IDS: Final = ("student_id", "school_id", "district_id")
LEAST_ROWS: Final = 5
MOSTLY: Final = 0.9
"""So many rows, and this share of them, tell that a column holds others."""
VALUE: Final = r"(?!(19|20)\d\d$)[-+]?[\d,.]*\d[\d,.]*\s*%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*"


def expressions_of(
    table: TextTable, columns: dict[str, str], fixed: dict[str, str], paths: Sequence[str]
) -> tuple[dict[str, str], list[Problem]]:
    """Write the SQL of each of our columns of a file.

    Parameters
    ----------
    columns : ours: theirs.
    fixed : ours: a constant.
    paths : those of all files of the table that are XML.

    Returns
    -------
    dict from our column to SQL over `c1` to `cn`; and columns that are missing, or have several values.
    """
    expressions, problems = {ours: engine.quoted(text) for ours, text in fixed.items()}, []
    names = [name for name in table.header if name]
    known = any(_fitting(table, theirs, table.header) for theirs in columns.values())
    known = known or all("did you mean" in nearest(" ".join(one.split()), names) for one in columns.values())
    for ours, theirs in columns.items():
        if ours in table.found.source.set and ours not in table.found.source.columns:
            continue
        fitting = _fitting(table, theirs, table.header)
        is_xml = table.found.format == "xml"
        if is_xml and not fitting and _fitting(table, theirs, paths):
            expressions[ours] = "NULL"  # an element may be left out, so a file in which nobody has it is a sound one
            continue
        position, problem = _by_path(table, theirs, fitting) if is_xml else _by_name(table, theirs, fitting, known)
        if problem:
            problems.append(problem)
        else:
            expressions[ours] = _cell(position)
            problems += _repeated(table, position)
    return expressions, [*problems, *_row_as_header(table, columns)]


def sums_of(
    table: TextTable, sums: Mapping[str, Sequence[str]], marks: Sequence[str], paths: Sequence[str]
) -> tuple[dict[str, str], list[Problem]]:
    """Write the SQL of columns of ours that are the sum of several of theirs.

    A mark in one of them stands for the sum, and where one is empty so is the sum. What is neither a number nor a mark
    makes a text that is no number (`12 + abc`), of which the reader says what it says of such texts.

    Parameters
    ----------
    sums : ours: theirs.
    marks : the words that stand where a number is not, those of hidden numbers first.
    paths : those of all files of the table that are XML.
    """
    parts = {f"{ours} {place}": one for ours, theirs in sums.items() for place, one in enumerate(theirs)}
    found, problems = expressions_of(table, parts, {}, paths)
    expressions = {}
    if not stopping(problems):
        for ours, theirs in sums.items():
            cells = [found[f"{ours} {place}"] for place in range(len(theirs))]
            expressions[ours] = _sum(cells, marks)
            problems += _holds_the_others(table, ours, cells)
    return expressions, problems


def _sum(cells: Sequence[str], marks: Sequence[str]) -> str:
    numbers = [_plain(cell) for cell in cells]
    known = [
        number for number in (re.sub("[, ]", "", mark) for mark in marks) if re.fullmatch(r"-?\d+(\.\d+)?", number)
    ]
    branches = []
    for mark in marks:
        branches += [f"WHEN {cell} = {engine.quoted(mark)} THEN {cell}" for cell in cells]
    for number in known:  # also where Excel wrote -9 as -9.0
        branches += [f"WHEN TRY_CAST({cell} AS DOUBLE) = {number} THEN {cell}" for cell in cells]
    empty = " OR ".join(f"{cell} IS NULL" for cell in cells)
    unknown = " OR ".join(f"{number} IS NULL" for number in numbers)
    text = "concat_ws(' + ', " + ", ".join(cells) + ")"
    total = f"rtrim(rtrim(CAST({' + '.join(numbers)} AS VARCHAR), '0'), '.')"
    return f"CASE {' '.join(branches)} WHEN {empty} THEN NULL WHEN {unknown} THEN {text} ELSE {total} END"


def _plain(cell: str) -> str:
    """Write the SQL of a number that counts: NULL where a cell is none, or below zero."""
    known = f"regexp_full_match({cell}, '(\\d{{1,3}}([, \u00a0]\\d{{3}})+|\\d+)(\\.\\d*)?')"
    return f"TRY_CAST(CASE WHEN {known} THEN regexp_replace({cell}, '[, \u00a0]', '', 'g') END AS DECIMAL(24, 6))"


def _holds_the_others(table: TextTable, ours: str, cells: Sequence[str]) -> list[Problem]:
    """Refuse a sum of which one column is already the sum of the others: everybody would be counted twice."""
    numbers = ", ".join(f"{_plain(cell)} AS n{place}" for place, cell in enumerate(cells))
    places = [f"n{place}" for place in range(len(cells))]
    ((rows, twice),) = engine.execute(f"""
        SELECT count(*), count(*) FILTER (2 * greatest({", ".join(places)}) = total)
        FROM (SELECT *, {" + ".join(places)} AS total FROM (SELECT {numbers} FROM {table.relation})) WHERE total > 0""")
    if rows < LEAST_ROWS or twice < MOSTLY * rows:
        return []
    seen = f"of the columns that are added up as {ours} one is the sum of the others ({twice:,} of {rows:,} rows)"
    return [Problem(table.found.label, seen, "all would be counted twice", "map that column alone, under columns")]


def completed(
    expressions: Mapping[str, str], others: Mapping[str, str], extract: Mapping[str, str], fixed: Mapping[str, str]
) -> dict[str, str]:
    """Take another cell where the first is empty, and of a cell what a pattern finds; constants stay.

    Parameters
    ----------
    expressions, others : the SQL of each of our columns, and that of its fallback.
    extract : regular expressions by our column; their first group counts, without one all that is found.
    fixed : ours: a constant.
    """
    result = dict(expressions)
    for ours in expressions:
        if expressions[ours] == engine.quoted(fixed.get(ours, "")):
            continue
        if ours in others:
            result[ours] = f"coalesce({result[ours]}, {others[ours]})"
        if ours in extract:
            pattern, group = extract[ours], min(1, re.compile(extract[ours]).groups)
            result[ours] = f"nullif(trim(regexp_extract({result[ours]}, {engine.quoted(pattern)}, {group})), '')"
        if ours in IDS:
            text = result[ours]
            whole = f"regexp_replace({text}, '^([0-9]+)\\.0+$', '\\1')"
            result[ours] = f"CASE WHEN ends_with({text}, '.0') THEN {whole} ELSE {text} END"
    return result


def unreadable(study: Study, extract: Mapping[str, str]) -> list[Problem]:
    """Name patterns that Python understands and the engine does not (it looks neither ahead nor back)."""
    problems = []
    for column, pattern in extract.items():
        try:
            engine.execute(f"SELECT regexp_extract('', {engine.quoted(pattern)})")
        except UserError:
            where, fix = f"{study.path.name}, records.extract.{column}", "write it without (?=...), (?!...) and \\1"
            problems.append(Problem(where, f"'{pattern}' cannot be used as a pattern", "", fix))
    return problems


def _cell(position: int) -> str:
    """Write the SQL of a cell: without Excel's `="..."`, and of a code of Ed-Fi what stands after `#`."""
    cell = f"trim(c{position})"
    return f"""nullif(CASE WHEN starts_with({cell}, '="') AND ends_with({cell}, '"')
        THEN trim(substr({cell}, 3, length({cell}) - 3))
        WHEN starts_with({cell}, 'uri://') THEN regexp_replace({cell}, '^[^#]*#', '') ELSE {cell} END, '')"""


def _fitting(table: TextTable, theirs: str, names: Sequence[str]) -> list[int]:
    """Find the places (from 1) of a column by its name; in XML by the end of its path, where the whole is not there."""
    wanted = " ".join(theirs.split())
    whole = [place for place, name in enumerate(names, 1) if name == wanted]
    if whole or table.found.format != "xml":
        return whole
    return [place for place, name in enumerate(names, 1) if name.endswith(f"/{wanted}")]


def _row_as_header(table: TextTable, columns: Mapping[str, str]) -> list[Problem]:
    """Refuse a header that is a row, which only columns by place do not notice: it would be lost, with those above."""
    places = [
        int(theirs[1:])
        for ours, theirs in columns.items()
        if ours.partition(" ")[0] in NO_NAMES and re.fullmatch(r"#\d+", theirs)
    ]
    names = [table.header[place - 1] for place in places if 0 < place <= len(table.header)]
    if not names or not all(re.fullmatch(VALUE, name) for name in names):
        return []
    seen = f"numbers or dates stand in its line {table.found.source.header_row}, which is to have the names of columns"
    why, fix = (
        "a row that is taken for names is not counted",
        "correct header_row (0: it has no names), or map by names",
    )
    return [Problem(table.found.label, seen, why, fix)]


def _repeated(table: TextTable, position: int) -> list[Problem]:
    """Note that a column has several values in one element of XML."""
    if position not in table.repeated:
        return []
    further, line = table.repeated[position]
    seen = SEVERAL.format(column=table.header[position - 1], times=f"{further:,}")
    where = FIRST_LINE.format(file=table.found.label, line=line)
    why = later("its values are read as one text, parted by '; '")
    return [Problem(where, seen, why, later("map such texts under values"), "noted")]


def _by_name(table: TextTable, theirs: str, places: list[int], known: bool) -> tuple[int, Problem | None]:
    """Find a column; `known` says that the header has one that the study names, or like all, so that it is a header."""
    label = table.found.label
    if re.fullmatch(r"#\d+", theirs):
        position = int(theirs[1:])
        if 1 <= position <= table.width:
            return position, None
        fix = f"write #1 to #{table.width}"
        return 0, Problem(label, f"there is no column {theirs}", "the study maps it", fix)
    wanted = " ".join(theirs.split())
    if not places:
        return 0, _no_column(table, wanted, known)
    if len(places) > 1:
        fix = "give its place, such as " + " or ".join(f"'#{place}'" for place in places)
        return 0, Problem(label, f"its header has '{wanted}' {len(places)} times", "only one can be meant", fix)
    if table.long_rows:
        seen = f"its header has {len(table.header)} names, its rows {table.width} values"
        fix = "give places instead of names: '#1' is the first"
        return 0, Problem(label, seen, "names may stand over the wrong values", fix)
    return places[0], None


def _no_column(table: TextTable, wanted: str, known: bool) -> Problem:
    if known:
        fix = nearest(wanted, [name for name in table.header if name])
        return Problem(table.found.label, f"its header has no column '{wanted}'", "the study maps it", fix)
    seen, why = "its header has no column that the study maps", "nothing can be read from it"
    fix = "no column of the study is there: check header_row and delimiter"  # the row may be a person's: not repeated
    fix += "; a year that is laid out otherwise has its own file, with its years" if table.found.school_year else ""
    return Problem(table.found.label, seen, why, fix)


def _by_path(table: TextTable, theirs: str, places: list[int]) -> tuple[int, Problem | None]:
    """Find a path below the element, of which the end is enough where only one has it."""
    label, element = table.found.label, table.found.source.element
    if len(places) == 1:
        return places[0], None
    if places:
        seen = f"'{theirs}' fits {len(places)} paths below <{element}>"
        fix = f"write more of the path: {' or '.join(table.header[place - 1] for place in places)}"
        return 0, Problem(label, seen, "only one can be meant", fix)
    ends = {path.rpartition("/")[2]: path for path in table.header}
    near = nearest(theirs.rpartition("/")[2], list(ends))
    found = next((path for end, path in ends.items() if near == f"did you mean '{end}'?"), "")
    fix = f"did you mean '{found}'?" if found else f"possible: {', '.join(table.header)}"
    return 0, Problem(label, f"nothing below <{element}> has the path '{theirs}'", "the study maps it", fix)
