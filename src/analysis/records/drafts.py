"""Problems of tables that are read into pandas: until all are found, the place of one is the number of a row."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pandas as pd

from analysis.language import later
from analysis.problems import Problem, Severity
from analysis.records.files import STAGED, lines
from analysis.study import Study

IN_A_ROW: Final = later("{seen} ({rows} row)")
IN_ROWS: Final = later("{seen} ({rows} rows)")


@dataclass(frozen=True)
class Draft:
    """A problem whose place is still the number of a row.

    Parameters
    ----------
    file_rows : staged rows to be named; empty for the whole source.
    seen, why, fix, severity, rows : as in `Problem`.
    """

    file_rows: tuple[int, ...]
    seen: str
    why: str
    fix: str
    severity: Severity = "stops"
    rows: int = 1


def draft_of(
    rows: pd.DataFrame, which: "pd.Series[bool]", seen: str, why: str, fix: str, *, severity: Severity = "stops"
) -> Draft:
    """Draft a problem of some rows: the first of them is named, and in how many it was seen."""
    size, first = int(which.sum()), int(rows.loc[which, "file_row"].iloc[0])
    said = (IN_A_ROW if size == 1 else IN_ROWS).format(seen=seen, rows=f"{size:,}")
    return Draft((first,), said, why, fix, severity, size)


def placed_problems(study: Study, drafts: Iterable[Draft], where: str = "{place}") -> list[Problem]:
    """Name files and lines: the files are read a second time, once for all drafts.

    Parameters
    ----------
    where : how a place is said.
    """
    drafts = list(drafts)
    wanted = [row for draft in drafts for row in draft.file_rows]
    said = lines(study, STAGED, wanted) if wanted else {}
    return [
        Problem(
            where.format(place=" and ".join(said[row] for row in draft.file_rows)) if draft.file_rows
            else f"{study.path.name}, records",
            draft.seen, draft.why, draft.fix, draft.severity, draft.rows,
        )
        for draft in drafts
    ]  # fmt: skip
