"""The scenario of page 03: days between a level and the best quarter of its kind, and nothing where all is noise."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_tables import days

from analysis.findings.scenario import best_quarter, moves
from analysis.findings.words import plain_difference


def rates(contrasts: list[float], error: float, p: float = 0.001, days: float = 100_000) -> pd.DataFrame:
    names = [f"{grade:02}" for grade in range(1, len(contrasts) + 1)]
    return pd.DataFrame(
        {
            "outcome": "absence", "driver": "grade_level", "component": 1, "level": names, "label": names,
            "p_adjusted": p, "contrast": contrasts, "contrast_std_error": error, "days_enrolled": days,
        }
    )  # fmt: skip


NO_SCHOOLS = pd.DataFrame(
    columns=["outcome", "school_id", "p_adjusted", "shrunken_difference", "difference_low", "difference_high"]
)


def test_days_between_a_level_and_the_best_quarter() -> None:
    """Errors of nearly nothing shrink nothing: 100,000 days x (0.03 - -0.02), 0.0002 x 1.96 on either side."""
    (move,) = moves(rates([-0.03, -0.02, 0.0, 0.02, 0.03], 0.0002), NO_SCHOOLS)
    assert (move.label, move.driver) == ("05", "grade_level")
    assert move.fewer == pytest.approx(5000, rel=0.01)
    assert move.give_or_take == pytest.approx(100_000 * 1.96 * 0.0002, rel=0.05)


def test_a_school_is_moved_by_its_shrunken_difference() -> None:
    schools = rates([0.0] * 5, np.nan).assign(driver="school_id")
    effects = NO_SCHOOLS.assign(school_id=schools["level"], outcome="absence", p_adjusted=0.001)
    effects["shrunken_difference"] = [-0.02, -0.01, 0.0, 0.01, 0.03]
    effects["difference_low"] = effects["shrunken_difference"] - 0.01
    effects["difference_high"] = effects["shrunken_difference"] + 0.01
    (move,) = moves(schools, effects)
    assert (move.label, move.fewer, move.give_or_take) == ("05", pytest.approx(4000), pytest.approx(1000))


def test_parts_are_not_compared() -> None:
    two = pd.concat([rates([-0.001, 0.0, 0.001, 0.0], 0.002), rates([0.1, 0.1, 0.1, 0.1], 0.002).assign(component=2)])
    assert moves(two, NO_SCHOOLS) == []


def test_a_level_that_chance_could_put_there_is_not_moved() -> None:
    assert moves(rates([-0.03, -0.02, 0.0, 0.02, 0.03], 0.0002, p=0.05), NO_SCHOOLS) == []


def test_three_levels_have_no_quarter() -> None:
    assert moves(rates([-0.05, 0.0, 0.05], 0.0002), NO_SCHOOLS) is None


def test_noise_gives_nothing_back() -> None:
    """Of 200 districts without any difference, at most 7% name a grade: best of unshrunken ones would nearly always."""
    drawn = np.random.default_rng(20171106).normal(0, 0.01, (200, 9))
    named = sum(bool(moves(rates(list(contrasts), 0.01), NO_SCHOOLS)) for contrasts in drawn)
    assert named <= 14


def test_the_share_of_all_is_that_of_the_days_before_they_are_rounded(tmp_path: Path) -> None:
    """Of 300 days missed 105.3 are 35.1%; of the 110 that they are said as, it would be 36.7%."""
    rows = "\n".join(f"{student} | A | 03 | 1 | 100 | 30" for student in range(10))
    records = days(tmp_path, f"student | school | grade | from | days | absent\n{rows}")
    levels = rates([-0.03, -0.02, 0.0, 0.02, 0.03], 0.00002, days=2106.0).assign(hidden="")
    page = best_quarter(records, levels, NO_SCHOOLS.assign(hidden=""))
    assert "about 110 fewer days missed" in page.text and "(35.1% of all)" in page.text


def test_differences_as_people_say_them() -> None:
    assert plain_difference(0.031, 0.021, 0.041, "the rest") == "about 3 in 100 above the rest, give or take 1"
    assert plain_difference(-0.004, -0.01, 0.002, "that rate") == (
        "about 0.4 in 100 below that rate, give or take 0.6, so it may be no difference"
    )
