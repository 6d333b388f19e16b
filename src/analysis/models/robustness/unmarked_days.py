"""Days that nobody marked: all taken as present, then all as absent."""

from collections.abc import Iterator
from typing import Final

from analysis.measures.outcomes import Unmarked
from analysis.measures.stays import summed_cells
from analysis.models.robustness.answer import Answer, Kind, Specification

KIND: Final[Kind] = "rule"
TITLE: Final = "Unmarked days"
QUESTION: Final = (
    "Days that nobody marked are neither present nor absent; the truth lies between all of them present and all absent."
)
BOUNDS: Final[tuple[Unmarked, ...]] = ("present", "absent")


def specifications(answer: Answer) -> Iterator[Specification]:
    """Compare grades at both bounds, the season left out."""
    if not answer.source.marked:
        why = "The source does not tell a day that nobody marked from a day present."
        yield Specification.none("absence", "unmarked days filled in", why)
        return
    for bound in BOUNDS:
        cells = summed_cells(answer.stays, answer.drivers, bound)
        yield answer.specification("absence", f"unmarked days taken as {bound}", cells)
