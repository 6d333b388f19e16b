"""One school left out at a time."""

from collections.abc import Iterator
from typing import Final

from analysis.language import later
from analysis.models.binomial import BinomialFit
from analysis.models.parts import same_parts, tied_parts
from analysis.models.robustness.answer import Answer, Kind, Specification, fitted_again, smallest_and_largest
from analysis.vocabulary import PAIR

KIND: Final[Kind] = "who"
TITLE: Final = later("One school fewer")
QUESTION: Final = later("A grade may stand out because of one school; each school is left out in turn.")
WORDS: Final = later("one school left out")


def specifications(answer: Answer) -> Iterator[Specification]:
    """Keep each grade's smallest and largest contrast over all schools, the season left out."""
    if answer.drivers != PAIR:
        yield Specification.none("absence", WORDS, answer.one_driver)
        return
    for model in answer.models:
        fit = answer.without_season.fit if model is answer.absence else model.fit
        if fit.drivers == PAIR:
            schools = sorted(fit.cells["school_id"].unique())
            minimum = answer.source.study.settings.models.minimum_bridge_students
            fits = (without(fit, school, minimum) for school in schools)
            yield from smallest_and_largest(model, WORDS, fits)


def without(fit: BinomialFit, school: str, minimum: int) -> BinomialFit | None:
    """Fit the cells of all schools but one; None where a part then falls apart, or nothing is left to compare."""
    kept = fit.cells["school_id"].to_numpy() != school
    cells = fit.cells[kept].reset_index(drop=True)
    if not kept.any() or not same_parts(fit.component[kept], tied_parts(cells, cells, minimum)):
        return None
    return fitted_again(fit, cells, PAIR, fit.component[kept])
