"""Published counts of one year where the source hides some: the model at both fills, all hidden low and all high."""

import numpy as np
import pandas as pd
from scipy import stats

from analysis.models.adjusted import ADJUSTED_COLUMNS, false_discovery
from analysis.models.published import COUNTS, PublishedModel, PublishedOutcome, published_model
from analysis.study import Models

LEVEL = ["outcome", "driver", "level", "component"]
HALFWAY = ["students", "days_enrolled", "observed_rate", "adjusted_rate", "contrast"]
"""Columns of which a reader sees the number halfway between the fills."""
WIDEST = ["rate_std_error", "contrast_std_error", "outside"]


def filled(counts: pd.DataFrame, outcome: PublishedOutcome) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the cells with their lowest and with their highest rates; shown cells are the same in both.

    Parameters
    ----------
    counts : cells with both ends of every count (`students_low`, `students_high`, ...).

    Returns
    -------
    A hidden cell is few absent of as many as there can be; and as many absent as there can be, of as few as that
    leaves possible.
    """
    count, size = COUNTS[outcome]
    most = counts[count].fillna(counts[f"{count}_high"])
    lowest = counts.assign(**{
        count: counts[count].fillna(counts[f"{count}_low"]), size: counts[size].fillna(counts[f"{size}_high"]),
    })  # fmt: skip
    highest = counts.assign(**{count: most, size: counts[size].fillna(counts[f"{size}_low"].clip(lower=most))})
    for fill in (lowest, highest):
        fill["students"] = fill["students"].fillna(fill["students_high"])
    return lowest, highest


def endless(counts: pd.DataFrame, outcome: PublishedOutcome) -> int:
    """Count the cells that could be of any size, so that there is no lowest or no highest fill."""
    lowest, highest = filled(counts, outcome)
    count, size = COUNTS[outcome]
    ends = (lowest[size], highest[count], lowest["students"], highest["students"])
    return int(np.any([~np.isfinite(end) for end in ends], axis=0).sum())


def between_fills(
    counts: pd.DataFrame, unit: str, settings: Models, outcome: PublishedOutcome = "chronic"
) -> PublishedModel:
    """Fit the cells of one published year at both fills, and go from the low of one to the high of the other.

    Parameters
    ----------
    counts, unit, settings : as for `published_model`; no cell is `endless`.

    Returns
    -------
    An interval of a rate reaches from the lower fill's to the upper's. One of a contrast reaches from the level at its
    lowest against its part at its highest to the other way round, with the sampling error at each end; p is that of the
    end that is nearer to no difference. Rates and contrasts are those halfway between; the fit is the lower one's.

    Raises
    ------
    UserError
        As `published_model`, at either fill.
    """
    low, high = (published_model(cells, unit, settings, outcome) for cells in filled(counts, outcome))
    df = max(min(low.fit.df_residual, high.fit.df_residual), 1)
    both = low.adjusted_rates.merge(high.adjusted_rates, on=LEVEL, suffixes=("_a", "_b"))
    lacking = pd.concat([low.not_separable, high.not_separable]).drop_duplicates(["driver", "level"])
    return PublishedModel(
        low.fit, float(np.fmax(low.dispersion, high.dispersion)), _between(both, df), lacking.reset_index(drop=True)
    )


def _between(both: pd.DataFrame, df: float) -> pd.DataFrame:
    table = both[LEVEL].copy()
    for column in HALFWAY:
        table[column] = (both[f"{column}_a"] + both[f"{column}_b"]) / 2
    for column in WIDEST:
        table[column] = both[[f"{column}_a", f"{column}_b"]].max(axis=1, skipna=False)
    table["rate_low"] = both[["rate_low_a", "rate_low_b"]].min(axis=1, skipna=False)
    table["rate_high"] = both[["rate_high_a", "rate_high_b"]].max(axis=1, skipna=False)
    rates = both[["adjusted_rate_a", "adjusted_rate_b"]]
    wholes = pd.concat([both[f"adjusted_rate_{fill}"] - both[f"contrast_{fill}"] for fill in "ab"], axis=1)
    lowest, highest = rates.min(axis=1) - wholes.max(axis=1), rates.max(axis=1) - wholes.min(axis=1)
    error, t = table["contrast_std_error"], stats.t.ppf(0.975, df)
    table["contrast_low"], table["contrast_high"] = lowest - t * error, highest + t * error
    nearest = np.maximum(np.maximum(lowest, -highest), 0)
    table["p_value"] = np.where(error > 0, 2 * stats.t.sf(nearest / error.where(error > 0), df), np.nan)
    families = table.groupby(["driver", "component"])["p_value"]
    table["p_adjusted"] = families.transform(lambda family: false_discovery(family.to_numpy()))
    return table[ADJUSTED_COLUMNS]
