"""Where one school year ends and the next begins: in July, unless the study says another month."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from small_tables import put, study_from

from analysis import records
from analysis.problems import UserError
from analysis.study import Study

ENGLAND = [(date(2022, 9, 5), date(2023, 7, 21)), (date(2023, 9, 4), date(2023, 12, 15))]
AUSTRALIA = [(date(2023, 1, 30), date(2023, 6, 30)), (date(2023, 7, 17), date(2023, 12, 15))]
AMERICA = [(date(2022, 8, 29), date(2023, 6, 14)), (date(2023, 8, 28), date(2023, 12, 20))]
ARIZONA = [(date(2022, 7, 18), date(2023, 5, 25)), (date(2023, 7, 17), date(2023, 12, 20))]
ALL_YEAR = [(date(2022, 7, 11), date(2023, 6, 28)), (date(2023, 7, 10), date(2023, 12, 20))]


def school_days(terms: list[tuple[date, date]]) -> list[date]:
    days = [first + timedelta(one) for first, last in terms for one in range((last - first).days + 1)]
    return [day for day in days if day.weekday() < 5]


def study_of(folder: Path, terms: list[tuple[date, date]], kind: str, more: str = "") -> Study:
    days, name = school_days(terms), "days.csv"
    if kind == "student_days":
        rows = [f"{s}|A|03|{day}|{int((s + day.day) % 9 == 0)}" for day in days for s in range(4)]
        columns = "{student_id: s, school_id: c, grade_level: g, date: d, days_absent: n}"
        table = "\n".join(["s|c|g|d|n", *rows])
    else:
        rows = [f"{school}|1|{day}|{90 + day.day % 5}" for day in days for school in "ABC"]
        columns, table = "{school_id: c, district_id: i, date: d, attendance_rate: p}", "\n".join(["c|i|d|p", *rows])
        more += "  rates_are: percent\n"
    put(folder, name, table)
    text = f"title: T\ndata: data\nrecords:\n  kind: {kind}\n  columns: {columns}\n  files: [{{path: {name}}}]\n{more}"
    text += "  set: {district_id: D}\n" if kind == "student_days" else ""
    return study_from(folder, text)


@pytest.mark.parametrize("kind", ["student_days", "school_days"])
@pytest.mark.parametrize(
    ("terms", "month", "years"),
    [(ENGLAND, "august", ["2022-23", "2023-24"]), (AUSTRALIA, "january", ["2023-24"])],
)
def test_a_year_that_july_would_part_stops(
    tmp_path: Path, kind: str, terms: list[tuple[date, date]], month: str, years: list[str]
) -> None:
    with pytest.raises(UserError, match=f"days of school go on over 1 July.*Write year_starts: {month} under records"):
        records.read(study_of(tmp_path, terms, kind))
    found = records.read(study_of(tmp_path, terms, kind, f"  year_starts: {month}\n"))
    assert sorted(found.calendar["school_year"].unique()) == years
    assert len(found.calendar) == len(school_days(terms))


@pytest.mark.parametrize("terms", [AMERICA, ARIZONA, ALL_YEAR, AMERICA[:1], AUSTRALIA[1:]])
def test_years_that_begin_in_july_or_later_are_read_as_they_are(tmp_path: Path, terms: list[tuple[date, date]]) -> None:
    found = records.read(study_of(tmp_path, terms, "student_days"))
    assert len(found.calendar) == len(school_days(terms))
