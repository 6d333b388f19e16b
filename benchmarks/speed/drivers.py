"""The drivers' model with clustered errors on a city's year, against pandas and statsmodels on a third of it.

More than a third they cannot hold: they need 16 GB for it. Ours does that third too, beside the whole.
"""

import sys

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from districts import CITY, read
from measure import compare
from statsmodels.genmod.families import Binomial

from analysis import engine
from analysis.measures.outcomes import absence_cells
from analysis.models.binomial import fit_binomial
from analysis.models.covariance import clustered, clustered_by_student_and_date

THIRD = CITY // 3


def ours(students: int = CITY) -> str:
    """Canonical Parquet to coefficients with both covariances."""
    cells = absence_cells(read(students))
    fit = fit_binomial(cells.table, cells.drivers, np.ones(len(cells.table), dtype=np.int64))
    by_student = cells.products(fit.fitted, "student_id")
    clustered(fit, by_student)
    both = clustered_by_student_and_date(fit, by_student, cells.products(fit.fitted, "date"))
    number = fit.design.columns["weekday", "Friday"]
    error = float(np.sqrt(both.variances(np.eye(len(fit.coefficients))[[number]])[0]))
    return f"{cells.table['n'].sum():,.0f} days, Friday {fit.coefficients[number]:.6f} ({error:.6f})"


def peer() -> str:
    """The same Parquet in pandas, a GLM of days with statsmodels' covariances by student, and by student and date."""
    records = read(THIRD)
    days = engine.table(f"FROM '{records.path}'")
    days = days[(days["days_enrolled"] > 0) & (days["grade_level"] != "PK")].merge(
        records.calendar[["date", "near_break"]]
    )
    days["month"], days["weekday"] = days["date"].str[:7], pd.to_datetime(days["date"]).dt.day_name()
    order = pd.CategoricalDtype(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"])
    days["weekday"], days["y"] = days["weekday"].astype(order), days["days_absent"] / days["days_enrolled"]
    formula = "y ~ C(grade_level) + C(school_id) + C(month) + C(weekday) + C(near_break, Treatment('other'))"
    model = smf.glm(formula, days, family=Binomial())
    student, date = (pd.factorize(days[name])[0] for name in ("student_id", "date"))
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": student})
    by_both = {"groups": np.column_stack([student, date])}
    both = model.fit(start_params=fit.params, cov_type="cluster", cov_kwds=by_both)  # it is there after a step
    name = next(name for name in both.params.index if "Friday" in name)
    return f"{len(days):,} days, Friday {both.params[name]:.6f} ({both.bse[name]:.6f})"


if __name__ == "__main__":
    if len(sys.argv) == 1:
        read(CITY), read(THIRD)
    parts = {"ours, 3.5 M days": ours, "ours, a third": lambda: ours(THIRD), "statsmodels, a third": peer}
    compare(__file__, parts)
