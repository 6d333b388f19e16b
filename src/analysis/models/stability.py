"""Whether schools stay where they are from year to year: this year's difference from expected beside the last one's."""

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Array
from analysis.measures.outcomes import drivers_of, summed_cells
from analysis.measures.student_years import counted_stays
from analysis.models.drivers import fit_drivers
from analysis.models.expected import SCHOOL, observed_minus_expected
from analysis.models.joint import enough_levels
from analysis.problems import UserError
from analysis.records.types import StudentRecords

STABILITY_COLUMNS = ["level", "schools", "correlation", "correlation_low", "correlation_high", "same_side"]
FEWEST_SCHOOLS = 10
"""Schools in both years from which a correlation is given: of nine, an interval about 0 reaches past 0.66."""


def stability(source: StudentRecords) -> pd.DataFrame:
    """Correlate the schools' differences from expected of each two years that follow each other in the records.

    Expected holds grades alone, over each whole year, and is that of the year's own average school. Only schools with
    students enough for a range in both years count; each counts once.

    Returns
    -------
    DataFrame of `STABILITY_COLUMNS`, a row a pair of years ('2016-17 to 2017-18'): Pearson's correlation of observed
    minus expected with Fisher's interval (empty under `FEWEST_SCHOOLS` schools), and how many of the schools were on
    the same side of expected in both years. Chance in each year draws the correlation towards 0.
    """
    years = [year for year in source.years if year <= source.year]
    differences = {year: _differences(source, year) for year in years} if len(years) > 1 else {}
    rows = []
    for before, after in pairwise(differences):
        both = pd.concat([differences[before], differences[after]], axis=1, join="inner")
        if len(both) > 1:
            same = int((np.sign(both.iloc[:, 0]) == np.sign(both.iloc[:, 1])).sum())
            rows.append((f"{before} to {after}", len(both), *correlation(*both.to_numpy().T), same))
    return pd.DataFrame(rows, columns=STABILITY_COLUMNS)


def correlation(one: Array, other: Array) -> tuple[float, float, float]:
    """Give Pearson's correlation with Fisher's (1921) 95 % interval; NaN under `FEWEST_SCHOOLS` pairs."""
    if len(one) < FEWEST_SCHOOLS or not np.ptp(one) or not np.ptp(other):
        return np.nan, np.nan, np.nan
    found = stats.pearsonr(one, other)
    low, high = found.confidence_interval(0.95)
    return float(found.statistic), float(low), float(high)


def _differences(source: StudentRecords, year: str) -> "pd.Series[float]":
    """Give observed minus expected of a year by school, of schools with students enough for a range."""
    stays = counted_stays(source, year=year)
    drivers = drivers_of(source, stays)
    if SCHOOL not in drivers:
        return pd.Series(dtype=float)
    try:
        model = fit_drivers(summed_cells(stays, drivers), source.study.settings.models)
    except UserError:
        return pd.Series(dtype=float)
    enough = enough_levels(model.counts, SCHOOL)
    parts = [observed_minus_expected(model.fit, part) for part in model.fit.parts]
    found = [pd.Series(part.difference, list(part.schools), dtype=float) for part in parts if len(part.schools) > 1]
    together = pd.concat(found) if found else pd.Series(dtype=float)
    return together[together.index.isin(enough)]
