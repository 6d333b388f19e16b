"""Connecticut's published tables give the figures that the state published: those of data/PROVENANCE.md."""

import csv
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from analysis.measures.published import absence_by
from analysis.records.published_counts import read_published
from analysis.records.types import PublishedCounts
from analysis.study import Study

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not (DATA / "ct_edsight").exists(), reason=f"{DATA / 'ct_edsight'} is not on this machine"
)

YEARS = ("2011-12", "2012-13", "2013-14", "2014-15", "2015-16", "2016-17", "2017-18")
BY_GRADE = (28.0, 23.4, 18.4, 21.9, 17.6, 19.1, 16.4, 20.9, 22.3, 39.5, 35.8, 34.1, 33.7)


@cache
def records() -> PublishedCounts:
    return read_published(Study.load(ROOT / "studies" / "hartford.yaml", data=DATA))


@cache
def table(driver: str) -> pd.DataFrame:
    return absence_by(records(), driver)


def rows(driver: str, year: str, kind: str = "level") -> pd.DataFrame:
    found = table(driver)
    return found[(found["school_year"] == year) & (found["level_type"] == kind)]


def percents(column: "pd.Series[float]") -> list[float]:
    return [round(100 * rate, 1) for rate in column]


def test_the_article_kindergarten_high_school_and_one_in_four() -> None:
    grades = table("grade_level")
    of_year = grades[grades["school_year"] == "2017-18"].set_index("grade_level")
    assert percents(of_year.loc[["KG", "9-12", "K-8", "K-12"], "chronic_rate"]) == [28.0, 36.1, 20.8, 25.3]
    assert of_year.loc[["KG", "9-12", "K-12"], "chronically_absent"].tolist() == [398, 2010, 4791]
    assert of_year.loc["9-12", "students"] == pytest.approx(5573, abs=1)
    assert of_year.loc["K-12", "students"] == pytest.approx(18944, abs=2)
    assert set(of_year["students_basis"]) == {"from_percent"} and set(of_year["district_id"]) == {"0640011"}


def test_hartford_by_grade() -> None:
    assert percents(rows("grade_level", "2017-18")["chronic_rate"]) == list(BY_GRADE)


def test_seven_years_of_hartford_and_of_the_state() -> None:
    grades, districts = table("grade_level"), table("district_id")
    totals = grades[grades["level_type"] == "total"]
    assert tuple(totals["school_year"]) == YEARS
    assert percents(totals["chronic_rate"]) == [26.0, 24.9, 26.6, 25.7, 22.4, 22.1, 25.3]
    state = districts[districts["level_type"] == "total"]
    assert set(state["district_id"]) == {"0000000"}
    assert percents(state["chronic_rate"]) == [11.1, 11.5, 10.8, 10.6, 9.6, 9.9, 10.7]
    hartford = districts[districts["district_id"] == "0640011"]
    assert percents(hartford["chronic_rate"]) == percents(totals["chronic_rate"])
    kindergarten = grades[grades["grade_level"] == "KG"]
    assert percents(kindergarten["chronic_rate"]) == [27.8, 29.8, 26.6, 30.2, 22.5, 23.6, 28.0]


@pytest.mark.parametrize(
    ("group", "rates", "chronic"),
    [
        ("gender", {"Female": 24.5, "Male": 26.1}, None),
        ("english_learner", {"English learner": 32.8, "not English learner": 23.1}, [1406, 3385]),
        ("special_education", {"no special education": 22.0, "special education": 38.7}, [3353, 1438]),
    ],
)
def test_hartford_by_group(group: str, rates: dict[str, float], chronic: list[int] | None) -> None:
    levels = rows(group, "2017-18")
    assert dict(zip(levels[group], percents(levels["chronic_rate"]), strict=True)) == rates
    assert chronic is None or levels["chronically_absent"].tolist() == chronic


def test_the_state_by_grade() -> None:
    counts = records().counts
    state = counts[
        (counts["district_id"] == "0000000") & (counts["school_year"] == "2016-17") & (counts["group"] == "")
    ]
    by_grade = state.set_index("grade_level")["chronic_rate"]
    grades = ["KG", *(f"{grade:02}" for grade in range(1, 13))]
    assert percents(by_grade[grades]) == [10.1, 7.6, 6.6, 6.1, 6.1, 6.3, 7.6, 8.9, 10.0, 12.6, 13.3, 14.3, 18.0]
    assert state["parent"].all() and set(state["district_name"]) == {"State of Connecticut"}


def test_hidden_cells_of_2017_18_by_grade() -> None:
    counts = records().counts
    cells = counts[(counts["school_year"] == "2017-18") & (counts["grade_level"] != "")]
    chronic, rate, by_source = cells["chronically_absent"], cells["chronic_rate"], cells["hidden"] == "source"
    assert len(cells) == 2225 and cells.loc[~cells["parent"], "district_id"].nunique() == 203
    assert (by_source & chronic.isna() & rate.isna()).sum() == 696
    assert (by_source & (chronic == 0) & rate.isna()).sum() == 100
    assert (~by_source & (chronic == 0) & (rate == 0)).sum() == 59
    assert (by_source & (chronic > 0) & rate.isna()).sum() == 4
    assert (~by_source & (chronic > 0) & rate.notna()).sum() == 1366


def test_a_mean_over_shown_cells_is_biased_and_the_state_is_not_a_district() -> None:
    counts = records().counts
    cells = counts[(counts["school_year"] == "2017-18") & (counts["grade_level"] != "")]
    sums = cells[cells["students"].notna()].groupby("parent")[["chronically_absent", "students"]].sum()
    shown, state = sums["chronically_absent"] / sums["students"]
    assert (round(100 * shown, 2), round(100 * state, 2)) == (11.72, 10.75)


def test_every_row_is_accounted_for_and_nothing_is_wrong() -> None:
    flow = records().flow.set_index("step")["rows"]
    assert flow["read"] == flow["used"] == len(records().counts) == 37_688
    assert records().problems == ()


def test_the_state_files_that_are_not_read_say_the_same_again() -> None:
    counts = records().counts
    state = counts[(counts["district_id"] == "0000000") & (counts["group"] == "") & (counts["grade_level"] != "")]
    for year in YEARS[:-1]:
        with (DATA / "ct_edsight" / f"chronic-absenteeism__{year}_grade_ct.csv").open(newline="") as file:
            theirs = sorted(row[2] for row in list(csv.reader(file))[4:] if row)
        ours = state.loc[state["school_year"] == year, "chronic_rate"]
        assert sorted(f"{rate:.1f}" for rate in percents(ours)) == theirs
