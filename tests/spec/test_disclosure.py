"""What partners see of a small table, stated as text: `.` is a hidden number."""
# ruff: noqa: E501

from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.disclosure import gate, hidden_text
from analysis.disclosure.complements import protect
from analysis.disclosure.counts import ANY, Count, room
from analysis.disclosure.lines import Lines, lines_of
from analysis.disclosure.shapes import shape_of
from analysis.study import Study
from analysis.study.rules import Disclosure

EXAMPLE = Study.load(Path(__file__).parents[2] / "studies" / "example.yaml")


def study(audience: str = "partner", rule: str = "minimum", minimum: int = 10) -> Study:
    disclosure = Disclosure(rule=rule, minimum=minimum)  # type: ignore[arg-type]
    return replace(
        EXAMPLE, settings=EXAMPLE.settings.model_copy(update={"audience": audience, "disclosure": disclosure})
    )


def read(text: str, **columns: str) -> pd.DataFrame:
    table = pd.read_csv(StringIO(text.strip()), sep=r"\s+", na_values=".", dtype={"grade_level": str, "level": str})
    return table.assign(**{"school_year": "2017-18", "district_id": "EX", "level_type": "level", **columns})


def assert_shown(table: pd.DataFrame, expected: str) -> None:
    wanted = read(expected.replace("''", "none")).replace({"hidden": {"none": ""}})
    columns = [column for column in wanted if column in expected.split("\n")[1].split()]
    pd.testing.assert_frame_equal(table[columns], wanted[columns], check_dtype=False)


def test_a_group_under_the_minimum_is_hidden_whole_and_another_with_it() -> None:
    exact = read("""
        race_ethnicity  students  students_counted  days_absent  absence_rate  chronically_absent  chronic_rate
        Asian                  9                 9         80.5      0.050500                   2      0.222222
        Black                 30                30        310.0      0.061234                  12      0.400000
        Hispanic              60                60        700.0      0.066666                  20      0.333333
        White                 99                98       1200.0      0.067891                  40      0.408163
    """)
    assert_shown(
        gate(study(), "absence_by_race_ethnicity", exact),
        """
        race_ethnicity  students  students_counted  days_absent  absence_rate  chronically_absent  chronic_rate  hidden
        Asian                  .                 .            .             .                   .             .  minimum
        Black                  .                 .            .             .                   .             .  complement
        Hispanic              60                60        700.0         0.067                  20         0.333  ''
        White                 99                98       1200.0         0.068                  40         0.408  ''
        """,
    )


@pytest.mark.parametrize(
    ("chronic", "shown"), [(0, False), (9, False), (10, True), (90, True), (91, False), (100, False)]
)
def test_a_chronic_count_is_shown_when_it_and_the_rest_reach_the_minimum(chronic: int, shown: bool) -> None:
    others = [(100, 50), (200, 80), (300, 90)]
    rows = [(100, chronic), *others]
    text = "\n".join(f"{name} {n} {n} {c} {c / n}" for name, (n, c) in zip("abcd", rows, strict=True))
    exact = read("english_learner students students_counted chronically_absent chronic_rate\n" + text)
    table = gate(study(), "absence_by_english_learner", exact)
    assert table["chronically_absent"].notna().iloc[0] == shown
    assert table["chronic_rate"].notna().iloc[0] == shown
    assert table["students"].notna().all()
    assert (table["hidden"] != "").sum() == (0 if shown else 2)


def test_a_small_tier_hides_the_tiers_and_not_the_chronic_count() -> None:
    exact = read("""
        school_id  students  students_counted  chronically_absent  chronic_rate  satisfactory  at_risk  moderate_chronic  severe_chronic
        A               200               200                  40           0.2           100       60                36               4
        B               300               300                  60           0.2           150       90                40              20
        C               400               400                  80           0.2           200      120                50              30
    """)  # fmt: skip
    assert_shown(
        gate(study(), "absence_by_school", exact),
        """
        school_id  students  students_counted  chronically_absent  chronic_rate  satisfactory  at_risk  moderate_chronic  severe_chronic  hidden
        A               200               200                  40           0.2             .        .                 .               .  minimum
        B               300               300                  60           0.2             .        .                 .               .  complement
        C               400               400                  80           0.2           200      120                50              30  ''
        """,
    )


def test_a_band_needs_a_second_hidden_grade_though_the_other_band_has_one() -> None:
    sizes = {"KG": 5, "01": 40, "02": 50, "09": 8, "10": 45, "11": 60}
    rows = [(grade, n, "level") for grade, n in sizes.items()]
    rows += [("K-8", 95, "band"), ("9-12", 113, "band"), ("K-12", 208, "total")]
    exact = pd.DataFrame(rows, columns=["grade_level", "students", "level_type"])
    table = gate(study(), "absence_by_grade", exact.assign(school_year="2017-18", district_id="EX"))
    assert table["hidden"].tolist() == ["minimum", "complement", "", "minimum", "complement", "", "", "", ""]


def test_two_small_rows_whose_sum_pins_them_are_not_enough() -> None:
    """9 + 9 = 18 has one solution only for who knows that both are under 10."""
    exact = read("school_id students\nA 9\nB 9\nC 40\nD 50")
    assert gate(study(), "absence_by_school", exact)["students"].isna().tolist() == [True, True, True, False]
    enough = read("school_id students\nA 6\nB 7\nC 40\nD 50")
    assert gate(study(), "absence_by_school", enough)["students"].isna().tolist() == [True, True, False, False]


def test_crossings_hide_along_every_dimension() -> None:
    rows = [(school, grade, 30) for school in "ABC" for grade in ("KG", "01", "02")]
    exact = pd.DataFrame(rows, columns=["school_id", "grade_level", "students"])
    exact.loc[0, "students"] = 4
    table = gate(study(), "absence_by_school_and_grade", exact.assign(school_year="2017-18", district_id="EX"))
    hidden = table["students"].isna()
    for dimension in ("school_id", "grade_level"):
        assert set(hidden.groupby(table[dimension]).sum()) <= {0, 2, 3}
    assert 4 <= hidden.sum() < 9


def test_a_number_that_stands_on_every_month_is_hidden_on_every_month() -> None:
    size = {"A": 30, "B": 90, "C": 90, "D": 95}
    cells = [(school, grade, month) for school in size for grade in ("KG", "01") for month in ("2017-09", "2017-10")]
    exact = pd.DataFrame(cells, columns=["school_id", "grade_level", "month"])
    students = exact["school_id"].map(size)
    small = (exact["school_id"] == "A") & (exact["grade_level"] == "KG")
    chronic = (students // 2 - 5).where(~small, 3)
    exact = exact.assign(students=students, students_counted=students, chronically_absent=chronic, days_absent=50.0)
    table = gate(study(), "missed_days", exact.assign(school_year="2017-18", district_id="EX", level_type="level"))
    hidden = table["chronically_absent"].isna().groupby([table["school_id"], table["grade_level"]]).agg(["min", "max"])
    assert (hidden["min"] == hidden["max"]).all()
    assert hidden["max"].unstack().sum().tolist() == [2, 2]
    assert table["days_absent"].notna().all()


def test_a_model_gives_no_count_away_by_its_rate_times_n() -> None:
    exact = read(
        """
        driver       level  outcome  students  days_enrolled  observed_rate  adjusted_rate  p_value  component
        grade_level  KG     chronic       100          17000           0.04       0.051234  0.01234          1
        grade_level  01     chronic       100          17000           0.34       0.331234  0.00001          1
        grade_level  02     chronic       120          19000           0.44       0.431234  0.12345          1
        grade_level  KG     absence       100          17000           0.04       0.051234  0.01234          1
        """
    )
    assert_shown(
        gate(study(), "adjusted_rates", exact),
        """
        driver       level  outcome  students  days_enrolled  observed_rate  adjusted_rate  p_value  component  hidden
        grade_level  KG     chronic       100          17000              .              .        .          1  minimum
        grade_level  01     chronic       100          17000              .              .        .          1  complement
        grade_level  02     chronic       120          19000           0.44          0.431    0.123          1  ''
        grade_level  KG     absence       100          17000           0.04          0.051   0.0123          1  ''
        """,
    )


def test_internal_tables_are_exact_and_published_ones_as_they_came() -> None:
    exact = read("school_id students chronic_rate hidden\nA 3 0.33333 none\nB . . source").replace(
        {"hidden": {"none": ""}}
    )
    for one in (study("internal"), study("public", "as_published")):
        table = gate(one, "absence_by_school", exact)
        pd.testing.assert_frame_equal(table, exact[table.columns])
        assert table.columns[-1] == "hidden"
    assert "hidden" not in gate(study("internal"), "absence_by_school", exact).columns[:-1]


def test_what_is_not_declared_is_refused_whoever_reads_it() -> None:
    exact = read("school_id students\nA 30\nB 40")
    for audience in ("internal", "partner", "public"):
        with pytest.raises(LookupError, match="not declared"):
            gate(study(audience), "pupils", exact)
        with pytest.raises(LookupError, match="secret_count"):
            gate(study(audience), "absence_by_school", exact.assign(secret_count=3))
        with pytest.raises(LookupError, match="no column for the number of persons"):
            gate(study(audience), "absence_by_school", exact.drop(columns="students"))
    with pytest.raises(ValueError, match="several rows"):
        gate(study(), "absence_by_school", pd.concat([exact, exact], ignore_index=True))


def test_a_row_of_unknown_size_is_hidden() -> None:
    exact = read("school_id students days_enrolled absence_rate\nA . 9000 0.1\nB 40 7000 0.1\nC 50 8000 0.1")
    assert gate(study(), "absence_by_school", exact)["absence_rate"].isna().tolist() == [True, False, False]


def test_students_of_all_steps_of_the_records_are_hidden_where_those_of_one_are() -> None:
    exact = read("step rows students\nread 9000 60\naside 20 3\nused 8980 59")
    table = gate(study(), "records_flow", exact)
    assert table["students"].isna().all() and table["rows"].tolist() == [9000, 20, 8980]


def test_every_count_of_a_row_and_what_it_leaves_decides() -> None:
    """Of school A nine students are counted of twelve, or five are not just below the line."""
    sizes = read("school_id students students_counted\nA 12 9\nB 40 40\nC 50 50\nD 60 60")
    near = read("school_id students_counted just_below just_above\nA 40 35 12\nB 50 20 20\nC 60 20 20\nD 60 20 20")
    for name, exact, column in (("absence_by_school", sizes, "students"), ("near_threshold", near, "just_below")):
        table = gate(study(), name, exact)
        assert table["hidden"].tolist()[0] == "minimum" and table[column].isna().tolist()[0]
        assert table["students_counted"].isna().tolist()[0] == (name == "absence_by_school")


@pytest.mark.parametrize(
    ("name", "dimension", "most"), [("absence_by_week", "week_start", 7), ("worst_days", "date", 1)]
)
def test_days_enrolled_tell_how_many_are_there_only_where_no_number_of_students_does(
    name: str, dimension: str, most: int
) -> None:
    """Of ten students the days enrolled are all that is known: each had `most` at the most."""
    exact = read(f"{dimension} students days_enrolled\na 12 {5 * most}\nb . {9 * most}\nc . {10 * most}\nd 40 200")
    table = gate(study(), name, exact)
    assert table["hidden"].tolist()[1] == "minimum" and (table["hidden"] == "minimum").sum() == 1


@pytest.mark.parametrize(("share", "parts"), [(0.10, 4), (0.15, 5)])
def test_whole_percents_add_up_to_tiers_and_to_the_chronic_by_the_rule_of_the_study(share: float, parts: int) -> None:
    own = EXAMPLE.settings.definitions
    definitions = own.model_copy(update={"chronic": own.chronic.model_copy(update={"at_least": share})})
    other = replace(EXAMPLE, settings=EXAMPLE.settings.model_copy(update={"definitions": definitions}))
    table = read("absence_percent students_counted\n" + "\n".join(f"{percent} 20" for percent in range(41)))
    whole, by_part = lines_of(other, shape_of("rate_histogram"), table)
    assert len(whole.parent) == 1 and len(by_part.parent) == parts
    assert by_part.code[14] != by_part.code[15] or share == 0.10


def test_a_total_of_schools_is_hidden_where_no_school_is_left_to_hide() -> None:
    exact = read("school_id students\nA 8\nB 32\nall 40").assign(level_type=["level", "level", "total"])
    assert gate(study(), "absence_by_school", exact)["students"].isna().tolist() == [True, True, False]
    few = exact.assign(students=[8, 8, 16])
    assert gate(study(), "absence_by_school", few)["students"].isna().tolist() == [True, True, True]


def test_rows_stay_in_order_and_the_table_that_came_stays_as_it_was() -> None:
    exact = read("school_id students\nB 40\nA 3\nC 50\nD 60").set_index(pd.Index([7, 5, 9, 1]))
    before = exact.copy()
    table = gate(study(), "absence_by_school", exact)
    assert table["school_id"].tolist() == list("BACD")
    assert table.index.tolist() == [7, 5, 9, 1]
    assert [*table] == [*before, "hidden"]
    pd.testing.assert_frame_equal(exact, before)


def test_dates_hide_days_on_which_few_are_absent() -> None:
    exact = read(
        "date students days_absent absence_rate\nmon 100 4.5 0.045\ntue 100 12 0.12\nwed 100 15 0.15\nthu 100 20 0.20"
    )
    table = gate(study(), "worst_days", exact)
    assert table["hidden"].tolist()[0] == "minimum"
    assert table[["days_absent", "absence_rate"]].isna().sum().tolist() == [2, 2]


def test_a_small_grade_of_one_school_is_not_what_the_others_leave() -> None:
    rows = [f"{school} {grade} {n}" for school, sizes in (("A", (4, 60)), ("B", (50, 70)), ("C", (45, 80))) for grade, n in
            zip(("03", "04"), sizes, strict=True)]  # fmt: skip
    table = gate(study(), "absence_by_school_and_grade", read("school_id grade_level students\n" + "\n".join(rows)))
    hidden = table[table["students"].isna()]
    assert ("A", "03") in list(zip(hidden["school_id"], hidden["grade_level"], strict=True))
    assert hidden.groupby("grade_level").size().min() >= 2
    assert hidden.groupby("school_id").size().min() >= 2


def test_the_sentence_counts_rows_by_reason() -> None:
    table = pd.DataFrame({"hidden": ["", "minimum", "minimum", "complement", "source"]})
    assert hidden_text(table) == (
        "Numbers are missing in 4 of 5 rows: 2 because too few students stand behind a number,"
        " 1 because a hidden number could be worked out from them, 1 by the source."
    )
    assert hidden_text(pd.DataFrame({"hidden": ["", ""]})) == ""
    assert hidden_text(pd.DataFrame({"students": [np.nan]})) == ""


@pytest.mark.parametrize(("minimum", "numbers"), [(2, 1), (3, 2), (4, 3), (5, 3), (10, 6), (11, 6), (30, 16)])
def test_a_small_count_could_be_half_the_minimum_of_numbers_and_one(minimum: int, numbers: int) -> None:
    """As docs/disclosure.md has it; under a minimum of 2 or 3 there are no more than one or two small counts but 0."""
    assert room(minimum) + 1 == numbers


@pytest.mark.parametrize(
    ("value", "of", "whole", "bounds", "slack"),
    [
        (3, np.inf, False, (1, 9), 3),  # a size that is hidden is of somebody
        (0, 40, False, (0, 9), 0),
        (35, 40, False, (31, 40), 5),
        (30, 40, False, (10, 30), 10),
        (20, np.inf, False, (10, ANY - 10), 20),
        (9.5, 40, False, (0, 9.5), 9.5),  # half a day of a date
        (30.5, 40, False, (30.5, 40), 9.5),
        (30, 40, True, (0, ANY), 10),  # hidden with its row, whose mark is of its size
        (3, 40, True, (0, 9), 3),
        (20, np.inf, True, (10, ANY - 10), 20),
        (np.nan, 40, False, (np.nan, np.nan), np.inf),
    ],
)
def test_an_attacker_knows_of_a_hidden_count_whether_it_or_the_rest_is_small(
    value: float, of: float, whole: bool, bounds: tuple[float, float], slack: float
) -> None:
    count = Count(np.array([value]), np.array([of]))
    found = [*np.concatenate(count.bounds(10, np.array([whole]))), *count.slack()]
    np.testing.assert_array_equal(found, [*bounds, slack])


def shown_of(values: list[float], hidden: list[int]) -> list[bool]:
    """Protect a total (the first row) and its levels, of which some are hidden already; say which are shown."""
    value = np.array(values)
    line = Lines(np.array([-1, *[0] * (len(values) - 1)]), np.array([0]))
    flags = np.isin(np.arange(len(values)), hidden)
    found = protect([Count(value, np.full(len(values), np.inf))], flags, [line], 10, value)
    return (~found).tolist()


def test_a_total_in_the_first_row_is_hidden_where_no_level_is_left() -> None:
    assert shown_of([16, 8, 8], []) == [False, False, False]
    assert shown_of([40, 8, 32], []) == [True, False, False]


def test_a_total_that_is_hidden_is_not_what_its_levels_add_up_to() -> None:
    assert shown_of([90, 30, 30, 30], [0]) == [False, False, True, True]
    assert shown_of([np.nan, 30, 30, 30], [0]) == [False, True, True, True], "a total without a number tells nothing"
