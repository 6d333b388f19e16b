"""absence-drivers: why students miss school, from records to reports that can be reproduced."""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from analysis.problems import Problem, UserError
from analysis.study import Study

# One thread for linear algebra, set before NumPy is loaded: the same bytes on any number of cores, and notebooks that
# run side by side do not fight for them (a fit took 26 s with the default on two busy cores, 1.2 s so).
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

if TYPE_CHECKING:
    from analysis import findings, measures, models, records

__all__ = ["Problem", "Study", "UserError", "findings", "measures", "models", "records"]


def __getattr__(name: str) -> Any:
    """Import a stage when it is first asked for, so that the command line starts fast."""
    if name in ("findings", "measures", "models", "records"):
        return import_module(f"analysis.{name}")
    raise AttributeError(name)
