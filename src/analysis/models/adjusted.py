"""The table of adjusted rates and contrasts, with their intervals."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from analysis.models.covariance import Covariance
from analysis.models.design import Array
from analysis.models.fit import Fit, Link, interval
from analysis.models.parts import PAIR
from analysis.models.standardise import Standardised, standardise

ADJUSTED_COLUMNS = [
    "outcome", "driver", "level", "students", "days_enrolled", "observed_rate", "adjusted_rate", "rate_std_error",
    "rate_low", "rate_high", "contrast", "contrast_std_error", "contrast_low", "contrast_high", "p_value", "p_adjusted",
    "component", "outside",
]  # fmt: skip
INTERVAL_COLUMNS = [
    "rate_std_error", "rate_low", "rate_high", "contrast_std_error", "contrast_low", "contrast_high", "p_value",
]  # fmt: skip


def adjusted_rates(
    fit: Fit,
    covariances: Mapping[str, Covariance],
    counts: pd.DataFrame,
    df: float = np.inf,
) -> pd.DataFrame:
    """Rate every level of every driver against its part.

    Grade and school are rated within their part; drivers of the season over all parts together (component 0).

    Parameters
    ----------
    fit : the model.
    covariances : by driver.
    counts : `driver, level, students, enough`: distinct students, and whether they (or dates) are enough for a range.
    df : degrees of freedom of the intervals; normal by default.

    Returns
    -------
    DataFrame, in the columns of the output contract: rates and contrasts as shares (of 'days' in days a student, and
    `days_enrolled` is empty), 95 % intervals (of rates on the scale of the link), two-sided p of the contrast,
    Benjamini-Hochberg within driver and part. `days_enrolled` of a chronic model are the students counted (at a
    school). No interval where `enough` is false, nor where a part has one level.
    """
    tables = []
    for driver in fit.drivers:
        for part in _parts_of(fit, driver):
            rows = fit.component == part if part else np.ones(len(fit.cells), dtype=bool)
            rated = standardise(fit, driver, rows)
            errors = _with_errors(rated, covariances[driver], df, fit.link)
            of_driver = counts[counts["driver"] == driver].set_index("level").loc[list(rated.levels)]
            enough = of_driver["enough"].to_numpy(dtype=bool) & (len(rated.levels) > 1)
            errors.loc[~enough, INTERVAL_COLUMNS] = np.nan
            sums = fit.cells.loc[rows].groupby(driver)[["n", "y"]].sum().loc[list(rated.levels)]
            tables.append(
                errors.assign(
                    outcome=fit.outcome,
                    driver=driver,
                    students=of_driver["students"].to_numpy(),
                    days_enrolled=np.nan if fit.link == "log" else sums["n"].to_numpy(),
                    observed_rate=(sums["y"] / sums["n"]).to_numpy(),
                    p_adjusted=false_discovery(errors["p_value"].to_numpy()),
                    component=part,
                    outside=outside(fit, driver, rows, rated.levels),
                )
            )
    return pd.concat(tables, ignore_index=True)[ADJUSTED_COLUMNS]


def rate_intervals(
    rates: Array, std_errors: Array, df: float | Array = np.inf, link: Link = "logit"
) -> tuple[Array, Array]:
    """Give 95 % intervals of rates, symmetric on the logit (of mean days: on the log)."""
    return interval(link, rates, std_errors, np.asarray(stats.t.ppf(0.975, df)))


def false_discovery(p_values: Array) -> Array:
    """Adjust p values after Benjamini & Hochberg (1995); those that are missing stay missing and are not counted."""
    adjusted = np.full(len(p_values), np.nan)
    known = np.isfinite(p_values)
    if known.any():
        adjusted[known] = multipletests(p_values[known], method="fdr_bh")[1]
    return adjusted


def outside(fit: Fit, driver: str, rows: npt.NDArray[np.bool_], levels: tuple[str, ...]) -> Array:
    """Give the share of the rows' days in grades or schools (for the season, in both) that a level does not have.

    Returns
    -------
    (L,) shares: how much of an adjusted rate is the model's alone.
    """
    others = [name for name in PAIR if name != driver and name in fit.drivers]
    if not others:
        return np.zeros(len(levels))
    days = fit.cells.loc[rows].pivot_table(index=others, columns=driver, values="n", aggfunc="sum", fill_value=0)
    weight = days.sum(axis=1) / days.to_numpy().sum()
    return np.array([float(weight[days[level] == 0].sum()) for level in levels])


def _parts_of(fit: Fit, driver: str) -> list[int]:
    if not set(PAIR) <= set(fit.drivers):
        return [1] if driver in PAIR else [0]
    return [int(part) for part in np.unique(fit.component)] if driver in PAIR else [0]


def _with_errors(rated: Standardised, covariance: Covariance, df: float, link: Link) -> pd.DataFrame:
    rate_error = np.sqrt(covariance.variances(rated.gradients))
    error = np.sqrt(covariance.variances(rated.contrast_gradients))
    low, high = rate_intervals(rated.rates, rate_error, df, link)
    t = stats.t.ppf(0.975, df)
    statistic = np.divide(rated.contrasts, error, out=np.full(len(error), np.nan), where=error > 0)
    return pd.DataFrame(
        {
            "level": rated.levels,
            "adjusted_rate": rated.rates,
            "rate_std_error": rate_error,
            "rate_low": low,
            "rate_high": high,
            "contrast": rated.contrasts,
            "contrast_std_error": error,
            "contrast_low": rated.contrasts - t * error,
            "contrast_high": rated.contrasts + t * error,
            "p_value": 2 * stats.t.sf(np.abs(statistic), df),
        }
    )
