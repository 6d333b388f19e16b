"""New York City's end-of-year workbook gives the figures of data/PROVENANCE.md."""

from functools import cache
from pathlib import Path

import pytest

from analysis.measures.published import absence_by
from analysis.records.published_counts import read_published
from analysis.records.types import PublishedCounts
from analysis.study import Study

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
WORKBOOK = DATA / "nyc_end_of_year_2017-18_to_2021-22_by_district.xlsx"
pytestmark = pytest.mark.skipif(not WORKBOOK.exists(), reason=f"{WORKBOOK} is not on this machine")

GROUPS = ("gender", "race_ethnicity", "economic_disadvantage", "english_learner", "special_education", "homeless")


@cache
def records() -> PublishedCounts:
    return read_published(Study.load(ROOT / "studies" / "nyc-end-of-year.yaml", data=DATA))


def test_all_districts_together_in_2018_19() -> None:
    grades = absence_by(records(), "grade_level")
    of_year = grades[grades["school_year"] == "2018-19"].set_index("grade_level")
    total = of_year[of_year["level_type"] == "total"].iloc[0]
    assert total["days_enrolled"] == 164_817_248 and round(100 * total["absence_rate"], 2) == 8.47
    chronic = of_year.loc[["KG", "01", "05", "06", "09", "12"], "chronic_rate"]
    assert [round(100 * rate, 1) for rate in chronic] == [32.0, 26.1, 19.9, 19.1, 30.7, 44.0]
    assert set(of_year["district_id"]) == {"all"} and set(of_year["students_basis"]) == {"counted"}


def test_districts_are_levels_and_add_up_to_their_total() -> None:
    districts = absence_by(records(), "district_id")
    of_year = districts[districts["school_year"] == "2018-19"]
    levels = of_year[of_year["level_type"] == "level"]
    assert len(levels) == 33 and levels["days_enrolled"].sum() == 164_817_248
    assert of_year[of_year["level_type"] == "total"]["district_id"].tolist() == ["all"]


def test_the_suppressed_cells_are_those_of_the_workbook() -> None:
    counts = records().counts
    hidden = counts[counts["hidden"] == "source"].groupby("group").size()
    assert set(hidden.index) == {"special_education", "race_ethnicity", "homeless"}
    assert len(counts) == 2475 + 4620 + 12373 + 4950 + 4950 + 4620 + 4950


@pytest.mark.parametrize("group", GROUPS)
def test_no_group_has_more_days_than_the_city(group: str) -> None:
    table = absence_by(records(), group)
    of_year = table[table["school_year"] == "2018-19"]
    levels, total = (of_year[of_year["level_type"] == kind]["days_enrolled"].sum() for kind in ("level", "total"))
    assert 0.95 * total < levels <= total
