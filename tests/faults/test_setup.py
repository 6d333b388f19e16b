"""Setting up on machines that lack something: one plain line that says what to do, and exit code 6."""

import shutil
import subprocess
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[2] / "tools/setup.sh"
OLD = "exit 1"
WITHOUT_VENV = 'case "$2" in *ensurepip*) exit 1 ;; *%d*) echo 3.12 ;; esac'
UV_THAT_WORKS = 'test "$1" = --version || { mkdir .venv; env > .venv/seen; echo "$@" > .venv/words; }'


def set_up(folder: Path, tools: dict[str, str], group: str = "run") -> subprocess.CompletedProcess[str]:
    """Run the script where `tools` (name: shell) are all that there is."""
    (folder / "tools").mkdir()
    (folder / "bin").mkdir()
    shutil.copy(SETUP, folder / "tools")
    for name in ("dirname", "touch", "mkdir", "env"):
        (folder / "bin" / name).symlink_to(shutil.which(name) or name)
    for name, script in tools.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / "bin" / name).chmod(0o755)
    there = {"PATH": str(folder / "bin"), "PYTHONDONTWRITEBYTECODE": "1", "VIRTUAL_ENV": "/elsewhere"}
    command = ["/bin/sh", str(folder / "tools/setup.sh"), group]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=there)


@pytest.mark.parametrize(
    ("tools", "says"),
    [
        ({}, "no Python 3.11 or newer that works"),
        ({"python3": OLD}, "no Python 3.11 or newer that works"),
        ({"python3": WITHOUT_VENV}, "apt-get install python3-venv (or python3.12-venv)"),
        ({"python3": OLD, "python3.12": WITHOUT_VENV}, "apt-get install python3-venv (or python3.12-venv)"),
        ({"python3": WITHOUT_VENV, "uv": "exit 127"}, "apt-get install python3-venv"),  # a shim that fails is no uv
    ],
)
def test_what_is_missing_is_one_line(tmp_path: Path, tools: dict[str, str], says: str) -> None:
    done = set_up(tmp_path, tools)
    assert done.returncode == 6 and says in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_uv_that_fails_is_said(tmp_path: Path) -> None:
    done = set_up(tmp_path, {"python3": "", "uv": 'test "$1" = --version'})
    assert done.returncode == 6 and "uv could not set .venv up" in done.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(("group", "left"), [("run", ["ready"]), ("dev", ["ready", "ready-dev"])])
def test_a_uv_that_works_is_used_from_the_lock(tmp_path: Path, group: str, left: list[str]) -> None:
    done = set_up(tmp_path, {"python3": "", "uv": UV_THAT_WORKS}, group)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (tmp_path / ".venv").glob("ready*")) == left
    words = (tmp_path / ".venv/words").read_text().split()
    assert {"sync", "--frozen", "--inexact"} <= set(words) and ("--no-dev" in words) == (group == "run")
    seen = dict(line.split("=", 1) for line in (tmp_path / ".venv/seen").read_text().splitlines())
    assert seen["UV_COMPILE_BYTECODE"] == "1" and seen["UV_PYTHON_DOWNLOADS"] == "never"
    assert not {"PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"} & set(seen)


def test_a_newer_python_of_another_name_is_found(tmp_path: Path) -> None:
    done = set_up(tmp_path, {"python3": OLD, "python3.13": "", "uv": UV_THAT_WORKS})
    assert done.returncode == 0 and (tmp_path / ".venv/words").read_text().endswith("--python python3.13\n")
