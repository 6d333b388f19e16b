"""What a certificate is refused for, and which shown counts are small, by hand: who doubts a report relies on this."""

import numpy as np
import pandas as pd
import pytest

from analysis.disclosure.certificate import bare_counts, problems_of
from analysis.disclosure.known import ABSENT, COUNTED, Equations

SMALL, BESIDE = ("stay", COUNTED, "A"), ("stay", COUNTED, "B")
DAYS = ("then", ABSENT, "A")
HOLDS = [[2, 48, 1.5], [8, 42, 1.5]]


def known() -> Equations:
    """A is hidden as small, B beside it, and they are 50 together; days absent are hidden too, 20 at most."""
    found = Equations(hidden={SMALL: "minimum", BESIDE: "complement", DAYS: "complement"})
    found.between(SMALL, 0, 9)
    found.between(BESIDE, 10, 60)
    found.between(DAYS, 0, 20)
    found.add({found.at(SMALL): 1, found.at(BESIDE): 1}, 50, 50)
    return found


def test_a_certificate_holds_where_every_small_count_has_its_room() -> None:
    assert problems_of(known(), np.array(HOLDS), 6) == []
    assert problems_of(known(), np.array([[0, 50, 0], [9, 41, 20]]), 6) == [], "ends belong to what could be"
    assert problems_of(known(), np.array(HOLDS), 7) == [f"{SMALL} moves by 6"]


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ([10, 40, 1.5], [f"set 1: {SMALL} is 10"]),
        ([-4, 54, 1.5], [f"set 1: {SMALL} is -4"]),
        ([8, 43, 1.5], ["set 1: sum 0 comes to 51"]),
        ([8, 41, 1.5], ["set 1: sum 0 comes to 49"]),
        ([8.5, 41.5, 1.5], [f"set 1: {SMALL} is 8.5", f"set 1: {BESIDE} is 41.5"]),
        ([8, 42, 20.001], [f"set 1: {DAYS} is 20.001"]),
        ([8, 42, -0.001], [f"set 1: {DAYS} is -0.001"]),
        ([8, 42, np.nan], [f"set 1: {DAYS} is nan"]),
        ([2, 48, 1.5], [f"{SMALL} moves by 0"]),
    ],
)
def test_a_certificate_is_refused_for_each_number_that_could_not_be(second: list[float], said: list[str]) -> None:
    assert problems_of(known(), np.array([HOLDS[0], second]), 6) == said


@pytest.mark.parametrize("wrong", [np.array(HOLDS)[:, :2], np.array(HOLDS[0]), np.empty((0, 3))])
def test_a_certificate_of_other_tables_or_of_nothing_is_refused(wrong: np.ndarray) -> None:
    (said,) = problems_of(known(), wrong, 6)
    assert said.startswith("the certificate is of other tables")


@pytest.mark.parametrize(
    ("bare", "columns"),
    [
        ([True, False, False], {"students": [9, 10, 0]}),
        ([True, False, False, True, True], {"chronically_absent": [9, 10, 90, 91, 0], "students_counted": 100}),
        ([True], {"chronically_absent": 11, "students_counted": 20, "students": 30}),
        ([True, True, False], {"chronically_absent": [9, 0, 10], "students_counted": np.nan}),
        ([False], {"severe_chronic": 0, "students_counted": 0}),
        ([True, False, False, True], {"chronic_rate": [0.094, 0.096, 0.9, 0.91], "students_counted": 100}),
        ([True, False], {"observed_rate": 0.09, "students": 100, "outcome": ["chronic", "absence"]}),
        ([True, False, True], {"days_absent": [9.5, 10, 91], "students": 100, "date": "2017-09-05"}),
        ([False], {"days_absent": 9.5, "students": 100, "month": "2017-09"}),
    ],
)
def test_a_shown_count_is_bare_where_it_or_what_it_leaves_is_under_the_minimum(
    bare: list[bool], columns: dict[str, object]
) -> None:
    table = pd.DataFrame(columns, index=range(len(bare)))
    assert bare_counts(table, 10).index.tolist() == np.flatnonzero(bare).tolist()
