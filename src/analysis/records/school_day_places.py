"""What a row of days of schools is about: its school or area, its kind of school, its day or week, its parents."""

from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Final, Literal

import pandas as pd

from analysis import engine
from analysis.records.dates import date_sql, school_year, school_year_sql
from analysis.records.types import UNDATED_WEEK
from analysis.study import Records, Study
from analysis.study.values import YearStarts
from analysis.vocabulary import ALL

PLACES: Final = ("district_id", "district_name", "school_id", "school_name", "school_level")
WORDS: Final = "school_day_dates"


@dataclass(frozen=True)
class Placed:
    """Rows in our words.

    Parameters
    ----------
    rows : `PLACES`, the study's groups (`all` of all kinds), `date` ('' where not understood), `school_year`, and
        `parent`: the unit holds others (a district its schools, a state its districts).
    period : what a date stands for.
    """

    rows: pd.DataFrame
    period: Literal["day", "week"]


def placed(study: Study, rows: pd.DataFrame, schools: pd.DataFrame | None) -> Placed:
    """Place every row.

    Parameters
    ----------
    rows : the staged text, '' where nothing stands; `<column>_word` is the text in our words.
    schools : `school_id, school_name, school_level` of a table beside the records; where it has a word, it counts.
    """
    records = study.settings.records
    kinds = ("school_level", *records.groups)
    result = pd.DataFrame(
        {name: rows.get(f"{name}_word", rows.get(name, "")) for name in (*PLACES, *kinds)}, rows.index
    )
    declared = _declared(records, rows)
    for column, word in {"school_id": "", **dict.fromkeys(kinds, ALL)}.items():
        if column in declared:
            result[column] = result[column].mask(declared[column], word)
    if schools is not None:
        known = schools.set_index("school_id")
        for name in ("school_name", "school_level"):
            beside = result["school_id"].map(known[name]).fillna("")
            result[name] = beside.where(beside != "", result[name])
    result["parent"] = declared.drop(columns=[kind for kind in kinds if kind in declared]).any(axis=1)
    of_schools = set(result.loc[result["school_id"] != "", "district_id"]) - {""}
    result["parent"] |= (result["school_id"] == "") & result["district_id"].isin(of_schools)
    dates, period = _dates(records, rows)
    return Placed(result.join(dates), period)


def _declared(records: Records, rows: pd.DataFrame) -> pd.DataFrame:
    """Tell by column the rows that the study declares to hold others, by the source's own words."""
    found = pd.DataFrame(False, rows.index, list(records.parents))
    for column, patterns in records.parents.items():
        codes, words = pd.factorize(rows[column])
        fits = pd.Series([any(fnmatchcase(word, pattern) for pattern in patterns) for word in words], dtype=bool)
        found[column] = fits.to_numpy()[codes]
    return found


def _dates(records: Records, rows: pd.DataFrame) -> tuple[pd.DataFrame, Literal["day", "week"]]:
    """Give `date` and `school_year`: of a day, or of a week by a date in it, its number, or its place in the year."""
    given = rows.get("school_year", pd.Series("", rows.index))
    years = given.map({text: school_year(text, records.year_is) for text in given.unique()})
    by_date = next((name for name in ("date", "week_start") if name in rows), "")
    if by_date:
        known = _read_dates(rows[by_date], records.date_format, records.year_starts)
        if by_date == "week_start":
            known["date"] = known["date"].map({day: _monday(day) for day in known["date"].unique()})
    elif "week_year" in rows:
        pairs = list(zip(rows["week_year"], rows["week"], strict=True))
        mondays = {pair: _monday_of(*pair) for pair in dict.fromkeys(pairs)}
        known = _read_dates(pd.Series([mondays[pair] for pair in pairs], rows.index), "%Y-%m-%d", records.year_starts)
    else:
        places = {text: _place(text) for text in rows["week"].unique()}
        known = pd.DataFrame({"date": rows["week"].map(places), "school_year": ""})
        known["date"] = known["date"].where(years != "", "")
    known["school_year"] = years.where(years != "", known["school_year"])
    return known, "day" if by_date == "date" else "week"


def _read_dates(text: "pd.Series[str]", date_format: str, starts: YearStarts) -> pd.DataFrame:
    """Read dates as the rest of the project does, each word once."""
    engine.register(WORDS, pd.DataFrame({"word": text.unique()}, dtype="str"))
    words = engine.table(f"""
        SELECT word, coalesce(strftime(day, '%Y-%m-%d'), '') AS date,
            CASE WHEN day IS NULL THEN '' ELSE {school_year_sql("day", starts)} END AS school_year
        FROM (SELECT word, {date_sql("word", date_format)} AS day FROM {WORDS})""").set_index("word")
    engine.execute(f"DROP TABLE {WORDS}")
    return pd.DataFrame({name: text.map(words[name]) for name in ("date", "school_year")})


def _number(text: str) -> int:
    """Read the one number of `37` or `Week 37`; 0 where there is none or more than one."""
    digits = "".join(letter if letter.isdigit() else " " for letter in text).split()
    return int(digits[0]) if len(digits) == 1 else 0


def _place(text: str) -> str:
    number = _number(text)
    return f"{UNDATED_WEEK}{number:02}" if 0 < number < 100 else ""  # two digits sort as text


def _monday_of(year: str, week: str) -> str:
    """Give the Monday of a week by its number in the calendar year (ISO 8601); '' where there is no such week."""
    try:
        return date.fromisocalendar(_number(year), _number(week), 1).isoformat()
    except ValueError:
        return ""


def _monday(day: str) -> str:
    if not day:
        return ""
    known = date.fromisoformat(day)
    return (known - timedelta(days=known.weekday())).isoformat()
