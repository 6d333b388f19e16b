"""Other definitions of chronic absence: 10 percent from other minimums of days, and 15 days."""

from collections.abc import Iterator
from typing import Final

from analysis.language import later
from analysis.measures.other_rules import differing_rules
from analysis.measures.outcomes import chronic_cells
from analysis.models.robustness.answer import Answer, Kind, Specification
from analysis.study.rules import Definitions

KIND: Final[Kind] = "rule"
TITLE: Final = later("Another definition of chronic absence")
QUESTION: Final = later(
    "Where the line stands, and how long a student must be enrolled, is a choice; another rule is another number, and"
    " the question is whether the same grades (or schools) stand out."
)
NO_STUDENT: Final = later("No student was enrolled for {days} days at one school.")
DAYS_ABSENT: Final = later("{days} days absent or more")
SHARE_OF_DAYS: Final = later("{share} of {days} days or more")
SHARE_OF_ANY: Final = later("{share} of any number of days")


def specifications(answer: Answer) -> Iterator[Specification]:
    """Compare the grades' chronic rates under each other rule."""
    if answer.chronic is None:
        return
    source, own = answer.source, answer.source.study.settings.definitions
    for rule in differing_rules(own, source.measure):
        cells = chronic_cells(source, rule, answer.stays)
        if cells.table.empty:
            why = NO_STUDENT.format(days=rule.minimum_days.days)
            yield Specification.none("chronic", in_short(rule), why)
        else:
            yield answer.specification("chronic", in_short(rule), cells)


def in_short(rule: Definitions) -> str:
    """Name a rule in a few words: '10% of 30 days or more', '15 days absent or more'."""
    line, least = rule.chronic, rule.minimum_days.days
    if line.of == "days":
        return DAYS_ABSENT.format(days=line.at_least)
    share = f"{(100 * line.at_least).normalize():f}%"
    return SHARE_OF_DAYS.format(share=share, days=least) if least else SHARE_OF_ANY.format(share=share)
