"""From files to records that are checked and typed, every problem found; and the synthetic district."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from analysis import engine, interim, source_code
from analysis.problems import Problem, UserError
from analysis.records.absence_events import read_absence_events
from analysis.records.canonical import no_table, read_canonical
from analysis.records.files import expand, years_not_read
from analysis.records.published_counts import read_published
from analysis.records.school_days import read_school_days
from analysis.records.student_days import read_student_days
from analysis.records.student_years import read_student_years
from analysis.records.synthetic.simulate import is_simulated, simulate
from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords
from analysis.study import Study

__all__ = [
    "PublishedCounts",
    "SchoolDays",
    "Source",
    "StudentRecords",
    "check",
    "inputs",
    "is_read",
    "once",
    "read",
    "simulate",
]

S = TypeVar("S", bound=Source)
T = TypeVar("T")


def inputs(study: Study) -> list[Path]:
    """List every file that a study reads; a synthetic district is made where it is missing.

    Raises
    ------
    UserError
        Files that are missing, all at once.
    """
    wanted = study.settings.simulate
    if wanted and not is_simulated(study.data, wanted.students, wanted.seed):
        simulate(study.data, wanted.students, wanted.seed)
    records = study.settings.records
    found: list[Path] = study.table_files
    problems: list[Problem] = no_table(study)
    for source in (*records.files, *(file for side in records.sides for file in side.files)):
        try:
            found += [file.path for file in expand(study.data, source)]
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError("records", dict.fromkeys(problems))
    return found


def read(study: Study) -> Source:
    """Read the records of a study, once: the same inputs, study and code give what was kept.

    Raises
    ------
    UserError
        Everything that stops the run, at once.
    """
    engine.bound(study.settings.memory, study.spill)
    before, seen = _states(study), study.as_seen_by(__name__)
    folder = place(seen, __name__)
    kept = interim.kept(folder, "records", lambda: _unchanged(study, before, _read(seen, folder)))
    if isinstance(kept, StudentRecords) and not study.settings.records.table:  # a folder that was moved is read there
        return replace(kept, study=study, path=str(folder / Path(kept.path).name))
    return replace(kept, study=study)


def is_read(study: Study) -> bool:
    """Say whether `read` would find what it has kept."""
    wanted = study.settings.simulate
    if wanted and not is_simulated(study.data, wanted.students, wanted.seed):
        return False
    return (place(study.as_seen_by(__name__), __name__) / "records.pickle").is_file()


def once(source: S, make: Callable[[S], T], name: str) -> T:
    """Make something of all records once, for all pages that need it.

    Parameters
    ----------
    make : sees of the study what its stage may depend on, and no more (`Study.as_seen_by`).
    name : what it is called; with the module of `make` it names one thing.
    """
    seen = source.study.as_seen_by(make.__module__)
    return interim.kept(place(seen, make.__module__), name, lambda: make(replace(source, study=seen)))


def place(study: Study, module: str) -> Path:
    """Name the folder of what a module makes of the records of a study."""
    return interim.place(study, interim.parts(study, inputs(study), source_code.hashes(module)))


def _states(study: Study) -> dict[Path, tuple[int, int]]:
    """Tell the state of every file that a study reads, by its size and the time of its last change."""
    found = {path: path.stat() for path in inputs(study)}
    return {path: (status.st_size, status.st_mtime_ns) for path, status in found.items()}


def _unchanged(study: Study, before: dict[Path, tuple[int, int]], source: Source) -> Source:
    """Refuse what was read while its files changed: nobody could say of which state it is."""
    changed = [path for path, state in _states(study).items() if before.get(path) != state]
    why, fix = "what was read is partly old and partly new", "wait until the file is whole, and run again"
    if changed:
        raise UserError("records", [Problem(path.name, "it changed while it was read", why, fix) for path in changed])
    return source


def _read(study: Study, folder: Path) -> Source:
    if study.settings.records.table:
        return read_canonical(study)
    match study.settings.records.kind:
        case "student_days":
            return read_student_days(study, folder)
        case "absence_events":
            return read_absence_events(study, folder)
        case "student_years":
            return read_student_years(study, folder)
        case "published_counts":
            return read_published(study)
        case "school_days":
            return read_school_days(study)


def check(study: Study) -> tuple[Problem, ...]:
    """Read the records and give every problem, whether it stops the run or not."""
    try:
        return (*read(study).problems, *years_not_read(study))
    except UserError as error:
        return error.problems
