"""The model of drivers, whole: cells in, the tables of the output contract out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import stats

from analysis import engine
from analysis.arrays import Flags, Ints
from analysis.measures.cells import Cells
from analysis.models.adjusted import ADJUSTED_COLUMNS, adjusted_rates
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.comparable import fit_comparable
from analysis.models.covariance import Covariance, clustered, clustered_by_student_and_date
from analysis.models.design import INTERCEPT, levels_in_order
from analysis.models.fit import Fit
from analysis.models.importance import explained_shares
from analysis.models.joint import JointTest, dates_of_pairs, joint_tests, wald, within_part_contrasts, within_part_pairs
from analysis.models.school_share import share_between_schools
from analysis.models.sentences import NONE_OR_ALL
from analysis.study import Models
from analysis.vocabulary import PAIR, SEASON

F = TypeVar("F", bound=Fit)
FitCells = Callable[[Cells, Ints], F]


@dataclass(frozen=True)
class DriverModel:
    """What moves with absence, in one outcome.

    Parameters
    ----------
    cells : the cells of the model; those that cannot be compared are left out.
    fit : the binomial model.
    covariances : by driver; '' is that of the intercept.
    counts : `driver, level, students, dates, enough, least`: distinct students and dates; whether they are enough for a
        range, and how many are.
    adjusted_rates, coefficients, joint_tests, not_separable : tables of the output contract.
    """

    cells: Cells
    fit: BinomialFit
    covariances: Mapping[str, Covariance]
    counts: pd.DataFrame
    adjusted_rates: pd.DataFrame
    coefficients: pd.DataFrame
    joint_tests: pd.DataFrame
    not_separable: pd.DataFrame

    @property
    def importance(self) -> pd.DataFrame:
        """Shares of the explained deviance (`outcome, driver, share, share_low, share_high`); fits five models."""
        extra = next((one.extra for one in self.covariances.values() if one.extra is not None), None)
        return explained_shares(self.fit, self.cells, self._tests(), extra)

    @property
    def between_schools(self) -> pd.DataFrame:
        """Share of the spread of students' yearly rates that lies between schools, in the columns of `importance`."""
        return share_between_schools(self.fit, self.cells, self.covariances, self.counts)

    def _tests(self) -> dict[str, JointTest]:
        enough = {
            driver: set(self.counts.loc[(self.counts["driver"] == driver) & self.counts["enough"], "level"])
            for driver in self.fit.drivers
        }
        groups: dict[str, tuple[str, ...]] = {driver: (driver,) for driver in PAIR if driver in self.fit.drivers}
        groups["season"] = tuple(driver for driver in self.fit.drivers if driver not in PAIR)
        return {
            name: wald(
                self.fit,
                self.covariances[drivers[0]] if drivers else self.covariances[""],
                np.concatenate([
                    np.empty((0, len(self.fit.coefficients))),
                    *(within_part_contrasts(self.fit, driver, enough[driver]) for driver in drivers),
                ]),
                np.concatenate([
                    np.empty(0), *(dates_of_pairs(self.fit, driver, enough[driver], self.counts) for driver in drivers),
                ]),
            )
            for name, drivers in groups.items()
        }  # fmt: skip


def fit_drivers(cells: Cells, settings: Models) -> DriverModel:
    """Fit the binomial model of the cells' drivers, and rate, test and explain.

    Parameters
    ----------
    cells : of one outcome.
    settings : least students, dates and bridging students.

    Raises
    ------
    UserError
        Where nothing can be compared, or the model has no answer.
    """
    fitted, fit, not_separable = fit_what_can_be(cells, settings, binomial)
    covariances = _covariances(fitted, fit)
    counts = level_counts(fitted, settings)
    return DriverModel(
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
    """Add to adjusted rates the levels where absence is none or all: what was observed, and nothing adjusted.

    A level that is missing in a table whose small counts are hidden would say that its count is 0.
    """
    rows = []
    for driver in cells.drivers:
        gone = not_separable[(not_separable["driver"] == driver) & (not_separable["reason"] == NONE_OR_ALL)]
        if gone.empty:
            continue
        students = distinct(cells, (driver,)).set_index(driver)["students"]
        for level in gone["level"]:
            own = cells.table[cells.table[driver] == level]
            n, y = float(own["n"].sum()), float(own["y"].sum())
            numbers = (int(students[level]), np.nan if fit.link == "log" else n, y / n)
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


def _covariances(cells: Cells, fit: BinomialFit) -> dict[str, Covariance]:
    students = cells.products(fit.fitted, "student_id", fit.drivers)
    by_student = clustered(fit, students)
    seasonal = [driver for driver in fit.drivers if driver in SEASON and "dates" in cells.table]
    covariances = dict.fromkeys(("", *fit.drivers), by_student)
    if seasonal:
        dates = cells.products(fit.fitted, "date", fit.drivers)
        by_both = clustered_by_student_and_date(fit, students, dates)
        covariances.update(dict.fromkeys(seasonal, by_both))
    return covariances


def coefficients(fit: Fit, covariances: Mapping[str, Covariance]) -> pd.DataFrame:
    """Give the table `coefficients` of the output contract: of a grade or school beside the first of its part."""
    compared = {"": ([INTERCEPT], np.eye(1, len(fit.coefficients)))}
    for driver in fit.drivers:
        levels = fit.design.levels[driver]
        terms = [f"{driver}[{level}]" for level, _ in within_part_pairs(fit, driver, levels)]
        compared[driver] = terms, within_part_contrasts(fit, driver, levels)
    tables = [
        {
            "term": terms,
            "estimate": contrasts @ fit.coefficients,
            "std_error": np.sqrt(covariances[driver].variances(contrasts)),
        }
        for driver, (terms, contrasts) in compared.items()
    ]
    rows = pd.concat([pd.DataFrame(table) for table in tables])
    statistic = rows["estimate"] / rows["std_error"]
    width = stats.norm.ppf(0.975) * rows["std_error"]
    table = rows.assign(
        outcome=fit.outcome,
        statistic=statistic,
        p_value=2 * stats.norm.sf(np.abs(statistic)),
        conf_low=rows["estimate"] - width,
        conf_high=rows["estimate"] + width,
    )
    columns = ["outcome", "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]
    return table[columns].reset_index(drop=True)
