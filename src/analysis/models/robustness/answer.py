"""What every check starts from, and what it gives: the page's own models, the records by stay, contrasts of levels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, Protocol

import narwhals as nw
import numpy as np
import pandas as pd

from analysis.arrays import Ints
from analysis.language import later
from analysis.measures.cells import Cells
from analysis.measures.outcomes import summed_cells
from analysis.measures.student_years import counted_stays
from analysis.models.adjusted import rated_levels
from analysis.models.beta_binomial import BetaBinomialFit, fit_beta_binomial
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.covariance import Covariance, clustered
from analysis.models.drivers import DriverModel, binomial, fit_what_can_be, level_counts
from analysis.models.fit import Fit
from analysis.models.standardise import standardised_parts
from analysis.problems import UserError
from analysis.records.types import StudentRecords
from analysis.vocabulary import PAIR

GRADE, SCHOOL = PAIR
OUTCOMES: Final = (later("absence"), later("chronic"))
"""How the names of specifications and of the model's checks begin."""
CONTRAST_COLUMNS = ["driver", "level", "students", "observed_rate", "contrast", "contrast_low", "contrast_high"]
MOST_ROWS = 100_000
"""Students at schools that a likelihood is fitted on row by row; a state's are too many to hold beside its design."""

Kind = Literal["rule", "error", "form", "who"]
"""What is done differently: the rule, the errors, the form of the model, or who is in."""


@dataclass(frozen=True)
class Specification:
    """Grades (or, where there is one grade, schools) compared in another way.

    Parameters
    ----------
    outcome : 'absence' or 'chronic'.
    words : what was done differently.
    contrasts : `driver, level, students, observed_rate, contrast, contrast_low, contrast_high`, rates as shares; a
        contrast is the adjusted rate less the part's own.
    refused : why it could not be done, in words that `later` marks; the contrasts are then empty.
    """

    outcome: str
    words: str
    contrasts: pd.DataFrame
    refused: str = ""

    @classmethod
    def none(cls, outcome: str, words: str, why: str) -> "Specification":
        """Give a specification that could not be tried."""
        return cls(outcome, words, pd.DataFrame(columns=CONTRAST_COLUMNS), why)


class Check(Protocol):
    """A module of this folder: one way in which the answer might change.

    It is found by its function `specifications`. `KIND` says what is done differently, `TITLE` names the check, and
    `QUESTION` says in a sentence why it is asked.
    """

    __name__: str
    KIND: Kind
    TITLE: str
    QUESTION: str

    def specifications(self, answer: "Answer") -> Iterable[Specification]:
        """Compare grades in the check's ways."""
        ...


@dataclass(frozen=True)
class Refit:
    """A binomial model of some cells.

    Parameters
    ----------
    counts : `driver, level, students, enough, least` (`drivers.level_counts`).
    """

    cells: Cells
    fit: BinomialFit
    counts: pd.DataFrame

    @cached_property
    def covariance(self) -> Covariance:
        """The covariance clustered by student."""
        return self._clustered(self.fit)

    def contrasts(self, fit: Fit | None = None, covariance: Covariance | None = None) -> pd.DataFrame:
        """Compare the levels within their parts, as `adjusted_rates` does.

        Parameters
        ----------
        fit : another model of the same cells.
        covariance : instead of the one clustered by student.
        """
        if covariance is None:
            covariance = self.covariance if fit is None else self._clustered(fit)
        return contrasts_of(fit or self.fit, covariance, self.counts)

    def _clustered(self, fit: Fit) -> Covariance:
        return clustered(fit, self.cells.products(fit.fitted, "student_id", self.fit.drivers))


@dataclass(frozen=True)
class Answer:
    """The page's own models, and what a check may start from.

    Parameters
    ----------
    source : the records.
    absence, chronic : the page's models; chronic is None where there is none.
    together : by driver, for each hidden level the name of the one that it is a part of in the chronic model.
    """

    source: StudentRecords
    absence: DriverModel
    chronic: DriverModel | None = None
    together: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def models(self) -> tuple[DriverModel, ...]:
        """The models there are."""
        return (self.absence, self.chronic) if self.chronic else (self.absence,)

    @property
    def driver(self) -> str:
        """What is compared; empty where no part has two levels that enough students link."""
        return compared(self.absence.fit.drivers) if self.absence.fit.parts else ""

    @property
    def drivers(self) -> tuple[str, ...]:
        """Grade and school, as far as they are drivers."""
        return tuple(driver for driver in PAIR if driver in self.absence.fit.drivers)

    @property
    def one_driver(self) -> str:
        """Say why a check that needs grades and schools cannot be tried."""
        if self.driver == SCHOOL:
            return later("These records have one grade, so schools are what is compared.")
        return later("These records have one school.")

    @property
    def stays(self) -> nw.LazyFrame[Any]:
        """The year's stays, from which everything that has no date comes out the same as from days."""
        return counted_stays(self.source, year=self.source.year)

    @cached_property
    def without_season(self) -> Refit:
        """The page's model of absence without the season: where checks by student start."""
        return self.refit(summed_cells(self.stays, self.drivers))

    @cached_property
    def students(self) -> pd.DataFrame | None:
        """Students of the model without season, by school and grade (`Cells.students`).

        None where there is nothing to compare, or too many students.
        """
        if not self.driver:
            return None
        try:
            students = self.without_season.cells.students()
        except UserError:  # without the season nothing is left to compare
            return None
        return students if len(students) <= MOST_ROWS else None

    @cached_property
    def beta_binomial(self) -> BetaBinomialFit | None:
        """The beta-binomial model of these students; None where they are too many, or it has no answer."""
        if self.students is None:
            return None
        fit = self.without_season.fit
        n, y = (self.students[name].to_numpy() for name in ("n", "y"))
        try:
            return fit_beta_binomial(fit.design.matrix[self.students["cell"]], n, y, fit.coefficients)
        except ArithmeticError:
            return None

    def refit(self, cells: Cells) -> Refit:
        """Fit cells as the page does: parts, separated levels, and levels with enough students."""
        settings = self.source.study.settings.models
        cells, fit, _ = fit_what_can_be(cells, settings, binomial)
        return Refit(cells, fit, level_counts(cells, settings))

    def specification(self, outcome: str, words: str, cells: Cells) -> Specification:
        """Fit cells and compare their levels, or say why it cannot be done."""
        if outcome == "chronic" and self.together:
            cells = cells.together(self.together)
        try:
            return Specification(outcome, words, self.refit(cells).contrasts())
        except UserError as error:
            return Specification.none(outcome, words, error.problems[0].seen)


def compared(drivers: Sequence[str]) -> str:
    """Name what checks compare: grades, schools where there is one grade; '' where there is one of both."""
    return next((driver for driver in PAIR if driver in drivers), "")


def contrasts_of(fit: Fit, covariance: Covariance, counts: pd.DataFrame) -> pd.DataFrame:
    """Compare the levels of a model within their parts, as the page does; a level that is in no part is left out.

    Parameters
    ----------
    counts : `driver, level, students, enough, least` (`drivers.level_counts`).

    Returns
    -------
    DataFrame of `CONTRAST_COLUMNS`: the contrast is the adjusted rate less the part's own, as shares; none of a level
    that is alone in its part.
    """
    rated = rated_levels(fit, compared(fit.drivers), covariance, counts)
    return rated.loc[rated["component"] > 0, CONTRAST_COLUMNS].reset_index(drop=True)


def point_contrasts(fit: Fit) -> "pd.Series[float]":
    """Compare levels without intervals: the contrast of each."""
    levels: dict[str, float] = {}
    for _, rated in standardised_parts(fit, compared(fit.drivers)):
        levels |= dict(zip(rated.levels, rated.contrasts.tolist(), strict=True))
    return pd.Series(levels)


def fitted_again(
    fit: BinomialFit, cells: pd.DataFrame, drivers: tuple[str, ...], component: Ints
) -> BinomialFit | None:
    """Fit other cells of a model; None where nothing is left to compare, or a level has no finite coefficient."""
    try:
        again = fit_binomial(cells, drivers, component, fit.outcome)
    except UserError:
        return None
    return None if again.separated.any() else again


def smallest_and_largest(own: DriverModel, words: str, fits: Iterable[Fit | None]) -> tuple[Specification, ...]:
    """Keep each level's smallest and largest contrast over many fits; they are points without intervals.

    Parameters
    ----------
    own : the page's model of the outcome.
    fits : None where one has no answer.
    """
    points = [point_contrasts(fit) for fit in fits if fit is not None]
    outcome, rates = own.fit.outcome, own.adjusted_rates
    if not points:
        return (Specification.none(outcome, words, later("Nothing is left to compare when one is taken away.")),)
    whole = pd.DataFrame(points)
    page = rates[(rates["driver"] == compared(own.fit.drivers)) & rates["level"].isin(whole.columns)].assign(
        contrast_low=np.nan, contrast_high=np.nan
    )
    return tuple(
        Specification(outcome, f"{words}, {which}", page.assign(contrast=page["level"].map(values))[CONTRAST_COLUMNS])
        for which, values in (("smallest", whole.min()), ("largest", whole.max()))
    )
