"""The chronic model for readers from whom levels are hidden: what it says does not depend on what is hidden."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit
from small_district import cells_from

from analysis.measures.cells import TOGETHER, Cells
from analysis.models.drivers import DriverModel, fit_drivers
from analysis.models.interactions import interaction_tests
from analysis.models.model_checks import check_table, model_checks
from analysis.models.schools import school_effects
from analysis.models.together import fit_together, names_of, without_hidden
from analysis.study import Models
from analysis.vocabulary import PAIR

GRADES = ("01", "02", "03", "04")
Counts = Mapping[tuple[str, str], tuple[int, int]]
"""How many students there are and how many are chronic, by school and grade."""
HIDDEN = {"school_id": ("S5", "S6")}


def district(*, none: bool) -> Counts:
    """Seven schools: at S5 nobody is chronic, or three are, of as many who are not at S6, each of the same grade."""
    random = np.random.default_rng(4)
    counts = {}
    for school in range(7):
        for grade in range(4):
            students = int(random.integers(30, 60))
            counts[f"S{school}", GRADES[grade]] = (
                students,
                int(random.binomial(students, 0.1 + 0.03 * (school + grade))),
            )
    for place, grade in enumerate(GRADES):
        students, (others, chronic) = counts["S5", grade][0], counts["S6", grade]
        moved = int(not none and place < 3)
        counts["S5", grade], counts["S6", grade] = (students, moved), (others, chronic + 2 - moved)
    return counts


def cells_of(counts: Counts) -> Cells:
    rows = [
        (f"{school}-{grade}-{one}", school, grade, 1.0, float(one < chronic))
        for (school, grade), (students, chronic) in counts.items()
        for one in range(students)
    ]
    return cells_from(pd.DataFrame(rows, columns=["student_id", "school_id", "grade_level", "n", "y"]), PAIR, "chronic")


def fitted(counts: Counts, hidden: Mapping[str, tuple[str, ...]]) -> DriverModel:
    cells = cells_of(counts)
    names = names_of(cells, Models(), hidden)
    assert names is not None
    model = fit_together(cells, Models(), names)
    assert model is not None
    return model


def told(model: DriverModel) -> list[pd.DataFrame]:
    """List all tables that are made of a model, without what the gate hides: what was observed at the hidden levels."""
    rates, effects = model.adjusted_rates, school_effects(model, Models(), {}).table
    at_hidden = rates["adjusted_rate"].isna()
    assert sorted(rates.loc[at_hidden, "level"]) == ["S5", "S6"]
    rates = rates.assign(observed_rate=rates["observed_rate"].mask(at_hidden))
    effects = effects.assign(observed_rate=effects["observed_rate"].mask(effects["school_id"].isin(["S5", "S6"])))
    tests = interaction_tests(model.fit, model.cells, {}, "kind")
    checks = check_table(model_checks(model))
    return [rates, effects, tests, checks, model.joint_tests, model.coefficients, model.not_separable]


def test_what_is_said_is_the_same_to_the_last_digit_whether_a_hidden_school_has_none_or_three() -> None:
    """Left apart, S5 would be gone from the model, or its count could be tried out from the rates of the others."""
    none, three = (fitted(district(none=one), HIDDEN) for one in (True, False))
    for one, other in zip(told(none), told(three), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    apart = [fit_drivers(cells_of(district(none=one)), Models()).adjusted_rates for one in (True, False)]
    of_grades = [rates.loc[rates["driver"] == "grade_level", "adjusted_rate"].round(3) for rates in apart]
    assert not of_grades[0].equals(of_grades[1]), "the test can fail"


def test_rates_are_those_of_statsmodels_with_the_hidden_schools_as_one() -> None:
    counts = district(none=True)
    rows = pd.DataFrame(
        [
            (TOGETHER if school in HIDDEN["school_id"] else school, grade, *both)
            for (school, grade), both in counts.items()
        ],
        columns=["school_id", "grade_level", "n", "y"],
    )
    X = sm.add_constant(pd.get_dummies(rows[list(PAIR)], drop_first=True, dtype=float))
    fit = sm.GLM(np.column_stack([rows["y"], rows["n"] - rows["y"]]), X, family=sm.families.Binomial()).fit(tol=1e-12)
    model = fitted(counts, HIDDEN)
    rates = model.adjusted_rates.set_index(["driver", "level"])["adjusted_rate"].dropna()
    assert len(rates) == 4 + 5
    for driver, level in rates.index:
        there = X.copy()
        there[[name for name in X if name.startswith(driver)]] = 0.0
        if f"{driver}_{level}" in X:
            there[f"{driver}_{level}"] = 1.0
        assert rates[driver, level] == pytest.approx(np.average(expit(there @ fit.params), weights=rows["n"]), abs=1e-9)


def test_where_nothing_is_hidden_the_model_is_the_same() -> None:
    counts = {place: both for place, both in district(none=False).items() if place[0] != "S5"}
    one, other = fitted(counts, {}), fit_drivers(cells_of(counts), Models())
    for name in ("adjusted_rates", "coefficients", "joint_tests", "not_separable"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


def test_hidden_levels_are_listed_in_their_usual_places_and_the_one_that_they_are_is_not() -> None:
    model = fitted(district(none=True), {"school_id": ("S1", "S5"), "grade_level": ("02", "03")})
    rates = model.adjusted_rates
    assert rates["level"].tolist() == [*GRADES, *(f"S{school}" for school in range(7))]
    assert rates.loc[rates["adjusted_rate"].isna(), "level"].tolist() == ["02", "03", "S1", "S5"]
    assert set(rates["component"]) == {1}
    effects = without_hidden(school_effects(model, Models(), {}).table, "school_id")
    assert sorted(effects["school_id"]) == [f"S{school}" for school in range(7)]
    assert effects.loc[effects["expected_rate"].isna(), "school_id"].tolist() == ["S1", "S5"]


BY_TWO = {(f"S{school}", GRADES[2 * (school > 2) + place]): (60, 12) for school in range(6) for place in (0, 1)}
"""Two parts: S0 to S2 have the first two grades, S3 to S5 the others."""
FIRST, SECOND = (
    dict.fromkeys(schools, one) for schools, one in ((("S0", "S1"), "(hidden) 1"), (("S4", "S5"), "(hidden) 2"))
)


@pytest.mark.parametrize(
    ("counts", "hidden", "names"),
    [
        (BY_TWO, {"school_id": ("S0", "S1")}, {"school_id": dict.fromkeys(("S0", "S1"), TOGETHER)}),
        (BY_TWO, {"school_id": ("gone", "S0", "S1")}, {"school_id": dict.fromkeys(("S0", "S1"), TOGETHER)}),
        (BY_TWO, {"school_id": ("S0", "S1", "S4", "S5")}, {"school_id": FIRST | SECOND}),
        (
            BY_TWO,
            {"school_id": ("S0", "S1", "S4", "S5"), "grade_level": ("03", "04")},
            {"grade_level": dict.fromkeys(("03", "04"), "(hidden) 2"), "school_id": FIRST | SECOND},
        ),
        (BY_TWO, {"school_id": ("S0", "S1", "S4", "S5"), "grade_level": GRADES}, None),
        (BY_TWO, {"school_id": ("S0", "S1", "S5")}, None),
        (BY_TWO, {"school_id": ("S0",)}, None),
        (BY_TWO, {"grade_level": GRADES}, None),
        (BY_TWO | {("S2", "03"): (5, 1)}, {"school_id": ("S0", "S1", "S4", "S5")}, None),
        (
            BY_TWO | {("S2", "03"): (5, 1)},
            {"school_id": ("S0", "S1")},
            {"school_id": dict.fromkeys(("S0", "S1"), TOGETHER)},
        ),
    ],
)
def test_hidden_levels_are_one_where_that_is_a_sum_that_is_known(
    counts: Counts, hidden: Mapping[str, tuple[str, ...]], names: Mapping[str, Mapping[str, str]] | None
) -> None:
    """One alone is told by its part's sum, which is not known where students are in two parts, or both drivers hide."""
    assert names_of(cells_of(counts), Models(), hidden) == names


def test_a_model_that_leaves_out_who_is_at_a_level_of_none_is_not_made() -> None:
    counts = BY_TWO | {("S0", "01"): (60, 0), ("S0", "02"): (60, 0)}
    cells = cells_of(counts)
    assert fit_together(cells, Models(), {"school_id": {"S1": TOGETHER, "S2": TOGETHER}}) is None


def test_in_two_parts_too_what_is_said_does_not_depend_on_what_is_hidden() -> None:
    hidden = {"school_id": ("S0", "S1", "S4", "S5")}
    moved = {("S0", "01"): (60, 0), ("S1", "01"): (60, 24), ("S4", "03"): (60, 20), ("S5", "03"): (60, 4)}
    one, other = (fitted(counts, hidden) for counts in (BY_TWO, BY_TWO | moved))
    assert one.fit.parts == (1, 2)
    pd.testing.assert_frame_equal(one.coefficients, other.coefficients, check_exact=True)
    known = [model.adjusted_rates.dropna(subset="adjusted_rate") for model in (one, other)]
    assert known[0]["level"].tolist() == ["01", "02", "03", "04", "S2", "S3"]
    pd.testing.assert_frame_equal(*known, check_exact=True)
