"""The one percent of students who were absent on most days left out."""

from collections.abc import Iterator
from math import ceil
from typing import Final

import narwhals as nw

from analysis import engine
from analysis.language import later
from analysis.measures.outcomes import summed_cells
from analysis.models.robustness.answer import Answer, Kind, Specification

KIND: Final[Kind] = "who"
TITLE: Final = later("The most absent students left out")
QUESTION: Final = later(
    "A few students who hardly came may carry a difference. They are part of it, so a contrast should fall without"
    " them, and not turn around."
)
SHARE: Final = 0.01
WORDS: Final = later("the {share} most absent students left out")


def specifications(answer: Answer) -> Iterator[Specification]:
    """Compare grades without those with most days absent; who ties with the last of them goes too."""
    totals = answer.stays.group_by("student_id").agg(nw.col("days_absent").sum().alias("absent"))
    by_days = engine.collect(totals.group_by("absent").agg(nw.len().alias("students")), ["absent"])[::-1]
    fewest = by_days.loc[by_days["students"].cumsum() >= ceil(SHARE * by_days["students"].sum()), "absent"].iloc[0]
    others = totals.filter(nw.col("absent") < int(fewest))
    kept = answer.stays.join(others, on="student_id", how="semi")
    yield answer.specification("absence", WORDS.format(share=f"{SHARE:.0%}"), summed_cells(kept, answer.drivers))
