"""School effects: observed minus expected, shrunken, with chances instead of ranks, and flags."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.arrays import Array
from analysis.language import later
from analysis.models.adjusted import false_discovery
from analysis.models.drivers import DriverModel
from analysis.models.expected import SCHOOL, SchoolDifferences, observed_minus_expected
from analysis.models.flags import inflations, pooled_variances, score_p_values
from analysis.models.sentences import INSEPARABLE, too_few_schools
from analysis.models.shrinkage import integrated
from analysis.study import Models

FEWEST_SCHOOLS = 5
SMALLEST_FLAG = 0.02
FALSE_DISCOVERY_RATE = 0.05
ESTIMATES = [
    "shrunken_difference", "difference_low", "difference_high", "chance_lowest_third", "chance_middle_third",
    "chance_highest_third", "reliability",
]  # fmt: skip
SCHOOL_COLUMNS = [
    "outcome", "component", "school_id", "school_name", "students", "expected_rate", "observed_rate", *ESTIMATES,
    "p_adjusted", "flag",
]  # fmt: skip


@dataclass(frozen=True)
class SchoolEffects:
    """Schools beside the average school of their part.

    Parameters
    ----------
    table : `school_effects` of the output contract, a row a school; differences are shares.
    refused : `component, reason`, a row a part in which schools are not shrunken, ranked or flagged.
    """

    table: pd.DataFrame
    refused: pd.DataFrame


def school_effects(model: DriverModel, settings: Models, names: Mapping[str, str]) -> SchoolEffects:
    """Estimate how schools differ from what is expected for their grades and days.

    Parameters
    ----------
    model : of one outcome, with school among its drivers.
    settings : least students for a range, and for a flag.
    names : name by school_id; a school without one keeps its id.
    """
    fit = model.fit
    if not fit.parts:
        return SchoolEffects(pd.DataFrame(columns=SCHOOL_COLUMNS), _refused({}))
    differences = {part: observed_minus_expected(fit, part) for part in fit.parts}
    at_average = fit.fitted.copy()
    for part, of_part in differences.items():
        at_average[fit.rows_of(SCHOOL, part)] = of_part.at_average
    part_of = {school: part for part, of_part in differences.items() for school in of_part.schools}
    inflation = inflations(model.cells.student_sums(at_average, SCHOOL), part_of)
    students = model.counts[model.counts["driver"] == SCHOOL].set_index("level")["students"]

    tables = []
    for part, of_part in differences.items():
        table = _counted(of_part, students)
        if len(table) >= FEWEST_SCHOOLS:
            pooled = pooled_variances(fit, of_part, inflation, at_average)
            own = model.covariances[SCHOOL].variances(of_part.gradient)
            days = fit.cells.groupby(SCHOOL)["n"].sum().loc[list(of_part.schools)].to_numpy(dtype=np.float64)
            table = _estimated(table, of_part, own, pooled, settings, days=days)
        tables.append(table.assign(component=part))
    whole = pd.concat([*tables, _not_compared(model)], ignore_index=True)
    named = [names.get(school, school) for school in whole[SCHOOL]]
    table = whole.assign(outcome=fit.outcome, school_name=named)[SCHOOL_COLUMNS]
    return SchoolEffects(table, _refused({part: len(of_part.schools) for part, of_part in differences.items()}))


def _not_compared(model: DriverModel) -> pd.DataFrame:
    """Give the schools that are linked too thinly, or where absence is none or all: observed, and nothing expected."""
    rates = model.adjusted_rates
    gone = rates[(rates["driver"] == SCHOOL) & rates["adjusted_rate"].isna()]
    table = gone.rename(columns={"level": SCHOOL})[[SCHOOL, "students", "observed_rate", "component"]]
    return table.assign(expected_rate=np.nan, **dict.fromkeys([*ESTIMATES, "p_adjusted"], np.nan), flag="")


def _counted(differences: SchoolDifferences, students: "pd.Series[int]") -> pd.DataFrame:
    table = pd.DataFrame(
        {
            SCHOOL: differences.schools,
            "students": students.loc[list(differences.schools)].to_numpy(),
            "expected_rate": differences.expected,
            "observed_rate": differences.observed,
        }
    )
    return table.assign(**dict.fromkeys([*ESTIMATES, "p_adjusted"], np.nan), flag="")


def _estimated(
    table: pd.DataFrame, differences: SchoolDifferences, own: Array, pooled: Array, settings: Models, *, days: Array
) -> pd.DataFrame:
    """Fill in what is estimated.

    A school below the minimum has a clustered variance near zero by chance; the pooled one is then its least. Over the
    days of a part the differences add up to nothing, and so do the shrunken ones: their own centre leans to schools
    with little absence, whose variances are the smallest, and in many small schools it would lie far below 0.
    """
    students = table["students"].to_numpy()
    small = students < settings.minimum_students
    variances = np.where(small, np.maximum(own, pooled), own)
    posterior = integrated(differences.difference, variances)
    centre = float(days @ (posterior.mean - differences.difference) / days.sum())
    posterior = posterior.moved(-centre)
    tested = students >= settings.minimum_flag_students
    p_values = np.where(tested, score_p_values(differences.difference, pooled), np.nan)
    p_adjusted = false_discovery(p_values)
    flagged = (p_adjusted <= FALSE_DISCOVERY_RATE) & (np.abs(posterior.mean) >= SMALLEST_FLAG)
    direction = np.where(posterior.mean > 0, later("higher"), later("lower"))
    filled = table.assign(
        shrunken_difference=posterior.mean,
        difference_low=posterior.low,
        difference_high=posterior.high,
        chance_lowest_third=posterior.thirds[:, 0],
        chance_middle_third=posterior.thirds[:, 1],
        chance_highest_third=posterior.thirds[:, 2],
        reliability=posterior.reliability,
        p_adjusted=p_adjusted,
        flag=np.where(flagged, direction, ""),
    )
    filled.loc[small, [name for name in ESTIMATES if name not in ("shrunken_difference", "reliability")]] = np.nan
    return filled


def _refused(schools: dict[int, int]) -> pd.DataFrame:
    rows = [
        (part, INSEPARABLE if count == 1 else too_few_schools(count))
        for part, count in schools.items()
        if count < FEWEST_SCHOOLS
    ]
    return pd.DataFrame(rows, columns=["component", "reason"])
