"""A progress bar that names each notebook and the question it answers."""

import threading
from collections.abc import Sequence
from typing import Self

from rich import progress
from rich.console import Console


class Progress:
    """Who wants to know how far a run is; by itself, nobody."""

    def planned(self, names: Sequence[str]) -> None:
        """Learn all pages of the report, before the first one starts."""

    def started(self, name: str, question: str) -> None:
        """Learn that a page's notebook runs (from a worker's thread); not where it is taken from an earlier run."""

    def finished(self, name: str, wrote_to_stderr: bool) -> None:
        """Learn that a page is written; `wrote_to_stderr` is a defect of a notebook, not of the records."""


class Bar(Progress):
    """Progress of a run, drawn on stderr; without a terminal, a plain line for each notebook that starts."""

    def __init__(self, title: str) -> None:
        self._console = Console(stderr=True)
        columns = (
            progress.BarColumn(30),
            progress.MofNCompleteColumn(),
            progress.TimeElapsedColumn(),
            progress.TextColumn("{task.description}", markup=False),
        )
        self._progress = progress.Progress(*columns, console=self._console, disable=not self._console.is_terminal)
        self._task = self._progress.add_task(title, total=None)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Start to draw."""
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop drawing."""
        self._progress.stop()

    def planned(self, names: Sequence[str]) -> None:
        """Learn how many pages there will be."""
        self._progress.update(self._task, total=len(names))

    def started(self, name: str, question: str) -> None:
        """Name the notebook and its question."""
        with self._lock:
            self._progress.update(self._task, description=f"{name}: {question}")
            if not self._console.is_terminal:
                self._console.print(f"{name}: {question}", markup=False, highlight=False, soft_wrap=True)

    def finished(self, name: str, wrote_to_stderr: bool) -> None:
        """Move the bar on; a notebook that wrote to stderr is named."""
        self._progress.advance(self._task)
        if wrote_to_stderr:
            self._console.print(f"{name} wrote to stderr: please report it", markup=False)
