"""The table of adjusted rates and contrasts, with their intervals."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from analysis.arrays import Array, Flags
from analysis.models.covariance import Covariance
from analysis.models.fit import Fit, Link, interval
from analysis.models.standardise import Standardised, standardise
from analysis.vocabulary import PAIR, SEASON

ADJUSTED_COLUMNS = [
    "outcome", "driver", "level", "students", "days_enrolled", "observed_rate", "adjusted_rate", "rate_std_error",
    "rate_low", "rate_high", "contrast", "contrast_std_error", "contrast_low", "contrast_high", "p_value", "p_adjusted",
    "component", "outside",
]  # fmt: skip
CONTRAST_INTERVAL = ["contrast_std_error", "contrast_low", "contrast_high", "p_value"]
INTERVAL_COLUMNS = ["rate_std_error", "rate_low", "rate_high", *CONTRAST_INTERVAL]


def adjusted_rates(
    fit: Fit,
    covariances: Mapping[str, Covariance],
    counts: pd.DataFrame,
    df: float = np.inf,
) -> pd.DataFrame:
    """Rate every level of every driver against its part.

    Grade and school are rated within their part, over all days at its levels; other drivers over all days (component
    0). A grade or a school that is in no part has its observed rate only, and component 0.

    Parameters
    ----------
    fit : the model.
    covariances : by driver.
    counts : `driver, level, students, enough`: distinct students, and whether they (or dates) are enough for a range;
        `dates`, where a covariance is by date as well: its intervals are then t (`Covariance.degrees_of_freedom`); and
        `least`, how many a level needs, of which a contrast has to have as many beside it.
    df : degrees of freedom of the intervals; normal by default.

    Returns
    -------
    DataFrame, in the columns of the output contract: rates and contrasts as shares (of 'days' in days a student, and
    `days_enrolled` is empty), 95 % intervals (of rates on the scale of the link), two-sided p of the contrast,
    Benjamini-Hochberg within driver and part. `days_enrolled` of a chronic model are the students counted (at a
    school). No interval where `enough` is false, and none of a contrast with fewer than `least` beside it; neither
    contrast nor interval where a part has one level.
    """
    tables = [rated_levels(fit, driver, covariances[driver], counts, df) for driver in fit.drivers]
    return pd.concat(tables, ignore_index=True)


def rated_levels(
    fit: Fit, driver: str, covariance: Covariance, counts: pd.DataFrame, df: float = np.inf
) -> pd.DataFrame:
    """Rate every level of one driver, as `adjusted_rates` does."""
    counted, tables = _counted(fit, driver, counts), []
    for part in fit.parts_of(driver):
        rows = fit.rows_of(driver, part)
        rated = standardise(fit, driver, rows)
        of_levels = counted.loc[list(rated.levels)]
        dates = of_levels["dates"].fillna(np.inf).to_numpy(dtype=np.float64)
        errors = with_errors(rated, covariance, *degrees_by_dates(rated, covariance, dates, df), fit.link)
        errors.loc[~of_levels["enough"].to_numpy(dtype=bool), INTERVAL_COLUMNS] = np.nan
        size = of_levels["dates"].fillna(of_levels["students"]) if driver in SEASON else of_levels["students"]
        errors.loc[few_beside(size, of_levels["least"]), CONTRAST_INTERVAL] = np.nan
        if len(rated.levels) == 1:
            errors[["contrast", *INTERVAL_COLUMNS]] = np.nan
        errors = errors.assign(
            p_adjusted=false_discovery(errors["p_value"].to_numpy()),
            outside=outside(fit, driver, rows, rated.levels),
            component=part,
        )
        tables.append(of_levels.drop(columns=["dates", "least"]).reset_index().merge(errors, on="level"))
    rest = [level for level in counted.index if not any(level in set(table["level"]) for table in tables)]
    tables.append(counted.loc[rest].reset_index().assign(component=0))
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True).reindex(columns=ADJUSTED_COLUMNS)


def few_beside(size: "pd.Series[int]", least: "pd.Series[float] | int") -> Flags:
    """Tell the levels of a part that have too few beside them: the contrast of a large level is that of the rest.

    Parameters
    ----------
    size : of each level, its students or dates.
    least : how many have to be beside it; missing is none.
    """
    return np.asarray(size.sum() - size < least, dtype=bool)


def _counted(fit: Fit, driver: str, counts: pd.DataFrame) -> pd.DataFrame:
    """Give what is counted of every level of a driver, and whether it is enough for a range."""
    levels = list(fit.design.levels[driver])
    sums = fit.cells.groupby(driver)[["n", "y"]].sum().loc[levels]
    of_driver = counts[counts["driver"] == driver].set_index("level").loc[levels]
    of_driver = of_driver.reindex(columns=["students", "enough", "dates", "least"])
    return of_driver.assign(
        outcome=fit.outcome,
        driver=driver,
        days_enrolled=np.nan if fit.link == "log" else sums["n"].to_numpy(),
        observed_rate=(sums["y"] / sums["n"]).to_numpy(),
    ).rename_axis("level")


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


def outside(fit: Fit, driver: str, rows: Flags, levels: tuple[str, ...]) -> Array:
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


def degrees_by_dates(rated: Standardised, covariance: Covariance, dates: Array, most: float) -> tuple[Array, Array]:
    """Give the degrees of freedom (L,) of rates and of contrasts.

    Parameters
    ----------
    dates : (L,) how many dates a level has; infinite where they are not counted. A contrast stands on these or on the
        dates of the other levels, whichever are fewer.
    most : degrees of freedom that no interval has more of.
    """
    beside = np.subtract(dates.sum(), dates, out=np.full(len(dates), np.inf), where=np.isfinite(dates))
    of_rates = covariance.degrees_of_freedom(rated.gradients, dates)
    of_contrasts = covariance.degrees_of_freedom(rated.contrast_gradients, np.minimum(dates, beside))
    return np.minimum(of_rates, most), np.minimum(of_contrasts, most)


def with_errors(
    rated: Standardised, covariance: Covariance, df_rate: Array, df: Array, link: Link = "logit"
) -> pd.DataFrame:
    """List rates and contrasts of levels with their errors, 95 % intervals and p values.

    Parameters
    ----------
    df_rate, df : (L,) degrees of freedom of the rates, and of the contrasts.
    """
    rate_error = np.sqrt(covariance.variances(rated.gradients))
    error = np.sqrt(covariance.variances(rated.contrast_gradients))
    low, high = rate_intervals(rated.rates, rate_error, df_rate, link)
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
