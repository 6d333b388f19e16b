"""A YAML file as plain text values with the line and column of each, so that every problem can say where.

Everything is text (`01` stays `01`, `no` stays `no`); duplicate keys and empty values are problems.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from analysis.problems import Problem, UserError

Location = tuple[str | int, ...]

WORDS = (
    ("'\\t'", "a tab", "use spaces instead"),
    ("mapping values are not allowed", "a colon where none can be",
     "put a value that holds ': ' in quotes, or indent the keys of one part alike"),
    ("cannot start any token", "a value cannot begin so", "put the value in quotes"),
    ("alias", "a value that begins with '*' and names no anchor of this file", "put the value in quotes"),
    ("unexpected end of stream", "a quote that is never closed", "close it"),
    ("another document", "a second document ('---')", "keep one"),
    ("expected ',' or", "a bracket that is not closed as it should be", "close it; values in it are parted by commas"),
    ("could not find expected ':'", "a key without a colon", "write 'key: value'"),
    ("<block end>", "a line that does not fit those above it", "indent the keys of one part alike"),
)  # fmt: skip
"""A part of PyYAML's message, what it means, and what to do."""


@dataclass
class StudyFile:
    """The text of a study and where each of its values stands.

    Parameters
    ----------
    path : the file.
    values : nested dicts, lists and strings.
    marks : (line, column) from 1, by location; a location is the keys and list positions that lead to a value.
    problems : duplicate keys, empty values and keys that are no text, each with its location.
    """

    path: Path
    values: Any = None
    marks: dict[Location, tuple[int, int]] = field(default_factory=dict)
    problems: list[tuple[Location, Problem]] = field(default_factory=list)

    def where(self, location: Location) -> str:
        """Say file, line and column of a value, or of the nearest thing that holds it."""
        while location and location not in self.marks:
            location = location[:-1]
        return _at(self.path, *self.marks.get(location, (1, 1)))


def read_study_file(path: Path) -> StudyFile:
    """Read a study's YAML.

    Raises
    ------
    UserError
        The file is missing, not UTF-8, or not YAML.
    """
    file = StudyFile(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        file.values = {} if node is None else _plain(node, (), file)
    except UnicodeDecodeError:
        raise _stop(str(path), "is not UTF-8", "save it as UTF-8") from None
    except OSError as error:
        fix = "give the path of a study's YAML file, such as studies/example.yaml"
        raise _stop(str(path), f"cannot be read ({(error.strerror or 'failed').lower()})", fix) from None
    except RecursionError:
        raise _stop(
            str(path), "holds itself (an anchor inside its own value), or is nested too deep", "write it flat"
        ) from None
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(path, error) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _stop(f"{path.name}, line {line}", "a character that is no text", "remove it") from None
    return file


def _at(path: Path, line: int, column: int) -> str:
    return f"{path.name}, line {line}, column {column}"


def _stop(where: str, seen: str, fix: str) -> UserError:
    return UserError("study", Problem(where, seen, "a study is one YAML file", fix))


def _not_yaml(path: Path, error: yaml.MarkedYAMLError) -> UserError:
    said = f"{error.context or ''}: {error.problem or ''}"
    seen, fix = next(((seen, fix) for part, seen, fix in WORDS if part in said), (error.problem or "", "mend the line"))
    # What is never closed is mended where it begins, not where the file ends.
    never_closed = "unexpected end" in said or "expected ',' or" in said
    mark = (error.context_mark if never_closed else None) or error.problem_mark
    where = _at(path, mark.line + 1, mark.column + 1) if mark else path.name
    return UserError("study", Problem(where, f"not YAML: {seen}", "nothing can be read", fix))


def _plain(node: yaml.Node, location: Location, file: StudyFile) -> Any:
    line, column = file.marks[location] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, location, file)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*location, position), file) for position, item in enumerate(node.value)]
    if node.value == "" and getattr(node, "style", None) is None:
        seen = f"'{'.'.join(map(str, location))}' is empty"
        problem = Problem(
            _at(file.path, line, column), seen, "an empty value has no meaning", "fill it or remove its key"
        )
        file.problems.append((location, problem))
    return node.value


def _mapping(node: yaml.MappingNode, location: Location, file: StudyFile) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        mark = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        key = key_node.value
        if not isinstance(key_node, yaml.ScalarNode):
            problem = Problem(_at(file.path, *mark), "a key is a bracket", "a key is a word", "put it in quotes")
            file.problems.append((location, problem))
        elif key in values:
            seen = f"'{key}' stands twice, first on line {file.marks[*location, key][0]}"
            problem = Problem(_at(file.path, *mark), seen, "only one can be meant", "remove one")
            file.problems.append(((*location, key), problem))
        else:
            values[key] = _plain(value_node, (*location, key), file)
            file.marks[*location, key] = mark
    return values
