"""The model of drivers keeps its promises on districts made for it."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_district import cells_from, student_days, student_years

from analysis.models import design as design_module
from analysis.models import fit_drivers
from analysis.models.binomial import fit_binomial
from analysis.models.covariance import Covariance, clustered, clustered_by_student_and_date
from analysis.models.importance import explained_shares
from analysis.models.model_checks import check_table, model_checks
from analysis.models.months_by_level import months_by_level
from analysis.models.parts import find_parts
from analysis.models.sentences import INSEPARABLE, NONE_OR_ALL, too_few_link
from analysis.models.standardise import standardise
from analysis.problems import UserError
from analysis.study import Models
from analysis.vocabulary import PAIR

LOOSE = Models(minimum_students=1, minimum_dates=1, minimum_bridge_students=1)
TWO_BY_TWO = {"A": {"01": 60, "02": 60}, "B": {"01": 60, "02": 60}}


@pytest.fixture(scope="module")
def rows():
    sizes = {**TWO_BY_TWO, "C": {"02": 50, "03": 40}, "H": {"09": 60, "10": 60}, "J": {"09": 30, "10": 60}}
    return student_years(sizes, 3, {"B": 0.5, "10": 0.3})


@pytest.fixture(scope="module")
def model(rows):
    return fit_drivers(cells_from(rows, PAIR), Models())


def test_order_of_rows_does_not_matter(rows, model):
    shuffled = rows.sample(frac=1, random_state=1).reset_index(drop=True)
    again = fit_drivers(cells_from(shuffled, PAIR), Models())
    for name in ("adjusted_rates", "coefficients", "joint_tests"):
        pd.testing.assert_frame_equal(getattr(model, name), getattr(again, name))
    pd.testing.assert_frame_equal(explained_shares(model), explained_shares(again))


def test_how_much_wider_intervals_are_does_not_depend_on_the_first_level(rows):
    """Grade 4 has few students who differ much: coded against it, coefficients gave 6.6 times instead of 4.0."""
    table = pd.concat([rows, student_years({"A": {"04": 25}, "B": {"04": 25}}, 9, sd=2.5)])
    first = table.assign(grade_level=table["grade_level"].replace("04", "KG"))
    models = [fit_drivers(cells_from(one, PAIR), Models()) for one in (table, first)]
    before, after = (check_table(model_checks(one)).set_index("check")["value"] for one in models)
    name = "absence: clustered over plain error"
    assert before[name] == pytest.approx(after[name], rel=1e-9) and before[name] > 1


@pytest.mark.parametrize("dated", [False, True])
def test_a_sparse_design_gives_what_a_dense_one_gives(rows, monkeypatch, dated):
    drivers = (*PAIR, "month", "weekday") if dated else PAIR
    lost = rows[rows["school_id"] == "A"].assign(
        school_id="Q", y=0.0, student_id=lambda table: "q" + table["student_id"]
    )
    table = pd.concat([rows, lost])
    if dated:
        table = student_days(table.assign(rate=(table["y"] / 180).clip(0.01, 0.9)), 60, 3)
    cells = cells_from(table, drivers)
    models = [fit_drivers(cells, LOOSE)]
    for kind in ("MANY", "WIDE"):
        monkeypatch.setattr(design_module, kind, 0)
        models.append(fit_drivers(cells, LOOSE))
    assert [model.fit.design.wide for model in models] == [False, False, True]
    for name in ("adjusted_rates", "coefficients", "joint_tests", "not_separable", "counts"):
        for other in models[1:]:
            pd.testing.assert_frame_equal(getattr(models[0], name), getattr(other, name), rtol=1e-8, atol=1e-12)


def test_a_sparse_fit_does_not_run_past_the_top(monkeypatch):
    """Where few are absent and one school's students nearly always, a whole step of Newton's goes far too far."""
    schools = pd.DataFrame(
        {"school_id": [f"S{number:02}" for number in range(31)], "n": 400.0, "y": [*[8.0] * 30, 390]}
    )
    one_part = np.ones(len(schools), dtype=int)
    dense = fit_binomial(schools, ("school_id",), one_part)
    monkeypatch.setattr(design_module, "MANY", 0)
    sparse = fit_binomial(schools, ("school_id",), one_part)
    np.testing.assert_allclose(sparse.coefficients, dense.coefficients, atol=1e-9)
    np.testing.assert_allclose(sparse.fitted, schools["y"] / schools["n"])


def test_parts_are_numbered_by_days_and_rated_apart(model):
    parts = model.adjusted_rates.drop_duplicates("level").set_index("level")["component"]
    assert parts[["A", "B", "C", "01", "02", "03"]].eq(1).all()
    assert parts[["H", "J", "09", "10"]].eq(2).all()
    for part in (1, 2):
        table = model.cells.table[model.fit.component == part]
        of_part = model.adjusted_rates[model.adjusted_rates["component"] == part]
        overall = of_part["adjusted_rate"] - of_part["contrast"]
        assert np.allclose(overall, table["y"].sum() / table["n"].sum()), "against the part's observed rate"


def test_a_part_does_not_depend_on_another(rows, model):
    alone = fit_drivers(cells_from(rows[rows["school_id"].isin(["H", "J"])], PAIR), Models())
    ours = model.adjusted_rates[model.adjusted_rates["component"] == 2].reset_index(drop=True)
    columns = ["level", "observed_rate", "adjusted_rate", "contrast", "outside"]
    pd.testing.assert_frame_equal(ours[columns], alone.adjusted_rates[columns])


def test_labels_do_not_matter(rows, model):
    renamed = rows.replace({"school_id": {"A": "Z"}})
    again = fit_drivers(cells_from(renamed, PAIR), Models()).adjusted_rates.replace({"level": {"Z": "A"}})
    key = ["driver", "level"]
    ours, theirs = (table.sort_values(key).reset_index(drop=True) for table in (model.adjusted_rates, again))
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-7)


def test_outside_is_the_weight_of_what_a_level_has_not(model):
    table = model.adjusted_rates.set_index(["driver", "level"])
    of_part = model.cells.table[model.fit.component == 1]
    days = of_part.groupby("grade_level")["n"].sum() / of_part["n"].sum()
    assert table.loc[("school_id", "A"), "outside"] == pytest.approx(days["03"])
    assert table.loc[("school_id", "C"), "outside"] == pytest.approx(days["01"])


def test_no_interval_below_the_minimum(model):
    table = model.adjusted_rates
    small = table["students"] < 50
    assert small.any()
    assert table.loc[small, ["rate_low", "contrast_low", "p_value", "p_adjusted"]].isna().all(axis=None)
    assert table.loc[~small, ["rate_low", "contrast_low", "p_value", "p_adjusted"]].notna().all(axis=None)


def test_a_large_level_beside_few_students_has_no_interval_of_its_contrast():
    """Its contrast is that of the few: with 350 students beside 10, intervals would hold the truth 86 % of the time."""
    rates = fit_drivers(cells_from(student_years({"A": {"01": 150}, "B": {"01": 30}}, 4), PAIR[1:]), Models())
    large = rates.adjusted_rates.set_index("level").loc["A"]
    assert large[["adjusted_rate", "rate_low", "rate_high", "contrast"]].notna().all()
    assert large[["contrast_std_error", "contrast_low", "contrast_high", "p_value", "p_adjusted"]].isna().all()
    three = student_years({"A": {"01": 150}, "B": {"01": 30}, "C": {"01": 30}}, 4)
    again = fit_drivers(cells_from(three, PAIR[1:]), Models()).adjusted_rates.set_index("level")
    assert again["contrast_low"].notna().to_dict() == {"A": True, "B": False, "C": False}, "60 are beside A"


def test_a_month_beside_few_dates_has_no_interval_of_its_contrast(dated):
    dates = sorted(dated["date"].unique())
    rows = dated[dated["date"] <= dates[25]]  # 21 dates of September, 5 of October
    table = fit_drivers(cells_from(rows, (*PAIR, "month")), Models()).adjusted_rates.set_index("level")
    assert table.loc["2017-09", ["rate_low", "contrast"]].notna().all()
    assert table.loc["2017-09", ["contrast_low", "p_value", "p_adjusted"]].isna().all()


@pytest.mark.parametrize("constant", [0.0, 180.0])
def test_a_school_without_absence_or_presence_is_said_not_fitted(rows, constant):
    extra = student_years({"Q": {"01": 60}}, 5).assign(y=constant)
    model = fit_drivers(cells_from(pd.concat([rows, extra]), PAIR), Models())
    left_out = model.not_separable.set_index("level")
    assert left_out.loc["Q", "reason"] == NONE_OR_ALL
    of_school = model.adjusted_rates.set_index("level").loc["Q"]
    assert of_school[["students", "observed_rate", "component"]].tolist() == [60, constant / 180, 1]
    assert of_school[["adjusted_rate", "contrast", "rate_low", "p_value"]].isna().all()
    assert "Q" not in set(model.cells.table["school_id"])
    without = fit_drivers(cells_from(rows, PAIR), Models())
    assert model.adjusted_rates.query("driver == 'school_id'")["level"].tolist() == ["A", "B", "C", "Q", "H", "J"]
    others = model.adjusted_rates.query("level != 'Q'").reset_index(drop=True)
    pd.testing.assert_frame_equal(others, without.adjusted_rates)


def test_separation_that_no_single_level_shows():
    """C is absent in grade 03 only, which no other school has: no school or grade is without absence, yet C is lost."""
    table = pd.DataFrame(
        [("A", "01", 9), ("A", "02", 12), ("B", "01", 7), ("B", "02", 0), ("C", "02", 0), ("C", "03", 8)],
        columns=["school_id", "grade_level", "y"],
    )
    rows = table.loc[table.index.repeat(100)].reset_index(drop=True)
    rows["y"] = (rows.groupby(["school_id", "grade_level"]).cumcount() < rows["y"]).astype(float)
    rows["n"], rows["student_id"] = 1.0, [f"s{number}" for number in range(len(rows))]
    model = fit_drivers(cells_from(rows, PAIR, "chronic"), LOOSE)
    assert np.abs(model.fit.coefficients).max() < 10
    assert np.isfinite(model.adjusted_rates["adjusted_rate"]).all()
    alone = model.adjusted_rates["level"].isin(["C", "03"])
    assert model.adjusted_rates["contrast"].isna().equals(alone), "without that cell nothing links C and 03 to the rest"


def test_thin_links_do_not_connect():
    sizes = {"A": {"01": 60, "02": 60}, "B": {"03": 60, "04": 60, "02": 5}}
    model = fit_drivers(cells_from(student_years(sizes, 1), PAIR), Models())
    assert model.fit.parts == (1, 2)
    link = model.not_separable.set_index("level").loc["02, B"]
    assert link["reason"] == too_few_link(20)
    assert (link["driver"], link["component"]) == ("grade_level and school_id", 0)
    joined = fit_drivers(cells_from(student_years(sizes, 1), PAIR), Models(minimum_bridge_students=5))
    assert set(joined.fit.component) == {1}


def test_a_school_of_its_own_grade_cannot_be_told_from_it():
    sizes = {**TWO_BY_TWO, "P": {"PK": 60}}
    model = fit_drivers(cells_from(student_years(sizes, 1), PAIR), Models())
    alone = model.not_separable.set_index("level")
    assert alone.loc["P", "reason"] == alone.loc["PK", "reason"] == INSEPARABLE
    row = model.adjusted_rates.set_index("level").loc["P"]
    assert row["adjusted_rate"] == pytest.approx(row["observed_rate"])
    assert np.isnan(row["contrast_low"])


def test_nothing_to_compare_is_one_sentence():
    few = student_years({"A": {"01": 10}, "B": {"02": 10}}, 1)
    with pytest.raises(UserError, match="Nothing can be compared"):
        fit_drivers(cells_from(few, PAIR), Models())


def test_drivers_that_say_the_same_are_named():
    rows = student_years(TWO_BY_TWO, 1)
    rows["program"] = rows["school_id"].map({"A": "x", "B": "y"})
    with pytest.raises(UserError, match="program, school_id"):
        fit_drivers(cells_from(rows, (*PAIR, "program")), Models())


def test_one_grade_or_no_school_is_fine():
    rows = student_years({"A": {"01": 60}, "B": {"01": 70}}, 1)
    model = fit_drivers(cells_from(rows, ("school_id",)), Models())
    assert np.allclose(model.adjusted_rates["adjusted_rate"], model.adjusted_rates["observed_rate"])
    assert explained_shares(model).empty


def test_a_level_that_a_part_lacks_is_not_rated_there():
    cells = cells_from(student_years({**TWO_BY_TWO, "H": {"09": 60}, "J": {"09": 60}}, 4), PAIR)
    table = fit_drivers(cells, Models()).adjusted_rates
    assert set(table.loc[table["component"] == 2, "level"]) == {"09", "H", "J"}


@pytest.fixture(scope="module")
def dated():
    random = np.random.default_rng(8)
    students = student_years({"A": {"01": 40, "02": 40}, "B": {"01": 40, "02": 40}}, 8)
    students["rate"] = 1 / (1 + np.exp(-(-2.5 + 0.9 * random.standard_normal(len(students)))))
    days = student_days(students, 40, 8, date_sd=0.3)
    half = random.random(len(days)) < 0.1
    return days.assign(y=np.where(half, days["y"] / 2, days["y"]))


def test_covariance_is_that_of_the_rows(dated):
    """Cells, score sums and sums of squares give what every row would give."""
    drivers = ("grade_level", "school_id", "weekday")
    cells = cells_from(dated, drivers)
    fit = fit_binomial(cells.table, drivers, np.ones(len(cells.table), dtype=int))
    known = cells.table[list(drivers)].assign(cell=range(len(cells.table)))
    cell = dated.merge(known, on=list(drivers), how="left")["cell"].to_numpy()
    scores = fit.design.matrix[cell] * (dated["y"].to_numpy() - dated["n"].to_numpy() * fit.fitted[cell])[:, None]

    def sandwich(groups, factor):
        sums = scores if groups is None else pd.DataFrame(scores).groupby(groups).sum().to_numpy()
        return fit.bread @ sums.T @ sums @ fit.bread * factor

    students, dates = dated["student_id"].to_numpy(), dated["date"].to_numpy()
    by_student = sandwich(students, 160 / 159)
    extra = sandwich(dates, 40 / 39) - sandwich(None, 1)
    products = [cells.products(fit.fitted, cluster) for cluster in ("student_id", "date")]
    ours = clustered_by_student_and_date(fit, *products)
    assert np.allclose(ours.matrix, by_student, rtol=1e-6, atol=1e-10)
    assert np.allclose(ours.extra, extra, rtol=1e-6, atol=1e-9)
    assert np.array_equal(clustered(fit, products[0]).matrix, ours.matrix)


def test_season_is_never_surer_than_students_alone(dated):
    cells = cells_from(dated, ("grade_level", "school_id", "month", "weekday"))
    model = fit_drivers(cells, LOOSE)
    both = model.covariances["weekday"]
    unit = np.eye(len(model.fit.coefficients))
    assert (both.variances(unit) >= Covariance(both.matrix).variances(unit)).all()
    weekday = [column for (driver, _), column in model.fit.design.columns.items() if driver == "weekday"]
    assert both.variances(unit[weekday]).sum() > 1.2 * Covariance(both.matrix).variances(unit[weekday]).sum()
    block = both.of(unit[weekday]) - both.matrix[np.ix_(weekday, weekday)]
    assert np.linalg.eigvalsh(block).min() > -1e-12
    assert model.covariances["school_id"].extra is None


def test_ranges_of_the_season_allow_for_the_few_dates_of_a_level(dated):
    drivers = ("grade_level", "school_id", "month", "weekday")
    model = fit_drivers(cells_from(dated, drivers), LOOSE)
    of_drivers = {name: table.set_index("level") for name, table in model.adjusted_rates.groupby("driver")}
    for driver in drivers:
        table = of_drivers[driver]
        half = (table["contrast_high"] - table["contrast_low"]) / 2 / table["contrast_std_error"]
        if driver in ("grade_level", "school_id"):
            assert np.allclose(half, stats.norm.ppf(0.975))
            continue
        rated = standardise(model.fit, driver, model.fit.rows_of(driver, 0))
        covariance, gradients = model.covariances[driver], rated.contrast_gradients
        dates = dated.groupby(driver)["date"].nunique().loc[list(rated.levels)]
        by_date = np.einsum("ij,jk,ik->i", gradients, covariance.by_date, gradients)
        share = by_date / table["contrast_std_error"].loc[list(rated.levels)] ** 2
        df = (np.minimum(dates, dates.sum() - dates) - 1) / share.clip(upper=1) ** 2
        assert np.allclose(half.loc[list(rated.levels)], stats.t.ppf(0.975, df))
        assert (half > stats.norm.ppf(0.975) + 0.001).all()


def test_shares_sum_to_one_where_none_is_refused():
    sizes = {school: {"01": 150, "02": 150, "03": 150} for school in "ABCD"}
    rows = student_years(sizes, 2, {"A": 0.8, "B": -0.8, "01": 0.7, "03": -0.7}, sd=0.4)
    importance = explained_shares(fit_drivers(cells_from(rows, PAIR), Models())).set_index("driver")["share"]
    assert importance[["grade_level beyond school_id", "school_id beyond grade_level"]].min() > 0.2
    assert importance.drop("grade_level or school_id").sum() == pytest.approx(1, abs=0.1), "balanced: little is shared"


def test_shares_are_refused_where_nothing_moves_with_absence():
    rows = student_years({school: {"01": 60, "02": 60} for school in "ABCD"}, 11)
    importance = explained_shares(fit_drivers(cells_from(rows, PAIR), Models()))
    assert importance["share"].isna().all()


def test_checks_have_the_contracts_columns(model):
    checks = check_table(model_checks(model))
    assert list(checks.columns) == ["check", "value", "threshold", "verdict", "meaning"]
    assert checks["meaning"].str.endswith(".").all()


def test_published_shape_of_parts_without_links():
    table = pd.DataFrame({"grade_level": ["01", "02"], "school_id": ["A", "B"], "n": [50.0, 40.0], "y": [5.0, 6.0]})
    edges = table[list(PAIR)].assign(students=[50, 40])
    assert list(find_parts(table, edges, PAIR, 20).component) == [1, 2]


def test_months_of_a_level_of_school_are_those_of_its_own_model(dated):
    """Season of one level: the model of drivers on the days of its schools alone, with no other driver of dates."""
    rows = pd.concat([dated, dated.assign(school_id=dated["school_id"] + "2", student_id=dated["student_id"] + "-2")])
    whole = fit_drivers(cells_from(rows, (*PAIR, "month", "weekday")), LOOSE)
    table = months_by_level(whole, {"A": "low", "B": "low", "A2": "high", "B2": "high"}, LOOSE)
    alone = fit_drivers(cells_from(dated, (*PAIR, "month")), LOOSE).adjusted_rates
    months = alone[alone["driver"] == "month"].reset_index(drop=True)
    assert months["contrast_low"].notna().all()
    for level in ("low", "high"):
        of_level = table[table["school_level"] == level].drop(columns="school_level").reset_index(drop=True)
        pd.testing.assert_frame_equal(of_level, months, rtol=1e-6)
    few = months_by_level(whole, {"A": "low", "B": "low"}, Models())
    assert few.empty, "one level of school is the page's own season"
    short = months_by_level(whole, {"A": "low", "B": "low", "A2": "high", "B2": "high"}, Models(minimum_dates=21))
    assert short["rate_low"].isna().tolist() == 2 * [False, True], "September has 21 days of school, October 19"
    assert short["contrast_low"].isna().all(), "of two months each is beside the other alone"
