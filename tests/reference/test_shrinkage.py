"""05_schools: school coefficients and rates, and their classical shrinkage."""

import numpy as np
import pytest
from known_data import (
    MAIN,
    REFERENCE,
    agree,
    claim_of,
    covariance,
    day_cells,
    fitted,
    frame,
    needs_reference,
    results,
    root_of_r,
    value,
)
from plug_in import between_variance, shrunk

from analysis.models.standardise import standardise

pytestmark = needs_reference
FILE = "05_schools"
METHODS = {"dl": "DL", "pm": "PM", "reml": "REML", "ml": "ML"}


def estimates(name):
    if name.startswith("case."):
        case = value(FILE, "cases")[name.removeprefix("case.")]
        return np.array(case["y"], dtype=float), np.array(case["v"], dtype=float)
    table = frame(FILE, f"{name}.input")
    return table["y"].to_numpy(), table["v"].to_numpy()


def keys():
    ends = tuple(f".{method}" for method in METHODS)
    names = results(FILE) if REFERENCE.exists() else ()
    return [key for key in names if key.endswith(ends) and claim_of(FILE, key)[0]["state"] == "compared"]


@pytest.mark.parametrize("key", keys())
def test_shrinkage(key):
    name, method = key.rsplit(".", 1)
    y, v = estimates(name)
    theirs = value(FILE, key)
    tolerance = {"dl": 1e-8, "pm": root_of_r(theirs["tau2"])}.get(method, 1e-6)
    ours = shrunk(y, v, between_variance(y, v, METHODS[method]))
    agree(FILE, key, [ours.tau2, ours.mu, ours.mu_se], [theirs[x] for x in ("tau2", "mu", "mu_se")], tolerance)
    pairs = (
        ("weight", "shrinkage_weight"),
        ("mean", "posterior_mean"),
        ("sd", "posterior_sd"),
        ("sd_naive", "posterior_sd_naive"),
    )
    for mine, other in pairs:
        agree(FILE, key, getattr(ours, mine), theirs[other], tolerance)
    if method == "dl":
        by_hand = f"{name}.dl_by_hand"
        if by_hand in results(FILE):
            agree(FILE, by_hand, [ours.tau2], [value(FILE, by_hand)])


def test_what_is_shrunk():
    cells = day_cells(where=MAIN)
    fit = fitted(cells)
    matrix = covariance(cells, fit)
    schools = fit.design.levels["school_id"]
    unit = np.zeros((len(schools), len(fit.coefficients)))
    for place, school in enumerate(schools[1:], 1):
        unit[place, fit.design.columns["school_id", school]] = 1
    centred = unit - unit.mean(axis=0)
    agree(FILE, "school_log_odds.input", centred @ fit.coefficients, frame(FILE, "school_log_odds.input")["y"])
    agree(FILE, "school_log_odds.input", matrix.variances(centred), frame(FILE, "school_log_odds.input")["v"], 3e-8)
    rated = standardise(fit, "school_id", np.ones(len(fit.cells), dtype=bool))
    agree(FILE, "school_rates.input", rated.rates, frame(FILE, "school_rates.input")["y"])
    agree(FILE, "school_rates.input", matrix.variances(rated.gradients), frame(FILE, "school_rates.input")["v"], 3e-8)


@pytest.mark.parametrize("name", ["school_log_odds", "school_rates"])
def test_paule_mandel_solves_its_equation(name):
    """Q(tau2) = k - 1. R's root of school_rates is off by 0.36 there: its absolute tolerance, 1e-4, is near tau2."""
    y, v = estimates(name)
    w = 1 / (v + between_variance(y, v, "PM"))
    assert w @ (y - w @ y / w.sum()) ** 2 == pytest.approx(len(y) - 1, rel=1e-10)
