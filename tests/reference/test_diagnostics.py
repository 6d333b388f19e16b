"""11_diagnostics: overdispersion at each grain, design effects."""

import numpy as np
import pytest
from known_data import (
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
