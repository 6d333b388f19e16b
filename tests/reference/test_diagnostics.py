"""11_diagnostics: overdispersion at each grain, design effects, intraclass correlations."""

import numpy as np
import pandas as pd
import pytest
from intraclass import intraclass
from known_data import (
    ALL_DRIVERS,
    MAIN,
    agree,
    covariance,
    day_cells,
    fitted,
    frame,
    grain,
    needs_reference,
    one_part,
    r_term,
    value,
)

from analysis.models.binomial import fit_binomial

pytestmark = needs_reference
FILE = "11_diagnostics"
THREE = ("grade_level", "school_id", "month")


@pytest.mark.parametrize(
    ("key", "by", "drivers"),
    [
        ("overdispersion.cells", "grade_level, school_id, month", THREE),
        ("overdispersion.student_months", "student_id, grade_level, school_id, month", THREE),
        ("overdispersion.student_years", "student_id, grade_level, school_id", THREE[:2]),
    ],
)
def test_overdispersion(key, by, drivers):
    table = grain(by, MAIN)
    fit, theirs = fit_binomial(table, drivers, one_part(table)), value(FILE, key)
    ours = [len(table), fit.pearson, fit.df_residual, fit.pearson / fit.df_residual, fit.deviance / fit.df_residual]
    names = ("rows", "pearson_chi2", "df_residual", "pearson_dispersion", "deviance_dispersion")
    agree(FILE, key, ours, [theirs[name] for name in names])


def test_design_effects():
    cells = day_cells(where=MAIN)
    fit = fitted(cells)
    key = "design_effect.by_coefficient"
    theirs = frame(FILE, key).set_index("term").loc[[r_term(term) for term in fit.design.terms]]
    ours = np.diag(covariance(cells, fit).matrix) / np.diag(fit.bread)
    agree(FILE, key, ours, theirs["ratio_of_variances"], 3e-8)


def compare_icc(key, sums):
    ours, theirs = intraclass(sums), value(FILE, key)
    numbers = [
        ours.correlation, ours.between, ours.within, ours.size, ours.clusters, ours.rows, ours.design_effect,
    ]  # fmt: skip
    names = ("icc", "ms_between", "ms_within", "n0", "clusters", "rows", "design_effect")
    agree(FILE, key, numbers, [theirs[name] for name in names])


@pytest.mark.parametrize(
    ("key", "by", "where"),
    [
        ("icc.student.district", "student_id", "TRUE"),
        ("icc.student.main", "student_id", MAIN),
        ("icc.school.district", "school_id", "TRUE"),
    ],
)
def test_days_of_one_cluster_are_alike(key, by, where):
    table = grain(by, where)
    compare_icc(key, pd.DataFrame({"count": table["n"], "total": table["y"], "squares": table["y"]}))  # 0/1 days


def test_residuals_of_one_student_are_alike():
    """Sums of Pearson residuals of 0/1 days follow from the days and absences of a student in a cell."""
    fit = fitted(day_cells(where=MAIN))
    table = grain(f"student_id, {', '.join(ALL_DRIVERS)}", MAIN)
    table = table.merge(fit.cells[list(ALL_DRIVERS)].assign(p=fit.fitted), on=list(ALL_DRIVERS))
    n, y, p = table["n"], table["y"], table["p"]
    sums = pd.DataFrame(
        {
            "count": n,
            "total": (y - n * p) / np.sqrt(p * (1 - p)),
            "squares": (y * (1 - p) ** 2 + (n - y) * p**2) / (p * (1 - p)),
        }
    )
    compare_icc("icc.student.main_pearson_residuals", sums.groupby(table["student_id"]).sum())
