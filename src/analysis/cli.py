"""The command line: parse, call, print. Everything that takes time to import is imported inside a command."""

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from analysis.problems import EXIT_CODES, Problem, UserError, stopping

app = typer.Typer(
    help="Why students miss school: from attendance records to a report that can be reproduced.",
    epilog="Exit codes: 0 done, 1 a bug, 2 usage, 3 study, 4 records, 5 notebook, 6 machine, 7 report, 130 stopped.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

STOPPED = 130
"""Exit code where the keyboard stopped it."""

StudyPath = Annotated[str, typer.Argument(help="The study: a YAML file, such as studies/example.yaml.")]
Data = Annotated[str, typer.Option(help="Folder of the records, instead of the study's own.")]
Audience = Annotated[str, typer.Option(help="internal, partner or public, instead of the study's own.")]
Jobs = Annotated[int, typer.Option(help="Notebooks at once; 0 is the number of processor cores.")]
Debug = Annotated[bool, typer.Option("--debug", help="Name the lines of code that led to an error; never a record.")]


@app.command()
def init(
    name: Annotated[str, typer.Argument(help="Name of the new study: letters, digits and hyphens.")],
    more: Annotated[list[str] | None, typer.Argument(metavar="[FILE]...", help="More files, after --from.")] = None,
    files: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="FILE", help="A file of records, or a table beside them, to propose from."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Write studies/NAME.yaml: a study to fill in, each key explained; or, from files, one that is proposed.

    With --from FILE... it looks at the header and the first rows of each file, and proposes what the records are, how
    they are opened, which column is which and what their words mean. Beside each guess stands what speaks for it; what
    the files do not say is a question. The words of cells are shown only where they are codes, grades or groups.
    """
    from analysis.scaffold import write_study

    if more and not files:
        raise UserError(
            "usage", Problem(more[0], "stands after the name", "", f"write: absence init {name} --from FILE")
        )
    path = write_study(Path.cwd(), name, [*(files or ()), *(more or ())])
    lines = (Path.cwd() / path).read_text(encoding="utf-8").splitlines()
    questions = sum(line.startswith(" ") and ("# ?" in line or ": ?" in line) for line in lines)
    asked = f" Lines with a question mark, for you to answer: {questions}." if files and questions else ""
    done = "Look at its guesses" if files else "Fill it in"
    typer.echo(f"{path} is written.{asked} {done}, then: absence check {path}")


@app.command()
def check(study: StudyPath, data: Data = "", debug: Debug = False) -> None:
    """Read the records and list every problem at once; nothing is written but the records' own cache."""
    from analysis import records
    from analysis.study import Study

    loaded = Study.load(study, data=data)
    problems = records.check(loaded)
    for problem in problems:
        typer.echo(f"{problem.severity.replace('_', ' ')}: {problem}")
    if stopping(problems):
        raise typer.Exit(EXIT_CODES["records"])
    rows = records.read(loaded).flow.query("step == 'used' and reason == ''")["rows"].sum()
    typer.echo(f"{rows:,.0f} rows can be used." if problems else f"No problem found: {rows:,.0f} rows can be used.")


@app.command()
def run(
    study: StudyPath,
    data: Data = "",
    audience: Audience = "",
    out: Annotated[str, typer.Option(help="Folder of the report, instead of reports/NAME.")] = "",
    jobs: Jobs = 0,
    plan_only: Annotated[bool, typer.Option("--plan", help="Say what would run and why; nothing is run.")] = False,
    debug: Debug = False,
) -> None:
    """Run the notebooks on a study and write its report; what has not changed is taken from earlier runs."""
    from analysis.reporting.manifest import is_current, report_of
    from analysis.study import Study

    loaded = Study.load(study, data=data, audience=audience)
    folder = Path(out).resolve() if out else report_of(loaded)
    if is_current(loaded, folder):
        typer.echo(f"Nothing has changed since the last run: {_shown(folder / 'index.html')}")
        return
    from analysis.reporting.bar import Bar
    from analysis.reporting.run import plan
    from analysis.reporting.run import run as run_study
    from analysis.reporting.use import Use

    if plan_only:
        for page, reason in plan(loaded).items():
            typer.echo(f"{page}: {f'will run: {reason}' if reason else 'is taken from an earlier run'}")
        return
    with Use() as used, Bar(loaded.settings.title) as bar:
        index = run_study(loaded, out=folder, progress=bar, jobs=jobs, debug=debug)
    typer.echo(used)
    typer.echo(f"The report is ready: {_shown(index)}")


@app.command()
def verify(
    report: Annotated[str, typer.Argument(help="Folder of a report, such as reports/example.")],
    study: Annotated[str, typer.Option(help="The study, instead of the one that the report names.")] = "",
    data: Data = "",
    jobs: Jobs = 0,
    debug: Debug = False,
) -> None:
    """Make a report again and compare every byte, or say what differs: a file, an input, a setting, code, a version.

    It finds what was changed after the run, not who made the report: whoever can write its files can make another.
    """
    from analysis.reporting.verify import study_of
    from analysis.reporting.verify import verify as verify_report

    folder = Path(report).resolve()
    if problems := verify_report(folder, study_of(folder, study, data), jobs=jobs):
        raise UserError("report", problems)
    typer.echo(f"{_shown(folder)}: every file is, to the byte, what a new run gives.")


@app.command()
def compare(
    old: Annotated[str, typer.Argument(help="Folder of the older report.")],
    new: Annotated[str, typer.Argument(help="Folder of the newer report.")],
    out: Annotated[str, typer.Option(help="The page, instead of compare-OLD-NEW.html beside the newer report.")] = "",
    debug: Debug = False,
) -> None:
    """Write a page that says what changed between two reports, and why: new data, a new rule, new code."""
    from analysis.reporting.compare import read_report
    from analysis.reporting.compare_page import compare_html

    before, after = (read_report(Path(folder).resolve()) for folder in (old, new))
    page = Path(out or after.folder.parent / f"compare-{before.folder.name}-{after.folder.name}.html").resolve()
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(compare_html(before, after, page), encoding="utf-8")
    typer.echo(f"What changed is in {_shown(page)}")


@app.command()
def clean(
    study: Annotated[str, typer.Argument(help="The study whose interim results go; all studies without it.")] = "",
    debug: Debug = False,
) -> None:
    """Remove what is kept to make the next run fast, and what broken runs have left; no report, no record."""
    from analysis.interim import clean as clean_interim

    removed, busy = clean_interim(Path.cwd(), study)
    typer.echo(f"{removed / 1e6:,.0f} MB removed.")
    if busy:
        raise UserError("environment", [Problem(name, "a run is using it", "", "try again then") for name in busy])


@app.command()
def lab(debug: Debug = False) -> None:
    """Open the project's notebooks in JupyterLab, in this environment; leave with Ctrl-C."""
    import subprocess

    if not Path("notebooks").is_dir():
        problem = Problem(
            "notebooks/", "is not in this folder", "there is nothing to open", "go to the project's folder"
        )
        raise UserError("usage", problem)
    raise typer.Exit(subprocess.run([sys.executable, "-m", "jupyterlab", "notebooks"], check=False).returncode)


@app.command()
def simulate(
    folder: Annotated[str, typer.Argument(help="Folder to write to; it is made.")],
    students: Annotated[
        int,
        typer.Option(min=100, help="Students in grades K-12: 18,900 are a city, 475,000 a state of 90 million days."),
    ] = 18_900,
    seed: Annotated[int, typer.Option(help="The same seed gives the same district.")] = 20180638,
    debug: Debug = False,
) -> None:
    """Make a synthetic district, in which no child is real, with the truth beside its records."""
    from analysis.records import simulate as make

    make(Path(folder), students, seed)
    typer.echo(f"{students:,} students are in {folder}; truth.json there says what a study should find.")


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; leave with an exit code by cause and plain lines, without any data of a person."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        code = app(words, standalone_mode=False)
        if code == STOPPED:  # typer turns the keyboard's interrupt into this code and says nothing
            raise KeyboardInterrupt
    except UserError as error:
        code = _say(error.problems, error.exit_code)
    except typer.Exit as done:
        code = done.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = _say([Problem("stopped", "by the keyboard", "", "run it again: nothing is half written")], STOPPED)
    except OSError as error:
        code = _say([_machine(error)], EXIT_CODES["environment"])
    except MemoryError:
        problem = Problem("this machine", "has no memory left", "the work cannot go on", "free some, or use --jobs 1")
        code = _say([problem], EXIT_CODES["environment"])
    except Exception as error:
        code = _usage(error) or _bug(error, debug)
    sys.exit(code or 0)


def _say(problems: Sequence[Problem], code: int) -> int:
    for problem in problems:
        typer.echo(str(problem), err=True)
    return code


def _machine(error: OSError) -> Problem:
    fix = (
        "give yourself the right to it" if isinstance(error, PermissionError) else "make room, or choose another folder"
    )
    where = str(error.filename or "this machine")
    return Problem(where, (error.strerror or "failed").lower(), "the work cannot go on", fix)


def _usage(error: Exception) -> int:
    """Show what typer says of wrong words and options."""
    message = getattr(error, "format_message", None)
    if message is None:
        return 0
    typer.echo(f"{message()} 'absence --help' lists what there is.", err=True)
    return EXIT_CODES["usage"]


def _bug(error: Exception, debug: bool) -> int:
    """Name the kind of an unforeseen error; its text is withheld, for it can quote a record."""
    typer.echo(f"This is a bug: {type(error).__name__} (its text is withheld, for it can quote a record).", err=True)
    if debug:
        for frame in traceback.extract_tb(error.__traceback__):
            typer.echo(f"  {frame.filename}, line {frame.lineno}, in {frame.name}", err=True)
    else:
        typer.echo("With --debug it says where in the code.", err=True)
    return 1


if __name__ == "__main__":
    main()
