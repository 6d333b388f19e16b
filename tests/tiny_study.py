"""A study whose pages take no kernel: what a run does around its notebooks, in hundredths of a second."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
from small_project import PARAMETERS, STUDY, notebook

from analysis.reporting.execute import Executed
from analysis.reporting.notebook import Notebook
from analysis.study import Study

SCHOOLS = {"1": "Lincoln"}


def make(root: Path) -> Study:
    """Write the study into a folder and read it."""
    for folder in ("studies", "notebooks", "data/raw"):
        (root / folder).mkdir(parents=True)
    (root / "studies/tiny.yaml").write_text(STUDY.partition("simulate")[0])
    (root / "data/raw/days.csv").write_text("first,rows\n")
    for name in ("01_days", "02_grades"):
        code = ("from analysis import findings\nfindings.records", "from analysis import findings\nfindings.season")
        cells = ("# Tiny\n\n**How much?**", PARAMETERS, code[name == "02_grades"])
        nbformat.write(notebook(*cells), root / f"notebooks/{name}.ipynb")
    own = PARAMETERS + '\nschool_id: str = ""'
    nbformat.write(notebook("# School\n\n**Here?**", own, "1"), root / "notebooks/school.ipynb")
    return load(root)


def load(root: Path) -> Study:
    return Study.load(root / "studies/tiny.yaml")


class Executor:
    """Stands in for papermill: writes a table of the input's own bytes, and remembers which pages ran."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.raises: BaseException | None = None

    def __call__(
        self, page: Notebook, parameters: Mapping[str, Any], folder: Path, *, name: str, debug: bool = False
    ) -> Executed:
        self.ran.append(name)
        if self.raises:
            raise self.raises
        study = Study.load(folder / parameters["study"])
        tables = folder / parameters["out"] / "tables"
        tables.mkdir()
        (tables / f"{page.name}.csv").write_bytes((study.data / "days.csv").read_bytes())
        node = nbformat.read(page.path, as_version=4)
        for position, cell in enumerate(node.cells):
            cell["id"] = f"cell-{position}"
        return Executed(node, ())
