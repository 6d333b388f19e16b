"""The rules behind the numbers, as the study states them: the same box on every page."""

from decimal import Decimal
from html import escape

from analysis.findings.words import whole_percent
from analysis.language import digits, later, say, told
from analysis.records.student_years import measure_of
from analysis.records.types import Measure
from analysis.study import Study
from analysis.study.rules import RULE_SETS, RuleSet
from analysis.vocabulary import grade_range

_AUDIENCES = {
    "internal": later("District staff: exact numbers. Not to be passed on."),
    "partner": later("Partners of the district."),
    "public": later("Everybody."),
}


def definitions(study: Study, so_far: str = "") -> dict[str, str]:
    """State each rule of a study in a sentence, by a short name; `so_far` is said of a year in progress."""
    return {
        **({say("Year to date"): so_far} if so_far else {}),
        **({say("Rules"): _rules(RULE_SETS[name])} if (name := study.settings.rule_set) else {}),
        say("Chronically absent"): _chronic(study),
        say("Absent"): _absent(study),
        say("Who is counted"): _counted(study),
        say("Small numbers"): small_numbers(study),
        say("Made for"): told(_AUDIENCES[study.settings.audience]),
    }


def definition_box(study: Study, so_far: str = "") -> str:
    """Write the rules as an HTML box."""
    rules = definitions(study, so_far).items()
    rows = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(rule)}</dd></div>\n" for name, rule in rules)
    heading = f'<p id="definitions-heading">{escape(say("How we count"))}</p>'
    return f'<aside class="definitions" aria-labelledby="definitions-heading">\n{heading}\n<dl>\n{rows}</dl>\n</aside>'


def _rules(rules: RuleSet) -> str:
    """Say whose rules these are, what their source does not say, and what it asks that is not done here."""
    sites = ", ".join(dict.fromkeys(page.split("/")[2] for page in rules.sources))
    text = [say("As {who} counts ({source}).", who=rules.who, source=sites)]
    days, small = "minimum_days" not in rules.definitions, rules.minimum is None
    if days and small:
        text.append(
            say("How long a student must be enrolled, and which counts are small, was not found there: as elsewhere.")
        )
    elif days:
        text.append(say("How long a student must be enrolled was not found there: as elsewhere."))
    elif small:
        text.append(say("Which counts are small was not found there: as elsewhere."))
    return " ".join([*text, told(rules.beside)] if rules.beside else text)


def _absent(study: Study) -> str:
    if study.settings.records.kind == "school_days":
        return say("As the source counts: the share of students, or of days, that is not present.")
    if study.settings.records.kind == "published_counts":
        return say("As the source counts it.")
    return say("All absences count: excused, unexcused and suspensions. Half days count half. Late is present.")


def _chronic(study: Study) -> str:
    if study.settings.records.kind == "school_days":
        return say("Cannot be known: these records do not follow students.")
    published = study.settings.records.kind == "published_counts"
    if published and not {"chronically_absent", "chronic_rate", "value"} & study.mapped:
        return say("Not in this source, which has the share of days alone.")
    rule = study.settings.definitions.chronic
    if rule.of == "days":
        text = say("A student who missed {days} days or more.", days=digits(_plain(rule.at_least)))
    elif _known(study) == "absent_only":
        return say("Not known: the source does not give the days enrolled, of which a share could be missed.")
    else:
        share = whole_percent(rule.at_least)
        text = say("A student who missed {share} or more of the days enrolled.", share=share)
    return " ".join([text, say("As counted by the source.")] if published else [text])


def _counted(study: Study) -> str:
    rules = study.settings.definitions
    kind = study.settings.records.kind
    named = {"grades": grade_range(rules.grades)}
    grades = (
        say("Students in grade {grades}", **named)
        if len(rules.grades) == 1
        else say("Students in grades {grades}", **named)
    )
    if kind == "school_days":
        return say("Every school (or area) and date with a number, as the source counts its students.")
    if kind == "published_counts":
        whose = grades if "grade_level" in study.mapped else say("Students")
        return say("{students}, as the source counts them.", students=whose)
    if kind == "absence_events" and _known(study) == "absent_only":
        return say("{students} who were absent or late: others are not in these records.", students=grades)
    if _known(study) != "days":
        return say(
            "{students}. Each counts once, however long enrolled: the source does not give the days enrolled, so no minimum"
            " of them is asked.",
            students=grades,
        )
    known = {"students": grades, "days": rules.minimum_days.days}
    text = [
        say("{students} enrolled for at least {days} days at the school, those who came late or left too.", **known)
        if rules.minimum_days.at == "school"
        else say("{students} enrolled for at least {days} days, those who came late or left too.", **known)
    ]
    if kind == "student_years":
        return text[0]
    text.append(
        say("A day of membership without a recorded absence is a day present.")
        if kind == "absence_events"
        else say("Days that nobody marked are neither present nor absent.")
    )
    if study.settings.as_of:
        text.append(say("Records until {date}.", date=study.settings.as_of))
    return " ".join(text)


def _known(study: Study) -> Measure:
    records = study.settings.records
    if records.kind == "absence_events" and records.enrolment is None:
        return "absent_only"
    return measure_of(study) if records.kind == "student_years" else "days"


def small_numbers(study: Study) -> str:
    """Say which numbers the pages hide."""
    if study.disclosure.rule == "as_published":
        rule = study.settings.records.marks.rule
        if rule:
            return say("As in the source: {rule}. Nothing more is hidden.", rule=rule)
        return say("As in the source. Nothing more is hidden.")
    if study.settings.audience == "internal":
        return say("Nothing is hidden on these pages.")
    least = study.disclosure.minimum
    return say("Counts under {least} are hidden, and others from which they could be worked out.", least=least)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
