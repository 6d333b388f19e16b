"""Proof of the statistical contract: how often 95 % intervals hold the truth, quantity by quantity.

    .venv/bin/python benchmarks/coverage.py [--districts 2000] [--only fixed redrawn null season kinds] [--write]

Districts of about 3,000 students are drawn, and the project's own functions estimate them; the truth is marginal: what
the same model gives on the days absent that are expected, students (and dates, schools) integrated out by quadrature.
`fixed`: students redrawn, schools as they are: adjusted rates and contrasts of absence and of chronic absence, shares.
`redrawn`: schools redrawn too: shrunken differences, thirds, the share of students' spread between schools.
`null`: schools do not differ: districts in which any is flagged. `season`: dates redrawn (0.2 log-odds): months.
`kinds`: a kind of school against the average school, schools redrawn. Plain methods stand beside. `--write` puts the
table into docs/statistics.md.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from kinds import district as kinds_district
from kinds import held as kinds_held
from scipy import sparse, stats
from scipy.special import expit
from shares import MONTHS, SHARES, drawn_district, expected_months, shares_between, true_between, true_shares
from student_cells import DAYS, SPREAD, Array, District, Students, as_cells, dated, fitted

from analysis.measures.cells import Cells
from analysis.models.adjusted import adjusted_rates, false_discovery, rated_levels
from analysis.models.binomial import BinomialFit, fit_binomial
from analysis.models.covariance import Covariance, model_covariance
from analysis.models.drivers import DriverModel, fit_drivers
from analysis.models.expected import observed_minus_expected
from analysis.models.importance import explained_shares
from analysis.models.schools import school_effects
from analysis.study import Models
from analysis.vocabulary import PAIR

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from plug_in import between_variance, shrunk

SETTINGS = Models()
PAGE = Path(__file__).parents[1] / "docs" / "statistics.md"
SEED = 20180638
SIZES = np.geomspace(60, 600, 12).round()
"""Students of the schools of a district of 2,900."""
DATES = 18
"""Days of school in a month."""
IN_THE_ENGINE = 0.25
"""Share of the districts whose shares of what is explained are estimated: their sums take the engine, and time."""
DATE_SD, Z = 0.2, stats.norm.ppf(0.975)
HEADING = """\
| quantity | intervals | hold the truth | lowest level | highest level | plain method | target | |
| --- | --- | --- | --- | --- | --- | --- | --- |"""
Row = tuple[str, str, float, float]
"""Quantity, level, whether the page's interval holds the truth, whether the plain method's does."""


def main() -> None:
    """Draw the districts on all cores, and print a row a quantity."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--districts", type=int, default=2000)
    options.add_argument("--only", nargs="+", choices=DESIGNS, default=list(DESIGNS))
    options.add_argument("--write", action="store_true")
    chosen = options.parse_args()
    error = (0.05 * 0.95 / chosen.districts) ** 0.5
    print(
        f"{chosen.districts} districts; the standard error of a share of 0.95 is {error:.3f}\n\n{HEADING}", flush=True
    )
    lines = [HEADING]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for name in chosen.only:
            districts = pool.map(partial(one_district, name), range(chosen.districts), chunksize=10)
            found = [row for rows in districts for row in rows]
            lines.append(summary(pd.DataFrame(found, columns=["quantity", "level", "held", "plain"])))
            print(lines[-1], flush=True)
    table = "\n".join(lines)
    if chosen.write:
        page = PAGE.read_text(encoding="utf-8")
        block = re.sub(
            r"(?s)(<!-- coverage: .*?-->\n).*?(<!-- end of coverage -->)", lambda m: f"{m[1]}{table}\n{m[2]}", page
        )
        PAGE.write_text(block, encoding="utf-8")


def one_district(design: str, number: int) -> list[Row]:
    """Draw and estimate one district."""
    return list(DESIGNS[design](np.random.default_rng([SEED, list(DESIGNS).index(design), number])))


def summary(rows: pd.DataFrame) -> str:
    """Make a line a quantity: the mean over levels, the lowest and highest of them, the plain method, the target."""
    lines = []
    for name, of_quantity in rows.groupby("quantity", sort=False):
        levels = of_quantity.groupby("level")["held"].mean()
        low, high, lowest, highest = next(of for word, of in TARGETS.items() if word in str(name))
        mean = levels.mean()
        met = low <= mean <= high and lowest <= levels.min() and levels.max() <= highest
        shares = [f"{share:.3f}" for share in (mean, levels.min(), levels.max(), of_quantity["plain"].mean())]
        target = f"{low:g} to {high:g}" if high - low < 1 else "none"
        words = [str(name), f"{len(of_quantity):,}", *shares, target, "met" if met else "**missed**"]
        lines.append(f"| {' | '.join(words).replace('nan', '')} |")
    return "\n".join(lines)


TARGETS = {
    "highest school": (0, 1, 0, 1),
    "flag": (0, 0.07, 0, 1),
    "third": (0.93, 1, 0, 1),
    "shrunken": (0.92, 0.99, 0, 1),
    "": (0.93, 0.97, 0.91, 0.98),
}
"""Least and most of the mean over levels, and of each level, by a word of the quantity's name (from the contract)."""


def schools_of(count: int, sizes: Array) -> list[tuple[str, str, int]]:
    """List (grade, school, students): K-5, 6-8 and K-8 schools in turn, students spread over grades."""
    served = (("KG", "01", "02", "03", "04", "05"), ("06", "07", "08"))
    served = (*served, served[0] + served[1])
    return [
        (grade, f"S{number:02}", round(size / len(grades)))
        for number, size in enumerate(sizes[:count])
        for grades in [served[number % 3]]
        for grade in grades
    ]


def made(sizes: Array, sd: float, random: np.random.Generator) -> District:
    """Make a district whose schools' log-odds are normal with standard deviation `sd`."""
    rows = schools_of(len(sizes), sizes)
    return drawn_district([row[:2] for row in rows], np.array([row[2] for row in rows]), sd, random)


def estimated(year: Students, outcome: str = "absence") -> DriverModel:
    """Estimate a year of students as `fit_drivers` does; sums over students are made here and not in the engine."""
    table = year.table()
    fit = fit_binomial(table, PAIR, np.ones(len(table), dtype=np.int64), outcome)
    covariances = dict.fromkeys(("", *PAIR), year.covariance(fit))
    counts = pd.concat([level_counts(year, driver) for driver in PAIR])
    nothing = pd.DataFrame()
    rates = adjusted_rates(fit, covariances, counts)
    return DriverModel(cast(Cells, year), fit, covariances, counts, rates, nothing, nothing, nothing)


def level_counts(year: Students, driver: str) -> pd.DataFrame:
    """Count the students at each level of a driver."""
    students = year.cells.groupby(driver)["students"].sum()
    enough = students.to_numpy() >= SETTINGS.minimum_students
    return pd.DataFrame({"driver": driver, "level": students.index, "students": students.to_numpy(), "enough": enough})


def of_rates(
    model: DriverModel, true: BinomialFit, outcome: str, drivers: Sequence[str] = PAIR, plain: Covariance | None = None
) -> Iterator[Row]:
    """Compare adjusted rates and contrasts with those of the model on what is expected."""
    keys = ["driver", "level"]
    for driver in drivers:
        rated = rated_levels(true, driver, model_covariance(true), model.counts)
        naive = rated_levels(model.fit, driver, plain or model_covariance(model.fit), model.counts)
        table = model.adjusted_rates.merge(rated, on=keys, suffixes=("", "_true")).merge(
            naive, on=keys, suffixes=("", "_plain")
        )
        for what, low, high in (
            ("adjusted_rate", "rate_low", "rate_high"),
            ("contrast", "contrast_low", "contrast_high"),
        ):
            for _, row in table[table[low].notna()].iterrows():
                held = [row[low + end] <= row[f"{what}_true"] <= row[high + end] for end in ("", "_plain")]
                yield f"{outcome}: {what.replace('_', ' ')}, {driver}", row["level"], *held


def fixed(random: np.random.Generator) -> Iterator[Row]:
    """Redraw the students of one district: 12 schools of 60 to 600."""
    whole = made(SIZES, 0.3, np.random.default_rng(SEED))
    year, expected = whole.drawn(random), whole.expected()
    absence = estimated(year)
    yield from of_rates(absence, fitted(expected), "absence")
    if random.random() < IN_THE_ENGINE:
        yield from of_shares(year, expected)
    students = whole.cells["students"].to_numpy(dtype=float)
    chance = tenth_of_days(whole.cells["log_odds"].to_numpy())
    true = fitted(expected.assign(n=students, y=students * chance))
    yield from of_rates(estimated(year.chronic(), "chronic"), true, "chronic")


def of_shares(year: Students, expected: pd.DataFrame) -> Iterator[Row]:
    """Compare the shares of what is explained with those of the model on what is expected."""
    rows = year.cells[list(PAIR)].iloc[year.cell].reset_index(drop=True)
    rows = rows.assign(student_id=np.arange(len(rows)).astype(str), n=float(DAYS), y=year.y)
    shares = explained_shares(fit_drivers(as_cells(rows, PAIR), SETTINGS)).set_index("driver")
    for name, true in zip(SHARES, true_shares(expected, PAIR), strict=True):
        if name in shares.index and pd.notna(shares.loc[name, "share"]):
            low, high = shares.loc[name, ["share_low", "share_high"]]
            yield "absence: share of what is explained", name, low <= max(true, 0) <= high, np.nan


def redrawn(random: np.random.Generator) -> Iterator[Row]:
    """Redraw schools and students: schools' log-odds vary by 0.1 or by 0.3."""
    for sd in (0.1, 0.3):
        whole = made(SIZES, sd, random)
        year = whole.drawn(random)
        model = estimated(year)
        effects = school_effects(model, SETTINGS, {}).table.set_index("school_id")
        truth = observed_minus_expected(fitted(whole.expected()), 1)
        effects["true"] = pd.Series(truth.difference, truth.schools)
        observed = observed_minus_expected(model.fit, 1)
        own = model.covariances["school_id"].variances(observed.gradient)
        plain = shrunk(observed.difference, own, between_variance(observed.difference, own, "DL"))
        effects["plain"] = pd.Series(np.abs(plain.mean - truth.difference) < Z * plain.sd, observed.schools)
        thirds = effects[[f"chance_{third}_third" for third in ("lowest", "middle", "highest")]].to_numpy()
        place = np.floor((effects["true"].rank() - 0.5) / len(effects) * 3).astype(int)
        best = effects["shrunken_difference"].idxmax()
        for school, row in effects.iterrows():
            held = row["difference_low"] <= row["true"] <= row["difference_high"]
            yield f"shrunken difference, schools vary by {sd}", school, held, row["plain"]
            if school == best:
                yield f"the same, of the highest school, schools vary by {sd}", "", held, row["plain"]
        for chances, true in zip(thirds, place, strict=True):
            likely = np.argsort(-chances)[: 1 + int(np.searchsorted(np.cumsum(-np.sort(-chances)), 0.95))]
            yield f"thirds that have 95 % of the chance, schools vary by {sd}", "", true in likely, np.nan
        _, (low, _, high) = shares_between(year)
        yield f"share of the spread between schools, schools vary by {sd}", "", low <= between(sd) <= high, np.nan


def null(random: np.random.Generator) -> Iterator[Row]:
    """Draw districts whose schools do not differ, and look for flags."""
    for count, least, most in ((12, 25, 60), (12, 60, 480), (45, 30, 110)):
        whole = made(np.exp(random.uniform(np.log(least), np.log(most), count)), 0.0, random)
        model = estimated(whole.drawn(random))
        flagged = (school_effects(model, SETTINGS, {}).table["flag"] != "").any()
        observed = observed_minus_expected(model.fit, model.fit.parts[0])
        z = observed.difference / np.sqrt(model.covariances["school_id"].variances(observed.gradient))
        plain = (false_discovery(2 * stats.norm.sf(np.abs(z))) < 0.05).any()
        yield f"a null district has a flag, {count} schools of {least} to {most}", "", flagged, plain


def season(random: np.random.Generator) -> Iterator[Row]:
    """Redraw dates and students: six schools of four grades, nine months of 18 days, dates vary by 0.2."""
    fixed_random = np.random.default_rng(SEED)
    months = 0.15 * fixed_random.standard_normal(MONTHS)
    whole = drawn_district(
        [(grade, f"S{school}") for school in range(6) for grade in ("01", "02", "03", "04")],
        np.full(24, 25),
        0.3,
        fixed_random,
    )
    shocks = np.tile(DATE_SD * random.standard_normal(MONTHS * DATES), (len(whole.cells), 1))
    model = dated_model(dated(whole, months, DATES, shocks, random))
    expected = expected_months(whole, months, np.hypot(SPREAD, DATE_SD))
    true = fit_binomial(expected, (*PAIR, "month"), np.ones(len(expected), dtype=np.int64))
    yield from of_rates(model, true, "absence", ("month",), Covariance(model.covariances["month"].matrix))


def dated_model(rows: pd.DataFrame) -> DriverModel:
    """Estimate months, clustered by student and by date as `clustered_by_student_and_date` does."""
    drivers = (*PAIR, "month")
    cell = rows.groupby(list(drivers)).ngroup().to_numpy()
    table = rows.groupby(list(drivers), as_index=False)[["n", "y"]].sum()
    fit = fit_binomial(table, drivers, np.ones(len(table), dtype=np.int64))
    residual = rows["y"].to_numpy() - fit.fitted[cell]

    def meat(cluster: str) -> Array:
        number, place = np.unique(rows[cluster], return_inverse=True)
        sums = sparse.coo_matrix((residual, (place, cell)), (len(number), len(table))) @ fit.design.matrix
        return np.asarray(sums.T @ sums) * len(number) / (len(number) - 1)

    own = fit.design.matrix * np.bincount(cell, residual**2)[:, None]
    both = fit.bread @ fit.design.matrix.T @ own @ fit.bread
    by_date = fit.bread @ meat("date") @ fit.bread
    covariance = Covariance(fit.bread @ meat("student_id") @ fit.bread, by_date - both, by_date)
    counts = pd.DataFrame(
        {"driver": "month", "level": fit.design.levels["month"], "students": 0, "dates": DATES, "enough": True}
    )
    nothing = pd.DataFrame()
    rates = rated_levels(fit, "month", covariance, counts)
    return DriverModel(cast(Cells, None), fit, {"month": covariance}, counts, rates, nothing, nothing, nothing)


def kinds(random: np.random.Generator) -> Iterator[Row]:
    """Redraw schools of two kinds (kinds.py has more ways, and more numbers of schools)."""
    for schools, first in ((8, 4), (12, 4)):
        found = kinds_held(kinds_district(random, schools, first))
        yield f"a kind of school, {first} of {schools} schools", "", found["CR2 t"], found["CR1 z"]


def tenth_of_days(log_odds: Array) -> Array:
    """Give the chance to miss a tenth of the days or more, over students."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(81)
    chance = stats.binom.sf(np.ceil(DAYS / 10) - 1, DAYS, expit(log_odds[:, None] + SPREAD * nodes))
    return np.asarray(chance @ weights) / weights.sum()


@cache
def between(sd: float) -> float:
    """Give the share of students' spread that lies between schools, when schools' log-odds vary by `sd`."""
    return true_between(made(SIZES, 0.0, np.random.default_rng(SEED)), sd)


DESIGNS: dict[str, Callable[[np.random.Generator], Iterator[Row]]] = {
    "fixed": fixed, "redrawn": redrawn, "null": null, "season": season, "kinds": kinds,
}  # fmt: skip

if __name__ == "__main__":
    main()
