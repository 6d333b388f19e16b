"""From guesses to what a study says of a table: the columns that are mapped, and what has to be asked."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from analysis.proposal.guess import BY_NAME, FITS, Guesses, group_of
from analysis.proposal.header_words import ALL_WORDS, GROUPS, LEVEL_WORDS
from analysis.proposal.kind import parted
from analysis.proposal.sample import Column
from analysis.proposal.units import RATES
from analysis.proposal.words import Line, quoted
from analysis.records.dates import school_year
from analysis.study.columns import BESIDE, COLUMNS, NEEDED, PLACES
from analysis.study.values import Counted

OF_STUDENTS = ("student_days", "absence_events", "student_years", "students", "enrolment")
NAMES_SHOWN = 12
LEVELS = 8
FLAG_WORDS = 3
MOVERS = 0.2
"""So many of the rows of students who were at two schools at most."""
MOST_CELLS = 0.9
"""Where fewer cells than this share of the rows are told apart, rows are of something else too."""
OF_MORE = " (of grades, groups or months: unpivot makes rows of them)"
MOST_TERMS = 100
"""Numbers that are higher are counts: they tell no terms apart."""
PART_OF_DAY = r"(?i)\b(am|pm|morning|afternoon|per(iod)?s? ?\d+|min(ute)?s?|hours?|hrs?|duration|half)\b"
Said = dict[str, tuple[str, str]]
CELL_OF = (*PLACES, "group", "group_level", "measure")


@dataclass(frozen=True)
class Mapping:
    """What a study says of one table.

    Parameters
    ----------
    columns : ours: (theirs, why).
    constants : ours: (a constant, why).
    groups : the student groups among them.
    questions : what has to be asked.
    """

    columns: dict[str, tuple[str, str]]
    constants: dict[str, tuple[str, str]]
    groups: tuple[str, ...]
    questions: tuple[Line, ...]


def mapping_of(given: Guesses, kind: str) -> Mapping:
    """Map a table's columns to those that its kind can have."""
    ours = (*COLUMNS.get(kind, BESIDE.get(kind, ())), *(GROUPS if kind in OF_STUDENTS else ()))
    columns = {name: (given.sample.theirs(one.column), one.why) for name, one in given.found.items() if name in ours}
    constants: dict[str, tuple[str, str]] = {}
    groups: tuple[str, ...] = tuple(name for name in GROUPS if name in columns)
    of_parts = list(_parts_of_days(given, columns)) if kind in ("student_days", "absence_events") else []
    questions = [*_ties(given, ours, columns, asked={one.place for one in of_parts}), *_asked_of_parts(of_parts)]
    questions += _of_spans(given, columns) if kind == "absence_events" else ()
    count = given.found.get("chronically_absent")
    if "measure" in columns and "value" not in given.found and set(RATES) & {*given.found, *given.open}:
        del columns["measure"]  # it says what the table is about
    if count and "measure" in columns and "value" not in columns and "chronic" not in count.column.words:
        columns["value"] = columns.pop("chronically_absent")  # a 'Numerator' is of what its measure says
    if "value" in columns and "measure" not in columns:
        theirs, _ = columns.pop("value")
        asked = "? nothing says what this is a number of: map it as chronically_absent, chronic_rate or another"
        questions.append(Line(f"value: {quoted(theirs)}", asked, open=True))
    if kind == "published_counts":
        groups = _published_groups(given, columns, constants, questions)
    for code, name in (("school_id", "school_name"), ("district_id", "district_name")):
        if code in ours and name in given.found and code not in columns and code not in given.open:
            theirs = given.sample.theirs(given.found[name].column)
            columns[code] = (theirs, "no column has codes: the names stand for them")
    if "school_year" in ours and "school_year" not in columns and given.sample.year:
        constants["school_year"] = (given.sample.year, "no column has it: from the title, or a name of file or columns")
    if kind == "school_days" and "week" in columns and not school_year_of(given) and "school_year" in columns:
        columns["week_year"] = columns.pop("school_year")  # a year alone: that of the week
    if kind in ("student_days", "absence_events") and not {"attendance_code", "days_absent"} & columns.keys():
        questions += _flags(given, kind)
    questions += _code_before_days(columns) if kind == "student_days" else ()
    questions += _in_parts(given)
    questions += _rates_beside_days(columns) if kind == "student_years" else ()
    if "period" in given.found and kind in ("student_days", "absence_events") and "days_absent" not in columns:
        questions += _of_periods(given, given.found["period"].column, kind)
    if kind == "student_years" and "student_id" in columns:
        questions += _repeated_ids(given, columns)
    questions += _missing(given, kind, {*columns, *constants})
    if kind in ("published_counts", "school_days"):
        questions += _without_district(given)
        questions += _told_apart(given, columns) if kind == "published_counts" else ()
    questions += _levels(given)
    questions += _not_read(given, {theirs for theirs, _ in columns.values()})
    return Mapping(columns, constants, groups, tuple(questions))


def _parts_of_days(given: Guesses, columns: Said) -> Iterator[Column]:
    """Name the columns that say which part of a day was missed, where nothing that is read says it."""
    read = {theirs for theirs, _ in columns.values()}
    if not {"days_absent", "period"} & columns.keys():
        yield from (
            one
            for one in given.sample.columns
            if re.search(PART_OF_DAY, one.name.replace("_", " "))
            and given.sample.theirs(one) not in read
            and one.filled
        )


def _asked_of_parts(parts: Sequence[Column]) -> Iterator[Line]:
    if parts:
        listed = ", ".join(one.label for one in parts[:NAMES_SHOWN])
        seen = (
            f"? {listed}: say which part of a day was missed, and nothing reads them, so that absences are whole days"
        )
        yield Line(f"{seen}; make a row a student and day of them, with days_absent such as 0.5", open=True)


def _in_parts(given: Guesses) -> Iterator[Line]:
    """Say that no column has all days absent, where there are those excused and those not."""
    parts = parted(given)
    if parts:
        listed, names = (
            ", ".join(one.label for one in parts),
            ", ".join(quoted(given.sample.theirs(one)) for one in parts),
        )
        yield Line(f"? days_absent: only parts of them ({listed}); if they are all of them, add them up:", open=True)
        yield Line(f"sums: {{days_absent: [{names}]}}", open=True)


def _flags(given: Guesses, kind: str) -> Iterator[Line]:
    """Ask what yes and no mean in a column such as 'Present'."""
    for column in given.sample.columns:
        if {"present", "absent", "attendance"} & set(column.words) and 0 < len(column.counts) <= FLAG_WORDS:
            words = ", ".join(f"{json.dumps(word)}: ?" for word in column.counts)
            theirs = quoted(given.sample.theirs(column))
            yield Line(f"attendance_code: {theirs}", f"? and values: {{attendance_code: {{{words}}}}}", open=True)
    if kind == "absence_events":
        yield Line("? no column says that a row is an absence: as it stands, each is a whole day absent", open=True)


def _of_spans(given: Guesses, columns: dict[str, tuple[str, str]]) -> Iterator[Line]:
    """Map the first and the last date of absences; ask what the last one is, and what it means where there is none."""
    spans = {"date": "entry_date", "last_date": "exit_date"}
    found = {ours: given.found[name] for ours, name in spans.items() if name in given.found}
    if "date" in columns or len(found) < len(spans):
        return
    columns |= {ours: (given.sample.theirs(one.column), one.why) for ours, one in found.items()}
    last = found["last_date"].column
    asked = f"? {last.label} is taken for the last day absent: check that it is not the first day back"
    yield Line(f"{asked}; a calendar is needed, for the days of school between", open=True)
    empty = len(last.cells) - len(last.filled)
    if empty:
        seen = f"? in {empty:,} of {len(last.cells):,} rows {last.label} is empty; where such are of one day:"
        yield Line(seen, open=True)
        yield Line(f"fallback: {{last_date: {quoted(columns['date'][0])}}}", open=True)


def _code_before_days(columns: dict[str, tuple[str, str]]) -> Iterator[Line]:
    """Read the code of a day where there is a number too."""
    if {"attendance_code", "days_absent"} <= columns.keys():
        theirs, why = columns.pop("days_absent")
        yield Line(f"days_absent: {quoted(theirs)}", f"? it would be read instead of the code; {why}", open=True)


def _rates_beside_days(columns: dict[str, tuple[str, str]]) -> Iterator[Line]:
    """Leave out a rate of students whose days say it."""
    if len(columns.keys() & {"days_enrolled", "days_absent", "days_present"}) > 1:
        for rate in {"absence_rate", "attendance_rate"} & columns.keys():
            theirs, why = columns.pop(rate)
            yield Line(f"{rate}: {quoted(theirs)}", f"the days say it; {why}", open=True)


def _of_periods(given: Guesses, period: Column, kind: str) -> Iterator[Line]:
    """Ask how long the parts of a day are that rows are of, and about rows of whole days beside them."""
    seen, empty = f"? rows are of parts of a day ({period.label})", len(period.cells) - len(period.filled)
    if empty:
        whole = (
            f"? {empty:,} of {len(period.cells):,} rows have no {period.label}: are they of whole days; keep one kind"
        )
        modes = [one for one in given.sample.columns if "mode" in one.words and len(one.counts) > 1]
        by = (
            f", such as columns: {{mode: {modes[0].name}}} and where: {{mode: [{next(iter(modes[0].counts))}]}}"
            if modes
            else ""
        )
        yield Line(f"{whole} by where{by}", open=True)
    if kind == "student_days":
        yield Line(f"{seen}: leave one part by where, or make a row a student and day of them", open=True)
    else:
        yield Line(f'{seen}: say how long one is; of seven, set: {{days_absent: "0.143"}}', open=True)


def school_year_of(given: Guesses) -> bool:
    """Tell whether the column of school years names both years; one alone can be either."""
    return any(school_year(word) for column in given.columns_for("school_year") for word in column.counts)


def _without_district(given: Guesses) -> Iterator[Line]:
    """Tell how many rows have no district: often the state's, whose name stands in another column."""
    for column in given.columns_for("district_id")[:1]:
        empty = len(column.cells) - len(column.filled)
        if empty:
            seen = f"? in {empty:,} of {len(column.cells):,} rows {column.label} is empty: are they of a state"
            yield Line(f"{seen}; fallback: {{district_id: ?}} reads another column there", open=True)


def _told_apart(given: Guesses, columns: dict[str, tuple[str, str]]) -> Iterator[Line]:
    """Ask about columns that tell rows of one cell apart, such as terms: only one of them can be used."""
    keys = [one.column for ours, one in given.found.items() if ours in CELL_OF]
    read = {theirs for theirs, _ in columns.values()}
    cells = len(set(zip(*(column.cells for column in keys), strict=True)))
    rows = given.sample.rows
    if not keys or cells > MOST_CELLS * rows:
        return
    for column in given.sample.columns:
        few = 1 < len(column.counts) <= LEVELS and given.sample.theirs(column) not in read
        few = few and max(column.numbers, default=0) < MOST_TERMS
        if few and len(set(zip(*(one.cells for one in (*keys, column)), strict=True))) > cells + rows / 10:
            seen = f"? {rows - cells:,} of {rows:,} rows are about the same cell again, and {column.label}"
            words = ", ".join(column.counts)
            yield Line(f"{seen} ({words}) tells such rows apart: map it and keep one by where", open=True)


def _levels(given: Guesses) -> Iterator[Line]:
    """Ask about columns that say of what level a row is: rows of several levels hold each other."""
    read = {one.column.place for one in given.found.values()}
    for column in given.sample.columns:
        levels = [word for word in column.counts if re.fullmatch(LEVEL_WORDS, word)]
        if column.place not in read and 1 < len(levels) == len(column.counts) <= LEVELS:
            listed = ", ".join(levels)
            yield Line(
                f"? {column.label} has rows of several levels ({listed}) that hold each other: use where, or parents",
                open=True,
            )


def _not_read(given: Guesses, read: set[str]) -> Iterator[Line]:
    """Name the columns that nothing reads; where few names were understood, the header may be a person's row."""
    by_name = [one for one in given.found.values() if BY_NAME in one.why]
    rest = [one for one in given.sample.columns if one.name and given.sample.theirs(one) not in read]
    if rest and len(by_name) > 1:
        more = f" and {len(rest) - NAMES_SHOWN} more" if len(rest) > NAMES_SHOWN else ""
        yield Line(f"not read: {', '.join(one.label for one in rest[:NAMES_SHOWN])}{more}", open=True)


def _ties(given: Guesses, ours: Iterable[str], columns: Said, asked: Collection[int]) -> Iterator[Line]:
    """Ask which of some columns is meant, or which of ours one column is; `asked` are asked otherwise."""
    told: set[tuple[int, ...]] = set()
    for name, several in given.open.items():
        places = tuple(one.place for one in several)
        if name not in ours or name in columns or places in told or set(places) <= set(asked):
            continue
        told.add(places)
        names = [other for other, columns_of in given.open.items() if columns_of == several and other in ours]
        listed = ", ".join(one.label for one in several)
        seen = f"{listed} fit equally well{OF_MORE if len(several) > 2 else ''}"
        seen = seen if len(several) > 1 else f"{listed} can be each, the file does not say which"
        yield Line(f"? {' or '.join(names)}: {seen}; keep one", open=True)
        yield from (
            Line(f"{other}: {quoted(given.sample.theirs(one))}", open=True) for one in several for other in names
        )
        counted = [other for other in names if other in get_args(Counted)]
        if counted and len(several) == 2 and not any("half" in one.name.lower() for one in several):
            both = ", ".join(quoted(given.sample.theirs(one)) for one in several)
            yield Line(f"? or, if nobody is in both, sums: {{{counted[-1]}: [{both}]}}", open=True)


def _missing(given: Guesses, kind: str, known: set[str]) -> Iterator[Line]:
    """Ask for what a kind cannot do without, naming the columns that could be it by their values."""
    needed = [*NEEDED.get(kind, ()), *([("district_id",)] if kind == "published_counts" else ())]
    taken = {one.column.place for one in given.found.values()}
    for one_of in needed:
        if known & set(one_of) or set(given.open) & set(one_of):
            continue
        fitting = [one for one in given.sample.columns if one.place not in taken and _may_be(one, one_of)]
        if one_of == ("student_id",):  # the numbers that most rows tell apart first
            fitting = [one for one in given.sample.columns if one.place not in taken and FITS["student_id"](one)]
            fitting.sort(key=lambda one: -len(one.counts))
        listed = f"; by its values it may be {', '.join(one.label for one in fitting[:6])}" if fitting else ""
        fix = "map a column" + ("" if one_of == ("student_id",) else ", or give it under set")
        yield Line(f"? {' or '.join(one_of)}: no column's name says it{listed}; {fix}", open=True)
        yield Line(f"{one_of[0]}: ?", open=True)


def _repeated_ids(given: Guesses, columns: dict[str, tuple[str, str]]) -> Iterator[Line]:
    """Ask whether an id that repeats is one; a row is a student where a study maps none."""
    ids = given.found["student_id"].column
    year, school = (
        given.found[name].column.cells if name in given.found else ids.cells for name in ("school_year", "school_id")
    )
    again = len(ids.cells) - len(set(zip(ids.cells, year, strict=True)))
    if again <= MOVERS * len(ids.cells) and len(set(zip(ids.cells, year, school, strict=True))) == len(ids.cells):
        return  # some were at two schools; where ids begin anew in each school, far more stand again
    parts = [one for one in given.sample.columns if {"month", "term", "quarter", "semester"} & set(one.words)]
    if again and parts:  # left mapped: without it each part would be a student
        seen = f"? in {again:,} of {len(ids.cells):,} rows the id stands again, once for each {parts[0].label}"
        yield Line(f"{seen}: add them up to a row a student and year", open=True)
    elif again:
        theirs, _ = columns.pop("student_id")
        yield Line(
            f"? student_id: in {again:,} of {len(ids.cells):,} rows the id stands again; without it a row is a student",
            open=True,
        )
        yield Line(f"student_id: {quoted(theirs)}", open=True)


def _may_be(column: Column, one_of: Sequence[str]) -> bool:
    """Tell whether a column that has not the name of one of ours could be it by its values."""
    if len(column.counts) < 2 and len(column.cells) > 1:
        return False
    if any(name.endswith("_id") for name in one_of):
        is_count = len(column.numbers) == len(column.filled) and len(column.counts) < len(column.cells)
        return not is_count and bool(FITS["district_name"](column))
    return any(FITS[name](column) for name in one_of if name in FITS)


def _published_groups(
    given: Guesses, columns: dict[str, tuple[str, str]], constants: dict[str, tuple[str, str]], questions: list[Line]
) -> tuple[str, ...]:
    """Say which group a table of group levels is about: by a column's name, a column of groups, or the sheet's name."""
    named = [given.found[name] for name in GROUPS if name in given.found]
    generic = [given.found[name] for name in ("group", "group_level") if name in given.found]
    columns.pop("group", None), columns.pop("group_level", None)
    if len(named) > 1:
        listed = ", ".join(f"'{one.column.name}'" for one in named)
        questions.append(
            Line(f"? group and group_level: {listed} are each a group; a row can be of one only", open=True)
        )
    elif named:
        constants["group"] = (named[0].ours, named[0].why)
        columns["group_level"] = (given.sample.theirs(named[0].column), "its levels")
        return (named[0].ours,)
    elif len(generic) == 2:
        for one in generic:
            columns[one.ours] = (given.sample.theirs(one.column), one.why)
        found = dict.fromkeys(map(group_of, generic[0].column.counts))
        return tuple(name for name in found if name in GROUPS)
    elif generic and not all(re.fullmatch(ALL_WORDS, word) for word in generic[0].column.counts):
        about = [
            name
            for key, value, _ in given.sample.keys
            if key == "sheet"
            for name in [group_of(value)]
            if name in GROUPS
        ]
        levels = {group_of(word) for word in generic[0].column.counts}
        if not about and "" not in levels and len(levels - {"all"}) == 1:
            about = sorted(levels - {"all"})
        if about:
            constants["group"] = (about[0], "from the sheet's name, or its levels")
            columns["group_level"] = (given.sample.theirs(generic[0].column), generic[0].why)
            return (about[0],)
        questions.append(
            Line(f"? group: {generic[0].column.label} has levels of a group, and nothing says of which", open=True)
        )
    return ()
