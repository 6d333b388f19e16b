"""09_gee: estimating equations by student, on days and on student-months, as geepack has them."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from known_data import (
    MAIN,
    agree,
    covariance,
    day_cells,
    fitted,
    frame,
    grain,
    needs_reference,
    r_term,
    value,
)

from analysis.models.binomial import fit_binomial
from analysis.models.design import Design
from analysis.models.gee import Observations, Solution, Working, numbered, observed_shares, solve

pytestmark = needs_reference
FILE = "09_gee"
DRIVERS = ("grade_level", "school_id", "month")


@dataclass(frozen=True)
class Gee(Solution):
    """A marginal model of a share, on the logit: the answer, and what its coefficients mean.

    Parameters
    ----------
    design : terms and columns; its matrix has the rows of the observations.
    """

    design: Design


def observed_days(table: pd.DataFrame, drivers: tuple[str, ...]) -> Observations:
    """Take every day as an observation.

    Parameters
    ----------
    table : a row a student and levels: `n` days, `y` days absent, and `yy`, the sum of squares of a day's absence
        (without it no day is absent by half, and it is `y`).
    """
    n, y = (table[name].to_numpy(dtype=np.float64) for name in ("n", "y"))
    squares = table["yy"].to_numpy(dtype=np.float64) if "yy" in table else y
    return Observations(table[list(drivers)], numbered(table["student_id"]), n, y, squares, np.ones_like(n))


def fit_gee(observed: Observations, working: Working = "exchangeable", scale: float | None = None) -> Gee:
    """Solve the estimating equations.

    Parameters
    ----------
    working : correlation of a student's observations.
    scale : fixed to this; estimated by default.

    Raises
    ------
    UserError
        Where the drivers say the same thing, or the equations do not settle.
    """
    weight = observed.count * observed.weight
    cells = observed.levels.assign(n=weight, y=observed.total * observed.weight)
    start = fit_binomial(cells, tuple(map(str, observed.levels)), np.ones(len(cells), dtype=np.int64))
    answer = solve(observed, start.design.matrix, start.coefficients, working, scale)
    return Gee(**vars(answer), design=start.design)


@pytest.fixture(scope="module")
def months():
    return grain("student_id, grade_level, school_id, month", MAIN)


def compare(key, ours, tolerance=1e-8, correlation=True):
    theirs = frame(FILE, f"{key}.coefficients").set_index("term").loc[[r_term(term) for term in ours.design.terms]]
    agree(FILE, f"{key}.coefficients", ours.coefficients, theirs["estimate"], tolerance)
    agree(FILE, f"{key}.coefficients", np.sqrt(np.diag(ours.robust)), theirs["se_robust"], tolerance)
    agree(FILE, f"{key}.coefficients", np.sqrt(np.diag(ours.naive)), theirs["se_naive"], tolerance)
    if correlation:
        theirs = value(FILE, f"{key}.correlation")
        numbers = {
            "correlation": ours.correlation, "scale": ours.scale, "clusters": ours.clusters,
            "largest_cluster": ours.largest,
        }  # fmt: skip
        known = [name for name in numbers if name in theirs]
        agree(
            FILE, f"{key}.correlation", [numbers[name] for name in known], [theirs[name] for name in known], tolerance
        )


def test_days(months):
    compare("student_days.exchangeable", fit_gee(observed_days(months, DRIVERS)))
    compare("student_days.independence", fit_gee(observed_days(months, DRIVERS), "independence"), correlation=False)


def test_days_with_a_fixed_scale(months):
    """geepack's `scale.fix` holds the scale where its search starts: at that of the independent model, not at 1."""
    observed = observed_days(months, DRIVERS)
    start = fit_gee(observed, "independence").scale
    assert start != 1 and start == pytest.approx(1, abs=0.05)
    ours = fit_gee(observed, scale=start)
    compare("student_days.exchangeable_scale_1", ours, 1e-6)  # R's glm, where it starts, stops at a change of 1e-8
    at_one = fit_gee(observed, scale=1.0)
    assert at_one.correlation * at_one.scale == pytest.approx(ours.correlation * ours.scale, rel=1e-4)


def test_months(months):
    compare("student_months.exchangeable", fit_gee(observed_shares(months, DRIVERS)))
    ours = fit_gee(observed_shares(months, DRIVERS), "independence")
    compare("student_months.independence", ours, correlation=False)
    shares = observed_shares(months, DRIVERS)
    unweighted = fit_gee(replace(shares, weight=np.ones_like(shares.weight)))
    compare("student_months.exchangeable_unweighted", unweighted)


def test_independence_is_the_binomial_model_clustered_by_student(months):
    cells = day_cells(DRIVERS, MAIN)
    fit = fitted(cells)
    ours = fit_gee(observed_days(months, DRIVERS), "independence")
    np.testing.assert_allclose(ours.coefficients, fit.coefficients, rtol=1e-10)
    np.testing.assert_allclose(ours.robust, covariance(cells, fit).matrix, rtol=1e-6, atol=1e-9)
