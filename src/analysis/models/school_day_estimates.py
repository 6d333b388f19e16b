"""All that is estimated from days of schools: tables of the output contract, and whether the answer would change."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.language import later
from analysis.measures import school_days as measures
from analysis.models.model_checks import ONE_POINT, ModelCheck, by_fitted_rate, check_table
from analysis.models.robustness import AS_ON_THE_PAGE, REFUSED_COLUMNS, ROBUSTNESS_COLUMNS
from analysis.models.school_days import (
    Clusters,
    SchoolDaysModel,
    adjusted_rates,
    coefficients,
    covariance,
    every_unit_the_same,
    expected_by_date,
    fit_school_days,
    joint_tests,
    spread,
    without,
)
from analysis.models.tables import noted, stacked
from analysis.problems import UserError
from analysis.records.types import SchoolDays

BY_SCHOOL: Final = later("clustered by school alone")
PLAIN: Final = later("plain errors, every row a draw of its own")
WORST: Final = {"day": 10, "week": 1}
"""How many of the worst days (weeks) a specification leaves out."""
COUNTED: Final = later("{why} Pages 02 and 04 have the counted rates.")
WITHOUT: Final = {"day": later("without the {most} worst days"), "week": later("without the worst week")}


def school_day_estimates(source: SchoolDays) -> dict[str, Any]:
    """Estimate what days of schools allow.

    Returns
    -------
    What `estimates.Estimates` is made of: `drivers`, `refused` and tables by name.
    """
    minimum = source.study.settings.models.minimum_dates
    dates = measures.by_date(source)
    dates = noted(source, dates.assign(expected_rate=np.nan))
    found: dict[str, Any] = {"by_date": dates}
    try:
        model = fit_school_days(measures.model_rows(source), minimum, counted=source.counted)
    except UserError as error:
        return {**found, "refused": COUNTED.format(why=error.problems[0].seen)}
    if source.period == "day":  # a model with a level for every week expects of each what was observed
        dates["expected_rate"] = dates["date"].map(expected_by_date(model))
    names = {"unit": source.unit}
    return {
        **found,
        "drivers": (*model.drivers, source.unit),
        "adjusted_rates": adjusted_rates(model),
        "coefficients": coefficients(model),
        "joint_tests": joint_tests(model),
        "importance": spread(model).replace({"driver": names}),
        "not_separable": model.not_separable.replace({"driver": names}).assign(outcome="absence"),
        **_robustness(source, model, dates),
        "model_checks": check_table(_checks(model)),
    }


def _robustness(source: SchoolDays, model: SchoolDaysModel, dates: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Compare the levels that have an interval under every specification, the page's own first."""
    own = adjusted_rates(model)
    known = own.loc[own["contrast_low"].notna(), ["driver", "level"]]
    most = WORST[source.period]
    worst = set(dates.nlargest(most, "absence_rate")["date"])
    words = WITHOUT[source.period].format(most=most)
    ways: list[tuple[str, str, Callable[[], pd.DataFrame]]] = [
        ("", AS_ON_THE_PAGE, lambda: own),
        ("errors", BY_SCHOOL, lambda: adjusted_rates(model, "unit")),
        ("errors", PLAIN, lambda: adjusted_rates(model, "row")),
        ("worst", words, lambda: adjusted_rates(without(model, worst))),
    ]
    if source.weighs != "schools":
        same = later("every school (or area) and date the same weight")
        ways.append(("weights", same, lambda: adjusted_rates(every_unit_the_same(model))))
    tables, refused = [], []
    for check, specification, rates in ways if len(known) else ():
        try:
            table = known.merge(rates(), on=["driver", "level"])
        except UserError as error:  # too little is left
            refused.append(("absence", check, specification, error.problems[0].seen))
            continue
        tables.append(table.assign(check=check, specification=f"absence: {specification}")[ROBUSTNESS_COLUMNS])
    found = stacked(tables, ROBUSTNESS_COLUMNS)
    return {"robustness": found, "robustness_refused": pd.DataFrame(refused, columns=REFUSED_COLUMNS)}


def _checks(model: SchoolDaysModel) -> list[ModelCheck]:
    influence = model.fit.influence_of_coefficients()
    known = np.array([level in model.enough[driver] for driver, level in list(model.design.columns)[1:]], dtype=bool)
    unit = np.eye(len(known))[known]
    n, y, expected = by_fitted_rate(model.fit.rows.n, model.fit.rows.y, model.fit.fitted)
    ways: tuple[Clusters, ...] = ("unit and date", "unit", "row")
    error = {way: np.sqrt(covariance(model, influence, way).variances(unit)) for way in ways}

    def wider(way: Clusters) -> float:
        return float(np.median(error["unit and date"] / error[way])) if known.any() else np.nan

    return [
        ModelCheck(
            "absence: " + later("clustered over plain error"), wider("row"), np.nan,
            later(
                "How many times wider intervals are than they would be if every school (or area) and date were a draw"
                " of its own."
            ),
        ),
        ModelCheck(
            "absence: " + later("clustered by school and date over school alone"), wider("unit"), np.nan,
            later(
                "How many times wider intervals are than if schools (or areas) did not share a date: its weather, its"
                " illnesses."
            ),
        ),
        ModelCheck(
            "absence: " + later("calibration"), float(np.max(np.abs(y - expected) / n)), ONE_POINT,
            later(
                "The largest gap between observed and fitted rate in ten groups of rows, from the lowest to the"
                " highest, as a share. Over one point, the model's form misses something."
            ),
        ),
    ]  # fmt: skip
