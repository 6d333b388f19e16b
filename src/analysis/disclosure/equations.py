"""All that the tables of a report say about counts of persons, as a reader could write it down: numbers and sums.

The attack on a report (tests/property) and the check of its certificate both start here.
"""

from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from analysis.arrays import Ints
from analysis.disclosure.families import numbers
from analysis.disclosure.groups import (
    ALL_YEAR,
    BLOCK,
    RULE,
    STAYS,
    TIMES,
    groups_of,
    is_dated,
    lines_of_groups,
    of_the_year,
)
from analysis.disclosure.known import (
    ABSENT,
    CHRONIC,
    COLUMNS,
    COUNTED,
    ENROLLED,
    MOST_OF,
    SHORTEST,
    STUDENTS,
    THEN,
    Cell,
    Equations,
)
from analysis.disclosure.parts import OWN, REST, lines_of_rules, minimums
from analysis.measures.counted import WAS, WAS_NOT
from analysis.study import Study
from analysis.vocabulary import TIERS

HALF: Final = 0.000501
"""Rates have three decimals."""


def equations(study: Study, tables: Mapping[str, pd.DataFrame], within: Mapping[str, "pd.Series[str]"]) -> Equations:
    """Write down what the published tables of a report say.

    Parameters
    ----------
    tables : by name, as published; `absence_by_school_and_grade` has the rows of all schools' pages.
    within : which level of school a school has, which kind of day a date is (`lines_of_groups`).
    """
    shown = [np.nansum(numbers(table, column)) for table in tables.values() for column in (*COLUMNS, *THEN)]
    known, minimum = Equations(most=max(Equations.most, sum(shown))), study.disclosure.minimum
    every = {name: groups_of(study, name, table) for name, table in tables.items()}
    dimensions = list(dict.fromkeys([*BLOCK, *(str(key) for keys in every.values() for key in keys)]))
    levels = within["school_level"]
    groups = {name: keys.reindex(columns=dimensions, fill_value="") for name, keys in every.items()}
    for name, table in tables.items():
        if (len(every[name].columns) > len(BLOCK) or name == "absence_by_district") and name != "between_schools":
            year = (name == "missed_days") | ~is_dated(groups[name])
            _table(known, name, table[year], of_the_year(groups[name])[year], minimum)
            if "schools" not in table:
                _then(known, name, table.reset_index(drop=True), groups[name], minimum)
    if "between_schools" in tables:
        _means(known, tables["between_schools"], levels, study.settings.models.minimum_flag_students, dimensions)
    _left_out(study, known, dimensions)
    _margins(study, known, pd.DataFrame(columns=dimensions), within, together=_nobody_moves(tables))
    if "rate_histogram" in tables:
        _percents(study, known, tables["rate_histogram"], dimensions, minimum)
    if "missed_days_by_students" in tables:
        _fifths(known, tables["missed_days_by_students"], dimensions, minimum)
    return known


def _table(known: Equations, name: str, table: pd.DataFrame, groups: pd.DataFrame, minimum: int) -> None:
    """Say what the rows of one table say: a count, a rate beside its count, a mark."""
    modelled = "observed_rate" in table
    level, marks = table["level_type"] == "level", table["hidden"].fillna("")
    stay = level.to_numpy() & (name in STAYS or modelled)
    shown = {column: numbers(table, column) for column in COLUMNS}
    rate = numbers(table, "observed_rate" if modelled else "chronic_rate")
    if modelled:
        counted = "days_enrolled" if "days_enrolled" in table else STUDENTS
        shown = {COUNTED: numbers(table, counted), CHRONIC: np.full(len(table), np.nan)}
    if name == "missed_days":  # of a row that is hidden whole it is not told whether few were there, or few counted
        marks = marks.where(table[STUDENTS].notna(), "complement")
        del shown[STUDENTS]
    for row, levels in enumerate(groups.itertuples(index=False, name=None)):
        if modelled and (table["outcome"].iloc[row] != "chronic" or not any(levels[len(BLOCK) :])):
            continue
        kind = "stay" if stay[row] else "once"
        for column, values in shown.items():
            if not np.isnan(values[row]):
                known.between((kind, column, *levels), values[row], values[row])
            elif (column in table or modelled) and marks.iloc[row] in ("minimum", "complement"):
                cell = (kind, column, *levels)
                known.at(cell)
                known.hidden.setdefault(cell, marks.iloc[row])
        counted = shown.get(COUNTED, np.full(len(table), np.nan))[row]
        if not np.isnan(rate[row] * counted):
            low, high = (rate[row] - HALF) * counted, (rate[row] + HALF) * counted
            known.between((kind, CHRONIC, *levels), low, high)
        whole_row = name == "missed_days" and np.isnan(numbers(table, STUDENTS)[row])
        if not modelled and not whole_row and name != "definitions":  # a rule that nobody meets may be hidden
            _mark(
                known,
                (kind, levels),
                {key: values[row] for key, values in shown.items() if key in table},
                marks.iloc[row],
                minimum,
            )


def _mark(known: Equations, group: tuple[str, Cell], shown: Mapping[str, float], mark: str, minimum: int) -> None:
    """Say what a mark tells to whoever knows the rule: of a row, else of its chronic count."""
    kind, levels = group
    if mark not in ("minimum", "complement"):
        return
    size = next((column for column in (COUNTED, STUDENTS) if column in shown), "")
    if size and np.isnan(shown[size]):
        known.between((kind, size, *levels), *((0, minimum - 1) if mark == "minimum" else (minimum, np.inf)))
    elif CHRONIC in shown and np.isnan(shown[CHRONIC]) and size == COUNTED:
        counted = shown[COUNTED]
        if mark == "complement":
            known.between((kind, CHRONIC, *levels), minimum, counted - minimum)
        else:
            _few(known, (kind, CHRONIC, *levels), counted, minimum)


def _few(known: Equations, cell: Cell, of: float, minimum: int) -> None:
    """Say that a count, or what it leaves, is under the minimum; which of the two is a number of its own, 0 or 1."""
    under = minimum - SHORTEST  # on a date half a day may be missed
    if np.isinf(of):
        known.between(cell, 0, under)
    elif of - under > under:
        known.between(most := (*cell[:1], MOST_OF, *cell[2:]), 0, 1)
        known.add({known.at(cell): 1, known.at(most): under - of}, 0, under)


def _means(known: Equations, table: pd.DataFrame, levels: "pd.Series[str]", least: int, dimensions: list[str]) -> None:
    """Say what means of schools' rates tell: each large school counts once in them, however many students it has."""
    school = 2 + dimensions.index("school_id")
    sizes = {
        cell: known.bounds[place][0] for cell, place in known.cells.items()
        if cell[:2] == ("stay", COUNTED) and cell[school] and sum(map(bool, cell[2 + len(BLOCK) :])) == 1
    }  # fmt: skip
    for row in table[(table["outcome"] == "chronic") & table["observed_rate"].notna()].to_dict("records"):
        block = tuple(map(str, (row[key] for key in BLOCK)))
        of = {cell: size for cell, size in sizes.items() if cell[2:4] == block and size >= least}
        if row["driver"] == "school_level":
            of = {cell: size for cell, size in of.items() if levels.get(cell[school]) == row["level"]}
        if len(of) == row["schools"]:
            signs = {known.at(("stay", CHRONIC, *cell[2:])): 1 / size for cell, size in of.items()}
            known.add(signs, *(len(of) * (row["observed_rate"] + off) for off in (-HALF, HALF)))


def _nobody_moves(tables: Mapping[str, pd.DataFrame]) -> bool:
    """Say whether each student is at one school, as far as the report tells."""
    moves = tables.get("chronic_by_moves")
    return moves is None or set(moves["schools"]) == {"one school"}


def _then(known: Equations, name: str, table: pd.DataFrame, groups: pd.DataFrame, minimum: int) -> None:
    """Say what the rows of one table say of who was enrolled in a part of the year, and of days."""
    modelled, dated = "observed_rate" in table, is_dated(groups)
    column = "students_all_year" if name == "same_students" else STUDENTS
    shown = {
        key: numbers(table, own) for key, own in ((STUDENTS, column), *((key, key) for key in THEN[1:])) if own in table
    }
    if "absence_reason" in groups and (groups["absence_reason"] != "").any():
        shown.pop(ENROLLED, None)  # of all reasons together
    rate = numbers(table, "observed_rate" if modelled else "absence_rate") * shown.get(ENROLLED, np.nan)
    rated = not np.isnan(numbers(table, "absence_rate")).all()
    off = HALF * shown.get(ENROLLED, np.full(len(table), np.nan))
    marks = table["hidden"].fillna("").tolist()
    on_date = (groups["date"] != "").to_numpy() if "date" in groups else np.zeros(len(table), dtype=bool)
    for row, levels in enumerate(groups.itertuples(index=False, name=None)):
        if modelled and (table["outcome"].iloc[row] != "absence" or not any(levels[len(BLOCK) :])):
            continue
        for key, values in shown.items():
            cell = ("then", key, *levels)
            if key == STUDENTS and (modelled or not dated[row]):
                continue
            if not np.isnan(values[row]):
                known.between(cell, values[row], values[row])
            elif marks[row] in ("minimum", "complement"):
                known.at(cell)
                known.hidden.setdefault(cell, marks[row])
        told = {key: values[row] for key, values in shown.items()}
        if on_date[row] and ENROLLED in told:  # on a date a day enrolled is a student
            told.setdefault(STUDENTS, told[ENROLLED])
        if dated[row] and STUDENTS in told and not modelled:
            told |= {} if rated else {"of": np.inf}  # of absences alone the rest is not known
            _mark_then(known, levels, told, marks[row], 0 if name == "missed_days" else minimum)
        if not np.isnan(rate[row]):
            known.between(("then", ABSENT, *levels), rate[row] - off[row], rate[row] + off[row])


def _mark_then(known: Equations, levels: Cell, shown: Mapping[str, float], mark: str, minimum: int) -> None:
    """Say what a mark tells of a row of a part of the year; minimum 0: it is of that part, or of the whole year."""
    if mark not in ("minimum", "complement") or not minimum:
        return
    if np.isnan(shown[STUDENTS]):
        ends = (0, minimum - 1) if mark == "minimum" else (minimum, np.inf)
        known.between(("then", STUDENTS, *levels), *ends)
    elif np.isnan(shown.get(ABSENT, 0)):
        of = shown.get("of", shown[STUDENTS])
        if mark == "complement":
            known.between(("then", ABSENT, *levels), minimum, of - minimum)
        else:
            _few(known, ("then", ABSENT, *levels), of, minimum)


def _left_out(study: Study, known: Equations, dimensions: list[str]) -> None:
    """Name the groups that no table has, and that one row counts and another does not."""
    names = [name for name in dimensions if name not in BLOCK]

    def key(block: Cell, **levels: str) -> Cell:
        return (*block, *(levels.get(name, "") for name in names))

    blocks = list(dict.fromkeys(cell[2 : 2 + len(BLOCK)] for cell in list(known.cells)))
    for block in blocks:
        found = []
        for part in ("first_month", "year_before"):
            there = part in names and any(
                cell[2:4] == block and cell[2 + dimensions.index(part)] != "" for cell in known.cells
            )
            found += [("once", column, *key(block, **{part: REST})) for column in (COUNTED, CHRONIC) if there]
        if RULE in names:
            _between_rules(study, known, block, key)
        if ALL_YEAR in names:
            months = {
                cell[2 + dimensions.index("month")] for cell in known.cells if cell[2 + dimensions.index(ALL_YEAR)]
            }
            found += [("then", STUDENTS, *key(block, month=month, all_year="no")) for month in sorted(months)
                      if ("then", STUDENTS, *key(block, month=month, all_year="yes")) in known.cells]  # fmt: skip
        for cell in found:
            known.at(cell)
            known.hidden[cell] = REST
    if "year_before" in names:
        _left_since(known, sorted(blocks), key)


def _between_rules(study: Study, known: Equations, block: Cell, key: Callable[..., Cell]) -> None:
    """Say that whom a rule counts and a stricter one does not is what the one leaves after the other."""
    rules = ["" if rule == OWN else rule for rule in minimums(study)]
    rules = [rule for rule in rules if ("once", COUNTED, *key(block, rule=rule)) in known.cells]
    for rule, stricter in combinations(rules, 2):
        kind = f"by {rule or OWN}, not by {stricter or OWN}"
        left = {}
        for column in (COUNTED, CHRONIC):
            cell = (kind, column, *key(block))
            left[column] = known.at(cell)
            of, less = (known.at(("once", column, *key(block, rule=one))) for one in (rule, stricter))
            known.add({left[column]: 1, less: 1, of: -1}, 0, 0)
            known.hidden[cell] = REST


def _left_since(known: Equations, blocks: list[Cell], key: Callable[..., Cell]) -> None:
    """Say that those who left since the year before are those whom the next year does not follow."""
    for before, after in ((one, other) for one in blocks for other in blocks if one[1] == other[1] and one < other):
        between = [block for block in blocks if block[1] == before[1] and before < block < after]
        was, was_not = (("once", COUNTED, *key(after, year_before=level)) for level in (WAS, WAS_NOT))
        if between or was not in known.cells:
            continue
        left = {column: known.at(("left", column, *key(before))) for column in (COUNTED, CHRONIC)}
        whole = {column: known.at(("once", column, *key(before))) for column in (COUNTED, CHRONIC)}
        known.add({left[CHRONIC]: 1, known.at(was): 1, whole[CHRONIC]: -1}, 0, 0)
        known.add({left[COUNTED]: 1, known.at(was): 1, known.at(was_not): 1, whole[COUNTED]: -1}, 0, 0)
        known.hidden |= {("left", column, *key(before)): REST for column in left}


def _margins(
    study: Study, known: Equations, empty: pd.DataFrame, within: Mapping[str, "pd.Series[str]"], *, together: bool
) -> None:
    """Say what adds up: within a row, along each dimension; where nobody moves, stays are students."""
    for key in dict.fromkeys(cell[2:] for cell in list(known.cells) if cell[0] == "then"):
        _of_part(known, key, list(map(str, empty)))
    for kind, key in dict.fromkeys((cell[0], cell[2:]) for cell in list(known.cells) if cell[0] != "then"):
        cell = {column: known.at((kind, column, *key)) for column in COLUMNS}
        known.add({cell[COUNTED]: 1, cell[STUDENTS]: -1}, -np.inf, 0)
        known.add({cell[CHRONIC]: 1, cell[COUNTED]: -1}, -np.inf, 0)
        known.add({cell[CHRONIC]: -1, cell[TIERS[2]]: 1, cell[TIERS[3]]: 1}, 0, 0)
        known.add({cell[COUNTED]: -1, **{cell[tier]: 1 for tier in TIERS}}, 0, 0)
    keys = list(dict.fromkeys(cell[2:] for cell in known.cells))
    groups = pd.DataFrame(keys, columns=empty.columns)
    if together:
        for key in dict.fromkeys(cell[2:] for cell in list(known.cells) if cell[0] != "then"):
            for column in COLUMNS:
                known.add({known.at(("once", column, *key)): 1, known.at(("stay", column, *key)): -1}, 0, 0)
    for lines in [*lines_of_groups(study, groups, within), *lines_of_rules(study, groups)]:
        order = np.argsort(lines.code, kind="stable")
        parts = np.split(order, np.searchsorted(lines.code[order], np.arange(len(lines.parent))))[1:]
        for parent, members in zip(lines.parent, parts, strict=True):
            if parent < 0:
                continue
            for kind, column in (
                (kind, column) for kind in ("once", "stay", "then") for column in (*COLUMNS, *THEN[1:])
            ):
                cells = [(kind, column, *keys[row]) for row in members]
                if all(cell in known.cells for cell in cells):
                    whole = known.at((kind, column, *keys[parent]))
                    there = kind == "then" and column == STUDENTS
                    exact = not there or (lines.additive and together)
                    if there and "absence_reason" in groups and _of_all_reasons(groups, members, int(parent)):
                        continue  # those absent for one reason or another are fewer than those enrolled
                    if there and "date" in groups and groups["date"].iloc[members].any():
                        continue  # on a date those marked are counted at schools, and all in the district
                    known.add({known.at(part): 1.0 for part in cells} | {whole: -1.0}, 0, 0 if exact else np.inf)


def _of_all_reasons(groups: pd.DataFrame, members: Ints, parent: int) -> bool:
    """Say whether a sum goes over the reasons of an absence."""
    reason = groups["absence_reason"]
    return not reason.iloc[parent] and bool((reason.iloc[members] != "").any())


def _of_part(known: Equations, key: Cell, names: list[str]) -> None:
    """Say of a part of the year that no more are there than in the year, and not absent longer than enrolled."""
    cell = {column: known.at(("then", column, *key)) for column in THEN[1:]}
    known.add({cell[ENROLLED]: -1, cell[ABSENT]: 1}, -np.inf, 0)
    levels = dict(zip(names, key, strict=True))
    students = known.cells.get(("then", STUDENTS, *key))
    if students is None:
        return
    if levels.get("date"):
        known.add({students: -1, cell[ABSENT]: 1}, -np.inf, 0)
    kind = "stay" if levels.get("school_id") else "once"
    year = known.cells.get((kind, STUDENTS, *("" if name in TIMES else level for name, level in levels.items())))
    if year is not None:
        known.add({students: 1, year: -1}, -np.inf, 0)


def _percents(study: Study, known: Equations, table: pd.DataFrame, dimensions: list[str], minimum: int) -> None:
    """Say how students by whole percent of days absent add up to all counted and to the tiers."""
    rules = study.settings.definitions
    edges = [float(100 * share) for share in (rules.at_risk, rules.moderate_chronic, rules.severe_chronic)]
    parts: dict[Cell, dict[int, float]] = {}
    names = zip(table["school_year"], table["district_id"], strict=True)
    shown = zip(table["absence_percent"], numbers(table, COUNTED), table["hidden"], strict=True)
    for block, (percent, count, mark) in zip(names, shown, strict=True):
        total = (*block, *([""] * (len(dimensions) - len(BLOCK))))
        cell = ("once", f"percent {percent}", *total)
        if np.isnan(count):
            known.hidden[cell] = mark
            known.between(cell, *((0, minimum - 1) if mark == "minimum" else (minimum, np.inf)))
        else:
            known.between(cell, count, count)
        tier = TIERS[int(np.searchsorted(edges, percent, side="right"))]
        for column in (COUNTED, tier):
            parts.setdefault(("once", column, *total), {})[known.at(cell)] = 1.0
    for whole, signs in parts.items():
        known.add(signs | {known.at(whole): -1.0}, 0, 0)


def _fifths(known: Equations, table: pd.DataFrame, dimensions: list[str], minimum: int) -> None:
    """Say that the fifth who missed most and all others are all students of the year, and theirs all days absent."""
    for kind, column in (("once", STUDENTS), ("then", ABSENT)):
        parts: dict[Cell, dict[int, float]] = {}
        for row, value in zip(table.to_dict("records"), numbers(table, column), strict=True):
            total = (row["school_year"], row["district_id"], *([""] * (len(dimensions) - len(BLOCK))))
            cell = (row["level"], column, *total)
            if np.isnan(value):
                known.hidden[cell] = row["hidden"]
                value_is = (0, minimum - 1) if row["hidden"] == "minimum" else (minimum, np.inf)
                known.between(cell, *(value_is if column == STUDENTS else (0, np.inf)))
            else:
                known.between(cell, value, value)
            parts.setdefault((kind, column, *total), {})[known.at(cell)] = 1.0
        for whole, signs in parts.items():
            known.add(signs | {known.at(whole): -1.0}, 0, 0)
