"""A model of counts with hidden cells goes from the low of one fill to the high of the other, or is refused."""

import numpy as np
import pandas as pd
import pytest
from test_published_tables import records_of

from analysis.models.estimates import estimate
from analysis.models.published import published_model
from analysis.models.published_estimates import DISPERSION, HIDDEN_CELLS
from analysis.models.published_fills import between_fills, endless, filled
from analysis.study import Models

GRADES = ("KG", "01", "02", "03")
DISTRICTS = ("1", "2", "3", "4")
HIDDEN = {("KG", "1"): (5, 30), ("03", "4"): (4, 25)}
"""Cells that are hidden: their students and chronically absent are at most 5 and 19, and so on."""


def cells(hidden: bool = True) -> pd.DataFrame:
    random = np.random.default_rng(7)
    rows = []
    for place, grade in enumerate(GRADES):
        for district in DISTRICTS:
            students = int(random.integers(80, 400))
            rows.append((grade, district, float(students), float(random.binomial(students, 0.1 + 0.03 * place))))
    table = pd.DataFrame(rows, columns=["grade_level", "district_id", "students", "chronically_absent"])
    for count in ("students", "chronically_absent"):
        table[f"{count}_low"] = table[f"{count}_high"] = table[count]
    for (grade, district), (chronic, students) in HIDDEN.items() if hidden else ():
        at = (table["grade_level"] == grade) & (table["district_id"] == district)
        table.loc[at, ["students", "chronically_absent"]] = np.nan
        table.loc[at, ["chronically_absent_low", "chronically_absent_high"]] = 0, chronic
        table.loc[at, ["students_low", "students_high"]] = 10, students
    return table


def test_fills_are_the_lowest_and_the_highest_rate_of_a_hidden_cell() -> None:
    low, high = filled(cells(), "chronic")
    at = low["students"] != high["students"]
    assert low.loc[at, ["chronically_absent", "students"]].to_numpy().tolist() == [[0, 30], [0, 25]]
    assert high.loc[at, ["chronically_absent", "students"]].to_numpy().tolist() == [[5, 10], [4, 10]]
    assert endless(cells(), "chronic") == 0


def test_without_hidden_cells_both_fills_are_the_model() -> None:
    table = cells(hidden=False)
    own = published_model(table, "district_id", Models()).adjusted_rates
    both = between_fills(table, "district_id", Models()).adjusted_rates
    pd.testing.assert_frame_equal(own, both, check_exact=False, rtol=1e-9)


def test_intervals_hold_those_of_both_fills_and_reach_from_low_to_high() -> None:
    both = between_fills(cells(), "district_id", Models()).adjusted_rates.set_index(["driver", "level"])
    for fill in filled(cells(), "chronic"):
        one = published_model(fill, "district_id", Models()).adjusted_rates.set_index(["driver", "level"])
        assert (both["rate_low"] <= one["rate_low"] + 1e-12).all() and (
            one["rate_high"] <= both["rate_high"] + 1e-12
        ).all()
        assert (both["contrast_low"] <= one["contrast_low"] + 1e-9).all()
        assert (one["contrast_high"] <= both["contrast_high"] + 1e-9).all()
    clear = both["p_value"] < 0.05
    assert (clear == (both["contrast_low"] * both["contrast_high"] > 0)).all()
    assert both.loc[("grade_level", "KG"), "students"] not in (0, np.nan)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_was_hidden_its_contrasts_lie_inside(seed: int) -> None:
    random, table = np.random.default_rng(seed), cells()
    both = between_fills(table, "district_id", Models()).adjusted_rates.set_index(["driver", "level"])
    students = table["students"].fillna(pd.Series(random.integers(10, 26, len(table)), index=table.index).astype(float))
    chronic = table["chronically_absent"].fillna(
        pd.Series(random.integers(0, 5, len(table)), index=table.index).astype(float)
    )
    true = published_model(table.assign(students=students, chronically_absent=chronic), "district_id", Models())
    contrasts = true.adjusted_rates.set_index(["driver", "level"])["contrast"]
    assert ((both["contrast_low"] <= contrasts) & (contrasts <= both["contrast_high"])).all()


TABLE = """
    district_id grade_level students chronically_absent hidden
    1           KG          100      30                 .
    1           01          200      20                 .
    2           KG          .        .                  source
    2           01          150      40                 .
    """


def test_a_hidden_cell_of_any_size_refuses_the_model(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("analysis.records.place", lambda *_: tmp_path)
    found = estimate(records_of(TABLE))
    assert found.refused == (
        "1 of 4 cells are hidden by the source, and how many students they have is not known: a model of the others"
        " alone would be about the large cells."
    )


def test_a_hidden_cell_that_is_bounded_is_modelled_and_said(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("analysis.records.place", lambda *_: tmp_path)
    records = records_of(TABLE)
    at = records.counts["hidden"] == "source"
    records.counts.loc[at, ["students_low", "students_high"]] = 20, 60
    records.counts.loc[at, ["chronically_absent_low", "chronically_absent_high"]] = 0, 5
    found = estimate(records)
    assert not found.refused and set(found.adjusted_rates["driver"]) == {"grade_level", "district_id"}
    assert found.model_checks["check"].tolist() == [f"chronic: {DISPERSION}", f"chronic: {HIDDEN_CELLS}"]
    assert found.model_checks["value"].tolist()[1] == 1


def test_records_without_grades_say_so(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("analysis.records.place", lambda *_: tmp_path)
    text = "district_id school_id students chronically_absent\n1 A 100 30\n1 B 100 20\n"
    assert estimate(records_of(text)).refused.startswith(
        "These records have no grades: whether it is the grade or the school cannot be told from them."
    )
