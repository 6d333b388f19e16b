"""Page 01: whether the records can be trusted."""

from dataclasses import dataclass

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings import plots, school_days_records
from analysis.findings.figure import figure
from analysis.findings.finding import Finding, Page, in_its_language
from analysis.findings.followed import too_few_to_show
from analysis.findings.lead import days_of_school
from analysis.findings.sentences import (
    ABSENCES_ALONE,
    NO_DAYS_ENROLLED,
    NO_EVENT,
    NO_MARKS,
    NO_STUDENTS,
    ONLY_ABSENT,
    SHARE_NEEDS_DAYS,
    hidden_cells,
)
from analysis.findings.tables import crossed, for_reading, gated, of_year, passed, rows
from analysis.findings.words import count, listed, missing, month_name, percent, plural
from analysis.measures import published_hidden, quality
from analysis.records import read
from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords
from analysis.study import Study

FEWEST_DAYS_TO_HEAP = 50
"""With fewer days of school a whole percent can hold no number of days at all."""
POORLY_MARKED = 0.05
"""A school and month with more than this share of days unmarked is named."""


@dataclass(frozen=True)
class RecordsPage(Page):
    """The findings of page 01."""

    flow: Finding
    unmarked: Finding
    coverage: Finding
    heaping: Finding
    definitions: Finding


@in_its_language
def records(study: Study) -> RecordsPage:
    """Find whether the records can be trusted."""
    source = read(study)
    if isinstance(source, SchoolDays):
        return RecordsPage.of(flow=flow(source), **school_days_records.records(source))
    return RecordsPage(flow(source), unmarked(source), coverage(source), heaping(source), definitions(source))


def flow(source: Source) -> Finding:
    """Account for every row."""
    table = passed(source, "records_flow", source.flow)
    read_rows = table.loc[table["step"] == "read", "rows"].sum()
    aside = table[table["step"] == "set aside"]
    used = table[(table["step"] == "used") & (table["reason"] == "")]["rows"].sum()
    text = f"Of {count(read_rows)} rows read, {count(used)} were used and {count(aside['rows'].sum())} set aside"
    text += f": {'; '.join(f'{row.reason} ({count(row.rows)})' for row in rows(aside))}." if len(aside) else "."
    apart = table[(table["step"] == "used") & (table["reason"] != "")]
    text += "".join(
        f" {count(row.rows)} of the rows used {'is' if row.rows == 1 else 'are'} {row.reason}."
        for row in rows(apart) if row.rows
    )  # fmt: skip
    text += enrolment(table)
    notes = [problem for problem in source.problems if problem.severity == "noted"]
    text += "".join(f"\n\nNoted: {problem}" for problem in notes)
    title = f"{percent(used / read_rows)} of the rows read were used" if read_rows else "No rows"
    shown = for_reading(table, {"step": "Step", "reason": "Reason", "rows": "Rows", "students": "Students"})
    return Finding("records_flow", title, text, table, shown)


def enrolment(flow: pd.DataFrame) -> str:
    """Account for the spells of enrolment, and for the days of membership that they gave."""
    numbers = {(row.step, row.reason): row.rows for row in rows(flow)}
    if ("enrolment read", "") not in numbers:
        return ""
    aside = [
        f"{reason} ({count(number)})" for (step, reason), number in numbers.items() if step == "enrolment set aside"
    ]
    text = f" Of {plural(numbers['enrolment read', ''], 'spell')} of enrolment {count(numbers['enrolment used', ''])} were used"
    text += f" and set aside: {'; '.join(aside)}." if aside else "."
    if ("days of membership", "") in numbers:
        text += f" With the days of school they make {count(numbers['days of membership', ''])} days of membership."
        text += "".join(
            f" {plural(number, 'day is', 'days are')} {reason}."
            for (step, reason), number in numbers.items() if step == "days of membership" and reason
        )  # fmt: skip
    return text


def marks_of(source: StudentRecords) -> str:
    """Say what such records tell of days that nobody marked."""
    if not source.dated:
        return NO_MARKS
    return NO_EVENT if source.everybody else ABSENCES_ALONE


def unmarked(source: StudentRecords | PublishedCounts) -> Finding:
    """Bound the rate by the days that nobody marked, or say what the source hides."""
    if isinstance(source, PublishedCounts):
        return hidden_by_source(source)
    if not source.marked:
        return Finding("unmarked", "Days that nobody marked cannot be seen", marks_of(source))
    grades = gated(source, "grade_level")
    total = of_year(grades, source.year, "total").iloc[0]
    if not total.days_unmarked > 0:
        return Finding("unmarked", "Every day is marked", f"No day of {source.year} is without a mark.")
    share = total.days_unmarked / (total.days_enrolled + total.days_unmarked)
    text = (
        f"{count(total.days_unmarked)} days ({percent(share)}) were not marked. The rate of {percent(total.absence_rate)} is over"
        f" marked days; had all unmarked days been attended it would be {percent(total.rate_low)}, had all been missed"
        f" {percent(total.rate_high)}."
    )
    return Finding("unmarked", f"{percent(share)} of days are unmarked", text)


def hidden_by_source(source: PublishedCounts) -> Finding:
    """Say what the source hides, and what the shown cells alone would say."""
    found, rule = published_hidden.hidden_cells(source), source.study.settings.records.marks.rule
    if not found.hidden:
        title, text = "The source hides nothing", f"No cell of {source.year} has a mark for a hidden number."
        return Finding("hidden_by_source", title, text)
    text = hidden_cells(found.hidden, found.cells) + (f" Its rule: {rule}." if rule else "")
    text += (
        " A hidden number is not zero. What needs one has no number either, but a range as far as the source's rule and its"
        " totals bound it; a range never tells a hidden number closer than the rule does."
    )
    if found.misleading:
        text += (
            f" Hidden cells are not like the others: the shown parts of totals are {percent(found.shown_rate)} chronically"
            f" absent together, the totals themselves {percent(found.whole_rate)}. A mean over shown cells alone is not made."
        )
    share = percent(found.hidden / found.cells, 0)
    return Finding("hidden_by_source", f"{share} of the cells of {source.year} are hidden", text)


def coverage(source: Source) -> Finding:
    """Show which schools did not mark their days, by month."""
    if not isinstance(source, StudentRecords) or not (source.dated and source.marked):
        return Finding.none("coverage")
    table = passed(source, "coverage", quality.coverage(source))
    names = dict(zip(source.schools["school_id"], source.schools["school_name"], strict=True))
    poor = table[table["unmarked_share"] > POORLY_MARKED].sort_values("unmarked_share", ascending=False)
    text = f"In {plural(len(poor), 'school-month')} of {count(len(table))}, more than {percent(POORLY_MARKED, 0)} of days were not marked."
    if len(poor):
        first = poor.iloc[0]
        text += f" The most: {names[first.school_id]} in {month_name(first.month)} ({percent(first.unmarked_share)})."
    text += late_days(source)
    if not table["unmarked_share"].max() > 0:
        text = f"No school has a month in which a day was not marked.{late_days(source)}"
        return Finding("coverage", "Every school marked its days", text, table)
    worst = table.groupby("school_id")["unmarked_share"].max().nlargest(20).index
    drawn = table[table["school_id"].isin(worst)].assign(
        school=lambda rows: rows["school_id"].map(names),
        month_label=lambda rows: rows["month"].map(lambda m: month_name(m)[:3]),
    )
    fig = figure(
        plots.heatmap(drawn, "school", "month_label", "unmarked_share"), "coverage",
        f"Share of days not marked by school and month, the schools with most. {text}",
    )  # fmt: skip
    return Finding(
        "coverage",
        "Which schools did not mark their days",
        text,
        table,
        crossed(drawn, "school", "month_label", "unmarked_share"),
        fig,
        hidden_text(table),
    )


def late_days(source: StudentRecords) -> str:
    """Name the last days that only some schools have reported."""
    days = quality.last_days(source)
    if days.empty:
        return ""
    said = [f"{row.date} ({count(row.schools)} of {count(row.usual)} schools)" for row in rows(days.tail(5))]
    return f" The last {plural(len(days), 'day')} of the records {'is' if len(days) == 1 else 'are'} not reported by all: {listed(said)}."


def heaping(source: Source) -> Finding:
    """Show the distribution of students by absence rate around the line."""
    if not isinstance(source, StudentRecords):
        return Finding.none("rate_histogram")
    if not source.everybody:
        return Finding.none("rate_histogram")
    if source.measure == "absent_only":
        return Finding("rate_histogram", "Heaps of students at a rate: not in these records", NO_DAYS_ENROLLED)
    days = days_of_school(source)
    if 0 < days < FEWEST_DAYS_TO_HEAP:
        text = f"On {days} days of school one day is {percent(1 / days)}: rates pile up at these steps by themselves."
        return Finding("rate_histogram", "Students around the line: too few days of school to see", text)
    table = passed(source, "rate_histogram", quality.rate_histogram(source))
    by = table.set_index("absence_percent")["students_counted"]
    rule = source.study.settings.definitions.chronic
    line = int(100 * rule.at_least) if rule.of == "share" else 10
    below, above = by.get(line - 1, 0), by.get(line, 0)  # a hidden number is there, and is no number
    if missing(below) or missing(above):
        return too_few_to_show("rate_histogram", "Students around the line", table)
    text = (
        f"{plural(below, 'student')} missed {line - 1} to under {line} percent of their days and {count(above)} missed {line} to under"
        f" {line + 1} percent. A jump between the two would suggest that the threshold changes how days are recorded; but of a year of 180 days some"
        " percents hold two whole numbers of days and some one."
    )
    drawn = table[table["absence_percent"] <= 30].assign(label=lambda rows: rows["absence_percent"].astype(str))
    shown = for_reading(drawn, {"label": "Percent of days absent", "students_counted": "Students"})
    fig = figure(
        plots.bars(drawn, "label", "students_counted", unit="count", emphasis=[str(line)], axis="students"), "rate_histogram",
        f"Students by whole percent of days absent, up to 30. {text}",
    )  # fmt: skip
    return Finding("rate_histogram", f"Students around the {line} percent line", text, table, shown, fig)


def definitions(source: Source) -> Finding:
    """Say what other definitions would give."""
    if not isinstance(source, StudentRecords):
        text = (
            f"{NO_STUDENTS} The source applied its own definition before it published: another one cannot be tried on its"
            " counts, and neither unmarked days nor heaps of students at the line can be seen."
        )
        return Finding("definitions", "What published counts cannot show", text)
    if source.outcome == "days":
        text = f"{NO_DAYS_ENROLLED} {SHARE_NEEDS_DAYS}" if source.everybody else ONLY_ABSENT
        return Finding("definitions", "Who is chronically absent: not in these records", text)
    table = passed(source, "definitions", quality.other_definitions(source))
    own, others = table.iloc[0], table.iloc[1:]
    if missing(own.chronic_rate):
        return too_few_to_show("definitions", "Other definitions", table)
    low, high = others["chronic_rate"].min(), others["chronic_rate"].max()
    text = (
        f"By this study's definition {percent(own.chronic_rate)} are chronically absent ({count(own.chronically_absent)} of"
        f" {count(own.students_counted)})."
    )
    if others.empty:
        lacking = "the days" if source.measure == "rate" else "the days enrolled"
        text += f" Other definitions in use need {lacking}, which these records do not have, so none can be tried."
        return Finding("definitions", "Other definitions: not with these records", text, table)
    if missing(low):
        text += " Under other definitions too few students are left to show."
        return Finding("definitions", "Other definitions: too few students to show", text, table)
    text += f" Under the other definitions shown it is {percent(low)} to {percent(high)}."
    shown = for_reading(table, {
        "definition": "Definition", "students_counted": "Students counted", "chronically_absent": "Chronically absent",
        "chronic_rate": "Chronic rate",
    })  # fmt: skip
    return Finding(
        "definitions", f"Another definition would give {percent(low)} to {percent(high)}", text, table, shown
    )
