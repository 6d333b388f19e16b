"""The pages of days of schools: for every sort of them each finding is a sentence, and nothing is made up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_tables import study_from

from analysis import findings
from analysis.findings.brief import brief
from analysis.findings.school_days.drivers import kinds_title
from analysis.study import Study

SCHOOLS = [f"S{number:02}" for number in range(12)]
DAYS = [str(day) for day in np.busday_offset("2017-09-04", np.arange(70))]
PAGES = ("records", "where", "drivers", "season", "schools", "checks")
ASKED = ("How much school is missed", "Where are the missed days?", "Is it the grade", "When are", "Which schools")


def share(unit: int, time: int, seed: int = 0) -> float:
    draw = np.random.default_rng((seed, unit, time))
    return float(np.clip(0.08 + 0.01 * (unit % 4) + 0.02 * (time % 5 == 4) + draw.normal(0, 0.01), 0, 1))


def percents(extra: str = "", days: list[str] = DAYS) -> str:
    lines = [f"School,Name,Day,Present{',Enrolled' if extra else ''}"]
    for unit, school in enumerate(SCHOOLS):
        for time, day in enumerate(days):
            present = "NS" if (unit, time % 10) == (3, 7) else f"{100 * (1 - share(unit, time)):.2f}"
            lines.append(f"{school},School {unit},{day},{present}{extra and f',{100 + 20 * unit}'}")
    return "\n".join(lines)


def weeks(*, dated: bool) -> str:
    lines = ["Area,Kind,Week,Year,n,a"]
    for unit in range(12):
        for year in ("2022", "2023") if dated else ("2014-15", "2015-16"):
            for time in range(2, 22) if dated else range(1, 31):
                for place, kind in enumerate(("elementary", "high")):
                    n = 1000 + 100 * unit
                    absent = round(n * (share(unit, time, int(year[:4])) + 0.02 * place))
                    lines.append(f"A{unit},{kind},{time},{year},{n},{absent}")
    return "\n".join(lines)


PERCENT = """
  rates_are: percent
  columns: {school_id: School, school_name: Name, date: Day, attendance_rate: Present%s}
  marks: {not_available: [NS], rule: NS is not submitted}
"""
WEEKLY = """
  columns: {district_id: Area, school_level: Kind, week: Week, %s: Year, days_enrolled: n, days_absent: a}
"""
ONE_AREA = """
  set: {district_id: A}
  columns: {school_level: Kind, week: Week, school_year: Year, days_enrolled: n, days_absent: a}
  where: {area: [A1]}
  files: [{path: t.csv, columns: {area: Area}}]
"""
CALENDAR = "  calendar: {files: [{path: calendar.csv}], columns: {date: day, note: what}}\n"
LEVELS = "  schools: {files: [{path: schools.csv}], columns: {school_id: id, school_level: level}}\n"
BESIDE = {
    "calendar.csv": "day,what\n"
    + "\n".join(f"{day},{'storm' if day == DAYS[9] else ''}" for day in DAYS if day not in DAYS[30:36]),
    "schools.csv": "id,level\n" + "\n".join(f"{name},{'elementary' if name < 'S06' else 'high'}" for name in SCHOOLS),
}
SORTS = {
    "percents": (percents(), PERCENT % ""),
    "percents with a calendar and levels": (percents(), PERCENT % "" + CALENDAR + LEVELS),
    "percents and enrolment": (percents("yes"), PERCENT % ", students: Enrolled"),
    "weekly percents and enrolment": (
        percents("yes", DAYS[::5]), PERCENT.replace("date: Day", "week_start: Day") % ", students: Enrolled",
    ),
    "weeks of the calendar": (weeks(dated=True), WEEKLY % "week_year"),
    "weeks of school": (weeks(dated=False), WEEKLY % "school_year"),
    "one area": (weeks(dated=False), ONE_AREA),
}  # fmt: skip


def study(folder: Path, sort: str, rest: str = "") -> Study:
    rows, records = SORTS[sort]
    for name, text in {"data/t.csv": rows, **{f"data/{name}": text for name, text in BESIDE.items()}}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text + "\n", encoding="utf-8")
    files = "" if "\n  files:" in records else "  files: [{path: t.csv}]\n"
    return study_from(folder, f"title: T\ndata: data\n{rest}records:\n  kind: school_days\n{files}{records}")


def said(this: Study) -> dict[str, str]:
    """Give every finding of every page as one text, tables and all."""
    texts = {}
    for page in PAGES:
        for found in getattr(findings, page)(this).findings():
            if found.title:
                texts[found.name] = f"{found.title} {found.text} {found._repr_html_()}"
    return texts


@pytest.fixture(params=SORTS)
def sort(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_finding_is_a_sentence_and_every_slot_is_filled(tmp_path: Path, sort: str) -> None:
    this = study(tmp_path, sort)
    texts = said(this)
    for name, text in texts.items():
        assert not [word for word in ("nan", "None", "inf%", "NaT") if f" {word}" in text], name
        assert not [
            word for word in (" because ", " effect", "due to", "impact") if word in text.replace("school_effects", "")
        ]
    slots = brief(this).slots()
    assert [slot.question.startswith(words) for slot, words in zip(slots, ASKED, strict=True)] == [True] * 5
    assert all(slot.title and slot.text for slot in slots)
    assert "chronically absent" in texts["definitions"] and "cannot be known" in texts["definitions"]


def test_a_rule_that_hides_all_is_said_and_nothing_breaks(tmp_path: Path, sort: str) -> None:
    texts = said(study(tmp_path, sort, "disclosure: {rule: minimum}\n"))
    assert "write rule: as_published" in texts["definitions"]
    assert "nan" not in " ".join(texts.values()).split()


def test_percents_say_that_they_are_of_the_average_school(tmp_path: Path) -> None:
    texts = said(study(tmp_path, "percents"))
    assert "this is the average school, not the average student" in texts["how_many"]
    assert (
        "at the average school" in texts["absence_by_month"]
        and "One year shows one January" in texts["absence_by_month"]
    )
    assert "a break, or days that were not kept" in texts["near_break"]
    assert "1 school-month" not in texts["rows_without_number"] and "School 3" in texts["rows_without_number"]
    assert "The source's rule: NS is not submitted." in texts["unmarked"]
    assert "Friday is" in texts["absence_by_weekday"] and "School and the rest" not in texts["absence_by_weekday"]
    assert "needs its grades and its students" in texts["school_effects"]


def test_a_given_calendar_compares_days_beside_a_break(tmp_path: Path) -> None:
    texts = said(study(tmp_path, "percents with a calendar and levels"))
    assert "A break is four days or more" in texts["near_break"]
    assert "too few dates for a range by kind of day" in texts["near_break"]
    assert "Each school is of one kind" in texts["not_separable"]
    assert "By level of school" in texts["absence_by_school_level_and_month"]


def test_enrolment_makes_it_the_average_student(tmp_path: Path) -> None:
    for sort, days in (("percents and enrolment", True), ("weekly percents and enrolment", False)):
        folder = tmp_path / sort
        folder.mkdir()
        texts = said(study(folder, sort))
        assert "average school" not in texts["how_many"]
        assert ("of days were missed" in texts["how_many"]) and (("days." in texts["how_many"]) == days)
        assert ("date the same weight" in texts["robustness"]) == days


def test_weeks_say_what_they_cannot_say(tmp_path: Path) -> None:
    texts = said(study(tmp_path, "weeks of the calendar"))
    assert "the week of" in texts["absence_by_week"] and "Each week is one week" in texts["absence_by_week"]
    assert "months, weekdays and single days cannot be told apart" in texts["weeks_only"]
    assert "With district and week held, High is" in texts["adjusted_absence"]
    assert "absence_by_month" not in texts and "worst_days" not in texts
    assert "highest for high schools in the week of" in texts["absence_by_school_level_and_week"]


def test_areas_are_not_called_schools(tmp_path: Path) -> None:
    """Of local authorities a page said that 'schools are counted, and not compared with what is expected'."""
    texts = said(study(tmp_path, "weeks of the calendar"))
    for name in ("school_effects", "adjusted_schools"):
        assert "each district would" in texts[name] and "districts are counted, and not compared" in texts[name]
        assert "schools are counted" not in texts[name]


def test_weeks_without_dates_are_compared_by_their_place(tmp_path: Path) -> None:
    texts = said(study(tmp_path, "weeks of school"))
    assert "their dates, and so their months, are not known" in texts["absence_by_week"]
    assert "highest of 2014-15 too" in texts["absence_by_week"] and "30 weeks stand in both" in texts["absence_by_week"]
    assert "same part of the year" in texts["over_years"]


def test_one_area_has_counted_rates_and_no_model(tmp_path: Path) -> None:
    texts = said(study(tmp_path, "one area"))
    assert "Too few schools or areas (1) to tell a difference from chance." in texts["model"]
    assert "There is no model to check" in texts["robustness"] or "no comparison to check" in texts["robustness"]
    assert "Absence rate by level of school" in texts["absence_by_school_level"]


def flat() -> str:
    """Write percents of days that are alike but for chance."""
    lines = ["School,Name,Day,Present"]
    for unit, school in enumerate(SCHOOLS):
        for time, day in enumerate(DAYS):
            of_day = np.random.default_rng(time).normal(0, 0.01)
            absent = 0.1 + of_day + np.random.default_rng((unit, time)).normal(0, 0.005)
            lines.append(f"{school},School {unit},{day},{100 * (1 - absent):.2f}")
    return "\n".join(lines)


def test_no_title_names_a_part_of_the_season_that_chance_could_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """'Fridays are 0.9 points higher than the year' stood over '0 of 5 weekdays differ by more than chance'."""
    monkeypatch.setitem(SORTS, "flat", (flat(), PERCENT % ""))
    this = study(tmp_path, "flat")
    assert "0 of 5 weekdays differ" in findings.drivers(this).absence.text
    assert findings.drivers(this).absence.title == "The season: no more than chance would give"
    assert findings.season(this).by_month.title == "No month stands out by more than chance would give"
    assert findings.season(this).by_weekday.title == "No weekday stands out by more than chance would give"


def test_a_title_of_kinds_of_school_names_those_that_differ_alone() -> None:
    """'Special: 13.3% absent' headed a page on which the special schools differed no more than chance would give."""
    kinds = pd.DataFrame(
        {
            "label": ["Primary", "Secondary", "Special"],
            "adjusted_rate": [0.06, 0.09, 0.13],
            "p_adjusted": [0.01, 0.01, 0.3],
        }
    )
    assert kinds_title(kinds, "kind", "area") == "Secondary: 9.0% absent, Primary: 6.0%, area held"
    assert kinds_title(kinds[1:], "kind", "area") == "Secondary: 9.0% absent, area held"
    assert kinds_title(kinds[2:], "kind", "area") == "By kind: no more than chance would give"
    untested = kinds.assign(p_adjusted=np.nan)
    assert kinds_title(untested, "kind", "area") == "By kind: no comparison"


def test_a_school_with_numbers_on_few_days_is_named_beside_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among the 25 highest of New York's schools stood one with a number on two days of the year, and no word on it."""
    lines = [line for line in flat().splitlines() if not line.startswith("S05") or line.split(",")[2] in DAYS[:34]]
    monkeypatch.setitem(SORTS, "few", ("\n".join(lines), PERCENT % ""))
    said_of = findings.where(study(tmp_path, "few")).by_school.text
    assert "1 school has a number on under half of the 70 days, and its rate is of those alone: School 5." in said_of
    monkeypatch.setitem(SORTS, "few", (flat(), PERCENT % ""))
    assert "under half" not in findings.where(study(tmp_path, "few")).by_school.text
