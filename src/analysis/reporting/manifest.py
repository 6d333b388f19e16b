"""What went into a report and what came out, by checksum; no clock, no absolute path: equal runs, equal files."""

import json
from pathlib import Path
from typing import Any

from analysis import interim, source_code
from analysis.language import LOCALES
from analysis.study import SourceFile, Study

NAME, SCHOOL = "manifest.json", "school"


def description(study: Study) -> dict[str, Any]:
    """Describe all that a report is made from: inputs are named relative to the study's root and its data folder."""
    simulate = study.settings.simulate
    return {
        "study": study.name,
        "title": study.settings.title,
        "parameters": {
            "audience": study.settings.audience,
            "data": data_folder(study),
            "settings": study.settings.model_dump(mode="json", exclude={*interim.NOT_OF_NUMBERS}),
        },
        "seed": simulate.seed if simulate else None,
        "versions": dict(interim.versions()),
        "code": {**source_code.hashes("analysis"), **messages_of(study)},
        "inputs": {
            "study": {study.path.name: interim.sha256(study.path)},
            "data": interim.input_hashes(study, input_files(study)),
            "notebooks": {path.name: interim.sha256(path) for path in notebook_files(study)},
        },
    }


def messages_of(study: Study) -> dict[str, str]:
    """Hash the catalogue of the study's language; English has none."""
    files = [path for path in LOCALES.glob("*.po") if path.stem == study.settings.language.partition("_")[0]]
    return {f"{LOCALES.name}/{path.name}": interim.sha256(path) for path in files}


def made_from(manifest: dict[str, Any]) -> dict[str, str]:
    """Name each thing that a report was made from, with its value or checksum, as `interim.changes` compares them."""
    kinds = {
        "study file": manifest["inputs"]["study"],
        "input": manifest["inputs"]["data"],
        "notebook": manifest["inputs"]["notebooks"],
        "setting": interim.flat(manifest["parameters"]["settings"]),
        "parameter": {name: manifest["parameters"][name] for name in ("audience", "data")},
        "code": manifest["code"],
        "version of": manifest["versions"],
    }
    return {f"{kind} {name}": str(value) for kind, found in kinds.items() for name, value in found.items()}


def changed_since(described: dict[str, Any], study: Study) -> list[str]:
    """Name what a report is made from and was not so when `described` was made."""
    return interim.changes(made_from(described), made_from(description(study)))


def checksums(folder: Path, but: str = NAME) -> dict[str, str]:
    """Give the checksum of every file of a report, by its place in the folder, but for the one that lists them."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / but)
    return {path.relative_to(folder).as_posix(): interim.sha256(path) for path in paths}


def write_manifest(study: Study, folder: Path) -> None:
    """Write `manifest.json` into a finished report."""
    text = json.dumps(
        {**description(study), "outputs": checksums(folder)}, indent=1, ensure_ascii=False, sort_keys=True
    )
    (folder / NAME).write_text(text + "\n", encoding="utf-8")


def is_current(study: Study, folder: Path) -> bool:
    """Say whether a report was made from just this, and every file of it is as it was written."""
    read = read_manifest(folder)
    return read is not None and read == {**description(study), "outputs": checksums(folder)}


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Read a report's manifest; None where there is none that can be read."""
    try:
        read = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return read if isinstance(read, dict) else None


def report_of(study: Study) -> Path:
    """Name the folder of a study's report."""
    return study.root / "reports" / study.name


def notebook_files(study: Study) -> list[Path]:
    """List the notebooks of a study's project: the numbered ones, then the one that is run for each school."""
    folder = study.root / "notebooks"
    return [*sorted(folder.glob("[0-9][0-9]_*.ipynb")), *folder.glob(f"{SCHOOL}.ipynb")]


def data_folder(study: Study) -> str:
    """Give the folder of the records relative to the study's root; empty where it is the study's own."""
    own = (study.root / study.settings.data).resolve()
    return "" if study.data == own else study.relative(study.data)


def input_files(study: Study) -> list[Path]:
    """List the files that a study's records are read from, as they are found in its data folder."""
    records = study.settings.records
    sources: list[SourceFile] = [*records.files, *(file for side in records.sides for file in side.files)]
    return sorted({*study.table_files, *(path for source in sources for path in source.candidates(study.data))})
