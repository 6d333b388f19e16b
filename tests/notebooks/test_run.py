"""A run leaves what the contract says, the same bytes each time, and never half a report."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from small_project import SCHOOLS, brief

from analysis.problems import UserError
from analysis.reporting.jobs import slugs
from analysis.reporting.run import run
from analysis.study import Study


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@contextmanager
def broken(study: Study, name: str, source: str) -> Iterator[None]:
    path = study.root / "notebooks" / name
    before = path.read_text()
    node = nbformat.read(path, as_version=4)
    node.cells[-1]["source"] = source
    nbformat.write(node, path)
    yield
    path.write_text(before)


def test_report_holds_what_the_contract_says(small_report: Path) -> None:
    slug = ("schools/bjork-elementary", "schools/lincoln-2", "schools/lincoln-3")
    pages = {"index.html", "about.html", "print.html", "01_small.html", "manifest.json", "notebooks/01_small.ipynb"}
    pages |= {f"{name}.html" for name in slug} | {f"notebooks/{name}.ipynb" for name in slug}
    findings = ("one", "two", "by_school")
    tables = {file for name in findings for file in (f"tables/{name}.csv", f"figures/{name}.svg")}
    assert set(contents(small_report)) == pages | tables
    assert not list(small_report.parent.glob(".*"))


def test_two_runs_give_the_same_bytes(small_study: Study, small_report: Path) -> None:
    before = contents(small_report)
    again = contents(run(small_study, schools=SCHOOLS, brief=brief, jobs=1).parent)
    assert [name for name in before if again[name] != before[name]] == []


def test_another_folder_zone_locale_one_worker_cold_kernels_and_nothing_kept_give_the_same_bytes(
    small_study: Study, small_report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "another place"
    shutil.copytree(small_study.root, root, ignore=shutil.ignore_patterns("interim", "reports"))
    settings = {"TZ": "Pacific/Auckland", "LC_ALL": "C", "LANG": "de_DE.UTF-8", "ABSENCE_COLD_KERNELS": "1"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    study = Study.load(root / "studies/small.yaml")
    again = contents(run(study, schools=SCHOOLS, brief=brief, jobs=1).parent)
    assert [name for name, content in contents(small_report).items() if again.get(name) != content] == []
    assert set(again) == set(contents(small_report))


def test_nothing_names_the_machine(small_study: Study, small_report: Path) -> None:
    for name, content in contents(small_report).items():
        assert str(small_study.root).encode() not in content, name
        assert b".partial" not in content, name
        assert str(Path.home()).encode() not in content, name


def test_manifest_names_inputs_and_outputs(small_report: Path) -> None:
    read = json.loads((small_report / "manifest.json").read_text())
    assert read["seed"] == 7 and read["study"] == "small" and read["versions"]["duckdb"]
    assert list(read["inputs"]["data"]) == ["days.csv"]
    assert list(read["inputs"]["notebooks"]) == ["01_small.ipynb", "school.ipynb"]
    files = {name: hashlib.sha256(content).hexdigest() for name, content in contents(small_report).items()}
    files.pop("manifest.json")
    assert read["outputs"] == files


def test_failed_run_keeps_the_old_report(small_study: Study, small_report: Path) -> None:
    before = contents(small_report)
    with broken(small_study, "school.ipynb", "raise RuntimeError(school_id)"), pytest.raises(UserError) as caught:
        run(small_study, schools={"1": "Canary"}, brief=brief)
    assert "schools/canary, code cell 3" in str(caught.value) and caught.value.exit_code == 5
    assert contents(small_report) == before
    assert not list(small_report.parent.glob(".*"))


def test_parameter_that_a_notebook_lacks_stops_before_anything_runs(small_study: Study, tmp_path: Path) -> None:
    path = small_study.root / "notebooks/02_old.ipynb"
    node = nbformat.read(small_study.root / "notebooks/01_small.ipynb", as_version=4)
    node.cells[1]["source"] = node.cells[1]["source"].replace("audience", "public")
    nbformat.write(node, path)
    with pytest.raises(UserError, match="02_old: 'audience' is no parameter"):
        run(small_study, out=tmp_path / "report", schools={}, brief=brief)
    path.unlink()


def test_folder_that_is_no_report_is_left_alone(small_study: Study, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("all of it")
    with pytest.raises(UserError, match="is no report"):
        run(small_study, out=tmp_path, schools={}, brief=brief)
    assert (tmp_path / "thesis.txt").read_text() == "all of it"


def test_every_school_has_its_own_file_name() -> None:
    schools = {"1": "A b", "2": "A  B!", "3": "", "4": "école", "5": "3", "x y": "A-b", "x-y": "a b"}
    made = slugs(schools)
    assert made["4"] == "ecole" and made["1"] == "a-b-1" and made["2"] == "a-b-2"
    assert len(set(made.values())) == len(schools) and all(made.values())
