"""What a row of a published table is about: its year, district, school, grade and group, or why it is set aside."""

from fnmatch import fnmatchcase
from typing import Final

import pandas as pd

from analysis.language import later
from analysis.problems import Severity
from analysis.records.dates import school_year
from analysis.records.drafts import Draft, draft_of
from analysis.records.files import SHARED
from analysis.records.published.numbers import COUNTS, RATES, READ
from analysis.records.wording import meaning
from analysis.study import Records, Study
from analysis.vocabulary import ALL

KEYS: Final = ("school_year", "district_id", "school_id", "grade_level", "group", "group_level")
NAMES: Final = ("district_name", "school_name", "school_level")
NOTE: Final = r"(?i)[*†‡^(]\s*\S|notes?\b|sources?\b|data (source|as of)|.{60}"
"""How a line begins that is no place."""
LINES_NAMED: Final = 10
YEARS_NAMED: Final = 4
CELL: Final = ["file_number", *KEYS]
"""What rows of a long table have in common where they are about one cell."""
AGAIN: Final = later("the same row again")
NOWHERE: Final = {
    later("district missing"): later("numbers of no district"),
    later("grade missing"): later("numbers of no grade"),
    later("group missing"): later("numbers of no student group"),
}
"""Why rows with numbers have no place, and how it is said."""


def parent_districts(records: Records, codes: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell the codes that stand for several districts, such as a state; `parents` of the study may hold `*`."""
    return _like(codes, records.parents.get("district_id", ()))


def _like(codes: "pd.Series[str]", patterns: tuple[str, ...]) -> "pd.Series[bool]":
    known = {code: any(fnmatchcase(code, pattern) for pattern in patterns) for code in codes.unique()}
    return codes.map(known).astype(bool)


def placed(study: Study, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Draft]]:
    """Give every row its place (our words, `KEYS`), or in `set_aside` the reason why it has none.

    Parameters
    ----------
    rows : the staged text, empty where nothing stands; `<column>_word` is the text in our words.
    """
    records = study.settings.records
    given = {column: rows.get(f"{column}_word", rows.get(column)) for column in (*KEYS, *NAMES, "measure", "value")}
    keyed = rows.assign(**{column: "" if text is None else text for column, text in given.items()}, rows=1)
    by_file = (keyed["grade_level"] != "").groupby(keyed["file_number"])  # a file without grades is of all grades
    no_grade = (keyed["grade_level"] == "") & by_file.transform("any")
    keyed["grade_level"] = keyed["grade_level"].replace(ALL, "")
    years = {text: school_year(text, records.year_is) for text in keyed["school_year"].unique()}
    year_text, keyed["school_year"] = keyed["school_year"], keyed["school_year"].map(years)
    keyed = _grouped(records, keyed)
    over_schools = _like(keyed["school_id"], records.parents.get("school_id", ()))
    keyed["school_id"] = keyed["school_id"].where(~over_schools, "")
    keyed["set_aside"] = ""
    chosen = study.settings.years
    for reason, holds in {
        later("left out by the study"): keyed["left_out"].astype(bool),
        later("grade missing"): no_grade,
        later("district missing"): keyed["district_id"] == "",
        later("a note or a source, and no numbers"): _is_note(keyed, year_text),
        later("group missing"): (keyed["group"] == "") != (keyed["group_level"] == ""),
        later("school year not in the study"): ~keyed["school_year"].isin(chosen)
        & (keyed["school_year"] != "")
        & bool(chosen),
    }.items():
        keyed.loc[holds & (keyed["set_aside"] == ""), "set_aside"] = reason
    keyed, shared = _schools_told_apart(keyed)
    return _spread(keyed), [*_no_years(keyed, year_text), *_nowhere(keyed), *shared]


def _is_note(keyed: pd.DataFrame, year_text: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell lines above or below a table, which stand where a place or year does and have no numbers."""
    places = (keyed["district_id"], keyed["school_id"], year_text)
    return pd.concat([place.str.match(NOTE) for place in places], axis=1).any(axis=1) & ~_has_numbers(keyed)


def _has_numbers(keyed: pd.DataFrame) -> "pd.Series[bool]":
    numbers = [column for column in (*READ, "value") if column in keyed]
    return (keyed[numbers] != "").any(axis=1)


def _nowhere(keyed: pd.DataFrame) -> list[Draft]:
    """Note rows that have numbers and no place; where they are most of the table, refuse it."""
    drafts, read = [], ~keyed["left_out"].astype(bool)
    for reason, said in NOWHERE.items():
        lost = _has_numbers(keyed) & (keyed["set_aside"] == reason)
        if not lost.any():
            continue
        why = later("the rows are set aside: nothing says what they are about")
        fix = later("fill the cells in the source (merged ones too), read another column by fallback, or use where_not")
        severity: Severity = "stops" if 2 * lost.sum() > read.sum() else "noted"
        drafts.append(draft_of(keyed, lost, said, why, fix, severity=severity))
    return drafts


def _no_years(keyed: pd.DataFrame, text: "pd.Series[str]") -> list[Draft]:
    unread = (keyed["set_aside"] == "") & (keyed["school_year"] == "")
    if not unread.any():
        return []
    first, texts = int(keyed.loc[unread, "file_row"].min()), list(text[unread].unique())
    more = f" and {len(texts) - YEARS_NAMED:,} more" if len(texts) > YEARS_NAMED else ""
    named = ", ".join(f"'{year[:20]}'" for year in texts[:YEARS_NAMED]) + more
    seen = f"school year {named} is not two years in a row ({int(unread.sum()):,} rows)"
    fix = "write both years, as 2017-18, or take them out of a longer text: extract: {school_year: '\\d{4}-\\d{2,4}'};"
    fix += " or say under records what one year means: year_is: start, or year_is: end"
    return [Draft((first,), seen, "the row has no year", fix)]


def _grouped(records: Records, keyed: pd.DataFrame) -> pd.DataFrame:
    """Translate a group's level by `values.<group>`; a level 'all' is all students."""
    pairs = dict.fromkeys(zip(keyed["group"], keyed["group_level"], strict=True))
    words = {
        (group, level): (meaning(records, group, level) or "") if group and level else level for group, level in pairs
    }
    levels = [words[pair] for pair in zip(keyed["group"], keyed["group_level"], strict=True)]
    result = keyed.assign(group_level=levels)
    everybody = (result["group_level"] == ALL) | (result["group"] == ALL)
    result.loc[everybody, ["group", "group_level"]] = ""
    return result


def _schools_told_apart(keyed: pd.DataFrame) -> tuple[pd.DataFrame, list[Draft]]:
    """Put the district before a school's id where two districts have a school of that id in the same year.

    So it is where names stand for ids: many districts have a 'Central High'.
    """
    used = keyed[(keyed["set_aside"] == "") & (keyed["school_id"] != "")]
    districts = used.groupby(["school_year", "school_id"])["district_id"].nunique()
    shared = set(districts[districts > 1].index.get_level_values("school_id"))
    if not shared:
        return keyed, []
    both = keyed["school_id"].isin(shared)
    seen = SHARED[len(shared) > 1].format(ids=f"{len(shared):,}")
    why = later("each is a school of its own: its district is put before its id")
    fix = later("nothing to do, where that is so")
    told_apart = keyed["school_id"].where(~both, keyed["district_id"] + ": " + keyed["school_id"])
    return keyed.assign(school_id=told_apart), [draft_of(keyed, both, seen, why, fix, severity="noted")]


def _spread(keyed: pd.DataFrame) -> pd.DataFrame:
    """Move the `value` of a long row into the column that its `measure` names."""
    long = keyed["measure"] != ""
    if not long.any():
        return keyed
    result = keyed.copy()
    for measure in sorted(set(keyed.loc[long, "measure"])):
        own = result[measure] if measure in result else pd.Series("", index=result.index)
        result[measure] = own.mask(keyed["measure"] == measure, keyed["value"])
    return result


def together(cells: pd.DataFrame) -> tuple[pd.DataFrame, list[Draft]]:
    """Make one row of the long rows that are about one cell: its number, its rate.

    Parameters
    ----------
    cells : placed rows with their numbers (NaN where a row has none of a column).

    Returns
    -------
    One row a cell, `rows` the number of source rows in it, and the rows that say twice, and otherwise, the same.
    """
    long = (cells["measure"] != "") & (cells["set_aside"] == "")
    if not long.any():
        return cells, []
    result = cells.copy()
    by = [*CELL, "measure"]
    numbers = [*READ, *(f"{column}_hidden" for column in READ)]
    again = result[long].duplicated([*by, *numbers])
    result.loc[again[again].index, "set_aside"] = AGAIN
    long = long & (result["set_aside"] == "")
    left = result[long]
    drafts = _contradictions(left[left.duplicated(by, keep=False)], by)
    groups = result[long].groupby(CELL, sort=False)
    merged = groups.first()  # the first number that is there, in each column
    merged[[name for name in numbers if name.endswith("_hidden")]] = groups[numbers[len(READ) :]].any()
    merged["rows"] = groups["rows"].sum()
    merged["file_row"] = groups["file_row"].min()
    return pd.concat([result[~long], merged.reset_index()], ignore_index=True), drafts


def without_repeats(cells: pd.DataFrame) -> tuple[pd.DataFrame, list[Draft]]:
    """Set aside rows that say again what another says; two that disagree about a cell stop the run."""
    result = cells.copy()
    used = result[result["set_aside"] == ""]
    again = used.duplicated([*KEYS, *COUNTS, *RATES, "hidden"])
    result.loc[used.index[again], "set_aside"] = AGAIN
    left = used[~again & (used["school_year"] != "")]  # without its year nobody knows of which cell a row is
    return result, _contradictions(left[left.duplicated(list(KEYS), keep=False)], list(KEYS))


def _contradictions(rows: pd.DataFrame, by: list[str]) -> list[Draft]:
    drafts = []
    for key, some in list(rows.groupby(by, sort=False))[:LINES_NAMED]:
        cell = ", ".join(str(part) for name, part in zip(by, key, strict=True) if part and name != "file_number")
        places = tuple(int(row) for row in some["file_row"][:2])
        why = "only one can be true"
        fix = "where a column tells such rows apart (a term, kinds of schools), map it and keep one of its words by"
        fix += " where; else leave one out by where_not, or by the years of a file"
        drafts.append(Draft(places, f"rows that disagree about the same cell ({cell})", why, fix, rows=len(some)))
    return drafts
