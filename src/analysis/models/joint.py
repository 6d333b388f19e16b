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


def wald(fit: Fit | AbsorbedFit, covariance: Covariance, contrasts: Array, df: float = np.inf) -> JointTest:
    """Test that contrasts (rows, k) of the coefficients are all zero.

    Parameters
    ----------
    df : where it is finite, the statistic over the number of contrasts is F on so many degrees of freedom
        (`least_degrees`): by chi squared, eight months of 18 dates that do not differ would differ in 11 % of years at
        5 %.
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
        covariance = covariances[driver]
        df = least_degrees_of(fit, driver, covariance, enough, counts)
        test = wald(fit, covariance, within_part_contrasts(fit, driver, enough), df)
        rows.append((fit.outcome, driver, test.statistic, test.df, test.p_value))
    return pd.DataFrame(rows, columns=JOINT_COLUMNS)


def least_degrees(covariance: Covariance, levels: Array, dates: "pd.Series[float]") -> float:
    """Give the least degrees of freedom of a driver's levels beside each other (Welch 1947); infinite without dates.

    Of all pairs of levels, not of those with the first alone: the test must not depend on which level is the first.

    Parameters
    ----------
    levels : (L, k) the combination of the coefficients that each level is.
    dates : (L,) how many dates each has, of which a pair stands on the fewer.
    """
    of_levels = dates.to_numpy(dtype=np.float64)
    first, second = np.triu_indices(len(levels), 1)
    if covariance.by_date is None or not len(first):
        return np.inf
    return float(
        covariance.degrees_of_freedom(
            levels[first] - levels[second], np.minimum(of_levels[first], of_levels[second])
        ).min()
    )


def least_degrees_of(
    fit: Fit, driver: str, covariance: Covariance, levels: Collection[str], counts: pd.DataFrame
) -> float:
    """Give `least_degrees` of some levels of a driver; `counts` as `joint_tests` has them."""
    if covariance.by_date is None:
        return np.inf
    dates = counts[counts["driver"] == driver].set_index("level")["dates"].astype(float).fillna(np.inf)
    inside = [level for level in fit.design.levels[driver] if level in levels]
    units = np.array([fit.design.unit(driver, level) for level in inside])
    return least_degrees(covariance, units, dates.loc[inside])


def coefficient_table(
    outcome: str, terms: Sequence[str], estimates: Array, std_errors: Array, df: float = np.inf
) -> pd.DataFrame:
    """Give the table `coefficients` of the output contract: estimates on the scale of the link, with 95 % intervals.

    Parameters
    ----------
    terms, estimates, std_errors : (rows,) each.
    df : degrees of freedom of t; normal by default.
    """
    nothing = np.full(len(estimates), np.nan)  # an error is 0 where a few students are all alike: that is no test
    statistic = np.divide(estimates, std_errors, out=nothing, where=std_errors > 0)
    width = stats.t.ppf(0.975, df) * std_errors
    columns = (
        outcome, terms, estimates, std_errors, statistic, 2 * stats.t.sf(np.abs(statistic), df),
        estimates - width, estimates + width,
    )  # fmt: skip
    return pd.DataFrame(dict(zip(COEFFICIENT_COLUMNS, columns, strict=True)))
