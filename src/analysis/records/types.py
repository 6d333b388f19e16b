"""What reading gives: student-days that stay in the engine, or the cells of a published table."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import narwhals as nw
import pandas as pd

from analysis import engine
from analysis.problems import Problem
from analysis.study import Study

FLOW_COLUMNS = ("step", "reason", "rows", "students")


@dataclass(frozen=True)
class StudentDays:
    """Student-days, checked and typed: a row is a student who is a member on an instructional day.

    Parameters
    ----------
    study : what was read.
    path : canonical Parquet, sorted by school (so that one school is read fast), student and date, with the columns
        `school_year, district_id, student_id, school_id, grade_level, date` (text), `days_enrolled, days_absent,
        days_unmarked` (thousandths of a day), `absence_reason` and the study's groups (text, empty where unknown).
    flow : `step, reason, rows, students`; rows read = rows used + rows set aside.
    schools : `school_id, school_name, school_level, level_basis` ('given', or 'derived' from the grades served).
    calendar : `school_year, date, note, near_break, basis`; a row an instructional day.
    problems : what was noted or set aside.
    only_school : where not empty, `lazy` gives the days at this school alone.
    """

    study: Study
    path: Path
    flow: pd.DataFrame
    schools: pd.DataFrame
    calendar: pd.DataFrame
    problems: tuple[Problem, ...]
    only_school: str = ""

    def at_school(self, school_id: str) -> "StudentDays":
        """Give the same records, but only the days at one school."""
        return replace(self, only_school=school_id)

    def lazy(self) -> nw.LazyFrame[Any]:
        """Give the student-days as a lazy frame, with `month` (`2017-09`), `week_start`, `weekday` and `near_break`."""
        name = f"calendar_{self.path.parent.name}"
        engine.register(name, self.calendar[["date", "near_break"]].drop_duplicates("date"))
        where = f"WHERE school_id = {engine.quoted(self.only_school)}" if self.only_school else ""
        return engine.lazy(f"""
            SELECT days.*, left(date, 7) AS month, dayname(CAST(date AS DATE)) AS weekday, near_break,
                strftime(date_trunc('week', CAST(date AS DATE)), '%Y-%m-%d') AS week_start
            FROM read_parquet({engine.quoted(str(self.path))}) AS days
            JOIN {engine.named(name)} USING (date) {where}""")

    @property
    def years(self) -> tuple[str, ...]:
        """School years, first to last."""
        return tuple(sorted(self.calendar["school_year"].unique()))

    @property
    def districts(self) -> tuple[str, ...]:
        """Districts of the records."""
        return tuple(engine.collect(self.lazy().select("district_id").unique(), ["district_id"])["district_id"])

    @property
    def year(self) -> str:
        """The year that the pages are about: the study's focus, else the last."""
        return self.study.settings.focus.school_year or self.years[-1]


@dataclass(frozen=True)
class PublishedCounts:
    """The cells of a published table.

    Parameters
    ----------
    study : what was read.
    counts : a row a published cell: `school_year, district_id, district_name, school_id, school_name, grade_level`
        (empty = all grades), `group, group_level` (empty = all students), `students, students_basis`
        ('counted', 'from_percent' or empty), `chronically_absent, chronic_rate, days_enrolled, days_absent,
        absence_rate, hidden` (empty, 'source' or 'not_available') and `parent` (a row that holds others).
    flow : `step, reason, rows, students`.
    problems : what was noted or set aside.
    """

    study: Study
    counts: pd.DataFrame
    flow: pd.DataFrame
    problems: tuple[Problem, ...]

    @property
    def years(self) -> tuple[str, ...]:
        """School years, first to last."""
        return tuple(sorted(self.counts["school_year"].unique()))

    @property
    def year(self) -> str:
        """The year that the pages are about: the study's focus, else the last."""
        return self.study.settings.focus.school_year or self.years[-1]
