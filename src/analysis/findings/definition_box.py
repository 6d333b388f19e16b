"""The rules behind the numbers, as the study states them: the same box on every page."""

from decimal import Decimal
from html import escape

from analysis.records.student_years import measure_of
from analysis.records.types import Measure
from analysis.study import Study
from analysis.vocabulary import grade_range

_AUDIENCES = {
    "internal": "District staff: exact numbers. Not to be passed on.",
    "partner": "Partners of the district.",
    "public": "Everybody.",
}


def definitions(study: Study, so_far: str = "") -> dict[str, str]:
    """State each rule of a study in a sentence, by a short name; `so_far` is said of a year in progress."""
    return {
        **({"Year to date": so_far} if so_far else {}),
        "Chronically absent": _chronic(study),
        "Absent": _absent(study),
        "Who is counted": _counted(study),
        "Small numbers": small_numbers(study),
        "Made for": _AUDIENCES[study.settings.audience],
    }


def definition_box(study: Study, so_far: str = "") -> str:
    """Write the rules as an HTML box."""
    rules = definitions(study, so_far).items()
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(rule)}</dd></div>\n" for name, rule in rules)
    heading = '<p id="definitions-heading">How we count</p>'
    return f'<aside class="definitions" aria-labelledby="definitions-heading">\n{heading}\n<dl>\n{rows}</dl>\n</aside>'


def _absent(study: Study) -> str:
    if study.settings.records.kind == "school_days":
        return "As the source counts: the share of students, or of days, that is not present."
    if study.settings.records.kind == "published_counts":
        return "As the source counts it."
    return "All absences count: excused, unexcused and suspensions. Half days count half. Late is present."


def _chronic(study: Study) -> str:
    if study.settings.records.kind == "school_days":
        return "Cannot be known: these records do not follow students."
    published = study.settings.records.kind == "published_counts"
    if published and not study.maps("chronically_absent", "chronic_rate", "value"):
        return "Not in this source, which has the share of days alone."
    rule = study.settings.definitions.chronic
    source = " As counted by the source." if published else ""
    if rule.of == "days":
        return f"A student who missed {_plain(rule.at_least)} days or more.{source}"
    if _known(study) == "absent_only":
        return "Not known: the source does not give the days enrolled, of which a share could be missed."
    return f"A student who missed {_plain(100 * rule.at_least)}% or more of the days enrolled.{source}"


def _counted(study: Study) -> str:
    rules = study.settings.definitions
    place = " at the school" if rules.minimum_days.at == "school" else ""
    grades = f"Students in {'grade' if len(rules.grades) == 1 else 'grades'} {grade_range(rules.grades)}"
    if study.settings.records.kind == "school_days":
        return "Every school (or area) and date with a number, as the source counts its students."
    if study.settings.records.kind == "published_counts":
        return f"{grades if study.maps('grade_level') else 'Students'}, as the source counts them."
    if study.settings.records.kind == "absence_events" and _known(study) == "absent_only":
        return f"{grades} who were absent or late: others are not in these records."
    if _known(study) != "days":
        once = "Each counts once, however long enrolled: the source does not give the days enrolled, so no minimum of them is asked."
        return f"{grades}. {once}"
    minimum = f"{grades} enrolled for at least {rules.minimum_days.days} days{place}"
    if study.settings.records.kind == "student_years":
        return f"{minimum}, those who came late or left too."
    until = f" Records until {study.settings.as_of}." if study.settings.as_of else ""
    unmarked = "Days that nobody marked are neither present nor absent."
    if study.settings.records.kind == "absence_events":
        unmarked = "A day of membership without a recorded absence is a day present."
    return f"{minimum}, those who came late or left too. {unmarked}{until}"


def _known(study: Study) -> Measure:
    records = study.settings.records
    if records.kind == "absence_events" and records.enrolment is None:
        return "absent_only"
    return measure_of(study) if records.kind == "student_years" else "days"


def small_numbers(study: Study) -> str:
    """Say which numbers the pages hide."""
    if study.disclosure.rule == "as_published":
        rule = study.settings.records.marks.rule
        return f"As in the source{f': {rule}' if rule else ''}. Nothing more is hidden."
    if study.settings.audience == "internal":
        return "Nothing is hidden on these pages."
    least = study.disclosure.minimum
    return f"Counts under {least} are hidden, and others from which they could be worked out."


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
