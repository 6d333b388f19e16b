"""What the columns of a sample may mean: by their names, and by what their values look like."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from analysis.proposal.header_words import (
    ALL_WORDS,
    CODES,
    GROUPS,
    HEADERS,
    LEVELS_OF,
    NOT_AVAILABLE,
    OF_COUNTS,
    OF_GROUPS,
    OF_OTHERS,
    OF_RATES,
    ONE_STUDENT,
    RACES,
    SUPPRESSED,
    words_of,
)
from analysis.proposal.sample import Column, Sample, is_number
from analysis.records.dates import school_year
from analysis.records.wording import KNOWN_WORDS, folded

MOST = 0.95
FEW_WORDS = 60
CODES_OF_GROUP = 12
"""So many numbers can be codes of a group's levels; more are shares or counts."""
WEAKEST = 0.25
BY_NAME = "by its name"
SUBJECTS = ("chronic", "attendance", "absent", "present")
BELOW_FIRST = {"0": "KG", "00": "KG", "-1": "PK"}
"""Grades below the first where grades are numbers, usually: only proposals are made of them."""


@dataclass(frozen=True)
class Guess:
    """One column of ours, and which of the file's it may be.

    Parameters
    ----------
    ours : our name.
    column : the file's.
    why : what speaks for it.
    """

    ours: str
    column: Column
    why: str


@dataclass(frozen=True)
class Guesses:
    """What was found in a sample, and what has to be asked.

    Parameters
    ----------
    sample : the file.
    found : by our name.
    open : by our name: columns that fit equally well.
    """

    sample: Sample
    found: dict[str, Guess]
    open: dict[str, list[Column]]

    def columns_for(self, ours: str) -> list[Column]:
        """Give the column that one of ours may be, or those that fit equally well."""
        return [self.found[ours].column] if ours in self.found else self.open.get(ours, [])


def grade_of(word: str) -> str:
    """Give our grade for a word, 'all' for all grades, empty where it is not understood."""
    known = KNOWN_WORDS["grade_level"].get(folded(word)) or BELOW_FIRST.get(word.removesuffix(".0"), "")
    return known or ("all" if re.fullmatch(ALL_WORDS, word) else "")


def group_of(word: str) -> str:
    """Give our name for the student group that a word names, or is a level of; 'all' for everybody; else empty."""
    text = re.sub(r"\(?(not|non)[ -](hispanic|latin\w+)\)?", "", word.casefold()).strip(" ,-")
    if re.fullmatch(ALL_WORDS, word):
        return "all"
    sure, name = max((strength(name, words_of(word)), name) for name in GROUPS)
    if sure >= 0.5:
        return name
    races = [race for race in RACES if re.search(race, text)]
    named = [name for name, levels in LEVELS_OF.items() if re.fullmatch(levels, text)]
    if len(races) == 1 and not named:
        return "race_ethnicity"
    return named[0] if len(named) == 1 and not races else ""


def year_of(word: str) -> str:
    """Give the school year that a word names, `2019` where it is a year alone; else empty."""
    alone = re.fullmatch(r"(?:[SF]Y ?)?((?:19|20)\d\d)(\.0)?", word)
    return school_year(word) or (alone[1] if alone else "")


def is_suppressed(word: str) -> bool:
    """Say whether a word stands for a hidden number: a known mark, or a bound such as '<5', 'GE95' or '21-39'."""
    bound = r"(n\s?)?([<>≤≥]=?|GE|GT|LE|LT)\s?\d+(\.\d+)?\s?%?|\d{1,2}\s?%?\s?(-|\u2013|to)\s?\d{1,3}\s?%?"
    said = r"\d+(\.\d+)?\s?%? or (fewer|less|more|greater|below|above)|(less|fewer|more) than \d+(\.\d+)?\s?%?"
    return word in SUPPRESSED or bool(re.fullmatch(f"(?i){bound}|{said}", word))


def is_known_mark(word: str) -> bool:
    """Say whether a word stands for a number that is hidden or not there."""
    return word in NOT_AVAILABLE or is_suppressed(word)


def marks_of(column: Column) -> list[str]:
    """List what stands in a column of numbers and is a mark: known ones, and short ones that repeat."""
    known = [word for word in column.counts if is_known_mark(word)]
    others = [word for word, rows in column.counts.items() if not is_number(word) and len(word) <= 5 and rows > 1]
    return list(dict.fromkeys([*known, *others]))


def _count(column: Column, holds: Callable[[str], object]) -> int:
    return sum(rows for word, rows in column.counts.items() if holds(word))


def _most(column: Column, holds: Callable[[str], object], what: str, least: float = 0.9) -> str:
    """Say how many cells hold; empty where too few of those that are filled do."""
    held, filled = _count(column, holds), len(column.filled)
    return f"{held:,} of {len(column.cells):,} values {what}" if filled and held >= least * filled else ""


def _ids(column: Column) -> str:
    if any(value != int(value) for value in column.numbers):  # a rate of schools is no school
        return ""
    said = _most(column, lambda word: " " not in word and len(word) <= 40, "look like codes")
    return said or (_most(column, len, "are texts") if {"id", "code"} & set(column.words) else "")


def _names(column: Column, least: float = 0.9) -> str:
    return _most(column, lambda word: re.search("[A-Za-z]", word), "look like names", least)


def _grades(column: Column) -> str:
    return _most(column, grade_of, "are understood as grades", 0.5)


def _years(column: Column) -> str:
    return _most(column, year_of, "are years")


def _dates(column: Column) -> str:
    return f"{len(column.filled):,} of {len(column.cells):,} values are dates" if column.date_formats else ""


def _dates_of_rows(column: Column) -> str:
    """Tell dates that rows have from those that some have, such as the day on which a school was opened."""
    return _dates(column) if len(column.filled) >= MOST * len(column.cells) else ""


def _weeks(column: Column) -> str:
    return _most(column, lambda word: re.search(r"\d", word), "have a number")


def _groups(column: Column) -> str:
    """Tell words and codes of groups from numbers of them."""
    return _codes(column) if sum(map(is_number, column.counts)) <= CODES_OF_GROUP else ""


def _numbers(column: Column) -> str:
    others = set(column.counts) - set(marks_of(column)) - {word for word in column.counts if is_number(word)}
    return (
        f"{len(column.numbers):,} of {len(column.cells):,} values are numbers"
        if column.numbers and len(others) <= 2
        else ""
    )


def _counts(column: Column) -> str:
    """Tell whole numbers: numbers of students."""
    whole = sum(value == int(value) for value in column.numbers)
    return _numbers(column) if 2 * whole > len(column.numbers) else ""


def _rates(column: Column) -> str:
    """Tell rates: where the name does not say it, by their decimals."""
    return _numbers(column) if "rate" in column.words or not _counts(column) else ""


def _codes(column: Column, least: int = 2) -> str:
    distinct = len(column.counts)
    few = least <= distinct <= FEW_WORDS and (2 * distinct <= len(column.filled) or distinct < 5)
    return (
        f"{len(column.filled):,} of {len(column.cells):,} rows have a word, {distinct} different ones"
        if few and not column.date_formats
        else ""
    )


def _are_codes(column: Column) -> bool:
    """Tell the codes of attendance that are well known, such as an A that stands in every row."""
    known = {word for words in CODES.values() for word in words.split(", ")} | KNOWN_WORDS["attendance_code"].keys()
    return all(folded(word) in known for word in column.counts)


def _levels(column: Column) -> str:
    return _most(column, lambda word: folded(word) in KNOWN_WORDS["school_level"], "are understood", 0.5) or _codes(
        column
    )


def _anything(column: Column) -> str:
    return "nothing else speaks for it" if column.filled else ""


NUMBERS = (
    "days_absent", "days_present", "days_enrolled", "students", "chronically_absent", "regular_attenders",
    "chronic_rate", "regular_attendance_rate", "attendance_rate", "absence_rate", "value",
)  # fmt: skip
FITS: dict[str, Callable[[Column], str]] = {
    **dict.fromkeys(("student_id", "school_id", "district_id"), _ids),
    **dict.fromkeys(("school_name", "district_name"), _names),
    **dict.fromkeys(("entry_date", "exit_date"), _dates), "date": _dates_of_rows, "week": _weeks,
    **dict.fromkeys(GROUPS, _groups),
    **dict.fromkeys(NUMBERS, _numbers),
    **dict.fromkeys(("chronically_absent", "regular_attenders"), _counts), "chronic_rate": _rates,
    "note": _anything,
    "group": lambda column: _names(column) and _codes(column),
    "group_level": lambda column: _names(column, 0.5) and _codes(column),
    "measure": lambda column: "" if _years(column) else _codes(column, least=1),
    "instructional": lambda column: _codes(column, least=1),
    "attendance_code": lambda column: _codes(column, least=1 if column.pattern or _are_codes(column) else 2),
    "grade_level": _grades, "school_level": _levels, "school_year": _years,
}  # fmt: skip
"""What the values of a column must look like; groups and codes are few words that repeat."""


BY_VALUES: dict[str, Callable[[Column], object]] = {
    "school_year": lambda column: _most(
        column, lambda word: re.match(r"(19|20)\d\d\s?[-_/\u2013]", word) and school_year(word), "are school years"
    ),
    "grade_level": lambda column: _most(
        column, lambda word: len(word) > 5 and grade_of(word) not in ("", "all"), "", 0.5
    ),
    "date": _dates_of_rows,
}
"""What is so plain by its values that no name has to say it."""


@cache
def _synonyms(ours: str) -> tuple[list[tuple[str, ...]], set[str]]:
    means, never = HEADERS[ours]
    return [words_of(one) for one in means.split(",")], set(words_of(never))


def strength(ours: str, words: tuple[str, ...]) -> float:
    """Say how well a header means a column of ours: 1 where it says nothing else, 0 where it does not say it."""
    most = _strength(ours, words)
    if ours == "students" and "denominator" in words:  # of whatever rate
        return 1.0
    if "all" in words or (ours.endswith("_rate") and "rate" in words):  # of all students; a share of students
        most = max(most, _strength(ours, tuple(word for word in words if word != "student")))
    return most


def _strength(ours: str, words: tuple[str, ...]) -> float:
    synonyms, never = _synonyms(ours)
    if never & set(words) or not words or (ours in GROUPS and {"chronic", "absent", "attendance"} & set(words)):
        return 0.0  # a number of a group's students is none of its levels
    if ours in NUMBERS and ours != "value" and OF_OTHERS & set(words):
        return 0.0
    if any("".join(words) == "".join(one) for one in synonyms):  # 'DISTRICTCODE', 'SpEd'
        return 1.0
    parts = (
        one for one in synonyms if one != ("day",) and _in_order(one, words)
    )  # 'day' alone says it, among others not
    return max((len(one) / len(words) for one in parts), default=0.0)


def _in_order(some: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Tell whether words stand among others in the same order: 'number of students' is no 'student number'."""
    rest = iter(words)
    return all(word in rest for word in some)


def guesses(sample: Sample) -> Guesses:
    """Match a file's columns with ours, the surest first; a column is taken once."""
    topic = {subject for subject in SUBJECTS if subject in sample.titles.lower()}
    ranked = []
    for ours in HEADERS:
        for column in sample.columns:
            how_sure, why = _candidate(ours, column, topic, sample)
            if how_sure:
                ranked.append((how_sure, ours, column, why))
    found: dict[str, Guess] = {}
    asked: dict[str, list[Column]] = {}
    taken: set[int] = set()
    for how_sure, ours, column, why in sorted(ranked, key=lambda one: -one[0]):
        if ours in found or ours in asked or column.place in taken:
            continue
        rivals = [one[2] for one in ranked if one[1] == ours and one[0] == how_sure and one[2].place not in taken]
        of_all = [one for one in rivals if {"all", "total", "overall"} & set(one.words)]
        if len(of_all) == 1 and len(rivals) > 2 - ("all" in of_all[0].words):
            others = f"; {len(rivals) - 1} others, such as {rivals[-1].label}, may be of groups"
            found[ours] = Guess(ours, of_all[0], (why if of_all[0] is column else BY_NAME) + others)
            taken |= {one.place for one in rivals}
            continue
        rest = [one for one in rivals if not _say_the_same(ours, column, one)]
        if rest:
            asked[ours] = rivals
            continue
        also = [one.name for one in rivals if one is not column]
        found[ours] = Guess(ours, column, why + (f"; {_listed(also)} says the same" if also else ""))
        taken |= {one.place for one in rivals}
    return Guesses(sample, _with_groups(_of_everybody(found)), asked)


def _with_groups(found: dict[str, Guess]) -> dict[str, Guess]:
    """Take a column with the levels of several groups for both: which group, and which level of it."""
    generic = [found[name] for name in ("group", "group_level") if name in found]
    if len(generic) == 2 and not any(map(group_of, generic[0].column.counts)):  # kinds of districts, or of schools
        generic = generic[1:]
    if len(generic) != 1:
        return found
    column = generic[0].column
    groups = [group_of(word) for word in column.counts]
    several = {*groups} - {"", "all"}
    if len(several) < 2 or 2 * groups.count("") > len(groups):
        return found
    if "group" in found and all(groups.count(group) == 1 for group in several):  # names of groups, no levels
        return found
    why = generic[0].why + "; it has the levels of several groups"
    return found | {name: Guess(name, column, why) for name in ("group", "group_level")}


def _candidate(ours: str, column: Column, topic: set[str], sample: Sample) -> tuple[float, str]:
    """Say how sure it is that a column is one of ours (0: it is not), and why."""
    sure, said = _named(ours, column, topic, sample)
    if sure >= WEAKEST:
        said += "" if sample.trusted else f", '{column.name}', counted from the right: the header has too few names"
        fits = FITS.get(ours, _codes)(column)
        less = column.depth + _unnamed(ours, column)
        return (sure - less / 1000, f"{said}; {fits}") if fits else (0.0, "")
    if ours not in BY_VALUES or _synonyms(ours)[1] & set(column.words) or not BY_VALUES[ours](column):
        return 0.0, ""
    return 0.1, f"no name says it, but {FITS[ours](column)}"


def _unnamed(ours: str, column: Column) -> int:
    """Say by how much a name is less sure: 'School' as an id beside 'School ID', a number of one group alone."""
    words, kind = set(column.words), ours.rpartition("_")[2]
    bare = {"id": 1, "name": 2}.get(kind, 0) if not words & {"id", "code", "number", "name"} else 0
    return bare + 100 * (ours in NUMBERS and _of_group(column))


def _of_group(column: Column) -> bool:
    return any(re.search(word, column.said.lower()) for word in OF_GROUPS)


def _of_everybody(found: dict[str, Guess]) -> dict[str, Guess]:
    """Leave out numbers of one student group where others are of everybody: they do not belong together."""
    numbers = {ours: _of_group(one.column) for ours, one in found.items() if ours in NUMBERS}
    return {ours: one for ours, one in found.items() if not numbers.get(ours) or all(numbers.values())}


def _named(ours: str, column: Column, topic: set[str], sample: Sample) -> tuple[float, str]:
    words, said = column.words, BY_NAME + (f" below '{column.above}'" if column.above else "")
    subject = "chronic" if "chronic" in topic else min(topic, default="")
    if re.sub(r"[\s:]", "", column.said.casefold()) in ONE_STUDENT:  # 'Students' counts them, 'Student' says who it is
        return float(ours == "student_id"), said
    sure, about = strength(ours, words), f"{said} in a file about '{subject}'"
    if ours == "chronically_absent" and not {"chronic", "absent", "pa", "missing"} & set(words):
        sure = 0.0 if set(words) - OF_COUNTS else sure
    if subject == "chronic" and "absent" in words and not {"day", "average", "chronic"} & set(words):
        if not sample.has("chronic"):  # an 'ABSENT_COUNT' is of those whom the file is about
            return strength(ours, ("chronic", *words)), about
    elif "rate" in words and topic and not set(words) - OF_RATES:
        return max((sure, said), (strength(ours, (subject, *words)), about))
    return sure, said


def _say_the_same(ours: str, one: Column, other: Column) -> bool:
    if ours in NUMBERS:  # two rates can stand in the same order, and days of two months can be as many
        return one is other or (one.cells == other.cells and len(one.counts) > 1)
    pairs = set(zip(one.cells, other.cells, strict=True))
    return len(pairs) == len(set(one.cells)) == len(set(other.cells))


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def is_percent(rate: Column) -> bool:
    """Tell percents from shares: of percents, one in ten is above 1.5."""
    return 10 * sum(value > 1.5 for value in rate.numbers) >= len(rate.numbers)
