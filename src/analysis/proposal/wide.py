"""Columns that are years, weeks, days or grades: as rows, so that they are looked at like every other table."""

import re
from collections.abc import Sequence
from dataclasses import replace

from analysis.proposal.header_words import words_of
from analysis.proposal.sample import DATE_FORMATS, Column, Sample, is_date, is_number, number
from analysis.records.dates import school_year

ROWS = 10_000
"""So many rows are made at most, but of every column that becomes rows at least as many as `LEAST`."""
LEAST = 100
LEAST_GRADES = 2
NAMES = "what their names say"
"""How the column is called that the names of columns become."""
HOLDS = {
    "date": (
        r"(?<!\d)(\d{4}[-/]\d{1,2}[-/]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|20\d{6}|\d{1,2}-[A-Z][a-z]{2}-\d{2,4})(?!\d)",
        "date",
    ),
    "week": (r"(?i)(?<![a-z])(?:week|wk)[ _]*(?:no\.? ?|number ?)?(\d{1,2})(?!\d)", "week"),
    "school_year": (
        r"(?<!\d)((?:19|20)\d\d ?[-_/\u2013] ?(?:(?:19|20)\d\d|\d\d)|(?:19|20)\d{4}|\d\d[-/]\d\d|(?:19|20)\d\d)(?!\d)",
        "school year",
    ),
    "grade_level": (
        r"(?i)^(?:grade[ _]*)?(pre-?k|pk|kg?|kindergarten|0?[1-9]|1[0-2])(?:st|nd|rd|th)?(?:[ _]*grade)?$",
        "grade level",
    ),
}
"""By our column: what in a name is its text, and the words that it then goes by."""
SUBJECTS = ("chronic", "absent", "attendance", "present", "number", "student", "rate")
THREE_LETTERS = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
DAY_OF_MONTHS = (
    rf"{THREE_LETTERS}[a-z]*[ _./-]*\d{{1,2}}|\d{{1,2}}[ _./-]*{THREE_LETTERS}[a-z]*|\d{{1,2}}[/.-]\d{{1,2}}"
)
MONTH = r"(jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(uary|ruary|ch|il|ust|ember|ober)?"


def as_rows(sample: Sample) -> Sample:
    """Make rows of the columns whose names differ in a year, a week, a date or a grade alone, where there are several.

    A column that becomes rows has its `pattern`, and so has the one of what their names say (`NAMES`).
    """
    for ours, (pattern, said) in HOLDS.items():
        of = {column.place: _part(ours, pattern, column.name) for column in sample.columns}
        stubs: dict[tuple[str, ...], dict[str, tuple[str, str, Column]]] = {}
        for column in sample.columns:
            if part := of[column.place]:
                before, text, after = part
                alike = stubs.setdefault(words_of(f"{before} {after}") or (before, after), {})
                own = alike if text not in alike else stubs.setdefault((before, after), {})
                own[text] = (before, after, column)
        texts = list(dict.fromkeys(part[1] for part in of.values() if part))
        if max((len(columns) for columns in stubs.values()), default=0) > 1:
            stay = [column for column in sample.columns if not of[column.place]]
            if ours == "grade_level" and not _are_grades(
                [column for column in sample.columns if of[column.place]], stay
            ):
                continue
            return _unpivoted(sample, said, stay, stubs, texts)
    return sample


def _are_grades(columns: Sequence[Column], stay: Sequence[Column]) -> bool:
    """Tell grades from other numbers, and numbers by grade that a file is about from those beside what it is about."""
    named = any(re.search("[A-Za-z]", column.name) for column in columns)
    about = any({"chronic", "absent", "attendance", "present"} & {*column.words} for column in stay)
    return named and not about and len(columns) > LEAST_GRADES and not any(is_number(one.name) for one in stay)


def lone_times(sample: Sample) -> str:
    """Name columns that are months, or days without a year, where there are several: nothing reads them as such."""
    whole = r"(?<![A-Za-z0-9])({})(?![A-Za-z0-9]|\s*%)"  # '5-10%' is no day
    for pattern, what in (
        (DAY_OF_MONTHS, "days without a year"),
        (MONTH, "months"),
        (r"^\d{1,2}$", "days without month and year"),
    ):
        names = [
            one.name for one in sample.columns if re.search(whole.format(pattern), one.name, re.I) and not one.pattern
        ]
        if len(names) > 2:
            return f"{what} ('{names[0]}', '{names[1]}', ...)"
    return ""


def _part(ours: str, pattern: str, name: str) -> tuple[str, ...]:
    """Part a name into what stands before, the text, and what stands after it; into nothing where it has none."""
    for match in re.finditer(pattern, name):
        text = match[1]
        alone = re.fullmatch(r"(19|20)\d\d", text)
        if ours == "date" and not any(is_date(text, form) for form in DATE_FORMATS):
            continue
        if ours == "school_year" and not (alone or school_year(text.replace(" ", ""))):
            continue
        return name[: match.start(1)], text, name[match.end(1) :]
    return ()


def _unpivoted(
    sample: Sample,
    said: str,
    stay: Sequence[Column],
    stubs: dict[tuple[str, ...], dict[str, tuple[str, str, Column]]],
    texts: Sequence[str],
) -> Sample:
    rows = min(sample.rows, max(LEAST, ROWS // len(texts)))
    columns = [replace(column, cells=column.cells[:rows] * len(texts)) for column in stay]
    names = Column(0, NAMES, said, "", tuple(text for text in texts for _ in range(rows)), pattern=NAMES)
    empty = ("",) * rows
    for found in stubs.values():
        first = next(column for _, _, column in found.values())
        cells = tuple(cell for text in texts for cell in (found[text][2].cells[:rows] if text in found else empty))
        befores, afters = [one for one, _, _ in found.values()], [one for _, one, _ in found.values()]
        words = f"{first.above} {befores[0]} {afters[0]}"
        shape = "|".join(map(_escaped, texts)) if said == HOLDS["grade_level"][1] else _shape(texts)
        pattern = f"{_one_of(befores)}({shape}){_one_of(afters)}"
        column = replace(first, cells=cells, pattern=pattern)
        if not set(words_of(words)) - set(words_of(said)):
            words, column = _from_titles(sample, column), replace(column, above=sample.path.name)
        columns.append(replace(column, said=words))
    return replace(sample, columns=(*columns, names))


def _shape(texts: Sequence[str]) -> str:
    """Write what fits these texts: digits of any other year or day fit too, so do other months' letters."""
    return "|".join(dict.fromkeys(re.sub(r"[A-Za-z]+|\d+", _letters_or_digits, _escaped(text)) for text in texts))


def _one_of(parts: Sequence[str]) -> str:
    different = list(dict.fromkeys(map(_escaped, parts)))
    return different[0] if len(different) == 1 else f"(?:{'|'.join(different)})"


def _escaped(text: str) -> str:
    return re.escape(text).replace(r"\ ", " ").replace(r"\-", "-")


def _letters_or_digits(found: "re.Match[str]") -> str:
    return f"\\d{{{len(found[0])}}}" if found[0].isdigit() else "[A-Za-z]+"


def _from_titles(sample: Sample, column: Column) -> str:
    """Say what numbers are of which nothing is said in a name: what the file is called says it, or nobody."""
    words = [word for word in words_of(sample.titles) if word in SUBJECTS]
    if not words:
        return "code" if column.filled and not column.numbers else ""
    values = [number(cell) for cell in column.filled if is_number(cell)]
    parts = sum(value != int(value) for value in values)
    if values and 2 * parts > len(values) and max(values) <= 100 and {"chronic", "attendance", "present"} & set(words):
        words.append("rate")
    return " ".join(dict.fromkeys(words))
