"""New York's daily attendance 2015-16: R's fractional logit, and the figures of data/PROVENANCE.md and QUESTIONS.md."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from known_data import REFERENCE, agree, frame, value

from analysis.measures import school_days as measures
from analysis.models.absorbed import Rows, fit_absorbed
from analysis.models.design import design
from analysis.models.sandwich import cluster_sums
from analysis.models.school_days import SchoolDaysModel, adjusted_rates, fit_school_days, spread
from analysis.records.school_days import read_school_days
from analysis.records.types import SchoolDays
from analysis.study import Study

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
FILE = DATA / "nyc_daily_2015-16.csv.gz"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"{FILE} is not on this machine")
needs_r = pytest.mark.skipif(not REFERENCE.exists(), reason=f"{REFERENCE} is not on this machine")

RESULTS = "10_new_york"
MONTHS = ("2015-09", "2015-10", "2015-11", "2015-12", "2016-01", "2016-02", "2016-03", "2016-04", "2016-05", "2016-06")


@cache
def records() -> SchoolDays:
    return read_school_days(Study.load(ROOT / "studies" / "nyc-daily.yaml", data=DATA))


@cache
def fitted() -> SchoolDaysModel:
    return fit_school_days(measures.model_rows(records()), 10, counted=False)


@cache
def as_r_reads_it() -> pd.DataFrame:
    """R's rows: those with a number, the city's TOTAL among the schools."""
    rows = pd.read_csv(FILE, dtype=str, keep_default_na=False)
    rows = rows[rows["ATTN_PCT"] != "NS"]
    date = pd.to_datetime(rows["ATTN_DATE_YMD"], format="%Y%m%d")
    return pd.DataFrame(
        {
            "school": rows["DBN"],
            "district": rows["DISTRICTCODE"],
            "date": rows["ATTN_DATE_YMD"],
            "month": rows["ATTN_DATE_YMD"].str[:6],
            "weekday": date.dt.day_name(),
            "absent": 1 - rows["ATTN_PCT"].astype(float) / 100,
        }
    ).reset_index(drop=True)


def season_errors(rows: pd.DataFrame) -> pd.DataFrame:
    """Fit month and weekday with the schools absorbed; errors clustered by school, in R's variants."""
    coded = design(rows, ("month", "weekday"))
    unit = pd.factorize(rows["school"])[0].astype(np.int64)
    fit = fit_absorbed(Rows(coded.matrix[:, 1:], unit, np.ones(len(rows)), rows["absent"].to_numpy()))
    sums = cluster_sums(fit.influence_of_coefficients(), unit)
    error, schools, size = np.sqrt((sums**2).sum(axis=0)), len(sums), len(fit.coefficients)
    parameters, n = schools + size, len(rows)
    corrected = error * np.sqrt(schools / (schools - 1))
    return pd.DataFrame(
        {
            "term": [term.replace("[", "").replace("]", "") for term in coded.terms[1:]],
            "estimate": fit.coefficients,
            "se_school_hc0": error,
            "se_school_hc0_cadjust": corrected,
            "se_school_hc1_cadjust": corrected * np.sqrt((n - 1) / (n - parameters)),
        }
    )


@needs_r
def test_rows_and_monthly_means_are_those_of_r() -> None:
    rows = as_r_reads_it()
    known = value(RESULTS, "daily.rows")
    ours = [len(rows), rows["school"].nunique(), rows["date"].nunique()]
    agree(RESULTS, "daily.rows", ours, [known[name] for name in ("rows", "schools", "days")])
    means = rows.groupby("month")["absent"].mean()
    agree(RESULTS, "daily.mean_absence_by_month", means, frame(RESULTS, "daily.mean_absence_by_month")["mean_absence"])


@needs_r
def test_the_fractional_logit_of_the_city_is_that_of_r() -> None:
    key = "daily.fractional_logit.coefficients"
    ours, theirs = season_errors(as_r_reads_it()), frame(RESULTS, key)
    assert list(ours["term"]) == list(theirs["term"])
    for column in theirs.columns[1:]:
        agree(RESULTS, key, ours[column], theirs[column])


@needs_r
def test_a_district_is_that_of_a_glm_with_a_dummy_for_every_school() -> None:
    key = "daily.district_01.fractional_logit"
    rows = as_r_reads_it()
    ours, theirs = season_errors(rows[rows["district"] == "01"].reset_index(drop=True)), frame(RESULTS, key)
    assert list(ours["term"]) == list(theirs["term"])
    for column in theirs.columns[1:]:
        agree(RESULTS, key, ours[column], theirs[column])


def test_every_row_is_accounted_for() -> None:
    steps = {row.reason or row.step: row.rows for row in records().flow.itertuples()}
    assert steps["read"] == 272_824 and steps["no number: 'NS'"] == 6_045
    few = steps["a date that few schools or areas report (under 5% of the busiest date's)"]
    assert few == 57  # 11 days without school, where the city's own row says 0.00, and 46 rows of 9 and 14 June
    assert steps["used"] == 272_824 - 6_045 - 57
    assert steps["totals of the source's own, never added to their parts"] == 169
    assert len(records().schools) == 1_645  # and TOTAL, which PROVENANCE counts as a 1,646th


def test_months_are_those_of_the_source() -> None:
    table = measures.absence_by(records(), "month")
    present = 100 * (1 - table.loc[table["level_type"] == "level"].set_index("month")["absence_rate"])
    assert tuple(present.index) == MONTHS
    # PROVENANCE, and R's means (which have TOTAL among the schools and two more dates of June)
    known = [88.59, 90.84, 90.14, 89.22, 88.81, 89.03, 88.72, 89.25, 88.67, 84.83]
    assert present.to_list() == pytest.approx(known, abs=0.02)
    assert [round(present[month], 2) for month in MONTHS[:2]] == known[:2]


def test_weekdays_and_worst_days_are_those_of_the_questions() -> None:
    table = measures.absence_by(records(), "weekday")
    rates = table.loc[table["level_type"] == "level"].set_index("weekday")["absence_rate"]
    known = {"Monday": 12.1, "Tuesday": 10.7, "Wednesday": 10.2, "Thursday": 10.2, "Friday": 12.4}
    assert {day: rates[day] for day in known} == pytest.approx(
        {day: rate / 100 for day, rate in known.items()}, abs=6e-4
    )
    dates = measures.by_date(records()).set_index("date")["absence_rate"]
    worst = {"2016-06-27": 0.317, "2016-01-25": 0.268, "2015-12-23": 0.194}
    assert {date: dates[date] for date in worst} == pytest.approx(worst, abs=6e-4)
    assert dates.idxmax() == "2016-06-27" and len(dates) == 169


def test_monthly_means_of_the_days_are_those_of_the_questions() -> None:
    dates = measures.by_date(records())
    means = dates.groupby(dates["date"].str[:7])["absence_rate"].mean()
    known = [11.5, 9.2, 9.9, 10.8, 11.0, 10.9, 11.3, 10.7, 11.3, 15.0]
    assert (100 * means).to_list() == pytest.approx(known, abs=0.051)


def test_schools_hold_most_of_the_spread_and_dates_a_tenth() -> None:
    shares = spread(fitted()).set_index("driver")["share"]
    assert (round(shares["unit"], 2), round(shares["date"], 2)) == (0.72, 0.11)


def test_dates_decide_over_the_errors() -> None:
    """STATISTICS.md: a weekday's error is 0.03 points by school, 0.8 points with the dates."""
    rates = {way: adjusted_rates(fitted(), way).query("driver == 'weekday'") for way in ("unit and date", "unit")}
    assert (100 * rates["unit"]["contrast_std_error"]).median() == pytest.approx(0.03, abs=0.02)
    assert 0.3 < (100 * rates["unit and date"]["contrast_std_error"]).median() < 0.8


def test_the_citys_own_percent_counts_students() -> None:
    total = measures.published_total(records())
    assert len(total) == 169 and 100 * total["absence_rate"].mean() == pytest.approx(9.98, abs=0.01)
    assert measures.absence_by(records(), "month").iloc[-1]["absence_rate"] == pytest.approx(0.1112, abs=1e-4)
