"""What is made once and read again: kept under `data/interim/<study>/<key>/`.

The key is a hash of what a result stands on: the inputs' bytes, the settings and the code that can touch it, and the
libraries' versions. A stale number is impossible, and what does not depend on a change is not made again.
"""

import hashlib
import json
import math
import os
import pickle
import platform
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from importlib.metadata import requires, version
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

from analysis import engine
from analysis.study import Study, interim_folder

try:
    import fcntl
except ImportError:  # Windows: two processes may then make the same thing twice
    fcntl = None  # type: ignore[assignment]

T = TypeVar("T")

PROJECT = "absence-drivers"
LIMIT = int(float(os.environ.get("ABSENCE_CACHE_GB", "20")) * 1e9)
"""So many bytes are kept of a study, but for what the last run used."""

NOT_OF_NUMBERS = ("memory", "spill")
"""Settings of the machine, on which no number depends."""

Parts = Mapping[str, str]
"""What a result stands on, such as `input days.csv`, `setting years`, `code models/fit.py`, `version of numpy`."""


def sha256(path: Path) -> str:
    """Hash the bytes of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _known_hash(path: Path, size: int, modified: int) -> str:
    return sha256(path)


def input_hashes(study: Study, inputs: Iterable[Path]) -> dict[str, str]:
    """Hash the files that a study reads, by their place, and a table of Spark's by its rows."""
    statuses = [(path, path.stat()) for path in sorted(set(inputs))]
    hashes = {_place(study, path): _known_hash(path, status.st_size, status.st_mtime_ns) for path, status in statuses}
    table = study.settings.records.table
    if table and study.settings.engine == "spark" and not study.table_files:
        engine.bound(study.settings.memory, study.spill)
        hashes[table] = engine.fingerprint(table)
    return hashes


def _place(study: Study, path: Path) -> str:
    """Name a file by its place in the study's data folder; one that lies elsewhere, by its way from the root."""
    return path.relative_to(study.data).as_posix() if path.is_relative_to(study.data) else study.relative(path)


@cache
def versions() -> Mapping[str, str]:
    """Give the versions of Python and of every library that the project names, for this kind of processor."""
    names = [re.split(r"[^\w.-]", line)[0] for line in requires(PROJECT) or () if "extra ==" not in line]
    known = {name: version(name) for name in sorted({PROJECT, *names})}
    return {"python": platform.python_version(), "machine": platform.machine(), **known}


def settings_of(study: Study) -> dict[str, str]:
    """Name every setting with its value as text: `definitions.chronic.at_least`, `0.10`."""
    return flat(study.settings.model_dump(mode="json", exclude={"data", *NOT_OF_NUMBERS}))


def flat(nested: Mapping[str, object]) -> dict[str, str]:
    """Name what is nested by its path, `definitions.chronic.at_least`, each value as text."""
    return dict(_flat(nested, ""))


def _flat(value: object, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    else:
        yield name, json.dumps(value, ensure_ascii=False, sort_keys=True)


def parts(study: Study, inputs: Iterable[Path], code: Mapping[str, str]) -> dict[str, str]:
    """Name everything that a result stands on, each with its value or hash."""
    kinds = {
        "input": input_hashes(study, inputs),
        "setting": settings_of(study),
        "code": code,
        "version of": versions(),
    }
    return {f"{kind} {name}": value for kind, found in kinds.items() for name, value in found.items()}


def changes(before: Parts, now: Parts) -> list[str]:
    """Say which parts differ: `setting definitions.at_risk is 0.05, was 0.06`."""
    found = []
    for name in sorted(before.keys() | now.keys()):
        if name not in before or name not in now:
            found.append(f"{name} is {'new' if name in now else 'gone'}")
        elif before[name] != now[name]:
            long = max(len(before[name]), len(now[name])) > 30
            found.append(f"{name} changed" if long else f"{name} is {now[name]}, was {before[name]}")
    return found


def place(study: Study, of: Parts) -> Path:
    """Name the folder of what stands on these parts."""
    text = json.dumps(of, sort_keys=True)
    return study.interim / hashlib.sha256(text.encode()).hexdigest()[:20]


def kept(folder: Path, name: str, make: Callable[[], T]) -> T:
    """Read a result from the folder that `place` named, or make it and keep it; what is half written is never read.

    Parameters
    ----------
    name : what the result is called.
    make : makes it; frozen dataclasses of aggregates, never student-days.
    """
    path = folder / f"{name}.pickle"
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / f"{name}.lock"):
        digest, stored = _stored(path)
        if stored and digest == hashlib.sha256(stored).digest():  # as it was written, below a folder of our own hash
            os.utime(folder)
            result: T = pickle.loads(stored)
            return result
        result = make()
        aside, stored = path.with_suffix(".partial"), pickle.dumps(result)
        aside.write_bytes(hashlib.sha256(stored).digest() + stored)
        aside.replace(path)
        return result


def _stored(path: Path) -> tuple[bytes, bytes]:
    content = path.read_bytes() if path.exists() else b""
    return content[:32], content[32:]


@contextmanager
def made_aside(folder: Path) -> Iterator[Path]:
    """Give an empty folder to write in, which becomes `folder` when all is written, and goes where it is not."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(mkdtemp(prefix=".", dir=folder.parent))
    try:
        yield aside
        if not folder.exists():  # else another run made the same
            with suppress(FileExistsError):
                aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process in at a time: notebooks run side by side and need the same fits."""
    with path.open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def in_use(study: Study) -> Iterator[None]:
    """Keep others from removing what a study has kept while a run stands on it; any number of runs may."""
    study.interim.mkdir(parents=True, exist_ok=True)
    with (study.interim / ".in_use").open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_SH)
        yield


def clean(root: Path, name: str = "") -> tuple[int, list[str]]:
    """Remove all that is kept of a study, or of all; give the bytes removed, and the studies that a run is using."""
    removed: dict[str, int | None] = {}
    for folder in sorted(interim_folder(root).glob(Path(name).stem or "*")):
        if folder.is_dir() and not folder.name.startswith("."):
            removed[folder.name] = forget(folder, limit=0, spare=math.inf)
    return sum(size or 0 for size in removed.values()), [name for name, size in removed.items() if size is None]


def forget(folder: Path, limit: int = LIMIT, spare: float = 0) -> int | None:
    """Remove what broken runs left in a study's interim folder, and what was longest not used, until `limit` is kept.

    Parameters
    ----------
    limit : bytes to keep.
    spare : the time (of `time.time`) from which on what was used is kept, whatever its size.

    Returns
    -------
    int | None
        The bytes that were removed; None where a run is using the folder, and nothing was removed.
    """
    with (folder / ".in_use").open("w") as file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
        places = [path for path in folder.iterdir() if path.is_dir()]
        places.sort(key=lambda path: (not path.name.startswith("."), -path.stat().st_mtime))
        sizes = {path: sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) for path in places}
        total = removed = 0
        for path in places:
            left_over, used = path.name.startswith("."), path.stat().st_mtime >= spare
            total += 0 if left_over else sizes[path]
            if left_over or (total > limit and not used):
                shutil.rmtree(path, ignore_errors=True)
                removed += sizes[path]
        return removed
