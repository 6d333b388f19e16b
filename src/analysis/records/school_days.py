"""Days of schools: percent present, or days counted, by school or area and day or week; no students are told apart."""

from dataclasses import dataclass, replace
from typing import Final

import pandas as pd

from analysis.language import later
from analysis.problems import Problem, Severity, UserError, rows_set_aside, stop, stopping
from analysis.records.drafts import Draft, draft_of, placed_problems
from analysis.records.files import FIRST_AT, STAGED, in_percents, stage, staged_texts, unstage
from analysis.records.focus import not_in_records
from analysis.records.lost_zeros import wrong_ids
from analysis.records.nested_totals import nested_totals, other_totals
from analysis.records.numbers import COUNTS_DIFFER, ONE_WRONG, ROUNDED
from analysis.records.school_calendar import INFERRED_SHARE, near_break, over_the_cut
from analysis.records.school_day_numbers import read_numbers, weighed
from analysis.records.school_day_places import PLACES, placed
from analysis.records.side_tables import read_side_tables
from analysis.records.types import FLOW_COLUMNS, NOT_READ, SchoolDays
from analysis.study import Study
from analysis.vocabulary import ALL

TOLERANCE = 0.001
"""Days absent and present may miss the days enrolled by so little of them: each may be rounded."""
MARKED: Final = later("no number: '{mark}'")
FEW_REPORT: Final = later("a date that few schools or areas report (under {share} of the busiest date's)")


@dataclass(frozen=True)
class SetAside:
    """Rows that are set aside.

    Parameters
    ----------
    reason : as `records_flow` names it; of a row the first reason that holds counts.
    holds : (rows,) which.
    why, fix : for the problem that is shown; where both are empty there is none.
    most_stops : whether the run stops where more than half of the rows are set aside so.
    """

    reason: str
    holds: "pd.Series[bool]"
    why: str = ""
    fix: str = ""
    most_stops: bool = True


def read_school_days(study: Study) -> SchoolDays:
    """Read a study's days of schools.

    Raises
    ------
    UserError
        Everything that stops the run, at once: missing files and columns, words and numbers that nothing explains,
        totals among their parts, a reason for which more than half of the rows would be set aside.
    """
    beside = read_side_tables(study)
    try:
        problems = [*stage(study, STAGED), *beside.problems]
    except UserError as error:
        raise UserError("records", dict.fromkeys([*error.problems, *beside.problems])) from None
    not_read = rows_set_aside(problems)
    rows = staged_texts()
    problems += [*_no_year(study, rows), *wrong_ids(study, beside)]
    stop(problems)
    here = placed(study, rows, beside.schools)
    counting = rows[~rows["left_out"].astype(bool)]
    numbers, drafts = read_numbers(
        study.settings.records, counting, counting["file_number"].map(in_percents(study)).astype(bool)
    )
    numbers, weighs, basis = weighed(numbers.reindex(rows.index), here.period)
    days = _lacking(here.rows.join(numbers).join(rows[["file_row", "left_out"]]))
    kinds = ("school_level", *study.settings.records.groups)
    faults = _set_aside(days, [*_of_places(days), *_of_numbers(days), *_of_dates(study, days)])
    faults += _set_aside(days, _repeated(days, kinds))
    calendar = _calendar(days, beside.calendar, here.period)
    faults += _set_aside(days, [_off_calendar(days, calendar, beside.calendar is not None)])
    problems += [] if "school_year" in rows else over_the_cut(study, _sizes(days))
    used = days[days["set_aside"] == ""]
    drafts += _told(days, faults)
    drafts += (
        _notes(used)
        + nested_totals(used, kinds, counted=weighs == "days")
        + other_totals(used, kinds, counted=weighs == "days")
    )
    problems += placed_problems(study, drafts, FIRST_AT)
    unstage(STAGED)
    if used.empty and not stopping(problems):
        problems.append(Problem(study.path.name, "no row could be used", "there is nothing to count", "mend the above"))
    problems += not_in_records(study, used.assign(grade_level=""))
    stop(problems)
    calendar = calendar[calendar["school_year"].isin(used["school_year"])].reset_index(drop=True)
    flow = _flow(days, kinds, faults, not_read)
    return SchoolDays(
        study, _finished(days, kinds, calendar), flow, calendar, here.period, weighs, basis, tuple(problems)
    )


def _no_year(study: Study, rows: pd.DataFrame) -> list[Problem]:
    """Refuse numbers of weeks of which nothing says the year, and totals that nothing tells."""
    if {"date", "week_start", "week_year", "school_year"} & set(rows):
        return []
    seen, why = "weeks are numbered, and nothing says of which year", "week 1 can mean January or September"
    fix = "map week_year (the calendar year), or school_year where weeks of school are numbered"
    return [Problem(f"{study.path.name}, records.columns", seen, why, fix)]


def _of_places(days: pd.DataFrame) -> list[SetAside]:
    nowhere = (days["school_id"] == "") & ~days["parent"]
    some_schools = (days["school_id"] != "").any()
    missing = nowhere if some_schools else nowhere & (days["district_id"] == "")
    return [
        SetAside(later("left out by the study"), days["left_out"].astype(bool)),
        SetAside(later("no school id") if some_schools else later("no district id"), missing, "the row belongs nowhere",
                 "fill the id in the source; if the row holds others, say so under records.parents"),
        SetAside(later("date not understood"), days["date"] == "", "the row has no place in the year",
                 "check date_format, week and week_year, or school_year as 2017-18"),
    ]  # fmt: skip


def _lacking(days: pd.DataFrame) -> pd.DataFrame:
    """Say in `hidden` why a row has no rate: what the source's mark says, else that there is none."""
    result = days.assign(set_aside="", mark=days["mark"].fillna(""))
    lacking = result["absence_rate"].isna()
    result["mark"] = result["mark"].where(lacking, "")
    result["hidden"] = (
        days["hidden"].where(result["mark"] != "", "").mask(lacking & (result["mark"] == ""), "not_available")
    )
    return result


def _of_numbers(days: pd.DataFrame) -> list[SetAside]:
    lacking, marked = days["absence_rate"].isna(), days["mark"] != ""
    share = days["published_rate"].where(days["published_rate"].notna(), days["absence_rate"])
    beyond = (days["absence_rate"] > 1) | (days["absence_rate"] < 0) | (share > 1) | (share < 0)
    apart = (days["days_absent"] + days["days_present"] - days["days_enrolled"]).abs() > TOLERANCE * days[
        "days_enrolled"
    ]
    by_mark = [
        SetAside(MARKED.format(mark=mark), days["mark"] == mark, "it is counted, and never taken for zero",
                 "nothing, if the mark is right", most_stops=False)
        for mark in sorted(set(days.loc[marked, "mark"]))
    ]  # fmt: skip
    return [
        *by_mark,
        SetAside(later("nobody enrolled"), (days["enrolled"] == 0) & lacking, "there is no rate of no days", "nothing"),
        SetAside(later("no number"), lacking & ~marked, "there is nothing to count",
                 "fill it in the source, or name a mark", most_stops=False),
        SetAside(later("more absent than enrolled, or a rate beyond 0 to 100%"), beyond, "it cannot be right",
                 "check the mapping, rates_are and days_are"),
        SetAside(later("days absent and present are not the days enrolled"), apart, "one of the three is wrong",
                 "check which columns are mapped"),
    ]  # fmt: skip


def _of_dates(study: Study, days: pd.DataFrame) -> list[SetAside]:
    years, last = study.settings.years, study.settings.as_of
    after = days["date"].str[:1].str.isdigit() & (days["date"] > (last or "9"))
    return [
        SetAside(later("school year not in the study"), ~days["school_year"].isin(years) & bool(years),
                 "the study names its years", "add the year under years", most_stops=False),
        SetAside(later("after the study's last day"), after, "the study says up to when it counts", "change as_of",
                 most_stops=False),
    ]  # fmt: skip


def _repeated(days: pd.DataFrame, kinds: tuple[str, ...]) -> list[SetAside]:
    """Find rows that say again what another says, and rows that disagree about the same school and date."""
    keys = ["school_year", "district_id", "school_id", *kinds, "date"]
    counting = days[days["set_aside"] == ""]
    again = counting.duplicated([*keys, "weight", "absent"])
    several = counting[~again].duplicated(keys, keep=False)
    fix = "keep one of them; where columns tell them apart (grade, kind of school), map these under groups"
    return [
        SetAside(later("the same row again"), again.reindex(days.index, fill_value=False), "it would count twice",
                 "remove it in the source"),
        SetAside(later("two rows of one place and date disagree"), several.reindex(days.index, fill_value=False),
                 "only one can be true; none is used", fix),
    ]  # fmt: skip


def _set_aside(days: pd.DataFrame, faults: list[SetAside]) -> list[SetAside]:
    """Write the first reason that holds into `set_aside`, and give the faults with the rows that are theirs."""
    found = []
    for fault in faults:
        own = fault.holds.astype(bool) & (days["set_aside"] == "")
        days.loc[own, "set_aside"] = fault.reason
        if own.any():
            found.append(replace(fault, holds=own))
    return found


def _sizes(days: pd.DataFrame) -> pd.DataFrame:
    """Count the schools (or areas) of each date that have a number; they stand for their students."""
    parts = days[(days["set_aside"] == "") & ~days["parent"]]
    return parts.groupby("date").size().rename("students").reset_index()


def _calendar(days: pd.DataFrame, given: pd.DataFrame | None, period: str) -> pd.DataFrame:
    """Make the calendar: the dates given, else those on which enough schools (or areas) have a number."""
    parts = days[(days["set_aside"] == "") & ~days["parent"]]  # of schools, not of their totals
    if given is None:
        sizes = parts.groupby(["school_year", "date"]).size()
        busy = pd.DataFrame({"rows": sizes[sizes >= INFERRED_SHARE * sizes.max()]}).reset_index()
        dates = busy[["school_year", "date"]].assign(note="")
    else:
        dates = given.copy()
        if period == "week":
            monday = pd.to_datetime(dates["date"]).dt.to_period("W-SUN").dt.start_time.dt.strftime("%Y-%m-%d")
            dates = dates.assign(date=monday).sort_values("note").drop_duplicates(["school_year", "date"], keep="last")
    dates = dates.sort_values(["school_year", "date"]).reset_index(drop=True)
    dates = dates.assign(near_break="other", basis="inferred" if given is None else "given")
    if given is not None and period == "day" and len(dates):
        years = [near_break(year["date"]) for _, year in dates.groupby("school_year", sort=True)]
        dates["near_break"] = pd.concat(years)
    return dates


def _on(days: pd.DataFrame, calendar: pd.DataFrame) -> "pd.Series[bool]":
    """Tell the rows whose date is in the calendar of their year."""
    return (days["school_year"] + " " + days["date"]).isin(set(calendar["school_year"] + " " + calendar["date"]))


def _off_calendar(days: pd.DataFrame, calendar: pd.DataFrame, given: bool) -> SetAside:
    off = ~_on(days, calendar)
    if given:
        return SetAside(
            later("not an instructional day"), off, "nobody is enrolled on a day without school", "correct the calendar"
        )
    share = f"{100 * INFERRED_SHARE:.0f}%"
    return SetAside(
        FEW_REPORT.format(share=share),
        off,
        "it is taken for no day of school",
        "if it was one, give the days of school under records.calendar",
    )


def _told(days: pd.DataFrame, faults: list[SetAside]) -> list[Draft]:
    drafts, total = [], len(days)
    for fault in (fault for fault in faults if fault.why):
        rows, first = int(fault.holds.sum()), int(days.loc[fault.holds, "file_row"].iloc[0])
        severity: Severity = "stops" if fault.most_stops and rows > total / 2 else "set_aside"
        drafts.append(
            Draft((first,), f"{fault.reason}: {rows:,} of {total:,} rows", fault.why, fault.fix, severity, rows)
        )
    return drafts


def _notes(used: pd.DataFrame) -> list[Draft]:
    """Note what is used and looks strange."""
    own = (used["absent"] / used["weight"]).where(used["enrolled"].notna())
    nobody, differ = (used["absence_rate"] == 1) & ~used["parent"], (own - used["published_rate"]).abs() > ROUNDED
    at_school = (used["school_id"] != "") & ~used["parent"]
    nowhere = at_school & (used["district_id"] == "") & bool((used.loc[at_school, "district_id"] != "").any())
    drafts = []
    for holds, seen, why, fix in (
        (nowhere, later("a school without a district"), later("it is in no row by district, and in all other tables"),
         later("fill it in the source")),
        (nobody, later("nobody was present"), later("the school may have been closed, or have submitted nothing"),
         later("if so, leave such rows out by where_not")),
        (differ, COUNTS_DIFFER, ONE_WRONG, later("ask the source; the counts are used")),
    ):  # fmt: skip
        if holds.any():
            drafts.append(draft_of(used, holds, seen, why, fix, severity="noted"))
    return drafts


def _finished(days: pd.DataFrame, kinds: tuple[str, ...], calendar: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows that are used, and those without a number on a day of school, for the coverage."""
    lacking = (days["hidden"] != "") & days["set_aside"].str.startswith("no number") & _on(days, calendar)
    columns = ["school_year", *PLACES, *kinds[1:], "date", "absence_rate", "weight", "absent", "hidden", "parent"]
    result = days[(days["set_aside"] == "") | lacking].sort_values(
        ["school_year", "district_id", "school_id", *kinds, "date"], ignore_index=True
    )[columns]
    for code, name in (("district_id", "district_name"), ("school_id", "school_name")):  # a name may change: the last
        known = result[name].where(result[name] != "").groupby([result["district_id"], result[code]])
        result[name] = known.transform("last").fillna("")
    return result


def _flow(days: pd.DataFrame, kinds: tuple[str, ...], faults: list[SetAside], not_read: int) -> pd.DataFrame:
    used = days[days["set_aside"] == ""]
    table = [("read", "", len(days) + not_read)]
    table += [("set aside", NOT_READ, not_read)] if not_read else []
    table += [("set aside", fault.reason, int(fault.holds.sum())) for fault in faults]
    table += [("used", "", len(used))]
    parents = int((used["parent"] | (used[list(kinds)] == ALL).any(axis=1)).sum())
    table += [("used", later("totals of the source's own, never added to their parts"), parents)] if parents else []
    return pd.DataFrame(table, columns=list(FLOW_COLUMNS[:3])).assign(students=float("nan"))
