"""Coverage of the shares on page 03, and how often its tests of interactions reject what is true.

    .venv/bin/python benchmarks/shares.py [--districts 200] [--only explained season between interactions]

`explained`: shares of the explained deviance, with the same students in each grade and school, or numbers redrawn.
`season`: the same with months, where dates differ by chance (0.2 log-odds); the truth is without these dates.
`between`: the share of students' spread between schools, from schools' variances alone and from their covariance.
`interactions`: rejections at 5 % of grade by school (score test, and Wald test of the larger model), and of level of
school by month where dates differ by chance at all levels alike, or at each level by itself.
"""

import argparse
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from scipy.linalg import null_space
from scipy.special import logit
from student_cells import DAYS, SPREAD, Array, District, Students, as_cells, dated, district, fitted, marginal

from analysis.models.binomial import fit_binomial
from analysis.models.drivers import DriverModel, fit_drivers
from analysis.models.heterogeneity import heterogeneity
from analysis.models.importance import explained_shares, subset_fits
from analysis.models.interactions import interaction_tests, score_test
from analysis.models.standardise import standardise
from analysis.study import Models
from analysis.vocabulary import PAIR

LOOSE = Models(minimum_students=1, minimum_dates=1, minimum_bridge_students=1)
SHARES = ("grade_level beyond school_id", "school_id beyond grade_level", "grade_level or school_id", "season")
LOW, HIGH = ("KG", "01", "02", "03", "04", "05"), ("06", "07", "08")
MONTHS, DATES = 9, 18


def main() -> None:
    """Print the tables that are asked for."""
    tables = {"explained": explained, "season": season, "between": between, "interactions": interactions}
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--districts", type=int, default=200)
    options.add_argument("--only", nargs="+", choices=tables, default=list(tables))
    chosen = options.parse_args()
    for name in chosen.only:
        print(f"\n{name}, {chosen.districts} districts")
        for line in tables[name](chosen.districts):
            print(line, flush=True)


def schools_of(kind: str, count: int) -> list[tuple[str, str]]:
    """List (grade, school): 'mixed' are K-5, 6-8 and K-8; 'thin' are K-5 and 6-8, and one K-8 between them."""
    pairs = []
    for number in range(count):
        served = (LOW, HIGH, LOW + HIGH)[number % 3]
        if kind == "thin":
            served = LOW if number < count // 2 else HIGH if number < count - 1 else LOW + HIGH
        pairs += [(grade, f"S{number:02}") for grade in served]
    return pairs


def drawn_district(pairs: list[tuple[str, str]], students: Array, sd: float, random: np.random.Generator) -> District:
    """Draw schools' log-odds; grades rise to both ends."""
    grades = dict(zip(LOW + HIGH, 0.6 * np.linspace(-1, 1, 9) ** 2, strict=True))
    schools = {school: sd * random.standard_normal() for school in dict.fromkeys(school for _, school in pairs)}
    sizes = [(grade, school, int(number)) for (grade, school), number in zip(pairs, students, strict=True)]
    return district(sizes, grades | schools)


def true_shares(table: pd.DataFrame, drivers: tuple[str, ...]) -> Array:
    """Give the shares that the model has on expected absences, where there is no noise."""
    fit = fit_binomial(table, drivers, np.ones(len(table), dtype=np.int64))
    whole, grade, school = frozenset(drivers), *PAIR
    needed = [frozenset(), whole - {grade}, whole - {school}, *([frozenset(PAIR)] if whole - set(PAIR) else [])]
    falls = np.array([one.deviance - fit.deviance for one in subset_fits(fit, needed).values()])
    null, of_grade, of_school, of_season = (*falls, 0.0)[:4]
    return np.array([of_grade, of_school, null - of_grade - of_school - of_season, of_season]) / null


def coverage(found: list[pd.DataFrame], true: list[Array]) -> Iterator[str]:
    """Say for each share: truth, mean estimate, and how many intervals of those that are given hold the truth."""
    for place, name in enumerate(SHARES):
        rows = [table.set_index("driver").loc[name] for table in found if name in set(table["driver"])]
        if not rows:
            continue
        truth = np.array([max(one[place], 0) for one in true])  # as it is printed
        share, low, high = (np.array([row[column] for row in rows]) for column in ("share", "share_low", "share_high"))
        given = np.isfinite(share)
        if given.sum() < len(given) / 10:
            yield f"  {name:30} refused in {1 - given.mean():.0%}"
            continue
        held = ((low <= truth) & (truth <= high))[given].mean()
        words = f"true {truth.mean():.3f}, estimate {share[given].mean():.3f}, intervals {held:.3f}"
        yield f"  {name:30} {words}, refused in {1 - given.mean():.0%}"


def explained(districts: int) -> Iterator[str]:
    """Grade and school, no season."""
    pairs = schools_of("mixed", 12)
    for students, sd, redrawn in ((25, 0.3, False), (25, 0.3, True), (60, 0.1, False)):
        random = np.random.default_rng(students)
        found, true = [], []
        for _ in range(districts):
            even = np.full(len(pairs), students)
            made = drawn_district(pairs, even, sd, random)
            true.append(true_shares(made.expected(), PAIR))
            if redrawn:
                numbers = random.multinomial(even.sum(), even / even.sum())
                made = District(made.cells.assign(students=numbers))
            year = made.drawn(random)
            rows = made.cells[list(PAIR)].iloc[year.cell].reset_index(drop=True)
            rows = rows.assign(student_id=np.arange(len(rows)).astype(str), n=float(DAYS), y=year.y)
            found.append(explained_shares(fit_drivers(as_cells(rows, PAIR), LOOSE)))
        yield f"{students} students a cell{', redrawn' if redrawn else ''}; schools' log-odds vary by {sd}"
        yield from coverage(found, true)


def season(districts: int) -> Iterator[str]:
    """Months that differ by `sd`, dates by 0.2."""
    pairs = [(grade, f"S{school}") for school in range(6) for grade in LOW[:4]]
    for sd in (0.15, 0.05):
        random = np.random.default_rng(5)
        months = sd * random.standard_normal(MONTHS)
        found, true = [], []
        for _ in range(districts):
            made = drawn_district(pairs, np.full(len(pairs), 25), 0.3, random)
            shocks = np.tile(0.2 * random.standard_normal(MONTHS * DATES), (len(made.cells), 1))
            rows = dated(made, months, DATES, shocks, random)
            true.append(true_shares(expected_months(made, months, np.hypot(SPREAD, 0.2)), (*PAIR, "month")))
            found.append(explained_shares(fit_drivers(as_cells(rows, (*PAIR, "month")), LOOSE)))
        yield f"months vary by {sd}"
        yield from coverage(found, true)


def expected_months(made: District, months: Array, spread: float) -> pd.DataFrame:
    """Give days absent expected by cell and month, over students and dates."""
    tables = []
    for month, shift in enumerate(months):
        n = made.cells["students"].to_numpy(dtype=float) * DATES
        rate = marginal(made.cells["log_odds"].to_numpy() + shift, spread)
        tables.append(made.cells[list(PAIR)].assign(month=f"{month:02}", n=n, y=n * rate))
    return pd.concat(tables, ignore_index=True)


def between(districts: int) -> Iterator[str]:
    """Schools redrawn; the true share is of their distribution."""
    for kind, count, students in (("mixed", 12, 200), ("mixed", 30, 400), ("thin", 12, 200)):
        pairs = schools_of(kind, count)
        of_school = pd.Series([school for _, school in pairs])
        sizes = (students / of_school.map(of_school.value_counts())).to_numpy(copy=True)
        if kind == "thin":
            sizes[of_school == of_school.iloc[-1]] = 5
        for sd in (0.0, 0.1, 0.3):
            random = np.random.default_rng(count)
            truth = true_between(drawn_district(pairs, sizes, 0.0, random), sd)
            held, estimates = [], []
            for _ in range(districts):
                alone, together = shares_between(drawn_district(pairs, sizes, sd, random).drawn(random))
                held.append([low <= truth <= high for low, _, high in (alone, together)])
                estimates.append(together[1])
            of_alone, of_together = np.mean(held, axis=0)
            what = (
                f"{kind}, {count} schools, log-odds vary by {sd}: true {truth:.3f}, estimate {np.mean(estimates):.3f}"
            )
            yield f"{what}; intervals from variances {of_alone:.3f}, from the covariance {of_together:.3f}"


def shares_between(year: Students) -> list[tuple[float, ...]]:
    """Give low, estimate and high of the share from schools' variances and from their covariance."""
    fit = fitted(year.table())
    rated = standardise(fit, "school_id", np.ones(len(fit.cells), dtype=bool))
    covariance = year.covariance(fit).of(rated.gradients)
    rate = year.y / DAYS
    own = np.bincount(year.cell, rate) / np.bincount(year.cell)
    within = float(np.sum((rate - own[year.cell]) ** 2) / (len(rate) - len(own)))
    both = [heterogeneity(rated.rates, errors) for errors in (np.diag(np.diag(covariance)), covariance)]
    return [tuple(tau2 / (tau2 + within) for tau2 in (one.low, one.tau2, one.high)) for one in both]


def true_between(average: District, sd: float) -> float:
    """Give the share by quadrature: schools' rates over the district's grades, and students' yearly rates."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(31)
    weights = weights / weights.sum()
    odds, of_cell = average.cells["log_odds"].to_numpy(), average.cells["students"].to_numpy()
    mix = of_cell / of_cell.sum()
    school = np.array([mix @ marginal(odds + sd * node) for node in nodes])
    between = weights @ (school - weights @ school) ** 2
    inside = 0.0
    for node, weight in zip(nodes, weights, strict=True):
        own = 1 / (1 + np.exp(-(odds + sd * node)[:, None] - SPREAD * nodes))
        mean, square = own @ weights, own**2 @ weights
        inside += weight * float(mix @ (square - mean**2 + (mean - square) / DAYS))
    return float(between / (between + inside))


def interactions(districts: int) -> Iterator[str]:
    """Null districts, and (last) ones in which grades differ by school or the year by level."""
    for count, students, apart in ((12, 20, 0.0), (12, 60, 0.0), (30, 30, 0.0), (12, 60, 0.15)):
        random = np.random.default_rng(count + students)
        pairs, score, wald = schools_of("mixed", count), [], []
        for _ in range(districts):
            made = drawn_district(pairs, np.full(len(pairs), students), 0.3, random)
            shift = apart * random.standard_normal(len(made.cells))
            made = District(made.cells.assign(log_odds=made.cells["log_odds"] + shift))
            year = made.drawn(random)
            rows = made.cells[list(PAIR)].iloc[year.cell].reset_index(drop=True)
            rows = rows.assign(student_id=np.arange(len(rows)).astype(str), n=float(DAYS), y=year.y)
            model = fit_drivers(as_cells(rows, PAIR), LOOSE)
            score.append(interaction_tests(model.fit, model.cells, {}, "")["p_value"].iloc[0] < 0.05)
            wald.append(saturated_wald(model.fit.design.matrix, year.cell, year.y) < 0.05)
        what = f"grade by school, {count} schools, {students} students a cell, apart by {apart}"
        yield f"{what}: score test {np.mean(score):.3f}, Wald test {np.mean(wald):.3f}"
    kinds = {f"S{school}": ("low", "middle", "high")[school % 3] for school in range(6)}
    pairs = [(grade, school) for school in kinds for grade in LOW[:4]]
    for of_level, apart in ((0.0, 0.0), (0.2, 0.0), (0.0, 0.1)):
        random = np.random.default_rng(11)
        both, alone = [], []
        for _ in range(max(districts // 2, 1)):
            made = drawn_district(pairs, np.full(len(pairs), 25), 0.3, random)
            level = made.cells["school_id"].map(kinds).map({"low": 0, "middle": 1, "high": 2}).to_numpy()
            days = of_level * random.standard_normal((3, MONTHS * DATES))
            days += np.repeat(apart * random.standard_normal((3, MONTHS)), DATES, axis=1)
            shocks = 0.2 * random.standard_normal(MONTHS * DATES) + days[level]
            rows = dated(made, 0.15 * random.standard_normal(MONTHS), DATES, shocks, random)
            model = fit_drivers(as_cells(rows, (*PAIR, "month")), LOOSE)
            both.append(month_test(model, kinds))
            alone.append(month_test(model, kinds, by_date=False))
        what = f"level by month, dates of a level vary by {of_level}, months apart by {apart}"
        yield f"{what}: by student and date {np.mean(both):.3f}, by student alone {np.mean(alone):.3f}"


def month_test(model: DriverModel, kinds: dict[str, str], *, by_date: bool = True) -> bool:
    """Say whether level by month is rejected at 5 %."""
    labels = model.fit.cells["school_id"].map(kinds) + model.fit.cells["month"]
    return bool(score_test(model.fit, labels, model.cells, model.cells if by_date else None).p_value < 0.05)


def saturated_wald(X: Array, cell: npt.NDArray[np.int64], y: Array) -> float:
    """Give the p value of a Wald test that cells need no coefficients beyond X, clustered by student."""
    students = np.bincount(cell)
    rate = np.bincount(cell, y) / (students * DAYS)
    spread = np.bincount(cell, (y - DAYS * rate[cell]) ** 2) / (students * DAYS * rate * (1 - rate)) ** 2
    basis = null_space(X.T)
    value = basis.T @ logit(rate)
    statistic = value @ np.linalg.solve(basis.T @ (spread[:, None] * basis), value) * (len(y) - 1) / len(y)
    return float(stats.chi2.sf(statistic, len(value)))


if __name__ == "__main__":
    main()
