"""Students who vary more than chance: quasi-binomial, beta-binomial and negative binomial on students at schools."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Final

import numpy as np
import pandas as pd

from analysis.language import later
from analysis.models.beta_binomial import BetaBinomialFit
from analysis.models.covariance import Covariance, model_covariance
from analysis.models.fit import Fit, Link
from analysis.models.negative_binomial import fit_counts
from analysis.models.robustness.answer import MOST_ROWS, Answer, Kind, Refit, Specification
from analysis.models.sandwich import sandwich

KIND: Final[Kind] = "form"
TITLE: Final = later("Overdispersion")
QUESTION: Final = later(
    "Students differ more than independent days would let them. Three models say so in their own way, and weigh"
    " students differently: the page lets each day count the same. The beta-binomial also assumes a shape of students'"
    " rates, so its averages can lie apart from the counted ones."
)
BETA_BINOMIAL: Final = later("beta-binomial on students")
TOO_MANY: Final = later("More than {students} students at schools, too many to fit one by one.")


def specifications(answer: Answer) -> Iterator[Specification]:
    """Compare grades in three models of students at schools, the season left out."""
    refit, students = answer.without_season, answer.students
    if students is None:
        why = TOO_MANY.format(students=f"{MOST_ROWS:,}")
        yield Specification.none("absence", later("students one by one"), why)
        return
    yield Specification("absence", later("quasi-binomial on students"), quasi_binomial(refit, students))
    if answer.source.measure != "days":
        why = later("The source gives rates without days, so there is no count to fit.")
        yield Specification.none("absence", later("beta-binomial and negative binomial on students"), why)
        return
    if answer.beta_binomial is None:
        yield Specification.none("absence", BETA_BINOMIAL, later("It does not settle on these records."))
    else:
        contrasts = beta_binomial(refit, students, answer.beta_binomial)
        yield Specification("absence", BETA_BINOMIAL, contrasts)
    yield Specification("absence", later("negative binomial on students"), negative_binomial(refit, students))


def quasi_binomial(refit: Refit, students: pd.DataFrame) -> pd.DataFrame:
    """Widen plain errors by Pearson's dispersion of students (McCullagh & Nelder 1989, section 4.5)."""
    dispersion = max(1.0, student_dispersion(refit, students))
    return refit.contrasts(covariance=model_covariance(refit.fit, dispersion))


def student_dispersion(refit: Refit, students: pd.DataFrame) -> float:
    """Give Pearson's chi squared of students at schools over its degrees of freedom; NaN where there are none."""
    n, p = students["n"].to_numpy(), refit.fit.fitted[students["cell"]]
    chi2 = float(np.sum((students["y"].to_numpy() - n * p) ** 2 / (n * p * (1 - p))))
    return chi2 / ((len(students) - len(refit.fit.coefficients)) or np.nan)


def beta_binomial(refit: Refit, students: pd.DataFrame, other: BetaBinomialFit) -> pd.DataFrame:
    """Let students' own rates vary as a beta; errors are clustered by student."""
    covariance = sandwich(other.bread, other.scores, students["student"].to_numpy())[:-1, :-1]
    return refit.contrasts(replace(refit.fit, coefficients=other.coefficients), Covariance(covariance))


@dataclass(frozen=True)
class CountedDays(Fit):
    """A model of days absent, with the log of days as offset: its coefficients are logs of ratios of rates."""

    link: ClassVar[Link] = "log"


def negative_binomial(refit: Refit, students: pd.DataFrame) -> pd.DataFrame:
    """Count days absent, with the log of days as offset; errors are clustered by student."""
    fit = refit.fit
    X = fit.design.matrix[students["cell"]]
    n, y = (students[name].to_numpy() for name in ("n", "y"))
    other = fit_counts(X, y, np.ones_like(y), offset=np.log(n))
    scores = X * ((y - other.mean) / (1 + other.alpha * other.mean))[:, None]
    covariance = Covariance(sandwich(other.bread, scores, students["student"].to_numpy()))
    rates = np.exp(fit.design.matrix @ other.coefficients)
    counted = CountedDays(
        fit.outcome, fit.drivers, fit.design, fit.cells, fit.component, other.coefficients, other.bread, rates
    )
    return refit.contrasts(counted, covariance)
