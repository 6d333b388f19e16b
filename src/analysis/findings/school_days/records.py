"""Page 01 of days of schools: what has no number, where, and what such records can never say."""

import pandas as pd

from analysis.findings.finding import NOTHING, Finding, Findings
from analysis.findings.gated import passed
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure
from analysis.findings.school_days.words import all_hidden, own_total, unit_names, unit_word, unit_words
from analysis.findings.sentences import NO_NUMBERS, NO_STUDENTS, hidden_cells
from analysis.findings.tables import for_reading, highest
from analysis.findings.words import capital, count, counted, joined, month_name, month_short, percent
from analysis.language import later, plural, say, told
from analysis.measures import school_days as measures
from analysis.records.types import SchoolDays

POOR = 0.05
"""A school (and month) with more than this share of its rows without a number is named."""
MOST_DRAWN = 20


def records(source: SchoolDays) -> dict[str, Finding | Findings]:
    """Give the findings of the page by field."""
    return {"unmarked": unmarked(source), "coverage": coverage(source), "definitions": definitions(source)}


def unmarked(source: SchoolDays) -> Finding:
    """Say how many rows have no number, and by what mark."""
    rows_of_year = source.days[(source.days["school_year"] == source.year) & ~source.days["parent"]]
    hidden = rows_of_year["hidden"].value_counts()
    lacking, whole = int(hidden.drop("", errors="ignore").sum()), len(rows_of_year)
    rule = source.study.settings.records.marks.rule
    if not lacking:
        no_row = say("No row of {year} is without a number.", year=source.year)
        return Finding("unmarked", say("Every row has a number"), no_row)
    known = {"share": percent(lacking / whole), "rows": _row_words(source)}
    text = [
        say("{lacking} of {all} {rows} ({share}) have no number.", lacking=count(lacking), all=count(whole), **known)
    ]
    text += [say("The source's rule: {rule}.", rule=rule)] if rule else []
    text += [hidden_cells(int(hidden["source"]), whole)] if "source" in hidden else []
    text.append(say("They are counted here, and are in no rate: a number that is missing is not zero."))
    return Finding("unmarked", say("{share} of {rows} have no number", **known), " ".join(text))


def _row_words(source: SchoolDays) -> str:
    if source.kinds:
        return say("rows")
    unit = unit_word(source)
    return say("{unit}-weeks", unit=unit) if source.period == "week" else say("{unit}-days", unit=unit)


def coverage(source: SchoolDays) -> Finding:
    """Show whose numbers are missing, and when."""
    name, unit, units = "rows_without_number", unit_word(source), unit_words(source)
    table = passed(source, name, measures.coverage(source))
    poor = table[table["unmarked_share"] > POOR].sort_values("unmarked_share", ascending=False, kind="stable")
    if table[source.unit].nunique() < 2:
        return NOTHING
    if not (table["rows_without_number"] > 0).any():
        text = say("No {unit} is without a number on a date that it has.", unit=unit)
        return Finding(name, say("Every {unit} reported", unit=unit), text, table)
    names = unit_names(source)
    poor = poor.assign(label=poor[source.unit].map(names))
    by_month = "month" in table
    several = say("{unit}-months", unit=unit) if by_month else units
    where = plural(len(poor), "{number} {unit}-month", "{number} {unit}-months", unit=unit)
    sentences = [say(
        "In {some} of {all}, more than {share} of rows have no number.", all=count(len(table)), share=percent(POOR, 0),
        some=where if by_month else counted(len(poor), unit, units),
    )]  # fmt: skip
    if len(poor):
        most = highest(poor, "unmarked_share", lambda share: percent(share, 0))
        where = most.names(
            lambda row: (
                say("{school} in {month}", school=row.label, month=month_name(row.month)) if by_month else row.label
            )
        )
        sentences.append(say("The most: {where} ({share}).", where=where, share=most.said))
    whole = table.groupby(source.unit)[["rows", "rows_without_number"]].sum()
    never = int((whole["rows"] == whole["rows_without_number"]).sum())
    if never:
        sentences.append(say("{units} never gave a number.", units=counted(never, unit, units)))
    text = " ".join(sentences)
    said = {"some": count(len(poor)), "all": count(len(table)), "units": several}
    title = say("Numbers are missing in {some} of {all} {units}", **said)
    if not by_month:
        lacking = later("Share without a number")
        shown = for_reading(poor, ("label", "rows", "unmarked_share"), label=capital(unit), unmarked_share=lacking)
        return Finding(name, title, text, table, shown if len(poor) else None)
    share = whole["rows_without_number"] / whole["rows"]
    worst = share.nlargest(min(MOST_DRAWN, int((share > 0).sum()))).index
    drawn = table[table[source.unit].isin(worst)].assign(
        label=lambda known: known[source.unit].map(names),
        month_label=lambda known: known["month"].map(month_short),
    )
    grid = _first_of_a_name(drawn, source.unit)
    fig = figure(
        plots.heatmap(grid, "label", "month_label", "unmarked_share"), name,
        " ".join([say("Share of rows without a number by {unit} and month, those with most.", unit=unit), text]),
    )  # fmt: skip
    return Finding(name, title, text, table, figure=fig)


def _first_of_a_name(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Add the code to names that several units share."""
    shared = table.groupby("label")[unit].transform("nunique") > 1
    return table.assign(label=table["label"].where(~shared, table["label"] + " (" + table[unit] + ")"))


def definitions(source: SchoolDays) -> Finding:
    """Say what such records can never say."""
    hidden = all_hidden(source)
    text = [told(NO_STUDENTS), say(
        "Whether a student is chronically absent, how many are, and who, cannot be known from them: the tenth of a {unit}"
        " that is absent can be the same every time, or another one each time. Grades and groups of students"
        " are not told apart either.",
        unit=unit_word(source),
    )]  # fmt: skip
    if source.weighs == "schools":
        text += [told(NO_NUMBERS), "" if hidden else own_total(source)]
    text.append(hidden)
    if source.basis == "from_percent":
        text.append(say("Days are worked back from a percent and the enrolment, so they are rounded."))
    return Finding("definitions", say("What days of schools cannot show"), joined(*text))
