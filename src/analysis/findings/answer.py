"""Would the answer change? What a specification does to the contrasts of a page, in numbers and in a sentence."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.findings.words import listed, missing, plural, signed

SAME, LESS_SURE, OTHER_SIZE, OTHER = "the same answer", "less sure", "another size", "another answer"
VERDICTS = (SAME, LESS_SURE, OTHER_SIZE, OTHER)
"""From the least to the most that a specification can change."""
NOUNS = {"grade_level": "grade", "school_id": "school"}
NOTHING = 0.0005
"""A move that is not seen in percentage points with one decimal."""
MOST_NAMES = 4
ABOUT = 1.15
"""Intervals that are less than this many times wider or narrower are about as wide."""


@dataclass(frozen=True)
class Change:
    """What one specification does to the contrasts of grades (of schools, where there is one grade).

    Parameters
    ----------
    outcome, check, words : which one.
    noun : 'grade' or 'school'.
    compared, clear : levels that both compare; of those, how many are clear on the page (the interval is on one side).
    wider : how many times as wide its intervals are, in the middle one; NaN where it has none.
    moved, moved_most : the largest move of a contrast, as a share, and of which.
    turned : clear ones whose contrast changes sign.
    unclear : clear ones that this specification no longer tells from the average.
    outside : those whose contrast leaves the page's own interval.
    """

    outcome: str
    check: str
    words: str
    noun: str
    compared: int
    clear: int
    wider: float
    moved: float
    moved_most: str
    turned: tuple[str, ...]
    unclear: tuple[str, ...]
    outside: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """Sign before size before sureness: the worst that happens."""
        if self.turned:
            return OTHER
        if self.outside:
            return OTHER_SIZE
        return LESS_SURE if self.unclear else SAME


def change(own: pd.DataFrame, other: pd.DataFrame) -> Change | None:
    """Set one specification beside the page's own contrasts; None where they share nothing that is shown.

    Parameters
    ----------
    own, other : `outcome, check, specification, driver, label, level, contrast, contrast_low, contrast_high` of one
        outcome; the label is the level's name in a sentence.
    """
    both = own.merge(other, on="level", suffixes=("", "_other"))
    both = both[both["contrast"].notna() & both["contrast_other"].notna()]
    if both.empty:
        return None
    first = other.iloc[0]
    moves = (both["contrast_other"] - both["contrast"]).to_numpy()
    most = int(np.argmax(np.abs(moves)))
    clear = both["contrast_low"] * both["contrast_high"] > 0
    turned = clear & (both["contrast"] * both["contrast_other"] < 0)
    apart = (both["contrast_other"] < both["contrast_low"]) | (both["contrast_other"] > both["contrast_high"])
    lost = clear & (both["contrast_low_other"] * both["contrast_high_other"] <= 0) & ~turned
    width = (both["contrast_high_other"] - both["contrast_low_other"]) / (both["contrast_high"] - both["contrast_low"])

    def named(which: "pd.Series[bool]") -> tuple[str, ...]:
        return tuple(dict.fromkeys(both.loc[which, "label"]))

    return Change(
        first["outcome"], first["check"], short(first["specification"]), NOUNS[first["driver"]],
        both["level"].nunique(), both.loc[clear, "level"].nunique(), float(width.median()), float(moves[most]),
        both["label"].iloc[most], named(turned), named(lost), named(apart & ~turned),
    )  # fmt: skip


def short(specification: str) -> str:
    """Give a specification's words, those of both ends of many fits the same."""
    return specification.partition(": ")[2].removesuffix(", smallest").removesuffix(", largest")


def changes(table: pd.DataFrame) -> list[Change]:
    """Set every specification of the table `robustness` beside the page's own contrasts of its outcome."""
    found = []
    for _, of_outcome in table.groupby("outcome", sort=False):
        own = of_outcome[of_outcome["check"] == ""]
        others = of_outcome[of_outcome["check"] != ""]
        names = others["specification"].map(short)
        found += [change(own, others[names == name]) for name in names.unique()]
    return [one for one in found if one is not None]


def sentence(one: Change) -> str:
    """Say what a specification changes: sign, size, and whether it is still clear."""
    most = f"{one.moved_most}: {signed(one.moved)}"
    said = [f"no {one.noun} moves by more than {abs(100 * one.moved):.1f} points ({most})"]
    if abs(one.moved) < NOTHING:
        said = ["the contrasts are the same"]
    if not missing(one.wider) and not 1 / ABOUT < one.wider < ABOUT:
        narrow = one.wider < 1
        said.append(f"intervals are {max(one.wider, 1 / one.wider):.1f} times {'narrower' if narrow else 'wider'}")
    if one.turned:
        said.append(f"{some(one.turned)} {_changes(one.turned, 'changes side', 'change side')}")
    if one.outside:
        said.append(f"{some(one.outside)} {_changes(one.outside, 'leaves its', 'leave their')} interval of page 03")
    if one.unclear:
        said.append(f"{some(one.unclear)} can no longer be told from the average")
    if one.clear and not one.turned and not one.unclear:
        all_of_them = f"all {one.clear} clear {one.noun}s stay on their"
        said.append(f"{all_of_them if one.clear > 1 else f'the clear {one.noun} stays on its'} side")
    return listed(said)


def some(names: tuple[str, ...]) -> str:
    """Name up to four, and count the others."""
    shown = list(names if len(names) <= MOST_NAMES else names[: MOST_NAMES - 1])
    others = len(names) - len(shown)
    return listed([*shown, *([f"{others} others"] if others else [])])


def _changes(names: tuple[str, ...], one: str, several: str) -> str:
    return one if len(names) == 1 else several


def overall(found: list[Change]) -> str:
    """Sum up: in how many ways the answer is the same, and which change it."""
    by_verdict = {verdict: [one for one in found if one.verdict == verdict] for verdict in VERDICTS}
    same, noun = len(by_verdict[SAME]), found[0].noun if found else ""
    text = f"Of {plural(len(found), 'other specification')}, {same} {'gives' if same == 1 else 'give'} the same answer"
    parts = {
        LESS_SURE: ("leaves", "leave", f"a {noun} unclear that is clear on page 03"),
        OTHER_SIZE: ("moves", "move", f"a {noun} out of its interval of page 03, to the same side"),
        OTHER: ("puts", "put", f"a {noun} that is clear on page 03 on the other side of the average"),
    }
    for verdict, (one_does, several_do, words) in parts.items():
        these = by_verdict[verdict]
        if these:
            names = listed([f"'{one.outcome}: {one.words}'" for one in these])
            text += f"; {len(these)} {one_does if len(these) == 1 else several_do} {words} ({names})"
    return f"{text}."
