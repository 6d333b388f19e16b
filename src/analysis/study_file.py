"""A YAML file as plain text values with the line and column of each, so that every problem can say where.

Everything is text (`01` stays `01`, `no` stays `no`); duplicate keys and empty values are problems.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from analysis.problems import Problem, UserError

Location = tuple[str | int, ...]


@dataclass
class StudyFile:
    """The text of a study and where each of its values stands.

    Parameters
    ----------
    path : the file.
    values : nested dicts, lists and strings.
    marks : (line, column) from 1, by location; a location is the keys and list positions that lead to a value.
    problems : duplicate keys and empty values.
    """

    path: Path
    values: Any = None
    marks: dict[Location, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def where(self, location: Location) -> str:
        """Say file, line and column of a value, or of the nearest thing that holds it."""
        while location and location not in self.marks:
            location = location[:-1]
        line, column = self.marks.get(location, (1, 1))
        return f"{self.path.name}, line {line}, column {column}"


def read_study_file(path: Path) -> StudyFile:
    """Read a study's YAML.

    Raises
    ------
    UserError
        The file is missing, not UTF-8, or not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, type(error).__name__) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = Problem(f"{path.name}{at}", f"not YAML: {error.problem}", "nothing can be read", "mend the line")
        raise UserError("study", problem) from None
    except yaml.YAMLError as error:
        raise _unreadable(path, str(error).splitlines()[0]) from None
    file = StudyFile(path)
    file.values = {} if node is None else _plain(node, (), file)
    return file


def _unreadable(path: Path, seen: str) -> UserError:
    fix = "give the path of a study's YAML file, such as studies/example.yaml"
    return UserError("study", Problem(str(path), f"cannot be read ({seen})", "a study is one YAML file in UTF-8", fix))


def _plain(node: yaml.Node, location: Location, file: StudyFile) -> Any:
    file.marks[location] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, location, file)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*location, position), file) for position, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode) and node.value == "" and node.style is None:
        name = ".".join(map(str, location)) or "the file"
        file.problems.append(
            Problem(file.where(location), f"'{name}' is empty", "an empty value has no meaning", "fill it or remove it")
        )
    return node.value


def _mapping(node: yaml.MappingNode, location: Location, file: StudyFile) -> dict[str, Any]:
    values: dict[str, Any] = {}
    first_lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        at = (*location, key)
        if key in values:
            file.marks[at] = (line, key_node.start_mark.column + 1)
            seen = f"'{key}' stands twice, first on line {first_lines[key]}"
            file.problems.append(Problem(file.where(at), seen, "only one can be meant", "remove one"))
            continue
        first_lines[key] = line
        values[key] = _plain(value_node, at, file)
        file.marks[at] = (line, key_node.start_mark.column + 1)
    return values
