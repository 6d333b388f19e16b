"""Would the answer change, and does the model fit: contrasts under other specifications, and a few checks."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.models.binomial import BinomialFit
from analysis.models.covariance import model_covariance
from analysis.models.drivers import DriverModel
from analysis.records.types import Measure

ROBUSTNESS_COLUMNS = ["specification", "driver", "level", "contrast", "contrast_low", "contrast_high"]
CHECK_COLUMNS = ["check", "value", "threshold", "verdict", "meaning"]
FINE, LOOK, ALLOWED_FOR = "fine", "look", "allowed for"


def robustness(specifications: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Stack the contrasts of several adjusted-rates tables.

    Parameters
    ----------
    specifications : what was done differently, and the `adjusted_rates` that it gave; the first is the page's own.

    Returns
    -------
    DataFrame `specification, driver, level, contrast, contrast_low, contrast_high` (shares), a row a level and
    specification; a level that a specification cannot compare is not in it.
    """
    tables = [table.assign(specification=label)[ROBUSTNESS_COLUMNS] for label, table in specifications]
    if not tables:
        return pd.DataFrame(columns=ROBUSTNESS_COLUMNS)
    return pd.concat(tables, ignore_index=True)


def model_checks(model: DriverModel, measure: Measure = "days") -> pd.DataFrame:
    """Check the binomial model of drivers.

    Parameters
    ----------
    measure : what is known of a student; of rates alone it is not known how far days would vary by themselves.

    Returns
    -------
    DataFrame `check, value, threshold, verdict, meaning`; the verdict is 'look' where the value is over its threshold.
    """
    independent = [
        (
            f"{model.fit.outcome}: dispersion of cells",
            model.fit.pearson / model.fit.df_residual if model.fit.df_residual else np.nan,
            2.0,
            "How many times more cells vary than independent days would. Students' habits, drivers acting together, "
            "raise it; intervals allow for the students, not for a form of the model that is wrong.",
        ),
        (
            f"{model.fit.outcome}: clustered over plain error",
            design_effect(model),
            np.nan,
            "How many times wider intervals are than they would be if every day were a draw of its own. Over 1, plain "
            "intervals would be too narrow; those of these pages are the wider ones.",
        ),
    ]
    rows = [
        *(independent if measure == "days" or model.fit.outcome == "chronic" else []),
        (
            f"{model.fit.outcome}: calibration",
            calibration(model.fit),
            0.01,
            "The largest gap between observed and fitted rate in ten groups of cells, from the lowest to the highest, "
            "as a share. Over 0.01, the model's form misses something.",
        ),
    ]
    table = pd.DataFrame(rows, columns=["check", "value", "threshold", "meaning"])
    return table.assign(verdict=np.where(table["value"] > table["threshold"], LOOK, FINE))[CHECK_COLUMNS]


def design_effect(model: DriverModel) -> float:
    """Give the median ratio of clustered to plain standard errors over the coefficients but the intercept."""
    size = np.eye(len(model.fit.coefficients))
    plain = np.sqrt(model_covariance(model.fit).variances(size))
    driver_of = {column: driver for (driver, _), column in model.fit.design.columns.items()}
    clustered = np.array(
        [np.sqrt(model.covariances[driver_of[column]].variances(size[[column]])[0]) for column in range(len(size))]
    )
    return float(np.median((clustered / plain)[1:])) if len(size) > 1 else np.nan


def calibration(fit: BinomialFit, groups: int = 10) -> float:
    """Give the largest gap between observed and fitted rate over groups of cells of equal days, by fitted rate."""
    order = np.argsort(fit.fitted, kind="stable")
    n, y, expected = fit.n[order], fit.y[order], (fit.n * fit.fitted)[order]
    group = np.minimum((np.cumsum(n) - n / 2) / n.sum() * groups, groups - 1).astype(np.int64)
    sums = [np.bincount(group, values, minlength=groups) for values in (n, y, expected)]
    filled = sums[0] > 0
    return float(np.max(np.abs(sums[1] - sums[2])[filled] / sums[0][filled]))
