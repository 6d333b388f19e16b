"""A model of drivers, whole: cells in, the tables of the output contract out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import narwhals as nw
import numpy as np
import pandas as pd

from analysis import engine
from analysis.arrays import Flags, Ints
from analysis.measures.cells import Cells
from analysis.models.adjusted import ADJUSTED_COLUMNS, adjusted_rates
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.comparable import fit_comparable
from analysis.models.covariance import Covariance, clustered, clustered_by_student_and_date
from analysis.models.design import INTERCEPT, levels_in_order
from analysis.models.fit import Fit
from analysis.models.joint import coefficient_table, joint_tests, within_part_contrasts, within_part_pairs
from analysis.models.sentences import NONE_OR_ALL
from analysis.study import Models
from analysis.vocabulary import PAIR, SEASON

F = TypeVar("F", bound=Fit)
FitCells = Callable[[Cells, Ints], F]


@dataclass(frozen=True)
class Model(Generic[F]):
    """What moves with absence, in one outcome.

    Parameters
    ----------
    cells : the cells of the model; those that cannot be compared are left out.
    fit : of these cells.
    covariances : by driver; '' is that of the intercept.
    counts : `driver, level, students, dates, enough, least`: distinct students and dates; whether they are enough for a
        range, and how many are.
    adjusted_rates, coefficients, joint_tests, not_separable : tables of the output contract. Rates and contrasts are
        shares, coefficients log-odds; of outcome 'days' these are days a student, and logs of ratios.
    """

    cells: Cells
    fit: F
    covariances: Mapping[str, Covariance]
    counts: pd.DataFrame
    adjusted_rates: pd.DataFrame
    coefficients: pd.DataFrame
    joint_tests: pd.DataFrame
    not_separable: pd.DataFrame


DriverModel = Model[BinomialFit]


def fit_drivers(cells: Cells, settings: Models) -> DriverModel:
    """Fit the binomial model of the cells' drivers, of 'absence' or 'chronic' (`fit_model`)."""
    return fit_model(cells, settings, binomial)


def fit_model(cells: Cells, settings: Models, fit_cells: FitCells[F]) -> Model[F]:
    """Fit the cells' drivers, and rate and test them.

    Parameters
    ----------
    cells : of one outcome.
    settings : least students, dates and bridging students.
    fit_cells : fits cells, given the part of each.

    Raises
    ------
    UserError
        Where nothing can be compared, or the model has no answer.
    """
    fitted, fit, not_separable = fit_what_can_be(cells, settings, fit_cells)
    covariances = _covariances(fitted, fit)
    counts = level_counts(fitted, settings)
    return Model(
        fitted, fit, covariances, counts,
        with_none_or_all(adjusted_rates(fit, covariances, counts), cells, fit, not_separable),
        coefficients(fit, covariances),
        joint_tests(fit, covariances, counts),
        not_separable,
    )  # fmt: skip


def fit_what_can_be(cells: Cells, settings: Models, fit_cells: FitCells[F]) -> tuple[Cells, F, pd.DataFrame]:
    """Fit the cells, and list what is not compared (`driver, level, component, reason`).

    Parameters
    ----------
    fit_cells : fits cells, given the part of each.
    """
    edges = distinct(cells, PAIR) if set(PAIR) <= set(cells.drivers) else None

    def fitted(keep: Flags, component: Ints) -> F:
        return fit_cells(cells.only(keep), component)

    keep, fit, left_out = fit_comparable(cells.at_most(), edges, cells.drivers, settings, fitted)
    return cells.only(keep), fit, left_out


def with_none_or_all(rates: pd.DataFrame, cells: Cells, fit: Fit, not_separable: pd.DataFrame) -> pd.DataFrame:
    """Add to adjusted rates the levels where absence is none or all.

    A level that is missing in a table whose small counts are hidden would say that its count is 0.
    """
    gone = not_separable[not_separable["driver"].isin(cells.drivers) & (not_separable["reason"] == NONE_OR_ALL)]
    return with_observed(rates, cells, fit, list(zip(gone["driver"], gone["level"], strict=True)))


def with_observed(rates: pd.DataFrame, cells: Cells, fit: Fit, levels: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Add to adjusted rates some (driver, level) of cells that the model has not: what was observed, nothing else."""
    drivers = {driver for driver, _ in levels}
    students = {driver: distinct(cells, (driver,)).set_index(driver)["students"] for driver in drivers}
    rows = []
    for driver, level in levels:
        own = cells.table[cells.table[driver] == level]
        n, y = float(own["n"].sum()), float(own["y"].sum())
        numbers = (int(students[driver][level]), np.nan if fit.link == "log" else n, y / n)
        rows.append((fit.outcome, driver, level, *numbers, _part_beside(own, driver, fit)))
    names = ["outcome", "driver", "level", "students", "days_enrolled", "observed_rate", "component"]
    if not rows:
        return rates
    added = pd.DataFrame(rows, columns=names).reindex(columns=ADJUSTED_COLUMNS).astype(rates.dtypes.to_dict())
    return _in_order(pd.concat([rates, added], ignore_index=True), cells)


def _in_order(rates: pd.DataFrame, cells: Cells) -> pd.DataFrame:
    """Put levels in the order of drivers, parts and levels: at the end, one with none or all would be known by it."""
    place = {
        (driver, level): (number, at)
        for number, driver in enumerate(cells.drivers)
        for at, level in enumerate(levels_in_order(driver, cells.table[driver]))
    }
    of_levels = [place[pair] for pair in zip(rates["driver"], rates["level"], strict=True)]
    part = rates["component"].replace(0, rates["component"].max() + 1)
    keys = pd.DataFrame(of_levels, columns=["driver", "level"]).assign(part=part)
    return rates.loc[keys.sort_values(["driver", "part", "level"]).index].reset_index(drop=True)


def _part_beside(own: pd.DataFrame, driver: str, fit: Fit) -> int:
    """Give the part that a level would be in: that of most cells with its grades or its schools."""
    if driver not in PAIR:
        return 0
    other = PAIR[1 - PAIR.index(driver)]
    if other not in fit.drivers:
        return 1
    parts = pd.Series(fit.component)[fit.cells[other].isin(own[other]).to_numpy()]
    return int(parts.mode().iloc[0]) if len(parts) else 1


def binomial(cells: Cells, component: Ints) -> BinomialFit:
    """Fit cells by the binomial model."""
    return fit_binomial(cells.table, cells.drivers, component, cells.outcome)


def level_counts(cells: Cells, settings: Models) -> pd.DataFrame:
    """Count the distinct students and dates of every level: `driver, level, students, dates, enough, least`."""
    tables = []
    for driver in cells.drivers:
        table = distinct(cells, (driver,)).rename(columns={driver: "level"})
        if "dates" not in table:
            table["dates"] = np.nan
        by_date = driver in SEASON and "dates" in cells.table
        least = settings.minimum_dates if by_date else settings.minimum_students
        enough = table["dates" if by_date else "students"] >= least
        tables.append(table.assign(driver=driver, enough=enough, least=least))
    return pd.concat(tables, ignore_index=True)[["driver", "level", "students", "dates", "enough", "least"]]


def distinct(cells: Cells, by: tuple[str, ...], counted: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Count distinct `students` (and `dates`), or what is `counted`, by some drivers; those of cells do not add up."""
    counted = counted or {"students": "student_id", **({"dates": "date"} if "dates" in cells.table else {})}
    counts = (
        cells.matched().group_by(*by).agg(*(nw.col(column).n_unique().alias(name) for name, column in counted.items()))
    )
    return engine.collect(counts, by)


def _covariances(cells: Cells, fit: Fit) -> dict[str, Covariance]:
    students = cells.products(fit.fitted, "student_id", fit.drivers, fit.score_weights)
    covariances = dict.fromkeys(("", *fit.drivers), clustered(fit, students))
    seasonal = [driver for driver in fit.drivers if driver in SEASON and "dates" in cells.table]
    if seasonal:
        dates = cells.products(fit.fitted, "date", fit.drivers)
        by_both = clustered_by_student_and_date(fit, students, dates)
        covariances.update(dict.fromkeys(seasonal, by_both))
    return covariances


def coefficients(fit: Fit, covariances: Mapping[str, Covariance]) -> pd.DataFrame:
    """Give the table `coefficients` of the output contract: of a grade or school beside the first of its part."""
    intercept, error = np.eye(1, len(fit.coefficients)), covariances[""].variances
    tables = [coefficient_table(fit.outcome, [INTERCEPT], intercept @ fit.coefficients, np.sqrt(error(intercept)))]
    for driver in fit.drivers:
        levels = fit.design.levels[driver]
        terms = [f"{driver}[{level}]" for level, _ in within_part_pairs(fit, driver, levels)]
        contrasts = within_part_contrasts(fit, driver, levels)
        errors = np.sqrt(covariances[driver].variances(contrasts))
        tables.append(coefficient_table(fit.outcome, terms, contrasts @ fit.coefficients, errors))
    return pd.concat(tables, ignore_index=True)
