"""Times parts of a benchmark against each other: each in a process of its own, in turn, medians of a few rounds.

Each line has the seconds that passed, those of work (both with their ratio), and the most memory of one process.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
WORK = Path(os.environ.get("BENCH_FOLDER", ROOT / "data/interim/bench"))
"""Where benchmarks put what they make; the larger ones need 10 GB there."""

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


def compare(
    script: str,
    parts: Mapping[str, Callable[[], object]],
    rounds: int = ROUNDS,
    against: str = "",
    makes: Mapping[str, int] | None = None,
) -> dict[str, float]:
    """Run every part in turn, some rounds, and print the median seconds, the most memory and the ratio.

    Parameters
    ----------
    script : `__file__` of the benchmark; a part is run by calling it again with the part's name.
    parts : by name; what they import is not in the time, for the module has been loaded before.
    against : the part that ratios are against; the last one by default.
    makes : how many of a thing a part makes, where seconds and work are to be those of one.

    Returns
    -------
    The median seconds of work of each part; of none in the process that runs one part.
    """
    if len(sys.argv) > 1:
        started, before = time.perf_counter(), _processor()
        said = parts[sys.argv[1]]()
        many = (makes or {}).get(sys.argv[1], 1)
        seconds, work = (time.perf_counter() - started) / many, (_processor() - before) / many
        size = max(_own_memory(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
        print(json.dumps({"seconds": seconds, "work": work, "gigabytes": size / 1e6, "said": said}))
        return {}
    load, found = os.getloadavg()[0], {name: [] for name in parts}
    one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # as the package sets it, which a part may load too late
    for _ in range(rounds):
        for name in parts:
            own = one_thread if name.startswith("ours") else None
            done = subprocess.run(
                [sys.executable, script, name], check=True, stdout=subprocess.PIPE, text=True, env=own
            )
            found[name].append(json.loads(done.stdout.splitlines()[-1]))
    base = {what: median(one[what] for one in found[against or [*parts][-1]]) for what in ("seconds", "work")}
    print(f"{Path(script).stem}: medians of {rounds}, load {load:.1f} before and {os.getloadavg()[0]:.1f} after")
    work_of = {}
    for name, runs in found.items():
        took = {what: median(one[what] for one in runs) for what in base}
        work_of[name] = took["work"]
        words = [f"{took[what]:9.2f} s ({took[what] / base[what]:.4f})" for what in base]
        print(
            f"  {name:40} {' '.join(words)} {max(one['gigabytes'] for one in runs):6.2f} GB  {runs[-1]['said'] or ''}"
        )
    return work_of


def _processor() -> float:
    """Give the seconds of work of this process and of those that it has waited for: they hardly depend on the load."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _own_memory() -> int:
    """Give the most memory of this process in kB; `ru_maxrss` has that of the process which started it too."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
