"""Checks of page 06 on a district made for them: each gives what it promises, by another way to the same number."""

from dataclasses import replace
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.optimize import minimize
from scipy.special import expit
from small_tables import days

from analysis import engine
from analysis.disclosure import gate
from analysis.measures.cells import cells_of
from analysis.measures.other_rules import other_rules
from analysis.measures.outcomes import absence_cells, chronic_cells, summed_cells
from analysis.measures.student_years import student_months
from analysis.models import fit_drivers, robustness
from analysis.models import robustness as robustness_function
from analysis.models.beta_binomial import fit_beta_binomial
from analysis.models.binomial import fit_binomial
from analysis.models.gee import observed_shares, solve
from analysis.models.model_checks import calibration, largest_gap
from analysis.models.negative_binomial import fit_counts
from analysis.models.robustness import (
    AS_ON_THE_PAGE,
    checks,
    definition,
    most_absent,
    name_of,
    one_school_fewer,
    within_schools,
)
from analysis.models.robustness.answer import GRADE, Answer, Kind, point_contrasts
from analysis.models.robustness.overdispersion import negative_binomial, student_dispersion
from analysis.models.robustness.random_schools import random_schools
from analysis.models.student_checks import school_influence, standardised_residuals, student_checks, student_influence
from analysis.study import Models
from analysis.vocabulary import PAIR

SIZES = {"A": (70, 60, 55), "B": (60, 65, 0), "C": (0, 60, 70), "D": (55, 0, 60), "E": (60, 60, 60), "F": (60, 55, 60)}
EFFECT = {"A": 0.3, "B": -0.2, "C": 0.1, "D": 0.0, "E": -0.3, "F": 0.1}


def district(seed: int = 5) -> str:
    """Draw students of six schools and three grades: 40 days, some leave after 24 or come late, some days unmarked."""
    random = np.random.default_rng(seed)
    lines = ["student | school | grade | from | days | absent | unmarked"]
    for school, sizes in SIZES.items():
        for grade, size in enumerate(sizes, 1):
            rate = expit(-2.2 + EFFECT[school] + 0.35 * grade + 0.8 * random.standard_normal(size))
            for number in range(size):
                first, span = [(1, 40), (1, 24), (15, 26)][random.choice(3, p=[0.8, 0.1, 0.1])]
                unmarked = int(random.random() < 0.1)
                absent = random.binomial(span - unmarked, rate[number])
                name = f"{school}{grade}{number}"
                lines.append(f"{name} | {school} | 0{grade} | {first} | {span} | {absent} | {unmarked}")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    source = days(tmp_path_factory.mktemp("robust"), district())
    settings = source.study.settings.models
    return Answer(source, *(fit_drivers(cells, settings) for cells in (absence_cells(source), chronic_cells(source))))


@pytest.fixture(scope="module")
def found(answer: Answer) -> object:
    return robustness(answer)


def contrasts(found, specification: str, levels: int = 3) -> pd.Series:
    table = found.table[found.table["specification"] == specification]
    assert len(table) == levels
    return table.set_index("level")["contrast"]


def test_every_check_is_found_and_says_what_it_asks() -> None:
    names = [name_of(check) for check in checks()]
    assert len(names) == len(set(names)) >= 12
    for check in checks():
        assert check.KIND in Kind.__args__
        assert check.TITLE[0].isupper() and check.QUESTION.endswith(".")


def test_a_new_file_is_a_new_check(tmp_path, monkeypatch) -> None:
    folder: ModuleType = __import__("sys").modules["analysis.models.robustness"]
    text = 'KIND, TITLE, QUESTION = "who", "Another", "Why?"\ndef specifications(answer):\n    return []\n'
    (tmp_path / "another_check.py").write_text(text)
    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    assert "another_check" in [name_of(check) for check in checks()]


def test_the_table_begins_with_the_page_and_has_the_contracts_columns(found, answer) -> None:
    table = found.table
    assert list(table.columns) == [
        "outcome", "check", "specification", "driver", "level", "students", "observed_rate", "contrast", "contrast_low",
        "contrast_high",
    ]  # fmt: skip
    assert table["specification"].iloc[0] == f"absence: {AS_ON_THE_PAGE}"
    own = table[table["check"] == ""]
    assert list(own["outcome"]) == ["absence"] * 3 + ["chronic"] * 3
    page = answer.absence.adjusted_rates
    page = page[page["driver"] == GRADE]
    np.testing.assert_array_equal(own["contrast"].head(3), page["contrast"])
    assert set(table["driver"]) == {GRADE}
    assert not table.duplicated(["specification", "level"]).any()


def test_nothing_is_missing_without_a_reason(found) -> None:
    tried = set(found.table["check"]) | set(found.refused["check"])
    assert tried == {"", *(name_of(check) for check in checks())}
    assert found.refused["reason"].str.endswith(".").all()
    too_long = [f"No student was enrolled for {minimum} days at one school." for minimum in (45, 90)]
    assert list(found.refused["reason"]) == too_long, "this district can carry every other check"


def test_stays_are_the_days_that_they_sum(answer) -> None:
    for unmarked in ("apart", "present", "absent"):
        cells = absence_cells(answer.source, unmarked)
        ours = summed_cells(answer.stays, PAIR, unmarked).table
        theirs = cells_of("absence", cells.rows, PAIR).table
        pd.testing.assert_frame_equal(ours[[*PAIR, "n", "y", "students"]], theirs[[*PAIR, "n", "y", "students"]])
    own = answer.source.study.settings.definitions
    for rule in other_rules(own, "days"):
        if rule.minimum_days.days > 30:  # nobody was there for so long
            continue
        ours, theirs = chronic_cells(answer.source, rule, answer.stays), chronic_cells(answer.source, rule)
        pd.testing.assert_frame_equal(ours.table, theirs.table)


def test_a_refit_is_the_pages_model(answer) -> None:
    model = fit_drivers(summed_cells(answer.stays, PAIR), answer.source.study.settings.models)
    page = model.adjusted_rates[model.adjusted_rates["driver"] == GRADE]
    ours = answer.without_season.contrasts()
    for column in ("contrast", "contrast_low", "contrast_high", "observed_rate", "students"):
        np.testing.assert_allclose(ours[column], page[column], rtol=1e-10)


def test_unmarked_days_bound_the_rates(found, answer) -> None:
    rates = {
        words: found.table[found.table["specification"] == f"absence: {words}"].set_index("level")["observed_rate"]
        for words in (AS_ON_THE_PAGE, "unmarked days taken as present", "unmarked days taken as absent")
    }
    present, own, absent = (rates[words] for words in sorted(rates, key=lambda words: rates[words].sum()))
    assert (present < own).all() and (own < absent).all()


def test_the_most_absent_are_the_most_absent(answer) -> None:
    students = engine.collect(answer.stays.select("student_id", "days_absent"), ["student_id"])
    line = students["days_absent"].sort_values(ascending=False).iloc[int(np.ceil(0.01 * len(students))) - 1]
    kept = students[students["days_absent"] < line]
    (specification,) = most_absent.specifications(answer)
    assert specification.contrasts["students"].sum() == len(kept)
    totals = kept.groupby(kept["student_id"].str[1])["days_absent"].sum() / 1000
    enrolled = engine.collect(answer.stays.select("student_id", "days_enrolled"), ["student_id"])
    enrolled = enrolled[enrolled["student_id"].isin(kept["student_id"])]
    rates = totals / (enrolled.groupby(enrolled["student_id"].str[1])["days_enrolled"].sum() / 1000)
    np.testing.assert_allclose(specification.contrasts["observed_rate"], rates)


def test_early_exits_are_left_out(found, answer) -> None:
    left = engine.collect(answer.stays.select("student_id", "date"), ["student_id"])
    stayed = (left["date"] == left["date"].max()).sum()
    rows = found.table[found.table["specification"] == "absence: students who left early left out"]
    assert rows["students"].sum() == stayed < len(left)


def test_one_school_fewer_is_the_smallest_and_largest_of_the_fits(found, answer) -> None:
    fit = answer.without_season.fit
    points = []
    for school in SIZES:
        kept = fit.cells[fit.cells["school_id"] != school].reset_index(drop=True)
        points.append(point_contrasts(fit_binomial(kept, PAIR, np.ones(len(kept), dtype=int))))
    whole = pd.DataFrame(points)
    for words, values in (("smallest", whole.min()), ("largest", whole.max())):
        ours = contrasts(found, f"absence: one school left out, {words}")
        np.testing.assert_allclose(ours, values[ours.index], rtol=1e-8)
    assert one_school_fewer.without(fit, "A", 20) is not None


def test_plain_errors_are_smaller_and_contrasts_the_same(found) -> None:
    table = found.table.assign(width=found.table["contrast_high"] - found.table["contrast_low"])
    own, plain = (
        table[table["specification"] == f"absence: {words}"].set_index("level")
        for words in (AS_ON_THE_PAGE, "plain errors")
    )
    np.testing.assert_allclose(own["contrast"], plain["contrast"], rtol=1e-12)
    assert (plain["width"] < 0.8 * own["width"]).all()


def test_quasi_binomial_widens_by_the_dispersion_of_students(found, answer) -> None:
    students = answer.students
    phi = student_dispersion(answer.without_season, students)
    X = sm.add_constant(pd.get_dummies(answer.without_season.fit.cells[list(PAIR)], drop_first=True).astype(float))
    y, n = students["y"].to_numpy(), students["n"].to_numpy()
    fit = sm.GLM(np.column_stack([y, n - y]), X.to_numpy()[students["cell"]], family=sm.families.Binomial()).fit()
    assert phi == pytest.approx(fit.pearson_chi2 / fit.df_resid, rel=1e-8)
    assert phi > 1.5


def test_beta_binomial_is_the_maximum_of_scipys_likelihood(answer) -> None:
    students, X = answer.students, answer.without_season.fit.design.matrix
    n, y, rows = students["n"].to_numpy(), students["y"].to_numpy(), X[students["cell"]]
    ours = fit_beta_binomial(rows, n, y, answer.without_season.fit.coefficients)

    def cost(parameters: np.ndarray) -> float:
        p, s = expit(rows @ parameters[:-1]), np.exp(parameters[-1])
        return -float(stats.betabinom.logpmf(y, n, s * p, s * (1 - p)).sum())

    at = np.append(ours.coefficients, np.log((1 - ours.correlation) / ours.correlation))
    best = minimize(cost, at + 0.05, method="BFGS", options={"gtol": 1e-4})
    assert cost(at) <= best.fun + 1e-6
    np.testing.assert_allclose(best.x, at, atol=1e-3)
    gradient = np.array([(cost(at + step) - cost(at - step)) / 2e-5 for step in 1e-5 * np.eye(len(at))])
    assert np.abs(gradient).max() < 1e-2
    np.testing.assert_allclose(ours.scores.sum(axis=0), 0, atol=1e-6)
    none = stats.betabinom.pmf(0, n, *(np.exp(at[-1]) * part for part in _both(expit(rows @ ours.coefficients))))
    np.testing.assert_allclose(ours.none, none, rtol=1e-8)


def _both(p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return p, 1 - p


def test_negative_binomial_with_days_as_offset_is_statsmodels_own(found, answer) -> None:
    students, fit = answer.students, answer.without_season.fit
    rows, n, y = fit.design.matrix[students["cell"]], students["n"].to_numpy(), students["y"].to_numpy()
    model = fit_counts(rows, y, np.ones_like(y), offset=np.log(n))
    families = [sm.families.NegativeBinomial(alpha=model.alpha * step) for step in (1, 0.98, 1.02)]
    theirs = [sm.GLM(y, rows, family=family, offset=np.log(n)).fit(tol=1e-12) for family in families]
    b = theirs[0].params
    np.testing.assert_allclose(model.coefficients, b, rtol=1e-7)
    assert theirs[0].llf > max(theirs[1].llf, theirs[2].llf), "the likeliest alpha"
    overall = fit.n @ np.exp(fit.design.matrix @ b) / fit.n.sum()
    expected = []
    for grade in fit.design.levels[GRADE]:
        X = fit.design.matrix.copy()
        for level in fit.design.levels[GRADE][1:]:
            X[:, fit.design.columns[GRADE, level]] = level == grade
        expected.append(fit.n @ np.exp(X @ b) / fit.n.sum() - overall)
    ours = negative_binomial(answer.without_season, students)
    np.testing.assert_allclose(ours["contrast"], expected, atol=2e-6)
    np.testing.assert_allclose(ours["contrast"], contrasts(found, "absence: negative binomial on students"))


def test_estimating_equations_are_statsmodels_own_where_weights_are_equal(answer) -> None:
    months = summed_cells(student_months(answer.source), (*PAIR, "month"))
    rows, fit = months.students(), fit_binomial(months.table, months.drivers, np.ones(len(months.table), dtype=int))
    X = fit.design.matrix[rows["cell"]]
    observed = observed_shares(rows.assign(student_id=rows["student"]), ())
    ours = solve(replace(observed, weight=np.ones_like(observed.weight)), X, fit.coefficients)
    share, student = (rows["y"] / rows["n"]).to_numpy(), rows["student"].to_numpy()
    theirs = sm.GEE(share, X, student, family=sm.families.Binomial(), cov_struct=sm.cov_struct.Exchangeable()).fit()
    error = np.sqrt(np.diag(ours.robust))
    np.testing.assert_allclose(theirs.params, ours.coefficients, atol=0.02 * error.min())  # they correct for k
    np.testing.assert_allclose(theirs.bse, error, rtol=0.02)


def test_mundlak_with_as_many_mixes_as_schools_is_the_model_with_school_terms(answer) -> None:
    cells = answer.without_season.fit.cells
    three = cells[cells["school_id"].isin(["B", "C", "D"])].reset_index(drop=True)
    fixed = fit_binomial(three, PAIR, np.ones(len(three), dtype=int))
    ours = within_schools.mundlak(fixed)
    np.testing.assert_allclose(ours.fitted, fixed.fitted, rtol=1e-6)
    assert [term for term in ours.design.terms if term.startswith("share")]


def test_random_schools_stand_where_the_penalised_likelihood_puts_them(answer) -> None:
    fit = answer.without_season.fit
    ours = random_schools(fit)
    u = ours.coefficients[-len(SIZES) :]
    residual = pd.Series(ours.y - ours.n * ours.fitted).groupby(fit.cells["school_id"]).sum().to_numpy()
    variance = u / residual
    np.testing.assert_allclose(variance, variance[0], rtol=1e-5)
    fixed = [fit.coefficients[fit.design.columns["school_id", school]] for school in list(SIZES)[1:]]
    assert np.ptp(u) < np.ptp([0, *fixed]), "moved towards the average"


def test_a_check_that_fails_is_said_and_others_go_on(answer, monkeypatch) -> None:
    def fails(_: Answer) -> list[object]:
        raise ArithmeticError

    monkeypatch.setattr(definition, "specifications", fails)
    found = robustness_function(answer)
    assert found.refused["reason"].iloc[0] == "The fit does not settle on these records."
    assert "definition" not in set(found.table["check"]) and "most_absent" in set(found.table["check"])


def test_influence_is_near_that_of_leaving_the_student_out(answer) -> None:
    refit = answer.without_season
    moves = student_influence(refit.fit, refit.covariance, answer.students)
    student = int(np.argmax(np.abs(moves).max(axis=1)))
    rows = answer.students[answer.students["student"] == student]
    table = refit.fit.cells.copy()
    for row in rows.itertuples():
        table.loc[row.cell, ["n", "y"]] -= [row.n, row.y]
    without = point_contrasts(fit_binomial(table, PAIR, refit.fit.component))
    own = refit.contrasts().set_index("level")
    error = (own["contrast_high"] - own["contrast_low"]) / (2 * stats.norm.ppf(0.975))
    np.testing.assert_allclose((own["contrast"] - without[own.index]) / error, moves[student], rtol=0.3, atol=0.02)


def test_residuals_of_a_model_that_holds_are_about_normal(answer) -> None:
    residuals = standardised_residuals(answer.without_season.fit, answer.students, 50)
    assert len(residuals) == sum(size >= 50 for sizes in SIZES.values() for size in sizes)
    assert 0.3 < residuals.std() < 1.3


def test_checks_by_student_have_a_value_and_a_line(found, answer) -> None:
    values = {one.check: one for one in [*student_checks(answer), *school_influence(found.table)]}
    assert values["absence: dispersion of students"].value == pytest.approx(
        student_dispersion(answer.without_season, answer.students)
    )
    assert abs(values["absence: students with no absence"].value) < 0.05
    assert 0 < values["absence: influence of a student"].value < 1
    for outcome in ("absence", "chronic"):
        assert values[f"{outcome}: influence of a school"].value > 0
        assert values[f"{outcome}: largest residual"].value < values[f"{outcome}: largest residual"].threshold


def test_the_gate_hides_small_chronic_grades_in_every_specification(found, answer) -> None:
    table = found.table.assign(school_year="2017-18", district_id="x", level_type="level")
    small = (table["outcome"] == "chronic") & (table["level"] == "02")
    table.loc[small, "observed_rate"] = 3 / table.loc[small, "students"]
    partner = answer.source.study
    settings = partner.settings.model_copy(update={"audience": "partner"})
    shown = gate(type(partner)(**{**vars(partner), "settings": settings}), "robustness", table)
    assert shown.loc[small, "contrast"].isna().all()
    assert (shown.loc[small, "hidden"] != "").all()
    assert shown.loc[table["outcome"] == "absence", "contrast"].notna().all()


def test_schools_are_compared_where_there_is_one_grade(answer) -> None:
    model = fit_drivers(summed_cells(answer.stays, ("school_id",)), Models())
    found = robustness(Answer(answer.source, model))
    assert set(found.table["driver"]) == {"school_id"}
    own = model.adjusted_rates["contrast"].to_numpy()
    np.testing.assert_allclose(contrasts(found, "absence: quasi-binomial on students", 6), own)
    assert set(found.table["check"]) >= {"unmarked_days", "plain_errors", "overdispersion", "early_exits"}
    assert {"within_schools", "random_schools", "one_school_fewer"} <= set(found.refused["check"])
    assert student_checks(Answer(answer.source, model)) and not school_influence(found.table)


def test_nothing_to_compare_gives_an_empty_table(answer) -> None:
    cells = summed_cells(student_months(answer.source), ("month",))
    of_months = Answer(answer.source, fit_drivers(cells, Models()))
    empty = robustness(of_months)
    assert student_checks(of_months) == school_influence(empty.table) == []
    assert empty.table.empty and "specification" in empty.table and empty.refused.empty


def test_gaps_and_calibration_are_those_of_the_cells(answer) -> None:
    fit = answer.absence.fit
    table = fit.cells.assign(p=fit.n * fit.fitted)
    sums = table.groupby(["grade_level", "month"])[["n", "y", "p"]].sum()
    expected = ((sums["y"] - sums["p"]) / sums["n"]).abs().max()
    assert largest_gap(fit, ("grade_level", "month")) == pytest.approx(expected)
    gap, chance = calibration(fit, 2.0)
    order = np.argsort(fit.fitted, kind="stable")
    middle = (np.cumsum(fit.n[order]) - fit.n[order] / 2) / fit.n.sum()
    groups = [order[(middle >= low / 10) & (middle < (low + 1) / 10)] for low in range(10)]
    gaps = [abs((fit.y - fit.n * fit.fitted)[group].sum()) / fit.n[group].sum() for group in groups]
    assert gap == pytest.approx(max(gaps))
    errors = [(fit.n * fit.fitted)[group].sum() / fit.n[group].sum() for group in groups]
    widest = max(np.sqrt(p * (1 - p) / fit.n[group].sum()) for p, group in zip(errors, groups, strict=True))
    assert chance == pytest.approx(2 * stats.norm.ppf(1 - 0.0025) * widest)
