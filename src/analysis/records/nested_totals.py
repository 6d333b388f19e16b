"""Totals among the rows: those that a study does not declare would count everybody twice, and are refused.

Of counted days a total is found by its numbers: on nearly every date its days are the sum of the other rows' (with
totals nested in totals, a third or a fourth of all). Of percents only a name can tell.
"""

from typing import Final

import pandas as pd

from analysis.records.drafts import Draft
from analysis.vocabulary import ALL

NESTED: Final = (2, 3, 4)
"""All rows of a date together are so many times a total: parts and total, and levels of totals in between."""
EXACT: Final = 1e-3
MOSTLY: Final = 0.9
LEAST_PARTS: Final = 2
NAMED: Final = 10
MANY_PARTS: Final = 4
MANY_DISTRICTS: Final = 20
FEW_DISTRICTS: Final = 3
ABOUT: Final = 0.3
"""So far apart can a state and its districts be, where some of these are hidden or count a student twice."""
LONGEST_PREFIX: Final = 4
TOTAL_WORDS: Final = frozenset({"total", "totals", "all", "citywide", "districtwide", "statewide", "national", "state"})
WHY: Final = "everybody would be counted twice"


def nested_totals(used: pd.DataFrame, kinds: tuple[str, ...], *, counted: bool) -> list[Draft]:
    """Find totals that are not declared: units that hold the other units, kinds that hold the other kinds.

    Parameters
    ----------
    used : rows that are used, with `parent` where they are declared.
    kinds : columns of kinds of school.
    counted : whether `weight` counts days.
    """
    unit = used["school_id"].where(used["school_id"] != "", used["district_id"])
    rows = used[(used[list(kinds)] != ALL).all(axis=1)].assign(unit=unit)
    parts = rows[~rows["parent"]]
    column = "school_id" if (parts["school_id"] != "").any() else "district_id"
    found = _by_name(parts, "unit", column)
    if counted:
        found += _by_sums(parts, "unit", ["date", *kinds], column) or _by_codes(parts, kinds, column)
        for kind in kinds:  # within parents too: a state may give a total of its kinds that its districts do not
            others = [name for name in kinds if name != kind]
            found += _by_sums(rows, kind, ["date", "unit", *others], kind)
    once = {draft.seen.split("'")[1]: draft for draft in reversed(found)}
    return list(reversed(once.values()))


def published_totals(cells: pd.DataFrame, *, said: bool = False, no_school_does: bool = False) -> list[Draft]:
    """Find rows of a published table that hold the other districts, or the other schools, and are not declared.

    Parameters
    ----------
    cells : published cells with `parent` where they are declared.
    said : the study says which districts hold others, be it none: then one that is about half of all may be a district.
    no_school_does : the study says that no school's code stands for several.
    """
    rows = cells[(cells["district_id"] != "") & ~cells["parent"]]
    rows = rows.assign(weight=rows["students"], absent=rows["chronically_absent"])
    within = ["school_year", "grade_level", "group", "group_level"]
    districts, schools = rows[rows["school_id"] == ""], rows[rows["school_id"] != ""]
    found = _by_name(districts, "district_id", "district_id") + _by_name(schools, "school_id", "school_id")
    found += _by_sums(districts, "district_id", within, "district_id") or (
        [] if said else _by_size(districts, schools, within)
    )
    found += _by_sums(schools, "school_id", within, "school_id")
    in_district = [*within, "district_id"]
    found += _by_sums(schools, "school_id", in_district, "school_id", NESTED[:1])
    found += [] if no_school_does or found else _schools_by_size(schools, in_district)
    once = list({draft.seen.split("'")[1]: draft for draft in found}.values())
    rest = once[NAMED:]
    more = Draft((), f"{len(rest):,} more rows are totals of others", WHY, "see the lines above", rows=len(rest))
    return [*once[:NAMED], *([more] if rest else [])]


def parents_at_schools(cells: pd.DataFrame) -> list[Draft]:
    """Refuse rows of a district that is said to hold others where all of them are of a school."""
    own = cells[cells["parent"]]
    own = own[(own["school_id"] != "").groupby(own["district_id"]).transform("all")]
    if own.empty:
        return []
    district, school = str(own["district_id"].iloc[0]), _written(own, "school_id")
    seen = f"district_id '{district}' is said to hold other districts, and its rows are of a school ('{school}')"
    fix = f"if '{school}' is no school, write parents: {{school_id: ['{school}']}} too; where one column has the codes"
    fix += " of states, districts and schools, see 'One code for school and district' in docs/sources.md"
    return [Draft((int(own["file_row"].iloc[0]),), seen, "nothing would be said to hold it", fix, rows=len(own))]


def other_totals(used: pd.DataFrame, kinds: tuple[str, ...], *, counted: bool) -> list[Draft]:
    """Check that the parts add up to the totals that the source publishes: refuse a multiple."""
    whole = used[used["parent"] & (used["district_id"] == "") & (used["school_id"] == "")]
    if not counted or whole.empty:
        return []
    parts = used[~used["parent"] & (used[list(kinds)] != ALL).all(axis=1)]
    total = whole.groupby("date")["weight"].max()  # of all kinds together, where the source has that
    apart = (parts.groupby("date")["weight"].sum() / total).dropna()
    first = int(whole["file_row"].iloc[0])
    if apart.median() > NESTED[0] - 0.5:
        seen = f"the parts add up to {apart.median():.1f} times the total that the source gives"
        return [Draft((first,), seen, WHY, "declare the levels in between under records.parents", rows=len(whole))]
    return []


def _by_name(parts: pd.DataFrame, unit: str, column: str) -> list[Draft]:
    first = parts.drop_duplicates(unit)
    named = first[first[unit].str.casefold().isin(TOTAL_WORDS)]
    return [_draft(parts[parts[unit] == code], unit, column, "is called a total") for code in named[unit]]


def _by_sums(
    parts: pd.DataFrame, level: str, within: list[str], column: str, nested: tuple[int, ...] = NESTED
) -> list[Draft]:
    """Find the levels whose days are, in nearly all groups, the sum of the others'."""
    groups = parts.groupby(within, sort=False)
    size = groups["weight"].transform("size")
    holds = pd.Series(False, parts.index)
    for times in nested:
        both = pd.Series(True, parts.index)
        for value in ("weight", "absent"):
            total = groups[value].transform("sum")
            both &= (total - times * parts[value]).abs() <= EXACT * total
            both &= parts[value] >= groups[value].transform("max")  # what holds others is not less than one of them
        alone = both.groupby([parts[name] for name in within], sort=False).transform("sum") == 1
        holds |= both & alone  # where three or four are alike, each is a third or a fourth of all
    tested = parts[(size > LEAST_PARTS) & (parts["absent"] > 0)]
    share = holds[tested.index].groupby(tested[level]).agg(["mean", "size"])
    share["parts"] = size[tested.index].groupby(tested[level]).max()
    sure = (share["size"] >= LEAST_PARTS) | (share["parts"] >= MANY_PARTS)  # else two numbers can agree by chance
    found = share.index[(share["mean"] >= MOSTLY) & sure]
    return [_draft(tested[tested[level] == name], level, column, "is the sum of the rows beside it") for name in found]


def _largest(rows: pd.DataFrame, within: list[str], least: int) -> pd.DataFrame:
    """Give of each group with enough rows its largest `row`, what that has (`most`), and what `all` have together."""
    groups = rows[rows["weight"] > 0].groupby(within, sort=False)["weight"]
    sums = pd.DataFrame({"row": groups.idxmax(), "most": groups.max(), "all": groups.sum()})
    return sums[groups.size() >= least]


def _by_size(districts: pd.DataFrame, schools: pd.DataFrame, within: list[str]) -> list[Draft]:
    """Find the district that is, in nearly all groups, about as large as all others: hidden cells leave sums unlike.

    One that has most of its students at schools of its own is a district, such as a capital's.
    """
    sums = _largest(districts, within, MANY_DISTRICTS)
    names = districts["district_id"].reindex(sums["row"])
    if sums.empty or (names == names.iloc[0]).mean() < MOSTLY:
        return []
    if ((sums["all"] / sums["most"] - 2).abs() > ABOUT).mean() > 1 - MOSTLY:
        return []
    name = str(names.iloc[0])
    own = districts[districts["district_id"] == name]
    at_schools = schools.loc[schools["district_id"] == name, [*within, "weight"]].groupby(within)["weight"].sum()
    if (2 * at_schools.reindex(pd.MultiIndex.from_frame(own[within])).to_numpy() > own["weight"]).mean() > MOSTLY:
        return []
    seen = f"district_id '{name}' has about as many students as all other districts ({len(own):,} rows)"
    fix = (
        f"if it holds them, write parents: {{district_id: ['{name}']}} under records; if it is a district beside them,"
    )
    fix += " write parents: {district_id: []} there"
    return [Draft((int(own["file_row"].iloc[0]),), seen, WHY, fix, rows=len(own))]


def _schools_by_size(schools: pd.DataFrame, within: list[str]) -> list[Draft]:
    """Find rows that are, in nearly all districts, about as large as all other schools, of which some are hidden."""
    sums = _largest(schools, within, MANY_PARTS)
    times = sums["all"] / sums["most"]
    holds = sums[(times <= NESTED[0] + EXACT) & (times >= NESTED[0] - 2 * ABOUT)]
    if len(holds) < max(FEW_DISTRICTS, MOSTLY * len(sums)):
        return []
    own = schools.loc[holds["row"]]
    name = _written(own, "school_id")
    seen = f"school_id '{name}' has about as many students as all other schools of its district together"
    seen += f" ({len(own):,} such rows)"
    fix = f"if they hold the others, write parents: {{school_id: ['{name}', ...]}} under records (* may stand in it);"
    fix += " if none does, write parents: {school_id: []} there"
    return [Draft((int(own["file_row"].iloc[0]),), seen, WHY, fix, rows=len(own))]


def _by_codes(parts: pd.DataFrame, kinds: tuple[str, ...], column: str) -> list[Draft]:
    """Find levels of totals by their codes: all that begin alike, or are as long, come to what all others come to."""
    codes = pd.Series(parts["unit"].unique())
    patterns = {length: codes.str[:length] + "*" for length in range(1, LONGEST_PREFIX + 1)}
    for labels in (*patterns.values(), codes.str.len().map(lambda length: "?" * length)):
        label = parts["unit"].map(dict(zip(codes, labels, strict=True)))
        keys = ["date", *kinds]
        sums = parts.assign(label=label).groupby([*keys, "label"], as_index=False)[["weight", "absent"]].sum()
        half = pd.Series(True, sums.index)
        for value in ("weight", "absent"):
            total = sums.groupby(keys)[value].transform("sum")
            half &= (total - 2 * sums[value]).abs() <= EXACT * total
        share = half.groupby(sums["label"]).agg(["mean", "size"])
        alike = share.index[(share["mean"] >= MOSTLY) & (share["size"] >= LEAST_PARTS)]
        units = labels.value_counts().reindex(alike).sort_values()
        if len(units):
            name, rows = str(units.index[0]), parts[label == units.index[0]]
            return [_draft(rows.assign(unit=name), "unit", column, "come to what all others come to")]
    return []


def _written(own: pd.DataFrame, unit: str) -> str:
    """Give a code as the source writes it: without the district that was put before a school's id."""
    return str(own[unit].iloc[0]).removeprefix(f"{own['district_id'].iloc[0]}: ")


def _draft(own: pd.DataFrame, unit: str, column: str, seen: str) -> Draft:
    name, rows = _written(own, unit), len(own)
    fix = f"if it holds the others, write it as the source does under records.parents: {{{column}: ['{name}']}}"
    return Draft((int(own["file_row"].iloc[0]),), f"{column} '{name}' {seen} ({rows:,} rows)", WHY, fix, rows=rows)
