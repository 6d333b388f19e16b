"""Does the model fit? A few checks, each with a line beyond which one should look, and what it means in a sentence."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Array
from analysis.language import later
from analysis.models.binomial import BinomialFit
from analysis.models.covariance import model_covariance
from analysis.models.drivers import DriverModel
from analysis.models.standardise import standardised_parts
from analysis.records.types import Measure

CHECK_COLUMNS = ["check", "value", "threshold", "verdict", "meaning"]
FINE, LOOK, ALLOWED_FOR = later("fine"), later("look"), later("allowed for")
GROUPS = 10
"""Groups of cells by fitted rate, as Hosmer & Lemeshow (1980) have them."""
ONE_POINT = 0.01
"""A gap that a reader of these pages would see; the line of this project where no other is named."""


class ModelCheck(NamedTuple):
    """A check: what, its value, the line (NaN for none), what it means, and whether intervals allow for it anyway."""

    check: str
    value: float
    threshold: float
    meaning: str
    allowed_for: bool = False


def check_table(found: Iterable[ModelCheck]) -> pd.DataFrame:
    """Put checks into the table `model_checks` of the output contract; a check without a value is left out.

    Returns
    -------
    DataFrame `check, value, threshold, verdict, meaning`; the verdict is 'look' where the value is over its threshold.
    """
    rows = [one for one in found if np.isfinite(one.value)]
    table = pd.DataFrame(rows, columns=list(ModelCheck._fields))
    beyond = table["value"].abs() > table["threshold"]
    verdict = np.where(beyond, np.where(table["allowed_for"].astype(bool), ALLOWED_FOR, LOOK), FINE)
    return table.assign(verdict=verdict)[CHECK_COLUMNS]


def model_checks(model: DriverModel, measure: Measure = "days") -> list[ModelCheck]:
    """Check the binomial model of drivers from its cells alone.

    Parameters
    ----------
    measure : what is known of a student; of rates alone it is not known how far days would vary by themselves.
    """
    fit, outcome = model.fit, model.fit.outcome
    wider = design_effect(model)
    found = []
    if measure == "days" or outcome == "chronic":
        dispersion = fit.pearson / fit.df_residual if fit.df_residual else np.nan
        found += [
            ModelCheck(
                f"{outcome}: " + later("dispersion of cells"), dispersion, 2.0,
                later(
                    "How many times more cells vary than independent days would (Pearson's chi squared over its"
                    " degrees of freedom; McCullagh & Nelder 1989). Students' habits, drivers acting together, raise"
                    " it; intervals allow for the students, not for a form of the model that is wrong. The line of 2"
                    " is this project's."
                ),
            ),
            ModelCheck(
                f"{outcome}: " + later("clustered over plain error"), wider, np.nan,
                later(
                    "How many times wider intervals of grades (of schools, where there is one grade) are, in the"
                    " median, than if every day were a draw of its own. Over 1, plain intervals would be too narrow;"
                    " those of these pages are the wider ones."
                ),
            ),
        ]  # fmt: skip
    gap, chance = calibration(fit, wider)
    found.append(
        ModelCheck(
            f"{outcome}: " + later("calibration"), gap, max(ONE_POINT, chance),
            later(
                "The largest gap between observed and fitted rate in ten groups of cells, from the lowest to the"
                " highest (groups as Hosmer & Lemeshow 1980), as a share. Over one point, and over what chance alone"
                " gives to groups of this size in one of twenty such tables, the model's form misses something."
            ),
        )
    )  # fmt: skip
    if {"grade_level", "month"} <= set(fit.drivers):
        found.append(
            ModelCheck(
                f"{outcome}: " + later("grades by month"), largest_gap(fit, ("grade_level", "month")), 2 * ONE_POINT,
                later(
                    "The largest gap between observed and fitted rate of a grade in a month, as a share. The model"
                    " gives all grades the same months; over two points (this project's line) a grade has a season of"
                    " its own."
                ),
            )
        )  # fmt: skip
    return found


def date_check(by_date: pd.DataFrame, seasonal: int) -> list[ModelCheck]:
    """Check the days of school one by one.

    Parameters
    ----------
    by_date : `days_enrolled, days_absent, expected_rate, variance`, a row a date.
    seasonal : how many coefficients of months, weekdays and breaks the dates have fixed; with the mean, so many degrees
        of freedom fewer.
    """
    df = len(by_date) - 1 - seasonal
    if df < 1:
        return []
    expected = by_date["days_enrolled"] * by_date["expected_rate"]
    squares = (by_date["days_absent"] - expected) ** 2 / by_date["variance"]
    return [
        ModelCheck(
            "absence: " + later("dispersion of dates"), float(squares.sum() / df), 2.0,
            later(
                "How many times more single days of school vary than if students stayed away independently of each"
                " other. Over 2 (this project's line), weather, illness or events move many at once; intervals of"
                " months, weekdays and breaks count dates as well as students for this reason."
            ), True,
        )
    ]  # fmt: skip


def design_effect(model: DriverModel) -> float:
    """Give the median ratio of clustered to plain standard errors over the contrasts of the first driver.

    Of contrasts, for those of coefficients change with the level that they are coded against.
    """
    fit, driver = model.fit, model.fit.drivers[0]
    plain, clustered = model_covariance(fit), model.covariances[driver]
    ratios = [
        np.sqrt(clustered.variances(rated.contrast_gradients) / plain.variances(rated.contrast_gradients))
        for _, rated in standardised_parts(fit, driver)
        if len(rated.levels) > 1
    ]
    return float(np.median(np.concatenate(ratios))) if ratios else np.nan


def by_fitted_rate(n: Array, y: Array, fitted: Array) -> Array:
    """Sum (3, groups) days, absences and expected absences over groups of equal days, from the lowest fitted rate."""
    order = np.argsort(fitted, kind="stable")
    n, y, expected = n[order], y[order], (n * fitted)[order]
    group = np.minimum((np.cumsum(n) - n / 2) / n.sum() * GROUPS, GROUPS - 1).astype(np.int64)
    sums = np.array([np.bincount(group, values, minlength=GROUPS) for values in (n, y, expected)])
    return np.asarray(sums[:, sums[0] > 0])


def calibration(fit: BinomialFit, wider: float = 1.0) -> tuple[float, float]:
    """Set observed beside fitted rates over groups of cells of equal days, by fitted rate.

    Parameters
    ----------
    wider : how many times a rate's error is the binomial one.

    Returns
    -------
    The largest gap, and what it stays under in 19 of 20 tables where the model holds (Bonferroni), as shares.
    """
    n, y, expected = by_fitted_rate(fit.n, fit.y, fit.fitted)
    rate = expected / n
    error = (wider if np.isfinite(wider) else 1.0) * np.sqrt(rate * (1 - rate) / n)
    return float(np.max(np.abs(y - expected) / n)), float(stats.norm.ppf(1 - 0.05 / 2 / len(n)) * error.max())


def largest_gap(fit: BinomialFit, by: tuple[str, ...]) -> float:
    """Give the largest gap between observed and fitted rate over combinations of levels, none with under 1% of days."""
    table = fit.cells[list(by)].assign(n=fit.n, gap=fit.y - fit.n * fit.fitted)
    sums = table.groupby(list(by))[["n", "gap"]].sum()
    sums = sums[sums["n"] >= 0.01 / max(fit.cells[by[0]].nunique(), 1) * fit.n.sum()]
    return float((sums["gap"] / sums["n"]).abs().max()) if len(sums) else np.nan
