"""A small project in a temporary folder, and its report; made once for all tests that look at it."""

from pathlib import Path

import nbformat
import pytest
from hypothesis import settings
from small_project import FINDINGS, LONG, PARAMETERS, SCHOOLS, STUDY, brief, notebook

from analysis.reporting.run import run
from analysis.study import Study

# The same examples on every run: a new one that fails belongs to whoever looks for it (--hypothesis-profile=default).
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    root = tmp_path_factory.mktemp("small project")
    for folder in ("studies", "notebooks", "data/raw"):
        (root / folder).mkdir(parents=True)
    (root / "studies/small.yaml").write_text(STUDY)
    (root / "data/raw/days.csv").write_text("not,read\n")
    saved = "from pathlib import Path\nfor found in (one, two, heat):\n    found.save(Path(out))"
    opening = "# Where is absence?\n\n**In which grades & schools?**\n\nThis page counts."
    one, two = 'one = finding("one", "Grade K & 1")\none', 'two = finding("two", "Another")\ntwo'
    limits = "#:## What this cannot say\n\n- Why."
    page = notebook(opening, PARAMETERS, FINDINGS, one, two, LONG, "print('printed & done')", limits, saved)
    nbformat.write(page, root / "notebooks/01_small.ipynb")
    daily = 'daily = finding("daily", f"Of school {school_id}")\ndaily'
    school = notebook("# One school\n\n**How is it?**", PARAMETERS + '\nschool_id: str = ""', FINDINGS, daily)
    nbformat.write(school, root / "notebooks/school.ipynb")
    return Study.load(root / "studies/small.yaml")


@pytest.fixture(scope="session")
def small_report(small_study: Study) -> Path:
    return run(small_study, schools=SCHOOLS, brief=brief).parent
