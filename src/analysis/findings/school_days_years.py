"""The years of days of schools beside each other, over the part of the year that all of them have."""

from analysis.findings import plots
from analysis.findings.figure import figure
from analysis.findings.finding import Finding
from analysis.findings.lead import lead_of
from analysis.findings.school_days_words import at_average
from analysis.findings.tables import for_reading, passed, rows
from analysis.findings.words import listed, percent, plural
from analysis.measures import school_days as measures
from analysis.records.types import SchoolDays


def over_years(source: SchoolDays) -> Finding:
    """Compare the years; records of one year say so."""
    if len(source.years) < 2:
        only = f"These records hold {source.year} alone, so no change can be seen."
        return Finding("over_years", "One year only", only)
    table = passed(source, "absence_by_year", measures.same_part_of_year(source))
    known = table[table["absence_rate"].notna()]
    if len(known) < 2:
        return Finding("over_years", "Years: nothing to compare", "The years have no part in common that is shown.")
    said = listed([f"{percent(row.absence_rate)} in {row.school_year}" for row in rows(known)])
    part = plural(known["dates"].min(), source.period)
    text = f"Over the part of the year that all years have ({part}), absence{at_average(source)} was {said}."
    whole = [f"{percent(row.whole_rate)} in {row.school_year}" for row in rows(known)]
    if any(percent(row.whole_rate) != percent(row.absence_rate) for row in rows(known)):
        text += f" Over all that each year has it was {listed(whole)}, but years of another length are not alike."
    text += " Counted rates have no interval; a change of the rules or of the calendar would show here too."
    fig = figure(
        plots.lines(known, "school_year", "absence_rate", axis=lead_of(source).axis), "over_years",
        f"Absence rate by school year, over the part of the year that all have. {text}",
    )  # fmt: skip
    first, last = known.iloc[0], known.iloc[-1]
    went = f"{percent(first.absence_rate)} in {first.school_year} to {percent(last.absence_rate)} in {last.school_year}"
    shown = for_reading(known, {
        "school_year": "School year", "days_enrolled": "Days enrolled", "days_absent": "Days absent",
        "absence_rate": "Absence rate, same part", "whole_rate": "Absence rate, all",
    })  # fmt: skip
    return Finding(
        "over_years", f"Absence went from {went}, in the same part of the year", text, shown=shown, figure=fig
    )
