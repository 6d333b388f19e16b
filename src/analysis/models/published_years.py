"""Published counts of several years: how far the rate of the same schools, or districts, moved.

A school's students are largely the same from year to year, so the years of a school are one observation: each has its
own level, absorbed, and errors are clustered by it, reduced for few (CR2), with a t interval on Satterthwaite's degrees
of freedom. (A school's change from year to year varies two to three times as much as independent students would.)
"""

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Array, Ints
from analysis.models.absorbed import Rows, fit_absorbed
from analysis.models.adjusted import false_discovery
from analysis.models.few_clusters import FEWEST_DEGREES
from analysis.models.few_units import unit_errors
from analysis.models.published import COUNTS, PublishedOutcome
from analysis.models.sentences import NONE_OR_ALL, NOT_COMPARABLE, UNEVEN, YEARS_MISSING, too_few_to_tell
from analysis.models.tables import begun, stacked
from analysis.problems import UserError
from analysis.records.dates import follows
from analysis.records.types import PublishedCounts

TREND = "a year"
"""The level of the row that has the average change from one year to the next, where there are three years or more."""
OTHER_CALENDAR = 0.10
"""Years whose days a student differ by more than this share are not compared: fewer days make a threshold easier."""
FEWEST_YEARS = 3
CLEAR = 0.05
"""A change is off the line where its p, times the number of changes, is below."""
YEAR_COLUMNS = [
    "outcome", "level", "units", "cells", "cells_left_out", "students", "rate_before", "rate_after", "contrast",
    "contrast_std_error", "contrast_low", "contrast_high", "df", "p_value", "p_adjusted", "reason",
]  # fmt: skip


def year_changes(source: PublishedCounts) -> pd.DataFrame:
    """Compare each year with the one before, and over all years give the average change of a year.

    Returns
    -------
    DataFrame, `school_year, district_id, level_type` and `YEAR_COLUMNS`, a row a pair of years ('2017-18 to 2018-19')
    and one for the trend: `units` schools or districts whose cells have counts in both years; `cells` of either year,
    and how many of them are left out, hidden or without counts in one of the two; the counted rates of the others;
    `contrast` with grades and units held, as a share; Benjamini-Hochberg over the pairs. Empty where fewer than two
    years have counts of two units.
    """
    tables = []
    outcomes: tuple[PublishedOutcome, ...] = ("chronic", "absence")
    for outcome in outcomes:
        cells = year_cells(source, outcome)
        if cells["school_year"].nunique() > 1 and cells["unit"].nunique() > 1:
            changes = changes_of(cells, "schools" if _has_schools(source) else "districts")
            every = _places(source)
            every = every[(every["grade_level"] != "") == (cells["grade_level"] != "").any()]
            tables.append(_with_left_out(changes, cells, every).assign(outcome=outcome))
    return begun(source, stacked(tables, YEAR_COLUMNS)[YEAR_COLUMNS])


def _with_left_out(changes: pd.DataFrame, known: pd.DataFrame, every: pd.DataFrame) -> pd.DataFrame:
    """Add how many `cells` there are in each pair of years, and how many do not have counts in both."""
    place = ["unit", "grade_level"]
    sizes = []
    for level in changes["level"]:
        years = [] if level == TREND else level.split(" to ")
        cells = len(every.loc[every["school_year"].isin(years), place].drop_duplicates())
        in_both = known[known["school_year"].isin(years)].groupby(place)["school_year"].nunique() > 1
        sizes.append((cells, cells - int(in_both.sum())) if years else (np.nan, np.nan))
    return changes.assign(cells=[cells for cells, _ in sizes], cells_left_out=[left for _, left in sizes])


def year_cells(source: PublishedCounts, outcome: PublishedOutcome) -> pd.DataFrame:
    """Give the cells of all years that have counts: `school_year, unit, grade_level, students, days, n, y`.

    A unit is a school, else a district; grades where the source counts them, else all together ('').
    """
    y, n = COUNTS[outcome]
    counts = _places(source)
    known = counts[(counts[y] <= counts[n]) & (counts[n] > 0)]  # known, and not more absent than there are
    by_grade = known["grade_level"] != ""
    known = known[by_grade if by_grade.any() else ~by_grade]
    cells = known[["school_year", "grade_level", "students", "unit"]].assign(
        days=known["days_enrolled"], n=known[n], y=known[y]
    )
    return cells.astype({"students": float, "days": float, "n": float, "y": float}).reset_index(drop=True)


def _places(source: PublishedCounts) -> pd.DataFrame:
    """Give the rows of schools, else of districts, by grade or of all grades (''), each with its `unit`."""
    counts = source.counts[(source.counts["group"] == "") & ~source.counts["parent"]]
    focus, grades = source.study.settings.focus.district_id, source.study.settings.definitions.grades
    counts = counts[counts["district_id"].isin(focus)] if focus else counts
    counts = counts[(counts["school_id"] != "") == _has_schools(source)]
    counts = counts[counts["grade_level"].isin([*grades, ""])]
    return counts.assign(unit=counts["district_id"] + " " + counts["school_id"])


def changes_of(cells: pd.DataFrame, what: str) -> pd.DataFrame:
    """Compare the years of one outcome.

    Parameters
    ----------
    cells : of `year_cells`.
    what : units are 'schools' or 'districts'.
    """
    years = sorted(cells["school_year"].unique())
    rows = [_pair(cells, before, after, what) for before, after in pairwise(years)]
    if len(years) >= FEWEST_YEARS:
        rows.append(_trend(cells, years, rows, what))
    table = pd.DataFrame(rows).reindex(columns=YEAR_COLUMNS)
    pair = (table["level"] != TREND).to_numpy()
    table.loc[pair, "p_adjusted"] = false_discovery(table.loc[pair, "p_value"].to_numpy(dtype=np.float64))
    return table


def _has_schools(source: PublishedCounts) -> bool:
    return bool((source.counts["school_id"] != "").any())


def _pair(cells: pd.DataFrame, before: str, after: str, what: str) -> dict[str, object]:
    """Compare two years over the cells that have counts in both."""
    two = cells[cells["school_year"].isin([before, after])]
    both = two[two.groupby(["unit", "grade_level"])["n"].transform("size") > 1]
    row: dict[str, object] = {"level": f"{before} to {after}", "units": both["unit"].nunique()}
    if both.empty:
        return _row(row, too_few_to_tell(what, 0))
    sums = both.groupby("school_year")[["students", "days", "n", "y"]].sum(min_count=1)
    rates, days = sums["y"] / sums["n"], sums["days"] / sums["students"]
    row |= {"students": sums["students"][after], "rate_before": rates[before], "rate_after": rates[after]}
    if abs(days[after] / days[before] - 1) > OTHER_CALENDAR:
        return _row(row, NOT_COMPARABLE)
    year: Array = np.where(both["school_year"] == after, 1.0, 0.0)
    return row | _change(both, year, 0.0, what)


def _trend(cells: pd.DataFrame, years: list[str], pairs: list[dict[str, Any]], what: str) -> dict[str, object]:
    """Give the average change from one year to the next, over all years of the units that have several.

    A line is drawn neither across a year that is missing or not comparable, nor where a change lies clearly off it.
    """
    if any(row["reason"] == NOT_COMPARABLE for row in pairs):
        return _row({"level": TREND}, NOT_COMPARABLE)
    if not all(follows(before, after) for before, after in pairwise(years)):
        return _row({"level": TREND}, YEARS_MISSING)
    row = _line(cells, what)
    off = [
        2 * stats.t.sf(abs(pair["contrast"] - row["contrast"]) / pair["contrast_std_error"], pair["df"])
        for pair in pairs
        if not row["reason"] and not pair["reason"]
    ]
    if off and min(off) < CLEAR / len(off):
        return _row({name: row[name] for name in ("level", "units", "students")}, UNEVEN)
    return row


def _line(cells: pd.DataFrame, what: str) -> dict[str, Any]:
    """Fit one line to all years of the units that have several."""
    several = cells[cells.groupby("unit")["school_year"].transform("nunique") > 1]
    year = several["school_year"].str[:4].to_numpy(dtype=np.float64)
    last = several[several["school_year"] == several["school_year"].max()]
    row: dict[str, Any] = {"level": TREND, "units": several["unit"].nunique(), "students": last["students"].sum()}
    return row | _change(several, year - year.min(), None, what)


def _change(cells: pd.DataFrame, year: Array, start: float | None, what: str) -> dict[str, object]:
    """Fit years and grades, each unit with its own level, and give what one year more adds to the rate.

    Parameters
    ----------
    year : (cells,) in years.
    start : the year that all cells are set to, and then to one more; each cell's own where it is None.
    """
    sums = cells.groupby("unit")[["y", "n"]].transform("sum")
    inside = ((sums["y"] > 0) & (sums["y"] < sums["n"])).to_numpy()
    cells, unit = cells[inside], pd.factorize(cells.loc[inside, "unit"], sort=True)[0].astype(np.int64)
    if len(cells) == 0 or unit.max() < 1:
        return _row({}, too_few_to_tell(what, 0 if len(cells) == 0 else 1))
    grades = pd.get_dummies(cells["grade_level"], drop_first=True).to_numpy(dtype=np.float64)
    X = _beyond_units(np.column_stack([year[inside], grades]), unit)
    try:
        fit = fit_absorbed(Rows(X, unit, cells["n"].to_numpy(), cells["y"].to_numpy()))
    except UserError:
        return _row({}, NONE_OR_ALL)
    at = X.copy()
    at[:, 0] = X[:, 0] if start is None else start
    more = at + np.eye(X.shape[1])[0]
    (low, *low_slopes), (high, *high_slopes) = fit.mean_at(at), fit.mean_at(more)
    errors = unit_errors(fit, *((b - a)[None, :] for a, b in zip(low_slopes, high_slopes, strict=True)))
    change, error, df = high - low, float(errors.std_errors[0]), float(errors.df[0])
    if not df >= FEWEST_DEGREES:
        return _row({}, too_few_to_tell(what, int(unit.max()) + 1))
    width = float(stats.t.ppf(0.975, df)) * error
    return {
        "contrast": change, "contrast_std_error": error, "contrast_low": change - width,
        "contrast_high": change + width, "df": df, "p_value": float(2 * stats.t.sf(abs(change) / error, df)),
        "reason": "",
    }  # fmt: skip


def _beyond_units(X: Array, unit: Ints) -> Array:
    """Leave out columns of grades that say nothing more than the units, the year and the others do."""
    within = X - pd.DataFrame(X).groupby(unit).transform("mean").to_numpy()
    kept = [0]
    for column in range(1, X.shape[1]):
        if np.linalg.matrix_rank(within[:, [*kept, column]]) > len(kept):
            kept.append(column)
    return X[:, kept]


def _row(known: dict[str, object], reason: str) -> dict[str, object]:
    """Give a row without a comparison, and why."""
    return known | {"reason": reason}
