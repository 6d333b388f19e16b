"""How long checking a million rows takes, beside the engine's plain scan of the same file.

    .venv/bin/python benchmarks/checking.py [--rows 1000000]

Student-days with a fault in every thousandth row. The scan reads every cell as text and counts those that are filled;
checking reads, types and judges every row, finds lines by a second pass, and writes the canonical Parquet.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import engine, records
from analysis.study import Study

YAML = """title: T
data: data
records:
  kind: student_days
  files: [{path: t.csv}]
  columns: {student_id: student, school_id: school, grade_level: grade, date: date, days_absent: absent}
"""
TIMES = 3


def main() -> None:
    """Print both times, the best of three, and their ratio."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=1_000_000)
    rows = options.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _write(root, rows)
        study = Study.load(root / "studies/t.yaml")
        scan = _best(lambda: _scan(study.data / "t.csv"))
        check = _best(lambda: records.check(study), lambda: [one.unlink() for one in root.rglob("*.pickle")])
    print(f"{rows:,} rows: scan {scan:.2f} s, check {check:.2f} s, {check / scan:.1f} times the scan")


def _write(root: Path, rows: int) -> None:
    days = pd.bdate_range("2017-09-05", periods=180).strftime("%Y-%m-%d").to_numpy()
    at = np.arange(rows)
    frame = pd.DataFrame({
        "student": at // 180, "school": at // 180 % 40, "grade": at // 180 % 12 + 1, "date": days[at % 180],
        "absent": np.where(at % 1000 == 999, "some", np.where(at % 13 == 0, "1", "0")),
    })  # fmt: skip
    for part in ("studies", "data"):
        (root / part).mkdir()
    frame.to_csv(root / "data/t.csv", index=False)
    (root / "studies/t.yaml").write_text(YAML)


def _scan(path: Path) -> None:
    columns = ", ".join(f"'c{number}': 'VARCHAR'" for number in range(1, 6))
    counts = ", ".join(f"count(c{number})" for number in range(1, 6))
    engine.execute(f"""SELECT {counts} FROM read_csv({engine.quoted(str(path))}, auto_detect=false, header=false,
        skip=1, delim=',', quote='"', escape='"', columns={{{columns}}})""")


def _best(run: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    taken = []
    for _ in range(TIMES):
        before()
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return min(taken)


if __name__ == "__main__":
    main()
