"""Published tables of counts or rates: by district, school, grade, student group and year, with suppression marks.

A row is a published cell. Nothing is added up here: a total stays as published, a state is flagged as a parent.
"""

from fnmatch import fnmatchcase

import pandas as pd

from analysis import engine
from analysis.problems import Problem, UserError, nearest
from analysis.records import published_numbers as numbers_of
from analysis.records.files import lines, school_year, stage, unstage
from analysis.records.focus import not_in_records
from analysis.records.published_numbers import COUNTS, RATES, READ_RATES, Draft, impossible
from analysis.records.types import FLOW_COLUMNS, PublishedCounts
from analysis.records.wording import meaning
from analysis.study import Records, Study

STAGED = "published_staged"
KEYS = ("school_year", "district_id", "school_id", "grade_level", "group", "group_level")
NAMES = ("district_name", "school_name")
COLUMNS = (
    "school_year", "district_id", "district_name", "school_id", "school_name", "grade_level", "group", "group_level",
    "students", "students_basis", "chronically_absent", "chronic_rate", "days_enrolled", "days_absent",
    "absence_rate", "hidden", "parent",
)  # fmt: skip
ALL = "all"
"""The word that `values` map to for a row of all grades or all students."""

OWN = ("file_row", "file_number", "left_out")
LINES_NAMED = 10
TOTAL_TOLERANCE = numbers_of.ROUNDED + 0.002
"""Students worked back from rounded percents are good to about 0.2 percent."""


def read_published(study: Study) -> PublishedCounts:
    """Read a study's published tables.

    Raises
    ------
    UserError
        Everything that stops the run, at once: missing files and columns, words and numbers that nothing explains,
        two rows that disagree about the same cell.
    """
    problems = stage(study, STAGED)
    rows = engine.table(f"SELECT * FROM {STAGED} ORDER BY file_row")
    texts = [str(column) for column in rows if column not in OWN]
    rows[texts] = rows[texts].astype("str").where(rows[texts].notna(), "")
    problems += _columns(study, rows)
    if _stopped(problems):
        raise UserError("records", problems)
    keyed, drafts = _keyed(study, rows)
    numbers, found = numbers_of.read_numbers(study.settings.records, keyed[keyed["set_aside"] == ""])
    cells = keyed.drop(columns=[column for column in numbers if column in keyed]).join(numbers)
    cells, repeated = _without_repeats(cells)
    drafts += found + repeated
    drafts += _notes(cells[cells["set_aside"] == ""])
    problems += _placed(study, drafts)
    unstage(STAGED)
    counts = _finished(study, cells[cells["set_aside"] == ""])
    if counts.empty and not _stopped(problems):
        seen = "no row could be used" if len(rows) else "the files have no rows"
        problems.append(Problem(study.path.name, seen, "there is nothing to count", "check years, where and where_not"))
    known = {name: sorted(counts[name].unique()) for name in ("district_id", "school_year")}
    problems += not_in_records(study, known) if len(counts) else []
    if _stopped(problems):
        raise UserError("records", [problem for problem in problems if problem.severity == "stops"])
    problems += _totals(study, counts)
    rejected = sum(problem.rows for problem in problems if problem.severity == "set_aside")
    return PublishedCounts(study, counts, _flow(cells, rejected), tuple(problems))


def parent_districts(records: Records, codes: "pd.Series[str]") -> "pd.Series[bool]":
    """Tell the codes that stand for several districts, such as a state; `parents` of the study may hold `*`."""
    return codes.map(lambda code: any(fnmatchcase(code, pattern) for pattern in records.parents.get("district_id", ())))


def _stopped(problems: list[Problem]) -> bool:
    return any(problem.severity == "stops" for problem in problems)


def _columns(study: Study, rows: pd.DataFrame) -> list[Problem]:
    """Name columns that nothing reads, and those without which nothing can be placed or counted."""
    records, where = study.settings.records, f"{study.path.name}, records"
    known = {*KEYS, *NAMES, *COUNTS, *READ_RATES}
    filters = {*records.where, *records.where_not}
    own = {str(column) for column in rows if not str(column).endswith("_word")} - set(OWN)
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
    if not {*COUNTS, *READ_RATES} & own:
        fix = f"map one of {', '.join(sorted({*COUNTS, *READ_RATES}))}"
        problems.append(Problem(where, "no count and no rate is mapped", "there is nothing to report", fix))
    groups = set(rows["group"]) - {"", ALL} if "group" in rows else set()
    for group in sorted(groups - set(records.groups)):
        problems.append(Problem(where, f"'{group}' is no group of the study", "", f"write it under groups: [{group}]"))
    return problems


def _keyed(study: Study, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Draft]]:
    """Give every row its place (our words, `KEYS`), or the reason why it is set aside."""
    records = study.settings.records
    given = {column: rows.get(f"{column}_word", rows.get(column)) for column in (*KEYS, *NAMES)}
    keyed = rows.assign(**{column: "" if text is None else text for column, text in given.items()})
    by_file = (keyed["grade_level"] != "").groupby(keyed["file_number"])  # a file without grades is of all grades
    year_text, keyed["school_year"] = keyed["school_year"], keyed["school_year"].map(school_year)
    no_grade = (keyed["grade_level"] == "") & by_file.transform("any")
    keyed["grade_level"] = keyed["grade_level"].replace(ALL, "")
    keyed = _grouped(records, keyed)
    for pattern in records.parents.get("school_id", ()):
        keyed["school_id"] = keyed["school_id"].where(
            ~keyed["school_id"].map(lambda code, p=pattern: fnmatchcase(code, p)), ""
        )
    years = study.settings.years
    reasons = {
        "left out by the study": keyed["left_out"].astype(bool),
        "grade missing": no_grade,
        "district missing": keyed["district_id"] == "",
        "group missing": (keyed["group"] != "") & (keyed["group_level"] == ""),
        "school year not in the study": ~keyed["school_year"].isin(years) & (keyed["school_year"] != "") & bool(years),
    }
    keyed["set_aside"] = ""
    for reason, holds in reasons.items():
        keyed.loc[holds & (keyed["set_aside"] == ""), "set_aside"] = reason
    unread = (keyed["set_aside"] == "") & (keyed["school_year"] == "")
    first = keyed.assign(text=year_text)[unread].groupby("text")["file_row"].agg(["min", "size"])
    fix = "write both years, as 2017-18, or map it under records.values.school_year"
    drafts = [
        Draft(
            (int(row),),
            f"school year '{text[:20]}' is not two years in a row ({size:,} rows)",
            "the row has no year",
            fix,
        )
        for text, row, size in first.head(LINES_NAMED).itertuples()
    ]
    return keyed, drafts


def _grouped(records: Records, keyed: pd.DataFrame) -> pd.DataFrame:
    """Translate a group's level by `values.<group>`; a level 'all' is all students."""
    levels = [
        (meaning(records, group, level) or "") if group and level else level
        for group, level in zip(keyed["group"], keyed["group_level"], strict=True)
    ]
    result = keyed.assign(group_level=levels)
    everybody = (result["group_level"] == ALL) | (result["group"] == ALL)
    result.loc[everybody, ["group", "group_level"]] = ""
    return result


def _without_repeats(cells: pd.DataFrame) -> tuple[pd.DataFrame, list[Draft]]:
    """Set aside rows that say again what another says; two that disagree about a cell stop the run."""
    result = cells.copy()
    used = result[result["set_aside"] == ""]
    again = used.duplicated([*KEYS, *COUNTS, *RATES, "hidden"])
    result.loc[used.index[again], "set_aside"] = "the same row again"
    left = used[~again]
    disagree = left[left.duplicated(list(KEYS), keep=False)]
    drafts = []
    for key, some in list(disagree.groupby(list(KEYS), sort=False))[:LINES_NAMED]:
        cell = ", ".join(str(part) for part in key if part)
        file_rows = tuple(int(row) for row in some["file_row"][:2])
        why, fix = "only one can be true", "leave one out by where_not, or by the years of a file"
        drafts.append(Draft(file_rows, f"rows that disagree about the same cell ({cell})", why, fix, rows=len(some)))
    return result, drafts


def _notes(cells: pd.DataFrame) -> list[Draft]:
    """Note rows that contradict themselves."""
    drafts = []
    more, differ = impossible(cells).any(axis=1), numbers_of.differing(cells)
    for wrong, seen, fix in (
        (
            more,
            "more absent than there are, or a rate above 100%",
            "ask the source; the rate is not shown, the counts are kept",
        ),
        (
            differ & ~more,
            "a published rate that its own counts do not give",
            "ask the source; the rate is kept as published",
        ),
    ):
        if wrong.any():
            first = int(cells.loc[wrong, "file_row"].iloc[0])
            size = int(wrong.sum())
            drafts.append(Draft((first,), f"{seen} ({size:,} rows)", "one of the numbers is wrong", fix, "noted", size))
    return drafts


def _placed(study: Study, drafts: list[Draft]) -> list[Problem]:
    wanted = [row for draft in drafts for row in draft.file_rows]
    said = lines(study, STAGED, wanted) if wanted else {}
    return [
        Problem(
            " and ".join(said[row] for row in draft.file_rows) or f"{study.path.name}, records",
            draft.seen, draft.why, draft.fix, draft.severity, draft.rows,
        )
        for draft in drafts
    ]  # fmt: skip


def _finished(study: Study, cells: pd.DataFrame) -> pd.DataFrame:
    records = study.settings.records
    result = cells.copy()
    wrong = impossible(result)
    for rate in RATES:
        result.loc[wrong[rate], rate] = float("nan")
    result.loc[wrong.any(axis=1) & (result["hidden"] == ""), "hidden"] = "not_available"
    state = parent_districts(records, result["district_id"])
    unit = ["school_year", "district_id", "grade_level", "group", "group_level"]
    schools = pd.MultiIndex.from_frame(result.loc[result["school_id"] != "", unit])
    over_schools = (result["school_id"] == "") & pd.MultiIndex.from_frame(result[unit]).isin(schools)
    result["parent"] = state.astype(bool) | over_schools
    result = result.sort_values(list(KEYS)).reset_index(drop=True)
    for code, name in (("district_id", "district_name"), ("school_id", "school_name")):
        named = result[result[name] != ""].drop_duplicates(["district_id", code], keep="last")
        latest = named.sort_values("school_year").set_index(["district_id", code])[name].to_dict()
        result[name] = [latest.get(pair, "") for pair in zip(result["district_id"], result[code], strict=True)]
    return result[list(COLUMNS)]


def _totals(study: Study, counts: pd.DataFrame) -> list[Problem]:
    """Note where a published rate of all grades is not what the counts of the study's grades give."""
    grades = study.settings.definitions.grades
    unit = ["school_year", "district_id", "school_id"]
    everybody = counts[counts["group"] == ""]
    levels = everybody[everybody["grade_level"].isin(grades)]
    complete = (
        levels[["students", "chronically_absent"]].notna().all(axis=1).groupby([levels[key] for key in unit]).all()
    )
    sums = levels.groupby(unit)[["students", "chronically_absent"]].sum()[complete]
    published = everybody[everybody["grade_level"] == ""].set_index(unit)["chronic_rate"]
    apart = (sums["chronically_absent"] / sums["students"] - published.reindex(sums.index)).abs() > TOTAL_TOLERANCE
    if not apart.any():
        return []
    seen = f"{int(apart.sum()):,} of {len(sums):,} published totals are not those of the grades together"
    why = "the source's total may hold other students, such as pre-kindergarten"
    fix = "totals stay as published; to sum other grades, change definitions.grades"
    return [Problem(f"{study.path.name}, records", seen, why, fix, "noted", int(apart.sum()))]


def _flow(cells: pd.DataFrame, rejected: int) -> pd.DataFrame:
    """Count rows read, set aside by reason and used; a published row is a cell, so students are not counted."""
    reasons = cells.loc[cells["set_aside"] != "", "set_aside"].value_counts(sort=False)
    used = cells[cells["set_aside"] == ""]
    table = [("read", "", len(cells) + rejected)]
    table += [("set aside", str(reason), int(size)) for reason, size in reasons.items()]
    table += [("set aside", "lines that could not be read", rejected)] if rejected else []
    table += [("used", "", len(used))]
    more = int(impossible(used).any(axis=1).sum())
    table += [("used", "of these with more absent than there are: no rate", more)] if more else []
    return pd.DataFrame(table, columns=list(FLOW_COLUMNS[:3])).assign(students=float("nan"))
