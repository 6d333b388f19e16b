"""One month left out at a time."""

from collections.abc import Iterator
from typing import Final

from analysis.language import later
from analysis.models.binomial import BinomialFit
from analysis.models.robustness.answer import Answer, Kind, Specification, fitted_again, smallest_and_largest

KIND: Final[Kind] = "who"
TITLE: Final = later("One month fewer")
QUESTION: Final = later(
    "A difference may come from one month, such as an outbreak of flu; each month is left out in turn."
)
WORDS: Final = later("one month left out")


def specifications(answer: Answer) -> Iterator[Specification]:
    """Keep each grade's smallest and largest contrast over all months."""
    if "month" not in answer.absence.fit.drivers:
        yield Specification.none("absence", WORDS, later("These records have no months to leave out."))
        return
    fit = answer.absence.fit
    months = sorted(fit.cells["month"].unique())
    fits = (without(fit, answer.drivers, month) for month in months)
    yield from smallest_and_largest(answer.absence, WORDS, fits)


def without(fit: BinomialFit, drivers: tuple[str, ...], month: str) -> BinomialFit | None:
    """Fit the days of all months but one, the rest of the season left out; None where nothing is left to compare."""
    kept = fit.cells.assign(component=fit.component)[fit.cells["month"].to_numpy() != month]
    cells = kept.groupby([*drivers, "component"], as_index=False)[["n", "y"]].sum()
    if cells.empty:  # it was the only month
        return None
    return fitted_again(fit, cells, drivers, cells["component"].to_numpy())
