"""What every page promises, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
PAGES = ("index.html", "about.html", "01_small.html", "schools/bjork-elementary.html")
UNNAMED = """() => [...document.querySelectorAll('svg')].filter(svg => {
  const named = (svg.getAttribute('aria-labelledby') || '').split(' ').map(id => document.getElementById(id));
  const title = svg.querySelector('title');
  return svg.getAttribute('role') !== 'img' || !title || !title.textContent.trim() || !named.length ||
    named.some(part => !part || !svg.contains(part) || !part.textContent.trim());
}).length"""
REPEATED = """() => { const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at) }"""
DANGLING = """() => [...document.querySelectorAll('[aria-labelledby], [headers]')].flatMap(one =>
  (one.getAttribute('aria-labelledby') || one.getAttribute('headers')).split(' '))
  .filter(id => !document.getElementById(id))"""


@pytest.mark.parametrize("name", PAGES)
def test_page_is_well_formed(small_report: Path, visit: Visit, name: str) -> None:
    page = visit(small_report / name)
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    assert [page.locator(tag).count() for tag in ("body > header", "main", "body > footer")] == [1, 1, 1]
    assert page.evaluate(UNNAMED) == 0
    assert page.evaluate(REPEATED) == []
    assert page.evaluate(DANGLING) == []
    assert page.locator("img:not([alt]), img[alt='']").count() == 0
    assert "No description has been provided" not in page.content()
    assert page.locator("aside.definitions dt").first.inner_text() == "Chronically absent"


@pytest.mark.parametrize("name", PAGES)
def test_skip_link_comes_first_and_leads_to_the_content(small_report: Path, visit: Visit, name: str) -> None:
    page = visit(small_report / name)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("dark", [False, True])
def test_phone_needs_no_sideways_scrolling(small_report: Path, visit: Visit, name: str, dark: bool) -> None:
    page = visit(small_report / name, width=360, dark=dark)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(small_report: Path, visit: Visit, name: str) -> None:
    page = visit(small_report / name)
    for href in set(page.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))")):
        file, _, place = href.partition("#")
        target = (small_report / name).parent / file if file else small_report / name
        assert target.is_file(), href
        assert not place or f'id="{place}"' in target.read_text(), href


def test_title_heading_and_text_come_from_the_notebook(small_report: Path, visit: Visit) -> None:
    page = visit(small_report / "01_small.html")
    assert page.title() == "In which grades & schools? - Small & <b>synthetic</b>"
    assert page.locator("h1").inner_text() == "In which grades & schools?"
    assert page.locator(".kicker").inner_text() == "Where is absence?"
    assert page.locator("section.finding h2").all_inner_texts() == ["Grade K & 1", "Another", "Schools differ"]
    assert "<script>alert(1)</script> & more." in page.locator("#one p").first.inner_text()
    assert page.locator(".toc li").count() == 4
    assert page.locator("pre.printed").inner_text().strip() == "printed & done"
    assert page.locator("nav.pages [aria-current]").inner_text() == "Where is absence?"


def test_school_page_is_named_by_the_school(small_report: Path, visit: Visit) -> None:
    page = visit(small_report / "schools/bjork-elementary.html")
    assert page.locator("h1").inner_text() == "Björk Elementary"
    assert page.locator(".question").inner_text() == "How is it?"
    assert page.locator("nav.pages [aria-current]").inner_text() == "Each school"


def test_code_is_folded_on_internal_pages(small_report: Path, visit: Visit) -> None:
    page = visit(small_report / "01_small.html")
    assert page.locator("details.code").count() > 3
    assert not page.locator("details.code pre").first.is_visible()


def test_table_is_whole_without_a_script_and_sorts_with_it(small_report: Path, visit: Visit) -> None:
    plain = visit(small_report / "01_small.html", script=False)
    cells = plain.locator("#one tbody tr").all_inner_texts()
    assert [cell.split() for cell in cells] == [["K", "28.0%", "1,576"], ["1", "23.4%", "606"], ["<i>2</i>", "–", "9"]]
    page = visit(small_report / "01_small.html")
    head = page.locator("#one thead th").nth(1)
    head.get_by_role("button").click()
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert page.locator("#one tbody th").all_inner_texts() == ["1", "K", "<i>2</i>"]
    head.get_by_role("button").click()
    assert page.locator("#one tbody th").all_inner_texts() == ["K", "1", "<i>2</i>"]


def test_marks_are_said_to_a_pointer_and_to_the_arrow_keys(small_report: Path, visit: Visit) -> None:
    plain = visit(small_report / "01_small.html", script=False)
    marks = ["K: 28.0%", "1: 23.4%", "<i>2</i>: hidden"]
    assert plain.locator("#one .mark title").all_text_contents() == marks
    page = visit(small_report / "01_small.html")
    said = page.locator("#one .said")
    page.locator("#one .mark").nth(1).hover()
    assert said.inner_text() == marks[1] and said.get_attribute("role") == "status"
    assert page.locator("#one .mark title").count() == 0, "the browser would say it a second time"
    page.locator("#one .picture .scroll").focus()
    for key, words in (("Home", 0), ("ArrowRight", 1), ("ArrowDown", 2), ("ArrowDown", 2), ("ArrowUp", 1), ("End", 2)):
        page.keyboard.press(key)
        assert said.inner_text() == marks[words]
        assert page.locator("#one .mark.on").count() == 1
    page.keyboard.press("Tab")
    assert said.text_content() == ""
    assert page.evaluate("document.activeElement.closest('#one .scroll, #one button') !== null"), "on to its table"


def test_index_shows_the_brief_and_finds_a_school(small_report: Path, visit: Visit) -> None:
    page = visit(small_report / "index.html")
    assert page.locator(".slot h2").all_inner_texts() == ["Every fourth <student>"] * 5
    assert page.locator("#school-list a").count() == 3
    page.get_by_label("Find a school").fill("lin")
    assert page.locator("#school-list li:visible").count() == 2
    assert page.locator("#found").inner_text() == "2 of 3 schools"
    plain = visit(small_report / "index.html", script=False)
    assert plain.locator("#school-list li:visible").count() == 3
    assert not plain.get_by_label("Find a school").is_visible()


def test_text_can_be_read_in_light_and_dark(small_report: Path, visit: Visit) -> None:
    for dark in (False, True):
        page = visit(small_report / "01_small.html", dark=dark)
        seen = page.evaluate("""() => ['body', '.kicker', '.toc a', '#one svg text', 'footer'].map(where => {
          const style = getComputedStyle(document.querySelector(where));
          return where.includes('svg') ? style.fill : style.color })""")
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert all(contrast(colour, paper) >= 4.5 for colour in seen), (dark, seen, paper)


def contrast(one: str, other: str) -> float:
    lights = sorted(luminance(colour) for colour in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
