"""Tables through the disclosure gate: as the audience of a report may see them beside all its other tables."""

import pandas as pd

from analysis import measures
from analysis.disclosure import OF_MODELS, gate, hidden_groups, is_linked
from analysis.disclosure.groups import held_to
from analysis.disclosure.together import FAMILIES
from analysis.models.estimates import Estimates, estimate
from analysis.models.together import chronic_levels
from analysis.records import once
from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords


def gated(records: Source, driver: str) -> pd.DataFrame:
    """Give the `absence_by_*` table of a driver as the study's audience may see it."""
    return passed(records, measures.table_name(driver), measures.absence_by(records, driver))


def passed(records: Source, name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Give a table as the study's audience may see it beside all the other tables of the report."""
    if not is_linked(name):
        return gate(records.study, name, table)
    modelled = hides(records) and name in OF_MODELS  # others need not wait for a model
    return gate(records.study, name, table, beside(records), left_out=modelled and estimated(records).left_out)


def estimated(records: Source) -> Estimates:
    """Give all that is estimated; what is hidden from the study's audience is one level in the chronic model."""
    return estimate(records, levels_hidden(records))


def levels_hidden(records: Source) -> dict[str, list[str]]:
    """List the grades and the schools whose chronic counts are hidden; all, where the count of all is hidden."""
    if not isinstance(records, StudentRecords) or records.outcome != "chronic" or not hides(records):
        return {}
    return once(records, _levels_hidden, "levels_hidden")


def _levels_hidden(records: StudentRecords) -> dict[str, list[str]]:
    hidden = beside(records)
    levels = once(records, chronic_levels, "chronic_levels")
    if hidden is None or levels.empty:
        return {}
    whole = hidden[held_to(hidden.drop(columns=list(FAMILIES))) & (hidden["school_year"] == records.year)]
    shown = gate(records.study, "adjusted_rates", levels, hidden)["observed_rate"].notna()
    gone = levels if whole[["whole", "chronic"]].any(axis=None) else levels[~shown]
    return {str(driver): sorted(some) for driver, some in gone.groupby("driver")["level"]}


def beside(records: Source) -> pd.DataFrame | None:
    """Say what the tables of a report hide together; None where nothing is hidden."""
    return once(records, hidden_together, "hidden_together") if hides(records) else None


def hides(records: Source) -> bool:
    """Say whether small counts are hidden from the study's audience."""
    return records.study.settings.audience != "internal" and records.study.disclosure.rule == "minimum"


def drivers_hidden(rates: pd.DataFrame) -> set[tuple[str, str]]:
    """List outcome and driver of adjusted rates, as their audience may see them, of which we hide a level.

    Which levels a model has must not be told of these: one that it leaves out has none or all absent.
    """
    hidden = rates[rates["hidden"].isin(["minimum", "complement"])]
    return set(zip(hidden["outcome"], hidden["driver"], strict=True))


def hidden_together(records: Source) -> pd.DataFrame:
    """Say what the tables of a report hide together."""
    return hidden_groups(records.study, measures.linked(records), lies_within(records))


def lies_within(records: Source) -> dict[str, "pd.Series[str]"]:
    """Say which level of school each school has, and which kind of day each date is."""
    if isinstance(records, SchoolDays):  # of no level, and of no kind of day, anything is shown
        return {"school_level": pd.Series(dtype=object)}
    if isinstance(records, PublishedCounts):
        schools = records.counts[records.counts["school_id"] != ""].drop_duplicates("school_id")
        return {"school_level": schools.set_index("school_id")["school_level"].replace("", "other")}
    dates = records.calendar.drop_duplicates("date").set_index("date") if records.dated else pd.DataFrame()
    kinds = {"near_break": dates["near_break"]} if "near_break" in dates else {}
    return {"school_level": records.schools.set_index("school_id")["school_level"], **kinds}
