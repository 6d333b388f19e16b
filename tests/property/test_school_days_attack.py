"""Days of schools under the rule `minimum`: absences of a date that one table hides are not what others leave."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from report_attack import attack

from analysis import measures
from analysis.disclosure import gate
from analysis.disclosure.counts import room
from analysis.disclosure.equations import equations
from analysis.findings.gated import lies_within, passed
from analysis.models.estimates import estimate
from analysis.records.types import SchoolDays

sys.path.append(str(Path(__file__).parents[1] / "spec"))
from test_school_days import school_days

DATES = pd.bdate_range("2017-09-04", periods=40).strftime("%Y-%m-%d")
MAPPED = "  columns: {school_id: School, district_id: D, date: Day, days_enrolled: Possible, days_absent: Absent}\n"
GATED = "disclosure: {rule: minimum}\naudience: partner\n"


def drawn(folder: Path, seed: int) -> SchoolDays:
    """Draw two small schools of which on some days few are absent."""
    random = np.random.default_rng(seed)
    share = np.where(random.random(len(DATES)) < 0.15, 0.04, 0.16)
    rows = [
        f"{school}|1|{date}|{size}|{random.binomial(size, one)}"
        for school, size in (("A", 60), ("B", 70))
        for date, one in zip(DATES, share, strict=True)
    ]
    return school_days(folder, "\n".join(["School|D|Day|Possible|Absent", *rows]), MAPPED, GATED)


def published(source: SchoolDays, *, together: bool) -> dict[str, pd.DataFrame]:
    """Make the tables of a report in which something is shown, and gate them."""
    dates = estimate(source).by_date
    exact = measures.linked(source) | {"absence_by_date": dates, "worst_days": dates.nlargest(10, "absence_rate")}
    exact["worst_days"] = exact["worst_days"].drop(columns="days_enrolled")
    if together:
        return {name: passed(source, name, table) for name, table in exact.items()}
    return {name: gate(source.study, name, table) for name, table in exact.items()}


def widths_of_small(source: SchoolDays, *, together: bool = True) -> list[float]:
    """Attack them; give how far apart each small number absent on a date was found to be."""
    known = equations(source.study, published(source, together=together), lies_within(source))
    found = attack(known, room(source.study.disclosure.minimum))
    return [found.widths[cell] for cell, mark in known.hidden.items() if mark == "minimum"]


def test_dates_gated_each_table_for_itself_are_undone_by_their_weeks(tmp_path: Path) -> None:
    assert min(widths_of_small(drawn(tmp_path, 1), together=False)) == 0


@pytest.mark.parametrize("seed", range(6))
def test_no_small_number_absent_on_a_date_is_what_its_week_leaves(tmp_path: Path, seed: int) -> None:
    source = drawn(tmp_path, seed)
    widths = widths_of_small(source)
    assert widths and min(widths) >= room(source.study.disclosure.minimum)
    shown = published(source, together=True)
    assert shown["absence_by_date"]["days_absent"].notna().sum() > 10, "the gate leaves something"
    assert shown["absence_by_week"]["days_absent"].notna().any()
