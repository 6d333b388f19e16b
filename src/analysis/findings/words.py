"""Numbers as words of a sentence. A number that is hidden or not there is never written as 0."""

import math
import re
from collections.abc import Sequence
from typing import Any

DASH = "–"


def missing(number: Any) -> bool:
    """Say whether there is no number to write."""
    return number is None or math.isnan(float(number))


def percent(share: Any, places: int = 1) -> str:
    """Write 0.2531 as '25.3%'."""
    return DASH if missing(share) else f"{100 * share:.{places}f}%"


def points(difference: Any, places: int = 1) -> str:
    """Write 0.031 as '3.1 points'."""
    return gap(difference, places)


def gap(difference: Any, places: int = 1, *, days: bool = False) -> str:
    """Write a difference without its sign: 0.031 as '3.1 points', or 3.1 days as '3.1 days'."""
    if missing(difference):
        return DASH
    return f"{abs(difference):.{places}f} days" if days else f"{abs(100 * difference):.{places}f} points"


def count(number: Any) -> str:
    """Write 4791.0 as '4,791'."""
    return DASH if missing(number) else f"{number:,.0f}"


def signed(difference: Any, places: int = 1, *, days: bool = False) -> str:
    """Write -0.029 as '−2.9', in points (or a number of days as it is), with a minus that is one."""
    scale = 1 if days else 100
    return (
        DASH
        if missing(difference)
        else f"{round(scale * difference, places) or 0.0:+.{places}f}".replace("-", "\N{MINUS SIGN}")
    )


_COMPARED = re.compile(
    r"([\d.]+) points (higher|lower) than ([^;()]+?) \(95% interval (\W?[\d.]+) to (\W?[\d.]+)(, so it may be no difference)?\)"
)


def plainly(text: str) -> str:
    """Say compared differences as people at a table do: 'about 3 in 100 more than …, give or take 1'.

    It reads what `difference` writes, and leaves out how many comparisons were made at once: the page behind says it.
    """

    def said(found: re.Match[str]) -> str:
        low, high = (float(end.replace("\N{MINUS SIGN}", "-")) for end in found.group(4, 5))
        size, half = float(found[1]), abs(high - low) / 2
        way = "above" if found[2] == "higher" else "below"
        return f"about {_few(size)} in 100 {way} {found[3]}, give or take {_few(half)}{found[6] or ''}"

    plain = re.sub(r"; (?=[A-Z])", ". ", _COMPARED.sub(said, text))
    plain = re.sub(r"(give or take [\d.]+(?:, so it may be no difference)?) and ", r"\1, and ", plain)
    return plain.replace(" (false discovery rate of 5%)", "")


def _few(number: float) -> str:
    return f"{number:.0f}" if number >= 3 else f"{number:.1f}".removesuffix(".0")


def interval(low: Any, high: Any, places: int = 1) -> str:
    """Write the ends of a share's interval after it: ' (95% interval 24% to 30%)'; '' where there is none."""
    if missing(low) or missing(high):
        return ""
    return f" (95% interval {percent(low, places)} to {percent(high, places)})"


def p_words(p_value: float) -> str:
    """Write a p value: 'p = 0.49', 'p under 0.001'."""
    return "p under 0.001" if p_value < 0.001 else f"p = {p_value:.{2 if p_value >= 0.1 else 3}f}"


def rough(number: float) -> float:
    """Round 3912 to 3900: two figures, for what is not known better."""
    return float(f"{number:.2g}")


def plural(number: Any, one: str, many: str = "") -> str:
    """Write 1 and 'school' as '1 school', 3 as '3 schools'."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Join words as 'a, b and c'."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def in_words(share: Any) -> str:
    """Say a share as people do: 'about one in four', 'more than one in three'."""
    small = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    if missing(share) or not 0.02 < share < 0.9:
        return percent(share)
    candidates = [
        (over, under) for under in range(2, 11) for over in (1, 2, 3) if over < under and math.gcd(over, under) == 1
    ]
    common = [(over, under) for over, under in candidates if over == 1 or (over, under) in ((2, 3), (2, 5), (3, 4))]
    over, under = min(common, key=lambda pair: abs(pair[0] / pair[1] - share))
    if abs(over / under - share) > 0.2 * share:
        return percent(share)
    gap = share / (over / under) - 1
    how = "about" if abs(gap) < 0.03 else "more than" if gap > 0 else "nearly"
    return f"{how} {small[over]} in {small[under]}"


def difference(value: Any, low: Any, high: Any, than: str, *, days: bool = False) -> str:
    """Say a compared difference with its interval: '3.1 points higher than … (95% interval 2.0 to 4.2)'."""
    above, below = ("above", "below") if days else ("higher than", "lower than")
    text = f"{gap(value, days=days)} {above if value > 0 else below} {than}"
    if missing(low) or missing(high):
        return text
    bounds = sorted((abs(low), abs(high))) if low * high > 0 else ()
    if bounds:
        scale = 1 if days else 100
        return f"{text} (95% interval {scale * bounds[0]:.1f} to {scale * bounds[1]:.1f})"
    return f"{text} (95% interval {signed(low, days=days)} to {signed(high, days=days)}, so it may be no difference)"
