"""Whether records can be trusted: what is marked, where rates pile up, what another definition would give."""

from collections.abc import Iterator
from typing import Final

import narwhals as nw
import pandas as pd

from analysis import engine
from analysis.language import later
from analysis.measures.other_rules import differing_rules, rule_in_words
from analysis.measures.student_years import (
    counted_days,
    counted_stays,
    counted_years,
    student_years,
    summed_days,
)
from analysis.records.types import Measure, StudentRecords
from analysis.study.rules import Definitions
from analysis.vocabulary import KEYS, LEVEL_COLUMNS

USUALLY_REPORTED = 0.9
"""A day that fewer than this share of the usual number of schools have marked is not fully reported."""
HIGHEST_BIN = 40
"""Students who miss this percentage of days or more share the last bin."""
THIS_STUDY: Final = later("this study: {rule}")


def coverage(records: StudentRecords) -> pd.DataFrame:
    """Say what share of membership days is marked, by school and month of the year.

    Returns
    -------
    DataFrame with `school_id, month, students, days_enrolled, days_unmarked, unmarked_share`.
    """
    table = summed_days(counted_days(records, year=records.year), "school_id", "month")
    table["unmarked_share"] = table["days_unmarked"] / (table["days_enrolled"] + table["days_unmarked"])
    columns = ("school_id", "month", "students", "days_enrolled", "days_unmarked", "unmarked_share")
    return table[[*LEVEL_COLUMNS, *columns]]


def last_days(records: StudentRecords) -> pd.DataFrame:
    """List the last days of the records that fewer schools have marked than usual.

    Returns
    -------
    DataFrame with `date, schools` (that marked a day) and `usual` (their median over the year); empty where the last
    day is as full as others.
    """
    marked = counted_days(records, year=records.year).filter(nw.col("days_enrolled") > 0)
    counts = engine.collect(marked.group_by("date").agg(nw.col("school_id").n_unique().alias("schools")), ["date"])
    counts["usual"] = counts["schools"].median()
    full = counts.index[counts["schools"] >= USUALLY_REPORTED * counts["usual"]]
    return counts.loc[full.max() + 1 :] if len(full) else counts


def rate_histogram(records: StudentRecords) -> pd.DataFrame:
    """Count students at the minimum days by whole percent of days absent, so that heaps at a threshold show.

    Returns
    -------
    DataFrame with `absence_percent` (`7` holds 7 to under 8 percent; the last holds all above) and `students_counted`;
    a row each, so that one left out does not say that nobody is there.
    """
    whole = (nw.col("days_absent") * 100) // nw.col("days_enrolled")
    capped = nw.when(whole >= HIGHEST_BIN).then(nw.lit(HIGHEST_BIN)).otherwise(whole).cast(nw.Int64)
    sums = (
        counted_years(records)
        .with_columns(absence_percent=capped)
        .group_by(*KEYS, "absence_percent")
        .agg(nw.len().alias("students_counted"))
    )
    counted = engine.collect(sums, [*KEYS, "absence_percent"])
    every = (
        counted[list(KEYS)]
        .drop_duplicates()
        .merge(pd.DataFrame({"absence_percent": range(HIGHEST_BIN + 1)}), how="cross")
    )
    table = every.merge(counted, how="left").fillna({"students_counted": 0}).assign(level_type="level")  # none says: 0
    table["students_counted"] = table["students_counted"].astype(int)
    return table[[*LEVEL_COLUMNS, "absence_percent", "students_counted"]]


def other_definitions(records: StudentRecords) -> pd.DataFrame:
    """Count chronic students of the year under other definitions; the study's own is the first row, and may be alone.

    Returns
    -------
    DataFrame with `definition, students_counted, chronically_absent, chronic_rate`.
    """
    tables = []
    stays = counted_stays(records, year=records.year)
    for definition, words in _variants(records.study.settings.definitions, records.measure):
        years = student_years(stays, definition, "student")
        sums = years.group_by(*KEYS).agg(
            nw.col("counted").sum().alias("students_counted"), nw.col("chronic").sum().alias("chronically_absent")
        )
        tables.append(engine.collect(sums, KEYS).assign(level_type="total", definition=words))
    table = pd.concat(tables, ignore_index=True)
    table["chronic_rate"] = table["chronically_absent"] / table["students_counted"]
    return table[[*LEVEL_COLUMNS, "definition", "students_counted", "chronically_absent", "chronic_rate"]]


def _variants(own: Definitions, measure: Measure) -> Iterator[tuple[Definitions, str]]:
    yield own, THIS_STUDY.format(rule=rule_in_words(own, measure))
    for other in differing_rules(own, measure):
        yield other, rule_in_words(other, measure)
