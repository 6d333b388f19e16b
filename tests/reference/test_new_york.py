"""10_new_york: real published counts of grades, districts and years."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from known_data import REFERENCE, agree, all_enough, frame, needs_reference, one_part, value

from analysis.measures import absence_by
from analysis.measures.cells import ScoreProducts
from analysis.models.adjusted import adjusted_rates
from analysis.models.binomial import fit_binomial
from analysis.models.covariance import clustered, model_covariance
from analysis.models.joint import wald, within_part_contrasts
from analysis.models.published import published_model
from analysis.models.standardise import standardise
from analysis.records.published_counts import read_published
from analysis.study import Models, Study

pytestmark = needs_reference
FILE = "10_new_york"
DRIVERS = ("grade_level", "district_id", "school_year")
GRADES = {"0K": "KG", **{str(number): f"{number:02}" for number in range(1, 13)}}


@pytest.fixture(scope="module")
def workbook():
    path = REFERENCE.parent / "data" / "nyc_end_of_year_2017-18_to_2021-22_by_district.xlsx"
    if not path.exists():
        pytest.skip(f"{path.name} is not on this machine")
    book = pd.read_excel(path, sheet_name="All Students", dtype=str, engine="calamine")
    book = book[book["Grade"].isin(list(GRADES))].reset_index(drop=True)
    numbers = {
        "students": "# Contributing 10+ Total Days and 1+ Pres Day", "chronically_absent": "# Chronically Absent",
        "days_enrolled": "# Total Days", "days_absent": "# Days Absent",
    }  # fmt: skip
    cells = pd.DataFrame({name: book[column].astype(float) for name, column in numbers.items()})
    cells["grade_level"] = book["Grade"].map(GRADES)
    cells["district_id"] = book["District"].str.zfill(2)
    cells["school_year"] = book["Year"]
    return cells


@pytest.fixture(scope="module")
def chronic(workbook):
    return fit_of(workbook, "chronically_absent", "students")


def fit_of(workbook, y, n):
    cells = workbook.assign(y=workbook[y], n=workbook[n])
    return fit_binomial(cells, DRIVERS, one_part(cells))


def r_name(term):
    theirs = term.replace("district_id[0", "district_id[").replace("district_id", "district")
    for r, ours in GRADES.items():
        theirs = theirs.replace(f"grade_level[{ours}]", f"grade_level[{r}]")
    return theirs.replace("[", "").replace("]", "")


def by_district(fit):
    """Cluster by district, from cells: each is of one district."""
    X = fit.design.matrix
    scores = pd.DataFrame(X * (fit.y - fit.n * fit.fitted)[:, None]).groupby(fit.cells["district_id"]).sum().to_numpy()
    product = scores.T @ scores
    terms = list(fit.design.columns)
    rows = [(*a, *b, product[i, j]) for i, a in enumerate(terms) for j, b in enumerate(terms)]
    table = pd.DataFrame(rows, columns=["driver_a", "level_a", "driver_b", "level_b", "product"])
    return ScoreProducts(table, len(scores))


def compare_coefficients(key, fit):
    theirs = frame(FILE, key).set_index("term").loc[[r_name(term) for term in fit.design.terms]]
    agree(FILE, key, fit.coefficients, theirs["estimate"])
    agree(FILE, key, np.sqrt(np.diag(fit.bread)), theirs["se_model"])
    products = by_district(fit)
    for name, factor in (("hc0", 1.0), ("hc0_cadjust", None)):
        column = theirs[f"se_district_{name}"].astype(float)
        known = column.notna().to_numpy()
        ours = np.sqrt(clustered(fit, products, factor).variances(np.eye(len(fit.coefficients))))
        agree(FILE, key, ours[known], column[known])


def test_chronic(chronic):
    compare_coefficients("end_of_year.chronic.coefficients", chronic)
    theirs = value(FILE, "end_of_year.chronic.fit")
    ours = [chronic.deviance, chronic.null_deviance, chronic.log_likelihood, chronic.pearson, chronic.df_residual]
    names = ("deviance", "null_deviance", "log_likelihood", "pearson_chi2", "df_residual")
    agree(FILE, "end_of_year.chronic.fit", ours, [theirs[name] for name in names])
    matrix = clustered(chronic, by_district(chronic), 1.0)
    for row in frame(FILE, "end_of_year.chronic.wald.district_hc0").to_dict("records"):
        contrasts = within_part_contrasts(chronic, row["driver"], chronic.design.levels[row["driver"]])
        test = wald(chronic, matrix, contrasts)
        ours = [test.statistic, test.df]
        agree(FILE, "end_of_year.chronic.wald.district_hc0", ours, [row["chi2"], row["df"]])


def test_absence(workbook):
    fit = fit_of(workbook, "days_absent", "days_enrolled")
    compare_coefficients("end_of_year.absence.coefficients", fit)
    for driver in ("grade_level", "school_year"):
        compare_rates(f"end_of_year.absence.adjusted_rates.{driver}", fit, driver)


def compare_rates(key, fit, driver):
    table = adjusted_rates(fit, dict.fromkeys(DRIVERS, model_covariance(fit)), all_enough(fit))
    ours, theirs = table[table["driver"] == driver], frame(FILE, key)
    columns = {
        "adjusted_rate": "adjusted_rate",
        "rate_std_error": "se",
        "rate_low": "ci_low_logit",
        "rate_high": "ci_high_logit",
    }
    for mine, other in columns.items():
        agree(FILE, key, ours[mine], theirs[other])


@pytest.mark.parametrize("driver", ["grade_level", "school_year"])
def test_chronic_rates(chronic, driver):
    compare_rates(f"end_of_year.chronic.adjusted_rates.{driver}", chronic, driver)
    key = f"end_of_year.chronic.contrasts_with_first_level.district_hc0.{driver}"
    rated = standardise(chronic, driver, np.ones(len(chronic.cells), dtype=bool))
    matrix = clustered(chronic, by_district(chronic), 1.0)
    theirs = frame(FILE, key).iloc[1:]
    agree(FILE, key, 100 * (rated.rates - rated.rates[0])[1:], theirs["contrast_pp"])
    errors = np.sqrt(matrix.variances((rated.gradients - rated.gradients[0])[1:]))
    agree(FILE, key, 100 * errors, theirs["se_pp"])


def test_counts(workbook):
    rows = value(FILE, "end_of_year.rows")
    ours = [
        len(workbook),
        *(workbook[name].sum() for name in ("students", "chronically_absent", "days_enrolled", "days_absent")),
    ]
    agree(
        FILE,
        "end_of_year.rows",
        ours,
        [rows[x] for x in ("rows", "students", "chronically_absent", "days_enrolled", "days_absent")],
        0,
    )


def test_one_published_year_is_quasibinomial(workbook):
    year = workbook[workbook["school_year"] == "2018-19"]
    model = published_model(year, "district_id", Models())
    plain = adjusted_rates(
        model.fit, dict.fromkeys(model.fit.drivers, model_covariance(model.fit)), all_enough(model.fit)
    )
    assert model.dispersion == pytest.approx(model.fit.pearson / model.fit.df_residual)
    assert model.dispersion > 5, "grades and districts of New York vary far more than a binomial"
    ratio = model.adjusted_rates["contrast_std_error"] / plain["contrast_std_error"]
    assert np.allclose(ratio, np.sqrt(model.dispersion))
    assert set(model.adjusted_rates["driver"]) == {"grade_level", "district_id"}
    assert model.not_separable.empty


def test_counted_rates_by_grade(workbook):
    """The project's own path, from the workbook by its study to tables: grades of all districts together."""
    study = Study.load(Path(__file__).parents[2] / "studies" / "nyc-end-of-year.yaml", data=REFERENCE.parent / "data")
    table = absence_by(read_published(study), "grade_level").set_index(["school_year", "grade_level"])
    key = "end_of_year.by_grade"
    theirs = frame(FILE, key)
    rows = pd.MultiIndex.from_arrays([theirs["school_year"], theirs["grade_level"].replace(GRADES)])
    ours = table.loc[rows]
    for column in ("students", "chronically_absent"):
        agree(FILE, key, ours[column], theirs[column], 0)
    for column in ("chronic_rate", "absence_rate"):
        agree(FILE, key, ours[column], theirs[column])
