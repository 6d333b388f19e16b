"""Movers within bands of days enrolled, and short stays over the same days: as small tables."""

from pathlib import Path

from small_tables import assert_table, days, years

from analysis.findings.short_stays import by_moves, by_window
from analysis.measures.short_stays import chronic_by_moves, chronic_by_window

MOVERS = """
    student | school | grade | from | days | absent
    1       | A      | 03    | 1    | 20   | 4
    1       | B      | 03    | 21   | 20   | 4
    2       | A      | 03    | 1    | 40   | 4
    3       | A      | 03    | 1    | 40   | 3
    4       | A      | 03    | 1    | 50   | 20
    4       | B      | 03    | 51   | 50   | 0
    5       | A      | 03    | 1    | 100  | 5
    6       | A      | 03    | 1    | 9    | 9
    """


def test_movers_are_compared_with_those_who_were_enrolled_as_long(tmp_path: Path) -> None:
    """Student 6 is under the minimum; 4 changed school too, in another band."""
    assert_table(
        chronic_by_moves(days(tmp_path, MOVERS)),
        """
        level | schools             | students_counted | chronically_absent | chronic_rate
        10-44 | one school          | 2                | 1                  | 0.5
        10-44 | two schools or more | 1                | 1                  | 1
        90+   | one school          | 1                | 0                  | 0
        90+   | two schools or more | 1                | 1                  | 1
        """,
    )


HALVES = """
    student | school | grade | from | days | absent
    1       | A      | 03    | 1    | 40   | 2
    2       | A      | 03    | 1    | 20   | 3
    3       | A      | 03    | 21   | 20   | 1
    4       | A      | 03    | 1    | 21   | 0
    5       | A      | 03    | 12   | 9    | 9
    """


def test_a_half_is_compared_with_the_same_half(tmp_path: Path) -> None:
    """40 days, so days 1 to 20 and 21 to 40. Absences are the last days: those of student 1 are in the second half.

    Student 4 was there on one day of the second half: too few days to count in it, yet in both halves in the first.
    Student 5 is under the minimum of 10 days.
    """
    assert_table(
        chronic_by_window(days(tmp_path, HALVES)),
        """
        window      | level             | students_counted | days_enrolled | days_absent | chronic_rate
        first half  | in both halves    | 2                | 40            | 0           | 0
        first half  | only in this half | 1                | 20            | 3           | 1
        second half | in both halves    | 1                | 20            | 2           | 1
        second half | only in this half | 1                | 20            | 1           | 0
        """,
    )


def test_what_is_said_of_them(tmp_path: Path) -> None:
    records = days(tmp_path, MOVERS)
    moves = by_moves(records)
    assert moves.title == "Students of two schools or more: 100.0% chronically absent against 0.0% at 90+ days"
    assert "100.0% against 50.0% at 10-44 days enrolled" in moves.text
    short = by_window(days(tmp_path, HALVES, name="h"))
    assert short.title == "Over the same half of the year, short stays differ by +100.0 and −100.0 points"
    assert (
        "in the first half of the year 100.0% of those there only then, against 0.0% of those there in both"
        in short.text
    )


def test_nobody_moved_says_nothing(tmp_path: Path) -> None:
    still = "student | school | grade | from | days | absent\n1 | A | 03 | 1 | 40 | 4\n2 | A | 03 | 1 | 40 | 0"
    records = days(tmp_path, still)
    assert by_moves(records).title == by_window(records).title == ""


def test_years_without_dates_have_movers_and_no_windows(tmp_path: Path) -> None:
    text = """
        student | school | grade | enrolled | absent
        1       | A      | 03    | 100      | 20
        1       | B      | 03    | 60       | 0
        2       | A      | 03    | 160      | 4
        """
    records = years(tmp_path, text)
    assert by_moves(records).title and by_window(records).title == ""
