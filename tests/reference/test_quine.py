"""08_quine: the negative binomial model of days absent, Poisson beside it, and the study of the same children."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import patsy
import pytest
import statsmodels.api as sm
from known_data import agree, frame, needs_reference, value
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from analysis import engine, measures, records
from analysis.measures.cells import Cells, cells_of
from analysis.models.covariance import clustered
from analysis.models.days_absent import DaysFit, fit_days
from analysis.models.estimates import estimate
from analysis.models.joint import wald, within_part_contrasts
from analysis.models.negative_binomial import CountFit, fit_counts, log_likelihood
from analysis.models.standardise import standardise
from analysis.study import Study

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
pytestmark = [
    needs_reference,
    pytest.mark.skipif(not (DATA / "quine.csv").exists(), reason=f"{DATA / 'quine.csv'} is not on this machine"),
]
FILE = "08_quine"
FORMULAS = {
    "main_effects": "Eth + Sex + Age + Lrn",
    "nested": "Sex / (Age + Eth * Lrn)",
    "four_way": "Eth * Age * Lrn * Sex",
}
DRIVERS = ("Eth", "Sex", "Age", "Lrn")


@cache
def quine() -> pd.DataFrame:
    return pd.read_csv(DATA / "quine.csv")


def design_of(name: str) -> tuple[list[str], np.ndarray]:
    """Give R's terms that it has estimates for (no slow learner in F3), and their columns."""
    coded = patsy.dmatrix(FORMULAS[name], quine())
    ours = [term.replace("[T.", "").replace("[", "").replace("]", "") for term in coded.design_info.column_names]
    parts = {frozenset(term.replace("Intercept", "(Intercept)").split(":")): place for place, term in enumerate(ours)}
    table = frame(FILE, f"negative_binomial.{name}.coefficients")
    terms = table.loc[table["estimate"].notna(), "term"].tolist()
    return terms, np.asarray(coded)[:, [parts[frozenset(term.split(":"))] for term in terms]]


@cache
def fitted(name: str, alpha: float | None = None) -> tuple[list[str], np.ndarray, CountFit]:
    terms, X = design_of(name)
    return terms, X, fit_counts(X, quine()["Days"].to_numpy(float), np.ones(len(X)), alpha)


def days() -> np.ndarray:
    return quine()["Days"].to_numpy(float)


def errors(X: np.ndarray, fit: CountFit) -> dict[str, np.ndarray]:
    """Standard errors: R's model errors, and its HC0 and HC1, a child a cluster."""
    scores = X * ((days() - fit.mean) / (1 + fit.alpha * fit.mean))[:, None]
    robust = np.sqrt(np.diag(fit.bread @ scores.T @ scores @ fit.bread))
    rows, columns = X.shape
    return {
        "se_model": np.sqrt(np.diag(fit.bread)),
        "se_hc0": robust,
        "se_hc1": robust * np.sqrt(rows / (rows - columns)),
    }


@pytest.mark.parametrize("name", FORMULAS)
def test_the_joint_maximum(name):
    terms, X, fit = fitted(name)
    key = f"negative_binomial.{name}.joint_maximum"
    theirs = value(FILE, key)
    table = pd.DataFrame(theirs["coefficients"]).set_index("term").loc[terms]
    agree(FILE, key, [1 / fit.alpha, fit.log_likelihood], [theirs["theta"], theirs["log_likelihood"]], 1e-10)
    agree(FILE, key, fit.coefficients, table["estimate"], 1e-8)
    agree(FILE, key, errors(X, fit)["se_model"], table["se_given_theta"], 1e-8)
    score = X.T @ ((days() - fit.mean) / (1 + fit.alpha * fit.mean))
    assert np.abs(score).max() < 1e-8, "the coefficients' score is 0"
    step = 1e-4
    beside = [log_likelihood(days(), fit.mean, np.ones(len(X)), fit.alpha * (1 + by)) for by in (-step, 0, step)]
    assert beside[1] > max(beside[0], beside[2]), "no alpha beside it is likelier"


@pytest.mark.parametrize("name", FORMULAS)
def test_coefficients_and_fit_as_glm_nb_gives_them(name):
    terms, X, fit = fitted(name)
    key = f"negative_binomial.{name}.coefficients"
    table = frame(FILE, key).set_index("term").loc[terms]
    agree(FILE, key, fit.coefficients, table["estimate"], 1e-6)
    agree(FILE, key, np.exp(fit.coefficients), table["rate_ratio"], 1e-6)
    for column, ours in errors(X, fit).items():
        agree(FILE, key, ours, table[column], 1e-6)
    key = f"negative_binomial.{name}.fit"
    theirs, rank = value(FILE, key), X.shape[1]
    ours = {
        "theta": 1 / fit.alpha, "log_likelihood": fit.log_likelihood, "twice_log_likelihood": 2 * fit.log_likelihood,
        "aic": 2 * (rank + 1) - 2 * fit.log_likelihood, "deviance": fit.deviance, "null_deviance": fit.null_deviance,
        "df_residual": len(X) - rank, "rank": rank, "pearson_chi2": fit.pearson,
    }  # fmt: skip
    agree(FILE, key, list(ours.values()), [theirs[name] for name in ours], 1e-6)
    agree(
        FILE, key, fit.theta_std_error, theirs["theta_se"], 1e-4
    )  # theta.ml gives that of the step before its last, which is under 1.2e-4


def test_theta_given():
    terms, _, fit = fitted("main_effects", 1 / value(FILE, "negative_binomial.main_effects.fit")["theta"])
    table = frame(FILE, "negative_binomial.main_effects.given_theta").set_index("term").loc[terms]
    agree(FILE, "negative_binomial.main_effects.given_theta", fit.coefficients, table["estimate"])
    error = np.sqrt(np.diag(fit.bread))
    agree(FILE, "negative_binomial.main_effects.given_theta", error, table["se_dispersion_1"])
    key = "negative_binomial.theta_fixed_at_2.fit"
    _, X, two = fitted("four_way", 0.5)
    ours, theirs = [two.deviance, len(X) - X.shape[1], two.pearson], value(FILE, key)
    agree(FILE, key, ours, [theirs[name] for name in ("deviance", "df_residual", "pearson_chi2")])


def test_likelihood_ratio():
    key = "negative_binomial.likelihood_ratio_four_way_against_main"
    (_, X, small), (_, Z, large) = fitted("main_effects"), fitted("four_way")
    ours = [2 * (large.log_likelihood - small.log_likelihood), Z.shape[1] - X.shape[1]]
    agree(FILE, key, ours, [value(FILE, key)["chi2"], value(FILE, key)["df"]])


def test_poisson():
    terms, X, fit = fitted("main_effects", 0.0)
    table = frame(FILE, "poisson.coefficients").set_index("term").loc[terms]
    agree(FILE, "poisson.coefficients", fit.coefficients, table["estimate"])
    for column, ours in errors(X, fit).items():
        agree(FILE, "poisson.coefficients", ours, table[column])
    theirs, df = value(FILE, "poisson.fit"), len(X) - X.shape[1]
    ours = {
        "rows": len(X), "parameters": X.shape[1], "deviance": fit.deviance, "null_deviance": fit.null_deviance,
        "df_residual": df, "log_likelihood": fit.log_likelihood, "aic": 2 * X.shape[1] - 2 * fit.log_likelihood,
        "pearson_chi2": fit.pearson, "pearson_dispersion": fit.pearson / df,
    }  # fmt: skip
    agree(FILE, "poisson.fit", list(ours.values()), [theirs[name] for name in ours])
    quasi = np.sqrt(np.diag(fit.bread) * fit.pearson / df)
    agree(FILE, "quasipoisson.se", quasi, value(FILE, "quasipoisson.se"))


@cache
def children() -> tuple[Cells, DaysFit]:
    """The same model by the project's own way: cells in the engine, drivers, parts."""
    path = engine.quoted(str(DATA / "quine.csv"))
    columns = ", ".join(f"CAST({driver} AS VARCHAR) AS {driver}" for driver in DRIVERS)
    rows = f"""
        SELECT CAST(rownames AS VARCHAR) AS student_id, {columns}, CAST(Days * 1000 AS BIGINT) AS y,
            CAST(1000 AS BIGINT) AS n FROM read_csv({path})"""
    cells = cells_of("days", engine.lazy(rows), DRIVERS, dated=False)
    return cells, fit_days(cells, np.ones(len(cells.table), dtype=np.int64))


def r_term(term: str) -> str:
    return term.replace("[", "").replace("]", "")


def test_cells_give_the_same_fit_and_errors():
    cells, fit = children()
    key = "negative_binomial.main_effects.coefficients"
    table = frame(FILE, key).set_index("term").loc[[r_term(term) for term in fit.design.terms]]
    agree(FILE, key, fit.coefficients, table["estimate"], 1e-6)
    products = cells.products(fit.fitted, "student_id", fit.drivers, fit.score_weights)
    assert products.clusters == 146
    robust = np.sqrt(clustered(fit, products, 1.0).variances(np.eye(len(table))))
    agree(FILE, key, robust, table["se_hc0"], 1e-6)


def test_adjusted_days():
    _, fit = children()
    key = "negative_binomial.adjusted_days"
    theirs = frame(FILE, key).set_index(["driver", "level"])
    for driver in DRIVERS:
        rated = standardise(fit, driver, fit.component == 1)
        errors = np.sqrt(np.sum((rated.gradients @ fit.bread) * rated.gradients, axis=1))
        of_driver = theirs.loc[driver].loc[list(rated.levels)]
        agree(FILE, key, rated.rates, of_driver["mean_days"], 1e-6)
        agree(FILE, key, errors, of_driver["se_model"], 1e-6)


def test_wald():
    from analysis.models.covariance import Covariance

    _, fit = children()
    key = "negative_binomial.wald.main_effects"
    theirs = frame(FILE, key).set_index("driver")
    for driver in DRIVERS:
        contrasts = within_part_contrasts(fit, driver, fit.design.levels[driver])
        test = wald(fit, Covariance(fit.bread), contrasts)
        agree(FILE, key, [test.statistic, test.df, test.p_value], theirs.loc[driver, ["chi2", "df", "p"]], 1e-6)


def test_statsmodels_own_model_has_the_same_top_where_it_finds_it():
    _, X, fit = fitted("main_effects")
    model = sm.NegativeBinomial(days(), X)
    theirs = model.fit(start_params=[*fit.coefficients, fit.alpha], method="newton", disp=0)
    assert np.allclose(theirs.params, [*fit.coefficients, fit.alpha], rtol=1e-6)


def test_a_top_before_which_statsmodels_stops_is_reached():
    _, X, fit = fitted("nested")
    with pytest.warns(ConvergenceWarning):
        alone = sm.NegativeBinomial(days(), X).fit(disp=0)
    assert not alone.mle_retvals["converged"] and alone.llf < fit.log_likelihood - 1e-6


@cache
def study() -> records.StudentRecords:
    found = records.read(Study.load(ROOT / "studies" / "quine.yaml", data=DATA, audience="internal"))
    assert isinstance(found, records.StudentRecords)
    return found


def test_the_study_counts_quines_children():
    assert (study().measure, study().outcome, study().dated) == ("absent_only", "days", False)
    table = measures.absence_by(study(), "grade_level")
    total = table[table["level_type"] == "total"].iloc[0]
    assert (total.students, total.days_absent) == (146, quine()["Days"].sum())
    by_age = quine().groupby("Age")["Days"].agg(["size", "sum"])
    levels = table[table["level_type"] == "level"]
    assert levels["students"].tolist() == by_age["size"].tolist()
    assert levels["days_absent"].tolist() == by_age["sum"].tolist()
    empty = ["days_enrolled", "days_unmarked", "absence_rate", "students_counted", "chronically_absent", "chronic_rate"]
    assert table[empty].isna().all(axis=None), "what is not known is empty, not 0"


def test_the_study_compares_them_as_r_does():
    rates = estimate(study()).adjusted_rates.set_index(["driver", "level"])
    theirs = frame(FILE, "negative_binomial.adjusted_days").set_index(["driver", "level"])["mean_days"]
    named = {
        ("grade_level", "06"): ("Age", "F0"), ("grade_level", "09"): ("Age", "F3"), ("sex", "male"): ("Sex", "M"),
        ("ethnicity", "Aboriginal"): ("Eth", "A"), ("learner", "slow learner"): ("Lrn", "SL"),
    }  # fmt: skip
    for ours, r in named.items():
        row = rates.loc[ours]
        assert row["adjusted_rate"] == pytest.approx(theirs[r], rel=1e-6)
        assert row["rate_low"] < row["adjusted_rate"] < row["rate_high"]
    assert set(rates["outcome"]) == {"days"} and rates["days_enrolled"].isna().all()
    checks = estimate(study()).model_checks.set_index("check")["value"]
    poisson = value(FILE, "poisson.fit")
    assert checks["days: spread under Poisson"] == pytest.approx(poisson["pearson_dispersion"], rel=1e-8)
    assert checks["days: alpha"] == pytest.approx(
        1 / value(FILE, "negative_binomial.main_effects.fit")["theta"], rel=1e-6
    )
    assert checks["days: share of students with no absence"] == pytest.approx((days() == 0).mean())
