"""The chance of being chronically absent, and the grades' log-odds that give the published rates.

A student's own log-odds are not known to a population, so every chance is averaged over them: a normal deviation by
Gauss-Hermite quadrature, and the groups by their shares.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from scipy.stats import binom

from analysis import engine
from analysis.arrays import Array
from analysis.records.synthetic import district as recipe
from analysis.records.synthetic.days import DAYS, INTERCEPTS, STUDENT
from analysis.records.synthetic.district import District

MINIMUM_DAYS = 10
_GRID = np.arange(-12.0, 6.0 + 1e-9, 0.02)
_POINTS = 40


def deviations() -> tuple[Array, Array]:
    """Give the distribution of students' own log-odds: points, and weights that sum to 1."""
    points, weights = np.polynomial.hermite_e.hermegauss(_POINTS)
    groups = [
        [(effects.get(level, 0) / 1000, share) for level, share in shares.items()]
        for shares, effects, _ in recipe.GROUPS.values()
        if effects
    ]
    shifts = [
        (sum(shift for shift, _ in levels), np.prod([share for _, share in levels])) for levels in product(*groups)
    ]
    return (
        np.concatenate([recipe.STUDENT_SD * points + shift for shift, _ in shifts]),
        np.concatenate([weights / weights.sum() * share for _, share in shifts]),
    )


def marginal(log_odds: Array) -> Array:
    """Average expit over the students' deviations (linear between points 0.002 apart: exact to 1e-7)."""
    points, weights = deviations()
    grid = np.arange(_GRID[0], _GRID[-1], 0.002)
    return np.interp(log_odds, grid, expit(grid[:, None] + points) @ weights)


@dataclass(frozen=True)
class ChronicChance:
    """The chance of missing 10 % or more of n days, averaged over students' deviations.

    Parameters
    ----------
    table : (days + 1, grid) chance by days counted and by the log-odds of a student without deviation, averaged over
        these days.
    """

    table: Array

    def at(self, days: npt.ArrayLike, log_odds: npt.ArrayLike) -> Array:
        """Look chances up, linearly between log-odds 0.02 apart."""
        place = np.clip((np.asarray(log_odds) - _GRID[0]) / 0.02, 0, len(_GRID) - 1 - 1e-6)
        left = place.astype(int)
        row, share = np.asarray(days, dtype=int), place - left
        return np.asarray((1 - share) * self.table[row, left] + share * self.table[row, left + 1])

    def with_unmarked(self) -> "ChronicChance":
        """Give the chance by days enrolled, of which a few will not be marked."""
        days = np.arange(len(self.table))
        return ChronicChance(
            binom.pmf(days, days[:, None], (1 - recipe.UNMARKED) * (1 - recipe.NOT_SUBMITTED)) @ self.table
        )


def chronic_chance(effects: Array) -> ChronicChance:
    """Compute the chance by days and log-odds.

    A student's days are a chain of two states (absent or not) whose next day keeps its number with chance `KEEP`, with
    the student's mean probability on every day; half days are counted as such. What is approximate: the seasonal rise
    and fall of a student's probability around its mean, which moves the result by less than 0.2 points.

    Parameters
    ----------
    effects : (days,) the calendar's log-odds by day.
    """
    p = expit(_GRID[:, None] + effects - effects.mean()).mean(axis=1)
    table = _chance_given(p, len(effects))
    points, weights = deviations()
    averaged = np.zeros_like(table)
    for point, weight in zip(points, weights, strict=True):
        averaged += weight * _shifted(table, point)
    return ChronicChance(averaged)


def solve_intercepts(district: District, chance: ChronicChance) -> pd.DataFrame:
    """Find the log-odds of each grade at which the published share of its students is expected to be chronic.

    Returns
    -------
    DataFrame with `grade_level`, `effect` (whole thousandths). It is also made a table of the engine.
    """
    spells = _spells()
    of_days = chance.with_unmarked()
    effects = {}
    for grade, (_, percent) in recipe.PUBLISHED.items():
        of_grade = spells[spells["grade_level"] == grade]
        effects[grade] = round(1000 * _solve(of_days, of_grade, percent / 100))
    effects["PK"] = effects["KG"] + recipe.PK_MORE
    table = pd.DataFrame({"grade_level": list(effects), "effect": list(effects.values())})
    engine.register(INTERCEPTS, table)
    return table


def _spells() -> pd.DataFrame:
    """Count the students by grade, days enrolled and mean log-odds beside the grade's (to 0.01)."""
    return engine.table(f"""
        WITH calendar AS (SELECT day, sum(effect) OVER (ORDER BY day) AS until FROM {DAYS}),
        spell AS (
            SELECT grade_level, last_day - first_day + 1 AS days,
                ending.until - coalesce(before.until, 0) + (least(move_day, last_day + 1) - first_day) * school_effect
                    + greatest(last_day + 1 - move_day, 0) * second_effect AS total,
                CASE WHEN mobile THEN {recipe.MOBILE_EFFECT} ELSE 0 END AS mobile_effect
            FROM {STUDENT} JOIN calendar AS ending ON ending.day = last_day
            LEFT JOIN calendar AS before ON before.day = first_day - 1)
        SELECT grade_level, days, round((total / days + mobile_effect) / 10)::BIGINT / 100.0::DOUBLE AS log_odds,
            count(*) AS students
        FROM spell WHERE days >= {MINIMUM_DAYS} GROUP BY ALL ORDER BY ALL""")


def _solve(chance: ChronicChance, spells: pd.DataFrame, target: float) -> float:
    days, beside, weight = (spells[column].to_numpy() for column in ("days", "log_odds", "students"))
    low, high = -8.0, 3.0
    for _ in range(40):
        middle = (low + high) / 2
        if np.average(chance.at(days, beside + middle), weights=weight) < target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _chance_given(p: Array, days: int) -> Array:
    """Give (days + 1, len(p)): the chance that n days with probability p each, in runs, have n/10 absent or more."""
    states = 2 * days // 10 + 3  # half days absent: as many as decide; more are chronic anyway
    present, absent = np.zeros((len(p), states)), np.zeros((len(p), states))
    chances = np.zeros((days + 1, len(p)))
    to_absent, stays_absent = (1 - recipe.KEEP) * p[:, None], recipe.KEEP + (1 - recipe.KEEP) * p[:, None]
    present[:, 0], absent[:, 0] = 1 - p, p  # whether the day before the first would have been missed
    for day in range(1, days + 1):
        missed = present * to_absent + absent * stays_absent
        present = present * (1 - to_absent) + absent * (1 - stays_absent)
        absent = recipe.HALF_SHARE * _moved(missed, 1) + (1 - recipe.HALF_SHARE) * _moved(missed, 2)
        fewer = -(-day // 5)  # chronic from 5 x half days >= days
        chances[day] = 1 - (present + absent)[:, :fewer].sum(axis=1)
    return np.clip(chances, 0, 1)


def _moved(counts: Array, by: int) -> Array:
    moved = np.zeros_like(counts)
    moved[:, by:] = counts[:, :-by]
    return moved


def _shifted(table: Array, by: float) -> Array:
    """Give the table at log-odds `by` higher, the ends held."""
    place = np.clip(np.arange(len(_GRID)) + by / 0.02, 0, len(_GRID) - 1 - 1e-6)
    left = place.astype(int)
    share = place - left
    return np.asarray((1 - share) * table[:, left] + share * table[:, left + 1])
