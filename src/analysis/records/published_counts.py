"""Published tables of counts or rates: by district, school, grade, student group and year, with suppression marks.

A row is a published cell. Nothing is added up here: a total stays as published, a state is flagged as a parent.
"""

import re

import pandas as pd

from analysis.language import later
from analysis.problems import Problem, UserError, nearest, rows_set_aside, stop, stopping
from analysis.records.drafts import placed_problems
from analysis.records.files import STAGED, STAGED_OWN, in_percents, stage, staged_texts, unstage
from analysis.records.focus import not_in_records
from analysis.records.nested_totals import parents_at_schools, published_totals
from analysis.records.published.alike import codes_alike, several_names, years_alike
from analysis.records.published.bounds import bounded
from analysis.records.published.checks import note_over_the_whole, notes, over_the_whole, students_for_days, totals
from analysis.records.published.numbers import (
    BOUNDS,
    COUNTS,
    RATES,
    READ,
    completed,
    impossible,
    read_numbers,
)
from analysis.records.published.rows import KEYS, NAMES, parent_districts, placed, together, without_repeats
from analysis.records.types import FLOW_COLUMNS, NOT_READ, PublishedCounts
from analysis.study import Study
from analysis.vocabulary import ALL

COLUMNS = (
    "school_year", "district_id", "district_name", "school_id", "school_name", "school_level", "grade_level", "group",
    "group_level", "students", "students_basis", "chronically_absent", "chronic_rate", "days_enrolled", "days_absent",
    "absence_rate", "hidden", "parent", *BOUNDS,
)  # fmt: skip
LONG = ("measure", "value")


def read_published(study: Study) -> PublishedCounts:
    """Read a study's published tables.

    Raises
    ------
    UserError
        Everything that stops the run, at once: missing files and columns, words and numbers that nothing explains,
        two rows that disagree about the same cell.
    """
    problems = stage(study, STAGED)
    rows = staged_texts()
    problems += _columns(study, rows)
    if stopping(problems):
        raise UserError("records", problems)
    keyed, drafts = placed(study, rows)
    used = keyed[keyed["set_aside"] == ""]
    numbers, found = read_numbers(study.settings.records, used, used["file_number"].map(in_percents(study)))
    cells = keyed.drop(columns=[column for column in READ if column in keyed]).join(numbers)
    marked = [f"{column}_hidden" for column in READ]
    cells[marked] = cells[marked].eq(True)  # not so in rows that are set aside
    cells, twice = together(cells)
    cells = cells.assign(**completed(cells))
    cells, repeated = without_repeats(cells)
    shown = cells[cells["set_aside"] == ""]
    drafts += [*found, *twice, *repeated, *notes(shown), *note_over_the_whole(shown), *students_for_days(shown)]
    drafts += [*codes_alike(shown), *several_names(shown), *years_alike(shown)]
    parent = parent_districts(study.settings.records, shown["district_id"])
    said = "district_id" in study.settings.records.parents
    none = study.settings.records.parents.get("school_id") == ()
    drafts += parents_at_schools(shown.assign(parent=parent))
    drafts += published_totals(shown.assign(parent=parent), said=said, no_school_does=none)
    problems += placed_problems(study, drafts)
    unstage(STAGED)
    counts = _finished(study, cells[cells["set_aside"] == ""])
    if counts.empty and not stopping(problems):
        seen = "no row could be used" if len(rows) else "the files have no rows"
        problems.append(Problem(study.path.name, seen, "there is nothing to count", "check years, where and where_not"))
    problems += not_in_records(study, counts)
    problems += [] if stopping(problems) else totals(study, counts)
    stop(problems)
    rejected = rows_set_aside(problems)
    return PublishedCounts(study, counts, _flow(cells, rejected), tuple(problems))


def _columns(study: Study, rows: pd.DataFrame) -> list[Problem]:
    """Name columns that nothing reads, and those without which nothing can be placed or counted."""
    records, where = study.settings.records, f"{study.path.name}, records"
    known = {*KEYS, *NAMES, *READ, *LONG}
    filters = {*records.where, *records.where_not}
    own = {str(column) for column in rows if not str(column).endswith("_word")} - set(STAGED_OWN)
    problems = [
        Problem(
            where, f"'{column}' is no column of published counts", "nothing reads it", nearest(column, sorted(known))
        )
        for column in sorted(own - known - filters)
    ]
    for column, fix in (
        ("school_year", "map it, write {school_year} in the path, or give it under set"),
        ("district_id", "map it, or give it under set"),
    ):
        if column not in rows:
            problems.append(Problem(where, f"there is no {column}", "a row cannot be placed", fix))
    for one, other in (LONG, LONG[::-1]):
        if one in own and other not in own:
            seen, fix = f"{one} is mapped, and {other} is not", f"map {other} too: a long table has both"
            problems.append(Problem(where, seen, "a row's number would be taken for another", fix))
    if not {*READ, LONG[1]} & own:
        fix = f"map one of {', '.join(sorted(READ))}"
        problems.append(Problem(where, "no count and no rate is mapped", "there is nothing to report", fix))
    named = (
        rows.loc[~rows["left_out"].astype(bool), "group_word" if "group_word" in rows else "group"]
        if "group" in rows
        else ()
    )
    groups = set(named) - {"", ALL}
    for group in sorted(groups - set(records.groups)):
        fix = f"say under values.group which group it is of, or leave its rows out, where_not: {{group: ['{group}']}}"
        fix = f"write it under groups: [{group}]" if re.fullmatch("[a-z][a-z0-9_]*", group) else fix
        problems.append(Problem(where, f"'{group}' is no group of the study", "", fix))
    return problems


def _finished(study: Study, cells: pd.DataFrame) -> pd.DataFrame:
    """Put used rows into the columns and the order of `PublishedCounts`; what cannot be is not shown."""
    result = cells.copy()
    wrong = impossible(result)
    for rate in RATES:
        result.loc[wrong[rate], rate] = float("nan")
    over = over_the_whole(result) | (result[list(COUNTS)] < 0).any(axis=1)
    result.loc[over, [*COUNTS, *BOUNDS]] = float("nan")
    result.loc[over, "students_basis"] = ""
    result.loc[(wrong.any(axis=1) | over) & (result["hidden"] == ""), "hidden"] = "not_available"
    unit = ["school_year", "district_id", "grade_level", "group", "group_level"]
    schools = pd.MultiIndex.from_frame(result.loc[result["school_id"] != "", unit])
    over_schools = (result["school_id"] == "") & pd.MultiIndex.from_frame(result[unit]).isin(schools)
    result["parent"] = parent_districts(study.settings.records, result["district_id"]) | over_schools
    result = result.sort_values(list(KEYS)).reset_index(drop=True)
    for code, name in (("district_id", "district_name"), ("school_id", "school_name")):
        named = result[result[name] != ""].drop_duplicates(["district_id", code], keep="last")
        latest = named.sort_values("school_year").set_index(["district_id", code])[name].to_dict()
        result[name] = [latest.get(pair, "") for pair in zip(result["district_id"], result[code], strict=True)]
    return bounded(study, result)[list(COLUMNS)]


def _flow(cells: pd.DataFrame, rejected: int) -> pd.DataFrame:
    """Count rows read, set aside by reason and used; a published row is no student, so students are not counted."""
    aside, used = cells[cells["set_aside"] != ""], cells[cells["set_aside"] == ""]
    reasons = aside.groupby("set_aside", sort=False)["rows"].sum()
    table = [("read", "", int(cells["rows"].sum()) + rejected)]
    table += [("set aside", str(reason), int(size)) for reason, size in reasons.items()]
    table += [("set aside", NOT_READ, rejected)] if rejected else []
    table += [("used", "", int(used["rows"].sum()))]
    more = int(impossible(used).any(axis=1).sum())
    table += [("used", later("impossible (more absent than there are): no rate is shown"), more)] if more else []
    return pd.DataFrame(table, columns=list(FLOW_COLUMNS[:3])).assign(students=float("nan"))
