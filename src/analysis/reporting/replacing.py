"""A report is made beside the old one and takes its place when it is whole: never half a report."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.problems import Problem, UserError

try:
    import fcntl
except ImportError:  # Windows: two runs of one report at once are not seen
    fcntl = None  # type: ignore[assignment]


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """Give an empty folder to make a report in; call `put_in_place` with it when it is whole, else it is removed.

    Raises
    ------
    UserError
        `out` holds something else than a report, or another run is making it.
    """
    _restore(out)
    _check_replaceable(out)
    partial = out.parent / f".{out.name}.partial"
    with _alone(partial, out.name):
        _empty(partial)
        try:
            yield partial
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def put_in_place(partial: Path, out: Path) -> None:
    """Rename a whole report over the old one, which stays until then."""
    old = _old(out)
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    try:
        partial.rename(out)
    except BaseException:
        _restore(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _old(out: Path) -> Path:
    return out.parent / f".{out.name}.old"


def _restore(out: Path) -> None:
    """Take the old report back where a run was killed between the two renames."""
    if not out.exists() and _old(out).is_dir():
        _old(out).rename(out)


def _check_replaceable(out: Path) -> None:
    if out.exists() and not (out / "manifest.json").is_file() and (not out.is_dir() or any(out.iterdir())):
        seen, why = "is there already and is no report", "a run replaces the whole folder"
        raise UserError("usage", Problem(out.name, seen, why, "name another folder, or empty this one"))


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """Hold the folder as this run's own; the system lets go of it however the run ends."""
    folder.mkdir(parents=True, exist_ok=True)
    if fcntl is None:
        yield
        return
    held = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = folder.is_dir() and os.path.samestat(os.fstat(held), folder.stat())
        except BlockingIOError:
            mine = False
        if not mine:
            seen, why = "another run is making this report", "two would write over each other"
            raise UserError("environment", Problem(name, seen, why, "wait for it, or name another folder with --out"))
        yield
    finally:
        os.close(held)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
