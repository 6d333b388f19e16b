"""All tables of a report together give no small count away, and a certificate proves it without a solver."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from dated_report import BLOCK, DATES
from figures import report
from report_attack import Attack, attack, subtracted
from whole_report import drawn, published

from analysis import findings
from analysis.disclosure.certificate import bare_counts, problems_of
from analysis.disclosure.counts import room
from analysis.disclosure.equations import equations
from analysis.disclosure.groups import DAYS, RULE
from analysis.disclosure.known import ABSENT, CHRONIC, MOST_OF, Cell, Equations
from analysis.disclosure.marks import with_marks
from analysis.disclosure.parts import OWN, lines_of_rules, minimums
from analysis.disclosure.together import _counted
from analysis.findings import gated as gates
from analysis.measures.counted import ENROLLED_BANDS, WAS, WAS_NOT
from analysis.study import Study

EXAMPLE = Study.load(Path(__file__).parents[2] / "studies" / "example.yaml")
MINIMUM = EXAMPLE.disclosure.minimum
PROMISED = 1
"""No small count is found out; most could be six numbers in a row (docs/disclosure.md)."""


def attacked(seed: int, *, together: bool = True) -> tuple[Equations, Attack, dict[str, pd.DataFrame]]:
    exact, levels = drawn(seed)
    tables = published(EXAMPLE, exact, levels, together=together)
    known = equations(EXAMPLE, tables, levels)
    return known, attack(known, room(MINIMUM)), tables


def small(known: Equations) -> list[Cell]:
    return [cell for cell, mark in known.hidden.items() if mark == "minimum"]


@pytest.mark.parametrize("first", range(0, 10, 5))
def test_no_small_count_of_a_report_is_found_out(first: int) -> None:
    for seed in range(first, first + 5):
        known, found, tables = attacked(seed)
        widths = [found.widths[cell] for cell in small(known)]
        assert min(widths, default=PROMISED) >= PROMISED, seed
        assert np.mean([width < room(MINIMUM) for width in widths] or [0]) < 0.05, seed
        assert subtracted(known, found, MINIMUM) == [], seed
        assert problems_of(known, found.completions, PROMISED) == []
        assert not any(len(bare_counts(table, MINIMUM)) for table in tables.values()), seed
        report("tables attacked", len(tables))
        report("small counts hidden in them", len(widths))
        report("small counts found out", sum(not width for width in widths))


@pytest.mark.parametrize("seed", range(4))
def test_what_is_published_says_nothing_wrong(seed: int) -> None:
    """Every sum and bound that the attack starts from holds for the exact counts."""
    exact, levels = drawn(seed)
    known = equations(EXAMPLE, published(EXAMPLE, exact, levels), levels)
    true = equations(EXAMPLE, {name: table.assign(hidden="") for name, table in exact.items()}, levels)
    told = {cell: true.bounds[place][0] for cell, place in true.cells.items() if np.ptp(true.bounds[place]) == 0}
    for cell in (one for one in known.cells if one[1] == MOST_OF):
        told[cell] = told[cell[0], ABSENT if cell[0] == "then" else CHRONIC, *cell[2:]] >= MINIMUM
    looked = [(known.bounds[known.cells[cell]], value) for cell, value in told.items() if cell in known.cells]
    assert len(looked) > 50 and all(low <= value <= high for (low, high), value in looked)
    names = list(known.cells)
    for signs, least, most in known.sums:
        if all(names[place] in told for place in signs):
            assert least - 1e-6 <= sum(sign * told[names[place]] for place, sign in signs.items()) <= most + 1e-6


def test_tables_gated_each_for_itself_are_undone_together() -> None:
    """The attack is worth something: it finds what gating each table for itself leaves."""

    undone: Counter[str] = Counter()
    for seed in (1, 2, 3):
        known, found, _ = attacked(seed, together=False)
        cells = [cell for cell in small(known) if found.widths[cell] < PROMISED]
        undone.update(cell[1] for cell in (*cells, *subtracted(known, found, MINIMUM)))
    assert undone["chronically_absent"] and undone["students_counted"]


def test_a_date_is_not_what_its_month_leaves() -> None:
    """Gated by itself, a date of September and one of November are hidden: each is what its month leaves."""
    days = pd.DataFrame([(school, date) for school in ("S00", "S01") for date in DATES], columns=["school_id", "date"])
    students = np.where(days["date"] > "2017-11", 90, 100)
    days = days.assign(**BLOCK, level_type="level", students=students, days_absent=20.0)
    days.loc[days["date"] == DATES[0], "days_absent"] = 5.0
    days["absence_rate"] = days["days_absent"] / days["students"]
    months = days.assign(month=days["date"].str[:7]).groupby(["school_id", "month"], as_index=False)["students"].max()
    exact = {"school_days": days, "school_months": months.assign(**BLOCK, level_type="level")}
    within = {"school_level": pd.Series({"S00": "high", "S01": "high"})}
    found = []
    for together in (False, True):
        table = published(EXAMPLE, exact, within, together=together)["school_days"]
        found.append(table["days_absent"].isna().groupby([table["school_id"], table["date"].str[:7]]).sum())
    alone, beside = found
    assert alone.loc["S00"].tolist() == [1, 0, 1]
    assert (beside != 1).all() and beside["S00", "2017-09"] > 1


def gated(exact: dict[str, pd.DataFrame], within: dict[str, "pd.Series[str]"]) -> dict[str, pd.DataFrame]:
    """Gate tables together."""
    named = {name: BLOCK | {key: table[key] for key in BLOCK if key in table} for name, table in exact.items()}
    return published(EXAMPLE, {name: table.assign(**named[name]) for name, table in exact.items()}, within)


def attacked_together(exact: dict[str, pd.DataFrame], schools: Iterable[str] = ()) -> tuple[Equations, Attack]:
    """Gate tables together and attack them."""
    within = {"school_level": pd.Series(dict.fromkeys(schools, "high"), dtype=object)}
    known = equations(EXAMPLE, gated(exact, within), within)
    return known, attack(known, room(MINIMUM))


def found_in(exact: dict[str, pd.DataFrame], schools: Iterable[str] = ()) -> dict[Cell, tuple[float, float]]:
    """Gate tables together and attack them: between what each hidden count was found to lie."""
    return attacked_together(exact, schools)[1].bounds


def told_by(exact: dict[str, pd.DataFrame]) -> list[Cell]:
    """Gate tables together and attack them: counts that no table has, and that are told nonetheless."""
    return subtracted(*attacked_together(exact), MINIMUM)


def counts(level_type: str, names: dict[str, list[str]], students: list[int], chronic: list[int]) -> pd.DataFrame:
    """Make a table of students counted and chronic."""
    table = pd.DataFrame(names).assign(students_counted=students, chronically_absent=chronic, level_type=level_type)
    return table.assign(chronic_rate=table["chronically_absent"] / table["students_counted"])


def two_years(students: int, chronic: int, followed: list[int]) -> dict[str, pd.DataFrame]:
    """Make a year, and the next one with those followed into it: who was chronic, and who was not."""
    years = counts("level", {"school_year": ["2016-17", "2017-18"]}, [students, 200], [chronic, 100])
    again = counts("level", {"level": [WAS, WAS_NOT]}, followed, [one // 2 for one in followed])
    return {"absence_by_district": years.assign(students=years["students_counted"]), "persistence": again}


@pytest.mark.parametrize(("students", "chronic"), [(38, 10), (34, 11), (60, 14), (24, 12)])
def test_few_who_left_are_not_what_those_leave_of_whom_a_mark_says_that_they_are_not_few(
    students: int, chronic: int
) -> None:
    """Nobody who was chronic left, or one: those followed are hidden, and by their mark ten or more of the few."""
    assert told_by(two_years(students, chronic, [10, students - 13])) == []


@pytest.mark.parametrize(
    ("students", "chronic", "followed", "shown"),
    [(60, 15, [12, 40], False), (25, 15, [10, 10], False), (90, 30, [18, 42], True)],
)
def test_a_year_that_leaves_few_room_enough_is_shown_and_those_followed_where_many_left(
    students: int, chronic: int, followed: list[int], shown: bool
) -> None:
    tables = gated(two_years(students, chronic, followed), {"school_level": pd.Series(dtype=object)})
    years = tables["absence_by_district"]
    assert years["students"].tolist() == [students, 200] and years["chronically_absent"].tolist() == [chronic, 100]
    assert (tables["persistence"]["students_counted"].notna() == shown).all()


def test_no_rule_is_shown_where_the_own_count_is_hidden() -> None:
    """Fourteen students by any rule; the own count is hidden, by its mark ten or more, and so are the other rules."""
    rules = [OWN, *(rule for rule in minimums(EXAMPLE) if rule != OWN)]
    own = counts("level", {"district_id": ["EX"]}, [14], [10]).assign(students=14)
    exact = {
        "absence_by_district": own,
        "definitions": counts("total", {"definition": rules}, [14, 14, 13, 13, 12], [10, 10, 9, 9, 8]),
        "chronic_by_days_enrolled": counts("level", {"level": ["10-44", "45-89", "90+"]}, [1, 1, 12], [1, 1, 8]),
    }
    assert told_by(exact) == []


def test_a_hidden_total_tells_what_its_parts_do() -> None:
    """Ten of those enrolled long never moved, by their mark; so of twelve in all two at most were there for short."""
    days, rules = ["10-44", "45-89", "90+"], [OWN, *(rule for rule in minimums(EXAMPLE) if rule != OWN)]
    moves = {"level": days * 2, "schools": ["one school"] * 3 + ["two schools or more"] * 3}
    exact = {
        "absence_by_district": counts("level", {"district_id": ["EX"]}, [544], [12]).assign(students=547),
        "definitions": counts("total", {"definition": rules}, [544, 547, 534, 524, 500], [12] * 5),
        "chronic_by_days_enrolled": counts("level", {"level": days}, [20, 24, 500], [0, 0, 12]),
        "chronic_by_moves": counts("level", moves, [15, 22, 432, 5, 2, 68], [0, 0, 10, 0, 0, 2]),
    }
    assert told_by(exact) == []


def test_a_school_of_a_month_is_not_what_few_who_left_leave() -> None:
    """One student in all is gone in October, so a school of 10 has 9 or 10 then, and its mark says under 10."""
    month = pd.DataFrame(
        [(school, month, number) for school, september, october in (("A", 8, 8), ("B", 10, 9), ("C", 19, 19))
         for month, number in (("2017-09", september), ("2017-10", october))],
        columns=["school_id", "month", "students"],
    ).assign(level_type="level")  # fmt: skip
    total = pd.DataFrame({"school_id": ["all"], "students": [37], "level_type": ["total"]})
    year = month[month["month"] == "2017-09"].drop(columns="month")
    exact = {
        "absence_by_school": pd.concat([year, total], ignore_index=True),
        "school_months": month,
        "absence_by_month": month.groupby(["month", "level_type"], as_index=False)["students"].sum(),
    }
    ((low, high),) = [ends for cell, ends in found_in(exact, "ABC").items() if {"B", "2017-10"} <= set(cell)]
    assert high - low >= room(MINIMUM)


def schools_and_mean(chronic: int) -> dict[str, pd.DataFrame]:
    """Make three schools, the first of them with so many chronic students, their sum and the mean of their rates."""
    schools = counts("level", {"school_id": ["A", "B", "C"]}, [60, 200, 300], [chronic, 20, 60])
    total = counts("total", {"school_id": ["all"]}, [560], [80 + chronic])
    both = pd.concat([schools, total], ignore_index=True)
    mean = {
        "outcome": ["chronic"], "driver": ["school_level"], "level": ["high"], "schools": [3],
        "observed_rate": [schools["chronic_rate"].mean()], "students": [560], "level_type": ["level"],
    }  # fmt: skip
    return {"absence_by_school": both.assign(students=both["students_counted"]), "between_schools": pd.DataFrame(mean)}


def test_a_mean_of_schools_is_one_more_sum_of_them() -> None:
    """A has 5 chronic students and B is hidden beside it; their sum is told, and so was the mean of their rates."""
    found = found_in(schools_and_mean(5), "ABC")
    ((low, high),) = [ends for cell, ends in found.items() if cell[:2] == ("stay", CHRONIC) and "A" in cell]
    assert high - low >= room(MINIMUM)


@pytest.mark.parametrize(("chronic", "mark"), [(5, "complement"), (15, "")])
def test_a_mean_of_schools_is_hidden_where_one_of_them_is(chronic: int, mark: str) -> None:
    within = {"school_level": pd.Series(dict.fromkeys("ABC", "high"))}
    assert gated(schools_and_mean(chronic), within)["between_schools"]["hidden"].tolist() == [mark]


@pytest.mark.parametrize(("small", "mark"), [(4, "complement"), (30, "")])
def test_students_of_the_flow_are_hidden_where_a_grade_is_that_totals_leave_out(small: int, mark: str) -> None:
    grades = pd.DataFrame({"grade_level": ["PK", "KG", "01", "02"], "students": [small, 40, 50, 60]})
    flow = pd.DataFrame({"step": ["used", "apart"], "reason": ["", "PK"], "rows": 9000, "students": [150, 150 + small]})
    exact = {"absence_by_grade": grades.assign(level_type="level"), "records_flow": flow.assign(level_type="level")}
    shown = gated(exact, {"school_level": pd.Series(dtype=object)})["records_flow"]
    assert shown["hidden"].tolist() == [mark] * 2 and (shown["students"].isna() == bool(mark)).all()


def test_a_report_without_days_enrolled_is_gated_too() -> None:
    """Of rates alone nobody knows how long a student was enrolled, and rules are compared nonetheless."""
    exact, within = drawn(2)
    rest = {name: table for name, table in exact.items() if not name.startswith("chronic_by_")}
    shown = published(EXAMPLE, rest, within)["definitions"]
    assert shown["students_counted"].notna().iloc[0] and (shown["hidden"] != "").any()


def test_a_certificate_that_is_touched_does_not_hold() -> None:
    known, found, _ = attacked(1)
    assert problems_of(known, found.completions[:, :-1], PROMISED)
    cell = known.cells[small(known)[0]]
    for change in (1, 0.5, -1e6):
        touched = found.completions.copy()
        touched[0, cell] += change
        assert problems_of(known, touched, PROMISED)
    assert problems_of(known, found.completions[:1], PROMISED), "one set of numbers moves nothing"


def test_no_table_of_a_report_shows_a_small_count(district: Study, tmp_path: Path) -> None:
    assert shown_by(district, tmp_path) == {}


def test_a_finding_made_around_the_gate_is_caught(
    district: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "gate", lambda study, name, table, *args, **named: with_marks(table))
    assert {"absence_by_grade", "missed_days", "absence_by_race_ethnicity"} <= set(shown_by(district, tmp_path))


def shown_by(district: Study, folder: Path) -> dict[str, pd.DataFrame]:
    """Give the rows with small counts of what a page writes for partners, as its reader has them."""
    study = replace(district, settings=district.settings.model_copy(update={"audience": "partner"}))
    findings.where(study).save(folder)
    written = {path.stem: pd.read_csv(path) for path in sorted((folder / "tables").glob("*.csv"))}
    assert len(written) > 8
    found = {name: bare_counts(table, MINIMUM) for name, table in written.items()}
    return {name: rows for name, rows in found.items() if len(rows)}


@pytest.mark.parametrize("days", [1, 5, 10, 45, 60, 90])
def test_rules_and_bands_of_days_add_up_whatever_the_own_minimum(days: int) -> None:
    """Whom a rule counts are those whom a stricter one counts, and a band: by the study's own rule, too."""
    own = EXAMPLE.settings.definitions
    changed = own.model_copy(update={"minimum_days": own.minimum_days.model_copy(update={"days": days})})
    study = replace(EXAMPLE, settings=EXAMPLE.settings.model_copy(update={"definitions": changed}))
    enrolled = np.arange(1, 181)
    counts = {("", rule): int((enrolled >= least).sum()) for rule, least in minimums(study).items() if rule != OWN}
    counts["", ""] = int((enrolled >= days).sum())
    for name, low, high in ENROLLED_BANDS:
        if high >= days:
            counts[name, ""] = int(((enrolled >= max(low, days)) & (enrolled <= high)).sum())
    for first in range(len(counts)):  # any of them may be the first row
        names = [*list(counts)[first:], *list(counts)[:first]]
        groups = pd.DataFrame(names, columns=[DAYS, RULE]).assign(school_year="2017-18", district_id="EX")
        (lines,) = lines_of_rules(study, groups)
        value = np.array([counts[name] for name in names])
        sums = [value[lines.code == line].sum() for line in range(len(lines.parent))]
        assert sums == value[lines.parent].tolist() and len(sums) == sum(high >= days for _, _, high in ENROLLED_BANDS)


def test_schools_count_stays_and_their_total_counts_students_once() -> None:
    """Two students were at both schools; a grade at a school counts stays too, and missed days count each once."""
    schools = pd.DataFrame({"school_id": ["A", "B", "all"], "students": [12, 30, 40]})
    grades = pd.DataFrame({"school_id": ["A", "B"], "grade_level": "01", "students": [12, 30], "level_type": "level"})
    missed = grades.rename(columns={"students": "students_counted"}).assign(students_counted=[11, 29], month="2017-09")
    exact = {
        "absence_by_school": schools.assign(level_type=["level", "level", "total"]),
        "absence_by_school_and_grade": grades,
        "missed_days": missed.assign(students=[11, 28]),
        "absence_by_grade": pd.DataFrame({"grade_level": ["01"], "students": [40], "level_type": ["level"]}),
    }
    exact = {name: table.assign(**BLOCK) for name, table in exact.items()}
    counted = _counted(EXAMPLE, exact, {"school_level": pd.Series({"A": "high", "B": "high"})})
    keys = ["school_id", "grade_level", "month", "school_level"]
    columns = ["stay:students", "once:students", "once:students_counted", "then:students"]
    found = {tuple(row[keys]): row[columns].fillna(0).astype(int).tolist() for _, row in counted.iterrows()}
    assert found == {
        ("A", "", "", ""): [12, 0, 0, 12], ("B", "", "", ""): [30, 0, 0, 30], ("", "", "", ""): [0, 40, 0, 40],
        ("", "", "", "high"): [42, 0, 0, 42], ("", "01", "", ""): [42, 40, 0, 42],
        ("A", "01", "", ""): [12, 0, 11, 12], ("B", "01", "", ""): [30, 0, 29, 30],
        ("A", "01", "2017-09", ""): [0, 0, 0, 11], ("B", "01", "2017-09", ""): [0, 0, 0, 28],
    }  # fmt: skip
