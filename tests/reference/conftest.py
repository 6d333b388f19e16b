"""The test of the ledger runs last, and what was compared is printed."""

from pathlib import Path

import pytest
from known_data import LEDGER, PART_OF, REFERENCE

from analysis import records
from analysis.records.types import StudentRecords
from analysis.study import Study

STUDY = """
title: Known records
data: .
audience: internal
records:
  kind: student_days
  files: [{path: FILE}]
  set: {district_id: "1"}
  columns:
    student_id: student_id
    school_id: school_id
    grade_level: grade_level
    date: date
    days_enrolled: days_enrolled
    days_absent: days_absent
    absence_reason: absence_reason
  groups: [economic_disadvantage, english_learner, race_ethnicity]
  students:
    files: [{path: students.csv}]
    columns:
      student_id: student_id
      economic_disadvantage: economic_disadvantage
      english_learner: english_learner
      race_ethnicity: race_ethnicity
  schools:
    files: [{path: schools.csv}]
    columns: {school_id: school_id, school_name: school_name, school_level: school_level}
definitions:
  grades: [PK, KG, "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"]
"""


@pytest.fixture(scope="session")
def known_district(tmp_path_factory: pytest.TempPathFactory) -> StudentRecords:
    """Read the known student-days as a study does, from files to records."""
    return _read(tmp_path_factory.mktemp("known"), "student_days.csv.gz")


@pytest.fixture(scope="session")
def known_half_days(tmp_path_factory: pytest.TempPathFactory) -> StudentRecords:
    """Read the two schools whose students are absent by half days too."""
    return _read(tmp_path_factory.mktemp("known_half"), "student_days_half.csv.gz")


def _read(root: Path, file: str) -> StudentRecords:
    for name in (file, "students.csv"):
        (root / name).symlink_to(REFERENCE / "data" / name)
    schools = "".join(f"{school},School {school},\n" for school in PART_OF)
    (root / "schools.csv").write_text(f"school_id,school_name,school_level\n{schools}", encoding="utf-8")
    (root / "studies").mkdir()
    (root / "studies" / "known.yaml").write_text(STUDY.replace("FILE", file), encoding="utf-8")
    source = records.read(Study.load(root / "studies" / "known.yaml"))
    assert isinstance(source, StudentRecords)
    return source


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: Path(item.fspath).name == "test_keys.py")


def pytest_terminal_summary(terminalreporter) -> None:
    if not LEDGER.numbers:
        return
    terminalreporter.write_sep("-", "agreement with R (largest relative difference)")
    files = sorted({name.split(":")[0] for name in LEDGER.numbers})
    for file in files:
        keys = [name for name in LEDGER.numbers if name.startswith(f"{file}:")]
        largest = max(keys, key=LEDGER.largest.__getitem__)
        count = sum(LEDGER.numbers[name] for name in keys)
        terminalreporter.write_line(
            f"{file}: {len(keys)} keys, {count} numbers, {LEDGER.largest[largest]:.1e} at {largest.split(':')[1]}"
        )
    terminalreporter.write_line(f"all: {len(LEDGER.numbers)} keys, {sum(LEDGER.numbers.values())} numbers")
