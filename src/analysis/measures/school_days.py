"""The `absence_by_*` tables from days of schools, and what else is counted from them.

A rate is a mean over rows, weighed by what the source counts (`SchoolDays.weighs`): days, or students; where it gives
percents alone every school and date weighs the same, and there are no days. A total that the source publishes stands
as published, date by date; what it does not publish is summed from its parts. Parents are never added to their parts.

What the tables are about: the districts in focus; without a focus all of them (`district_id` is then 'all').
"""

from typing import Final

import numpy as np
import pandas as pd

from analysis.measures.order import in_order
from analysis.records.types import UNDATED_WEEK, SchoolDays
from analysis.vocabulary import ALL, COUNT_COLUMNS, LEVEL_COLUMNS, SCHOOL_LEVELS, WEEKDAYS

SUMS: Final = ["weight", "absent"]


def absence_by(source: SchoolDays, driver: str) -> pd.DataFrame:
    """Give the table of a driver, in the columns of the output contract.

    Parameters
    ----------
    driver : 'school_id', 'district_id', 'month', 'week', 'weekday', 'school_level' or a group of the study; others give
        the total alone (there are no grades and no reasons).

    Returns
    -------
    DataFrame, a row a school year, district and level, and a row of all (`total`). Students are not known; days are
    where the source counts them.
    """
    if driver == "district_id":
        return _finished(source, _by_district(source))
    level = {"week": "week_start"}.get(driver, driver)
    total = _summed(subject(source), []).assign(level_type="total", **{level: ALL})
    table = pd.concat([_levels(source, driver).assign(level_type="level"), total], ignore_index=True)
    return _finished(source, table, level)


def subject(source: SchoolDays, *kinds: str) -> pd.DataFrame:
    """Give what the tables are about, by date: the districts in focus together, by some kinds of school.

    Returns
    -------
    DataFrame with `school_year, date`, the kinds, `weight, absent`.
    """
    return _together(source, source.study.settings.focus.district_id, kinds)


def areas(source: SchoolDays, *kinds: str) -> pd.DataFrame:
    """Give every district by date and some kinds of school.

    Counted days of a district are its own row where it has one, else the sum over its schools; percents are those of
    its schools, for a published percent counts students and a mean of schools does not.

    Returns
    -------
    DataFrame with `school_year, district_id, date`, the kinds, `weight, absent, parent` (over several districts).
    """
    days, keys = _numbered(source), ["school_year", "district_id", "date", *kinds]
    at_school = days["school_id"] != ""
    own = _resolved(source, days[~at_school & (days["district_id"] != "")], keys, kinds)
    schools = _resolved(source, days[at_school], keys, kinds, "school_id")
    table = (own.combine_first(schools) if source.counted else schools.combine_first(own)).reset_index()
    return table.assign(parent=table["district_id"].isin(_over_districts(days)))


def by_date(source: SchoolDays) -> pd.DataFrame:
    """Give the rate of the subject on every date of the year: `date, days_enrolled, days_absent, absence_rate`."""
    table = subject(source)
    table = table[table["school_year"] == source.year].sort_values("date", ignore_index=True)
    days = table[SUMS] if source.counted else table[SUMS] * np.nan
    rate = table["absent"] / table["weight"]
    dates = {
        "date": table["date"],
        "days_enrolled": days["weight"],
        "days_absent": days["absent"],
        "absence_rate": rate,
    }
    return pd.DataFrame(dates)


def linked(source: SchoolDays) -> dict[str, pd.DataFrame]:
    """Make the tables of which one leaves absences of a date after another, by name: a week holds its dates."""
    tables = {"absence_by_week": absence_by(source, "week")}
    if source.counted and source.period == "day":
        dates = subject(source)
        dates = dates[dates["school_year"] == source.year].assign(level_type="level")
        tables["absence_by_date"] = _finished(source, dates, "date")
    return tables


def published_total(source: SchoolDays) -> pd.DataFrame:
    """Give the percents that the source itself publishes of the whole, by date of the year: `date, absence_rate`.

    Empty where days are counted (then the total stands in every table), or where it publishes none.
    """
    whole = _whole(source)
    whole = whole[(whole["school_year"] == source.year) & (whole[list(source.kinds)] == ALL).all(axis=1)]
    return whole.loc[[not source.counted] * len(whole), ["date", "absence_rate"]].reset_index(drop=True)


def coverage(source: SchoolDays) -> pd.DataFrame:
    """Say by unit, and of days by month, what share of its rows in the year has no number.

    Returns
    -------
    DataFrame with the unit, `month` where rows are of days, `rows, rows_without_number, unmarked_share`.
    """
    rows = source.days[(source.days["school_year"] == source.year) & ~source.days["parent"]]
    levels = [*(["school_id"] if source.unit == "school_id" else []), *(["month"] if source.period == "day" else [])]
    keys = ["school_year", "district_id", *levels]
    marked = rows.assign(month=rows["date"].str[:7], lacking=(rows["hidden"] != "").astype(float))
    table = marked.groupby(keys, as_index=False)["lacking"].agg(["size", "sum"])
    table = table.rename(columns={"size": "rows", "sum": "rows_without_number"}).assign(level_type="level")
    table["unmarked_share"] = table["rows_without_number"] / table["rows"]
    return table[[*LEVEL_COLUMNS, *levels, "rows", "rows_without_number", "unmarked_share"]]


def kind_and_time(source: SchoolDays, kind: str) -> pd.DataFrame:
    """Give the rate of the year by kind of school and month; of weeks, by week.

    Returns
    -------
    DataFrame with the kind, `month` or `week_start`, `days_enrolled, days_absent, absence_rate`.
    """
    time = "month" if source.period == "day" else "week_start"
    rows = subject(source, kind)
    rows = _timed(rows[rows["school_year"] == source.year], "month" if source.period == "day" else "week")
    table = _finished(source, _summed(rows, [kind, time]).assign(level_type="level"), kind, time)
    return table[[*LEVEL_COLUMNS, kind, time, "students", "days_enrolled", "days_absent", "absence_rate"]]


def _together(source: SchoolDays, focus: tuple[str, ...], kinds: tuple[str, ...]) -> pd.DataFrame:
    """Sum districts by date; of all of them counted days are the source's own total where it has one."""
    table, keys = areas(source, *kinds), ["school_year", "date", *kinds]
    chosen = table[table["district_id"].isin(focus)] if focus else table[~table["parent"]]
    sums = chosen.groupby(keys)[SUMS].sum()
    if source.counted and not focus:
        sums = _resolved(source, _whole(source), keys, kinds).combine_first(sums)
    return sums.reset_index()


def same_part_of_year(source: SchoolDays) -> pd.DataFrame:
    """Give each year's rate over the part of the year that all years have: the same weeks, or the same dates.

    Returns
    -------
    DataFrame with `dates` (how many of the year are in it), `whole_rate` (of all dates of the year), `students`,
    `days_enrolled, days_absent, absence_rate`.
    """
    rows = subject(source)
    start = rows["school_year"].str[:4] + "-07-01"
    place = rows["date"]
    if source.dated:
        place = (pd.to_datetime(rows["date"]) - pd.to_datetime(start)).dt.days.map("{:03}".format)
    rows = rows.assign(place=place)
    ends = rows.groupby("school_year")["place"].agg(["min", "max"])
    inside = rows[rows["place"].between(ends["min"].max(), ends["max"].min())]
    if not source.dated:
        shared = set.intersection(*(set(year) for _, year in rows.groupby("school_year")["place"]))
        inside = rows[rows["place"].isin(shared)]
    table = _finished(source, _summed(inside, []).assign(level_type="total"))
    whole = _finished(source, _summed(rows, []).assign(level_type="total")).set_index("school_year")["absence_rate"]
    table["whole_rate"] = table["school_year"].map(whole)
    table["dates"] = table["school_year"].map(inside.groupby("school_year")["date"].nunique())
    columns = ("dates", "whole_rate", "students", "days_enrolled", "days_absent", "absence_rate")
    return table[[*LEVEL_COLUMNS, *columns]]


def reporting(source: SchoolDays) -> pd.Series:
    """Give by month of the year how many schools have a number on an average date, as a share of all."""
    rows = _numbered(source)
    rows = rows[(rows["school_year"] == source.year) & ~rows["parent"]]
    sizes = rows.groupby("date")[source.unit].nunique()
    months = sizes.groupby(sizes.index.str[:7]).mean()
    return months / rows[source.unit].nunique()


def near_break(source: SchoolDays) -> pd.DataFrame:
    """Give the rate of the year by nearness to a break, and over how many `dates`."""
    rows = subject(source)
    rows = _near_break(source, rows[rows["school_year"] == source.year])
    table = _finished(source, _summed(rows, ["near_break"]).assign(level_type="level"), "near_break")
    table["dates"] = table["near_break"].map(rows.groupby("near_break")["date"].nunique())
    columns = ("near_break", "dates", "students", "days_enrolled", "days_absent", "absence_rate")
    return table[[*LEVEL_COLUMNS, *columns]]


def model_rows(source: SchoolDays) -> pd.DataFrame:
    """Give the rows of the year that a model compares, those of no parent and of one kind each.

    Returns
    -------
    DataFrame with `unit` (school or area), `date`, the part of the calendar (`month, weekday, near_break`; of weeks
    `week`), the kinds, `n` (weight) and `y` (the part of it that is absent).
    """
    days = _numbered(source)
    focus = source.study.settings.focus.district_id
    inside = days["district_id"].isin(focus) if focus else True
    alone = ~days["parent"] & (days[list(source.kinds)] != ALL).all(axis=1) & (days["school_year"] == source.year)
    days = days[alone & inside]
    unit = days[source.unit]
    if (
        days[["district_id", "school_id"]].drop_duplicates()["school_id"].duplicated().any()
        and source.unit == "school_id"
    ):
        unit = days["district_id"].str.cat(unit, sep=" ")  # two districts number their schools alike
    rows = pd.DataFrame({"unit": unit, "date": days["date"], **{kind: days[kind] for kind in source.kinds}})
    if source.period == "week":
        rows["week"] = days["date"]
    else:
        rows = _near_break(source, _timed(_timed(rows, "month"), "weekday"))
    return rows.assign(n=days["weight"].astype(float), y=days["absent"].astype(float)).reset_index(drop=True)


def _numbered(source: SchoolDays) -> pd.DataFrame:
    return source.days[source.days["hidden"] == ""]


def _whole(source: SchoolDays) -> pd.DataFrame:
    """Give the rows that stand for the whole source."""
    days = _numbered(source)
    return days[(days["district_id"] == "") & (days["school_id"] == "") & days["parent"]]


def _over_districts(days: pd.DataFrame) -> set[str]:
    """Name the districts that hold other districts: those of which every row is a parent's."""
    parts = days.loc[~days["parent"], "district_id"]
    return set(days.loc[days["parent"], "district_id"]) - set(parts)


def _resolved(
    source: SchoolDays, rows: pd.DataFrame, keys: list[str], kinds: tuple[str, ...], unit: str = ""
) -> pd.DataFrame:
    """Sum rows by keys over the kinds that are not wanted; where the source has a row for all of these, it stands.

    Parameters
    ----------
    unit : a column that is summed over too, after the rows of each of its values were resolved.
    """
    rows = rows[(rows[list(kinds)] != ALL).all(axis=1)]
    others = [name for name in source.kinds if name not in kinds]
    if not others:
        return rows.groupby(keys)[SUMS].sum()
    finer = [*keys, unit] if unit else keys
    parts = rows[(rows[others] != ALL).all(axis=1)].groupby(finer)[SUMS].sum()
    published = rows[(rows[others] == ALL).all(axis=1)].groupby(finer)[SUMS].sum()
    table = published.combine_first(parts)
    return table.groupby(level=keys).sum() if unit else table


def _levels(source: SchoolDays, driver: str) -> pd.DataFrame:
    if driver in ("month", "weekday") and source.period == "week":
        return pd.DataFrame(columns=["school_year", driver, *SUMS])  # a week is of no one month and weekday
    if driver in ("month", "week", "weekday"):
        return _summed(_timed(subject(source), driver), [{"week": "week_start"}.get(driver, driver)])
    if driver in source.kinds:
        return _summed(subject(source, driver), [driver])
    focus, days = source.study.settings.focus.district_id, _numbered(source)
    if driver != "school_id" or source.unit != "school_id":
        return pd.DataFrame(columns=["school_year", driver, *SUMS])
    days = days[days["district_id"].isin(focus)] if focus else days
    keys = ["school_year", "district_id", "school_id", "date"]
    schools = _resolved(source, days[days["school_id"] != ""], keys, ()).reset_index()
    return _summed(schools, ["district_id", "school_id"])


def _timed(rows: pd.DataFrame, driver: str) -> pd.DataFrame:
    """Add `month`, `week_start` or `weekday` of the dates."""
    dates = rows["date"]
    if driver == "month":
        return rows.assign(month=dates.str[:7])
    known = {day: pd.Timestamp(day) for day in dates.unique() if not day.startswith(UNDATED_WEEK)}
    if driver == "weekday":
        return rows.assign(weekday=dates.map({day: time.day_name() for day, time in known.items()}))
    monday = {day: f"{time - pd.Timedelta(days=time.weekday()):%Y-%m-%d}" for day, time in known.items()}
    return rows.assign(week_start=[monday.get(day, day) for day in dates])


def _near_break(source: SchoolDays, rows: pd.DataFrame) -> pd.DataFrame:
    """Add the nearness of the dates to a break."""
    known = source.calendar.drop_duplicates("date").set_index("date")["near_break"]
    return rows.assign(near_break=rows["date"].map(known))


def _by_district(source: SchoolDays) -> pd.DataFrame:
    """Give every district, in focus or not; as totals those over several, and all together."""
    table = areas(source)
    table = table[table["district_id"] != ""] if (table["district_id"] != "").any() else table
    table["level_type"] = table["parent"].map({True: "total", False: "level"})
    districts = _summed(table, ["district_id", "level_type"])
    if table["district_id"].nunique() < 2:
        return districts
    together = _summed(_together(source, (), ()), []).assign(district_id=ALL, level_type="total")
    return pd.concat([districts, together], ignore_index=True)


def _summed(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return rows.groupby(["school_year", *keys], as_index=False)[SUMS].sum()


def _finished(source: SchoolDays, table: pd.DataFrame, *levels: str) -> pd.DataFrame:
    """Put a table into the contract's columns and order."""
    weight, absent = table["weight"].astype(float), table["absent"].astype(float)
    result = table.assign(absence_rate=absent / weight, students_basis=source.basis, hidden="")
    codes = source.study.settings.focus.district_id or source.districts
    own = result["district_id"] if "district_id" in result else pd.Series(None, result.index, dtype=object)
    result["district_id"] = own.fillna(codes[0] if len(codes) == 1 else ALL)
    if source.counted:
        result = result.assign(days_enrolled=weight, days_absent=absent)
    result = result.reindex(columns=[*LEVEL_COLUMNS, *levels, *COUNT_COLUMNS, "hidden"])
    return in_order(result, ["school_year", "level_type", *levels, "district_id"], [*SCHOOL_LEVELS, *WEEKDAYS])
