"""Errors by student and by date are those of R's sandwich, and never under those by student (R 4.2.2, sandwich 3.0.2).

On 40 students and 30 dates that a formula makes, so that R has them too:

    d <- expand.grid(s=0:39, d=0:29)
    d$y <- as.integer((d$s*37 + d$d*101 + d$s*d$d*17 + d$s*d$s*5) %% 97 < 15 + 9*(d$d %% 7 == 3) - 8*(d$d %% 7 == 5)
      + 6*(d$s %% 3 == 0) + 5*(d$d %% 5 == 4))
    d$school <- factor(d$s %% 4); d$weekday <- factor(d$d %% 5)
    f <- glm(y ~ school + weekday, binomial, d, epsilon=1e-14)
    V <- vcovCL(f, cluster=d[, c("s", "d")], type="HC0", cadjust=TRUE, multi0=TRUE)
    S <- vcovCL(f, cluster=d$s, type="HC0", cadjust=TRUE)
"""

import numpy as np
import pandas as pd
import pytest

from analysis import engine
from analysis.measures.cells import cells_of
from analysis.models.binomial import fit_binomial
from analysis.models.covariance import clustered_by_student_and_date

BY_STUDENT = {"1": 0.1782745169, "2": 0.2005298973, "3": 0.2877454253, "4": 0.2389891631}
BY_BOTH = {"1": 0.1630766625, "2": 0.2242441422, "3": 0.2995745886, "4": 0.2433472315}


def test_errors_by_student_and_date():
    s, d = (part.ravel() for part in np.meshgrid(np.arange(40), np.arange(30), indexing="ij"))
    line = 15 + 9 * (d % 7 == 3) - 8 * (d % 7 == 5) + 6 * (s % 3 == 0) + 5 * (d % 5 == 4)
    absent = (s * 37 + d * 101 + s * d * 17 + s * s * 5) % 97 < line
    rows = pd.DataFrame({"student_id": s, "date": d, "school_id": s % 4, "weekday": d % 5}).astype(str)
    engine.register("two_way", rows.assign(n=1000, y=1000 * absent.astype("int64")))
    cells = cells_of("absence", engine.lazy("FROM two_way"), ("school_id", "weekday"), 1000, dated=True)
    fit = fit_binomial(cells.table, cells.drivers, np.ones(len(cells.table), dtype=np.int64), "absence")
    products = [cells.products(fit.fitted, cluster, fit.drivers) for cluster in ("student_id", "date")]
    covariance = clustered_by_student_and_date(fit, *products)
    units = np.array([fit.design.unit("weekday", level) for level in BY_BOTH])
    known = [max(BY_STUDENT[level], BY_BOTH[level]) for level in BY_BOTH]
    assert np.sqrt(covariance.variances(units)) == pytest.approx(known, rel=1e-8)
    assert units @ fit.coefficients == pytest.approx([0.12866978732, 0.09754363033, 0.35737576118, 0.62843044145])
    assert np.sqrt(np.diag(units @ (covariance.matrix + covariance.extra) @ units.T)) == pytest.approx(
        list(BY_BOTH.values()), rel=1e-8
    )
