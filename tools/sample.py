"""Make reports/sample/, a small report that a visitor can open, and its picture in the README (make sample).

It is the example study with fewer students, with pages of three schools. What a page holds already (pictures as files,
the notebooks with their outputs) is left out, and so are the links there.
"""

import re
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from analysis import records
from analysis.reporting.manifest import write_manifest
from analysis.reporting.run import run
from analysis.study import Study

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "reports/sample"
PICTURE = ROOT / "docs/images/example-index.png"
DOCUMENTS = ("CITATION.cff", "GLOSSARY.md", "docs/limitations.md", "reports/README.md")
STUDENTS = 4_000
SCHOOLS = 3
LEFT_OUT = re.compile(
    r' <a href="[^"]*figures/[^"]*\.svg" download>.*?</a>|<a href="[^"]*figures/[^"]*\.svg" download>.*?</a>'
    r"| This page is the notebook <a .*?</a>, as it ran\."
)


def sample_study(root: Path) -> Study:
    """Set up a project of its own for the sample: the notebooks and documents of this one, the example made smaller."""
    shutil.copytree(ROOT / "notebooks", root / "notebooks", ignore=shutil.ignore_patterns(".*"))
    for name in (*DOCUMENTS, "studies/example.yaml"):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    text = (root / "studies/example.yaml").read_text(encoding="utf-8")
    text = re.sub(r"students: \d+", f"students: {STUDENTS}", text, count=1)
    text = text.replace("title: Example district", "title: Sample district")
    (root / "studies/sample.yaml").write_text(text, encoding="utf-8")
    return Study.load(root / "studies/sample.yaml")


def make() -> None:
    """Make the report, leave out what its pages hold already, put it in its place, and take its picture."""
    with tempfile.TemporaryDirectory() as folder:
        study = sample_study(Path(folder))
        schools = records.read(study).schools.head(SCHOOLS)
        named = dict(zip(schools["school_id"].astype(str), schools["school_name"].astype(str), strict=True))
        report = run(study, schools=named).parent
        shutil.rmtree(report / "notebooks")
        for figures in list(report.rglob("figures")):
            shutil.rmtree(figures)
        for page in report.rglob("*.html"):
            page.write_text(LEFT_OUT.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
        write_manifest(study, report)
        shutil.rmtree(SAMPLE, ignore_errors=True)
        shutil.copytree(report, SAMPLE)
    size = sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file())
    print(f"reports/sample has {size / 1e6:.2f} MB")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--headless", "--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1200, "height": 1000})
        page.goto((SAMPLE / "index.html").as_uri())
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    make()
