"""Generalised estimating equations on student-months: one correlation between the months of a student."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from analysis.language import later
from analysis.measures.outcomes import summed_cells
from analysis.measures.student_years import student_months
from analysis.models.covariance import Covariance
from analysis.models.gee import observed_shares, solve
from analysis.models.robustness.answer import Answer, Kind, Specification

KIND: Final[Kind] = "form"
TITLE: Final = later("Generalised estimating equations")
QUESTION: Final = later(
    "The page's model takes every day as it comes and corrects the errors afterwards; this one lets a student's months"
    " go together in the estimate too."
)
WORDS: Final = later("estimating equations on student-months")
MOST_MONTHS: Final = 2_000_000
"""Student-months that are held beside each other; a state has more."""
TOO_MANY: Final = later("These are more than {months} student-months.")


def specifications(answer: Answer) -> Iterator[Specification]:
    """Compare grades in a model of student-months with grade, school and month."""
    if "month" not in answer.absence.fit.drivers:
        yield Specification.none("absence", WORDS, later("These records have no months of a student."))
        return
    refit = answer.refit(summed_cells(student_months(answer.source), (*answer.drivers, "month")))
    months = refit.cells.students()
    if len(months) > MOST_MONTHS:
        yield Specification.none("absence", WORDS, TOO_MANY.format(months=f"{MOST_MONTHS:,}"))
        return
    cell = months["cell"].to_numpy()
    observed = observed_shares(months.assign(student_id=months["student"]), ())
    other = solve(observed, csr_array(refit.fit.design.matrix)[cell], refit.fit.coefficients)
    covariance = Covariance(other.robust * np.divide(other.clusters, other.clusters - 1))
    fit = replace(refit.fit, coefficients=other.coefficients)
    yield Specification("absence", WORDS, refit.contrasts(fit, covariance))
