"""Reports that many tests look at, each made once: of a small project without records, and of a synthetic district."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import figures
import nbformat
import pytest
import tiny_study
from hypothesis import settings
from small_project import FINDINGS, LONG, PARAMETERS, SCHOOLS, STUDY, brief, notebook
from tiny_study import Executor

from analysis import language
from analysis.reporting import kept_pages
from analysis.reporting import run as reporting
from analysis.reporting.bar import Progress
from analysis.reporting.run import run
from analysis.study import Study

ROOT = Path(__file__).parents[1]

# The same examples on every run: a new one that fails belongs to whoever looks for it (--hypothesis-profile=default).
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection but to this machine, where kernels and the browser are; kernels may no more."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        is_here = self.family == socket.AF_UNIX or address[0] in ("127.0.0.1", "::1", "localhost")
        assert is_here, "a test reaches no network"
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setenv("PYTHONPATH", str(ROOT / "tests/fence"), prepend=os.pathsep)  # kernels are processes of their own
        yield


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """Leave no language to the next test: pages that a test makes itself are made in this process."""
    yield
    language.use("en")


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    root = tmp_path_factory.mktemp("small project")
    for folder in ("studies", "notebooks", "data/raw"):
        (root / folder).mkdir(parents=True)
    (root / "studies/small.yaml").write_text(STUDY)
    (root / "data/raw/days.csv").write_text("not,read\n")
    saved = "from pathlib import Path\nfor found in (one, two, heat):\n    found.save(Path(out))"
    opening = "# Where is absence?\n\n**In which grades & schools?**\n\nThis page counts."
    one, two = 'one = finding("one", "Grade K & 1")\none', 'two = finding("two", "Another")\ntwo'
    limits = "#:## What this cannot say\n\n- Why."
    page = notebook(opening, PARAMETERS, FINDINGS, one, two, LONG, "print('printed & done')", limits, saved)
    nbformat.write(page, root / "notebooks/01_small.ipynb")
    daily = 'daily = finding("daily", f"Of school {school_id}")\ndaily'
    school = notebook("# One school\n\n**How is it?**", PARAMETERS + '\nschool_id: str = ""', FINDINGS, daily)
    nbformat.write(school, root / "notebooks/school.ipynb")
    return Study.load(root / "studies/small.yaml")


@pytest.fixture(scope="session")
def small_report(small_study: Study) -> Path:
    return run(small_study, schools=SCHOOLS, brief=brief).parent


class Heard(Progress):
    """Progress that remembers who wrote to stderr."""

    def __init__(self, loud: list[str]) -> None:
        self.loud = loud

    def finished(self, name: str, wrote_to_stderr: bool) -> None:
        self.loud += [name] * wrote_to_stderr


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The example study with 1,500 students, below a root of its own that has the project's notebooks and documents."""
    root = tmp_path_factory.mktemp("district")
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    for name in ("CITATION.cff", "GLOSSARY.md", "docs/limitations.md", "reports/README.md"):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / "studies").mkdir()
    text = (ROOT / "studies/example.yaml").read_text(encoding="utf-8")
    (root / "studies/example.yaml").write_text(text.replace("students: 18900", "students: 1500"), encoding="utf-8")
    return Study.load(root / "studies/example.yaml")


@pytest.fixture(scope="session")
def heard() -> list[str]:
    return []


@pytest.fixture(scope="session")
def report(district: Study, heard: list[str]) -> Path:
    return run(district, progress=Heard(heard)).parent


def stand_in(monkeypatch: pytest.MonkeyPatch) -> Executor:
    """Run pages without kernels and templates, schools and a brief without records."""
    executed = Executor()
    monkeypatch.setattr(kept_pages, "execute", executed)
    monkeypatch.setattr(reporting, "of_records", lambda _: reporting.OfRecords(tiny_study.SCHOOLS))
    monkeypatch.setattr(reporting, "_brief", brief)
    monkeypatch.setattr(reporting, "PageExporter", object)
    monkeypatch.setattr(reporting, "page_html", lambda _, node, page, *files: nbformat.writes(node) + page["heading"])
    monkeypatch.setattr(reporting, "index_html", lambda frame, *_: frame.study.settings.title)
    return executed


@pytest.fixture
def executor(monkeypatch: pytest.MonkeyPatch) -> Executor:
    return stand_in(monkeypatch)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--trust", action="store_true", help="print the figures of docs/trust.md at the end")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.getoption("--trust"):
        for line in figures.lines():
            terminalreporter.write_line(f"trust: {line}")
