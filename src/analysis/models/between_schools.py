"""Comparisons between schools: of their kinds, and along the share of a student group in them.

What all students of a school share can be told apart only by other schools, so a school is one observation: the model
has no school dummies, every school counts once whatever its size (the estimand is a mean over schools), and errors are
clustered by school, reduced for few of them (CR2), with a t interval on Satterthwaite's degrees of freedom. Grades are
held: kinds of schools are compared only where they have grades in common.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.arrays import Ints
from analysis.measures.between import grades_at_schools, group_counts
from analysis.models.adjusted import false_discovery, with_errors
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.design import Numeric
from analysis.models.few_clusters import FEWEST_DEGREES, BiasReduced, bias_reduced
from analysis.models.parts import find_parts
from analysis.models.score_bootstrap import score_bootstrap
from analysis.models.sentences import ALIKE, INSEPARABLE, too_few_schools, too_few_students
from analysis.models.standardise import Standardised, standardise, standardise_number
from analysis.models.tables import begun, stacked
from analysis.problems import UserError
from analysis.records.types import StudentRecords
from analysis.study import Models
from analysis.vocabulary import PAIR

GRADE, UNIT = PAIR
KIND = "school_level"
FEWEST_SCHOOLS = 2
"""One school cannot show how much schools of its kind differ, whatever its degrees of freedom."""
MORE = 0.10
"""A share is compared with one that is 10 points larger; schools that differ by less cannot show it."""
ESTIMATES = [
    "adjusted_rate", "rate_low", "rate_high", "contrast", "contrast_std_error", "contrast_low", "contrast_high", "df",
    "p_value", "p_bootstrap",
]  # fmt: skip
BETWEEN_COLUMNS = [
    "outcome", "driver", "level", "component", "schools", "students", "observed_rate", *ESTIMATES, "p_adjusted",
    "reason",
]  # fmt: skip


def between_schools(source: StudentRecords) -> pd.DataFrame:
    """Compare the schools of a study's records: their kinds, and the shares of its student groups in them.

    Returns
    -------
    DataFrame, `school_year, district_id, level_type` and `BETWEEN_COLUMNS`; empty where nothing can be compared. Of a
    group of two levels one has a row: the other says the same.
    """
    settings = source.study.settings.models
    counts = {group: group_counts(source, group) for group in source.study.settings.records.groups}
    tables = []
    for outcome, cells in grades_at_schools(source).items():
        each = once_each(cells, settings)
        tables.append(between_kinds(outcome, each, source.school_levels, settings))
        tables += [along_share(outcome, each, group, _shares(table), settings) for group, table in counts.items()]
    return begun(source, stacked(tables, BETWEEN_COLUMNS))


def _shares(counts: pd.DataFrame) -> pd.DataFrame:
    """Give the shares of each school's students; of two levels the one that is not a 'no', or has fewer students."""
    shares, levels = counts.div(counts.sum(axis=1), axis=0), list(counts.sum().sort_values(kind="stable").index)
    if len(levels) < 2:
        return shares[[]]
    said = [level for level in levels if not str(level).casefold().startswith("no")]
    return shares[[*said, *levels][:1]] if len(levels) == 2 else shares


def once_each(cells: pd.DataFrame, settings: Models) -> pd.DataFrame:
    """Scale the cells of schools so that every school counts once, and leave out those too small for a flag.

    Parameters
    ----------
    cells : a row a grade at a school: `grade_level, school_id, students, n, y`.

    Returns
    -------
    The same columns: each school has the same n in all.
    """
    students = cells.groupby("school_id")["students"].transform("sum")
    large = cells[(students >= settings.minimum_flag_students) & (cells["n"] > 0)].reset_index(drop=True)
    size = large.groupby("school_id")["n"].transform("sum")
    scale = size.mean() / size
    return large.assign(n=large["n"] * scale, y=large["y"] * scale)


def between_kinds(outcome: str, cells: pd.DataFrame, kinds: Mapping[str, str], settings: Models) -> pd.DataFrame:
    """Compare kinds of schools with the average school of their part, grades held.

    Parameters
    ----------
    outcome : 'absence' or 'chronic'.
    cells : of `once_each`.
    kinds : school_id to kind; schools without one are left out.
    settings : least students for a range, and for a link between a grade and a kind.

    Returns
    -------
    DataFrame in `BETWEEN_COLUMNS`, a row a kind: `observed_rate` is the mean of its schools' rates, `contrast` the
    adjusted rate less the rate of the average school of the part, as shares; `reason` says why there is none.
    """
    kind = cells["school_id"].map(lambda school: kinds.get(school, ""))
    known = cells.assign(school=cells["school_id"], school_id=kind)[kind != ""].reset_index(drop=True)
    if known[UNIT].nunique() < 2:
        return pd.DataFrame(columns=BETWEEN_COLUMNS)
    drivers = PAIR if known[GRADE].nunique() > 1 else (UNIT,)
    found = _fitted(outcome, known, drivers, settings)
    tables = [_kinds_of_part(found, part) for part in found.parts if found.kinds(part) > 1] if found else []
    return _table(outcome, KIND, _counted(known, known[UNIT]), tables, settings)


def along_share(outcome: str, cells: pd.DataFrame, group: str, shares: pd.DataFrame, settings: Models) -> pd.DataFrame:
    """Compare schools with schools in which the share of a student group is 10 points larger, grades held.

    Parameters
    ----------
    cells : of `once_each`.
    group : what the shares are of: the driver.
    shares : a row a school (`school_id` is the index), a column a level: the share of its students, 0 to 1.

    Returns
    -------
    DataFrame in `BETWEEN_COLUMNS`, a row a level: `contrast` is the rate with 10 points more less the rate as it is.
    """
    known = cells[cells["school_id"].isin(shares.index)].assign(school=cells["school_id"]).reset_index(drop=True)
    if known.empty or shares.shape[1] < 1:
        return pd.DataFrame(columns=BETWEEN_COLUMNS)
    drivers = (GRADE,) if known[GRADE].nunique() > 1 else ()
    spread = shares.loc[known["school"].unique()]
    counted, tables = [], []
    for level in map(str, shares):
        alike = spread[level].max() - spread[level].min() < MORE
        counted.append(_counted(known, pd.Series(level, index=known.index)).assign(reason=ALIKE if alike else ""))
        column = Numeric(level, "school_id", dict(zip(shares.index, shares[level], strict=True)))
        found = None if alike else _fitted(outcome, known, drivers, settings, (column,))
        if found:
            rated, few = standardise_number(found.fit, -1, MORE), np.array([known["school"].nunique()])
            tables.append(_estimates(found, rated, few).assign(component=1))
    return _table(outcome, group, pd.concat(counted, ignore_index=True), tables, settings)


@dataclass(frozen=True)
class _Fitted:
    """A model without school dummies, and its errors clustered by school."""

    fit: BinomialFit
    errors: BiasReduced

    @property
    def school(self) -> npt.NDArray[np.str_]:
        """The school of each cell."""
        return self.fit.cells["school"].to_numpy(dtype=str)

    @property
    def parts(self) -> list[int]:
        """The parts that were fitted."""
        return [int(part) for part in np.unique(self.fit.component)]

    def kinds(self, part: int) -> int:
        """How many kinds of schools a part has."""
        return int(self.fit.cells.loc[self.fit.component == part, UNIT].nunique())


def _fitted(
    outcome: str, cells: pd.DataFrame, drivers: tuple[str, ...], settings: Models, numeric: tuple[Numeric, ...] = ()
) -> _Fitted | None:
    """Fit what can be compared; None where nothing can."""
    while cells["school"].nunique() > 1:
        edges = cells.groupby(list(PAIR))["students"].sum().reset_index() if drivers == PAIR else None
        component = find_parts(cells, edges, drivers, settings.minimum_bridge_students).component
        cells, component = cells[component > 0].reset_index(drop=True), component[component > 0]
        if cells["school"].nunique() < 2:
            break
        try:
            fit = fit_binomial(cells, drivers, component, outcome, numeric)
        except UserError:
            break
        if not fit.separated.any():
            return _Fitted(fit, bias_reduced(fit, cells["school"].to_numpy(dtype=str)))
        cells = cells[~fit.separated].reset_index(drop=True)
    return None


def _counted(cells: pd.DataFrame, level: "pd.Series[str]") -> pd.DataFrame:
    """Count each level: `level, schools, students`, and `observed_rate`, the mean over schools of their rates."""
    sums = cells.groupby(level.rename("level")).agg(
        schools=("school", "nunique"), students=("students", "sum"), n=("n", "sum"), y=("y", "sum")
    )
    return sums.assign(observed_rate=sums["y"] / sums["n"], reason="").drop(columns=["n", "y"]).reset_index()


def _kinds_of_part(found: _Fitted, part: int) -> pd.DataFrame:
    rows = found.fit.component == part
    rated, schools = standardise(found.fit, UNIT, rows), found.fit.cells[rows].groupby(UNIT)["school"].nunique()
    few = np.minimum(schools, schools.sum() - schools)[list(rated.levels)].to_numpy()
    return _estimates(found, rated, few).assign(component=part)


def _estimates(found: _Fitted, rated: Standardised, few: Ints) -> pd.DataFrame:
    """Give `level, few` and the estimates; `few` schools are what a comparison rests on at the least."""
    fit, errors = found.fit, found.errors
    df_rate, df = (errors.satterthwaite(of) for of in (rated.gradients, rated.contrast_gradients))
    p_bootstrap = [
        score_bootstrap(fit, found.school, gradient, float(gradient @ fit.coefficients - contrast))
        for gradient, contrast in zip(rated.contrast_gradients, rated.contrasts, strict=True)
    ]
    return with_errors(rated, errors, df_rate, df).assign(df=df, p_bootstrap=p_bootstrap, few=few)


def _table(
    outcome: str, driver: str, counted: pd.DataFrame, tables: list[pd.DataFrame], settings: Models
) -> pd.DataFrame:
    """Put counts and estimates together; where there are too few schools or students, say so instead."""
    empty = pd.DataFrame(columns=["level", "component", *ESTIMATES, "few"], dtype=float).astype({"level": str})
    table = counted.merge(pd.concat(tables, ignore_index=True) if tables else empty, on="level", how="left")
    table["reason"] = [_reason(row, settings) for row in table.to_dict("records")]
    table.loc[table["reason"] != "", ESTIMATES] = np.nan
    table["component"] = table["component"].fillna(0).astype(int)
    table["p_adjusted"] = np.nan
    for _, rows in table.groupby("component"):
        table.loc[rows.index, "p_adjusted"] = false_discovery(rows["p_value"].to_numpy(dtype=np.float64))
    return table.assign(outcome=outcome, driver=driver)[BETWEEN_COLUMNS]


def _reason(row: Mapping[Hashable, Any], settings: Models) -> str:
    """Say why a level is not compared; '' where it is."""
    if row["reason"]:
        return str(row["reason"])
    if not np.isfinite(row["contrast"]):
        return INSEPARABLE
    if row["students"] < settings.minimum_students:
        return too_few_students(settings.minimum_students)
    if row["few"] < FEWEST_SCHOOLS or not row["df"] >= FEWEST_DEGREES:
        return too_few_schools(int(row["few"]))
    return ""
