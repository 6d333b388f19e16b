"""A forked kernel is as fresh, as alone and as right as a cold one; a dead one harms no other."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from small_project import FINDINGS, PARAMETERS, notebook

from analysis.problems import UserError
from analysis.reporting import forked
from analysis.reporting.execute import Executed, execute
from analysis.reporting.notebook import read_notebook

pytestmark = pytest.mark.skipif(not forked.CAN_FORK, reason="this system starts its kernels cold")

PLANTED = """
import os, sys, warnings
import matplotlib as mpl, numpy as np, pandas as pd
from analysis import engine, vocabulary
os.environ["PLANTED"] = "1"
os.chdir("/")
sys.path.insert(0, "/planted")
sys.modules["planted"] = sys
pd.options.display.max_rows = 3
mpl.rcParams["font.size"] = 3
vocabulary.DAY = 7
engine.execute("CREATE TABLE planted (a INTEGER)")
np.random.seed(1)
warnings.simplefilter("error")
import builtins
builtins.planted = 1
"""
LOOKED = """
import os, sys, warnings, builtins
import matplotlib as mpl, numpy as np, pandas as pd
from analysis import engine, vocabulary
found = [
    "PLANTED" in os.environ, os.getcwd() == "/", "/planted" in sys.path, "planted" in sys.modules,
    pd.options.display.max_rows == 3, mpl.rcParams["font.size"] == 3, vocabulary.DAY == 7,
    bool(engine.execute("SELECT 1 FROM information_schema.tables WHERE table_name = 'planted'")),
    warnings.filters and warnings.filters[0][0] == "error", hasattr(builtins, "planted"),
]
print(found)
print(hash("a word"), os.environ["OPENBLAS_NUM_THREADS"], os.environ["PYTHONHASHSEED"])
"""


def run(folder: Path, *cells: str, name: str = "01_one") -> Executed:
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook("# Tiny\n\n*Does it run?*", PARAMETERS, *cells), path)
    return execute(read_notebook(path), {}, folder)


def said(result: Executed, cell: int = -1) -> str:
    return str(result.node.cells[cell].outputs[0].text)


def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABSENCE_COLD_KERNELS", "1")


def test_kernels_are_forks_of_one_server(tmp_path: Path) -> None:
    alone = [said(run(tmp_path, "import os; print(os.getppid(), os.getpid())")).split() for _ in range(2)]
    assert alone[0][0] == alone[1][0] != str(os.getpid())
    assert alone[0][1] != alone[1][1]


def test_a_kernel_does_not_run_the_script_that_started_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script, main = tmp_path / "script.py", ModuleType("__main__")
    script.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    main.__file__ = str(script)
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert said(run(tmp_path, "print('whole')")) == "whole\n"
    assert not (tmp_path / "ran").exists()
    assert sys.modules["__main__"] is main


def test_nothing_of_one_notebook_is_seen_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(run(tmp_path, LOOKED, PLANTED, LOOKED)).splitlines()[0] == str([True] * 10)
    after = said(run(tmp_path, LOOKED))
    assert after.splitlines()[0] == str([False] * 10)
    cold(monkeypatch)
    assert said(run(tmp_path, LOOKED)) == after


def test_a_cold_kernel_gives_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = (FINDINGS, "finding('bars', 'Bars')", "import sys; print(sys.argv[1:2], sys.path[0] == '')", "1 / 3")
    one = nbformat.writes(run(tmp_path, *cells).node)
    cold(monkeypatch)
    assert nbformat.writes(run(tmp_path, *cells).node) == one


@pytest.mark.parametrize(
    "end", ["os._exit(3)", "os.kill(os.getpid(), signal.SIGSEGV)", "os.kill(os.getpid(), signal.SIGKILL)"]
)
def test_a_kernel_that_dies_harms_no_other(tmp_path: Path, end: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        dies = pool.submit(run, tmp_path, f"import os, signal\n{end}", name="01_dies")
        lives = pool.submit(run, tmp_path, "import time\ntime.sleep(1)\nprint('whole')", name="02_lives")
        with pytest.raises(UserError, match="its Python process died"):
            dies.result()
        assert said(lives.result()) == "whole\n"


def test_without_its_server_a_kernel_starts_cold_or_from_a_new_one(tmp_path: Path) -> None:
    server = int(said(run(tmp_path, "import os; print(os.getppid())")))
    os.kill(server, signal.SIGKILL)
    assert int(said(run(tmp_path, "import os; print(os.getppid())"))) != server


def test_kernels_and_their_server_end_with_a_run_that_is_killed(tmp_path: Path) -> None:
    """They stayed for good, each with the memory of its last page."""
    told = tmp_path / "pids"
    busy = f"import os, time; open({str(told)!r}, 'w').write(f'{{os.getpid()}} {{os.getppid()}} '); time.sleep(100)"
    nbformat.write(notebook("# Tiny\n\n*Does it run?*", PARAMETERS, busy), tmp_path / "01_one.ipynb")
    script = tmp_path / "run.py"
    script.write_text(f"""
from pathlib import Path
from analysis.reporting.execute import execute
from analysis.reporting.notebook import read_notebook
if __name__ == "__main__":
    folder = Path({str(tmp_path)!r})
    execute(read_notebook(folder / "01_one.ipynb"), {{}}, folder)
""")
    with subprocess.Popen([sys.executable, script]) as begun:
        until(lambda: told.exists() and told.read_text().endswith(" "), 100)
        begun.kill()
    pids = [int(pid) for pid in told.read_text().split()]
    assert until(lambda: not any(alive(pid) for pid in pids), 20)


def until(done: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.1)
    return done()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_draws_of_two_kernels_differ_and_the_parents_environment_is_left_alone(tmp_path: Path) -> None:
    before = dict(os.environ)
    draws = {
        said(run(tmp_path, "import numpy as np, random; print(np.random.rand(), random.random())")) for _ in range(2)
    }
    assert len(draws) == 2
    assert dict(os.environ) == before


REACHING = """
import socket
for call in ("connect", "connect_ex"):
    for address in (("192.0.2.1", 80), ("127.0.0.1", 9)):
        with socket.socket() as one:
            try:
                print(call, getattr(one, call)(address) is not None)
            except (AssertionError, OSError) as error:
                print(type(error).__name__)
"""


@pytest.mark.parametrize("cold", ["", "1"])
def test_kernels_of_tests_reach_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cold: str) -> None:
    """A port of this machine where nobody listens is refused by it, another machine by the fence."""
    monkeypatch.setenv("ABSENCE_COLD_KERNELS", cold)
    answers = ["AssertionError", "ConnectionRefusedError", "AssertionError", "connect_ex True"]
    assert said(run(tmp_path, REACHING)).split("\n")[:4] == answers
