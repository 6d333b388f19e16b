"""Shares of what is explained, of the spread of students, and interactions: each against another way to its number."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import expit, logit, xlogy
from small_district import cells_from, student_days, student_years

from analysis.measures.linear_sums import linear_sums
from analysis.measures.spread import student_spread, within_variance
from analysis.models import fit_drivers
from analysis.models.importance import explained_shares
from analysis.models.interactions import interaction_tests, score_test
from analysis.models.school_share import BETWEEN_SCHOOLS, share_between_schools
from analysis.study import Models
from analysis.vocabulary import PAIR

GRADES = ("01", "02", "03")
SIZES = {school: dict.fromkeys(GRADES, 25) for school in "ABCDEF"}
EFFECTS = {"A": 0.6, "B": -0.6, "C": 0.3, "01": 0.5, "03": -0.5}


@pytest.fixture(scope="module")
def rows():
    return student_years(SIZES, 5, EFFECTS)


@pytest.fixture(scope="module")
def model(rows):
    return fit_drivers(cells_from(rows, PAIR), Models())


def test_linear_sums_are_those_of_the_rows(rows, model):
    random = np.random.default_rng(1)
    a, b = random.normal(size=(2, len(model.cells.table), 3))
    sums = linear_sums(model.cells, a, b)
    known = model.cells.table[list(PAIR)].assign(cell=range(len(model.cells.table)))
    cell = rows.merge(known, on=list(PAIR), how="left")["cell"].to_numpy()
    own = rows[["y"]].to_numpy() * a[cell] + rows[["n"]].to_numpy() * b[cell]
    assert np.allclose(sums.totals, own.sum(axis=0), atol=1e-4)
    assert np.allclose(sums.products, own.T @ own, rtol=1e-8)
    assert sums.students == len(rows)


def dummies(rows, drivers):
    return np.column_stack([np.ones(len(rows)), *(
        rows[driver] == level for driver in drivers for level in sorted(rows[driver].unique())[1:]
    )]).astype(float)  # fmt: skip


def fall(X, n, y, start=None):
    """Deviance, and coefficients, of a binomial model by plain Newton steps."""
    b = np.zeros(X.shape[1]) if start is None else start
    for _ in range(30):
        p = expit(X @ b)
        step = np.linalg.solve(X.T @ (X * (n * p * (1 - p))[:, None]), X.T @ (y - n * p))
        b = b + step
        if np.abs(step).max() < 1e-10:
            break
    return -2 * np.sum(xlogy(y, p) + xlogy(n - y, 1 - p)), b


def raw_shares(rows, starts):
    """Shares of the explained deviance without anything taken off."""
    cells = rows.groupby(list(PAIR), as_index=False)[["n", "y"]].sum()
    n, y = cells["n"].to_numpy(), cells["y"].to_numpy()
    found = {}
    for name, drivers in (("all", PAIR), ("school", PAIR[1:]), ("grade", PAIR[:1]), ("none", ())):
        found[name], starts[name] = fall(dummies(cells, drivers), n, y, starts.get(name))
    whole = found["none"] - found["all"]
    return np.array([found["school"] - found["all"], found["grade"] - found["all"]]) / whole


def test_errors_of_shares_are_those_of_a_jackknife(rows, model):
    """Every student is left out once: no algebra is shared with the code. Ours are wider, since noise is taken off."""
    starts: dict[str, np.ndarray] = {}
    raw_shares(rows, starts)
    left_out = np.array([raw_shares(rows.drop(index=student), dict(starts)) for student in rows.index])
    students = len(rows)
    errors = np.sqrt((students - 1) / students * np.sum((left_out - left_out.mean(axis=0)) ** 2, axis=0))
    shares = explained_shares(model).set_index("driver")
    table = shares.loc[["grade_level beyond school_id", "school_id beyond grade_level"]]
    ours = (table["share_high"] - table["share_low"]).to_numpy() / 2 / stats.norm.ppf(0.975)
    assert (ours > errors).all() and np.allclose(ours, errors, rtol=0.1)


def test_shares_hold_the_truth():
    """30 districts: the truth is what the model gives on expected absences, with no student drawn; 95 % is 26 to 30."""
    random = np.random.default_rng(12)
    nodes, weights = np.polynomial.hermite_e.hermegauss(31)
    sizes = {school: dict.fromkeys(GRADES, 15) for school in "ABCDEFGH"}
    held = []
    for seed in range(30):
        effects = {"01": 0.4, "03": -0.4} | {school: 0.35 * random.standard_normal() for school in sizes}
        draw = student_years(sizes, seed, effects)
        found = explained_shares(fit_drivers(cells_from(draw, PAIR), Models(minimum_students=40))).set_index("driver")
        odds = -2.6 + draw["school_id"].map(effects).fillna(0) + draw["grade_level"].map(effects).fillna(0)
        expected = expit(odds.to_numpy()[:, None] + 0.9 * nodes) @ weights / weights.sum()
        true = raw_shares(draw.assign(y=draw["n"] * expected), {})
        for name, share in zip(("grade_level beyond school_id", "school_id beyond grade_level"), true, strict=True):
            row = found.loc[name]
            held.append(np.nan if np.isnan(row["share"]) else row["share_low"] <= share <= row["share_high"])
    assert np.isfinite(held).sum() >= 50
    assert 0.88 <= np.nanmean(held) <= 1


def test_dates_that_differ_by_chance_are_taken_off_the_season():
    """No month differs; dates do, by 0.3 log-odds. Without clustering by date the season seems to explain a part."""
    students = student_years({"A": {"01": 60, "02": 60}, "B": {"01": 60, "02": 60}}, 3, {"A": 0.8, "01": 0.6}, sd=0.4)
    students["rate"] = expit(
        -2.4 + students["school_id"].map({"A": 0.5, "B": -0.5}) + students["grade_level"].map({"01": 0.4, "02": -0.4})
    )
    days = student_days(students, 85, 3, date_sd=0.3)
    model = fit_drivers(cells_from(days, (*PAIR, "month")), Models(minimum_dates=5))
    importance = explained_shares(model).set_index("driver")
    assert np.isnan(importance.loc["season", "share"]), "refused: the joint test is by date too"
    assert importance.loc["grade_level beyond school_id", "share"] > 0.1
    own = [key for key in model.covariances if key][-1]
    assert model.covariances[own].extra is not None


def test_spread_within_schools_and_grades(rows, model):
    moved = rows.assign(n=np.where(rows.index % 3 == 0, 60.0, 180.0), y=lambda one: np.minimum(one["y"], one["n"]))
    cells = cells_from(moved, PAIR)
    rate = moved["y"] / moved["n"]
    of_cell = moved.groupby(list(PAIR))[["y", "n"]].transform("sum")
    squares = moved["n"] * (rate - of_cell["y"] / of_cell["n"]) ** 2
    weight = moved.groupby(list(PAIR))["n"].agg(lambda n: n.sum() - (n**2).sum() / n.sum()).sum()
    assert within_variance(student_spread(cells, PAIR)) == pytest.approx(squares.sum() / weight, rel=1e-7)
    even = within_variance(student_spread(model.cells, PAIR))
    assert even == pytest.approx(
        (rows["y"] / 180).groupby([rows["school_id"], rows["grade_level"]]).var().mean(), rel=1e-7
    )


def test_share_between_schools_finds_what_was_put_in():
    """The rate's spread between schools by quadrature is 8 % of all; and none where schools do not differ."""
    random = np.random.default_rng(4)
    sizes = {f"S{number:02}": dict.fromkeys(GRADES, 40) for number in range(24)}
    effects = {school: 0.35 * random.standard_normal() for school in sizes}
    row = share_between_schools(fit_drivers(cells_from(student_years(sizes, 4, effects), PAIR), Models())).iloc[0]
    assert row["driver"] == BETWEEN_SCHOOLS
    assert row["share_low"] < 0.08 < row["share_high"] and 0.03 < row["share"] < 0.15
    none = share_between_schools(fit_drivers(cells_from(student_years(sizes, 5), PAIR), Models())).iloc[0]
    assert none["share"] < 0.02 and none["share_low"] == 0


def test_share_between_schools_needs_schools(rows):
    few = rows[rows["school_id"].isin(["A", "B", "C", "D"])]
    assert share_between_schools(fit_drivers(cells_from(few, PAIR), Models())).empty
    small = Models(minimum_students=80)
    assert share_between_schools(fit_drivers(cells_from(rows, PAIR), small)).empty, "no school has 80 students"


@pytest.fixture(scope="module")
def dated():
    students = student_years({school: dict.fromkeys(GRADES, 20) for school in "ABCD"}, 8)
    random = np.random.default_rng(8)
    students["rate"] = expit(-2.5 + 0.9 * random.standard_normal(len(students)))
    days = student_days(students, 60, 8, date_sd=0.2)
    return days.assign(y=np.where(random.random(len(days)) < 0.1, days["y"] / 2, days["y"]))


KINDS = {"A": "elementary", "B": "elementary", "C": "high", "D": "high"}


def brute_score_test(rows, X, Z, fitted, groups):
    """The score test from every row: scores of Z with those of X taken out, summed by cluster."""
    W = (rows["n"].to_numpy() * fitted * (1 - fitted))[:, None]
    rest = Z - X @ np.linalg.solve(X.T @ (W * X), X.T @ (W * Z))
    values, vectors = np.linalg.eigh(rest.T @ (W * rest))
    rest = rest @ vectors[:, values > 1e-9 * values.max()]
    scores = rest * (rows["y"].to_numpy() - rows["n"].to_numpy() * fitted)[:, None]

    def by(group):
        sums = pd.DataFrame(scores).groupby(group).sum().to_numpy()
        return sums.T @ sums * len(sums) / (len(sums) - 1)

    own = by(rows["student_id"].to_numpy())
    if groups == 2:
        extra = by(rows["date"].to_numpy()) - scores.T @ scores
        root = np.linalg.cholesky(own)
        inside = np.linalg.solve(root, np.linalg.solve(root, extra).T)
        eigen, turn = np.linalg.eigh(inside)
        own = root @ (np.eye(len(own)) + (turn * np.maximum(eigen, 0)) @ turn.T) @ root.T
    total = scores.sum(axis=0)
    return float(total @ np.linalg.solve(own, total)), rest.shape[1]


@pytest.mark.parametrize(("name", "clusters"), [("grade_level:school_id", 1), ("school_level:month", 2)])
def test_interactions_are_those_of_the_rows(dated, name, clusters):
    cells = cells_from(dated, (*PAIR, "month", "weekday"))
    model = fit_drivers(cells, Models(minimum_students=1, minimum_dates=1))
    found = interaction_tests(model.fit, model.cells, KINDS, "school_level").set_index("driver").loc[name]
    drivers = PAIR if clusters == 1 else (*PAIR, "month")
    X = dummies(dated, drivers)
    fitted = expit(X @ fall(X, dated["n"].to_numpy(), dated["y"].to_numpy())[1])
    pairs = (
        dated["grade_level"] + dated["school_id"] if clusters == 1 else dated["school_id"].map(KINDS) + dated["month"]
    )
    Z = pd.get_dummies(pairs).to_numpy(dtype=float)
    statistic, df = brute_score_test(dated, X, Z, fitted, clusters)
    assert found["df"] == df == (6 if clusters == 1 else len(dated["month"].unique()) - 1)
    assert found["statistic"] == pytest.approx(statistic, rel=1e-5)
    assert found["p_value"] == pytest.approx(stats.chi2.sf(statistic, df), rel=1e-4)


def test_interactions_that_drivers_tell_already_have_no_test():
    rows = student_years({"A": {"01": 60, "02": 60}, "B": {"02": 60, "03": 60}}, 1)
    model = fit_drivers(cells_from(rows, PAIR), Models())
    assert interaction_tests(model.fit, model.cells, {}, "school_level").empty, "no cycle of grades and schools"
    empty = pd.Series("", index=model.fit.cells.index)
    assert score_test(model.fit, empty, model.cells).df == 0


def test_null_districts_are_rarely_said_to_interact_and_others_are():
    """40 districts of 20 students a cell: 5 % of null ones, where a Wald test of the larger model rejects 33 %."""
    sizes = {f"S{number}": dict.fromkeys(GRADES, 20) for number in range(8)}
    rejected = {0.0: 0, 0.5: 0}
    random = np.random.default_rng(3)
    for strength in rejected:
        for seed in range(20):
            draw = student_years(sizes, 100 + seed, {"01": 0.3})
            if strength:
                moved = {pair: strength * random.standard_normal() for pair in draw.groupby(list(PAIR)).groups}
                shift = [moved[pair] for pair in zip(draw["grade_level"], draw["school_id"], strict=True)]
                odds = logit((draw["y"] + 0.5) / 181) + np.array(shift)
                draw["y"] = np.round(180 * expit(odds))
            model = fit_drivers(cells_from(draw, PAIR), Models())
            p_value = interaction_tests(model.fit, model.cells, {}, "school_level")["p_value"].iloc[0]
            rejected[strength] += p_value < 0.05
    assert rejected[0.0] <= 4
    assert rejected[0.5] >= 17
