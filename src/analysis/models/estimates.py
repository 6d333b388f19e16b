"""All that is estimated from the records of a study, made once and kept: the tables that pages are written from."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
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
from analysis.models.model_checks import CHECK_COLUMNS, check_table, date_check, model_checks
from analysis.models.months_by_level import MONTHS_COLUMNS, months_by_level
from analysis.models.parts import NOT_SEPARABLE_COLUMNS
from analysis.models.published_estimates import published_estimates
from analysis.models.robustness import REFUSED_COLUMNS, ROBUSTNESS_COLUMNS, robustness
from analysis.models.robustness.answer import Answer
from analysis.models.school_day_estimates import school_day_estimates
from analysis.models.school_share import share_between_schools
from analysis.models.schools import SCHOOL_COLUMNS, school_effects
from analysis.models.sentences import NONE_OR_ALL
from analysis.models.stability import STABILITY_COLUMNS, stability
from analysis.models.student_checks import school_influence, student_checks
from analysis.models.tables import begun, noted, stacked
from analysis.models.together import Levels, Names, fit_together, names_of, without_hidden
from analysis.problems import UserError
from analysis.records import once
from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords
from analysis.vocabulary import SEASON

AS_A_PROBLEM = later("model: {seen}. {why}. {fix}.")
"""How `Problem` says why a model was refused: its parts are marked where it is raised."""
MANY_SCHOOLS = later(
    "{schools} schools are modelled together: none is shrunken or flagged, and no check of page 06 is made; put"
    " districts in focus for these."
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
    left_out : the model of chronic absence leaves out levels, or cells, in which it is none or all, or has hidden
        levels apart: readers from whom levels are hidden may see nothing of it.
    together : drivers of which the model of chronic absence has the hidden levels as one.
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
    left_out: bool = False
    together: tuple[str, ...] = ()


def estimate(source: Source, hidden: Levels | None = None) -> Estimates:
    """Estimate everything that the records of a study allow, once.

    Parameters
    ----------
    hidden : levels by driver whose chronic counts are hidden from readers: they are one level in the model of chronic
        absence (`together`).
    """
    levels = {driver: sorted(some) for driver, some in sorted((hidden or {}).items()) if some}
    name = f"estimates_{sha256(repr(levels).encode()).hexdigest()[:20]}" if levels else "estimates"
    return once(source, lambda records: _made(records, levels), name)


def _made(source: Source, hidden: Levels) -> Estimates:
    if isinstance(source, SchoolDays):
        return _estimates(source, **school_day_estimates(source))
    if isinstance(source, PublishedCounts):
        return _estimates(source, **published_estimates(source))
    return _from_students(source, hidden)


def _from_students(source: StudentRecords, hidden: Levels) -> Estimates:
    if source.measure == "absent_only":
        return _from_days_absent(source, hidden)
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
    chronic, together = _chronic(source, hidden)
    models = [absence, *chronic]
    if any(model.fit.design.wide for model in models):
        return _of_many_schools(source, models, left_out=bool(hidden and not together), together=tuple(together))
    with_schools = [model for model in models if "school_id" in model.fit.drivers]
    effects = [school_effects(model, settings, source.school_names) for model in with_schools]
    answer = Answer(source, absence, next(iter(chronic), None), together)
    robust = robustness(answer)
    by_date = _by_date(source, absence)
    fits = [check for model in models for check in model_checks(model, source.measure)]
    seasonal = sum(driver in SEASON for driver, _ in absence.fit.design.columns)
    fits += [*date_check(by_date, seasonal), *student_checks(answer), *school_influence(robust.table)]
    rates = stacked([model.adjusted_rates for model in models], COLUMNS["adjusted_rates"])
    if source.measure == "rate":  # the days of the cells only stand for students
        rates["days_enrolled"] = rates["days_enrolled"].where(rates["outcome"] == "chronic")
    return _estimates(
        source,
        drivers=absence.fit.drivers,
        schools_refused=tuple(effects[0].refused["reason"]) if effects else (),
        adjusted_rates=rates,
        adjusted_months_by_level=months_by_level(absence, source.school_levels, settings),
        coefficients=stacked([model.coefficients for model in models], COLUMNS["coefficients"]),
        joint_tests=stacked([table for model in models for table in _tests(source, model)], COLUMNS["joint_tests"]),
        importance=stacked([explained_shares(absence), share_between_schools(absence)], COLUMNS["importance"]),
        not_separable=_of_models(models)["not_separable"],
        school_effects=stacked(
            [without_hidden(effect.table, "school_id") for effect in effects], COLUMNS["school_effects"]
        ),
        school_stability=stability(source) if effects else pd.DataFrame(columns=STABILITY_COLUMNS),
        robustness=robust.table,
        robustness_refused=robust.refused,
        model_checks=check_table(fits),
        by_date=by_date,
        left_out=bool(hidden and not together),
        together=tuple(together),
    )


def _of_many_schools(source: StudentRecords, models: list[DriverModel], **told: Any) -> Estimates:
    """Give what is made of a sparse design: rates, tests and what is not compared, of every driver."""
    schools = len(models[0].fit.design.levels.get("school_id", ()))
    return _estimates(
        source,
        drivers=models[0].fit.drivers,
        schools_refused=(MANY_SCHOOLS.format(schools=f"{schools:,}"),),
        **_of_models(models),
        by_date=_by_date(source, models[0]),
        **told,
    )


def _tests(source: StudentRecords, model: DriverModel) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test drivers and their interactions; the season by level of school, or by band of grades where that is one."""
    name, kinds = "school_level", source.school_levels
    if len({kinds.get(school) for school in model.fit.design.levels.get("school_id", ())}) < 2:
        bands = source.study.settings.definitions.bands
        name, kinds = "grade_band", {grade: band for band, grades in bands.items() for grade in grades}
    return model.joint_tests, interaction_tests(model.fit, model.cells, kinds, name)


def _chronic(source: StudentRecords, hidden: Levels) -> tuple[list[DriverModel], Names]:
    """Fit the chronic model where it has an answer; a district may be too small for it and not for days.

    Returns
    -------
    One model or none, and the levels that it has as one: the hidden ones, or none where it would tell of them so too.
    """
    if not drivers_of(source):
        return [], {}
    cells, settings = chronic_cells(source), source.study.settings.models
    try:
        names = names_of(cells, settings, hidden)
        as_one = fit_together(cells, settings, names) if names else None
        return ([as_one], names) if as_one and names else ([fit_drivers(cells, settings)], {})
    except UserError:
        return [], {}


def _from_days_absent(source: StudentRecords, hidden: Levels) -> Estimates:
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
    chronic, together = _chronic(source, hidden) if source.outcome == "chronic" else ([], {})
    models: list[Model[Any]] = [days, *chronic]
    return _estimates(
        source,
        drivers=days.fit.drivers,
        left_out=bool(hidden and not together),
        together=tuple(together),
        **_of_models(models),
        model_checks=days_checks(days.fit),
    )


def _by_date(source: StudentRecords, absence: DriverModel) -> pd.DataFrame:
    if not source.dated:
        return pd.DataFrame(columns=COLUMNS["by_date"])
    return noted(source, absence_by_date(absence.cells, absence.fit.fitted))


def _of_models(models: Sequence[Model[Any]]) -> dict[str, Any]:
    """Stack the tables that every model has; what one cannot compare, another may."""
    names = ("adjusted_rates", "coefficients", "joint_tests", "not_separable")
    return {
        name: stacked([getattr(model, name).assign(outcome=model.fit.outcome) for model in models], COLUMNS[name])
        for name in names
    }


def _estimates(
    source: Source,
    *,
    drivers: tuple[str, ...] = (),
    refused: str = "",
    schools_refused: tuple[str, ...] = (),
    left_out: bool = False,
    together: tuple[str, ...] = (),
    **tables: pd.DataFrame,
) -> Estimates:
    """Begin every table; one that is not given is empty."""
    given = {name: tables.get(name, pd.DataFrame(columns=columns))[columns] for name, columns in COLUMNS.items()}
    begin = {name: begun(source, given[name]) for name in given}
    of_none = (given["not_separable"]["outcome"] == "chronic") & (given["not_separable"]["reason"] == NONE_OR_ALL)
    left_out = left_out or bool(of_none.any())
    return Estimates(drivers, refused, schools_refused, **begin, left_out=left_out, together=together)
