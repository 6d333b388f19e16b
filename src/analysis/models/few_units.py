"""Errors for few units that are followed over years: CR2 with Satterthwaite's degrees of freedom, units absorbed.

The same numbers as `few_clusters.bias_reduced` gives with a dummy for every unit, clustered by unit; no dummy is made,
so that thousands of schools are no matter.
"""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Array
from analysis.models.absorbed import AbsorbedFit
from analysis.models.few_clusters import adjustment


@dataclass(frozen=True)
class UnitErrors:
    """Errors of L functions of the parameters, clustered by unit.

    Parameters
    ----------
    std_errors : (L,) CR2.
    df : (L,) Satterthwaite's degrees of freedom.
    """

    std_errors: Array
    df: Array


def unit_errors(fit: AbsorbedFit, effects: Array, coefficients: Array) -> UnitErrors:
    """Give the errors of functions from their derivatives by the units' effects (L, units) and coefficients (L, k)."""
    rows, own = fit.rows, fit.information.own
    slope = fit.fitted * (1 - fit.fitted)
    spread, residual = slope / rows.n, rows.y / rows.n - fit.fitted
    within = rows.X - (fit.information.between / own[:, None])[rows.unit]
    left = np.linalg.inv(fit.information.left)
    of_effects, of_coefficients = fit.information.solve(effects, coefficients)
    through = rows.n[:, None] * (of_effects.T[rows.unit] + rows.X @ of_coefficients.T)
    order = np.argsort(rows.unit, kind="stable")
    adjusted = np.empty_like(through)
    for unit, some in enumerate(np.split(order, np.cumsum(np.bincount(rows.unit))[:-1])):
        hat = np.outer(slope[some], slope[some]) * (1 / own[unit] + within[some] @ left @ within[some].T)
        adjusted[some] = adjustment(hat, spread[some]) @ through[some]
    errors = np.sqrt(np.sum(rows.by_unit(adjusted * residual[:, None]) ** 2, axis=0))
    by_own = rows.by_unit(adjusted**2 * spread[:, None]) - rows.by_unit(adjusted * slope[:, None]) ** 2 / own[:, None]
    degrees = []
    for column in range(adjusted.shape[1]):
        shared = rows.by_unit(within * (slope * adjusted[:, column])[:, None])
        pairs = np.diag(by_own[:, column]) - shared @ left @ shared.T
        degrees.append(np.trace(pairs) ** 2 / np.sum(pairs**2))
    return UnitErrors(errors, np.array(degrees))
