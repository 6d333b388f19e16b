"""What a run uses: time, and the most memory of its processes together. Said at its end, and never written down."""

import time
from threading import Event, Thread
from types import TracebackType
from typing import Self

import psutil

LOOK_AGAIN = 0.5
"""Seconds between two looks."""


class Use:
    """Looks at this process and those below it while a block runs: `str()` says what they used."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._most = 0
        self._over = Event()
        self._looking = Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        """Start to look."""
        self._looking.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop to look."""
        self._over.set()
        self._looking.join()

    def __str__(self) -> str:
        """Say the time and the memory."""
        return f"It took {time.monotonic() - self._started:,.0f} s and at most {self._most / 1e9:.1f} GB of memory."

    def _look(self) -> None:
        own = psutil.Process()
        while not self._over.is_set():
            self._most = max(self._most, sum(map(_memory, (own, *own.children(recursive=True)))))
            self._over.wait(LOOK_AGAIN)


def _memory(process: psutil.Process) -> int:
    """Give a process's own memory; what forks share counts once, where the system tells."""
    try:
        whole = process.memory_full_info()
    except psutil.Error:  # it ended meanwhile
        return 0
    return int(getattr(whole, "pss", whole.rss))
