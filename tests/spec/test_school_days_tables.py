"""The tables of days of schools: what is summed, what stands as published, what is of no table."""

from pathlib import Path

import pandas as pd
import pytest
from test_school_days import NESTED, PERCENTS, WEEKS, school_days

from analysis.measures import school_days as measures
from analysis.records.types import SchoolDays
from analysis.vocabulary import COUNT_COLUMNS


def rates(table: pd.DataFrame, level: str) -> dict[str, float]:
    return {getattr(row, level): round(row.absence_rate, 6) for row in table.itertuples()}


def of(source: SchoolDays, driver: str) -> dict[str, float]:
    level = {"week": "week_start"}.get(driver, driver)
    return rates(measures.absence_by(source, driver), level)


PERCENT_ROWS = """
    School|D|Day|Present
    A|1|2017-09-05|90
    A|1|2017-09-06|80
    A|1|2017-10-02|70
    B|2|2017-09-05|100
    B|2|2017-09-06|NS
    B|2|2017-10-02|100
    TOTAL||2017-09-05|93
    TOTAL||2017-09-06|82
    TOTAL||2017-10-02|75
"""
MAPPED = (
    PERCENTS.replace("school_id: School", "school_id: School, district_id: D") + "  parents: {school_id: [TOTAL]}\n"
)


def test_percents_are_means_over_schools_and_days(tmp_path: Path) -> None:
    source = school_days(tmp_path, PERCENT_ROWS, MAPPED)
    assert of(source, "month") == {"2017-09": 0.1, "2017-10": 0.15, "all": 0.12}
    assert of(source, "weekday") == {"Monday": 0.15, "Tuesday": 0.05, "Wednesday": 0.2, "all": 0.12}
    assert of(source, "week") == {"2017-09-04": 0.1, "2017-10-02": 0.15, "all": 0.12}
    assert of(source, "school_id") == {"A": 0.2, "B": 0.0, "all": 0.12}
    assert of(source, "district_id") == {"1": 0.2, "2": 0.0, "all": 0.12}
    table = measures.absence_by(source, "month")
    assert list(table.columns) == ["school_year", "district_id", "level_type", "month", *COUNT_COLUMNS, "hidden"]
    assert table[["students", "days_enrolled", "days_absent", "chronic_rate"]].isna().all(axis=None)
    assert (table["hidden"] == "").all()


def test_how_many_schools_report_is_said_of_the_year_in_focus(tmp_path: Path) -> None:
    rows = """
    School|D|Day|Present
    A|1|2016-10-05|90
    B|2|2016-10-05|90
    A|1|2017-09-05|90
    B|2|2017-09-05|100
    TOTAL||2017-09-05|95
    A|1|2017-10-02|70
    """
    assert measures.reporting(school_days(tmp_path, rows, MAPPED)).to_dict() == {"2017-09": 1.0, "2017-10": 0.5}


def test_how_many_schools_report_is_of_all_schools_and_not_of_the_most_on_one_date(tmp_path: Path) -> None:
    """Of three schools two report on a date at most."""
    rows = """
    School|D|Day|Present
    A|1|2017-09-05|90
    B|2|2017-09-05|90
    A|1|2017-10-02|70
    C|1|2017-10-02|70
    """
    reported = measures.reporting(school_days(tmp_path, rows, MAPPED))
    assert reported.round(3).to_dict() == {"2017-09": 0.667, "2017-10": 0.667}


def test_the_published_percent_of_the_whole_stands_apart(tmp_path: Path) -> None:
    total = measures.published_total(school_days(tmp_path, PERCENT_ROWS, MAPPED))
    assert total["absence_rate"].round(2).tolist() == [0.07, 0.18, 0.25]


def test_what_no_row_tells_apart_has_the_total_alone(tmp_path: Path) -> None:
    source = school_days(tmp_path, PERCENT_ROWS, MAPPED)
    for driver in ("grade_level", "absence_reason", "school_level"):
        assert of(source, driver) == {"all": 0.12}


def test_coverage_counts_rows_without_a_number(tmp_path: Path) -> None:
    table = measures.coverage(school_days(tmp_path, PERCENT_ROWS, MAPPED)).set_index(["school_id", "month"])
    assert table.loc[("B", "2017-09"), ["rows", "rows_without_number", "unmarked_share"]].tolist() == [2, 1, 0.5]
    assert table["rows_without_number"].sum() == 1 and "TOTAL" not in table.index.get_level_values(0)


def test_days_are_summed_and_totals_stand_as_published(tmp_path: Path) -> None:
    declared = WEEKS + "  parents: {district_id: [N], school_type: [Total]}\n"
    source = school_days(
        tmp_path, NESTED.replace("N|Total|Week 38|2022|660|66", "N|Total|Week 38|2022|660|65"), declared
    )
    by_kind = measures.absence_by(source, "school_type").set_index("school_type")
    assert by_kind.loc["Primary", ["days_enrolled", "days_absent"]].tolist() == [1200, 96]
    # a district that holds others is no part of the whole, and no row without a district is the whole here
    assert by_kind.loc["all", "days_absent"] == 18 + 30 + 24 + 42
    districts = measures.absence_by(source, "district_id").set_index(["level_type", "district_id"])["days_absent"]
    assert districts.to_dict() == {("level", "A"): 42, ("level", "B"): 72, ("total", "N"): 113, ("total", "all"): 114}


WHOLE = """
        Area|Geo|Kind|Week|Year|Possible|Absent
        |N|Primary|Week 37|2022|600|36
        |N|Special|Week 37|2022|60|12
        |N|Total|Week 37|2022|660|49
        A|L|Primary|Week 37|2022|200|10
        A|L|Special|Week 37|2022|40|8
        B|L|Primary|Week 37|2022|400|26
        B|L|Special|Week 37|2022|20|4
        A|L|Primary|Week 38|2022|200|20
        A|L|Special|Week 38|2022|40|5
        B|L|Primary|Week 38|2022|400|40
        B|L|Special|Week 38|2022|20|1
        """
OF_WHOLE = (
    WEEKS.replace("district_id: Area", "district_id: Area, geo: Geo") + "  parents: {geo: [N], school_type: [Total]}\n"
)


def test_the_whole_is_as_published_where_it_is_published(tmp_path: Path) -> None:
    source = school_days(tmp_path, WHOLE, OF_WHOLE)
    weeks = measures.absence_by(source, "week").set_index("week_start")
    assert weeks["days_absent"].to_dict() == {"2022-09-12": 49, "2022-09-19": 66, "all": 115}
    kinds = measures.kind_and_time(source, "school_type").set_index(["school_type", "week_start"])["days_absent"]
    assert kinds.to_dict() == {
        ("Primary", "2022-09-12"): 36, ("Primary", "2022-09-19"): 60,
        ("Special", "2022-09-12"): 12, ("Special", "2022-09-19"): 6,
    }  # fmt: skip
    assert of(source, "month") == {"all": round(115 / 1320, 6)}  # a week is of no one month


def test_districts_in_focus_are_the_subject_and_others_stand_by_district_alone(tmp_path: Path) -> None:
    source = school_days(tmp_path, WHOLE, OF_WHOLE, rest="focus: {district_id: [A]}\n")
    weeks = measures.absence_by(source, "week")
    assert weeks["days_absent"].tolist() == [18, 25, 43] and set(weeks["district_id"]) == {"A"}
    assert set(measures.absence_by(source, "district_id")["district_id"]) == {"A", "B", "all"}
    assert set(measures.model_rows(source)["unit"]) == {"A"}


def test_model_rows_are_the_parts(tmp_path: Path) -> None:
    rows = measures.model_rows(school_days(tmp_path, WHOLE, OF_WHOLE))
    assert (
        len(rows) == 8
        and rows["n"].sum() == 1320
        and list(rows.columns) == ["unit", "date", "school_type", "week", "n", "y"]
    )


def test_years_are_compared_over_the_part_that_all_have(tmp_path: Path) -> None:
    mapped = """
  set: {district_id: D}
  columns: {week: w, school_year: y, days_enrolled: n, days_absent: a}
"""
    rows = "w|y|n|a\n1|2014-15|100|10\n2|2014-15|100|20\n3|2014-15|100|60\n1|2015-16|100|10\n2|2015-16|100|10"
    table = measures.same_part_of_year(school_days(tmp_path, rows, mapped))
    assert table["absence_rate"].tolist() == [0.15, 0.1] and table["dates"].tolist() == [2, 2]
    assert table["whole_rate"].tolist() == [0.3, 0.1]


def test_dated_years_are_cut_at_the_same_day(tmp_path: Path) -> None:
    rows = "School|Day|Present\nA|2016-09-05|90\nA|2016-10-05|80\nA|2017-05-05|50\nA|2017-09-06|80\nA|2017-10-05|90"
    table = measures.same_part_of_year(school_days(tmp_path, rows, PERCENTS))
    assert table["absence_rate"].round(6).tolist() == [0.2, 0.15] and table["dates"].tolist() == [1, 2]


def test_two_districts_that_number_their_schools_alike(tmp_path: Path) -> None:
    mapped = PERCENTS.replace("school_id: School", "school_id: School, district_id: D")
    source = school_days(tmp_path, "School|D|Day|Present\n1|A|2017-09-05|90\n1|B|2017-09-05|70", mapped)
    table = measures.absence_by(source, "school_id")
    assert table["absence_rate"].round(6).tolist() == [0.1, 0.3, 0.2]
    assert set(measures.model_rows(source)["unit"]) == {"A 1", "B 1"}


def test_a_district_that_publishes_its_own_row_beside_its_schools(tmp_path: Path) -> None:
    mapped = "  columns: {school_id: S, district_id: D, date: Day, days_enrolled: n, days_absent: a}\n"
    rows = "S|D|Day|n|a\nA|1|2017-09-05|100|10\nB|1|2017-09-05|100|20\n|1|2017-09-05|210|32"
    source = school_days(tmp_path, rows, mapped)
    assert of(source, "school_id") == {"A": 0.1, "B": 0.2, "all": pytest.approx(32 / 210, abs=1e-6)}
    assert len(measures.model_rows(source)) == 2
