"""What the tables of models have in common: how they begin, how several become one, what a calendar says of a date."""

from collections.abc import Iterable, Sequence

import pandas as pd

from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords
from analysis.vocabulary import ALL, LEVEL_COLUMNS


def begun(source: Source, table: pd.DataFrame) -> pd.DataFrame:
    """Begin a table with the year, the district (several are 'all') and the kind of row."""
    districts = source.study.settings.focus.district_id
    if not districts and not isinstance(source, PublishedCounts):
        districts = source.districts
    begin = (source.year, districts[0] if len(districts) == 1 else ALL, "level")
    return table.assign(**dict(zip(LEVEL_COLUMNS, begin, strict=True)))[[*LEVEL_COLUMNS, *table.columns]]


def stacked(tables: Iterable[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Put those tables that have rows below each other; where none has any, give an empty one of these columns."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(columns))


def noted(source: StudentRecords | SchoolDays, table: pd.DataFrame) -> pd.DataFrame:
    """Add to rows of a `date` the `note` that the calendar has of it; '' where it has none."""
    notes = source.calendar.drop_duplicates("date").set_index("date")["note"]
    return table.assign(note=table["date"].map(notes).fillna(""))
