"""Plain errors beside clustered ones: every day, or every student at a school, a draw of its own."""

from collections.abc import Iterator
from typing import Final

from analysis.language import later
from analysis.models.covariance import model_covariance
from analysis.models.robustness.answer import Answer, Kind, Specification, contrasts_of

KIND: Final[Kind] = "error"
TITLE: Final = later("Plain errors")
QUESTION: Final = later(
    "A student's days go together; errors that treat each as a draw of its own are too small, and are shown to see by"
    " how much."
)


def specifications(answer: Answer) -> Iterator[Specification]:
    """Give the page's own contrasts with plain intervals."""
    for model in answer.models:
        outcome, words = model.fit.outcome, later("plain errors")
        if outcome == "absence" and answer.source.measure != "days":
            why = later("The source gives no days, so no error of a single day is known.")
            yield Specification.none(outcome, words, why)
            continue
        yield Specification(outcome, words, contrasts_of(model.fit, model_covariance(model.fit), model.counts))
