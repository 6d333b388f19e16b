"""Numbers, dates and names as words of a sentence. A number that is hidden or not there is never written as 0."""

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from analysis.language import dated, digits, later, say, told

DASH = "–"
MOST_NAMES = 4
UNSEEN = 0.0005
"""A difference of shares that is not seen in points with one decimal."""
_SMALL = (
    "zero", later("one"), later("two"), later("three"), later("four"), later("five"), later("six"), later("seven"),
    later("eight"), later("nine"), later("ten"),
)  # fmt: skip


_GRADES = (
    later("grade 1"), later("grade 2"), later("grade 3"), later("grade 4"), later("grade 5"), later("grade 6"),
    later("grade 7"), later("grade 8"), later("grade 9"), later("grade 10"), later("grade 11"), later("grade 12"),
)  # fmt: skip
"""What `grade_name` says, each a message of its own: other languages have ordinals."""
GRADES = later("grade"), later("grades")
SCHOOLS = later("school"), later("schools")
DISTRICTS = later("district"), later("districts")
GROUPS = later("group"), later("groups")
LEVELS = later("level"), later("levels")
"""One and several of what is compared, for `counted` and `told`."""


def missing(number: Any) -> bool:
    """Say whether there is no number to write."""
    return number is None or math.isnan(float(number))


def three_digits(value: float) -> str:
    """Write a statistic with three digits that count: '0.0616', '13.2', '596'."""
    return DASH if missing(value) else digits(f"{value:#.3g}".rstrip(".") if abs(value) < 1000 else f"{value:,.0f}")


def number(value: Any, places: int = 0) -> str:
    """Write 4791.25 as '4,791', or with decimals as '4,791.3'."""
    return DASH if missing(value) else digits(f"{value:,.{places}f}").replace("-", "\N{MINUS SIGN}")


def count(value: Any) -> str:
    """Write 4791.0 as '4,791'."""
    return number(value)


def percent(share: Any, places: int = 1) -> str:
    """Write 0.2531 as '25.3%'."""
    return DASH if missing(share) else digits(f"{100 * share:.{places}f}%")


def whole_percent(share: Decimal) -> str:
    """Write a share of a rule without more places than it has: 0.10 as '10%', 0.125 as '12.5%'."""
    return digits(f"{float(100 * share):g}%")


def gap(difference: Any, places: int = 1, *, days: bool = False) -> str:
    """Write a difference without its sign: 0.031 as '3.1 points', or 3.1 days as '3.1 days'."""
    if missing(difference):
        return DASH
    if days:
        return say("{number} days", number=number(abs(difference), places))
    return say("{number} points", number=number(abs(100 * difference), places))


def signed(difference: Any, places: int = 1, *, days: bool = False) -> str:
    """Write -0.029 as '−2.9', in points (or a number of days as it is), with a minus that is one."""
    if missing(difference):
        return DASH
    rounded = round((1 if days else 100) * difference, places)
    if not rounded:
        return number(0, places)  # neither above nor below
    return digits(f"{rounded:+.{places}f}").replace("-", "\N{MINUS SIGN}")


def _few(number: float) -> str:
    return digits(f"{number:.0f}" if number >= 3 else f"{number:.1f}".removesuffix(".0"))


def interval(low: Any, high: Any, places: int = 1) -> str:
    """Write the ends of a share's interval after it: ' (95% interval 24% to 30%)'; '' where there is none."""
    if missing(low) or missing(high):
        return ""
    return say(" (95% interval {low} to {high})", low=percent(low, places), high=percent(high, places))


def p_words(p_value: float) -> str:
    """Write a p value: 'p = 0.49', 'p under 0.001'."""
    if p_value < 0.001:
        return say("p under {limit}", limit=number(0.001, 3))
    return say("p = {value}", value=number(p_value, 2 if p_value >= 0.1 else 3))


def rough(number: float) -> float:
    """Round 3912 to 3900: two figures, for what is not known better."""
    return float(f"{number:.2g}")


def capital(text: str) -> str:
    """Begin a text with a capital letter, and leave the others as they are."""
    return text[:1].upper() + text[1:]


def counted(value: float, one: str, many: str) -> str:
    """Write 3 with words of the study's own, 'county' and 'counties', as '3 counties'."""
    return f"{count(value)} {told(one if value == 1 else many)}"


def listed(words: Sequence[str]) -> str:
    """Join words as 'a, b and c'; names that have commas themselves as 'a, K-8; b, K-8; and c'."""
    if len(words) < 2:
        return "".join(words)
    if any(", " in word for word in words):
        return say("{before}; and {last}", before="; ".join(words[:-1]), last=words[-1])
    return say("{before} and {last}", before=", ".join(words[:-1]), last=words[-1])


def some_of(names: Sequence[str], most: int = MOST_NAMES) -> str:
    """Name up to `most`, and count the others."""
    if len(names) <= most:
        return listed(names)
    return listed([*names[: most - 1], say("{number} others", number=count(len(names) - most + 1))])


def joined(*sentences: str) -> str:
    """Put sentences behind each other, without those that are empty."""
    return " ".join(filter(None, sentences))


def in_words(share: Any) -> str:
    """Say a share as people do: 'about one in four', 'more than one in three'."""
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
    words = say("{part} in {whole}", part=told(_SMALL[over]), whole=told(_SMALL[under]))
    if abs(gap) < 0.03:
        return say("about {share}", share=words)
    return say("more than {share}", share=words) if gap > 0 else say("nearly {share}", share=words)


def difference(value: Any, low: Any, high: Any, than: str, *, days: bool = False) -> str:
    """Say a compared difference with its interval: '3.1 points higher than … (95% interval 2.0 to 4.2)'."""
    said = {"gap": gap(value, days=days), "than": than}
    least = 0.1 if days else 0.001
    if not missing(value) and abs(value) < least / 2:
        text = say("within {gap} of {than}", gap=gap(least, days=days), than=than)
    elif days:
        text = say("{gap} above {than}", **said) if value > 0 else say("{gap} below {than}", **said)
    else:
        text = say("{gap} higher than {than}", **said) if value > 0 else say("{gap} lower than {than}", **said)
    if missing(low) or missing(high):
        return text
    if low * high > 0:
        scale = 1 if days else 100
        ends = [number(scale * end, 1) for end in sorted((abs(low), abs(high)))]
        return say("{text} (95% interval {low} to {high})", text=text, low=ends[0], high=ends[1])
    ends = [signed(end, days=days) for end in (low, high)]
    return say(
        "{text} (95% interval {low} to {high}, so it may be no difference)", text=text, low=ends[0], high=ends[1]
    )


def plain_difference(value: Any, low: Any, high: Any, than: str, *, days: bool = False) -> str:
    """Say a compared difference as people at a table do: 'about 3 in 100 above …, give or take 1'."""
    if days or missing(low) or missing(high):
        return difference(value, low, high, than, days=days)
    said = {"few": _few(abs(100 * value)), "than": than, "half": _few(50 * abs(high - low))}
    if abs(value) < UNSEEN:
        return say("about as high as {than}, give or take {half} in 100", **said)
    if low * high > 0 and value > 0:
        return say("about {few} in 100 above {than}, give or take {half}", **said)
    if low * high > 0:
        return say("about {few} in 100 below {than}, give or take {half}", **said)
    if value > 0:
        return say("about {few} in 100 above {than}, give or take {half}, so it may be no difference", **said)
    return say("about {few} in 100 below {than}, give or take {half}, so it may be no difference", **said)


def grade_name(grade: Any) -> str:
    """Say a grade as a reader would: `KG` is 'kindergarten', `09` is 'grade 9'."""
    if grade == "PK":
        return say("pre-kindergarten")
    return say("kindergarten") if grade == "KG" else told(f"grade {grade.lstrip('0')}")


def level_name(group: str, label: str) -> str:
    """Name a level of a group in a sentence: 'free lunch', but 'age 17', which would be read with the number behind it."""
    return f"{group} {label}" if label[:1].isdigit() else label


def month_name(month: Any) -> str:
    """Say `2017-09` as 'September 2017'."""
    return dated(f"{str(month)[:7]}-01", "MMMM y")


def month_short(month: Any) -> str:
    """Say `2017-09` as 'Sep'."""
    return dated(f"{str(month)[:7]}-01", "MMM")


def years_name(level: str) -> str:
    """Say '2016-17 to 2017-18', as tables name two years, in the language of the pages."""
    before, _, after = level.partition(" to ")
    return say("{before} to {after}", before=before, after=after) if after else told(level)


def day_name(day: date | str) -> str:
    """Say a date as 'Tuesday 5 September 2017'."""
    return dated(day, "EEEE d MMMM y")


def day_short(day: date | str) -> str:
    """Say a date as 'Tue 5 Sep 2017'."""
    return dated(day, "EEE d MMM y")
