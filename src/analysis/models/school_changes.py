"""How far each school's share of students moved between years: made of the table by school as its readers have it.

The error of a change holds two things: how few students a school has, and that schools move from one year to the next
for reasons of their own (a hard winter, another clerk). The second is estimated over all schools and all years that
follow each other (DerSimonian & Laird 1986, each pair of years with its own mean) and added to the first.
"""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import stats

from analysis.arrays import Array
from analysis.models.adjusted import false_discovery
from analysis.models.few_clusters import FEWEST_DEGREES
from analysis.models.published_years import OTHER_CALENDAR
from analysis.models.sentences import NOT_COMPARABLE, too_few_students, too_few_to_tell
from analysis.records.dates import follows

KEYS = ["district_id", "school_id"]
CHANGES = [
    "level", *KEYS, "rate_before", "rate_after", "contrast", "contrast_std_error", "contrast_low", "contrast_high",
    "p_value", "p_adjusted", "reason", "hidden",
]  # fmt: skip


def school_changes(schools: pd.DataFrame, part: str, minimum: int) -> pd.DataFrame:
    """Compare the last year of each school with the one before, and with the first where there are more.

    Parameters
    ----------
    schools : a row a school and year, as published: `school_year, district_id, school_id, students,
        students_counted, chronic_rate, days_enrolled, hidden` and `part`.
    part : the column of students whose share moves: 'chronically_absent' or 'satisfactory'.
    minimum : students counted in both years that a comparison needs.

    Returns
    -------
    DataFrame of `CHANGES`, a row a school and two years ('2016-17 to 2017-18'); shares, contrasts as shares;
    Benjamini-Hochberg over the schools of two years. `reason` says why a school is not compared.
    """
    years = sorted(schools["school_year"].unique())
    if len(years) < 2:
        return pd.DataFrame(columns=CHANGES)
    following = [_pair(schools, *two, part, minimum) for two in pairwise(years) if follows(*two)]
    between, df = spread_between([pair[pair["reason"] == ""] for pair in following])
    asked = dict.fromkeys([(years[-2], years[-1]), (years[0], years[-1])])
    return pd.concat([_tested(_pair(schools, *two, part, minimum), between, df) for two in asked], ignore_index=True)


def spread_between(pairs: Iterable[pd.DataFrame]) -> tuple[float, int]:
    """Estimate the variance of schools' changes beyond that of their students, and give its degrees of freedom."""
    q, scale, df = 0.0, 0.0, 0
    for pair in pairs:
        change, weight = pair["contrast"].to_numpy(dtype=float), 1 / pair["of_students"].to_numpy(dtype=float)
        if len(change) > 1:
            q += float(weight @ (change - np.average(change, weights=weight)) ** 2)
            scale += float(weight.sum() - (weight**2).sum() / weight.sum())
            df += len(change) - 1
    return (max(0.0, (q - df) / scale) if df else np.nan), df


def _pair(schools: pd.DataFrame, before: str, after: str, part: str, minimum: int) -> pd.DataFrame:
    """Set two years of each school beside each other; `of_students` is the variance of their change by students alone.

    It is Agresti & Caffo's (2000), one student more on each side in both years, so that a rate of 0 has a variance.
    """
    columns = [*KEYS, "students", "students_counted", "days_enrolled", part, "hidden"]
    fits = schools["chronic_rate"].notna() & (schools[part] <= schools["students_counted"])  # not more than there are
    schools = schools.assign(**{part: schools[part].where(fits)})
    one, other = (schools.loc[schools["school_year"] == year, columns] for year in (before, after))
    both = one.merge(other, on=KEYS, suffixes=("_before", "_after"))
    if both.empty:
        return pd.DataFrame(columns=[*CHANGES, "of_students"])

    def two(column: str) -> tuple[Array, Array]:
        first, last = (pd.to_numeric(both[f"{column}_{when}"]).to_numpy(dtype=float) for when in ("before", "after"))
        return first, last

    counted, parts = two("students_counted"), two(part)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = [y / n for y, n in zip(parts, counted, strict=True)]
        days = [days / there for days, there in zip(two("days_enrolled"), two("students"), strict=True)]
        other_calendar = np.abs(days[1] / days[0] - 1) > OTHER_CALENDAR
    plus = [(y + 1) / (n + 2) for y, n in zip(parts, counted, strict=True)]
    variance = sum(p * (1 - p) / (n + 2) for p, n in zip(plus, counted, strict=True))
    few = np.minimum(*counted) < minimum
    reason = np.where(few, too_few_students(minimum), np.where(other_calendar, NOT_COMPARABLE, ""))
    known = ~np.isnan(rates[0] + rates[1])
    hidden = both["hidden_before"].where(both["hidden_before"] != "", both["hidden_after"]).to_numpy()
    return both[KEYS].assign(
        level=f"{before} to {after}", rate_before=rates[0], rate_after=rates[1],
        contrast=np.where(reason == NOT_COMPARABLE, np.nan, rates[1] - rates[0]), of_students=variance,
        reason=np.where(known, reason, "not known"), hidden=np.where(known, "", hidden),
    )  # fmt: skip


def _tested(pair: pd.DataFrame, between: float, df: int) -> pd.DataFrame:
    """Test each change of two years, where the spread between schools is known."""
    compared = (pair["reason"] == "").to_numpy()
    if df < FEWEST_DEGREES:
        pair = pair.assign(reason=np.where(compared, too_few_to_tell("schools", int(compared.sum())), pair["reason"]))
        compared = np.zeros(len(pair), dtype=bool)
    error = np.where(compared, np.sqrt(pair["of_students"].astype(float) + between), np.nan)
    change, width = pair["contrast"].to_numpy(dtype=float), stats.t.ppf(0.975, max(df, 1)) * error
    p_value = np.where(compared, 2 * stats.t.sf(np.abs(change) / error, max(df, 1)), np.nan)
    return pair.assign(
        contrast_std_error=error, contrast_low=change - width, contrast_high=change + width, p_value=p_value,
        p_adjusted=false_discovery(p_value), reason=pair["reason"].replace("not known", ""),
    ).reindex(columns=CHANGES)  # fmt: skip
