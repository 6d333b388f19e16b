"""What a published table says against itself: rows that cannot be, totals that their parts do not give."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from analysis.language import later
from analysis.problems import Problem
from analysis.records.drafts import Draft, draft_of
from analysis.records.numbers import COUNTS_DIFFER, ONE_WRONG, ROUNDED
from analysis.records.published.margins import Margin, margins_of
from analysis.records.published.numbers import differing, far_apart, impossible
from analysis.study import Study

TOTAL_TOLERANCE = ROUNDED + 0.002
"""Students worked back from rounded percents are good to about 0.2 percent."""
WHAT: Final = {"students": later("students"), "chronically_absent": later("chronically absent students")}
OVER: Final = later("a student group with more chronically absent than all students together")
GRADES_APART: Final = later("{wrong} of {totals} published totals are not those of the grades together")
TOGETHER: Final = {
    "more": later(
        "{units} together hold more {what} than the row that holds them: {size},"
        " in {wrong} of {rows} such rows ({years})"
    ),
    "fewer": later(
        "{units} together hold fewer {what} than the row that holds them: {size},"
        " in {wrong} of {rows} such rows ({years})"
    ),
}
AT_MOST: Final = later("by {percent} percent at most")
UNDER: Final = later("by less than {percent} percent")
NO_TOTAL: Final = 1.5
"""Parts that hold so many times what the rows have that are said to hold them are not theirs."""
LEAST_SAID: Final = 0.1
"""Percent; of less it is said that it is less."""


def notes(cells: pd.DataFrame) -> list[Draft]:
    """Note rows that contradict themselves."""
    more, differ, far = impossible(cells).any(axis=1), differing(cells), far_apart(cells)
    drafts = _not_of_this_rate(cells, far) if far.any() else []
    for wrong, seen, fix in (
        (
            more,
            later("more absent or attending than there are, or a rate above 100%"),
            later("ask the source; the rate is not shown, the counts are kept"),
        ),
        (
            differ & ~more & ~far,
            COUNTS_DIFFER,
            later("ask the source; the rate is kept as published"),
        ),
    ):
        if wrong.any():
            drafts.append(draft_of(cells, wrong, seen, ONE_WRONG, fix, severity="noted"))
    return drafts


def _not_of_this_rate(cells: pd.DataFrame, far: "pd.Series[bool]") -> list[Draft]:
    """Refuse a table most of whose counts are far from its rates: a column is mapped to what it is not."""
    seen = "most published rates are over a point from what their own counts give"
    fix = "map the columns that belong together (absent or attending, share or number), or leave one out"
    return [draft_of(cells, far, seen, "one of the columns is not what it is mapped to", fix)]


def students_for_days(cells: pd.DataFrame) -> list[Draft]:
    """Refuse days absent that are fewer than the students in most rows: students were counted, not days.

    Where days enrolled stand beside them they are days, however short the time.
    """
    known = (cells["students"] > 0) & (cells["days_absent"] > 0) & cells["days_enrolled"].isna()
    few = known & (cells["days_absent"] <= cells["students"])
    if 2 * few.sum() <= known.sum() or not known.any():
        return []
    seen = "days_absent is under the number of students: less than a day for each"
    fix = "if it counts students, map it as chronically_absent (and the rate beside it as chronic_rate)"
    return [draft_of(cells, few, seen, "students would be taken for days", fix)]


def over_the_whole(cells: pd.DataFrame) -> "pd.Series[bool]":
    """Tell the rows of a student group that have more chronically absent than all students of the same place."""
    place = ["school_year", "district_id", "school_id", "grade_level"]
    everybody = cells[cells["group"] == ""].set_index(place)["chronically_absent"]
    whole = everybody[~everybody.index.duplicated()].reindex(pd.MultiIndex.from_frame(cells[place]))
    return (cells["group"] != "") & (cells["chronically_absent"] > whole.to_numpy())


def note_over_the_whole(cells: pd.DataFrame) -> list[Draft]:
    """Note the rows that `over_the_whole` tells."""
    wrong = over_the_whole(cells)
    if not wrong.any():
        return []
    fix = later("ask the source; the counts are not shown, the rate is kept as published")
    return [draft_of(cells, wrong, OVER, ONE_WRONG, fix, severity="noted")]


def totals(study: Study, counts: pd.DataFrame) -> Iterator[Problem]:
    """Note published totals that are not what their parts give: of grades by their rates, of places by their counts."""
    yield from _grades(study, counts)
    margins = margins_of(study.settings.records, counts)
    for kind, word in (("districts", study.districts_word), ("schools", later("schools"))):
        for column, what in WHAT.items():
            of_kind = [_apart(counts, margin, column) for margin in margins if margin.kind == kind]
            if of_kind:
                rows = pd.concat(of_kind)
                yield from _no_totals(study, rows, word, what) or _of_places(study, rows, word, what)


def _grades(study: Study, counts: pd.DataFrame) -> Iterator[Problem]:
    """Note where a published rate of all grades is not what the counts of the study's grades give."""
    grades = study.settings.definitions.grades
    unit = ["school_year", "district_id", "school_id"]
    everybody = counts[counts["group"] == ""]
    levels = everybody[everybody["grade_level"].isin(grades)]
    complete = (
        levels[["students", "chronically_absent"]].notna().all(axis=1).groupby([levels[key] for key in unit]).all()
    )
    sums = levels.groupby(unit)[["students", "chronically_absent"]].sum()[complete]
    published = everybody[everybody["grade_level"] == ""].set_index(unit)["chronic_rate"]
    apart = (sums["chronically_absent"] / sums["students"] - published.reindex(sums.index)).abs() > TOTAL_TOLERANCE
    if apart.any():
        seen = GRADES_APART.format(wrong=f"{int(apart.sum()):,}", totals=f"{len(sums):,}")
        why = later("the source's total may hold other students, such as pre-kindergarten")
        fix = later("totals stay as published; to sum other grades, change definitions.grades")
        yield Problem(f"{study.path.name}, records", seen, why, fix, "noted", int(apart.sum()))


def _apart(counts: pd.DataFrame, margin: Margin, column: str) -> pd.DataFrame:
    """Say of each row that holds others by how much (a share of it) its shown parts are apart from it.

    Returns
    -------
    `year`, `apart` (0 where rounding can explain it), `complete` (all parts are shown), `whole` and `parts`.
    """
    numbers = counts[column].to_numpy(dtype=float)
    whole, sums = numbers[margin.parent], margin.sums(np.nan_to_num(numbers))
    rounded = np.where(counts["students_basis"] == "from_percent", 1.0, 0.0)
    allowed = np.where(rounded[margin.parent] + margin.sums(rounded) > 0, TOTAL_TOLERANCE * whole, 0.0)
    shown, each = np.where(np.isfinite(numbers), 1.0, 0.0), np.ones(len(numbers))
    table = pd.DataFrame({
        "year": counts["school_year"].to_numpy()[margin.parent],
        "apart": np.where(np.abs(sums - whole) > allowed, (sums - whole) / np.maximum(whole, 1), 0.0),
        "complete": margin.sums(shown) == margin.sums(each),
        "whole": whole,
        "parts": sums,
    })  # fmt: skip
    return table[pd.Series(np.isfinite(whole))]


def _no_totals(study: Study, rows: pd.DataFrame, units: str, what: str) -> list[Problem]:
    """Refuse rows that are far smaller than what they hold: they hold it not, or some of it holds the rest."""
    whole, parts = rows["whole"].sum(), rows["parts"].sum()
    if not (whole > 0 and parts > NO_TOTAL * whole):
        return []
    seen = f"{units} together hold {parts / whole:,.1f} times the {what} of the rows that are said to hold them"
    why = "either they are no totals, or some of these hold others too (counties among districts)"
    fix = "correct parents, or leave rows out by where_not"
    return [Problem(f"{study.path.name}, records", seen, why, fix, rows=len(rows))]


def _of_places(study: Study, rows: pd.DataFrame, units: str, what: str) -> Iterator[Problem]:
    """Note where parts together have more than the row that holds them, or, though all are shown, fewer."""
    for way, wrong, why in (
        ("more", rows["apart"] > 0, later("a student in two of them may count in both")),
        ("fewer", (rows["apart"] < 0) & rows["complete"], later("the source may leave some of them out")),
    ):
        if not wrong.any():
            continue
        most = 100 * float(rows.loc[wrong, "apart"].abs().max())
        size = (AT_MOST if most >= LEAST_SAID else UNDER).format(percent=f"{max(most, LEAST_SAID):.1f}")
        years, total = ", ".join(sorted(rows.loc[wrong, "year"].unique())), int(wrong.sum())
        seen = TOGETHER[way].format(
            units=units, what=what, size=size, wrong=f"{total:,}", rows=f"{len(rows):,}", years=years
        )
        yield Problem(f"{study.path.name}, records", seen, why, later("the published total is kept"), "noted", total)
