"""Do two drivers act apart? Score tests of interactions: the season by level of school, the grade by school.

A score test asks whether the residuals of the model without an interaction still go with pairs of levels. It needs no
larger fit, and its variance is that of the smaller model, clustered by student (and date, for the season): a Wald test
of the larger model rejects a true model in 9 to 50 % of districts at 5 %, this one in 5 to 9 %, and in very small
districts hardly ever (benchmarks/shares.py). A test by student alone takes a snow day of one level for its season.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import stats

from analysis import engine
from analysis.arrays import Array
from analysis.measures.cells import Cells, Cluster
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.covariance import Covariance, assembled, squared_residuals
from analysis.models.joint import JOINT_COLUMNS, JointTest
from analysis.vocabulary import PAIR

INDEPENDENT = 1e-9
"""Directions with less information than this share of the largest are told already by the drivers alone."""


def interaction_tests(fit: BinomialFit, cells: Cells, kinds: Mapping[str, str], kind: str) -> pd.DataFrame:
    """Test grade by school within parts and, where there are months, kind of school (or of grade) by month.

    Other drivers of the season are left out: students of all levels share the calendar.

    Parameters
    ----------
    fit : the page's model.
    cells : the same cells.
    kinds : kind of each level of school, or of grade: its band; a level without one is not in the test.
    kind : what that is called.

    Returns
    -------
    DataFrame `outcome, driver, statistic, df, p_value`; the driver is such as 'grade_level:school_id'. A row for each
    interaction that these cells can tell from its two drivers.
    """
    who = tuple(driver for driver in PAIR if driver in fit.drivers)
    tests = {}
    if who == PAIR:
        with summed(fit, cells, who) as (small, by_student, _):
            labels = (small.cells[PAIR[0]] + "|" + small.cells[PAIR[1]]).where(small.component > 0, "")
            tests[":".join(PAIR)] = score_test(small, labels, by_student)
    of = next((driver for driver in who if set(kinds) & set(fit.design.levels[driver])), "")
    if "month" in fit.drivers and of:
        with summed(fit, cells, (*who, "month"), dates=True) as (small, by_student, by_date):
            group = small.cells[of].map(kinds).fillna("")
            labels = (group + "|" + small.cells["month"]).where(group != "", "")
            tests[f"{kind}:month"] = score_test(small, labels, by_student, by_date)
    rows = [(fit.outcome, name, test.statistic, test.df, test.p_value) for name, test in tests.items() if test.df]
    return pd.DataFrame(rows, columns=JOINT_COLUMNS)


@contextmanager
def summed(
    fit: BinomialFit, cells: Cells, drivers: tuple[str, ...], *, dates: bool = False
) -> Iterator[tuple[BinomialFit, Cells, Cells | None]]:
    """Fit fewer drivers on cells summed over the others, their rows summed by student, and (`dates`) by date."""
    by = cells.table.assign(component=fit.component).groupby([*drivers, "component"], as_index=False)
    table = by[["n", "y", "yy", "yn", "nn"]].sum()
    small = fit_binomial(table, drivers, table["component"].to_numpy(), fit.outcome)
    rows = cells.matched()
    clusters = ("student_id", "date") if dates else ("student_id",)
    days = [nw.col(name).sum().cast(nw.Int64) for name in ("n", "y")]
    with ExitStack() as held:
        sums = [held.enter_context(engine.held(rows.group_by(cluster, *drivers).agg(*days))) for cluster in clusters]
        both = [replace(cells, drivers=drivers, table=table, rows=one, sums={}) for one in sums]
        yield small, both[0], both[1] if dates else None


def score_test(
    fit: BinomialFit, labels: "pd.Series[str]", by_student: Cells, by_date: Cells | None = None
) -> JointTest:
    """Test that the model needs no coefficient for each of some labels of its cells.

    Parameters
    ----------
    fit : the model.
    labels : (cells,) text; '' is no label.
    by_student : the same cells; rows have `student_id`.
    by_date : the same cells, where a label is about dates; rows have `date`.

    Returns
    -------
    Chi squared on the labels that the model cannot tell already; no df where it can tell them all.
    """
    names = [name for name in sorted(labels.unique()) if name]
    X, W = fit.design.matrix, fit.weights[:, None]
    Z = np.array([labels == name for name in names], dtype=np.float64).reshape(len(names), len(labels)).T
    turned = fit.bread @ X.T @ (W * Z)
    rest = Z - X @ turned
    values, vectors = np.linalg.eigh(rest.T @ (W * rest))
    basis = vectors[:, values > INDEPENDENT * (W.T @ Z).max(initial=1.0)]
    if not basis.shape[1]:
        return JointTest(np.nan, 0, np.nan)
    score = basis.T @ (rest.T @ (fit.y - fit.n * fit.fitted))
    own, extra = _meat(fit, _labelled(by_student, labels), "student_id", turned), None
    if by_date is not None:
        both = rest.T @ (rest * squared_residuals(fit)[:, None])
        extra = _meat(fit, _labelled(by_date, labels), "date", turned) - both
    try:
        statistic = float(score @ np.linalg.solve(Covariance(own, extra).of(basis.T), score))
    except np.linalg.LinAlgError:
        return JointTest(np.nan, len(score), np.nan)
    return JointTest(statistic, len(score), float(stats.chi2.sf(statistic, len(score))))


def _labelled(cells: Cells, labels: "pd.Series[str]") -> Cells:
    return replace(cells, table=cells.table.assign(label=labels.to_numpy()))


def _meat(fit: BinomialFit, cells: Cells, cluster: Cluster, turned: Array) -> Array:
    """Give (labels, labels) the sum over clusters of w w', w their scores of the labels with the drivers' taken out."""
    products = cells.products(fit.fitted, cluster, (*fit.drivers, "label"))
    terms, sums = assembled(products)
    names = sorted({level for driver, level in terms if driver == "label" and level})
    loads = np.array([[float(term == ("label", name)) for term in terms] for name in names])
    loads = loads - turned.T @ fit.design.loadings(terms)
    return np.asarray(loads @ sums @ loads.T) * products.clusters / max(products.clusters - 1, 1)
