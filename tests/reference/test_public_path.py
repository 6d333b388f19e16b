"""The same numbers from end to end: files, records, measures, models."""

import numpy as np
import pytest
from known_data import ALL_DRIVERS, agree, frame, needs_reference, size, value

from analysis.measures.cells import cells_of
from analysis.measures.outcomes import absence_cells, chronic_cells
from analysis.models import fit_drivers
from analysis.models.sentences import NONE_OR_ALL
from analysis.study import Models

pytestmark = needs_reference

LOOSE = Models(minimum_students=1, minimum_dates=1, minimum_bridge_students=1)
BY_PART = "district.by_component.{}.student_hc0.{}"


def test_adjusted_rates_of_days(known_district):
    cells = absence_cells(known_district)
    assert set(cells.drivers) >= set(ALL_DRIVERS)
    without_breaks = cells_of(cells.outcome, cells.rows, ALL_DRIVERS, cells.unit)  # R's model has none
    model = fit_drivers(without_breaks, LOOSE)
    students = size("DISTINCT student_id")
    assert model.cells.products(model.fit.fitted, "student_id").clusters == students
    factor = np.sqrt(students / (students - 1))
    for driver in ("grade_level", "school_id"):
        theirs = frame("03_adjusted_rates", BY_PART.format("contrasts_with_overall", driver))
        levels = theirs.groupby("component")["level"].transform("size")  # a level alone has nothing to be compared with
        theirs = theirs[levels > 1].sort_values(["component", "level"])
        ours = model.adjusted_rates[model.adjusted_rates["driver"] == driver]
        ours = ours[ours["component"].isin(theirs["component"])].sort_values(["component", "level"])
        assert list(ours["level"]) == list(theirs["level"])
        key = BY_PART.format("contrasts_with_overall", driver)
        agree("03_adjusted_rates", key, 100 * ours["contrast"], theirs["contrast_pp"])
        agree("03_adjusted_rates", key, 100 * ours["contrast_std_error"], factor * theirs["se_pp"], 3e-8)


def test_adjusted_rates_of_chronic_absence(known_district):
    model = fit_drivers(chronic_cells(known_district), LOOSE)
    if NONE_OR_ALL in set(model.not_separable["reason"]):
        pytest.skip("in this district a level has none or all chronically absent: R's model runs to infinity")
    main = model.cells.table[model.fit.component == 1]
    rows = value("04_chronic", "main.rows")
    assert main["n"].sum() == rows["rows"]
    assert main["y"].sum() == rows["chronically_absent"]
    key = "main.adjusted_rates.student_hc0.school_id"
    theirs = frame("04_chronic", key)
    ours = model.adjusted_rates[model.adjusted_rates["driver"] == "school_id"].set_index("level").loc[theirs["level"]]
    agree("04_chronic", key, ours["adjusted_rate"], theirs["adjusted_rate"])
