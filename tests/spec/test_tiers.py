"""The tiers of attendance of each year beside each other: counted by hand, and what is said where they are unknown."""

from pathlib import Path

import pytest
from small_tables import study_of_years
from test_published_counts import published

from analysis import findings
from analysis.findings.finding import Finding
from analysis.study import Study

ABSENT = {"2015-16": (0, 8, 9, 17, 18, 36, 0, 0), "2016-17": (0, 8, 9, 20, 25, 40, 36, 90)}
"""Days absent of 180, in two years: under 5% are up to 8 days, from 9 at risk, from 18 moderate, from 36 severe."""


def found(folder: Path, years: dict[str, tuple[int, ...]], days: str = "", audience: str = "internal") -> Finding:
    rows = [
        f"{student} | A | 03 | {days if days and year == '2016-17' else 180} | {absent} | {year}"
        for year, students in years.items()
        for student, absent in enumerate(students)
    ]
    study = study_of_years(folder, "student | school | grade | enrolled | absent | year\n" + "\n".join(rows))
    return findings.where(Study.load(study.path, audience=audience)).tiers_over_years


def test_the_shares_of_each_tier_in_two_years(tmp_path: Path) -> None:
    said = found(tmp_path, ABSENT)
    assert said.title == "Satisfactory attendance went from 50.0% in 2015-16 to 25.0% in 2016-17"
    for part in (
        "(8 in 2015-16, 8 in 2016-17)", "under 5% from 50.0% to 25.0%", "at risk, 5% to 10% from 25.0% to 12.5%",
        "moderate, 10% to 20% from 12.5% to 25.0%", "severe, 20% or more from 12.5% to 37.5%",
    ):  # fmt: skip
        assert part in said.text
    assert said.shown is not None and said.figure is not None
    assert said.shown[["Satisfactory", "At risk", "Moderate", "Severe"]].astype(int).to_numpy().tolist() == [
        [4, 2, 1, 1],
        [2, 1, 2, 3],
    ]


def test_years_of_another_length_are_shown_and_not_compared(tmp_path: Path) -> None:
    said = found(tmp_path, ABSENT, days="90")
    assert said.title == "Tiers of attendance in each year"
    assert "from" not in said.text and "The rule or the calendar changed" in said.text
    three = found(tmp_path / "three", ABSENT | {"2017-18": (0, 9)}, days="120")
    assert three.title == "Satisfactory attendance went from 50.0% in 2015-16 to 50.0% in 2017-18"
    assert "another number of days in 2016-17: not comparable" in three.text


def test_one_year_has_its_tiers_beside_its_rates(tmp_path: Path) -> None:
    assert not found(tmp_path, {"2015-16": ABSENT["2015-16"]}).title


@pytest.mark.parametrize(("severe", "title"), [(3, "hidden to protect students"), (12, "Satisfactory attendance went")])
def test_partners_see_tiers_that_are_not_small(tmp_path: Path, severe: int, title: str) -> None:
    year = (*[0] * 20, *[9] * 20, *[18] * 20, *[36] * severe)
    assert title in found(tmp_path, {"2015-16": year, "2016-17": year}, audience="partner").title


def test_published_tables_say_that_they_have_no_tiers(tmp_path: Path) -> None:
    page = findings.where(published(tmp_path, "Code|Grade|Count|Rate\n01|Kindergarten|398|28.0").study)
    assert not page.tiers_over_years.title
    assert "in each tier of attendance" in page.missed_days.text
