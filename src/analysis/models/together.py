"""The model of chronic absence for readers from whom levels are hidden: those of each driver are one level in it.

The rates of a model follow from the sums of its levels. Who knows all of these but two can try which counts of the two
give the rates that are shown, and a level in which nobody is chronically absent (or everybody) is not in the model at
all, which shows in whatever is said of the others. Where the hidden levels are one, all rates follow from sums that are
shown: of two districts that differ within hidden levels alone the same is said, to the last digit.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.measures.cells import TOGETHER, Cells
from analysis.measures.outcomes import chronic_cells, drivers_of
from analysis.models.drivers import DriverModel, distinct, fit_drivers, with_observed
from analysis.models.parts import same_parts, tied_parts
from analysis.models.sentences import NONE_OR_ALL
from analysis.models.tables import begun
from analysis.records.types import StudentRecords
from analysis.study import Models
from analysis.vocabulary import PAIR

Levels = Mapping[str, Collection[str]]
"""Levels by driver."""
Names = Mapping[str, Mapping[str, str]]
"""By driver, for each hidden level the name of the level that it is a part of."""


def fit_together(cells: Cells, settings: Models, names: Names) -> DriverModel | None:
    """Fit cells with hidden levels as one (`names_of`).

    Parameters
    ----------
    cells : of 'chronic'.

    Returns
    -------
    The model: its rates list each hidden level with what was observed alone, its cells have them as one. None where it
    leaves cells out in which absence is none or all.

    Raises
    ------
    UserError
        Where nothing can be compared, or the model has no answer.
    """
    model = fit_drivers(cells.together(names), settings)
    if NONE_OR_ALL in set(model.not_separable["reason"]):
        return None
    rates, listed = without_hidden(model.adjusted_rates), model.not_separable
    pairs = [(driver, level) for driver, name_of in names.items() for level in sorted(name_of)]
    return replace(
        model,
        adjusted_rates=with_observed(rates, cells, model.fit, pairs),
        not_separable=listed[~listed["level"].str.contains(TOGETHER, regex=False)].reset_index(drop=True),
    )


def names_of(cells: Cells, settings: Models, hidden: Levels) -> Names | None:
    """Name the level that each hidden level is a part of: one of each driver and part.

    What a model tells is what the levels of a name come to. Where they are of one part, that is what the shown levels
    leave of all; of several parts, what they leave of each part's students by the other driver, which has to be shown.

    Parameters
    ----------
    hidden : levels by driver; those of no cell are no matter.

    Returns
    -------
    None where that would be no sum that is known, or tell of one level: a driver has one hidden level in a part, or all
    of its levels are hidden; hidden levels are in several parts that share students, or two have some of both drivers;
    or as one they would tie parts.
    """
    present = {driver: set(cells.table[driver]) for driver in cells.drivers}
    some = {driver: present[driver] & set(hidden.get(driver, ())) for driver in cells.drivers}
    if any(levels == present[driver] for driver, levels in some.items()):
        return None
    part = _parts(cells, settings)
    inside = {driver: part.groupby(cells.table[driver]).max() for driver in cells.drivers}
    parts = {driver: {int(inside[driver][level]) for level in levels} - {0} for driver, levels in some.items()}
    several = any(len(of_driver) > 1 for of_driver in parts.values())
    if several and ((part == 0).any() or len(set.intersection(*parts.values())) > 1):
        return None
    names = {
        driver: {level: f"{TOGETHER} {inside[driver][level]}" if several else TOGETHER for level in levels}
        for driver, levels in some.items()
        if levels
    }
    if any(1 in Counter(name_of.values()).values() for name_of in names.values()):
        return None
    return names if _parted_alike(cells, cells.together(names), settings) else None


def chronic_levels(source: StudentRecords) -> pd.DataFrame:
    """Count the levels of the model of chronic absence, to tell which of them are hidden.

    Returns
    -------
    DataFrame as `adjusted_rates` begins, a row a level: `outcome, driver, level, students, observed_rate`; empty where
    there is nothing to compare.
    """
    columns = ["outcome", "driver", "level", "students", "observed_rate"]
    if not drivers_of(source):
        return begun(source, pd.DataFrame(columns=columns))
    cells = chronic_cells(source)
    tables = []
    for driver in cells.drivers:
        sums = cells.table.groupby(driver)[["n", "y"]].sum()
        students = distinct(cells, (driver,)).set_index(driver)["students"]
        tables.append(
            pd.DataFrame(
                {"level": sums.index, "students": students[sums.index], "observed_rate": sums["y"] / sums["n"]}
            ).assign(outcome="chronic", driver=driver)
        )
    return begun(source, pd.concat(tables, ignore_index=True)[columns])


def without_hidden(table: pd.DataFrame, level: str = "level") -> pd.DataFrame:
    """Leave out the row of the hidden levels as one."""
    return table[~table[level].str.startswith(TOGETHER)].reset_index(drop=True)


def _parts(cells: Cells, settings: Models) -> "pd.Series[int]":
    """(cells,) the part that a cell's grade and school are both in, whoever is chronic; 0 is none."""
    if not set(PAIR) <= set(cells.drivers):
        return pd.Series(1, index=cells.table.index)
    return pd.Series(tied_parts(cells.table, distinct(cells, PAIR), settings.minimum_bridge_students))


def _parted_alike(cells: Cells, as_one: Cells, settings: Models) -> bool:
    """Say whether the levels that are shown are in the same parts: as one, hidden levels of two would tie these."""
    both = [one.table[list(one.drivers)].assign(part=_parts(one, settings)) for one in (cells, as_one)]
    merged = both[0].merge(both[1], on=list(cells.drivers))
    return same_parts(np.asarray(merged["part_x"]), np.asarray(merged["part_y"]))
