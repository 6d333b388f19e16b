"""What numbers themselves say of the columns that were guessed: counts that give a rate, counts that are no days."""

import re

from analysis.proposal.guess import MOST, Guess, Guesses, is_percent
from analysis.proposal.sample import Column, is_number, number

OF_DAYS = ("days_enrolled", "days_present")
OF_NUMBERS = {"number", "count", "student", "numerator", "total"}
"""What the name of a number of students says."""


def agreed(given: Guesses) -> Guesses:
    """Let numbers decide which columns are the counts of a rate: those that give it.

    A count alone beside a rate can be of all students or of those who are absent, so it is asked about.
    """
    found, asked = dict(given.found), dict(given.open)
    _shares_of_students(found)
    rate, count = found.get("chronic_rate"), found.get("chronically_absent")
    if count and not {"chronic", "pa"} & set(count.column.words):  # a 'Numerator' is of what the table is about
        attending = {"regular_attenders", "regular_attendance_rate"} & {*found, *asked}
        if attending and "regular_attenders" not in found:
            found["regular_attenders"] = Guess(
                "regular_attenders", count.column, f"{count.why}, beside a rate of those who attend"
            )
        if attending:
            del found["chronically_absent"]
    _tiers(given, found, asked)
    _days_or_students(found, asked)
    _number_or_percent(found, asked)
    _rate_of_days_or_students(found, asked)
    if rate is None:
        return Guesses(given.sample, found, asked)
    for ours, other in (("students", "chronically_absent"), ("chronically_absent", "students")):
        if other not in found:
            continue
        known = {one.column.place for name, one in found.items() if name != ours}
        giving = {}
        for one in given.sample.columns:
            if one.numbers and one.place not in known:
                pair = {ours: one, other: found[other].column}
                rows, agree = _gives(pair["chronically_absent"], pair["students"], rate.column)
                if rows and agree >= MOST * rows:
                    giving[one] = f"with {one.label} counts give the rates in {agree:,} of {rows:,} rows"
        if len(giving) == 1:
            ((column, why),) = giving.items()
            found[ours] = Guess(ours, column, why)
            asked.pop(ours, None)
    students = found.get("students")
    of_all = {"chronic", "enrol", "total", "all", "denominator", "den"}
    if students and "chronically_absent" not in found and not of_all & set(students.column.words):
        asked["chronically_absent"] = asked["students"] = [found.pop("students").column]
    return Guesses(given.sample, found, asked)


def _tiers(given: Guesses, found: dict[str, Guess], asked: dict[str, list[Column]]) -> None:
    """Ask about the tiers that the chronically absent are parted into, where no column counts all of them."""
    if {"chronically_absent", "chronic_rate"} & {*found, *asked}:
        return
    named = {tier: [one for one in given.sample.columns if tier in one.name.lower()] for tier in ("moderate", "severe")}
    tiers = [one for some in named.values() for one in some if one.numbers and all(map(float.is_integer, one.numbers))]
    if [len(some) for some in named.values()] == [1, 1] and len(tiers) == len(named):
        asked["chronically_absent"] = tiers


def _shares_of_students(found: dict[str, Guess]) -> None:
    """Take what is absent for students who are chronically absent where the rate is that of students, not of days."""
    count, students, rate = (found.get(name) for name in ("days_absent", "students", "absence_rate"))
    if not (count and students and rate) or {"chronically_absent", "chronic_rate", *OF_DAYS} & found.keys():
        return
    rows, agree = _gives(count.column, students.column, rate.column)
    if rows and agree >= MOST * rows:
        why = f"a share of students: with {students.column.label} counts give the rates in {agree:,} of {rows:,} rows"
        found["chronically_absent"] = Guess("chronically_absent", found.pop("days_absent").column, why)
        found["chronic_rate"] = Guess("chronic_rate", found.pop("absence_rate").column, why)


def _days_or_students(found: dict[str, Guess], asked: dict[str, list[Column]]) -> None:
    """Ask whether a number absent is of days or of students, where neither its name nor another column says it."""
    columns = [found["days_absent"].column] if "days_absent" in found else asked.get("days_absent", [])
    if not columns or {"student_id", "date", "week", "chronically_absent", *OF_DAYS} & {*found, *asked}:
        return
    known = any("day" in column.words for column in columns) or ("days_absent" in found and "students" not in found)
    if not known:
        found.pop("days_absent", None)
        asked["days_absent"] = asked["chronically_absent"] = columns


def _number_or_percent(found: dict[str, Guess], asked: dict[str, list[Column]]) -> None:
    """Ask whether whole numbers up to 100 are of students or percents, where neither their name nor a rate says it."""
    if "chronically_absent" not in found or {"chronic_rate", "regular_attendance_rate"} & {*found, *asked}:
        return
    column = found["chronically_absent"].column
    persons = re.search(r"(?i)absent(ee)?s?([^a-z]|$)", column.said)  # 'Chronically Absent', no 'Chronic Absenteeism'
    if not (persons or OF_NUMBERS & set(column.words)) and max(column.numbers) <= 100:
        del found["chronically_absent"]
        asked["chronically_absent"] = asked["chronic_rate"] = [column]


def _rate_of_days_or_students(found: dict[str, Guess], asked: dict[str, list[Column]]) -> None:
    """Ask whether a rate absent is of days or of students, where neither its name nor another column says it.

    In New York the 'ABSENT_RATE' of a table is the share of students who are chronically absent.
    """
    days = {"student_id", "date", "week", "days_absent", "chronic_rate", *OF_DAYS}
    if "absence_rate" not in found or days & {*found, *asked}:
        return
    column, attended = found["absence_rate"].column, found.get("attendance_rate")
    if "day" in column.words or (attended and _make_a_whole(column, attended.column)):
        return
    del found["absence_rate"]
    asked["absence_rate"] = asked["chronic_rate"] = [column]


def _make_a_whole(absent: Column, attended: Column) -> bool:
    """Tell whether two rates are of the days absent and of all other days."""
    pairs = [pair for pair in zip(absent.cells, attended.cells, strict=True) if all(map(is_number, pair))]
    whole = 100 if is_percent(attended) else 1
    near = sum(abs(number(one) + number(other) - whole) <= 0.0051 * whole for one, other in pairs)
    return bool(pairs) and near >= MOST * len(pairs)


def _gives(count: Column, students: Column, rate: Column) -> tuple[int, int]:
    """Count the rows that have all three numbers, and those in which the counts give the rate as it is rounded."""
    scale, rows, agree = (100 if is_percent(rate) else 1), 0, 0
    for one, of, share in zip(count.cells, students.cells, rate.cells, strict=True):
        if all(map(is_number, (one, of, share))) and number(of) > 0:
            rounding = 0.51 * 10 ** -len(share.partition(".")[2].rstrip("% "))
            rows += 1
            agree += abs(scale * number(one) / number(of) - number(share)) <= rounding
    return rows, agree
