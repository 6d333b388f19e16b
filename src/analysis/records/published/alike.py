"""What stands in a published table twice, under two names: a code with and without its zeros, a year's numbers; and
one code that has two names."""

from itertools import pairwise
from typing import Final

import pandas as pd

from analysis.language import later
from analysis.records.drafts import Draft
from analysis.records.lost_zeros import ALIKE, FOCUS_TOO
from analysis.records.published.numbers import COUNTS, RATES

NAMES_ALIKE: Final = "write them alike in the source, or under records, values: {{{column}: {{'{short}': '{long}'}}}}"
SEVERAL: Final = later(
    "district_id '{code}' is '{first}' here and '{second}' there (so are {several} of {all} districts in a year)"
)
LEAST_CELLS: Final = 10
"""So many cells that are all as in another year are no chance."""


def codes_alike(cells: pd.DataFrame) -> list[Draft]:
    """Refuse codes that are others' without the zeros before them, or names that are others' in other letters.

    A spreadsheet takes the zeros away; names that stand for ids are written in capitals in one year and not in another.
    Two that stand in one file and year are two places.
    """
    drafts = []
    for column, more in (("district_id", ()), ("school_id", ("district_id",))):
        own = cells[cells[column] != ""]
        keys = [_folded(own[name]) for name in (column, *more)]
        number = own.groupby(keys).ngroup() if len(own) else pd.Series(dtype=int)
        once = own.assign(number=number).drop_duplicates(["number", column, "file_number", "school_year"])
        both = once.groupby(["number", "file_number", "school_year"])[column].transform("nunique") > 1
        names = once.groupby("number")[column].agg(
            ["nunique", "min", "max"]
        )  # '0012' is before '12', 'ASH' before 'Ash'
        found = names[(names["nunique"] > 1) & ~names.index.isin(once.loc[both, "number"])]
        if found.empty:
            continue
        long, short = found["min"].iloc[0], found["max"].iloc[0]
        rows = own[own[column] == short]
        seen = f"{column} is '{short}' here and '{long}' in other rows ({len(found):,} codes are so written two ways)"
        fix = (ALIKE if long.isdigit() else NAMES_ALIKE).format(column=column, long=long, short=short) + FOCUS_TOO
        why = "a school or district would be two, each with a part of the years"
        drafts.append(Draft((int(rows["file_row"].iloc[0]),), seen, why, fix, rows=len(rows)))
    return drafts


def _folded(ids: "pd.Series[str]") -> "pd.Series[str]":
    return ids.str.casefold().str.replace(r"[^\w]", "", regex=True).str.lstrip("0")


def several_names(cells: pd.DataFrame) -> list[Draft]:
    """Note codes of districts that have several names in a year of one file; where most have, refuse them: no codes.

    So it is where districts are numbered anew in each county. Two files can write one name in two ways.
    """
    named = cells[(cells["district_id"] != "") & (cells["district_name"] != "")]
    where = ["file_number", "school_year", "district_id"]
    names = _folded(named["district_name"]).groupby([named[name] for name in where]).nunique()
    several = names[names > 1]
    if several.empty:
        return []
    own = named.set_index(where).loc[[several.index[0]]].drop_duplicates("district_name")
    code = several.index[0][-1]
    rows = tuple(int(row) for row in own["file_row"][:2])
    first, second = own["district_name"][:2]
    seen = SEVERAL.format(code=code, first=first, second=second, several=f"{len(several):,}", all=f"{len(names):,}")
    stops = len(names) > 1 and 2 * len(several) > len(names)
    why = later("they are counted as one")
    fix = later("if they are several districts, map the column that tells them apart")
    return [Draft(rows, seen, why, fix, severity="stops" if stops else "noted", rows=len(several))]


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
