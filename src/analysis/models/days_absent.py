"""The model of days absent a student, where nothing says how many days they were enrolled: negative binomial (NB2).

A student at a school is one count. Grade, school and groups are compared by adjusted mean days: what students would
miss on average if all had one level and everything else stayed as it is. How long each was enrolled is not in it.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from analysis.arrays import Array, Ints
from analysis.language import later
from analysis.measures.cells import Cells
from analysis.measures.outcomes import day_counts
from analysis.models.binomial import refuse_collinear
from analysis.models.design import design
from analysis.models.fit import Fit, Link
from analysis.models.model_checks import ALLOWED_FOR, CHECK_COLUMNS, FINE, LOOK
from analysis.models.negative_binomial import CountFit, fit_counts, zero_share

ZEROS_APART = 0.05
"""How far the share of students with no absence may be from what the model expects."""
AS_EXPECTED = later(
    "More than {apart} from the counted share: students with no absence may be missing from the file, or some are never"
    " marked absent."
)


@dataclass(frozen=True)
class DaysFit(Fit):
    """The negative binomial model: coefficients are logs of ratios of mean days, fitted are days a student.

    Parameters
    ----------
    model : the fit on counts of students by cell and days absent.
    poisson : the same without extra spread, to judge it by.
    counts : `cell, y, students`: those counts.
    """

    model: CountFit
    poisson: CountFit
    counts: pd.DataFrame
    link: ClassVar[Link] = "log"

    @property
    def score_weights(self) -> Array:
        """(cells,) what a residual counts in the score: students who are expected to miss more tell less."""
        return np.asarray(1 / (1 + self.model.alpha * self.fitted))


def fit_days(cells: Cells, component: Ints) -> DaysFit:
    """Fit the counts of cells, given the part of each: what `fit_model` needs for the outcome 'days'."""
    matrix = design(cells.table, cells.drivers)
    refuse_collinear(matrix)
    counts = day_counts(cells)
    X = matrix.matrix[counts["cell"].to_numpy()]
    y, students = (counts[name].to_numpy(dtype=np.float64) for name in ("y", "students"))
    model = fit_counts(X, y, students)
    fitted = np.asarray(np.exp(matrix.matrix @ model.coefficients), dtype=np.float64)
    return DaysFit(
        cells.outcome, cells.drivers, matrix, cells.table, component, model.coefficients, model.bread, fitted,
        model, fit_counts(X, y, students, 0.0), counts,
    )  # fmt: skip


def days_checks(fit: DaysFit) -> pd.DataFrame:
    """Set the negative binomial beside Poisson: how far students vary, and how many miss no day.

    Returns
    -------
    DataFrame, the table `model_checks` of the output contract.
    """
    y, students = (fit.counts[name].to_numpy(dtype=np.float64) for name in ("y", "students"))
    df = max(students.sum() - len(fit.coefficients), 1.0)
    none = float(students[y == 0].sum() / students.sum())
    expected, of_poisson = (zero_share(one.mean, students, one.alpha) for one in (fit.model, fit.poisson))
    spread = fit.model.pearson / df
    rows = [
        ("days: " + later("spread under Poisson"), fit.poisson.pearson / df, 1.0, ALLOWED_FOR,
         later(
             "How many times more students' days vary than if all with the same grade, school and groups were absent"
             " by the same chance. Over 1, a Poisson model is too sure; the negative binomial of these pages is not."
         )),
        ("days: " + later("spread under the negative binomial"), spread, 2.0, LOOK if spread > 2 else FINE,
         later(
             "The same for the model of these pages. Near 1, its form fits; intervals are clustered by student and"
             " hold where it does not."
         )),
        ("days: " + later("alpha"), fit.model.alpha, np.nan, ALLOWED_FOR,
         later("The extra spread: a mean of m days varies by m + alpha m squared. 1 / alpha is theta.")),
        ("days: " + later("share of students with no absence"), none, np.nan, FINE, later("Counted.")),
        ("days: " + later("share with no absence that Poisson expects"), of_poisson, np.nan, ALLOWED_FOR,
         later("Far from the counted share: not all have the same chance of an absence.")),
        ("days: " + later("share with no absence that the negative binomial expects"), expected, np.nan,
         LOOK if abs(expected - none) > ZEROS_APART else FINE,
         AS_EXPECTED.format(apart=ZEROS_APART)),
        ("days: " + later("log likelihood over Poisson"), fit.model.log_likelihood - fit.poisson.log_likelihood, np.nan,
         FINE,
         later("How much likelier the days are with the extra spread, on the log scale; it costs one parameter.")),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["check", "value", "threshold", "verdict", "meaning"])[CHECK_COLUMNS]
