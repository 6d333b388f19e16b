"""The kernel that runs a notebook: this very Python, a private folder, nothing of the user's own set-up."""

import math
import os
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory
from typing import Any
from weakref import WeakSet

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop
from traitlets import default
from traitlets.config import Config

from analysis.reporting.forked import CAN_FORK, ForkingProvisioner

_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONWARNINGS": "default",
}
"""The same bytes on every run: one order of sets, one order of floating sums. Warnings are seen, by tests on stderr."""


class OwnKernelClient(AsyncKernelClient):
    """Talks to a kernel from its first answer on; jupyter_client listens for 0.2 s more, a fifth of a school's page."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until an answer, and what the kernel tells everybody of it, have come.

        Raises
        ------
        RuntimeError
            The kernel died, or had no answer in `timeout` seconds.
        """
        until = time.monotonic() + (timeout or math.inf)
        while time.monotonic() < until and await self.is_alive():
            asked = self.kernel_info()
            with suppress(Empty):  # what was told before anybody listened is lost: ask again
                await self.shell_channel.get_msg(timeout=1)
                while True:
                    told = await self.iopub_channel.get_msg(timeout=0.2)
                    of_this = told["parent_header"].get("msg_id") == asked
                    if of_this and told["content"].get("execution_state") == "idle":
                        return
        raise RuntimeError("the kernel did not start")


class OwnKernelManager(AsyncKernelManager):
    """Starts ipykernel with `sys.executable`, whatever kernels are registered on the machine, and talks to it by files.

    The kernel is forked where the system can (`forked.py`); `ABSENCE_COLD_KERNELS=1` starts a whole new Python instead.
    Files, not ports: nobody else on the machine can connect, and many kernels can start at once.
    """

    @default("client_factory")
    def _own_client(self) -> type[OwnKernelClient]:
        return OwnKernelClient

    @default("transport")
    def _files_where_there_are_any(self) -> str:
        return "ipc" if os.name == "posix" else "tcp"

    @property
    def kernel_spec(self) -> KernelSpec:
        """Our own, in place of a registered one."""
        launch = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        environment = {**_ENVIRONMENT, "IPYTHONDIR": str(Path(self.connection_file).parent)}
        return KernelSpec(argv=launch, display_name="Python 3", language="python", env=environment)

    async def _async_pre_start_kernel(self, **kwargs: Any) -> tuple[list[str], dict[str, Any]]:
        if CAN_FORK and self.provisioner is None and not os.environ.get("ABSENCE_COLD_KERNELS"):
            self.kernel_id = self.kernel_id or str(uuid.uuid4())
            self.provisioner = ForkingProvisioner(kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self)
        return await super()._async_pre_start_kernel(**kwargs)

    async def _async_post_start_kernel(self, **kwargs: Any) -> None:
        await super()._async_post_start_kernel(**kwargs)
        _RUNNING.add(self)


_RUNNING: WeakSet[OwnKernelManager] = WeakSet()


def stop_kernels() -> None:
    """Kill the kernels that run now, so that a person who interrupts a run does not wait for its notebooks."""
    for manager in list(_RUNNING):
        process = getattr(manager.provisioner, "process", None)
        if process is not None:
            process.kill()


@contextmanager
def private_folder() -> Iterator[Config]:
    """Give a kernel a folder of its own, for its connection and IPython's settings, and take it away afterwards."""
    # Unix sockets have a limit of about 100 characters for their path, so the name is short.
    try:
        with TemporaryDirectory(prefix="absence-", ignore_cleanup_errors=True) as folder:
            yield Config({"OwnKernelManager": {"connection_file": str(Path(folder) / "k.json")}})
    finally:
        # jupyter_core keeps an event loop for each thread and closes none.
        loop = ensure_event_loop()
        if not loop.is_running():
            loop.close()
