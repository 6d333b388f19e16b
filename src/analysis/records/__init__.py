"""From files to records that are checked and typed, every problem found; and the synthetic district."""

from dataclasses import replace
from pathlib import Path

from analysis import interim
from analysis.problems import Problem, UserError
from analysis.records.absence_events import read_absence_events
from analysis.records.files import expand
from analysis.records.published_counts import read_published
from analysis.records.school_days import read_school_days
from analysis.records.simulate import is_simulated, simulate
from analysis.records.student_days import read_student_days
from analysis.records.student_years import read_student_years
from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords
from analysis.study import Study

__all__ = ["PublishedCounts", "SchoolDays", "Source", "StudentRecords", "check", "inputs", "place", "read", "simulate"]


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
    sides = [side.files for side in (records.students, records.schools, records.calendar, records.enrolment) if side]
    found: list[Path] = []
    problems: list[Problem] = []
    for source in (*records.files, *(file for files in sides for file in files)):
        try:
            found += [file.path for file in expand(study.data, source)]
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError("records", dict.fromkeys(problems))
    return found


def place(study: Study) -> Path:
    """Name the folder where what is made of a study's records is kept."""
    return interim.folder(study, inputs(study))


def read(study: Study) -> Source:
    """Read the records of a study, once: the same inputs, study and code give what was kept.

    Raises
    ------
    UserError
        Everything that stops the run, at once.
    """
    folder = place(study)
    kept = interim.kept(folder, "records", lambda: _read(study, folder))
    if isinstance(kept, StudentRecords):  # a folder that was moved is read where it is now
        return replace(kept, study=study, path=folder / kept.path.name)
    return replace(kept, study=study)


def _read(study: Study, folder: Path) -> Source:
    if study.settings.records.kind == "published_counts":
        return read_published(study)
    if study.settings.records.kind == "student_years":
        return read_student_years(study, folder)
    if study.settings.records.kind == "absence_events":
        return read_absence_events(study, folder)
    if study.settings.records.kind == "school_days":
        return read_school_days(study)
    return read_student_days(study, folder)


def check(study: Study) -> tuple[Problem, ...]:
    """Read the records and give every problem, whether it stops the run or not."""
    try:
        return read(study).problems
    except UserError as error:
        return error.problems
