"""02_binomial: estimates, standard errors, joint tests, and what two parts have in common."""

import numpy as np
import pandas as pd
import pytest
from known_data import (
    ALL_DRIVERS,
    MAIN,
    agree,
    covariance,
    day_cells,
    error_columns,
    fitted,
    frame,
    grain,
    needs_reference,
    one_part,
    parts_of,
    r_term,
    size,
    value,
)  # fmt: skip

from analysis.models.binomial import fit_binomial
from analysis.models.covariance import model_covariance
from analysis.models.joint import wald, within_part_contrasts

pytestmark = needs_reference
FILE = "02_binomial"


@pytest.fixture(scope="module")
def main():
    cells = day_cells(where=MAIN)
    return cells, fitted(cells)


@pytest.fixture(scope="module")
def district():
    cells = day_cells()
    return cells, fitted(cells, parts=True)


def compare_coefficients(key, fit, errors, prefix="se_student_", only=""):
    theirs = frame(FILE, key).set_index("term")
    ours = pd.DataFrame({"estimate": fit.coefficients}, index=[r_term(term) for term in fit.design.terms])
    ours["se_model"] = np.sqrt(np.diag(fit.bread))
    for name, error in errors.items():
        ours[f"{prefix}{name}"] = error
    chosen = [term for term in theirs.index if only in term]
    for column in ours.columns:
        agree(FILE, key, ours.loc[chosen, column], theirs.loc[chosen, column])


def compare_fit(key, fit, *, log_likelihood=True):
    theirs = value(FILE, key)
    agree(FILE, key, [len(fit.cells), fit.df_residual], [theirs["rows"], theirs["df_residual"]], 0)
    ours = [fit.deviance, fit.pearson]
    agree(FILE, key, ours, [theirs["deviance"], theirs["pearson_chi2"]])
    if log_likelihood:
        aic = 2 * len(fit.coefficients) - 2 * fit.log_likelihood
        rate = float(fit.n @ fit.fitted / fit.n.sum())
        ours = [fit.log_likelihood, fit.null_deviance, aic, rate]
        agree(FILE, key, ours, [theirs[name] for name in ("log_likelihood", "null_deviance", "aic", "fitted_rate")])


def test_cells_have_the_estimates_and_student_errors_of_days(main):
    cells, fit = main
    rows = value(FILE, "main.clusters")
    compare_coefficients("main.cells.coefficients", fit, {})
    compare_coefficients("main.days.coefficients", fit, error_columns(cells, fit, rows["days"]))
    compare_coefficients("main.student_cells.coefficients", fit, error_columns(cells, fit, rows["student_cells"]))
    products = cells.products(fit.fitted, "student_id")
    ours = [products.clusters, cells.table["school_id"].nunique(), cells.table["n"].sum(), len(cells.table)]
    agree(FILE, "main.clusters", ours, [rows[name] for name in ("students", "schools", "days", "cells")], 0)


def test_whole_covariance(main):
    cells, fit = main
    theirs = value(FILE, "main.days.student_hc0_covariance")
    order = [theirs["rows"].index(r_term(term)) for term in fit.design.terms]
    matrix = np.array(theirs["values"])[np.ix_(order, order)]
    scale = np.sqrt(np.outer(np.diag(matrix), np.diag(matrix)))  # a covariance near zero is small beside its errors
    ours = 1 + (covariance(cells, fit).matrix - matrix) / scale
    agree(FILE, "main.days.student_hc0_covariance", ours, np.ones_like(matrix))


@pytest.mark.parametrize(
    ("key", "by"),
    [
        ("main.cells.fit", "grade_level, school_id, month, weekday"),
        ("main.student_cells.fit", "student_id, grade_level, school_id, month, weekday"),
        ("main.days.fit", "student_id, date, grade_level, school_id, month, weekday"),
    ],
)
def test_likelihood_at_each_grain(key, by):
    table = grain(by, MAIN)
    compare_fit(key, fit_binomial(table, ALL_DRIVERS, one_part(table)))


def test_quasibinomial_errors(main):
    fit = main[1]
    key = "main.quasibinomial.cells.coefficients"
    theirs = frame(FILE, key).set_index("term").loc[[r_term(term) for term in fit.design.terms]]
    errors = np.sqrt(np.diag(model_covariance(fit, fit.pearson / fit.df_residual).matrix))
    agree(FILE, key, fit.coefficients, theirs["estimate"])
    agree(FILE, key, errors, theirs["se_model"])


def compare_wald(key, fit, matrix, drivers=ALL_DRIVERS):
    theirs = frame(FILE, key).set_index("driver")
    for driver in drivers:
        test = wald(fit, matrix, within_part_contrasts(fit, driver, fit.design.levels[driver]))
        row = theirs.loc[driver]
        agree(FILE, key, [test.statistic, test.df, test.p_value], [row["chi2"], row["df"], row["p"]])


def test_wald(main, district):
    cells, fit = main
    rows, size = value(FILE, "main.clusters"), len(fit.coefficients)
    hc1 = (rows["days"] - 1) / (rows["days"] - size) * rows["students"] / (rows["students"] - 1)
    compare_wald("main.wald.model", fit, model_covariance(fit))
    compare_wald("main.wald.student_hc0", fit, covariance(cells, fit))
    compare_wald("main.wald.student_hc1_cadjust", fit, covariance(cells, fit, factor=hc1))
    test = wald(fit, covariance(cells, fit), within_part_contrasts(fit, "school_id", fit.design.levels["school_id"]))
    theirs = value(FILE, "main.wald.lmtest_check")
    agree(
        FILE,
        "main.wald.lmtest_check",
        [test.statistic, test.df, test.p_value],
        [theirs[x] for x in ("chi2", "df", "p")],
    )
    cells, fit = district
    compare_wald("district.wald.student_hc0", fit, covariance(cells, fit), ("month", "weekday"))


def test_wald_within_parts(district):
    cells, fit = district
    matrix = covariance(cells, fit)
    for row in frame(FILE, "district.wald_within").to_dict("records"):
        contrasts = within_part_contrasts(fit, row["driver"], fit.levels_of(row["driver"], row["component"]))
        test = wald(fit, matrix, contrasts)
        agree(FILE, "district.wald_within", [test.statistic, test.df, test.p_value], [row["chi2"], row["df"], row["p"]])


def test_likelihood_ratio(main):
    fit = main[1]
    for row in frame(FILE, "main.likelihood_ratio").to_dict("records"):
        others = tuple(driver for driver in ALL_DRIVERS if driver != row["driver"])
        less = fit_binomial(fit.cells, others, fit.component)
        ours = [less.deviance - fit.deviance, len(fit.coefficients) - len(less.coefficients)]
        agree(FILE, "main.likelihood_ratio", ours, [row["chi2"], row["df"]])


def test_clustered_by_school(main):
    cells, fit = main
    errors = error_columns(cells, fit, len(cells.table), "school_id")
    key = "main.by_school.season_coefficients"
    for only in ("month", "weekday"):
        compare_coefficients(key, fit, errors, "se_school_", only)
    without = fit_binomial(cells.table, ("grade_level", "month", "weekday"), one_part(cells.table))
    errors = error_columns(cells, without, len(cells.table), "school_id")
    compare_coefficients("main.by_school.without_school_coefficients", without, errors, "se_school_")


def test_without_weekday():
    cells = day_cells(ALL_DRIVERS[:3], MAIN)
    fit = fitted(cells)
    rows = value(FILE, "main.clusters")["days"]
    compare_coefficients("main.no_weekday.days.coefficients", fit, error_columns(cells, fit, rows))
    table = grain("student_id, date, grade_level, school_id, month", MAIN)
    compare_fit("main.no_weekday.days.fit", fit_binomial(table, ALL_DRIVERS[:3], one_part(table)))


def test_district_is_of_full_rank_without_aliased_columns(district):
    fit = district[1]
    rank = value(FILE, "district.rank")
    agree(FILE, "district.rank", [len(fit.coefficients)], [rank["rank"]], 0)
    table = grain("student_id, date, grade_level, school_id, month, weekday")
    compare_fit("district.fit", fit_binomial(table, ALL_DRIVERS, parts_of(table)))


def test_district_season_coefficients(district):
    cells, fit = district
    errors = error_columns(cells, fit, size())
    for only in ("month", "weekday"):
        compare_coefficients("district.coefficients", fit, errors, only=only)


@pytest.mark.parametrize("driver", ["grade_level", "school_id"])
def test_contrasts_within_parts(district, driver):
    cells, fit = district
    key = f"district.{driver.removesuffix('_level').removesuffix('_id')}_contrasts"
    theirs = frame(FILE, key)
    contrasts = within_part_contrasts(fit, driver, fit.design.levels[driver])
    agree(FILE, key, contrasts @ fit.coefficients, theirs["log_odds_ratio"])
    agree(FILE, key, np.sqrt(model_covariance(fit).variances(contrasts)), theirs["se_model"])
    agree(FILE, key, np.sqrt(covariance(cells, fit).variances(contrasts)), theirs["se_student_hc0"])


@pytest.mark.parametrize("driver", ["grade_level", "school_id"])
def test_pairs_are_separable_exactly_within_a_part(district, driver):
    fit = district[1]
    key = f"district.emmeans.{driver.removesuffix('_level').removesuffix('_id')}_pairs"
    parts = {level: set(fit.component[(fit.cells[driver] == level).to_numpy()]) for level in fit.design.levels[driver]}
    for row in frame(FILE, key).to_dict("records"):
        first, second = (name.removeprefix(driver) for name in row["contrast"].split(" - "))
        assert (parts[first] == parts[second]) == row["estimable"]
        if row["estimable"]:
            contrast = within_part_contrasts(fit, driver, {first, second})
            agree(FILE, key, -contrast @ fit.coefficients, [row["log_odds_ratio"]])
            agree(FILE, key, np.sqrt(model_covariance(fit).variances(contrast)), [row["se_model"]])


def test_half_days():
    file, drivers = "student_days_half.csv.gz", ("grade_level", "school_id", "month")
    cells = day_cells(drivers, file=file)
    component = one_part(cells.table)
    fit = fit_binomial(cells.table, drivers, component)
    table = grain("student_id, date, grade_level, school_id, month", file=file)
    by_day = fit_binomial(table, drivers, one_part(table))
    theirs = frame(FILE, "half_days.coefficients").set_index("term").loc[[r_term(term) for term in fit.design.terms]]
    agree(FILE, "half_days.coefficients", fit.coefficients, theirs["estimate"])
    agree(FILE, "half_days.coefficients", np.sqrt(np.diag(fit.bread)), theirs["se_model_dispersion_1"])
    quasi = model_covariance(fit, by_day.pearson / by_day.df_residual)
    agree(FILE, "half_days.coefficients", np.sqrt(np.diag(quasi.matrix)), theirs["se_model"])
    for name, error in error_columns(cells, fit, len(table)).items():
        agree(FILE, "half_days.coefficients", error, theirs[f"se_student_{name}"])
    compare_fit("half_days.fit", by_day, log_likelihood=False)
