"""07_importance: deviances of all subsets and their Shapley shares."""

import pytest
from known_data import ALL_DRIVERS, MAIN, agree, day_cells, fitted, frame, grain, needs_reference, value

from analysis.models.binomial import fit_binomial
from analysis.models.importance import all_subsets, shapley, subset_fits

pytestmark = needs_reference
FILE = "07_importance"


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
