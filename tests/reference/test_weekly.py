"""Weekly records: England's by local authority and Syracuse's by tier give the figures of data/PROVENANCE.md."""

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from analysis.measures import school_days as measures
from analysis.models.school_days import adjusted_rates, fit_school_days
from analysis.problems import UserError
from analysis.records.school_days import read_school_days
from analysis.records.types import SchoolDays
from analysis.study import Study

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not (DATA / "england_dfe").exists(), reason=f"{DATA} is not on this machine")


@cache
def records(study: str) -> SchoolDays:
    return read_school_days(Study.load(ROOT / "studies" / f"{study}.yaml", data=DATA))


def steps(study: str) -> dict[str, int]:
    return {row.reason or row.step: row.rows for row in records(study).flow.itertuples()}


def percents(table: pd.DataFrame, level: str, places: int = 2) -> dict[str, float]:
    levels = table[table["level_type"] == "level"]
    return dict(zip(levels[level], (100 * levels["absence_rate"]).round(places), strict=True))


def test_england_types_of_school() -> None:
    table = measures.absence_by(records("england-weekly"), "school_type")
    assert percents(table, "school_type") == {"Primary": 6.33, "Secondary": 9.17, "Special": 13.32}


def test_england_weeks_of_primary_schools() -> None:
    table = measures.kind_and_time(records("england-weekly"), "school_type")
    primary = percents(table[table["school_type"] == "Primary"], "week_start")
    assert primary["2022-09-12"] == 4.40  # week 37
    assert primary["2022-12-12"] == 12.36  # week 50
    assert primary["2023-01-02"] == 5.98  # week 1 of 2023, after week 50 of 2022
    assert list(primary) == sorted(primary) and len(primary) == 15


def test_england_counts_nobody_twice() -> None:
    source = records("england-weekly")
    total = measures.absence_by(source, "district_id")
    districts, whole = total[total["level_type"] == "level"], total[total["district_id"] == "all"]
    regions = total[total["district_id"].str.startswith("E12")]
    assert len(regions) == 9 and set(regions["level_type"]) == {"total"}
    assert len(districts) == 152
    for column in ("days_enrolled", "days_absent"):
        assert districts[column].sum() == regions[column].sum() == whole[column].sum()
    by_type = measures.absence_by(source, "school_type")
    assert by_type.loc[by_type["level_type"] == "level", "days_absent"].sum() == whole["days_absent"].sum()
    # sessions are half days: the source's own sum of its national rows of all types is 57,311,221 sessions absent
    raw = pd.read_csv(DATA / "england_dfe" / "EES_weekly_data_2022-23.csv.gz")
    national = raw[(raw["geographic_level"] == "National") & (raw["school_type"] == "Total")]
    assert whole["days_absent"].sum() * 2 == national["overall_absence"].sum()
    assert whole["days_enrolled"].sum() * 2 == national["possible_sessions"].sum()


def test_england_marks_and_weeks_of_few_areas() -> None:
    counted = steps("england-weekly")
    assert counted["read"] == 7_369 and counted["no number: 'z'"] == 25
    few = counted["a date that few schools or areas report (under 5% of the busiest date's)"]
    assert few == 25  # weeks 43 and 51: 4 and 6 areas whose holidays differ (30 rows, 5 of them 'z')
    used = {name: rows for name, rows in counted.items() if name not in ("read", "used") and "totals" not in name}
    assert counted["used"] + sum(used.values()) == counted["read"]


def test_england_published_percents_that_their_counts_do_not_give_are_noted() -> None:
    """All 53 are of the type Total: the source weighs its types there by another rule than its sessions."""
    (note,) = [problem for problem in records("england-weekly").problems if problem.severity == "noted"]
    assert note.rows == 53 and "line 485" in note.where and "its own counts do not give (53 rows)" in note.seen
    raw = pd.read_csv(DATA / "england_dfe" / "EES_weekly_data_2022-23.csv.gz", na_values="z")
    own = 100 * raw["overall_absence"] / raw["possible_sessions"].where(raw["possible_sessions"] > 0)
    assert set(raw.loc[(own - raw["overall_absence_perc"]).abs() > 0.06, "school_type"]) == {"Total"}


@pytest.mark.parametrize(
    ("undeclared", "says"),
    [
        ({"    school_type: [Total]\n": ""}, "school_type 'Total' is the sum of the rows beside it"),
        ({"[National, Regional]": "[National]"}, "the parts add up to 2.0 times the total"),
        (
            {"    geographic_level: [National, Regional]\n": "", "    geographic_level: geographic_level\n": ""},
            "district_id 'E12*' come to what all others come to",
        ),
    ],
)
def test_england_undeclared_totals_stop(tmp_path: Path, undeclared: dict[str, str], says: str) -> None:
    text = (ROOT / "studies" / "england-weekly.yaml").read_text(encoding="utf-8")
    for declared, instead in undeclared.items():
        assert declared in text
        text = text.replace(declared, instead)
    (tmp_path / "e.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_school_days(Study.load(tmp_path / "e.yaml", data=DATA))
    assert any(says in str(problem) and "counted twice" in str(problem) for problem in caught.value.problems)


def test_england_compares_types_within_areas_and_no_weeks() -> None:
    source = records("england-weekly")
    model = fit_school_days(measures.model_rows(source), 10, counted=True)
    rates = adjusted_rates(model).set_index(["driver", "level"])
    types = rates.loc["school_type"]
    assert types["contrast_low"].notna().all() and model.df == 14
    assert (100 * types["adjusted_rate"]).round(1).to_dict() == {"Primary": 6.3, "Secondary": 9.2, "Special": 13.3}
    assert rates.loc["week", "contrast_low"].isna().all()  # a week is one date: no range


def test_syracuse_tiers_and_years() -> None:
    table = measures.absence_by(records("syracuse-weekly"), "school_level")
    known = {
        "2014-15": {"elementary": 9.8, "middle": 3.3, "high": 9.3, "other": 12.1},
        "2015-16": {"elementary": 8.8, "middle": 4.2, "high": 9.4, "other": 12.0},
    }
    for year, rates in known.items():
        assert percents(table[table["school_year"] == year], "school_level", 1) == rates


def test_syracuse_blank_weeks_are_not_zero() -> None:
    source, counted = records("syracuse-weekly"), steps("syracuse-weekly")
    assert counted == {"read": 332, "no number": 14, "used": 318}
    weeks = measures.absence_by(source, "week")
    last = weeks[(weeks["school_year"] == "2015-16") & (weeks["level_type"] == "level")]["week_start"].iloc[-1]
    assert last == "week 38" and not source.dated


def test_syracuse_is_one_district_and_no_model() -> None:
    with pytest.raises(UserError, match=r"Too few schools or areas \(1\)"):
        fit_school_days(measures.model_rows(records("syracuse-weekly")), 10, counted=True)
