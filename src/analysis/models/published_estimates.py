"""All that is estimated from published counts: grades compared over schools, or over districts in focus."""

from typing import Any

import pandas as pd

from analysis.language import later
from analysis.models.model_checks import ALLOWED_FOR, CHECK_COLUMNS
from analysis.models.published import COUNTS, published_model
from analysis.models.published_fills import between_fills, endless
from analysis.problems import UserError
from analysis.records.types import PublishedCounts

DISPERSION = later("dispersion phi of the published cells")
HIDDEN_CELLS = later("cells hidden by the source")
FILLED = later(
    "{hidden} of {cells} cells are hidden by the source: fitted with all at their lowest and at their highest;"
    " intervals reach from one to the other."
)
ONE_DISTRICT = later(
    "These records are about one {district}, its grades counted over all its schools: whether it is the grade or the"
    " {unit} cannot be told from them. Page 02 has the counted rates."
)
ONE_SCHOOL = later(
    "These records are about one school: whether it is the grade or the school cannot be told from them. Page 02 has"
    " the counted rates."
)
NO_GRADES = later(
    "These records have no grades: whether it is the grade or the {unit} cannot be told from them. Page 02 has the"
    " counted rates."
)
SIZES_UNKNOWN = later(
    "{hidden} of {cells} cells are hidden by the source, and how many students they have is not known: a model of the"
    " others alone would be about the large cells."
)


def published_estimates(source: PublishedCounts) -> dict[str, Any]:
    """Compare grades over schools or districts in focus; where cells are hidden, at both their fills.

    Returns
    -------
    What `estimates.Estimates` is made of: `drivers` and tables by name, or why there is no model (`refused`).
    """
    cells, unit = _cells(source)
    if refused := _nothing_to_compare(source, cells, unit):
        return {"refused": refused}
    outcome = source.outcome
    cells = cells[cells["hidden"] != "not_available"]
    hidden = int(cells[list(COUNTS[outcome])].isna().any(axis=1).sum())
    numbers = {"hidden": f"{hidden:,}", "cells": f"{len(cells):,}"}
    if hidden and endless(cells, outcome):
        return {"refused": SIZES_UNKNOWN.format(**numbers)}
    fit = between_fills if hidden else published_model
    try:
        model = fit(cells, unit, source.study.settings.models, outcome)
    except UserError as error:
        return {"refused": str(error)}
    meaning = later(
        "How many times more cells vary than independent students would; intervals are wider by its square root."
    )
    checks = [(f"{outcome}: {DISPERSION}", model.dispersion, 1.0, ALLOWED_FOR, meaning)]
    if hidden:
        checks.append((f"{outcome}: {HIDDEN_CELLS}", float(hidden), 0.0, ALLOWED_FOR, FILLED.format(**numbers)))
    return {
        "drivers": tuple(unit if driver == "school_id" else driver for driver in model.fit.drivers),
        "adjusted_rates": model.adjusted_rates,
        "not_separable": model.not_separable.assign(outcome=outcome),
        "model_checks": pd.DataFrame(checks, columns=CHECK_COLUMNS),
    }


def _nothing_to_compare(source: PublishedCounts, cells: pd.DataFrame, unit: str) -> str:
    """Say why grades and units cannot be told apart; '' where they may be."""
    one = source.study.district_word
    if cells["grade_level"].nunique() < 2:
        return NO_GRADES.format(unit=later("school") if unit == "school_id" else one)
    if cells[unit].nunique() < 2:
        return ONE_DISTRICT.format(district=one, unit=one) if unit == "district_id" else ONE_SCHOOL
    return ""


def _cells(source: PublishedCounts) -> tuple[pd.DataFrame, str]:
    """Give the cells of grade and unit for a model, and the unit: schools, else districts in focus."""
    counts = source.counts
    cells = counts[(counts["school_year"] == source.year) & (counts["group"] == "") & ~counts["parent"]]
    focus = source.study.settings.focus.district_id
    cells = cells[cells["district_id"].isin(focus)] if focus else cells
    unit = "school_id" if (cells["school_id"] != "").any() else "district_id"
    cells = cells[cells["grade_level"].isin(source.study.settings.definitions.grades)]
    return (cells[cells["school_id"] != ""] if unit == "school_id" else cells), unit
