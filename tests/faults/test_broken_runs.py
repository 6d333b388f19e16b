"""A run that breaks leaves the old report whole, nothing half written is ever read, and the next run goes on."""

import errno
import os
import shutil
from pathlib import Path

import figures
import pytest
import tiny_study
from breaking import KILLED, half_written, killed, raises, run_to
from conftest import stand_in
from tiny_study import Executor

from analysis import interim
from analysis.cli import main
from analysis.problems import Problem, UserError
from analysis.reporting.replacing import replacing

NEVER = 10**6
PLACES = 24
"""A run has more steps than this; faults are spread over them."""
FAULTS = {
    "killed": (killed, KILLED, 1),
    "half written": (half_written, KILLED, 4),
    "disk full": (raises(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a file")), 6, 3),
    "read-only": (raises(PermissionError(errno.EROFS, os.strerror(errno.EROFS), "a folder")), 6, 6),
    "keyboard": (raises(KeyboardInterrupt()), 130, 3),
    "out of memory": (raises(MemoryError()), 6, 6),
}
"""What happens, the exit code, and at which of the places: every one, every fourth, ..."""
CASES = [(name, place) for name, (_, _, every) in FAULTS.items() for place in range(0, PLACES, every)]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Project:
    """A tiny project whose report is of an older input, and what its next report has to be."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        tiny_study.make(self.root)
        with pytest.raises(SystemExit):  # here and not in a fork, so that every fork has what is loaded once
            main(["run", str(self.root / "studies/tiny.yaml"), "--jobs", "1"])
        self.old = contents(self.root / "reports/tiny")
        (self.root / "data/raw/days.csv").write_text("newer,rows\n")
        whole = self.copy(folder / "whole")
        self.steps = run_to(whole, NEVER, killed).steps
        self.new = contents(whole / "reports/tiny")
        assert self.new != self.old and self.steps > PLACES

    def copy(self, to: Path) -> Path:
        shutil.copytree(self.root, to)
        return to


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    with pytest.MonkeyPatch.context() as monkeypatch:
        stand_in(monkeypatch)
        return Project(tmp_path_factory.mktemp("broken"))


@pytest.mark.parametrize(("name", "place"), CASES)
@pytest.mark.usefixtures("executor")
def test_broken_anywhere_the_old_report_is_whole_and_the_next_run_goes_on(
    tmp_path: Path, project: Project, name: str, place: int
) -> None:
    root, (fault, code, _) = project.copy(tmp_path / "project"), FAULTS[name]
    report = root / "reports/tiny"
    broken = run_to(root, 1 + place * project.steps // PLACES, fault)
    late = broken.code == 0  # a fault where what is not needed any more is removed changes nothing
    assert broken.code == code or late
    assert len(broken.said) == (code != KILLED and not late), broken.said
    found = report if report.exists() else report.with_name(".tiny.old")  # killed between two renames
    assert contents(found) in (project.old, project.new)
    again = run_to(root, NEVER, killed)
    assert (again.code, again.said) == (0, [])
    assert contents(report) == project.new
    assert [path.name for path in report.parent.iterdir()] == ["tiny"]
    figures.report("runs broken and recovered")
    figures.report(f"runs broken and recovered, {name}")


@pytest.mark.parametrize(
    "failure",
    [
        (UserError("notebook", Problem("01_days, code cell 2", "stopped with a ValueError", "", "")), 5, "code cell 2"),
        (UserError("notebook", Problem("01_days", "its Python process died", "often memory ran out", "")), 5, "died"),
        (MemoryError(), 6, "has no memory left"),
    ],
)
def test_a_page_that_fails_keeps_the_old_report(
    tmp_path: Path,
    project: Project,
    executor: Executor,
    capsys: pytest.CaptureFixture[str],
    failure: tuple[BaseException, int, str],
) -> None:
    error, code, line = failure
    root = project.copy(tmp_path / "project")
    executor.raises = error
    with pytest.raises(SystemExit) as left:
        main(["run", str(root / "studies/tiny.yaml")])
    said = [one for one in capsys.readouterr().err.splitlines() if not one.endswith("?")]
    assert left.value.code == code and said and all(line in one for one in said)
    assert contents(root / "reports/tiny") == project.old
    figures.report("runs broken and recovered")


@pytest.mark.usefixtures("executor")
def test_a_second_run_of_the_same_report_is_refused(
    tmp_path: Path, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    root = project.copy(tmp_path / "project")
    with replacing(root / "reports/tiny") as partial:
        (partial / "page.html").write_text("of the first run")
        with pytest.raises(SystemExit) as left:
            main(["run", str(root / "studies/tiny.yaml")])
        assert (partial / "page.html").read_text() == "of the first run"
    assert left.value.code == 6
    assert capsys.readouterr().err.startswith("tiny: another run is making this report. ")
    assert contents(root / "reports/tiny") == project.old
    figures.report("runs broken and recovered")


@pytest.mark.usefixtures("executor")
@pytest.mark.parametrize("spoilt", ["page.ipynb", "key.json", "tables/01_days.csv"])
def test_a_kept_page_that_is_spoilt_on_the_disk_is_made_again(tmp_path: Path, project: Project, spoilt: str) -> None:
    root = project.copy(tmp_path / "project")
    assert run_to(root, NEVER, killed).code == 0
    for path in (root / "data/interim/tiny").glob(f"*/{spoilt}"):
        path.write_bytes(path.read_bytes()[:-3])
    shutil.rmtree(root / "reports/tiny")
    assert run_to(root, NEVER, killed).code == 0
    assert contents(root / "reports/tiny") == project.new


def test_a_kept_result_that_is_spoilt_is_made_again(tmp_path: Path) -> None:
    assert interim.kept(tmp_path, "one", lambda: [1]) == [1]
    path = tmp_path / "one.pickle"
    path.write_bytes(path.read_bytes()[:-1])
    assert interim.kept(tmp_path, "one", lambda: [2]) == [2]
    assert interim.kept(tmp_path, "one", lambda: [3]) == [2]
