"""Page 04: the reasons that schools wrote down, by month, grade and student group: as much about recording as about students."""

from collections.abc import Callable

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import NOTHING, Finding, Findings
from analysis.findings.gated import gated, passed
from analysis.findings.names import driver_words, units_of
from analysis.findings.tables import crossed, for_reading, highest, lowest, of_those_shown, of_year, rows, some_shown
from analysis.findings.words import GROUPS, capital, grade_name, joined, level_name, listed, month_name, percent
from analysis.language import say, told
from analysis.measures.reasons import reasons_by, reasons_table
from analysis.records.types import StudentRecords
from analysis.vocabulary import UNKNOWN


def no_reasons(table: pd.DataFrame | None = None) -> Finding:
    """Say that records have no reason of an absence."""
    title, none = say("Reasons: not in these records"), say("These records give no reason of an absence.")
    return Finding("absence_by_reason", title, none, table)


def reasons(records: StudentRecords) -> Finding:
    """Show the reasons that the schools wrote down."""
    table = gated(records, "absence_reason")
    levels = of_year(table, records.year)
    known = levels[levels["absence_reason"] != UNKNOWN]
    if known.empty:
        return no_reasons(table)
    if known["days_absent"].isna().all():
        return Finding.hidden("absence_by_reason", say("Reasons"), table)
    total = of_year(table, records.year, "total").iloc[0].days_absent
    levels = levels.assign(label=levels["absence_reason"].map(told))
    words = [
        say("{reason} {share}", reason=row.label, share=percent(row.days_absent / total, 0)) for row in rows(levels)
    ]
    text = say(
        "Days absent by reason: {reasons}. Schools differ in what they excuse, so a reason says as much about recording as"
        " about students.",
        reasons=listed(words),
    )
    shown = for_reading(levels, ("label", "students", "days_absent", "absence_rate", "hidden"))
    title = say("What schools wrote down as the reason")
    return Finding("absence_by_reason", title, text, table, shown, note=hidden_text(table))


def reasons_by_month(records: StudentRecords) -> Finding:
    """Show the mix of reasons in each month."""
    return _mix(records, "month", units_of("month"), month_name)


def reasons_by_grade(records: StudentRecords) -> Finding:
    """Show the mix of reasons in each grade."""
    return _mix(
        records, "grade_level", units_of("grade_level"), lambda grade: grade_name(grade) if grade else say("all")
    )


def reasons_by_group(records: StudentRecords) -> Findings:
    """Show the mix of reasons in each student group: a check of how absences are labelled."""
    return Findings(
        _mix(records, group, GROUPS, lambda level, group=group: level_name(driver_words(group), told(level)))  # type: ignore[misc]
        for group in records.study.settings.records.groups
    )


def _mix(records: StudentRecords, driver: str, units: tuple[str, str], name_of: Callable[[str], str]) -> Finding:
    name = reasons_table(driver)
    table = passed(records, name, reasons_by(records, driver))
    if table[driver].nunique() < 2:
        return NOTHING
    by = driver_words(driver)
    table = table.assign(label=[capital(name_of(str(level))) for level in table[driver]])
    reason = "unexcused" if "unexcused" in set(table["absence_reason"]) else _most(table)
    levels = table[table["absence_reason"] == reason]
    known = levels[levels["share_of_days"].notna()]
    tidy = table.drop(columns="label")
    if known.empty:
        return Finding.hidden(name, say("Reasons by {driver}", driver=by), tidy)

    def write(share: float) -> str:
        return percent(share, 0)

    of_group = driver not in ("month", "grade_level")
    named = known[known[driver] != UNKNOWN] if of_group and (known[driver] != UNKNOWN).any() else known
    high, low = highest(named, "share_of_days", write), lowest(named, "share_of_days", write)
    some = some_shown(levels, "share_of_days", *units)
    said = {"reason": told(reason), "driver": by, "high": high.said, "low": low.said}
    title = say("By {driver}, {low} to {high} of the days absent were {reason}", **said)
    if high.said == low.said:
        title = say("By {driver}, {high} of the days absent were {reason}", **said)
    if of_group:
        words = [f"{name_of(str(getattr(row, driver)))} {write(row.share_of_days)}" for row in rows(known)]
        text = say(
            "The share of the days absent that was {reason}, by {driver}: {shares}. This checks the labels: who writes a"
            " note, and what a school excuses, can differ between families whose children miss as much.",
            shares=listed(words), **said,
        )  # fmt: skip
    else:
        ends = [end.names(lambda row: name_of(str(getattr(row, driver)))) for end in (high, low)]
        text = say(
            "Of the days absent, the share that was {reason} is highest in {highest} ({high}) and lowest in {lowest} ({low}).",
            highest=ends[0], lowest=ends[1], **said,
        )  # fmt: skip
        if high.said == low.said:
            text = f"{title}."
    counted = say("The shares are counted, out of all days absent there, those without a known reason too.")
    text = joined(some, text, counted)
    shown = crossed(
        table.assign(absence_reason=table["absence_reason"].map(told)), "label", "absence_reason", "share_of_days"
    )
    return Finding(name, of_those_shown(title, some), text, tidy, shown, note=hidden_text(table))


def _most(table: pd.DataFrame) -> str:
    """Name the reason, of those that are known, with the most days shown."""
    days = table[table["absence_reason"] != UNKNOWN].groupby("absence_reason")["days_absent"].sum()
    return str(days.idxmax())
