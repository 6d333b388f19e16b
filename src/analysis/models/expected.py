"""Observed minus expected: a school beside the average school of its part, over its own days.

Expected is the mean, over the school's own days, of the part's model with all school dummies replaced by one common
shift, chosen so that expected sums to observed in the part.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from analysis.arrays import Array
from analysis.models.binomial import BinomialFit

SCHOOL = "school_id"


@dataclass(frozen=True)
class SchoolDifferences:
    """Schools of one part beside its average school.

    Parameters
    ----------
    schools : k ids.
    observed, expected : (k,) rates, as shares of the school's own days.
    expected_gradient : (k, columns) derivatives of expected by the model's coefficients.
    gradient : (k, columns) derivatives of observed - expected.
    at_average : (cells of the part,) probability of each cell at the average school.
    """

    schools: tuple[str, ...]
    observed: Array
    expected: Array
    expected_gradient: Array
    gradient: Array
    at_average: Array

    @property
    def difference(self) -> Array:
        """(k,) observed - expected; their mean over the part's days is zero."""
        return self.observed - self.expected


def observed_minus_expected(fit: BinomialFit, part: int) -> SchoolDifferences:
    """Set the schools of a part beside its average school.

    The common shift d solves sum n expit(z b + d) = sum y, z the row without its school; its derivative by b follows
    from the implicit function theorem.
    """
    rows = fit.rows_of(SCHOOL, part)
    X, n, p = fit.design.matrix[rows], fit.n[rows], fit.fitted[rows]
    school_columns = [column for (driver, _), column in fit.design.columns.items() if driver == SCHOOL]
    Z = X.copy()
    Z[:, school_columns] = 0
    base = Z @ fit.coefficients
    shift = brentq(lambda d: float(n @ expit(base + d) - n @ p), -50, 50, xtol=1e-14, rtol=1e-14)
    q = expit(base + shift)

    at_average, at_own = n * q * (1 - q), n * p * (1 - p)
    shift_gradient = (at_own @ X - at_average @ Z) / at_average.sum()
    ids = fit.cells.loc[rows, SCHOOL].to_numpy()
    schools = tuple(level for level in fit.design.levels[SCHOOL] if level in set(ids))
    of_school = np.array([ids == school for school in schools], dtype=np.float64) * n
    of_school /= of_school.sum(axis=1, keepdims=True)
    expected_gradient = of_school @ ((q * (1 - q))[:, None] * (Z + shift_gradient))
    observed_gradient = of_school @ ((p * (1 - p))[:, None] * X)
    return SchoolDifferences(
        schools, of_school @ p, of_school @ q, expected_gradient, observed_gradient - expected_gradient, q
    )
