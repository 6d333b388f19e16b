"""Other rules of chronic absence than a study's own: which can be tried on its records, and how each is said."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from analysis.language import later
from analysis.records.types import Measure
from analysis.study.rules import Chronic, Definitions, MinimumDays

MINIMUMS = (0, 10, 30, 45, 90)
"""Days enrolled; 0 is anybody enrolled at all: with 1, a student of half a day would be left out without a word."""
AT_ONE_SCHOOL: Final = later("{rule}, enrolled {days} days or more at one school")
LONG_ENOUGH: Final = later("{rule}, enrolled {days} days or more")
A_DAY_AT_ONE_SCHOOL: Final = later("{rule}, enrolled a day or more at one school")
A_DAY: Final = later("{rule}, enrolled a day or more")
OF_DAYS_ENROLLED: Final = later("absent {share} of days enrolled or more")
OF_DAYS: Final = later("absent {days} days or more")


def other_rules(own: Definitions, measure: Measure) -> Iterator[Definitions]:
    """Give the rules that can be tried on what is known of a student.

    A rate carries a share, days absent a number of days, and a minimum of days enrolled needs both.
    """
    share, days = Chronic(at_least=Decimal("0.10")), Chronic(at_least=Decimal(15), of="days")
    if measure == "days":
        for minimum in MINIMUMS:
            yield own.model_copy(update={"chronic": share, "minimum_days": MinimumDays(days=minimum)})
        yield own.model_copy(update={"chronic": days, "minimum_days": MinimumDays(days=0)})
    else:
        yield own.model_copy(update={"chronic": share if measure == "rate" else days})


def differing_rules(own: Definitions, measure: Measure) -> Iterator[Definitions]:
    """Give those of `other_rules` that are not the study's own."""
    for other in other_rules(own, measure):
        if (other.chronic, other.minimum_days) != (own.chronic, own.minimum_days):
            yield other


def rule_in_words(definitions: Definitions, measure: Measure = "days") -> str:
    """Say the chronic rule and, where days enrolled are known, the minimum days."""
    rule, minimum = definitions.chronic, definitions.minimum_days
    share = f"{(100 * rule.at_least).normalize():f}%"
    line = OF_DAYS_ENROLLED.format(share=share) if rule.of == "share" else OF_DAYS.format(days=rule.at_least)
    if not minimum.days or measure != "days":
        return line
    if minimum.days == 1:
        return (A_DAY if minimum.at == "student" else A_DAY_AT_ONE_SCHOOL).format(rule=line)
    return (LONG_ENOUGH if minimum.at == "student" else AT_ONE_SCHOOL).format(rule=line, days=minimum.days)
