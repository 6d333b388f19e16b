"""Page 01: whether the records can be trusted."""

from dataclasses import dataclass

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import NOTHING, Finding, Page
from analysis.findings.gated import gated, passed
from analysis.findings.outcome import lead_of
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure
from analysis.findings.school_days import records as school_days_records
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
from analysis.findings.tables import crossed, for_reading, highest, of_those_shown, of_year, rows, some_shown
from analysis.findings.words import LEVELS, count, joined, listed, missing, month_name, month_short, percent
from analysis.language import later, plural, say, told, use
from analysis.measures import published_hidden, quality
from analysis.problems import Problem
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


def records(study: Study) -> RecordsPage:
    """Find whether the records can be trusted."""
    use(study.settings.language)
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
    known = {"read": count(read_rows), "used": count(used), "aside": count(aside["rows"].sum())}
    reasons = "; ".join(f"{told(row.reason)} ({count(row.rows)})" for row in rows(aside))
    text = [
        say("Of {read} rows read, {used} were used and {aside} set aside: {reasons}.", **known, reasons=reasons)
        if reasons
        else say("Of {read} rows read, {used} were used and {aside} set aside.", **known)
    ]
    apart = table[(table["step"] == "used") & (table["reason"] != "")]
    text += [
        plural(
            row.rows, "{number} of the rows used is {reason}.", "{number} of the rows used are {reason}.",
            reason=told(row.reason),
        )
        for row in rows(apart) if row.rows
    ]  # fmt: skip
    text += [*days_of_absences(table), *enrolment(table)]
    notes = [noted(problem) for problem in source.problems if problem.severity == "noted"]
    share = say("{share} of the rows read were used", share=percent(used / read_rows)) if read_rows else say("No rows")
    if used < read_rows and percent(used / read_rows) == percent(1):
        share = say("Nearly all of the rows read were used")
    shown = for_reading(
        table.assign(step=table["step"].map(told), reason=table["reason"].map(told)),
        ("step", "reason", "rows", "students"),
        reason=later("Reason"),
    )
    return Finding("records_flow", share, "\n\n".join([" ".join(text), *notes]), table, shown)


def noted(problem: Problem) -> str:
    """Say in the language of the pages what was noted."""
    said = Problem(told(problem.where), told(problem.seen), told(problem.why), told(problem.fix))
    return say("Noted: {problem}", problem=said)


def days_of_absences(flow: pd.DataFrame) -> list[str]:
    """Account for the days of absences that are from a date to a date."""
    numbers = {row.reason: row.rows for row in rows(flow[flow["step"] == "days of absences"])}
    used = numbers.pop("", 0)
    if not used:
        return []
    aside = "; ".join(f"{told(reason)} ({count(number)})" for reason, number in numbers.items())
    text = plural(
        used, "From their first to their last dates they are {number} day of absence.",
        "From their first to their last dates they are {number} days of absence.",
    )  # fmt: skip
    return [text, say("Other days of theirs were set aside: {reasons}.", reasons=aside)] if aside else [text]


def enrolment(flow: pd.DataFrame) -> list[str]:
    """Account for the spells of enrolment, and for the days of membership that they gave."""
    numbers = {(row.step, row.reason): row.rows for row in rows(flow)}
    if ("enrolment read", "") not in numbers:
        return []
    aside = "; ".join(
        f"{told(reason)} ({count(number)})"
        for (step, reason), number in numbers.items()
        if step == "enrolment set aside"
    )
    spells, used = numbers["enrolment read", ""], count(numbers["enrolment used", ""])
    text = [
        plural(
            spells, "Of {number} spell of enrolment {used} were used and set aside: {reasons}.",
            "Of {number} spells of enrolment {used} were used and set aside: {reasons}.", used=used, reasons=aside,
        )
        if aside
        else plural(
            spells, "Of {number} spell of enrolment {used} were used.",
            "Of {number} spells of enrolment {used} were used.", used=used,
        )
    ]  # fmt: skip
    if ("days of membership", "") in numbers:
        days = count(numbers["days of membership", ""])
        text.append(say("With the days of school they make {days} days of membership.", days=days))
        text += [
            plural(number, "{number} day is {reason}.", "{number} days are {reason}.", reason=told(reason))
            for (step, reason), number in numbers.items() if step == "days of membership" and reason
        ]  # fmt: skip
    return text


def marks_of(source: StudentRecords) -> str:
    """Say what such records tell of days that nobody marked."""
    if not source.dated:
        return told(NO_MARKS)
    return told(NO_EVENT if source.everybody else ABSENCES_ALONE)


def unmarked(source: StudentRecords | PublishedCounts) -> Finding:
    """Bound the rate by the days that nobody marked, or say what the source hides."""
    if isinstance(source, PublishedCounts):
        return hidden_by_source(source)
    if not source.marked:
        return Finding("unmarked", say("Days that nobody marked cannot be seen"), marks_of(source))
    grades = gated(source, "grade_level")
    total = of_year(grades, source.year, "total").iloc[0]
    if not total.days_unmarked > 0:
        return Finding(
            "unmarked", say("Every day is marked"), say("No day of {year} is without a mark.", year=source.year)
        )
    share = total.days_unmarked / (total.days_enrolled + total.days_unmarked)
    text = say(
        "{days} days ({share}) were not marked. The rate of {rate} is over marked days; had all unmarked days been attended"
        " it would be {low}, had all been missed {high}.",
        days=count(total.days_unmarked), share=percent(share), rate=percent(total.absence_rate),
        low=percent(total.rate_low), high=percent(total.rate_high),
    )  # fmt: skip
    return Finding("unmarked", say("{share} of days are unmarked", share=percent(share)), text)


def hidden_by_source(source: PublishedCounts) -> Finding:
    """Say what the source hides, and what the shown cells alone would say."""
    found, rule = published_hidden.hidden_cells(source), source.study.settings.records.marks.rule
    if not found.hidden:
        text = say("No cell of {year} has a mark for a hidden number.", year=source.year)
        return Finding("hidden_by_source", say("The source hides nothing"), text)
    sentences = [hidden_cells(found.hidden, found.cells), say("Its rule: {rule}.", rule=rule) if rule else ""]
    sentences.append(say(
        "A hidden number is not zero. What needs one has no number either, but a range as far as the source's rule and its"
        " totals bound it; a range never tells a hidden number closer than the rule does."
    ))  # fmt: skip
    if found.misleading:
        sentences.append(say(
            "Hidden cells are not like the others: the shown parts of totals are {shown} chronically absent together, the"
            " totals themselves {whole}. A mean over shown cells alone is not made.",
            shown=percent(found.shown_rate), whole=percent(found.whole_rate),
        ))  # fmt: skip
    share = percent(found.hidden / found.cells, 0)
    title = say("{share} of the cells of {year} are hidden", share=share, year=source.year)
    return Finding("hidden_by_source", title, joined(*sentences))


def coverage(source: Source) -> Finding:
    """Show which schools did not mark their days, by month."""
    if not isinstance(source, StudentRecords) or not (source.dated and source.marked):
        return NOTHING
    table = passed(source, "coverage", quality.coverage(source))
    known = table[table["unmarked_share"].notna()]
    poor = known[known["unmarked_share"] > POORLY_MARKED].sort_values("unmarked_share", ascending=False)
    late = late_days(source)
    if known.empty:
        return Finding.hidden("coverage", say("Which schools did not mark their days"), table)
    if len(known) == len(table) and not known["unmarked_share"].max() > 0:
        text = " ".join([say("No school has a month in which a day was not marked."), *late])
        return Finding("coverage", say("Every school marked its days"), text, table)
    sentences = [plural(
        len(poor), "In {number} school-month of {all}, more than {share} of days were not marked.",
        "In {number} school-months of {all}, more than {share} of days were not marked.",
        all=count(len(known)), share=percent(POORLY_MARKED, 0),
    )]  # fmt: skip
    if len(poor):
        most = highest(poor, "unmarked_share")
        where = most.names(
            lambda row: say(
                "{school} in {month}", school=source.school_names[row.school_id], month=month_name(row.month)
            )
        )
        sentences.append(
            say("The most: {where} ({share}).", where=where, share=most.said)
            if len(known) == len(table)
            else say("The most of those that are shown: {where} ({share}).", where=where, share=most.said)
        )
    text = " ".join([*sentences, *late])
    worst = table.groupby("school_id")["unmarked_share"].max().nlargest(20).index
    drawn = table[table["school_id"].isin(worst)].assign(
        school=lambda rows: rows["school_id"].map(source.school_names),
        month_label=lambda rows: rows["month"].map(month_short),
    )
    fig = figure(
        plots.heatmap(drawn, "school", "month_label", "unmarked_share"), "coverage",
        " ".join([say("Share of days not marked by school and month, the schools with most."), text]),
    )  # fmt: skip
    return Finding(
        "coverage",
        say("Which schools did not mark their days"),
        text,
        table,
        crossed(drawn, "school", "month_label", "unmarked_share"),
        fig,
        hidden_text(table),
    )


def late_days(source: StudentRecords) -> list[str]:
    """Name the last days that only some schools have reported."""
    days = quality.last_days(source)
    if days.empty:
        return []
    said = [
        say("{date} ({some} of {usual} schools)", date=row.date, some=count(row.schools), usual=count(row.usual))
        for row in rows(days.tail(5))
    ]
    return [plural(
        len(days), "The last {number} day of the records is not reported by all: {days}.",
        "The last {number} days of the records are not reported by all: {days}.", days=listed(said),
    )]  # fmt: skip


def heaping(source: Source) -> Finding:
    """Show the distribution of students by absence rate around the line."""
    if not isinstance(source, StudentRecords):
        return NOTHING
    if not source.everybody:
        return NOTHING
    if source.measure == "absent_only":
        title = say("Heaps of students at a rate: not in these records")
        return Finding("rate_histogram", title, told(NO_DAYS_ENROLLED))
    days = len(source.dates)
    if 0 < days < FEWEST_DAYS_TO_HEAP:
        text = plural(
            days, "On {number} day of school one day is {share}: rates pile up at these steps by themselves.",
            "On {number} days of school one day is {share}: rates pile up at these steps by themselves.",
            share=percent(1 / days),
        )  # fmt: skip
        return Finding("rate_histogram", say("Students around the line: too few days of school to see"), text)
    table = passed(source, "rate_histogram", quality.rate_histogram(source))
    by = table.set_index("absence_percent")["students_counted"]
    rule = source.study.settings.definitions.chronic
    line = int(100 * rule.at_least) if rule.of == "share" else 10
    below, above = by.get(line - 1, 0), by.get(line, 0)  # a hidden number is there, and is no number
    if missing(below) or missing(above):
        return Finding.hidden("rate_histogram", say("Students around the line"), table)
    text = plural(
        below,
        "{number} student missed {before} to under {line} percent of their days and {above} missed {line} to under {after}"
        " percent. A jump between the two would suggest that the threshold changes how days are recorded; but of a year of"
        " 180 days some percents hold two whole numbers of days and some one.",
        "{number} students missed {before} to under {line} percent of their days and {above} missed {line} to under {after}"
        " percent. A jump between the two would suggest that the threshold changes how days are recorded; but of a year of"
        " 180 days some percents hold two whole numbers of days and some one.",
        before=line - 1, line=line, above=count(above), after=line + 1,
    )  # fmt: skip
    drawn = table[table["absence_percent"] <= 30].assign(label=lambda rows: rows["absence_percent"].astype(str))
    title, shown, fig = say("Students around the {line} percent line", line=line), None, None
    if drawn["students_counted"].notna().any():  # else all are hidden, or beyond
        shown = for_reading(
            drawn, ("label", "students_counted"), label=later("Percent of days absent"), students_counted=later("Students")
        )  # fmt: skip
        fig = figure(
            plots.bars(drawn, "label", "students_counted", unit="count", emphasis=[str(line)], axis=say("students")),
            "rate_histogram", " ".join([say("Students by whole percent of days absent, up to 30."), text]),
        )  # fmt: skip
    return Finding("rate_histogram", title, text, table, shown, fig)


def definitions(source: Source) -> Finding:
    """Say what other definitions would give."""
    if not isinstance(source, StudentRecords):
        why = say(
            "The source applied its own definition before it published: another one cannot be tried on its counts, and"
            " neither unmarked days nor heaps of students at the line can be seen."
        )
        return Finding("definitions", say("What published counts cannot show"), f"{told(NO_STUDENTS)} {why}")
    if source.outcome == "days":
        text = f"{told(NO_DAYS_ENROLLED)} {told(SHARE_NEEDS_DAYS)}" if source.everybody else told(ONLY_ABSENT)
        return Finding("definitions", say("Who is chronically absent: not in these records"), text)
    table = passed(source, "definitions", quality.other_definitions(source))
    own, others = table.iloc[0], table.iloc[1:]
    if missing(own.chronic_rate):
        return Finding.hidden("definitions", say("Other definitions"), table)
    low, high = others["chronic_rate"].min(), others["chronic_rate"].max()
    text = say(
        "By this study's definition {rate} {did} ({part} of {whole}).",
        did=lead_of(source).did, rate=percent(own.chronic_rate), part=count(own.chronically_absent), whole=count(own.students_counted),
    )  # fmt: skip
    if others.empty:
        lacking = say(
            "Other definitions in use need the days, which these records do not have, so none can be tried."
        ) if source.measure == "rate" else say(
            "Other definitions in use need the days enrolled, which these records do not have, so none can be tried."
        )  # fmt: skip
        return Finding("definitions", say("Other definitions: not with these records"), f"{text} {lacking}", table)
    if missing(low):
        hidden = Finding.hidden("definitions", say("Other definitions"), others)
        return Finding("definitions", hidden.title, f"{text} {hidden.text}", table)
    ends = {"low": percent(low), "high": percent(high)}
    between = say("Under the other definitions shown it is {low} to {high}.", **ends)
    shown = for_reading(
        table.assign(definition=table["definition"].map(told)),
        ("definition", "students_counted", "chronically_absent", "chronic_rate"),
    )
    title = say("Another definition would give {low} to {high}", **ends)
    if ends["low"] == ends["high"]:
        between = say("Under the other definitions shown it is {rate}.", rate=ends["low"])
        title = say("Another definition would give {rate}", rate=ends["low"])
    title = of_those_shown(title, some_shown(others, "chronic_rate", *LEVELS))
    return Finding("definitions", title, f"{text} {between}", table, lead_of(source).heads(shown))
