"""What is wrong with a study's file, all of it at once, each with line, column and the nearest right name."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from analysis.problems import Problem, UserError, nearest
from analysis.study.columns import grade_or, mapping_problems
from analysis.study.file import Location, StudyFile

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
"""What has each of the patterns in study/values.py."""


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
    lines = dict.fromkeys([*(problem for _, problem in problems), *mapping_problems(file)])
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
        return Problem(where, f"{name}: '{seen}' is no choice", "", nearest(grade_or(str(seen)), choices))
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
