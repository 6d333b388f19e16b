"""The season left out of the model: grade and school alone, over the whole year."""

from collections.abc import Iterator
from typing import Final

from analysis.language import later
from analysis.models.robustness.answer import Answer, Kind, Specification

KIND: Final[Kind] = "form"
TITLE: Final = later("The season left out")
QUESTION: Final = later(
    "Months and weekdays are nearly the same for all grades, so leaving them out should change nothing; most checks"
    " below start from this smaller model."
)
WORDS: Final = later("season left out")


def specifications(answer: Answer) -> Iterator[Specification]:
    """Compare grades without months, weekdays and breaks."""
    if answer.drivers == answer.absence.fit.drivers:
        yield Specification.none("absence", WORDS, later("The page's model has no season."))
        return
    yield Specification("absence", WORDS, answer.without_season.contrasts())
