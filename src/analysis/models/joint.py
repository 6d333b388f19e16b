"""Contrasts of coefficients within the parts where levels can be compared: each beside its error, and all jointly."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Array
from analysis.models.absorbed import AbsorbedFit
from analysis.models.covariance import Covariance
from analysis.models.fit import Fit

JOINT_COLUMNS = ["outcome", "driver", "statistic", "df", "p_value"]
COEFFICIENT_COLUMNS = ["outcome", "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]


@dataclass(frozen=True)
class JointTest:
    """A Wald test that several linear combinations of the coefficients are zero.

    Parameters
    ----------
    statistic : chi squared; NaN where the covariance has no inverse.
    df : how many combinations.
    p_value : of the chi squared, or of F where it stands on few dates.
    """

    statistic: float
    df: int
    p_value: float


def wald(
    fit: Fit | AbsorbedFit, covariance: Covariance, contrasts: Array, dates: Array | None = None, most: float = np.inf
) -> JointTest:
    """Test that contrasts (rows, k) of the coefficients are all zero.

    Parameters
    ----------
    dates : (rows,) how many dates each contrast stands on. The statistic over its df is then F on the least of the
        contrasts' degrees of freedom (Welch 1947): by chi squared, eight months of 18 dates that do not differ would
        differ in 11 % of years at 5 %.
    most : degrees of freedom that F has no more of.
    """
    if not len(contrasts):
        return JointTest(np.nan, 0, np.nan)
    values = contrasts @ fit.coefficients
    try:
        statistic = float(values @ np.linalg.solve(covariance.of(contrasts), values))
    except np.linalg.LinAlgError:
        statistic = np.nan
    if not statistic >= 0:
        return JointTest(np.nan, len(contrasts), np.nan)
    size = len(contrasts)
    df = most if dates is None else min(most, float(covariance.degrees_of_freedom(contrasts, dates).min()))
    p = stats.f.sf(statistic / size, size, df) if np.isfinite(df) else stats.chi2.sf(statistic, size)
    return JointTest(statistic, size, float(p))


def enough_levels(counts: pd.DataFrame, driver: str) -> set[str]:
    """Name the levels of a driver that have students (or dates) enough, from `driver, level, enough`."""
    return set(counts.loc[(counts["driver"] == driver) & counts["enough"], "level"])


def within_part_contrasts(fit: Fit, driver: str, levels: Collection[str]) -> Array:
    """Give the contrasts (rows, k) of a driver's levels with the first of their part, in log-odds.

    Parameters
    ----------
    levels : the levels to compare; others are left out.
    """
    pairs = within_part_pairs(fit, driver, levels)
    rows = [fit.design.unit(driver, level) - fit.design.unit(driver, first) for level, first in pairs]
    return np.array(rows).reshape(len(rows), len(fit.coefficients))


def within_part_pairs(fit: Fit, driver: str, levels: Collection[str]) -> list[tuple[str, str]]:
    """Pair each of a driver's levels but the first of its part with that first one."""
    pairs = []
    for part in fit.parts_of(driver):
        inside = [level for level in fit.levels_of(driver, part) if level in levels]
        pairs += [(level, inside[0]) for level in inside[1:]]
    return pairs


def joint_tests(fit: Fit, covariances: Mapping[str, Covariance], counts: pd.DataFrame) -> pd.DataFrame:
    """Test each driver over its levels with enough students (or dates), all parts together.

    A level with few students has a clustered variance near zero, which would let it decide the test alone.

    Parameters
    ----------
    counts : `driver, level, enough`, and `dates` where they are counted.

    Returns
    -------
    DataFrame, `outcome, driver, statistic, df, p_value`, a row a driver.
    """
    rows = []
    for driver in fit.drivers:
        enough = enough_levels(counts, driver)
        contrasts, dates = within_part_contrasts(fit, driver, enough), dates_of_pairs(fit, driver, enough, counts)
        test = wald(fit, covariances[driver], contrasts, dates)
        rows.append((fit.outcome, driver, test.statistic, test.df, test.p_value))
    return pd.DataFrame(rows, columns=JOINT_COLUMNS)


def dates_of_pairs(fit: Fit, driver: str, levels: Collection[str], counts: pd.DataFrame) -> Array:
    """Give (rows,) the fewer dates of each pair of `within_part_pairs`; infinite where dates are not counted."""
    pairs = within_part_pairs(fit, driver, levels)
    if "dates" not in counts:
        return np.full(len(pairs), np.inf)
    dates = counts[counts["driver"] == driver].set_index("level")["dates"].astype(float).fillna(np.inf)
    return np.array([min(dates[level], dates[first]) for level, first in pairs], dtype=np.float64)


def coefficient_table(
    outcome: str, terms: Sequence[str], estimates: Array, std_errors: Array, df: float = np.inf
) -> pd.DataFrame:
    """Give the table `coefficients` of the output contract: estimates on the scale of the link, with 95 % intervals.

    Parameters
    ----------
    terms, estimates, std_errors : (rows,) each.
    df : degrees of freedom of t; normal by default.
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # an error is 0 where a few students are all alike
        statistic = estimates / std_errors
    width = stats.t.ppf(0.975, df) * std_errors
    columns = (
        outcome, terms, estimates, std_errors, statistic, 2 * stats.t.sf(np.abs(statistic), df),
        estimates - width, estimates + width,
    )  # fmt: skip
    return pd.DataFrame(dict(zip(COEFFICIENT_COLUMNS, columns, strict=True)))
