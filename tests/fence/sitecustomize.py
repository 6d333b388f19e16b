"""Refuses every connection of a Python that tests start, kernels above all, but to this machine.

Python imports a module of this name when it starts; tests put this folder on its path (`conftest.no_network`).
"""

import socket
from typing import Any

HERE = ("127.0.0.1", "::1", "localhost")


def _fenced(name: str) -> None:
    as_it_was = getattr(socket.socket, name)

    def guarded(self: socket.socket, *asked: Any) -> Any:
        is_here = self.family == socket.AF_UNIX or asked[-1][0] in HERE
        assert is_here, "a test reaches no network"
        return as_it_was(self, *asked)

    setattr(socket.socket, name, guarded)


for _name in ("connect", "connect_ex", "sendto"):
    _fenced(_name)
