"""Shares of the explained deviance: how much is the grade's, the school's, either's, the season's.

`shapley` is the exact decomposition over all subsets of drivers (Lindeman, Merenda & Gold 1980; Groemping 2007), for
those who know it and for the comparison with R. Pages print `explained_shares`: what a driver explains beyond the
others, with the part that chance alone would explain taken off.
"""

from collections.abc import Mapping
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd

from analysis.measures.cells import Cells
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.covariance import meat
from analysis.models.joint import JointTest
from analysis.models.parts import PAIR

CHANCE = 0.01
"""A share is printed only where its joint test has a p of at most this."""

Subset = frozenset[str]


def subset_fits(fit: BinomialFit, subsets: list[Subset]) -> dict[Subset, BinomialFit]:
    """Fit the model with only some of its drivers, on the same cells."""
    fits = {}
    for subset in subsets:
        drivers = tuple(driver for driver in fit.drivers if driver in subset)
        fits[subset] = fit if drivers == fit.drivers else fit_binomial(fit.cells, drivers, fit.component, fit.outcome)
    return fits


def shapley(deviances: Mapping[Subset, float]) -> dict[str, float]:
    """Share out the deviance that all drivers explain.

    Parameters
    ----------
    deviances : of the model with each subset of the drivers, the empty one among them.

    Returns
    -------
    dict of deviance by driver; its sum is deviance(none) - deviance(all).
    """
    drivers = sorted(frozenset().union(*deviances))
    count = len(drivers)
    value = {}
    for driver in drivers:
        others = [other for other in drivers if other != driver]
        value[driver] = sum(
            factorial(size) * factorial(count - size - 1) / factorial(count)
            * (deviances[frozenset(chosen)] - deviances[frozenset((*chosen, driver))])
            for size in range(count)
            for chosen in combinations(others, size)
        )  # fmt: skip
    return value


def all_subsets(drivers: tuple[str, ...]) -> list[Subset]:
    """List the 2^k subsets of the drivers."""
    return [frozenset(chosen) for size in range(len(drivers) + 1) for chosen in combinations(drivers, size)]


def explained_shares(fit: BinomialFit, cells: Cells, tests: Mapping[str, JointTest]) -> pd.DataFrame:
    """Split the explained deviance into grade beyond school, school beyond grade, either, and the season.

    The four sum to one before the refusals. Chance alone explains tr(B M) in each fit, B its inverse information and M
    its student-clustered meat; that is taken off.

    Parameters
    ----------
    fit : the model of all drivers.
    cells : the same cells, for the score sums of the smaller fits.
    tests : joint tests of 'grade_level', 'school_id' and 'season' (all other drivers together).

    Returns
    -------
    DataFrame `outcome, driver, share, share_low, share_high`. A share is NaN where it is no more than chance would
    give: its joint test has p > 0.01, or more than half of it is noise. A negative one is 0. Intervals need a jackknife
    over students and are still empty.
    """
    if not set(PAIR) <= set(fit.drivers):
        return pd.DataFrame(columns=["outcome", "driver", "share", "share_low", "share_high"])
    grade, school = PAIR
    season = frozenset(fit.drivers) - set(PAIR)
    everything = frozenset(fit.drivers)
    needed = [frozenset(), everything, everything - {grade}, everything - {school}, frozenset(PAIR)]
    fits = subset_fits(fit, list(dict.fromkeys(needed)))
    deviance = {subset: fitted.deviance for subset, fitted in fits.items()}
    noise = {subset: _noise(fitted, cells) for subset, fitted in fits.items()}

    raw = _four(deviance, everything, season)
    chance = _four({subset: -value for subset, value in noise.items()}, everything, season)
    explained = sum(raw[name] - chance[name] for name in raw)
    p_of = {
        f"{grade} beyond {school}": tests[grade].p_value,
        f"{school} beyond {grade}": tests[school].p_value,
        f"{grade} or {school}": np.nanmin([tests[grade].p_value, tests[school].p_value, 1]),
        "season": tests["season"].p_value if season else np.nan,
    }
    rows = []
    for name, value in raw.items():
        refused = not p_of[name] <= CHANCE or chance[name] > abs(value) / 2 or explained <= 0
        share = np.nan if refused else max(0.0, (value - chance[name]) / explained)
        rows.append((fit.outcome, name, share, np.nan, np.nan))
    return pd.DataFrame(rows, columns=["outcome", "driver", "share", "share_low", "share_high"])


def _four(value: Mapping[Subset, float], everything: Subset, season: Subset) -> dict[str, float]:
    """Give the fall of a deviance (or the rise of its noise) that belongs to each of the four."""
    grade, school = PAIR
    beyond_school = value[everything - {grade}] - value[everything]
    beyond_grade = value[everything - {school}] - value[everything]
    of_season = value[frozenset(PAIR)] - value[everything]
    total = value[frozenset()] - value[everything]
    four = {
        f"{grade} beyond {school}": beyond_school,
        f"{school} beyond {grade}": beyond_grade,
        f"{grade} or {school}": total - of_season - beyond_school - beyond_grade,
    }
    return {**four, "season": of_season} if season else four


def _noise(fit: BinomialFit, cells: Cells) -> float:
    products = cells.products(fit.fitted, "student_id", fit.drivers or cells.drivers[-1:])
    return float(np.trace(fit.bread @ meat(fit, products))) * products.clusters / max(products.clusters - 1, 1)
