"""Page 01 of days of schools: what has no number, where, and what such records can never say."""

import pandas as pd

from analysis.findings import plots
from analysis.findings.figure import figure
from analysis.findings.finding import Finding, Findings
from analysis.findings.school_days_words import all_hidden, own_total, unit_names, unit_word, unit_words
from analysis.findings.sentences import NO_NUMBERS, NO_STUDENTS, hidden_cells
from analysis.findings.tables import for_reading, passed
from analysis.findings.words import count, month_name, percent, plural
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
    what = "rows" if source.kinds else f"{unit_word(source)}-{source.period}s"
    if not lacking:
        return Finding("unmarked", "Every row has a number", f"No row of {source.year} is without a number.")
    text = f"{count(lacking)} of {count(whole)} {what} ({percent(lacking / whole)}) have no number."
    text += f" The source's rule: {rule}." if rule else ""
    if "source" in hidden:
        text += f" {hidden_cells(int(hidden['source']), whole)}"
    text += " They are counted here, and are in no rate: a number that is missing is not zero."
    return Finding("unmarked", f"{percent(lacking / whole)} of {what} have no number", text)


def coverage(source: SchoolDays) -> Finding:
    """Show whose numbers are missing, and when."""
    name, unit, units = "rows_without_number", unit_word(source), unit_words(source)
    table = passed(source, name, measures.coverage(source))
    poor = table[table["unmarked_share"] > POOR].sort_values("unmarked_share", ascending=False, kind="stable")
    if table[source.unit].nunique() < 2:
        return Finding.none(name)
    if not (table["rows_without_number"] > 0).any():
        return Finding(name, f"Every {unit} reported", f"No {unit} is without a number on a date that it has.", table)
    names = unit_names(source)
    poor = poor.assign(label=poor[source.unit].map(names))
    by_month = "month" in table
    what, several = (f"{unit}-month", f"{unit}-months") if by_month else (unit, units)
    text = f"In {plural(len(poor), what, several)} of {count(len(table))}, more than {percent(POOR, 0)} of rows have no number."
    if len(poor):
        first = poor.iloc[0]
        when = f" in {month_name(first.month)}" if by_month else ""
        text += f" The most: {first.label}{when} ({percent(first.unmarked_share, 0)})."
    whole = table.groupby(source.unit)[["rows", "rows_without_number"]].sum()
    never = int((whole["rows"] == whole["rows_without_number"]).sum())
    text += f" {plural(never, unit, units)} never gave a number." if never else ""
    title = f"Numbers are missing in {count(len(poor))} of {count(len(table))} {several}"
    if not by_month:
        shown = for_reading(
            poor, {"label": unit.capitalize(), "rows": "Rows", "unmarked_share": "Share without a number"}
        )
        return Finding(name, title, text, table, shown if len(poor) else None)
    share = whole["rows_without_number"] / whole["rows"]
    worst = share.nlargest(min(MOST_DRAWN, int((share > 0).sum()))).index
    drawn = table[table[source.unit].isin(worst)].assign(
        label=lambda known: known[source.unit].map(names),
        month_label=lambda known: known["month"].map(lambda month: month_name(month)[:3]),
    )
    grid = _first_of_a_name(drawn, source.unit)
    fig = figure(
        plots.heatmap(grid, "label", "month_label", "unmarked_share"), name,
        f"Share of rows without a number by {unit} and month, those with most. {text}",
    )  # fmt: skip
    return Finding(name, title, text, table, figure=fig)


def _first_of_a_name(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Add the code to names that several units share."""
    shared = table.groupby("label")[unit].transform("nunique") > 1
    return table.assign(label=table["label"].where(~shared, table["label"] + " (" + table[unit] + ")"))


def definitions(source: SchoolDays) -> Finding:
    """Say what such records can never say."""
    text = (
        f"{NO_STUDENTS} Whether a student is chronically absent, how many are, and who, cannot be known from them: a day on"
        f" which a tenth of a {unit_word(source)} is absent can be the same tenth every"
        " day, or another one each time. Grades and groups of students are not told apart either."
    )
    if source.weighs == "schools":
        text += f" {NO_NUMBERS} {'' if all_hidden(source) else own_total(source)}"
    if hidden := all_hidden(source):
        text += f" {hidden}"
    if source.basis == "from_percent":
        text += " Days are worked back from a percent and the enrolment, so they are rounded."
    return Finding("definitions", "What days of schools cannot show", text.strip())
