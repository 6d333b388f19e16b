"""Named rule sets: what a state or a body says, each with its source, in place of what a study leaves open."""

from dataclasses import replace
from decimal import Decimal
from typing import get_args

import pandas as pd
import pytest
from small_tables import days

from analysis.disclosure import gate
from analysis.findings.definition_box import definitions
from analysis.measures import absence_by
from analysis.study.rules import RULE_SETS, Disclosure, RuleSetName

LATE = """
student | school | grade | from | days | absent
1       | A      | 03    | 1    | 30   | 3
2       | A      | 03    | 1    | 31   | 4
3       | A      | 03    | 1    | 180  | 17
4       | A      | 03    | 1    | 100  | 15
5       | A      | 03    | 1    | 90   | 8.5
"""


@pytest.mark.parametrize(
    ("name", "counted", "chronic"),
    [("california", 4, 2), ("rhode_island", 3, 1), ("maine", 5, 3), ("crdc", 5, 2), ("edfacts", 5, 3)],
)
def test_who_is_counted_and_chronic_follows_the_named_rules(tmp_path, name, counted, chronic):
    table = absence_by(days(tmp_path, LATE, rest=f"rule_set: {name}\n"), "grade_level")
    total = table[table["level_type"] == "total"].iloc[0]
    assert (total["students_counted"], total["chronically_absent"]) == (counted, chronic)


def test_what_the_source_does_not_say_stays_with_the_study(tmp_path):
    rest = "rule_set: connecticut\ndefinitions: {minimum_days: {days: 60}, severe_chronic: 0.3}\n"
    settings = days(tmp_path, LATE, rest=rest).study.settings
    assert settings.definitions.minimum_days.days == 60
    assert settings.definitions.severe_chronic == Decimal("0.3")
    assert settings.definitions.chronic.at_least == Decimal("0.10")


@pytest.mark.parametrize(("rest", "least"), [("", 10), ("rule_set: california\n", 11), ("rule_set: maine\n", 10)])
def test_the_smallest_count_that_is_shown_is_the_named_one(tmp_path, rest, least):
    ten = "student | school | grade | days | absent\n" + "".join(
        f"{number} | A | {3 if number <= 10 else 4:02} | 40 | 1\n" for number in range(1, 61)
    )
    records = days(tmp_path, ten, rest=rest)
    study = replace(records.study, settings=records.study.settings.model_copy(update={"audience": "partner"}))
    assert study.disclosure.minimum == least
    shown = gate(study, "absence_by_grade", absence_by(records, "grade_level"))
    third = shown[shown["grade_level"] == "03"].iloc[0]
    assert pd.isna(third["students"]) == (least > 10)


def test_a_rule_without_its_number_has_that_of_the_set(tmp_path):
    records = days(tmp_path, LATE, rest="rule_set: california\ndisclosure: {rule: minimum}\n")
    assert records.study.disclosure == Disclosure(minimum=11)


def test_pages_say_whose_rules_they_are_and_what_was_not_found(tmp_path):
    said = definitions(days(tmp_path, LATE, rest="rule_set: rhode_island\n").study)
    assert "Rhode Island Department of Education" in said["Rules"]
    assert "(www.ride.ri.gov)" in said["Rules"]
    assert "Which counts are small was not found there" in said["Rules"]
    assert "at least 90 days" in said["Who is counted"]
    assert "Rules" not in definitions(days(tmp_path, LATE).study)


def test_every_set_has_a_source_and_records_are_read_once_for_all_of_them(tmp_path):
    assert set(RULE_SETS) == set(get_args(RuleSetName))
    assert all(one.sources and "chronic" in one.definitions for one in RULE_SETS.values())
    assert all(page.startswith("http") for one in RULE_SETS.values() for page in one.sources)
    seen = [
        days(tmp_path, LATE, rest=rest).study.as_seen_by("analysis.records.files").settings
        for rest in ("", "rule_set: california\n")
    ]
    assert seen[0] == seen[1]
