"""What comparisons between schools are made of: grades at schools, and the share of a student group at each school."""

from typing import Any

import narwhals as nw
import pandas as pd

from analysis import engine
from analysis.measures.student_years import counted_stays, counted_years
from analysis.records.types import StudentRecords
from analysis.vocabulary import DAY, PAIR


def grades_at_schools(records: StudentRecords) -> dict[str, pd.DataFrame]:
    """Count absence and chronic absence of the year by grade and school.

    Returns
    -------
    By outcome ('absence', 'chronic'), as far as the records have it: `grade_level, school_id, students, n, y`; y of n
    days absent, or y chronically absent of the n students with the minimum days at the school.
    """
    days = counted_stays(records, year=records.year)
    tables = {}
    if records.measure != "absent_only":
        marked = days.filter(nw.col("days_enrolled") > 0).select(
            "student_id", *PAIR, n=nw.col("days_enrolled"), y=nw.col("days_absent")
        )
        tables["absence"] = _summed(marked, DAY)
    if records.outcome == "chronic":
        counted = counted_years(records, "student_school")
        tables["chronic"] = _summed(
            counted.select("student_id", *PAIR, n=nw.col("counted"), y=nw.col("chronic")), unit=1
        )
    return tables


def group_counts(records: StudentRecords, group: str) -> pd.DataFrame:
    """Count the students of each level of a group at each school, those whose level is known.

    Returns
    -------
    DataFrame, a row a school (`school_id` is the index) that has such students, a column a level.
    """
    days = counted_stays(records, year=records.year).filter(nw.col(group) != "")
    counts = days.group_by("school_id", group).agg(nw.col("student_id").n_unique().alias("students"))
    table = engine.collect(counts, ["school_id", group])
    return table.pivot_table(index="school_id", columns=group, values="students", fill_value=0, aggfunc="sum")


def _summed(rows: nw.LazyFrame[Any], unit: int) -> pd.DataFrame:
    sums = rows.group_by(*PAIR).agg(
        nw.col("student_id").n_unique().alias("students"), nw.col("n").sum(), nw.col("y").sum()
    )
    table = engine.collect(sums, PAIR)
    return table.assign(**{name: table[name].astype(float) / unit for name in ("n", "y")})
