"""What `absence init` writes: a study to fill in, each key explained; from files, a proposal, each guess explained."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from analysis.problems import Problem, UserError
from analysis.proposal.lines import Table, proposed_lines
from analysis.proposal.words import Line, quoted

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
# rule_set: california           # a state's own rules in place of these (docs/study.md lists them, with their sources)
definitions:
  chronic: {at_least: 0.10, of: share}        # or {at_least: 15, of: days}
  minimum_days: {days: 10, at: student}       # enrolled at least so long to be counted as chronic or not
"""
DISCLOSURE = "disclosure: {rule: minimum, minimum: 10}      # counts under it are hidden from partners and the public\n"
COMMENTS_FROM = 42


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
    text = proposed(root, name, files) if files else template(name)
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")
    return path


def template(name: str) -> str:
    """Write a study to fill in."""
    return (HEAD + TOP + BODY).format(name=name, data="data/raw") + FOOT + DISCLOSURE


def proposed(root: Path, name: str, files: Sequence[str]) -> str:
    """Write the study that files propose."""
    paths = [path if (path := root / file).exists() else root / "data/raw" / file for file in files]
    folder = _folder(root, paths)
    tables = [table for path in paths for table in Table.in_file(path, folder)]
    kind, lines = proposed_lines(tables)
    data = quoted(os.path.relpath(folder, root).replace(os.sep, "/"))
    listed = ", ".join(dict.fromkeys(path.name for path in paths))
    foot = FOOT if kind in ("published_counts", "school_days") else FOOT + DISCLOSURE
    return (HEAD + PROPOSED + TOP).format(name=name, data=data, files=listed) + "".join(map(_text, lines)) + foot


def _folder(root: Path, paths: Sequence[Path]) -> Path:
    raw = root / "data/raw"
    if all(path.resolve().is_relative_to(raw.resolve()) for path in paths):
        return raw
    return Path(os.path.commonpath([path.resolve().parent for path in paths]))


def _text(line: Line) -> str:
    text = "  " * line.depth + ("# " if line.open else "") + line.text
    return f"{text:{COMMENTS_FROM}} # {line.why}\n" if line.why else f"{text}\n"
