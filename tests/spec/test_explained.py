"""What page 03 and 04 say of shares and interactions."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.findings.drivers import furthest
from analysis.findings.explained import grades_by_school, importance, season_by_level, spread_between_schools
from analysis.findings.names import driver_words
from analysis.findings.words import interval, p_words
from analysis.records.types import StudentRecords
from analysis.study.rules import Disclosure

BEGIN = {"school_year": "2017-18", "district_id": "1", "level_type": "level", "outcome": "absence"}


def shares(*rows):
    return pd.DataFrame(rows, columns=["driver", "share", "share_low", "share_high"]).assign(**BEGIN)


class Records(StudentRecords):
    """Records of which only the audience is known."""

    study = SimpleNamespace(settings=SimpleNamespace(audience="partner"), disclosure=Disclosure())
    dated = True

    def __init__(self):
        pass


def estimates(table, schools=6):
    effects = pd.DataFrame({"outcome": ["absence"] * schools})
    return SimpleNamespace(importance=table, school_effects=effects, drivers=("grade_level", "school_id"))


def joint_table(driver, p_value):
    return pd.DataFrame([(driver, 10.0, 9, p_value)], columns=["driver", "statistic", "df", "p_value"])


@pytest.mark.parametrize(
    ("say", "driver", "p_value", "words"),
    [
        (grades_by_school, "grade_level:school_id", 0.56,
         " The differences between grades vary from school to school by no more than chance would give (p = 0.56)."),
        (grades_by_school, "grade_level:school_id", 0.0002,
         " The differences between grades vary from school to school (p under 0.001): what is said of a grade is an"
         " average over schools."),
        (grades_by_school, "grade_level", 0.0002, ""),
        (season_by_level, "school_level:month", 0.0021,
         " The differences between months vary between levels of school (p = 0.002)."),
        (season_by_level, "grade_band:month", 0.02,
         " The differences between months vary between bands of grades by no more than chance would give (p = 0.020)."),
        (season_by_level, "school_level:month", np.nan, ""),
    ],
)  # fmt: skip
def test_interactions_in_words(say, driver, p_value, words):
    assert say(joint_table(driver, p_value)) == words


def test_the_spread_between_schools_in_words():
    table = shares(("between schools", 0.0468, 0.0316, 0.0746))
    found = spread_between_schools(Records(), estimates(table))
    assert found.title == "5% of the spread of students lies between schools"
    assert "4.7% (95% interval 3.2% to 7.5%) lies between schools, grades held" in found.text
    none = spread_between_schools(Records(), estimates(shares(("between schools", np.nan, np.nan, np.nan))))
    assert none.text.endswith("no more than chance would give.")
    few = spread_between_schools(Records(), estimates(shares(("season", 0.2, 0.1, 0.3)), 4))
    assert few.text == "Too few schools (4) to tell schools from chance."


def test_shares_of_what_is_explained_in_words():
    table = shares(
        ("grade_level beyond school_id", np.nan, np.nan, np.nan),
        ("school_id beyond grade_level", 0.37, 0.33, 0.41),
        ("between schools", 0.05, 0.03, 0.08),
    )
    found = importance(Records(), estimates(table))
    assert found.title == "Of what is explained: school beyond grade 37%"
    words = "grade beyond school: no more than chance would give; school beyond grade 37% (95% interval 33% to 41%)"
    assert words in found.text
    assert len(found.table) == 3 and len(found.shown) == 2


def test_words():
    assert interval(0.1, 0.25) == " (95% interval 10.0% to 25.0%)" and interval(np.nan, 0.2) == ""
    assert [p_words(value) for value in (0.0001, 0.0123, 0.5)] == ["p under 0.001", "p = 0.012", "p = 0.50"]
    assert driver_words("school_level:month") == "level of school by month"


def test_a_title_names_a_level_that_differs_where_one_does():
    """The largest contrast can be that of a few students, and no more than chance would give."""
    levels = pd.DataFrame(
        {"level": ["09", "05", "06"], "contrast": [0.09, -0.03, 0.02], "p_adjusted": [0.3, 0.01, 0.04]}
    ).assign(contrast_low=0.0)
    assert furthest(levels).level == "05"
    assert furthest(levels.assign(p_adjusted=np.nan)).level == "09"


def test_shares_that_come_to_more_than_all_say_why():
    """Grade and school that each explain more beside the other had 100% each, and no word about it."""
    table = shares(
        ("grade_level beyond school_id", 1.0, 0.8, 1.0),
        ("school_id beyond grade_level", 1.0, 0.9, 1.0),
    )
    said = "Each explains more beside the others than alone, so the shares come to more than 100% together."
    assert said in importance(Records(), estimates(table)).text
    assert said not in importance(Records(), estimates(table.assign(share=[0.6, 0.4]))).text
