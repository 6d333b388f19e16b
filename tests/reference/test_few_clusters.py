"""02_binomial, clustered by school: CR2 with Satterthwaite's degrees of freedom."""

import numpy as np
from known_data import MAIN, agree, day_cells, frame, needs_reference, one_part, r_term

from analysis.models.binomial import fit_binomial
from analysis.models.few_clusters import bias_reduced

pytestmark = needs_reference
FILE = "02_binomial"


def test_without_school():
    cells = day_cells(where=MAIN)
    fit = fit_binomial(cells.table, ("grade_level", "month", "weekday"), one_part(cells.table))
    reduced, unit = bias_reduced(fit, cells.table["school_id"].to_numpy()), np.eye(len(fit.coefficients))
    key = "main.by_school.without_school_cr2"
    theirs = frame(FILE, key).set_index("term").loc[[r_term(term) for term in fit.design.terms]]
    agree(FILE, key, fit.coefficients, theirs["estimate"])
    agree(FILE, key, np.sqrt(reduced.variances(unit)), theirs["se_school_cr2"])
    agree(FILE, key, reduced.satterthwaite(unit), theirs["df_satterthwaite"])
