"""Small made-up districts as cells: no child, no file."""

from itertools import count

import numpy as np
import pandas as pd

from analysis import engine
from analysis.measures.cells import Cells, cells_of

NUMBERS = count()


def cells_from(rows: pd.DataFrame, drivers: tuple[str, ...], outcome: str = "absence") -> Cells:
    """Make cells of rows: `student_id`, `date` (optional), drivers, `n` and `y` in days."""
    name = f"small_district_{next(NUMBERS)}"
    whole = rows.assign(n=(rows["n"] * 1000).round().astype("int64"), y=(rows["y"] * 1000).round().astype("int64"))
    engine.register(name, whole)
    return cells_of(outcome, engine.lazy(f'SELECT * FROM "{name}"'), drivers, 1000, dated="date" in rows)


def student_years(
    sizes: dict[str, dict[str, int]],
    seed: int,
    effects: dict[str, float] | None = None,
    *,
    days: int = 180,
    intercept: float = -2.6,
    sd: float = 0.9,
) -> pd.DataFrame:
    """Draw a row a student: school, grade, days, days absent.

    Parameters
    ----------
    sizes : students by school and grade.
    effects : log-odds by school or grade.
    sd : spread of students' own log-odds.
    """
    random = np.random.default_rng(seed)
    rows = []
    for school, grades in sizes.items():
        for grade, students in grades.items():
            shift = sum((effects or {}).get(level, 0) for level in (school, grade))
            rate = 1 / (1 + np.exp(-(intercept + shift + sd * random.standard_normal(students))))
            for number, absent in enumerate(random.binomial(days, rate)):
                rows.append((f"{school}-{grade}-{number}", school, grade, float(days), float(absent)))
    return pd.DataFrame(rows, columns=["student_id", "school_id", "grade_level", "n", "y"])


def student_days(rows: pd.DataFrame, dates: int, seed: int, date_sd: float = 0.0) -> pd.DataFrame:
    """Draw a row a student and date, from students with a `rate`."""
    random = np.random.default_rng(seed)
    calendar = pd.bdate_range("2017-09-01", periods=dates)
    shift = date_sd * random.standard_normal(dates)
    tables = []
    for place, date in enumerate(calendar):
        odds = rows["rate"] / (1 - rows["rate"]) * np.exp(shift[place])
        tables.append(
            rows[["student_id", "school_id", "grade_level"]].assign(
                date=date.strftime("%Y-%m-%d"),
                month=date.strftime("%Y-%m"),
                weekday=date.day_name(),
                n=1.0,
                y=random.binomial(1, odds / (1 + odds)).astype(float),
            )
        )
    return pd.concat(tables, ignore_index=True)
