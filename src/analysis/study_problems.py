"""What is wrong with a study's file, all of it at once, each with line, column and the nearest right name."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from analysis.problems import Problem, UserError, nearest
from analysis.study_file import Location, StudyFile
from analysis.vocabulary import ATTENDANCE_CODES, GRADE_WORDS, GRADES, REASONS

M = TypeVar("M", bound=BaseModel)

PLACES = ("district_id", "district_name", "school_id", "school_name", "grade_level", "school_year")
COLUMNS = {
    "student_days": (
        "student_id", "school_id", "grade_level", "date", "days_enrolled", "days_absent", "attendance_code",
        "absence_reason", "district_id", "district_name",
    ),
    "published_counts": (
        *PLACES, "group", "group_level", "students", "chronically_absent", "chronic_rate", "days_enrolled",
        "days_absent", "absence_rate", "attendance_rate",
    ),
}  # fmt: skip
"""Our names of the columns that a kind of records can have; a study's groups come on top."""
NEEDED = {
    "student_days": (("student_id",), ("school_id",), ("date",), ("days_absent", "attendance_code")),
    "published_counts": (
        ("school_year",),
        ("chronically_absent", "chronic_rate", "days_absent", "absence_rate", "attendance_rate"),
    ),
}  # fmt: skip
"""Of each of these, one must be mapped or set."""
BESIDE = {
    "students": ("student_id",), "schools": ("school_id", "school_name", "school_level"),
    "calendar": ("date", "instructional", "note"),
}  # fmt: skip
"""Our names of the columns of a side table, of which the first must be mapped; groups come on top for students."""
LATER = ("absence_events", "student_years", "school_days")


def validated(file: StudyFile, model: type[M]) -> M:
    """Read the settings out of a file.

    Raises
    ------
    UserError
        Every problem at once.
    """
    if not isinstance(file.values, dict):
        seen = "the file holds no keys"
        raise UserError(
            "study", Problem(file.where(()), seen, "a study is keys with values", "start with 'title: ...'")
        )
    problems = [*file.problems, *_of_records(file)]
    settings = None
    try:
        settings = model.model_validate(file.values)
    except ValidationError as error:
        known = {problem.where for problem in problems}
        broken = [details["loc"] for details in error.errors() if details["type"] != "too_short"]
        for details in error.errors():
            follows = details["type"] == "too_short" and any(
                inner[: len(details["loc"])] == details["loc"] for inner in broken
            )
            problem = _problem(file, details, model)
            if not follows and problem.where not in known:
                problems.append(problem)
    if problems or settings is None:
        raise UserError("study", sorted(dict.fromkeys(problems), key=lambda problem: _place(problem.where)))
    return settings


def _place(where: str) -> tuple[int, int]:
    numbers = [int(word.split()[-1]) for word in where.split(", ") if word.split()[0] in ("line", "column")]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)


def _problem(file: StudyFile, details: Any, model: type[BaseModel]) -> Problem:
    location: Location = details["loc"]
    name = ".".join(str(part) for part in location)
    where, kind, seen = file.where(location), details["type"], details["input"]
    if kind == "extra_forbidden":
        names = tuple(_model_at(location[:-1], model).model_fields)
        return Problem(
            where, f"'{location[-1]}' is no key here", "it would have no effect", nearest(str(location[-1]), names)
        )
    if kind == "missing":
        return Problem(where, f"'{name}' is missing", "the study cannot do without it", "add it")
    if kind == "literal_error":
        choices = details["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
        return Problem(where, f"{name}: '{seen}' is no choice", "", nearest(_grade_or(str(seen)), choices))
    if kind == "string_pattern_mismatch":
        example = "2017-18" if details["ctx"]["pattern"].count("-") == 1 else "2018-06-12"
        return Problem(where, f"{name}: '{seen}' has another form", "", f"write it as {example}")
    message = details["msg"].removeprefix("Value error, ").removeprefix("Input ")
    shown = f"'{seen}' " if isinstance(seen, str) else ""
    return Problem(
        where, f"{name}: {shown}{message[0].lower()}{message[1:]}", "", "docs/study.md says what may stand here"
    )


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
    if kind in LATER:
        fix = f"for now: {', '.join(COLUMNS)}"
        yield Problem(file.where(("records", "kind")), f"records of kind {kind} cannot be read yet", "", fix)
    if kind in COLUMNS:
        yield from _of_columns(file, records, kind)
    yield from _of_words(file, _mapping(records, "values"), kind)


def _of_columns(file: StudyFile, records: dict[str, Any], kind: str) -> Iterator[Problem]:
    groups = records["groups"] if isinstance(records.get("groups"), list) else []
    filters = [*_mapping(records, "where"), *_mapping(records, "where_not")]
    names = [*COLUMNS[kind], *(group for group in groups if isinstance(group, str))]
    files = records.get("files", [])
    places: list[tuple[Location, Mapping[str, Any]]] = [(("records",), records)]
    places += [(("records", "files", number), one) for number, one in enumerate(files) if isinstance(one, dict)]
    found: set[str] = set()
    for location, part in places:
        for key in ("columns", "set"):
            for ours in _mapping(part, key):
                found.add(ours)
                if ours not in names and ours not in filters:
                    where = file.where((*location, key, ours))
                    yield Problem(where, f"'{ours}' is no column of ours", "it would not be read", nearest(ours, names))
        if "{school_year}" in str(part.get("path", "")):
            found.add("school_year")
    for one_of in NEEDED[kind]:
        if not found & set(one_of):
            what = " or ".join(one_of)
            yield Problem(
                file.where(("records", "columns")),
                f"{what} is not mapped",
                "records of this kind need it",
                "add it under columns",
            )
    if kind == "student_days":
        yield from _of_side_tables(file, records, [group for group in names if group not in COLUMNS[kind]], found)


def _of_side_tables(file: StudyFile, records: dict[str, Any], groups: list[str], found: set[str]) -> Iterator[Problem]:
    for table, possible in BESIDE.items():
        side = _mapping(records, table)
        if not side:
            continue
        names, columns = [*possible, *(groups if table == "students" else [])], _mapping(side, "columns")
        for ours in columns:
            if ours not in names:
                where = file.where(("records", table, "columns", ours))
                fix = nearest(ours, names) + (" (a group is named under 'groups' too)" if table == "students" else "")
                yield Problem(where, f"'{ours}' is no column of ours", "it would not be read", fix)
        if columns and possible[0] not in columns:
            where = file.where(("records", table, "columns"))
            yield Problem(
                where, f"{possible[0]} is not mapped", "a row means nothing without it", "add it under columns"
            )
    known = found | set(_mapping(_mapping(records, "students"), "columns"))
    for number, group in enumerate(groups):
        if group not in known:
            where, seen = file.where(("records", "groups", number)), f"the group '{group}' is in no column"
            fix = "map it under columns of records or of students"
            yield Problem(where, seen, "no student would have it", fix)


def _of_words(file: StudyFile, values: Mapping[str, Any], kind: Any) -> Iterator[Problem]:
    grades = (*GRADES, "all") if kind == "published_counts" else GRADES
    ours = {"attendance_code": ATTENDANCE_CODES, "absence_reason": REASONS, "grade_level": grades}
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
