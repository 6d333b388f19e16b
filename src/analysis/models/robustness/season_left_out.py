"""The season left out of the model: grade and school alone, over the whole year."""

from collections.abc import Iterator
from typing import Final

from analysis.models.robustness.answer import Answer, Kind, Specification

KIND: Final[Kind] = "form"
TITLE: Final = "The season left out"
QUESTION: Final = (
    "Months and weekdays are nearly the same for all grades, so leaving them out should change nothing; most checks"
    " below start from this smaller model."
)


def specifications(answer: Answer) -> Iterator[Specification]:
    """Compare grades without months, weekdays and breaks."""
    if answer.drivers == answer.absence.fit.drivers:
        yield Specification.none("absence", "season left out", "The page's model has no season.")
        return
    yield Specification("absence", "season left out", answer.without_season.contrasts())
