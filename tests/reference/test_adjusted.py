"""03_adjusted_rates and 04_chronic: rates, contrasts, their intervals and p values."""

import numpy as np
import pandas as pd
import pytest
from known_data import (
    ALL_DRIVERS,
    MAIN,
    agree,
    all_enough,
    chronic_cells,
    covariance,
    day_cells,
    error_columns,
    fitted,
    frame,
    grain,
    needs_reference,
    nothing_of_r,
    one_part,
    parts_of,
    r_term,
    results,
    size,
    value,
)  # fmt: skip

from analysis.models.adjusted import adjusted_rates, false_discovery, rate_intervals
from analysis.models.binomial import fit_binomial
from analysis.models.covariance import clustered, model_covariance
from analysis.models.joint import wald, within_part_contrasts
from analysis.models.standardise import standardise

pytestmark = needs_reference
DAYS, CHRONIC = "03_adjusted_rates", "04_chronic"
RUN_OFF = 100
"""A standard error of log-odds that no finite estimate has."""


class Fitted:
    """A fit and its covariance under each of R's names."""

    def __init__(self, cells, rows, *, parts=False):
        self.cells, self.fit = cells, fitted(cells, parts=parts)
        products = cells.products(self.fit.fitted, "student_id")
        groups = products.clusters
        hc1 = (rows - 1) / (rows - len(self.fit.coefficients)) * groups / (groups - 1)
        self.covariances = {
            "model": model_covariance(self.fit),
            "student_hc0": clustered(self.fit, products, 1.0),
            "student_hc1_cadjust": clustered(self.fit, products, hc1),
            "student_hc1_cadjust_days": clustered(self.fit, products, hc1),
        }

    def table(self, name, driver):
        of_all = dict.fromkeys(self.fit.drivers, self.covariances[name])
        table = adjusted_rates(self.fit, of_all, all_enough(self.fit))
        return table[table["driver"] == driver].reset_index(drop=True)


@pytest.fixture(scope="module")
def days():
    return Fitted(day_cells(where=MAIN), value("02_binomial", "main.clusters")["days"])


@pytest.fixture(scope="module")
def district():
    return Fitted(day_cells(), size(), parts=True)


@pytest.fixture(scope="module")
def chronic():
    return Fitted(chronic_cells(where=MAIN), value(CHRONIC, "main.rows")["rows"])


def compare_rates(file, key, ours, theirs):
    assert list(ours["level"]) == list(theirs["level"])
    columns = {
        "adjusted_rate": "adjusted_rate",
        "rate_std_error": "se",
        "rate_low": "ci_low_logit",
        "rate_high": "ci_high_logit",
    }
    for mine, other in columns.items():
        agree(file, key, ours[mine], theirs[other])
    z = 1.959963984540054
    agree(file, key, ours["adjusted_rate"] - z * ours["rate_std_error"], theirs["ci_low"])
    agree(file, key, ours["adjusted_rate"] + z * ours["rate_std_error"], theirs["ci_high"])


def compare_contrasts(file, key, ours, theirs):
    assert list(ours["level"]) == list(theirs["level"])
    columns = {
        "contrast": "contrast_pp",
        "contrast_std_error": "se_pp",
        "contrast_low": "ci_low_pp",
        "contrast_high": "ci_high_pp",
    }
    for mine, other in columns.items():
        agree(file, key, 100 * ours[mine], theirs[other], 3e-8)
    agree(file, key, ours["contrast"] / ours["contrast_std_error"], theirs["z"], 3e-8)
    agree(file, key, ours["p_value"], theirs["p"], 1e-7)
    agree(file, key, ours["p_adjusted"], theirs["p_benjamini_hochberg"], 1e-7)


def compare_with_first(file, key, model, name, driver):
    rated = standardise(model.fit, driver, np.ones(len(model.fit.cells), dtype=bool))
    gradients = (rated.gradients - rated.gradients[0])[1:]
    ours = rated.rates[1:] - rated.rates[0]
    errors = np.sqrt(model.covariances[name].variances(gradients))
    theirs = frame(file, key).iloc[1:]
    agree(file, key, 100 * ours, theirs["contrast_pp"], 3e-8)
    agree(file, key, 100 * errors, theirs["se_pp"], 3e-8)


@pytest.mark.parametrize("driver", ALL_DRIVERS)
@pytest.mark.parametrize("name", ["model", "student_hc0", "student_hc1_cadjust_days"])
def test_days(days, name, driver):
    ours = days.table(name, driver)
    compare_rates(
        DAYS, f"main.adjusted_rates.{name}.{driver}", ours, frame(DAYS, f"main.adjusted_rates.{name}.{driver}")
    )
    key = f"main.contrasts_with_overall.{name}.{driver}"
    compare_contrasts(DAYS, key, ours, frame(DAYS, key))
    compare_with_first(DAYS, f"main.contrasts_with_first_level.{name}.{driver}", days, name, driver)


def test_overall_rate(days):
    rated = standardise(days.fit, "month", np.ones(len(days.fit.cells), dtype=bool))
    theirs = value(DAYS, "main.overall")
    agree(DAYS, "main.overall", [rated.overall], [theirs["rate"]])
    for name in ("model", "student_hc0"):
        error = np.sqrt(days.covariances[name].variances(rated.overall_gradient[None, :]))
        agree(DAYS, "main.overall", error, [theirs[f"se_{name}"]])


@pytest.mark.parametrize("driver", ALL_DRIVERS)
def test_observed_rates_and_emmeans(days, driver):
    ours = days.table("student_hc0", driver)
    theirs = pd.DataFrame(value(DAYS, "main.unadjusted_rates")[driver])
    agree(DAYS, "main.unadjusted_rates", ours["days_enrolled"], theirs["days_enrolled"], 0)
    agree(DAYS, "main.unadjusted_rates", ours["observed_rate"], theirs["rate"])
    key = f"main.check.emmeans_regrid_proportional.{driver}"
    agree(DAYS, key, ours["adjusted_rate"], frame(DAYS, key)["rate"], 1e-7)
    agree(DAYS, key, ours["rate_std_error"], frame(DAYS, key)["se_student_hc0"], 1e-7)
    key = f"main.check.numeric_gradient.{driver}"
    if key in results(DAYS):
        agree(DAYS, key, ours["rate_std_error"], frame(DAYS, key)["se_student_hc0"], 1e-7)


@pytest.mark.parametrize("driver", ["month", "weekday"])
def test_season_of_the_whole_district(district, driver):
    ours = district.table("student_hc0", driver)
    assert set(ours["component"]) == {0}
    key = f"district.adjusted_rates.student_hc0.{driver}"
    compare_rates(DAYS, key, ours, frame(DAYS, key))
    key = f"district.contrasts_with_overall.student_hc0.{driver}"
    compare_contrasts(DAYS, key, ours, frame(DAYS, key))


@pytest.mark.parametrize("driver", ["grade_level", "school_id"])
def test_parts_of_the_district(district, driver):
    table = district.table("student_hc0", driver)
    rates = f"district.by_component.adjusted_rates.student_hc0.{driver}"
    contrasts = f"district.by_component.contrasts_with_overall.student_hc0.{driver}"
    levels = table.groupby("component").size()
    for part in levels.index[levels > 1]:
        ours = table[table["component"] == part].reset_index(drop=True)
        for key, compare in ((rates, compare_rates), (contrasts, compare_contrasts)):
            theirs = frame(DAYS, key)
            compare(DAYS, key, ours, theirs[theirs["component"] == part].reset_index(drop=True))
    if levels.min() > 1:
        return
    part = levels.index[levels == 1][0]
    alone = standardise(district.fit, driver, district.fit.component == part)
    error = np.sqrt(district.covariances["student_hc0"].variances(alone.gradients))
    theirs = frame(DAYS, rates)[lambda rows: rows["component"] == part]
    agree(DAYS, rates, [alone.rates[0], error[0]], theirs[["adjusted_rate", "se"]].to_numpy()[0])
    agree(
        DAYS,
        rates,
        np.concatenate(rate_intervals(alone.rates, error)),
        theirs[["ci_low_logit", "ci_high_logit"]].to_numpy()[0],
    )
    assert abs(alone.contrasts[0]) < 1e-12
    row = table[table["component"] == part].iloc[0]
    assert np.isnan(row["contrast_std_error"]), "a part of one level has nothing to be compared with"


def is_finite(key):
    """Leave a model of R's out that ran to infinity, as where none is chronically absent: its digits are chance."""
    if frame(CHRONIC, f"{key}.coefficients")["se_model"].max() < RUN_OFF:
        return True
    for other in results(CHRONIC):
        if other.startswith(f"{key}.") and other not in (f"{key}.rows", f"{key}.fit"):
            nothing_of_r(CHRONIC, other)
    return False


def test_chronic_model(chronic):
    fit, rows = chronic.fit, value(CHRONIC, "main.rows")
    agree(CHRONIC, "main.rows", [fit.n.sum(), fit.y.sum()], [rows["rows"], rows["chronically_absent"]], 0)
    if not is_finite("main"):
        return
    compare_coefficients("main.coefficients", fit, error_columns(chronic.cells, fit, rows["rows"]))
    for name in ("model", "student_hc0"):
        for row in frame(CHRONIC, f"main.wald.{name}").to_dict("records"):
            contrasts = within_part_contrasts(fit, row["driver"], fit.design.levels[row["driver"]])
            test = wald(fit, chronic.covariances[name], contrasts)
            agree(
                CHRONIC,
                f"main.wald.{name}",
                [test.statistic, test.df, test.p_value],
                [row[x] for x in ("chi2", "df", "p")],
            )


def compare_coefficients(key, fit, errors, prefix="se_student_"):
    theirs = frame(CHRONIC, key).set_index("term").loc[[r_term(term) for term in fit.design.terms]]
    agree(CHRONIC, key, fit.coefficients, theirs["estimate"])
    agree(CHRONIC, key, np.sqrt(np.diag(fit.bread)), theirs["se_model"])
    for name, error in errors.items():
        agree(CHRONIC, key, error, theirs[f"{prefix}{name}"])


@pytest.mark.parametrize("driver", ["grade_level", "school_id"])
@pytest.mark.parametrize("name", ["model", "student_hc0", "student_hc1_cadjust"])
def test_chronic_rates(chronic, name, driver):
    if not is_finite("main"):
        return
    ours = chronic.table(name, driver)
    key = f"main.adjusted_rates.{name}.{driver}"
    compare_rates(CHRONIC, key, ours, frame(CHRONIC, key))
    key = f"main.contrasts_with_overall.{name}.{driver}"
    compare_contrasts(CHRONIC, key, ours, frame(CHRONIC, key))


def compare_chronic_fit(key, where, columns, drivers, component_of):
    """Likelihoods are of rows here: a student at a school, or a student."""
    table = grain(columns, where)
    table = table[table["n"] >= 10].reset_index(drop=True)
    table["y"] = (table["y"] * 10 >= table["n"]).astype(float)
    table["n"] = 1.0
    fit, theirs = fit_binomial(table, drivers, component_of(table), "chronic"), value(CHRONIC, key)
    ours = [len(table), fit.df_residual, fit.deviance, fit.null_deviance, fit.log_likelihood, fit.pearson]
    names = ("rows", "df_residual", "deviance", "null_deviance", "log_likelihood", "pearson_chi2")
    agree(CHRONIC, key, ours, [theirs[name] for name in names])


def test_chronic_fits():
    columns = "student_id, school_id, grade_level"
    compare_chronic_fit("main.fit", MAIN, columns, ("grade_level", "school_id"), one_part)
    compare_chronic_fit("district.fit", "TRUE", columns, ("grade_level", "school_id"), parts_of)
    compare_chronic_fit("student_years.grade.fit", "TRUE", "student_id, grade_level", ("grade_level",), one_part)


def test_chronic_by_grade_of_student_years():
    from known_data import days as days_sql

    from analysis import engine
    from analysis.measures.cells import cells_of

    rows = f"""SELECT student_id, grade_level, 1 AS n, CAST(sum(y) * 10 >= sum(n) AS BIGINT) AS y
        FROM ({days_sql()}) GROUP BY ALL HAVING sum(days_enrolled) >= 10"""
    cells = cells_of("chronic", engine.lazy(rows), ("grade_level",), 1, dated=False)
    fit = fitted(cells)
    errors = error_columns(cells, fit, value(CHRONIC, "student_years.grade.fit")["rows"])
    if not is_finite("student_years.grade"):
        return
    compare_coefficients("student_years.grade.coefficients", fit, errors)


def test_chronic_without_school():
    cells = chronic_cells(where=MAIN)
    fit = fit_binomial(cells.table, ("grade_level",), one_part(cells.table), "chronic")
    if not is_finite("main.without_school"):
        return
    rows, schools = value(CHRONIC, "main.rows")["rows"], cells.table["school_id"].nunique()
    compare_coefficients(
        "main.without_school.coefficients", fit, error_columns(cells, fit, rows, "school_id"), "se_school_"
    )
    hc1 = (rows - 1) / (rows - len(fit.coefficients)) * schools / (schools - 1)
    matrix = covariance(cells, fit, "school_id", hc1)
    key = "main.without_school.adjusted_rates.school_hc1_cadjust"
    ours = adjusted_rates(fit, {"grade_level": matrix}, all_enough(fit))
    compare_rates(CHRONIC, key, ours, frame(CHRONIC, key))


def test_false_discovery_rate():
    key = "outliers.p_adjust_example"
    theirs = frame("05_schools", key)
    agree("05_schools", key, false_discovery(theirs["p"].to_numpy()), theirs["benjamini_hochberg"])


def test_outliers(days):
    compare_contrasts(
        "05_schools", "outliers.main", days.table("student_hc0", "school_id"), frame("05_schools", "outliers.main")
    )
