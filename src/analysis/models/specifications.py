"""Would the answer change? The grade contrasts again: other errors, other rules, unmarked days, one school fewer."""

from typing import Any

import numpy as np
import pandas as pd

from analysis.measures.cells import Cells
from analysis.measures.outcomes import Unmarked, absence_cells, chronic_cells
from analysis.measures.quality import other_rules, rule_in_words
from analysis.models.adjusted import adjusted_rates
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.covariance import model_covariance
from analysis.models.drivers import DriverModel, fit_drivers
from analysis.models.parts import PAIR
from analysis.models.robustness import robustness
from analysis.models.standardise import standardise
from analysis.problems import UserError
from analysis.records.types import StudentRecords

MINIMUMS = (1, 30, 45, 90)


def other_specifications(source: StudentRecords, models: list[DriverModel]) -> pd.DataFrame:
    """Compare grades under every specification; the page's own come first.

    Parameters
    ----------
    models : the page's models of absence and, where there is one, of chronic absence.

    Returns
    -------
    DataFrame `specification, driver, level, contrast, contrast_low, contrast_high`; 'one school left out' has the
    smallest and the largest contrast over all schools, without an interval.
    """
    absence = models[0]
    if "grade_level" not in absence.fit.drivers:
        return robustness([])
    found = [(f"{model.fit.outcome}: as on the page", _grades(model.adjusted_rates)) for model in models]
    if source.measure == "days":
        found.append(("absence: plain errors, every day a draw of its own", _plain(absence)))
    bounds: tuple[Unmarked, ...] = ("present", "absent")
    for unmarked in bounds if source.marked else ():
        cells = absence_cells(source, unmarked)
        found.append((f"absence: unmarked days taken as {unmarked}", _refitted(cells, source)))
    if len(models) > 1:
        own = source.study.settings.definitions
        for other in other_rules(own, source.measure, MINIMUMS):
            if other != own:
                words = rule_in_words(other, source.measure).removeprefix("absent ")
                found.append((f"chronic: {words}", _refitted(chronic_cells(source, other), source)))
    if "school_id" in absence.fit.drivers:
        found += _one_school_fewer(absence)
    return robustness((label, table) for label, table in found if len(table))


def _grades(rates: pd.DataFrame) -> pd.DataFrame:
    return rates[rates["driver"] == "grade_level"]


def _plain(model: DriverModel) -> pd.DataFrame:
    plain = dict.fromkeys(model.fit.drivers, model_covariance(model.fit))
    return _grades(adjusted_rates(model.fit, plain, model.counts))


def _refitted(cells: Cells, source: StudentRecords) -> pd.DataFrame:
    try:
        return _grades(fit_drivers(cells, source.study.settings.models).adjusted_rates)
    except UserError:
        return pd.DataFrame()


def _one_school_fewer(model: DriverModel) -> list[tuple[str, pd.DataFrame]]:
    """Refit without each school in turn, the season summed out, and keep each grade's smallest and largest contrast."""
    fit = model.fit
    cells = fit.cells.assign(component=fit.component).groupby([*PAIR, "component"], as_index=False)[["n", "y"]].sum()
    contrasts = []
    for school in sorted(cells["school_id"].unique()):
        kept = cells[cells["school_id"] != school].reset_index(drop=True)
        try:
            contrasts.append(_point_contrasts(fit_binomial(kept, PAIR, kept["component"].to_numpy(), fit.outcome)))
        except UserError:  # without this school its part falls apart
            continue
    if not contrasts:
        return []
    levels = pd.concat(contrasts).groupby("level", sort=False)["contrast"]
    missing: dict[str, Any] = {"driver": "grade_level", "contrast_low": np.nan, "contrast_high": np.nan}
    return [
        (f"absence: one school left out, {words}", values.rename_axis("level").reset_index().assign(**missing))
        for words, values in (("smallest", levels.min()), ("largest", levels.max()))
    ]


def _point_contrasts(fit: BinomialFit) -> pd.DataFrame:
    tables = []
    for part in np.unique(fit.component):
        rated = standardise(fit, "grade_level", fit.component == part)
        tables.append(pd.DataFrame({"level": rated.levels, "contrast": rated.contrasts}))
    return pd.concat(tables, ignore_index=True)
