"""The season as waves of the calendar year: sines and cosines of the day, one or more a year.

As in R's `glm(... + sin(2 * pi * day / 365.25) + cos(2 * pi * day / 365.25))`, 1 January being day 1. A wave has one
height and one peak; pages show months instead, since school years have breaks, which no wave follows.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Array
from analysis.models.binomial import BinomialFit
from analysis.models.covariance import Covariance
from analysis.models.design import Numeric

DAYS_OF_YEAR = 365.25


@dataclass(frozen=True)
class Wave:
    """The yearly wave of a fitted model, with errors by the delta method.

    Parameters
    ----------
    amplitude, amplitude_std_error : half the way from trough to peak, in log-odds.
    peak, peak_std_error : day of the year, from 0 to 365.25, and its error in days.
    """

    amplitude: float
    amplitude_std_error: float
    peak: float
    peak_std_error: float


def harmonics(dates: Iterable[str], waves: int = 1) -> tuple[Numeric, ...]:
    """Give the columns of the first waves of the year, for a model whose cells have the column `date`.

    Parameters
    ----------
    dates : every date of the cells, as 'YYYY-MM-DD'.
    waves : 1 is the yearly wave, 2 adds the half-yearly one, and so on.
    """
    names = sorted(set(dates))
    day = pd.DatetimeIndex(names).day_of_year.to_numpy(dtype=np.float64)
    columns = []
    for wave in range(1, waves + 1):
        angle = 2 * np.pi * wave * day / DAYS_OF_YEAR
        for name, values in (("sine", np.sin(angle)), ("cosine", np.cos(angle))):
            columns.append(Numeric(f"{name}[{wave} a year]", "date", dict(zip(names, values.tolist(), strict=True))))
    return tuple(columns)


def harmonic_contrasts(fit: BinomialFit) -> Array:
    """Give the rows (2 x waves, k) that pick the waves' coefficients, for a joint test."""
    number = len(fit.design.numeric)
    return np.eye(len(fit.coefficients))[len(fit.coefficients) - number :]


def yearly_wave(fit: BinomialFit, covariance: Covariance) -> Wave:
    """Give height and peak of the yearly wave: the first two columns that `harmonics` made."""
    pick = harmonic_contrasts(fit)[:2]
    sine, cosine = pick @ fit.coefficients
    amplitude, turn = float(np.hypot(sine, cosine)), DAYS_OF_YEAR / (2 * np.pi)
    by_sine_and_cosine = np.array([[sine, cosine], [turn * cosine / amplitude, -turn * sine / amplitude]]) / amplitude
    errors = np.sqrt(covariance.variances(by_sine_and_cosine @ pick))
    peak = float(np.arctan2(sine, cosine) * turn % DAYS_OF_YEAR)
    return Wave(amplitude, float(errors[0]), peak, float(errors[1]))
