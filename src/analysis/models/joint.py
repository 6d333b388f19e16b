"""Joint tests: does a driver matter at all, within the parts where its levels can be compared?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Array
from analysis.models.covariance import Covariance
from analysis.models.fit import Fit
from analysis.vocabulary import PAIR

JOINT_COLUMNS = ["outcome", "driver", "statistic", "df", "p_value"]


@dataclass(frozen=True)
class JointTest:
    """A Wald test that several linear combinations of the coefficients are zero.

    Parameters
    ----------
    statistic : chi squared; NaN where the covariance has no inverse.
    df : how many combinations.
    p_value : of the chi squared.
    """

    statistic: float
    df: int
    p_value: float


def wald(fit: Fit, covariance: Covariance, contrasts: Array) -> JointTest:
    """Test that contrasts (rows, k) of the coefficients are all zero."""
    if not len(contrasts):
        return JointTest(np.nan, 0, np.nan)
    values = contrasts @ fit.coefficients
    try:
        statistic = float(values @ np.linalg.solve(covariance.of(contrasts), values))
    except np.linalg.LinAlgError:
        statistic = np.nan
    if not statistic >= 0:
        return JointTest(np.nan, len(contrasts), np.nan)
    return JointTest(statistic, len(contrasts), float(stats.chi2.sf(statistic, len(contrasts))))


def within_part_contrasts(fit: Fit, driver: str, levels: Collection[str], parts: Collection[int] = ()) -> Array:
    """Give the contrasts (rows, k) of a driver's levels with the first of their part, in log-odds.

    Parameters
    ----------
    levels : the levels to compare; others are left out.
    parts : which parts, all by default; drivers other than grade and school have one.
    """
    pairs = within_part_pairs(fit, driver, levels, parts)
    rows = [_unit(fit, driver, level) - _unit(fit, driver, first) for level, first in pairs]
    return np.array(rows).reshape(len(rows), len(fit.coefficients))


def within_part_pairs(
    fit: Fit, driver: str, levels: Collection[str], parts: Collection[int] = ()
) -> list[tuple[str, str]]:
    """Pair each of a driver's levels but the first of its part with that first one."""
    pairs = []
    for part in (parts or fit.parts) if driver in PAIR else (0,):
        inside = [level for level in fit.levels_of(driver, part) if level in levels]
        pairs += [(level, inside[0]) for level in inside[1:]]
    return pairs


def joint_tests(fit: Fit, covariances: Mapping[str, Covariance], counts: pd.DataFrame) -> pd.DataFrame:
    """Test each driver over its levels with enough students (or dates), all parts together.

    A level with few students has a clustered variance near zero, which would let it decide the test alone.

    Parameters
    ----------
    counts : `driver, level, enough`.

    Returns
    -------
    DataFrame, `outcome, driver, statistic, df, p_value`, a row a driver.
    """
    rows = []
    for driver in fit.drivers:
        enough = counts.loc[(counts["driver"] == driver) & counts["enough"], "level"]
        test = wald(fit, covariances[driver], within_part_contrasts(fit, driver, set(enough)))
        rows.append((fit.outcome, driver, test.statistic, test.df, test.p_value))
    return pd.DataFrame(rows, columns=JOINT_COLUMNS)


def _unit(fit: Fit, driver: str, level: str) -> Array:
    unit = np.zeros(len(fit.coefficients))
    column = fit.design.columns.get((driver, level))
    if column is not None:
        unit[column] = 1
    return unit
