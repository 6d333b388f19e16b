"""The truth of a synthetic district, in two versions that are not the same numbers.

Population-averaged: what the project's tables estimate. Every probability is averaged over the students who might sit
in these seats, so it holds no student, and an interval that is clustered by student should cover it 95 times in 100.
Conditional: the numbers that the generator adds up for one student.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from analysis import engine
from analysis.records.synthetic import district as recipe
from analysis.records.synthetic.calendar import OPEN_IN_SNOW, SCHOOL_YEAR
from analysis.records.synthetic.chronic import MINIMUM_DAYS, ChronicChance, marginal
from analysis.records.synthetic.days import DAYS, INTERCEPTS, SCHOOLS, STUDENT
from analysis.records.synthetic.district import District
from analysis.records.synthetic.truth_model import TrueModel, fit_truth
from analysis.vocabulary import BANDS, K12

DRIVERS = ("grade_level", "school_id", "month", "weekday", "near_break")

ABOUT = {
    "population_averaged": (
        "What the tables and models of this project estimate: expected days absent of marked days, averaged over the "
        "students who might have been enrolled as these are (same grade, school and days; own log-odds and groups "
        "redrawn). `model` is the drivers' binomial model fitted to these expected days by cell; `adjusted_rates` are "
        "standardised from it. Compare estimates with these. `rates` include pre-kindergarten by grade only."
    ),
    "conditional": (
        "What the generator adds up for one student, in log-odds of missing a day. Do not compare estimates with these."
    ),
    "why_they_differ": (
        "A logit is not collapsible: averaged over students who differ (standard deviation 0.9 of log-odds), the curve "
        "of a probability is flatter than any one student's, so population-averaged coefficients are nearer to zero "
        "than the conditional ones that made the data, and no estimate from days can be expected to equal the latter."
    ),
    "chronic": (
        "Mean probability of missing 10 % or more of the days marked, among those with 10 or more, averaged over "
        "students' own log-odds by quadrature, for each student's number of marked days; computed from a two-state "
        "chain of days, not by simulation. By school and in `adjusted_rates`: of the days at that school. Approximate "
        "to about 0.2 percentage points, for a student's probability is held at its mean over the days enrolled."
    ),
}


def truth_of(district: District, intercepts: pd.DataFrame, chance: ChronicChance, student_days: Path) -> dict[str, Any]:
    """Compute the truth of a district whose students and days have been drawn.

    Returns
    -------
    dict for `truth.json`; shares from 0 to 1, no number of a single student.
    """
    days = _expected_days(student_days)
    at_school, by_year = _chronic(student_days, chance, True), _chronic(student_days, chance, False)
    k12 = _sums(days[days["grade_level"].isin(K12)], DRIVERS)
    k12_at_school = at_school[at_school["grade_level"].isin(K12)]
    absence, chronic = fit_truth(k12, DRIVERS), fit_truth(k12_at_school, ("grade_level", "school_id"))
    return {
        "about": ABOUT,
        "school_year": SCHOOL_YEAR,
        "students": district.students,
        "seed": district.seed,
        "population_averaged": {
            "absence": {
                "model": _model(absence),
                "adjusted_rates": _records(absence.adjusted()),
                "rates": {driver: _rates(days if driver == "grade_level" else k12, driver) for driver in DRIVERS}
                | {"band": _bands(k12)},
            },
            "chronic": {
                "model": _model(chronic),
                "adjusted_rates": _records(chronic.adjusted()),
                "rates": {
                    "grade_level": _rates(by_year, "grade_level"),
                    "school_id": _rates(k12_at_school, "school_id"),
                    "band": _bands(by_year),
                },
            },
        },
        "conditional": _conditional(district, intercepts),
    }


def _marked_days(student_days: Path) -> str:
    """Give SQL of the marked days with their log-odds for a student without deviation, in thousandths."""
    return f"""
        SELECT student_id, days.grade_level, days.school_id, month, weekday, near_break,
            intercepts.effect + CASE WHEN mobile THEN {recipe.MOBILE_EFFECT} ELSE 0 END AS of_student,
            schools.effect + calendar.effect AS of_day
        FROM read_parquet({engine.quoted(str(student_days))}) AS days
        JOIN {STUDENT} AS students USING (student_id)
        JOIN {DAYS} AS calendar ON calendar.date = days.date
        JOIN {SCHOOLS} AS schools ON schools.school_id = days.school_id
        JOIN {INTERCEPTS} AS intercepts ON intercepts.grade_level = days.grade_level
        WHERE days_absent IS NOT NULL"""


def _expected_days(student_days: Path) -> pd.DataFrame:
    """Give `n` marked days and `y` expected days absent by the drivers' cells."""
    cells = engine.table(f"""
        SELECT grade_level, school_id, month, weekday, near_break, of_student + of_day AS log_odds, count(*) AS n
        FROM ({_marked_days(student_days)}) GROUP BY ALL ORDER BY ALL""")
    cells["y"] = cells["n"] * marginal(cells["log_odds"].to_numpy() / 1000) * (1 - recipe.HALF_SHARE / 2)
    return cells


def _chronic(student_days: Path, chance: ChronicChance, at_school: bool) -> pd.DataFrame:
    """Give `n` students at the minimum and `y` expected chronically absent, by grade (and school)."""
    school = ", school_id" if at_school else ""
    students = engine.table(f"""
        WITH counted AS (
            SELECT grade_level{school}, count(*) AS days, sum(of_student + of_day) / count(*) AS log_odds
            FROM ({_marked_days(student_days)})
            GROUP BY student_id, grade_level{school}
            HAVING count(*) >= {MINIMUM_DAYS})
        SELECT * EXCLUDE log_odds, round(log_odds / 10)::BIGINT AS log_odds, count(*) AS n
        FROM counted GROUP BY ALL ORDER BY ALL""")
    students["y"] = students["n"] * chance.at(students["days"], students["log_odds"].to_numpy() / 100)
    return _sums(students, ("grade_level", "school_id") if at_school else ("grade_level",))


def _sums(table: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    return table.groupby(list(by), as_index=False)[["n", "y"]].sum()


def _rates(table: pd.DataFrame, driver: str) -> list[dict[str, Any]]:
    sums = _sums(table, (driver,)).rename(columns={driver: "level"})
    return _records(sums.assign(rate=sums["y"] / sums["n"])[["level", "n", "rate"]])


def _bands(table: pd.DataFrame) -> list[dict[str, Any]]:
    bands = [
        table[table["grade_level"].isin(grades)].assign(band=name) for name, grades in {**BANDS, "K-12": K12}.items()
    ]
    return _rates(pd.concat(bands), "band")


def _model(model: TrueModel) -> list[dict[str, Any]]:
    rows = [(driver, level, value) for (driver, level), value in model.coefficients.items()]
    return _records(pd.DataFrame(rows, columns=["driver", "level", "coefficient"]))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Give rows as dictionaries, numbers to 10 decimals: the same text on any number of threads."""
    return [{str(name): value for name, value in row.items()} for row in table.round(10).to_dict("records")]


def _conditional(district: District, intercepts: pd.DataFrame) -> dict[str, Any]:
    def log_odds(table: pd.DataFrame, name: str) -> dict[str, float]:
        return dict(zip(table[name], (table["effect"] / 1000).tolist(), strict=True))

    def of(effects: dict[str, int]) -> dict[str, float]:
        return {level: effect / 1000 for level, effect in effects.items()}

    return {
        "grade_level": log_odds(intercepts, "grade_level"),
        "school_id": log_odds(district.schools, "school_id"),
        "month": of(recipe.MONTH_EFFECTS),
        "weekday": of(recipe.WEEKDAY_EFFECTS),
        "near_break": of(recipe.BREAK_EFFECTS),
        "note": of({OPEN_IN_SNOW: recipe.SNOW_EFFECT}),
        "enters_late_leaves_or_moves": recipe.MOBILE_EFFECT / 1000,
        "groups": {group: of(effects) for group, (_, effects, _) in recipe.GROUPS.items()},
        "student_standard_deviation": recipe.STUDENT_SD,
        "school_standard_deviation": recipe.SCHOOL_SD,
        "chance_that_a_day_keeps_the_number_of_the_day_before": recipe.KEEP,
        "share_of_absences_that_are_half_days": recipe.HALF_SHARE,
    }
