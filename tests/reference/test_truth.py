"""The truth of the synthetic district: against what is drawn, against other solvers, and without any student."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import norm

from analysis import Study, engine, records
from analysis.measures.outcomes import absence_cells, chronic_cells
from analysis.models import fit_drivers
from analysis.records.synthetic.chronic import _chance_given, deviations, marginal
from analysis.records.synthetic.district import PUBLISHED
from analysis.records.synthetic.simulate import simulate
from analysis.records.synthetic.truth_model import fit_truth
from analysis.records.types import StudentRecords
from analysis.vocabulary import K12

PROJECT = Path(__file__).parents[2]
SEEDS = (11, 12, 13, 14)
STUDENTS = 4000


@pytest.fixture(scope="module")
def districts(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folders = {seed: tmp_path_factory.mktemp(f"seed{seed}") for seed in SEEDS}
    for seed, folder in folders.items():
        simulate(folder, STUDENTS, seed)
    return folders


def truth(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "truth.json").read_text(encoding="utf-8"))


def rates(folder: Path, outcome: str, driver: str) -> pd.DataFrame:
    return pd.DataFrame(truth(folder)["population_averaged"][outcome]["rates"][driver]).set_index("level")


def drawn(folder: Path, by: str) -> pd.DataFrame:
    """Give `rate` of days by level, and its standard error by student (K-12)."""
    return engine.table(f"""
        WITH days AS (
            SELECT *, left(date, 7) AS month, dayname(date::DATE) AS weekday
            FROM read_parquet({engine.quoted(str(folder / "student_days.parquet"))}) WHERE grade_level <> 'PK'),
        totals AS (SELECT {by}, student_id, count(days_absent) AS n, sum(days_absent) AS y FROM days GROUP BY ALL),
        level AS (SELECT {by}, sum(n) AS all_n, sum(y) / sum(n) AS rate FROM totals GROUP BY ALL)
        SELECT {by} AS level, rate, sqrt(sum((y - n * rate) ** 2)) / any_value(all_n) AS std_error
        FROM totals JOIN level USING ({by}) GROUP BY ALL ORDER BY 1""").set_index("level")


def test_intervals_hold_the_truth(districts: dict[int, Path], tmp_path: Path) -> None:
    """The whole way, from study to adjusted rates: 95 of 100 intervals of a district should hold its truth."""
    text = (PROJECT / "studies" / "example.yaml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^  students: \d+$", f"  students: {STUDENTS}", text)
    text = re.sub(r"(?m)^  seed: \d+$", f"  seed: {SEEDS[0]}", text)
    path = tmp_path / "studies" / "example.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    study = Study.load(path, data=districts[SEEDS[0]])
    source = records.read(study)
    assert isinstance(source, StudentRecords)
    held = []
    for outcome, make in (("absence", absence_cells), ("chronic", chronic_cells)):
        found = fit_drivers(make(source), study.settings.models).adjusted_rates
        true = pd.DataFrame(truth(study.data)["population_averaged"][outcome]["adjusted_rates"])
        table = found.merge(true, on=["driver", "level"], suffixes=("", "_true"))
        for value, low, high in (
            ("adjusted_rate", "rate_low", "rate_high"),
            ("contrast", "contrast_low", "contrast_high"),
        ):
            some = table[table[low].notna()]
            held += ((some[low] <= some[f"{value}_true"]) & (some[f"{value}_true"] <= some[high])).tolist()
    assert len(held) > 100
    assert 0.88 < np.mean(held) < 0.99, np.mean(held)


@pytest.mark.parametrize("driver", ["grade_level", "school_id", "month", "weekday"])
def test_drawn_rates_lie_about_the_true_ones(districts: dict[int, Path], driver: str) -> None:
    z = []
    for folder in districts.values():
        found = drawn(folder, driver)
        z.append((found["rate"] - rates(folder, "absence", driver)["rate"]) / found["std_error"])
    scores = pd.concat(z).dropna()
    assert np.abs(scores).max() < 4.5
    assert (np.abs(scores) < norm.ppf(0.975)).mean() > 0.80


def test_chronic_rates_lie_about_the_true_ones(districts: dict[int, Path]) -> None:
    gaps, squares = [], []
    for folder in districts.values():
        found = engine.table(f"""
            WITH years AS (SELECT grade_level, count(days_absent) AS days, sum(days_absent) AS absent
                FROM read_parquet({engine.quoted(str(folder / "student_days.parquet"))}) WHERE grade_level <> 'PK'
                GROUP BY grade_level, student_id HAVING count(days_absent) >= 10)
            SELECT grade_level, count(*) AS n, avg((absent * 10 >= days)::INT) AS rate FROM years GROUP BY 1
            """).set_index("grade_level")
        true = rates(folder, "chronic", "grade_level").loc[found.index]
        assert (true["n"] == found["n"]).all()
        gaps.append(np.average(found["rate"] - true["rate"], weights=found["n"]))
        squares.append((found["rate"] - true["rate"]) ** 2 / (true["rate"] * (1 - true["rate"]) / true["n"]))
    assert abs(np.mean(gaps)) < 3.5 * (0.25 * 0.75 / STUDENTS / len(SEEDS)) ** 0.5
    assert 0.5 < pd.concat(squares).mean() < 1.8


def test_expected_profile_is_the_published_one(districts: dict[int, Path]) -> None:
    for folder in districts.values():
        true = rates(folder, "chronic", "grade_level")["rate"]
        for grade, (_, percent) in PUBLISHED.items():
            assert true[grade] == pytest.approx(percent / 100, abs=0.005)
        bands = rates(folder, "chronic", "band")["rate"]
        assert bands["K-12"] == pytest.approx(0.253, abs=0.005)
        assert bands["9-12"] == pytest.approx(0.361, abs=0.005)


def test_population_averaged_coefficients_are_nearer_to_zero_than_the_generators(districts: dict[int, Path]) -> None:
    found = truth(districts[SEEDS[0]])
    model = {
        (row["driver"], row["level"]): row["coefficient"] for row in found["population_averaged"]["absence"]["model"]
    }
    conditional = found["conditional"]
    assert 0.6 < model["near_break", "day before a break"] / conditional["near_break"]["day before a break"] < 0.95
    june, autumn = ("2018-06", "2017-09")
    true = conditional["month"][june] - conditional["month"][autumn]
    assert 0.6 < (model["month", june] - model["month", autumn]) / true < 0.95


def test_two_parts_and_contrasts_that_balance(districts: dict[int, Path]) -> None:
    for folder in districts.values():
        for outcome in ("absence", "chronic"):
            table = pd.DataFrame(truth(folder)["population_averaged"][outcome]["adjusted_rates"])
            grade = table[table["driver"] == "grade_level"].set_index("level")
            assert set(grade.index) == set(K12)
            assert set(grade.loc[list(K12[:9]), "component"]) == {1}
            assert set(grade.loc[list(K12[9:]), "component"]) == {2}
            days = (
                table.assign(y=table["n"] * table["rate"]).groupby(["driver", "component"])[["n", "y"]].transform("sum")
            )
            np.testing.assert_allclose(table["adjusted_rate"] - table["contrast"], days["y"] / days["n"], atol=1e-9)


def test_the_model_is_statsmodels_to_the_last_digits() -> None:
    random = np.random.default_rng(5)
    cells = pd.DataFrame(
        [(grade, school, day) for grade in ("KG", "01") for school in ("A", "B", "C") for day in ("Monday", "Friday")],
        columns=["grade_level", "school_id", "weekday"],
    )
    cells["n"] = random.integers(100, 900, len(cells))
    cells["y"] = cells["n"] * random.uniform(0.03, 0.15, len(cells))
    model = fit_truth(cells, ("grade_level", "school_id", "weekday"))
    X = np.column_stack([
        np.ones(len(cells)), cells["grade_level"] == "01", cells["school_id"] == "B", cells["school_id"] == "C",
        cells["weekday"] == "Friday",
    ]).astype(float)  # fmt: skip
    fit = sm.GLM(np.column_stack([cells["y"], cells["n"] - cells["y"]]), X, family=sm.families.Binomial()).fit(
        tol=1e-12
    )
    ours = [model.coefficients[term] for term in (
        ("", ""), ("grade_level", "01"), ("school_id", "B"), ("school_id", "C"), ("weekday", "Friday"))]  # fmt: skip
    np.testing.assert_allclose(ours, fit.params, rtol=1e-8)
    friday = X.copy()
    friday[:, 4] = 1
    adjusted = model.adjusted().set_index(["driver", "level"])["adjusted_rate"]
    assert adjusted["weekday", "Friday"] == pytest.approx(np.average(fit.predict(friday), weights=cells["n"]), rel=1e-9)


def test_averages_over_students_are_those_of_simulated_students() -> None:
    points, weights = deviations()
    assert weights.sum() == pytest.approx(1)
    random = np.random.default_rng(3)
    own = (
        0.9 * random.standard_normal(400_000)
        + 0.4 * (random.random(400_000) < 0.76)
        + 0.1 * (random.random(400_000) < 0.22)
    )
    assert points @ weights == pytest.approx(own.mean(), abs=0.006)
    for log_odds in (-4.0, -2.5):
        assert marginal(np.array([log_odds]))[0] == pytest.approx(
            np.mean(1 / (1 + np.exp(-log_odds - own))), abs=0.0006
        )


def test_chances_of_a_run_of_days_are_those_of_drawn_days() -> None:
    """Against days drawn one by one, as the generator draws them."""
    random = np.random.default_rng(8)
    p, students, days = 0.09, 60_000, 60
    number, absent = random.random(students), np.zeros(students)
    for day in range(days):
        if day:
            number = np.where(random.random(students) < 0.35, number, random.random(students))
        absent += (number < p) * np.where(random.random(students) < 0.06, 0.5, 1)
    chance = _chance_given(np.array([p]), days)[days, 0]
    assert np.mean(absent * 10 >= days) == pytest.approx(chance, abs=4 * (chance * (1 - chance) / students) ** 0.5)


def test_no_student_stands_in_the_truth(districts: dict[int, Path]) -> None:
    folder = districts[SEEDS[0]]
    text = (folder / "truth.json").read_text(encoding="utf-8")
    students = pd.read_csv(folder / "students.csv", dtype=str)["student_id"]
    assert "student_id" not in text
    assert not any(student in text for student in students)
    about = truth(folder)["about"]
    assert "not collapsible" in about["why_they_differ"]
    assert set(about) == {"population_averaged", "conditional", "why_they_differ", "chronic"}
