"""Page 05: every school's grades and months in one picture each, of the tables that the schools' pages show."""

from collections.abc import Callable

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings import plots
from analysis.findings.figure import figure
from analysis.findings.finding import Finding
from analysis.findings.tables import crossed, passed
from analysis.findings.words import count, grade_name, month_name, month_short, percent
from analysis.language import say
from analysis.measures import of_schools
from analysis.records import once
from analysis.records.types import StudentRecords
from analysis.vocabulary import GRADES

GRADES_OF_SCHOOLS, MONTHS_OF_SCHOOLS = "absence_by_school_and_grade", "school_months"
MOST_SCHOOLS = 40
"""More rows than these are no picture any more: those with most days missed are drawn."""


def of_all_schools(records: StudentRecords, name: str, make: Callable[[StudentRecords], pd.DataFrame]) -> pd.DataFrame:
    """Give a table of all schools as it may be seen; each school's page shows its own rows of it."""
    return once(records, lambda source: passed(source, name, make(source)), f"{name}_as_shown")


def by_grade(records: StudentRecords) -> Finding:
    """Cross schools and grades."""
    table = of_all_schools(records, GRADES_OF_SCHOOLS, of_schools.grades)
    known = table[table["grade_level"].isin(GRADES) & table["absence_rate"].notna()]
    known = known.assign(
        at=known["grade_level"].map(GRADES.index), column=known["grade_level"].map(grade_name),
        short=["K" if grade == "KG" else grade.lstrip("0") for grade in known["grade_level"]],
    ).sort_values("at", kind="stable")  # fmt: skip
    return _crossed(records, table, known, GRADES_OF_SCHOOLS, say("grade"))


def by_month(records: StudentRecords) -> Finding:
    """Cross schools and months."""
    table = of_all_schools(records, MONTHS_OF_SCHOOLS, of_schools.months)
    known = table[table["absence_rate"].notna()].sort_values("month", kind="stable")
    known = known.assign(column=known["month"].map(month_name), short=known["month"].map(month_short))
    return _crossed(records, table, known, MONTHS_OF_SCHOOLS, say("month"))


def _crossed(records: StudentRecords, table: pd.DataFrame, known: pd.DataFrame, name: str, axis: str) -> Finding:
    if known["school_id"].nunique() < 2 or known["short"].nunique() < 2:
        return Finding.none(name)
    names = records.schools.set_index("school_id")["school_name"]
    twice = set(names.index[names.duplicated(keep=False)])
    labels = {code: code if code in twice else name for code, name in names.items()}
    known = known.assign(school=known["school_id"].map(labels), missed=known["absence_rate"] * known["students"])
    sums = known.groupby("school")[["missed", "students"]].sum()
    most = sums.nlargest(MOST_SCHOOLS, "missed")
    order = (most["missed"] / most["students"]).sort_values(ascending=False).index
    grid = known.pivot(index="school", columns="short", values="absence_rate")
    grid = grid.loc[order, list(dict.fromkeys(known["short"]))].rename_axis(index="school").reset_index()
    cells = grid.melt("school", var_name="short", value_name="rate")
    high, low = known.nlargest(1, "absence_rate").iloc[0], known.nsmallest(1, "absence_rate").iloc[0]
    text = _text(known, high, low, name)
    if len(most) < len(sums):
        text += " " + say("The {shown} schools with most days missed are drawn.", shown=count(len(most)))
    alt = say("Share of days absent by school and {column}, {year}.", column=axis, year=records.year)
    fig = figure(
        plots.heatmap(cells, "school", "short", "rate", column_axis=axis), name, f"{alt} {text}",
        say("Percent of marked days absent, counted. A dash: hidden, or not at this school."),
    )  # fmt: skip
    title = say("Highest: {column} at {school}", column=high.column, school=high.school)
    return Finding(name, title, text, table, crossed(cells, "school", "short", "rate"), fig, hidden_text(table))


def _text(known: pd.DataFrame, high: pd.Series, low: pd.Series, name: str) -> str:
    values = {
        "number": count(len(known)),
        "high": percent(high.absence_rate), "high_school": high.school, "high_column": high.column,
        "low": percent(low.absence_rate), "low_school": low.school, "low_column": low.column,
    }  # fmt: skip
    if name == GRADES_OF_SCHOOLS:
        return say(
            "Of {number} grades at schools, absence is highest in {high_column} at {high_school} ({high} of marked days)"
            " and lowest in {low_column} at {low_school} ({low}). These are counted rates: small grades move more by chance.",
            **values,
        )
    return say(
        "Of {number} months at schools, absence is highest in {high_column} at {high_school} ({high} of marked days)"
        " and lowest in {low_column} at {low_school} ({low}). These are counted rates: small schools move more by chance.",
        **values,
    )
