"""The committed sample is small, synthetic, and looks as pages look now; `make sample` makes it anew."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from analysis.reporting.notebook import read_notebook
from analysis.reporting.pages import TEMPLATE

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "reports/sample"
PAGES = sorted(SAMPLE.rglob("*.html"))
LARGEST = 2_000_000


def test_the_sample_is_small_and_its_manifest_names_every_file() -> None:
    files = {path.relative_to(SAMPLE).as_posix(): path.read_bytes() for path in SAMPLE.rglob("*") if path.is_file()}
    assert sum(map(len, files.values())) < LARGEST
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["outputs"] == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert manifest["title"] == "Sample district (synthetic)" and manifest["parameters"]["audience"] == "partner"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_of_the_sample_looks_as_pages_look_now(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name in ("page.css", "page.js"):
        assert (TEMPLATE / name).read_text(encoding="utf-8").strip() in text, f"{name} has changed: make sample"
    for file in re.findall(r'href="(?!data:)([^"#:]+)', text):
        assert (path.parent / file).is_file(), file


def test_the_sample_has_a_page_for_every_notebook() -> None:
    notebooks = {path.stem: read_notebook(path).question for path in (ROOT / "notebooks").glob("0*.ipynb")}
    assert set(notebooks) == {path.stem for path in PAGES} & set(notebooks)
    for name, question in notebooks.items():
        assert question in (SAMPLE / f"{name}.html").read_text(encoding="utf-8")
