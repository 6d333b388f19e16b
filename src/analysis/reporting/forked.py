"""Kernels that are forked from a process which has done the imports: as fresh and alone as cold ones, there at once.

The process is `multiprocessing`'s fork server: one thread, no connection to the engine, no messages, so that a fork of
it is safe. What a cold kernel imports in seconds a forked one has from its first moment; nothing else is shared, and
nothing that a notebook does goes back. Where the system cannot fork, kernels start cold: slower, with the same bytes.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from types import ModuleType
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

PRELOADED = "analysis.reporting.preload"
CAN_FORK = "forkserver" in multiprocessing.get_all_start_methods() and sys.platform == "linux"
"""Forking a process with Apple's libraries loaded is not safe; Windows has no fork."""

_starting = threading.Lock()


class ForkedKernel:
    """What jupyter_client asks of a kernel's process, of one that was forked."""

    stdin = stdout = stderr = None

    def __init__(self, process: ForkServerProcess) -> None:
        """Take a process that was started."""
        self._process = process
        self.pid = process.pid

    def poll(self) -> int | None:
        """Give the exit code, None while the process runs."""
        return self._process.exitcode

    def wait(self) -> int | None:
        """Wait for the end, and give the exit code."""
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal, if there is still somebody to hear it."""
        if self.pid is not None and self.poll() is None:
            os.kill(self.pid, number)
        if number == signal.SIGKILL:  # gone in milliseconds; jupyter_client would look again in a tenth of a second
            self._process.join(1)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


class ForkingProvisioner(LocalProvisioner):
    """Starts a kernel by a fork; everything else is as for a process of this machine."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel that reads the connection file named in `cmd`; start it cold where the server has just died."""
        try:
            forked = fork(cmd[cmd.index("-f") :], kwargs["env"], kwargs["cwd"])
        except (EOFError, OSError):
            return await super().launch_kernel(cmd, **kwargs)
        self.process = forked  # type: ignore[assignment]
        self.pid = forked.pid
        return self.connection_info


def fork(arguments: Sequence[str], environment: Mapping[str, str], folder: str) -> ForkedKernel:
    """Start a kernel from the fork server, which starts with the first one."""
    context = multiprocessing.get_context("forkserver")
    with _starting:
        context.set_forkserver_preload([PRELOADED])
        before, main = dict(os.environ), sys.modules["__main__"]
        os.environ.update(environment)  # the server has the first kernel's: above all the seed of hashes
        sys.modules["__main__"] = ModuleType("__main__")  # else each kernel would run the script that started the run
        try:
            process = context.Process(
                target=_become_kernel, args=(list(arguments), dict(environment), folder), daemon=True
            )
            process.start()
        finally:
            sys.modules["__main__"] = main
            os.environ.clear()
            os.environ.update(before)
    return ForkedKernel(process)


def _become_kernel(arguments: list[str], environment: dict[str, str], folder: str) -> None:
    import numpy as np  # noqa: PLC0415  (of the fork's preloaded modules)
    from ipykernel.kernelapp import IPKernelApp  # noqa: PLC0415
    from matplotlib_inline.backend_inline import _enable_matplotlib_integration  # noqa: PLC0415

    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["ipykernel_launcher", *arguments]
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # nobody debugs a run; to import it is half of the start
    np.random.seed()  # else every fork would draw the same
    threading.Thread(target=_end_with_the_run, daemon=True).start()
    app = IPKernelApp.instance(parent_handle=os.getppid())  # a kernel whose server is gone ends itself
    app.initialize(arguments)  # type: ignore[no-untyped-call]
    _enable_matplotlib_integration()  # type: ignore[no-untyped-call]
    app.start()  # type: ignore[no-untyped-call]


def _end_with_the_run() -> None:
    """End when the run has, however it ended: a server lives as long as its kernels, and they live as long as it."""
    run = multiprocessing.parent_process()
    if run is not None:
        run.join()
        os._exit(1)
