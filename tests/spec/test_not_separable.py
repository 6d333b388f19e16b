"""What a model leaves out: said by outcome, never taken for a part of what is compared, and not told to partners."""

from pathlib import Path

import pandas as pd
import pytest
from small_tables import days

from analysis import findings
from analysis.findings.drivers import part_name
from analysis.study import Study

LEFT_OUT = "Absence here is none or all, which a model cannot compare."


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """Grade 6 has days absent and no chronic student; the others have both."""
    grades = {"03": (40, 15), "04": (45, 15), "05": (45, 15), "06": (60, 0), "07": (60, 12)}
    spans = [
        f"{school}{grade}{kind}{number} | {school} | {grade} | 1 | 60 | {9 if kind else 1 + number % 3}"
        for school in "AB" for grade, sizes in grades.items()
        for kind, size in enumerate(sizes) for number in range(size)
    ]  # fmt: skip
    return days(tmp_path, "\n".join(["student | school | grade | from | days | absent", *spans])).study


def test_what_is_left_out_is_said_by_outcome(study: Study) -> None:
    found = findings.drivers(study).not_separable
    assert found.table is not None and found.shown is not None
    months = found.table.query("driver == 'month'")
    assert found.table.query("driver == 'grade_level'")[["outcome", "level"]].to_numpy().tolist() == [["chronic", "06"]]
    assert set(months["outcome"]) <= {"absence"}
    assert found.shown.set_index("Level").loc["Grade 6", "Outcome"] == "chronic absence"
    assert found.text == f"{1 + len(months)} levels or pairs: {LEFT_OUT}"


def test_a_level_left_out_is_no_part_of_what_others_are_beside(study: Study) -> None:
    """Of grades 3 to 5 and 7 together 114 of 494 are chronically absent; grade 6 has none of 120."""
    assert "the 23.1% chronically absent in grades 3, 4, 5 and 7 together" in findings.drivers(study).chronic.text
    partner = findings.drivers(Study.load(study.path, audience="partner")).chronic
    assert "Hidden grades count as one in this model." in partner.text and "23.1%" not in partner.text


def test_grades_of_a_part_are_named_as_a_run_only_where_they_are_one() -> None:
    def name(levels: list[str], hidden: str = "") -> str:
        rates = [0.1, 0.1, None if hidden else 0.1]
        return part_name(pd.DataFrame({"level": levels, "adjusted_rate": rates, "hidden": ["", "", hidden]}))

    assert name(["KG", "01", "02"]) == "grades K-2 together"
    assert name(["KG", "06", "07"]) == "grades K, 6 and 7 together"
    assert name(["KG", "01", "02"], "minimum") == "the grades that are compared"


def test_no_table_tells_partners_which_level_a_model_left_out(study: Study) -> None:
    """A level without a row, or after the others, would be one with none or all chronically absent."""
    partner = Study.load(study.path, audience="partner")
    page, checks = findings.drivers(partner), findings.checks(partner)
    rates, tests, robust = page.model.table, page.joint_tests.table, checks.answer.table
    assert rates is not None and tests is not None and robust is not None
    chronic = rates.query("outcome == 'chronic' and driver == 'grade_level'")
    assert chronic["level"].tolist() == ["03", "04", "05", "06", "07"]
    hidden = set(chronic.loc[chronic["hidden"] != "", "level"])
    assert len(hidden) > 1 and not hidden & set(robust.loc[robust["outcome"] == "chronic", "level"])
    assert tests.set_index("driver").loc["grade_level", ["statistic", "df"]].isna().all(axis=None)
    assert page.coefficients.table is not None
    assert not page.coefficients.table["term"].str.startswith(("grade_level", "(")).any()
