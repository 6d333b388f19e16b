"""Cells of random tables are hidden by a rule: every interval holds what was hidden, and none tells it too closely."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from analysis.measures.published import absence_by
from analysis.records.published.bounds import bounded
from analysis.records.published.numbers import COUNTS
from analysis.records.published_counts import COLUMNS
from analysis.records.types import PublishedCounts
from analysis.study import Settings, Study

STATE = "000"
RULES: dict[str, dict[str, int]] = {
    "either": {"chronically_absent": 5, "students": 19}, "chronic": {"chronically_absent": 9}, "small": {"students": 9},
    "not in numbers": {},
}  # fmt: skip
RATES = {"chronic_rate": ("chronically_absent", "students"), "absence_rate": ("days_absent", "days_enrolled")}


def study_of(at_most: dict[str, int], **settings: Any) -> Study:
    records = {
        "kind": "published_counts", "files": [{"path": "t.csv"}], "parents": {"district_id": [STATE]},
        "groups": ["sex"], "marks": {"suppressed": ["*"], "at_most": at_most},
    }  # fmt: skip
    valid = Settings.model_validate({"title": "T", "records": records, **settings})
    return Study(Path("studies/t.yaml"), Path(), Path(), valid)


@st.composite
def truths(draw: st.DrawFn) -> pd.DataFrame:
    """Draw a table whose totals are right: a state, its districts, their grades, and the two sexes."""
    rows = []
    for district in "123"[: draw(st.integers(1, 3))]:
        for grade in ("KG", "01", "09")[: draw(st.integers(1, 3))]:
            for sex in "FM":
                students = draw(st.integers(0, 45))
                chronic = draw(st.integers(0, students))
                rows.append((district, grade, sex, students, chronic))
    cells = pd.DataFrame(rows, columns=["district_id", "grade_level", "sex", "students", "chronically_absent"])
    cells["days_enrolled"] = 180.0 * cells["students"]
    cells["days_absent"] = 18.0 * cells["chronically_absent"] + cells["students"]
    cells["days_absent"] = cells[["days_absent", "days_enrolled"]].min(axis=1)
    sums = []
    for state in (False, True):
        for by_grade in (False, True):
            for by_sex in (False, True):
                part = cells.assign(
                    district_id=STATE if state else cells["district_id"],
                    grade_level=cells["grade_level"] if by_grade else "",
                    group="sex" if by_sex else "",
                    group_level=cells["sex"] if by_sex else "",
                )
                keys = ["district_id", "grade_level", "group", "group_level"]
                sums.append(part.groupby(keys, as_index=False)[list(COUNTS)].sum())
    table = pd.concat(sums, ignore_index=True).assign(school_year="2017-18", school_id="", school_level="")
    left_out = draw(st.sampled_from([[], ["09"], ["KG", "09"]]))  # rows that the source does not list
    kept = ~table["grade_level"].isin(left_out) | (len(left_out) == 0)
    return table[kept].reset_index(drop=True)


@st.composite
def published(draw: st.DrawFn) -> tuple[Study, pd.DataFrame, pd.DataFrame]:
    """Hide a table's cells by a rule; where it is not told in numbers, any cells."""
    truth, rule = draw(truths()), draw(st.sampled_from(sorted(RULES)))
    at_most = RULES[rule]
    hide = np.zeros(len(truth), dtype=bool)
    for count, most in at_most.items():
        hide |= (truth[count] <= most).to_numpy()
    if not at_most:
        hide = np.array(draw(st.lists(st.booleans(), min_size=len(truth), max_size=len(truth))), dtype=bool)
    shown_sizes = draw(st.booleans())
    table = truth.copy()
    for count in COUNTS:
        hidden = hide & (count not in ("students", "days_enrolled") or not shown_sizes)
        table[f"{count}_hidden"] = hidden
        table[count] = table[count].astype(float).mask(hidden)
        table[f"{count}_low"] = table[f"{count}_high"] = table[count]
    table["hidden"] = np.where(hide, "source", "")
    return study_of(at_most), truth, table


@settings(max_examples=25, deadline=None, phases=(Phase.generate,))
@given(published())
def test_every_interval_holds_what_was_hidden(made: tuple[Study, pd.DataFrame, pd.DataFrame]) -> None:
    study, truth, table = made
    found = bounded(study, table)
    for count in COUNTS:
        assert (found[f"{count}_low"] <= truth[count]).all(), count
        assert (truth[count] <= found[f"{count}_high"]).all(), count
    shown = table["hidden"] == ""
    for count in COUNTS:
        assert (found.loc[shown, f"{count}_low"] == found.loc[shown, f"{count}_high"]).all()


@settings(max_examples=25, deadline=None, phases=(Phase.generate,))
@given(published())
def test_no_interval_tells_a_hidden_count_closer_than_the_rule(made: tuple[Study, pd.DataFrame, pd.DataFrame]) -> None:
    study, _, table = made
    found, rule = bounded(study, table), study.settings.records.marks.at_most
    says = {
        "students": rule.get("students", np.inf),
        "chronically_absent": min(rule.get("chronically_absent", np.inf), rule.get("students", np.inf)),
    }
    for count, most in says.items():
        least = most + 1 if np.isfinite(most) else study.disclosure.minimum
        hidden = found[table[f"{count}_hidden"]]
        width = hidden[f"{count}_high"] - hidden[f"{count}_low"] + 1
        possible = hidden["students_high"] + 1  # of four students no more than four can be absent, and that is shown
        assert (width >= np.minimum(least, possible)).all()


@settings(max_examples=25, deadline=None, phases=(Phase.generate,))
@given(published())
def test_the_range_of_a_rate_holds_the_rate(made: tuple[Study, pd.DataFrame, pd.DataFrame]) -> None:
    study, truth, table = made
    whole = bounded(study, table).assign(
        parent=table["district_id"] == STATE, students_basis="", hidden=table["hidden"]
    )
    for rate, (count, size) in RATES.items():
        whole[rate] = whole[count] / whole[size].where(whole[size] > 0)
    without_totals = whole[(whole["grade_level"] != "") & (whole["district_id"] != STATE)]
    real = truth[(truth["grade_level"] != "") & (truth["district_id"] != STATE) & (truth["group"] == "")]
    if real.empty or not whole["chronic_rate"].notna().any():
        return
    counts = without_totals.assign(district_name="", school_name="").reset_index(drop=True)[list(COLUMNS)]
    records = PublishedCounts(study, counts, pd.DataFrame(), ())
    rate = f"{records.outcome}_rate"
    count, size = RATES[rate]
    totals = absence_by(records, "grade_level").query("level_type == 'total'")
    true = real[count].sum() / real[size].sum() if real[size].sum() else np.nan
    for _, total in totals.iterrows():
        if pd.notna(total[rate]):
            assert total[rate] == pytest.approx(true)
        elif pd.notna(total["rate_low"]) and not np.isnan(true):
            assert total["rate_low"] - 1e-12 <= true <= total["rate_high"] + 1e-12


def table_of(rows: list[tuple[str, str, float | None]], at_most: dict[str, int]) -> pd.DataFrame:
    """Bound a table of districts and grades with students; None is hidden."""
    cells = pd.DataFrame(rows, columns=["district_id", "grade_level", "students"])
    cells = cells.assign(school_year="2017-18", school_id="", group="", group_level="")
    for count in COUNTS:
        cells[count] = cells.get(count, pd.Series(np.nan, index=cells.index)).astype(float)
        cells[f"{count}_hidden"] = cells[count].isna() & (count == "students")
        cells[f"{count}_low"] = cells[f"{count}_high"] = cells[count]
    cells["hidden"] = np.where(cells["students"].isna(), "source", "")
    return bounded(study_of(at_most), cells)


def test_a_total_less_what_is_shown_bounds_what_is_hidden() -> None:
    rows = [(STATE, "KG", 100), ("1", "KG", 60), ("2", "KG", None), ("3", "KG", None)]
    found = table_of(rows, {})
    hidden = found[found["hidden"] == "source"]
    assert hidden["students_low"].tolist() == [0, 0] and hidden["students_high"].tolist() == [49, 49]
    by_rule = table_of(rows, {"students": 19})  # both are under 20, and 40 together leave no room for it
    assert by_rule.loc[by_rule["hidden"] == "source", "students_high"].tolist() == [19, 19]


def test_an_exact_remainder_is_not_told() -> None:
    rows = [(STATE, "KG", 63), ("1", "KG", 60), ("2", "KG", None), (STATE, "01", 70), ("1", "01", 40), ("2", "01", 30)]
    found = table_of(rows, {"students": 9}).set_index(["district_id", "grade_level"])
    assert found.loc[("2", "KG"), ["students_low", "students_high"]].tolist() == [0, 9]


def test_totals_that_parts_exceed_bound_nothing_from_above() -> None:
    seen = [(STATE, "01", 50), ("1", "01", 40), ("2", "01", 30)]  # a student in two districts counts in both
    rows = [(STATE, "KG", 100), ("1", "KG", 60), ("2", "KG", None), *seen]
    found = table_of(rows, {})
    assert found.loc[found["hidden"] == "source", "students_high"].tolist() == [np.inf]


def test_a_percent_of_a_large_group_that_is_hidden_to_protect_a_small_one_is_not_bounded_by_the_rule() -> None:
    cells = pd.DataFrame({"district_id": ["1", "1"], "grade_level": ["KG", "01"], "chronically_absent": [146.0, None]})
    cells = cells.assign(school_year="2017-18", school_id="", group="", group_level="", hidden="source")
    for count in COUNTS:
        cells[count] = cells.get(count, pd.Series(np.nan, index=cells.index))
        cells[f"{count}_hidden"] = [False, count == "chronically_absent"]
        cells[f"{count}_low"] = cells[f"{count}_high"] = cells[count]
    found = bounded(study_of({"chronically_absent": 5, "students": 19}), cells)
    assert found["chronically_absent_high"].tolist() == [146, 19]
    assert found["students_low"].tolist() == [146, 0] and found["students_high"].tolist() == [np.inf, np.inf]
