"""How much a published table hides, and how far from the truth its shown cells alone would be."""

from dataclasses import dataclass

import numpy as np

from analysis.records.published.margins import margins_of
from analysis.records.types import PublishedCounts

NOT_ALIKE = 0.001
"""A difference of rates that a reader sees: a tenth of a point."""


@dataclass(frozen=True)
class HiddenCells:
    """What is hidden in a school year.

    Parameters
    ----------
    hidden, cells : how many cells the source hides, of how many.
    shown_rate : the chronic rate over the shown parts of totals that have hidden ones; NaN where there are none.
    whole_rate : that of these totals, as published.
    """

    hidden: int
    cells: int
    shown_rate: float
    whole_rate: float

    @property
    def misleading(self) -> bool:
        """Whether the shown cells together say another rate than their published totals."""
        return abs(self.shown_rate - self.whole_rate) >= NOT_ALIKE


def hidden_cells(records: PublishedCounts) -> HiddenCells:
    """Count the hidden cells of the year of the pages, and compare totals of places with what is shown."""
    counts = records.counts[records.counts["school_year"] == records.year].reset_index(drop=True)
    hidden, cells = int((counts["hidden"] == "source").sum()), len(counts)
    chronic, students = (counts[name].to_numpy(dtype=float) for name in ("chronically_absent", "students"))
    shown = np.isfinite(chronic) & np.isfinite(students)
    everybody = (counts["group"] == "").to_numpy()
    sums = np.zeros(4)
    for margin in margins_of(records.study.settings.records, counts):
        if margin.kind not in ("districts", "schools"):
            continue
        lacking = margin.sums(np.where(shown, 0.0, 1.0)) > 0
        used = (shown & everybody)[margin.parent] & lacking
        for place, values in enumerate((chronic, students)):
            sums[place] += margin.sums(np.where(shown, values, 0.0))[used].sum()
            sums[place + 2] += values[margin.parent][used].sum()
    rates = [sums[0] / sums[1] if sums[1] else np.nan, sums[2] / sums[3] if sums[3] else np.nan]
    return HiddenCells(hidden, cells, *rates)


def hidden_in_total(records: PublishedCounts) -> tuple[int, int]:
    """Count the hidden cells that the total of the year of the pages would be summed from, and all of them."""
    counts = records.counts
    focus = records.study.settings.focus.district_id
    cells = counts[(counts["school_year"] == records.year) & (counts["group"] == "") & ~counts["parent"]]
    cells = cells[cells["district_id"].isin(focus)] if focus else cells
    levels = cells[cells["grade_level"].isin(records.study.settings.definitions.grades)]
    cells = levels if len(levels) else cells
    return int((cells["hidden"] == "source").sum()), len(cells)
