"""What sentences say of numbers that the gate rounded or hid, and of parts that are large because they are large."""

import sys
from pathlib import Path
from types import SimpleNamespace as Row

import numpy as np
import pandas as pd
import pytest
from small_tables import days

from analysis import findings
from analysis.disclosure.gate import gate
from analysis.findings.answer import change
from analysis.findings.drivers import part_rate
from analysis.findings.levels import half_text, middle_text
from analysis.findings.missed import where_days
from analysis.findings.outcome import CHRONIC
from analysis.findings.records import coverage
from analysis.findings.scenario import best_quarter
from analysis.findings.schools import bright_spots, flags
from analysis.findings.season_levels import of_one_day
from analysis.findings.words import difference, level_name, plain_difference
from analysis.findings.year_changes import moved
from analysis.records.types import StudentRecords
from analysis.study import Study

FIVE_SCHOOLS = "student | school | grade | from | days | absent\n" + "\n".join(
    f"{school}{number} | {school} | 03 | 1 | 40 | {4 if number < 6 else 2}"
    for school, students in {"A": 80, "B": 20, "C": 20, "D": 20, "E": 20}.items()
    for number in range(students)
)


@pytest.fixture
def records(tmp_path: Path) -> StudentRecords:
    return days(tmp_path, FIVE_SCHOOLS)


def test_missed_days_of_few_schools_stand_beside_the_days_enrolled_there(records: StudentRecords) -> None:
    """A has 80 of 160 students, and 172 of 380 days missed."""
    text = where_days(records).text
    assert "A fifth of the schools (1 of 5) hold 45% of all missed days: " in text
    assert "shown" not in where_days(records)._repr_html_()
    assert "This school has 50% of all days enrolled." in text
    assert "The largest shares are at A (45.3%), B (13.7%) and C (13.7%)." in text


def test_the_school_with_most_missed_days_stands_beside_its_size_where_schools_are_few(tmp_path: Path) -> None:
    """Of two schools, '75% of all missed days' were said without the 65% of the students."""
    text = where_days(days(tmp_path, FIVE_SCHOOLS.replace("| C |", "| B |").replace("| D |", "| B |"))).text
    assert "A holds 45% of all missed days. This school has 50% of all days enrolled." in text


def test_missed_days_of_schools_are_of_their_own_table_where_cells_are_hidden(
    records: StudentRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the cells of B, A would hold 51% of what is left; the table of schools shows B's days, and A's 45%."""
    here = sys.modules[where_days.__module__]
    as_seen = here.passed

    def without_b(of: StudentRecords, name: str, table: pd.DataFrame) -> pd.DataFrame:
        shown = as_seen(of, name, table)
        return shown.assign(days_absent=shown["days_absent"].where(shown["school_id"] != "B"))

    monkeypatch.setattr(here, "passed", without_b)
    said = where_days(records)
    assert "A fifth of the schools (1 of 5) hold 45% of all missed days: " in said.text
    assert "of those shown" not in said.title
    assert "Percent of all missed days that are shown." in said._repr_html_()


def test_half_of_the_chronically_absent_stand_beside_the_students_there() -> None:
    known = pd.DataFrame({"chronically_absent": [60, 20, 20], "students_counted": [700, 150, 150]})
    said = half_text(known, CHRONIC, ("school", "schools"))
    assert said.endswith("in 1 of these 3 schools, where 70% of the students counted are.")


def test_a_contrast_that_rounds_to_zero_stays_on_its_side(records: StudentRecords) -> None:
    """An interval from 0.0004 is clear of zero for partners as it is for the district."""
    table = pd.DataFrame({
        "school_year": "2017-18", "district_id": "", "level_type": "level", "outcome": "absence",
        "driver": "grade_level", "level": ["01", "02", "03"], "students": 500.0, "observed_rate": 0.07,
        "contrast": [0.0074, -0.0004, 0.0], "contrast_low": [0.0004, -0.002, -0.003],
        "contrast_high": [0.0144, 0.0012, 0.003],
    })  # fmt: skip
    shown = gate(Study.load(records.study.path, audience="partner"), "adjusted_rates", table)
    assert shown["contrast"].tolist() == [0.007, -0.0001, 0]
    assert shown["contrast_low"].tolist() == [0.0001, -0.002, -0.003]


def test_widths_are_compared_in_sums_so_that_rounding_makes_none_wider() -> None:
    """Intervals of 0.0034 and 0.0036 are shown as 0.003 and 0.004 wide, or the other way round."""
    common = {
        "outcome": "absence",
        "driver": "grade_level",
        "label": list("abc"),
        "level": list("abc"),
        "contrast": 0.01,
    }
    own = pd.DataFrame({**common, "check": "", "specification": "absence: as on the page"})
    own = own.assign(contrast_low=0.01, contrast_high=[0.013, 0.013, 0.014])
    other = own.assign(check="x", specification="absence: other", contrast_high=[0.014, 0.014, 0.013])
    found = change(own, other)
    assert found is not None
    assert found.wider < 1.15


def test_the_rate_of_a_part_is_not_that_of_one_rounded_level() -> None:
    """All levels less their contrasts are the part's rate, 6.44%; rounded, most come to 6.5%."""
    part = pd.DataFrame({"adjusted_rate": [0.078, 0.071, 0.066, 0.064], "contrast": [0.013, 0.006, 0.002, 0.0005]})
    assert part_rate(part) == pytest.approx(0.0644, abs=1e-4)
    assert part_rate(part.assign(of_part=0.06439)) == pytest.approx(0.06439)  # that of its schools too


def test_no_difference_is_neither_higher_nor_lower() -> None:
    assert difference(0.0004, -0.004, 0.005, "expected").startswith("within 0.1 points of expected (95% interval")
    assert difference(-0.02, None, None, "the mean", days=True) == "within 0.1 days of the mean"
    assert plain_difference(-0.0002, -0.004, 0.004, "the year") == "about as high as the year, give or take 0.4 in 100"


def test_school_months_are_counted_among_those_shown(records: StudentRecords, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three are shown, one of them poorly marked; of the fourth nothing is known, so 'every school' cannot be said."""
    shares = pd.DataFrame(
        {"school_id": ["A", "B", "C", "D"], "month": "2017-09", "unmarked_share": [0.08, 0.0, 0.01, np.nan]}
    )
    shares = shares.assign(hidden=["", "", "", "complement"])
    monkeypatch.setattr(sys.modules[coverage.__module__], "passed", lambda *_: shares)
    text = coverage(records).text
    assert "In 1 school-month of 3, more than 5%" in text
    assert "The most of those that are shown: A" in text
    none = shares.assign(unmarked_share=[0.0, 0.0, 0.0, np.nan])
    monkeypatch.setattr(sys.modules[coverage.__module__], "passed", lambda *_: none)
    assert coverage(records).title != "Every school marked its days"


@pytest.mark.parametrize(
    ("highest", "lowest", "said"),
    [
        (30, 30, "The highest and the lowest are mostly small schools"),
        (1400, 30, "The lowest are mostly small schools"),
        (30, 1400, "The highest are mostly small schools"),
    ],
)
def test_a_large_school_at_the_end_of_a_list_is_not_called_small(highest: int, lowest: int, said: str) -> None:
    """Charlottesville High, the largest of 33 schools, has the highest rate: that is not chance."""
    rates = np.linspace(0.4, 0.05, 33)
    sizes = [highest, 300, *[450] * 29, 300, lowest]
    text = middle_text(pd.DataFrame({"chronic_rate": rates, "students_counted": sizes}), "schools", CHRONIC)
    assert (said in text) and text.count("small") == 1


def of_schools(flags: list[str], p_adjusted: float) -> pd.DataFrame:
    names = [f"School {number}" for number in range(len(flags))]
    rates = {"observed_rate": 0.07, "expected_rate": 0.07, "shrunken_difference": 0.02, "reliability": 0.5}
    ends = {"difference_low": 0.01, "difference_high": 0.03}
    return pd.DataFrame(
        {"school_name": names, "students": 20, "flag": flags, "p_adjusted": p_adjusted, **rates, **ends}
    )


def test_one_school_differs_and_two_differ(records: StudentRecords) -> None:
    assert "Of 3 schools tested, 1 differs" in flags(records.study, of_schools(["higher", "", ""], 0.01)).text
    assert "Of 3 schools tested, 2 differ " in flags(records.study, of_schools(["higher", "lower", ""], 0.01)).text


def test_where_no_school_was_tested_none_is_said_not_to_be_lower() -> None:
    assert "No school was tested" in bright_spots(of_schools(["", ""], np.nan)).text
    assert "by more than chance" in bright_spots(of_schools(["", ""], 0.5)).text


def test_a_scenario_without_a_quarter_is_not_a_scenario_that_gives_nothing_back(records: StudentRecords) -> None:
    columns = {"outcome": "absence", "component": 1, "contrast": 0.001, "days_enrolled": 900.0, "p_adjusted": 0.5}
    effects = pd.DataFrame(columns=["outcome", "component", "difference_low", "school_id"])
    rates = pd.DataFrame({"driver": "grade_level", "level": list("abcd"), **columns, "contrast_std_error": 0.01})
    assert "by chance" not in best_quarter(records, rates.head(3), effects).text
    assert best_quarter(records, rates.head(3), effects).title == "A scenario: too few to have a best quarter"
    assert best_quarter(records, rates, effects).title == "A scenario: nothing to give back that chance could not give"


def test_a_level_that_is_a_number_has_its_group_before_it() -> None:
    """'17 6.5 days' was read as one number."""
    assert level_name("age", "17") == "age 17"
    assert level_name("age", "older") == "older"


def test_what_is_left_of_the_schools_is_not_said_of_all(tmp_path: Path) -> None:
    """B to E have too few chronically absent students to show them: 'no school differs' and 'lowest' are of F and G."""
    absent = {"A": 2, "B": 2, "C": 3, "D": 3, "E": 2, "F": 20, "G": 25}
    rows = "\n".join(
        f"{school}{number} | {school} | 03 | 1 | 40 | {(12 if school == 'F' else 8) if number < few else number % 3}"
        for school, few in absent.items()
        for number in range(60)
    )
    study = days(tmp_path, f"student | school | grade | from | days | absent\n{rows}").study
    of_all = findings.where(study).by_school
    assert of_all.text.startswith("Of 7 schools, ") and "of those shown" not in of_all.title
    partner = Study.load(study.path, audience="partner")
    by_school = findings.where(partner).by_school
    assert by_school.text.startswith("2 of 7 schools are shown; what is said here is of those alone. Of 2 schools, ")
    assert by_school.title.endswith(", of those shown") and "Half of" not in by_school.text
    beside = findings.schools(partner)
    for finding in (findings.drivers(partner).schools, beside.school_effects, beside.flags):
        assert finding.title.endswith(", of those shown") and " of 7 schools are shown; " in finding.text
    assert "of those shown" not in findings.schools(study).flags.title


def test_a_snow_day_among_the_worst_days_is_named() -> None:
    days_told = pd.DataFrame({"date": ["2018-01-05", "2018-02-02", "2018-02-05"]})
    assert of_one_day(days_told, pd.Series([97.0, 2.0, 1.0])) == (
        "Of what is more than expected, 97% is of one day, Fri 5 Jan 2018."
    )
    assert "All of" in of_one_day(days_told, pd.Series([97.0, -2.0, 1.0])) and not of_one_day(
        days_told, pd.Series([4, 4, 3])
    )


def test_hidden_months_and_weekdays_are_neither_named_nor_few(tmp_path: Path) -> None:
    rows = "\n".join(f"A{number} | A | 03 | 1 | 40 | {number % 2}" for number in range(12))
    study = days(tmp_path, f"student | school | grade | from | days | absent\n{rows}").study
    page = findings.season(Study.load(study.path, audience="partner"))
    for finding, unit in ((page.by_month, "month"), (page.by_weekday, "weekday")):
        assert finding.title == f"By {unit}: hidden to protect students" and "missed" not in finding.text


def test_a_change_that_is_written_as_none_neither_rose_nor_fell() -> None:
    row = Row(contrast=0.0004, contrast_low=0.0001, contrast_high=0.0007)
    assert moved(row) == "moved by less than 0.1 points (95% interval 0.0 to +0.1 points)"
    assert (
        moved(Row(contrast=-0.004, contrast_low=-0.006, contrast_high=-0.002), interval=False) == "fell by 0.4 points"
    )
