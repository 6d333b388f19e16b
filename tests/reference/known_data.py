"""The known district, what R says of it, and the ledger of what was compared."""

import json
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analysis import engine
from analysis.measures.cells import Cells, cells_of
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.covariance import Covariance, clustered

HERE = Path(__file__).parent
REFERENCE = HERE.parents[2] / "shared" / "reference"
ALL_DRIVERS = ("grade_level", "school_id", "month", "weekday")
needs_reference = pytest.mark.skipif(not REFERENCE.exists(), reason=f"{REFERENCE} is not on this machine")


@dataclass
class Ledger:
    """Which keys were compared in this run, how many numbers, and the largest relative difference by file.

    `without` has the keys in which R has nothing to compare in this district: parts that it lacks, infinite estimates.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    largest: dict[str, float] = field(default_factory=dict)
    without: set[str] = field(default_factory=set)


LEDGER = Ledger()


@cache
def results(file: str) -> dict[str, Any]:
    """Read a file of results: key to R's text, note and value."""
    return json.loads((REFERENCE / "results" / f"{file}.json").read_text(encoding="utf-8"))["results"]


def value(file: str, key: str) -> Any:
    return results(file)[key]["value"]


def frame(file: str, key: str) -> pd.DataFrame:
    return pd.DataFrame(value(file, key))


def agree(file: str, key: str, ours: Any, theirs: Any, tolerance: float = 1e-8) -> None:
    """Compare numbers, relative to R's; a number near zero relative to a ten-thousandth of the largest beside it."""
    a, b = np.atleast_1d(np.asarray(ours, dtype=float)), np.atleast_1d(np.asarray(theirs, dtype=float))
    assert a.shape == b.shape, f"{key}: {a.shape} numbers against {b.shape}"
    known = np.isfinite(b)
    assert known.any(), f"{key}: R has no number to compare"
    scale = np.maximum(np.abs(b[known]), 1e-4 * np.abs(b[known]).max())
    difference = np.abs(a[known] - b[known]) / np.where(scale > 0, scale, 1)
    name = f"{file}:{key}"
    LEDGER.numbers[name] = LEDGER.numbers.get(name, 0) + int(known.sum())
    LEDGER.largest[name] = max(LEDGER.largest.get(name, 0), float(difference.max()))
    assert difference.max() <= tolerance, f"{key}: off by {difference.max():.3g}"


def _parts() -> dict[str, int]:
    """Number the parts of the district that no grade joins, as R does: the one with most days is the first."""
    if not REFERENCE.exists():
        return {}
    rows = pd.read_csv(REFERENCE / "data" / "student_days.csv.gz", dtype=str)
    by = rows.groupby(["school_id", "grade_level"], as_index=False).size()
    schools, grades = by["school_id"].astype("category"), by["grade_level"].astype("category")
    ends = schools.cat.codes, len(schools.cat.categories) + grades.cat.codes
    size = len(schools.cat.categories) + len(grades.cat.categories)
    _, part = connected_components(coo_array((np.ones(len(by)), ends), (size, size)), directed=False)
    days = by.groupby(part[ends[0]])["size"].sum().sort_values(ascending=False)
    rank = {label: place + 1 for place, label in enumerate(days.index)}
    return {school: rank[part[code]] for code, school in enumerate(schools.cat.categories)}


PART_OF = _parts()
MAIN = f"school_id IN ({', '.join(engine.quoted(school) for school, part in PART_OF.items() if part == 1)})"


def size(of: str = "*") -> int:
    """Count the known student-days, or what is distinct in them."""
    return int(engine.execute(f"SELECT count({of}) FROM ({days()})")[0][0])


def root_of_r(tau2: float) -> float:
    """Say how far R's Paule-Mandel root may be off, relative to it: `uniroot` stops within 1.3e-4."""
    return max(1e-6, 1.3e-4 / tau2) if tau2 else 1e-6


def nothing_of_r(file: str, key: str) -> None:
    """Leave a key out where R has nothing to compare in this district."""
    LEDGER.without.add(f"{file}:{key}")


def claims() -> pd.DataFrame:
    """Read which keys are compared and which are not, and why."""
    return pd.read_csv(HERE / "keys.csv", dtype=str, keep_default_na=False)


def claim_of(file: str, key: str) -> list[dict[str, str]]:
    rows = claims().to_dict("records")
    return [row for row in rows if row["file"] == file and fnmatch(key, row["keys"])]


def days(where: str = "TRUE", file: str = "student_days.csv.gz") -> str:
    """Give the SQL of the known student-days, in thousandths of a day."""
    path = engine.quoted(str(REFERENCE / "data" / file))
    texts = ", ".join(f"'{name}': 'VARCHAR'" for name in ("student_id", "school_id", "grade_level", "date"))
    part = " ".join(f"WHEN '{school}' THEN '{part}'" for school, part in PART_OF.items())
    return f"""
        SELECT *, left(date, 7) AS month, dayname(date::DATE) AS weekday, CASE school_id {part} END AS component,
            CAST(days_enrolled * 1000 AS BIGINT) AS n, CAST(days_absent * 1000 AS BIGINT) AS y
        FROM read_csv({path}, types={{{texts}}}) WHERE {where}"""


def day_cells(drivers: tuple[str, ...] = ALL_DRIVERS, where: str = "TRUE", file: str = "student_days.csv.gz") -> Cells:
    return cells_of("absence", engine.lazy(days(where, file)), drivers)


def chronic_cells(drivers: tuple[str, ...] = ("grade_level", "school_id"), where: str = "TRUE") -> Cells:
    """Cells of students at a school with ten days or more there."""
    rows = f"""
        SELECT student_id, school_id, grade_level, 1 AS n, CAST(sum(y) * 10 >= sum(n) AS BIGINT) AS y
        FROM ({days(where)}) GROUP BY ALL HAVING sum(days_enrolled) >= 10"""
    return cells_of("chronic", engine.lazy(rows), drivers, 1, dated=False)


def grain(by: str, where: str = "TRUE", file: str = "student_days.csv.gz") -> pd.DataFrame:
    """Collapse days to a finer grain than cells, where log likelihoods, deviances and dispersions differ."""
    sums = "CAST(sum(n) AS DOUBLE) / 1000 AS n, CAST(sum(y) AS DOUBLE) / 1000 AS y"
    return engine.table(f"SELECT {by}, {sums} FROM ({days(where, file)}) GROUP BY {by} ORDER BY {by}")


def one_part(table: pd.DataFrame) -> np.ndarray:
    return np.ones(len(table), dtype=np.int64)


def parts_of(table: pd.DataFrame) -> np.ndarray:
    return table["school_id"].map(PART_OF).to_numpy()


def fitted(cells: Cells, *, parts: bool = False) -> BinomialFit:
    component = parts_of(cells.table) if parts else one_part(cells.table)
    return fit_binomial(cells.table, cells.drivers, component, cells.outcome)


def covariance(
    cells: Cells, fit: BinomialFit, cluster: Any = "student_id", factor: float | None = 1.0, drivers: Any = ()
) -> Covariance:
    """Cluster; without a factor as R's HC0 by default. `drivers` where columns of numbers follow from another."""
    return clustered(fit, cells.products(fit.fitted, cluster, drivers or fit.drivers), factor)


def all_enough(fit: BinomialFit) -> pd.DataFrame:
    """Counts that let every level have an interval, as R gives them."""
    rows = [(driver, level, 0, True) for driver in fit.drivers for level in fit.design.levels[driver]]
    return pd.DataFrame(rows, columns=["driver", "level", "students", "enough"])


def r_term(term: str) -> str:
    """Write a term as R does: `school_id[S02]` is `school_idS02`."""
    return term.replace("[", "").replace("]", "")


def error_columns(
    cells: Cells, fit: BinomialFit, rows: int, cluster: Any = "student_id", drivers: Any = ()
) -> dict[str, np.ndarray]:
    """Standard errors of the coefficients under each factor that R's tables have; `rows` is the n of hc1."""
    products = cells.products(fit.fitted, cluster, drivers or fit.drivers)
    groups, size = products.clusters, len(fit.coefficients)
    cadjust, hc1 = groups / (groups - 1), (rows - 1) / (rows - size)
    factors = {"hc0": 1.0, "hc0_cadjust": None, "hc1": hc1, "hc1_cadjust": hc1 * cadjust}
    unit = np.eye(size)
    return {name: np.sqrt(clustered(fit, products, factor).variances(unit)) for name, factor in factors.items()}
