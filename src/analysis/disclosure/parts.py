"""What a reader can subtract out though no table shows it: the students whom one row counts and another leaves out."""

from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd

from analysis.disclosure.counts import Flags, is_small
from analysis.disclosure.groups import ALL_YEAR, BELOW, BLOCK, DAYS, RULE
from analysis.disclosure.lines import Lines
from analysis.measures.counted import ENROLLED_BANDS, WAS
from analysis.measures.quality import MINIMUMS, other_rules, rule_in_words
from analysis.study import Study

OWN: Final = "this study"
REST: Final = "left out"
_SUMS: Final = ["once:students_counted", "once:chronically_absent"]


def minimums(study: Study) -> dict[str, int]:
    """Name the rules that differ in the days enrolled alone, with these days: each counts some of those of the last."""
    own = study.settings.definitions
    rules = [rule for rule in other_rules(own, "days", MINIMUMS) if rule.chronic.of == "share"]
    found = {rule_in_words(rule): rule.minimum_days.days for rule in rules}
    if rules and own.chronic == rules[0].chronic and own.minimum_days.at == "student":
        found = {words: days for words, days in found.items() if days != own.minimum_days.days}
        found[OWN] = own.minimum_days.days
    return dict(sorted(found.items(), key=lambda rule: rule[1]))


def left_out(study: Study, counted: pd.DataFrame) -> pd.DataFrame:
    """Count the students that are left out: by a stricter rule, after the first month, all year, in the year before.

    Parameters
    ----------
    counted : a row a group with its counts (`together`).

    Returns
    -------
    DataFrame with the columns of `counted`, a row a group that no table shows.
    """
    keys = [str(name) for name in counted if ":" not in str(name)]
    found = [_between_rules(study, counted, keys)] if RULE in keys else []
    for part in ("first_month", "year_before"):
        if part in keys:
            levels = counted[counted[part] != ""].groupby(BLOCK)[_SUMS].sum(min_count=1)
            rest = (_totals(counted, keys) - levels).dropna().reset_index()
            found.append(rest[(rest[_SUMS] >= 0).all(axis=1)].assign(**{part: REST}))
    if ALL_YEAR in keys:
        stayed = counted[counted[ALL_YEAR] != ""].set_index([*BLOCK, "month"])["then:students"]
        months = counted[(counted[ALL_YEAR] == "") & (counted["month"] != "")]
        months = months[(months[[key for key in keys if key not in (*BLOCK, "month")]] == "").all(axis=1)]
        here = months.set_index([*BLOCK, "month"])["then:students"]
        found.append((here - stayed).dropna().rename("then:students").reset_index().assign(**{ALL_YEAR: "no"}))
    whole = pd.concat([part.reindex(columns=counted.columns) for part in found], ignore_index=True) if found else None
    if whole is None:
        return counted.iloc[:0]
    whole[keys] = whole[keys].astype(object).fillna("")
    return whole


def few_left(counted: pd.DataFrame, minimum: int) -> Flags:
    """Say which rows of who was chronic the year before give away those few who have left since: (rows,)."""
    hidden = np.zeros(len(counted), dtype=bool)
    if "year_before" not in counted:
        return hidden
    totals = _totals(counted, [str(name) for name in counted if ":" not in str(name)])
    years = sorted(set(totals.index.get_level_values(0)))
    rows = counted[~counted["year_before"].isin(["", REST])]
    for (year, district), levels in rows.groupby(BLOCK):
        earlier = [one for one in years if one < str(year)]
        before = (earlier[-1] if earlier else "", str(district))
        if before not in totals.index:
            continue
        was = levels.loc[levels["year_before"] == WAS, _SUMS[0]].sum()
        left, chronic = totals.loc[[before]].to_numpy()[0] - np.array([levels[_SUMS[0]].sum(), was])
        if is_small(np.array([left, chronic]), np.array([np.inf, left]), minimum).any():
            hidden[levels.index] = True
    return hidden


def lines_of_rules(study: Study, groups: pd.DataFrame) -> list[Lines]:
    """List the sums of rules: whom a rule counts are those whom a stricter one counts, and those between the two."""
    if RULE not in groups:
        return []
    dimensions = [str(name) for name in groups if name not in BLOCK]
    place = {key: row for row, key in enumerate(groups.itertuples(index=False, name=None))}
    rules = list(minimums(study))
    starts = {name: low for name, low, _ in ENROLLED_BANDS}
    bands = {name: starts[name] for name in starts if OWN in rules}
    systems = []
    between = [(rule, stricter, {RULE: _key(rule), BELOW: stricter}) for rule, stricter in pairwise(rules)]
    at = {days: rule for rule, days in minimums(study).items()}
    ends = [*list(bands.values())[1:], None]
    of_bands = [
        (OWN if name == ENROLLED_BANDS[0][0] else at.get(low, ""), at.get(end, "") if end else "", {DAYS: name})
        for (name, low), end in zip(bands.items(), ends, strict=True)
    ]
    for steps in (between, of_bands):
        code = np.full(len(groups), -1, dtype=np.int64)
        parents: list[int] = []
        for block in groups[BLOCK].drop_duplicates().itertuples(index=False, name=None):
            for rule, stricter, part in steps:
                whole = dict.fromkeys(dimensions, "")
                of, less, more = (
                    place.get((*block, *(whole | levels).values()), -1)
                    for levels in ({RULE: _key(rule)}, {RULE: _key(stricter)} if stricter else {RULE: "?"}, part)
                )
                if min(of, more) >= 0 and rule and (less >= 0 or not stricter):
                    code[[row for row in (less, more) if row >= 0]] = len(parents)
                    parents.append(of)
        if parents:
            systems.append(Lines(code, np.array(parents, dtype=np.int64)))
    return systems


def _key(rule: str) -> str:
    return "" if rule == OWN else rule


def _between_rules(study: Study, counted: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Count whom a rule counts and the next stricter one does not."""
    others = [key for key in keys if key not in (*BLOCK, RULE)]
    alone = counted[(counted[others] == "").all(axis=1)].set_index(RULE)
    rules = [rule for rule in minimums(study) if _key(rule) in alone.index]
    found = []
    for rule, stricter in pairwise(rules):
        one, other = (alone.loc[[_key(name)]].set_index(BLOCK)[_SUMS] for name in (rule, stricter))
        found.append((one - other).dropna().reset_index().assign(**{RULE: _key(rule), BELOW: stricter}))
    return pd.concat(found, ignore_index=True) if found else counted.iloc[:0]


def _totals(counted: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Give the students counted and chronic of each whole block."""
    return counted[(counted[[key for key in keys if key not in BLOCK]] == "").all(axis=1)].set_index(BLOCK)[_SUMS]
