"""Would the answer change? What a specification does to the contrasts of a page, in numbers and in a sentence."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.findings.names import units_of
from analysis.findings.tables import with_a_range
from analysis.findings.words import UNSEEN, gap, listed, missing, number, signed, some_of
from analysis.language import later, plural, say, told

SAME, LESS_SURE = later("the same answer"), later("less sure")
OTHER_SIZE, OTHER = later("another size"), later("another answer")
VERDICTS = (SAME, LESS_SURE, OTHER_SIZE, OTHER)
"""From the least to the most that a specification can change."""
ABOUT = 1.15
"""Intervals that are less than this many times wider or narrower are about as wide."""


@dataclass(frozen=True)
class Change:
    """What one specification does to the contrasts of grades (of schools, where there is one grade).

    Parameters
    ----------
    outcome, check, words : which one.
    noun : 'grade' or 'school', in the language of the pages.
    compared, clear : levels that both compare; of those, how many are clear on the page (the interval is on one side).
    hidden : whether the contrast of a level is hidden in either, so that what is said is not of all.
    wider : how many times as wide its intervals are, together; NaN where it has none.
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
    hidden: bool = False

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
    hidden = any((one["hidden"].fillna("") != "").any() for one in (own, other) if "hidden" in one)
    both = with_a_range(both[both["contrast"].notna() & both["contrast_other"].notna()])
    if both.empty:
        return None
    first = other.iloc[0]
    moves = (both["contrast_other"] - both["contrast"]).to_numpy()
    most = int(np.argmax(np.abs(moves)))
    clear = both["contrast_low"] * both["contrast_high"] > 0
    turned = clear & (both["contrast"] * both["contrast_other"] < 0)
    apart = (both["contrast_other"] < both["contrast_low"]) | (both["contrast_other"] > both["contrast_high"])
    lost = clear & (both["contrast_low_other"] * both["contrast_high_other"] <= 0) & ~turned
    ends = both[["contrast_low", "contrast_high", "contrast_low_other", "contrast_high_other"]].dropna().sum()
    own_width, width = ends.iloc[1] - ends.iloc[0], ends.iloc[3] - ends.iloc[2]  # in sums the gate's rounding is lost

    def named(which: "pd.Series[bool]") -> tuple[str, ...]:
        return tuple(dict.fromkeys(both.loc[which, "label"]))

    return Change(
        first["outcome"], first["check"], short(first["specification"]), units_of(first["driver"])[0],
        both["level"].nunique(), both.loc[clear, "level"].nunique(), width / own_width if own_width > 0 else math.nan, float(moves[most]),
        both["label"].iloc[most], named(turned), named(lost), named(apart & ~turned), hidden,
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
    if abs(one.moved) < UNSEEN:
        said = [say("the contrasts are the same")]
    else:
        most = f"{one.moved_most}: {signed(one.moved)}"
        said = [say("no {noun} moves by more than {points} ({most})", noun=one.noun, points=gap(one.moved), most=most)]
    if not missing(one.wider) and one.wider <= 1 / ABOUT:
        said.append(say("intervals are {times} times narrower", times=number(1 / one.wider, 1)))
    elif not missing(one.wider) and one.wider >= ABOUT:
        said.append(say("intervals are {times} times wider", times=number(one.wider, 1)))
    if one.turned:
        said.append(plural(len(one.turned), "{names} changes side", "{names} change side", names=some_of(one.turned)))
    if one.outside:
        said.append(
            plural(
                len(one.outside), "{names} leaves its interval of page 03", "{names} leave their interval of page 03",
                names=some_of(one.outside),
            )
        )  # fmt: skip
    if one.unclear:
        said.append(say("{names} can no longer be told from the average", names=some_of(one.unclear)))
    if one.clear and not one.turned and not one.unclear:
        said.append(
            plural(
                one.clear, "the clear {noun} stays on its side", "all {number} clear {noun}s stay on their side",
                noun=one.noun,
            )
        )  # fmt: skip
    return listed(said)


def overall(found: list[Change]) -> str:
    """Sum up: in how many ways the answer is the same, and which change it."""
    by_verdict = {verdict: [one for one in found if one.verdict == verdict] for verdict in VERDICTS}
    of_all = plural(len(found), "{number} other specification", "{number} other specifications")
    parts = [
        plural(
            len(by_verdict[SAME]), "Of {specifications}, {number} gives the same answer",
            "Of {specifications}, {number} give the same answer", specifications=of_all,
        )
    ]  # fmt: skip
    for verdict in VERDICTS[1:]:
        if these := by_verdict[verdict]:
            names = listed([f"'{told(one.outcome)}: {told(one.words)}'" for one in these])
            parts.append(_changed(verdict, len(these), noun=these[0].noun, names=names))
    return f"{'; '.join(parts)}."


def _changed(verdict: str, these: int, **said: str) -> str:
    """Say how many specifications change the answer in one way."""
    if verdict == LESS_SURE:
        return plural(
            these, "{number} leaves a {noun} unclear that is clear on page 03 ({names})",
            "{number} leave a {noun} unclear that is clear on page 03 ({names})", **said,
        )  # fmt: skip
    if verdict == OTHER_SIZE:
        return plural(
            these, "{number} moves a {noun} out of its interval of page 03, to the same side ({names})",
            "{number} move a {noun} out of its interval of page 03, to the same side ({names})", **said,
        )  # fmt: skip
    return plural(
        these, "{number} puts a {noun} that is clear on page 03 on the other side of the average ({names})",
        "{number} put a {noun} that is clear on page 03 on the other side of the average ({names})", **said,
    )  # fmt: skip
