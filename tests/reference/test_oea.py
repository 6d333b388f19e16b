"""A month drawn at random, from data/PROVENANCE.md: its numbers come out, and no page claims what is not there."""

from pathlib import Path

import pytest

from analysis import measures
from analysis.models.estimates import Estimates, estimate
from analysis.records import read
from analysis.records.types import StudentRecords
from analysis.study import Study

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not (DATA / "oea_sis").exists(), reason=f"{DATA / 'oea_sis'} is not on this machine")


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> StudentRecords:
    root = tmp_path_factory.mktemp("oea")
    (root / "studies").mkdir()
    path = root / "studies" / "oea-sis.yaml"
    path.write_text((ROOT / "studies" / "oea-sis.yaml").read_text())
    found = read(Study.load(path, data=DATA))
    assert isinstance(found, StudentRecords)
    return found


@pytest.fixture(scope="module")
def estimates(records: StudentRecords) -> Estimates:
    return estimate(records)


def test_the_numbers_come_out(records: StudentRecords) -> None:
    total = measures.absence_by(records, "grade_level").query("level_type == 'total'").iloc[0]
    assert (total.students, total.days_enrolled, total.days_absent, total.chronically_absent) == (600, 12000, 1285, 382)
    assert round(100 * total.absence_rate, 2) == 10.71
    assert (len(records.schools), len(records.calendar)) == (5, 20)
    assert records.calendar["date"].iloc[[0, -1]].tolist() == ["2022-01-03", "2022-01-28"]
    assert "2022-01-17" in set(records.calendar["date"])  # the source has records on the holiday


def test_where_nothing_is_to_be_found_nothing_is(estimates: Estimates) -> None:
    rates = estimates.adjusted_rates
    assert len(rates) and not (rates["p_adjusted"] < 0.05).any()
    assert not (estimates.joint_tests["p_value"] < 0.01).any()
    effects = estimates.school_effects
    assert len(effects) and (effects["flag"] == "").all()
    assert (effects["difference_low"] < 0).all() and (effects["difference_high"] > 0).all()
    assert (effects[["chance_lowest_third", "chance_highest_third"]] < 0.8).all(axis=None)
