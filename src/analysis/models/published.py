"""Published counts of one year: a quasi-binomial model of grade and unit (school or district).

Students do not appear in such a table, so their dependence shows only as cells that vary more than binomial ones: the
dispersion phi = max(1, Pearson X2 / df) widens every interval (McCullagh & Nelder 1989), which is t on df.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.arrays import Flags, Ints
from analysis.language import later
from analysis.models.adjusted import adjusted_rates
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.comparable import fit_comparable
from analysis.models.covariance import model_covariance
from analysis.problems import Problem, UserError
from analysis.study import Models
from analysis.vocabulary import PAIR

PublishedOutcome = Literal["chronic", "absence"]
COUNTS = {"chronic": ("chronically_absent", "students"), "absence": ("days_absent", "days_enrolled")}


@dataclass(frozen=True)
class PublishedModel:
    """Grades and units of a published table, compared.

    Parameters
    ----------
    fit : the binomial model; its driver of the unit is called `school_id` whichever it is.
    dispersion : phi; NaN where no cells are left over to judge it by, and then there are no intervals.
    adjusted_rates, not_separable : tables of the output contract.
    """

    fit: BinomialFit
    dispersion: float
    adjusted_rates: pd.DataFrame
    not_separable: pd.DataFrame


def published_model(
    counts: pd.DataFrame, unit: str, settings: Models, outcome: PublishedOutcome = "chronic"
) -> PublishedModel:
    """Fit the cells of one published year.

    Parameters
    ----------
    counts : a row a cell of one year: `grade_level`, the unit, `students` and the outcome's two counts. Cells where one
        is missing (hidden by the source) are left out; rows that hold others (parents, totals) must not be among them.
    unit : the other driver beside grade, 'school_id' or 'district_id'.
    settings : least students for a range and for a link.

    Raises
    ------
    UserError
        Where no cell is left, or nothing can be compared.
    """
    cells = _cells(counts, unit, outcome)
    drivers = tuple(driver for driver in PAIR if cells[driver].nunique() > 1)
    if not drivers:
        seen, fix = later("the published cells have one grade and one unit"), later("Choose a file with more of them")
        raise UserError("records", Problem("model", seen, later("There is nothing to compare"), fix))
    edges = cells[[*PAIR, "students"]] if len(drivers) == len(PAIR) else None

    def fitted(keep: Flags, component: Ints) -> BinomialFit:
        return fit_binomial(cells[keep].reset_index(drop=True), drivers, component, outcome)

    _, fit, not_separable = fit_comparable(cells, edges, drivers, settings, fitted)
    dispersion = max(1.0, fit.pearson / fit.df_residual) if fit.df_residual else np.nan
    covariances = dict.fromkeys(drivers, model_covariance(fit, dispersion))
    rates = adjusted_rates(fit, covariances, _level_counts(fit, settings), max(fit.df_residual, 1))
    return PublishedModel(
        fit,
        dispersion,
        rates.assign(driver=rates["driver"].replace(PAIR[1], unit)),
        not_separable.assign(driver=not_separable["driver"].str.replace(PAIR[1], unit)),
    )


def _cells(counts: pd.DataFrame, unit: str, outcome: PublishedOutcome) -> pd.DataFrame:
    y, n = COUNTS[outcome]
    cells = pd.DataFrame(
        {
            "grade_level": counts["grade_level"].astype(str),
            "school_id": counts[unit].astype(str),
            "students": counts["students"].astype(float),
            "y": counts[y].astype(float),
            "n": counts[n].astype(float),
        }
    )
    known = cells["y"].notna() & cells["students"].notna() & (cells["n"] > 0)
    return cells.loc[known].reset_index(drop=True)


def _level_counts(fit: BinomialFit, settings: Models) -> pd.DataFrame:
    tables = []
    for driver in fit.drivers:
        sums = fit.cells.groupby(driver)["students"].sum()
        least = settings.minimum_students
        known = {"driver": driver, "level": sums.index, "students": sums, "enough": sums >= least, "least": least}
        tables.append(pd.DataFrame(known))
    return pd.concat(tables, ignore_index=True)
