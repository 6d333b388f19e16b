"""The population-averaged model: the drivers' binomial model, fitted to expected absences instead of observed ones.

Stands apart from models/ on purpose, so that a fault there cannot hide itself: other code and solver, same estimand.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from analysis.arrays import Array, Ints
from analysis.vocabulary import LEVEL_ORDER, PAIR


@dataclass(frozen=True)
class TrueModel:
    """The model that a district of endlessly many such students would give.

    Parameters
    ----------
    cells : `grade_level, school_id`, other drivers, `n`, `y` (expected).
    drivers : of the model.
    levels : of each driver, the reference first.
    coefficients : log-odds by (driver, level); the reference levels have 0. The intercept is ('', '').
    component : (cells,) connected part, 1 with the most days.
    """

    cells: pd.DataFrame
    drivers: tuple[str, ...]
    levels: dict[str, list[str]]
    coefficients: dict[tuple[str, str], float]
    component: Ints

    def adjusted(self) -> pd.DataFrame:
        """Give the adjusted rates and contrasts: grade and school in their part, the season over all (component 0).

        Returns
        -------
        DataFrame with `driver, level, component, n, rate, adjusted_rate, contrast` (shares; the contrast is against the
        part's own rate).
        """
        tables = []
        for driver in self.drivers:
            for part in np.unique(self.component) if driver in PAIR else (0,):
                rows = self.component == part if part else np.ones(len(self.cells), dtype=bool)
                tables.append(self._of_part(driver, int(part), self.cells[rows], self._log_odds()[rows]))
        return pd.concat(tables, ignore_index=True)

    def _log_odds(self) -> Array:
        total = np.full(len(self.cells), self.coefficients["", ""])
        for driver in self.drivers:
            total += self._of_driver(self.cells, driver)
        return total

    def _of_driver(self, cells: pd.DataFrame, driver: str) -> Array:
        of_level = {level: self.coefficients[driver, level] for level in self.levels[driver]}
        return np.asarray(cells[driver].map(of_level), dtype=np.float64)

    def _of_part(self, driver: str, part: int, cells: pd.DataFrame, log_odds: Array) -> pd.DataFrame:
        sums = cells.groupby(driver)[["n", "y"]].sum()
        levels = [level for level in self.levels[driver] if level in sums.index]
        n, rest = cells["n"].to_numpy(), log_odds - self._of_driver(cells, driver)
        rates = np.array([n @ expit(rest + self.coefficients[driver, level]) / n.sum() for level in levels])
        sums = sums.loc[levels]
        return pd.DataFrame(
            {
                "driver": driver,
                "level": levels,
                "component": part,
                "n": sums["n"].to_numpy(),
                "rate": (sums["y"] / sums["n"]).to_numpy(),
                "adjusted_rate": rates,
                "contrast": rates - cells["y"].sum() / cells["n"].sum(),
            }
        )


def fit_truth(cells: pd.DataFrame, drivers: tuple[str, ...]) -> TrueModel:
    """Fit expected absences y of n days (or students) on the drivers, treatment coded, by Newton's method.

    Parameters
    ----------
    cells : the drivers (text; grade and school among them), `n`, `y`.
    """
    component = parts(cells)
    levels = {driver: _in_order(driver, cells[driver]) for driver in drivers}
    references = {("grade_level", levels["grade_level"][0])} | {
        (driver, levels[driver][0]) for driver in drivers if driver not in PAIR
    }
    for part in np.unique(component):  # within each part grades and schools both sum to one
        present = set(cells.loc[component == part, "school_id"])
        references.add(("school_id", next(level for level in levels["school_id"] if level in present)))
    terms = [("", ""), *((driver, level) for driver in drivers for level in levels[driver])]
    kept = [term for term in terms if term not in references]
    estimates = _newton(_dummies(cells, kept), cells["n"].to_numpy(np.float64), cells["y"].to_numpy(np.float64))
    coefficients = dict.fromkeys(terms, 0.0) | dict(zip(kept, map(float, estimates), strict=True))
    return TrueModel(cells, drivers, levels, coefficients, component)


def parts(cells: pd.DataFrame) -> Ints:
    """Number the connected parts of the grade-school graph, most days first; every student is a link."""
    grade, school = (pd.factorize(cells[side], sort=True) for side in PAIR)
    nodes = len(grade[1]) + len(school[1])
    graph = sparse.coo_array((np.ones(len(cells)), (grade[0], school[0] + len(grade[1]))), shape=(nodes, nodes))
    label = connected_components(graph, directed=False)[1][grade[0]]
    days = pd.Series(cells["n"].to_numpy()).groupby(label).sum().sort_values(ascending=False, kind="stable")
    return np.array(pd.Series(label).map({part: place for place, part in enumerate(days.index, 1)}), dtype=np.int64)


def _in_order(driver: str, values: pd.Series) -> list[str]:
    present = set(values)
    return [level for level in LEVEL_ORDER.get(driver, sorted(present)) if level in present]


def _dummies(cells: pd.DataFrame, terms: list[tuple[str, str]]) -> Any:
    """Give the sparse design (cells, terms): the intercept, and a dummy a term."""
    number = {term: place for place, term in enumerate(terms)}
    rows: list[Any] = [np.arange(len(cells))]
    columns: list[Any] = [np.zeros(len(cells), dtype=np.int64)]
    for driver in sorted({driver for driver, _ in terms} - {""}):
        place = cells[driver].map({level: number[driver, level] for name, level in terms if name == driver})
        rows.append(np.flatnonzero(place.notna()))
        columns.append(place.dropna().to_numpy(np.int64))
    ones = np.ones(sum(map(len, rows)))
    shape = (len(cells), len(terms))
    return sparse.coo_array((ones, (np.concatenate(rows), np.concatenate(columns))), shape=shape).tocsr()


def _newton(X: Any, n: Array, y: Array) -> Array:
    mean = y.sum() / n.sum()
    estimates: Array = np.zeros(X.shape[1])
    estimates[0] = np.log(mean / (1 - mean))
    for _ in range(50):
        p = expit(X @ estimates)
        information = (X.T @ sparse.diags_array(n * p * (1 - p)) @ X).toarray()
        step: Array = np.linalg.solve(information, X.T @ (y - n * p))
        estimates += step
        if np.abs(step).max() < 1e-12:
            return estimates
    raise ArithmeticError("the truth's model did not settle")
