"""What the fork server imports, and does once, so that no kernel has to: see `forked.py`."""

import matplotlib.pyplot  # noqa: F401
import pandas as pd
from ipykernel import kernelapp  # noqa: F401
from ipykernel.inprocess import ipkernel  # noqa: F401

from analysis import findings, interim, measures, models, records, source_code  # noqa: F401
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure

_ROWS = pd.DataFrame({"label": ["a", "b"], "value": [0.1, 0.2]})
figure(plots.bars(_ROWS, "label", "value"), "warm", "Fonts are found once.")
source_code.hashes(findings.__name__)
interim.versions()
