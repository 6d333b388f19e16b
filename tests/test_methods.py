"""docs/methods.md keeps up with the code: every test it names exists, every check and table has its line."""

import ast
import re
from pathlib import Path

from analysis.models.robustness import checks, name_of

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/methods.md").read_text(encoding="utf-8")
REFERENCE = re.compile(r"`([\w/]+\.py)::(test_\w+)`")


def named_tests(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def gone(page: str) -> list[str]:
    """List the tests that a page names and that do not exist."""
    return [
        f"{file}::{name}"
        for file, name in REFERENCE.findall(page)
        if not (ROOT / "tests" / file).exists() or name not in named_tests(ROOT / "tests" / file)
    ]


def test_every_test_that_is_named_exists() -> None:
    assert len(REFERENCE.findall(PAGE)) > 50
    assert gone(PAGE) == []
    assert gone("`spec/test_definitions.py::test_of_nothing`, `spec/test_gone.py::test_a`") != []


def test_every_number_has_a_test() -> None:
    """A row of a section of numbers ends with the test that holds it."""
    numbers = PAGE.partition("## Counted")[2].partition("## Agreement")[0]
    rows = [line for line in numbers.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    without = [row for row in rows if not REFERENCE.search(row) and not row.rstrip().endswith("held by |")]
    assert without == []


def test_every_check_of_page_06_has_its_line() -> None:
    section = PAGE.partition("## Would the answer change")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)` \|", section, flags=re.M)
    assert sorted(documented) == sorted(name_of(check) for check in checks())


def test_each_of_the_fifteen_has_its_place() -> None:
    section = PAGE.partition("## What reviewers insist on")[2]
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \|$", section, flags=re.M)
    assert [int(number) for number, _, _ in rows] == list(range(1, 16))
    named = set(re.findall(r"06 ((?:`\w+`(?:, )?)+)", section))
    known = {name_of(check) for check in checks()}
    assert {name for group in named for name in re.findall(r"`(\w+)`", group)} <= known
