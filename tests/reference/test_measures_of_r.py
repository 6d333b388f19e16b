"""01_measures: student-years, tables by grade, school, group, month; half days; the boundary cases."""

import narwhals as nw
import pandas as pd
import pytest
from known_data import agree, day_cells, frame, grain, needs_reference, value

from analysis import engine
from analysis.measures import absence_by
from analysis.measures.student_years import counted_days, is_chronic, student_years, tier
from analysis.models.drivers import distinct
from analysis.models.parts import find_parts
from analysis.vocabulary import DAY, PAIR, TIERS

pytestmark = needs_reference
FILE = "01_measures"
COUNTED = (
    "students", "students_counted", "days_enrolled", "days_absent", "absence_rate", "chronically_absent",
    "chronic_rate", *TIERS,
)  # fmt: skip
DAYS = ("days_enrolled", "days_absent", "absence_rate")


def compare(key, ours, theirs, columns, tolerance=1e-12):
    for column in columns:
        agree(FILE, key, ours[column], theirs[column], 0 if column in ("students", *TIERS) else tolerance)


def levels(table, driver, theirs, missing=""):
    """Put our rows in the order of R's, and check that there are no others."""
    ours = table[table["level_type"] == "level"].set_index(driver)
    order = theirs[driver].replace("(missing)", missing) if missing else theirs[driver]
    assert set(ours.index) == set(order)
    return ours.loc[order]


@pytest.mark.parametrize(("key", "driver"), [("by_grade", "grade_level"), ("by_school", "school_id")])
def test_tables(known_district, key, driver):
    theirs = frame(FILE, key)
    compare(key, levels(absence_by(known_district, driver), driver, theirs), theirs, COUNTED)


@pytest.mark.parametrize("key", ["overall", "half_days.overall"])
def test_all_students(known_district, known_half_days, key):
    table = absence_by(known_half_days if key.startswith("half") else known_district, "grade_level")
    compare(key, table[table["level_type"] == "total"], frame(FILE, key), COUNTED)


def test_groups(known_district):
    for group, table in value(FILE, "by_group").items():
        theirs = pd.DataFrame(table)
        compare("by_group", levels(absence_by(known_district, group), group, theirs, "unknown"), theirs, COUNTED)


@pytest.mark.parametrize(("key", "driver"), [("by_month_days", "month"), ("by_weekday_days", "weekday")])
def test_season(known_district, key, driver):
    theirs = frame(FILE, key)
    ours = levels(absence_by(known_district, driver), driver, theirs)
    compare(key, ours, theirs, [column for column in ("students", *DAYS) if column in theirs])
    dates = distinct(day_cells((driver,)), (driver,)).set_index(driver)["dates"]
    agree(FILE, key, dates.loc[theirs[driver]], theirs["instructional_days"], 0)


def test_reasons(known_district):
    theirs = frame(FILE, "by_reason")
    ours = levels(absence_by(known_district, "absence_reason"), "absence_reason", theirs)
    compare("by_reason", ours, theirs, ["days_absent"])


def years_of(records, grain_of):
    definitions = records.study.settings.definitions
    years = student_years(counted_days(records), definitions, grain_of).with_columns(tier=tier(definitions))
    table = engine.collect(years, ["student_id", "school_id"])
    for column in ("days_enrolled", "days_absent"):
        table[column] = table[column].astype(float) / DAY
    return table.assign(absence_rate=table["days_absent"] / table["days_enrolled"])


def compare_years(key, ours):
    theirs = frame(FILE, key)
    assert list(ours["student_id"]) == list(theirs["student_id"])
    compare(key, ours, theirs, DAYS)
    agree(FILE, key, ours["counted"], theirs["counted"], 0)
    agree(FILE, key, ours["chronic"], theirs["chronically_absent"] & theirs["counted"], 0)
    assert list(ours["tier"]) == list(theirs["attendance_tier"])


def test_student_years(known_district, known_half_days):
    compare_years("student_years", years_of(known_district, "student"))
    compare_years("half_days.student_years", years_of(known_half_days, "student"))
    at_school = years_of(known_district, "student_school")
    movers = at_school[at_school["student_id"].duplicated(keep=False)]
    assert list(movers["school_id"]) == list(frame(FILE, "student_school_years_of_movers")["school_id"])
    compare_years("student_school_years_of_movers", movers)


def test_edges_of_the_tiers(known_district):
    theirs, definitions = frame(FILE, "edge_cases"), known_district.study.settings.definitions
    rows = theirs[["days_enrolled", "days_absent"]].mul(DAY).astype("int64").assign(row=range(len(theirs)))
    engine.register("edge_cases", rows)
    chronic = nw.when(is_chronic(definitions)).then(nw.lit(1)).otherwise(nw.lit(0))
    lazy = engine.lazy("SELECT * FROM edge_cases").with_columns(chronic=chronic, tier=tier(definitions))
    ours = engine.collect(lazy, ["row"])
    agree(FILE, "edge_cases", ours["chronic"], theirs["chronically_absent"], 0)
    assert list(ours["tier"]) == list(theirs["attendance_tier"])
    minimum = definitions.minimum_days.days * DAY
    agree(FILE, "edge_cases", rows["days_enrolled"] >= minimum, theirs["counted"], 0)


def test_parts():
    cells, theirs = day_cells(PAIR), frame(FILE, "components")
    part = find_parts(cells.table, distinct(cells, PAIR), PAIR, 1).component
    for row in theirs.to_dict("records"):
        inside = cells.only(part == row["component"])
        assert set(inside.table["school_id"]) == set(row["schools"].split())
        assert set(inside.table["grade_level"]) == set(row["grades"].split())
        students = inside.products(inside.table["n"].to_numpy() * 0, "student_id").clusters
        ours = [students, inside.table["n"].sum(), inside.table["y"].sum()]
        agree(FILE, "components", ours, [row[name] for name in ("students", "days_enrolled", "days_absent")], 0)


def test_cells():
    table, theirs = grain("grade_level, school_id, month"), frame(FILE, "cells").iloc[0]
    ours = [len(table), table["n"].sum(), table["y"].sum(), (table["y"] == 0).sum()]
    agree(FILE, "cells", ours, theirs[["cells", "days_enrolled", "days_absent", "cells_without_absence"]], 0)
