"""How much of the spread of students' yearly rates lies between schools, grades held.

Schools vary by tau2 in their adjusted rates, students by a variance around the rate of their school and grade: the
share is tau2 of both. Schools' errors go together where few students link them, so their whole covariance is used:
with one school of 45 students between six and five others, 59 % of intervals hold a share of none from the variances
alone, and 92 % from the covariance (benchmarks/shares.py).
"""

import numpy as np
import pandas as pd

from analysis.measures.spread import student_spread, within_variance
from analysis.models.drivers import DriverModel
from analysis.models.expected import SCHOOL
from analysis.models.heterogeneity import heterogeneity
from analysis.models.importance import IMPORTANCE_COLUMNS
from analysis.models.joint import enough_levels
from analysis.models.standardise import standardised_parts
from analysis.vocabulary import PAIR

BETWEEN_SCHOOLS = "between schools"
FEWEST_DEGREES = 4
"""Schools less parts from which a share is given."""


def share_between_schools(model: DriverModel) -> pd.DataFrame:
    """Give the share of the spread of students' yearly rates that lies between the schools of a part.

    Schools with too few students for a range are left out.

    Parameters
    ----------
    model : of absence.

    Returns
    -------
    DataFrame `outcome, driver, share, share_low, share_high`, with one row, or none where schools are too few. The
    variance within schools counts as known. The share is NaN where schools vary less than chance alone would give.
    """
    fit, enough = model.fit, enough_levels(model.counts, SCHOOL)
    rates, gradients, parts, schools = [], [], [], []
    for part, rated in standardised_parts(fit, SCHOOL) if SCHOOL in fit.drivers else ():
        for level, rate, gradient in zip(rated.levels, rated.rates, rated.gradients, strict=True):
            if level in enough:
                rates.append(rate)
                gradients.append(gradient)
                parts.append(part)
                schools.append(level)
    if len(schools) - len(set(parts)) < FEWEST_DEGREES:
        return pd.DataFrame(columns=IMPORTANCE_COLUMNS)
    between = heterogeneity(np.array(rates), model.covariances[SCHOOL].of(np.array(gradients)), parts)
    spread = student_spread(model.cells, tuple(driver for driver in PAIR if driver in fit.drivers))
    within = within_variance(spread[spread[SCHOOL].isin(schools)])
    shares = [
        tau2 / (tau2 + within) if between.high > 0 else np.nan for tau2 in (between.tau2, between.low, between.high)
    ]
    return pd.DataFrame([(fit.outcome, BETWEEN_SCHOOLS, *shares)], columns=IMPORTANCE_COLUMNS)
