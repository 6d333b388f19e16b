"""Which groups of persons add up to which, whatever tables they stand in: stated by hand."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis.disclosure.groups import groups_of, lines_of_groups
from analysis.study import Study

EXAMPLE = Study.load(Path(__file__).parents[2] / "studies" / "example.yaml")
BANDS = {"K-8": ("K", "8"), "9-12": ("9", "12")}


def with_bands(bands: dict[str, tuple[str, ...]]) -> Study:
    """Give a study of four grades and these bands of them."""
    grades = ("K", "8", "9", "12")
    rules = EXAMPLE.settings.definitions.model_copy(update={"grades": grades, "bands": bands})
    return replace(EXAMPLE, settings=EXAMPLE.settings.model_copy(update={"definitions": rules}))


def sums(study: Study, levels: list[dict[str, str]], **within: dict[str, str]) -> set[tuple[str, str]]:
    """Say what adds up to what: the total of a line, and its members."""
    groups = pd.DataFrame(levels).fillna("").assign(school_year="2017-18", district_id="EX")
    names = [" ".join(filter(None, row.values())) or "all" for row in levels]
    found = set()
    for lines in lines_of_groups(study, groups, {name: pd.Series(of) for name, of in within.items()}):
        for number, total in enumerate(lines.parent):
            members = [names[row] for row in range(len(names)) if lines.code[row] == number]
            if members:
                found.add((names[total] if total >= 0 else "all districts", ", ".join(members)))
    assert ("all districts", "all") in found  # which are in no table here
    return found - {("all districts", "all")}


def test_dates_add_up_to_their_month_their_week_their_weekday_and_what_they_are_near() -> None:
    levels = [
        {"month": "2017-09"}, {}, {"month": "2017-10"}, {"week_start": "2017-09-04"}, {"weekday": "Tuesday"},
        {"near_break": "ordinary"}, {"date": "2017-09-05"}, {"date": "2017-09-08"}, {"date": "2017-10-03"},
    ]  # fmt: skip
    near = {"2017-09-05": "ordinary", "2017-10-03": "ordinary"}
    assert sums(EXAMPLE, levels, near_break=near) == {
        ("all", "2017-09, 2017-10"), ("all", "2017-09-04"), ("all", "Tuesday"), ("all", "ordinary"),
        ("all", "2017-09-05, 2017-09-08, 2017-10-03"), ("2017-09", "2017-09-05, 2017-09-08"), ("2017-10", "2017-10-03"),
        ("2017-09-04", "2017-09-05, 2017-09-08"), ("Tuesday", "2017-09-05, 2017-10-03"),
        ("ordinary", "2017-09-05, 2017-10-03"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("bands", "of_all"), [(BANDS, {("all", "K-8, 9-12")}), ({"9-12": ("9", "12")}, set())], ids=["all grades", "some"]
)
def test_grades_add_up_to_their_band_and_bands_to_all_where_they_have_all(
    bands: dict[str, tuple[str, ...]], of_all: set[tuple[str, str]]
) -> None:
    """A grade that is shown apart (PK) is in no sum."""
    grades = [{"grade_level": grade, "band": ""} for grade in ("K", "8", "9", "12", "PK")]
    levels = [{"grade_level": "", "band": ""}, *grades, *({"grade_level": "", "band": name} for name in bands)]
    of_bands = {(name, ", ".join(of)) for name, of in bands.items()}
    assert sums(with_bands(bands), levels) == {("all", "K, 8, 9, 12")} | of_bands | of_all


def test_grades_without_bands_add_up_to_all_alone() -> None:
    levels = [{"grade_level": grade} for grade in ("", "K", "8")]
    assert sums(with_bands(BANDS), levels) == {("all", "K, 8")}


def test_schools_add_up_to_their_level() -> None:
    levels = [{"school_id": "", "school_level": level} for level in ("", "high")]
    levels += [{"school_id": school, "school_level": ""} for school in "ABC"]
    found = sums(EXAMPLE, levels, school_level={"A": "high", "B": "high", "C": "elementary"})
    assert found == {("all", "A, B, C"), ("all", "high"), ("high", "A, B")}


def test_means_of_schools_are_of_their_levels_and_adjusted_rates_of_what_they_name() -> None:
    rows = {"school_year": "2017-18", "district_id": "EX"}
    table = pd.DataFrame([
        rows | {"driver": "school_level", "level": "high"}, rows | {"driver": "grade_level", "level": "9"},
    ])  # fmt: skip
    assert [*groups_of(EXAMPLE, "between_schools", table)] == ["school_year", "district_id", "school_level"]
    adjusted = groups_of(EXAMPLE, "adjusted_rates", table)
    assert adjusted[["grade_level", "school_level"]].to_numpy().tolist() == [["", "high"], ["9", ""]]
