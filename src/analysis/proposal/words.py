"""The words of a source that need a mapping: codes, grades, groups, marks, totals; and what a line of a study is."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from analysis.proposal.guess import (
    NUMBERS,
    Guesses,
    grade_of,
    group_of,
    is_known_mark,
    is_suppressed,
    marks_of,
    strength,
)
from analysis.proposal.header_words import (
    ALL_WORDS,
    GROUPS,
    NOT_AVAILABLE,
    SCHOOL_LEVELS,
    TOTAL_CODES,
    TOTAL_WORDS,
    words_of,
)
from analysis.proposal.kind import code_of
from analysis.proposal.sample import is_number, number
from analysis.records.nested_totals import TOTAL_WORDS as CALLED_TOTALS
from analysis.records.wording import KNOWN_WORDS, STUDENTS_TO_NAME, folded
from analysis.vocabulary import REASONS

WORDS_SHOWN = 60
LONGEST_SHOWN = 60
SAME = "="
TRUE_OR_FALSE = ("true", "yes", "y", "1", "false", "no", "n", "0")
OF_CHRONIC = {"chronic_rate": {"rate"}, "chronically_absent": {"number", "count", "student"}}
CHECK = "a guess: check it with the source"


@dataclass(frozen=True)
class Line:
    """A line of a proposed study.

    Parameters
    ----------
    text : YAML, such as `date: Day`; of a question what is asked.
    why : what speaks for it; stands beside it as a comment.
    depth : how far it is indented.
    open : it is not known: the line is a comment, for a person to complete.
    """

    text: str
    why: str = ""
    depth: int = 2
    open: bool = False


def quoted(text: str) -> str:
    """Write a text so that YAML reads it as this text."""
    plain = re.fullmatch(r"[\w./]([\w ./()+-]*[\w)+])?", text) and re.search("[A-Za-z]", text)
    other_meaning = text.lower() in ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
    return text if plain and not other_meaning else json.dumps(text, ensure_ascii=False)


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(json.dumps(word, ensure_ascii=False) for word in words)}]"


def measure_of(word: str) -> str:
    """Give our name for what a number is of; empty where it is not said whether it is a number or a rate."""
    words = words_of(word)
    names = (name for name in NUMBERS if strength(name, words) == 1)
    return next((name for name in names if "chronic" not in words or OF_CHRONIC[name] & set(words)), "")


def day_of_school(word: str) -> str:
    """Tell whether a word of a calendar is a day with or without school; empty where it does not say."""
    stems = words_of(word)
    return "true" if "instructional" in stems else "false" if {"holiday", "break", "weekend"} & set(stems) else ""


def level_of(word: str) -> str:
    """Give our level for a word of a school's level; empty where it names none, or primary and secondary schools."""
    found = [ours for ours, pattern in SCHOOL_LEVELS.items() if re.search(pattern, word.lower())]
    several = "elementary" in found and re.search(f"secondary|{SCHOOL_LEVELS['high']}", word.lower())
    return found[0] if found and not several else ""


def _known(ours: str, more: Callable[[str], str] = lambda _: "") -> Callable[[str], str]:
    return lambda word: SAME if folded(word) in KNOWN_WORDS[ours] else more(word)


MEANINGS: dict[str, Callable[[str], str]] = {
    "grade_level": _known("grade_level", grade_of),
    "attendance_code": _known("attendance_code", code_of),
    "absence_reason": _known("absence_reason", lambda word: code_of(word) if code_of(word) in REASONS else ""),
    "school_level": _known("school_level", level_of),
    "instructional": lambda word: SAME if word.lower() in TRUE_OR_FALSE else day_of_school(word),
    "measure": measure_of,
    "group": lambda word: SAME if word in GROUPS else group_of(word),
    "group_level": lambda word: "all" if re.fullmatch(ALL_WORDS, word) else SAME,
    **dict.fromkeys(GROUPS, lambda word: "" if is_number(word) else SAME),
}
"""What a word of a column means: ours, `SAME` where it needs no mapping, empty where a person has to say it."""


def fractions(given: Guesses) -> set[str]:
    """Name the measures of a long table whose numbers are mostly no whole ones: they are no counts."""
    if not {"measure", "value"} <= given.found.keys():
        return set()
    parts: dict[str, list[bool]] = {}
    for word, cell in zip(given.found["measure"].column.cells, given.found["value"].column.cells, strict=True):
        if is_number(cell):
            parts.setdefault(word, []).append(number(cell) != int(number(cell)))
    return {word for word, some in parts.items() if 2 * sum(some) > len(some)}


def values_lines(
    counts: dict[str, "Counter[str]"], of_persons: set[str], rates: set[str], *, counted: bool = False
) -> list[Line]:
    """List the words that need a mapping: what they probably mean, or a question.

    Parameters
    ----------
    counts : by our column, how often each word stands.
    of_persons : columns of tables whose rows are persons', so that a word which few rows have is not shown.
    rates : measures whose numbers are no counts.
    counted : the numbers of measures stand in a column of counts.
    """
    more = "count" if counted else ""
    meanings = MEANINGS | {
        "measure": lambda word: measure_of(word) or measure_of(f"{word} {'rate' if word in rates else more}")
    }
    columns = [
        _words(ours, counts[ours], meaning, STUDENTS_TO_NAME if ours in of_persons else 1)
        for ours, meaning in meanings.items()
        if ours in counts
    ]
    lines = [line for column in columns for line in column]
    head = Line("values:", "the file's words: ours", 1, open=all(line.open for line in lines))
    return [head, *lines] if lines else []


def _words(ours: str, words: "Counter[str]", meaning: Callable[[str], str], least: int) -> list[Line]:
    lines: list[Line] = []
    hidden = 0
    for word, rows in words.most_common():
        means = meaning(word)
        if means == SAME:
            continue
        shown = len(word) <= LONGEST_SHOWN and len(lines) < WORDS_SHOWN
        if not shown or rows < least:
            hidden += 1
        elif means:
            lines.append(Line(f"{quoted(word)}: {means}", f"{rows:,} rows; {CHECK}", 3))
        else:
            lines.append(Line(f"{quoted(word)}: ?", f"{rows:,} rows", 3, open=True))
    if hidden:
        seen = f"? {hidden:,} more words: too rare, too long or too many; 'absence check' says where they are"
        lines.append(Line(seen, depth=3, open=True))
    return [Line(f"{ours}:", open=all(line.open for line in lines)), *lines] if lines else []


def marks_lines(givens: Sequence[Guesses]) -> list[Line]:
    """List what stands in columns of numbers and is none."""
    words: Counter[str] = Counter()
    for column in (one.column for given in givens for name, one in given.found.items() if name in NUMBERS):
        words.update({mark: column.counts[mark] for mark in marks_of(column)})
    lines = []
    for key, known in (("suppressed", is_suppressed), ("not_available", NOT_AVAILABLE.__contains__)):
        found = [word for word in words if known(word)]
        if found:
            lines.append(Line(f"{key}: {_list(found)}", f"{sum(words[word] for word in found):,} cells; {CHECK}"))
    asked = [word for word, rows in words.items() if not is_known_mark(word) and rows >= STUDENTS_TO_NAME]
    if asked:
        lines.append(Line(f"? {_list(asked)}: are they suppressed, or not_available", open=True))
    if any(line.text.startswith("suppressed") for line in lines):
        lines.append(Line("? rule, at_most: what does the source say of the cells that it hides", open=True))
    return [Line("marks:", depth=1, open=all(line.open for line in lines)), *lines] if lines else []


def parents_lines(givens: Sequence[Guesses]) -> list[Line]:
    """Name the codes of rows that hold others, such as a state among its districts."""
    lines = []
    for code, name in (("district_id", "district_name"), ("school_id", "school_name")):
        totals: dict[str, None] = {}
        for given in givens:
            if code in given.found or name in given.found:
                names = given.found[name if name in given.found else code].column.cells
                codes = given.found[code].column.cells if code in given.found else names
                totals |= {
                    re.sub(r"^(\d+)\.0+$", r"\1", one): None  # as ids are read
                    for one, called in zip(codes, names, strict=True)
                    if one and _is_total(one, called)
                }
        if totals:
            lines.append(Line(f"{code}: {_list(totals)}", f"their code or name says that they hold others; {CHECK}"))
    return [Line("parents:", depth=1), *lines] if lines else []


def _is_total(code: str, name: str) -> bool:
    called = {code.casefold(), name.casefold()} & CALLED_TOTALS
    return bool(
        called or re.fullmatch(TOTAL_CODES, code) or any(re.fullmatch(TOTAL_WORDS, one) for one in (code, name))
    )
