"""The `absence_by_*` tables from student-days.

Days tables count every student; chronic and tiers count those at the minimum days. By grade and group a row sums
student-years; by school, students at that school (a student of two schools stands in both rows); by month, week,
weekday and reason only days are summed and `students` are those enrolled on at least one such day.
"""

from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from analysis import engine
from analysis.measures.order import in_order
from analysis.measures.student_years import Grain, counted_days, counted_stays, day_sums, student_years
from analysis.records.types import StudentRecords
from analysis.vocabulary import (
    ALL,
    COUNT_COLUMNS,
    DAY,
    DAYS,
    KEYS,
    LEVEL_COLUMNS,
    REASONS,
    TIERS,
    UNKNOWN,
    WEEKDAYS,
    grade_range,
)


def absence_by(records: StudentRecords, driver: str) -> pd.DataFrame:
    """Give the table of one driver, in the columns of the output contract.

    Parameters
    ----------
    driver : 'grade_level', 'school_id', 'district_id', 'month', 'week', 'weekday', 'date', 'absence_reason' or a
        group.

    Returns
    -------
    DataFrame, a row a school year, district and level; rates are shares. Sum only `level_type == 'level'`.
    """
    level = {"week": "week_start", "district_id": ""}.get(driver, driver)
    if driver == "grade_level":
        table = _by_grade(records)
    elif driver == "school_id":
        table = _with_total(records, _summed(_years(records, "student_school"), driver), driver)
    elif driver == "district_id":
        table = _by_district(records)
    elif level == "absence_reason":
        table = _by_reason(records)
    elif driver in ("month", "week", "weekday", "date"):
        table = _with_total(records, day_sums(counted_days(records), level), level)
    else:
        table = _by_group(records, driver)
    return _finished(records, table, *([level] if level else []))


def by_school_and_grade(records: StudentRecords) -> pd.DataFrame:
    """Give the table of grades at schools, of students at a school with their days there."""
    table = _summed(_years(records, "student_school"), "school_id", "grade_level").assign(level_type="level")
    return _finished(records, table, "school_id", "grade_level")


def _years(
    records: StudentRecords, grain: Grain = "student", *, apart: bool = False, groups: tuple[str, ...] = ()
) -> nw.LazyFrame[Any]:
    days = counted_stays(records, apart=apart)
    return student_years(days, records.study.settings.definitions, grain, groups)


def _summed(years: nw.LazyFrame[Any], *keys: str) -> pd.DataFrame:
    columns = [*KEYS, *keys]
    sums = years.group_by(*columns).agg(
        nw.len().alias("students"),
        nw.col("counted").sum().alias("students_counted"),
        *(nw.col(name).sum() for name in ("chronic", *TIERS, *DAYS)),
    )
    return engine.collect(sums, columns)


def _by_grade(records: StudentRecords) -> pd.DataFrame:
    definitions = records.study.settings.definitions
    inside = _summed(_years(records), "grade_level")
    apart = _summed(_years(records, apart=True), "grade_level")
    parts = [apart.assign(level_type="level"), inside.assign(level_type="level")]
    named = {**definitions.bands, "": definitions.grades}
    for name, grades in named.items():
        some = inside[inside["grade_level"].isin([*grades, *([""] if not name else [])])]
        total = some.drop(columns="grade_level").groupby(list(KEYS), as_index=False).sum()
        parts.append(
            total.assign(grade_level=name or grade_range(definitions.grades), level_type="band" if name else "total")
        )
    return pd.concat(parts, ignore_index=True)


def _with_total(records: StudentRecords, table: pd.DataFrame, driver: str) -> pd.DataFrame:
    """Add the district's own total, of student-years: it is not the sum of schools or of months."""
    total = _summed(_years(records)).assign(level_type="total", **{driver: ALL})
    if "chronic" not in table:
        total = total.drop(columns=["students_counted", "chronic", *TIERS])
    return pd.concat([table.assign(level_type="level"), total], ignore_index=True)


def _by_district(records: StudentRecords) -> pd.DataFrame:
    definitions = records.study.settings.definitions
    inside = nw.col("grade_level").is_in([*definitions.grades, ""])
    days = records.lazy().filter(inside)
    levels = _summed(student_years(days, definitions, "student")).assign(level_type="level")
    if len(records.districts) < 2:
        return levels
    together = _summed(student_years(days.with_columns(district_id=nw.lit(ALL)), definitions, "student"))
    return pd.concat([levels, together.assign(level_type="total")], ignore_index=True)


def _by_group(records: StudentRecords, group: str) -> pd.DataFrame:
    years = _years(records, groups=(group,)).with_columns(
        nw.when(nw.col(group) == "").then(nw.lit(UNKNOWN)).otherwise(nw.col(group)).alias(group)
    )
    return _with_total(records, _summed(years, group), group)


def _by_reason(records: StudentRecords) -> pd.DataFrame:
    absent = counted_days(records).filter(nw.col("days_absent") > 0)
    sums = day_sums(absent, "absence_reason")
    sums["absence_reason"] = sums["absence_reason"].replace("", UNKNOWN)
    total = _with_total(records, sums, "absence_reason")
    whole = total[total["level_type"] == "total"].set_index(list(KEYS))
    keys = pd.MultiIndex.from_frame(total[list(KEYS)])
    for name in ("days_enrolled", "days_unmarked"):
        total[name] = whole[name].reindex(keys).to_numpy()
    return total


def _finished(records: StudentRecords, table: pd.DataFrame, *levels: str) -> pd.DataFrame:
    result = table.rename(columns={"chronic": "chronically_absent"})
    enrolled, unmarked = (result[name].astype(float) for name in ("days_enrolled", "days_unmarked"))
    absent, membership = result["days_absent"].astype(float), enrolled + unmarked
    result["absence_rate"] = absent / enrolled.where(enrolled > 0)
    bounded = (unmarked > 0) & (membership > 0)
    result["rate_low"] = (absent / membership).where(bounded)
    result["rate_high"] = ((absent + unmarked) / membership).where(bounded)
    if "absence_reason" in levels:
        result[["rate_low", "rate_high"]] = np.nan
    if "chronically_absent" in result:
        counted = result["students_counted"].astype(float)
        result["chronic_rate"] = result["chronically_absent"] / counted.where(counted > 0)
    for name in DAYS:
        result[name] = result[name].astype(float) / DAY
    result[[name for name in _not_known(records) if name in result]] = np.nan
    result["students_basis"] = "counted"
    result["hidden"] = ""
    result = result.reindex(columns=[*LEVEL_COLUMNS, *levels, *COUNT_COLUMNS, "hidden"])
    named = [*records.study.settings.definitions.grade_order, *WEEKDAYS, *REASONS]
    return in_order(result, [*LEVEL_COLUMNS, *levels], named)


def _not_known(records: StudentRecords) -> list[str]:
    """Name the columns that such records cannot fill: a number that is not known is empty, never 0."""
    chronic = ["students_counted", "chronically_absent", "chronic_rate"]
    return [
        *([] if records.marked else ["days_unmarked", "rate_low", "rate_high"]),
        *(DAYS if records.measure == "rate" else []),
        *(["days_enrolled", "days_unmarked", "absence_rate", *TIERS] if records.measure == "absent_only" else []),
        *(chronic if records.outcome == "days" else []),
    ]
