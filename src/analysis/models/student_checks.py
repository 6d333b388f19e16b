"""Model checks that need students one by one: residuals of a grade at a school, influence, students with no absence."""

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Array
from analysis.language import later
from analysis.models.binomial import BinomialFit
from analysis.models.covariance import Covariance
from analysis.models.model_checks import ModelCheck
from analysis.models.robustness.answer import MOST_ROWS, Answer, compared
from analysis.models.robustness.overdispersion import student_dispersion
from analysis.models.sandwich import cluster_sums
from analysis.models.standardise import standardised_parts

NO_ABSENCE_APART = 0.05
NO_ERROR = 1e-12
"""Under it (a share) students are all alike: an error is rounding, and nothing can be said in errors."""
NONE_ABSENT = later(
    "Share of students at schools with no absence at all, less the share that a beta-binomial model expects. More"
    " than {apart} apart (this project's line), absences of some students may be missing from the file, or there are"
    " two kinds of students."
)


def student_checks(answer: Answer) -> list[ModelCheck]:
    """Check the models of absence (its season left out) and chronic absence by student."""
    if answer.students is None:
        return []
    refit = answer.without_season
    minimum = answer.source.study.settings.models.minimum_students
    found = [
        *_dispersion(answer),
        *_residual("absence", refit.fit, answer.students, minimum),
        *_influence("absence", refit.fit, refit.covariance, answer.students),
        *_none_absent(answer),
    ]
    if answer.chronic is not None and compared(answer.chronic.fit.drivers):
        students = answer.chronic.cells.students()
        if len(students) <= MOST_ROWS:
            fit = answer.chronic.fit
            covariance = answer.chronic.covariances[compared(fit.drivers)]
            found += [*_residual("chronic", fit, students, minimum), *_influence("chronic", fit, covariance, students)]
    return found


def school_influence(robust: pd.DataFrame) -> list[ModelCheck]:
    """Say how far one school moves a contrast, in its standard errors, from the table of specifications."""
    found = []
    for outcome, table in robust.groupby("outcome", sort=False):
        page = table[table["check"] == ""].set_index("level")
        own = table[table["check"] == "season_left_out"].set_index("level")
        own = own if len(own) else page
        error = (own["contrast_high"] - own["contrast_low"]) / (2 * stats.norm.ppf(0.975))
        error = error.where(error > NO_ERROR)
        moves = [
            (of_one["contrast"].to_numpy() - own["contrast"].reindex(of_one["level"]).to_numpy())
            / error.reindex(of_one["level"]).to_numpy()
            for _, of_one in table[table["check"] == "one_school_fewer"].groupby("specification")
        ]
        if not moves or not np.isfinite(np.concatenate(moves)).any():
            continue
        meaning = later(
            "The most that leaving out one school moves the contrast of a grade, in standard errors of that contrast."
            " Over 1 (this project's line), what is said of it leans on one school."
        )
        most = float(np.nanmax(np.abs(np.concatenate(moves))))
        found.append(ModelCheck(f"{outcome}: " + later("influence of a school"), most, 1.0, meaning))
    return found


def standardised_residuals(fit: BinomialFit, students: pd.DataFrame, minimum: int) -> Array:
    """Give the residual of every cell with enough students, in its own standard errors clustered by student.

    Parameters
    ----------
    students : `student, cell, n, y` (`Cells.students`).
    """
    residual = _residuals(fit, students)
    cells = len(fit.cells)
    count, total, square = (
        np.bincount(students["cell"], weights=weights, minlength=cells)
        for weights in (np.ones(len(students)), residual, residual**2)
    )
    inside = (count >= minimum) & (square > 0)
    return np.asarray(total[inside] / np.sqrt(square[inside]))


def student_influence(fit: BinomialFit, covariance: Covariance, students: pd.DataFrame) -> Array:
    """Give (students, levels) how far each student moves each level's contrast, in its standard errors.

    One step towards the fit without the student: g' B u over the error, u the student's score (DFBETAS of Belsley, Kuh
    & Welsch 1980, for a contrast).
    """
    blocks = []
    for _, rated in standardised_parts(fit, compared(fit.drivers)):
        if len(rated.levels) > 1:
            error = np.sqrt(covariance.variances(rated.contrast_gradients))
            pull = rated.contrast_gradients @ fit.bread @ fit.design.matrix.T  # (grades, cells)
            blocks.append(pull[error > 0] / error[error > 0, None])
    if not blocks:
        return np.zeros((0, 0))
    by_row = np.concatenate(blocks).T[students["cell"]] * _residuals(fit, students)[:, None]
    return cluster_sums(by_row, students["student"].to_numpy())


def _residuals(fit: BinomialFit, students: pd.DataFrame) -> Array:
    return np.asarray(students["y"].to_numpy() - students["n"].to_numpy() * fit.fitted[students["cell"]])


def _dispersion(answer: Answer) -> list[ModelCheck]:
    if answer.students is None or answer.source.measure != "days":
        return []
    meaning = later(
        "How many times more students' days vary than independent days of the same grade and school would. It is never"
        " near 1: students differ. That is why all intervals are clustered by student."
    )
    value = student_dispersion(answer.without_season, answer.students)
    return [ModelCheck("absence: " + later("dispersion of students"), value, 1.0, meaning, True)]


def _residual(outcome: str, fit: BinomialFit, students: pd.DataFrame, minimum: int) -> list[ModelCheck]:
    residuals = standardised_residuals(fit, students, minimum)
    if not len(residuals) or fit.df_residual < 1:
        return []
    meaning = later(
        "The largest gap between observed and fitted rate of a grade at a school with enough students, in standard"
        " errors clustered by student. Over the line (Bonferroni: one in twenty for the largest of so many), a grade"
        " at a school differs from what its grade and its school add up to."
    )
    threshold = float(stats.norm.ppf(1 - 0.05 / 2 / len(residuals)))
    return [ModelCheck(f"{outcome}: " + later("largest residual"), float(np.abs(residuals).max()), threshold, meaning)]


def _influence(outcome: str, fit: BinomialFit, covariance: Covariance, students: pd.DataFrame) -> list[ModelCheck]:
    moves = student_influence(fit, covariance, students)
    if not moves.size:
        return []
    meaning = later(
        "The most that leaving out one student moves the contrast of a grade (of a school, where there is one grade),"
        " in standard errors of that contrast (DFBETAS, Belsley, Kuh & Welsch 1980). Over 1 (this project's line),"
        " what is said of it leans on one student."
    )
    return [ModelCheck(f"{outcome}: " + later("influence of a student"), float(np.abs(moves).max()), 1.0, meaning)]


def _none_absent(answer: Answer) -> list[ModelCheck]:
    """Compare the share of students with no absence with what the beta-binomial expects: exactly, not by simulation."""
    if answer.students is None or answer.beta_binomial is None or answer.source.measure != "days":
        return []
    value = float((answer.students["y"] == 0).mean() - answer.beta_binomial.none.mean())
    meaning = NONE_ABSENT.format(apart=NO_ABSENCE_APART)
    return [ModelCheck("absence: " + later("students with no absence"), value, NO_ABSENCE_APART, meaning)]
