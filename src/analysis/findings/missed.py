"""Page 02: where the missed days are; resources follow days, not rates."""

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings import plots
from analysis.findings.figure import figure
from analysis.findings.finding import Finding
from analysis.findings.sentences import NO_STUDENT_DAYS, NO_STUDENTS
from analysis.findings.tables import crossed, passed
from analysis.findings.words import count, grade_name, listed, month_name, percent
from analysis.measures.counted import missed_days
from analysis.records.types import Source, StudentRecords


def where_days(records: Source) -> Finding:
    """Say which schools and grades hold the missed days."""
    if not isinstance(records, StudentRecords):
        text = (
            f"{NO_STUDENTS} Who is within two days of the line, how short stays, the first month and the year before go with"
            " chronic absence, and where the missed days are by grade, school and month, they cannot say."
        )
        return Finding("missed_days", "What these records cannot say about students", text)
    if records.measure == "rate":
        return Finding("missed_days", "Where the missed days are: not in these records", NO_STUDENT_DAYS)
    table = passed(records, "missed_days", missed_days(records))
    grades = table.groupby("grade_level")["days_absent"].sum()
    if not grades.sum():  # hidden, all of them, or nobody missed a day
        text = hidden_text(table) or "No day was missed."
        return Finding("missed_days", "Where the missed days are: nothing to show", text, table)
    most = (grades / grades.sum()).nlargest(3)
    schools = table.groupby("school_id")["days_absent"].sum().sort_values(ascending=False)
    share = schools / schools.sum()
    fifth = max(1, round(len(schools) / 5))
    held = percent(share.head(fifth).sum(), 0)
    text = f"A fifth of the schools ({fifth} of {len(schools)}) hold {held} of all missed days shown: {count(schools.head(fifth).sum())}."
    title = f"{held} of missed days are in a fifth of the schools"
    if len(schools) < 5:
        text = f"{records.schools.set_index('school_id')['school_name'].get(share.index[0])} holds {percent(share.iloc[0], 0)}"
        text += " of all missed days shown."
        title = f"{percent(share.iloc[0], 0)} of missed days are in one of {len(schools)} schools"
    if len(schools) == 1:
        text, title = "All days shown are of one school.", "The missed days of one school"
    if len(most) > 1:
        named = [f"{grade_name(grade)} ({percent(part, 0)})" for grade, part in most.items()]
        text += f" By grade, most are in {listed(named)}."
    if not records.dated:
        return Finding("missed_days", title, text, table, note=hidden_text(table))
    grid = _by_grade_and_month(table)
    fig = figure(
        plots.heatmap(grid, "grade", "label", "share"), "missed_days",
        f"Share of all missed days of {records.year} that are shown, by grade and month. {text}", "Percent of all missed days shown.",
    )  # fmt: skip
    shown = crossed(grid, "grade", "label", "share")
    return Finding("missed_days", title, text, table, shown, fig, hidden_text(table))


def _by_grade_and_month(table: pd.DataFrame) -> pd.DataFrame:
    """Sum the days that are shown by grade and month, as shares of all that are shown, in order of both."""
    grid = table.groupby(["grade_level", "month"])["days_absent"].sum().reset_index()
    grid["share"] = grid["days_absent"] / grid["days_absent"].sum()
    grid["label"] = [month_name(month)[:3] if month else "all" for month in grid["month"]]
    grid["grade"] = [grade_name(grade).capitalize() if grade else "all" for grade in grid["grade_level"]]
    return grid.assign(order=grid["grade_level"].replace("KG", "00")).sort_values(["order", "month"])
