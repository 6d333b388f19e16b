"""Synthetic districts for the speed of student-days, made once: a school year of a city, and up to a state's."""

from pathlib import Path

from measure import ROOT, WORK

from analysis import engine, records
from analysis.records.types import StudentRecords
from analysis.study import Study

CITY = 18_900
"""Students of 3.5 million student-days."""


def study(students: int, source: str = "student_days.parquet") -> Study:
    """Write the example's study for so many students, and make its district where it is missing."""
    text = (ROOT / "studies/example.yaml").read_text(encoding="utf-8")
    text = text.replace("data/synthetic/example", f"data/{students}").replace(
        "students: 18900", f"students: {students}"
    )
    path = WORK / "studies" / f"{students}{Path(source).suffix.replace('.', '_')}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = text.replace("path: student_days.parquet", f"path: {source}")
    if not path.exists() or path.read_text(encoding="utf-8") != text:  # others may be reading it
        path.write_text(text, encoding="utf-8")
    made = Study.load(path)
    records.inputs(made) if source.endswith(".parquet") else _as_csv(made, source)
    return made


def read(students: int) -> StudentRecords:
    """Read such a district; what has been read before is taken as it is."""
    found = records.read(study(students))
    assert isinstance(found, StudentRecords)
    return found


def _as_csv(made: Study, source: str) -> None:
    table = made.data / "student_days.parquet"
    if not (made.data / source).exists():
        engine.execute(f"COPY (FROM '{table}') TO '{made.data / source}' (FORMAT csv, HEADER)")
