"""A model leaves out a level in which nobody is chronically absent: nothing that is said of the others tells so."""

from pathlib import Path

import pandas as pd
import pytest
from small_tables import days

from analysis import findings
from analysis.findings.gated import passed
from analysis.models.estimates import estimate
from analysis.records import read
from analysis.study import Study

NUMBERS = ["students", "days_enrolled", "observed_rate", "adjusted_rate", "contrast", "p_value"]
SIZES = {"A 03": (40, 12), "A 05": (40, 15), "B 03": (40, 14), "B 05": (40, 13), "C 03": (60, 20), "C 05": (60, 22)}
NOBODY = {"A 04": (40, 0), "B 04": (50, 0)}


def district(folder: Path, sizes: dict[str, tuple[int, int]], audience: str = "partner") -> Study:
    """Make a district from students, and how many of them are chronic, by school and grade."""
    rows = ["student | school | grade | from | days | absent"]
    for where, (students, chronic) in sizes.items():
        school, grade = where.split()
        absent = [7 + number % 4 if number < chronic else number % 5 for number in range(students)]
        rows += [f"{school}{grade}{at} | {school} | {grade} | 1 | 60 | {one}" for at, one in enumerate(absent)]
    return Study.load(days(folder, "\n".join(rows)).study.path, audience=audience)


def chronic_of(study: Study, name: str) -> pd.DataFrame:
    source = read(study)
    table = passed(source, name, getattr(estimate(source), name))
    return table[table["outcome"] == "chronic"]


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Grade 4 has nobody who is chronically absent, so that A and B are modelled without it."""
    return district(tmp_path_factory.mktemp("nobody"), SIZES | NOBODY)


def test_a_level_without_anybody_chronic_is_not_told_by_the_numbers_of_the_others(nobody: Study) -> None:
    """A had 80 students on page 03 and 120 on page 02, and the tests one degree of freedom less."""
    for name in ("adjusted_rates", "school_effects", "joint_tests"):
        table = chronic_of(nobody, name)
        assert len(table) and table[[one for one in (*NUMBERS, "statistic", "df") if one in table]].isna().all(
            axis=None
        )


def test_such_a_level_stands_where_it_would_stand_anyway(nobody: Study, tmp_path: Path) -> None:
    internal = district(tmp_path, SIZES | NOBODY, "internal")
    for study in (nobody, internal):
        rates = chronic_of(study, "adjusted_rates")
        assert rates.loc[rates["driver"] == "grade_level", "level"].tolist() == ["03", "04", "05"]
        assert set(rates["component"]) == {1}
    assert rates["adjusted_rate"].notna().sum() == 5, "the district itself sees what is modelled"


def test_such_a_level_is_neither_counted_nor_named(nobody: Study, tmp_path: Path) -> None:
    """What is said of levels that are not compared is the same whether or not there is one."""
    others = district(tmp_path, SIZES | {"A 04": (40, 12), "B 04": (50, 14)})
    texts = [findings.drivers(study).not_separable.text for study in (nobody, others)]
    assert texts[0] == texts[1] and "not listed for this audience" in texts[0]
    written = findings.checks(nobody).answer.table
    assert written is not None
    assert "chronic" not in set(written["outcome"])


def test_where_no_level_is_left_out_the_model_is_shown(tmp_path: Path) -> None:
    study = district(tmp_path, SIZES)
    assert chronic_of(study, "adjusted_rates")["contrast"].notna().all()
    tests = chronic_of(study, "joint_tests").set_index("driver")
    assert tests["p_value"].notna().tolist() == [True, True, False], "grades by school are made of single cells"
    assert chronic_of(study, "school_effects")["students"].notna().all()


def test_statistics_of_single_cells_are_a_verdict_for_partners_and_others_have_three_figures(tmp_path: Path) -> None:
    source = read(district(tmp_path, SIZES))
    checks = passed(source, "model_checks", estimate(source).model_checks)
    chronic = checks["check"].str.startswith("chronic")
    assert chronic.any() and checks.loc[chronic, ["value", "threshold"]].isna().all(axis=None)
    assert (checks["verdict"] != "").all()
    shown = checks.loc[~chronic, "value"].dropna()
    assert len(shown) and all(value == float(f"{value:.3g}") for value in shown)
    tests = passed(source, "joint_tests", estimate(source).joint_tests)["statistic"].dropna()
    assert len(tests) and all(value == float(f"{value:.3g}") for value in tests)
