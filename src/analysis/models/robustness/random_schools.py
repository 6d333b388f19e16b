"""Schools as draws from a distribution: a random intercept instead of a term for each school."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.special import expit

from analysis.language import later
from analysis.models.binomial import BinomialFit
from analysis.models.random_intercept import fit_random_intercept
from analysis.models.robustness.answer import GRADE, Answer, Kind, Specification
from analysis.vocabulary import PAIR

KIND: Final[Kind] = "form"
TITLE: Final = later("Schools as random draws")
QUESTION: Final = later(
    "A mixed model takes schools as draws from a bell curve and moves each towards the average; small schools then say"
    " less about their grades."
)
WORDS: Final = later("random intercepts of schools")
SMALLEST: Final = 1e-4
"""A standard deviation below this is none: all schools are the average school."""


def specifications(answer: Answer) -> Iterator[Specification]:
    """Compare grades in a mixed model, the season left out; schools stand where the model puts them."""
    if answer.drivers != PAIR:
        yield Specification.none("absence", WORDS, answer.one_driver)
        return
    refit = answer.without_season
    yield Specification("absence", WORDS, refit.contrasts(random_schools(refit.fit)))


def random_schools(fit: BinomialFit) -> BinomialFit:
    """Fit grades with a random intercept for each school on the cells of a model of grade and school.

    Returns
    -------
    The fit with a column for every school, its coefficient the most likely intercept: the answer of a likelihood with
    the penalty u^2 / (2 sd^2) on each, whose inverse information is the bread, so that errors can be clustered by
    student as everywhere else. The standard deviation is taken as known in them.
    """
    mixed = fit_random_intercept(fit.cells, (GRADE,), fit.component, "school_id")
    schools = fit.cells["school_id"].to_numpy()
    dummies = np.array([schools == school for school in mixed.clusters], dtype=np.float64).T
    fixed = len(mixed.coefficients)
    X = np.column_stack([mixed.design.matrix, dummies])
    columns = {**mixed.design.columns, **{("school_id", one): fixed + at for at, one in enumerate(mixed.clusters)}}
    terms = (*mixed.design.terms, *(f"school_id[{one}]" for one in mixed.clusters))
    coefficients = np.concatenate([mixed.coefficients, mixed.intercepts])
    p = expit(X @ coefficients)
    penalty = np.zeros(len(terms))
    penalty[fixed:] = 1 / max(mixed.sd, SMALLEST) ** 2
    bread = np.linalg.inv(X.T @ (X * (fit.n * p * (1 - p))[:, None]) + np.diag(penalty))
    design = replace(mixed.design, matrix=X, terms=terms, columns=columns)
    return replace(fit, design=design, coefficients=coefficients, fitted=p, bread=np.asarray(bread, dtype=np.float64))
