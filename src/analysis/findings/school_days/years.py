"""The years of days of schools beside each other, over the part of the year that all of them have."""

from analysis.findings.finding import Finding
from analysis.findings.gated import passed
from analysis.findings.outcome import lead_of
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure
from analysis.findings.school_days.words import at_average, how_long
from analysis.findings.tables import for_reading, rows
from analysis.findings.words import listed, percent
from analysis.language import later, say
from analysis.measures import school_days as measures
from analysis.records.types import SchoolDays


def over_years(source: SchoolDays) -> Finding:
    """Compare the years; records of one year say so."""
    if len(source.years) < 2:
        only = say("These records hold {year} alone, so no change can be seen.", year=source.year)
        return Finding("over_years", say("One year only"), only)
    table = passed(source, "absence_by_year", measures.same_part_of_year(source))
    known = table[table["absence_rate"].notna()]
    if len(known) < 2:
        title, text = say("Years: nothing to compare"), say("The years have no part in common that is shown.")
        return Finding("over_years", title, text)
    part = [say("{rate} in {year}", rate=percent(row.absence_rate), year=row.school_year) for row in rows(known)]
    whole = [say("{rate} in {year}", rate=percent(row.whole_rate), year=row.school_year) for row in rows(known)]
    text = say(
        "Over the part of the year that all years have ({days_or_weeks}), absence{at_average} was {rates}.",
        days_or_weeks=how_long(source, known["dates"].min()), at_average=at_average(source), rates=listed(part),
    )  # fmt: skip
    if part != whole:
        text += " " + say(
            "Over all that each year has it was {rates}, but years of another length are not alike.",
            rates=listed(whole),
        )
    text += " " + say("Counted rates have no interval; a change of the rules or of the calendar would show here too.")
    alt = say("Absence rate by school year, over the part of the year that all have.")
    in_time = known.assign(begins=known["school_year"].str[:4])
    drawn = plots.lines(in_time, "school_year", "absence_rate", when="begins", axis=lead_of(source).axis)
    fig = figure(drawn, "over_years", f"{alt} {text}")
    first, last = known.iloc[0], known.iloc[-1]
    shown = for_reading(
        known, ("school_year", "days_enrolled", "days_absent", "absence_rate", "whole_rate"),
        absence_rate=later("Absence rate, same part"), whole_rate=later("Absence rate, all"),
    )  # fmt: skip
    title = say(
        "Absence went from {first} in {first_year} to {last} in {last_year}, in the same part of the year",
        first=percent(first.absence_rate), first_year=first.school_year,
        last=percent(last.absence_rate), last_year=last.school_year,
    )  # fmt: skip
    return Finding("over_years", title, text, shown=shown, figure=fig)
