"""Schools by level of chronic absence, and from year to year: counted by hand from what the table by school shows."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_tables import study_of_years

from analysis import findings, records
from analysis.findings.finding import Finding
from analysis.findings.gated import gated
from analysis.findings.where import Where
from analysis.measures.school_levels import level_table, levels_of
from analysis.models.school_changes import school_changes
from analysis.study import Study

YEARS = ("2014-15", "2015-16", "2016-17", "2017-18")
SCHOOLS = {"A": 30, "B": 20, "C": 19, "D": 10, "E": 4, "F": 0}
"""Schools of 100 students, of whom so many miss 18 of 180 days, in every year but where a test says otherwise."""


def found(folder: Path, last: dict[str, int], *, years: int = 4, audience: str = "internal", few: int = 100) -> Where:
    rows = [
        f"{school}{student} | {school} | 03 | 180 | {18 if student < chronic else 0} | {year}"
        for year in YEARS[-years:]
        for school, chronic in (SCHOOLS | (last if year == YEARS[-1] else {})).items()
        for student in range(few if school == "C" else 100)
    ]
    study = study_of_years(folder, "student | school | grade | enrolled | absent | year\n" + "\n".join(rows))
    return findings.where(Study.load(study.path, audience=audience))


def counts(finding: Finding, year: str) -> dict[str, tuple[float, float, int]]:
    assert finding.table is not None
    of_year = finding.table[finding.table["school_year"] == year]
    return {str(row.level): (row.schools, row.students_counted, row.could_be_another) for row in of_year.itertuples()}


def wilson(part: float, whole: float) -> tuple[float, float]:
    z = stats.norm.ppf(0.975)
    middle = (part + z**2 / 2) / (whole + z**2)
    half = z / (whole + z**2) * np.sqrt(part * (whole - part) / whole + z**2 / 4)
    return middle - half, middle + half


def test_levels_begin_at_their_percent() -> None:
    shares = [0.3, 3 / 10, 0.2999, 0.2, 0.1999, 0.1, 0.0999, 0.05, 0.0499, 0.0, np.nan, 0.1 + 0.2]
    assert levels_of(np.array(shares)).tolist() == [
        "extreme", "extreme", "high", "high", "significant", "significant", "modest", "modest", "low", "low",
        "not shown", "extreme",
    ]  # fmt: skip


def test_schools_and_their_students_at_each_level(tmp_path: Path) -> None:
    said = found(tmp_path, {"D": 40}).schools_by_level
    edges = np.array([0.05, 0.1, 0.2, 0.3])
    near = {
        school: len(set(np.searchsorted(edges, (*wilson(chronic, 100), chronic / 100), side="right"))) > 1
        for school, chronic in (SCHOOLS | {"D": 40}).items()
    }
    assert near == {"A": True, "B": True, "C": True, "D": False, "E": True, "F": False}
    assert counts(said, "2017-18") == {
        "extreme": (2, 200, 1), "high": (1, 100, 1), "significant": (1, 100, 1), "modest": (0, 0, 0),
        "low": (2, 200, 1), "not shown": pytest.approx((0, np.nan, 0), nan_ok=True),
    }  # fmt: skip
    assert counts(said, "2016-17")["extreme"] == (1, 100, 1)
    assert said.title == "3 of 6 schools have a high or extreme level of chronic absence"
    assert "extreme (30% or more) 2 with 33% of students" in said.text and "Extreme: D and A." in said.text
    share = f"{(40 + 30) / (40 + 30 + 20 + 19 + 4):.0%}"
    assert f"{share} are at the extreme ones" in said.text and "4 of 6 schools are so near a line" in said.text


def test_partners_see_no_more_than_the_table_by_school_shows(tmp_path: Path) -> None:
    """Schools with few chronic students, and who could be told beside them, stand at no level."""
    page = found(tmp_path, {}, audience="partner")
    table = gated(records.read(Study.load(next(tmp_path.glob("**/*.yaml")), audience="partner")), "school_id")
    hidden = table[(table["school_year"] == "2017-18") & table["chronic_rate"].isna()]["school_id"].tolist()
    assert {"E", "F"} <= set(hidden)
    of_level = counts(page.schools_by_level, "2017-18")
    assert of_level["not shown"][0] == len(hidden) and of_level["low"][0] == 0
    made = level_table(table)  # of the table by school, as it is shown, and of nothing else
    assert page.schools_by_level.table is not None
    assert made["schools"].tolist() == page.schools_by_level.table["schools"].tolist()
    assert made["students_counted"].equals(page.schools_by_level.table["students_counted"])
    changes = page.school_changes.table
    assert changes is not None
    assert changes.loc[changes["school_id"].isin(hidden), ["rate_after", "contrast"]].isna().all(axis=None)


def test_a_school_that_moved_is_told_from_those_that_did_not(tmp_path: Path) -> None:
    where = found(tmp_path, {"D": 45})
    page = where.school_changes
    assert page.title == "From 2016-17 to 2017-18 chronic absence rose at 1 school and fell at 0"
    assert "Rose: D (+35.0)" in page.text and "Rose: D (+35.0)" in page.text.split("2014-15 to 2017-18")[1]
    table = page.table
    assert table is not None
    row = table[(table["school_id"] == "D") & (table["outcome"] == "chronic")].iloc[0]
    where.save(tmp_path)
    saved = pd.read_csv(tmp_path / "tables/school_changes.csv", dtype=str, keep_default_na=False)
    assert [*saved][:6] == ["school_year", "district_id", "level_type", "outcome", "level", "school_id"]
    assert saved["district_id"].tolist() == table["district_id"].tolist()

    def of_students(before: int, after: int) -> float:
        shares = (before + 1) / 102, (after + 1) / 102
        return sum(share * (1 - share) / 102 for share in shares)

    q = scale = 0.0
    for last in ({}, {}, {"D": 45}):  # DerSimonian & Laird over three pairs of years
        change = np.array([(last.get(school, chronic) - chronic) / 100 for school, chronic in SCHOOLS.items()])
        weight = np.array([1 / of_students(chronic, last.get(school, chronic)) for school, chronic in SCHOOLS.items()])
        q += (weight * (change - (weight * change).sum() / weight.sum()) ** 2).sum()
        scale += weight.sum() - (weight**2).sum() / weight.sum()
    between = max(0.0, (q - 15) / scale)
    error = np.sqrt(of_students(10, 45) + between)
    assert row["contrast_std_error"] == pytest.approx(error)
    assert row["contrast_high"] == pytest.approx(0.35 + stats.t.ppf(0.975, 15) * error)
    assert row["p_adjusted"] == pytest.approx(min(1, 6 * 2 * stats.t.sf(0.35 / error, 15)))


def test_a_small_school_that_moved_has_told_nothing(tmp_path: Path) -> None:
    page = found(tmp_path, {"C": 19}, few=30).school_changes
    assert page.table is not None
    of_c = page.table[(page.table["school_id"] == "C") & (page.table["outcome"] == "chronic")]
    assert of_c["contrast_low"].isna().all() and of_c["p_value"].isna().all()
    assert "Too few students (under 50) for a range (1 school)" in page.text
    assert page.title == "No school moved by more than chance would give from 2016-17 to 2017-18"


def test_a_school_that_is_new_is_counted_as_not_compared(tmp_path: Path) -> None:
    page = found(tmp_path, {"G": 20}).school_changes
    assert "Not compared: In one of the two years alone (1 school)." in page.text


def test_satisfactory_attendance_has_its_own_sentence(tmp_path: Path) -> None:
    text = found(tmp_path, {"D": 45}).school_changes.text
    assert re.search(r"share under 5% absent \(satisfactory attendance\) rose at 0 and fell at 1", text)
    assert "Fell: D (−35.0)" in text


def as_published(schools: str, days: tuple[int, int], parts: tuple[int, int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "school_year": year, "district_id": "1", "school_id": school, "students": 100, "students_counted": 100,
            "days_enrolled": 100 * enrolled, "chronically_absent": part, "chronic_rate": part / 100, "hidden": "",
            "level_type": "level",
        }
        for year, enrolled, part in zip(("2016-17", "2017-18"), days, parts, strict=True)
        for school in schools
    )  # fmt: skip


def test_two_schools_are_too_few_and_one_year_says_nothing(tmp_path: Path) -> None:
    assert not found(tmp_path, {}, years=1).school_changes.title
    two = school_changes(as_published("AB", (180, 180), (10, 60)), "chronically_absent", 50)
    assert two["p_value"].isna().all() and two["contrast"].tolist() == [0.5, 0.5]
    assert set(two["reason"]) == {"Too few schools (2) to tell a difference from chance."}


def test_years_of_another_length_are_not_compared() -> None:
    table = school_changes(as_published("ABCDEF", (180, 150), (10, 10)), "chronically_absent", 50)
    assert table["contrast"].isna().all()
    assert set(table["reason"]) == {"The rule or the calendar changed: not comparable."}


def test_more_chronic_students_than_there_are_stand_at_no_level_and_are_not_compared() -> None:
    table = as_published("ABCDEF", (180, 180), (10, 20))
    wrong = (table["school_id"] == "A") & (table["school_year"] == "2016-17")
    table = table.assign(
        chronically_absent=table["chronically_absent"].where(~wrong, 140),
        chronic_rate=table["chronic_rate"].where(~wrong),
    )
    counts_of = level_table(table).set_index(["school_year", "level"])["schools"]
    assert counts_of["2016-17"].loc[["significant", "not shown"]].tolist() == [5, 1]
    changes = school_changes(table, "chronically_absent", 50).set_index("school_id")
    assert np.isnan(changes.loc["A", "contrast"]) and changes.loc["B", "contrast"] == pytest.approx(0.1)
