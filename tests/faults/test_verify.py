"""Whatever is done to a report after its run is found, and so is what it was made from and is not there any more."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import figures
import pytest
import tiny_study
from tiny_study import Executor

from analysis.cli import main
from analysis.reporting.run import run
from analysis.reporting.verify import study_of, verify
from analysis.study import Study

FILES = (
    "index.html", "01_days.html", "schools/lincoln.html", "tables/01_days.csv", "schools/lincoln/tables/school.csv",
    "notebooks/02_grades.ipynb",
)  # fmt: skip


@pytest.fixture
def study(tmp_path: Path, executor: Executor) -> Study:
    made = tiny_study.make(tmp_path / "project")
    run(made, jobs=1)
    return made


def found(study: Study) -> list[str]:
    return [str(problem) for problem in verify(study.root / "reports/tiny", study, jobs=1)]


def changed(path: Path) -> str:
    path.write_bytes(path.read_bytes()[:-1] + b"~")
    return "has other bytes"


def emptied(path: Path) -> str:
    path.write_bytes(b"")
    return "has other bytes"


def removed(path: Path) -> str:
    path.unlink()
    return "is gone"


def renamed(path: Path) -> str:
    path.rename(path.with_name("other.html"))
    return "is now called"


def test_a_report_as_it_was_written_comes_out_again(study: Study) -> None:
    assert found(study) == []


@pytest.mark.parametrize("tamper", [changed, emptied, removed, renamed])
def test_a_file_of_any_kind_that_was_touched_is_named(study: Study, tamper: Callable[[Path], str]) -> None:
    whole = study.root / "reports/whole"
    shutil.copytree(study.root / "reports/tiny", whole)
    for name in FILES:
        shutil.rmtree(study.root / "reports/tiny")
        shutil.copytree(whole, study.root / "reports/tiny")
        what = tamper(study.root / "reports/tiny" / name)
        said = [line for line in found(study) if line.startswith(f"{name}: {what}")]
        assert len(said) == 1, name
        figures.report("tampers found, of as many tried")


@pytest.mark.parametrize("name", ["extra.html", ".hidden", "tables/x.csv", "schools/new/figures/x.svg"])
def test_a_file_that_was_added_is_named(study: Study, name: str) -> None:
    path = study.root / "reports/tiny" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    assert found(study) == [f"{name}: was added, after the run."]
    figures.report("tampers found, of as many tried")


def nothing_listed(manifest: dict[str, Any]) -> None:
    manifest["outputs"] = {}


EDITS: dict[str, Callable[[dict[str, Any]], object]] = {
    "title": lambda manifest: manifest.update(title="Other"),
    "seed": lambda manifest: manifest.update(seed=3),
    "another key": lambda manifest: manifest.update(signed="by nobody"),
    "an output": lambda manifest: manifest["outputs"].update({"index.html": "0" * 64}),
    "an output left out": lambda manifest: manifest["outputs"].pop("index.html"),
    "no outputs": nothing_listed,
    "an input": lambda manifest: manifest["inputs"]["data"].update({"days.csv": "0" * 64}),
    "a notebook": lambda manifest: manifest["inputs"]["notebooks"].pop("01_days.ipynb"),
    "a version": lambda manifest: manifest["versions"].update(pandas="1.0"),
    "a setting": lambda manifest: manifest["parameters"]["settings"]["definitions"].update(at_risk="0.06"),
    "code": lambda manifest: manifest["code"].update({"study/study.py": "0" * 64}),
    "a part": lambda manifest: manifest.pop("inputs"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_manifest_is_found(study: Study, edit: str) -> None:
    path = study.root / "reports/tiny/manifest.json"
    manifest = json.loads(path.read_text())
    EDITS[edit](manifest)
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    assert found(study)
    figures.report("tampers found, of as many tried")


def test_a_page_and_its_checksum_edited_together_are_found_by_the_new_run(study: Study) -> None:
    from analysis.reporting.manifest import checksums

    report = study.root / "reports/tiny"
    changed(report / "tables/01_days.csv")
    manifest = json.loads((report / "manifest.json").read_text())
    manifest["outputs"] = checksums(report)
    (report / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    assert found(study) == [
        "manifest.json: has other bytes, against a new run.",
        "tables/01_days.csv: has other bytes, against a new run.",
    ]
    figures.report("tampers found, of as many tried")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("data/raw/days.csv", "first", "other", "made from: input days.csv changed"),
        ("studies/tiny.yaml", "records:", "definitions: {at_risk: 0.06}\nrecords:", "setting definitions.at_risk is"),
        ("notebooks/01_days.ipynb", "How much?", "How many?", "made from: notebook 01_days.ipynb changed"),
    ],
)
def test_what_it_was_made_from_and_is_otherwise_is_said(study: Study, name: str, old: str, new: str, said: str) -> None:
    path = study.root / name
    path.write_text(path.read_text().replace(old, new))
    assert any(said in line for line in found(study_of(study.root / "reports/tiny", str(study.path))))


def test_the_command_says_it_with_an_exit_code(
    study: Study, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(study.root)
    with pytest.raises(SystemExit) as left:
        main(["verify", "reports/tiny", "--jobs", "1"])
    assert left.value.code == 0 and "every file is, to the byte" in capsys.readouterr().out
    (study.root / "reports/tiny/manifest.json").unlink()
    with pytest.raises(SystemExit) as left:
        main(["verify", "reports/tiny"])
    assert left.value.code == 7 and "manifest.json: is not there" in capsys.readouterr().err
