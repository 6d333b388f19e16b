"""Published tables of other states give the figures of data/PROVENANCE.md, through a YAML alone."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import findings
from analysis.measures.published import absence_by
from analysis.measures.published_hidden import hidden_cells
from analysis.models.published_years import year_cells
from analysis.records.published_counts import read_published
from analysis.records.types import PublishedCounts
from analysis.study import Study

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not (DATA / "nc_dpi").exists(), reason=f"{DATA / 'nc_dpi'} is not on this machine")


@cache
def study(name: str) -> Study:
    return Study.load(ROOT / "studies" / f"{name}.yaml", data=DATA)


@cache
def records(name: str) -> PublishedCounts:
    return read_published(study(name))


@cache
def table(name: str, driver: str) -> pd.DataFrame:
    return absence_by(records(name), driver)


def rows(name: str, driver: str, kind: str = "level") -> pd.DataFrame:
    found = table(name, driver)
    return found[found["level_type"] == kind]


def percents(column: "pd.Series[float]", places: int = 1) -> list[float]:
    return [round(100 * rate, places) for rate in column]


def noted(name: str) -> str:
    assert {problem.severity for problem in records(name).problems} <= {"noted"}
    return " ".join(map(str, records(name).problems))


# North Carolina


def test_north_carolina_the_schools_are_the_state() -> None:
    schools = rows("north-carolina", "school_id")
    sums = schools.groupby("school_year")[["chronically_absent", "students"]].sum()
    assert sums.loc["2018-19"].tolist() == [241_381, 1_508_544]
    assert sums.loc["2017-18"].tolist() == [228_926, 1_508_671]
    assert (schools["school_year"] == "2018-19").sum() == 2612
    state = rows("north-carolina", "district_id", "total").set_index("school_year")
    assert state.loc["2018-19", ["chronically_absent", "students"]].tolist() == [241_381, 1_508_544]
    assert percents(state["chronic_rate"]) == [15.2, 16.0]
    assert rows("north-carolina", "grade_level", "total")["chronically_absent"].tolist() == [228_926, 241_381]
    assert "together hold" not in noted("north-carolina"), "districts and the state are what their schools add up to"


def test_north_carolina_schools_with_more_chronic_than_students_are_noted_and_have_no_rate() -> None:
    counts = records("north-carolina").counts
    more = counts["chronically_absent"] > counts["students"]
    assert more.sum() == 88 and counts.loc[more, "chronic_rate"].isna().all()
    assert set(counts.loc[more, "hidden"]) == {"not_available"}
    flow = records("north-carolina").flow
    assert flow["rows"].tolist() == [5448, 5448, 88]
    assert "more absent or attending than there are, or a rate above 100% (88 rows)" in noted("north-carolina")
    assert (rows("north-carolina", "school_id")["chronic_rate"].dropna() <= 1).all()
    assert (table("north-carolina", "district_id")["chronic_rate"].dropna() <= 1).all()


def test_north_carolina_the_years_are_compared_without_the_impossible_schools() -> None:
    cells = year_cells(records("north-carolina"), "chronic")
    assert len(cells) == 5215 - 88 and (cells["y"] <= cells["n"]).all()


def test_north_carolina_codes_that_are_not_all_digits() -> None:
    counts = records("north-carolina").counts
    charter = counts[counts["school_id"] == "01B000"]
    assert set(charter["district_id"]) == {"01B"}
    assert {"010", "NC-SEA"} <= set(counts["district_id"]) and not counts["school_id"].str.endswith("LEA").any()


def test_north_carolina_a_page_of_2600_schools_stays_readable(tmp_path: Path) -> None:
    found = findings.where(study("north-carolina")).by_school
    assert found.shown is not None and len(found.shown) <= 25 and found.table is not None and len(found.table) > 5000
    assert "The table has the 25 highest of 2,570" in found.note
    assert len(found._repr_html_()) < 100_000


# Colorado

YEARS = ("2016-17", "2017-18", "2018-19", "2019-20", "2020-21", "2021-22", "2022-23")


def test_colorado_the_state_over_seven_workbooks() -> None:
    state = rows("colorado", "district_id", "total")
    assert tuple(state["school_year"]) == YEARS and set(state["district_id"]) == {"CO"}
    assert percents(state["chronic_rate"]) == [18.6, 24.3, 22.5, 22.6, 26.0, 35.5, 31.1]
    assert percents(rows("colorado", "grade_level", "total")["chronic_rate"]) == percents(state["chronic_rate"])


def test_colorado_districts_hold_more_students_than_the_state_from_2020_on() -> None:
    districts = rows("colorado", "district_id")
    assert set(districts.groupby("school_year").size()) == {184, 185}
    assert districts["district_id"].str.len().eq(4).all() and "0010" in set(districts["district_id"])
    sums = districts.groupby("school_year")["students"].sum()
    state = rows("colorado", "district_id", "total").set_index("school_year")["students"]
    assert (sums == state)[:4].all() and (sums > state)[4:].all()
    said = "districts together hold more students than the row that holds them: by 2.5 percent at most"
    assert f"{said}, in 3 of 7 such rows (2020-21, 2021-22, 2022-23)" in noted("colorado")


def test_colorado_footers_are_set_aside_and_counted() -> None:
    flow = records("colorado").flow.set_index("reason")["rows"]
    assert flow["district missing"] == 2
    assert records("colorado").district_names["0010"] == "Mapleton 1"


# Virginia


def test_virginia_all_schools_of_2021_22() -> None:
    total = rows("virginia", "district_id", "total").iloc[0]
    assert (total["chronically_absent"], total["students"]) == (240_664, 1_212_638)
    assert percents(pd.Series([total["chronic_rate"]]), 2) == [19.85]
    assert len(rows("virginia", "district_id")) == 131 and len(rows("virginia", "school_id")) == 1821


def test_virginia_by_the_word_in_the_name() -> None:
    levels = rows("virginia", "school_level").set_index("school_level")["chronic_rate"]
    assert percents(levels[["elementary", "middle", "high"]]) == [17.0, 19.4, 24.3]


def test_virginia_names_instead_of_codes() -> None:
    schools = records("virginia").schools
    assert len(schools) == schools["school_id"].nunique() == schools["school_name"].nunique() == 1821
    assert schools["school_name"].str.startswith("Mountain View Elementary (").sum() == 7


def test_two_divisions_over_eight_years() -> None:
    totals = rows("virginia-two-divisions", "district_id", "total").set_index("school_year")
    assert set(totals["students_basis"]) == {"from_percent", ""}
    known = totals.drop("2020-21")
    assert percents(known["chronic_rate"]) == [6.5, 7.2, 8.6, 10.0, 16.4, 18.6, 15.8]
    year = totals.loc["2020-21"]  # one school has nobody, and 0 percent of how many is not said
    assert np.isnan(year["chronic_rate"]) and (year["rate_low"], round(100 * year["rate_high"], 1)) == (0, 6.6)
    levels = rows("virginia-two-divisions", "school_level")
    of_year = levels[levels["school_year"] == "2017-18"].set_index("school_level")["chronic_rate"]
    assert percents(of_year[["high", "elementary"]]) == [8.1, 6.1]
    assert (levels["school_level"] == "other").sum() == 1


# EDFacts


def test_edfacts_the_states_are_the_nation() -> None:
    states, nation = rows("edfacts", "district_id"), rows("edfacts", "district_id", "total").iloc[0]
    assert len(states) == 53 and nation["district_id"] == "UNITED STATES"
    sums = states[["chronically_absent", "students"]].sum().tolist()
    assert sums == nation[["chronically_absent", "students"]].tolist() == [14_741_666, 48_170_264]
    assert percents(pd.Series([nation["chronic_rate"]])) == [30.6]
    connecticut = states[states["district_id"] == "CONNECTICUT"].iloc[0]
    assert (connecticut["chronically_absent"], connecticut["students"]) == (110_707, 483_216)
    assert percents(pd.Series([connecticut["chronic_rate"]])) == [22.9]


def test_edfacts_groups_and_the_count_with_a_digit_too_many() -> None:
    races = rows("edfacts", "race_ethnicity").set_index("race_ethnicity")
    assert percents(races.loc[["Asian", "Black", "White"], "chronic_rate"]) == [15.1, 40.8, 24.1]
    assert np.isnan(races.loc["Black", "chronically_absent"]) and races.loc["White", "chronically_absent"] == 5_217_837
    assert "a student group with more chronically absent than all students together (1 row)" in noted("edfacts")
    assert percents(rows("edfacts", "english_learner")["chronic_rate"]) == [36.1, 29.9]


# Connecticut


def test_connecticut_attendance_has_its_years_as_columns() -> None:
    districts = table("connecticut-attendance", "district_id").set_index(["district_id", "school_year"])["absence_rate"]
    for code, attended in (("00000CT", (0.9479, 0.9294, 0.9169)), ("0640011", (0.9082, 0.8325, 0.8564))):
        assert [round(1 - districts[code, year], 4) for year in ("2019-20", "2020-21", "2021-22")] == list(attended)
    assert records("connecticut-attendance").outcome == "absence"


def test_connecticuts_tidy_table_reads_its_marks_and_says_what_edsight_says() -> None:
    counts = records("connecticut-by-grade").counts
    assert (counts["hidden"] == "source").sum() == 4443 and (counts["hidden"] == "not_available").sum() == 2865
    assert records("connecticut-by-grade").flow["rows"].tolist() == [15_990, 15_990]
    hartford = rows("connecticut-by-grade", "grade_level")
    kindergarten = hartford[hartford["grade_level"] == "KG"]["chronic_rate"]
    assert percents(kindergarten) == [27.8, 29.8, 26.6, 30.2, 22.5, 23.6]
    state = counts[(counts["district_id"] == "Connecticut") & (counts["school_year"] == "2016-17")]
    by_grade = state.set_index("grade_level")["chronic_rate"]
    grades = ["KG", *(f"{grade:02}" for grade in range(1, 13))]
    assert percents(by_grade[grades]) == [10.1, 7.6, 6.6, 6.1, 6.1, 6.3, 7.6, 8.9, 10.0, 12.6, 13.3, 14.3, 18.0]


def test_hartfords_state_is_not_a_mean_over_shown_cells() -> None:
    found = hidden_cells(records("hartford"))
    assert found.misleading and percents(pd.Series([found.shown_rate, found.whole_rate]), 2) == [11.72, 10.75]


def test_hartfords_hidden_counts_lie_where_the_rule_and_the_state_leave_them() -> None:
    counts = records("hartford").counts
    cells = counts[
        (counts["school_year"] == "2017-18") & (counts["grade_level"] != "") & (counts["hidden"] == "source")
    ]
    hidden = cells[cells["chronically_absent"].isna()]
    assert len(hidden) == 696 and hidden["chronically_absent_high"].eq(19).all()
    assert np.isfinite(hidden["students_high"]).all(), "the state's grade less the shown districts"
    shown = counts[(counts["school_year"] == "2017-18") & (counts["grade_level"] != "") & ~counts["parent"]]
    state = counts[(counts["school_year"] == "2017-18") & (counts["grade_level"] != "") & counts["parent"]]
    low, high = (shown[f"chronically_absent_{end}"].sum() for end in ("low", "high"))
    assert low <= state["chronically_absent"].sum() <= high


def test_new_yorks_hidden_cells_are_bounded_by_its_totals() -> None:
    counts = records("nyc-end-of-year").counts
    hidden = counts[counts["hidden"] == "source"]
    lacking = hidden[hidden["chronically_absent"].isna()]
    assert len(hidden) == 399 and np.isfinite(lacking["chronically_absent_high"]).all()
    assert (lacking["chronically_absent_high"] <= lacking["students_high"]).all()
    cell = hidden[
        (hidden["district_id"] == "20") & (hidden["grade_level"] == "12") & (hidden["school_year"] == "2020-21")
        & (hidden["group_level"] == "in permanent housing")
    ].iloc[0]  # fmt: skip
    others = counts[
        (counts["district_id"] == "20") & (counts["grade_level"] == "12") & (counts["school_year"] == "2020-21")
    ]
    whole = others[others["group"] == ""]["chronically_absent"].iloc[0]
    shown = others[others["group_level"] == "students in temporary housing"]["chronically_absent"].iloc[0]
    assert cell["chronically_absent_low"] <= whole - shown <= cell["chronically_absent_high"]
