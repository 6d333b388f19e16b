"""Every example of docs/sources.md is read, counted and estimated as it stands there."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from analysis import findings, records
from analysis.findings.finding import Finding
from analysis.models.estimates import estimate
from analysis.study import Study
from analysis.study.columns import COLUMNS

PAGE = Path(__file__).parents[2] / "docs/sources.md"
BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
SECTIONS = {
    text.split("\n", 1)[0].strip(): BLOCK.findall(text) for text in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
}
"""By heading: language, path and text of each file that a section shows. A section is a project of its own."""
EXAMPLES = [(title, path) for title, blocks in SECTIONS.items() for language, path, _ in blocks if language == "yaml"]


def study_of(folder: Path, title: str, path: str) -> Study:
    """Write what a section shows (studies below studies/, other files below data/raw/) and load a study of it."""
    for language, name, text in SECTIONS[title]:
        place = folder / (name if language == "yaml" else f"data/raw/{name}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return Study.load(folder / path)


@pytest.mark.parametrize(("title", "path"), EXAMPLES)
def test_an_example_is_read_counted_and_estimated(tmp_path: Path, title: str, path: str) -> None:
    study = study_of(tmp_path, title, path)
    source = records.read(study)
    assert [str(problem) for problem in source.problems if problem.severity == "stops"] == []
    assert source.flow[(source.flow["step"] == "used") & (source.flow["reason"] == "")]["rows"].sum() > 0
    page = findings.where(study)
    found = [part for field in fields(page) if isinstance(part := getattr(page, field.name), Finding)]
    assert found and all(finding.text for finding in found if finding.title)
    assert not any(re.search(r"\bnan\b|\bNone\b|–", finding.title + finding.text) for finding in found)
    estimate(source)


def test_the_page_shows_every_kind(tmp_path: Path) -> None:
    studies = [study_of(tmp_path / str(number), *example) for number, example in enumerate(EXAMPLES)]
    assert {study.settings.records.kind for study in studies} == set(COLUMNS)


@pytest.mark.parametrize("title", [title for title, blocks in SECTIONS.items() if blocks])
def test_no_file_of_the_page_is_left_unread(tmp_path: Path, title: str) -> None:
    studies = [study_of(tmp_path, title, path) for section, path in EXAMPLES if section == title]
    read = {path.resolve() for study in studies for path in records.inputs(study)}
    shown = {(tmp_path / "data/raw" / name).resolve() for language, name, _ in SECTIONS[title] if language != "yaml"}
    assert shown - read == set()
