"""School effects: sums, refusals, flags that chance rarely gives, and shrinkage against brute force."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plug_in import between_variance, shrunk
from scipy import stats
from small_district import cells_from, student_years

from analysis.models import fit_drivers, school_effects
from analysis.models.expected import observed_minus_expected
from analysis.models.sentences import INSEPARABLE, too_few_schools
from analysis.models.shrinkage import Posterior, integrated
from analysis.study import Models
from analysis.vocabulary import PAIR

Y = np.array([0.03, -0.01, 0.002, -0.04, 0.015, 0.06, -0.02])
V = np.array([0.012, 0.01, 0.02, 0.015, 0.03, 0.02, 0.008]) ** 2


def district(seed, students, effects=None):
    """Twelve schools: KG-5, 6-8 and K-8, of grades that link."""
    low, high = ["KG", "01", "02", "03", "04", "05"], ["06", "07", "08"]
    grades = [low, high, low + high]
    sizes = {
        f"S{number:02}": dict.fromkeys(grades[number % 3], students // len(grades[number % 3])) for number in range(12)
    }
    return student_years(sizes, seed, {"KG": 0.4, "08": 0.3, **(effects or {})})


def effects_of(rows, outcome="absence"):
    minimum = Models(minimum_bridge_students=1)
    model = fit_drivers(cells_from(rows, PAIR, outcome), minimum)
    return model, school_effects(model, Models(), {"S00": "First"})


def test_differences_sum_to_zero_over_the_days_of_a_part():
    rows = student_years({"A": {"01": 60, "02": 50}, "B": {"02": 70}, "H": {"09": 60}, "J": {"09": 50}}, 1, {"B": 0.6})
    model = fit_drivers(cells_from(rows, PAIR), Models())
    days = model.cells.table.groupby("school_id")["n"].sum()
    for part in (1, 2):
        found = observed_minus_expected(model.fit, part)
        assert abs(found.difference @ days[list(found.schools)].to_numpy()) < 1e-6


def test_shrunken_differences_sum_to_zero_too_where_rare_absence_makes_variances_follow_the_rate():
    """Many small schools and no effect: weighed by their variances alone, all would stand below what is expected."""
    random = np.random.default_rng(7)
    rows = student_years({f"S{number:03}": {"07": 40} for number in range(80)}, 5, intercept=-4.5, sd=1.5)
    rows["y"] = np.where(random.random(len(rows)) < 0.6, 0.0, rows["y"])
    model = fit_drivers(cells_from(rows, ("school_id",)), Models())
    table = school_effects(model, Models(), {}).table.set_index("school_id")
    days = model.cells.table.set_index("school_id")["n"]
    assert abs(table["shrunken_difference"] @ days[table.index] / days.sum()) < 1e-9
    differences = table["observed_rate"] - table["expected_rate"]
    own = model.covariances["school_id"].variances(observed_minus_expected(model.fit, 1).gradient)
    assert integrated(differences.to_numpy(), own).mean @ days[table.index] / days.sum() < -0.0005, "the test can fail"


def test_delta_gradient_is_the_numeric_one():
    from dataclasses import replace

    from scipy.special import expit

    model = fit_drivers(cells_from(district(2, 60), PAIR), Models(minimum_bridge_students=1))
    found = observed_minus_expected(model.fit, 1)
    for column in (0, 3, len(model.fit.coefficients) - 1):
        ends = []
        for step in (1e-5, -1e-5):
            moved = model.fit.coefficients.copy()
            moved[column] += step
            fit = replace(model.fit, coefficients=moved, fitted=expit(model.fit.design.matrix @ moved))
            ends.append(observed_minus_expected(fit, 1).difference)
        assert np.allclose((ends[0] - ends[1]) / 2e-5, found.gradient[:, column], atol=1e-8)


def test_a_school_far_from_expected_is_flagged_and_others_are_not():
    effects = effects_of(district(4, 240, {"S05": 1.2}))[1]
    table = effects.table.set_index("school_id")
    assert table.loc["S05", "flag"] == "higher"
    assert table.loc["S05", "chance_highest_third"] > 0.99
    assert (table["flag"] != "").sum() <= 2
    thirds = table[["chance_lowest_third", "chance_middle_third", "chance_highest_third"]]
    assert np.allclose(thirds.sum(axis=1), 1)
    assert np.allclose(thirds.sum(axis=0), 4, atol=1e-9), "twelve schools, four in each third in every draw"
    assert table.loc["S00", "school_name"] == "First"
    assert effects.refused.empty


@pytest.mark.parametrize("outcome", ["absence", "chronic"])
def test_null_districts_of_small_schools_are_rarely_flagged(outcome):
    """2 % of 150 null districts, measured; plain clustered tests flag in more than half."""
    flagged = 0
    for seed in range(5):
        rows = district(100 + seed, 36)
        if outcome == "chronic":
            rows = rows.assign(y=(rows["y"] >= 18).astype(float), n=1.0)
        flagged += int((effects_of(rows, outcome)[1].table["flag"] != "").any())
    assert flagged <= 1


def test_a_tiny_school_gets_neither_flag_nor_range():
    rows = district(6, 90)
    tiny = student_years({"T": {"01": 12}}, 1, intercept=1.0)
    table = effects_of(pd.concat([rows, tiny]))[1].table.set_index("school_id")
    assert table.loc["T", "flag"] == ""
    assert np.isnan(table.loc["T", ["difference_low", "chance_highest_third", "p_adjusted"]].astype(float)).all()
    assert table.loc[table.index != "T", "difference_low"].notna().all()


@pytest.mark.parametrize(("schools", "reason"), [(1, INSEPARABLE), (3, too_few_schools(3))])
def test_few_schools_have_a_difference_only(schools, reason):
    rows = student_years({f"S{number}": {"01": 60, "02": 60} for number in range(schools)}, 1)
    model = fit_drivers(cells_from(rows, PAIR), Models())
    effects = school_effects(model, Models(), {})
    assert list(effects.refused["reason"]) == [reason]
    assert effects.table[["expected_rate", "observed_rate"]].notna().all(axis=None)
    assert effects.table["shrunken_difference"].isna().all()


def brute_force(y, v):
    """The posterior of the first true value on a plain grid of (tau, mu): no algebra shared with the code."""
    tau = (np.arange(1500) + 0.5) * (0.9 / 1500)
    mu = np.linspace(-0.4, 0.4, 401)
    log = np.zeros((len(tau), len(mu)))
    for yj, vj in zip(y, v, strict=True):
        log += stats.norm.logpdf(yj, mu[None, :], np.sqrt(vj + tau[:, None] ** 2))
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    kept = tau[:, None] ** 2 / (tau[:, None] ** 2 + v[0])
    mean = mu[None, :] + kept * (y[0] - mu[None, :])
    sd = np.broadcast_to(np.sqrt(kept * v[0]), mean.shape)
    return weight, mean, sd, kept


def test_integrated_shrinkage_against_brute_force():
    ours = integrated(Y, V)
    weight, mean, sd, kept = brute_force(Y, V)
    assert ours.mean[0] == pytest.approx((weight * mean).sum(), abs=2e-5)
    assert ours.reliability[0] == pytest.approx((weight * kept).sum(), abs=2e-4)
    assert (weight * stats.norm.cdf((ours.low[0] - mean) / sd)).sum() == pytest.approx(0.025, abs=2e-4)
    assert (weight * stats.norm.cdf((ours.high[0] - mean) / sd)).sum() == pytest.approx(0.975, abs=2e-4)


def test_integrated_is_wider_than_plug_in_and_repeats_itself():
    ours, plug_in = integrated(Y, V), shrunk(Y, V, between_variance(Y, V, "REML"))
    assert ((ours.high - ours.low) > 1.95 * 2 * plug_in.sd_naive).all()
    assert np.array_equal(ours.thirds, integrated(Y, V).thirds)


values = st.lists(st.floats(-0.2, 0.2, allow_nan=False), min_size=5, max_size=9)


@settings(max_examples=8, deadline=None)
@given(values, st.floats(-0.5, 0.5), st.floats(0.5, 20))
def test_shrinkage_moves_and_scales_with_its_numbers(y, shift, scale):
    y = np.array(y)
    v = (0.01 + 0.003 * np.arange(len(y))) ** 2
    plain, moved = integrated(y, v), integrated(scale * y + shift, scale**2 * v)
    assert isinstance(plain, Posterior)
    assert np.allclose(moved.mean, scale * plain.mean + shift, atol=1e-6 * scale)
    assert np.allclose(moved.low, scale * plain.low + shift, atol=1e-6 * scale)
    assert (plain.low <= plain.mean).all() and (plain.mean <= plain.high).all()
    assert ((plain.reliability >= 0) & (plain.reliability <= 1)).all()
