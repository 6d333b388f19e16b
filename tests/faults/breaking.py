"""Runs that break: a fork of this process runs the command line and meets a fault at its n-th change of a file."""

import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from analysis.cli import main

KILLED = 137
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
STEPS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.utime", "shutil.copyfile"}

Fault = Callable[[str, Any], None]
"""What happens at the step: it is given the event (`open`, `os.rename`) and the path."""


@dataclass(frozen=True)
class Broken:
    """How a run ended: its exit code, what it said on stderr, and how many steps it came to."""

    code: int
    said: list[str]
    steps: int


def run_to(root: Path, step: int, fault: Fault) -> Broken:
    """Run the study of a project in a fork of this process, with a fault at one of its steps.

    A step is every creation, renaming and removal of a file or a folder below `root`.
    """
    said, counted = root / "said", root / "counted"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python 3.12 warns of threads: the pools of earlier tests have ended
        child = os.fork()
    if not child:
        _run(root, step, fault, said, counted)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    steps = len(counted.read_bytes())
    lines = [line for line in said.read_text().splitlines() if not line.endswith("?")]  # a page's question is progress
    return Broken(code, lines, steps)


def _run(root: Path, step: int, fault: Fault, said: Path, counted: Path) -> NoReturn:
    code = 1
    try:
        for number, path in ((1, os.devnull), (2, said)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
        count = os.open(counted, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        place, done = str(root), 0

        def at_step(event: str, given: tuple[Any, ...]) -> None:
            nonlocal done
            if not (event in STEPS or (event == "open" and isinstance(given[2], int) and given[2] & WRITES)):
                return
            if not str(given[0]).startswith(place):
                return
            done += 1
            os.write(count, b".")
            if done == step:
                fault(event, given[0])

        sys.addaudithook(at_step)
        main(["run", str(root / "studies/tiny.yaml"), "--jobs", "1"])
    except SystemExit as left:
        code = int(left.code or 0)
    finally:
        sys.stderr.flush()
        os._exit(code)


def killed(event: str, path: Any) -> None:
    """End at once, as by `kill -9` or for want of memory."""
    os._exit(KILLED)


def half_written(event: str, path: Any) -> None:
    """End at once, in the midst of writing a file."""
    if event == "open":
        Path(path).write_text("{half")
    os._exit(KILLED)


def raises(error: BaseException) -> Fault:
    """Give the fault that an operation of the system fails."""

    def fault(event: str, path: Any) -> None:
        raise error

    return fault
