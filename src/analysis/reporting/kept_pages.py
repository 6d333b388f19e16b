"""Executed notebooks, kept by all that they stand on: what did not change is taken from the last run."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from analysis import interim, source_code
from analysis.reporting.bar import Progress
from analysis.reporting.execute import execute
from analysis.reporting.jobs import Job
from analysis.reporting.manifest import checksums, input_files, messages_of
from analysis.study import Study

NOTEBOOK, KEY, STDERR = "page.ipynb", "key.json", "stderr"
MANY = 3


@dataclass(frozen=True)
class KeptPage:
    """A notebook that ran to its end.

    Parameters
    ----------
    folder : holds the executed notebook and what it wrote: `page.ipynb`, `tables/`, `figures/`.
    """

    folder: Path

    @property
    def node(self) -> nbformat.NotebookNode:
        """The notebook with its outputs."""
        return nbformat.read(str(self.folder / NOTEBOOK), as_version=4)  # type: ignore[no-untyped-call, no-any-return]

    @property
    def wrote_to_stderr(self) -> bool:
        """Whether a cell did: a defect of the notebook, not of the records."""
        return (self.folder / STDERR).exists()


def stands_on(study: Study, job: Job) -> dict[str, str]:
    """Name everything that an executed notebook depends on."""
    node = nbformat.read(str(job.notebook.path), as_version=4)  # type: ignore[no-untyped-call]
    code = "\n".join(cell.source for cell in node.cells if cell.cell_type == "code")
    ours = {
        **source_code.hashes_of(code), **source_code.hashes("analysis.reporting.execute"), **messages_of(study),
    }  # fmt: skip
    own = {f"parameter {name}": value for name, value in job.parameters.items()}
    notebook = {f"notebook {job.notebook.path.name}": interim.sha256(job.notebook.path)}
    return {**interim.parts(study, input_files(study), ours), **own, **notebook, "page": job.name}


def page_of(study: Study, job: Job, progress: Progress, *, debug: bool) -> KeptPage:
    """Take an executed notebook from an earlier run, or execute it now, which `progress` is told."""
    parts = stands_on(study, job)
    folder = interim.place(study, parts)
    if _whole(folder):
        os.utime(folder)
        return KeptPage(folder)
    shutil.rmtree(folder, ignore_errors=True)  # what is not as it was written is not mended
    progress.started(job.name, job.question)
    with interim.made_aside(folder) as aside:
        given = {**job.parameters, "out": study.relative(aside)}
        executed = execute(job.notebook, given, study.root, name=job.name, debug=debug)
        (aside / NOTEBOOK).write_text(nbformat.writes(executed.node) + "\n", encoding="utf-8")  # type: ignore[no-untyped-call]
        if executed.stderr:
            (aside / STDERR).touch()
        (aside / KEY).write_text(json.dumps({"parts": parts, "files": checksums(aside)}), encoding="utf-8")
    return KeptPage(folder)


def reason(study: Study, job: Job) -> str:
    """Say why a page's notebook would run; empty where it would be taken from an earlier run."""
    parts = stands_on(study, job)
    if _whole(interim.place(study, parts)):
        return ""
    before = _last(study, job.name)
    if before is None:
        return "it has not run before"
    found = interim.changes(before, parts)
    more = f"; and {len(found) - MANY} more" if len(found) > MANY else ""
    return "; ".join(found[:MANY]) + more


def _whole(folder: Path) -> bool:
    """Say whether a kept page is there, each file as it was written."""
    return (folder / KEY).is_file() and _key(folder).get("files") == checksums(folder, but=KEY)


def _key(folder: Path) -> dict[str, Any]:
    try:
        read = json.loads((folder / KEY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _last(study: Study, name: str) -> Mapping[str, str] | None:
    """Find what the page stood on when it was last used."""
    for path in sorted(study.interim.glob(f"*/{KEY}"), key=lambda path: -path.parent.stat().st_mtime):
        parts: dict[str, str] = _key(path.parent).get("parts", {})
        if parts.get("page") == name:
            return parts
    return None
