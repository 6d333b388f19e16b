"""Would the answer change? The grade contrasts again, in other ways: a check is a file here, and nothing else."""

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import cast, get_args

import pandas as pd

from analysis.language import later
from analysis.models.robustness.answer import (
    CONTRAST_COLUMNS,
    Answer,
    Check,
    Kind,
    Specification,
    compared,
)
from analysis.models.tables import stacked
from analysis.models.together import without_hidden
from analysis.problems import UserError

AS_ON_THE_PAGE = later("as on the page")
ROBUSTNESS_COLUMNS = ["outcome", "check", "specification", *CONTRAST_COLUMNS]
REFUSED_COLUMNS = ["outcome", "check", "specification", "reason"]


@dataclass(frozen=True)
class Robustness:
    """The answer under every specification.

    Parameters
    ----------
    table : `outcome, check, specification, driver, level, students, observed_rate, contrast, contrast_low,
        contrast_high` (shares), the page's own contrasts first (check ''); a level that a specification cannot compare
        is not in it.
    refused : `outcome, check, specification, reason`, a row a specification that could not be tried.
    """

    table: pd.DataFrame
    refused: pd.DataFrame


def checks() -> tuple[Check, ...]:
    """Find the checks: the modules of this folder with a function `specifications`, by kind and name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = [import_module(f"{__name__}.{name}") for name in names]
    found = [cast(Check, module) for module in modules if hasattr(module, "specifications")]
    return tuple(sorted(found, key=lambda check: get_args(Kind).index(check.KIND)))


def name_of(check: Check) -> str:
    """Name a check as the table does: its module."""
    return check.__name__.rpartition(".")[2]


def robustness(answer: Answer) -> Robustness:
    """Compare grades (schools where there is one grade) under every specification."""
    found: list[tuple[str, Specification]] = []
    if answer.driver:
        for model in answer.models:
            rates = model.adjusted_rates
            own = rates.loc[rates["driver"] == compared(model.fit.drivers), CONTRAST_COLUMNS]
            found.append(("", Specification(model.fit.outcome, AS_ON_THE_PAGE, own)))
        for check in checks():
            found += [(name_of(check), one) for one in _tried(check, answer)]
    return Robustness(_contrasts(found), _refused(found))


def _tried(check: Check, answer: Answer) -> list[Specification]:
    try:
        return list(check.specifications(answer))
    except UserError as error:
        why = error.problems[0].seen
    except ArithmeticError:
        why = later("The fit does not settle on these records.")
    return [Specification.none(answer.absence.fit.outcome, check.TITLE.lower(), why)]


def _contrasts(found: list[tuple[str, Specification]]) -> pd.DataFrame:
    tables = (
        without_hidden(one.contrasts).assign(
            outcome=one.outcome, check=check, specification=f"{one.outcome}: {one.words}"
        )
        for check, one in found
    )
    return stacked(tables, ROBUSTNESS_COLUMNS)[ROBUSTNESS_COLUMNS]


def _refused(found: list[tuple[str, Specification]]) -> pd.DataFrame:
    rows = [(one.outcome, check, one.words, one.refused) for check, one in found if one.refused]
    return pd.DataFrame(rows, columns=REFUSED_COLUMNS)
