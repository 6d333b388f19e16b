"""The year at each level of school: months against the year of the same level, grade and school held."""

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.arrays import Flags
from analysis.measures.cells import Cells
from analysis.models.adjusted import ADJUSTED_COLUMNS, rated_levels
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.covariance import clustered_by_student_and_date
from analysis.models.drivers import DriverModel, distinct
from analysis.models.interactions import summed
from analysis.models.tables import stacked
from analysis.problems import UserError
from analysis.study import Models
from analysis.vocabulary import PAIR

MONTHS_COLUMNS = ["school_level", *ADJUSTED_COLUMNS]


def months_by_level(model: DriverModel, levels: Mapping[str, str], settings: Models) -> pd.DataFrame:
    """Fit grade, school and month to the schools of each level, as the test of level by month does to all together.

    Parameters
    ----------
    model : of absence, with months.
    levels : level of each school.
    settings : least students and dates of a range.

    Returns
    -------
    DataFrame `school_level` and the columns of `adjusted_rates` with a row a level and month, clustered by student and
    by date; empty where months, schools or a second level are missing. A level without an answer has no rows.
    """
    tables: list[pd.DataFrame] = []
    who = tuple(driver for driver in (*PAIR, "month") if driver in model.fit.drivers)
    of_school = model.fit.cells.get("school_id", pd.Series(dtype=str)).map(levels)
    if "month" not in who or of_school.nunique() < 2:
        return pd.DataFrame(columns=MONTHS_COLUMNS)
    with summed(model.fit, model.cells, who, dates=True) as (small, *clusters):
        of_cell = small.cells["school_id"].map(levels)
        for level in sorted(of_cell.dropna().unique()):
            keep = (of_cell == level).to_numpy()
            try:
                table = _months(small, keep, [cells.only(keep) for cells in clusters if cells], settings)
            except UserError:  # a model of this level alone has no answer
                continue
            tables.append(table.assign(school_level=level))
    return stacked(tables, MONTHS_COLUMNS)[MONTHS_COLUMNS]


def _months(small: BinomialFit, keep: Flags, clusters: Sequence[Cells], settings: Models) -> pd.DataFrame:
    """Rate the months of some cells, given the same cells with rows by student and by date."""
    by_student, by_date = clusters
    fit = fit_binomial(by_student.table, small.drivers, small.component[keep], small.outcome)
    sums = (
        by_student.products(fit.fitted, "student_id", fit.drivers),
        by_date.products(fit.fitted, "date", fit.drivers),
    )
    counts = distinct(by_student, ("month",)).merge(distinct(by_date, ("month",), {"dates": "date"}), on="month")
    few = (counts["students"] < settings.minimum_students) | (counts["dates"] < settings.minimum_dates)
    counts = counts.rename(columns={"month": "level"}).assign(driver="month", enough=~few, least=settings.minimum_dates)
    return rated_levels(fit, "month", clustered_by_student_and_date(fit, *sums), counts)
