"""05_schools: random intercepts of schools and of students, as lme4 has them."""

import numpy as np
import pandas as pd
import pytest
from known_data import MAIN, agree, grain, needs_reference, one_part, r_term, value
from scipy.special import gammaln, xlogy

from analysis.models.random_intercept import fit_random_intercept

pytestmark = needs_reference
FILE = "05_schools"


def compare(key, ours, errors=1e-4):
    theirs = value(FILE, key)
    variance = ours.sd**2
    ours_latent = variance / (variance + np.pi**2 / 3)  # share of the variance of a latent logistic variable
    agree(FILE, key, [variance, ours_latent], [theirs["variance"], theirs["icc_latent"]], 1e-5)
    agree(FILE, key, ours.sd, theirs["sd"], 1e-5)
    fixed = pd.DataFrame(theirs["fixed"]).set_index("term").loc[[r_term(term) for term in ours.design.terms]]
    off = (ours.coefficients - fixed["estimate"]) / fixed["se"]  # in its own errors: one may be near zero
    agree(FILE, key, 1 + off, np.ones_like(off), 1e-4)
    agree(FILE, key, np.sqrt(np.diag(ours.covariance)), fixed["se"], errors)
    if "blup" in theirs:
        assert list(ours.clusters) == theirs["blup"]["level"]
        scale = ours.intercept_sds  # an intercept near zero is compared in its own errors
        agree(FILE, key, 1 + (ours.intercepts - theirs["blup"]["log_odds"]) / scale, np.ones_like(scale), 1e-4)
        agree(FILE, key, ours.intercept_sds, theirs["blup"]["conditional_sd"], 1e-5)


def saturated(table):
    """Give the log likelihood of a model that fits every row: with quadrature lme4 gives its own less this."""
    n, y = table["n"].to_numpy(), table["y"].to_numpy()
    constant = gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1)
    return float(np.sum(constant + xlogy(y, y / n) + xlogy(n - y, 1 - y / n)))


@pytest.mark.parametrize(("key", "nodes"), [("random_school.laplace", 1), ("random_school.quadrature_25", 25)])
def test_schools(key, nodes):
    table = grain("grade_level, school_id, month")
    ours = fit_random_intercept(table, ("grade_level", "month"), one_part(table), "school_id", nodes)
    # lme4 takes second differences of Laplace's likelihood; ours agree with second differences made of values alone
    compare(key, ours, 1e-4 if nodes > 1 else 5e-3)
    constant = saturated(table) if nodes > 1 else 0
    agree(FILE, key, ours.log_likelihood - constant, value(FILE, key)["log_likelihood"], 1e-7)


def test_students():
    key = "random_student.quadrature_15"
    table = grain("student_id, grade_level, school_id, month", MAIN)
    drivers = ("grade_level", "school_id", "month")
    ours = fit_random_intercept(table, drivers, one_part(table), "student_id", 15)
    compare(key, ours)
    agree(FILE, key, ours.log_likelihood - saturated(table), value(FILE, key)["log_likelihood"], 1e-7)


def test_more_nodes_change_nothing_and_laplace_is_near():
    """With many nodes the answer no longer moves; with one it is near."""
    table = grain("grade_level, school_id, month")
    fits = {
        nodes: fit_random_intercept(table, ("grade_level", "month"), one_part(table), "school_id", nodes)
        for nodes in (1, 15, 40)
    }
    assert fits[15].sd == pytest.approx(fits[40].sd, rel=5e-9)
    assert fits[1].sd == pytest.approx(fits[40].sd, rel=5e-4) and fits[1].sd != fits[40].sd
