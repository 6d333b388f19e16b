"""From the words of a source to ours: grades, attendance codes, reasons, levels, groups."""

import re
from collections.abc import Callable
from typing import Final

import pandas as pd

from analysis import engine
from analysis.language import later
from analysis.problems import Problem
from analysis.records.loading import part_of
from analysis.study import Records, Study
from analysis.vocabulary import (
    ATTENDANCE_CODES,
    ATTENDANCE_WORDS,
    GRADE_WORDS,
    GRADES,
    INSTRUCTIONAL_WORDS,
    PUBLISHED_NUMBERS,
    REASONS,
    SCHOOL_LEVELS,
)

KNOWN_WORDS = {
    "grade_level": {**GRADE_WORDS, **{grade.lower(): grade for grade in GRADES}},
    "attendance_code": {**ATTENDANCE_WORDS, **{code: code for code in ATTENDANCE_CODES}},
    "absence_reason": {reason: reason for reason in REASONS},
    "school_level": {level: level for level in SCHOOL_LEVELS},
    "measure": {number: number for number in PUBLISHED_NUMBERS},
    "instructional": INSTRUCTIONAL_WORDS,
}
"""Columns whose words must be ours: what each spelling means without a mapping."""

STUDENTS_TO_NAME = 10
"""A word of a student-level file is repeated in a message only where so many students have it."""
UNEXPLAINED: Final = later("no mapping explains {words}")
LISTED: Final = later("'{word}' ({rows} rows), {others}")
"""Such words, of which `told` takes one by one."""
NOT_SHOWN: Final = (
    later("{words} other, not shown, first at {place}"),
    later("{words} others, not shown, first at {place}"),
)
MAP_EACH: Final = later("map each to one of {possible}, or leave the rows out by where_not")


def folded(word: str) -> str:
    """Fold white space and case, so that `Grade   1` and `grade 1` are the same word; of a code of Ed-Fi take the word.

    That is what stands after `#` in `uri://ed-fi.org/AttendanceEventCategoryDescriptor#Excused Absence`.
    """
    return " ".join(re.sub("^uri://[^#]*#", "", word).split()).casefold()


def meaning(records: Records, column: str, word: str) -> str | None:
    """Give our word for a source's: the study's mapping, else a known spelling, else the word itself.

    Returns
    -------
    None where the column's words must be ours and nothing explains this one.
    """
    mapped = records.values.get(column, {})
    if word in mapped:
        return mapped[word]
    by_fold = {folded(theirs): ours for theirs, ours in mapped.items()}
    if folded(word) in by_fold:
        return by_fold[folded(word)]
    return KNOWN_WORDS[column].get(folded(word)) if column in KNOWN_WORDS else word


def translate(study: Study, name: str, column: str, persons: str, place: Callable[[int], str]) -> list[Problem]:
    """Make the table `<name>_<column>_words` (`theirs, ours`) of all words that stand in a staged column.

    Parameters
    ----------
    name : of the staged view, of which `load` has made the tables.
    persons : SQL that counts the persons of some rows, for a rare word may be a person's; '' where rows are of many.
    place : says the file and line of a row, for words that are not shown.
    """
    records, part, named = study.settings.records, part_of(column), engine.named(column)
    staged, who, what = (engine.named(f"{name}_{made}") for made in ("rows", "who", "what"))
    found = engine.execute(f"""
        SELECT DISTINCT {named} FROM {engine.named(f"{name}_{part}")}
        JOIN (SELECT DISTINCT {part} FROM {staged} WHERE NOT left_out AND NOT short) USING ({part})
        WHERE {named} IS NOT NULL""")
    known = {word: meaning(records, column, word) for word in sorted(word for (word,) in found)}
    explained = [pair for pair in known.items() if pair[1] is not None]
    engine.register(f"{name}_{column}_words", pd.DataFrame(explained, columns=["theirs", "ours"], dtype="str"))
    unexplained = ", ".join(engine.quoted(word) for word, ours in known.items() if ours is None)
    if not unexplained:
        return []
    students = "count(*)" if column == "instructional" else persons or "NULL::BIGINT"  # a wrong column may be persons'
    unknown = engine.table(f"""
        SELECT {named} AS theirs, count(*) AS rows, {students} AS students, min(file_row) AS first
        FROM {staged} JOIN {who} USING (who) JOIN {what} USING (what)
        WHERE {named} IN ({unexplained}) AND NOT left_out AND NOT short GROUP BY ALL ORDER BY rows DESC, theirs""")
    shown = unknown[unknown["students"].isna() | (unknown["students"] >= STUDENTS_TO_NAME)].head(8)
    hidden = unknown.drop(index=shown.index)
    rest = len(hidden)
    listed = [f"'{word}' ({rows:,} rows)" for word, rows in zip(shown["theirs"], shown["rows"], strict=True)]
    if rest:
        listed.append(NOT_SHOWN[rest > 1].format(words=f"{rest:,}", place=place(int(hidden["first"].min()))))
    possible = ", ".join(sorted(set(KNOWN_WORDS[column].values())))
    possible += ", all (all grades together)" if column == "grade_level" and records.kind == "published_counts" else ""
    return [
        Problem(
            f"{study.path.name}, records.values.{column}",
            UNEXPLAINED.format(words=", ".join(listed)),
            later("the reason of these absences counts as unknown")
            if column == "absence_reason"
            else "the rows have no place",
            MAP_EACH.format(possible=possible),
            "noted" if column == "absence_reason" else "stops",
            int(unknown["rows"].sum()),
        )
    ]
