"""What `absence init` writes: a study to fill in, each key explained; from files, a proposal, each guess explained."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.problems import Problem, UserError
from analysis.proposal.guess import Guesses, date_formats, guesses, is_percent
from analysis.proposal.kind import kind_of
from analysis.proposal.mapping import OF_STUDENTS, Mapping, mapping_of
from analysis.proposal.sample import samples
from analysis.proposal.words import CHECK, Line, marks_lines, parents_lines, quoted, values_lines
from analysis.records.files import school_year
from analysis.study_problems import BESIDE, COLUMNS

HEAD = """\
# The study {name}: what to analyse, from which files, by which definitions. docs/study.md lists every key.
# After every change: absence check studies/{name}.yaml      When it is clean: absence run studies/{name}.yaml
"""
PROPOSED = """\
# 'absence init' proposed it from the first rows of {files}: beside each guess stands what speaks for it.
# A line '# ?' is a question that the files do not answer; under it stand lines to complete or to take the '#' from.
"""
TOP = """\
title: {name}
data: {data:27} # folder of the files below; it is never changed, and git ignores data/raw
audience: partner                 # internal: exact tables; partner, public: small counts hidden
records:
"""
BODY = """\
  kind: student_days              # a row a student and day, present days too (docs/sources.md has the other kinds)
  files:
    - path: attendance.csv        # CSV, CSV.gz, XLSX, XLS, Parquet or XML; * and {{school_year}} may stand in it
      # header_row: 1             # the line with the names
      # delimiter: ","
      # sheet: Attendance         # of an Excel workbook; the first one where not said
  set: {{district_id: "1", district_name: Our district}}
  columns:                        # ours: the name in the file's header (or its place, '#3')
    student_id: student_id
    school_id: school_id
    grade_level: grade            # leave it out where the records have no grades
    date: date
    days_absent: days_absent      # 0, 0.5 or 1; empty is a day that nobody marked. Or, instead:
    # attendance_code: code       # a code a day; values.attendance_code says what each means
    # days_enrolled: membership   # 1, or a part of a day; 1 where not said
    # absence_reason: reason
  date_format: "%Y-%m-%d"
  # values:                       # the file's words: ours. Usual spellings of grades need no mapping
  #   attendance_code: {{P: present, A: absent, E: excused, U: unexcused, S: suspension, T: tardy, H: half_absent}}
  #   grade_level: {{"30": KG}}
  # groups: [english_learner]     # columns of the file, or of the table of students
  # students:
  #   files: [{{path: students.csv}}]
  #   columns: {{student_id: student_id, english_learner: ell}}
  # schools:
  #   files: [{{path: schools.csv}}]
  #   columns: {{school_id: school_id, school_name: name, school_level: level}}
  # calendar:                     # the days of school; inferred from the records where not given
  #   files: [{{path: calendar.csv}}]
  #   columns: {{date: date, instructional: instructional, note: note}}
"""
FOOT = """\
definitions:
  chronic: {at_least: 0.10, of: share}        # or {at_least: 15, of: days}
  minimum_days: {days: 10, at: student}       # enrolled at least so long to be counted as chronic or not
"""
DISCLOSURE = "disclosure: {rule: minimum, minimum: 10}      # counts under it are hidden from partners and the public\n"
COMMENTS_FROM = 42
RATES = ("chronic_rate", "absence_rate", "attendance_rate")
DAYS = ("days_enrolled", "days_absent", "days_present")


@dataclass(frozen=True)
class Table:
    """A table of the files: what it was taken for, why, and how it is mapped."""

    path: str
    kind: str
    why: str
    given: Guesses
    mapped: Mapping


def write_study(root: Path, name: str, files: Sequence[str] = ()) -> Path:
    """Write `studies/<name>.yaml` below a folder: a template, or what files propose.

    Parameters
    ----------
    files : paths as a shell gives them, else below `data/raw`.

    Raises
    ------
    UserError
        The name is none, the study is there already, or a file cannot be read.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", name):
        fix = "use letters, digits and hyphens, such as my-district"
        raise UserError("usage", Problem(name, "is no name for a study", "files and folders are named by it", fix))
    path = Path("studies") / f"{name}.yaml"
    if (root / path).exists():
        raise UserError("usage", Problem(str(path), "is there already", "it would be lost", "choose another name"))
    text = (
        proposed(root, name, files)
        if files
        else (HEAD + TOP + BODY).format(name=name, data="data/raw") + FOOT + DISCLOSURE
    )
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")
    return path


def proposed(root: Path, name: str, files: Sequence[str]) -> str:
    """Write the study that files propose."""
    paths = [path if (path := root / file).exists() else root / "data/raw" / file for file in files]
    folder = _folder(root, paths)
    tables = [table for path in paths for table in _tables(path, folder)]
    of_records = [table for table in tables if table.kind in COLUMNS]
    kind = max(
        dict.fromkeys(table.kind for table in of_records),
        key=lambda kind: sum(table.given.sample.rows for table in of_records if table.kind == kind),
        default="",
    )
    read = [table for table in of_records if table.kind == kind]
    lines = [*_kind(kind, read, tables), *(_files(read) if read else ()), *_records(read, tables, kind)]
    for side in BESIDE:
        lines += _side(side, [table for table in tables if table.kind == side])
    listed = ", ".join(dict.fromkeys(path.name for path in paths))
    data = quoted(os.path.relpath(folder, root).replace(os.sep, "/"))
    head = (HEAD + PROPOSED + TOP).format(name=name, data=data, files=listed)
    return (
        head
        + "".join(map(_text, lines))
        + FOOT
        + (DISCLOSURE if kind not in ("published_counts", "school_days") else "")
    )


def _folder(root: Path, paths: Sequence[Path]) -> Path:
    raw = root / "data/raw"
    if all(path.resolve().is_relative_to(raw.resolve()) for path in paths):
        return raw
    return Path(os.path.commonpath([path.resolve().parent for path in paths]))


def _tables(path: Path, folder: Path) -> Iterator[Table]:
    for sample in samples(path):
        given = guesses(sample)
        kind, why = kind_of(given)
        inside = path.resolve().relative_to(folder.resolve()).as_posix()
        yield Table(inside, kind, why, given, mapping_of(given, kind))


def _text(line: Line) -> str:
    text = "  " * line.depth + ("# " if line.open else "") + line.text
    return f"{text:{COMMENTS_FROM}} # {line.why}\n" if line.why else f"{text}\n"


def _kind(kind: str, read: Sequence[Table], tables: Sequence[Table]) -> Iterator[Line]:
    if kind:
        why = read[0].why
        yield Line(f"kind: {kind}", why, 1)
    else:
        yield Line(
            f"? kind: one of {', '.join(COLUMNS)}",
            "no table of the files has absences that were understood",
            1,
            open=True,
        )
    for table in tables:
        if table not in read and table.kind not in BESIDE:
            seen = f"looks like {table.kind}: {table.why}" if table.kind else table.why
            yield Line(f"not read: {_named(table)}", seen, 1, open=True)


def _named(table: Table) -> str:
    return ", ".join(
        [table.path, *(f"{key} {value}" for key, value, _ in table.given.sample.keys if key in ("sheet", "element"))]
    )


def _shared(read: Sequence[Table], part: str) -> dict[str, tuple[str, str]]:
    """Find what all tables of a study say alike."""
    of_all = [getattr(table.mapped, part) for table in read]
    return {ours: said for ours, said in of_all[0].items() if all(one.get(ours, ("",))[0] == said[0] for one in of_all)}


def _files(read: Sequence[Table], depth: int = 1) -> Iterator[Line]:
    """Write files with how each is opened; what all say alike stands once, below them."""
    columns, constants = _shared(read, "columns"), _shared(read, "constants")
    asked = [line for line in read[0].mapped.questions if all(line in table.mapped.questions for table in read)]
    yield Line("files:", depth=depth)
    for table in read:
        sample = table.given.sample
        yield Line(f"- path: {quoted(table.path)}", f"{sample.rows:,} rows were looked at", depth + 1)
        yield from (
            Line(f"{key}: {value if value.isdigit() else quoted(value)}", why, depth + 2)
            for key, value, why in sample.keys
        )
        if len({rates_are(one.given) for one in read} - {""}) > 1:
            yield from _rates(table.given, depth + 2)
        yield from _mapped("set", table.mapped.constants, constants, depth + 2)
        yield from _mapped("columns", table.mapped.columns, columns, depth + 2)
        yield from (replace(line, depth=depth + 2) for line in table.mapped.questions if line not in asked)
    yield from _mapped("set", constants, {}, depth)
    yield from _mapped("columns", columns, {}, depth)
    yield from (replace(line, depth=depth + 1) for line in asked)


def _mapped(
    key: str, said: dict[str, tuple[str, str]], apart: dict[str, tuple[str, str]], depth: int
) -> Iterator[Line]:
    own = [(ours, theirs, why) for ours, (theirs, why) in said.items() if ours not in apart]
    if own:
        yield Line(f"{key}:", "ours: theirs" if key == "columns" else "ours: the same in all rows", depth)
        yield from (Line(f"{ours}: {quoted(theirs)}", why, depth + 1) for ours, theirs, why in own)


def _records(read: Sequence[Table], tables: Sequence[Table], kind: str) -> Iterator[Line]:
    """Write what is said once for all files of the records."""
    givens = [table.given for table in read]
    groups = list(
        dict.fromkeys(
            group for table in tables if table in read or table.kind == "students" for group in table.mapped.groups
        )
    )
    if groups:
        yield Line(f"groups: [{', '.join(groups)}]", "student groups that have a column", 1)
    if kind in ("student_days", "absence_events", "student_years") and not any(
        "district_id" in table.mapped.columns for table in read
    ):
        yield Line(
            'set: {district_id: "1", district_name: Our district}', "? no column names the district", 1, open=True
        )
    counts: dict[str, Counter[str]] = {}
    for table in tables:
        for ours, one in table.given.found.items():
            if ours in table.mapped.columns and (table in read or table.kind in BESIDE):
                counts[ours] = counts.get(ours, Counter()) + one.column.counts
    yield from values_lines(counts, kind in OF_STUDENTS)
    yield from _dates([table.given for table in tables if table in read or table.kind in BESIDE])
    if len({rates_are(given) for given in givens} - {""}) == 1:
        yield from _rates(next(given for given in givens if rates_are(given)), 1)
    yield from _years(read)
    yield from _half_days(givens) if kind == "school_days" else ()
    yield from marks_lines(givens)
    yield from parents_lines(givens) if kind in ("published_counts", "school_days") else ()


def _dates(givens: Sequence[Guesses]) -> Iterator[Line]:
    """Write how dates are written; where day and month cannot be told apart, ask."""
    dated = [given.found[name].column for given in givens for name in ("date", "entry_date") if name in given.found]
    if not dated:
        return
    forms = [form for form in date_formats(dated[0]) if all(form in date_formats(column) for column in dated)]
    if len(forms) == 1:
        yield Line(f"date_format: {json.dumps(forms[0])}", f"all dates of {dated[0].label} are written so", 1)
        return
    seen = (
        "no day is over 12, so day and month cannot be told apart" if forms else "dates are written in different ways"
    )
    yield Line(f"? date_format: {seen}; keep one", depth=1, open=True)
    for form in forms or dict.fromkeys(form for column in dated for form in date_formats(column)):
        yield Line(f"date_format: {json.dumps(form)}", depth=1, open=True)


def rates_are(given: Guesses) -> str:
    """Tell whether a file writes rates as percents or shares; empty where it has none."""
    found = [is_percent(given.found[name].column) for name in RATES if name in given.found]
    return ("percent" if any(found) else "share") if found else ""


def _rates(given: Guesses, depth: int) -> Iterator[Line]:
    for rate in [given.found[name].column for name in RATES if name in given.found][:1]:
        yield Line(f"rates_are: {rates_are(given)}", f"the highest of {rate.label} is {max(rate.numbers):g}", depth)


def _years(read: Sequence[Table]) -> Iterator[Line]:
    """Ask what a year alone means: it can be the one in which a school year starts, or ends."""
    alone = [table.given.found["school_year"].column for table in read if "school_year" in table.mapped.columns]
    words = [word for column in alone for word in column.counts if not school_year(word)]
    if words:
        yield Line(
            f"? year_is: does {quoted(words[0])} mean the year in which a school year starts, or ends; keep one",
            depth=1,
            open=True,
        )
        yield from (Line(f"year_is: {one}", depth=1, open=True) for one in ("start", "end"))


def _half_days(givens: Sequence[Guesses]) -> Iterator[Line]:
    """Say where days are counted in sessions."""
    named = [given.found[name].column for given in givens for name in DAYS if name in given.found]
    sessions = [column.label for column in named if "session" in column.name.lower()]
    if sessions:
        yield Line("days_are: half_days", f"{sessions[0]}: a session is half a day; {CHECK}", 1)


def _side(side: str, tables: Sequence[Table]) -> Iterator[Line]:
    if tables:
        yield Line(f"{side}:", tables[0].why, 1)
        yield from _files(tables, depth=2)
