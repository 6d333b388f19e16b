"""All that is estimated from the records of a study, made once and kept: the tables that pages are written from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.language import later
from analysis.measures.outcomes import absence_by_date, absence_cells, chronic_cells, day_cells, day_drivers, drivers_of
from analysis.models.adjusted import ADJUSTED_COLUMNS
from analysis.models.days_absent import days_checks, fit_days
from analysis.models.drivers import DriverModel, Model, fit_drivers, fit_model
from analysis.models.importance import IMPORTANCE_COLUMNS, explained_shares
from analysis.models.interactions import interaction_tests
from analysis.models.joint import COEFFICIENT_COLUMNS, JOINT_COLUMNS
from analysis.models.model_checks import ALLOWED_FOR, CHECK_COLUMNS, check_table, date_check, model_checks
from analysis.models.months_by_level import MONTHS_COLUMNS, months_by_level
from analysis.models.parts import NOT_SEPARABLE_COLUMNS
from analysis.models.published import COUNTS, published_model
from analysis.models.published_fills import between_fills, endless
from analysis.models.robustness import REFUSED_COLUMNS, ROBUSTNESS_COLUMNS, robustness
from analysis.models.robustness.answer import Answer
from analysis.models.school_day_estimates import school_day_estimates
from analysis.models.school_share import share_between_schools
from analysis.models.schools import SCHOOL_COLUMNS, school_effects
from analysis.models.stability import STABILITY_COLUMNS, stability
from analysis.models.student_checks import school_influence, student_checks
from analysis.problems import UserError
from analysis.records import once
from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords
from analysis.vocabulary import LEVEL_COLUMNS

DISPERSION = later("dispersion phi of the published cells")
HIDDEN_CELLS = later("cells hidden by the source")
FILLED = later(
    "{hidden} of {cells} cells are hidden by the source: fitted with all at their lowest and at their highest;"
    " intervals reach from one to the other."
)
AS_A_PROBLEM = later("model: {seen}. {why}. {fix}.")
"""How `Problem` says why a model was refused: its parts are marked where it is raised."""
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
MANY_SCHOOLS = later(
    "{schools} schools are modelled together: none is shrunken or flagged, and no check of page 06 is made; put"
    " districts in focus for these."
)
SIZES_UNKNOWN = later(
    "{hidden} of {cells} cells are hidden by the source, and how many students they have is not known: a model of the"
    " others alone would be about the large cells."
)
COLUMNS = {
    "adjusted_rates": ADJUSTED_COLUMNS,
    "coefficients": COEFFICIENT_COLUMNS,
    "adjusted_months_by_level": MONTHS_COLUMNS,
    "joint_tests": JOINT_COLUMNS,
    "importance": IMPORTANCE_COLUMNS,
    "not_separable": ["outcome", *NOT_SEPARABLE_COLUMNS],
    "school_effects": SCHOOL_COLUMNS,
    "school_stability": STABILITY_COLUMNS,
    "robustness": ROBUSTNESS_COLUMNS,
    "robustness_refused": REFUSED_COLUMNS,
    "model_checks": CHECK_COLUMNS,
    "by_date": ["date", "days_enrolled", "days_absent", "absence_rate", "expected_rate", "note"],
}
"""Columns of every table, after `school_year, district_id, level_type`."""


@dataclass(frozen=True)
class Estimates:
    """Exact tables, before the disclosure gate, each beginning with `school_year, district_id, level_type`.

    A table is empty where the source cannot give it; the tables are those of the output contract.

    Parameters
    ----------
    drivers : the drivers of the model of absence.
    refused : why there is no model; empty where there is one.
    schools_refused : why schools of a part are not shrunken or flagged, a sentence a part.
    by_date : `date, days_enrolled, days_absent, absence_rate, expected_rate, note`, a row a day of school.
    """

    drivers: tuple[str, ...]
    refused: str
    schools_refused: tuple[str, ...]
    adjusted_rates: pd.DataFrame
    adjusted_months_by_level: pd.DataFrame
    coefficients: pd.DataFrame
    joint_tests: pd.DataFrame
    importance: pd.DataFrame
    not_separable: pd.DataFrame
    school_effects: pd.DataFrame
    school_stability: pd.DataFrame
    robustness: pd.DataFrame
    robustness_refused: pd.DataFrame
    model_checks: pd.DataFrame
    by_date: pd.DataFrame


def estimate(source: Source) -> Estimates:
    """Estimate everything that the records of a study allow, once."""
    return once(source, _made, "estimates")


def _made(source: Source) -> Estimates:
    if isinstance(source, SchoolDays):
        return _estimates(source, **school_day_estimates(source))
    return _from_students(source) if isinstance(source, StudentRecords) else _from_published(source)


def _from_students(source: StudentRecords) -> Estimates:
    if source.measure == "absent_only":
        return _from_days_absent(source)
    settings = source.study.settings.models
    cells = absence_cells(source)
    if not cells.drivers:
        seen = later("These records have one grade and one school: there is nothing to compare.")
        if source.dated:
            seen = later("These records have one grade, one school and one month: there is nothing to compare.")
        return _estimates(source, refused=seen)
    try:
        absence = fit_drivers(cells, settings)
    except UserError as error:
        return _estimates(source, refused=str(error))
    models = [absence, *_chronic(source)]
    if any(model.fit.design.wide for model in models):
        return _of_many_schools(source, models)
    names = dict(zip(source.schools["school_id"], source.schools["school_name"], strict=True))
    levels = dict(zip(source.schools["school_id"], source.schools["school_level"], strict=True))
    effects = [school_effects(model, settings, names) for model in models if "school_id" in model.fit.drivers]
    answer = Answer(source, *models)
    robust = robustness(answer)
    by_date = _by_date(source, absence) if source.dated else pd.DataFrame(columns=COLUMNS["by_date"])
    fits = [check for model in models for check in model_checks(model, source.measure)]
    fits += [*date_check(by_date), *student_checks(answer), *school_influence(robust.table)]
    rates = _stacked([model.adjusted_rates for model in models], "adjusted_rates")
    if source.measure == "rate":  # the days of the cells only stand for students
        rates["days_enrolled"] = rates["days_enrolled"].where(rates["outcome"] == "chronic")
    return _estimates(
        source,
        drivers=absence.fit.drivers,
        schools_refused=tuple(effects[0].refused["reason"]) if effects else (),
        adjusted_rates=rates,
        adjusted_months_by_level=months_by_level(absence, levels, settings),
        coefficients=_stacked([model.coefficients for model in models], "coefficients"),
        joint_tests=_stacked([table for model in models for table in _tests(source, model)], "joint_tests"),
        importance=_stacked([explained_shares(absence), share_between_schools(absence)], "importance"),
        not_separable=_of_models(models)["not_separable"],
        school_effects=_stacked([effect.table for effect in effects], "school_effects"),
        school_stability=stability(source) if effects else pd.DataFrame(columns=STABILITY_COLUMNS),
        robustness=robust.table,
        robustness_refused=robust.refused,
        model_checks=check_table(fits),
        by_date=by_date,
    )


def _of_many_schools(source: StudentRecords, models: list[DriverModel]) -> Estimates:
    """Give what is made of a sparse design: rates, tests and what is not compared, of every driver."""
    schools = len(models[0].fit.design.levels.get("school_id", ()))
    return _estimates(
        source,
        drivers=models[0].fit.drivers,
        schools_refused=(MANY_SCHOOLS.format(schools=f"{schools:,}"),),
        **_of_models(models),
        by_date=_by_date(source, models[0]) if source.dated else pd.DataFrame(columns=COLUMNS["by_date"]),
    )


def _tests(source: StudentRecords, model: DriverModel) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test drivers and their interactions; the season by level of school, or by band of grades where that is one."""
    name, kinds = "school_level", dict(zip(source.schools["school_id"], source.schools["school_level"], strict=True))
    if len({kinds.get(school) for school in model.fit.design.levels.get("school_id", ())}) < 2:
        bands = source.study.settings.definitions.bands
        name, kinds = "grade_band", {grade: band for band, grades in bands.items() for grade in grades}
    return model.joint_tests, interaction_tests(model.fit, model.cells, kinds, name)


def _chronic(source: StudentRecords) -> list[DriverModel]:
    """Fit the chronic model where it has an answer; a district may be too small for it and not for days."""
    if not drivers_of(source):
        return []
    try:
        return [fit_drivers(chronic_cells(source), source.study.settings.models)]
    except UserError:
        return []


def _from_days_absent(source: StudentRecords) -> Estimates:
    """Compare days absent a student and, where a rule of days says who is, chronic students."""
    if source.dated:
        seen = later(
            "These records hold absences and no enrolment, so only students who were absent: a model would be of them."
        )
        return _estimates(source, refused=seen)
    drivers = day_drivers(source)
    if not drivers:
        seen = later(
            "These records have one grade, one school and no group with several levels: there is nothing to compare."
        )
        return _estimates(source, refused=seen)
    try:
        days = fit_model(day_cells(source, drivers), source.study.settings.models, fit_days)
    except UserError as error:
        return _estimates(source, refused=str(error))
    models: list[Model[Any]] = [days, *(_chronic(source) if source.outcome == "chronic" else [])]
    return _estimates(
        source,
        drivers=days.fit.drivers,
        **_of_models(models),
        model_checks=days_checks(days.fit),
    )


def _by_date(source: StudentRecords, absence: DriverModel) -> pd.DataFrame:
    notes = source.calendar.drop_duplicates("date").set_index("date")["note"]
    table = absence_by_date(absence.cells, absence.fit.fitted)
    return table.assign(note=table["date"].map(notes).fillna(""))


def _from_published(source: PublishedCounts) -> Estimates:
    """Compare grades over schools or districts in focus; where cells are hidden, at both their fills."""
    cells, unit = published_cells(source)
    one = source.study.district_word
    if cells["grade_level"].nunique() < 2:
        refused = NO_GRADES.format(unit=later("school") if unit == "school_id" else one)
        return _estimates(source, refused=refused)
    if cells[unit].nunique() < 2:
        refused = ONE_DISTRICT.format(district=one, unit=one) if unit == "district_id" else ONE_SCHOOL
        return _estimates(source, refused=refused)
    outcome = source.outcome
    count, size = COUNTS[outcome]
    cells = cells[cells["hidden"] != "not_available"]
    hidden = int(cells[[count, size]].isna().any(axis=1).sum())
    numbers = {"hidden": f"{hidden:,}", "cells": f"{len(cells):,}"}
    if hidden and endless(cells, outcome):
        return _estimates(source, refused=SIZES_UNKNOWN.format(**numbers))
    fit = between_fills if hidden else published_model
    try:
        model = fit(cells, unit, source.study.settings.models, outcome)
    except UserError as error:
        return _estimates(source, refused=str(error))
    drivers = tuple(unit if driver == "school_id" else driver for driver in model.fit.drivers)
    meaning = later(
        "How many times more cells vary than independent students would; intervals are wider by its square root."
    )
    spread = [(f"{outcome}: {DISPERSION}", model.dispersion, 1.0, ALLOWED_FOR, meaning)]
    if hidden:
        meaning = FILLED.format(**numbers)
        spread.append((f"{outcome}: {HIDDEN_CELLS}", float(hidden), 0.0, ALLOWED_FOR, meaning))
    return _estimates(
        source,
        drivers=drivers,
        adjusted_rates=model.adjusted_rates,
        not_separable=model.not_separable.assign(outcome=outcome),
        model_checks=pd.DataFrame(spread, columns=CHECK_COLUMNS),
    )


def published_cells(source: PublishedCounts) -> tuple[pd.DataFrame, str]:
    """Give the cells of grade and unit for a model, and the unit: schools, else districts in focus."""
    counts = source.counts
    cells = counts[(counts["school_year"] == source.year) & (counts["group"] == "") & ~counts["parent"]]
    focus = source.study.settings.focus.district_id
    cells = cells[cells["district_id"].isin(focus)] if focus else cells
    unit = "school_id" if (cells["school_id"] != "").any() else "district_id"
    cells = cells[cells["grade_level"].isin(source.study.settings.definitions.grades)]
    return (cells[cells["school_id"] != ""] if unit == "school_id" else cells), unit


def _of_models(models: Sequence[Model[Any]]) -> dict[str, Any]:
    """Stack the tables that every model has; what one cannot compare, another may."""
    names = ("adjusted_rates", "coefficients", "joint_tests", "not_separable")
    return {
        name: _stacked([getattr(model, name).assign(outcome=model.fit.outcome) for model in models], name)
        for name in names
    }


def _stacked(tables: list[pd.DataFrame], name: str) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS[name])


def _estimates(
    source: Source,
    *,
    drivers: tuple[str, ...] = (),
    refused: str = "",
    schools_refused: tuple[str, ...] = (),
    **tables: pd.DataFrame,
) -> Estimates:
    """Begin every table; one that is not given is empty."""
    given = {name: tables.get(name, pd.DataFrame(columns=columns))[columns] for name, columns in COLUMNS.items()}
    return Estimates(drivers, refused, schools_refused, **{name: begun(source, given[name]) for name in given})


def begun(source: Source, table: pd.DataFrame) -> pd.DataFrame:
    """Begin a table with the year, the district (several are 'all') and the kind of row."""
    districts = source.study.settings.focus.district_id
    if not districts and not isinstance(source, PublishedCounts):
        districts = source.districts
    begin = (source.year, districts[0] if len(districts) == 1 else "all", "level")
    return table.assign(**dict(zip(LEVEL_COLUMNS, begin, strict=True)))[[*LEVEL_COLUMNS, *table.columns]]
