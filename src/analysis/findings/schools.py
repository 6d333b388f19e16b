"""Page 05: schools beside what their own grades and days lead one to expect."""

from dataclasses import dataclass, fields

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings import plots, school_days_checks
from analysis.findings.figure import Figure, figure
from analysis.findings.finding import Finding, Page, in_its_language
from analysis.findings.sentences import NO_SCHOOLS, NO_STUDENTS
from analysis.findings.tables import for_reading, passed, rows
from analysis.findings.words import count, listed, missing, percent, plural, signed
from analysis.models.estimates import Estimates, estimate
from analysis.records import read
from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords
from analysis.study import Study

FOLLOWED = "Schools are compared with what their grades lead one to expect only where students are followed."
MOST_DRAWN = 60
"""Schools of a figure that a reader still reads; of more only those that are flagged and both ends are drawn."""
LIKELY = 0.8
"""A school is named as of a third where its chance to be in it is at least this."""


@dataclass(frozen=True)
class Schools(Page):
    """The findings of page 05."""

    school_effects: Finding
    thirds: Finding
    flags: Finding
    bright_spots: Finding
    funnel: Finding
    stability: Finding


@in_its_language
def schools(study: Study) -> Schools:
    """Find which schools differ from schools with the same grades."""
    records = read(study)
    if isinstance(records, SchoolDays):
        return Schools.of(**school_days_checks.schools(records))
    estimates = estimate(records)
    if estimates.school_effects.empty:
        why = estimates.refused or "These records hold one school."
        if isinstance(records, PublishedCounts):
            why = f"{NO_STUDENTS} {FOLLOWED}" if len(records.schools) else NO_SCHOOLS
        if isinstance(records, StudentRecords) and estimates.drivers and len(records.schools) > 1:
            why = (
                "Without days enrolled there is no expected rate of a school. Page 03 compares schools by days absent a"
                " student, the other drivers held."
            )
        said = Finding("school_effects", "Schools are not compared with these records", why)
        names = [field.name for field in fields(Schools)]
        return Schools(said, *(Finding.none(name) for name in names[1:]))
    table = passed(records, "school_effects", estimates.school_effects)
    days = table[table["outcome"] == "absence"].reset_index(drop=True)
    return Schools(
        school_effects=school_effects(records, estimates, table, days),
        thirds=thirds(days),
        flags=flags(study, days),
        bright_spots=bright_spots(days),
        funnel=funnel(days),
        stability=stability(records, estimates),
    )


def school_effects(records: Source, estimates: Estimates, table: pd.DataFrame, days: pd.DataFrame) -> Finding:
    """Show observed minus expected, shrunken, for every school."""
    known = days[days["shrunken_difference"].notna()].sort_values("shrunken_difference", ascending=False)
    text = (
        "Expected is what the school's own grades and days would give at the average school of its part. The difference is"
        " shrunken towards zero by as much as it is uncertain; its 95% interval is right on average over schools, not for"
        " the highest or the lowest one. Between schools, students and neighbourhoods differ too, and are still in it."
    )
    refused = " ".join(dict.fromkeys(estimates.schools_refused))
    if known.empty:
        return Finding("school_effects", "Schools: too few to compare", f"{refused} {text}".strip(), table)
    high, low = known.iloc[0], known.iloc[-1]
    title = (
        f"From {signed(low.shrunken_difference)} to {signed(high.shrunken_difference)} points beside the expected rate"
    )
    lead = (
        f"{plural(len(known), 'school')} are compared. The shrunken difference goes from"
        f" {signed(low.shrunken_difference)} points ({low.school_name}) to {signed(high.shrunken_difference)}"
        f" ({high.school_name}). {refused}"
    ).strip()
    flagged = known.loc[known["flag"] != "", "school_name"].tolist()
    drawn, which = known, ""
    if len(known) > MOST_DRAWN:
        ends = [*known.index[: MOST_DRAWN // 2], *known.index[-(MOST_DRAWN // 2) :]]
        drawn = known[known.index.isin(ends) | (known["flag"] != "")]
        which = f", the flagged and both ends of {len(known)}"
    fig = figure(
        plots.dot_interval(
            drawn, "school_name", "shrunken_difference", "difference_low", "difference_high", reference=0,
            reference_label="as expected", unit="points", emphasis=flagged, axis=f"observed minus expected, shrunken{which}",
        ), "school_effects", f"Shrunken difference from the expected absence rate by school, with 95% intervals. {lead}",
    )  # fmt: skip
    return Finding("school_effects", title, f"{lead}\n\n{text}", table, _read_as(known), fig, hidden_text(table))


def _read_as(schools: pd.DataFrame) -> pd.DataFrame:
    return for_reading(schools, {
        "school_name": "School", "students": "Students", "observed_rate": "Observed rate", "expected_rate": "Expected rate",
        "shrunken_difference": "Difference, shrunken", "difference_low": "Difference, low",
        "difference_high": "Difference, high",
        "reliability": "Reliability", "flag": "Flag",
    })  # fmt: skip


def thirds(days: pd.DataFrame) -> Finding:
    """Give chances of thirds instead of ranks."""
    known = days[days["chance_lowest_third"].notna()]
    if known.empty:
        return Finding(
            "thirds", "Thirds: too few schools", "Too few schools, or too few students in them, to speak of thirds."
        )
    sure = {
        third: known.loc[known[f"chance_{third}_third"] >= LIKELY, "school_name"].tolist()
        for third in ("lowest", "highest")
    }
    text = (
        f"{plural(len(sure['lowest']), 'school')} of {len(known)} have a chance of at least {percent(LIKELY, 0)} to be among the third with the"
        f" lowest absence for their grades, {plural(len(sure['highest']), 'school')} to be among the highest. For the others the records"
        " cannot tell; a list from first to last would say more than is known."
    )
    shown = for_reading(known.sort_values("chance_lowest_third", ascending=False), {
        "school_name": "School", "chance_lowest_third": "Chance of the lowest third rate",
        "chance_middle_third": "Chance of the middle third rate", "chance_highest_third": "Chance of the highest third rate",
    })  # fmt: skip
    return Finding(
        "thirds",
        f"{len(sure['lowest'])} schools are likely among the lowest third",
        text,
        shown=shown,
        rows_of="school_effects",
    )


def flags(study: Study, days: pd.DataFrame) -> Finding:
    """Name the schools that differ from expected by more than chance would give."""
    tested = days[days["p_adjusted"].notna()]
    if tested.empty:
        least = study.settings.models.minimum_flag_students
        why = "Too few schools can be compared for a test."
        if not (days["students"] >= least).any():
            why = f"No school has the {least} students that a test needs."
        return Finding("flags", "Flags: no school was tested", why)
    named = {way: tested.loc[tested["flag"] == way, "school_name"].tolist() for way in ("higher", "lower")}
    text = (
        f"Of {plural(len(tested), 'school')} tested, {len(named['higher'])} differ from expected upwards and {len(named['lower'])}"
        " downwards: by 2 points or more after shrinking, at a false discovery rate of 5%."
    )
    for way, words in (("higher", "Higher absence than expected"), ("lower", "Lower absence than expected")):
        if named[way]:
            text += f" {words}: {listed(sorted(named[way]))}."
    if not any(named.values()):
        text += " Chance alone could give differences as large as those seen."
    title = f"{plural(len(named['higher']), 'school')} higher than expected, {len(named['lower'])} lower"
    shown = _read_as(tested[tested["flag"] != ""]) if any(named.values()) else None
    return Finding("flags", title, text, shown=shown, figure=_flagged(tested, title), rows_of="school_effects")


def _flagged(tested: pd.DataFrame, title: str) -> Figure | None:
    drawn = tested[tested["flag"] != ""].sort_values("shrunken_difference", ascending=False)
    if drawn.empty or len(drawn) > MOST_DRAWN:
        return None
    higher = drawn.loc[drawn["flag"] == "higher", "school_name"].tolist()
    dots = plots.dot_interval(
        drawn, "school_name", "shrunken_difference", "difference_low", "difference_high", reference=0,
        reference_label="as expected", emphasis=higher, unit="points", axis="observed minus expected, shrunken",
    )  # fmt: skip
    return figure(dots, "flags", f"{title}. Points above or below expected, with 95% intervals.")


def bright_spots(days: pd.DataFrame) -> Finding:
    """Name the schools that are lower than expected: places to visit."""
    bright = days[(days["flag"] == "lower")].sort_values("shrunken_difference")
    if bright.empty:
        text = (
            "No school is lower than expected for its grades by more than chance could give, by these rules. That is no"
            " finding that all schools are alike; it is what these records can show in one year."
        )
        return Finding("bright_spots", "No bright spot that chance could not give", text)
    words = [
        f"{row.school_name} ({percent(row.observed_rate)} absent, {percent(row.expected_rate)} expected)"
        for row in rows(bright)
    ]
    text = (
        f"Lower than expected for their grades: {listed(words)}. What do they do that others could learn from? Recording, students and"
        " neighbourhood may be part of it, and one year is one year."
    )
    title = f"{plural(len(bright), 'bright spot')} to visit"
    return Finding("bright_spots", title, text, shown=_read_as(bright), rows_of="school_effects")


def funnel(days: pd.DataFrame) -> Finding:
    """Show differences by size of school: small schools scatter more."""
    drawn = days[days["observed_rate"].notna() & days["expected_rate"].notna() & days["students"].notna()]
    drawn = drawn[drawn.groupby("component")["school_id"].transform("size") > 1]  # else a school is held to itself
    if drawn.empty:
        return Finding.none("funnel")
    drawn = drawn.assign(difference=drawn["observed_rate"] - drawn["expected_rate"])
    text = (
        "Each dot is a school: observed minus expected, before shrinking. Small schools scatter more by chance alone, so the"
        " ends of a list of schools are mostly small schools."
    )
    fig = figure(
        plots.funnel(drawn, "students", "difference", reference=0, reference_label="as expected", unit="points", label="school_name",
                     emphasis=drawn.loc[drawn["flag"] != "", "school_name"].tolist(), axis="observed minus expected"),
        "funnel", f"Observed minus expected absence rate by number of students. {text}",
    )  # fmt: skip
    shown = for_reading(drawn, {"school_name": "School", "students": "Students", "difference": "Difference (points)"})
    return Finding("funnel", "Small schools scatter more", text, None, shown, fig, rows_of="school_effects")


def stability(records: Source, estimates: Estimates) -> Finding:
    """Say whether schools stay on their side of expected from year to year."""
    name = "school_stability"
    if len(records.years) < 2:
        return Finding(name, "From year to year: one year only", "Whether schools stay where they are needs two years.")
    table = passed(records, name, estimates.school_stability)
    if table.empty:
        return Finding.none(name)
    last = table.iloc[-1]
    text = (
        f"From {last.level}, {count(last.same_side)} of {plural(int(last.schools), 'school')} were on the same side of expected both times"
        " (half of them would be by chance alone)."
    )
    if missing(last.correlation):
        text += " Too few schools are in both years for a correlation."
    else:
        low, high = last.correlation_low, last.correlation_high
        text += (
            f" The differences from expected go together with a correlation of {last.correlation:.2f} (95% interval {low:.2f} to {high:.2f});"
            " chance in each year draws it towards 0. Students who are in both years are part of it."
        )
    shown = for_reading(table, {
        "level": "Years", "schools": "Schools", "same_side": "On the same side", "correlation": "Correlation",
        "correlation_low": "Low", "correlation_high": "High",
    })  # fmt: skip
    title = f"{count(last.same_side)} of {plural(int(last.schools), 'school')} stayed on their side of expected"
    return Finding(name, title, text, table, shown)
