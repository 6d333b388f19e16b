"""Students who left before the end of the year left out."""

from collections.abc import Iterator
from typing import Final

import narwhals as nw

from analysis.language import later
from analysis.measures.outcomes import chronic_cells, summed_cells
from analysis.models.robustness.answer import Answer, Kind, Specification

KIND: Final[Kind] = "who"
TITLE: Final = later("Early exits")
QUESTION: Final = later(
    "Students who leave early are often absent before they go, and a year cut short is measured on fewer days; the"
    " answer should not be theirs alone."
)
LAST_DAYS: Final = 10
"""A student who is not on the roll on any of the last days of school has left early."""
WORDS: Final = later("students who left early left out")


def specifications(answer: Answer) -> Iterator[Specification]:
    """Compare grades among the students who were still enrolled at the end."""
    if not answer.source.dated:
        yield Specification.none("absence", WORDS, later("These records do not say when a student left."))
        return
    ending = str(answer.source.dates.tail(LAST_DAYS).min())
    last = answer.stays.group_by("student_id").agg(nw.col("date").max().alias("gone"))
    kept = answer.stays.join(last.filter(nw.col("gone") >= ending), on="student_id", how="semi")
    yield answer.specification("absence", WORDS, summed_cells(kept, answer.drivers))
    if answer.chronic is not None:
        yield answer.specification("chronic", WORDS, chronic_cells(answer.source, days=kept))
