"""Would the answer change? What is said of contrasts that move, turn, leave their interval or are no longer clear."""

import pandas as pd
import pytest

from analysis.findings.answer import LESS_SURE, OTHER, OTHER_SIZE, SAME, change, changes, overall, sentence, short
from analysis.findings.words import grade_name, some_of

OWN = {"KG": (0.02, 0.01, 0.03), "01": (-0.02, -0.03, -0.01), "02": (0.004, -0.006, 0.014)}


def table(specification: str = "absence: as on the page", check: str = "", **moved: tuple[float, float, float]):
    rows = [(level, *moved.get(f"g{level}", values)) for level, values in OWN.items()]
    frame = pd.DataFrame(rows, columns=["level", "contrast", "contrast_low", "contrast_high"])
    label = [grade_name(level) for level in frame["level"]]
    return frame.assign(driver="grade_level", label=label, outcome="absence", check=check, specification=specification)


@pytest.mark.parametrize(
    ("moved", "verdict", "said"),
    [
        ({}, SAME, "the contrasts are the same and all 2 clear grades stay on their side"),
        (
            {"gKG": (0.015, 0.005, 0.025)},
            SAME,
            "no grade moves by more than 0.5 points (kindergarten: −0.5) and all 2 clear grades stay on their side",
        ),
        (
            {"gKG": (0.012, -0.001, 0.025)},
            LESS_SURE,
            "no grade moves by more than 0.8 points (kindergarten: −0.8) and kindergarten can no longer be told from"
            " the average",
        ),
        (
            {"gKG": (0.05, 0.04, 0.06)},
            OTHER_SIZE,
            "no grade moves by more than 3.0 points (kindergarten: +3.0), kindergarten leaves its interval of page 03"
            " and all 2 clear grades stay on their side",
        ),
        (
            {"g01": (0.001, -0.009, 0.011)},
            OTHER,
            "no grade moves by more than 2.1 points (grade 1: +2.1) and grade 1 changes side",
        ),
        (
            {"g02": (-0.004, -0.014, 0.006)},
            SAME,
            "no grade moves by more than 0.8 points (grade 2: −0.8) and all 2 clear grades stay on their side",
        ),
    ],
)
def test_what_a_specification_changes(moved, verdict, said) -> None:
    found = change(table(), table("absence: other", "a", **moved))
    assert found is not None
    assert (found.verdict, sentence(found)) == (verdict, said)


def test_narrower_and_wider_intervals_are_said() -> None:
    half = {
        f"g{level}": (mid, mid - (mid - low) / 2, mid + (high - mid) / 2) for level, (mid, low, high) in OWN.items()
    }
    found = change(table(), table("absence: plain errors", "a", **half))
    assert found is not None and found.wider == pytest.approx(0.5)
    assert "intervals are 2.0 times narrower" in sentence(found)


def test_both_ends_of_many_fits_are_one_specification() -> None:
    low = table("absence: one school left out, smallest", "b", gKG=(0.008, float("nan"), float("nan")))
    high = table("absence: one school left out, largest", "b", gKG=(0.022, float("nan"), float("nan")))
    (found,) = changes(pd.concat([table(), low, high]))
    assert found.words == short("absence: one school left out, largest") == "one school left out"
    assert found.moved == pytest.approx(-0.012) and found.verdict == OTHER_SIZE and found.compared == 3


def test_levels_that_are_hidden_are_not_spoken_of() -> None:
    hidden = table("absence: other", "a", gKG=(float("nan"),) * 3)
    found = change(table(), hidden)
    assert found is not None and found.compared == 2 and found.clear == 1
    gone = hidden.assign(contrast=float("nan"))
    assert change(table(), gone) is None


def test_the_sum_of_all_names_what_changes_the_answer() -> None:
    turned = table("absence: turned", "a", g01=(0.02, 0.01, 0.03))
    found = changes(pd.concat([table(), table("absence: same", "a"), turned]))
    assert overall(found) == (
        "Of 2 other specifications, 1 gives the same answer; 1 puts a grade that is clear on page 03 on the other side"
        " of the average ('absence: turned')."
    )


def test_long_lists_are_counted() -> None:
    assert some_of(("a", "b", "c", "d")) == "a, b, c and d"
    assert some_of(("a", "b", "c", "d", "e")) == "a, b, c and 2 others"


def test_a_level_without_a_range_is_no_largest_move() -> None:
    """A school of three students moved by 21 points, and stood as what a check changes most."""
    few = {"driver": "grade_level", "level": "03", "label": "grade 3", "outcome": "absence"}
    own = pd.concat([table(), pd.DataFrame([{**table().iloc[0], **few, "contrast": 0.33, "contrast_low": None}])])
    other = table("absence: other", "x", gKG=(0.015, 0.005, 0.025))
    other = pd.concat([other, pd.DataFrame([{**other.iloc[0], **few, "contrast": 0.11}])])
    found = change(own.astype({"contrast_low": float}), other)
    assert found is not None and (found.moved_most, found.compared) == ("kindergarten", 3)
