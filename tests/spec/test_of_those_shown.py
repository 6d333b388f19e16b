"""Where hiding has left a part of the levels, no sentence takes what is left for the whole."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_tables import days
from test_school_day_pages import study as school_days_study

from analysis import findings
from analysis.findings import at_a_glance
from analysis.findings.answer import changes
from analysis.findings.checks import of_check
from analysis.findings.drivers import by_grade
from analysis.findings.finding import Finding
from analysis.findings.gated import passed
from analysis.findings.names import named
from analysis.findings.outcome import ABSENCE
from analysis.findings.school_beside import compared_with
from analysis.findings.school_days.season import season as season_of_schools
from analysis.findings.schools import bright_spots, flags, thirds
from analysis.findings.words import capital
from analysis.measures import of_schools
from analysis.models.estimates import estimate
from analysis.models.robustness import checks as all_checks
from analysis.models.robustness import name_of
from analysis.records import read
from analysis.records.types import SchoolDays, StudentRecords
from analysis.study import Study


def stays(where: str, students: int, least: int, days_there: int = 60) -> list[str]:
    """Give students of a school, grade and home who miss `least` days or up to two more."""
    school, grade, home = where.split()
    return [
        f"{school}{grade}{number} | {school} | {grade} | {home} | 1 | {days_there} | {least + number % 3}"
        for number in range(students)
    ]


ROWS = "\n".join([
    "student | school | grade | home | from | days | absent",
    *stays("A 03 a", 40, 2), *stays("A 04 b", 40, 4), *stays("A 05 c", 8, 11), *stays("B 03 a", 40, 3),
    *stays("B 04 b", 40, 3), *stays("B 05 a", 30, 5), *stays("C 03 a", 60, 2, 40), *stays("C 04 b", 6, 14),
    *stays("D 03 a", 6, 14),
])  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, Study]:
    """A district of small schools for itself, and for its partners."""
    study = days(tmp_path_factory.mktemp("small"), ROWS, "  groups: [home]\n").study
    return study, Study.load(study.path, audience="partner")


def test_a_schools_page_is_of_the_grades_and_months_that_are_shown(both: tuple[Study, Study]) -> None:
    """B's grade 5 is its highest; for partners grade 4 alone is left, and one month of three."""
    known, left = (findings.school(study, "B") for study in both)
    assert known.by_grade.title == "Grade 5 has the highest absence rate"
    assert left.by_grade.title == "Grade 4 alone, of those shown"
    assert left.by_grade.text.startswith("1 of 3 grades is shown; what is said here is of it alone.")
    assert "hold November 2017 alone" not in left.by_month.text and "One month is shown" in left.by_month.text
    assert left.worst_days.title == "The days of the year here that are shown"
    assert "of those shown" not in f"{known.by_grade.title} {known.by_month.title} {known.worst_days.title}"


def test_a_school_that_is_hidden_to_protect_another_is_not_called_small(both: tuple[Study, Study]) -> None:
    """C has 66 students; that it has fewer than 10 was said."""
    said = findings.school(both[1], "C").standing
    assert "Fewer than" not in said.text and "too few" not in said.title
    assert "too few students link" not in findings.school(both[1], "B").standing.text  # its comparison is hidden


def test_groups_are_of_those_shown(both: tuple[Study, Study]) -> None:
    known, left = (findings.where(study) for study in both)
    assert next(iter(known.groups)).title == "Chronic rate by home: from 22.1% to 100.0%"
    group = next(iter(left.groups))
    assert group.title.endswith("%, of those shown") and group.text.startswith("1 of 3 groups is shown;")


def test_the_grade_furthest_from_the_rest_is_that_of_those_shown(both: tuple[Study, Study]) -> None:
    """Grade 3 is the furthest of those that differ by more than chance; hidden, grade 4 is."""
    records = read(both[0])
    estimates = estimate(records)
    whole = named(passed(records, "adjusted_rates", estimates.adjusted_rates), records, first=capital).assign(hidden="")
    left = whole.assign(hidden=np.where(whole["level"] == "03", "minimum", ""))
    left.loc[left["level"] == "03", ["adjusted_rate", "contrast", "contrast_low", "contrast_high", "p_adjusted"]] = (
        np.nan
    )
    known, said = (by_grade(records, estimates, rates, ABSENCE) for rates in (whole, left))
    assert known.title.startswith("Grade 3 is") and "of those shown" not in known.title
    assert not said.title.startswith("Grade 3 is") and said.title.endswith(", of those shown")
    assert said.text.startswith("2 of 3 grades are shown;") and said.in_brief.startswith("2 of 3 grades are shown;")


def test_grades_whose_days_are_hidden_have_no_share_of_the_missed_days(both: tuple[Study, Study]) -> None:
    """Hidden throughout, grade 5 stood there with 0%; it has 22% of them."""
    assert "grade 5 (22%)" in findings.where(both[0]).missed_days.text
    left = findings.where(both[1]).missed_days
    assert "(0%)" not in left.text
    assert left.shown is not None
    assert set(left.shown.set_index("").loc["Grade 5"]) == {"–"}


def test_a_check_says_that_grades_are_hidden_only_where_they_are(both: tuple[Study, Study]) -> None:
    """A specification that does not give every grade hides none of them."""
    assert "hidden" not in findings.checks(both[0]).answer.text
    check = all_checks()[0]
    own = pd.DataFrame({
        "outcome": "absence", "check": "", "specification": "absence: as on the page", "driver": "grade_level",
        "level": ["01", "02", "03"], "label": ["grade 1", "grade 2", "grade 3"], "contrast": [0.02, -0.02, np.nan],
        "contrast_low": [0.01, -0.03, np.nan], "contrast_high": [0.03, -0.01, np.nan], "hidden": ["", "", "minimum"],
    })  # fmt: skip
    other = own.assign(check=name_of(check), specification="absence: other")

    class Kept:
        robustness_refused = pd.DataFrame(columns=["check", "outcome", "specification", "reason"])

    def said(mark: str) -> str:
        marks = ["", "", mark]
        found = changes(pd.concat([own.assign(hidden=marks), other.assign(hidden=marks)]))
        finding = of_check(check, found, Kept())  # type: ignore[arg-type]
        return f"{finding.title} {finding.text}"

    assert "the same answer, of those shown" in said("minimum") and "Some grades are hidden here" in said("minimum")
    assert "shown" not in said("")


def test_schools_that_cannot_be_shown_are_not_left_out_of_what_can_be_compared() -> None:
    effects = pd.DataFrame({
        "outcome": "absence", "school_id": list("ABCD"), "school_name": list("ABCD"), "component": 1,
        "expected_rate": [0.07, 0.07, np.nan, np.nan], "hidden": ["", "", "minimum", "complement"],
    })  # fmt: skip
    said = compared_with(effects, "A")
    assert said.title == "It can be compared with 1 school, of those shown"
    assert said.text.startswith("2 of 4 schools are shown;")


@pytest.fixture
def records(tmp_path: Path) -> StudentRecords:
    return days(tmp_path, ROWS)


@pytest.mark.parametrize(("marks", "title"), [
    (["minimum", "complement"], "Days: hidden to protect students"),
    (["complement"], "Days: hidden to protect students"),
    (["source", ""], "Days: hidden by the source"), (["not_available"], "Days: no numbers"), ([""], "Days: no numbers"),
])  # fmt: skip
def test_numbers_that_are_not_there_are_not_put_down_to_few_students(marks: list[str], title: str) -> None:
    said = Finding.hidden("days", "Days", pd.DataFrame({"hidden": marks}))
    assert said.title == title and said.text


@pytest.mark.parametrize(("make", "name"), [(at_a_glance.by_grade, "grades"), (at_a_glance.by_month, "months")])
def test_schools_at_a_glance(
    records: StudentRecords, monkeypatch: pytest.MonkeyPatch, make: Callable[[StudentRecords], Finding], name: str
) -> None:
    """The highest is hidden: the next one is the highest of those shown."""
    whole = getattr(of_schools, name)(records).assign(hidden="")
    monkeypatch.setattr(at_a_glance, "of_all_schools", lambda *_: whole)
    known = make(records)
    assert "of those shown" not in known.title
    highest = whole["absence_rate"] == whole["absence_rate"].max()
    left = whole.assign(
        absence_rate=whole["absence_rate"].mask(highest), hidden=np.where(highest, "minimum", "")
    )  # fmt: skip
    monkeypatch.setattr(at_a_glance, "of_all_schools", lambda *_: left)
    said = make(records)
    assert said.title != known.title and said.title.endswith(", of those shown")
    assert f"{name} at schools are shown; what is said here is of those alone." in said.text


def test_the_season_of_days_of_schools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The highest month, weekday and day are hidden."""
    source = read(school_days_study(tmp_path, "percents"))
    assert isinstance(source, SchoolDays)
    here = sys.modules[season_of_schools.__module__]

    def hiding(table: pd.DataFrame) -> pd.DataFrame:
        most = table["absence_rate"] == table["absence_rate"].max()
        return table.assign(absence_rate=table["absence_rate"].mask(most), hidden=np.where(most, "minimum", ""))

    known = season_of_schools(source)
    gated, as_seen = here.gated, here.passed

    def hidden_dates(of: SchoolDays, name: str, table: pd.DataFrame) -> pd.DataFrame:
        shown = as_seen(of, name, table)
        return hiding(shown) if name == "absence_by_date" else shown

    monkeypatch.setattr(here, "gated", lambda *args: hiding(gated(*args)))
    monkeypatch.setattr(here, "passed", hidden_dates)
    left = season_of_schools(source)
    for name in ("by_month", "by_weekday", "by_week", "worst_days"):
        assert "of those shown" not in known[name].title
        assert left[name].title.endswith(", of those shown") and "are shown; what is said here" in left[name].text


def effects_of(flag: list[str], p_adjusted: list[float], difference: list[float]) -> pd.DataFrame:
    names = [f"School {number}" for number in range(len(flag))]
    return pd.DataFrame({
        "school_name": names, "students": 200, "observed_rate": 0.07, "expected_rate": 0.07, "reliability": 0.9,
        "difference_low": 0.0, "difference_high": 0.03, "flag": flag, "p_adjusted": p_adjusted,
        "shrunken_difference": difference, "hidden": "",
    })  # fmt: skip


def test_a_small_difference_that_chance_does_not_give_is_not_put_down_to_chance(records: StudentRecords) -> None:
    """+1.8 and -1.5 points with p under 0.0001 are no flag, for they are under 2 points; they are no chance either."""
    days_of = effects_of(["", "", ""], [1e-8, 1e-13, 0.8], [0.018, -0.015, 0.001])
    said, bright = flags(records.study, days_of), bright_spots(days_of)
    assert said.title == "No school has higher or lower absence than expected by 2 points or more"
    assert "more than chance would give, 2 differ: School 0 (+1.8) and School 1 (−1.5)." in said.text
    assert "Chance alone" not in said.text
    assert bright.title == "No bright spot of 2 points or more" and "1 differs: School 1 (−1.5)" in bright.text
    by_chance = flags(records.study, effects_of(["", ""], [0.5, 0.5], [0.018, -0.015]))
    assert "Chance alone" in by_chance.text and "by more than chance" in by_chance.title


def test_bright_spots_of_the_schools_that_are_shown() -> None:
    days_of = effects_of(["lower", ""], [0.001, np.nan], [-0.03, np.nan]).assign(hidden=["", "minimum"])
    said = bright_spots(days_of)
    assert said.title == "1 bright spot to visit, of those shown" and said.text.startswith("1 of 2 schools is shown;")


def test_what_is_hidden_is_not_said_to_lack_schools_dates_or_links(both: tuple[Study, Study]) -> None:
    """'No school has nearly all the grades of its part' (all three have), 'too few dates' (19 and more)."""
    known, left = (findings.drivers(study).schools for study in both)
    assert "3 schools of 3" in known.text
    assert left.title == "Schools: hidden to protect students" and "No school" not in left.text
    season = findings.season(both[1]).by_month
    assert "too few dates" not in f"{season.title} {season.text}"
    hidden = effects_of(["", ""], [np.nan] * 2, [np.nan] * 2).assign(hidden="minimum", chance_lowest_third=np.nan)
    for said in (flags(both[1], hidden), bright_spots(hidden), thirds(hidden)):
        assert said.title.endswith(": hidden to protect students")
        assert "too few schools" not in said.text.lower() and "No school" not in said.text


def test_what_page_03_hides_of_a_level_is_in_no_check_of_page_06(tmp_path: Path) -> None:
    """Grade 6 has 4 chronic students of 124, so that the rates of grades 3 and 6 are hidden: contrasts are, too."""
    grades = {"03": (40, 15), "04": (45, 15), "05": (45, 15), "06": (60, 0), "07": (60, 12)}
    spans = [
        f"{school}{grade}{kind}{number} | {school} | {grade} | 1 | 60 | {9 if kind else 1 + number % 3}"
        for school in "AB" for grade, sizes in grades.items()
        for kind, size in enumerate(sizes) for number in range(size)
    ]  # fmt: skip
    spans += [f"A06few{number} | A | 06 | 1 | 60 | 20" for number in range(4)]
    study = days(tmp_path, "\n".join(["student | school | grade | from | days | absent", *spans])).study
    partner = Study.load(study.path, audience="partner")
    records = read(partner)
    rates = passed(records, "adjusted_rates", estimate(records).adjusted_rates)
    hidden = set(rates.loc[(rates["driver"] == "grade_level") & (rates["hidden"] != ""), "level"])
    assert hidden == {"03", "06"}
    page = findings.checks(partner)
    assert page.answer.table is not None and page.answer.figure is not None
    table = page.answer.table[page.answer.table["level"].isin(hidden)]
    assert table[["contrast", "contrast_low", "contrast_high"]].isna().all(axis=None)
    said = [page.answer.figure.svg, *(f"{one.title} {one.text} {one.shown}" for one in (page.answer, *page.each))]
    assert "grade 7" in " ".join(said)
    assert not [text for text in said if "grade 6" in text.lower() or "grade 3" in text.lower()]
    known = findings.checks(study).answer
    assert known.figure is not None and "Grade 6" in known.figure.svg and known.table is not None
    assert hidden <= set(known.table.loc[known.table["contrast"].notna(), "level"])
