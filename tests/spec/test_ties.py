"""Who has the highest: all whose number is written the same, for a reader cannot tell them apart."""

from pathlib import Path

import pandas as pd
from small_tables import days

from analysis import findings
from analysis.findings.levels import by_district, worst_text
from analysis.findings.missed import where_days
from analysis.findings.outcome import CHRONIC
from analysis.findings.schools import school_effects
from analysis.findings.tables import highest, lowest
from analysis.findings.words import listed

UNITS = ("school", "schools")


def levels(**rates: float) -> pd.DataFrame:
    return pd.DataFrame({"label": list(rates), "chronic_rate": list(rates.values())})


def test_those_that_are_written_the_same_are_the_highest_together() -> None:
    """30.04% and 29.96% are 30.0% to a reader; 30.06% is 30.1%."""
    table = levels(A=0.2996, B=0.10, C=0.3004, D=0.1001)
    high, low = highest(table, "chronic_rate"), lowest(table, "chronic_rate")
    assert (high.names(), high.said, low.names(), low.said) == ("A and C", "30.0%", "B and D", "10.0%")
    assert highest(levels(A=0.3004, C=0.3006), "chronic_rate").names() == "C"
    many = levels(**dict.fromkeys("ABCDEF", 0.3))
    assert highest(many, "chronic_rate").names() == "A, B, C and 3 others"


def test_a_sentence_names_all_of_them() -> None:
    text = worst_text(levels(A=0.3, B=0.3, C=0.1), UNITS, CHRONIC)
    assert text == "Of 3 schools, the chronic rate is highest in A and B (30.0%) and lowest in C (10.0%)."
    assert worst_text(levels(A=0.3, B=0.3), UNITS, CHRONIC) == "Of 2 schools, all have the same chronic rate (30.0%)."


ROWS = "student | school | grade | district | from | days | absent\n" + "\n".join(
    f"{district}{grade}{number} | {school} | {grade} | {district} | 1 | 60 | {6 if number < few else number % 3}"
    for district, school, grade, few in (
        ("X", "A", "KG", 4), ("Y", "B", "01", 4), ("Y", "B", "02", 2), ("Z", "C", "03", 3),
    )
    for number in range(10)
)  # fmt: skip


def test_grades_schools_and_districts_share_a_place(tmp_path: Path) -> None:
    """4 of 10 are chronically absent in kindergarten and in grade 1; B has 6 of 20, C has 3 of 10."""
    records = days(tmp_path, ROWS)
    page = findings.where(records.study)
    assert page.by_grade.title == "Kindergarten and Grade 1 have the highest chronic rate"
    assert "highest in kindergarten and grade 1 (40.0%)" in page.by_grade.text
    assert "lowest in B and C (30.0%)" in page.by_school.text
    focus = days(tmp_path, ROWS, rest="focus: {district_id: [Z]}\n", name="focus")
    assert "(30.0%) shares the 2nd highest of 3 shown rates with district Y." in by_district(focus).text


def test_the_largest_shares_of_missed_days_leave_out_none_that_is_alike(tmp_path: Path) -> None:
    rows = "student | school | grade | from | days | absent\n" + "\n".join(
        f"{grade}{number} | A | {grade} | 1 | 40 | {4 if grade == 'KG' else 2}"
        for grade in ("KG", "01", "02", "03", "04")
        for number in range(12)
    )
    assert where_days(days(tmp_path, rows)).text.endswith(
        "By grade, the largest shares are in kindergarten (33%), grade 1 (17%), grade 2 (17%),"
        " grade 3 (17%) and grade 4 (17%)."
    )


def test_days_and_months_of_a_school_that_are_alike_are_all_named(tmp_path: Path) -> None:
    """A misses the last two days, B the last one: on the day before last they are furthest apart."""
    rows = "student | school | grade | from | days | absent\n" + "\n".join(
        f"{school}{number} | {school} | 03 | 1 | 40 | {absent}"
        for school, absent in (("A", 2), ("B", 0))
        for number in range(12)
    )
    page = findings.school(days(tmp_path, rows).study, "A")
    assert "highest on Friday 27 October 2017 and Monday 30 October 2017 (100.0%)" in page.worst_days.text
    assert "Monday 30 October 2017 (100.0% here, 0.0% there)" in page.by_day.text
    assert "furthest apart on Friday 27 October 2017 (100.0% here" in page.by_day.text


def test_schools_at_the_ends_are_all_named(tmp_path: Path) -> None:
    """+1.21 and +1.19 points are both written +1.2."""
    names = list("ABC")
    table = pd.DataFrame({
        "outcome": "absence", "school_id": names, "school_name": names, "students": 100, "observed_rate": 0.07,
        "expected_rate": 0.06, "shrunken_difference": [0.0121, 0.0119, -0.01], "difference_low": -0.1,
        "difference_high": 0.1, "reliability": 0.5, "flag": "", "p_adjusted": 0.5, "hidden": "",
    })  # fmt: skip

    class Kept:
        schools_refused = ()
        drivers = ("grade_level", "school_id")
        not_separable = pd.DataFrame(columns=["outcome", "reason"])

    study = days(tmp_path, ROWS)
    text = school_effects(study, Kept(), table, table).text  # type: ignore[arg-type]
    assert "from −1.0 points (C) to +1.2 (A and B)" in text


def test_names_with_commas_are_told_apart() -> None:
    """'Fern School, K-8, Ginkgo School, K-8 and Holly High' could be five schools."""
    assert listed(["Fern School, K-8", "Ginkgo School, K-8", "Holly High"]) == (
        "Fern School, K-8; Ginkgo School, K-8; and Holly High"
    )
    assert listed(["A", "B", "C"]) == "A, B and C"
