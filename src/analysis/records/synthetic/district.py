"""The recipe of the synthetic district: its profile, its schools and its effects.

Effects are log-odds of missing a day, in whole thousandths, so that sums in the engine are exact. None of them is an
estimate: they are chosen so that the district looks like a city's. Only the grade profile is a published fact.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from analysis.problems import Problem, UserError
from analysis.records.synthetic.calendar import OPEN_IN_SNOW, calendar, instructional_days
from analysis.vocabulary import GRADES, K12

PUBLISHED: Final = {
    "KG": (398, 28.0), "01": (338, 23.4), "02": (270, 18.4), "03": (331, 21.9), "04": (256, 17.6), "05": (290, 19.1),
    "06": (270, 16.4), "07": (304, 20.9), "08": (324, 22.3), "09": (672, 39.5), "10": (481, 35.8), "11": (424, 34.1),
    "12": (433, 33.7),
}  # fmt: skip
"""Hartford 2017-18 by grade: chronically absent students, and percent (data/reference/hartford_by_grade.csv)."""

STUDENTS: Final = 18_900
PK_SHARE: Final = 0.05
"""Pre-kindergarten children beyond the students of K-12, as a share of them; an assumption."""
PK_MORE: Final = 150
"""Pre-kindergarten against kindergarten: the published file has no pre-kindergarten, so this is an assumption too."""

MONTH_EFFECTS: Final = {
    "2017-08": -100, "2017-09": -300, "2017-10": -120, "2017-11": 20, "2017-12": 180, "2018-01": 150, "2018-02": 120,
    "2018-03": 50, "2018-04": 0, "2018-05": 80, "2018-06": 350,
}  # fmt: skip
WEEKDAY_EFFECTS: Final = {"Monday": 120, "Tuesday": -50, "Wednesday": -80, "Thursday": -20, "Friday": 160}
BREAK_EFFECTS: Final = {"day before a break": 450, "day after a break": 250, "other": 0}
SNOW_EFFECT: Final = 1400
MOBILE_EFFECT: Final = 300
"""Students who come late, leave or change school, against those who stay."""

STUDENT_SD: Final = 0.9
SCHOOL_SD: Final = 0.25
KEEP: Final = 0.35
"""Chance that a student's day is decided by the number drawn for the day before: absences come in runs."""
LONGEST_KEPT: Final = 8
HALF_SHARE: Final = 0.06
"""Share of absences that are of half a day."""
UNMARKED: Final = 0.004
NOT_SUBMITTED: Final = 0.003
"""Chance that a student's day is unmarked, and that a school submits nothing on a day."""

MOBILITY: Final = {"late": 0.06, "leaves": 0.05, "moves": 0.04}
"""Shares of students who enter late, leave early, and change school within their grade; the rest stay all year."""

GROUPS: Final = {
    "economic_disadvantage": ({"yes": 0.76, "no": 0.24}, {"yes": 400}, 0.04),
    "english_learner": ({"yes": 0.22, "no": 0.78}, {"yes": 100}, 0.02),
    "race_ethnicity": (
        {"Asian": 0.04, "Black": 0.30, "Hispanic": 0.52, "Two or more": 0.04, "White": 0.10}, {}, 0.03,
    ),
}  # fmt: skip
"""Group: shares of its levels, effects of its levels, share for whom it is not known."""

REASONS: Final = {
    "K-8": {"excused": 0.62, "unexcused": 0.34, "suspension": 0.02},
    "9-12": {"excused": 0.44, "unexcused": 0.51, "suspension": 0.03},
}
"""Shares of absences by reason; the rest have none."""

_KINDS = {
    # school level: prefix, name, grades, schools in a district of 18,900, students a grade against an elementary school
    "elementary": ("ES", "Elementary", GRADES[1:7], 18, 1.0),
    "middle": ("MS", "Middle School", GRADES[7:10], 5, 3.5),
    "combined": ("KE", "School, K-8", GRADES[1:10], 12, 1.5),
    "high": ("HS", "High School", GRADES[10:], 10, 3.0),
}
_NAMES = (
    "Alder", "Almond", "Amber", "Ash Hollow", "Aspen", "Basswood", "Beech", "Birch", "Blue Heron", "Boxelder", "Briar",
    "Buckeye", "Butternut", "Catalpa", "Cedar Brook", "Chestnut Bend", "Cinnabar", "Clover", "Copper Beech",
    "Cormorant", "Cypress", "Dogwood", "Elderberry", "Fern Valley", "Finch", "Flint", "Foxglove", "Garnet", "Ginkgo",
    "Goldenrod", "Granite", "Hackberry", "Hawthorn", "Hazel", "Hemlock", "Heron Pond", "Hickory", "Holly", "Hornbeam",
    "Ironwood", "Jasper", "Juniper", "Kestrel", "Kingfisher", "Larch", "Lark", "Laurel Brook", "Linden", "Locust",
    "Magnolia", "Maple Bend", "Marten", "Meadowlark", "Mica", "Mulberry", "Oak Hollow", "Onyx", "Osprey",
    "Otter Creek", "Pine Barrens",
)  # fmt: skip
"""Trees, stones, birds: no name is that of a school of Hartford."""


@dataclass(frozen=True)
class District:
    """A district before any student is drawn.

    Parameters
    ----------
    students : in K-12; pre-kindergarten comes on top.
    seed : of every random number.
    calendar : `date, instructional, note`.
    days : a row an instructional day: `day, date, note, month, weekday, near_break`, `effect` (thousandths).
    schools : `school_id, school_name, school_level`, `effect` (thousandths).
    seats : a row a grade at a school: `grade_level, school_id`, `place` (0, 1, ... within the grade), `offered` (how
        many schools have the grade), `low, high` (the school's part of the numbers from 0 to 1).
    grades : `grade_level`, `low, high`: its part of the numbers from 0 to the number of students.
    """

    students: int
    seed: int
    calendar: pd.DataFrame
    days: pd.DataFrame
    schools: pd.DataFrame
    seats: pd.DataFrame
    grades: pd.DataFrame

    @property
    def everybody(self) -> int:
        """How many students there are, pre-kindergarten included."""
        return int(self.grades["high"].max())


def make_district(students: int, seed: int) -> District:
    """Lay out a district: calendar, schools, seats.

    Raises
    ------
    UserError
        For fewer than 100 students.
    """
    if students < 100:
        problem = Problem(
            "students", f"{students} is too few", "every grade needs a few students", "ask for 100 or more"
        )
        raise UserError("usage", problem)
    table = calendar()
    schools, seats = _schools(students, seed)
    return District(students, seed, table, _with_effects(instructional_days(table)), schools, seats, _grades(students))


def _with_effects(days: pd.DataFrame) -> pd.DataFrame:
    effect = (
        days["month"].map(MONTH_EFFECTS)
        + days["weekday"].map(WEEKDAY_EFFECTS)
        + days["near_break"].map(BREAK_EFFECTS)
        + (days["note"] == OPEN_IN_SNOW) * SNOW_EFFECT
    )
    return days.assign(effect=effect.astype("int64"))


def _schools(students: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng([abs(seed), seed < 0, 1])
    schools: list[tuple[str, str, str, int]] = []
    seats: list[tuple[str, str, float]] = []
    for level, (prefix, kind, grades, usual, size) in _KINDS.items():
        count = max(1, round(usual * students / STUDENTS))
        for number in range(count):
            turn, name = divmod(len(schools), len(_NAMES))
            school_id = f"{prefix}{number + 1:0{max(2, len(str(count)))}}"
            school_name = f"{_NAMES[name]} {kind}" + (f" {turn + 1}" if turn else "")
            effect = round(1000 * SCHOOL_SD * random.standard_normal())
            weight = size * random.uniform(0.6, 1.5)
            schools.append((school_id, school_name, level, effect))
            has_pk = grades[0] == "KG" and number % 2 == 0
            seats += [(grade, school_id, weight) for grade in (("PK",) if has_pk else ()) + grades]
    return (
        pd.DataFrame(schools, columns=["school_id", "school_name", "school_level", "effect"]),
        _intervals(pd.DataFrame(seats, columns=["grade_level", "school_id", "weight"])),
    )


def _intervals(seats: pd.DataFrame) -> pd.DataFrame:
    seats = seats.sort_values(["grade_level", "school_id"], ignore_index=True)
    by_grade = seats.groupby("grade_level")
    offered = by_grade["school_id"].transform("size")
    place = by_grade.cumcount()
    high = (by_grade["weight"].cumsum() / by_grade["weight"].transform("sum")).where(place < offered - 1, 1.0)
    low = high.groupby(seats["grade_level"]).shift(fill_value=0.0)
    return seats.drop(columns="weight").assign(place=place, offered=offered, low=low, high=high)


def _grades(students: int) -> pd.DataFrame:
    """Share the students out over the grades as the published district has them, by largest remainders."""
    published = np.array([count / percent for count, percent in PUBLISHED.values()])
    exact = students * published / published.sum()
    counts = np.floor(exact).astype(int)
    counts[np.argsort(counts - exact, kind="stable")[: students - counts.sum()]] += 1
    high = np.cumsum([*counts, round(PK_SHARE * students)])
    return pd.DataFrame({"grade_level": [*K12, "PK"], "low": [0, *high[:-1]], "high": high})
