"""Page 02: where the missed days are; resources follow days, not rates."""

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings.finding import NOTHING, Finding
from analysis.findings.gated import gated, passed
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import figure
from analysis.findings.sentences import NO_STUDENT_DAYS, NO_STUDENTS, ONLY_ABSENT
from analysis.findings.tables import crossed, for_reading, of_those_shown, of_year, rows
from analysis.findings.words import capital, count, grade_name, listed, missing, month_short, percent, some_of
from analysis.language import later, plural, say, told
from analysis.measures.counted import missed_days, missed_days_by_students
from analysis.records.types import PublishedCounts, Source, StudentRecords

MOST_NAMED = 3


def where_days(records: Source) -> Finding:
    """Say which schools and grades hold the missed days."""
    if not isinstance(records, StudentRecords):
        text = say(
            "Who is within two days of the line, how short stays, the first month and the year before go with"
            " chronic absence, where the missed days are by grade, school and month together, and what share of them a fifth of the"
            " students hold, they cannot say. Nor do they say how many students were in each tier of attendance."
        )
        title = say("What these records cannot say about students")
        return Finding("missed_days", title, f"{told(NO_STUDENTS)} {text}")
    if records.measure == "rate":
        return Finding("missed_days", say("Where the missed days are: not in these records"), told(NO_STUDENT_DAYS))
    table = passed(records, "missed_days", missed_days(records))
    grades, _ = _sums(records, table, "grade_level")
    schools, some = _sums(records, table, "school_id")
    if not (grades.sum() and schools.sum()):  # hidden, all of them, or nobody missed a day
        text = hidden_text(table) or say("No day was missed.")
        return Finding("missed_days", say("Where the missed days are: nothing to show"), text, table)
    shares = (grades / grades.sum()).sort_values(ascending=False, kind="stable")
    title, text = _by_school(records, schools.sort_values(ascending=False, kind="stable"), some=some)
    title = of_those_shown(title, some and table["school_id"].nunique() > 1)
    if len(shares) > 1:
        written = shares.map(lambda share: percent(share, 0))
        most = written[written.isin(written.head(MOST_NAMED))]  # of those alike none is left out
        named = some_of([f"{grade_name(grade)} ({part})" for grade, part in most.items()], 2 * MOST_NAMED)
        text += " " + say("By grade, the largest shares are in {grades}.", grades=named)
    if not records.dated or table["days_absent"].isna().all():
        return Finding("missed_days", title, text, table, note=hidden_text(table))
    grid = _by_grade_and_month(table)
    whole = _whole(some=bool(table["days_absent"].isna().any()))
    alt = say("Share of {whole} of {year}, by grade and month.", whole=whole, year=records.year)
    fig = figure(
        plots.heatmap(grid, "grade", "label", "share"), "missed_days", f"{alt} {text}",
        say("Percent of {whole}. A month with few days of school has few of them.", whole=whole),
    )  # fmt: skip
    shown = crossed(grid, "grade", "label", "share")
    return Finding("missed_days", title, text, table, shown, fig, hidden_text(table))


def by_students(records: Source) -> Finding:
    """Say how much of the missed days the fifth of the students hold who missed most."""
    name = "missed_days_by_students"
    if not isinstance(records, StudentRecords) or records.measure == "rate":
        return NOTHING  # said where the missed days are
    title = say("What a fifth of the students hold: not in these records")
    if not records.everybody:
        return Finding(name, title, told(ONLY_ABSENT))
    table = passed(records, name, missed_days_by_students(records))
    if table.empty:
        return Finding(name, title, say("There are too few students for a fifth of them."))
    most, whole = table.iloc[0], table["students"].sum(min_count=len(table))
    if missing(most.share_of_days):
        if not table["hidden"].any():
            return NOTHING  # no day was missed
        return Finding.hidden(name, say("What a fifth of the students hold"), table)
    share = percent(most.share_of_days, 0)
    text = say(
        "The fifth of the students who missed most ({fifth} of {students}) hold {share} of all missed days: {days}. All"
        " students are counted here, those who were there for a short time too. Had all missed as many days, it would be"
        " {even}; by chance alone it would be more.",
        fifth=count(most.students), students=count(whole), share=share, days=count(most.days_absent),
        even=percent(most.students / whole, 0),
    )  # fmt: skip
    shown = for_reading(
        table.assign(level=table["level"].map(told)),
        ("level", "students", "days_absent", "share_of_days", "hidden"),
        level=later("Students, by days missed"), share_of_days=later("Share of missed days"),
    )  # fmt: skip
    return Finding(
        name, say("A fifth of the students hold {share} of the missed days", share=share), text, table, shown
    )


def days_by_band(records: Source, grades: pd.DataFrame) -> str:
    """Say in which bands of grades the missed days are, where a published table counts them (`grades` is by grade)."""
    kinds = {kind: of_year(grades, records.year, kind) for kind in ("band", "total")}
    bands = kinds["band"][kinds["band"]["days_absent"].notna()]
    total = kinds["total"]["days_absent"].sum(min_count=1)
    if not isinstance(records, PublishedCounts) or not total > 0 or len(bands) < 2:
        return ""
    parts = [
        say("{share} are in grades {grades}", share=percent(row.days_absent / total, 0), grades=row.grade_level)
        for row in rows(bands)
    ]
    return say("Of all missed days, {parts}.", parts=listed(parts))


def _sums(records: StudentRecords, table: pd.DataFrame, driver: str) -> tuple["pd.Series[float]", bool]:
    """Sum the days missed by school or grade, and say whether that is of those shown alone.

    Where a cell is hidden they are those of the driver's own table, if it shows all of them: it hides less.
    """
    shown = table.groupby(driver)["days_absent"].sum(min_count=1).dropna()  # hidden throughout is not 0
    if not table["days_absent"].isna().any():
        return shown, False
    whole = of_year(gated(records, driver), records.year).set_index(driver)["days_absent"]
    whole = whole[whole.index.isin(table[driver])]
    return (shown, True) if whole.isna().any() else (whole, False)


def _whole(*, some: bool) -> str:
    """Say of what the days are a share, where `some` alone are shown."""
    return say("all missed days that are shown") if some else say("all missed days")


def _by_school(records: StudentRecords, days: "pd.Series[float]", *, some: bool) -> tuple[str, str]:
    """Give title and text of how much of the missed days few schools hold (`days` by school, most first)."""
    if len(days) == 1:
        text = say("All days shown are of one school.") if some else say("All missed days are of one school.")
        return say("The missed days of one school"), text
    whole = _whole(some=some)
    if len(days) < 5:
        share = percent(days.iloc[0] / days.sum(), 0)
        school = records.school_names[str(days.index[0])]
        title = say("{share} of missed days are in one of {schools} schools", share=share, schools=len(days))
        text = say("{school} holds {share} of {whole}.", school=school, share=share, whole=whole)
        return title, text + _beside_their_size(records, days.head(1).index, 1)
    fifth = max(1, round(len(days) / 5))
    held = days.head(fifth).sum()
    share = percent(held / days.sum(), 0)
    text = say(
        "A fifth of the schools ({fifth} of {schools}) hold {share} of {whole}: {days}.",
        fifth=fifth, schools=len(days), share=share, whole=whole, days=count(held),
    )  # fmt: skip
    text += _beside_their_size(records, days.head(fifth).index, fifth)
    names = records.school_names
    most = [f"{names[str(school)]} ({percent(part / days.sum())})" for school, part in days.head(MOST_NAMED).items()]
    text += " " + say("The largest shares are at {schools}.", schools=listed(most))
    return say("{share} of missed days are in a fifth of the schools", share=share), text


def _beside_their_size(records: StudentRecords, schools: "pd.Index[str]", number: int) -> str:
    """Say how much of all days enrolled (or students) these schools have: large ones hold many days by their size."""
    levels = of_year(gated(records, "school_id"), records.year).set_index("school_id")
    whole = levels["students" if records.measure == "absent_only" else "days_enrolled"]
    if not records.everybody or whole.isna().any() or not whole.sum() > 0:
        return ""
    share = percent(whole[schools].sum() / whole.sum(), 0)
    if records.measure == "absent_only":
        return " " + plural(
            number,
            "This school has {share} of the students.",
            "These schools have {share} of the students.",
            share=share,
        )
    return " " + plural(
        number,
        "This school has {share} of all days enrolled.",
        "These schools have {share} of all days enrolled.",
        share=share,
    )


def _by_grade_and_month(table: pd.DataFrame) -> pd.DataFrame:
    """Sum the days that are shown by grade and month, as shares of all that are shown, in order of both."""
    grid = table.groupby(["grade_level", "month"])["days_absent"].sum(min_count=1).reset_index()
    grid["share"] = grid["days_absent"] / grid["days_absent"].sum()
    grid["label"] = grid["month"].map(month_short)
    grid["grade"] = [capital(grade_name(grade)) if grade else say("all") for grade in grid["grade_level"]]
    return grid.assign(order=grid["grade_level"].replace("KG", "00")).sort_values(["order", "month"])
