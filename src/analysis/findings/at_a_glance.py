"""Page 05: every school's grades and months in one picture each, of the tables that the schools' pages show."""

from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import NOTHING, Finding
from analysis.findings.gated import passed
from analysis.findings.levels import MOST_DRAWN
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure
from analysis.findings.tables import End, crossed, highest, lowest, of_those_shown, some_shown
from analysis.findings.words import count, grade_name, joined, month_name, month_short
from analysis.language import later, say
from analysis.measures import of_schools
from analysis.records import once
from analysis.records.types import StudentRecords
from analysis.vocabulary import GRADES

GRADES_OF_SCHOOLS, MONTHS_OF_SCHOOLS = "absence_by_school_and_grade", "school_months"
CELLS: Final = {
    GRADES_OF_SCHOOLS: (later("grade at a school"), later("grades at schools")),
    MONTHS_OF_SCHOOLS: (later("month at a school"), later("months at schools")),
}
"""One and several of what is crossed."""


def of_all_schools(records: StudentRecords, name: str, make: Callable[[StudentRecords], pd.DataFrame]) -> pd.DataFrame:
    """Give a table of all schools as it may be seen; each school's page shows its own rows of it."""
    return once(records, lambda source: passed(source, name, make(source)), f"{name}_as_shown")


def by_grade(records: StudentRecords) -> Finding:
    """Cross schools and grades."""
    table = of_all_schools(records, GRADES_OF_SCHOOLS, of_schools.grades)
    cells = table[table["grade_level"].isin(GRADES)]
    cells = cells.assign(
        at=cells["grade_level"].map(GRADES.index), column=cells["grade_level"].map(grade_name),
        short=["K" if grade == "KG" else grade.lstrip("0") for grade in cells["grade_level"]],
    ).sort_values("at", kind="stable")  # fmt: skip
    return _crossed(records, table, cells, GRADES_OF_SCHOOLS, say("grade"))


def by_month(records: StudentRecords) -> Finding:
    """Cross schools and months."""
    table = of_all_schools(records, MONTHS_OF_SCHOOLS, of_schools.months)
    cells = table.sort_values("month", kind="stable")
    cells = cells.assign(column=cells["month"].map(month_name), short=cells["month"].map(month_short))
    return _crossed(records, table, cells, MONTHS_OF_SCHOOLS, say("month"))


def _crossed(records: StudentRecords, table: pd.DataFrame, cells: pd.DataFrame, name: str, axis: str) -> Finding:
    names = records.schools.set_index("school_id")["school_name"]
    twice = set(names.index[names.duplicated(keep=False)])
    labels = {code: code if code in twice else name for code, name in names.items()}
    cells = cells.assign(school=cells["school_id"].map(labels))
    known = cells[cells["absence_rate"].notna()].assign(missed=lambda rows: rows["absence_rate"] * rows["students"])
    if known["school_id"].nunique() < 2 or known["short"].nunique() < 2:
        return NOTHING
    sums = known.groupby("school")[["missed", "students"]].sum()
    most = sums.nlargest(MOST_DRAWN, "missed")
    order = (most["missed"] / most["students"]).sort_values(ascending=False).index
    columns = list(dict.fromkeys(known["short"]))
    cells = cells[cells["school"].isin(order) & cells["short"].isin(columns)]
    cells = cells.assign(school=pd.Categorical(cells["school"], order), short=pd.Categorical(cells["short"], columns))
    high, low = highest(known, "absence_rate"), lowest(known, "absence_rate")
    some = some_shown(cells, "absence_rate", *CELLS[name])
    text = joined(some, _text(known, high, low, name))
    if len(most) < len(sums):
        text += " " + say("The {shown} schools with most days missed are drawn.", shown=count(len(most)))
    alt = say("Share of days absent by school and {column}, {year}.", column=axis, year=records.year)
    fig = figure(
        plots.heatmap(cells, "school", "short", "absence_rate", column_axis=axis), name, f"{alt} {text}",
        say("Percent of marked days absent, counted. A dash: hidden. Empty: not at this school."),
    )  # fmt: skip
    title = of_those_shown(say("Absence is highest in {cells}", cells=high.names(_cell)), some)
    return Finding(name, title, text, table, crossed(cells, "school", "short", "absence_rate"), fig, hidden_text(table))


def _cell(row: Any) -> str:
    return say("{column} at {school}", column=row.column, school=row.school)


def _text(known: pd.DataFrame, high: End, low: End, name: str) -> str:
    values = {
        "number": count(len(known)), "highest": high.names(_cell), "high": high.said, "lowest": low.names(_cell),
        "low": low.said,
    }  # fmt: skip
    if name == GRADES_OF_SCHOOLS:
        return say(
            "Of {number} grades at schools, absence is highest in {highest} ({high} of marked days) and"
            " lowest in {lowest} ({low}). These are counted rates: small grades move more by chance.",
            **values,
        )
    return say(
        "Of {number} months at schools, absence is highest in {highest} ({high} of marked days) and"
        " lowest in {lowest} ({low}). These are counted rates: small schools move more by chance.",
        **values,
    )
