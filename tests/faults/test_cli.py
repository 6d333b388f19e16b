"""The command line: plain lines, an exit code by cause, nothing of a person, and a start that imports little."""

import subprocess
import sys
from pathlib import Path

import pytest

from analysis import cli, problems
from analysis.problems import Problem, UserError

ROOT = Path(__file__).parents[2]


def absence(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    said = capsys.readouterr()
    return int(stopped.value.code or 0), said.out, said.err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = absence(capsys, "--help")
    assert code == 0 and all(command in out for command in ("init", "check", "run", "simulate", "Exit codes"))


def test_help_does_not_import_what_takes_time() -> None:
    heavy = "pandas statsmodels duckdb matplotlib papermill great_tables"
    script = f"import sys, analysis.cli; print([name for name in '{heavy}'.split() if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_lab_opens_the_notebooks_and_says_where_there_are_none(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(
        subprocess, "run", lambda words, check: ran.append(words) or subprocess.CompletedProcess(words, 3)
    )
    monkeypatch.chdir(ROOT)
    assert absence(capsys, "lab")[0] == 3, "JupyterLab's own exit code"
    assert ran == [[sys.executable, "-m", "jupyterlab", "notebooks"]]
    monkeypatch.chdir(tmp_path)
    code, _, said = absence(capsys, "lab")
    assert code == 2 and said.startswith("notebooks/: is not in this folder") and len(ran) == 1


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("chek",), 2, "Did you mean 'check'?"),
        (("run",), 2, "Missing argument"),
        (("run", "a.yaml", "--jobz", "2"), 2, "--jobs"),
        (("init", "two words"), 2, "is no name for a study"),
        (("check", "nothing.yaml"), 3, "there is no such file"),
        (("simulate", "x", "--students", "3"), 2, "equal to 100"),
    ],
)
def test_wrong_words_are_one_plain_line(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, says: str
) -> None:
    found, out, err = absence(capsys, *words)
    assert (found, out) == (code, "") and says in err and len(err.splitlines()) == 1


def test_records_that_cannot_be_read(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "studies").mkdir()
    text = "title: A\ndata: data\nrecords: {kind: student_days, files: [{path: a.csv}], columns: "
    text += "{student_id: id, school_id: school, date: day, days_absent: absent}}\n"
    (tmp_path / "studies/a.yaml").write_text(text)
    (tmp_path / "data").mkdir()
    code, out, _ = absence(capsys, "check", str(tmp_path / "studies/a.yaml"))
    assert code == 4 and "a.csv: no file of that name" in out


@pytest.mark.parametrize("cause", sorted(problems.EXIT_CODES))
def test_every_cause_has_its_own_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise UserError(cause, Problem("here", "seen", "why", "fix"))

    monkeypatch.setattr("analysis.study.Study.load", fail)
    code, _, err = absence(capsys, "check", "a.yaml")
    assert code == problems.EXIT_CODES[cause] and err == "here: seen. Why. Fix.\n"


@pytest.mark.parametrize("debug", [False, True])
def test_a_bug_says_its_kind_and_never_its_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, debug: bool
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("CANARY-1 was absent")

    monkeypatch.setattr("analysis.study.Study.load", fail)
    code, out, err = absence(capsys, "check", "a.yaml", *(["--debug"] if debug else []))
    assert code == 1 and "CANARY" not in out + err and "ValueError" in err
    assert ("in fail" in err) == debug


def test_a_full_disk_is_the_machine(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "reports/a")

    monkeypatch.setattr("analysis.study.Study.load", fail)
    code, _, err = absence(capsys, "check", "a.yaml")
    assert code == 6 and err.startswith("reports/a: no space left on device")


@pytest.mark.parametrize("command", ["check", "run"])
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    "row",
    [
        "CANARY-9,A,CANARY-9,0",  # an id where the date should be
        "CANARY-9,A,2017-09-05,CANARY-9",
        "CANARY-9,A,2017-09-05,0,CANARY-9",
        '"CANARY-9,A,2017-09-05,0',  # a quote that is never closed
        "CANARY-9\0,A,2017-09-05,0",
    ],
)
def test_no_id_on_the_screen_or_in_reports(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, command: str, debug: bool, row: str
) -> None:
    for folder in ("studies", "data", "notebooks"):
        (tmp_path / folder).mkdir()
    text = "title: A\ndata: data\nrecords: {kind: student_days, files: [{path: a.csv}], columns: "
    text += "{student_id: id, school_id: school, date: day, days_absent: absent}}\n"
    (tmp_path / "studies/a.yaml").write_text(text)
    (tmp_path / "data/a.csv").write_text("id,school,day,absent\n" + f"{row}\n" * 3)
    with pytest.raises(SystemExit) as stopped:
        cli.main([command, str(tmp_path / "studies/a.yaml"), *(["--debug"] if debug else [])])
    said = capfd.readouterr()
    assert stopped.value.code == problems.EXIT_CODES["records"]
    assert "a.yaml" in said.out + said.err or "a.csv" in said.out + said.err
    assert "CANARY" not in said.out + said.err
    assert not list(tmp_path.rglob("reports/*"))


def test_the_keyboard_stops_in_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("analysis.study.Study.load", stop)
    code, out, err = absence(capsys, "check", "a.yaml")
    assert code == 130 and len((out + err).strip().splitlines()) == 1 and "stopped" in err
