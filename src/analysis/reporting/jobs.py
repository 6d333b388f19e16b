"""The pages of a report, each a notebook and its parameters."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from analysis.problems import Problem, UserError
from analysis.reporting.manifest import SCHOOL, data_folder, notebook_files
from analysis.reporting.notebook import Notebook, read_notebook
from analysis.study import Study


@dataclass(frozen=True)
class Job:
    """One page to make.

    Parameters
    ----------
    name : place of the page below the report's folder, without its ending: `03_drivers`, `schools/lincoln`.
    title, question : what stands on top of the page.
    parameters : given to the notebook, beside `out`.
    files : folder below the report's folder where the notebook writes tables/ and figures/; '' is the report's own.
    """

    name: str
    notebook: Notebook
    title: str
    question: str
    parameters: Mapping[str, str]
    files: str = ""


def notebooks_of(study: Study) -> list[Notebook]:
    """Read the notebooks of a study's project: the numbered ones, then `school.ipynb`."""
    files = notebook_files(study)
    if not any(path.stem != SCHOOL for path in files):
        problem = Problem(
            "notebooks/", "no notebook such as 01_records.ipynb", "there is nothing to run", "restore them"
        )
        raise UserError("notebook", problem)
    return [read_notebook(path) for path in files]


def jobs_of(study: Study, notebooks: Sequence[Notebook], schools: Mapping[str, str]) -> list[Job]:
    """List the pages of a study: its numbered notebooks, then `school.ipynb` once for each school."""
    given = {"study": study.relative(study.path), "data": data_folder(study), "audience": study.settings.audience}
    planned = []
    for one in notebooks:
        if one.name != SCHOOL:
            planned.append(Job(one.name, one, one.title, one.question, given))
            continue
        for school_id, slug in slugs(schools).items():
            own = {**given, "school_id": school_id}
            place = f"schools/{slug}"
            planned.append(Job(place, one, schools[school_id] or school_id, one.question, own, place))
    return planned


def slugs(schools: Mapping[str, str]) -> dict[str, str]:
    """Make a file name for each school from its name, with its id where two have one name."""
    plain = {school_id: _slug(name) or _slug(school_id) or "school" for school_id, name in schools.items()}
    names = Counter(plain.values())
    named: dict[str, str] = {}
    for school_id, slug in plain.items():
        wanted = slug if names[slug] == 1 else f"{slug}-{_slug(school_id) or 'school'}"
        numbered = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
        taken = {*named.values(), *(names if wanted != slug else ())}
        named[school_id] = next(name for name in numbered if name not in taken)
    return named


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
