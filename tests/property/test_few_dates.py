"""The season as a whole, and single dates: tests and checks that stand on few dates of school."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_district import cells_from, student_days, student_years

from analysis.measures.outcomes import absence_by_date
from analysis.models import fit_drivers
from analysis.models.covariance import Covariance
from analysis.models.model_checks import date_check
from analysis.study import Models
from analysis.vocabulary import PAIR

LOOSE = Models(minimum_students=1, minimum_dates=1, minimum_bridge_students=1)
TWO_BY_TWO = {"A": {"01": 60, "02": 60}, "B": {"01": 60, "02": 60}}


@pytest.fixture(scope="module")
def dated():
    random = np.random.default_rng(8)
    students = student_years({"A": {"01": 40, "02": 40}, "B": {"01": 40, "02": 40}}, 8)
    students["rate"] = 1 / (1 + np.exp(-(-2.5 + 0.9 * random.standard_normal(len(students)))))
    days = student_days(students, 40, 8, date_sd=0.3)
    half = random.random(len(days)) < 0.1
    return days.assign(y=np.where(half, days["y"] / 2, days["y"]))


def test_the_season_as_a_whole_is_tested_on_its_few_dates(dated):
    """By chi squared, months or weekdays that do not differ would differ in twice as many years as said."""
    model = fit_drivers(cells_from(dated, ("grade_level", "school_id", "weekday")), LOOSE)
    tests = model.joint_tests.set_index("driver")
    test = tests.loc["weekday"]
    units = [model.fit.design.unit("weekday", level) for level in model.fit.design.levels["weekday"]]
    pairs = np.array([one - other for one, other in combinations(units, 2)])
    df = model.covariances["weekday"].degrees_of_freedom(pairs, np.full(10, 8.0)).min()  # 40 dates, 8 of each weekday
    assert test["p_value"] == pytest.approx(stats.f.sf(test["statistic"] / 4, 4, df))
    assert test["p_value"] > stats.chi2.sf(test["statistic"], 4)
    students = tests.loc["school_id"]
    assert students["p_value"] == pytest.approx(stats.chi2.sf(students["statistic"], students["df"]))


@pytest.mark.parametrize("first", ["Tuesday", "Friday"])
def test_the_test_of_the_season_is_the_same_whichever_level_stands_first(dated, first):
    """Its degrees of freedom were the least of the pairs with the first level."""
    drivers = ("grade_level", "school_id", "weekday")
    turned = dated.assign(weekday=dated["weekday"].replace({"Monday": first, first: "Monday"}))
    own, other = (fit_drivers(cells_from(rows, drivers), LOOSE).joint_tests for rows in (dated, turned))
    pd.testing.assert_frame_equal(own, other, rtol=1e-8)


def test_a_covariance_of_contrasts_is_the_same_whatever_they_are_written_against():
    """Where dates take off in one direction and add in another: only what they add, relative to students, counts."""
    random = np.random.default_rng(3)
    own, extra = np.diag([1.0, 2.0, 0.5]), np.array([[1.0, 0.4, 0.0], [0.4, -1.0, 0.2], [0.0, 0.2, -0.3]])
    whole, turn = Covariance(own, extra).of(np.eye(3)), random.standard_normal((3, 3))
    assert np.allclose(Covariance(own, extra).of(turn), turn @ whole @ turn.T)
    assert np.linalg.eigvalsh(whole - own).min() > -1e-12, "no direction is surer than students alone"
    adds = extra @ extra.T
    assert np.allclose(Covariance(own, adds).of(turn), turn @ (own + adds) @ turn.T), "as R's vcovCL has it"
    for gradient in turn:
        assert Covariance(own, extra).variances(gradient[None]) <= gradient @ whole @ gradient + 1e-12


def test_degrees_of_freedom_are_of_dates_where_dates_decide_and_of_students_where_they_do():
    one = np.eye(1)
    for by_date, dates, known in (
        (1.0, 18, 17),
        (0.5, 18, 68),
        (0.0, 18, np.inf),
        (3.0, 18, 17),
        (1.0, np.inf, np.inf),
    ):
        covariance = Covariance(0.4 * one, 0.6 * one, by_date * one)
        assert covariance.degrees_of_freedom(one, np.array([dates])) == pytest.approx(known)
    assert np.isinf(Covariance(one).degrees_of_freedom(one, np.array([18.0])))


def test_independent_students_spread_dates_as_expected_whatever_the_season_has_fixed():
    random, weekday = np.random.default_rng(5), np.arange(20) % 5
    values = []
    for _ in range(2_000):
        absent = pd.Series(random.binomial(400, 0.08, 20))
        expected = absent.groupby(weekday).transform("mean") / 400
        by_date = pd.DataFrame({"days_enrolled": 400.0, "days_absent": absent, "expected_rate": expected})
        by_date["variance"] = 400 * expected * (1 - expected)
        values.append(date_check(by_date, seasonal=4)[0].value)
    assert np.mean(values) == pytest.approx(1, abs=0.03)
    assert date_check(by_date.head(5), seasonal=4) == []


def test_dates_vary_by_chance_as_their_cells_do_and_not_as_their_mean_rate():
    """Of two schools with 2 % and 40 % absent the mean rate gives an eighth more: the check was so much too small."""
    rows = student_years({"A": {"01": 60, "02": 60}, "B": {"01": 60, "02": 60}}, 4, sd=0.01)
    rows["rate"] = np.where(rows["school_id"] == "A", 0.02, 0.4)
    days = student_days(rows, 40, 5)
    model = fit_drivers(cells_from(days, (*PAIR, "weekday")), LOOSE)
    by_date = absence_by_date(model.cells, model.fit.fitted)
    keys = list(model.fit.drivers)
    p = days[keys].merge(model.fit.cells[keys].assign(p=model.fit.fitted), how="left")["p"].to_numpy()
    chance = pd.Series(p * (1 - p)).groupby(days["date"].to_numpy()).sum().to_numpy()
    expected = by_date["days_enrolled"] * by_date["expected_rate"]
    known = ((by_date["days_absent"] - expected) ** 2 / chance).sum() / (40 - 1 - 4)
    assert date_check(by_date, seasonal=4)[0].value == pytest.approx(known, rel=1e-12)
    assert (expected * (1 - by_date["expected_rate"]) / chance).min() > 1.12
