"""Montucky and the Portuguese students give what is known of them (data/PROVENANCE.md)."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis import measures, records
from analysis.measures.outcomes import absence_cells
from analysis.models.estimates import estimate
from analysis.records.types import StudentRecords
from analysis.study import Study

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not (DATA / "uci_student").exists(), reason=f"{DATA / 'uci_student'} is not on this machine"
)


@cache
def read(name: str, audience: str = "internal") -> StudentRecords:
    found = records.read(Study.load(ROOT / "studies" / f"{name}.yaml", data=DATA, audience=audience))
    assert isinstance(found, StudentRecords)
    return found


def total(name: str, driver: str = "grade_level") -> pd.Series:
    table = measures.absence_by(read(name), driver)
    return table[table["level_type"] == "total"].iloc[0]


def flow(name: str) -> dict[tuple[str, str], int]:
    return {(step, reason): rows for step, reason, rows, _ in read(name).flow.itertuples(index=False)}


@cache
def montucky() -> pd.DataFrame:
    file = DATA / "opensdp_montucky_grade7.csv.gz"
    return pd.read_csv(file, dtype=str, keep_default_na=False).assign(
        percent=lambda rows: pd.to_numeric(rows["pct_days_absent_7"])
    )


def test_montucky_every_row_is_accounted_for() -> None:
    assert flow("montucky") == {
        ("read", ""): 34_321, ("set aside", "a number is not known"): 165, ("set aside", "the rate is above 100%"): 42,
        ("used", ""): 34_114, ("used", "in a grade that totals leave out"): 0,
    }  # fmt: skip
    assert (read("montucky").measure, read("montucky").dated) == ("rate", False)
    assert any(problem.seen == "no student_id is mapped" for problem in read("montucky").problems)


def test_montucky_the_mean_and_the_zeros() -> None:
    """The known mean, 3.49, holds the 42 rates above 100 that are set aside here."""
    known, row = montucky()["percent"].dropna(), total("montucky")
    above = known[known > 100]
    whole = 100 * row["absence_rate"] * row["students"] + above.sum()
    assert round(whole / (row["students"] + len(above)), 2) == 3.49
    assert round((montucky()["percent"] == 0).mean(), 3) == 0.507
    assert row[["days_enrolled", "days_absent", "days_unmarked"]].isna().all()


def test_montucky_18_of_180_days_is_ten_percent() -> None:
    """The known 8.7% at 10 or more count in binary: 405 students at 18 of 180 days are written 9.999999999999998."""
    percent, row = montucky()["percent"], total("montucky")
    just = (percent > 9.99) & (percent < 10)
    assert just.sum() == 405 and set(montucky().loc[just, "pct_days_absent_7"]) == {"9.999999999999998"}
    chronic = int(row["chronically_absent"])
    assert chronic == (percent >= 10).sum() + just.sum() - (percent > 100).sum()
    assert round((chronic - 405 + 42) / (row["students"] + 42), 3) == 0.087


def test_montucky_9_is_unknown_and_every_school_is_there() -> None:
    by = measures.absence_by(read("montucky"), "economic_disadvantage").set_index("economic_disadvantage")["students"]
    used = montucky()[montucky()["percent"].between(0, 100)]
    theirs = used["frpl_7"].value_counts()
    ours = {"not eligible": "0.0", "free lunch": "1.0", "reduced-price lunch": "2.0", "unknown": "9.0"}
    assert {name: by[name] for name in ours} == {name: theirs[code] for name, code in ours.items()}
    assert len(read("montucky").schools) == used["sch_g7_code"].nunique()
    assert read("montucky").schools["school_name"].is_unique
    assert len(measures.absence_by(read("montucky"), "district_id")) == used["sch_g7_lea_id"].nunique() + 1


def test_montucky_schools_are_no_more_apart_than_chance_would_give() -> None:
    """Its rates were drawn without an effect of the school."""
    found = estimate(read("montucky"))
    assert found.drivers == ("school_id",) and (found.joint_tests["p_value"] > 0.05).all()
    absence = found.school_effects.query("outcome == 'absence'")
    assert (absence["flag"] == "").all() and len(absence) == len(read("montucky").schools)
    assert absence["shrunken_difference"].abs().max() < 0.01
    rates = found.adjusted_rates.query("outcome == 'absence'").set_index("level")
    used = montucky()[montucky()["percent"].between(0, 100)]
    theirs = used.groupby("sch_g7_code")["percent"].mean() / 100
    assert np.allclose(rates["observed_rate"], theirs.loc[rates.index], atol=1e-6)
    assert rates["days_enrolled"].isna().all()


def test_montucky_errors_are_those_of_a_fractional_logit() -> None:
    """Of the five schools with most students, with one weight a student, as statsmodels gives them."""
    from analysis.measures.cells import Cells
    from analysis.models.binomial import fit_binomial
    from analysis.models.covariance import clustered

    used = montucky()[montucky()["percent"].between(0, 100)]
    largest = sorted(used["sch_g7_code"].value_counts().head(5).index)
    some = used[used["sch_g7_code"].isin(largest)]
    X = np.column_stack([np.ones(len(some)), *(some["sch_g7_code"] == school for school in largest[1:])]).astype(float)
    theirs = sm.GLM(some["percent"] / 100, X, family=sm.families.Binomial()).fit(tol=1e-12, cov_type="HC0")
    cells: Cells = absence_cells(read("montucky"))
    cells = cells.only(cells.table["school_id"].isin(largest).to_numpy())
    fit = fit_binomial(cells.table, cells.drivers, np.ones(len(cells.table), dtype=np.int64))
    errors = np.sqrt(clustered(fit, cells.products(fit.fitted, "student_id"), 1.0).variances(np.eye(5)))
    assert np.allclose(fit.coefficients, theirs.params, atol=1e-5)
    assert np.allclose(errors, theirs.bse, rtol=1e-4)


@pytest.mark.parametrize(("name", "students", "mean"), [("uci-mat", 395, 5.71), ("uci-por", 649, None)])
def test_uci_students_and_their_mean(name: str, students: int, mean: float | None) -> None:
    row = total(name)
    assert (read(name).measure, read(name).outcome, row["students"]) == ("absent_only", "days", students)
    assert mean is None or round(row["days_absent"] / row["students"], 2) == mean
    assert row[["days_enrolled", "absence_rate", "students_counted", "chronically_absent", "chronic_rate"]].isna().all()


def test_uci_by_school_and_zeros() -> None:
    table = measures.absence_by(read("uci-por"), "school_id").set_index("school_id")
    means = table["days_absent"] / table["students"]
    assert [round(means[school], 2) for school in ("GP", "MS")] == [4.22, 2.62]
    checks = estimate(read("uci-mat")).model_checks.set_index("check")["value"]
    assert round(checks["days: share of students with no absence"], 2) == 0.29
    assert checks["days: spread under Poisson"] > 5 > checks["days: spread under the negative binomial"]


@pytest.mark.parametrize(("name", "delimiter"), [("mat", ";"), ("por", ",")])
def test_uci_models_have_the_likelihood_that_statsmodels_reaches(name: str, delimiter: str) -> None:
    table = pd.read_csv(DATA / "uci_student" / f"student-{name}.csv", sep=delimiter)
    if name == "mat":
        assert round(table["absences"].mean(), 2) == 5.71 and round(table["absences"].var(), 1) == 64.0
    age = table["age"].clip(upper=19)
    dummies = [table["school"] == "MS", table["sex"] == "M", *(age == year for year in range(16, 20))]
    X = np.column_stack([np.ones(len(table)), *dummies, table["address"] == "U"]).astype(float)
    theirs = sm.NegativeBinomial(table["absences"].to_numpy(float), X).fit(method="newton", maxiter=100, disp=0)
    found = estimate(read(f"uci-{name}"))
    assert np.allclose(found.coefficients["estimate"], theirs.params[:-1], rtol=1e-5, atol=1e-7)
    assert found.model_checks.set_index("check").loc["days: alpha", "value"] == pytest.approx(
        theirs.params[-1], rel=1e-5
    )
