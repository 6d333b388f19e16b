"""All tables of a report together give no small count away, and a certificate proves it without a solver."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dated_report import BLOCK, DATES
from figures import report
from report_attack import Attack, attack, subtracted
from whole_report import drawn, published

from analysis import findings
from analysis.disclosure.certificate import bare_counts, problems_of
from analysis.disclosure.counts import room
from analysis.disclosure.equations import Cell, Equations, equations
from analysis.disclosure.marks import with_marks
from analysis.findings import tables as gates
from analysis.study import Study

EXAMPLE = Study.load(Path(__file__).parents[2] / "studies" / "example.yaml")
MINIMUM = EXAMPLE.disclosure.minimum
PROMISED = 1
"""No small count is found out; most could be six numbers in a row (docs/disclosure.md)."""


def attacked(seed: int, *, together: bool = True) -> tuple[Equations, Attack, dict[str, pd.DataFrame]]:
    exact, levels = drawn(seed)
    tables = published(EXAMPLE, exact, levels, together=together)
    known = equations(EXAMPLE, tables, levels)
    return known, attack(known, room(MINIMUM)), tables


def small(known: Equations) -> list[Cell]:
    return [cell for cell, mark in known.hidden.items() if mark == "minimum"]


@pytest.mark.parametrize("first", range(0, 10, 5))
def test_no_small_count_of_a_report_is_found_out(first: int) -> None:
    for seed in range(first, first + 5):
        known, found, tables = attacked(seed)
        widths = [found.widths[cell] for cell in small(known)]
        assert min(widths, default=PROMISED) >= PROMISED, seed
        assert np.mean([width < room(MINIMUM) for width in widths] or [0]) < 0.05, seed
        assert subtracted(known, found, MINIMUM) == [], seed
        assert problems_of(known, found.completions, PROMISED) == []
        report("tables attacked", len(tables))
        report("small counts hidden in them", len(widths))
        report("small counts found out", sum(not width for width in widths))


@pytest.mark.parametrize("seed", range(4))
def test_what_is_published_says_nothing_wrong(seed: int) -> None:
    """Every sum and bound that the attack starts from holds for the exact counts."""
    exact, levels = drawn(seed)
    known = equations(EXAMPLE, published(EXAMPLE, exact, levels), levels)
    true = equations(EXAMPLE, {name: table.assign(hidden="") for name, table in exact.items()}, levels)
    told = {cell: true.bounds[place][0] for cell, place in true.cells.items() if np.ptp(true.bounds[place]) == 0}
    looked = [(known.bounds[known.cells[cell]], value) for cell, value in told.items() if cell in known.cells]
    assert len(looked) > 50 and all(low <= value <= high for (low, high), value in looked)
    names = list(known.cells)
    for signs, least, most in known.sums:
        if all(names[place] in told for place in signs):
            assert least - 1e-6 <= sum(sign * told[names[place]] for place, sign in signs.items()) <= most + 1e-6


def test_tables_gated_each_for_itself_are_undone_together() -> None:
    """The attack is worth something: it finds what gating each table for itself leaves."""

    undone: Counter[str] = Counter()
    for seed in (1, 2, 3):
        known, found, _ = attacked(seed, together=False)
        cells = [cell for cell in small(known) if found.widths[cell] < PROMISED]
        undone.update(cell[1] for cell in (*cells, *subtracted(known, found, MINIMUM)))
    assert undone["chronically_absent"] and undone["students_counted"]


def test_a_date_is_not_what_its_month_leaves() -> None:
    """Gated by itself, a date of September and one of November are hidden: each is what its month leaves."""
    days = pd.DataFrame([(school, date) for school in ("S00", "S01") for date in DATES], columns=["school_id", "date"])
    students = np.where(days["date"] > "2017-11", 90, 100)
    days = days.assign(**BLOCK, level_type="level", students=students, days_absent=20.0)
    days.loc[days["date"] == DATES[0], "days_absent"] = 5.0
    days["absence_rate"] = days["days_absent"] / days["students"]
    months = days.assign(month=days["date"].str[:7]).groupby(["school_id", "month"], as_index=False)["students"].max()
    exact = {"school_days": days, "school_months": months.assign(**BLOCK, level_type="level")}
    within = {"school_level": pd.Series({"S00": "high", "S01": "high"})}
    found = []
    for together in (False, True):
        table = published(EXAMPLE, exact, within, together=together)["school_days"]
        found.append(table["days_absent"].isna().groupby([table["school_id"], table["date"].str[:7]]).sum())
    alone, beside = found
    assert alone.loc["S00"].tolist() == [1, 0, 1]
    assert (beside != 1).all() and beside["S00", "2017-09"] > 1


def test_a_report_without_days_enrolled_is_gated_too() -> None:
    """Of rates alone nobody knows how long a student was enrolled, and rules are compared nonetheless."""
    exact, within = drawn(2)
    rest = {name: table for name, table in exact.items() if not name.startswith("chronic_by_")}
    shown = published(EXAMPLE, rest, within)["definitions"]
    assert shown["students_counted"].notna().iloc[0] and (shown["hidden"] != "").any()


def test_a_certificate_that_is_touched_does_not_hold() -> None:
    known, found, _ = attacked(1)
    assert problems_of(known, found.completions[:, :-1], PROMISED)
    cell = known.cells[small(known)[0]]
    for change in (1, 0.5, -1e6):
        touched = found.completions.copy()
        touched[0, cell] += change
        assert problems_of(known, touched, PROMISED)
    assert problems_of(known, found.completions[:1], PROMISED), "one set of numbers moves nothing"


def test_no_table_of_a_report_shows_a_small_count(district: Study, tmp_path: Path) -> None:
    assert shown_by(district, tmp_path) == {}


def test_a_finding_made_around_the_gate_is_caught(
    district: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "gate", lambda study, name, table, beside=None: with_marks(table))
    assert {"absence_by_grade", "missed_days", "absence_by_race_ethnicity"} <= set(shown_by(district, tmp_path))


def shown_by(district: Study, folder: Path) -> dict[str, pd.DataFrame]:
    """Give the rows with small counts of what a page writes for partners, as its reader has them."""
    study = replace(district, settings=district.settings.model_copy(update={"audience": "partner"}))
    findings.where(study).save(folder)
    written = {path.stem: pd.read_csv(path) for path in sorted((folder / "tables").glob("*.csv"))}
    assert len(written) > 8
    found = {name: bare_counts(table, MINIMUM) for name, table in written.items()}
    return {name: rows for name, rows in found.items() if len(rows)}
