"""Student-days that are canonical already: Parquet of another run, or a table of a warehouse with our columns.

Nothing is set aside row by row, for nobody could say which line was meant: rows that are not as they must be stop.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from analysis import engine
from analysis.language import later
from analysis.problems import Problem, stop
from analysis.records.dates import MONTHS, first_years
from analysis.records.focus import not_in_records
from analysis.records.school_calendar import begun, calendar_of, date_sizes, so_far
from analysis.records.school_list import schools_of
from analysis.records.side_tables import read_side_tables
from analysis.records.student_rows import shared_schools
from analysis.records.types import FLOW_COLUMNS, IN_GRADE_APART, StudentRecords
from analysis.study import Study
from analysis.study.values import YearStarts
from analysis.vocabulary import DAY, DAYS, GRADES, REASONS

TEXTS = ("school_year", "district_id", "student_id", "school_id", "grade_level", "date", "absence_reason")
NOT_EMPTY = ("school_year", "student_id", "school_id", "date")


def no_table(study: Study) -> list[Problem]:
    """Say where a study names a table that only Spark could have, and has DuckDB to read it."""
    table = study.settings.records.table
    if not table or study.table_files or study.settings.engine == "spark":
        return []
    fix = "name Parquet below the data folder; a table of a warehouse needs engine: spark"
    return [Problem(_where(study), f"'{table}' is no file", "there is nothing to read", fix)]


def read_canonical(study: Study) -> StudentRecords:
    """Check canonical student-days where they are; nothing is copied.

    Raises
    ------
    UserError
        Everything that stops the run, at once: columns that are missing, rows that are not canonical.
    """
    place = _place(study)
    rows = engine.scan(place, study.settings.engine)
    beside = read_side_tables(study)
    stop([*_columns(study, rows), *beside.problems])
    sizes, counts = date_sizes(rows), _counts(study, rows)
    stop([*_faults(study, rows, sizes, counts)])
    years, last = study.settings.years, study.settings.as_of
    wanted = sizes[sizes["school_year"].isin(years)] if years else sizes
    given = beside.calendar
    if given is not None and years:
        given = given[given["school_year"].isin(years)]
    whole, late = begun(wanted, calendar_of(wanted, given), study)
    calendar, progress = so_far(wanted, whole, last)
    inside = calendar["date"].isin(wanted["date"]) & ((calendar["date"] <= last) if last else True)
    present = tuple(sorted(calendar.loc[inside, "school_year"].unique()))
    calendar = calendar[calendar["school_year"].isin(present) & ((calendar["date"] <= last) if last else True)]
    used = rows.filter(nw.col("date").is_in(list(calendar["date"])))
    names = ["district_id", "school_year", "grade_level"]
    places = engine.collect(used.select(*names).unique(), names)
    nothing = [Problem(_where(study), "no row could be used", "there is nothing to count", "see years and as_of")]
    shared = _shared_schools(study, used, sorted(set(places["district_id"])))
    stop([*not_in_records(study, places), *shared] if present else nothing)
    return StudentRecords(
        study, place, _flow(study, used, counts), schools_of(used, beside.schools), calendar.reset_index(drop=True),
        present, engine.distinct(rows, "district_id"), (*late, *beside.problems), progress,
        marked=bool(counts["unmarked"]),
    )  # fmt: skip


def _shared_schools(study: Study, used: nw.LazyFrame[Any], districts: Sequence[str]) -> list[Problem]:
    """Stop where two districts that are taken together have a school of one id, as records of files do."""
    inside = set(study.settings.focus.district_id or districts) & {*districts} - {""}
    if len(inside) < 2:
        return []
    keys = ("school_year", "school_id")
    pairs = used.filter(nw.col("district_id").is_in(sorted(inside))).select(*keys, "district_id").unique()
    several = pairs.group_by(*keys).agg(nw.len().alias("districts")).filter(nw.col("districts") > 1)
    return shared_schools(study, len(engine.distinct(several, "school_id")))


def _place(study: Study) -> str:
    table = study.settings.records.table or ""
    if not study.table_files:
        return table
    whole = study.data / table
    return str(whole if whole.is_file() or study.settings.engine == "spark" else whole / "*.parquet")


def _where(study: Study) -> str:
    return f"{study.path.name}, records.table"


def _columns(study: Study, rows: nw.LazyFrame[Any]) -> Iterator[Problem]:
    schema = rows.collect_schema()
    for names, kind in (((*TEXTS, *study.settings.records.groups), nw.String()), (DAYS, nw.Int64())):
        for name in names:
            if name not in schema:
                yield Problem(_where(study), f"no column {name}", "canonical rows have it", "add it; see docs/spark.md")
            elif schema[name] != kind:
                seen = f"{name} is {schema[name]}"
                yield Problem(_where(study), seen, f"canonical rows have {kind}", "cast it; see docs/spark.md")


def _tests(study: Study) -> dict[str, nw.Expr]:
    """Name what can be wrong with a row by itself."""
    enrolled, absent, unmarked = (nw.col(name) for name in DAYS)
    membership = enrolled + unmarked
    return {
        **{f"{name} is NULL": nw.col(name).is_null() for name in (*TEXTS, *study.settings.records.groups, *DAYS)},
        **{f"{name} is empty": nw.col(name) == "" for name in NOT_EMPTY},
        "date has another form than 2018-06-12": ~nw.col("date").str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
        "grade_level is none of ours": ~nw.col("grade_level").is_in([*GRADES, ""]),
        "absence_reason is none of ours": ~nw.col("absence_reason").is_in([*REASONS, ""]),
        "days enrolled and unmarked are not over 0 and at most one day": (membership <= 0) | (membership > DAY),
        "a number of days below zero": (enrolled < 0) | (absent < 0) | (unmarked < 0),
        "absent longer than enrolled": absent > enrolled,
    }


def _counts(study: Study, rows: nw.LazyFrame[Any]) -> "pd.Series[int]":
    """Count in one pass: `rows, students, unmarked`, and the rows that each of `_tests` finds (`f0, f1, ...`)."""
    found = {f"f{number}": _count(test) for number, test in enumerate(_tests(study).values())}
    sums = rows.select(
        nw.len().alias("rows"), nw.col("student_id").n_unique().alias("students"),
        unmarked=_count(nw.col("days_unmarked") > 0), **found,
    )  # fmt: skip
    return engine.collect(sums, ["rows"]).iloc[0].fillna(0).astype(int)


def _faults(study: Study, rows: nw.LazyFrame[Any], sizes: pd.DataFrame, counts: "pd.Series[int]") -> Iterator[Problem]:
    """Say what is wrong with rows, each fault with how many rows have it."""
    seen = {fault: int(counts[f"f{number}"]) for number, fault in enumerate(_tests(study))}
    again = rows.group_by("student_id", "date").agg(nw.len().alias("copies")).filter(nw.col("copies") > 1)
    copies = engine.collect(again.select(nw.col("copies").sum()), ["copies"])["copies"].fillna(0)
    seen["several rows of one student and date"] = int(copies.sum())
    other = _year(sizes["date"], study.settings.records.year_starts) != sizes["school_year"]
    seen["school_year is not that of the date"] = int(sizes.loc[other, "rows"].sum())
    for fault, number in seen.items():
        if number:
            fix = "mend the table, or read the source itself, which is checked row by row"
            yield Problem(_where(study), f"{fault}: {number:,} rows", "canonical rows are sound", fix, "stops", number)


def _count(test: nw.Expr) -> nw.Expr:
    return nw.when(test).then(nw.lit(1)).otherwise(nw.lit(0)).sum()


def _year(dates: "pd.Series[str]", starts: YearStarts) -> "pd.Series[str]":
    day = pd.to_datetime(dates, format="%Y-%m-%d", errors="coerce")
    start = first_years(day, MONTHS[starts])
    return pd.Series([f"{one:.0f}-{(one + 1) % 100:02.0f}" for one in start], index=dates.index)


def _flow(study: Study, used: nw.LazyFrame[Any], counts: "pd.Series[int]") -> pd.DataFrame:
    in_totals = [*study.settings.definitions.grades, ""]
    rows, students = _size(used)
    aside = int(counts["rows"]) - rows
    lines = [
        ("read", "", counts["rows"], counts["students"]),
        *([("set aside", later("not a day of school that the study counts"), aside, np.nan)] if aside else []),
        ("used", "", rows, students),
        ("used", IN_GRADE_APART, *_size(used.filter(~nw.col("grade_level").is_in(in_totals)))),
    ]
    return pd.DataFrame(lines, columns=list(FLOW_COLUMNS))


def _size(rows: nw.LazyFrame[Any]) -> tuple[int, int]:
    """Count rows and students."""
    sums = rows.select(nw.len().alias("rows"), nw.col("student_id").n_unique().alias("students"))
    found = engine.collect(sums, ["rows"]).iloc[0]
    return int(found["rows"]), int(found["students"])
