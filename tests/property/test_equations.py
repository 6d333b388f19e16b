"""What the attack starts from, by hand: what a few published numbers and marks leave of those that are hidden.

An attack that knows less than a reader proves nothing, so each of these bounds is as narrow as a reader could have it.
"""

from copy import deepcopy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from report_attack import narrowed

from analysis.disclosure.equations import equations
from analysis.disclosure.known import ABSENT, CHRONIC, COUNTED, ENROLLED, STUDENTS, Equations, is_days
from analysis.disclosure.parts import OWN, REST, minimums
from analysis.measures.counted import WAS, WAS_NOT
from analysis.study import Study

EXAMPLE = Study.load(Path(__file__).parents[2] / "studies" / "example.yaml")
BLOCK = {"school_year": "2017-18", "district_id": "EX"}
NOTHING = np.nan


def table(level_type: str = "level", **columns: object) -> pd.DataFrame:
    """Make a published table: what is hidden is None, `hidden` says why."""
    made = pd.DataFrame({name: np.atleast_1d(np.asarray(column, dtype=object)) for name, column in columns.items()})
    return pd.DataFrame({**BLOCK, "level_type": level_type, "hidden": "", **made.convert_dtypes()})


def known_of(tables: dict[str, pd.DataFrame], levels: dict[str, str] | None = None) -> Equations:
    whole = {name: one if "chronic_rate" in one else one.assign(chronic_rate=NOTHING) for name, one in tables.items()}
    return equations(EXAMPLE, whole, {"school_level": pd.Series(levels or {}, dtype=object)})


def bounds(known: Equations) -> tuple[np.ndarray, np.ndarray]:
    """Narrow all bounds by each sum in turn."""
    matrix, least, most = known.matrix()
    whole = np.array([not is_days(cell) for cell in known.cells])
    return narrowed(matrix, (least, most), *np.array(known.bounds).T, whole)


def bounds_of(known: Equations, kind: str, column: str, *levels: str, year: str = "2017-18") -> tuple[float, float]:
    """Give the bounds of the count of a group, named by the levels it is held to; all that is said has to fit."""
    low, high = bounds(known)
    assert (low <= high).all()
    found = [
        place for cell, place in known.cells.items()
        if cell[:3] == (kind, column, year) and {level for level in cell[4:] if level} == set(levels)
    ]  # fmt: skip
    assert len(found) == 1, (kind, column, levels)
    return float(low[found[0]]), float(high[found[0]])


def schools(students: list[object], chronic: list[object], marks: list[str], **more: object) -> pd.DataFrame:
    names = list("ABCDE")[: len(students)]
    return table(
        school_id=names, students=students, students_counted=students, chronically_absent=chronic, hidden=marks, **more
    )


def test_a_mark_says_whether_a_size_is_under_the_minimum() -> None:
    known = known_of({"absence_by_school": schools([None, None, 50], [None, None, 20], ["minimum", "complement", ""])})
    assert bounds_of(known, "stay", COUNTED, "A") == (0, 9)
    assert bounds_of(known, "stay", COUNTED, "B")[0] == 10
    assert not [cell for cell in known.cells if cell[:2] == ("then", STUDENTS)], "who is there all year is counted once"
    assert known.hidden == {
        ("stay", column, *BLOCK.values(), school): mark
        for column in (STUDENTS, COUNTED, CHRONIC) for school, mark in (("A", "minimum"), ("B", "complement"))
    }  # fmt: skip


def test_no_more_are_counted_than_there_are_and_no_more_chronic_than_are_counted() -> None:
    hidden = schools([40], [None], ["complement"]).assign(students_counted=[NOTHING])
    known = known_of({"absence_by_school": hidden})
    assert bounds_of(known, "stay", COUNTED, "A") == (10, 40) and bounds_of(known, "stay", CHRONIC, "A") == (0, 40)


def test_a_mark_of_the_source_says_nothing_of_our_rule() -> None:
    known = known_of({"absence_by_school": schools([None, 50], [None, None], ["source", "not_available"])})
    assert ("stay", COUNTED, *BLOCK.values(), "A") not in known.cells
    assert bounds_of(known, "stay", CHRONIC, "B") == (0, 50)
    assert not known.hidden, "what a source hides is in no table of ours"


def could_be(known: Equations, cell: tuple[str, ...], number: float) -> bool:
    """Say whether a count could be a number by what each sum alone leaves."""
    known.between(cell, number, number)
    low, high = bounds(known)
    return bool((low <= high).all())


@pytest.mark.parametrize(("mark", "could"), [("complement", range(10, 31)), ("minimum", [*range(10), *range(31, 41)])])
def test_a_mark_says_whether_a_count_or_the_rest_is_under_the_minimum(mark: str, could: list[int]) -> None:
    known = known_of({"absence_by_school": schools([40], [None], [mark])})
    cell = ("stay", CHRONIC, *BLOCK.values(), "A")
    assert [number for number in range(41) if could_be(deepcopy(known), cell, number)] == list(could)


def test_a_mark_of_a_date_says_whether_few_are_absent_or_there_and_half_days_are_few_too() -> None:
    dates = table(
        date=["2017-09-05", "2017-09-06"], students=[40, 40], days_enrolled=[40.0, 40.0], days_absent=[None, 15.5],
        absence_rate=[None, 0.388], hidden=["minimum", ""],
    )  # fmt: skip
    known = known_of({"absence_by_date": dates})
    cell = ("then", ABSENT, *BLOCK.values(), "2017-09-05")
    assert [number for number in np.arange(9, 32, 0.5) if could_be(deepcopy(known), cell, number)] == [
        9, 9.5, 30.5, 31, 31.5,
    ]  # fmt: skip


def test_a_rate_of_three_decimals_is_a_count_or_a_few_counts() -> None:
    rates = schools([40, 2000], [None, None], ["", ""], chronic_rate=[0.25, 0.25])
    known = known_of({"absence_by_school": rates})
    assert bounds_of(known, "stay", CHRONIC, "A") == (10, 10)
    assert bounds_of(known, "stay", CHRONIC, "B") == (499, 501)


def test_levels_add_up_to_their_total_where_nobody_moves() -> None:
    total = table("total", school_id=["all"], students=[100], students_counted=[100], chronically_absent=[31])
    level = schools([40, 60], [None, 25], ["minimum", ""])
    tables = {"absence_by_school": pd.concat([level, total], ignore_index=True)}
    assert bounds_of(known_of(tables), "stay", CHRONIC, "A") == (6, 6)
    moves = table(level=["90+"], schools=["two schools or more"], students_counted=[12], chronically_absent=[3])
    assert bounds_of(known_of(tables | {"chronic_by_moves": moves}), "stay", CHRONIC, "A")[1] > 6


def test_tiers_add_up_to_those_counted_and_to_the_chronic() -> None:
    tiers = {"satisfactory": [20], "at_risk": [8], "moderate_chronic": [None], "severe_chronic": [None]}
    known = known_of({"absence_by_school": schools([40], [12], ["minimum"], **tiers)})
    assert bounds_of(known, "stay", "moderate_chronic", "A") == (0, 12), "the mark is of a tier, and not of the chronic"
    tiers["severe_chronic"] = [5]
    known = known_of({"absence_by_school": schools([40], [None], ["complement"], **tiers)})
    assert bounds_of(known, "stay", CHRONIC, "A") == (12, 12)


def years(now: tuple[int, int], then: tuple[int, int], district: str = "EX", year: str = "2016-17") -> pd.DataFrame:
    made = table(students=[now[0], then[0]], students_counted=[now[0], then[0]], chronically_absent=[now[1], then[1]])
    return made.assign(district_id=district, school_year=["2017-18", year])


def test_who_left_is_what_the_year_before_leaves_after_those_followed() -> None:
    """Another district, and a year before that, have nothing to do with it."""
    followed = table(level=[WAS, WAS_NOT], students_counted=[12, 40], chronically_absent=[6, 4])
    both = [years((200, 50), (60, 15)), years((90, 20), (80, 30), "AA"), years((1, 1), (70, 35), year="2015-16")[1:]]
    known = known_of({"absence_by_district": pd.concat(both, ignore_index=True), "persistence": followed})
    assert bounds_of(known, "left", COUNTED, year="2016-17") == (8, 8)
    assert bounds_of(known, "left", CHRONIC, year="2016-17") == (3, 3)
    assert not [cell for cell in known.cells if cell[0] == "left" and cell[2] != "2016-17"]
    assert {cell[2] for cell in known.hidden if cell[0] == "once"} == {"2017-18"}


def test_who_came_after_the_first_month_is_what_its_levels_leave() -> None:
    levels = table(level=["0-1", "2-4"], students_counted=[30, 15], chronically_absent=[2, 9])
    own = table(students=[52], students_counted=[52], chronically_absent=[12])
    known = known_of({"absence_by_district": own, "early_signal": levels})
    assert bounds_of(known, "once", COUNTED, REST) == (7, 7) and bounds_of(known, "once", CHRONIC, REST) == (1, 1)
    assert set(known.hidden.values()) == {REST}


def test_whom_a_rule_counts_and_a_stricter_one_does_not_is_what_is_left() -> None:
    stricter = [rule for rule in minimums(EXAMPLE) if rule != OWN][-1]
    rules = table("total", definition=[OWN, stricter], students_counted=[50, 45], chronically_absent=[12, 11])
    own = table(students=[52], students_counted=[50], chronically_absent=[12])
    known = known_of({"absence_by_district": own, "definitions": rules})
    between = f"by {OWN}, not by {stricter}"
    assert bounds_of(known, between, COUNTED) == (5, 5) and bounds_of(known, between, CHRONIC) == (1, 1)
    rules = rules.assign(students_counted=[50, None], chronically_absent=[12, None], hidden=["", "complement"])
    known = known_of({"absence_by_district": own, "definitions": rules})
    assert bounds_of(known, "once", COUNTED, stricter) == (0, 50), "a rule that nobody meets may be hidden"


def test_who_was_not_there_all_year_is_what_is_left_of_a_month() -> None:
    same = table(month=["2017-09", "2017-10"], students=[30, 28], students_all_year=[25, 25])
    known = known_of({"absence_by_month": months([30, 28], ["", ""]), "same_students": same})
    assert bounds_of(known, "then", STUDENTS, "2017-09", "no") == (5, 5)
    assert {cell[:2]: mark for cell, mark in known.hidden.items()} == {("then", STUDENTS): REST}


def test_of_reasons_days_enrolled_are_of_all_together() -> None:
    own = table(students=[30], students_counted=[30], chronically_absent=[12], days_enrolled=[1000], days_absent=[90])
    reasons = {"absence_reason": ["excused", "unexcused"], "hidden": ["", "complement"], "days_absent": [60, None]}
    known = known_of({"absence_by_district": own, "absence_by_reason": table(**reasons, days_enrolled=[1000, 1000])})
    assert bounds_of(known, "then", ABSENT, "unexcused") == (30, 30)
    assert bounds_of(known, "then", ENROLLED) == (1000, 1000)


def test_whole_percents_add_up_to_all_and_to_tiers() -> None:
    """Of 30 counted 20 are under 5 percent: seven of these at 4 percent are hidden."""
    percents = table(absence_percent=[0, 4, 5, 12], students_counted=[13, None, 8, 2], hidden=["", "minimum", "", ""])
    tiers = {"satisfactory": [20], "at_risk": [8], "moderate_chronic": [2], "severe_chronic": [0]}
    own = table(students=[30], students_counted=[30], chronically_absent=[2], **tiers)
    known = known_of({"absence_by_district": own, "rate_histogram": percents})
    assert bounds_of(known, "once", "percent 4") == (7, 7)
    hidden = known_of({"absence_by_district": own.assign(students_counted=NOTHING), "rate_histogram": percents})
    assert bounds_of(hidden, "once", "percent 4") == (7, 7)
    marks = percents.assign(students_counted=NOTHING, hidden=["minimum", "minimum", "complement", "complement"])
    known = known_of({"rate_histogram": marks})
    assert bounds_of(known, "once", "percent 4") == (0, 9) and bounds_of(known, "once", "percent 5")[0] == 10


def test_of_those_left_no_more_are_chronic_than_there_are() -> None:
    stricter = [rule for rule in minimums(EXAMPLE) if rule != OWN][-1]
    rules = table("total", definition=[OWN, stricter], students_counted=[55, 50], chronically_absent=[None, None])
    followed = table(level=[WAS, WAS_NOT], students_counted=[12, 40], chronically_absent=[6, 4])
    both = years((55, 12), (60, 15)).assign(chronically_absent=NOTHING)
    known = known_of({"absence_by_district": both, "definitions": rules, "persistence": followed})
    assert bounds_of(known, f"by {OWN}, not by {stricter}", CHRONIC) == (0, 5)
    assert bounds_of(known, "left", CHRONIC, year="2016-17") == (0, 8)


def test_rates_of_a_model_are_of_days_or_of_students_by_their_outcome() -> None:
    rates = table(
        outcome=["absence", "chronic", "chronic", "absence"], driver=["grade_level"] * 4,
        level=["03", "03", "04", "04"],
        students=[42, 38, 48, 52], days_enrolled=[1000.0, 40.0, 50.0, 900.0], observed_rate=[0.1, 0.25, None, None],
        hidden=["", "", "minimum", ""],
    )  # fmt: skip
    known = known_of({"adjusted_rates": rates})
    assert bounds_of(known, "stay", CHRONIC, "03") == (10, 10)
    assert bounds_of(known, "then", ABSENT, "03") == pytest.approx((99.5, 100.5), abs=0.01)
    assert known.hidden == {("stay", CHRONIC, *BLOCK.values(), "04"): "minimum"}


def months(students: list[object], marks: list[str], **more: object) -> pd.DataFrame:
    return table(month=["2017-09", "2017-10"], students=students, hidden=marks, **more)


def test_of_a_month_no_more_are_there_than_in_the_year_and_they_miss_no_more_days_than_they_have() -> None:
    own = table(students=[30], students_counted=[30], chronically_absent=[12], days_enrolled=[1000], days_absent=[90])
    days = {"days_enrolled": [480.0, 520.0], "days_absent": [None, 60.0], "absence_rate": [None, None]}
    known = known_of({"absence_by_district": own, "absence_by_month": months([None, 28], ["complement", ""], **days)})
    assert bounds_of(known, "then", STUDENTS, "2017-09") == (10, 30)
    assert bounds_of(known, "then", ABSENT, "2017-09") == (30, 30)
    few = known_of({"absence_by_month": months([None, 28], ["minimum", ""], **days)})
    assert bounds_of(few, "then", STUDENTS, "2017-09") == (0, 9)
    del own["days_absent"]
    known = known_of({"absence_by_district": own, "absence_by_month": months([None, 28], ["complement", ""], **days)})
    assert bounds_of(known, "then", ABSENT, "2017-09") == (0, 480)
    gone = {name: [None, *column[1:]] for name, column in days.items()}
    known = known_of({"absence_by_district": own, "absence_by_month": months([None, 28], ["complement", ""], **gone)})
    assert bounds_of(known, "then", ENROLLED, "2017-09") == (480, 480)


def test_of_a_month_without_students_a_mark_says_nothing_of_its_days() -> None:
    """On a date a day is a student; a month beside it has more days than students."""
    of_days = {"days_enrolled": [480.0], "days_absent": [None], "absence_rate": [0.1]}
    month = table(month=["2017-09"], hidden=["minimum"], **of_days)
    date = table(date=["2017-10-05"], hidden=["complement"], **of_days)
    known = known_of({"absence_by_month": month, "absence_by_date": date})
    assert could_be(known, ("then", ABSENT, *BLOCK.values(), "2017-09", ""), 48)


def test_a_rate_of_days_bounds_them_and_a_mark_of_a_date_says_whether_few_are_absent() -> None:
    dates = {
        "date": ["2017-09-05", "2017-09-06", "2017-09-07"],
        "students": [100, 100, 18],
        "days_enrolled": [100.0, 100.0, 18.0],
    }
    shown = {
        "days_absent": [None, None, None],
        "absence_rate": [0.25, None, None],
        "hidden": ["", "complement", "minimum"],
    }
    known = known_of({"absence_by_date": table(**dates, **shown)})
    low, high = bounds_of(known, "then", ABSENT, "2017-09-05")
    assert low == pytest.approx(24.95, abs=0.001) and high == pytest.approx(25.05, abs=0.001)
    assert bounds_of(known, "then", ABSENT, "2017-09-06") == (10, 90)
    assert bounds_of(known, "then", ABSENT, "2017-09-07") == (0, 18)
    without = known_of({"absence_by_date": table(**dates, **shown).drop(columns="days_enrolled")})
    assert bounds_of(without, "then", ABSENT, "2017-09-07") == (0, 18)
    alone = known_of({"absence_by_date": table(**dates, **shown | {"absence_rate": [None] * 3})})
    assert bounds_of(alone, "then", ABSENT, "2017-09-07") == pytest.approx((0, 10), abs=0.001), "the rest is not told"
    without = known_of({"absence_by_date": table(**dates, **shown).drop(columns="students")})
    assert bounds_of(without, "then", ABSENT, "2017-09-06") == (10, 90), "on a date a day enrolled is a student"


def test_a_mean_of_schools_counts_each_once() -> None:
    """A is 0.1 and the mean of both 0.25, so B is 0.4 of 30, the least to be compared: 12; C is smaller.

    How large E is nobody knows. D is of another level; it is in the mean of all three, 0.3, by the share of a group.
    """
    level = schools([60, 30, 29, 50, None], [6, None, 4, None, None], ["", *["complement", ""] * 2])
    level.loc[4, "hidden"] = "complement"
    mean = table(
        outcome=["chronic", "chronic", "absence"], level=["high", "0 to 50", "high"], schools=[2, 3, 2],
        driver=["school_level", "economic_disadvantage", "school_level"],
        students=[90, 140, 90], observed_rate=[0.25, 0.3, 0.06],
    )  # fmt: skip
    tables = {"absence_by_school": level.assign(students=[70, 40, 50, 60, None]), "between_schools": mean}
    of_level = {"A": "high", "B": "high", "C": "high", "D": "middle", "E": "high"}
    known = known_of(tables, of_level)
    assert bounds_of(known, "stay", CHRONIC, "B") == (12, 12) and bounds_of(known, "stay", CHRONIC, "D") == (20, 20)
    known = known_of(tables | {"between_schools": mean.assign(schools=4)}, of_level)
    assert bounds_of(known, "stay", CHRONIC, "B") == (10, 20), "which schools stand in it is not known"


def test_of_missed_days_a_row_that_is_hidden_whole_tells_nothing_by_its_mark() -> None:
    """Whether few were there in the month or in the year is not said; of a row that is shown it is its count's."""
    missed = table(
        grade_level=["03", "03", "04", "05"], school_id=["A"] * 4, month=["2017-09", "2017-10", "2017-09", "2017-09"],
        students=[None, 19, 28, None], students_counted=[None, 20, 30, None], chronically_absent=[None] * 4,
        days_absent=[None, 40.0, 50.0, None], hidden=["minimum", "complement", "complement", "complement"],
    )  # fmt: skip
    known = known_of({"missed_days": missed})
    assert bounds_of(known, "then", STUDENTS, "03", "A", "2017-09") == (0, known.most)
    assert bounds_of(known, "once", COUNTED, "05", "A") == (0, known.most)
    assert bounds_of(known, "once", CHRONIC, "03", "A") == (10, 10)
    assert bounds_of(known, "once", CHRONIC, "04", "A") == (10, 20)


def test_a_fifth_of_the_students_and_all_others_are_all() -> None:
    """Its parts give a hidden total, and a part that is hidden alone is what the other leaves."""
    hidden = table(students=None, days_absent=None, days_enrolled=None, absence_rate=None).assign(hidden="complement")
    fifths = table(level=["fifth", "others"], students=[20, 80], days_absent=[400.5, 100.0])
    known = known_of({"absence_by_district": hidden, "missed_days_by_students": fifths})
    assert bounds_of(known, "once", STUDENTS) == (100, 100) and bounds_of(known, "then", ABSENT) == (500.5, 500.5)
    shown = table(students=100, days_absent=500.5, days_enrolled=18000, absence_rate=0.028)
    part = table(level=["fifth", "others"], students=[20, 80], days_absent=[400.5, None], hidden=["", "complement"])
    known = known_of({"absence_by_district": shown, "missed_days_by_students": part})
    assert bounds_of(known, "others", ABSENT) == (100, 100)
