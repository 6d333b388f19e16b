"""What is made once and read again: kept under `data/interim/<study>/<key>/`.

The key is a hash of the inputs' bytes, the study, the code and the versions, so that a stale number is impossible.
"""

import hashlib
import json
import pickle
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from analysis.study import Study

try:
    import fcntl
except ImportError:  # Windows: two processes may then make the same thing twice
    fcntl = None  # type: ignore[assignment]

T = TypeVar("T")

LIBRARIES = ("duckdb", "narwhals", "numpy", "pandas", "patsy", "scipy", "statsmodels")
MODULES = ("vocabulary.py", "study.py", "engine.py", "interim.py")
STAGES = ("records", "measures", "models")
"""The code that numbers depend on."""

KEYS_KEPT = 3


def sha256(path: Path) -> str:
    """Hash the bytes of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _known_hash(path: Path, size: int, modified: int) -> str:
    return sha256(path)


@cache
def code_hash() -> str:
    """Hash the source of everything that numbers depend on: not of the findings and pages made from them."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    stages = (path for stage in STAGES for path in (package / stage).rglob("*.py"))
    files = [*(package / module for module in MODULES), *stages]
    for path in sorted(files):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Versions of the libraries that numbers depend on."""
    return {name: version(name) for name in LIBRARIES}


def folder(study: Study, inputs: Iterable[Path]) -> Path:
    """Name the folder of a run's shared results."""
    hashes = []
    for path in sorted(inputs):
        status = path.stat()
        hashes.append(_known_hash(path, status.st_size, status.st_mtime_ns))
    text = json.dumps([hashes, study.fingerprint, code_hash(), versions()])
    return study.interim / hashlib.sha256(text.encode()).hexdigest()[:20]


def kept(place: Path, name: str, make: Callable[[], T]) -> T:
    """Read a result from `place`, or make it and keep it; what is half written is never read.

    Parameters
    ----------
    place : the folder that `folder` named.
    name : what the result is called.
    make : makes it; frozen dataclasses of aggregates, never student-days.
    """
    path = place / f"{name}.pickle"
    place.mkdir(parents=True, exist_ok=True)
    with _alone(place / f"{name}.lock"):
        if path.exists():
            result: T = pickle.loads(path.read_bytes())  # our own file, below a folder named by our own hash
            return result
        result = make()
        aside = path.with_suffix(".partial")
        aside.write_bytes(pickle.dumps(result))
        aside.replace(path)
        return result


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process in at a time: notebooks run side by side and need the same fits."""
    with path.open("w") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def forget_old(study: Study) -> None:
    """Keep the newest few sets of results of a study, remove the others."""
    places = sorted((path for path in study.interim.glob("*") if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for place in places[:-KEYS_KEPT]:
        shutil.rmtree(place, ignore_errors=True)
