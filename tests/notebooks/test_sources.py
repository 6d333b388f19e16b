"""Every example of docs/sources.md is read, counted and estimated as it stands there."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from analysis import findings, records
from analysis.findings.finding import Finding
from analysis.models.estimates import estimate
from analysis.study import Study
from analysis.study_problems import COLUMNS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/sources.md"
BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
EXAMPLES = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
STUDIES = [Path(path).stem for language, path, _ in EXAMPLES if language == "yaml"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write what the page shows: studies below studies/, files below data/raw/."""
    root = tmp_path_factory.mktemp("sources")
    for language, name, text in EXAMPLES:
        path = root / (name if language == "yaml" else f"data/raw/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("name", STUDIES)
def test_an_example_is_read_counted_and_estimated(project: Path, name: str) -> None:
    study = Study.load(project / f"studies/{name}.yaml")
    source = records.read(study)
    assert [str(problem) for problem in source.problems if problem.severity == "stops"] == []
    used = source.flow[(source.flow["step"] == "used") & (source.flow["reason"] == "")]
    assert used["rows"].sum() > 0
    page = findings.where(study)
    found = [part for field in fields(page) if isinstance(part := getattr(page, field.name), Finding)]
    assert found and all(finding.text for finding in found)
    assert not any(re.search(r"\bnan\b|\bNone\b", finding.text) for finding in found)
    estimate(source)


def test_the_page_shows_every_kind(project: Path) -> None:
    kinds = {Study.load(project / f"studies/{name}.yaml").settings.records.kind for name in STUDIES}
    assert kinds <= set(COLUMNS)


def test_no_file_of_the_page_is_left_unread(project: Path) -> None:
    read = {path for name in STUDIES for path in records.inputs(Study.load(project / f"studies/{name}.yaml"))}
    shown = {(project / "data/raw" / name).resolve() for language, name, _ in EXAMPLES if language != "yaml"}
    assert shown - {path.resolve() for path in read} == set()
