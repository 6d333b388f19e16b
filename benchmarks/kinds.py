"""How often 95 % intervals hold the truth when few schools are compared, by each way of making them.

    .venv/bin/python benchmarks/coverage.py [--districts 500]

Simulated districts of 8 to 12 schools of two kinds (100 to 600 students a school; schools differ by 0.4, students by
0.9 log-odds; 170 days; three grades). Schools and students are drawn anew for every district, so the truth is marginal:
rates integrated over both by quadrature. The contrast is that of `between_schools`: a kind against the average school.
"""

import argparse

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit

from analysis.models.between_schools import FEWEST_DEGREES, once_each
from analysis.models.binomial import fit_binomial
from analysis.models.covariance import model_covariance
from analysis.models.few_clusters import bias_reduced
from analysis.models.sandwich import cluster_sums
from analysis.models.score_bootstrap import score_bootstrap
from analysis.models.standardise import standardise
from analysis.study import Models

SCHOOL_SD, STUDENT_SD, DAYS = 0.4, 0.9, 170
BASE, KIND, GRADE = -2.4, 0.3, 0.2
"""Log-odds of absence: of the first grade at the first kind, of the other kind, and of each further grade."""
DESIGNS = ((8, 4), (8, 2), (10, 5), (10, 3), (12, 6), (12, 4))
"""Schools, and how many of them are of the first kind."""
SEED = 20180638


def main() -> None:
    """Print the share of intervals that hold the truth, by number of schools and way of making the interval."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--districts", type=int, default=500)
    chosen = options.parse_args()
    rows = []
    for schools, first in DESIGNS:
        random = np.random.default_rng([SEED, schools, first])
        found = pd.DataFrame([held(district(random, schools, first)) for _ in range(chosen.districts)])
        shown = found["df"] >= FEWEST_DEGREES
        shares = {name: found[name].mean() for name in found if name not in ("df", "error")}
        rows.append(
            {"schools": schools, "of the first kind": first, **shares, "bias": found["error"].mean()}
            | {"df": found["df"].mean(), "shown": shown.mean(), "CR2 t, shown": found.loc[shown, "CR2 t"].mean()}
        )
        print(f"{schools} schools, {first} of the first kind: done", flush=True)
    error = np.sqrt(0.05 * 0.95 / chosen.districts)
    print(f"\n{chosen.districts} districts a row; the standard error of a share of 0.95 is {error:.3f}\n")
    print(pd.DataFrame(rows).round(3).to_string(index=False))


def district(random: np.random.Generator, schools: int, first: int) -> pd.DataFrame:
    """Draw the grades at the schools of one district: `grade_level, school_id, kind, students, n, y`."""
    rows = []
    for number in range(schools):
        kind = int(number >= first)
        students = int(np.exp(random.uniform(np.log(100), np.log(600))))
        grade = random.integers(0, 3, students)
        own = BASE + KIND * kind + SCHOOL_SD * random.standard_normal()
        absent = random.binomial(DAYS, expit(own + GRADE * grade + STUDENT_SD * random.standard_normal(students)))
        for one in range(3):
            some = absent[grade == one]
            rows.append((f"0{one + 1}", f"S{number:02}", kind, len(some), DAYS * len(some), some.sum()))
    return pd.DataFrame(rows, columns=["grade_level", "school_id", "kind", "students", "n", "y"])


def held(cells: pd.DataFrame) -> dict[str, float]:
    """Say of one district which intervals of the first kind's contrast hold the truth."""
    cells = once_each(cells, Models())
    school, kind = cells["school_id"].to_numpy(), cells["kind"].map({0: "first", 1: "second"})
    fit = fit_binomial(cells.assign(school_id=kind), ("grade_level", "school_id"), np.ones(len(cells), dtype=np.int64))
    rated = standardise(fit, "school_id", np.ones(len(cells), dtype=bool))
    contrast, gradient = rated.contrasts[0], rated.contrast_gradients[:1]
    second = float((kind == "second").groupby(school).first().mean())
    truth = second * (true_rate(0) - true_rate(1))
    reduced, schools = bias_reduced(fit, school), len(set(school))
    scores = cluster_sums(fit.design.matrix * (fit.y - fit.n * fit.fitted)[:, None], reduced.cluster)
    plain = model_covariance(fit).variances(gradient)[0]
    clustered = schools / (schools - 1) * float(np.sum((scores @ fit.bread @ gradient[0]) ** 2))
    cr2, df = reduced.variances(gradient)[0], reduced.satterthwaite(gradient)[0]
    away = abs(contrast - truth)
    value = float(gradient[0] @ fit.coefficients - contrast + truth)
    return {
        "plain": away < stats.norm.ppf(0.975) * np.sqrt(plain),
        "CR1 z": away < stats.norm.ppf(0.975) * np.sqrt(clustered),
        "CR1 t": away < stats.t.ppf(0.975, schools - 1) * np.sqrt(clustered),
        "CR2 z": away < stats.norm.ppf(0.975) * np.sqrt(cr2),
        "CR2 t": away < stats.t.ppf(0.975, df) * np.sqrt(cr2),
        "bootstrap": score_bootstrap(fit, school, gradient[0], value, draws=999) >= 0.05,
        "error": contrast - truth,
        "df": df,
    }


def true_rate(kind: int) -> float:
    """Integrate the rate of a kind over schools, students and grades."""
    node, weight = np.polynomial.hermite_e.hermegauss(60)
    linear = BASE + KIND * kind + GRADE * np.arange(3)[:, None] + np.hypot(SCHOOL_SD, STUDENT_SD) * node
    return float(np.mean(expit(linear) @ weight) / weight.sum())


if __name__ == "__main__":
    main()
