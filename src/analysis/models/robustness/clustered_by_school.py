"""Errors clustered by school: what students of a school share beyond what the model holds."""

from collections.abc import Iterator
from typing import Final

from analysis.language import later
from analysis.models.few_clusters import bias_reduced
from analysis.models.robustness.answer import Answer, Kind, Specification
from analysis.models.schools import FEWEST_SCHOOLS
from analysis.models.sentences import too_few_schools
from analysis.vocabulary import PAIR

KIND: Final[Kind] = "error"
TITLE: Final = later("Errors clustered by school")
QUESTION: Final = later(
    "Students of one school may be absent together, in one grade more than in another. Errors by school allow for that,"
    " bias-reduced (CR2) and with Satterthwaite's degrees of freedom, because schools are few."
)
WORDS: Final = later("errors clustered by school")


def specifications(answer: Answer) -> Iterator[Specification]:
    """Give the contrasts without the season, with intervals from schools as clusters."""
    if answer.drivers != PAIR:
        yield Specification.none("absence", WORDS, answer.one_driver)
        return
    refit = answer.without_season
    schools = refit.fit.cells["school_id"].nunique()
    if schools < FEWEST_SCHOOLS:
        yield Specification.none("absence", WORDS, too_few_schools(schools))
        return
    reduced = bias_reduced(refit.fit, refit.fit.cells["school_id"].to_numpy())
    yield Specification("absence", WORDS, refit.contrasts(covariance=reduced))
