"""A study to a report: every notebook executed, every page written, then put in place of the old report at once."""

import os
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

import nbformat

from analysis import interim
from analysis.findings.brief_types import Brief
from analysis.language import ENGLISH, tag, use
from analysis.problems import Problem, UserError
from analysis.reporting.about import about_html
from analysis.reporting.bar import Progress
from analysis.reporting.index import index_html
from analysis.reporting.jobs import Job, jobs_of, notebooks_of
from analysis.reporting.kept_pages import KeptPage, page_of, reason
from analysis.reporting.kernel import stop_kernels
from analysis.reporting.manifest import changed_since, description, report_of, write_manifest
from analysis.reporting.notebook import check_parameters, told_prose
from analysis.reporting.pages import ABOUT, Frame, PageExporter, PageLink, page_html
from analysis.reporting.paper import PAPER, paper_html
from analysis.reporting.reading import brief_text, reading_grade
from analysis.reporting.replacing import put_in_place, replacing
from analysis.study import Study


@dataclass(frozen=True)
class OfRecords:
    """What the records say about the report: names of schools by id, a page each; how far the year has come."""

    schools: Mapping[str, str]
    so_far: str = ""


def run(
    study: Study,
    *,
    out: Path | None = None,
    progress: Progress | None = None,
    jobs: int = 0,
    debug: bool = False,
    schools: Mapping[str, str] | None = None,
    brief: Callable[[Study], Brief] | None = None,
) -> Path:
    """Execute a study's notebooks and write its report; what did not change is taken from earlier runs.

    Parameters
    ----------
    out : the report's folder; else `reports/<study>` below the study's root.
    jobs : notebooks at once; 0 is the number of processor cores.
    debug : a failure also lists the lines of code that led to it.
    schools : names by id, a page each; None asks the records.
    brief : makes the index; None takes `findings.brief`.

    Returns
    -------
    Path
        The report's `index.html`.

    Raises
    ------
    UserError
        All notebooks that failed; the old report is still there then, and nothing of the new one.
    """
    use(study.settings.language)
    out, began = (out or report_of(study)).resolve(), time.time()
    progress = progress or Progress()
    with replacing(out) as partial:
        with interim.in_use(study):
            known = of_records(study) if schools is None else OfRecords(schools)
            planned, described = jobs_of(study, notebooks_of(study), known.schools), description(study)
            _check_parameters(planned)
            progress.planned([job.name for job in planned])
            writer = _Writer(_frame(study, planned, known.so_far), PageExporter(), partial, out.name)
            _make_pages(study, planned, writer, progress, workers=jobs or os.cpu_count() or 1, debug=debug)
            writer.write_around((brief or _brief)(study), _school_links(planned))
            if found := changed_since(described, study):
                why = "its pages would be of two versions"
                raise UserError("records", [Problem(one, "while the run went on", why, "run again") for one in found])
            write_manifest(study, partial)
        put_in_place(partial, out)
    interim.forget(study.interim, spare=began)
    return out / "index.html"


def plan(study: Study) -> dict[str, str]:
    """Say of each page why its notebook would run; empty where it would be taken from an earlier run."""
    from analysis.records import is_read  # noqa: PLC0415  (the engine loads only when it is needed)

    notebooks, read = notebooks_of(study), is_read(study)
    found = {} if read else {"records": "they are not read yet, or not with these inputs, settings and code"}
    known = of_records(study) if read else OfRecords({})
    found |= {job.name: reason(study, job) for job in jobs_of(study, notebooks, known.schools)}
    return found if read else {**found, "schools": "which pages they have is known when the records are read"}


@dataclass(frozen=True)
class _Writer:
    """Writes the pages of one report into the folder where it is made."""

    frame: Frame
    exporter: PageExporter
    partial: Path
    name: str

    def write(self, job: Job, page: KeptPage) -> None:
        """Write a page, and the tables, pictures and the notebook beside it."""
        own = self.partial / job.files
        for folder in ("tables", "figures"):
            if (page.folder / folder).is_dir():
                shutil.copytree(page.folder / folder, own / folder, dirs_exist_ok=True)
        node, stored, href = page.node, f"notebooks/{job.name}.ipynb", f"{job.name}.html"
        # It ran with a folder of its own to write in; whoever runs the stored notebook again means the report's.
        out = "/".join(filter(None, ("reports", self.name, job.files)))
        for cell in node.cells:
            if cell.cell_type == "markdown":
                cell["source"] = told_prose(cell.source)
            if "injected-parameters" in cell.metadata.get("tags", ()):
                cell["source"] = re.sub(r"(?m)^out = .*$", f'out = "{out}"', cell.source)
        files = f"{Path(job.files).name}/" if job.files else ""
        shown = self.frame.page(href, job.title, job.question, stored)
        _write(self.partial / href, page_html(self.exporter, node, shown, own, files))
        _write(self.partial / stored, nbformat.writes(node) + "\n")  # type: ignore[no-untyped-call]

    def write_around(self, brief: Brief, schools: Sequence[PageLink]) -> None:
        """Write the pages that are no notebook's, from what the others say: the index, about, and the one to print."""
        _write(self.partial / "index.html", index_html(self.frame, brief, schools))
        grade = reading_grade(brief_text(brief)) if tag().startswith(ENGLISH) else None
        _write(self.partial / ABOUT.href, about_html(self.frame, self.partial, grade))
        _write(self.partial / PAPER.href, paper_html(self.frame, self.partial))


def _check_parameters(planned: Sequence[Job]) -> None:
    given = [(job.notebook, {**job.parameters, "out": ""}) for job in planned]
    if problems := [problem for notebook, own in given for problem in check_parameters(notebook, own)]:
        raise UserError("usage", dict.fromkeys(problems))


def _make_pages(
    study: Study, planned: Sequence[Job], writer: _Writer, progress: Progress, *, workers: int, debug: bool
) -> None:
    """Execute as many notebooks at once as there are workers; write each page as soon as its notebook has run."""
    failures: list[Problem] = []
    with ThreadPoolExecutor(workers) as pool:
        waiting = {pool.submit(page_of, study, job, progress, debug=debug): job for job in planned}
        try:
            while waiting:
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    job = waiting.pop(future)
                    try:
                        page = future.result()
                    except UserError as error:
                        failures += error.problems
                        waiting = {other: job for other, job in waiting.items() if not other.cancel()}
                        continue
                    writer.write(job, page)
                    progress.finished(job.name, page.wrote_to_stderr)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_kernels()
            raise
    if failures:
        raise UserError("notebook", failures)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _frame(study: Study, planned: Sequence[Job], so_far: str) -> Frame:
    pages = [PageLink(f"{job.name}.html", job.title, job.question) for job in planned if not job.files]
    return Frame(study, pages, any(job.files for job in planned), so_far)


def _school_links(planned: Sequence[Job]) -> list[PageLink]:
    return sorted(
        (PageLink(f"{job.name}.html", job.title) for job in planned if job.files), key=lambda link: link.words
    )


def of_records(study: Study) -> OfRecords:
    """Read what the records say about the report."""
    from analysis.findings.sentences import so_far  # noqa: PLC0415  (the engine loads only when a run needs it)
    from analysis.records import StudentRecords, read  # noqa: PLC0415

    source = read(study)
    if not (isinstance(source, StudentRecords) and source.dated and source.everybody):
        return OfRecords({})  # without days of students a school's page would say again what the others do
    return OfRecords(source.school_names, so_far(source.progress) if source.progress else "")


def _brief(study: Study) -> Brief:
    from analysis.findings.brief import brief  # noqa: PLC0415  (statsmodels loads only when a run needs it)

    return brief(study)
