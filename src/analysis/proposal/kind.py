"""What a file is: records of one of the kinds, or a table beside them."""

from collections import Counter
from math import prod

from analysis.proposal.guess import NUMBERS, Guesses
from analysis.proposal.header_words import CODES
from analysis.proposal.sample import Column
from analysis.records.wording import KNOWN_WORDS, folded

MEASURES = {*NUMBERS} - {"students", "days_enrolled"}
DAYS_OF_A_YEAR = 366
LEAST_ROWS = 10
PARTS = {"excused", "unexcused", "authorised", "unauthorised", "suspension"}
CODE_OF = {word: ours for ours, words in CODES.items() for word in words.split(", ")}


def code_of(word: str) -> str:
    """Give what an attendance code usually means, empty where nobody can know."""
    return KNOWN_WORDS["attendance_code"].get(folded(word)) or CODE_OF.get(folded(word), "")


def kind_of(given: Guesses) -> tuple[str, str]:
    """Say what a table is, and why: a kind of records, `students`, `schools`, `calendar`; empty if it is not known."""
    has = {*given.found, *given.open}
    wide = any(column.pattern for column in given.sample.columns)
    measured, by_time = (
        wide or parted(given) or has & MEASURES,
        {ours for ours in has & {"date", "week"} if _varies(given, ours)},
    )
    has |= {"student_id"} if by_time == {"date"} and _of_students(given) else set()  # it has to be asked which column
    if "student_id" in has and ("date" in has or _from_a_date_to_a_date(given, has)):
        return ("student_days", "a row is a student, and a column a day") if wide else _days_or_events(given)
    if "student_id" in has and not measured:
        return (
            ("enrolment", "students with entry dates")
            if "entry_date" in has
            else ("students", "ids of students, and no absences")
        )
    if "student_id" in has:
        return "student_years", "a row is a student: no column has dates"
    if by_time:
        return ("school_days", "rows have a date or a week, and no student") if measured else ("calendar", "only dates")
    if measured:
        return _years_or_counts(given, has)
    return (
        ("schools", "schools, and no absences")
        if has & {"school_id", "school_name"}
        else ("", "nothing was understood")
    )


def _from_a_date_to_a_date(given: Guesses, has: set[str]) -> bool:
    """Tell absences with a first and a last date from spells of enrolment, and from totals beside such."""
    if not {"entry_date", "exit_date"} <= has or has & {*MEASURES, "days_enrolled"} - {"days_absent"}:
        return False
    of_absence = ("entry_date", "exit_date", "attendance_code", "absence_reason")
    named = any("absent" in column.words for name in of_absence for column in given.columns_for(name)[:1])
    return named or _has_codes(given)


def _has_codes(given: Guesses) -> bool:
    """Tell a column of attendance codes by its words."""
    codes = sum((column.counts for column in given.columns_for("attendance_code")[:1]), Counter[str]())
    return 2 * sum(size for word, size in codes.items() if code_of(word)) > codes.total()


def _of_students(given: Guesses) -> bool:
    """Tell rows of students, of whom no name says which column they are, by codes of attendance and several a day."""
    places = [given.found[name].column.cells for name in ("date", "school_id", "school_name") if name in given.found]
    return _has_codes(given) and 2 * len(set(zip(*places, strict=True))) < given.sample.rows


def parted(given: Guesses) -> list[Column]:
    """Name the parts of the days absent, excused and not, where no column has all of them."""
    if {"days_absent", "days_present", "absence_rate", "attendance_rate"} & {*given.found, *given.open}:
        return []
    columns = [one for one in given.sample.columns if PARTS & set(one.words) and {"absent", "day"} & set(one.words)]
    return [one for one in columns if one.numbers] if len(columns) > 1 else []


def _varies(given: Guesses, ours: str) -> bool:
    """Tell dates of rows from the one date of a file, such as the day on which it was made."""
    return any(len(column.counts) > 1 for column in given.columns_for(ours)) or given.sample.rows < LEAST_ROWS


def _years_or_counts(given: Guesses, has: set[str]) -> tuple[str, str]:
    """Tell totals of students without ids from published counts: nobody misses more days than a year has."""
    days = [given.found[ours].column for ours in ("days_absent", "days_enrolled") if ours in given.found]
    most = max((max(column.numbers) for column in days), default=DAYS_OF_A_YEAR + 1)
    if most <= DAYS_OF_A_YEAR and not has & {"students", "chronic_rate", "chronically_absent"}:
        counted = " and ".join(column.label for column in days)
        return "student_years", f"a row is a student: {counted} are {most:g} at most, and no column counts students"
    return "published_counts", "rows have counts or rates, and neither a student nor a date"


def _days_or_events(given: Guesses) -> tuple[str, str]:
    """Tell student-days from absences alone by the days on which somebody came."""
    if "date" not in {*given.found, *given.open}:
        return "absence_events", "a row is an absence of a student, from a date to a date"
    rows = given.sample.rows
    codes = sum((column.counts for column in given.columns_for("attendance_code")[:1]), Counter[str]())
    came = sum(size for word, size in codes.items() if code_of(word) == "present")
    zeros = sum(value == 0 for column in given.columns_for("days_absent")[:1] for value in column.numbers)
    came = came or zeros
    if not codes and not given.columns_for("days_absent"):
        return _without_code(given)
    if came > 0:
        return "student_days", f"a row is a student and day, present days too ({came:,} of {rows:,})"
    unknown = sum(size for word, size in codes.items() if not code_of(word))
    if unknown > rows / 2:
        return "student_days", "? or absence_events, if none of the codes is a day present"
    return (
        "absence_events",
        f"a row is a student and day, and none is a day present ({unknown:,} of {rows:,} are not understood)",
    )


def _without_code(given: Guesses) -> tuple[str, str]:
    """Tell rows of all days from rows of absences, where no column says which, by how many days a student has."""
    days = [len(set(column.cells)) for name in ("student_id", "date") for column in given.columns_for(name)[:1]]
    if 2 * given.sample.rows > prod(days):
        return (
            "student_days",
            "? a row is a student and day, nearly all days; nothing says on which one was absent",
        )
    return "absence_events", "? a row is a student and day, few of them; nothing says that they are absences"
