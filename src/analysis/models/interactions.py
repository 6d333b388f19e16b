"""Do two drivers act apart? Score tests of interactions: the season by level of school, the grade by school.

A score test asks whether the residuals of the page's own model still go with pairs of levels. It needs no larger fit,
and its variance is that of the model without the interaction, clustered by student (and date, for the season): a Wald
test of the larger model rejects a true model in 9 to 50 % of districts at 5 %, this one in 5 to 9 %, and in very small
districts hardly ever (benchmarks/shares.py). A test by student alone takes a snow day of one level for its season.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from analysis.measures.cells import Cells, Cluster
from analysis.models.binomial import BinomialFit
from analysis.models.covariance import Covariance, assembled, squared_residuals
from analysis.models.design import Array
from analysis.models.joint import JointTest
from analysis.models.parts import PAIR

JOINT_COLUMNS = ["outcome", "driver", "statistic", "df", "p_value"]
INDEPENDENT = 1e-9
"""Directions with less information than this share of the largest are told already by the drivers alone."""


def interaction_tests(fit: BinomialFit, cells: Cells, kinds: Mapping[str, str], kind: str) -> pd.DataFrame:
    """Test grade by school within parts and, where there are months, kind of school (or of grade) by month.

    Parameters
    ----------
    fit : the model without interactions.
    cells : the same cells.
    kinds : kind of each level of school, or of grade: its band; a level without one is not in the test.
    kind : what that is called.

    Returns
    -------
    DataFrame `outcome, driver, statistic, df, p_value`; the driver is such as 'grade_level:school_id'. A row for each
    interaction that these cells can tell from its two drivers.
    """
    pairs = {}
    if set(PAIR) <= set(fit.drivers):
        within = fit.component > 0
        pairs[":".join(PAIR)] = (fit.cells[PAIR[0]] + "|" + fit.cells[PAIR[1]]).where(within, "")
    of = next((driver for driver in PAIR if set(kinds) & set(fit.design.levels.get(driver, ()))), "")
    if "month" in fit.drivers and of:
        group = fit.cells[of].map(kinds).fillna("")
        pairs[f"{kind}:month"] = (group + "|" + fit.cells["month"]).where(group != "", "")
    rows = []
    for name, labels in pairs.items():
        by: tuple[Cluster, ...] = ("student_id", "date") if name.endswith("month") else ("student_id",)
        test = score_test(fit, cells, labels, by)
        if test.df:
            rows.append((fit.outcome, name, test.statistic, test.df, test.p_value))
    return pd.DataFrame(rows, columns=JOINT_COLUMNS)


def score_test(fit: BinomialFit, cells: Cells, labels: pd.Series, clusters: tuple[Cluster, ...]) -> JointTest:
    """Test that the model needs no coefficient for each of some labels of its cells.

    Parameters
    ----------
    fit : the model.
    cells : the same cells.
    labels : (cells,) text; '' is no label.
    clusters : 'student_id', and 'date' where a label is about dates.

    Returns
    -------
    Chi squared on the labels that the model cannot tell already; no df where it can tell them all.
    """
    names = [name for name in sorted(labels.unique()) if name]
    X, W = fit.design.matrix, fit.weights[:, None]
    Z = np.array([labels == name for name in names], dtype=np.float64).reshape(len(names), len(labels)).T
    turned = fit.bread @ X.T @ (W * Z)
    rest = Z - X @ turned
    information = rest.T @ (W * rest)
    values, vectors = np.linalg.eigh(information)
    basis = vectors[:, values > INDEPENDENT * np.diag(Z.T @ (W * Z)).max(initial=1.0)]
    if not basis.shape[1]:
        return JointTest(np.nan, 0, np.nan)
    score = basis.T @ (rest.T @ (fit.y - fit.n * fit.fitted))
    labelled = replace(cells, table=cells.table.assign(label=labels.to_numpy()))
    meats = [_meat(fit, labelled, names, turned, cluster) for cluster in clusters]
    extra = None if len(meats) == 1 else meats[1] - rest.T @ (rest * squared_residuals(fit)[:, None])
    try:
        covariance = Covariance(meats[0], extra).of(basis.T)
        statistic = float(score @ np.linalg.solve(covariance, score))
    except np.linalg.LinAlgError:
        return JointTest(np.nan, len(score), np.nan)
    return JointTest(statistic, len(score), float(stats.chi2.sf(statistic, len(score))))


def _meat(fit: BinomialFit, cells: Cells, names: list[str], turned: Array, cluster: Cluster) -> Array:
    """Give (labels, labels) the sum over clusters of w w', w their scores of the labels with the drivers' taken out."""
    products = cells.products(fit.fitted, cluster, (*fit.drivers, "label"))
    terms, sums = assembled(products)
    loads = np.array([[float(term == ("label", name)) for term in terms] for name in names])
    loads = loads - turned.T @ fit.design.loadings(terms)
    return np.asarray(loads @ sums @ loads.T) * products.clusters / max(products.clusters - 1, 1)
