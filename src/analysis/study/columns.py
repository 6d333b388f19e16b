"""Which of our columns each kind of records can have and needs, and what is wrong with how a study maps them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from analysis.problems import Problem, nearest
from analysis.study.file import Location, StudyFile
from analysis.vocabulary import ATTENDANCE_CODES, GRADE_WORDS, GRADES, PUBLISHED_NUMBERS, REASONS, SCHOOL_LEVELS

OTHER_TABLES = (
    "grade", "school", "district", "month", "week", "weekday", "reason", "date", "grade_and_school", "school_level",
)  # fmt: skip
"""Names after `absence_by_` that no student group can have."""

PLACES = ("district_id", "district_name", "school_id", "school_name", "grade_level", "school_year")
COLUMNS = {
    "student_days": (
        "student_id", "school_id", "grade_level", "date", "days_enrolled", "days_absent", "attendance_code",
        "absence_reason", "district_id", "district_name",
    ),
    "absence_events": (
        "student_id", "school_id", "grade_level", "date", "last_date", "period", "days_absent", "attendance_code",
        "absence_reason", "district_id", "district_name",
    ),
    "student_years": (
        *PLACES, "student_id", "days_enrolled", "days_absent", "days_present", "absence_rate", "attendance_rate",
    ),
    "school_days": (
        "school_id", "school_name", "school_level", "district_id", "district_name", "school_year", "date",
        "week_start", "week", "week_year", "students", "days_enrolled", "days_absent", "days_present", "absence_rate",
        "attendance_rate",
    ),
    "published_counts": (
        *PLACES, "school_level", "group", "group_level", *PUBLISHED_NUMBERS, "measure", "value",
    ),
}  # fmt: skip
"""Our names of the columns that a kind of records can have; a study's groups come on top."""
NEEDED = {
    "student_days": (("student_id",), ("school_id",), ("date",), ("days_absent", "attendance_code")),
    "absence_events": (("student_id",), ("school_id",), ("date",)),
    "student_years": (
        ("school_id",), ("school_year",), ("days_absent", "days_present", "absence_rate", "attendance_rate"),
    ),
    "school_days": (
        ("school_id", "district_id"), ("date", "week_start", "week"),
        ("days_absent", "days_present", "absence_rate", "attendance_rate"),
    ),
    "published_counts": (
        ("school_year",),
        (
            "chronically_absent", "chronic_rate", "regular_attenders", "regular_attendance_rate", "days_absent",
            "days_present", "absence_rate", "attendance_rate", "value",
        ),
    ),
}  # fmt: skip
"""Of each of these, one must be mapped or set."""
BESIDE = {
    "students": ("student_id",), "schools": ("school_id", "school_name", "school_level"),
    "calendar": ("date", "instructional", "note", "school_id"),
    "enrolment": (
        "student_id", "school_id", "entry_date", "exit_date", "grade_level", "school_year", "district_id",
    ),
}  # fmt: skip
"""Our names of the columns of a side table, of which the first must be mapped; groups come on top for persons."""
OF_PERSONS = ("students", "enrolment")
"""Side tables that can have the study's groups."""
IN_HALF_DAYS = ("published_counts", "school_days")
"""Kinds of records whose days can be counted in sessions of half a day."""
PARENTS = ("district_id", "school_id")
"""Our columns whose codes can stand for rows that hold others; in days of schools any mapped column can."""


def mapping_problems(file: StudyFile) -> Iterator[Problem]:
    """Check the mapping against what the kind of records can have."""
    records = file.values.get("records")
    if not isinstance(records, dict):
        return
    kind = records.get("kind")
    if kind in COLUMNS and "table" not in records:
        yield from _of_columns(file, records, kind)
    if records.get("days_are") == "half_days" and kind in COLUMNS and kind not in IN_HALF_DAYS:
        where, fix = file.where(("records", "days_are")), "map days (0.5 for half of one), and take this out"
        yield Problem(where, f"records of {kind} are not read in half days", "it would have no effect", fix)
    yield from _of_words(file, _mapping(records, "values"), kind)


def _of_columns(file: StudyFile, records: dict[str, Any], kind: str) -> Iterator[Problem]:
    groups = records["groups"] if isinstance(records.get("groups"), list) else []
    filters = [*_mapping(records, "where"), *_mapping(records, "where_not")]
    filters += _mapping(records, "parents") if kind == "school_days" else []
    names = [*COLUMNS[kind], *(group for group in groups if isinstance(group, str))]
    files = records.get("files", [])
    places: list[tuple[Location, Mapping[str, Any]]] = [(("records",), records)]
    places += [(("records", "files", number), one) for number, one in enumerate(files) if isinstance(one, dict)]
    found: set[str] = set()
    for location, part in places:
        yield from _of_sums(file, location, part, records)
        for key in ("columns", "set", "sums", "fallback"):
            for ours in _mapping(part, key):
                if key != "fallback":
                    found.add(ours)
                if (key, ours) == ("set", "student_id"):
                    where, fix = file.where((*location, key, ours)), "map the column that tells students apart"
                    yield Problem(where, "student_id is the same in all rows", "all would be one student", fix)
                if ours not in names and ours not in filters:
                    yield _no_column(file, (*location, key, ours), ours, names)
        if "{school_year}" in str(part.get("path", "")):
            found.add("school_year")
        unpivot = _mapping(part, "unpivot")
        if unpivot:
            yield from _of_unpivot(file, location, part, [*names, *filters], kind)
            found |= {str(unpivot.get("into")), *_mapping(unpivot, "columns")}
    yield from _of_groups(file, groups, kind)
    yield from _of_last_date(file, records, found)
    yield from _not_mapped(
        file, records, [one_of for one_of in NEEDED[kind] if not found & set(one_of)], found - {*names}
    )
    yield from _of_keys(file, records, [*names, *filters])
    yield from _of_parents(file, records, tuple(sorted(found)) if kind == "school_days" else PARENTS)
    yield from _of_side_tables(file, records, [group for group in names if group not in COLUMNS[kind]], found)


def _of_groups(file: StudyFile, groups: list[Any], kind: str) -> Iterator[Problem]:
    """Check the names of groups, by which columns and tables are called."""
    for number, group in enumerate(groups):
        where, seen = file.where(("records", "groups", number)), f"a group cannot be called '{group}'"
        if group in (*COLUMNS[kind], *OTHER_TABLES):
            yield Problem(where, seen, "something else has this name", "choose another name for it")
        elif "_and_" in str(group):  # the gate would protect the table as one of two levels
            yield Problem(where, seen, "tables of two levels are named so", "choose a name without '_and_'")


def _of_last_date(file: StudyFile, records: Mapping[str, Any], found: set[str]) -> Iterator[Problem]:
    """Check that it is known which days lie between two dates, and that each is a day of its own."""
    where = file.where(("records", "columns", "last_date"))
    if "last_date" in found and "calendar" not in records:
        seen, why = (
            "last_date is mapped, and there is no calendar",
            "nobody knows which days between are days of school",
        )
        yield Problem(where, seen, why, "map records.calendar")
    if {"last_date", "period"} <= found:
        seen, why = "last_date and period are mapped", "a part of a day would be that of each day"
        yield Problem(where, seen, why, "leave one out")


def _of_sums(
    file: StudyFile, location: Location, part: Mapping[str, Any], records: Mapping[str, Any]
) -> Iterator[Problem]:
    """Check that what is added up is not read from another place too."""
    elsewhere = [_mapping(part, key) for key in ("columns", "set", "fallback")]
    elsewhere += [_mapping(_mapping(part, "unpivot"), "columns")]
    elsewhere += [_mapping(records, key) for key in ("fallback", "extract")]
    for ours in {*_mapping(part, "sums")} & set().union(*elsewhere):
        where, seen = file.where((*location, "sums", ours)), f"'{ours}' is added up, and read otherwise too"
        yield Problem(where, seen, "only one can be right", "keep one")


def _of_unpivot(
    file: StudyFile, location: Location, part: Mapping[str, Any], names: list[str], kind: str
) -> Iterator[Problem]:
    """Check what columns become: columns of ours, each read from one place."""
    unpivot = _mapping(part, "unpivot")
    if kind == "absence_events":
        where, fix = (
            file.where((*location, "unpivot")),
            "write kind: student_days, and what an empty cell means: values",
        )
        yield Problem(where, "a column a day has a cell for every student", "an empty cell would be an absence", fix)
    into = unpivot.get("into")
    places = [((*location, "unpivot", "into"), into)] if isinstance(into, str) else []
    places += [((*location, "unpivot", "columns", ours), ours) for ours in _mapping(unpivot, "columns")]
    told: set[str] = set()
    for place, ours in places:
        if ours not in names:
            yield _no_column(file, place, ours, names)
        elif ours in told or ours in {*_mapping(part, "columns"), *_mapping(part, "set")}:
            seen, fix = f"'{ours}' is read from two places of this file", "keep one"
            yield Problem(file.where(place), seen, "only one can be right", fix)
        told.add(ours)


def _not_mapped(
    file: StudyFile, records: dict[str, Any], missing: list[tuple[str, ...]], unknown: set[str]
) -> Iterator[Problem]:
    """Say in one line which columns are needed, but for those that are there and misspelt."""
    near = {close for word in unknown for close in get_close_matches(word, sum(missing, ()), n=1, cutoff=0.6)}
    listed = [" or ".join(one_of) for one_of in missing if not near & set(one_of)]
    columns = [key for key in records if get_close_matches(key, ["columns"], cutoff=0.6)]
    told = columns and not isinstance(records.get("columns"), dict)  # misspelt, empty, or of another shape
    if listed and not told:
        seen = f"{', '.join(listed)}: not mapped"
        fix = "add each under columns, or under set where no file has it (not student_id)"
        fix = fix if "student_id" in listed else fix.partition(" (")[0]
        yield Problem(file.where(("records", "columns")), seen, "records of this kind need it", fix)


def _of_keys(file: StudyFile, records: dict[str, Any], names: list[str]) -> Iterator[Problem]:
    sides = [name for possible in BESIDE.values() for name in possible]
    for key, known in (("values", [*names, *sides]), ("extract", names)):
        for column in _mapping(records, key):
            if column not in known:
                why = "its words would not be read"
                yield _no_column(file, ("records", key, column), column, names, why)


def _of_parents(file: StudyFile, records: dict[str, Any], possible: tuple[str, ...]) -> Iterator[Problem]:
    for column in _mapping(records, "parents"):
        if column not in possible:
            where, fix = file.where(("records", "parents", column)), nearest(column, possible)
            yield Problem(where, f"'{column}' cannot tell parents", "their rows would be added to their parts", fix)


def _of_side_tables(file: StudyFile, records: dict[str, Any], groups: list[str], found: set[str]) -> Iterator[Problem]:
    if records["kind"] == "published_counts":
        for table in BESIDE.keys() & records.keys():
            where, seen = file.where(("records", table)), f"{table} stands beside published tables"
            yield Problem(where, seen, "it would not be used", "take it out")
        return
    for table, possible in BESIDE.items():
        side = _mapping(records, table)
        if not side:
            continue
        names, columns = [*possible, *(groups if table in OF_PERSONS else [])], _mapping(side, "columns")
        for ours in columns:
            if ours not in names:
                problem = _no_column(file, ("records", table, "columns", ours), ours, names)
                more = " (a group is named under 'groups' too)" if table in OF_PERSONS else ""
                yield replace(problem, fix=problem.fix + more)
        if columns and possible[0] not in columns:
            where = file.where(("records", table, "columns"))
            yield Problem(
                where, f"{possible[0]} is not mapped", "a row means nothing without it", "add it under columns"
            )
    yield from _of_enrolment(file, records, found)
    known = found.union(*(_mapping(_mapping(records, table), "columns") for table in OF_PERSONS))
    for number, group in enumerate(groups):
        if group not in known:
            where, seen = file.where(("records", "groups", number)), f"the group '{group}' is in no column"
            fix = "map it under columns of records, of students or of enrolment"
            yield Problem(where, seen, "no student would have it", fix)


def _of_enrolment(file: StudyFile, records: dict[str, Any], found: set[str]) -> Iterator[Problem]:
    """Check that a spell has a school and a year, and that a day's grade comes from one place."""
    side = _mapping(records, "enrolment")
    if not side:
        return
    if records["kind"] == "student_years":
        seen, fix = "enrolment stands beside records without dates", "take it out"
        yield Problem(file.where(("records", "enrolment")), seen, "it would not be used", fix)
    columns = set(_mapping(side, "columns"))
    files = side["files"] if isinstance(side.get("files"), list) else []
    for one in files:
        if isinstance(one, dict):
            columns |= {*_mapping(one, "columns"), *_mapping(one, "set")}
            columns |= {"school_year"} if "{school_year}" in str(one.get("path", "")) else set()
    where = file.where(("records", "enrolment", "columns"))
    for needed in (("school_id",), ("entry_date", "school_year")):
        if columns and not columns & set(needed):
            seen, fix = f"{' or '.join(needed)} is not mapped", "add it under columns"
            yield Problem(where, seen, "a spell means nothing without it", fix)
    if "grade_level" in found and ("grade_level" in columns or records["kind"] == "absence_events"):
        why = "the grade of a day is that of the spell that holds it"
        yield Problem(
            file.where(("records", "columns", "grade_level")), "grade_level is mapped of the records beside enrolment",
            why, "map it under enrolment alone",
        )  # fmt: skip


def _of_words(file: StudyFile, values: Mapping[str, Any], kind: Any) -> Iterator[Problem]:
    grades = (*GRADES, "all") if kind == "published_counts" else GRADES
    ours = {
        "attendance_code": ATTENDANCE_CODES, "absence_reason": REASONS, "grade_level": grades,
        "school_level": SCHOOL_LEVELS, "measure": PUBLISHED_NUMBERS,
        "instructional": ("true", "false"),
    }  # fmt: skip
    for column, words in ours.items():
        for theirs, word in _mapping(values, column).items():
            if word not in words:
                where = file.where(("records", "values", column, theirs))
                yield Problem(
                    where,
                    f"'{theirs}' is mapped to '{word}', which is no {column}",
                    "",
                    nearest(grade_or(str(word)), words),
                )


def _no_column(
    file: StudyFile, location: Location, ours: str, names: Sequence[str], why: str = "it would not be read"
) -> Problem:
    return Problem(file.where(location), f"'{ours}' is no column of ours", why, nearest(ours, names))


def grade_or(word: str) -> str:
    """Give our grade for a usual spelling of one, else the word itself."""
    return GRADE_WORDS.get(word.casefold(), word)


def _mapping(part: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = part.get(key, {})
    return found if isinstance(found, dict) else {}
