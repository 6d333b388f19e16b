"""What is said of levels with few students: an adjusted number without a range is no sentence (docs/statistics.md)."""

import numpy as np
import pandas as pd

from analysis.findings.drivers import furthest, part_text
from analysis.findings.outcome import ABSENCE, DAYS

PART = pd.DataFrame(
    [
        ("01", "Grade 1", 120, 0.060, -0.010, -0.016, -0.004, 0.004),
        ("02", "Grade 2", 110, 0.075, 0.005, -0.001, 0.011, 0.09),
        ("03", "Grade 3", 12, 0.130, 0.060, np.nan, np.nan, np.nan),
    ],
    columns=["level", "label", "students", "adjusted_rate", "contrast", "contrast_low", "contrast_high", "p_adjusted"],
)


def test_the_highest_is_one_with_a_range() -> None:
    text = part_text(PART, ABSENCE, "grades 1-3 together")
    assert text.startswith("Grade 2 is 0.5 points higher than") and "Grade 3" not in text
    assert "1 of 2 grades differs" in text
    assert text.endswith("1 more has too few students for a range, or too few beside it.")
    assert furthest(PART).label == "Grade 1"
    assert furthest(PART.assign(p_adjusted=np.nan)).label == "Grade 1", "not the one of 12 students"


def test_one_level_with_a_range_is_said_once() -> None:
    one = PART.assign(contrast_low=[-0.016, np.nan, np.nan])
    text = part_text(one, ABSENCE, "grades 1-3 together")
    assert text.count("Grade 1") == 1 and "Grade 2" not in text and "2 more have too few students" in text


def test_without_any_range_no_adjusted_number_is_said() -> None:
    none = PART.assign(contrast_low=np.nan, p_adjusted=np.nan)
    assert part_text(none, ABSENCE, "grades 1-3 together") == "There are too few students in a grade for a range."


def test_the_level_of_the_title_is_said_where_an_end_is_less_sure() -> None:
    """Age 15 is the lowest, but of 16 alone it is sure that it differs: the title named an age that no sentence had."""
    ages = pd.DataFrame(
        [
            ("Age 15", "age 15", 2.9, -0.8, -1.4, -0.1, 0.061),
            ("Age 16", "age 16", 3.0, -0.7, -1.2, -0.2, 0.021),
            ("Age 18", "age 18", 4.2, 0.6, -0.1, 1.2, 0.100),
        ],
        columns=["label", "inside", "adjusted_rate", "contrast", "contrast_low", "contrast_high", "p_adjusted"],
    )
    text = part_text(ages, DAYS, "all together", of_grades=False)
    assert furthest(ages).label == "Age 16"
    assert text.startswith("Age 18 stands 0.6 days above the 3.7 days absent a student in all together")
    assert "; age 15 stands 0.8 days below that mean" in text
    assert "; age 16 stands 0.7 days below that mean (95% interval 0.2 to 1.2). 1 of 3 levels differs" in text
    assert text.count("16") == 1
