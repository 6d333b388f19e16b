"""What went into a report and what came out, by checksum; no clock, no absolute path: equal runs, equal files."""

import hashlib
import json
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analysis.reporting.notebook import Notebook
from analysis.study import SourceFile, Study

_LIBRARIES = ("duckdb", "narwhals", "numpy", "pandas", "scipy", "statsmodels", "matplotlib", "seaborn", "great-tables")


def manifest(study: Study, notebooks: Sequence[Notebook], folder: Path) -> dict[str, Any]:
    """Describe a finished report.

    Parameters
    ----------
    folder : of the report; all files in it are outputs, named relative to it. Inputs are named relative to the study's
        root (study, notebooks) and to its data folder.
    """
    simulate = study.settings.simulate
    outputs = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / "manifest.json")
    return {
        "study": study.name,
        "title": study.settings.title,
        "parameters": {"audience": study.settings.audience, "settings": study.settings.model_dump(mode="json")},
        "seed": simulate.seed if simulate else None,
        "versions": {
            "absence-drivers": version("absence-drivers"),
            "python": platform.python_version(),
            "machine": platform.machine(),
            **{name: version(name) for name in _LIBRARIES},
        },
        "inputs": {
            "study": {study.path.name: _checksum(study.path)},
            "data": _checksums(input_files(study), study.data),
            "notebooks": {notebook.path.name: _checksum(notebook.path) for notebook in notebooks},
        },
        "outputs": _checksums(outputs, folder),
    }


def write_manifest(study: Study, notebooks: Sequence[Notebook], folder: Path) -> None:
    """Write `manifest.json` into a finished report."""
    text = json.dumps(manifest(study, notebooks, folder), indent=1, ensure_ascii=False, sort_keys=True)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def input_files(study: Study) -> list[Path]:
    """List the files that a study's records are read from, as they are found in its data folder."""
    records = study.settings.records
    sides = [side for side in (records.students, records.schools, records.calendar) if side]
    sources: list[SourceFile] = [*records.files, *(file for side in sides for file in side.files)]
    patterns = {source.path.replace("{school_year}", "*") for source in sources}
    return sorted({path for pattern in patterns for path in study.data.glob(pattern) if path.is_file()})


def _checksums(paths: Iterable[Path], folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): _checksum(path) for path in paths}


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
