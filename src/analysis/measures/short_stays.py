"""Students who moved or were there for a part of the year, beside others over as many days, or over the same days."""

from typing import Any

import narwhals as nw
import pandas as pd

from analysis import engine
from analysis.language import later
from analysis.measures.counted import ENROLLED_BANDS, banded
from analysis.measures.student_years import chronic_rates, counted_days, counted_stays, counted_years
from analysis.records.types import StudentRecords
from analysis.vocabulary import DAY, KEYS

ONE_SCHOOL, SEVERAL_SCHOOLS = later("one school"), later("two schools or more")
HALVES = (later("first half"), later("second half"))
ONLY_THEN, ALSO_THEN = later("only in this half"), later("in both halves")


def chronic_by_moves(records: StudentRecords) -> pd.DataFrame:
    """Count chronic students by how many schools they were at, within bands of days enrolled.

    Who changes school is often enrolled for fewer days in all, and a share is crossed more easily in few days: so like
    is compared with like.

    Returns
    -------
    DataFrame, a row a band and number of schools: `level` (as in `chronic_by_days_enrolled`), `schools`,
    `students_counted, chronically_absent, chronic_rate`.
    """
    stays = counted_stays(records, year=records.year)
    schools = stays.group_by("district_id", "student_id").agg(nw.col("school_id").n_unique().alias("count"))
    moved = nw.when(nw.col("count") > 1).then(nw.lit(SEVERAL_SCHOOLS)).otherwise(nw.lit(ONE_SCHOOL))
    rows = counted_years(records).join(schools, on=["district_id", "student_id"])
    band = banded(nw.col("days_enrolled"), ENROLLED_BANDS)
    return chronic_rates(rows.with_columns(level=band, schools=moved), "level", "schools")


def chronic_by_window(records: StudentRecords) -> pd.DataFrame:
    """Set students who were there in one half of the year only beside the others, over that half's days alone.

    Each half is measured by itself, by the study's rule and minimum: a student there from September to December is
    compared with what the others did from September to December, and not with their whole year.

    Returns
    -------
    DataFrame, a row a half and kind of student: `window` ('first half', 'second half' of the days of school), `level`
    ('only in this half', 'in both halves'), `students_counted, days_enrolled, days_absent, absence_rate,
    chronically_absent, chronic_rate`, all of the days of that half; students under the minimum there are not in it.
    """
    middle = str(records.dates.iloc[(len(records.dates) - 1) // 2])
    days = counted_days(records, year=records.year)
    spans = days.group_by("district_id", "student_id").agg(
        nw.col("date").min().alias("entered"), nw.col("date").max().alias("left")
    )
    both = (nw.col("entered") <= middle) & (nw.col("left") > middle)
    kinds = spans.with_columns(level=nw.when(both).then(nw.lit(ALSO_THEN)).otherwise(nw.lit(ONLY_THEN)))
    tables = []
    for window, inside in zip(HALVES, (nw.col("date") <= middle, nw.col("date") > middle), strict=True):
        tables.append(_window(counted_years(records, days=days.filter(inside)), kinds).assign(window=window))
    table = pd.concat(tables, ignore_index=True).assign(level_type="level")
    table["absence_rate"] = table["days_absent"] / table["days_enrolled"].where(table["days_enrolled"] > 0)
    table["chronic_rate"] = table["chronically_absent"] / table["students_counted"]
    return table[
        [*KEYS, "level_type", "window", "level", "students_counted", "days_enrolled", "days_absent", "absence_rate",
         "chronically_absent", "chronic_rate"]
    ]  # fmt: skip


def _window(years: nw.LazyFrame[Any], kinds: nw.LazyFrame[Any]) -> pd.DataFrame:
    sums = (
        years.join(kinds.select("district_id", "student_id", "level"), on=["district_id", "student_id"])
        .group_by(*KEYS, "level")
        .agg(
            nw.len().alias("students_counted"),
            nw.col("chronic").sum().alias("chronically_absent"),
            *(nw.col(name).sum() for name in ("days_enrolled", "days_absent")),
        )
    )
    table = engine.collect(sums, [*KEYS, "level"])
    return table.assign(**{name: table[name].astype(float) / DAY for name in ("days_enrolled", "days_absent")})
