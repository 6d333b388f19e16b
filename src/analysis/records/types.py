"""What reading gives: records of students that stay in the engine, days of schools, or cells of a published table."""

from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw
import pandas as pd

from analysis import engine
from analysis.language import later
from analysis.problems import Problem
from analysis.study import Study

FLOW_COLUMNS = ("step", "reason", "rows", "students")
STEPS = (
    later("read"), later("set aside"), later("used"), later("enrolment read"), later("enrolment set aside"),
    later("enrolment used"), later("days of membership"), later("days of absences"),
)  # fmt: skip
"""What `step` of a flow can be."""
NOT_READ = later("lines that could not be read")
IN_GRADE_APART = later("in a grade that totals leave out")

Measure = Literal["days", "rate", "absent_only"]
"""What is known of a student: days enrolled and absent; only the rate of absence; only the days absent."""
Weighs = Literal["days", "students", "schools"]
"""What a rate of a school and day weighs: its days, its students; or every school the same, if nothing is counted."""
UNDATED_WEEK = "week "
"""How the date of a week begins of which only the place in the school year is known."""
OutcomeName = Literal["chronic", "absence", "days"]
"""What pages lead with: the share of students who are chronic, the share of days absent, or days absent a student."""


@dataclass(frozen=True)
class Progress:
    """How far a school year in progress has come: `days` of `of` days of school."""

    days: int
    of: int


RATE_DAYS = 1000
"""Days that stand for a student of whom only the rate is known: a rate of six decimals is exact in them."""


@dataclass(frozen=True)
class StudentRecords:
    """Records of students, checked and typed: a row is a student at a school on a day, or in a year.

    Parameters
    ----------
    study : what was read.
    path : canonical Parquet, sorted by school (so that one school is read fast), student and date, or a table of
        Spark's warehouse, with the columns `school_year, district_id, student_id, school_id, grade_level, date` (text),
        `days_enrolled, days_absent, days_unmarked` (thousandths of a day), `absence_reason` and the study's groups
        (text, empty where unknown).
        In student-years `date` is empty, and the days are those of the year. Where only the rate is known, every
        student has `RATE_DAYS` days, of which the rate is absent, so that students weigh the same; where only days
        absent are known, days enrolled are 0.
    flow : `step, reason, rows, students`; rows read = rows used + rows set aside.
    schools : `school_id, school_name, school_level, level_basis` ('given', or 'derived' from the grades served).
    calendar : `school_year, date, note, near_break, basis`; a row an instructional day; empty where nothing is dated.
        Of a year in progress it has the days so far, and of earlier years as many.
    years : school years of the records, first to last.
    districts : districts of the records, of all schools.
    problems : what was noted or set aside.
    progress : how far the last year has come; None where it is over.
    measure : what is known of a student.
    marked : whether the source tells a day that nobody marked from a day present; of events alone it cannot.
    """

    study: Study
    path: str
    flow: pd.DataFrame
    schools: pd.DataFrame
    calendar: pd.DataFrame
    years: tuple[str, ...]
    districts: tuple[str, ...]
    problems: tuple[Problem, ...]
    progress: Progress | None = None
    measure: Measure = "days"
    marked: bool = True

    @property
    def dated(self) -> bool:
        """Whether the records say on which day a student was absent."""
        return len(self.calendar) > 0

    @property
    def school_names(self) -> dict[str, str]:
        """Names of schools by their codes."""
        return dict(zip(self.schools["school_id"], self.schools["school_name"], strict=True))

    @property
    def school_levels(self) -> dict[str, str]:
        """Levels of schools by their codes."""
        return dict(zip(self.schools["school_id"], self.schools["school_level"], strict=True))

    @property
    def district_names(self) -> dict[str, str]:
        """Names of districts by their codes; records of students have codes only."""
        return {}

    @property
    def everybody(self) -> bool:
        """Whether students who were never absent are in the records too: of absences without an enrolment not."""
        return not (self.measure == "absent_only" and self.dated)

    @property
    def outcome(self) -> OutcomeName:
        """What pages lead with."""
        by_days = self.study.settings.definitions.chronic.of == "days"
        return "days" if self.measure == "absent_only" and not (by_days and self.everybody) else "chronic"

    def lazy(self) -> nw.LazyFrame[Any]:
        """Give the rows as a lazy frame; if dated with `month` (`2017-09`), `week_start`, `weekday`, `near_break`."""
        rows = engine.scan(self.path, self.study.settings.engine)
        if not self.dated:
            return rows
        known = self.calendar[["date", "near_break"]].drop_duplicates("date")
        day = pd.to_datetime(known["date"])
        known = known.assign(
            month=known["date"].str[:7],
            weekday=day.dt.day_name(),
            week_start=(day - pd.to_timedelta(day.dt.day_of_week, unit="D")).dt.strftime("%Y-%m-%d"),
        )
        return rows.join(engine.beside(rows, known), on="date")

    @property
    def year(self) -> str:
        """The year that the pages are about: the study's focus, else the last."""
        return self.study.settings.focus.school_year or self.years[-1]

    @property
    def dates(self) -> "pd.Series[str]":
        """The instructional days of that year, as text, ascending."""
        return self.calendar.loc[self.calendar["school_year"] == self.year, "date"].sort_values()


@dataclass(frozen=True)
class PublishedCounts:
    """The cells of a published table.

    Parameters
    ----------
    study : what was read.
    counts : a row a published cell: `school_year, district_id, district_name, school_id, school_name, school_level,
        grade_level` (empty = all grades), `group, group_level` (empty = all students), `students, students_basis`
        ('counted', 'from_percent' where a count was worked back from a percent, or empty), `chronically_absent,
        chronic_rate, days_enrolled, days_absent, absence_rate, hidden` (empty, 'source' or 'not_available'), `parent`
        (a row that holds others), and of every count what it is at least and at most, such as `students_low` and
        `students_high` (infinite where nothing is known).
    flow : `step, reason, rows, students`.
    problems : what was noted or set aside.
    """

    study: Study
    counts: pd.DataFrame
    flow: pd.DataFrame
    problems: tuple[Problem, ...]

    @property
    def dated(self) -> bool:
        """Published counts are of whole years."""
        return False

    @property
    def schools(self) -> pd.DataFrame:
        """The schools of the table: `school_id, school_name`; empty where it has none.

        A name that schools of several districts have is followed by the district's.
        """
        columns = ["school_id", "school_name", "district_name"]
        known = self.counts.loc[self.counts["school_id"] != "", columns].drop_duplicates("school_id", ignore_index=True)
        several = (
            known["school_name"].duplicated(keep=False) & (known["school_name"] != "") & (known["district_name"] != "")
        )
        names = known["school_name"].mask(several, known["school_name"] + " (" + known["district_name"] + ")")
        return known[["school_id"]].assign(school_name=names)

    @property
    def has_school_levels(self) -> bool:
        """Whether the source says of its schools which level they are."""
        return bool((self.counts["school_level"] != "").any())

    @property
    def district_names(self) -> dict[str, str]:
        """Names of districts by their codes."""
        return dict(zip(self.counts["district_id"], self.counts["district_name"], strict=True))

    @property
    def outcome(self) -> Literal["chronic", "absence"]:
        """What pages lead with."""
        return "chronic" if self.counts["chronic_rate"].notna().any() else "absence"

    @property
    def years(self) -> tuple[str, ...]:
        """School years, first to last."""
        return tuple(sorted(self.counts["school_year"].unique()))

    @property
    def year(self) -> str:
        """The year that the pages are about: the study's focus, else the last."""
        return self.study.settings.focus.school_year or self.years[-1]


@dataclass(frozen=True)
class SchoolDays:
    """Absence by school (or area) and day (or week): no students are told apart.

    Parameters
    ----------
    study : what was read.
    days : a row a school or area x kind of school x date: `school_year, district_id, district_name, school_id,
        school_name, school_level` and the study's groups (text; '' where not given, 'all' of all kinds), `date`
        (`2016-03-14`; of a week its Monday; `week 07` where only the weeks' order is known), `absence_rate` (share),
        `weight`, `absent` (rate x weight; NaN all three where the source has no number), `hidden` ('', 'source' or
        'not_available') and `parent` (the unit holds others: all of them, where it has neither district nor school).
    flow : `step, reason, rows, students`; `students` is empty.
    calendar : `school_year, date, note, near_break, basis`; a row a date; without a given calendar a gap may be a break
        or days that were not kept, so `near_break` is 'other' throughout.
    period : whether a date stands for a 'day' or a 'week'.
    weighs : what `weight` counts.
    basis : how days were counted: 'counted', 'from_percent' (enrolment times a percent), '' where they are not.
    problems : what was noted or set aside.
    """

    study: Study
    days: pd.DataFrame
    flow: pd.DataFrame
    calendar: pd.DataFrame
    period: Literal["day", "week"]
    weighs: Weighs
    basis: str
    problems: tuple[Problem, ...]

    @property
    def dated(self) -> bool:
        """Whether dates are of the calendar; else weeks of school are known by their order only."""
        return not self.days["date"].str.startswith(UNDATED_WEEK).any()

    @property
    def unit(self) -> str:
        """What a row is about: 'school_id', or 'district_id' where there are only areas."""
        return "school_id" if (self.days["school_id"] != "").any() else "district_id"

    @property
    def kinds(self) -> tuple[str, ...]:
        """Columns that tell kinds of school or groups of students apart within a unit."""
        return tuple(
            name for name in ("school_level", *self.study.settings.records.groups) if (self.days[name] != "").any()
        )

    @property
    def schools(self) -> pd.DataFrame:
        """The schools of the records: `school_id, school_name`; empty where there are only areas."""
        known = self.days.loc[self.days["school_id"] != "", ["school_id", "school_name"]]
        return known.drop_duplicates("school_id", ignore_index=True)

    @property
    def districts(self) -> tuple[str, ...]:
        """The districts of the records, those that hold others too."""
        return tuple(sorted(set(self.days["district_id"]) - {""}))

    @property
    def district_names(self) -> dict[str, str]:
        """Names of districts by their codes."""
        once = self.days.sort_values("parent", kind="stable").drop_duplicates("district_id")
        return dict(zip(once["district_id"], once["district_name"], strict=True))

    @property
    def outcome(self) -> OutcomeName:
        """What pages lead with."""
        return "absence"

    @property
    def counted(self) -> bool:
        """Whether days are counted; else the source gives percents."""
        return self.weighs == "days"

    @property
    def years(self) -> tuple[str, ...]:
        """School years, first to last."""
        return tuple(sorted(self.days["school_year"].unique()))

    @property
    def year(self) -> str:
        """The year that the pages are about: the study's focus, else the last."""
        return self.study.settings.focus.school_year or self.years[-1]


Source = StudentRecords | PublishedCounts | SchoolDays
"""Records of any kind."""
