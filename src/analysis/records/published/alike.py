"""What stands in a published table twice, under two names: a code with and without its zeros, a year's numbers."""

from itertools import pairwise
from typing import Final

import pandas as pd

from analysis.records.drafts import Draft
from analysis.records.lost_zeros import ALIKE, FOCUS_TOO
from analysis.records.published.numbers import COUNTS, RATES

LEAST_CELLS: Final = 10
"""So many cells that are all as in another year are no chance."""


def codes_without_zeros(cells: pd.DataFrame) -> list[Draft]:
    """Refuse codes that are others' without the zeros before them, which a spreadsheet takes away.

    Two that stand in one file and year are two places.
    """
    drafts = []
    for column, more in (("district_id", ()), ("school_id", ("district_id",))):
        own = cells[cells[column].str.fullmatch(r"\d+")]
        keys = [own[name].str.lstrip("0") for name in (column, *more)]
        number = own.groupby(keys).ngroup() if len(own) else pd.Series(dtype=int)
        once = own.assign(number=number).drop_duplicates(["number", column, "file_number", "school_year"])
        both = once.groupby(["number", "file_number", "school_year"])[column].transform("nunique") > 1
        names = once.groupby("number")[column].agg(["nunique", "min", "max"])  # '0012' is before '12'
        found = names[(names["nunique"] > 1) & ~names.index.isin(once.loc[both, "number"])]
        if found.empty:
            continue
        long, short = found["min"].iloc[0], found["max"].iloc[0]
        rows = own[own[column] == short]
        seen = f"{column} is '{short}' here and '{long}' in other rows ({len(found):,} codes are so written two ways)"
        fix = ALIKE.format(column=column) + FOCUS_TOO
        why = "a school or district would be two, each with a part of the years"
        drafts.append(Draft((int(rows["file_row"].iloc[0]),), seen, why, fix, rows=len(rows)))
    return drafts


def years_alike(cells: pd.DataFrame) -> list[Draft]:
    """Refuse a year whose numbers are all those of another: one file under two names."""
    numbers, place = [*COUNTS, *RATES], ["district_id", "school_id", "grade_level", "group", "group_level"]
    known = cells[(cells[numbers] > 0).any(axis=1)].drop_duplicates(["school_year", *place])
    years = {str(year): rows.set_index(place) for year, rows in known.groupby("school_year")}
    drafts = []
    for first, second in pairwise(years):
        both = years[first].index.intersection(years[second].index)
        if len(both) >= LEAST_CELLS and years[first].loc[both, numbers].equals(years[second].loc[both, numbers]):
            row = int(years[second].loc[both, "file_row"].iloc[0])
            seen = f"{second} has the numbers of {first}, in all {len(both):,} rows that are about the same"
            why, fix = "one of them is not of its year", "take the file that stands under two years out once"
            drafts.append(Draft((row,), seen, why, fix, rows=len(both)))
    return drafts
