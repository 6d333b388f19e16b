"""What a reader can subtract out though no table shows it: the students whom one row counts and another leaves out."""

from typing import Final

import numpy as np
import pandas as pd

from analysis.arrays import Flags
from analysis.disclosure.counts import is_small, room
from analysis.disclosure.groups import ALL_YEAR, BLOCK, DAYS, RULE, dimensions_of, held_to
from analysis.disclosure.lines import Lines
from analysis.measures.counted import ENROLLED_BANDS, WAS
from analysis.measures.other_rules import other_rules, rule_in_words
from analysis.study import Study

OWN: Final = "this study"
REST: Final = "left out"
_SUMS: Final = ["once:students_counted", "once:chronically_absent"]


def minimums(study: Study) -> dict[str, int]:
    """Name the rules that differ in the days enrolled alone, with these days: each counts some of those of the last."""
    own = study.settings.definitions
    rules = [rule for rule in other_rules(own, "days") if rule.chronic.of == "share"]
    found = {rule_in_words(rule): rule.minimum_days.days for rule in rules}
    if rules and own.chronic == rules[0].chronic and own.minimum_days.at == "student":
        found = {words: days for words, days in found.items() if days != own.minimum_days.days}
        found[OWN] = own.minimum_days.days
    return dict(sorted(found.items(), key=lambda rule: rule[1]))


def left_out(counted: pd.DataFrame) -> pd.DataFrame:
    """Count the students that are left out: after the first month, of a month, of the year before.

    Parameters
    ----------
    counted : a row a group with its counts (`together`).

    Returns
    -------
    DataFrame with the columns of `counted`, a row a group that no table shows.
    """
    keys, found = dimensions_of(counted), []
    for part in ("first_month", "year_before"):
        if part in keys:
            levels = counted[counted[part] != ""].groupby(BLOCK)[_SUMS].sum(min_count=1)
            rest = (_totals(counted)[_SUMS] - levels).dropna().reset_index()
            found.append(rest[(rest[_SUMS] >= 0).all(axis=1)].assign(**{part: REST}))
    if ALL_YEAR in keys:
        stayed = counted[counted[ALL_YEAR] != ""].set_index([*BLOCK, "month"])["then:students"]
        months = counted[held_to(counted, "month") & (counted["month"] != "")]
        here = months.set_index([*BLOCK, "month"])["then:students"]
        found.append((here - stayed).dropna().rename("then:students").reset_index().assign(**{ALL_YEAR: "no"}))
    whole = pd.concat([part.reindex(columns=counted.columns) for part in found], ignore_index=True) if found else None
    if whole is None:
        return counted.iloc[:0]
    whole[keys] = whole[keys].astype(object).fillna("")
    return whole


def few_left(counted: pd.DataFrame, minimum: int) -> tuple[Flags, Flags]:
    """Say what gives away those few who have left since the year before.

    They are what that year leaves after those followed into the next. Where that leaves them too little room, though a
    reader knows of those followed no more than that they are not few, its own count goes too.

    Returns
    -------
    (rows,) who was chronic the year before, and years: hidden whole; (rows,) years: their chronic count.
    """
    whole, chronic = (np.zeros(len(counted), dtype=bool) for _ in range(2))
    if "year_before" not in counted:
        return whole, chronic
    totals = _totals(counted)
    years = sorted(set(totals.index.get_level_values(0)))
    rows = counted[~counted["year_before"].isin(["", REST])]
    for (year, district), levels in rows.groupby(BLOCK):
        earlier = [one for one in years if one < str(year)]
        before = (earlier[-1] if earlier else "", str(district))
        if before not in totals.index:
            continue
        was = levels.loc[levels["year_before"] == WAS, _SUMS[0]].sum()
        students, chronic_then, row = totals[[*_SUMS, "row"]].loc[[before]].to_numpy()[0]
        left, gone = students - levels[_SUMS[0]].sum(), chronic_then - was
        if is_small(np.array([left, gone]), np.array([np.inf, left]), minimum).any():
            whole[levels.index] = True
            whole[int(row)] = students < 2 * minimum + room(minimum)
            chronic[int(row)] = chronic_then < minimum + room(minimum)
    return whole, chronic


def rules_too_near(study: Study, counted: pd.DataFrame, minimum: int) -> Flags:
    """Say which rules give few students away, beside the study's own or another that is shown: (rows,).

    Whom a rule counts and a stricter one does not, a reader has by subtracting the one from the other.
    """
    hidden = np.zeros(len(counted), dtype=bool)
    if RULE not in counted:
        return hidden
    values = counted[_SUMS].to_numpy(dtype=float)
    place = _rules_at(counted)
    for block in counted[BLOCK].drop_duplicates().itertuples(index=False, name=None):
        shown: list[int] = []
        for rule in sorted(minimums(study), key=lambda name: name != OWN):
            row = place.get((*block, _key(rule)), -1)
            apart = np.abs(values[row] - values[shown])
            of = np.append(np.full(len(shown), np.inf), apart[:, 0])
            if row >= 0 and is_small(apart.T.ravel(), of, minimum).any():
                hidden[row] = True
            elif row >= 0:
                shown.append(row)
    return hidden


def lines_of_rules(study: Study, groups: pd.DataFrame) -> list[Lines]:
    """List the sums of rules: whom a rule counts are those whom a stricter one counts, and a band of days enrolled."""
    if not {RULE, DAYS} <= set(groups) or OWN not in minimums(study):
        return []
    place, at = _rules_at(groups), {days: _key(rule) for rule, days in minimums(study).items()}
    bands = dict(_keys(groups[held_to(groups, DAYS)], DAYS))
    own, ends = study.settings.definitions.minimum_days.days, [low for _, low, _ in ENROLLED_BANDS[1:]]
    code = np.full(len(groups), -1, dtype=np.int64)
    parents: list[int] = []
    for block in groups[BLOCK].drop_duplicates().itertuples(index=False, name=None):
        for (name, low, _), end in zip(ENROLLED_BANDS, [*ends, None], strict=True):
            of = place.get((*block, at.get(max(low, own), "?")), -1)  # bands have whom the study counts alone
            less = place.get((*block, at.get(end, "?")), -1) if end else -1
            band = bands.get((*block, name), -1)
            if min(of, band) >= 0 and (less >= 0 or not end):
                code[[row for row in (less, band) if row >= 0]] = len(parents)
                parents.append(of)
    return [Lines(code, np.array(parents, dtype=np.int64))] if parents else []


def _rules_at(groups: pd.DataFrame) -> dict[tuple[str, ...], int]:
    """Find the row of each rule, the study's own under ''."""
    return dict(_keys(groups[held_to(groups, RULE)], RULE))


def _keys(rows: pd.DataFrame, last: str) -> list[tuple[tuple[str, ...], int]]:
    names = rows[[*BLOCK, last]].itertuples(index=False, name=None)
    return [(tuple(map(str, key)), int(row)) for key, row in zip(names, rows.index, strict=True)]


def _key(rule: str) -> str:
    return "" if rule == OWN else rule


def _totals(counted: pd.DataFrame) -> pd.DataFrame:
    """Give the counts of each whole block, and its `row`."""
    whole = counted[held_to(counted)]
    return whole.assign(row=whole.index).set_index(BLOCK)
