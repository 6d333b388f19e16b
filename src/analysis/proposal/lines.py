"""The lines of a study that tables propose: its kind, files, columns, words and units, and the tables beside."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from analysis.proposal.agreement import agreed
from analysis.proposal.guess import Guesses, guesses
from analysis.proposal.header_words import words_of
from analysis.proposal.kind import kind_of
from analysis.proposal.mapping import OF_STUDENTS, Mapping, mapping_of
from analysis.proposal.sample import samples
from analysis.proposal.units import date_lines, day_lines, rate_lines, rates_are, year_lines
from analysis.proposal.wide import NAMES, as_rows, lone_times
from analysis.proposal.words import Line, fractions, marks_lines, parents_lines, quoted, values_lines
from analysis.study.columns import BESIDE, COLUMNS, IN_HALF_DAYS

Said = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table of the files.

    Parameters
    ----------
    path : of its file, below the data folder.
    kind, why : what it was taken for, and why.
    given : what its columns may mean.
    mapped : what a study would say of it.
    """

    path: str
    kind: str
    why: str
    given: Guesses
    mapped: Mapping

    @classmethod
    def in_file(cls, path: Path, folder: Path) -> "Iterator[Table]":
        """Look at the tables of a file."""
        for sample in map(as_rows, samples(path)):
            given = agreed(guesses(sample))
            kind, why = kind_of(given)
            inside = path.resolve().relative_to(folder.resolve()).as_posix()
            yield cls(inside, kind, why, given, mapping_of(given, kind))

    @property
    def label(self) -> str:
        """File, and sheet or element."""
        parts = (f"{key} {value}" for key, value, _ in self.given.sample.keys if key in ("sheet", "element"))
        return ", ".join([self.path, *parts])


def proposed_lines(tables: Sequence[Table]) -> tuple[str, list[Line]]:
    """Write the part `records` of a study; give its kind too, empty where no table has records."""
    rows = Counter[str]()
    for table in tables:
        rows.update({table.kind: table.given.sample.rows if table.kind in COLUMNS else 0})
    kind = max(rows, key=lambda one: rows[one]) if rows.total() else ""
    read = [table for table in tables if table.kind == kind]
    sides = BESIDE if kind != "published_counts" else ()
    beside = {side: _of_one_shape([table for table in tables if table.kind == side]) for side in sides}
    beside["calendar"] = [_of_these_schools(table, read) for table in beside.get("calendar", ())]
    if any("grade_level" in table.mapped.columns or kind == "absence_events" for table in beside.get("enrolment", ())):
        read = [_graded_by_its_enrolment(table) for table in read]
    used = [*read, *(table for side in beside.values() for table in side)]
    lines = [*_kind(kind, read), *_not_read(tables, {table.label for table in used})]
    lines += [*_files(read), *_records(read, used, kind)] if read else []
    for side, some in beside.items():
        lines += [Line(f"{side}:", some[0].why, 1), *_files(some, 2)] if some else []
    return kind, lines


def _of_one_shape(tables: Sequence[Table]) -> list[Table]:
    """Keep of the tables that could be one beside the records those that say most, and alike."""
    most = max(tables, key=lambda table: len(table.mapped.columns), default=None)
    return [table for table in tables if most and table.mapped.columns.keys() == most.mapped.columns.keys()]


def _of_these_schools(table: Table, read: Sequence[Table]) -> Table:
    """Take no calendar for one of schools whose ids are not those of the records."""
    if "school_id" not in table.mapped.columns:
        return table
    known = {word for one in read for column in one.given.columns_for("school_id") for word in column.counts}
    column = table.given.found["school_id"].column
    if known & set(column.counts):
        return table
    columns = {ours: said for ours, said in table.mapped.columns.items() if ours != "school_id"}
    asked = Line(
        f"school_id: {quoted(table.given.sample.theirs(column))}", "? none of its ids is in the records", open=True
    )
    return replace(table, mapped=replace(table.mapped, columns=columns, questions=(asked, *table.mapped.questions)))


def _graded_by_its_enrolment(table: Table) -> Table:
    """Take no grade from records beside an enrolment: the grade of a day is that of the spell that holds it."""
    columns = {ours: said for ours, said in table.mapped.columns.items() if ours != "grade_level"}
    return replace(table, mapped=replace(table.mapped, columns=columns))


def _kind(kind: str, read: Sequence[Table]) -> Iterator[Line]:
    if kind:
        yield Line(f"kind: {kind}", read[0].why, 1)
    else:
        yield Line(
            f"? kind: one of {', '.join(COLUMNS)}; no table has absences that were understood", depth=1, open=True
        )


def _not_read(tables: Sequence[Table], used: set[str]) -> Iterator[Line]:
    for table in tables:
        if table.label not in used:
            seen = f"looks like {table.kind}: {table.why}" if table.kind else table.why
            yield Line(f"not read: {table.label}", seen, 1, open=True)


def _files(tables: Sequence[Table], depth: int = 1) -> Iterator[Line]:
    """Write files and how each is opened; what all say alike stands once, below them."""
    columns, constants = (
        _shared([_whole(one) for one in tables]),
        _shared([one.mapped.constants for one in tables]),
    )
    asked = [line for line in tables[0].mapped.questions if all(line in table.mapped.questions for table in tables)]
    rates_differ = len({rates_are(one.given) for one in tables} - {""}) > 1
    yield Line("files:", depth=depth)
    for table in tables:
        sample = table.given.sample
        yield Line(f"- path: {quoted(table.path)}", f"{sample.rows:,} rows were looked at", depth + 1)
        for key, value, why in sample.keys:
            yield Line(f"{key}: {value if value.isdigit() else quoted(value)}", why, depth + 2)
        yield from rate_lines(table.given, depth + 2) if rates_differ else ()
        yield from _mapped("set", table.mapped.constants, constants, depth + 2)
        yield from _mapped("columns", _whole(table), columns, depth + 2)
        yield from _unpivot(table, depth + 2)
        yield from (replace(line, depth=depth + 2) for line in table.mapped.questions if line not in asked)
    yield from _mapped("set", constants, {}, depth)
    yield from _mapped("columns", columns, {}, depth)
    yield from (replace(line, depth=depth + 1) for line in asked)


def _whole(table: Table) -> Said:
    """Give what is mapped to columns that stay columns."""
    made = {column.pattern for column in table.given.sample.columns if column.pattern}
    return {ours: said for ours, said in table.mapped.columns.items() if said[0] not in made}


def _unpivot(table: Table, depth: int) -> Iterator[Line]:
    """Write which columns become rows, and ask about those of which nothing says what they are."""
    made = [column for column in table.given.sample.columns if column.pattern]
    times = lone_times(table.given.sample)
    if times:
        seen = f"? columns are {times}: only years, weeks and whole dates are read from names; rename them"
        yield Line(seen, depth=depth, open=True)
    if not made:
        return
    ours_of = {theirs: ours for ours, (theirs, _) in table.mapped.columns.items()}
    whys = dict(table.mapped.columns.values())
    into = ours_of.get(NAMES, "")
    known = [column for column in made if column.pattern in ours_of and column.pattern != NAMES]
    is_open = not into or not known
    yield Line("unpivot:", "columns that become rows", depth, open=is_open)
    yield Line(f"into: {into or '?'}", "what the group in a name's pattern finds", depth + 1, open=is_open)
    yield Line("columns:", "ours: what fits the names of theirs", depth + 1, open=is_open)
    for column in made:
        if column.pattern == NAMES:
            continue
        name = ours_of.get(column.pattern, "?")
        why = whys.get(column.pattern, f"? what are the values below {column.label}")
        text = column.pattern.replace("'", "''")
        yield Line(f"{name}: '{text}'", why, depth + 2, open=is_open or name == "?")
        empty = len(column.cells) - len(column.filled)
        if empty and name == "attendance_code":
            seen = f"? {empty:,} cells are empty: days that nobody marked; if they are days present, write"
            yield Line(f'{seen} values: {{attendance_code: {{"": present}}}}', depth=depth + 1, open=True)


def _shared(said: Sequence[Said]) -> Said:
    """Find what all tables say alike."""
    return {ours: one for ours, one in said[0].items() if all(other.get(ours, ("",))[0] == one[0] for other in said)}


def _mapped(key: str, said: Said, apart: Said, depth: int) -> Iterator[Line]:
    own = [(ours, theirs, why) for ours, (theirs, why) in said.items() if ours not in apart]
    if own:
        yield Line(f"{key}:", "ours: theirs" if key == "columns" else "ours: the same in all rows", depth)
        yield from (Line(f"{ours}: {quoted(theirs)}", why, depth + 1) for ours, theirs, why in own)


def _records(read: Sequence[Table], used: Sequence[Table], kind: str) -> Iterator[Line]:
    """Write what is said once for all files."""
    givens = [table.given for table in read]
    groups = dict.fromkeys(group for table in used for group in table.mapped.groups)
    if groups:
        yield Line(f"groups: [{', '.join(groups)}]", "student groups that have a column", 1)
    if kind in OF_STUDENTS and not any("district_id" in table.mapped.columns for table in read):
        district = 'set: {district_id: "1", district_name: Our district}'
        yield Line(district, "? no column names the district", 1, open=True)
    counts: dict[str, Counter[str]] = {}
    of_persons: set[str] = set()
    for table in used:
        for ours in table.mapped.columns.keys() & table.given.found.keys():
            counts[ours] = counts.get(ours, Counter()) + table.given.found[ours].column.counts
            of_persons |= {ours} if table.kind in OF_STUDENTS else set()
    values = [table.mapped.columns["value"][0] for table in read if "value" in table.mapped.columns]
    counted = any({"count", "number", "numerator"} & {*words_of(value)} for value in values)
    yield from values_lines(counts, of_persons, set().union(*map(fractions, givens)), counted=counted)
    yield from date_lines([table.given for table in used if {"date", "entry_date"} & table.mapped.columns.keys()])
    with_rates = [given for given in givens if rates_are(given)]
    yield from rate_lines(with_rates[0], 1) if len({rates_are(given) for given in with_rates}) == 1 else ()
    yield from year_lines([table.given for table in read if "school_year" in table.mapped.columns])
    yield from day_lines(givens) if kind in IN_HALF_DAYS else ()
    yield from marks_lines(givens)
    yield from parents_lines(givens) if kind in ("published_counts", "school_days") else ()
