"""The certificate of a report: sets of numbers for all its counts, each of which would have been published as it was.

Between two of them every count that is hidden as small moves by the stated room. Nobody has to be believed, and nothing
solved: it is added up.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.disclosure.counts import is_small
from analysis.disclosure.families import numbers
from analysis.disclosure.known import Equations, is_days
from analysis.disclosure.shapes import PERSONS, SIZES

_EXACT = 1e-6


def problems_of(known: Equations, completions: NDArray[np.float64], room: int) -> list[str]:
    """Say what is wrong with a certificate; nothing where each count hidden as small moves by `room` or more.

    Parameters
    ----------
    known : what the published tables say (`equations`).
    completions : (sets, cells) whole numbers for all counts.
    room : how far apart the least and the most of such a count have to be.
    """
    if completions.ndim != 2 or completions.shape[1] != len(known.bounds) or not len(completions):
        return [f"the certificate is of other tables: {completions.shape} numbers for {len(known.bounds)} counts"]
    names = list(known.cells)
    low, high = np.array(known.bounds).reshape(-1, 2).T
    matrix, least, most = known.matrix()
    sums = completions @ matrix.T
    persons = np.array([not is_days(cell) for cell in names])
    broken = ~((completions >= low - _EXACT) & (completions <= high + _EXACT))  # what is no number is broken too
    broken |= persons & (completions != np.round(completions))
    found = [f"set {row}: {names[place]} is {completions[row, place]:g}" for row, place in np.argwhere(broken)]
    wrong = (sums < least - _EXACT) | (sums > most + _EXACT)
    found += [f"set {row}: sum {place} comes to {sums[row, place]:g}" for row, place in np.argwhere(wrong)]
    moved = np.ptp(completions, axis=0)
    small = [cell for cell, mark in known.hidden.items() if mark == "minimum"]
    found += [f"{cell} moves by {moved[known.cells[cell]]:g}" for cell in small if moved[known.cells[cell]] < room]
    return found


def bare_counts(table: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Give the rows of a published table with a count of persons, or what it leaves of its row, under the minimum."""
    size = numbers(table, next((column for column in reversed(SIZES) if column in table), ""))
    counts = [(numbers(table, column), np.inf if column in SIZES else size) for column in PERSONS]
    if "date" in table:  # on a date a day absent is a student
        counts.append((numbers(table, "days_absent"), size))
    chronic = table["outcome"] == "chronic" if "outcome" in table else np.ones(len(table), dtype=bool)
    for rate, column in (("chronic_rate", "students_counted"), ("observed_rate", "students")):
        counted = numbers(table, column)
        counts.append((np.where(chronic, np.round(numbers(table, rate) * counted), np.nan), counted))
    bare = [is_small(value, np.broadcast_to(of, len(table)), minimum) for value, of in counts]
    return table[np.any(bare, axis=0)]
