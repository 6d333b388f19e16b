"""Page 02: where the missed days are; resources follow days, not rates."""

import pandas as pd

from analysis.disclosure import gate, hidden_text
from analysis.findings import plots
from analysis.findings.figure import Figure, figure
from analysis.findings.finding import Finding
from analysis.findings.sentences import NO_STUDENT_DAYS, NO_STUDENTS
from analysis.findings.words import listed, percent
from analysis.measures.counted import missed_days
from analysis.records.types import Source, StudentRecords
from analysis.vocabulary import grade_name


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
    table = gate(records.study, "missed_days", missed_days(records))
    grades = table.groupby("grade_level")["days_absent"].sum()
    if not grades.sum():  # hidden, all of them, or nobody missed a day
        text = hidden_text(table) or "No day was missed."
        return Finding("missed_days", "Where the missed days are: nothing to show", text, table)
    most = (grades / grades.sum()).nlargest(3)
    schools = table.groupby("school_id")["days_absent"].sum().sort_values(ascending=False)
    share = schools / schools.sum()
    fifth = max(1, round(len(schools) / 5))
    held = percent(share.head(fifth).sum(), 0)
    text = f"A fifth of the schools ({fifth} of {len(schools)}) hold {held} of all missed days shown."
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
    return Finding("missed_days", title, text, table, figure=_map(records, table, text), note=hidden_text(table))


def _map(records: StudentRecords, table: pd.DataFrame, text: str) -> Figure | None:
    """Draw the share of all missed days by grade and month; nothing where there is one row and one column."""
    if not records.dated:
        return None
    grid = table.groupby(["grade_level", "month"])["days_absent"].sum().reset_index()
    grid["share"] = grid["days_absent"] / grid["days_absent"].sum()
    grid["grade"] = [grade_name(grade).capitalize() if grade else "all" for grade in grid["grade_level"]]
    grid = grid.assign(order=grid["grade_level"].replace("KG", "00")).sort_values(["order", "month"])
    return figure(
        plots.heatmap(grid, "grade", "month", "share"), "missed_days",
        f"Share of all missed days of {records.year} by grade and month. {text}",
    )  # fmt: skip
