"""What the user can mend: a problem says where, what was seen, why it matters and what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Severity = Literal["stops", "set_aside", "noted"]

EXIT_CODES = {"usage": 2, "study": 3, "records": 4, "notebook": 5, "environment": 6, "report": 7}
"""Exit code of the command line by cause; 0 is success, 1 a bug (the only one with a traceback)."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input.

    Parameters
    ----------
    where : file and line, row and sheet, or key; never a person's id.
    seen : what was found there; never a value of a person.
    why : why it matters.
    fix : what the user can do.
    severity : 'stops' the run, rows are 'set_aside' and counted, or it is only 'noted'.
    rows : how many rows it touches, 0 where it is not about rows.
    """

    where: str
    seen: str
    why: str
    fix: str
    severity: Severity = "stops"
    rows: int = 0

    def __str__(self) -> str:
        """Give the problem as one plain line."""
        parts = (f"{self.where}: {self.seen}", *(part[0].upper() + part[1:] for part in (self.why, self.fix) if part))
        return " ".join(part if part.endswith(("?", ".")) else f"{part}." for part in parts)


class UserError(Exception):
    """Something that the user can mend; shown as plain lines, never as a traceback.

    Parameters
    ----------
    cause : a key of `EXIT_CODES`.
    problems : all that is wrong, not only the first.
    """

    def __init__(self, cause: str, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.exit_code = EXIT_CODES[cause]
        super().__init__("\n".join(map(str, self.problems)))


def stopping(problems: Iterable[Problem]) -> list[Problem]:
    """Give the problems that stop a run."""
    return [problem for problem in problems if problem.severity == "stops"]


def stop(problems: Iterable[Problem]) -> None:
    """Refuse records where a problem stops the run.

    Raises
    ------
    UserError
        All of those that do, at once.
    """
    if found := stopping(problems):
        raise UserError("records", found)


def rows_set_aside(problems: Iterable[Problem]) -> int:
    """Count the rows that problems set aside."""
    return sum(problem.rows for problem in problems if problem.severity == "set_aside")


def nearest(word: str, names: Sequence[str]) -> str:
    """Name the right word that is nearest, or all of them where none is near."""
    close = get_close_matches(word, names, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else f"possible: {', '.join(names)}"
