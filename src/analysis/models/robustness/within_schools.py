"""Grades within and between schools: each school's mix of grades in the model instead of a term for each school."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.linalg import qr

from analysis.arrays import Array
from analysis.language import later
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.design import Numeric
from analysis.models.robustness.answer import GRADE, Answer, Kind, Specification
from analysis.vocabulary import PAIR

KIND: Final[Kind] = "form"
TITLE: Final = later("Within and between schools")
QUESTION: Final = later(
    "A term for every school takes away all that schools differ in. Mundlak's model takes away only what goes with"
    " their mix of grades; where both agree, the grades differ within schools and not only between them."
)
WORDS: Final = later("mix of grades instead of school terms")
INDEPENDENT: Final = 1e-4
"""Least length of a column, of length 1, that is left when the columns before it are taken away."""


def specifications(answer: Answer) -> Iterator[Specification]:
    """Compare grades in Mundlak's model (1978), the season left out."""
    if answer.drivers != PAIR:
        yield Specification.none("absence", WORDS, answer.one_driver)
        return
    refit = answer.without_season
    yield Specification("absence", WORDS, refit.contrasts(mundlak(refit.fit)))


def mundlak(fit: BinomialFit) -> BinomialFit:
    """Fit grades, and the share of each grade among a school's days, on the cells of a model of grade and school."""
    days = fit.cells.pivot_table(index="school_id", columns=GRADE, values="n", aggfunc="sum", fill_value=0)
    shares = days.div(days.sum(axis=1), axis=0)
    dummies = np.array([fit.cells[GRADE] == grade for grade in shares.columns], dtype=np.float64).T
    of_cells = shares.loc[fit.cells["school_id"]].to_numpy()
    numeric = tuple(
        Numeric(f"share of {grade} at school", "school_id", dict(zip(shares.index, shares[grade], strict=True)))
        for grade in shares.columns[independent_of(dummies, of_cells)]
    )
    return fit_binomial(fit.cells, (GRADE,), fit.component, fit.outcome, numeric)


def independent_of(base: Array, columns: Array) -> list[int]:
    """List the columns that are independent of the base and of each other, the most apart first."""
    rest = columns - base @ np.linalg.lstsq(base, columns, rcond=None)[0]
    length = np.linalg.norm(columns, axis=0)
    _, triangle, order = qr(rest / np.where(length > 0, length, 1), mode="economic", pivoting=True)
    rank = int(np.sum(np.abs(np.diag(triangle)) > INDEPENDENT))
    return sorted(order[:rank].tolist())
