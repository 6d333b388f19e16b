"""The table of questions names sections that the notebooks have."""

import re
from pathlib import Path

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def test_every_section_named_is_a_cell_of_a_notebook() -> None:
    table = (NOTEBOOKS / "README.md").read_text(encoding="utf-8").partition("| question | section")[2]
    rows = [row for row in table.splitlines()[2:] if row.startswith("|")]
    assert len(rows) == 19, "the questions of a partnership team"
    cells = "".join(path.read_text(encoding="utf-8") for path in NOTEBOOKS.glob("*.ipynb"))
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert [name for name in named if f'"page.{name}"' not in cells] == []
