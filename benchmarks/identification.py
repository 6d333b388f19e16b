"""What a comparison of grades or schools may rest on: coverage by the minimum cut, and with small schools in or out.

    .venv/bin/python benchmarks/identification.py [--districts 1000]

First: two parts of a district, bridged by some students (one edge; three edges; schools of four students). How often do
95 % intervals of a grade's contrast over both parts hold the truth, by the students in the minimum cut? (Schools of
four are themselves tied to nothing, and so are not taken to tie others.)
Second: a district with schools of 15 students. Is it better to leave them out of the model, or to keep their days?
"""

import argparse

import numpy as np
from student_cells import District, Students, district, fitted

from analysis.models.cuts import minimum_cut
from analysis.models.standardise import Standardised, standardise
from analysis.problems import UserError
from analysis.vocabulary import PAIR

LOW, HIGH = ("06", "07", "08"), ("09", "10", "11")
GRADES = dict(zip((*LOW, *HIGH), (0.1, 0.2, 0.3, 0.6, 0.6, 0.7), strict=True))
Sizes = list[tuple[str, str, int]]


def main() -> None:
    """Print both tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--districts", type=int, default=1000)
    chosen = options.parse_args()
    print("bridge            cut  intervals that hold the truth  standard error, points")
    for shape in ("one edge", "three edges", "schools of four"):
        for students in (1, 5, 10, 20, 40) if shape == "one edge" else (6, 12, 20, 40):
            held, error, cut = by_bridge(shape, students, chosen.districts)
            print(f"{shape:16} {cut:4} {held:10.3f} {100 * error:27.2f}", flush=True)
    print("\nschools of 15  absent more by  in the model  intervals  bias, points  root mean square error, points")
    for schools, shift in ((5, 0.0), (5, 1.0), (20, 0.0), (20, 1.0)):
        for keep in (False, True):
            held, bias, error = with_small_schools(schools, shift, chosen.districts, keep=keep)
            words = f"{schools:13} {shift:15} {'yes' if keep else 'no':>13}"
            print(f"{words} {held:10.3f} {100 * bias:13.2f} {100 * error:33.3f}", flush=True)


def bridged(shape: str, students: int) -> Sizes:
    """Bridge grades 6-8 at two schools and 9-11 at two others."""
    sizes = [(grade, school, 70) for grades, pair in ((LOW, "AB"), (HIGH, "HJ")) for grade in grades for school in pair]
    if shape == "one edge":
        return [*sizes, ("08", "H", students)]
    if shape == "three edges":
        return [*sizes, *((grade, "H", students // 3 + (place < students % 3)) for place, grade in enumerate(LOW))]
    return [*sizes, *((grade, f"T{school:02}", 2) for school in range(students // 2) for grade in ("08", "09"))]


def by_bridge(shape: str, students: int, districts: int) -> tuple[float, float, int]:
    """Give coverage and median error of grade 9's contrast, and the minimum cut between grades 8 and 9."""
    random = np.random.default_rng(students)
    sizes, held, errors = bridged(shape, students), [], []
    for _ in range(districts):
        schools = {school: 0.3 * random.standard_normal() for _, school, _ in sizes}
        made = district(sizes, GRADES | schools)
        place = list(GRADES).index("09")
        true = rated(made).contrasts[place]
        drawn = made.drawn(random)
        try:
            fit = fitted(drawn.table())
        except UserError:
            continue
        if fit.separated.any():
            continue
        found = standardise(fit, "grade_level", np.ones(len(fit.cells), dtype=bool))
        error = float(np.sqrt(drawn.covariance(fit).variances(found.contrast_gradients)[place]))
        held.append(abs(found.contrasts[place] - true) < 1.96 * error)
        errors.append(error)
    return float(np.mean(held)), float(np.median(errors)), cut_between(made, "08", "09")


def cut_between(made: District, one: str, other: str) -> int:
    """Give the students in the minimum cut between two grades."""
    names = sorted({level for side in PAIR for level in made.cells[side]})
    ends = np.column_stack([[names.index(level) for level in made.cells[side]] for side in PAIR])
    return minimum_cut(ends, made.cells["students"].to_numpy(), names.index(one), names.index(other))


def with_small_schools(schools: int, shift: float, districts: int, *, keep: bool) -> tuple[float, float, float]:
    """Give coverage, bias of grade 1's contrast, and root mean square error of the grades' contrasts."""
    random = np.random.default_rng(schools)
    grades = dict(zip(("KG", "01", "02", "03", "04"), (0.3, 0.0, 0.1, 0.2, 0.6), strict=True))
    large, small = "ABCD", [f"T{number:02}" for number in range(schools)]
    sizes = [(grade, school, 60 if school in large else 3) for grade in grades for school in (*large, *small)]
    held, gaps = [], []
    for _ in range(districts):
        effects = {school: 0.3 * random.standard_normal() for school in large}
        effects |= {school: shift + 0.5 * random.standard_normal() for school in small}
        made = district(sizes, grades | effects)
        true = rated(made)
        drawn: Students = made.drawn(random)
        if not keep:
            drawn = drawn.only(made.cells["school_id"].isin(list(large)).to_numpy())
        fit = fitted(drawn.table())
        found = standardise(fit, "grade_level", np.ones(len(fit.cells), dtype=bool))
        error = np.sqrt(drawn.covariance(fit).variances(found.contrast_gradients))
        gaps.append(found.contrasts - true.contrasts)
        held.append(np.abs(gaps[-1]) < 1.96 * error)
    gap = np.array(gaps)
    return float(np.mean(held)), float(gap[:, 1].mean()), float(np.sqrt(np.mean(gap**2)))


def rated(made: District) -> Standardised:
    """Give the truth: grades rated over all days of the district."""
    fit = fitted(made.expected())
    return standardise(fit, "grade_level", np.ones(len(fit.cells), dtype=bool))


if __name__ == "__main__":
    main()
