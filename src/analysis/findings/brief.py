"""The brief: five fixed slots for a team at one table, each filled from the pages' own findings."""

from dataclasses import replace

from analysis.findings.brief_types import Brief, Slot
from analysis.findings.drivers import Drivers, drivers
from analysis.findings.finding import Finding
from analysis.findings.missed import days_by_band
from analysis.findings.outcome import lead_of
from analysis.findings.schools import schools
from analysis.findings.season import season
from analysis.findings.where import Where, where
from analysis.language import say, use
from analysis.records import read
from analysis.records.types import SchoolDays, Source
from analysis.study import Study


def brief(study: Study) -> Brief:
    """Fill the five slots; one that the source cannot fill says why."""
    use(study.settings.language)
    counted, modelled = where(study), drivers(study)
    when, who = season(study), schools(study)
    records = read(study)
    lead = lead_of(records)
    apart = modelled.not_separable
    how_many = say("How much school is missed, and since when?")
    if lead.of_students:
        how_many = say("How many students are {axis}, and since when?", axis=lead.axis)
    return Brief(
        how_many=_slot(
            counted.how_many, how_many, "02_where.html", say("What do percent and number together tell us?"), counted.over_years,
        ),
        where=_where(records, counted, modelled.best_quarter),
        grade_or_school=_slot(
            _first(*_of_schools(records, modelled), modelled.absence, modelled.chronic, modelled.schools, modelled.model),
            say("Is it the grade or the school?"), "03_drivers.html",
            say("Which of these differences do we know from our own work, and which surprise us?"),
            apart if isinstance(records, SchoolDays) or apart.in_brief else None,
        ),
        when=_slot(
            when.by_month, say("When are students absent?"), "04_season.html", say("What happened in those weeks, and on those days?"), when.worst_days,
        ),
        whom_to_visit=_slot(
            _first(who.flags, who.school_effects), say("Which schools should we visit?"), "05_schools.html", say("Whom do we visit, and what would we ask?"), who.bright_spots
        ),
    )  # fmt: skip


def _slot(answer: Finding, question: str, page: str, discussion: str, also: Finding | None = None) -> Slot:
    both = [answer, also] if also is not None and also.text != answer.text else [answer]
    if answer.table is None and answer.shown is None and not answer.rows_of:
        discussion = say("Which records would tell us, and who has them?")
    text = "\n\n".join(one.in_brief or one.text for one in both if one.text)
    picture = next((one.figure for one in both if one.figure), None)
    return Slot(answer.title, question, text, f"{page}#{answer.name}", discussion, picture)


def _first(*findings: Finding) -> Finding:
    """Take the first finding that shows something."""
    return next(finding for finding in findings if finding.title)


def _of_schools(records: Source, modelled: Drivers) -> list[Finding]:
    """Days of schools without kinds of school can say how far schools lie apart, and nothing of grades."""
    return [modelled.importance] if isinstance(records, SchoolDays) and not records.kinds else []


def _where(records: Source, counted: Where, scenario: Finding) -> Slot:
    question, page = say("Where are the missed days?"), "02_where.html"
    discussion = say("If we could help in one place first, where are most of the days?")
    if counted.missed_days.table is not None:
        slot = _slot(counted.missed_days, question, page, discussion, counted.by_grade)
        if not scenario.title:
            return slot
        return replace(slot, text=f"{slot.text}\n\n{scenario.text}", picture=scenario.figure or slot.picture)
    shown = [counted.by_grade, counted.by_school, counted.by_district, *counted.groups]
    answer = next((one for one in shown if one.figure), counted.by_grade)
    slot = _slot(answer, question, page, discussion)
    said = say("These records do not say where the days are: they say where absence is high.")
    if lead_of(records).of_students:
        said = say("These records do not say where the days are, but where the students are.")
        discussion = say("If we could help in one place first, where are most of the students?")
    grades = counted.by_grade.table
    if answer is counted.by_grade and answer.figure and grades is not None and days_by_band(records, grades):
        said = ""
    if isinstance(records, SchoolDays):
        said = "" if records.counted else say("These records do not count days: they say where absence is high.")
    return replace(slot, text=f"{said}\n\n{slot.text}".strip(), discussion=discussion)
