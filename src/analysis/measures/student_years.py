"""Student-years: what each student was enrolled and absent in a school year, and whether that is chronic.

Two grains: a student (over all schools, in the grade of most days), and a student at a school (with the days there).
"""

from fractions import Fraction
from typing import Any, Literal

import narwhals as nw
import pandas as pd

from analysis import engine
from analysis.records.types import StudentRecords
from analysis.study.rules import Definitions
from analysis.vocabulary import ALL, DAY, DAYS, KEYS, LEVEL_COLUMNS, TIERS

Grain = Literal["student", "student_school"]
STAY = (*KEYS, "student_id", "school_id", "grade_level")
"""A stay: a student at a school in a grade."""


def counted_days(records: StudentRecords, *, year: str = "", apart: bool = False) -> nw.LazyFrame[Any]:
    """Give the student-days that totals count: grades of the study, districts in focus, one year or all.

    Several districts are taken together, as `district_id` 'all': a student who moves between them is one student.

    Parameters
    ----------
    year : only this school year.
    apart : instead, the days in grades that totals leave out (PK).
    """
    settings = records.study.settings
    inside = nw.col("grade_level").is_in([*settings.definitions.grades, ""])
    days = records.lazy().filter(~inside if apart else inside)
    focus = settings.focus.district_id
    if focus:
        days = days.filter(nw.col("district_id").is_in(list(focus)))
    if len(focus or records.districts) > 1:
        days = days.with_columns(district_id=nw.lit(ALL))
    return days.filter(nw.col("school_year") == year) if year else days


def counted_stays(records: StudentRecords, *, year: str = "", apart: bool = False) -> nw.LazyFrame[Any]:
    """Give `counted_days` summed by student, school and grade, once in a process: what has no date starts from these.

    `date` is the last one, and groups, which are constant within a student-year, are carried along, so that
    `student_years` of stays are those of their days.
    """
    settings = records.study.settings
    rules = (settings.engine, apart, settings.definitions.grades, settings.focus.district_id, records.districts)
    known = str((records.path, *rules, settings.records.groups, sorted(records.calendar["date"])))
    stays = _STAYS.get(known)
    if stays is None:
        stays = _summed(counted_days(records, apart=apart), STAY, "date", *settings.records.groups)
        if settings.engine != "spark":  # a session can end before the process does
            stays = _STAYS[known] = engine.hold(stays)
    return stays.filter(nw.col("school_year") == year) if year else stays


_STAYS: dict[str, nw.LazyFrame[Any]] = {}


def student_months(records: StudentRecords) -> nw.LazyFrame[Any]:
    """Give `counted_days` of the pages' year summed by student, school, grade and month, as a table of the engine."""
    return engine.hold(_summed(counted_days(records, year=records.year), (*STAY, "month")))


def _summed(days: nw.LazyFrame[Any], keys: tuple[str, ...], *last: str) -> nw.LazyFrame[Any]:
    return days.group_by(*keys).agg(
        *(nw.col(name).sum().cast(nw.Int64) for name in DAYS), *(nw.col(name).max() for name in last)
    )


def summed_days(days: nw.LazyFrame[Any], *levels: str) -> pd.DataFrame:
    """Sum days by some levels: `students` (enrolled on at least one such day), and `days_*` in days."""
    table = day_sums(days, *levels).assign(level_type="level")
    return table.assign(**{name: table[name].astype(float) / DAY for name in DAYS})


def day_sums(days: nw.LazyFrame[Any], *levels: str) -> pd.DataFrame:
    """Sum days by some levels: `students` (enrolled on at least one such day), and `days_*` in thousandths."""
    keys = [*KEYS, *levels]
    sums = days.group_by(*keys).agg(
        nw.col("student_id").n_unique().alias("students"), *(nw.col(name).sum() for name in DAYS)
    )
    return engine.collect(sums, keys)


def ratio(share: object) -> tuple[int, int]:
    """Give a decimal share as numerator and denominator, so that rates are compared in integers."""
    fraction = Fraction(str(share))
    return fraction.numerator, fraction.denominator


def at_least(share: object, absent: nw.Expr | None = None) -> nw.Expr:
    """Say whether absence / enrolment reaches a share, exactly: 18 of 180 is 10 percent."""
    over, under = ratio(share)
    return (nw.col("days_absent") if absent is None else absent) * under >= nw.col("days_enrolled") * over


def is_chronic(definitions: Definitions, more: int = 0) -> nw.Expr:
    """Say whether a row with `days_absent` and `days_enrolled` is chronic, or would be with some `more` days absent."""
    rule, absent = definitions.chronic, nw.col("days_absent") + more * DAY
    return at_least(rule.at_least, absent) if rule.of == "share" else absent >= int(rule.at_least * DAY)


def tier(definitions: Definitions) -> nw.Expr:
    """Name the attendance tier of a row with `days_absent` and `days_enrolled`."""
    result = nw.lit(TIERS[0])
    bounds = (definitions.at_risk, definitions.moderate_chronic, definitions.severe_chronic)
    for name, bound in zip(TIERS[1:], bounds, strict=True):
        result = nw.when(at_least(bound)).then(nw.lit(name)).otherwise(result)
    return result


def student_years(
    days: nw.LazyFrame[Any], definitions: Definitions, grain: Grain, groups: tuple[str, ...] = ()
) -> nw.LazyFrame[Any]:
    """Sum student-days into student-years.

    Parameters
    ----------
    days : of `counted_stays` or `counted_days`.
    definitions : chronic rule, tiers, minimum days. Of days absent alone (no day enrolled, marked or not) a rule of
        days counts everybody, and a rule of a share nobody.
    grain : 'student', or 'student_school' with the minimum on days at that school.
    groups : student groups to carry along; they are constant within a student-year.

    Returns
    -------
    Lazy frame with `school_year, district_id, student_id, school_id` (of most days where the grain is the student),
    `grade_level` (of most days, ties to the last), `days_*` in thousandths, `counted` (1 at the minimum days),
    `chronic` (1 where counted and chronic), and a 0/1 column for each tier of the counted.
    """
    keys = ["school_year", "district_id", "student_id", *(["school_id"] if grain == "student_school" else [])]
    totals = days.group_by(*keys).agg(*(nw.col(name).sum() for name in DAYS), *(nw.col(name).max() for name in groups))
    years = totals.join(_of_most_days(days, keys, "grade_level"), on=keys)
    if grain == "student":
        years = years.join(_of_most_days(days, keys, "school_id"), on=keys)
    minimum = definitions.minimum_days.days * DAY
    if grain == "student" and definitions.minimum_days.at == "school":
        at_school = days.group_by(*keys, "school_id").agg(nw.col("days_enrolled").sum())
        longest = at_school.group_by(*keys).agg(nw.col("days_enrolled").max().alias("longest"))
        enough = nw.col("longest") >= minimum
        years = years.join(longest, on=keys)
    else:
        enough = nw.col("days_enrolled") >= minimum
    enrolled = nw.col("days_enrolled") > 0
    counted = enough & enrolled
    if definitions.chronic.of == "days":
        counted = counted | (nw.col("days_enrolled") + nw.col("days_unmarked") == 0)
    years = years.with_columns(
        counted=_flag(counted), chronic=_flag(is_chronic(definitions)), tier=tier(definitions), enrolled=_flag(enrolled)
    )
    return years.with_columns(
        chronic=nw.col("chronic") * nw.col("counted"),
        **{name: _flag(nw.col("tier") == name) * nw.col("counted") * nw.col("enrolled") for name in TIERS},
    )


def counted_years(
    records: StudentRecords, grain: Grain = "student", days: nw.LazyFrame[Any] | None = None, *, year: str = ""
) -> nw.LazyFrame[Any]:
    """Give the student-years of the pages' year that count for chronic absence: those at the minimum days.

    Parameters
    ----------
    days : instead of all of the year's.
    year : instead of the pages'.
    """
    stays = counted_stays(records, year=year or records.year) if days is None else days
    return student_years(stays, records.study.settings.definitions, grain).filter(nw.col("counted") == 1)


def chronic_rates(years: nw.LazyFrame[Any], *levels: str) -> pd.DataFrame:
    """Count students of `counted_years` by some levels: `students_counted, chronically_absent, chronic_rate`."""
    sums = years.group_by(*KEYS, *levels).agg(
        nw.len().alias("students_counted"), nw.col("chronic").sum().alias("chronically_absent")
    )
    table = engine.collect(sums, [*KEYS, *levels]).assign(level_type="level")
    table["chronic_rate"] = table["chronically_absent"] / table["students_counted"]
    return table[[*LEVEL_COLUMNS, *levels, "students_counted", "chronically_absent", "chronic_rate"]]


def _flag(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)


def _of_most_days(days: nw.LazyFrame[Any], keys: list[str], column: str) -> nw.LazyFrame[Any]:
    """Name each student's value of most days of membership; of two with as many days, the later one.

    Where nothing is dated, the last in the order of their names.
    """
    spans = days.group_by(*keys, column).agg(
        (nw.col("days_enrolled") + nw.col("days_unmarked")).sum().alias("membership"),
        nw.col("date").max().alias("last"),
    )
    last = nw.concat_str(nw.lit("0"), nw.col("last").str.replace_all("-", "")).cast(nw.Int64)
    order = nw.col("membership").cast(nw.Int64) * 100_000_000 + last
    ranked = spans.with_columns(order=order).with_columns(best=nw.col("order").max().over(*keys))
    return ranked.filter(nw.col("order") == nw.col("best")).group_by(*keys).agg(nw.col(column).max())
