"""Covariances of coefficients from score sums: clustered by student, and by student and date for the season.

Students: Liang & Zeger (1986), with the factor G/(G-1) and no factor that counts rows. Student and date: Cameron,
Gelbach & Miller (2011), V(student) + V(date) - V(student-date), and never less than the student's own.
"""

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Array
from analysis.measures.cells import ScoreProducts
from analysis.models.design import gram
from analysis.models.fit import Fit


@dataclass(frozen=True)
class Covariance:
    """A covariance of the coefficients.

    Parameters
    ----------
    matrix : (k, k) the covariance, clustered by student.
    extra : (k, k) what clustering by date as well would add; it can be negative in some direction, and counts there as
        nothing. None where dates play no part.
    by_date : (k, k) the covariance clustered by date alone; None where there are no intervals of few dates.
    """

    matrix: Array
    extra: Array | None = None
    by_date: Array | None = None

    def variances(self, gradients: Array) -> Array:
        """Give the variances (rows,) of linear combinations (rows, k) of the coefficients."""
        own = quadratic(gradients, self.matrix)
        added = 0.0 if self.extra is None else np.maximum(quadratic(gradients, self.extra), 0)
        return np.maximum(own, 0) + added

    def degrees_of_freedom(self, gradients: Array, dates: Array) -> Array:
        """Give the degrees of freedom (rows,) of the variances of linear combinations (rows, k), after Welch (1947).

        What is clustered by students is known well, for they are many; what is clustered by date stands on few dates.

        Parameters
        ----------
        dates : (rows,) how many dates the level of each combination has; infinite where they are not counted.
        """
        if self.by_date is None:
            return np.full(len(gradients), np.inf)
        variances, none = self.variances(gradients), np.zeros(len(gradients))
        share = np.divide(quadratic(gradients, self.by_date), variances, out=none, where=variances > 0).clip(0, 1)
        return np.asarray(np.divide(dates - 1, share**2, out=np.full(len(gradients), np.inf), where=share > 0))

    def of(self, contrasts: Array) -> Array:
        """Give the covariance (rows, rows) of linear combinations, in no direction less than the student's own."""
        own = contrasts @ self.matrix @ contrasts.T
        if self.extra is None:
            return own
        root = np.linalg.cholesky(own)
        inverse = np.linalg.inv(root)
        values, vectors = np.linalg.eigh(inverse @ contrasts @ self.extra @ contrasts.T @ inverse.T)
        return np.asarray(root @ (np.eye(len(own)) + (vectors * np.maximum(values, 0)) @ vectors.T) @ root.T)


def model_covariance(fit: Fit, dispersion: float = 1.0) -> Covariance:
    """Give the covariance that holds when every day is an independent draw, times a dispersion."""
    return Covariance(fit.bread * dispersion)


def clustered(fit: Fit, products: ScoreProducts, factor: float | None = None) -> Covariance:
    """Give the covariance clustered as the products are.

    Parameters
    ----------
    factor : G/(G-1) of G clusters by default; 1 is R's `sandwich::vcovCL(type = "HC0", cadjust = FALSE)`.
    """
    return Covariance(_sandwich(fit, products, factor))


def clustered_by_student_and_date(fit: Fit, students: ScoreProducts, dates: ScoreProducts) -> Covariance:
    """Give the covariance clustered by student and by date, for drivers of the season."""
    both = fit.bread @ student_date_meat(fit) @ fit.bread
    by_date = _sandwich(fit, dates, None)
    return Covariance(_sandwich(fit, students, None), by_date - both, by_date)


def meat(fit: Fit, products: ScoreProducts) -> Array:
    """Assemble (k, k) the sum over clusters of u u', u the cluster's sum of x (y - n p)."""
    terms, sums = assembled(products)
    loads = fit.design.loadings(terms)
    return np.asarray(loads @ sums @ loads.T)


def assembled(products: ScoreProducts) -> tuple[list[tuple[str, str]], Array]:
    """Give the (driver, level) pairs of score products, and (pairs, pairs) the sums of their products."""
    table = products.table
    ends = [list(zip(table[f"driver_{end}"], table[f"level_{end}"], strict=True)) for end in ("a", "b")]
    terms = list(dict.fromkeys(ends[0]))
    number = {term: place for place, term in enumerate(terms)}
    sums = np.zeros((len(terms), len(terms)))
    place = [[number[term] for term in end] for end in ends]
    sums[place[0], place[1]] = table["product"].to_numpy(dtype=np.float64)
    return terms, sums


def student_date_meat(fit: Fit) -> Array:
    """Assemble (k, k) the sum over student-days of x x' (y - n p)^2."""
    return gram(fit.design.matrix, squared_residuals(fit))


def squared_residuals(fit: Fit) -> Array:
    """Give (cells,) the sums over student-days of (y - n p)^2, from each cell's sums of y^2, y n and n^2."""
    p, cells = fit.fitted, fit.cells
    return np.asarray(cells["yy"] - 2 * p * cells["yn"] + p**2 * cells["nn"], dtype=np.float64)


def _sandwich(fit: Fit, products: ScoreProducts, factor: float | None) -> Array:
    clusters = products.clusters
    scale = (clusters / (clusters - 1) if clusters > 1 else np.nan) if factor is None else factor
    return np.asarray(fit.bread @ meat(fit, products) @ fit.bread * scale)


def quadratic(gradients: Array, matrix: Array) -> Array:
    """Give the quadratic form of each row (rows, k) in a matrix (k, k)."""
    return np.asarray(np.sum((gradients @ matrix) * gradients, axis=1))
