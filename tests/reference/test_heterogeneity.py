"""Q-profile intervals: the BCG vaccine trials (Colditz et al. 1994), as in metafor's own tests; and R's schools."""

import numpy as np
import pytest
from known_data import agree, frame, needs_reference, root_of_r, value
from plug_in import between_variance
from scipy import stats

from analysis.models.heterogeneity import heterogeneity

VACCINATED = [(4, 119), (6, 300), (3, 228), (62, 13536), (33, 5036), (180, 1361), (8, 2537), (505, 87886), (29, 7470),
              (17, 1699), (186, 50448), (5, 2493), (27, 16886)]  # fmt: skip
CONTROLS = [(11, 128), (29, 274), (11, 209), (248, 12619), (47, 5761), (372, 1079), (10, 619), (499, 87892), (45, 7232),
            (65, 1600), (141, 27197), (3, 2338), (29, 17825)]  # fmt: skip


def bcg():
    """Log risk ratios of tuberculosis and their variances."""
    (a, b), (c, d) = (np.array(arm, dtype=float).T for arm in (VACCINATED, CONTROLS))
    return np.log(a / (a + b)) - np.log(c / (c + d)), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)


def test_interval_of_the_bcg_trials():
    """metafor, tests/testthat/test_misc_confint.r: tau2 0.1197 to 1.1115; Q 152.2330 on 12 (its help page of rma)."""
    y, v = bcg()
    found = heterogeneity(y, np.diag(v))
    assert (round(found.low, 4), round(found.high, 4)) == (0.1197, 1.1115)
    assert round(found.q, 3) == 152.233 and found.df == 12
    assert found.tau2 == pytest.approx(between_variance(y, v, "PM"), rel=1e-9)


def brute_q(y, covariance, tau2, groups):
    """Q by generalised least squares, with a mean for each group."""
    W = np.linalg.inv(covariance + tau2 * np.eye(len(y)))
    X = (np.asarray(groups)[:, None] == np.unique(groups)).astype(float)
    rest = y - X @ np.linalg.solve(X.T @ W @ X, X.T @ W @ y)
    return rest @ W @ rest


def test_errors_that_go_together_and_groups_with_their_own_means():
    random = np.random.default_rng(3)
    groups = [1] * 7 + [2] * 5
    half = random.normal(size=(12, 12))
    covariance = 0.01 * half @ half.T + 0.02 * np.eye(12)
    y = random.multivariate_normal(np.where(np.array(groups) == 1, 0.0, 3.0), covariance + 3 * np.eye(12))
    found = heterogeneity(y, covariance, groups)
    assert found.df == 10
    assert found.q == pytest.approx(brute_q(y, covariance, 0.0, groups))
    for tau2, target in (
        (found.tau2, 10),
        (found.low, stats.chi2.ppf(0.975, 10)),
        (found.high, stats.chi2.ppf(0.025, 10)),
    ):
        assert brute_q(y, covariance, tau2, groups) == pytest.approx(target, rel=1e-9)


def test_nothing_but_error_is_nought():
    y = np.array([0.1, -0.1, 0.05, 0.0, -0.05])
    found = heterogeneity(y, np.eye(5))
    assert (found.tau2, found.low, found.high) == (0.0, 0.0, 0.0), "less than chance gives in 97.5 % of cases"
    assert found.p_value > 0.99


@pytest.mark.parametrize(("k", "tau2"), [(6, 0.0), (6, 0.04), (20, 0.3)])
def test_intervals_hold_the_variance(k, tau2):
    """It is exact where errors are known and normal: in 400 draws 93 to 97 %; at no variance only one end can miss."""
    random = np.random.default_rng(k)
    half = random.normal(size=(k, k)) / np.sqrt(k)
    covariance = 0.03 * half @ half.T + 0.01 * np.eye(k)
    held = 0
    for _ in range(400):
        found = heterogeneity(random.multivariate_normal(np.zeros(k), covariance + tau2 * np.eye(k)), covariance)
        held += found.low <= tau2 <= found.high
    assert 0.925 <= held / 400 <= (0.975 if tau2 else 0.99)


@needs_reference
def test_paule_mandel_of_r():
    table = frame("05_schools", "school_log_odds.input")
    theirs = value("05_schools", "school_log_odds.pm")
    ours = heterogeneity(table["y"].to_numpy(), np.diag(table["v"]))
    agree(
        "05_schools",
        "school_log_odds.pm",
        [ours.tau2, ours.q],
        [theirs["tau2"], theirs["q"]],
        root_of_r(theirs["tau2"]),
    )
