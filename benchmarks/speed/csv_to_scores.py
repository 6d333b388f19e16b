"""A city's year from CSV, checked, to cells and scores, against DuckDB's own plain scan of that CSV into cells."""

import shutil

import numpy as np
from districts import CITY, study
from measure import compare

from analysis import engine, records
from analysis.measures.outcomes import absence_cells
from analysis.records.types import StudentRecords

SOURCE = "student_days.csv"


def ours() -> str:
    """Read, check and type every row, write the canonical Parquet, then cells and the products of students' scores."""
    made = study(CITY, SOURCE)
    shutil.rmtree(made.interim, ignore_errors=True)
    source = records.read(made)
    assert isinstance(source, StudentRecords)
    cells = absence_cells(source)
    cells.products(np.full(len(cells.table), 0.1), "student_id")
    return f"{len(cells.table):,} cells"


def scan() -> str:
    """Sum the days of the file by grade, school and month, and check nothing."""
    path = study(CITY, SOURCE).data / SOURCE
    rows = engine.execute(f"""SELECT grade_level, school_id, month(date), sum(membership), sum(days_absent)
        FROM read_csv('{path}') GROUP BY ALL""")
    return f"{len(rows):,} cells"


if __name__ == "__main__":
    study(CITY), study(CITY, SOURCE)
    compare(__file__, {"ours, every row checked": ours, "a plain scan": scan})
