"""Days that nobody marked: all taken as present, then all as absent."""

from collections.abc import Iterator
from typing import Final

from analysis.language import later
from analysis.measures.outcomes import Unmarked, summed_cells
from analysis.models.robustness.answer import Answer, Kind, Specification

KIND: Final[Kind] = "rule"
TITLE: Final = later("Unmarked days")
QUESTION: Final = later(
    "Days that nobody marked are neither present nor absent; the truth lies between all of them present and all absent."
)
BOUNDS: Final[dict[Unmarked, str]] = {
    "present": later("unmarked days taken as present"),
    "absent": later("unmarked days taken as absent"),
}


def specifications(answer: Answer) -> Iterator[Specification]:
    """Compare grades at both bounds, the season left out."""
    if not answer.source.marked:
        why = later("The source does not tell a day that nobody marked from a day present.")
        yield Specification.none("absence", later("unmarked days filled in"), why)
        return
    for bound, words in BOUNDS.items():
        cells = summed_cells(answer.stays, answer.drivers, bound)
        yield answer.specification("absence", words, cells)
