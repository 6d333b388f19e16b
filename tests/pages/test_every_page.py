"""Every kind of page of a report, under axe-core's eyes: accessible in light, dark, print and on a phone, and light.

`axe/axe.min.js` is axe-core 4.14.1 as it is on npm, under the Mozilla Public License 2.0 (`axe/LICENSE`); nothing of it
goes into a page. `make pages-all` looks at every page of every report in reports/ instead.
"""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from analysis.reporting.run import run
from analysis.study import Study

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
AXE = (Path(__file__).parent / "axe/axe.min.js").read_text(encoding="utf-8")
VIOLATIONS = """async rules => {
  const like = ['svg', 'tbody tr:nth-child(n+4)'].map(one => [one]);
  const runs = [axe.run({exclude: like}, {runOnly: rules})];
  if (matchMedia('(prefers-color-scheme: light)').matches && matchMedia('screen').matches && innerWidth > 1000)
    runs.push((await runs[0], axe.run({rules: {'color-contrast': {enabled: false}}})));
  return (await Promise.all(runs)).flatMap(run => run.violations)
    .map(found => [found.id, found.nodes.length, found.nodes[0].html.slice(0, 200)]);
}"""
"""What looks decide is asked in each mode (of tables the first rows, of pictures in test_pictures), the rest once."""
OF_LOOKS = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]
HEAVIEST = 400_000
"""Bytes of a page: what a phone on a slow line loads in three seconds."""
HEAVIEST_ON_PAPER = 1_000_000
"""Bytes of the page to print: it has every picture of the report, and is sent or printed as one."""
MODES: dict[str, tuple[int, dict[str, Any]]] = {
    "light": (1200, {}),
    "dark": (1200, {"color_scheme": "dark"}),
    "phone": (360, {}),
    "print": (680, {"media": "print"}),
}
Visit = Callable[..., Page]


def kinds(report: Path) -> list[Path]:
    """Choose the pages that there is one of, and of the schools' pages the longest and the shortest."""
    schools = sorted((report / "schools").glob("*.html"), key=lambda path: path.stat().st_size)
    return [
        report / "index.html",
        report / "about.html",
        report / "print.html",
        *sorted(report.glob("0*.html")),
        *dict.fromkeys(schools[:1] + schools[-1:]),
    ]


def wrong(pages: list[Path], visit: Visit, *modes: str) -> list[tuple[str, str, Any]]:
    """List what axe-core finds wrong, and pages that have to be scrolled sideways, as (page, mode, what)."""
    found: list[tuple[str, str, Any]] = []
    for path in pages:
        page = visit(path)
        page.evaluate(AXE)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        for mode in modes or MODES:
            width, media = MODES[mode]
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(**{"media": "screen", "color_scheme": "light", **media})
            looked = page.evaluate(VIOLATIONS, [rule for rule in OF_LOOKS if (mode, rule) != ("print", "target-size")])
            found += [(path.name, mode, one) for one in looked]
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            found += [(path.name, mode, f"{wide} pixels too wide")] if wide > 0 else []
        page.context.close()
    return found


def in_language(study: Study, language: str) -> Study:
    """Give the study with another language, as a file of its own beside the other."""
    text = study.path.read_text(encoding="utf-8")
    path = study.path.with_name(f"{study.name}-{language}.yaml")
    path.write_text(f"{text}\nlanguage: {language}\n", encoding="utf-8")
    return Study.load(path, data=study.data, audience=study.settings.audience)


def heavy(pages: list[Path]) -> list[str]:
    most = {"print.html": HEAVIEST_ON_PAPER}
    sizes = {path: path.stat().st_size for path in pages}
    return [f"{path.name}: {size:,}" for path, size in sizes.items() if size > most.get(path.name, HEAVIEST)]


def test_partners_pages_can_be_used_by_everybody(report: Path, visit: Visit) -> None:
    assert wrong(kinds(report), visit) == []
    assert heavy(kinds(report)) == []


def test_behind_every_picture_stands_its_table_and_a_csv(report: Path) -> None:
    lacking = []
    for path in kinds(report):
        for section in re.findall(
            r'<section class="finding".*?</section>', path.read_text(encoding="utf-8"), re.DOTALL
        ):
            name = re.search(r' id="([^"]+)"', section)
            if "<svg" in section and not ("<table" in section and ".csv" in section and 'class="mark"' in section):
                lacking.append((path.name, name and name[1]))
    assert lacking == []


def test_what_is_printed_has_every_finding_and_picture_of_the_report_once(report: Path) -> None:
    paper = (report / "print.html").read_text(encoding="utf-8")
    places = re.findall(r' id="([^"]+)"', paper)
    assert sorted(set(places)) == sorted(places)
    for path in (report / "index.html", *sorted(report.glob("0*.html"))):
        page = path.read_text(encoding="utf-8")
        body = page[page.index("<main") : page.index('<aside class="definitions"')]
        titles = re.findall(r'<h2 id="(?!about-)[^"]+-(?:heading|\d)">(.*?)</h2>', body)
        assert titles and [title for title in titles if f"<h3>{title}</h3>" not in paper] == []
        assert set(re.findall(r'<title id="([^"]+)"', body)) <= set(places)
    assert "<table" not in paper and "<details" not in paper and 'class="files"' not in paper
    assert 'class="mark"' not in paper and "<path" in paper


def test_pages_print_as_tagged_pdfs_of_fewer_than_twelve_sheets(report: Path, visit: Visit) -> None:
    for name in ("print.html", "index.html", "02_where.html", "03_drivers.html", "06_checks.html"):
        printed = visit(report / name).pdf(format="A4", tagged=True, outline=True)
        assert 0 < len(re.findall(rb"/Type\s*/Page\b", printed)) < 12, name
        assert b"/StructTreeRoot" in printed and b"/Lang (en)" in printed, name


@pytest.mark.parametrize(("audience", "language"), [("internal", "en"), ("public", "es")])
def test_other_pages_can_be_used_by_everybody(
    audience: str, language: str, district: Study, report: Path, visit: Visit
) -> None:
    other = in_language(Study.load(district.path, audience=audience), language)
    made = run(other, out=district.root / f"reports/{audience}", schools={"": "The largest"}).parent
    tag = {"en": "en", "es": "es-US"}[language]
    assert f'<html lang="{tag}">' in (made / "index.html").read_text(encoding="utf-8")
    assert wrong(kinds(made), visit, "light") == []
    assert heavy(kinds(made)) == []


def test_hartfords_pages_can_be_used_by_everybody(tmp_path: Path, visit: Visit) -> None:
    data = ROOT.parent / "shared/data"
    if not (data / "ct_edsight").is_dir():
        pytest.skip("Connecticut's tables are not on this machine")
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    (tmp_path / "studies").mkdir()
    shutil.copy(ROOT / "studies/hartford.yaml", tmp_path / "studies/hartford.yaml")
    for language in ("en", "es"):
        study = in_language(Study.load(tmp_path / "studies/hartford.yaml", data=data), language)
        made = kinds(run(study).parent)
        assert wrong(made, visit, "light") == []
        assert heavy(made) == []


@pytest.mark.skipif("PAGES" not in os.environ, reason="make pages-all looks at every page of the reports in PAGES")
def test_every_page_of_reports(visit: Visit) -> None:
    reports = [ROOT / name for name in os.environ.get("PAGES", "").split()]
    pages = [page for report in reports for page in sorted(report.rglob("*.html"))]
    assert pages and wrong(pages, visit) == []
    assert heavy(pages) == []
