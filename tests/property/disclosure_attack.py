"""An attacker who holds the published tables: what is left for each hidden count?"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.vocabulary import GRADES, TIERS

COLUMNS = ("students", "students_counted", "chronically_absent", *TIERS)
STUDENTS, COUNTED, CHRONIC, TIER = 0, 1, 2, slice(3, 7)
BLOCK = {"school_year": "2017-18", "district_id": "EX"}


@dataclass(frozen=True)
class Sum:
    """A sum that the attacker knows: signs over rows, and per column its value (NaN: not known)."""

    signs: np.ndarray
    value: np.ndarray


def people(random: np.random.Generator, sizes: np.ndarray, chronic: float) -> pd.DataFrame:
    """Draw the counts of a row for each size."""
    counted = random.binomial(sizes, 0.97)
    absent = random.binomial(counted, chronic)
    severe, at_risk = random.binomial(absent, 0.3), random.binomial(counted - absent, 0.35)
    tiers = (counted - absent - at_risk, at_risk, absent - severe, severe)
    table = pd.DataFrame(dict(zip(COLUMNS, (sizes, counted, absent, *tiers), strict=True)))
    return table.assign(days_absent=sizes * 12.5, absence_rate=0.07, chronic_rate=absent / np.maximum(counted, 1))


def whole(rows: pd.DataFrame, **keys: str) -> pd.DataFrame:
    """Add rows up."""
    total = rows[[*COLUMNS, "days_absent"]].sum()
    rate = total["chronically_absent"] / max(total["students_counted"], 1)
    return pd.DataFrame([{**keys, **total, "chronic_rate": rate, "absence_rate": 0.07}])


def by_grade(random: np.random.Generator, typical: int, chronic: float) -> pd.DataFrame:
    """Make `absence_by_grade` of a district with about so many students a grade."""
    sizes = np.maximum(1, random.lognormal(np.log(typical), 0.6, 13)).astype(int)
    rows = people(random, sizes, chronic).assign(grade_level=GRADES[1:], level_type="level")
    bands = [
        whole(rows[:9], grade_level="K-8", level_type="band"),
        whole(rows[9:], grade_level="9-12", level_type="band"),
    ]
    total = whole(rows, grade_level="K-12", level_type="total")
    return pd.concat([rows, *bands, total], ignore_index=True).assign(**BLOCK)


def sums_by_grade() -> list[Sum]:
    """Give the sums of `by_grade`: both bands and the total, over rows that are in the table."""
    signs = np.zeros((3, 16))
    signs[0, :9], signs[0, 13], signs[1, 9:13], signs[1, 14], signs[2, :13], signs[2, 15] = 1, -1, 1, -1, 1, -1
    return [Sum(row, np.zeros(len(COLUMNS))) for row in signs]


def crossed(random: np.random.Generator, schools: int, grades: int, typical: int, chronic: float) -> pd.DataFrame:
    """Make `absence_by_school_and_grade`."""
    sizes = np.maximum(1, random.lognormal(np.log(typical), 0.7, schools * grades)).astype(int)
    keys = [(f"S{school}", GRADES[1 + grade]) for school in range(schools) for grade in range(grades)]
    names = pd.DataFrame(keys, columns=["school_id", "grade_level"])
    return people(random, sizes, chronic).assign(**BLOCK, level_type="level", **names)


def margin(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """Sum a crossing over all but one of its dimensions, with its total."""
    parts = [whole(rows, **{key: str(level)}, level_type="level") for level, rows in table.groupby(key, sort=False)]
    total = whole(table, **{key: "all"}, level_type="total")
    return pd.concat([*parts, total], ignore_index=True).assign(**BLOCK)


def sums_of_margin(table: pd.DataFrame, key: str, shown: pd.DataFrame) -> list[Sum]:
    """Give the sums of a crossing that a published margin shows."""
    values = shown[list(COLUMNS)].to_numpy(dtype=float)
    return [
        Sum((table[key] == level).to_numpy(dtype=float) if kind == "level" else np.ones(len(table)), value)
        for level, kind, value in zip(shown[key], shown["level_type"], values, strict=True)
    ]


def equations(shown: np.ndarray, sums: list[Sum]) -> Iterator[tuple[np.ndarray, float]]:
    """List all that adds up: within a row, and by `sums`; a matrix of the size of `shown`, and what it comes to."""
    for row in range(len(shown)):
        for whole_column, parts in ((CHRONIC, [5, 6]), (COUNTED, [3, 4, 5, 6])):
            signs = np.zeros(shown.shape)
            signs[row, whole_column], signs[row, parts] = -1, 1
            yield signs, 0.0
    for one in sums:
        for column in np.flatnonzero(~np.isnan(one.value)):
            signs = np.zeros(shown.shape)
            signs[:, column] = one.signs
            yield signs, float(one.value[column])


def solved(shown: np.ndarray, sums: list[Sum]) -> np.ndarray:
    """Find the hidden cells that elimination gives: (rows, columns), true where there is one solution only."""
    hidden = np.isnan(shown)
    matrix = np.array([signs[hidden] for signs, _ in equations(shown, sums)])
    _, singular, directions = np.linalg.svd(matrix, full_matrices=True)
    free = directions[int((singular > 1e-9).sum()) :]
    found = np.zeros(shown.shape, dtype=bool)
    found[hidden] = np.abs(free).sum(axis=0) < 1e-9 if len(free) else True
    return found


def intervals(exact: np.ndarray, gated: pd.DataFrame, sums: list[Sum], minimum: int, cells: np.ndarray) -> np.ndarray:
    """Bound hidden cells by integer programs, knowing the sums and what the marks tell: (cells, 2)."""
    shown = gated[list(COLUMNS)].to_numpy(dtype=float)
    low, high = np.nan_to_num(shown, nan=0.0), np.nan_to_num(shown, nan=3 * exact.max() + 50)
    signs, values = zip(*equations(shown, sums), strict=True)
    rules = [LinearConstraint(np.array([one.ravel() for one in signs]), values, values)]
    for row, mark in enumerate(gated["hidden"]):
        counted, chronic = np.zeros(shown.shape), np.zeros(shown.shape)
        counted[row, COUNTED], counted[row, STUDENTS] = 1, -1
        chronic[row, COUNTED], chronic[row, CHRONIC] = 1, -1
        rules.append(LinearConstraint(counted.ravel()[None], -np.inf, 0))
        if np.isnan(shown[row, STUDENTS]):
            low[row, STUDENTS] = 1
            if mark == "complement":
                low[row, [STUDENTS, COUNTED]] = minimum
            elif exact[row, COUNTED] < minimum:
                high[row, COUNTED] = minimum - 1
        elif np.isnan(shown[row, CHRONIC]):  # which side is small is no secret: the absence rate tells
            rest = exact[row, COUNTED] - exact[row, CHRONIC]
            if exact[row, CHRONIC] < minimum:
                high[row, CHRONIC] = minimum - 1
            elif rest < minimum:
                rules.append(LinearConstraint(chronic.ravel()[None], 0, minimum - 1))
            else:
                low[row, CHRONIC] = minimum
                rules.append(LinearConstraint(chronic.ravel()[None], minimum, np.inf))
    box = Bounds(low.ravel(), high.ravel())
    found = []
    for row, column in cells:
        goal = np.zeros(shown.shape)
        goal[row, column] = 1
        ends = [
            milp(sign * goal.ravel(), constraints=rules, bounds=box, integrality=np.ones(goal.size)) for sign in (1, -1)
        ]
        if not all(end.success for end in ends):
            raise ValueError(f"no answer for row {row}, column {column}: {ends[0].message}, {ends[1].message}")
        found.append((round(ends[0].fun), round(-ends[1].fun)))
    return np.array(found).reshape(-1, 2)
