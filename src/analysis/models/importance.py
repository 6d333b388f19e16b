"""Shares of the explained deviance: how much is the grade's, the school's, either's, the season's.

What a driver explains beyond the others, with the part that chance alone would explain taken off: not Shapley's shares
(Lindeman, Merenda & Gold 1980), which divide what no data can tell apart; `tests/reference` holds those to R.
"""

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import logit

from analysis.arrays import Array
from analysis.measures.cells import Cells
from analysis.measures.linear_sums import linear_sums
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.covariance import meat, quadratic
from analysis.models.drivers import DriverModel
from analysis.models.joint import JointTest, enough_levels, least_degrees_of, wald, within_part_contrasts
from analysis.vocabulary import PAIR

CHANCE = 0.01
"""A share is printed only where its joint test has a p of at most this."""

IMPORTANCE_COLUMNS = ["outcome", "driver", "share", "share_low", "share_high"]

Subset = frozenset[str]


def subset_fits(fit: BinomialFit, subsets: list[Subset]) -> dict[Subset, BinomialFit]:
    """Fit the model with only some of its drivers, on the same cells."""
    fits = {}
    for subset in subsets:
        drivers = tuple(driver for driver in fit.drivers if driver in subset)
        fits[subset] = fit if drivers == fit.drivers else fit_binomial(fit.cells, drivers, fit.component, fit.outcome)
    return fits


def explained_shares(model: DriverModel) -> pd.DataFrame:
    """Split the explained deviance into grade beyond school, school beyond grade, either, and the season.

    The four sum to one before the refusals. Chance alone explains tr(B M) in each fit, B its inverse information and M
    its student-clustered meat; that is taken off. What dates that differ by chance add to the season is taken off too.

    Returns
    -------
    DataFrame `outcome, driver, share, share_low, share_high`; empty where grade and school are not both drivers. A
    share is NaN where it is no more than chance would give: its joint test has p > 0.01, or more than half of it is
    noise. A negative one is 0. Intervals are 95 %, by an infinitesimal jackknife over students (their numbers in grades
    and schools vary with them), and dates.
    """
    fit, cells = model.fit, model.cells
    if not set(PAIR) <= set(fit.drivers):
        return pd.DataFrame(columns=IMPORTANCE_COLUMNS)
    by_date = next((one.extra for one in model.covariances.values() if one.extra is not None), None)
    tests = _joint_tests(model)
    grade, school = PAIR
    everything = frozenset(fit.drivers)
    season = everything - set(PAIR)
    needed = [frozenset(), everything - {grade}, everything - {school}, *([frozenset(PAIR)] if season else [])]
    smaller = subset_fits(fit, needed)
    names = [f"{grade} beyond {school}", f"{school} beyond {grade}", f"{grade} or {school}", "season"]
    # rows: the four; columns: the fall of deviance to the full fit from none, without grade, school, the season
    four = np.array([[0, 1, 0, 0], [0, 0, 1, 0], [1, -1, -1, -1], [0, 0, 0, 1]], dtype=np.float64)
    four = four if season else four[:3, :3]

    noise = _noise(fit, cells) - np.array([_noise(one, cells) for one in smaller.values()])
    raw = four @ np.array([one.deviance - fit.deviance for one in smaller.values()])
    chance = four @ noise
    if season:
        chance[-1] += _noise_of_dates(fit, season, by_date)
    explained = (raw.sum() - chance.sum()) or np.nan
    shares = (raw - chance) / explained
    errors = _jackknife(fit, list(smaller.values()), cells, four - np.outer(shares, four.sum(axis=0)), by_date)
    errors = errors / abs(explained)

    p_values = [tests[grade].p_value, tests[school].p_value]
    p_values += [np.nanmin([*p_values, 1]), tests["season"].p_value]
    refused = ~(np.array(p_values[: len(four)]) <= CHANCE) | (chance > np.abs(raw) / 2) | (explained <= 0)
    shares[refused] = np.nan
    width = stats.norm.ppf(0.975) * errors
    return pd.DataFrame(
        {
            "outcome": fit.outcome,
            "driver": names[: len(four)],
            "share": np.clip(shares, 0, 1),
            "share_low": np.clip(shares - width, 0, 1),
            "share_high": np.clip(shares + width, 0, 1),
        }
    )


def _joint_tests(model: DriverModel) -> dict[str, JointTest]:
    """Test grade, school, and all drivers of the season together ('season')."""
    fit = model.fit
    seasonal = tuple(driver for driver in fit.drivers if driver not in PAIR)
    tests = {}
    for name, drivers in {**{driver: (driver,) for driver in PAIR}, "season": seasonal}.items():
        contrasts, df = [np.empty((0, len(fit.coefficients)))], np.inf
        covariance = model.covariances[drivers[0] if drivers else ""]
        for driver in drivers:
            enough = enough_levels(model.counts, driver)
            contrasts.append(within_part_contrasts(fit, driver, enough))
            df = min(df, least_degrees_of(fit, driver, covariance, enough, model.counts))
        tests[name] = wald(fit, covariance, np.concatenate(contrasts), df)
    return tests


def _jackknife(
    fit: BinomialFit, smaller: list[BinomialFit], cells: Cells, contrasts: Array, by_date: Array | None
) -> Array:
    """Give standard errors of linear combinations (rows, fits) of the falls in deviance, 2 (l(full) - l(smaller)).

    A student's influence is the student's own fall: the coefficients' shares of it are zero where a likelihood is at
    its maximum. Dates are given (the calendar is), so theirs is that of their residuals: 2 (eta(full) - eta(smaller))
    times y - n p.
    """
    odds = np.column_stack([logit(fit.fitted) - logit(one.fitted) for one in smaller])
    present = np.column_stack([np.log1p(-fit.fitted) - np.log1p(-one.fitted) for one in smaller])
    sums = linear_sums(cells, odds, present)
    spread = sums.products - np.outer(sums.totals, sums.totals) / sums.students
    variances = 4 * quadratic(contrasts, spread) * sums.students / max(sums.students - 1, 1)
    if by_date is not None:
        X = fit.design.matrix  # eta(full) - eta(smaller) is X times `turned`, and B X'W(eta) the same times the bread
        turned = X.T @ (fit.weights[:, None] * odds)
        variances = variances + np.maximum(4 * quadratic(contrasts @ turned.T, by_date), 0)
    return np.sqrt(variances)


def _noise(fit: BinomialFit, cells: Cells) -> float:
    products = cells.products(fit.fitted, "student_id", fit.drivers or cells.drivers[-1:])
    return float(np.trace(fit.bread @ meat(fit, products))) * products.clusters / max(products.clusters - 1, 1)


def _noise_of_dates(fit: BinomialFit, season: Subset, by_date: Array | None) -> float:
    """Give what the season explains by chance because dates differ: tr(I V), I its information given the rest."""
    if by_date is None:
        return 0.0
    columns = [column for (driver, _), column in fit.design.columns.items() if driver in season]
    block = np.ix_(columns, columns)
    return max(0.0, float(np.trace(np.linalg.solve(fit.bread[block], by_date[block]))))
