"""What may change nothing from the files to the tables."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from test_measures import COUNTS, DATES, few, recorded, some_days

from analysis.measures.student_tables import absence_by

DRIVERS = ("grade_level", "school_id", "month", "sex")


@few
@given(some_days)
def test_the_names_of_schools_and_students_change_nothing(rows: list[list[str]]) -> None:
    names = {"A": "zebra", "B": "Aardvark", "C": "m 1"}
    renamed = [[f"x{9 - int(row[0]):03}", row[1], names[row[2]], *row[3:]] for row in rows]
    with recorded(rows) as first, recorded(renamed) as second:
        pd.testing.assert_frame_equal(first.flow, second.flow)
        for driver in DRIVERS:
            before, after = absence_by(first, driver), absence_by(second, driver)
            if driver == "school_id":
                before = before.replace({"level": names, "school_id": names})
            keys = [name for name in before if before[name].dtype in ("str", "object") and name in after]
            ordered = [table.sort_values(keys).reset_index(drop=True)[[*keys, *COUNTS]] for table in (before, after)]
            pd.testing.assert_frame_equal(*ordered, check_dtype=False)


NEW = DATES[8:]
"""The eight days of school of 2017-18: four in September, four in October."""
TIER = {0: "satisfactory", 1: "moderate_chronic"}


@few
@given(some_days, st.integers(0, 8))
def test_adding_a_student_changes_only_what_it_must(rows: list[list[str]], missed: int) -> None:
    district, school = rows[0][1], rows[0][2]
    of = {
        "grade_level": {"03": 8, "K-8": 8, "K-12": 8},
        "school_id": {school: 8, "all": 8},
        "month": {"2017-09": 4, "2017-10": 4, "all": 8},
        "sex": {"F": 8, "all": 8},
    }
    added = [
        ["99", district, school, "03", date, "1", str(int(place < missed)), "", "F"] for place, date in enumerate(NEW)
    ]
    with recorded(rows) as first, recorded([*rows, *added]) as second:
        for driver, levels in of.items():
            keys = ["school_year", "district_id", "level_type", driver]
            before, after = (absence_by(one, driver).set_index(keys)[COUNTS] for one in (first, second))
            assert set(before.index) <= set(after.index)
            for key, row in after.iterrows():
                year, place, _, level = key
                here = year == "2017-18" and place in (district, "all") and level in levels
                days = levels[level] if here else 0
                absent = min(missed, 4) if level == "2017-09" else max(0, missed - 4) if level == "2017-10" else missed
                expected = dict.fromkeys(COUNTS, 0.0) | {
                    "students": float(here), "students_counted": float(here), "days_enrolled": days,
                    "chronically_absent": float(here and missed >= 2), "days_absent": float(here) * absent,
                    TIER.get(missed, "severe_chronic"): float(here),
                }  # fmt: skip
                was = before.loc[key] if key in before.index else row * 0
                assert ((row - was).dropna() == pd.Series(expected)[row.notna()]).all(), (driver, key)
