"""How alike the days (or residuals) of one cluster are: the intraclass correlation by analysis of variance."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Intraclass:
    """An intraclass correlation of unbalanced clusters (Donner 1986).

    Parameters
    ----------
    correlation : (MSB - MSW) / (MSB + (n0 - 1) MSW).
    between, within : mean squares MSB and MSW.
    size : n0 = (N - sum n_i^2 / N) / (k - 1), a typical cluster's.
    clusters, rows : k and N.
    """

    correlation: float
    between: float
    within: float
    size: float
    clusters: int
    rows: float

    @property
    def design_effect(self) -> float:
        """How many times a mean's variance is that of independent rows: 1 + (n0 - 1) correlation."""
        return 1 + (self.size - 1) * self.correlation


def intraclass(sums: pd.DataFrame) -> Intraclass:
    """Give the intraclass correlation of what was observed in clusters.

    Parameters
    ----------
    sums : a row a cluster: `count` of its rows, `total` and `squares`, the sums of its values and of their squares: no
        more of a student's days needs to leave the engine.
    """
    count, total, squares = (sums[name].to_numpy(dtype=np.float64) for name in ("count", "total", "squares"))
    rows, clusters = float(count.sum()), len(count)
    means = total / count
    between = float(count @ (means - total.sum() / rows) ** 2) / (clusters - 1)
    within = float(squares.sum() - total @ means) / (rows - clusters)
    size = float(rows - count @ count / rows) / (clusters - 1)
    correlation = (between - within) / (between + (size - 1) * within)
    return Intraclass(correlation, between, within, size, clusters, rows)
