"""Which schools differ from expected: a score test whose variance is pooled over students.

A small school's own variance is too uncertain to test with: from its own students alone, a null district of schools of
15 to 60 students has a flag in more than half of all cases. So the variance of the null model is taken: a student's sum
of residuals varies as b + s b^2, b the student's sum of n p (1 - p) at the average school and s the variance of
students' log-odds, pooled over the part (moments, as Williams 1982).
"""

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Array
from analysis.models.binomial import BinomialFit
from analysis.models.expected import SCHOOL, SchoolDifferences


def pooled_variances(
    fit: BinomialFit, differences: SchoolDifferences, inflation: dict[str, float], at_average: Array
) -> Array:
    """Give the variances (k,) of observed - expected if no school differs from the average school.

    Parameters
    ----------
    fit : the model.
    differences : of one part.
    inflation : by school, how much its students' heterogeneity multiplies a binomial variance.
    at_average : (cells,) probability of every cell at the average school of its part.
    """
    ids = fit.cells[SCHOOL].to_numpy()
    weights = fit.n * at_average * (1 - at_average) * np.array([inflation[school] for school in ids])
    own = np.array([ids == school for school in differences.schools], dtype=np.float64)
    own /= own @ fit.n[:, None]
    influence = own - differences.expected_gradient @ fit.bread @ fit.design.matrix.T
    return np.asarray(influence**2 @ weights)


def inflations(student_sums: pd.DataFrame, part_of: dict[str, int]) -> dict[str, float]:
    """Give, by school, the pooled variance of its students' residual sums, as a multiple of the binomial one.

    Parameters
    ----------
    student_sums : `school_id, students, r2, b, b2`, sums over students at the average school (`Cells.student_sums`).
    part_of : the part of each school; those that are in none are pooled with each other.
    """
    sums = student_sums.assign(part=student_sums[SCHOOL].map(part_of).fillna(0))
    pooled = sums.groupby("part")[["r2", "b", "b2"]].sum()
    heterogeneity = ((pooled["r2"] - pooled["b"]) / pooled["b2"]).clip(lower=0)
    inflation = 1 + sums["part"].map(heterogeneity) * sums["b2"] / sums["b"]
    return {str(school): float(value) for school, value in zip(sums[SCHOOL], inflation, strict=True)}


def score_p_values(difference: Array, variances: Array) -> Array:
    """Give two-sided p values (k,) of differences from expected."""
    return np.asarray(2 * stats.norm.sf(np.abs(difference) / np.sqrt(variances)))
