"""How often the project's 95 % intervals hold the truth of a synthetic district.

    .venv/bin/python benchmarks/truth_coverage.py [--seeds 24] [--students 3000]

Runs the project's own way (study, records, cells, model) on districts of different seeds, and compares the intervals of
`adjusted_rates` with the population-averaged truth beside the data. Prints the share by outcome and driver.

Seeds redraw students, their days and the schools' own differences; the truth is that of each district's schools and
calendar. Levels in one district share students, so the standard error of a share is taken over districts.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import records
from analysis.measures.outcomes import absence_cells, chronic_cells
from analysis.models import fit_drivers
from analysis.records.simulate import is_simulated
from analysis.study import Study

EXAMPLE = Path(__file__).parents[1] / "studies" / "example.yaml"
SEASON = ("month", "weekday", "near_break")


def main() -> None:
    """Make the districts one after the other, and print what share of the intervals hold."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seeds", type=int, default=24)
    options.add_argument("--first", type=int, default=1)
    options.add_argument("--students", type=int, default=3000)
    chosen = options.parse_args()
    found = []
    for seed in range(chosen.first, chosen.first + chosen.seeds):
        with tempfile.TemporaryDirectory() as folder:
            table = compared(Path(folder), chosen.students, seed)
        found.append(table.assign(seed=seed))
        rates, contrasts = _share(table, "rate_held"), _share(table, "contrast_held")
        print(f"seed {seed}: {rates:.3f} of rates, {contrasts:.3f} of contrasts", flush=True)
    everything = pd.concat(found, ignore_index=True)
    print(f"\n{chosen.seeds} districts of {chosen.students:,} students; share of 95 % intervals that hold the truth\n")
    print(pd.DataFrame(summary(everything)).to_string(index=False))


def compared(folder: Path, students: int, seed: int) -> pd.DataFrame:
    """Put the intervals of one district beside its truth.

    Returns
    -------
    DataFrame, a row an interval: `outcome, driver, level, rate_held, contrast_held`, and `rate_error, contrast_error`,
    the distances from the truth in standard errors.
    """
    (folder / "studies").mkdir()
    path = folder / "studies" / "coverage.yaml"
    text = EXAMPLE.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^  students: \d+$", f"  students: {students}", text)
    text = re.sub(r"(?m)^  seed: \d+$", f"  seed: {seed}", text)
    path.write_text(text, encoding="utf-8")
    study = Study.load(path)
    source = records.read(study)
    if not isinstance(source, records.StudentRecords) or not is_simulated(study.data, students, seed):
        raise SystemExit(f"{EXAMPLE.name} no longer says what to simulate where this script looks for it")
    truth = json.loads((study.data / "truth.json").read_text(encoding="utf-8"))["population_averaged"]
    tables = []
    for cells in (absence_cells(source), chronic_cells(source)):
        estimated = fit_drivers(cells, study.settings.models).adjusted_rates
        true = pd.DataFrame(truth[cells.outcome]["adjusted_rates"])[["driver", "level", "adjusted_rate", "contrast"]]
        tables.append(estimated.merge(true, on=["driver", "level"], suffixes=("", "_true"), validate="one_to_one"))
    table = pd.concat(tables, ignore_index=True).dropna(subset=["rate_low", "contrast_low"])
    rate, contrast = table["adjusted_rate_true"], table["contrast_true"]
    return table[["outcome", "driver", "level"]].assign(
        rate_held=(table["rate_low"] <= rate) & (rate <= table["rate_high"]),
        contrast_held=(table["contrast_low"] <= contrast) & (contrast <= table["contrast_high"]),
        rate_error=(table["adjusted_rate"] - rate) / table["rate_std_error"],
        contrast_error=(table["contrast"] - contrast) / table["contrast_std_error"],
    )


def summary(table: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Give the shares by outcome and driver, and over grade and school, and season, together."""
    season = table["driver"].isin(SEASON)
    groups = [(*key, rows) for key, rows in table.groupby(["outcome", "driver"], sort=False)]
    groups += [("both", "grade and school", table[~season]), ("absence", "season", table[season])]
    for outcome, driver, rows in groups:
        yield {"outcome": outcome, "driver": driver, "intervals": len(rows)} | {
            f"{what}_{name}": round(value, 3)
            for what in ("rate", "contrast")
            for name, value in (
                ("share", _share(rows, f"{what}_held")),
                ("share_se", _error(rows, f"{what}_held")),
                ("z_mean", rows[f"{what}_error"].mean()),
                ("z_sd", rows[f"{what}_error"].std()),
            )
        }


def _share(table: pd.DataFrame, column: str) -> float:
    return float(table[column].mean())


def _error(table: pd.DataFrame, column: str) -> float:
    """Give the standard error of a share over districts."""
    by_district = table.groupby("seed")[column].mean()
    return float(by_district.std() / np.sqrt(len(by_district)))


if __name__ == "__main__":
    main()
