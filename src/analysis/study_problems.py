"""What is wrong with a study's file, all of it at once, each with line, column and the nearest right name."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from analysis.problems import Problem, UserError, nearest
from analysis.study_file import Location, StudyFile
from analysis.vocabulary import ATTENDANCE_CODES, GRADE_WORDS, GRADES, PUBLISHED_NUMBERS, REASONS, SCHOOL_LEVELS

M = TypeVar("M", bound=BaseModel)

SHAPES = {
    "model_type": "a mapping of keys", "dict_type": "a mapping (ours: theirs)", "tuple_type": "a list",
    "string_type": "one text",
}  # fmt: skip
"""Pydantic's kind of problem: the shape that is meant."""
KINDS = {
    "greater_than_equal": "under the least, which is {ge}", "greater_than": "not over {gt}",
    "less_than_equal": "over the most, which is {le}", "int_": "no whole number", "decimal_": "no number",
    "string_too_short": "empty", "string_too_long": "too long: at most {max_length} letter",
    "too_short": "empty", "": "not understood",
}  # fmt: skip
"""A part of pydantic's kind of problem: what the value is instead; the first that fits."""
EXAMPLES = {
    r"^[1-9][0-9]*(MB|GB)$": "8GB",
    r"^\d{4}-\d{2}$": "2017-18", r"^\d{4}-\d{2}-\d{2}$": "2018-06-12", r"^[a-z][a-z0-9_]*$": "race_ethnicity",
}  # fmt: skip
"""What has each of the patterns in study_values.py."""
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
        "student_id", "school_id", "grade_level", "date", "period", "days_absent", "attendance_code",
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


def validated(file: StudyFile, model: type[M]) -> M:
    """Read the settings out of a file.

    Raises
    ------
    UserError
        Every problem at once, but for those that only follow from another.
    """
    if not isinstance(file.values, dict) or not (file.values or file.problems):
        seen, fix = "the file holds no keys", "start with 'title: ...', or let 'absence init NAME' write a study"
        raise UserError("study", Problem(file.where(()), seen, "a study is keys with values", fix))
    problems, settings = list(file.problems), None
    try:
        settings = model.model_validate(file.values)
    except ValidationError as error:
        told = [location for location, _ in problems]
        found = [details for details in error.errors() if details["loc"] not in told]
        wrong = [details["loc"] for details in found if details["type"] not in ("too_short", "missing")]
        problems += [
            (details["loc"], _problem(file, details, model)) for details in found if not _follows(details, wrong)
        ]
    lines = dict.fromkeys([*(problem for _, problem in problems), *_of_records(file)])
    if lines or settings is None:
        raise UserError("study", sorted(lines, key=lambda problem: _place(problem.where)))
    return settings


def _follows(details: Any, wrong: list[Location]) -> bool:
    """Say whether a problem only follows from another: an item that is wrong, a key that is misspelt."""
    location: Location = details["loc"]
    if details["type"] == "too_short":
        return any(other[: len(location)] == location for other in wrong)
    return details["type"] == "missing" and _misspelt(location, wrong)


def _misspelt(location: Location, wrong: list[Location]) -> bool:
    beside = [str(other[-1]) for other in wrong if other[:-1] == location[:-1] and other]
    return bool(get_close_matches(str(location[-1]), beside, n=1, cutoff=0.6))


def _place(where: str) -> tuple[int, int]:
    numbers = [int(word.split()[-1]) for word in where.split(", ") if word.split()[0] in ("line", "column")]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)


def _problem(file: StudyFile, details: Any, model: type[BaseModel]) -> Problem:
    """Say in our words what pydantic found."""
    location: Location = tuple(part for part in details["loc"] if part != "[key]")
    name, where, kind = ".".join(map(str, location)), file.where(location), details["type"]
    seen, limits = details["input"], details.get("ctx", {})
    if kind == "extra_forbidden":
        names = tuple(_model_at(location[:-1], model).model_fields)
        fix = nearest(str(location[-1]), names)
        return Problem(where, f"'{location[-1]}' is no key here", "it would have no effect", fix)
    if kind == "missing":
        return Problem(where, f"'{name}' is missing", "the study cannot do without it", "add it")
    if kind == "literal_error":
        choices = limits["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return Problem(where, f"{name}: '{seen}' is no choice", "", nearest(_grade_or(str(seen)), choices))
    if kind == "value_error":
        return _of_value(file, location, str(limits["error"]))
    fix = "see docs/study.md"
    if kind in SHAPES:
        shown = "a list" if isinstance(seen, list) else "a mapping" if isinstance(seen, dict) else f"'{seen}'"
        if kind == "tuple_type" and isinstance(seen, str):
            fix = f"write it as [{seen}]"
        if kind == "model_type":
            fix = f"its keys are {', '.join(_model_at(location, model).model_fields)}"
        return Problem(where, f"{name}: {shown} stands where {SHAPES[kind]} is meant", "", fix)
    if kind == "string_pattern_mismatch":
        shown, fix = f"'{seen}' has another form", f"write it as {EXAMPLES[limits['pattern']]}"
    else:
        words = next(words for part, words in KINDS.items() if part in kind)
        shown = f"'{seen}' is {words.format(**limits)}" if seen else f"is {words.format(**limits)}"
    return Problem(where, f"{name}: {shown}", "", fix)


def _of_value(file: StudyFile, location: Location, message: str) -> Problem:
    """Place what a check of ours says: 'key: what is wrong; what to do', the key where it is one of several."""
    key, _, rest = message.rpartition(": ")
    if key:
        location = (*location, key)
    seen, _, fix = rest.partition("; ")
    return Problem(file.where(location), f"{'.'.join(map(str, location))}: {seen}", "", fix)


def _model_at(location: Location, model: type[BaseModel]) -> type[BaseModel]:
    for key in location:
        if isinstance(key, str) and key in model.model_fields:
            model = next(_models(model.model_fields[key].annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is Annotated or get_args(annotation):
        for argument in get_args(annotation):
            yield from _models(argument)


def _of_records(file: StudyFile) -> Iterator[Problem]:
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
                if ours not in names and ours not in filters:
                    where = file.where((*location, key, ours))
                    yield Problem(where, f"'{ours}' is no column of ours", "it would not be read", nearest(ours, names))
        if "{school_year}" in str(part.get("path", "")):
            found.add("school_year")
        unpivot = _mapping(part, "unpivot")
        if unpivot:
            yield from _of_unpivot(file, location, part, [*names, *filters], kind)
            found |= {str(unpivot.get("into")), *_mapping(unpivot, "columns")}
    for number, group in enumerate(groups):
        where, seen = file.where(("records", "groups", number)), f"a group cannot be called '{group}'"
        if group in (*COLUMNS[kind], *OTHER_TABLES):
            yield Problem(where, seen, "something else has this name", "choose another name for it")
        elif "_and_" in str(group):  # the gate would protect the table as one of two levels
            yield Problem(where, seen, "tables of two levels are named so", "choose a name without '_and_'")
    yield from _not_mapped(
        file, records, [one_of for one_of in NEEDED[kind] if not found & set(one_of)], found - {*names}
    )
    yield from _of_keys(file, records, [*names, *filters])
    yield from _of_parents(file, records, tuple(sorted(found)) if kind == "school_days" else PARENTS)
    yield from _of_side_tables(file, records, [group for group in names if group not in COLUMNS[kind]], found)


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
            fix = nearest(ours, names)
            yield Problem(file.where(place), f"'{ours}' is no column of ours", "it would not be read", fix)
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
        fix = "add each under columns, or under set where no file has it"
        yield Problem(file.where(("records", "columns")), seen, "records of this kind need it", fix)


def _of_keys(file: StudyFile, records: dict[str, Any], names: list[str]) -> Iterator[Problem]:
    sides = [name for possible in BESIDE.values() for name in possible]
    for key, known in (("values", [*names, *sides]), ("extract", names)):
        for column in _mapping(records, key):
            if column not in known:
                where = file.where(("records", key, column))
                yield Problem(
                    where, f"'{column}' is no column of ours", "its words would not be read", nearest(column, names)
                )


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
                where = file.where(("records", table, "columns", ours))
                fix = nearest(ours, names) + (" (a group is named under 'groups' too)" if table in OF_PERSONS else "")
                yield Problem(where, f"'{ours}' is no column of ours", "it would not be read", fix)
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
                    nearest(_grade_or(str(word)), words),
                )


def _grade_or(word: str) -> str:
    return GRADE_WORDS.get(word.casefold(), word)


def _mapping(part: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = part.get(key, {})
    return found if isinstance(found, dict) else {}
