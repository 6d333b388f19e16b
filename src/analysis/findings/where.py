"""Page 02: how many are chronically absent, in which grades, schools and groups, and where the missed days are.

Counted rates: every student is in them, so they have no interval. Works for student-days and for published counts.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.disclosure import gate, hidden_text
from analysis.findings import followed, plots
from analysis.findings.figure import TIER_COLOURS, figure
from analysis.findings.finding import Finding, Findings, Page
from analysis.findings.sentences import NO_GRADES, NO_SCHOOLS, NO_STUDENTS
from analysis.findings.tables import for_reading, gated, grade_labels, of_year, rows
from analysis.findings.words import count, in_words, listed, missing, percent, plural
from analysis.measures.counted import missed_days
from analysis.records import read
from analysis.records.types import PublishedCounts, Source, StudentRecords
from analysis.study import Study
from analysis.vocabulary import BANDS, grade_name

LEVEL_READ = (
    "label",
    "students_counted",
    "chronically_absent",
    "chronic_rate",
    "days_absent",
    "absence_rate",
    "hidden",
)


GROUP_WORDS = {"race_ethnicity": "race and ethnicity", "english_learner": "English learner status"}


@dataclass(frozen=True)
class Where(Page):
    """The findings of page 02."""

    how_many: Finding
    over_years: Finding
    by_grade: Finding
    by_school: Finding
    by_district: Finding
    groups: Findings
    missed_days: Finding
    near_threshold: Finding
    by_days_enrolled: Finding
    early_signal: Finding
    persistence: Finding


def where(study: Study) -> Where:
    """Find where absence is."""
    records = read(study)
    grades = grade_labels(gated(records, "grade_level"))
    return Where(
        how_many=how_many(records, grades),
        over_years=over_years(records, grades),
        by_grade=by_grade(records, grades),
        by_school=by_school(records),
        by_district=by_district(records),
        groups=Findings(by_group(records, group) for group in study.settings.records.groups),
        missed_days=where_days(records),
        near_threshold=followed.near_threshold(records),
        by_days_enrolled=followed.by_days_enrolled(records),
        early_signal=followed.early_signal(records),
        persistence=followed.persistence(records),
    )


def total_of(records: Source, grades: pd.DataFrame) -> pd.Series:
    """Give the total row of the year of the pages."""
    return of_year(grades, records.year, "total").iloc[0]


def how_many(records: Source, grades: pd.DataFrame) -> Finding:
    """Say how many are chronically absent, and in the tiers."""
    total = total_of(records, grades)
    bands = of_year(grades, records.year, "band")
    text = f"In {records.year}, {in_words(total.chronic_rate)} students ({percent(total.chronic_rate)}) were chronically absent"
    if not missing(total.chronically_absent):
        text += f": {count(total.chronically_absent)} of {about(total)}{count(total.students_counted)} students counted"
    text += "."
    shown = bands[bands["chronic_rate"].notna()]
    for band in rows(shown):
        text += (
            f" In {band.label.lower().replace('k-', 'K-')} it was {percent(band.chronic_rate)}"
            f" ({count(band.chronically_absent)} of {about(band)}{count(band.students_counted)})."
        )
    if not missing(total.absence_rate):
        text += f" Students missed {percent(total.absence_rate)} of their marked days, {count(total.days_absent)} days in all."
    tiers = pd.concat([bands, of_year(grades, records.year, "total")])
    fig = None
    if tiers["at_risk"].notna().any():
        text += (
            f" A further {count(total.at_risk)} were at risk (missed 5 to under 10 percent); of the chronically absent,"
            f" {count(total.severe_chronic)} missed 20 percent or more."
        )
        parts = {name: words for name, words in followed.TIER_WORDS.items() if name in tiers}
        drawn = tiers.assign(**{name: tiers[name] / tiers["students_counted"] for name in parts})
        fig = figure(
            plots.stacked_bars(drawn, "label", parts, TIER_COLOURS, axis="share of students counted"), "how_many",
            f"Share of students in each attendance tier, by band of grades, {records.year}. {text}",
        )  # fmt: skip
    title = f"{percent(total.chronic_rate)} of students were chronically absent in {records.year}"
    read_as = for_reading(tiers, (*LEVEL_READ[:4], *followed.TIER_WORDS, "absence_rate", "hidden"))
    return Finding("how_many", title, text, shown=read_as, figure=fig)


def about(row: Any) -> str:
    """Say 'about' where a number of students was worked back from a percent."""
    return "about " if row.students_basis == "from_percent" else ""


def over_years(records: Source, grades: pd.DataFrame) -> Finding:
    """Show the years beside each other, where there are several."""
    totals = grades[(grades["level_type"] == "total") & grades["chronic_rate"].notna()]
    if len(records.years) < 2:
        return Finding(
            "over_years", "One year only", f"These records hold {records.year} alone, so no change can be seen."
        )
    first, last = totals.iloc[0], totals.iloc[-1]
    low, high = totals["chronic_rate"].min(), totals["chronic_rate"].max()
    series = listed([f"{percent(row.chronic_rate)} in {row.school_year}" for row in rows(totals)])
    text = f"Chronic absence was {series}. It stayed between {percent(low)} and {percent(high)} in these {len(totals)} years."
    text += (
        " Counted rates have no interval; a change of the rules or of the calendar between years would show here too."
    )
    fig = figure(
        plots.lines(totals, "school_year", "chronic_rate", axis="chronically absent"), "over_years",
        f"Share of students chronically absent by school year. {text}",
    )  # fmt: skip
    title = f"Chronic absence went from {percent(first.chronic_rate)} to {percent(last.chronic_rate)} in {len(totals)} years"
    return Finding("over_years", title, text, shown=for_reading(totals, ("school_year", *LEVEL_READ[1:])), figure=fig)


def by_grade(records: Source, grades: pd.DataFrame) -> Finding:
    """Compare grades by their counted chronic rates."""
    levels = of_year(grades, records.year)
    levels = levels[levels["grade_level"] != ""]
    table = grades.drop(columns="label")
    if levels.empty:
        return Finding("absence_by_grade", "By grade: not in these records", NO_GRADES, table)
    known = levels[levels["chronic_rate"].notna()].sort_values("chronic_rate", ascending=False)
    inside = known[known["grade_level"].isin(records.study.settings.definitions.grades)]
    if inside.empty:
        return Finding("absence_by_grade", "By grade: too few students to show", hidden_text(table), table)
    text = worst_text(inside, "grade")
    if set(inside["grade_level"]) & {"KG"} and set(BANDS["9-12"]) & set(inside["grade_level"]):
        kindergarten = inside[inside["grade_level"] == "KG"].iloc[0]
        text += f" Kindergarten stands at {percent(kindergarten.chronic_rate)}."
    text += share_of_chronic(of_year(grades, records.year, "band"), total_of(records, grades))
    apart = levels[~levels["grade_level"].isin(records.study.settings.definitions.grades)]
    for row in rows(apart):
        text += f" {grade_name(row.grade_level).capitalize()} ({percent(row.chronic_rate)}) is shown apart and is in no total."
    fig = figure(
        plots.bars(levels, "label", "chronic_rate", emphasis=inside["label"].head(1).tolist(), axis="chronically absent"),
        "absence_by_grade", f"Share of students chronically absent by grade, {records.year}. {text}",
    )  # fmt: skip
    return Finding(
        "absence_by_grade", f"{inside.iloc[0].label} has the highest chronic rate",
        text,
        table, for_reading(of_year(grades, records.year), LEVEL_READ), fig,
        hidden_text(of_year(table, records.year)),
    )  # fmt: skip


def share_of_chronic(bands: pd.DataFrame, total: pd.Series) -> str:
    """Say how many of all students, and of the chronically absent, are in each band of grades."""
    known = bands[bands["chronically_absent"].notna()]
    if missing(total.chronically_absent) or len(known) < 2:
        return ""
    parts = [
        f"grades {row.grade_level} hold {percent(row.students_counted / total.students_counted, 0)} of students and"
        f" {percent(row.chronically_absent / total.chronically_absent, 0)} of the chronically absent"
        for row in rows(known)
    ]
    return f" By number, {listed(parts)}."


def worst_text(known: pd.DataFrame, what: str) -> str:
    """Say the highest and the lowest of the levels (sorted, highest first)."""
    high, low = known.iloc[0], known.iloc[-1]
    return (
        f"Of {plural(len(known), what)}, the chronic rate is highest in {high.label} ({percent(high.chronic_rate)})"
        f" and lowest in {low.label} ({percent(low.chronic_rate)})."
    )


def by_school(records: Source) -> Finding:
    """Compare schools by their counted chronic rates; who does better than expected is on page 05."""
    if "school_id" not in unit_columns(records):
        return Finding("absence_by_school", "By school: not in these records", NO_SCHOOLS)
    table = gated(records, "school_id")
    levels = of_year(table, records.year).merge(
        records.schools[["school_id", "school_name"]], on="school_id", how="left"
    )
    levels = levels.assign(label=levels["school_name"])
    known = levels[levels["chronic_rate"].notna()].sort_values("chronic_rate", ascending=False)
    if known.empty:
        return Finding("absence_by_school", "By school: too few students to show", hidden_text(table), table)
    text = worst_text(known, "school")
    total = known["chronically_absent"].sum()
    running = known.sort_values("chronically_absent", ascending=False)["chronically_absent"].cumsum()
    half = int((running < total / 2).sum()) + 1
    if not missing(total) and total > 0:
        text += f" Half of the students who were chronically absent were in {half} of these {len(known)} schools."
    text += " A school's rate follows from its grades too: page 05 compares schools with the same grades."
    fig = figure(
        plots.bars(known, "label", "chronic_rate", axis="chronically absent"), "absence_by_school",
        f"Share of students chronically absent by school, {records.year}. {text}",
    )  # fmt: skip
    title = f"From {percent(known.iloc[-1].chronic_rate)} to {percent(known.iloc[0].chronic_rate)} by school"
    return Finding("absence_by_school", title, text, table, for_reading(known, LEVEL_READ), fig, hidden_text(table))


def unit_columns(records: Source) -> set[str]:
    """Name the units ('school_id', 'district_id') that the records tell apart."""
    if isinstance(records, StudentRecords):
        return {"school_id", "district_id"}
    return {unit for unit in ("school_id", "district_id") if (records.counts[unit] != "").any()}


def by_district(records: Source) -> Finding:
    """Stand the districts in focus beside all districts of the source."""
    table = gated(records, "district_id")
    levels = of_year(table, records.year)
    if len(levels) < 2:
        return Finding("absence_by_district", "One district", "These records hold one district.", table)
    focus = records.study.settings.focus.district_id
    names = {}
    if isinstance(records, PublishedCounts):
        names = dict(zip(records.counts["district_id"], records.counts["district_name"], strict=True))
    known = levels[levels["chronic_rate"].notna()].sort_values("chronic_rate", ascending=False).reset_index(drop=True)
    known["label"] = [names.get(code, code) for code in known["district_id"]]
    text = ""
    for row in rows(known[known["district_id"].isin(focus)]):
        text += f"{row.label} ({percent(row.chronic_rate)}) has the {ordinal(row.Index + 1)} highest of {len(known)} shown rates. "
    if not focus and len(known) > 1:
        text += worst_text(known, "district") + " "
    parents = of_year(table, records.year, "total")
    for row in rows(parents[parents["chronic_rate"].notna()]):
        text += f"For {names.get(row.district_id, 'all districts')} it is {percent(row.chronic_rate)}. "
    hidden = int(levels["chronic_rate"].isna().sum())
    if hidden:
        text += f"{plural(hidden, 'district')} of {len(levels)} hidden or without a rate."
    top = known.head(15)
    fig = figure(
        plots.bars(top, "label", "chronic_rate", emphasis=[names.get(code, code) for code in focus], axis="chronically absent"),
        "absence_by_district", f"The {len(top)} districts with the highest share chronically absent, {records.year}. {text}",
    )  # fmt: skip
    title = (
        f"{known[known['district_id'].isin(focus)].iloc[0].label} beside {len(levels)} districts"
        if focus
        else f"{len(levels)} districts"
    )
    return Finding("absence_by_district", title, text.strip(), table, for_reading(known, LEVEL_READ), fig)


def ordinal(number: int) -> str:
    """Write 1 as '1st'."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def by_group(records: Source, group: str) -> Finding:
    """Show a student group: number and rate, and nothing about why."""
    table = gated(records, group)
    name, words = f"absence_by_{group}", GROUP_WORDS.get(group, group.replace("_", " "))
    levels = of_year(table, records.year)
    levels = levels.assign(label=levels[group])
    known = levels[levels["chronic_rate"].notna()].sort_values("chronic_rate", ascending=False)
    if known.empty:
        return Finding(name, f"By {words}: nothing shown", f"No level of {words} is shown for {records.year}.", table)
    text = listed([f"{row.label} {percent(row.chronic_rate)}" for row in rows(known)])
    text = f"Chronically absent by {words}: {text}. Percent and number together say where most students are."
    text += " Differences between groups here are not adjusted for grade or school."
    fig = figure(
        plots.bars(known, "label", "chronic_rate", axis="chronically absent"), name,
        f"Share of students chronically absent by {words}, {records.year}. {text}",
    )  # fmt: skip
    title = f"By {words}: from {percent(known.iloc[-1].chronic_rate)} to {percent(known.iloc[0].chronic_rate)}"
    return Finding(name, title, text, table, for_reading(levels, LEVEL_READ), fig, hidden_text(levels))


def where_days(records: Source) -> Finding:
    """Show where the missed days are: resources follow days, not rates."""
    if not isinstance(records, StudentRecords):
        text = (
            f"{NO_STUDENTS} Who is within two days of the line, how short stays, the first month and the year before go with"
            " chronic absence, and where the missed days are by grade, school and month, they cannot say."
        )
        return Finding("missed_days", "What these records cannot say about students", text)
    table = gate(records.study, "missed_days", missed_days(records))
    grades = table.groupby("grade_level")["days_absent"].sum()
    most = (grades / grades.sum()).nlargest(3)
    schools = table.groupby("school_id")["days_absent"].sum().sort_values(ascending=False)
    share = schools / schools.sum()
    fifth = max(1, round(len(schools) / 5))
    text = (
        f"A fifth of the schools ({fifth} of {len(schools)}) hold {percent(share.head(fifth).sum(), 0)} of all missed days"
        f" shown. By grade, most are in {listed([f'{grade_name(grade)} ({percent(part, 0)})' for grade, part in most.items()])}."
    )
    grid = table.groupby(["grade_level", "month"])["days_absent"].sum().reset_index()
    grid["share"] = grid["days_absent"] / grid["days_absent"].sum()
    grid["grade"] = [grade_name(grade).capitalize() if grade else "all" for grade in grid["grade_level"]]
    grid = grid.assign(order=grid["grade_level"].replace("KG", "00")).sort_values(["order", "month"])
    fig = figure(
        plots.heatmap(grid, "grade", "month", "share"), "missed_days",
        f"Share of all missed days of {records.year} by grade and month. {text}",
    )  # fmt: skip
    return Finding("missed_days", f"{percent(share.head(fifth).sum(), 0)} of missed days are in a fifth of the schools",
                   text, table, figure=fig, note=hidden_text(table))  # fmt: skip
