"""What can be told apart: minimum cuts, thin links whose days stay, and small districts of every shape."""

from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from small_district import cells_from, student_days, student_years

from analysis.models import fit_drivers, school_effects
from analysis.models.cuts import minimum_cut, tied
from analysis.models.parts import find_parts
from analysis.models.sentences import INSEPARABLE, NONE_OR_ALL, too_few_link, too_few_schools
from analysis.problems import UserError
from analysis.study import Models
from analysis.vocabulary import PAIR

LINKED = {"A": {"01": 60, "02": 60, "03": 60}, "B": {"01": 60, "02": 60, "03": 60}}
HIGH = {"H": {"09": 60, "10": 60}, "J": {"09": 60, "10": 60}}
EMPTY = ["adjusted_rate", "contrast", "contrast_low", "p_value", "p_adjusted"]


def rated(sizes, seed=1, drivers=PAIR, **settings):
    model = fit_drivers(cells_from(student_years(sizes, seed), drivers), Models(**settings))
    return model, model.adjusted_rates.set_index("level"), model.not_separable.set_index("level")


@pytest.mark.parametrize("seed", range(30))
def test_classes_are_those_of_all_minimum_cuts(seed):
    random = np.random.default_rng(seed)
    grades, schools = 4, 5
    ends = np.array([(grade, grades + school) for grade in range(grades) for school in range(schools)])
    present = random.random(len(ends)) < 0.6
    ends, students = ends[present], random.integers(1, 25, present.sum())
    size = grades + schools
    label = tied(ends, students, size, 20)
    for one in range(size):
        for other in range(one):
            assert (label[one] == label[other]) == (minimum_cut(ends, students, one, other) >= 20)


def test_sixteen_hundred_schools_take_no_time():
    random = np.random.default_rng(1)
    ends = np.array([(grade, 13 + school) for school in range(1600) for grade in range(13) if random.random() < 0.5])
    begun = perf_counter()
    label = tied(ends, random.integers(1, 19, len(ends)), 1613, 20)
    assert perf_counter() - begun < 5
    assert (label[:13] == 0).all(), "no school has 20 students in a grade, and all grades are tied"


def test_several_small_links_tie_as_one_of_their_sum_does():
    spread = {**LINKED, "B": {"04": 60, "05": 60, "01": 7, "02": 7, "03": 6}}
    assert rated(spread)[0].fit.parts == (1,)
    spread["B"]["03"] = 5
    model, rates, lacking = rated(spread)
    assert model.fit.parts == (1, 2)
    assert rates.loc[["A", "B"], "component"].tolist() == [1, 2]
    assert lacking.loc[["01, B", "02, B", "03, B"], "reason"].eq(too_few_link(20)).all()


def test_schools_that_are_tied_to_nothing_do_not_tie_others():
    schools = {f"T{number:02}": {"03": 2, "09": 2} for number in range(12)}
    model, rates, lacking = rated({**LINKED, **HIGH, **schools})
    assert model.fit.parts == (1, 2), "24 students link grades 3 and 9, four in each of twelve schools"
    assert set(lacking.index) == set(schools)
    assert rates.loc["03", "days_enrolled"] == 180 * 144


def test_a_school_of_a_few_students_in_every_grade_is_compared():
    _, rates, lacking = rated({**LINKED, "T": {"01": 18, "02": 18, "03": 18}})
    assert lacking.empty
    assert np.isfinite(rates.loc["T", ["contrast", "contrast_low"]].astype(float)).all()
    assert rates["component"].eq(1).all()


def test_a_school_of_fewer_than_twenty_is_listed_and_its_days_stay():
    tiny = {"T": {"01": 6, "02": 6, "03": 6}}
    model, rates, lacking = rated({**LINKED, **tiny})
    assert lacking.loc["T"].tolist() == ["school_id", 0, too_few_link(20)]
    assert rates.loc["T", EMPTY].isna().all()
    assert rates.loc["T", "observed_rate"] > 0 and rates.loc["T", "component"] == 0
    assert model.cells.table["n"].sum() == 180 * (360 + 18)
    assert rates.loc["01", "days_enrolled"] == 180 * 126
    grades = model.adjusted_rates[model.adjusted_rates["driver"] == "grade_level"]
    against = grades["adjusted_rate"] - grades["contrast"]
    assert np.allclose(against, model.fit.y.sum() / model.fit.n.sum()), (
        "the part's own rate, the small school's days in it"
    )
    effects = school_effects(model, Models(), {}).table.set_index("school_id")
    assert set(effects.index) == {"A", "B", "T"}
    assert effects.loc["T", ["expected_rate", "shrunken_difference", "p_adjusted"]].isna().all()
    assert effects.loc["T", "observed_rate"] == rates.loc["T", "observed_rate"]


def test_thin_links_are_listed_stay_in_the_days_and_carry_no_comparison():
    sizes = {**LINKED, **HIGH}
    sizes["H"] = {**HIGH["H"], "03": 5}
    model, rates, lacking = rated(sizes)
    assert list(lacking.index) == ["03, H"] and lacking.loc["03, H", "reason"] == too_few_link(20)
    assert rates.loc["03", "days_enrolled"] == 180 * 125 and rates.loc["H", "days_enrolled"] == 180 * 125
    for driver, part, days in (
        ("grade_level", 1, 365),
        ("grade_level", 2, 240),
        ("school_id", 1, 360),
        ("school_id", 2, 245),
    ):
        rows = model.fit.rows_of(driver, part)
        assert model.fit.n[rows].sum() == 180 * days
        of_part = rates[(rates["driver"] == driver) & (rates["component"] == part)]
        observed = model.fit.y[rows].sum() / model.fit.n[rows].sum()
        assert np.allclose(of_part["adjusted_rate"] - of_part["contrast"], observed)
    without = {**LINKED, **HIGH}
    alone = rated(without)[1]
    assert np.allclose(
        rates.loc[["09", "10"], "contrast_std_error"], alone.loc[["09", "10"], "contrast_std_error"], rtol=0.1
    )


def test_no_coefficient_compares_two_parts():
    sizes = {**LINKED, **HIGH}
    sizes["H"] = {**HIGH["H"], "03": 1}
    model = rated(sizes, seed=2)[0]
    terms = set(model.coefficients["term"])
    assert terms == {
        "(Intercept)",
        "grade_level[02]",
        "grade_level[03]",
        "grade_level[10]",
        "school_id[B]",
        "school_id[J]",
    }
    assert model.coefficients["std_error"].max() < 0.5
    assert model.coefficients["estimate"].iloc[1:].abs().max() < 1.5


@pytest.mark.parametrize(
    ("sizes", "reasons"),
    [
        ({**LINKED, "P": {"PK": 60}}, {"P": INSEPARABLE, "PK": INSEPARABLE}),
        ({**LINKED, "P": {"PK": 12}}, {"P": too_few_link(20), "PK": too_few_link(20)}),
        ({"A": {"01": 60, "02": 60}, "B": {"02": 60}}, {}),
        ({"A": {"01": 60}, "B": {"01": 60, "02": 60}}, {}),
        ({"A": {"01": 60}, "B": {"02": 60}}, dict.fromkeys(("A", "B", "01", "02"), INSEPARABLE)),
    ],
)
def test_districts_of_every_shape_are_right_or_say_why(sizes, reasons):
    model, rates, lacking = rated(sizes)
    assert dict(lacking["reason"]) == reasons
    levels = sorted({*sizes, *(grade for grades in sizes.values() for grade in grades)})
    assert sorted(rates.index) == levels
    for level in levels:
        assert np.isnan(rates.loc[level, "contrast"]) == (level in reasons)
        assert 0.02 < rates.loc[level, "observed_rate"] < 0.3
    assert rates["contrast"].abs().max() < 0.2 or rates["contrast"].isna().all()
    assert model.coefficients["estimate"].abs().max() < 5


def test_two_schools_have_differences_and_no_ranks():
    model = rated({"A": {"01": 60, "02": 60}, "B": {"01": 60, "02": 60}})[0]
    effects = school_effects(model, Models(), {})
    assert effects.refused["reason"].tolist() == [too_few_schools(2)]
    assert effects.table["shrunken_difference"].isna().all() and effects.table["flag"].eq("").all()
    assert effects.table["observed_rate"].sub(effects.table["expected_rate"]).abs().max() < 0.05


@pytest.mark.parametrize("driver", PAIR)
def test_one_school_or_one_grade_needs_no_link(driver):
    sizes = {"A": {"01": 12, "02": 60, "03": 60}} if driver == "grade_level" else {"A": {"01": 12}, "B": {"01": 60}}
    _, rates, lacking = rated(sizes, drivers=(driver,))
    assert lacking.empty
    assert np.allclose(rates["adjusted_rate"], rates["observed_rate"])
    few = 1 if driver == "grade_level" else 2  # beside the school of 60 students there are no more than 12
    assert rates["contrast"].notna().all() and rates["contrast_low"].isna().sum() == few, (
        "fewer than 50 students: no range"
    )


def test_a_district_too_small_to_compare_still_has_its_season():
    students = student_years({"A": {"01": 9, "02": 9}, "B": {"03": 9, "04": 9}}, 1)
    students["rate"] = 0.1
    days = student_days(students, 60, 1)
    model = fit_drivers(cells_from(days, (*PAIR, "month")), Models(minimum_students=1))
    of_month = model.adjusted_rates[model.adjusted_rates["driver"] == "month"]
    assert of_month[["contrast", "contrast_low", "p_value"]].notna().all(axis=None)
    rest = model.adjusted_rates[model.adjusted_rates["driver"] != "month"]
    assert rest[EMPTY].isna().all(axis=None) and rest["observed_rate"].notna().all()
    assert set(model.not_separable["reason"]) == {too_few_link(20)}
    assert school_effects(model, Models(), {}).table.empty
    assert model.joint_tests.set_index("driver").loc[list(PAIR), "df"].tolist() == [0, 0]
    with pytest.raises(UserError, match="Nothing can be compared"):
        fit_drivers(cells_from(students, PAIR), Models())


def test_a_thin_link_without_absence_is_taken_out_and_said():
    rows = student_years({**LINKED, **HIGH}, 3)
    stray = student_years({"H": {"03": 3}}, 4).assign(y=0.0)
    model = fit_drivers(cells_from(pd.concat([rows, stray]), PAIR), Models())
    assert model.not_separable.set_index("level").loc["03, H", "reason"] == NONE_OR_ALL
    assert model.coefficients["estimate"].abs().max() < 5
    without = fit_drivers(cells_from(rows, PAIR), Models())
    pd.testing.assert_frame_equal(model.adjusted_rates, without.adjusted_rates)


def test_every_level_without_absence_is_one_sentence():
    rows = student_years(LINKED, 1).assign(y=0.0)
    with pytest.raises(UserError, match="Nothing can be compared"):
        fit_drivers(cells_from(rows, PAIR), Models())


def test_parts_are_numbered_by_days():
    table = pd.DataFrame(
        [("01", "A", 50.0), ("02", "A", 40.0), ("09", "H", 400.0)], columns=["grade_level", "school_id", "n"]
    ).assign(y=5.0)
    edges = table[list(PAIR)].assign(students=[50, 40, 300])
    assert find_parts(table, edges, PAIR, 20).component.tolist() == [2, 2, 1]
