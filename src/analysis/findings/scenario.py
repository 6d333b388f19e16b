"""Page 03: a scenario in days: one grade, school or month that misses no more than the best quarter of its kind."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.findings.finding import NOTHING, Finding
from analysis.findings.gated import gated
from analysis.findings.names import units_of
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure
from analysis.findings.sentences import NO_PROMISE
from analysis.findings.tables import beyond_chance, for_reading, of_those_shown, of_year, some_hidden
from analysis.findings.words import count, joined, missing, percent, rough
from analysis.language import later, say, told
from analysis.models.shrinkage import integrated
from analysis.records.types import Source, StudentRecords

MOVED = ("grade_level", "school_id", "month")
FEWEST = 4
"""Levels of a part that have a quarter."""
NAME = "best_quarter"


@dataclass(frozen=True)
class Move:
    """One level moved to the best quarter of its part.

    Parameters
    ----------
    label, driver : the level's name, and of which driver it is.
    difference, best : the level's shrunken difference from its part (a school's: from expected), and that which the best
        quarter of the part's levels have at most; shares.
    fewer, give_or_take : days absent fewer, and half the width of the level's own 95% interval, in days.
    """

    label: str
    driver: str
    difference: float
    best: float
    fewer: float
    give_or_take: float


def moves(rates: pd.DataFrame, effects: pd.DataFrame) -> list[Move] | None:
    """Find, for grades, schools and months, the level whose move would give back most days; none that chance could give.

    None where no part has levels enough for a quarter.

    Parameters
    ----------
    rates, effects : `adjusted_rates` (with `label`) and `school_effects`, as their audience may see them. Contrasts are
        shrunken here (`integrated`), schools have been: the best of many unshrunken ones is the best by chance.
    """
    found, asked = [], False
    for driver in MOVED:
        levels = rates[(rates["outcome"] == "absence") & (rates["driver"] == driver)]
        parts = [_of_part(part, driver, effects) for _, part in levels.groupby("component")]
        asked |= any(part is not None for part in parts)
        found += sorted((move for part in parts for move in part or ()), key=lambda move: -move.fewer)[:1]
    return [move for move in found if move.fewer > move.give_or_take] if asked else None


def _of_part(levels: pd.DataFrame, driver: str, effects: pd.DataFrame) -> list[Move] | None:
    """Move each level that differs by more than chance would give; None where there are too few to have a quarter."""
    if driver == "school_id":
        own = effects[effects["outcome"] == "absence"].set_index("school_id")
        kept = levels[levels["level"].isin(own.index[own["difference_low"].notna()])]
        sure = beyond_chance(own.loc[kept["level"]]).to_numpy()
        mean, low, high = (
            own.loc[kept["level"], ["shrunken_difference", "difference_low", "difference_high"]].to_numpy().T
        )
    else:
        kept = levels[levels["contrast_std_error"] > 0]
        if len(kept) < FEWEST:
            return None
        shrunken = integrated(kept["contrast"].to_numpy(), kept["contrast_std_error"].to_numpy() ** 2)
        mean, low, high = shrunken.mean, shrunken.low, shrunken.high
        sure = beyond_chance(kept).to_numpy()
    if len(kept) < FEWEST:
        return None
    best = float(np.quantile(mean, 0.25))
    days = kept["days_enrolled"].to_numpy(dtype=float)
    fewer, half = days * (mean - best), days * (high - low) / 2
    return [
        Move(str(kept["label"].iloc[at]), driver, float(mean[at]), best, float(fewer[at]), float(half[at]))
        for at in np.flatnonzero(sure)
    ]


def best_quarter(records: Source, rates: pd.DataFrame, effects: pd.DataFrame) -> Finding:
    """Say what moving one grade, school or month to the best quarter of its kind would give back, as a scenario."""
    if not isinstance(records, StudentRecords) or not (rates["outcome"] == "absence").any():
        return NOTHING
    found = moves(rates, effects)
    if found is None:
        few = say(
            "A quarter needs four grades, schools or months that have a range and are shown; here there are fewer of each."
        )
        return Finding(NAME, say("A scenario: too few to have a best quarter"), few)
    some = _some_hidden(rates, effects)
    if not found:
        text = say(
            "No grade, school or month is so far from the best quarter of its kind that chance could not give it."
        )
        title = say("A scenario: nothing to give back that chance could not give")
        return Finding(NAME, of_those_shown(title, some), joined(some, text))
    missed = of_year(gated(records, "grade_level"), records.year, "total")["days_absent"].sum()
    shares = [move.fewer / missed if missed else np.nan for move in found]  # of 1050 days, said as 'about 1,100'
    found = [replace(move, fewer=rough(move.fewer), give_or_take=rough(move.give_or_take)) for move in found]
    table = pd.DataFrame([vars(move) for move in found]).assign(share=shares)
    said = [_said(move, share) for move, share in zip(found, table["share"], strict=True)]
    text = joined(some, *said, told(NO_PROMISE))
    most = max(found, key=lambda move: move.fewer)
    table["words"] = [say("give or take {days}", days=count(number)) for number in table["give_or_take"]]
    table["kind"] = [units_of(move.driver)[1] for move in found]
    alt = say("Days fewer if one grade, school or month were at the level of the best quarter. {text}", text=text)
    axis = say("fewer days absent, in this scenario")
    fig = figure(plots.bars(table, "label", "fewer", unit="count", notes="words", axis=axis), NAME, alt)
    shown = for_reading(
        table, ("label", "kind", "difference", "best", "fewer", "give_or_take", "share"), label=later("Moved"),
        kind=later("To the best quarter of"), difference=later("Its difference, shrunken (points)"),
        best=later("The best quarter's (points)"), fewer=later("Days fewer"), give_or_take=later("Give or take"),
        share=later("Share of missed days"),
    )  # fmt: skip
    title = say(
        "A scenario: {level} like the best quarter, about {days} days fewer", level=most.label, days=count(most.fewer)
    )
    return Finding(NAME, of_those_shown(title, some), text, None, shown, fig, rows_of="adjusted_rates")


def _some_hidden(rates: pd.DataFrame, effects: pd.DataFrame) -> str:
    """Say that the best quarter is that of what is shown, where a grade, school or month is hidden; else ''."""
    asked = rates[(rates["outcome"] == "absence") & rates["driver"].isin(MOVED)]
    of_days = effects[effects["outcome"] == "absence"]
    if not (some_hidden(asked) or some_hidden(of_days)):
        return ""
    return say("Some grades, schools or months are hidden: the best quarter is of those shown.")


def _said(move: Move, share: float) -> str:
    said = {
        "kind": units_of(move.driver)[1],
        "level": move.label,
        "days": count(move.fewer),
        "half": count(move.give_or_take),
    }
    if missing(share):
        return say(
            "At the level of the best quarter of the {kind} it is compared with, {level} would have about {days} fewer days"
            " missed, give or take {half}.",
            **said,
        )
    return say(
        "At the level of the best quarter of the {kind} it is compared with, {level} would have about {days} fewer days missed,"
        " give or take {half} ({share} of all).",
        **said,
        share=percent(share),
    )
