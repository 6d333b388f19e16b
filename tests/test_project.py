"""The project keeps its habits: imports along the flow, small modules, dependencies with reasons, no drift.

Each check is a function that gives what offends, so that the tests at the end can show that it finds an offence.
"""

import ast
import json
import re
import runpy
import socket
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from analysis.cli import app
from analysis.disclosure.shapes import SHAPES, shape_of
from analysis.findings.finding import Finding
from analysis.findings.where import Where
from analysis.problems import EXIT_CODES
from analysis.reporting.notebook import read_notebook
from analysis.study import Study

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src/analysis"
FLOW = (
    "arrays", "language", "vocabulary", "problems", "study", "source_code", "spark", "engine", "interim",
    "records", "measures", "models", "disclosure", "findings", "reporting", "proposal", "scaffold", "cli",
)  # fmt: skip
LONGEST = 400
CONTRACT = (
    "records_flow", "absence_by_grade", "absence_by_school", "absence_by_district", "absence_by_month",
    "absence_by_week", "absence_by_weekday", "absence_by_reason", "missed_days", "worst_days", "near_threshold",
    "chronic_by_days_enrolled", "persistence", "early_signal", "adjusted_rates", "coefficients", "joint_tests",
    "importance", "school_effects", "not_separable", "robustness", "model_checks", "between_schools", "year_changes",
    "missed_days_by_students",
)  # fmt: skip
"""The tables that other programs may count on; a name is never taken out of here."""
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
STUDIES = sorted((ROOT / "studies").glob("*.yaml"))
TEXTS = {".py", ".md", ".yaml", ".yml", ".toml", ".ipynb", ".csv", ".cff", ".sh", ".css", ".js", ".j2", ".json", ""}
FOLDERS = ("src", "tests", "tools", "notebooks", "studies", "benchmarks", "docs", "data/reference", ".ci")
HERE = socket.gethostname()
PLACES = re.compile(r"(?<![\w.~})])/(?:work|home|root|Users|mnt|srv)/\w|[A-Z]:\\\\?Users")


# Imports, sizes


def imported(source: str) -> Iterator[tuple[int, str]]:
    """Give the line and the stage of every import from the package, in functions too; '' for the package itself."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names = [f"analysis.{name.name}" for name in node.names] if module == "analysis" else [module]
        elif isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        else:
            continue
        for name in names:
            if name.startswith(".") or name.split(".")[0] == "analysis":
                yield node.lineno, name.partition(".")[2].split(".")[0]


def against_the_flow(package: Path) -> list[str]:
    found = []
    for path in sorted(package.rglob("*.py")):
        inside = path.relative_to(package)
        stage = inside.with_suffix("").parts[0]
        if stage == "__init__":  # the front door, which the code inside does not use
            continue
        if stage not in FLOW:
            found.append(f"{inside}: has no place in the flow")
            continue
        for line, other in imported(path.read_text(encoding="utf-8")):
            if other not in FLOW or FLOW.index(other) > FLOW.index(stage):
                found.append(f"{inside}, line {line}: {stage} imports {other or 'the front door'}")
    return found


def too_long(folders: list[Path]) -> list[str]:
    lengths = {
        path: len(path.read_text(encoding="utf-8").splitlines()) for one in folders for path in one.rglob("*.py")
    }
    return [f"{path.name}: {length} lines" for path, length in lengths.items() if length > LONGEST]


def test_imports_run_along_the_flow() -> None:
    assert against_the_flow(PACKAGE) == []


def test_modules_can_be_read_in_one_sitting() -> None:
    assert too_long([ROOT / folder for folder in ("src", "tests", "tools", "benchmarks")]) == []


# Dependencies


def without_reason(project: str) -> list[str]:
    """List dependencies, of the users and of developers, that have no comment on their line."""
    settings = tomllib.loads(project)
    developers = [one for group in settings["dependency-groups"].values() for one in group]
    reasons = dict(re.findall(r'^\s*"([^"]+)",?[ \t]*(#[ \t]*\w.*)?$', project, flags=re.MULTILINE))
    return [one for one in (*settings["project"]["dependencies"], *developers) if not reasons.get(one)]


def test_every_dependency_has_its_reason() -> None:
    assert without_reason((ROOT / "pyproject.toml").read_text(encoding="utf-8")) == []


def test_environment_of_conda_users_is_the_generated_one() -> None:
    made = runpy.run_path(str(ROOT / "tools/environment.py"))["environment"]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert (ROOT / "environment.yml").read_text(encoding="utf-8") == made(project), "run make docs"
    more = made(
        project.replace("dependencies = [", 'dependencies = [\n  "another[extra]>=1",\n', 1).replace("[extra]", "")
    )
    assert '"another>=1"' in more
    listed = yaml.safe_load(made(project))["dependencies"]
    assert len(listed) == 3 + len(tomllib.loads(project)["project"]["dependencies"])


def test_lock_names_no_private_registry() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text(encoding="utf-8")))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}


def test_citation_has_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))["version"] == version


# Documents


def broken_links(root: Path) -> list[str]:
    """List links of the project's own pages, and documents named in its code, that lead nowhere."""
    found = []
    for page in (*root.glob("*.md"), *(root / "docs").glob("*.md"), *root.glob("*/README.md")):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                found.append(f"{page.name}: {target}")
    names = {path.name for path in (root / "docs").iterdir()}  # exact letters, on file systems too that do not mind
    for module in (root / "src").rglob("*.py"):
        for name in re.findall(r"docs/([\w-]+\.md)", module.read_text(encoding="utf-8")):
            if name not in names:
                found.append(f"{module.name}: docs/{name}")
    return found


def test_generated_pages_are_up_to_date() -> None:
    for path, text in runpy.run_path(str(ROOT / "tools/docs.py"))["pages"]().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} has drifted: run make docs"


def test_a_key_that_nobody_explained_stops_the_page() -> None:
    tool = runpy.run_path(str(ROOT / "tools/docs.py"))
    del tool["MEANINGS"]["records.marks"]
    with pytest.raises(KeyError, match=r"records\.marks"):
        tool["study_page"]()


def test_links_lead_somewhere() -> None:
    assert broken_links(ROOT) == []


def test_python_of_the_readme_exists() -> None:
    for page in ("README.md", "notebooks/README.md"):
        used = re.findall(r"page\.(\w+)\.(\w+)", (ROOT / page).read_text(encoding="utf-8"))
        assert used
        for name, part in used:
            assert name in {field.name for field in fields(Where)}
            assert part in {field.name for field in fields(Finding)}


def test_every_exit_code_is_documented() -> None:
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", page, flags=re.MULTILINE)}
    assert documented == {0, 1, 130, *EXIT_CODES.values()}
    assert {int(code) for code in re.findall(r"\d+", str(app.info.epilog))} == documented
    setup = (ROOT / "tools/setup.sh").read_text(encoding="utf-8")
    assert set(re.findall(r"\bexit (\d+)", setup)) == {str(EXIT_CODES["environment"])}


def test_sentences_of_refusal_are_in_the_statistics() -> None:
    page = " ".join((ROOT / "docs/statistics.md").read_text(encoding="utf-8").split())
    for module in ("findings/sentences.py", "models/sentences.py"):
        tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
        values = [node.value for node in tree.body if isinstance(node, ast.AnnAssign)]
        marked = [value.args[0] if isinstance(value, ast.Call) else value for value in values]
        said = [value.value for value in marked if isinstance(value, ast.Constant)]
        assert said
        assert [sentence for sentence in said if sentence not in page] == []


def documented_tables() -> set[str]:
    page = (ROOT / "reports/README.md").read_text(encoding="utf-8").partition("| table |")[2]
    rows = re.findall(r"^\| ([^|]+) \|", page, flags=re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(.+?)`", row)}


def test_every_table_of_the_contract_is_documented_and_declared() -> None:
    documented = documented_tables()
    assert set(CONTRACT) - documented == set()
    assert {name for name in SHAPES if not name.startswith("absence_by_")} - documented == set()
    for name in documented:
        assert shape_of(name)
    with pytest.raises(LookupError):
        shape_of("students_by_name")


# Notebooks, studies


def notebook_faults(path: Path) -> list[str]:
    """List what a stored notebook must not have or lacks: outputs, functions, a parameter without type and comment."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    found = []
    if any(cell["outputs"] or cell["execution_count"] for cell in code):
        found.append("has outputs")
    for cell in code:
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
                found.append("computes something itself")
    tagged = [cell for cell in code if "parameters" in cell["metadata"].get("tags", [])]
    if len(tagged) != 1:
        return [*found, "has not one cell tagged 'parameters'"]
    for line in "".join(tagged[0]["source"]).splitlines():
        if not re.fullmatch(r"\w+: (str|int|float|bool) = [^#]+  # \w.*", line):
            found.append(f"parameter without type or comment: {line}")
    return found


def table_of_notebooks() -> list[tuple[str, str, str]]:
    page = (ROOT / "notebooks/README.md").read_text(encoding="utf-8")
    return re.findall(r"^\| \[(\w+)\]\(\1\.ipynb\) \| (.+?) \| (.+?) \|$", page, flags=re.MULTILINE)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_stored_clean(path: Path) -> None:
    assert notebook_faults(path) == []


def test_tables_of_notebooks_equal_the_folder() -> None:
    notebooks = [read_notebook(path) for path in NOTEBOOKS]
    assert notebooks
    own = [(one.name, one.question, ", ".join(f"`{name}`" for name in one.parameters)) for one in notebooks]
    assert table_of_notebooks() == own
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\w+)\]\(notebooks/\1\.ipynb\) \| (.+?) \|$", readme, flags=re.MULTILINE)
    assert rows == [row[:2] for row in own]


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_study_loads(path: Path) -> None:
    assert Study.load(path).name == path.stem


# Places


def named_places(text: str) -> list[str]:
    """List absolute paths of somebody's machine, and this machine's own name where it is not a common word."""
    own = [HERE] if len(HERE) > 6 and HERE != "localhost" and HERE in text else []
    return [*PLACES.findall(text), *own]


def test_nothing_names_a_machine() -> None:
    files = [
        path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix in TEXTS
    ]
    files += [path for path in ROOT.iterdir() if path.is_file() and path.suffix in TEXTS]
    assert len(files) > 100
    found = {path.relative_to(ROOT): named_places(path.read_text(encoding="utf-8")) for path in files}
    assert {path: places for path, places in found.items() if places} == {}


# Each check can fail


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("records/types.py", "from analysis.findings import where"),
        ("models/parts.py", "def late():\n    from analysis import disclosure"),
        ("measures/cells.py", "from analysis import Study"),
        ("measures/cells.py", "import analysis.cli"),
        ("disclosure/gate.py", "from . import shapes"),
        ("engine.py", "if TYPE_CHECKING:\n    from analysis.records.types import StudentRecords"),
        ("helpers.py", "import os"),
    ],
)
def test_an_import_against_the_flow_is_found(tmp_path: Path, name: str, source: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(source)
    assert len(against_the_flow(tmp_path)) == 1


def test_a_long_module_is_found(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("\n" * (LONGEST + 1))
    (tmp_path / "short.py").write_text("\n" * LONGEST)
    assert too_long([tmp_path]) == ["long.py: 401 lines"]


def test_a_dependency_without_reason_is_found() -> None:
    project = '[project]\ndependencies = [\n  "one>=1", # a reason\n  "two",\n]\n'
    project += '[dependency-groups]\ndev = [\n  "three" #\n]\n'
    assert without_reason(project) == ["two", "three"]


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    for folder in ("docs", "src"):
        (tmp_path / folder).mkdir()
    (tmp_path / "README.md").write_text(
        "[there](docs/there.md) [gone](docs/gone.md) [far](https://example.org) [here](#here)"
    )
    (tmp_path / "docs/there.md").write_text("")
    (tmp_path / "src/one.py").write_text('"""See docs/There.md."""')
    assert broken_links(tmp_path) == ["README.md: docs/gone.md", "one.py: docs/There.md"]


PARAMETERS: dict[str, Any] = {"source": 'study: str = "a"  # the study', "metadata": {"tags": ["parameters"]}}


@pytest.mark.parametrize(
    ("cells", "faults"),
    [
        ([PARAMETERS], 0),
        ([], 1),
        ([PARAMETERS, PARAMETERS], 1),
        ([PARAMETERS, {"source": "page", "execution_count": 3}], 1),
        ([PARAMETERS, {"source": "page", "outputs": [{"output_type": "stream"}]}], 1),
        ([PARAMETERS, {"source": "def rate(): ..."}], 1),
        ([{**PARAMETERS, "source": 'study = "a"  # the study'}], 1),
        ([{**PARAMETERS, "source": 'study: str = "a"'}], 1),
    ],
)
def test_a_fault_of_a_notebook_is_found(tmp_path: Path, cells: list[dict[str, Any]], faults: int) -> None:
    empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    (tmp_path / "one.ipynb").write_text(json.dumps({"cells": [{**empty, **cell} for cell in cells]}))
    assert len(notebook_faults(tmp_path / "one.ipynb")) == faults


@pytest.mark.parametrize("folder", ["home", "root", "Users", "work"])
def test_a_place_is_found(folder: str) -> None:
    assert named_places(f"data: /{folder}/someone/data")
    assert not named_places(f"data: ../{folder}/data, https://example.org/{folder}/page, {{root}}/{folder}/x")


def test_only_the_engine_brings_rows_into_pandas() -> None:
    """Whoever else collects could bring student-days; what the engine collects is watched in test_canary.py."""
    calls = re.compile(r"\.(collect|df|fetchall|fetchdf|fetch_df|toPandas|to_pandas|arrow|pl)\(")
    engines = {PACKAGE / "engine.py", PACKAGE / "spark.py"}
    for path in sorted(set(PACKAGE.rglob("*.py")) - engines):
        found = [line for line in path.read_text().splitlines() if calls.search(line) and "engine.collect(" not in line]
        assert not found, (path, found)


def test_findings_take_estimates_as_their_audience_may_see_them() -> None:
    modules = (ROOT / "src" / "analysis" / "findings").rglob("*.py")
    assert [path.name for path in modules if re.search(r"\bestimate\(", path.read_text(encoding="utf-8"))] == [
        "gated.py"
    ]
