"""In what a source writes its dates, rates, years and days; where its values do not tell, a question."""

import json
from collections.abc import Iterator, Sequence

from analysis.proposal.guess import Guesses, is_percent
from analysis.proposal.words import CHECK, Line, quoted
from analysis.records.dates import school_year

RATES = ("chronic_rate", "regular_attendance_rate", "absence_rate", "attendance_rate")
DAYS = ("days_enrolled", "days_absent", "days_present")


def date_lines(givens: Sequence[Guesses]) -> Iterator[Line]:
    """Write how dates are written; where day and month cannot be told apart, ask."""
    dated = [given.found[name].column for given in givens for name in ("date", "entry_date") if name in given.found]
    if not dated:
        return
    forms = [form for form in dated[0].date_formats if all(form in column.date_formats for column in dated)]
    if len(forms) == 1:
        yield Line(f"date_format: {json.dumps(forms[0])}", f"all dates of {dated[0].label} are written so", 1)
        return
    seen = "no day is over 12, so day and month cannot be told apart" if forms else "tables write dates differently"
    yield Line(f"? date_format: {seen}; keep one", depth=1, open=True)
    for form in forms or dict.fromkeys(form for column in dated for form in column.date_formats):
        yield Line(f"date_format: {json.dumps(form)}", depth=1, open=True)


def rates_are(given: Guesses) -> str:
    """Tell whether a file writes rates as percents or shares; empty where it has none."""
    found = [is_percent(given.found[name].column) for name in RATES if name in given.found]
    return ("percent" if any(found) else "share") if found else ""


def rate_lines(given: Guesses, depth: int) -> Iterator[Line]:
    """Write what the rates of a file are."""
    for rate in [given.found[name].column for name in RATES if name in given.found][:1]:
        yield Line(f"rates_are: {rates_are(given)}", f"the highest of {rate.label} is {max(rate.numbers):g}", depth)


def year_lines(givens: Sequence[Guesses]) -> Iterator[Line]:
    """Ask what a year alone means: it can be the one in which a school year starts, or ends."""
    columns = [column for given in givens for column in given.columns_for("school_year")]
    words = [word for column in columns for word in column.counts if not school_year(word)]
    if words:
        asked = f"? year_is: is {quoted(words[0])} the year in which a school year starts, or ends; keep one"
        yield Line(asked, depth=1, open=True)
        yield from (Line(f"year_is: {one}", depth=1, open=True) for one in ("start", "end"))


def day_lines(givens: Sequence[Guesses]) -> Iterator[Line]:
    """Say where days are counted in sessions."""
    columns = [given.found[name].column for given in givens for name in DAYS if name in given.found]
    sessions = [column.label for column in columns if "sess" in column.name.lower()]
    if sessions:
        yield Line("days_are: half_days", f"{sessions[0]}: a session is half a day; {CHECK}", 1)
