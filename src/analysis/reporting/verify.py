"""Is a report what its manifest says, and does it come out again? Integrity, not authenticity: nothing is signed."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from analysis import interim
from analysis.problems import Problem, UserError
from analysis.reporting.manifest import NAME, changed_since, checksums, read_manifest
from analysis.reporting.run import run
from analysis.study import Study


def study_of(report: Path, study: str = "", data: str = "") -> Study:
    """Load the study that a report says it is of, for the audience and from the folder of records that it names.

    Raises
    ------
    UserError
        The report has no manifest that says so; the study is not there, or is wrong.
    """
    read = read_manifest(report)
    try:
        parameters = (read or {})["parameters"]
        name, own, audience = str((read or {})["study"]), str(parameters["data"]), str(parameters["audience"])
    except (KeyError, TypeError):
        why, fix = "what the report was made from is not known", "take the whole report, as the run wrote it"
        seen = "is not there, or is not as a run writes it"
        raise UserError("report", Problem(f"{report.name}/{NAME}", seen, why, fix)) from None
    return Study.load(study or f"studies/{name}.yaml", data=data or own, audience=audience)


def verify(report: Path, study: Study, *, jobs: int = 0) -> list[Problem]:
    """Find every file of a report that is not as a run wrote it, and all that it was made from and is otherwise now.

    Where all that it was made from is as it was, the report is made again, from nothing kept, and compared to the byte.

    Returns
    -------
    list[Problem]
        Each with the file and what happened to it, or with what changed since: input, setting, notebook, code, version.
    """
    read = read_manifest(report) or {}
    try:
        changed = changed_since(read, study)
        listed = {str(name): str(value) for name, value in read["outputs"].items()}
    except (AttributeError, KeyError, TypeError):
        return [Problem(NAME, "is not as a run writes it", "nothing can be compared with it", "run the study again")]
    found = {**_differing(listed, checksums(report), "after the run")}
    for one in changed:
        why = "the report stands on what was there before, so it is not made again to compare"
        found[one] = Problem("made from", one, why, "run the study again for a report of what is there now")
    if not changed:
        again = _made_again(study, report.name, jobs)
        here = {**checksums(report), NAME: interim.sha256(report / NAME)}
        found = {**_differing(again, here, "against a new run"), **found}
    return [found[name] for name in sorted(found)]


def _made_again(study: Study, name: str, jobs: int) -> Mapping[str, str]:
    """Run the study from nothing kept, and give the checksums of its report, with that of its manifest."""
    before = os.environ.get("ABSENCE_INTERIM")
    with TemporaryDirectory(prefix="absence-verify-") as folder:
        os.environ["ABSENCE_INTERIM"] = str(Path(folder) / "interim")
        try:
            made = run(study, out=Path(folder) / name, jobs=jobs).parent
        finally:
            os.environ.pop("ABSENCE_INTERIM")
            if before is not None:
                os.environ["ABSENCE_INTERIM"] = before
        return {**checksums(made), NAME: interim.sha256(made / NAME)}


def _differing(wanted: Mapping[str, str], here: Mapping[str, str], when: str) -> dict[str, Problem]:
    """Name the files that differ, each with what happened to it; a file of the same bytes elsewhere was renamed."""
    return {name: Problem(name, f"{what}, {when}", "", "") for name, what in _what_happened(wanted, here)}


def _what_happened(wanted: Mapping[str, str], here: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    added = {name: value for name, value in here.items() if name not in wanted}
    for name, value in wanted.items():
        if name not in here:
            renamed = next((other for other, same in added.items() if same == value), "")
            added.pop(renamed, None)
            yield name, f"is now called {renamed}" if renamed else "is gone"
        elif here[name] != value:
            yield name, "has other bytes"
    for name in added:
        yield name, "was added"
