"""The synthetic district: student-days in which no child is real, and the truth beside them."""

import json
import tempfile
from pathlib import Path

from analysis import engine
from analysis.problems import Problem, UserError
from analysis.records.synthetic.chronic import chronic_chance, solve_intercepts
from analysis.records.synthetic.days import TABLES, draw_students, write_student_days, write_students
from analysis.records.synthetic.district import make_district
from analysis.records.synthetic.truth import truth_of

FILES = ("student_days.parquet", "students.csv", "schools.csv", "calendar.csv", "truth.json")
"""What is written; the truth goes first and comes last, so that where it is, the rest is too and belongs to it."""

ASIDE = ".simulate-"


def is_simulated(folder: Path, students: int, seed: int) -> bool:
    """Say whether a folder holds the district of this size and seed."""
    truth = folder / FILES[-1]
    if not truth.is_file():
        return False
    made = json.loads(truth.read_text(encoding="utf-8"))
    return bool((made["students"], made["seed"]) == (students, seed))


def simulate(folder: Path, students: int, seed: int) -> None:
    """Make a synthetic district: student-days, students, schools, calendar, and its truth.

    The same students, seed and engine version give the same bytes, whatever the threads and the memory.

    Parameters
    ----------
    folder : where the files go; made if it is missing. Each is written aside and renamed.
    students : in K-12, 100 or more; pre-kindergarten is a twentieth on top.
    seed : of every random number.

    Raises
    ------
    UserError
        For fewer than 100 students; a folder that holds something else.
    """
    _refuse_others(folder)
    district = make_district(students, seed)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=ASIDE, dir=folder) as name:
            aside = Path(name)
            draw_students(district)
            chance = chronic_chance(district.days["effect"].to_numpy() / 1000)
            intercepts = solve_intercepts(district, chance)
            write_student_days(district, aside / "student_days.parquet")
            write_students(aside / "students.csv")
            district.schools.drop(columns="effect").to_csv(aside / "schools.csv", index=False, lineterminator="\n")
            district.calendar.to_csv(aside / "calendar.csv", index=False, lineterminator="\n")
            truth = truth_of(district, intercepts, chance, aside / "student_days.parquet")
            (aside / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8", newline="\n")
            (folder / FILES[-1]).unlink(missing_ok=True)
            for file in FILES:
                (aside / file).replace(folder / file)
    finally:
        for table in TABLES:
            engine.execute(f"DROP TABLE IF EXISTS {table}")


def _refuse_others(folder: Path) -> None:
    """Refuse a folder of somebody's files, which may have our names; what a killed run left is ours."""
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if FILES[-1] in names or any(name.startswith(ASIDE) for name in names):
        return
    if others := [name for name in names if (folder / name).is_file() and not name.startswith(".")]:
        seen = f"it holds other files, such as '{others[0]}'"
        why, fix = (
            "a synthetic district would be written among them, and over them",
            "name a new folder, or an empty one",
        )
        raise UserError("usage", Problem(str(folder), seen, why, fix))
