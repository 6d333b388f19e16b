"""Student-years: what is known of a student decides what can be said; what is not known stays empty."""
# ruff: noqa: E501

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from small_tables import assert_table, cells, put, read, shown, study_of_years, write_study, years

from analysis import Study, engine, findings
from analysis.findings.names import named
from analysis.measures import counted, quality
from analysis.measures.student_tables import absence_by
from analysis.models.estimates import estimate
from analysis.records.types import StudentRecords
from analysis.vocabulary import TIERS

DAYS = ["days_enrolled", "days_absent", "days_unmarked"]


def students(records: StudentRecords, *columns: str) -> list[list[str]]:
    found = engine.execute(
        f"SELECT {', '.join(columns)} FROM read_parquet({engine.quoted(str(records.path))}) ORDER BY student_id, school_id"
    )
    return [[str(value) for value in row] for row in found]


@pytest.mark.parametrize(
    "table",
    [
        "student | school | grade | enrolled | absent\n1 | A | 03 | 180 | 18\n2 | A | 03 | 90 | 8.5",
        "student | school | grade | enrolled | present\n1 | A | 03 | 180 | 162\n2 | A | 03 | 90 | 81.5",
        "student | school | grade | absent | present\n1 | A | 03 | 18 | 162\n2 | A | 03 | 8.5 | 81.5",
        "student | school | grade | enrolled | rate\n1 | A | 03 | 180 | 0.1\n2 | A | 03 | 90 | 0.094444444444",
        "student | school | grade | enrolled | attendance\n1 | A | 03 | 180 | 0.9\n2 | A | 03 | 90 | 0.905555555556",
    ],
)  # fmt: skip
def test_days_from_any_two_numbers(tmp_path: Path, table: str) -> None:
    records = years(tmp_path, table)
    assert (records.measure, records.outcome, records.dated, records.marked) == ("days", "chronic", False, False)
    assert students(records, "days_enrolled", "days_absent", "date") == [["180000", "18000", ""], ["90000", "8500", ""]]
    total = absence_by(records, "grade_level").query("level_type == 'total'")
    assert_table(
        total,
        """
        students | students_counted | days_enrolled | days_absent | days_unmarked | chronically_absent | chronic_rate
        2        | 2                | 270           | 26.5        | .             | 1                  | 0.5
        """,
    )


def test_rates_are_compared_as_decimals_and_students_weigh_the_same(tmp_path: Path) -> None:
    """18 of 180 days is written 9.999999999999998 by a program that counts in binary; it is 10 percent."""
    records = years(
        tmp_path,
        "student | school | grade | rate\n1 | A | 03 | 9.999999999999998\n2 | A | 03 | 9.444444444444445\n3 | A | 04 | 20\n4 | A | 04 | 0.0",
        "  rates_are: percent\n",
    )
    assert (records.measure, records.outcome) == ("rate", "chronic")
    table = absence_by(records, "grade_level")
    assert_table(
        table[table["level_type"] != "band"],
        """
        grade_level | students | students_counted | absence_rate | chronically_absent | severe_chronic
        03          | 2        | 2                | 0.097222     | 1                  | 0
        04          | 2        | 2                | 0.1          | 1                  | 1
        K-12        | 4        | 4                | 0.098611     | 2                  | 1
        """,
    )
    assert table[DAYS].isna().all(axis=None), "the days of a rate only stand for it"


def test_a_minimum_of_days_is_not_asked_of_rates(tmp_path: Path) -> None:
    rest = "definitions: {minimum_days: {days: 90}}\n"
    records = years(tmp_path, "student | school | attendance\n1 | A | 0.9\n2 | A | 0.95", rest=rest)
    total = absence_by(records, "grade_level").query("level_type == 'total'")
    assert_table(total, "students | students_counted | chronically_absent\n2 | 2 | 1")


ABSENT = "student | school | grade | absent\n1 | A | 03 | 15\n2 | A | 03 | 14.5\n3 | B | 04 | 0\n4 | B | 04 | 30"


def test_days_absent_alone_have_no_rate(tmp_path: Path) -> None:
    records = years(tmp_path, ABSENT)
    assert (records.measure, records.outcome) == ("absent_only", "days")
    table = absence_by(records, "school_id")
    assert_table(table, "school_id | students | days_absent\nA | 2 | 29.5\nB | 2 | 30\nall | 4 | 59.5")
    empty = [
        "days_enrolled",
        "days_unmarked",
        "absence_rate",
        "rate_low",
        "students_counted",
        "chronically_absent",
        "chronic_rate",
        *TIERS,
    ]
    assert table[empty].isna().all(axis=None)
    missed = counted.missed_days(records)
    assert_table(
        missed,
        "grade_level | school_id | month | days_absent | chronically_absent\n03 | A |  | 29.5 | .\n04 | B |  | 30 | .",
    )


def test_days_absent_alone_by_a_rule_of_days(tmp_path: Path) -> None:
    rest = "definitions: {chronic: {at_least: 15, of: days}}\n"
    records = years(tmp_path, ABSENT, rest=rest)
    assert (records.measure, records.outcome) == ("absent_only", "chronic")
    assert_table(
        absence_by(records, "grade_level").query("level_type == 'total'"),
        "students | students_counted | chronically_absent | chronic_rate | severe_chronic\n4 | 4 | 2 | 0.5 | .",
    )
    assert_table(
        counted.near_threshold(records).query("level_type == 'total'"),
        "students_counted | just_below | just_above\n4 | 1 | 1",
    )
    assert shown(quality.other_definitions(records), "definition", "chronically_absent") == [
        ["this study: absent 15 days or more", "2"]
    ]


@pytest.mark.parametrize(
    ("table", "definitions"),
    [
        ("student | school | enrolled | absent\n1 | A | 100 | 12", 7),
        ("student | school | rate\n1 | A | 0.12", 1),
    ],
)  # fmt: skip
def test_only_rules_that_can_be_tried_are_tried(tmp_path: Path, table: str, definitions: int) -> None:
    assert len(quality.other_definitions(years(tmp_path, table))) == definitions - (definitions > 1)


def test_codes_for_unknown_become_the_unknown_level(tmp_path: Path) -> None:
    records = years(
        tmp_path,
        "student | school | enrolled | absent | lunch\n1 | A | 180 | 0 | 1\n2 | A | 180 | 0 | 9\n3 | A | 180 | 0 |\n4 | A | 180 | 0 | 2",
        '  groups: [lunch]\n  values: {lunch: {"1": free, "2": reduced, "9": ""}}\n',
    )
    assert_table(absence_by(records, "lunch"), "lunch | students\nfree | 1\nreduced | 1\nunknown | 2\nall | 4")


def test_a_student_of_two_schools_has_one_year_the_grade_and_group_of_most_days(tmp_path: Path) -> None:
    records = years(
        tmp_path,
        "student | school | grade | enrolled | absent | lunch\n1 | A | 03 | 60 | 12 | paid\n1 | B | 04 | 120 | 0 | free",
        "  groups: [lunch]\n",
    )
    assert_table(
        absence_by(records, "grade_level").query("level_type == 'level'"),
        "grade_level | students | days_enrolled | chronically_absent\n04 | 1 | 180 | 0",
    )
    assert_table(
        absence_by(records, "school_id"), "school_id | students | chronically_absent\nA | 1 | 1\nB | 1 | 0\nall | 1 | 0"
    )
    assert_table(absence_by(records, "lunch"), "lunch | students\nfree | 1\nall | 1")


def test_students_are_followed_over_years(tmp_path: Path) -> None:
    rows = "".join(
        f"{n} | A | 2016-17 | 100 | {20 if n < 4 else 0}\n{n} | A | 2017-18 | 100 | {20 if n in (0, 1, 9) else 0}\n"
        for n in range(10)
    )
    records = years(tmp_path, f"student | school | year | enrolled | absent\n{rows}")
    assert records.years == ("2016-17", "2017-18")
    assert_table(
        counted.persistence(records),
        "school_year | level | students_counted | chronically_absent\n2017-18 | chronic | 4 | 2\n2017-18 | not chronic | 6 | 1",
    )
    assert "50.0% were so again" in findings.where(records.study).persistence.text


def test_years_of_several_files(tmp_path: Path) -> None:
    for year, absent in (("2016-17", 3), ("2017-18", 30)):
        put(tmp_path, f"years_{year}.csv", f"student,school,enrolled,absent\n1,A,180,{absent}\n")
    header = ["student", "school", "enrolled", "absent"]
    study = write_study(tmp_path, header, files="{path: 'years_{school_year}.csv'}", kind="student_years")
    assert shown(absence_by(read(study), "school_id"), "school_year", "school_id", "days_absent") == [
        ["2016-17", "A", "3"], ["2016-17", "all", "3"], ["2017-18", "A", "30"], ["2017-18", "all", "30"],
    ]  # fmt: skip


def test_without_ids_a_row_is_a_student_and_that_is_said(tmp_path: Path) -> None:
    records = years(tmp_path, "school | enrolled | absent\nA | 180 | 1\nA | 180 | 1\nA | 180 | 30")
    assert_table(absence_by(records, "school_id"), "school_id | students | chronically_absent\nA | 3 | 1\nall | 3 | 1")
    (problem,) = records.problems
    assert problem.severity == "noted" and problem.seen == "no student_id is mapped"
    page = findings.records(records.study)
    assert "every row counts as a student of its own" in page.flow.text.lower()


def test_schools_have_the_names_of_their_rows_and_one_name_of_two_is_told_apart(tmp_path: Path) -> None:
    records = years(
        tmp_path,
        "student | school | name | absent\n1 | A | Lincoln | 1\n2 | B | Lincoln | 2\n3 | C | Adams | 2\n4 | D | | 0\n5 | A | Old name | 0",
    )
    assert records.schools["school_name"].tolist() == ["Lincoln (A)", "Lincoln (B)", "Adams", "D"]


def drawn(kind: str, seed: int = 3) -> str:
    """Draw 400 students of two schools and two grades; one in ten is at both schools."""
    random = np.random.default_rng(seed)
    rows = []
    for student in range(400):
        grade, school = f"0{3 + student % 2}", "AB"[(student // 2) % 2]
        rate = 1 / (1 + np.exp(2.4 - 0.5 * (school == "B") - 0.9 * random.standard_normal()))
        absent = random.binomial(180, rate)
        for place in (school, "AB"[school == "A"])[: 1 + (student % 10 == 0)]:
            number = {"days": f"180 | {absent}", "rate": f"{absent / 180}", "absent": f"{absent}"}[kind]
            rows.append(f"{student} | {place} | {grade} | {number}")
    header = {"days": "enrolled | absent", "rate": "rate", "absent": "absent"}[kind]
    return f"student | school | grade | {header}\n" + "\n".join(rows)


def frame_of(text: str) -> pd.DataFrame:
    header, *rows = cells(text)
    return pd.DataFrame(rows, columns=header)


def dummies(table: pd.DataFrame) -> np.ndarray:
    return np.column_stack([np.ones(len(table)), table["grade"] == "04", table["school"] == "B"]).astype(float)


def test_the_model_of_rates_is_a_fractional_logit_with_one_weight_a_student(tmp_path: Path) -> None:
    text = drawn("rate")
    table = frame_of(text)
    fit = sm.GLM(table["rate"].astype(float), dummies(table), family=sm.families.Binomial())
    theirs = fit.fit(
        tol=1e-12,
        cov_type="cluster",
        cov_kwds={"groups": table["student"].astype(int).to_numpy(), "use_correction": False},
    )
    groups = table["student"].nunique()
    estimates = estimate(years(tmp_path, text))
    ours = estimates.coefficients.query("outcome == 'absence'")
    assert np.allclose(ours["estimate"], theirs.params, rtol=1e-5)
    assert np.allclose(ours["std_error"], theirs.bse * np.sqrt(groups / (groups - 1)), rtol=1e-5)
    rates = estimates.adjusted_rates
    assert rates.loc[rates["outcome"] == "absence", "days_enrolled"].isna().all()
    assert rates.loc[rates["outcome"] == "chronic", "days_enrolled"].notna().all(), "students, not days"
    assert not estimates.robustness["specification"].str.contains("absence: plain|unmarked").any()
    assert not estimates.model_checks["check"].str.startswith("absence: dispersion").any()


def test_days_of_a_year_are_the_binomial_model_of_days_without_the_season(tmp_path: Path) -> None:
    text = drawn("days")
    table = frame_of(text)
    absent, enrolled = table["absent"].astype(float), table["enrolled"].astype(float)
    fit = sm.GLM(np.column_stack([absent, enrolled - absent]), dummies(table), family=sm.families.Binomial())
    estimates = estimate(years(tmp_path, text))
    assert estimates.drivers == ("grade_level", "school_id")
    assert np.allclose(
        estimates.coefficients.query("outcome == 'absence'")["estimate"], fit.fit(tol=1e-12).params, rtol=1e-7
    )
    assert estimates.by_date.empty and not estimates.robustness["specification"].str.contains("unmarked").any()
    page = findings.season(read(study_of_years(tmp_path, text, name="again")).study)
    assert page.by_month.text == "These records have no dates, so they cannot say when."
    said = [finding.title for finding in page.findings()[1:] if finding.title]
    assert said == ["Reasons: not in these records"]


def test_days_absent_are_a_negative_binomial_model_clustered_by_student(tmp_path: Path) -> None:
    text = drawn("absent")
    table = frame_of(text)
    X, y = dummies(table), table["absent"].astype(float).to_numpy()
    theirs = sm.NegativeBinomial(y, X).fit(method="newton", maxiter=100, disp=0)
    estimates = estimate(years(tmp_path, text))
    ours = estimates.coefficients.query("outcome == 'days'")
    assert np.allclose(ours["estimate"], theirs.params[:-1], rtol=1e-6)
    alpha = theirs.params[-1]
    assert estimates.model_checks.set_index("check").loc["days: alpha", "value"] == pytest.approx(alpha, rel=1e-6)
    mean = np.exp(X @ theirs.params[:-1])
    bread = np.linalg.inv(X.T @ (X * (mean / (1 + alpha * mean))[:, None]))
    scores = pd.DataFrame(X * ((y - mean) / (1 + alpha * mean))[:, None]).groupby(table["student"]).sum().to_numpy()
    groups = len(scores)
    errors = np.sqrt(np.diag(bread @ scores.T @ scores @ bread) * groups / (groups - 1))
    assert np.allclose(ours["std_error"], errors, rtol=1e-5)
    rates = estimates.adjusted_rates
    assert set(rates["outcome"]) == {"days"} and rates["days_enrolled"].isna().all()
    assert (rates["rate_low"] < rates["adjusted_rate"]).all() and (rates["adjusted_rate"] < rates["rate_high"]).all()
    assert estimates.importance.empty and estimates.school_effects.empty and estimates.robustness.empty


def test_with_one_grade_and_one_school_there_is_nothing_to_compare(tmp_path: Path) -> None:
    one = "student | school | grade | enrolled | absent\n" + "\n".join(f"{n} | A | 03 | 180 | {n}" for n in range(30))
    assert (
        estimate(years(tmp_path, one)).refused
        == "These records have one grade and one school: there is nothing to compare."
    )
    alone = "student | school | absent\n" + "\n".join(f"{n} | A | {n}" for n in range(30))
    assert "no group with several levels" in estimate(years(tmp_path, alone, name="alone")).refused


def pages(study: Study) -> dict[str, str]:
    made = {
        name: getattr(findings, name)(study) for name in ("records", "where", "drivers", "season", "schools", "checks")
    }
    return {
        name: " ".join(f"{one.title}. {one.text}" for one in page.findings() if one.title)
        for name, page in made.items()
    }


@pytest.mark.parametrize("kind", ["days", "rate", "absent"])
def test_every_page_says_only_what_is_known(tmp_path: Path, kind: str) -> None:
    study = study_of_years(tmp_path, drawn(kind))
    said = pages(study)
    whole = " ".join(said.values())
    words = {word.strip(".,;:()%") for word in whole.split()}
    assert not words & {"nan", "None", "–", "January"}
    assert "cannot say when" in said["season"]
    if kind == "days":
        assert "within two days" in said["where"] and "times narrower" in said["checks"]
    if kind == "rate":
        assert "two days of the line, and how short stays go with chronic absence, cannot be told" in said["where"]
        assert "average over students, each counted once" in said["where"] and "fractional logit" in said["drivers"]
    if kind == "absent":
        assert (
            "chronic rate" not in whole and "points" not in said["drivers"] and "days absent a student" in said["where"]
        )
        assert "by a number of days they could" in said["records"] and "negative binomial" in said["drivers"]
    assert [slot.title for slot in findings.brief(study).slots()].count("") == 0


def test_a_partner_is_not_told_where_nobody_is_chronically_absent(tmp_path: Path) -> None:
    """School Q has no chronic student: its absence from a table, or a coefficient, would tell."""
    quiet = "\n".join(f"q{n} | Q | 03 | 0.01" for n in range(40))
    study = study_of_years(tmp_path, f"{drawn('rate')}\n{quiet}", rest="")
    partner = Study.load(study.path, audience="partner")
    page = findings.drivers(partner)
    tables = {finding.name: finding.table for finding in page.findings() if finding.table is not None}
    chronic = tables["adjusted_rates"].query("outcome == 'chronic' and driver == 'school_id' and level == 'Q'")
    assert shown(chronic, "students", "observed_rate", "adjusted_rate", "hidden") == [["40", ".", ".", "minimum"]]
    order = tables["adjusted_rates"].query("outcome == 'chronic' and driver == 'school_id'")["level"]
    assert order.is_monotonic_increasing  # at the end it would be known by its place
    assert "Q" not in set(tables["not_separable"]["level"]) and "1 level" not in page.not_separable.text
    assert "not listed for this audience" in page.not_separable.text
    told = tables["coefficients"].query(
        "outcome == 'chronic' and (term.str.startswith('school_id') or term == '(Intercept)')"
    )
    assert told.empty and "school" in page.coefficients.note
    tests = tables["joint_tests"].query("outcome == 'chronic'").set_index("driver")
    assert tests.loc[["school_id", "grade_level:school_id"], ["df", "statistic"]].isna().all(axis=None)
    assert tests["p_value"].isna().tolist() == [False, False, True], "hidden schools are one that has somebody"
    internal = findings.drivers(study)
    own = {finding.name: finding.table for finding in internal.findings() if finding.table is not None}
    assert "Q" in set(own["not_separable"]["level"]) and own["coefficients"]["estimate"].notna().all()


def test_a_level_of_a_group_that_is_written_as_a_school_keeps_its_own_name(tmp_path: Path) -> None:
    """Groups are often 0 and 1, and so are ids of schools; page 03 named such a level as the school."""
    records = years(tmp_path, "student | school | grade | enrolled | absent\n1 | 1 | 03 | 180 | 18")
    records = replace(records, schools=records.schools.assign(school_name="First School"))
    levels = pd.DataFrame({"driver": ["school_id", "english_learner"], "level": ["1", "1"]})
    assert list(named(levels, records)["label"]) == ["First School", "1"]


def test_a_year_of_other_days_is_neither_the_highest_nor_the_lowest(tmp_path: Path) -> None:
    rows = "".join(
        f"{n} | A | {year} | {enrolled} | {enrolled // 5 if n < chronic else 0}\n"
        for year, enrolled, chronic in (
            ("2016-17", 180, 4), ("2017-18", 175, 6), ("2018-19", 180, 5), ("2019-20", 110, 1)
        )
        for n in range(10)
    )  # fmt: skip
    years_told = findings.where(
        years(tmp_path, f"student | school | year | enrolled | absent\n{rows}").study
    ).over_years
    assert "Of the other 3 years it was lowest in 2016-17 (40.0%) and highest in 2017-18 (60.0%)." in years_told.text
    assert "A student was enrolled for another number of days in 2019-20: not comparable." in years_told.text
    assert years_told.title == "Chronic absence went from 40.0% in 2016-17 to 50.0% in 2018-19"
    drawn = years_told.figure.svg
    assert (
        "Another number of days: not comparable" in drawn and "<title>2019-20: 10.0%, not comparable</title>" in drawn
    )


def test_two_years_of_other_days_are_not_compared(tmp_path: Path) -> None:
    rows = "".join(
        f"{n} | A | {year} | {100 + 80 * (year < '2017')} | 20\n" for year in ("2016-17", "2017-18") for n in "abc"
    )
    years_told = findings.where(
        years(tmp_path, f"student | school | year | enrolled | absent\n{rows}").study
    ).over_years
    assert years_told.title == "Years: nothing to compare" and "not comparable" in years_told.text
