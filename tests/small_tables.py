"""Student-days as small tables written as text, and what is found in them as text.

    student | school | grade | date       | absent
    1       | A      | 03    | 2017-09-05 | 1

An empty `absent` is a day that nobody marked. A row with `days` stands for so many days of school in a row, of which
the last `absent` are missed (17.5: the one before them by half) and the first `unmarked` are not marked:

    student | school | grade | from | days | absent | unmarked
    1       | A      | 03    | 1    | 180  | 18     |

`from` is the first day, counted from 1 on the weekdays since 2017-09-05; 1 where it is left out.
"""

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis import records
from analysis.problems import UserError
from analysis.records.types import StudentRecords
from analysis.study import Study

OURS = {
    "student": "student_id", "school": "school_id", "grade": "grade_level", "date": "date", "absent": "days_absent",
    "enrolled": "days_enrolled", "code": "attendance_code", "reason": "absence_reason", "district": "district_id",
    "year": "school_year", "present": "days_present", "rate": "absence_rate", "attendance": "attendance_rate",
    "name": "school_name",
}  # fmt: skip
"""The words of the small tables, and what the studies of the tests map them to."""

DAYS = tuple(pd.bdate_range("2017-09-05", periods=190).strftime("%Y-%m-%d"))
"""The days of school of 2017-18: DAYS[0] is a Tuesday."""


def cells(text: str) -> list[list[str]]:
    """Part a text into rows of cells."""
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


def as_days(text: str) -> list[list[str]]:
    """Write a table with a row a student and day, its header first."""
    header, *body = cells(text)
    if "days" not in header:
        return [header, *body]
    spans = [dict(zip(header, row, strict=True)) for row in body]
    rest = [name for name in header if name not in ("from", "days", "absent", "unmarked")]
    rows = [[*rest, "date", "absent"]]
    for span in spans:
        first, days = int(span.get("from") or 1), int(span["days"])
        absent, unmarked = float(span["absent"] or 0), int(span.get("unmarked") or 0)
        for place in range(days):
            missed = min(1.0, max(0.0, absent - (days - 1 - place)))
            mark = "" if place < unmarked else f"{missed:g}"
            rows.append([*(span[name] for name in rest), DAYS[first - 1 + place], mark])
    return rows


def as_csv(rows: list[list[str]]) -> str:
    """Write rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def put(folder: Path, name: str, text: str | bytes) -> None:
    """Write a file of the data folder; a text with `|` is a small table, and `.gz` is packed."""
    path = folder / "data" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(text, str):
        text = (as_csv(cells(text)) if "|" in text else text).encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)


def write_study(
    folder: Path,
    header: list[str],
    records: str = "",
    rest: str = "",
    *,
    files: str = "{path: t.csv}",
    name: str = "t",
    kind: str = "student_days",
) -> Study:
    """Write a study of student records whose columns are those of a small table.

    Parameters
    ----------
    header : names of the small table; those of `OURS` are mapped, others named in `groups` too.
    records : YAML below `records`, two spaces in.
    rest : YAML at the top.
    files : YAML of the items of `records.files`, parted by `; `.
    """
    known = {ours: theirs for theirs, ours in OURS.items() if theirs in header}
    known |= {group: group for group in header if group not in (*OURS, "from", "days", "unmarked") and group in records}
    mapped = ", ".join(f"{ours}: {theirs}" for ours, theirs in known.items())
    listed = "".join(f"    - {file}\n" for file in files.split("; "))
    text = f"title: T\ndata: data\naudience: internal\n{rest}records:\n  kind: {kind}\n  files:\n{listed}"
    text += f"  columns: {{{mapped}}}\n{records}"
    return study_from(folder, text, name)


def study_from(folder: Path, yaml: str, name: str = "t") -> Study:
    """Write a study, and read it."""
    path = folder / "studies" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml, encoding="utf-8")
    return Study.load(path)


def days(folder: Path, text: str, records_yaml: str = "", rest: str = "", name: str = "t") -> StudentRecords:
    """Read a small table, through a file and a study."""
    return read(study_of(folder, text, records_yaml, rest, name))


def years(folder: Path, text: str, records_yaml: str = "", rest: str = "", name: str = "t") -> StudentRecords:
    """Read a small table of student-years."""
    return read(study_of_years(folder, text, records_yaml, rest, name))


def study_of_years(folder: Path, text: str, records_yaml: str = "", rest: str = "", name: str = "t") -> Study:
    """Write a small table of student-years, and its study; without a column `year` all rows are of 2017-18."""
    rows = cells(text)
    put(folder, f"{name}.csv", as_csv(rows).encode())
    fixed = "" if "year" in rows[0] or "set:" in records_yaml else "  set: {school_year: 2017-18}\n"
    files = f"{{path: {name}.csv}}"
    return write_study(folder, rows[0], fixed + records_yaml, rest, files=files, name=name, kind="student_years")


def study_of(folder: Path, text: str, records_yaml: str = "", rest: str = "", name: str = "t") -> Study:
    """Write a small table's file and its study."""
    rows = as_days(text)
    put(folder, f"{name}.csv", as_csv(rows).encode())
    return write_study(folder, rows[0], records_yaml, rest, files=f"{{path: {name}.csv}}", name=name)


def read(study: Study) -> StudentRecords:
    """Read the student-days of a study."""
    found = records.read(study)
    assert isinstance(found, StudentRecords)
    return found


def refused(study: Study) -> list[str]:
    """Give the problems for which a study is refused, as lines."""
    return problems_of(records.read, study)


def problems_of(call: Callable[..., object], *given: object, **named: object) -> list[str]:
    """Give the problems for which a call is refused, as lines."""
    with pytest.raises(UserError) as caught:
        call(*given, **named)
    return [str(problem) for problem in caught.value.problems]


def shown(table: pd.DataFrame, *columns: str) -> list[list[str]]:
    """Give columns of a table as cells of text: whole numbers without a point, '.' for what is not there."""

    def text(value: object) -> str:
        if not isinstance(value, str) and pd.isna(value):
            return "."
        return f"{value:.6g}" if isinstance(value, int | float) else str(value)

    return [[text(value) for value in row] for row in table[list(columns)].astype(object).to_numpy().tolist()]


def assert_table(table: pd.DataFrame, expected: str) -> None:
    """Hold a table to a small table of some of its columns, in its order."""
    header, *body = cells(expected)
    assert shown(table, *header) == body
