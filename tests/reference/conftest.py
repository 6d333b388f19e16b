"""The test of the ledger runs last, and what was compared is printed."""

from pathlib import Path

import agreement
import pytest
from known_data import PART_OF, REFERENCE

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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option; it is there where `tests/reference` is named on the command line."""
    parser.addoption("--write-agreement", action="store_true", help="write the agreement with R into docs/methods.md")


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    rows = agreement.found()
    if not rows:
        return
    terminalreporter.write_sep("-", "agreement with R (largest relative difference)")
    for row in rows:
        of = f"{row.numbers} numbers of {row.keys} keys ({row.close} within 1e-8)"
        terminalreporter.write_line(f"{row.file}: {of}, {row.largest:.1e} at {row.at}")
    if config.getoption("--write-agreement", default=False):
        agreement.write(rows)
        terminalreporter.write_line("written into docs/methods.md")
