"""Years of the same units: held to a model with dummies, to refusals, and to how often intervals hold the truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from analysis.models.absorbed import Rows, fit_absorbed
from analysis.models.binomial import fit_binomial
from analysis.models.few_clusters import bias_reduced
from analysis.models.few_units import unit_errors
from analysis.models.published_years import TREND, changes_of
from analysis.models.sentences import NONE_OR_ALL, NOT_COMPARABLE, UNEVEN, YEARS_MISSING, too_few_to_tell


def cells(units=12, years=("2017-18", "2018-19"), seed=1, *, change=0.0, unit_change=0.1):
    """Units with levels of their own, whose log-odds also move by themselves from year to year."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(units):
        level = -1.5 + 0.4 * random.standard_normal()
        for place, year in enumerate(years):
            moved = level + change * place + unit_change * random.standard_normal()
            for grade in ("01", "02"):
                n = int(random.integers(200, 400))
                rows.append((year, f"U{number:02}", grade, n, 180.0 * n, n, random.binomial(n, expit(moved))))
    columns = ["school_year", "unit", "grade_level", "students", "days", "n", "y"]
    return pd.DataFrame(rows, columns=columns).astype({"students": float, "n": float, "y": float})


def test_absorbed_units_give_the_errors_of_dummies():
    table = cells(years=("2017-18", "2018-19", "2019-20")).sample(frac=0.9, random_state=2, ignore_index=True)
    drivers = ("school_year", "grade_level", "unit")
    dummies = fit_binomial(table, drivers, np.ones(len(table), dtype=np.int64))
    reduced = bias_reduced(dummies, table["unit"].to_numpy())
    own = slice(1, 4)  # two years and a grade; then the units
    unit = pd.factorize(table["unit"], sort=True)[0]
    rows = Rows(dummies.design.matrix[:, own], unit, table["n"].to_numpy(), table["y"].to_numpy())
    fit = fit_absorbed(rows)
    np.testing.assert_allclose(fit.coefficients, dummies.coefficients[own], rtol=1e-9)
    ours, gradient = unit_errors(fit, np.zeros((3, rows.units)), np.eye(3)), np.eye(len(dummies.coefficients))[own]
    np.testing.assert_allclose(ours.std_errors, np.sqrt(reduced.variances(gradient)), rtol=1e-9)
    np.testing.assert_allclose(ours.df, reduced.satterthwaite(gradient), rtol=1e-9)
    effects, coefficients = fit.mean_at(rows.X)[1:]
    ours = unit_errors(
        fit, effects[None, :], coefficients[None, :]
    )  # of a rate, which moves with the units' levels too
    p, n = dummies.fitted, dummies.n
    whole = (n * p * (1 - p)) @ dummies.design.matrix / n.sum()
    np.testing.assert_allclose(ours.std_errors, np.sqrt(reduced.variances(whole[None, :])), rtol=1e-9)


def test_changes_errors_and_degrees_of_freedom_of_r():
    """R 4.2, clubSandwich 0.5.8: glm with dummies, the gradient of the mean change; CR2, `linear_contrast`."""
    n = {"2016-17": [20, 40, 60, 90, 35, 50, 70, 44, 52, 110, 25, 80],
         "2017-18": [22, 38, 66, 85, 40, 47, 75, 46, 55, 115, 24, 78],
         "2018-19": [21, 41, 63, 92, 36, 52, 71, 45, 57, 108, 26, 81]}  # fmt: skip
    y = {"2016-17": [3, 8, 12, 20, 5, 9, 14, 7, 11, 30, 2, 16], "2017-18": [5, 9, 17, 22, 9, 8, 20, 12, 10, 41, 4, 19],
         "2018-19": [4, 12, 15, 27, 8, 10, 19, 15, 16, 38, 6, 18]}  # fmt: skip
    rows = [(year, f"S{i // 2}", ("KG", "01")[i % 2], n[year][i], y[year][i]) for year in n for i in range(12)]
    table = pd.DataFrame(rows, columns=["school_year", "unit", "grade_level", "n", "y"]).astype(
        {"n": float, "y": float}
    )
    found = changes_of(table.assign(students=table["n"], days=np.nan), "schools").iloc[:2]
    ours = found[["contrast", "contrast_std_error", "df"]].to_numpy(dtype=float)
    theirs = [
        [0.0522242877643, 0.00681086528915, 4.19365513972383],
        [0.0170700403516, 0.00457153632816, 4.23323339184168],
    ]
    np.testing.assert_allclose(ours, theirs, rtol=1e-8)


def test_two_years_of_equal_units_are_paired_differences():
    """Equal n: the change is the mean of the units' changes, its error nearly their spread over the root of 15."""
    table = cells(units=15, unit_change=0.05).assign(n=1000.0)
    table["y"] = np.round(1000 * table["y"] / table["students"])
    row = changes_of(table, "districts").iloc[0]
    rates = table.groupby(["unit", "school_year"])[["y", "n"]].sum()
    by_year = (rates["y"] / rates["n"]).unstack()
    change = by_year["2018-19"] - by_year["2017-18"]
    assert row["level"] == "2017-18 to 2018-19" and row["units"] == 15 and row["reason"] == ""
    assert row["contrast"] == pytest.approx(change.mean(), rel=0.02)
    assert row["contrast_std_error"] == pytest.approx(change.std() / np.sqrt(15), rel=0.1)
    assert 10 < row["df"] <= 14
    assert row["rate_before"] == pytest.approx(by_year["2017-18"].mean())


def test_a_cell_of_one_year_alone_is_not_compared():
    """The mix of what is shown must not move the rate: a cell that lacks its other year stands in neither."""
    table = cells()
    whole = changes_of(table, "schools").iloc[0]
    alone = table.iloc[:1].assign(unit="NEW", n=1e6, y=9e5)
    assert changes_of(pd.concat([table, alone], ignore_index=True), "schools").iloc[0].equals(whole)


def test_other_days_are_not_compared_nor_is_the_trend():
    table = cells(years=("2018-19", "2019-20", "2020-21"))
    table.loc[table["school_year"] == "2019-20", "days"] *= 0.7
    found = changes_of(table, "districts").set_index("level")
    assert (found["reason"] == NOT_COMPARABLE).all() and found["contrast"].isna().all()
    assert found.loc["2018-19 to 2019-20", "rate_after"] > 0


def test_few_units_are_refused():
    found = changes_of(cells(units=4), "districts").iloc[0]
    assert found["reason"] == too_few_to_tell("districts", 4) and np.isnan(found["contrast_low"])


def test_a_trend_is_the_average_change_of_a_year():
    years = ("2015-16", "2016-17", "2017-18", "2018-19")
    found = changes_of(cells(units=40, years=years, change=0.2, unit_change=0.02), "schools").set_index("level")
    trend = found.loc[TREND]
    pairs = found.drop(index=TREND)["contrast"]
    assert trend["contrast"] == pytest.approx(pairs.mean(), rel=0.15) and trend["contrast_low"] > 0
    assert np.isnan(trend["p_adjusted"]) and found.drop(index=TREND)["p_adjusted"].max() < 0.05


@pytest.mark.parametrize("missing", [[], ["2017-18"]])
def test_no_average_of_a_year_over_a_jump_or_a_gap(missing):
    years = ("2015-16", "2016-17", "2017-18", "2018-19", "2019-20")
    jump = (
        cells(units=30, years=years[:3], unit_change=0.02),
        cells(units=30, years=years[3:], seed=2, unit_change=0.02),
    )
    table = pd.concat([jump[0], jump[1].assign(y=lambda rows: rows["y"] * (1 if missing else 2))], ignore_index=True)
    found = changes_of(table[~table["school_year"].isin(missing)], "schools").set_index("level")
    trend = found.loc[TREND]
    assert trend["reason"] == (YEARS_MISSING if missing else UNEVEN) and np.isnan(trend["contrast"])


def test_intervals_hold_no_change_nineteen_times_in_twenty():
    """300 sets of 10 units that move by themselves, not together; those of independent students hold it less."""
    held, plain = [], []
    for seed in range(300):
        table = cells(units=10, seed=seed, unit_change=0.15)
        row = changes_of(table, "districts").iloc[0]
        held.append(row["contrast_low"] <= 0 <= row["contrast_high"])
        p = table["y"].sum() / table["n"].sum()
        plain.append(abs(row["contrast"]) < 1.96 * np.sqrt(p * (1 - p) * 4 / table["n"].sum()))
    assert 0.92 <= np.mean(held) <= 0.98
    assert np.mean(plain) < 0.75


def test_grades_that_units_tell_already_do_not_hinder_the_years():
    """Each school has one grade: the year is compared as without grades."""
    table = cells().sort_values(["unit", "grade_level"])
    table["unit"] += table["grade_level"]
    found, without = changes_of(table, "schools").iloc[0], changes_of(table.assign(grade_level=""), "schools").iloc[0]
    assert found["reason"] == "" and found["contrast"] == pytest.approx(without["contrast"], rel=1e-12)
    assert found["contrast_std_error"] == pytest.approx(without["contrast_std_error"], rel=1e-9)
    kindergarten = table.assign(grade_level=np.where(table["unit"].str[:3] < "U06", "KG", table["grade_level"]))
    assert changes_of(kindergarten, "schools").iloc[0]["contrast"] == pytest.approx(without["contrast"], rel=1e-12)


def test_a_grade_that_is_never_absent_in_both_years_is_said():
    table = cells(units=8)
    table.loc[(table["grade_level"] == "01"), "y"] = 0.0
    assert changes_of(table, "schools").iloc[0]["reason"] == NONE_OR_ALL
