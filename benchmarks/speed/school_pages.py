"""School pages: our runs, against a shell loop of papermill and nbconvert, and against plain functions (the floor).

Everything that pages share has been made before; each line is of one page. Ours has the start of its fork server in it
and the export, the shell its starts at every page; the floor has neither a start nor a page's frame: its two processes
have everything imported when its time begins.
"""

import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import forkserver, get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from districts import CITY, read, study
from measure import ROOT, compare

from analysis import findings
from analysis.reporting.execute import execute
from analysis.reporting.notebook import read_notebook
from analysis.reporting.pages import Frame, PageExporter, page_html
from analysis.study import Study

PAGES, IN_SHELL, AT_ONCE = 20, 4, 2
NOTEBOOK = ROOT / "notebooks/school.ipynb"


def _parameters(school: str, out: str) -> dict[str, str]:
    return {"study": str(study(CITY).path), "school_id": school, "out": out}


def _schools() -> list[str]:
    return list(read(CITY).schools["school_id"])[:PAGES]


def ours() -> str:
    """Execute the pages as a run does, two at once, and export each when it has run."""
    notebook, exporter, frame = read_notebook(NOTEBOOK), PageExporter(), Frame(study(CITY), [], has_schools=True)
    schools, letters = _schools(), 0
    with TemporaryDirectory() as out, ThreadPoolExecutor(AT_ONCE) as pool:
        run = partial(execute, notebook, folder=ROOT)
        made = pool.map(lambda school: run(_parameters(school, f"{out}/{school}")), schools)
        for school, executed in zip(schools, made, strict=True):
            page = frame.page(f"schools/{school}.html", school, notebook.question)
            letters += len(page_html(exporter, executed.node, page, Path(out) / school, f"{school}/"))
    forkserver._forkserver._stop()  # the work of its kernels is counted when it has ended
    return f"{PAGES} pages, {AT_ONCE} at once, {letters:,} letters"


def _plain(path: Path, school: str) -> int:
    with TemporaryDirectory() as out:
        page = findings.school(Study.load(path), school)
        page.save(Path(out))
        return sum(len(one._repr_html_()) for one in page.findings())


def floor() -> str:
    """Make the same findings, tables and pictures by functions in two warm processes."""
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("fork")) as pool:
        pool.submit(int).result()  # both are forked here: later this process has the engine open, and must not be
        list(pool.map(partial(_plain, study(CITY).path), _schools()))
    return f"{PAGES} pages, {AT_ONCE} at once"


def shell() -> str:
    """Run papermill and nbconvert, each from the shell, page after page."""
    tools = Path(sys.executable).parent
    with TemporaryDirectory() as out:
        for school in _schools()[:IN_SHELL]:
            given = [word for name, value in _parameters(school, out).items() for word in ("-p", name, value)]
            made = f"{out}/{school}.ipynb"
            for words in (
                [tools / "papermill", NOTEBOOK, made, "-k", "python3", *given],
                [tools / "jupyter", "nbconvert", "--to", "html", made],
            ):
                subprocess.run(words, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return f"{IN_SHELL} pages"


if __name__ == "__main__":
    if len(sys.argv) == 1:
        _plain(study(CITY).path, _schools()[0])
    parts = {"ours": ours, "plain functions": floor, "shell loop": shell}
    compare(__file__, parts, makes={"ours": PAGES, "plain functions": PAGES, "shell loop": IN_SHELL})
