"""How tables and axes write a number, and a table the name of a row."""

import pandas as pd
import pytest

from analysis.findings.html import table_html
from analysis.findings.pictures.axes import Unit, tick
from analysis.findings.tables import grade_labels
from analysis.findings.words import signed


@pytest.mark.parametrize("heading", ["p", "p (BH)", "p value (t)", "p_value", "p adjusted (BH)"])
def test_no_p_is_zero(heading: str) -> None:
    """A p of 0.00004 was written 0.000 under some headings."""
    html = table_html("a", "A", pd.DataFrame({"Level": ["one", "two"], heading: [0.00004, 0.0412]}))
    assert "&lt;0.001" in html and "0.041" in html and ">0.000<" not in html


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [(3.25, "number", "3.25"), (3.5, "number", "3.5"), (4, "number", "4"), (0.0125, "percent", "1.25%"),
     (0.1, "percent", "10%"), (-0.0025, "points", "−0.25")],
)  # fmt: skip
def test_ticks_stand_where_their_words_say(value: float, unit: Unit, words: str) -> None:
    """Steps of a quarter were written with one decimal: 3.2, 3.5, 3.8, 4, 4.2."""
    assert tick(value, unit) == words


def test_a_total_of_one_grade_is_a_grade() -> None:
    """It was 'Grades 7'."""
    table = pd.DataFrame({"grade_level": ["7", "K", "K-8", "all"], "level_type": "total"})
    assert grade_labels(table)["label"].tolist() == ["Grade 7", "Kindergarten", "Grades K-8", "All"]


def test_the_ends_of_an_interval_stand_in_one_column() -> None:
    """Ten columns were cut at the right of a page 1,200 pixels wide, in the middle of p."""
    rates = {"Level": ["one", "two"], "Rate": [0.05, 0.06], "Rate, low": [0.041, None], "Rate, high": [0.062, None]}
    html = table_html("a", "A", pd.DataFrame(rates))
    assert "95% interval" in html and "4.1% to 6.2%" in html and "Rate, low" not in html and "– to" not in html


def test_nothing_is_neither_plus_nor_minus() -> None:
    """An interval from −0.0002 to 0.016 was '+0.0 to +1.6, so it may be no difference'."""
    assert [signed(share) for share in (-0.0002, 0.0002, 0.016, -0.016)] == ["0.0", "0.0", "+1.6", "−1.6"]
