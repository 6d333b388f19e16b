"""What a notebook says about itself: its title, its question, its parameters."""

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from analysis.language import told
from analysis.problems import Problem, UserError, nearest

_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


@dataclass(frozen=True)
class Notebook:
    """A notebook as it is stored.

    Parameters
    ----------
    path : its file; the stem is its name.
    title : the heading of its first markdown cell.
    question : the line in bold, in italics or in a quote under it; empty where there is none.
    parameters : the names in its `parameters` cell and the type of each.
    """

    path: Path
    title: str
    question: str
    parameters: Mapping[str, str]

    @property
    def name(self) -> str:
        """The stem of its file, such as `03_drivers`."""
        return self.path.stem


def read_notebook(path: Path) -> Notebook:
    """Read what a notebook says about itself.

    Raises
    ------
    UserError
        It is not there, is no notebook, or has no `parameters` cell.
    """
    try:
        node = nbformat.read(str(path), as_version=4)  # type: ignore[no-untyped-call]
    except FileNotFoundError:
        raise _unreadable(path, "there is no such notebook", "restore it from the repository") from None
    except Exception as error:  # nbformat raises errors of several libraries
        raise _unreadable(path, f"no notebook ({type(error).__name__})", "open and save it in JupyterLab") from None
    opening = told_prose(next((cell.source for cell in node.cells if cell.cell_type == "markdown"), ""))
    title = re.search(r"^# +(.+?) *$", opening, flags=re.MULTILINE)
    question = re.search(r"^(?:> *)?(?:\*\*|\*|__|_)(.+?)(?:\*\*|\*|__|_) *$", opening, flags=re.MULTILINE)
    cell = next((cell for cell in node.cells if "parameters" in cell.metadata.get("tags", ())), None)
    if cell is None:
        fix = "give its first code cell the tag 'parameters' in JupyterLab's property inspector"
        raise _unreadable(path, "no cell has the tag 'parameters'", fix)
    words = title[1] if title else path.stem
    return Notebook(path, words, question[1] if question else "", _declared(cell.source))


def told_prose(source: str) -> str:
    """Give a cell of prose in the language of the pages: each line of it is a message."""
    return "\n".join(map(told, source.split("\n")))


def _declared(source: str) -> dict[str, str]:
    found = {}
    for line in ast.parse(source).body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            found[line.target.id] = ast.unparse(line.annotation)
        elif isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            found[line.targets[0].id] = type(ast.literal_eval(line.value)).__name__
    return found


def check_parameters(notebook: Notebook, parameters: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Find parameters that a notebook does not have, and values of another type than it declares.

    The plain `papermill` command only warns of an unknown parameter and goes on; a notebook cannot stop it there.
    """
    problems = []
    for name, value in parameters.items():
        if name not in notebook.parameters:
            seen, fix = f"'{name}' is no parameter of this notebook", nearest(name, tuple(notebook.parameters))
            problems.append(Problem(notebook.name, seen, "it would have no effect", fix))
            continue
        kind = notebook.parameters[name]
        if kind in _TYPES and type(value) is not _TYPES[kind]:
            seen = f"parameter '{name}' is {type(value).__name__}, not {kind}"
            problems.append(Problem(notebook.name, seen, "the notebook would stop at it", f"write it as {kind}"))
    return tuple(problems)


def _unreadable(path: Path, seen: str, fix: str) -> UserError:
    return UserError("notebook", Problem(path.name, seen, "its page cannot be made", fix))
