"""Between schools: a school is one observation. Held to hand-made formulas, to refusals, and to a simulation."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.models.between_schools import KIND, along_share, between_kinds, once_each
from analysis.models.binomial import fit_binomial
from analysis.models.few_clusters import bias_reduced
from analysis.models.score_bootstrap import score_bootstrap
from analysis.models.sentences import ALIKE, INSEPARABLE, too_few_schools, too_few_students
from analysis.study import Models

SETTINGS = Models()
RATES = {"A": [0.04, 0.09, 0.06, 0.11, 0.05, 0.08], "B": [0.10, 0.07, 0.13, 0.12, 0.08, 0.15, 0.11]}
KINDS = {f"{kind}{number}": kind for kind, rates in RATES.items() for number in range(len(rates))}


def schools(grades=("01",), students=100):
    """Schools of different sizes: the size must not matter."""
    rows = [
        (grade, f"{kind}{number}", students, 1000 * (1 + number), rate * 1000 * (1 + number))
        for kind, rates in RATES.items()
        for number, rate in enumerate(rates)
        for grade in grades
    ]
    return pd.DataFrame(rows, columns=["grade_level", "school_id", "students", "n", "y"])


def test_two_kinds_of_one_grade_are_two_samples_of_schools():
    """Mean, variance over schools, and Welch's degrees of freedom with the variances that the model works with."""
    table = between_kinds("absence", once_each(schools(), SETTINGS), KINDS, SETTINGS).set_index("level")
    means = {kind: np.mean(rates) for kind, rates in RATES.items()}
    spread = {kind: np.var(rates, ddof=1) / len(rates) for kind, rates in RATES.items()}
    of_all = len(KINDS)
    error = np.sqrt(spread["A"] + spread["B"])
    work = {kind: means[kind] * (1 - means[kind]) / len(rates) for kind, rates in RATES.items()}
    degrees = sum(work.values()) ** 2 / sum(work[kind] ** 2 / (len(rates) - 1) for kind, rates in RATES.items())
    for kind, other in (("A", "B"), ("B", "A")):
        part = len(RATES[other]) / of_all
        row = table.loc[kind]
        assert row["observed_rate"] == pytest.approx(means[kind]) and row["schools"] == len(RATES[kind])
        assert row["adjusted_rate"] == pytest.approx(means[kind])
        assert row["contrast"] == pytest.approx(part * (means[kind] - means[other]))
        assert row["contrast_std_error"] == pytest.approx(part * error)
        assert row["df"] == pytest.approx(degrees)
        t = stats.t.ppf(0.975, degrees)
        assert row["contrast_high"] == pytest.approx(row["contrast"] + t * part * error)
        assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(means["A"] - means["B"]) / error, degrees))
        assert row["p_bootstrap"] == pytest.approx(row["p_value"], abs=0.03)
        assert row["reason"] == "" and row["driver"] == KIND


def test_without_schools_that_differ_cr2_is_hc2_of_independent_cells():
    """A cluster a cell: A = (1 - h)^(-1/2), h the leverage of the weighted design."""
    cells = schools().assign(school_id=[KINDS[name] for name in schools()["school_id"]])
    fit = fit_binomial(cells, ("school_id",), np.ones(len(cells), dtype=np.int64))
    reduced = bias_reduced(fit, np.arange(len(cells)))
    leverage = np.sum((fit.design.matrix @ fit.bread) * fit.design.matrix, axis=1) * fit.weights
    scores = fit.design.matrix * ((fit.y - fit.n * fit.fitted) / np.sqrt(1 - leverage))[:, None]
    np.testing.assert_allclose(reduced.matrix, fit.bread @ scores.T @ scores @ fit.bread, rtol=1e-10)


def test_kinds_without_a_grade_in_common_are_not_compared():
    table = schools().assign(grade_level=lambda rows: rows["school_id"].str[0].map({"A": "01", "B": "09"}))
    found = between_kinds("absence", once_each(table, SETTINGS), KINDS, SETTINGS)
    assert set(found["reason"]) == {INSEPARABLE} and found[["contrast", "df"]].isna().all(axis=None)
    assert set(found["component"]) == {0} and found["observed_rate"].notna().all()


def test_few_schools_and_few_students_are_refused():
    one = {name: "one" if name == "A0" else kind for name, kind in KINDS.items()}
    found = between_kinds("absence", once_each(schools(), SETTINGS), one, SETTINGS).set_index("level")
    assert found.loc["one", "reason"] == too_few_schools(1) and found.loc["B", "reason"] == ""
    two = {name: kind for name, kind in KINDS.items() if name in ("A0", "A1", "B0", "B1")}
    found = between_kinds("absence", once_each(schools(), SETTINGS), two, SETTINGS)
    assert set(found["reason"]) == {too_few_schools(2)} and found["contrast_low"].isna().all()
    small = once_each(schools(students=40), SETTINGS)
    few = between_kinds("absence", small, one, SETTINGS).set_index("level")
    assert few.loc["one", "reason"] == too_few_students(50)
    assert once_each(schools(students=29), SETTINGS).empty


def test_one_kind_and_no_kind():
    each = once_each(schools(), SETTINGS)
    assert between_kinds("absence", each, {}, SETTINGS).empty
    assert between_kinds("absence", each, dict.fromkeys(KINDS, "A"), SETTINGS).empty


def test_grades_are_held():
    """Kind B has more of the grade with more absence, and no school differs otherwise: nothing is left of it."""
    random = np.random.default_rng(3)
    rows = []
    for number in range(12):
        kind = "A" if number < 6 else "B"
        for grade, rate, days in (("01", 0.05, 4000), ("02", 0.15, 1000)):
            n = days if kind == "A" else 5000 - days
            rows.append((grade, f"{kind}{number}", 100, n, float(random.binomial(n, rate))))
    cells = pd.DataFrame(rows, columns=["grade_level", "school_id", "students", "n", "y"])
    kinds = {name: name[0] for name in cells["school_id"]}
    found = between_kinds("absence", once_each(cells, SETTINGS), kinds, SETTINGS).set_index("level")
    assert found.loc["B", "observed_rate"] - found.loc["A", "observed_rate"] > 0.05
    assert abs(found.loc["B", "contrast"]) < 0.003


def test_a_share_that_moves_with_absence():
    """Log-odds rise by 2 with the share: the contrast is the mean slope times 10 points."""
    random = np.random.default_rng(7)
    share = pd.Series(np.linspace(0.1, 0.9, 16), index=[f"S{number:02}" for number in range(16)])
    p = 1 / (1 + np.exp(3 - 2 * share + 0.1 * random.standard_normal(16)))
    cells = pd.DataFrame(
        {"grade_level": "01", "school_id": share.index, "students": 100, "n": 1e5, "y": np.round(1e5 * p)}
    )
    shares = pd.DataFrame({"yes": share, "alike": 0.5, "no": 1 - share})
    found = along_share("absence", once_each(cells, SETTINGS), "group", shares, SETTINGS).set_index("level")
    expected = np.mean(1 / (1 + np.exp(2.8 - 2 * share)) - 1 / (1 + np.exp(3 - 2 * share)))
    assert found.loc["yes", "contrast"] == pytest.approx(expected, rel=0.1)
    assert found.loc["yes", "contrast_low"] < expected < found.loc["yes", "contrast_high"]
    assert found.loc["no", "contrast"] == pytest.approx(-found.loc["yes", "contrast"], rel=0.2)  # a logit bends
    assert found.loc["alike", "reason"] == ALIKE and np.isnan(found.loc["alike", "contrast"])


def test_the_bootstrap_rejects_about_as_often_as_it_says():
    """Under a true hypothesis, of 300 sets of 12 schools, about 5 % (contract: 9 to 10 % at 8 to 12 schools)."""
    random, rejected = np.random.default_rng(11), 0
    for _ in range(300):
        p = 1 / (1 + np.exp(2.4 + 0.4 * random.standard_normal(12)))
        cells = pd.DataFrame({"kind": ["A", "B"] * 6, "n": 10_000.0, "y": np.round(10_000 * p)})
        fit = fit_binomial(cells, ("kind",), np.ones(12, dtype=np.int64))
        rejected += score_bootstrap(fit, np.arange(12), np.array([0.0, 1.0]), 0.0, draws=399) < 0.05
    assert 0.02 <= rejected / 300 <= 0.10
