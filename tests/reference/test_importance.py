"""07_importance: deviances of all subsets and their Shapley shares."""

from collections.abc import Mapping
from itertools import combinations
from math import factorial

import pytest
from known_data import ALL_DRIVERS, MAIN, agree, day_cells, fitted, frame, grain, needs_reference, value

from analysis.models.binomial import fit_binomial
from analysis.models.importance import Subset, subset_fits

pytestmark = needs_reference
FILE = "07_importance"


def shapley(deviances: Mapping[Subset, float]) -> dict[str, float]:
    """Share out the deviance that all drivers explain.

    Parameters
    ----------
    deviances : of the model with each subset of the drivers, the empty one among them.

    Returns
    -------
    dict of deviance by driver; its sum is deviance(none) - deviance(all).
    """
    drivers = sorted(frozenset().union(*deviances))
    count = len(drivers)
    value = {}
    for driver in drivers:
        others = [other for other in drivers if other != driver]
        value[driver] = sum(
            factorial(size) * factorial(count - size - 1) / factorial(count)
            * (deviances[frozenset(chosen)] - deviances[frozenset((*chosen, driver))])
            for size in range(count)
            for chosen in combinations(others, size)
        )  # fmt: skip
    return value


def all_subsets(drivers: tuple[str, ...]) -> list[Subset]:
    """List the 2^k subsets of the drivers."""
    return [frozenset(chosen) for size in range(len(drivers) + 1) for chosen in combinations(drivers, size)]


@pytest.mark.parametrize(
    ("part", "where", "drivers"),
    [("main", MAIN, ALL_DRIVERS), ("district", "TRUE", ALL_DRIVERS), ("main.three_drivers", MAIN, ALL_DRIVERS[:3])],
)
def test_shapley(part, where, drivers):
    fits = subset_fits(fitted(day_cells(drivers, where), parts=part == "district"), all_subsets(drivers))
    for row in frame(FILE, f"{part}.deviances").to_dict("records"):
        fit = fits[frozenset(row["subset"].split(" + ")) - {""}]
        ours = [fit.deviance, len(fit.coefficients)]
        agree(FILE, f"{part}.deviances", ours, [row["deviance"], row["parameters"]])
    value_of = shapley({subset: fit.deviance for subset, fit in fits.items()})
    explained, null = sum(value_of.values()), fits[frozenset()].deviance
    for row in frame(FILE, f"{part}.shapley").to_dict("records"):
        driver = row["driver"]
        alone = null - fits[frozenset({driver})].deviance
        last = fits[frozenset(drivers) - {driver}].deviance - fits[frozenset(drivers)].deviance
        ours = [value_of[driver], value_of[driver] / explained, value_of[driver] / null, alone, last]
        columns = (
            "shapley_deviance",
            "share_of_explained",
            "share_of_null_deviance",
            "alone_deviance",
            "last_deviance",
        )
        for mine, column in zip(ours, columns, strict=True):
            agree(FILE, f"{part}.shapley", [mine], [row[column]])


@pytest.mark.parametrize(("part", "where"), [("main", MAIN), ("district", "TRUE")])
def test_null_deviance_of_days(part, where):
    table = grain("days_absent", where)
    fit = fit_binomial(table, (), table.index.to_numpy() * 0 + 1)
    agree(
        FILE,
        f"{part}.student_day_null_deviance",
        [fit.null_deviance],
        [value(FILE, f"{part}.student_day_null_deviance")],
    )
