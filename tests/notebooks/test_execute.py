"""A notebook runs in this Python, with checked parameters; a failure is one line without data."""

import sys
from pathlib import Path

import nbformat
import pytest
from small_project import PARAMETERS, notebook

from analysis.problems import UserError
from analysis.reporting.execute import Executed, execute
from analysis.reporting.notebook import check_parameters, read_notebook


def stored(folder: Path, *cells: str, parameters: str = PARAMETERS) -> Path:
    path = folder / "01_tiny.ipynb"
    nbformat.write(notebook("# Tiny\n\n*Does it run?*", parameters, *cells), path)
    return path


def executed(folder: Path, *cells: str, **parameters: object) -> Executed:
    return execute(read_notebook(stored(folder, *cells)), parameters, folder)


def failure(folder: Path, *cells: str, debug: bool = False) -> UserError:
    with pytest.raises(UserError) as caught:
        execute(read_notebook(stored(folder, *cells)), {}, folder, debug=debug)
    return caught.value


def test_reads_title_question_and_parameters(tmp_path: Path) -> None:
    read = read_notebook(stored(tmp_path))
    assert (read.title, read.question, read.name) == ("Tiny", "Does it run?", "01_tiny")
    assert dict(read.parameters) == dict.fromkeys(("study", "data", "out", "audience"), "str")


def test_runs_in_this_python_whatever_kernels_are_registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kernels/python3").mkdir(parents=True)
    (tmp_path / "kernels/python3/kernel.json").write_text(
        '{"argv": ["/bin/false"], "display_name": "no", "language": "python"}'
    )
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    result = executed(tmp_path, "import os, sys\nprint(sys.executable, os.getcwd(), study)", study="x.yaml")
    assert result.node.cells[-1].outputs[0].text.split() == [sys.executable, str(tmp_path), "x.yaml"]


def test_result_holds_no_time_path_or_address(tmp_path: Path) -> None:
    result = executed(tmp_path, "import pandas as pd\npd.DataFrame({'a': [1]})", "class A: pass\nA.__name__")
    text = nbformat.writes(result.node)
    assert result.stderr == ()
    assert str(tmp_path) not in text and "T0" not in text and "duration" not in text
    assert [cell.id for cell in result.node.cells] == [f"cell-{n}" for n in range(4)]
    assert list(result.node.cells[2].outputs[0].data) == ["text/html"]


def test_what_goes_to_stderr_is_found_and_not_kept(tmp_path: Path) -> None:
    result = executed(tmp_path, "1", "import warnings\nwarnings.warn('old')\nprint('shown')")
    assert len(result.stderr) == 1 and "UserWarning: old" in result.stderr[0][1]
    assert [output.name for output in result.node.cells[-1].outputs] == ["stdout"]


def test_parameters_are_checked_against_the_notebook(tmp_path: Path) -> None:
    problems = check_parameters(read_notebook(stored(tmp_path)), {"stdy": "a", "data": 3, "out": "b"})
    assert [str(problem) for problem in problems] == [
        "01_tiny: 'stdy' is no parameter of this notebook. It would have no effect. Did you mean 'study'?",
        "01_tiny: parameter 'data' is int, not str. The notebook would stop at it. Write it as str.",
    ]
    with pytest.raises(UserError) as caught:
        executed(tmp_path, stdy="a")
    assert caught.value.exit_code == 2


def test_failure_is_one_line_without_the_message(tmp_path: Path) -> None:
    error = failure(tmp_path, "fine = 1", "# about\nname = 'Ana ' + 'Canary'\nraise ValueError(name)")
    assert error.exit_code == 5
    assert str(error).startswith("01_tiny, code cell 3, `raise ValueError(name)`: stopped with a ValueError. Run again")
    assert "Ana Canary" not in str(error)
    detailed = str(failure(tmp_path, "def look(row):\n    raise KeyError(row)\nlook('Ana ' + 'Canary')", debug=True))
    assert "Ana Canary" not in detailed and "look" in detailed


def test_words_of_a_user_error_pass(tmp_path: Path) -> None:
    raised = "raise UserError('records', [Problem('a.csv', 'no date', 'w', 'f')])"
    said = f"from analysis.problems import Problem, UserError\n{raised}"
    assert str(failure(tmp_path, said)).endswith("a.csv: no date. W. F.")


def test_dead_kernel_is_said(tmp_path: Path) -> None:
    assert "its Python process died" in str(failure(tmp_path, "import os\nos._exit(3)"))


@pytest.mark.parametrize("content", ["", "{}", '{"cells": 3}'])
def test_broken_file_is_said(tmp_path: Path, content: str) -> None:
    path = tmp_path / "01_broken.ipynb"
    path.write_text(content)
    with pytest.raises(UserError, match=r"01_broken\.ipynb: no"):
        read_notebook(path)


def test_missing_file_and_missing_tag_are_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such notebook"):
        read_notebook(tmp_path / "02_no.ipynb")
    nbformat.write(notebook("# Only prose"), tmp_path / "03_prose.ipynb")
    with pytest.raises(UserError, match="no cell has the tag 'parameters'"):
        read_notebook(tmp_path / "03_prose.ipynb")


def test_what_the_machine_refuses_is_said_without_a_name(tmp_path: Path) -> None:
    full = str(failure(tmp_path, "raise OSError(28, 'No space left on device', 'Ana ' + 'Canary')"))
    assert "stopped with a OSError. The machine stopped it. No space left on device: make room" in full
    assert "Ana Canary" not in full
    assert "Free some memory" in str(failure(tmp_path, "raise MemoryError"))
