"""What is hidden beside small counts, made by hand: each case would give one away, or hide what nothing asks for."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from dated_report import BLOCK
from scipy.optimize import linprog
from test_report_attack import EXAMPLE, MINIMUM, counts, gated

from analysis.arrays import Flags, Ints
from analysis.disclosure import gate, hidden_groups
from analysis.disclosure.complements import _not_gone, _Part, protect
from analysis.disclosure.counts import Count, room
from analysis.disclosure.lines import Lines

NO_LEVELS = {"school_level": pd.Series(dtype=object)}
OF_ONE_LEVEL = {"school_level": pd.Series(dict.fromkeys("ABC", "high"))}


def hidden_in(seed: int, order_of: Callable[[Ints], Ints]) -> Flags:
    """Protect schools by grades with all totals, half of the time with the sum of all hidden, in an order of rows."""
    rng = np.random.default_rng(seed)
    schools, grades = rng.integers(2, 5, 2)
    small = rng.random((schools, grades)) < 0.3
    cells = np.where(small, rng.integers(1, 10, small.shape), rng.integers(10, 60, small.shape))
    value = np.array([cells.sum(), *cells.sum(1), *cells.sum(0), *cells.ravel()], dtype=float)
    school, grade = np.divmod(np.arange(cells.size), grades)
    of_totals, of_cells = np.full(1 + schools + grades, -1), np.full(cells.size, -1)
    of_schools, of_grades = of_totals.copy(), of_totals.copy()
    of_schools[1 : 1 + schools], of_grades[1 + schools :] = 0, 0
    order = order_of(np.arange(len(value)))
    place = np.argsort(order)
    lines = [
        Lines(np.append(of_totals, school)[order], place[1 : 1 + schools]),
        Lines(np.append(of_totals, grade)[order], place[1 + schools : 1 + schools + grades]),
        Lines(np.append(of_schools, of_cells)[order], place[:1]),
        Lines(np.append(of_grades, of_cells)[order], place[:1]),
    ]
    already = np.arange(len(value)) == (0 if rng.random() < 0.5 else -1)
    size = value + np.arange(len(value)) / 1000  # no two alike, so that one choice is the smallest
    everybody = np.full(len(value), np.inf)
    return protect([Count(value[order], everybody)], already[order], lines, MINIMUM, size[order])[place]


@pytest.mark.parametrize("seed", range(40))
def test_the_order_of_rows_decides_nothing(seed: int) -> None:
    first = hidden_in(seed, lambda rows: rows)
    assert (hidden_in(seed, lambda rows: rows[::-1].copy()) == first).all()
    assert (hidden_in(seed, lambda rows: np.roll(rows, -1)) == first).all()


@pytest.mark.parametrize("seed", [13, 43, 51])
def test_sums_taken_together_leave_room_too(seed: int) -> None:
    """Here each sum alone leaves every small count six numbers or more; all sums of schools and grades do so too."""
    rng = np.random.default_rng(seed)
    schools, grades = rng.integers(2, 5, 2)
    small = rng.random((schools, grades)) < 0.3
    cells = np.where(small, rng.integers(1, 10, small.shape), rng.integers(10, 60, small.shape))
    value = cells.astype(float).ravel()
    codes = np.divmod(np.arange(cells.size), grades)
    lines = [Lines(code, np.full(code.max() + 1, -1)) for code in codes]
    none, everybody = np.zeros(len(value), dtype=bool), np.full(len(value), np.inf)
    hidden = protect([Count(value, everybody)], none, lines, MINIMUM, value + np.arange(len(value)) / 1000)
    sums = np.array([code == line for code in codes for line in range(code.max() + 1)], dtype=float)
    sums = sums[sums @ value >= MINIMUM]  # others are hidden where they are shown
    marks = zip(value, hidden, strict=True)
    bounds = [((1, MINIMUM - 1) if one < MINIMUM else (MINIMUM, None)) if gone else (one, one) for one, gone in marks]
    for cell in np.flatnonzero(hidden & (value < MINIMUM)):
        chosen = np.arange(len(value)) == cell
        least, most = (
            sign * linprog(sign * chosen, A_eq=sums, b_eq=sums @ value, bounds=bounds).fun for sign in (1, -1)
        )
        assert most - least >= room(MINIMUM) - 1e-6


def test_few_who_are_gone_bound_how_many_are_there() -> None:
    """Of 8 and 10 of the year one is gone in a month: of the hidden 10 (ten or more, by its mark) 9 are there."""
    value, year = np.array([8.0, 10, 8, 9]), np.array([0, 1, 0, 1])
    month = _Part(np.array([0, 0]), np.array([2, 3]), np.ones(2), np.full(2, 17.0))
    hidden = np.ones(4, dtype=bool)
    assert _not_gone(value, year, hidden, [month], MINIMUM)[2:].tolist() == [-1, 9]
    shown = np.array([False, False, True, True])
    assert _not_gone(value, year, shown, [month], MINIMUM)[2:].tolist() == [7, 9]
    assert _not_gone(value, year, shown, [], MINIMUM)[2:].tolist() == [0, 0], "no sum says how many are gone"


def test_a_rate_of_a_table_without_counts_gives_none_away() -> None:
    """4 percent of 100 students."""
    table = counts("level", {"english_learner": ["a", "b", "c", "d"]}, [100, 100, 200, 300], [4, 30, 60, 90])
    table = table.assign(students=table["students_counted"], school_year="2017-18", district_id="EX")
    shown = gate(EXAMPLE, "absence_by_english_learner", table.drop(columns="chronically_absent"))
    assert shown["chronic_rate"].isna().tolist() == [True, True, False, False]
    assert shown["hidden"].tolist() == ["minimum", "complement", "", ""]


@pytest.mark.parametrize("left_out", [False, True])
def test_a_model_of_chronic_absence_that_leaves_a_level_out_is_not_shown(*, left_out: bool) -> None:
    grades = counts("level", {"grade_level": ["01", "02", "03"]}, [100, 200, 300], [20, 50, 90])
    tests = pd.DataFrame(
        {"outcome": ["chronic", "absence"], "driver": "grade_level", "statistic": 9.0, "p_value": 0.01}
    )
    exact = {name: table.assign(**BLOCK, level_type="level") for name, table in (("absence_by_grade", grades),)}
    beside = hidden_groups(EXAMPLE, exact, NO_LEVELS)
    shown = gate(EXAMPLE, "joint_tests", tests.assign(**BLOCK, level_type="level"), beside, left_out=left_out)
    assert shown["p_value"].notna().tolist() == [not left_out, True]


def test_counts_of_stays_are_hidden_with_another() -> None:
    """Nine students of the twelve at school A are counted; what is counted at all schools is told."""
    schools = counts("level", {"school_id": ["A", "B", "C"]}, [9, 40, 50], [4, 15, 20]).assign(students=[12, 40, 50])
    shown = gated({"absence_by_school": schools}, OF_ONE_LEVEL)["absence_by_school"]
    assert shown["students_counted"].isna().tolist() == [True, True, False]


def test_another_specification_hides_what_is_small_in_it_alone() -> None:
    """All enrolled: 30 of each grade are chronic. Those enrolled longest: 4 of the first grade."""
    levels = ["01", "02", "03"]
    grades = counts("level", {"grade_level": levels}, [100, 110, 120], [30] * 3)
    checks = counts("level", {"level": levels}, [90, 100, 110], [4, 25, 28]).rename(
        columns={"students_counted": "students", "chronic_rate": "observed_rate"}
    )
    checks = checks.drop(columns="chronically_absent").assign(
        specification="s", driver="grade_level", outcome="chronic"
    )
    exact = {"absence_by_grade": grades.assign(students=grades["students_counted"]), "robustness": checks}
    shown = gated(exact, NO_LEVELS)["robustness"]
    assert shown["observed_rate"].isna().tolist() == [True, True, False]


def days_of(absent: dict[str, float]) -> dict[str, pd.DataFrame]:
    """Gate the days of three schools, of which B and C miss 30 a day, and their months with all days absent."""
    days = pd.DataFrame([(school, date) for school in "ABC" for date in absent], columns=["school_id", "date"])
    missed = [absent[date] if school == "A" else 30.0 for school, date in days.itertuples(index=False)]
    days = days.assign(days_absent=missed, students=100, absence_rate=np.array(missed) / 100)
    months = days.assign(month=days["date"].str[:7]).groupby(["school_id", "month"], as_index=False)
    summed = months.agg(students=("students", "max"), days_absent=("days_absent", "sum"))
    exact = {"school_days": days.assign(level_type="level"), "school_months": summed.assign(level_type="level")}
    return gated(exact, OF_ONE_LEVEL)


MONTHS = {f"2017-{month}-{day:02}": 20.0 + day for month in ("09", "11") for day in range(5, 10)}


def test_a_month_of_one_date_is_hidden_with_it() -> None:
    shown = days_of(MONTHS | {"2017-10-02": 5.0})
    of_a = shown["school_months"].query("school_id == 'A'").set_index("month")["days_absent"].isna()
    assert of_a["2017-10"] and not of_a["2017-11"]


def test_days_absent_of_dates_add_up_to_those_of_the_month() -> None:
    """9 and 9 come to 18, which has one solution under ten, so that a third date goes; in November none does."""
    shown = days_of(MONTHS | {"2017-09-11": 9.0, "2017-09-12": 9.0})["school_days"].query("school_id == 'A'")
    hidden = shown.loc[shown["days_absent"].isna(), "date"]
    assert (hidden < "2017-10").all() and 3 <= len(hidden) < 7
