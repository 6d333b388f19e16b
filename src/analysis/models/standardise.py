"""Marginal standardisation: the rate that all rows would have at one level of a driver, the rest as it is.

Lane & Nelder (1982); equal to R's `emmeans(regrid(...), weights = "proportional")`. The mix of rows is taken as fixed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Array, Flags
from analysis.models.fit import Fit, mean_and_slope


@dataclass(frozen=True)
class Standardised:
    """Rates of the levels of a driver over one mix of rows.

    Parameters
    ----------
    levels : the L levels that these rows have, in order.
    rates : (L,) adjusted rates, as shares; of outcome 'days' mean days absent a student.
    gradients : (L, k) their derivatives by the coefficients.
    overall : the rows' own rate, fitted (and observed alike but for 'days', whose fit does not keep the sum).
    overall_gradient : (k,) its derivative.
    """

    levels: tuple[str, ...]
    rates: Array
    gradients: Array
    overall: float
    overall_gradient: Array

    @property
    def contrasts(self) -> Array:
        """(L,) adjusted rates less the overall rate."""
        return self.rates - self.overall

    @property
    def contrast_gradients(self) -> Array:
        """(L, k) derivatives of the contrasts."""
        return self.gradients - self.overall_gradient


def standardise(fit: Fit, driver: str, rows: Flags) -> Standardised:
    """Set the driver to each of its levels in turn, and average the fitted probabilities by days (or students).

    Parameters
    ----------
    fit : the model.
    driver : one of its drivers.
    rows : (cells,) which cells are the mix; only levels that occur in them are rated.
    """
    X, n = fit.design.matrix[rows], fit.n[rows]
    present = set(fit.cells.loc[rows, driver])
    levels = tuple(level for level in fit.design.levels[driver] if level in present)
    block = [column for (name, _), column in fit.design.columns.items() if name == driver]
    overall, overall_gradient = _rate(fit, X, n)
    without = fit.coefficients.copy()
    without[block] = 0
    rest = X @ without  # on the scale of the link, but for the driver
    rated = []
    for level in levels:
        column = fit.design.columns.get((driver, level))
        mean, slope = mean_and_slope(fit.link, rest if column is None else rest + fit.coefficients[column])
        gradient = X.T @ (n * slope) / n.sum()
        gradient[block] = 0
        if column is not None:
            gradient[column] = n @ slope / n.sum()
        rated.append((float(n @ mean / n.sum()), gradient))
    return Standardised(
        levels,
        np.array([rate for rate, _ in rated]),
        np.array([gradient for _, gradient in rated]),
        overall,
        overall_gradient,
    )


def standardised_parts(fit: Fit, driver: str) -> Iterator[tuple[int, Standardised]]:
    """Standardise a driver within each part in which its levels are compared: the part, and its levels' rates."""
    for part in fit.parts_of(driver):
        yield part, standardise(fit, driver, fit.rows_of(driver, part))


def standardise_number(fit: Fit, column: int, amount: float) -> Standardised:
    """Add an amount to a column of numbers in every row: one 'level', the rate of the same rows with that much more."""
    more = fit.design.matrix.copy()
    more[:, column] += amount
    overall, overall_gradient = _rate(fit, fit.design.matrix, fit.n)
    rate, gradient = _rate(fit, more, fit.n)
    return Standardised((fit.design.terms[column],), np.array([rate]), gradient[None, :], overall, overall_gradient)


def _rate(fit: Fit, X: Array, n: Array) -> tuple[float, Array]:
    mean, slope = mean_and_slope(fit.link, X @ fit.coefficients)
    return float(n @ mean / n.sum()), np.asarray((n * slope) @ X / n.sum())
