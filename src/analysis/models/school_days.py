"""What moves with absence in days of schools: the season and the kind of school, each school's own level absorbed.

A row is a school (or area) on a day (or in a week), weighed by what the source counts. Errors are clustered by school
and by date, V(school) + V(date) - V(school-date), and never less than the school's own (Cameron, Gelbach & Miller
2011); intervals are t on the smaller number of clusters less one.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.arrays import Array, Ints
from analysis.language import later
from analysis.models.absorbed import AbsorbedFit, Rows, fit_absorbed
from analysis.models.adjusted import (
    ADJUSTED_COLUMNS,
    CONTRAST_INTERVAL,
    INTERVAL_COLUMNS,
    degrees_by_dates,
    false_discovery,
    few_beside,
    with_errors,
)
from analysis.models.covariance import Covariance
from analysis.models.design import Design, design
from analysis.models.joint import JOINT_COLUMNS, coefficient_table, least_degrees, wald
from analysis.models.parts import NOT_SEPARABLE_COLUMNS, constant_levels
from analysis.models.sandwich import cluster_sums
from analysis.models.sentences import NONE_OR_ALL, ONE_KIND, too_few_to_tell
from analysis.models.standardise import Standardised
from analysis.problems import Problem, UserError
from analysis.vocabulary import SEASON

MINIMUM_UNITS = 5
"""Schools (or areas) and dates from which errors are clustered by them: with fewer, the intervals' df are under 4."""

Clusters = Literal["unit and date", "unit", "row"]


@dataclass(frozen=True)
class SchoolDaysModel:
    """A fit, and what its rows are.

    Parameters
    ----------
    table : a row a school and date: `unit, date`, the drivers, `n`, `y`.
    drivers : what the model holds beside the units.
    fit : the fractional logit with absorbed effects.
    design : of the drivers; its first column, the intercept, is absorbed.
    units, dates : (rows,) numbers of the clusters.
    enough : levels of each driver that have dates (of kinds: units) enough for an interval.
    minimum : dates (of kinds: units) that a level needs for an interval.
    counted : whether `n` counts days.
    not_separable : `driver, level, component, reason` of what is not compared.
    """

    table: pd.DataFrame
    drivers: tuple[str, ...]
    fit: AbsorbedFit
    design: Design
    units: Ints
    dates: Ints
    enough: dict[str, set[str]]
    minimum: int
    counted: bool
    not_separable: pd.DataFrame

    @property
    def df(self) -> int:
        """Degrees of freedom of intervals: clusters of the smaller kind less one."""
        return int(min(self.units.max(), self.dates.max()))


def fit_school_days(table: pd.DataFrame, minimum: int, *, counted: bool) -> SchoolDaysModel:
    """Fit the drivers that vary.

    Parameters
    ----------
    table : `unit, date`, parts of the calendar and kinds of school, `n`, `y`.
    minimum : dates (of kinds: units) that a level needs for an interval.
    counted : whether `n` counts days.

    Raises
    ------
    UserError
        Where there is nothing to compare, or too few schools or dates to tell it from chance.
    """
    possible = [str(name) for name in table if name not in ("unit", "date", "n", "y")]
    left: list[tuple[str, str, int, str]] = []
    while True:
        drivers = tuple(name for name in possible if table[name].nunique() > 1 and _varies_within(table, name))
        found = constant_levels(table, ("unit", *drivers)) if len(table) else []
        if not found:
            break
        left += [(driver, level, 0, NONE_OR_ALL) for driver, level in found]
        for driver, level in found:
            table = table[table[driver] != level]
    table = table.reset_index(drop=True)
    units, dates = (pd.factorize(table[name], sort=True)[0].astype(np.int64) for name in ("unit", "date"))
    _refuse(drivers, table)
    coded = design(table, drivers)
    rows = Rows(coded.matrix[:, 1:], units, table["n"].to_numpy(dtype=float), table["y"].to_numpy(dtype=float))
    enough = {name: _enough(table, name, minimum) for name in drivers}
    for name in set(possible) - {*drivers, *SEASON}:
        left += [(name, level, 0, ONE_KIND) for level in sorted(table[name].unique())]
    not_separable = pd.DataFrame(left, columns=NOT_SEPARABLE_COLUMNS)
    return SchoolDaysModel(
        table, drivers, fit_absorbed(rows), coded, units, dates, enough, minimum, counted, not_separable
    )


def adjusted_rates(model: SchoolDaysModel, clusters: Clusters = "unit and date") -> pd.DataFrame:
    """Rate every level of every driver: the rate of all rows if they had this level, the rest as it is.

    Returns
    -------
    DataFrame, in the columns of the output contract; `students` and (where days are not counted) `days_enrolled` are
    empty; no interval where a level has too few dates.
    """
    return pd.concat([_rated(model, driver, clusters) for driver in model.drivers], ignore_index=True)[ADJUSTED_COLUMNS]


def covariance(model: SchoolDaysModel, influence: Array, clusters: Clusters = "unit and date") -> Covariance:
    """Give the covariance of L functions of the parameters from what each row contributes to them (rows, L)."""
    by_row = influence.T @ influence  # a row is a school and date, but for kinds of school within it
    if clusters == "row":
        return Covariance(by_row)
    own = _clustered(influence, model.units)
    if clusters == "unit":
        return Covariance(own)
    both = cluster_sums(influence, pd.factorize(model.units * (model.dates.max() + 1) + model.dates)[0])
    by_date = _clustered(influence, model.dates)
    return Covariance(own, by_date - both.T @ both, by_date)


def joint_tests(model: SchoolDaysModel) -> pd.DataFrame:
    """Test each driver over its levels with enough dates: `outcome, driver, statistic, df, p_value`.

    The statistic is Wald's chi-square; its p is that of F on the clusters' degrees of freedom, of the season on the
    least of its contrasts' (`joint.wald`).
    """
    influence = model.fit.influence_of_coefficients()
    known = covariance(model, influence)
    rows = []
    for driver in model.drivers:
        levels = [level for level in model.design.levels[driver] if level in model.enough[driver]]
        of_levels = np.array([model.design.unit(driver, level)[1:] for level in levels])  # the intercept is absorbed
        df = float(model.df)
        if driver in SEASON:
            dates = model.table.groupby(driver)["date"].nunique().loc[levels]
            df = min(df, least_degrees(known, of_levels, dates.astype(float)))
        test = wald(model.fit, known, of_levels[1:] - of_levels[:1], df)
        if np.isfinite(test.statistic):
            rows.append(("absence", driver, test.statistic, test.df, test.p_value))
    return pd.DataFrame(rows, columns=JOINT_COLUMNS)


def coefficients(model: SchoolDaysModel) -> pd.DataFrame:
    """List the coefficients (log-odds against the first level) with their errors, where a level has enough dates."""
    known = covariance(model, model.fit.influence_of_coefficients())
    terms = list(model.design.columns)[1:]
    error = np.sqrt(known.variances(np.eye(len(terms))))
    enough = np.array([{level, model.design.levels[driver][0]} <= model.enough[driver] for driver, level in terms])
    error = np.where(enough, error, np.nan)
    return coefficient_table("absence", model.design.terms[1:], model.fit.coefficients, error, model.df)


def without(model: SchoolDaysModel, dates: set[str]) -> SchoolDaysModel:
    """Fit again without some dates."""
    return fit_school_days(model.table[~model.table["date"].isin(dates)], model.minimum, counted=model.counted)


def every_unit_the_same(model: SchoolDaysModel) -> SchoolDaysModel:
    """Fit again with the same weight for every school and date, shared out over its kinds as they are."""
    whole = model.table.groupby(["unit", "date"])["n"].transform("sum")
    table = model.table.assign(y=model.table["y"] / whole, n=model.table["n"] / whole)
    return fit_school_days(table, model.minimum, counted=False)


def expected_by_date(model: SchoolDaysModel) -> pd.Series:
    """Give by date the rate that the schools which reported on it would have by month, weekday and kind."""
    total = np.bincount(model.dates, model.fit.rows.n)
    expected = np.bincount(model.dates, model.fit.rows.n * model.fit.fitted) / total
    return pd.Series(expected, pd.Index(np.unique(model.table["date"])))


def spread(model: SchoolDaysModel) -> pd.DataFrame:
    """Share out the spread of rates: between schools, between dates once each school's mean is taken off, and the rest.

    Returns
    -------
    DataFrame `outcome, driver, share, share_low, share_high` (both empty): sums of squares, weighed by n, as shares.
    """
    n, rate = model.fit.rows.n, model.fit.rows.y / model.fit.rows.n
    left = rate - n @ rate / n.sum()
    shares, all_of_it = {}, float(n @ left**2)
    for name, cluster in (("unit", model.units), ("date", model.dates)):
        mean = np.bincount(cluster, n * left) / np.bincount(cluster, n)
        shares[name] = float(n @ mean[cluster] ** 2) / all_of_it
        left = left - mean[cluster]
    rows = [("absence", name, share) for name, share in {**shares, "rest": 1 - sum(shares.values())}.items()]
    return pd.DataFrame(rows, columns=["outcome", "driver", "share"]).assign(share_low=np.nan, share_high=np.nan)


def _rated(model: SchoolDaysModel, driver: str, clusters: Clusters) -> pd.DataFrame:
    fit, columns = model.fit, model.design.columns
    levels = model.design.levels[driver]
    block = [column - 1 for (name, _), column in columns.items() if name == driver]
    at: list[tuple[float, Array, Array]] = []
    for level in levels:
        X = fit.rows.X.copy()
        X[:, block] = 0
        if (driver, level) in columns:
            X[:, columns[driver, level] - 1] = 1
        at.append(fit.mean_at(X))
    at.append(fit.mean_at(fit.rows.X))
    rates = np.array([rate for rate, _, _ in at])
    known = covariance(
        model, fit.influence(np.array([by for _, by, _ in at]), np.array([by for _, _, by in at])), clusters
    )
    unit = np.eye(len(at))
    dates = np.full(len(levels), np.inf)
    if driver in SEASON:
        dates[:] = model.table.groupby(driver)["date"].nunique().loc[list(levels)]
    rated = Standardised(levels, rates[:-1], unit[:-1], float(rates[-1]), unit[-1])
    sums = model.table.groupby(driver)[["n", "y"]].sum().loc[list(levels)]
    table = with_errors(rated, known, *degrees_by_dates(rated, known, dates, model.df)).assign(
        outcome="absence",
        driver=driver,
        students=np.nan,
        days_enrolled=sums["n"].to_numpy() if model.counted else np.nan,
        observed_rate=(sums["y"] / sums["n"]).to_numpy(),
        component=0,
        outside=0.0,
    )
    table.loc[~table["level"].isin(model.enough[driver]), INTERVAL_COLUMNS] = np.nan
    if driver in SEASON:
        table.loc[few_beside(pd.Series(dates), model.minimum), CONTRAST_INTERVAL] = np.nan
    return table.assign(p_adjusted=false_discovery(table["p_value"].to_numpy()))


def _clustered(influence: Array, cluster: Ints) -> Array:
    sums = cluster_sums(influence, cluster)
    return np.asarray(sums.T @ sums * len(sums) / (len(sums) - 1))


def _varies_within(table: pd.DataFrame, driver: str) -> bool:
    return driver in SEASON or bool((table.groupby("unit")[driver].nunique() > 1).any())


def _enough(table: pd.DataFrame, driver: str, minimum: int) -> set[str]:
    """Name the levels with enough dates; of a kind of school, with enough units that have another kind too."""
    if driver not in SEASON:  # a unit of one kind alone says nothing of its kind
        table = table[table.groupby("unit")[driver].transform("nunique") > 1]
    size = table.groupby(driver)["date" if driver in SEASON else "unit"].nunique()
    return {str(level) for level in size.index[size >= minimum]}


def _refuse(drivers: tuple[str, ...], table: pd.DataFrame) -> None:
    seen = ""
    if not drivers:
        seen = later("These records have one month, one weekday and one kind of school: there is nothing to compare.")
    for name, words in (("unit", later("schools or areas")), ("date", later("dates"))):
        size = table[name].nunique()
        if size < MINIMUM_UNITS:
            seen = seen or too_few_to_tell(words, size)
    if seen:
        raise UserError("records", Problem("model", seen, "", ""))
