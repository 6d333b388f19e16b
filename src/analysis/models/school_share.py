"""How much of the spread of students' yearly rates lies between schools, grades held.

Schools vary by tau2 in their adjusted rates, students by a variance around the rate of their school and grade: the
share is tau2 of both. Schools' errors go together where few students link them, so their whole covariance is used:
with one school of 45 students between six and five others, 59 % of intervals hold a share of none from the variances
alone, and 92 % from the covariance (benchmarks/shares.py).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.measures.cells import Cells
from analysis.measures.spread import student_spread, within_variance
from analysis.models.binomial import BinomialFit
from analysis.models.covariance import Covariance
from analysis.models.expected import SCHOOL
from analysis.models.heterogeneity import heterogeneity
from analysis.models.importance import IMPORTANCE_COLUMNS
from analysis.models.standardise import standardise
from analysis.vocabulary import PAIR

BETWEEN_SCHOOLS = "between schools"
FEWEST_DEGREES = 4
"""Schools less parts from which a share is given."""


def share_between_schools(
    fit: BinomialFit, cells: Cells, covariances: Mapping[str, Covariance], counts: pd.DataFrame
) -> pd.DataFrame:
    """Give the share of the spread of students' yearly rates that lies between the schools of a part.

    Parameters
    ----------
    fit : the model of absence.
    cells : the same cells, for the spread of students.
    covariances : by driver.
    counts : `driver, level, enough`: schools with too few students for a range are left out.

    Returns
    -------
    DataFrame `outcome, driver, share, share_low, share_high`, with one row, or none where schools are too few. The
    variance within schools counts as known. The share is NaN where schools vary less than chance alone would give.
    """
    enough = set(counts.loc[(counts["driver"] == SCHOOL) & counts["enough"], "level"])
    rates, gradients, parts, schools = [], [], [], []
    for part in fit.parts if SCHOOL in fit.drivers else ():
        rated = standardise(fit, SCHOOL, fit.rows_of(SCHOOL, part))
        for level, rate, gradient in zip(rated.levels, rated.rates, rated.gradients, strict=True):
            if level in enough:
                rates.append(rate)
                gradients.append(gradient)
                parts.append(part)
                schools.append(level)
    if len(schools) - len(set(parts)) < FEWEST_DEGREES:
        return pd.DataFrame(columns=IMPORTANCE_COLUMNS)
    between = heterogeneity(np.array(rates), covariances[SCHOOL].of(np.array(gradients)), parts)
    spread = student_spread(cells, tuple(driver for driver in PAIR if driver in fit.drivers))
    within = within_variance(spread[spread[SCHOOL].isin(schools)])
    shares = [
        tau2 / (tau2 + within) if between.high > 0 else np.nan for tau2 in (between.tau2, between.low, between.high)
    ]
    return pd.DataFrame([(fit.outcome, BETWEEN_SCHOOLS, *shares)], columns=IMPORTANCE_COLUMNS)
