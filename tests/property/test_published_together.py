"""Published counts under the rule `minimum`: what one table hides is not what others leave."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from report_attack import attack, drop_untrue

from analysis import measures
from analysis.disclosure import gate
from analysis.disclosure.counts import room
from analysis.disclosure.equations import equations
from analysis.findings import gated as gates
from analysis.findings.gated import lies_within, passed
from analysis.measures.published import COUNTS
from analysis.records.published_counts import COLUMNS
from analysis.records.types import PublishedCounts
from analysis.study import Settings, Study

STATE = "000"


@pytest.fixture(autouse=True)
def _made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file is behind these counts, by which what was made of them could be kept."""
    monkeypatch.setattr(gates, "once", lambda source, make, name: make(source))


def counts_of(rows: list[tuple[str, str, str, int, int]]) -> PublishedCounts:
    """Make the counts of a state from a row a unit: district, school, its level, students, chronic."""
    keys = ["district_id", "school_id", "school_level", "students", "chronically_absent"]
    cells = pd.DataFrame(rows, columns=keys)
    total = cells[cells["school_id"] == ""][keys[3:]].sum()
    state = pd.DataFrame([{**dict.fromkeys(keys[:3], ""), **total, "district_id": STATE}])
    cells = pd.concat([cells, state], ignore_index=True).reindex(columns=list(COLUMNS))
    numbers = {*COUNTS, "chronic_rate", "absence_rate", *(f"{one}_{end}" for one in COUNTS for end in ("low", "high"))}
    for column in COLUMNS:
        cells[column] = (
            cells[column].astype(float) if column in numbers else cells[column].astype(object).fillna("").astype(str)
        )
    cells = cells.assign(
        school_year="2017-18", students_basis="counted", parent=cells["district_id"] == STATE,
        chronic_rate=cells["chronically_absent"] / cells["students"],
    )  # fmt: skip
    records = {"kind": "published_counts", "files": [{"path": "t.csv"}], "parents": {"district_id": [STATE]}}
    valid = Settings.model_validate({"title": "T", "records": records, "disclosure": {"rule": "minimum"}})
    return PublishedCounts(Study(Path("studies/t.yaml"), Path(), Path(), valid), cells, pd.DataFrame(), ())


def hidden_of(table: pd.DataFrame, key: str) -> set[str]:
    """Name the levels whose chronic count is hidden."""
    few = table[table["chronically_absent"].isna() & (table["level_type"] == "level")]
    return set(few[key])


def test_a_district_that_is_hidden_beside_another_is_not_what_its_schools_add_up_to() -> None:
    """District 1 has 5 chronic students; 2 is hidden beside it, and its two schools add up to it."""
    sizes = {"1": {"a": (40, 5)}, "2": {"b": (100, 20), "c": (100, 30)}, "3": {"d": (300, 60), "e": (300, 70)}}
    rows = [(district, "", "", *map(sum, zip(*schools.values(), strict=True))) for district, schools in sizes.items()]
    rows += [(district, school, "high", *n) for district, schools in sizes.items() for school, n in schools.items()]
    source = counts_of(rows)
    exact = measures.linked(source)
    alone = {name: gate(source.study, name, table) for name, table in exact.items()}
    assert hidden_of(alone["absence_by_district"], "district_id") == {"1", "2"}
    assert hidden_of(alone["absence_by_school"], "school_id") == {"a"}
    assert small_widths(source, alone)[0] == 0, "the attack is worth something"
    beside = {name: passed(source, name, table) for name, table in exact.items()}
    assert hidden_of(beside["absence_by_district"], "district_id") == {"1", "2"}
    assert hidden_of(beside["absence_by_school"], "school_id") & {"b", "c"}
    state = beside["absence_by_district"].query("level_type == 'total'")
    assert state["district_id"].tolist() == [STATE] and state["chronically_absent"].notna().all()


def test_a_school_is_not_what_its_level_leaves() -> None:
    """Two small schools of one district: one is the only small middle school, and schools are summed by level."""
    rows = [(district, "", "", 500, 70 if district > "1" else 45) for district in "123"]
    rows += [("1", "a", "middle", 50, 5), ("1", "b", "high", 50, 6), ("1", "c", "middle", 400, 34)]
    rows += [(district, f"{district}{level}", level, 250, 35) for district, level in product("23", ("middle", "high"))]
    source = counts_of(rows)
    exact = measures.linked(source)
    assert hidden_of(gate(source.study, "absence_by_school", exact["absence_by_school"]), "school_id") == {"a", "b"}
    levels = passed(source, "absence_by_school_level", exact["absence_by_school_level"])
    assert hidden_of(levels, "school_level") == set()
    schools = passed(source, "absence_by_school", exact["absence_by_school"])
    few = schools[schools["chronically_absent"].isna() & (schools["level_type"] == "level")]
    level = source.counts.drop_duplicates("school_id").set_index("school_id")["school_level"]
    assert few["school_id"].map(level).value_counts().min() >= 2


@pytest.mark.parametrize("rule", ["as_published", "minimum"])
def test_published_rates_without_counts_pass_and_nothing_is_compared(rule: str) -> None:
    source = counts_of([("1", "", "", 100, 20), ("2", "", "", 100, 30)])
    disclosure = source.study.settings.disclosure
    settings = source.study.settings.model_copy(update={"disclosure": disclosure.model_copy(update={"rule": rule})})
    rates = source.counts.assign(students=float("nan"), chronically_absent=float("nan"), students_basis="")
    source = replace(source, study=replace(source.study, settings=settings), counts=rates)
    for name, table in measures.linked(source).items():
        assert passed(source, name, table)["chronic_rate"].isna().all() == (rule == "minimum")


@pytest.mark.parametrize("more", [0, 12_000_000])
def test_a_source_whose_sums_do_not_hold_is_attacked_all_the_same(more: int) -> None:
    """Schools of a district come to 7 students too many (counts worked back, say); a nation has many millions."""
    rows = [("1", "", "", 540 + more, 75), ("2", "", "", 300, 60)]
    rows += [("1", "a", "high", 40, 5), ("1", "b", "high", 207 + more, 30), ("1", "c", "high", 300, 40)]
    rows += [("2", "d", "high", 300, 60)]
    source = counts_of(rows)
    exact = measures.linked(source)
    beside = {name: passed(source, name, table) for name, table in exact.items()}
    assert small_widths(source, beside)[0] >= room(source.study.disclosure.minimum)


def small_widths(source: PublishedCounts, tables: dict[str, pd.DataFrame]) -> list[float]:
    """Attack published tables; give how far apart each small count was found to be, the narrowest first."""
    exact = {name: table.assign(hidden="") for name, table in measures.linked(source).items()}
    known, true = (equations(source.study, those, lies_within(source)) for those in (tables, exact))
    assert all(low <= high for low, high in known.bounds)
    drop_untrue(known, true)
    found = attack(known, room(source.study.disclosure.minimum))
    return sorted(found.widths[cell] for cell, mark in known.hidden.items() if mark == "minimum")
