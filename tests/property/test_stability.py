"""Whether schools stay on their side of expected from year to year."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_tables import years

from analysis import findings
from analysis.models.stability import correlation, stability

YEARS = ("2015-16", "2016-17", "2017-18")


def drawn(schools: int, students: int) -> pd.DataFrame:
    """Draw years of other students each time: schools keep what is theirs, all but the last year's order."""
    random = np.random.default_rng(4)
    own = np.linspace(-0.8, 0.8, schools)
    rows = []
    for place, year in enumerate(YEARS):
        for school in range(schools):
            shift = own[school] if place < 2 else own[(school * 5) % schools]
            rate = 1 / (1 + np.exp(2.5 - shift - 0.8 * random.standard_normal(students)))
            days = random.binomial(180, rate)
            rows += [(f"{year}-{school}-{at}", f"S{school:02}", "03", year, 180, day) for at, day in enumerate(days)]
    return pd.DataFrame(rows, columns=["student", "school", "grade", "year", "enrolled", "absent"])


def as_text(table: pd.DataFrame) -> str:
    return "\n".join(" | ".join(map(str, row)) for row in [list(table.columns), *table.to_numpy().tolist()])


def test_one_grade_is_the_correlation_of_the_schools_own_rates(tmp_path: Path) -> None:
    table = drawn(12, 60)
    found = stability(years(tmp_path, as_text(table)))
    assert found["level"].tolist() == ["2015-16 to 2016-17", "2016-17 to 2017-18"]
    rates = table.groupby(["school", "year"])["absent"].mean().unstack()
    above = rates > rates.mean()
    for row, (before, after) in zip(found.itertuples(), itertools.pairwise(YEARS), strict=True):
        assert row.schools == 12
        assert row.correlation == pytest.approx(np.corrcoef(rates[before], rates[after])[0, 1], abs=1e-9)
        assert row.same_side == (above[before] == above[after]).sum()
    assert found["correlation_low"].iloc[0] > 0.5, "schools that stay"
    assert found["correlation_low"].iloc[1] < 0 < found["correlation_high"].iloc[1], "schools that are shuffled"


def test_interval_is_fishers() -> None:
    one, other = np.arange(12.0), np.array([0, 2, 1, 3, 5, 4, 7, 6, 9, 11, 8, 10.0])
    r, low, high = correlation(one, other)
    assert r == pytest.approx(np.corrcoef(one, other)[0, 1])
    ends = np.tanh(np.arctanh(r) + np.array([-1, 1]) * 1.959964 / np.sqrt(12 - 3))
    assert [low, high] == pytest.approx(ends.tolist(), abs=1e-6)
    assert np.isnan(correlation(one[:9], other[:9])).all()


def test_the_page_says_it_or_why_not(tmp_path: Path) -> None:
    table = drawn(12, 60)
    page = findings.schools(years(tmp_path, as_text(table)).study).stability
    assert "of 12 schools were on the same side of expected both times" in page.text
    assert "95% interval" in page.text
    few = findings.schools(years(tmp_path, as_text(table[table["school"] < "S07"]), name="few").study).stability
    assert "Too few schools are in both years for a correlation." in few.text
    one = findings.schools(years(tmp_path, as_text(table[table["year"] == "2017-18"]), name="one").study).stability
    assert one.text == "Whether schools stay where they are needs two years."
