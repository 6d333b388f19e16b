"""Tables from published counts: what is kept as published, what is summed, and what is left empty."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.measures.published import absence_by
from analysis.measures.published_hidden import HiddenCells
from analysis.models.published_years import year_changes
from analysis.records.published_counts import COLUMNS
from analysis.records.types import PublishedCounts
from analysis.study import Settings, Study
from analysis.vocabulary import COUNT_COLUMNS

TEXT = (
    "school_year", "district_id", "district_name", "school_id", "school_name", "school_level", "grade_level", "group",
    "group_level", "hidden", "students_basis",
)  # fmt: skip


def records_of(text: str, **settings: Any) -> PublishedCounts:
    """Read cells from a text table: a header, then a row a cell, '.' where nothing stands."""
    header, *rows = [line.split() for line in text.strip().splitlines()]
    cells = pd.DataFrame(rows, columns=header).replace(".", "")
    counts = cells.reindex(columns=list(COLUMNS))
    for column in COLUMNS:
        text = counts[column].astype(object).where(counts[column].notna(), "").astype("str")
        counts[column] = text if column in TEXT else pd.to_numeric(text).astype(float)
    counts["school_year"] = counts["school_year"].replace("", "2017-18")
    counts["chronic_rate"] = counts["chronic_rate"].fillna(counts["chronically_absent"] / counts["students"])
    counts.loc[counts["students"].notna() & (counts["students_basis"] == ""), "students_basis"] = "counted"
    counts["parent"] = counts["district_id"] == "000"
    records = {"kind": "published_counts", "files": [{"path": "t.csv"}], "parents": {"district_id": ["000"]}}
    valid = Settings.model_validate({"title": "T", "records": records, **settings})
    study = Study(Path("studies/t.yaml"), Path(), Path(), valid)
    return PublishedCounts(study, counts, pd.DataFrame(), ())


def shown(table: pd.DataFrame, *columns: str) -> list[str]:
    """Write rows as text, rates in percent."""
    result = table[list(columns)].astype(object)
    for column in result:
        if "rate" in column and column not in ("rate_low", "rate_high"):
            result[column] = [f"{100 * value:.1f}%" if pd.notna(value) else "-" for value in table[column]]
        elif column in COUNT_COLUMNS and column != "students_basis":
            result[column] = [f"{value:.0f}" if pd.notna(value) else "-" for value in table[column]]
    return [" ".join(str(value) or "." for value in row) for row in result.itertuples(index=False)]


CHRONIC = ("level_type", "grade_level", "students", "chronically_absent", "chronic_rate", "hidden")
GRADES = """
    district_id grade_level students chronically_absent
    1           KG          100      30
    1           01          200      20
    1           09          100      40
    1           10          100      60
    """


def test_bands_and_total_are_sums_of_the_grades() -> None:
    assert shown(absence_by(records_of(GRADES), "grade_level"), *CHRONIC) == [
        "level KG 100 30 30.0% .",
        "level 01 200 20 10.0% .",
        "level 09 100 40 40.0% .",
        "level 10 100 60 60.0% .",
        "band K-8 300 50 16.7% .",
        "band 9-12 200 100 50.0% .",
        "total K-12 500 150 30.0% .",
    ]


def test_a_hidden_grade_leaves_its_band_and_the_total_empty() -> None:
    text = """
        district_id grade_level students chronically_absent hidden
        1           KG          100      30                 .
        1           01          .        .                  source
        1           09          100      40                 .
        """
    assert shown(absence_by(records_of(text), "grade_level"), *CHRONIC)[3:] == [
        "band K-8 - - - source",
        "band 9-12 100 40 40.0% .",
        "total K-12 - - - source",
    ]


def test_a_published_total_is_kept_and_takes_the_counts_of_its_grades() -> None:
    text = GRADES + "1 . . .\n"
    records = records_of(text)
    records.counts.loc[records.counts["grade_level"] == "", "chronic_rate"] = 0.301
    assert shown(absence_by(records, "grade_level"), *CHRONIC)[-1] == "total K-12 500 150 30.1% ."


def test_percents_alone_are_shown_and_never_averaged() -> None:
    text = """
        district_id grade_level chronic_rate
        1           KG          0.30
        1           01          0.10
        1           .           0.20
        """
    assert shown(absence_by(records_of(text), "grade_level"), *CHRONIC) == [
        "level KG - - 30.0% .",
        "level 01 - - 10.0% .",
        "band K-8 - - - not_available",
        "total K-12 - - 20.0% .",
    ]


def test_pre_kindergarten_stands_apart_unless_the_study_counts_it() -> None:
    text = GRADES + "1 PK 100 50\n1 . 600 200\n"
    assert shown(absence_by(records_of(text), "grade_level"), *CHRONIC)[-1] == "total K-12 500 150 30.0% ."
    every = {"definitions": {"grades": ["PK", "KG", "01", "09", "10"]}}
    assert shown(absence_by(records_of(text, **every), "grade_level"), *CHRONIC)[-1] == "total PK-10 600 200 33.3% ."
    hidden = text.replace("1           01          200      20", "1 01 . .")
    assert shown(absence_by(records_of(hidden), "grade_level"), *CHRONIC)[-1] == "total all 600 200 33.3% ."


STATE = """
    district_id grade_level students chronically_absent
    000         KG          1000     150
    000         .           2000     250
    1           KG          100      30
    1           .           200      40
    2           KG          300      30
    2           .           400      40
    """
DISTRICT = ("district_id", "level_type", "students", "chronic_rate")


def test_a_state_is_a_total_and_only_the_focus_has_other_tables() -> None:
    records = records_of(STATE, focus={"district_id": ["1"]})
    assert shown(absence_by(records, "district_id"), *DISTRICT) == [
        "1 level 200 20.0%",
        "2 level 400 10.0%",
        "000 total 2000 12.5%",
    ]
    assert shown(absence_by(records, "grade_level"), "district_id", *CHRONIC[:3]) == [
        "1 level KG 100",
        "1 total K-12 200",
    ]


def test_a_band_of_which_grades_are_not_published_is_not_summed() -> None:
    """Kindergarten alone is not 'grades K-8', where the published total has a hundred students more."""
    bands = [row for row in shown(absence_by(records_of(STATE), "grade_level"), *CHRONIC[:3]) if row.startswith("band")]
    assert bands == []
    whole = STATE.replace(".           2000", ".           1010").replace("000         .           1010", "000 . 1010")
    assert "band K-8 1000" in shown(absence_by(records_of(whole), "grade_level"), *CHRONIC[:3]), "kindergartens only"


def test_several_districts_in_focus_are_taken_together() -> None:
    records = records_of(STATE, focus={"district_id": ["1", "2"]})
    assert shown(absence_by(records, "grade_level"), "district_id", *CHRONIC) == [
        "all level KG 400 60 15.0% .",
        "all total K-12 600 80 13.3% .",
    ]


def test_without_a_focus_the_tables_are_about_the_parent_else_about_all() -> None:
    assert set(absence_by(records_of(STATE), "grade_level")["district_id"]) == {"000"}
    alone = "\n".join(line for line in STATE.splitlines() if " 000 " not in line)
    assert set(absence_by(records_of(alone), "grade_level")["district_id"]) == {"all"}
    assert shown(absence_by(records_of(alone), "district_id"), *DISTRICT)[-1] == "all total 600 13.3%"


def test_schools_are_summed_where_the_district_has_no_row_of_its_own() -> None:
    text = """
        district_id school_id grade_level students chronically_absent
        1           A         KG          100      30
        1           A         01          100      10
        1           B         KG          50       5
        """
    records = records_of(text)
    assert shown(absence_by(records, "school_id"), "school_id", "level_type", "students", "chronically_absent") == [
        "A level 200 40",
        "B level 50 5",
        "all total 250 45",
    ]
    assert shown(absence_by(records, "grade_level"), *CHRONIC[:4])[:2] == ["level KG 150 35", "level 01 100 10"]
    assert shown(absence_by(records, "district_id"), *DISTRICT) == ["1 level 250 18.0%"]


def test_groups_are_as_published_with_everybody_as_their_total() -> None:
    text = """
        district_id grade_level group group_level students chronically_absent students_basis
        1           .           .     .           300      60                 .
        1           .           sex   F           151      30                 from_percent
        1           .           sex   M           149      30                 from_percent
        1           KG          sex   F           40       4                  .
        """
    table = absence_by(records_of(text), "sex")
    assert shown(table, "level_type", "sex", "students", "chronic_rate", "students_basis") == [
        "level F 151 19.9% from_percent",
        "level M 149 20.1% from_percent",
        "total all 300 20.0% counted",
    ]


def test_days_are_summed_beside_chronic_counts() -> None:
    text = """
        district_id grade_level days_enrolled days_absent
        1           KG          1000          100
        1           01          3000          100
        """
    table = absence_by(records_of(text), "grade_level")
    assert shown(table, "grade_level", "days_absent", "absence_rate", "hidden")[-1] == "K-12 200 5.0% ."


def test_a_table_that_the_source_does_not_have_is_empty() -> None:
    for driver in ("school_id", "sex"):
        table = absence_by(records_of(STATE, focus={"district_id": ["1"]}), driver)
        assert (table["level_type"] == "total").all() and table.columns[-1] == "hidden"


def test_a_hidden_count_makes_a_range_and_no_rate() -> None:
    text = """
        district_id grade_level students chronically_absent hidden
        1           KG          100      30                 .
        1           01          .        .                  source
        1           09          100      40                 .
        """
    records = records_of(text)
    ends = {"students_low": 10, "students_high": 20, "chronically_absent_low": 0, "chronically_absent_high": 5}
    records.counts.loc[records.counts["hidden"] == "source", list(ends)] = list(ends.values())
    table = absence_by(records, "grade_level")
    ranges = table[["grade_level", "chronic_rate", "rate_low", "rate_high"]].astype(object).where(table.notna(), None)
    assert ranges.to_numpy().tolist() == [
        ["KG", 0.3, None, None],
        ["01", None, 0.0, 0.5],  # 0 of 20 to 5 of 10
        ["09", 0.4, None, None],
        ["K-8", None, 30 / 120, 35 / 110],
        ["9-12", 0.4, None, None],
        ["K-12", None, 70 / 220, 75 / 210],
    ]


def test_a_hidden_cell_of_which_nothing_is_known_makes_no_range() -> None:
    text = """
        district_id grade_level students chronically_absent hidden
        1           KG          100      30                 .
        1           01          .        .                  source
        """
    table = absence_by(records_of(text), "grade_level")
    assert table["rate_low"].isna().all() and table["rate_high"].isna().all()


def test_sums_with_more_chronic_than_students_have_no_rate() -> None:
    text = """
        district_id school_id students chronically_absent
        1           A         10       30
        2           B         100      20
        """
    table = absence_by(records_of(text), "district_id")
    assert shown(table, "district_id", "chronically_absent", "chronic_rate", "hidden") == [
        "1 30 - not_available",
        "2 20 20.0% .",
        "all 50 45.5% .",
    ]


@pytest.mark.parametrize(("shown", "misleading"), [(0.12, True), (0.10, True), (0.11, False), (float("nan"), False)])
def test_shown_cells_mislead_where_their_total_says_another_rate(shown: float, misleading: bool) -> None:
    assert HiddenCells(3, 10, shown, 0.11).misleading == misleading


def test_what_is_hidden_in_all_schools_is_hidden_by_the_source(tmp_path: Path) -> None:
    table = absence_by(records_of("""
        district_id school_id group group_level students chronically_absent hidden
        1           A         race  White       100      30                 .
        1           A         race  Asian       4        .                  source
        1           B         race  White       50       10                 .
        1           B         race  Asian       3        .                  source
        """), "race")  # fmt: skip
    assert shown(table, "race", "students", "chronically_absent", "chronic_rate", "hidden") == [
        "Asian 7 - - source",
        "White 150 40 26.7% .",
    ]


def test_what_a_change_between_years_leaves_out_is_counted() -> None:
    """A cell that is hidden in one year is in no change; neither is a school that is new."""
    lines = ["school_year district_id school_id students chronically_absent hidden"]
    for school in range(1, 9):
        lines += [f"{year} 1 S{school} 200 {20 + school + more} ." for year, more in (("2016-17", 0), ("2017-18", 4))]
    lines[3] = "2016-17 1 S2 200 . source"
    lines.append("2017-18 1 NEW 200 30 .")
    changes = year_changes(records_of("\n".join(lines))).iloc[0]
    assert (changes["units"], changes["cells"], changes["cells_left_out"]) == (7, 9, 2)
