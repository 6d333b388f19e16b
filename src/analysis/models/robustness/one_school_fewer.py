"""One school left out at a time."""

from collections.abc import Iterator
from typing import Final

from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.parts import PAIR
from analysis.models.robustness.answer import Answer, Kind, Specification, smallest_and_largest
from analysis.problems import UserError

KIND: Final[Kind] = "who"
TITLE: Final = "One school fewer"
QUESTION: Final = "A grade may stand out because of one school; each school is left out in turn."


def specifications(answer: Answer) -> Iterator[Specification]:
    """Keep each grade's smallest and largest contrast over all schools, the season left out."""
    if answer.drivers != PAIR:
        yield Specification.none("absence", "one school left out", "These records have one school.")
        return
    for model in answer.models:
        fit = answer.without_season.fit if model is answer.absence else model.fit
        if fit.drivers == PAIR:
            schools = sorted(fit.cells["school_id"].unique())
            yield from smallest_and_largest(model, "one school left out", (without(fit, school) for school in schools))


def without(fit: BinomialFit, school: str) -> BinomialFit | None:
    """Fit the cells of all schools but one; None where that leaves nothing to compare."""
    kept = fit.cells["school_id"].to_numpy() != school
    try:
        again = fit_binomial(fit.cells[kept].reset_index(drop=True), PAIR, fit.component[kept], fit.outcome)
    except UserError:  # without this school its part falls apart
        return None
    return None if again.separated.any() else again
