"""Small random student-days: totals are sums of levels, days are conserved, order and files do not matter."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import narwhals as nw
import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_tables import as_csv, put, read, write_study

from analysis import engine
from analysis.measures.counted import missed_days, near_threshold
from analysis.measures.outcomes import absence_cells, chronic_cells
from analysis.measures.quality import coverage, other_definitions, rate_histogram
from analysis.measures.student_tables import absence_by
from analysis.measures.student_years import counted_days, counted_stays, student_years
from analysis.records.types import StudentRecords
from analysis.vocabulary import TIERS

HEADER = ["student", "district", "school", "grade", "date", "enrolled", "absent", "reason", "sex"]
DATES = [day.strftime("%Y-%m-%d") for year in (2016, 2017) for day in pd.bdate_range(f"{year}-09-26", periods=8)]
SCHOOLS = {"A": "N", "B": "N", "C": "S"}
DAYS = ["days_enrolled", "days_absent", "days_unmarked"]
PLACE = ["school_year", "district_id"]
STUDY = """definitions: {minimum_days: {days: 3}, chronic: {at_least: 0.15}}
"""
COUNTS = ["students", "students_counted", "chronically_absent", *TIERS, *DAYS]
few = settings(max_examples=4, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def student_days(draw: st.DrawFn) -> list[list[str]]:
    """Draw rows of a few students: at a school and in a grade for a stretch of days, then maybe at another."""
    rows = []
    for student in range(draw(st.integers(5, 12))):
        sex = draw(st.sampled_from(["F", "M", ""]))
        cuts = sorted(draw(st.lists(st.integers(0, len(DATES)), min_size=2, max_size=4, unique=True)))
        for first, last in pairwise(cuts):
            school = draw(st.sampled_from(sorted(SCHOOLS)))
            grade = draw(st.sampled_from(["PK", "KG", "03", "08", "09", "12"]))
            for date in DATES[first:last]:
                enrolled, absent = draw(
                    st.sampled_from([("1", "0"), ("1", "0"), ("1", "1"), ("1", "0.5"), ("0.5", "0.5"), ("1", "")])
                )
                reason = draw(st.sampled_from(["", "excused", "unexcused"]))
                rows.append([str(student), SCHOOLS[school], school, grade, date, enrolled, absent, reason, sex])
    return rows


@dataclass
class Known:
    """The same days summed in plain Python, from the rows."""

    enrolled: Fraction = Fraction(0)
    absent: Fraction = Fraction(0)
    unmarked: Fraction = Fraction(0)
    students: set[str] = field(default_factory=set)

    def add(self, row: list[str]) -> None:
        enrolled, absent = Fraction(row[5]), row[6]
        self.students.add(row[0])
        if absent:
            self.enrolled += enrolled
            self.absent += Fraction(absent)
        else:
            self.unmarked += enrolled

    @property
    def days(self) -> list[float]:
        return [float(self.enrolled), float(self.absent), float(self.unmarked)]


def by_hand(rows: list[list[str]], *columns: int, apart: bool = False) -> dict[tuple[str, ...], Known]:
    """Sum rows in K-12 by school year, district (or all districts together) and columns."""
    together = not apart and len({row[1] for row in rows}) > 1
    known: dict[tuple[str, ...], Known] = {}
    for row in rows:
        if row[3] != "PK":
            year = "2016-17" if row[4] < "2017-07" else "2017-18"
            known.setdefault((year, "all" if together else row[1], *(row[column] for column in columns)), Known()).add(
                row
            )
    return known


@contextmanager
def recorded(rows: list[list[str]], parts: int = 1) -> Iterator[StudentRecords]:
    """Write rows to so many files and read them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in range(parts):
            put(folder, f"p{part}.csv", as_csv([HEADER, *rows[part::parts]]).encode())
        yield read(write_study(folder, HEADER, "  groups: [sex]\n", STUDY, files="{path: 'p*.csv'}"))


def usable(rows: list[list[str]]) -> bool:
    return any(row[3] != "PK" for row in rows)


some_days = student_days().filter(usable)


def part(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    return table[table["level_type"] == kind]


@few
@given(some_days)
def test_tables_are_those_of_the_rows(rows: list[list[str]]) -> None:
    with recorded(rows) as records:
        tables = {driver: absence_by(records, driver) for driver in ("grade_level", "school_id", "month", "sex")}
        for driver, table in tables.items():
            assert_days(table, rows, driver)
            assert_rates(table)
        for driver in ("grade_level", "sex"):
            assert_levels_part_the_students(tables[driver], driver)
        assert_levels(tables["school_id"], rows, "school_id")
        assert part(tables["month"], "level")[[*COUNTS[1:3], "chronic_rate", *TIERS]].isna().all(axis=None)
        reasons = part(absence_by(records, "absence_reason"), "level").groupby(PLACE)["days_absent"].sum()
        assert reasons.to_dict() == {key: some.days[1] for key, some in by_hand(rows).items() if some.absent}


@few
@given(some_days)
def test_weeks_weekdays_and_districts_are_those_of_the_rows(rows: list[list[str]]) -> None:
    with recorded(rows) as records:
        for driver in ("week", "weekday", "district_id"):
            table = absence_by(records, driver)
            assert_days(table, rows, driver)
            assert_rates(table)


def assert_days(table: pd.DataFrame, rows: list[list[str]], driver: str) -> None:
    """Days of the levels add up to those of the rows, and so do the total's; its students are the rows'."""
    whole = by_hand(rows, apart=driver == "district_id")
    levels = part(table, "level")
    inside = levels[levels["grade_level"] != "PK"] if driver == "grade_level" else levels
    sums = inside.groupby(PLACE)[DAYS].sum()
    assert {key: sums.loc[key].tolist() for key in sums.index} == {key: some.days for key, some in whole.items()}
    if driver != "district_id":
        totals = part(table, "total").set_index(PLACE)
        assert {key: [*totals.loc[key, DAYS], totals.loc[key, "students"]] for key in totals.index} == {
            key: [*some.days, len(some.students)] for key, some in whole.items()
        }


def assert_levels(table: pd.DataFrame, rows: list[list[str]], driver: str) -> None:
    """Days and students of each level are those of the rows."""
    found = part(table, "level").set_index([*PLACE, driver])
    assert {key: [*found.loc[key, DAYS], found.loc[key, "students"]] for key in found.index} == {
        key: [*some.days, len(some.students)] for key, some in by_hand(rows, 2).items()
    }


def assert_levels_part_the_students(table: pd.DataFrame, driver: str) -> None:
    """Every student is in one level (and one band), so that counts add up to the total."""
    levels = part(table, "level")
    totals = part(table, "total").groupby(PLACE)[COUNTS].sum()
    for parts in (levels[levels[driver] != "PK"], *([part(table, "band")] if driver == "grade_level" else [])):
        pd.testing.assert_frame_equal(parts.groupby(PLACE)[COUNTS].sum(), totals, check_dtype=False)


def assert_rates(table: pd.DataFrame) -> None:
    """Rates are shares of their counts, and stand between their bounds."""
    rate, low, high = table["absence_rate"], table["rate_low"], table["rate_high"]
    assert (rate.between(0, 1) | rate.isna()).all()
    assert (low.notna() == (table["days_unmarked"] > 0)).all() and (low.isna() == high.isna()).all()
    between = rate.notna() & low.notna()
    assert (low[between] <= rate[between] + 1e-12).all() and (rate[between] <= high[between] + 1e-12).all()
    assert np.allclose(rate * table["days_enrolled"], table["days_absent"].where(rate.notna()), equal_nan=True)
    some = table[table["students_counted"].notna()]
    assert (some["students_counted"] <= some["students"]).all()
    assert (some["chronically_absent"] <= some["moderate_chronic"] + some["severe_chronic"]).all()
    assert (some[list(TIERS)].sum(axis=1) == some["students_counted"]).all()
    assert (some["chronic_rate"].isna() == (some["students_counted"] == 0)).all()


@few
@given(some_days, st.randoms(use_true_random=False), st.integers(1, 3))
def test_neither_the_order_of_rows_nor_their_files_matter(rows: list[list[str]], random: object, parts: int) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    with recorded(rows) as first, recorded(shuffled, min(parts, len(rows))) as second:
        assert Path(first.path).read_bytes() == Path(second.path).read_bytes()
        pd.testing.assert_frame_equal(first.flow, second.flow)
        pd.testing.assert_frame_equal(first.calendar, second.calendar)
        for driver in ("grade_level", "school_id"):
            pd.testing.assert_frame_equal(absence_by(first, driver), absence_by(second, driver))


@few
@given(some_days)
def test_tables_beside_agree_with_the_tables(rows: list[list[str]]) -> None:
    with recorded(rows) as records:
        year = records.year
        grades = part(absence_by(records, "grade_level"), "total")
        total = grades[grades["school_year"] == year].set_index("district_id")
        if total.empty:
            return
        missed = missed_days(records).groupby("district_id")
        assert np.allclose(missed["days_absent"].sum(), total["days_absent"])
        once = missed_days(records).drop_duplicates([*PLACE, "grade_level", "school_id"]).groupby("district_id")
        assert (once["chronically_absent"].sum() == total["chronically_absent"]).all()
        shares = missed["share_of_days"].sum()
        assert np.allclose(shares[total["days_absent"] > 0], 1)
        assert (coverage(records).groupby("district_id")["days_unmarked"].sum() == total["days_unmarked"]).all()
        counted = total["students_counted"][total["students_counted"] > 0]
        assert rate_histogram(records).groupby("district_id")["students_counted"].sum().to_dict() == counted.to_dict()
        own = other_definitions(records).drop_duplicates("district_id").set_index("district_id")
        assert (own["chronically_absent"] == total["chronically_absent"]).all()
        near = near_threshold(records)
        beside = near[near["level_type"] == "total"].set_index("district_id")
        assert beside["students_counted"].to_dict() == counted.to_dict()
        cells, levels = absence_cells(records).table, total[DAYS].sum()
        assert np.isclose(cells["n"].sum(), levels["days_enrolled"]) and np.isclose(
            cells["y"].sum(), levels["days_absent"]
        )
        schools = part(absence_by(records, "school_id"), "level")
        schools = schools[schools["school_year"] == year]
        chronic = chronic_cells(records).table
        assert chronic["y"].sum() == schools["chronically_absent"].sum()
        assert chronic["n"].sum() == schools["students_counted"].sum()


@few
@given(some_days)
def test_student_years_of_stays_are_those_of_days(rows: list[list[str]]) -> None:
    with recorded(rows) as records:
        for apart, grain in ((False, "student"), (False, "student_school"), (True, "student")):
            tables = [
                engine.collect(
                    student_years(found(records, apart=apart), records.study.settings.definitions, grain, ("sex",)),
                    [*PLACE, "student_id", "school_id"],
                ).astype(dict.fromkeys(DAYS, float))
                for found in (counted_days, counted_stays)
            ]
            pd.testing.assert_frame_equal(*tables, check_dtype=False)


@few
@given(some_days)
def test_stays_are_kept_for_the_days_that_count_and_for_no_others(rows: list[list[str]]) -> None:
    with recorded(rows) as records:
        for some in (records, replace(records, calendar=records.calendar.head(4)), records):
            days, stays = (
                engine.collect(found(some).select(*DAYS).with_columns(one=nw.lit(1)).group_by("one").agg(
                    *(nw.col(name).sum() for name in DAYS)), ["one"])
                for found in (counted_days, counted_stays)
            )  # fmt: skip
            assert days.astype(float).equals(stays.astype(float))
