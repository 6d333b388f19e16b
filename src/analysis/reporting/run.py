"""A study to a report: every notebook executed, every page written, then put in place of the old report at once."""

import os
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import nbformat

from analysis import interim
from analysis.findings.brief_types import Brief
from analysis.problems import Problem, UserError
from analysis.reporting.execute import Executed, execute
from analysis.reporting.index import index_html
from analysis.reporting.kernel import stop_kernels
from analysis.reporting.manifest import write_manifest
from analysis.reporting.notebook import Notebook, check_parameters, read_notebook
from analysis.reporting.pages import Frame, PageExporter, PageLink, page_html
from analysis.study import Study


class Progress(Protocol):
    """Who wants to know how far a run is (the command line draws a bar)."""

    def planned(self, names: Sequence[str]) -> None:
        """Learn all pages that will be made, before the first one starts."""

    def started(self, name: str, question: str) -> None:
        """Learn that a page's notebook starts (from a worker's thread)."""

    def finished(self, name: str, wrote_to_stderr: bool) -> None:
        """Learn that a page is written; `wrote_to_stderr` is a defect of a notebook, not of the records."""


class Silent:
    """Progress that nobody looks at."""

    def planned(self, names: Sequence[str]) -> None:
        """Do nothing."""

    def started(self, name: str, question: str) -> None:
        """Do nothing."""

    def finished(self, name: str, wrote_to_stderr: bool) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class _Folders:
    """Where the report is made, and where it goes when it is whole."""

    partial: Path
    out: Path


@dataclass(frozen=True)
class _OfRecords:
    """What the records say about the report: names of schools by id, a page each; how far the year has come."""

    schools: Mapping[str, str]
    so_far: str = ""


@dataclass(frozen=True)
class Job:
    """One page to make.

    Parameters
    ----------
    name : place of the page below the report's folder, without its ending: `03_drivers`, `schools/lincoln`.
    title, question : what stands on top of the page.
    parameters : given to the notebook.
    files : folder below the report's folder where the notebook writes tables/ and figures/; '' is the report's own.
    """

    name: str
    notebook: Notebook
    title: str
    question: str
    parameters: Mapping[str, str]
    files: str = ""


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
    """Execute a study's notebooks and write its report.

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
    out = (out or study.root / "reports" / study.name).resolve()
    _check_replaceable(out)
    progress = progress or Silent()
    folders = _Folders(out.parent / f".{out.name}.partial", out)
    shutil.rmtree(folders.partial, ignore_errors=True)
    known = _of_records(study) if schools is None else _OfRecords(schools)
    planned = plan(study, folders.partial, known.schools)
    if problems := [problem for job in planned for problem in check_parameters(job.notebook, job.parameters)]:
        raise UserError("usage", dict.fromkeys(problems))
    progress.planned([job.name for job in planned])
    try:
        folders.partial.mkdir(parents=True)
        frame = _frame(study, planned, known.so_far)
        _make_pages(study, planned, folders, frame, progress, workers=jobs or os.cpu_count() or 1, debug=debug)
        notebooks = list({job.notebook.name: job.notebook for job in planned}.values())
        index = index_html(frame, (brief or _brief)(study), _school_links(planned))
        _write(folders.partial / "index.html", index)
        write_manifest(study, notebooks, folders.partial)
        _replace(folders)
        interim.forget_old(study)
    finally:
        shutil.rmtree(folders.partial, ignore_errors=True)
    return out / "index.html"


def plan(study: Study, partial: Path, schools: Mapping[str, str]) -> list[Job]:
    """List the pages of a study: its numbered notebooks, then `school.ipynb` once for each school."""
    folder = study.root / "notebooks"
    numbered = [read_notebook(path) for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))]
    if not numbered:
        problem = Problem(
            "notebooks/", "no notebook such as 01_records.ipynb", "there is nothing to run", "restore them"
        )
        raise UserError("notebook", problem)
    given = {
        "study": _relative(study.path, study.root),
        "data": "" if study.data == (study.root / study.settings.data).resolve() else _relative(study.data, study.root),
        "audience": study.settings.audience,
        "out": _relative(partial, study.root),
    }
    planned = [Job(one.name, one, one.title, one.question, given) for one in numbered]
    if schools:
        one = read_notebook(folder / "school.ipynb")
        for school_id, slug in slugs(schools).items():
            files = f"schools/{slug}"
            own = {**given, "school_id": school_id, "out": f"{given['out']}/{files}"}
            planned.append(Job(files, one, schools[school_id] or school_id, one.question, own, files))
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


def _make_pages(
    study: Study, planned: Sequence[Job], folders: _Folders, frame: Frame, progress: Progress, **how: Any
) -> None:
    """Execute as many notebooks at once as there are workers; write each page as soon as its notebook has run."""
    exporter = PageExporter()
    failures: list[Problem] = []
    with ThreadPoolExecutor(how.pop("workers")) as pool:
        waiting = {pool.submit(_execute, job, study.root, progress, **how): job for job in planned}
        try:
            while waiting:
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    job = waiting.pop(future)
                    try:
                        executed = future.result()
                    except UserError as error:
                        failures += error.problems
                        waiting = {other: job for other, job in waiting.items() if not other.cancel()}
                        continue
                    _write_page(frame, exporter, job, executed, folders)
                    progress.finished(job.name, bool(executed.stderr))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_kernels()
            raise
    if failures:
        raise UserError("notebook", failures)


def _execute(job: Job, root: Path, progress: Progress, debug: bool) -> Executed:
    progress.started(job.name, job.question)
    return execute(job.notebook, job.parameters, root, name=job.name, debug=debug)


def _write_page(frame: Frame, exporter: PageExporter, job: Job, executed: Executed, folders: _Folders) -> None:
    node, stored, href = executed.node, f"notebooks/{job.name}.ipynb", f"{job.name}.html"
    # While the run lasts its folder has another name; whoever runs the stored notebook again means the report's.
    out = "/".join(filter(None, ("reports", folders.out.name, job.files)))
    for cell in node.cells:
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell["source"] = re.sub(r"(?m)^out = .*$", f'out = "{out}"', cell.source)
    page = frame.page(href, job.title, job.question, stored)
    files = f"{Path(job.files).name}/" if job.files else ""
    _write(folders.partial / href, page_html(exporter, node, page, folders.partial / job.files, files))
    _write(folders.partial / stored, nbformat.writes(node) + "\n")  # type: ignore[no-untyped-call]


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


def _of_records(study: Study) -> _OfRecords:
    from analysis.findings.sentences import so_far  # noqa: PLC0415  (the engine loads only when a run needs it)
    from analysis.records import StudentRecords, read  # noqa: PLC0415

    source = read(study)
    if not (isinstance(source, StudentRecords) and source.dated and source.everybody):
        return _OfRecords({})  # without days of students a school's page would say again what the others do
    names = zip(source.schools["school_id"].astype(str), source.schools["school_name"].astype(str), strict=True)
    return _OfRecords(dict(names), so_far(source.progress) if source.progress else "")


def _brief(study: Study) -> Brief:
    from analysis.findings.brief import brief  # noqa: PLC0415  (statsmodels loads only when a run needs it)

    return brief(study)


def _check_replaceable(out: Path) -> None:
    if out.exists() and not (out / "manifest.json").is_file() and (not out.is_dir() or any(out.iterdir())):
        seen, why = "is there already and is no report", "a run replaces the whole folder"
        raise UserError("usage", Problem(out.name, seen, why, "name another folder, or empty this one"))


def _replace(folders: _Folders) -> None:
    old = folders.out.parent / f".{folders.out.name}.old"
    shutil.rmtree(old, ignore_errors=True)
    if folders.out.exists():
        folders.out.rename(old)
    folders.partial.rename(folders.out)
    shutil.rmtree(old, ignore_errors=True)


def _relative(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
