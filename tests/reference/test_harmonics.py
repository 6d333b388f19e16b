"""06_season: waves of the calendar year; R's smooths are another model and are not matched."""

import numpy as np
import pytest
from harmonics import harmonic_contrasts, harmonics, yearly_wave
from known_data import (
    MAIN,
    agree,
    covariance,
    day_cells,
    error_columns,
    frame,
    grain,
    needs_reference,
    one_part,
    value,
)

from analysis.models.binomial import fit_binomial
from analysis.models.joint import wald

pytestmark = needs_reference
FILE = "06_season"
DRIVERS = ("grade_level", "school_id", "weekday")
WITH_DATE = (*DRIVERS, "date")


def terms_of_r(fit):
    """Name the terms as R does: a wave is `sin(2 * pi * day_of_year/365.25)`."""
    waves = [f"{name}({2 * wave} * pi * day_of_year/365.25)" for wave in (1, 2) for name in ("sin", "cos")]
    plain = [term.replace("[", "").replace("]", "") for term in fit.design.terms]
    first = len(plain) - len(fit.design.numeric)
    return [*plain[:first], *waves[: len(fit.design.numeric)]]


def waved(table, number):
    return fit_binomial(table, DRIVERS, one_part(table), numeric=harmonics(table["date"], number))


@pytest.mark.parametrize("number", [1, 2])
def test_harmonics(number):
    cells = day_cells(WITH_DATE, MAIN)
    fit = waved(cells.table, number)
    student_dates = waved(grain(f"student_id, {', '.join(WITH_DATE)}", MAIN), number)
    key = f"harmonic_{number}.fit"
    theirs = value(FILE, key)
    rate = float(fit.n @ fit.fitted / fit.n.sum())
    aic = 2 * len(fit.coefficients) - 2 * student_dates.log_likelihood
    ours = {
        "rows": len(student_dates.cells), "parameters": len(fit.coefficients), "deviance": student_dates.deviance,
        "null_deviance": student_dates.null_deviance, "df_residual": student_dates.df_residual,
        "log_likelihood": student_dates.log_likelihood, "aic": aic, "pearson_chi2": student_dates.pearson,
        "pearson_dispersion": student_dates.pearson / student_dates.df_residual, "fitted_rate": rate,
    }  # fmt: skip
    agree(FILE, key, list(ours.values()), [theirs[name] for name in ours])

    key = f"harmonic_{number}.coefficients"
    theirs = frame(FILE, key).set_index("term").loc[terms_of_r(fit)]
    agree(FILE, key, fit.coefficients, theirs["estimate"])
    agree(FILE, key, np.sqrt(np.diag(fit.bread)), theirs["se_model"])
    with_date = (*DRIVERS, "date")
    for name, error in error_columns(cells, fit, len(student_dates.cells), drivers=with_date).items():
        agree(FILE, key, error, theirs[f"se_student_{name}"], 3e-8)

    key = f"harmonic_{number}.season_wald_student_hc0"
    matrix = covariance(cells, fit, drivers=with_date)
    test, theirs = wald(fit, matrix, harmonic_contrasts(fit)), value(FILE, key)
    agree(FILE, key, [test.statistic, test.df, test.p_value], [theirs["chi2"], theirs["df"], theirs["p"]], 1e-7)
    if number == 1:
        key, wave = "harmonic_1.amplitude_and_peak", yearly_wave(fit, matrix)
        ours = [wave.amplitude, wave.amplitude_std_error, wave.peak, wave.peak_std_error]
        theirs = value(FILE, key)
        names = ("amplitude_log_odds", "amplitude_se", "peak_day_of_year", "peak_se_days")
        agree(FILE, key, ours, [theirs[name] for name in names])
