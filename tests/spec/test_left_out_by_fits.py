"""A model leaves out a level in which nobody is chronically absent: nothing that is said of the others tells so.

Where levels are shown beside the hidden ones, these are one level in the model, which then has somebody; else nothing
of it is shown.
"""

from pathlib import Path

import pandas as pd
import pytest
from small_tables import days

from analysis import findings
from analysis.findings.gated import estimated, levels_hidden, passed
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
    table = passed(source, name, getattr(estimated(source), name))
    return table[table["outcome"] == "chronic"]


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Grade 4 has nobody who is chronically absent; the two others are hidden beside it, so that no grade is shown."""
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
    checks = passed(source, "model_checks", estimated(source).model_checks)
    chronic = checks["check"].str.startswith("chronic")
    assert chronic.any() and checks.loc[chronic, ["value", "threshold"]].isna().all(axis=None)
    assert (checks["verdict"] != "").all()
    shown = checks.loc[~chronic, "value"].dropna()
    assert len(shown) and all(value == float(f"{value:.3g}") for value in shown)
    tests = passed(source, "joint_tests", estimated(source).joint_tests)["statistic"].dropna()
    assert len(tests) and all(value == float(f"{value:.3g}") for value in tests)


SCHOOLS = {
    f"{school} {grade}": (40 + 4 * number, 9 + number + place)
    for number, school in enumerate("ABCDE")
    for place, grade in enumerate(("03", "04", "05"))
}
OF_T = dict.fromkeys(("03", "04", "05"), (38, 8))


def with_a_small_school(folder: Path, few: int) -> Study:
    """Add school S, where one student of each of so many grades is chronic, and T, where as many fewer are.

    Who is chronic at the one is not at the other, in the same grade: of both together all numbers are the same.
    """
    none = {f"S {grade}": (students, int(at < few)) for at, (grade, (students, _)) in enumerate(OF_T.items())}
    rest = {f"T {grade}": (size, chronic - int(at < few)) for at, (grade, (size, chronic)) in enumerate(OF_T.items())}
    return district(folder, SCHOOLS | none | rest)


def test_nothing_that_is_said_of_chronic_absence_tells_a_school_of_none_from_one_of_three(tmp_path: Path) -> None:
    """Of none, nothing of the model was shown; of three, refits that try all counts found it to be two or three."""
    studies = [with_a_small_school(tmp_path / str(few), few) for few in (0, 3)]
    for name in ("adjusted_rates", "school_effects", "joint_tests", "robustness", "coefficients", "not_separable"):
        none, three = (chronic_of(study, name) for study in studies)
        pd.testing.assert_frame_equal(none.reset_index(drop=True), three.reset_index(drop=True), check_exact=True)
        if name == "adjusted_rates":
            assert none.loc[none["contrast"].notna(), "level"].tolist() == ["03", "04", "05", *"ABCDE"]
            assert none["level"].tolist() == ["03", "04", "05", *"ABCDEST"]
    assert [levels_hidden(read(study)) for study in studies] == [{"school_id": ["S", "T"]}] * 2
    pages = [findings.drivers(study) for study in studies]
    for name in ("chronic", "not_separable", "between_schools"):
        first, second = (getattr(page, name) for page in pages)
        assert [first.title, first.text, first.note, first.in_brief] == [
            second.title, second.text, second.note, second.in_brief,
        ]  # fmt: skip
    assert "Hidden schools count as one in this model." in pages[0].chronic.text
    checks = [findings.checks(study).model_checks.table for study in studies]
    chronic = [table[table["check"].str.startswith("chronic")] for table in checks if table is not None]
    assert len(chronic[0]) > 3 and chronic[0].equals(chronic[1])


def test_the_district_itself_is_told_whose_days_are_in_no_rate_of_a_model(nobody: Study, tmp_path: Path) -> None:
    """Of a year with a month without an absence 5.9 % were absent on page 02, 10.9 % on page 03: nothing said why."""
    absent = {9: 3, 10: 0, 11: 2}
    rows = ["student | school | grade | date | absent"]
    for student in range(120):
        for place, date in enumerate(pd.bdate_range("2017-09-11", "2017-11-30").strftime("%Y-%m-%d")):
            gone = (student * 7 + place) % 20 < absent[int(date[5:7])]
            rows.append(f"{student} | {'AB'[student % 2]} | 0{3 + student // 2 % 2} | {date} | {int(gone)}")
    study = days(tmp_path, "\n".join(rows)).study
    said = (
        "Not in this model, and in none of its rates (adjusted, expected, or what they are compared with): October 2017"
    )
    assert said in findings.drivers(study).model.text
    assert said in findings.season(study).by_month.text
    assert said.replace("October 2017", "") not in findings.drivers(study).chronic.text
    chronic = findings.drivers(district(tmp_path / "chronic", SIZES | NOBODY, "internal")).chronic
    assert (
        "(adjusted, expected, or what they are compared with): grade 4, where absence is none or all." in chronic.text
    )
    assert "Not in this model" not in findings.drivers(nobody).chronic.text
