"""Absorbing the units' effects gives what a dummy for every unit gives: statsmodels' GLM and its clustered errors."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.models.absorbed import AbsorbedFit, Rows, fit_absorbed
from analysis.models.sandwich import cluster_sums
from analysis.models.school_days import (
    adjusted_rates,
    every_unit_the_same,
    expected_by_date,
    fit_school_days,
    joint_tests,
    spread,
)
from analysis.problems import UserError


def drawn(seed: int, rows: int = 400, units: int = 12, *, weights: bool = True) -> Rows:
    draw = np.random.default_rng(seed)
    unit = np.concatenate([np.arange(units), draw.integers(0, units, rows - units)])
    X = draw.integers(0, 2, (rows, 3)).astype(float)
    n = draw.uniform(1, 50, rows) if weights else np.ones(rows)
    return Rows(X, unit, n, n * draw.beta(2, 12, rows))


def with_dummies(rows: Rows) -> tuple[np.ndarray, object]:
    matrix = np.column_stack([rows.X, np.eye(rows.units)[rows.unit]])
    model = sm.GLM(rows.y / rows.n, matrix, family=sm.families.Binomial(), var_weights=rows.n)
    return matrix, model.fit(method="newton", tol=1e-14)


@pytest.mark.parametrize(("seed", "weights"), [(1, True), (2, True), (3, False)])
def test_coefficients_and_effects_are_those_of_dummies(seed: int, *, weights: bool) -> None:
    rows = drawn(seed, weights=weights)
    fit, (_, dummies) = fit_absorbed(rows), with_dummies(rows)
    np.testing.assert_allclose(np.r_[fit.coefficients, fit.effects], dummies.params, rtol=1e-8)
    np.testing.assert_allclose(fit.fitted, dummies.fittedvalues, rtol=1e-8)


def brute_force(rows: Rows, fit: AbsorbedFit, gradient: np.ndarray, cluster: np.ndarray) -> float:
    """The clustered variance of a function of all parameters, from the whole matrix with its dummies."""
    matrix, _ = with_dummies(rows)
    weight = rows.n * fit.fitted * (1 - fit.fitted)
    bread = np.linalg.inv(matrix.T @ (matrix * weight[:, None]))
    scores = matrix * (rows.y - rows.n * fit.fitted)[:, None]
    sums = np.array([scores[cluster == one].sum(axis=0) for one in np.unique(cluster)])
    return float(gradient @ bread @ sums.T @ sums @ bread @ gradient)


@pytest.mark.parametrize("by", ["unit", "date", "row"])
def test_influences_give_clustered_variances_of_any_function(by: str) -> None:
    rows = drawn(4)
    fit = fit_absorbed(rows)
    cluster = {"unit": rows.unit, "date": np.arange(400) // 20, "row": np.arange(400)}[by]
    rate, by_effects, by_coefficients = fit.mean_at(np.ones_like(rows.X))
    matrix = np.column_stack([np.ones_like(rows.X), np.eye(rows.units)[rows.unit]])
    p = 1 / (1 + np.exp(-matrix @ np.r_[fit.coefficients, fit.effects]))
    assert rate == pytest.approx(np.average(p, weights=rows.n))
    gradient = (rows.n * p * (1 - p)) @ matrix / rows.n.sum()
    np.testing.assert_allclose(np.r_[by_coefficients, by_effects], gradient, rtol=1e-10)
    sums = cluster_sums(fit.influence(by_effects[None, :], by_coefficients[None, :]), cluster)
    assert float((sums**2).sum()) == pytest.approx(brute_force(rows, fit, gradient, cluster), rel=1e-8)


def test_errors_by_unit_are_those_of_statsmodels() -> None:
    rows = drawn(5, weights=False)
    fit, (matrix, _) = fit_absorbed(rows), with_dummies(rows)
    model = sm.GLM(rows.y, matrix, family=sm.families.Binomial())
    clustered = model.fit(
        method="newton", tol=1e-14, cov_type="cluster", cov_kwds={"groups": rows.unit, "use_correction": False}
    )
    ours = np.sqrt((cluster_sums(fit.influence_of_coefficients(), rows.unit) ** 2).sum(axis=0))
    np.testing.assert_allclose(ours, clustered.bse[:3], rtol=1e-6)


def test_columns_that_say_the_same_are_refused() -> None:
    rows = drawn(6)
    with pytest.raises(UserError, match="say the same thing"):
        fit_absorbed(Rows(np.column_stack([rows.X, rows.X[:, 0]]), rows.unit, rows.n, rows.y))
    by_unit = (rows.unit < 4).astype(float)  # a level of the units themselves is absorbed with them
    with pytest.raises(UserError, match="say the same thing"):
        fit_absorbed(Rows(by_unit[:, None], rows.unit, rows.n, rows.y))


def season(seed: int, units: int = 20, dates: int = 60, shared: float = 0.4, weekday: float = 0.3) -> pd.DataFrame:
    """Schools on dates, with a shock that all schools of a date share, and one weekday that is higher."""
    draw = np.random.default_rng(seed)
    unit, date = np.meshgrid(np.arange(units), np.arange(dates), indexing="ij")
    level = draw.normal(-2, 0.6, units)[unit] + draw.normal(0, shared, dates)[date] + weekday * (date % 5 == 4)
    share = 1 / (1 + np.exp(-(level + draw.normal(0, 0.1, unit.shape))))
    names = np.array(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"])
    frame = {"unit": unit, "date": date, "weekday": names[date % 5], "n": 1.0, "y": share}
    table = pd.DataFrame({name: np.ravel(np.broadcast_to(column, unit.shape)) for name, column in frame.items()})
    return table.assign(unit=table["unit"].map("U{:02}".format), date=table["date"].map("D{:02}".format))


def test_intervals_count_what_schools_share_on_a_date() -> None:
    covered = {"unit and date": 0, "unit": 0}
    for seed in range(40):
        model = fit_school_days(season(seed, weekday=0), 10, counted=False)
        for way in covered:
            friday = adjusted_rates(model, way).set_index("level").loc["Friday"]
            covered[way] += friday["contrast_low"] <= 0 <= friday["contrast_high"]
    assert covered["unit and date"] >= 36
    assert covered["unit"] <= 12


def test_rates_and_contrasts_are_those_of_the_mix() -> None:
    table = season(7)
    model = fit_school_days(table, 10, counted=False)
    rates = adjusted_rates(model)
    assert list(rates["level"]) == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    # all schools report on all dates, so the mix is the same on each weekday and adjusting changes nothing
    np.testing.assert_allclose(rates["adjusted_rate"], rates["observed_rate"], rtol=1e-8)
    np.testing.assert_allclose(rates["contrast"], rates["observed_rate"] - table["y"].mean(), atol=1e-10)
    assert rates["students"].isna().all() and rates["days_enrolled"].isna().all()
    assert (rates["contrast_low"] < rates["contrast"]).all() and model.df == 19
    test = joint_tests(model).iloc[0]
    assert (test["driver"], test["df"]) == ("weekday", 4) and 0 <= test["p_value"] <= 1
    assert expected_by_date(model).loc["D04"] == pytest.approx(rates["adjusted_rate"].iloc[4])


def test_a_level_of_few_dates_has_a_rate_and_no_interval() -> None:
    rates = adjusted_rates(fit_school_days(season(8), 13, counted=False))
    assert rates["adjusted_rate"].notna().all() and rates[["contrast_low", "p_value"]].isna().all(axis=None)


def test_a_large_level_beside_few_dates_has_a_rate_and_no_interval_of_its_contrast() -> None:
    table = season(8)
    table = table.assign(weekday=np.where(table["date"] < "D06", "Monday", "Friday"))
    friday = adjusted_rates(fit_school_days(table, 10, counted=False)).set_index("level").loc["Friday"]
    assert friday[["rate_low", "contrast"]].notna().all() and friday[["contrast_low", "p_value"]].isna().all()


def test_a_kind_has_an_interval_by_the_schools_that_have_another_kind_too() -> None:
    """Schools of one kind alone say nothing of it: their own level is absorbed."""
    table = season(9)
    for mixed in (4, 12):
        both = table[table["unit"] < f"U{mixed:02}"]
        kinds = pd.concat([table.assign(school_type="A"), both.assign(school_type="B", y=both["y"] * 0.9)])
        rates = adjusted_rates(fit_school_days(kinds.drop(columns="weekday"), 10, counted=False))
        assert rates["contrast_low"].notna().tolist() == [mixed >= 10] * 2


def test_few_schools_or_dates_are_refused() -> None:
    with pytest.raises(UserError, match=r"Too few schools or areas \(4\)"):
        fit_school_days(season(9, units=4), 10, counted=False)
    with pytest.raises(UserError, match=r"Too few dates \(4\)"):
        fit_school_days(season(9, dates=4), 10, counted=False)
    with pytest.raises(UserError, match="nothing to compare"):
        fit_school_days(season(9).query("weekday == 'Monday'"), 10, counted=False)


def test_a_school_where_nobody_or_all_are_absent_is_left_out_and_named() -> None:
    table = season(10)
    table.loc[table["unit"] == "U03", "y"] = 0
    model = fit_school_days(table, 10, counted=False)
    assert model.not_separable[["driver", "level"]].to_numpy().tolist() == [["unit", "U03"]]
    assert "U03" not in set(model.table["unit"])


def test_kinds_that_do_not_vary_within_a_school_are_not_compared() -> None:
    table = season(11)
    table["school_level"] = np.where(table["unit"] < "U10", "elementary", "high")
    model = fit_school_days(table, 10, counted=False)
    assert model.drivers == ("weekday",)
    assert set(model.not_separable["level"]) == {"elementary", "high"}


def test_the_spread_is_shared_out_between_schools_dates_and_the_rest() -> None:
    shares = spread(fit_school_days(season(12, shared=0.0, weekday=0), 10, counted=False)).set_index("driver")["share"]
    assert shares.sum() == pytest.approx(1)
    assert shares["unit"] > 0.9 and shares["date"] < 0.01
    shares = spread(fit_school_days(season(12, shared=2.0), 10, counted=False)).set_index("driver")["share"]
    assert shares["date"] > shares["unit"]


def test_every_school_and_date_the_same_weight() -> None:
    table = season(13)
    heavy = table.assign(n=np.where(table["unit"] == "U00", 50.0, 1.0))
    heavy["y"] *= heavy["n"]
    same = every_unit_the_same(fit_school_days(heavy, 10, counted=True))
    pd.testing.assert_frame_equal(
        adjusted_rates(same), adjusted_rates(fit_school_days(table, 10, counted=False)), rtol=1e-8
    )
