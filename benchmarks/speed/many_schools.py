"""Schools' own effects in a logit: eliminated block by block, against statsmodels with a dummy for each school.

The rows are drawn, in the shape of New York's daily attendance: a row a school and day, shares, and days of enrolment.
"""

import numpy as np
import pandas as pd
import statsmodels.api as sm
from measure import compare
from scipy.special import expit

from analysis.models.absorbed import Rows, fit_absorbed

SCHOOLS, HELD, DATES = 1_646, 200, 178
"""All schools, and as many as dense dummies are fitted for here: at 1,646 the matrix alone has 3.9 GB."""


def drawn(schools: int) -> Rows:
    """Draw a row a school and date, with dummies of months and weekdays."""
    random = np.random.default_rng(1)
    dates = pd.bdate_range("2018-09-05", periods=DATES)
    season = pd.get_dummies(pd.DataFrame({"m": dates.strftime("%m"), "d": dates.day_name()}), drop_first=True)
    X = np.tile(season.to_numpy(float), (schools, 1))
    unit = np.repeat(np.arange(schools), DATES)
    n = np.repeat(random.integers(80, 1500, schools), DATES).astype(float)
    linear = np.repeat(random.normal(-2.5, 0.5, schools), DATES) + X @ random.normal(0, 0.2, X.shape[1])
    return Rows(X, unit, n, random.binomial(n.astype(int), expit(linear)).astype(float))


def ours(schools: int) -> str:
    """Fit with the effects absorbed."""
    return ", ".join(f"{one:.9f}" for one in fit_absorbed(drawn(schools)).coefficients[:2])


def peer() -> str:
    """Fit the same with dense dummies."""
    rows = drawn(HELD)
    X = np.column_stack([rows.X, np.eye(HELD)[rows.unit]])
    fit = sm.GLM(np.column_stack([rows.y, rows.n - rows.y]), X, family=sm.families.Binomial()).fit(tol=1e-12)
    return ", ".join(f"{one:.9f}" for one in fit.params[:2])


if __name__ == "__main__":
    parts = {f"ours, {SCHOOLS:,} schools": lambda: ours(SCHOOLS), f"ours, {HELD} schools": lambda: ours(HELD)}
    compare(__file__, {**parts, f"statsmodels, {HELD} schools": peer})
