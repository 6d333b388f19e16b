"""One notebook, executed by papermill in a fresh kernel; the result is the same bytes for the same inputs."""

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import DeadKernelError
from papermill.exceptions import PapermillExecutionError

from analysis.problems import Problem, UserError
from analysis.reporting.kernel import OwnKernelManager, private_folder
from analysis.reporting.notebook import Notebook, check_parameters

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_FRAME = re.compile(r"^(?:File |Cell )?(\S+?:\d+), in (\w+)", flags=re.MULTILINE)


@dataclass(frozen=True)
class Executed:
    """A notebook that ran to its end.

    Parameters
    ----------
    node : the notebook with its outputs, without times, paths and machine names.
    stderr : (number of the code cell, first line) for each cell that wrote to stderr; a page does not show it.
    """

    node: nbformat.NotebookNode
    stderr: tuple[tuple[int, str], ...]


def execute(
    notebook: Notebook, parameters: Mapping[str, Any], folder: Path, *, name: str = "", debug: bool = False
) -> Executed:
    """Run a notebook in a kernel of its own.

    Parameters
    ----------
    parameters : checked against the notebook's `parameters` cell.
    folder : the working folder of the kernel.
    name : how a failure names it; else the notebook's name.
    debug : a failure also lists the lines of code that led to it (never values).

    Raises
    ------
    UserError
        Unknown or wrong parameters; a cell that failed, in one line that holds no value of a person.
    """
    if problems := check_parameters(notebook, parameters):
        raise UserError("usage", problems)
    name = name or notebook.name
    for library in ("papermill", "traitlets"):  # nbclient speaks by the second: what failed is said by us, in one line
        logging.getLogger(library).setLevel(logging.CRITICAL)
    try:
        with private_folder() as config:
            node = papermill.execute_notebook(
                nbformat.read(str(notebook.path), as_version=4),  # type: ignore[no-untyped-call]
                None,
                parameters=dict(parameters),
                kernel_name="python3",
                language="python",
                progress_bar=False,
                request_save_on_cell_execute=False,
                kernel_manager_class=OwnKernelManager,
                config=config,
                resources={"metadata": {"path": str(folder)}},
                shutdown_kernel="immediate",
            )
    except PapermillExecutionError as error:
        raise _failure(name, error, bool(parameters), debug) from None
    except DeadKernelError:
        seen, fix = "its Python process died", "free some memory, or run with fewer notebooks at once (--jobs 1)"
        raise UserError("notebook", Problem(name, seen, "often memory ran out", fix)) from None
    return _clean(node)


def _failure(name: str, error: PapermillExecutionError, injected: bool, debug: bool) -> UserError:
    """Say what failed; only a UserError's own words pass, for other messages can hold a row of the records."""
    trace = _ANSI.sub("", "\n".join(error.traceback))
    number, line = int(error.exec_count or 1) - injected, _failed_line(error.source, trace)
    at = f"{name}, code cell {number}, `{line}`"
    if error.ename == "UserError":
        lines = str(error.evalue).splitlines() or ["stopped"]
        return UserError("notebook", [Problem(at, line, "", "") for line in lines])
    if refused := _of_machine(error):
        return UserError("notebook", Problem(at, f"stopped with a {error.ename}", "the machine stopped it", refused))
    frames = _FRAME.findall(trace)
    led = "; ".join(f"{place} {function}" for place, function in frames) if debug else ""
    fix = "" if debug else "run again with --debug to see where"
    return UserError("notebook", Problem(at, f"stopped with a {error.ename}", led, fix))


def _of_machine(error: PapermillExecutionError) -> str:
    """Say what can be done where memory ran out or the system refused; of its words only the number is read."""
    if error.ename == "MemoryError":
        return "free some memory, or run with fewer notebooks at once (--jobs 1)"
    number = re.match(r"\[Errno (\d+)\]", str(error.evalue))
    return f"{os.strerror(int(number[1]))}: make room, or give yourself the right to the folder" if number else ""


def _failed_line(source: str, trace: str) -> str:
    found = re.search(r"Cell In\[\d+\], line (\d+)", trace)
    lines = source.splitlines()
    return lines[int(found[1]) - 1].strip() if found and int(found[1]) <= len(lines) else ""


def _clean(node: nbformat.NotebookNode) -> Executed:
    stderr: list[tuple[int, str]] = []
    for position, cell in enumerate(node.cells):
        cell["id"] = f"cell-{position}"
        cell["metadata"] = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            if output.get("name") == "stderr":
                stderr.append((int(cell.execution_count or 0), str(output.text).strip().splitlines()[0]))
        cell["outputs"] = [_clean_output(output) for output in cell.outputs if output.get("name") != "stderr"]
    node["metadata"] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
    }
    return Executed(node, tuple(stderr))


def _clean_output(output: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop the text beside HTML or a picture: it may hold the address of an object, which differs from run to run."""
    if "data" in output:
        if set(output.data) & {"text/html", "image/svg+xml", "text/markdown"}:
            output.data.pop("text/plain", None)
        output["metadata"] = {}
    return output
