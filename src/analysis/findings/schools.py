"""Page 05: schools beside what their own grades and days lead one to expect."""

from dataclasses import dataclass
from operator import attrgetter

import pandas as pd

from analysis.disclosure import hidden_text
from analysis.findings import at_a_glance
from analysis.findings.finding import NOTHING, Finding, Page
from analysis.findings.gated import estimated, passed
from analysis.findings.model_tables import left_out
from analysis.findings.pictures import plots
from analysis.findings.pictures.figure import Figure, figure
from analysis.findings.school_days import checks as school_days_checks
from analysis.findings.sentences import NO_SCHOOLS, NO_STUDENTS
from analysis.findings.tables import for_reading, highest, lowest, of_those_shown, rows, some_hidden, some_shown
from analysis.findings.words import (
    SCHOOLS,
    UNSEEN,
    count,
    counted,
    gap,
    joined,
    listed,
    missing,
    number,
    percent,
    signed,
    some_of,
    years_name,
)
from analysis.language import later, plural, say, told, use
from analysis.models.estimates import Estimates
from analysis.models.schools import FALSE_DISCOVERY_RATE, SMALLEST_FLAG
from analysis.records import read
from analysis.records.types import PublishedCounts, SchoolDays, Source, StudentRecords
from analysis.study import Study

FOLLOWED = later("Schools are compared with what their grades lead one to expect only where students are followed.")
MOST_DRAWN = 60
"""Schools of a figure that a reader still reads; of more only those that are flagged and both ends are drawn."""
SCHOOL_NAME = attrgetter("school_name")
MOST_SMALL = 3
"""Schools that are named although they differ by less than a flag needs; of more the others are counted."""
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
    by_grade: Finding
    by_month: Finding


def schools(study: Study) -> Schools:
    """Find which schools differ from schools with the same grades."""
    use(study.settings.language)
    records = read(study)
    if isinstance(records, SchoolDays):
        return Schools.of(**school_days_checks.schools(records))
    estimates = estimated(records)
    if estimates.school_effects.empty:
        why = told(estimates.refused) or say("These records hold one school.")
        if isinstance(records, PublishedCounts):
            why = f"{told(NO_STUDENTS)} {told(FOLLOWED)}" if len(records.schools) else told(NO_SCHOOLS)
        if isinstance(records, StudentRecords) and estimates.drivers and len(records.schools) > 1:
            why = say(
                "Without days enrolled there is no expected rate of a school. Page 03 compares schools by days absent a"
                " student, the other drivers held."
            )
        said = Finding("school_effects", say("Schools are not compared with these records"), why)
        return Schools.of(school_effects=said)
    table = passed(records, "school_effects", estimates.school_effects)
    days = table[table["outcome"] == "absence"].reset_index(drop=True)
    return Schools(
        school_effects=school_effects(records, estimates, table, days),
        thirds=thirds(days),
        flags=flags(study, days),
        bright_spots=bright_spots(days),
        funnel=funnel(days),
        stability=stability(records, estimates),
        by_grade=at_a_glance.by_grade(records) if isinstance(records, StudentRecords) else NOTHING,
        by_month=at_a_glance.by_month(records) if isinstance(records, StudentRecords) and records.dated else NOTHING,
    )


def school_effects(records: Source, estimates: Estimates, table: pd.DataFrame, days: pd.DataFrame) -> Finding:
    """Show observed minus expected, shrunken, for every school."""
    known = days[days["shrunken_difference"].notna()].sort_values("shrunken_difference", ascending=False)
    text = joined(
        say("Expected is what the school's own grades and days would give at the average school of its part.")
        if "grade_level" in estimates.drivers
        else say("Expected is what the school's own days would give at the average school; grades are not held."),
        say(
            "The difference is shrunken towards zero by as much as it is uncertain; its 95% interval is right on average over"
            " schools, not for the highest or the lowest one. Between schools, students and neighbourhoods differ too, and"
            " are still in it."
        ),
    )
    text = joined(text, left_out(records, estimates, "absence"))
    refused = " ".join(map(told, dict.fromkeys(estimates.schools_refused)))
    if known.empty and not refused and some_hidden(days):
        return Finding.hidden("school_effects", say("Schools"), table)
    if known.empty:
        return Finding("school_effects", say("Schools: too few to compare"), f"{refused} {text}".strip(), table)
    high, low = (end(known, "shrunken_difference", signed) for end in (highest, lowest))
    ends = {"low": low.said, "high": high.said}
    title = say("From {low} to {high} points beside the expected rate", **ends)
    if known["shrunken_difference"].abs().max() < UNSEEN:
        title = say("All schools are within {points} of the expected rate", points=gap(0.001))
    compared = plural(
        len(known),
        "{number} school is compared. The shrunken difference goes from {low} points ({lowest}) to {high} ({highest}).",
        "{number} schools are compared. The shrunken difference goes from {low} points ({lowest}) to {high} ({highest}).",
        **ends, lowest=low.names(SCHOOL_NAME), highest=high.names(SCHOOL_NAME),
    )  # fmt: skip
    if low.said == high.said:
        compared = plural(
            len(known), "{number} school is compared: its shrunken difference is {low} points.",
            "{number} schools are compared: all have the same shrunken difference ({low} points).", low=low.said,
        )  # fmt: skip
    some = some_shown(days, "shrunken_difference", *SCHOOLS)
    title = of_those_shown(title, some)
    lead = joined(some, compared, refused)
    flagged = known.loc[known["flag"] != "", "school_name"].tolist()
    drawn, axis = known, say("observed minus expected, shrunken, in points")
    if len(known) > MOST_DRAWN:
        both = [*known.index[: MOST_DRAWN // 2], *known.index[-(MOST_DRAWN // 2) :]]
        drawn = known[known.index.isin(both) | (known["flag"] != "")]
        axis = say(
            "observed minus expected, shrunken, in points, the flagged and both ends of {schools}",
            schools=count(len(known)),
        )
    alt = say("Shrunken difference from the expected absence rate by school, with 95% intervals.")
    fig = figure(
        plots.differences(drawn, emphasis=flagged, axis=axis), "school_effects", f"{alt} {lead}", _key(flagged)
    )
    return Finding("school_effects", title, f"{lead}\n\n{text}", table, _read_as(known), fig, hidden_text(table))


def _key(flagged: list[str]) -> str:
    """Say what the colour of a picture means, where it has one."""
    return say("Orange: flagged as higher or lower than expected.") if flagged else ""


def _read_as(schools: pd.DataFrame) -> pd.DataFrame:
    return for_reading(
        schools.assign(flag=schools["flag"].map(told)),
        (
            "school_name", "students", "observed_rate", "expected_rate", "shrunken_difference", "difference_low",
            "difference_high", "reliability", "flag",
        ),
    )  # fmt: skip


def thirds(days: pd.DataFrame) -> Finding:
    """Give chances of thirds instead of ranks."""
    known = days[days["chance_lowest_third"].notna()]
    if known.empty and some_hidden(days):
        return Finding.hidden("thirds", say("Thirds"), days, own=False)
    if known.empty:
        why = say("Too few schools, or too few students in them, to speak of thirds.")
        return Finding("thirds", say("Thirds: too few schools"), why)
    lowest, highest = (int((known[f"chance_{third}_third"] >= LIKELY).sum()) for third in ("lowest", "highest"))
    some = some_shown(days, "chance_lowest_third", *SCHOOLS)
    text = plural(
        lowest,
        "{number} school of {schools} has a chance of at least {likely} to be among the third with the lowest absence beside"
        " what is expected, {highest} to be among the third with the highest. For the others the records cannot tell; a list"
        " from first to last would say more than is known.",
        "{number} schools of {schools} have a chance of at least {likely} to be among the third with the lowest absence beside"
        " what is expected, {highest} to be among the third with the highest. For the others the records cannot tell; a list"
        " from first to last would say more than is known.",
        schools=count(len(known)), likely=percent(LIKELY, 0), highest=plural(highest, "{number} school", "{number} schools"),
    )  # fmt: skip
    shown = for_reading(
        known.sort_values("chance_lowest_third", ascending=False),
        ("school_name", "chance_lowest_third", "chance_middle_third", "chance_highest_third"),
    )
    title = plural(
        lowest,
        "{number} school is likely among the third with the lowest absence",
        "{number} schools are likely among the third with the lowest absence",
    )
    if not lowest:
        title = say("No school is likely among the third with the lowest absence")
    title = of_those_shown(title, some)
    return Finding("thirds", title, joined(some, text), shown=shown, rows_of="school_effects")


def flags(study: Study, days: pd.DataFrame) -> Finding:
    """Name the schools that differ from expected by more than chance would give."""
    tested = days[days["p_adjusted"].notna()]
    if tested.empty and some_hidden(days):
        return Finding.hidden("flags", say("Flags"), days, own=False)
    if tested.empty:
        least = study.settings.models.minimum_flag_students
        why = say("Too few schools can be compared for a test.")
        if not (days["students"] >= least).any():
            why = say("No school has the {students} students that a test needs.", students=count(least))
        return Finding("flags", say("Flags: no school was tested"), why)
    higher, lower = (sorted(tested.loc[tested["flag"] == way, "school_name"]) for way in ("higher", "lower"))
    some = some_shown(days, "p_adjusted", *SCHOOLS)
    tried = counted(len(tested), *SCHOOLS)
    text = [
        plural(
            len(higher) + len(lower),
            "Of {schools} tested, {number} differs from expected by 2 points or more after shrinking, at a false discovery rate"
            " of 5%: {higher} upwards and {lower} downwards.",
            "Of {schools} tested, {number} differ from expected by 2 points or more after shrinking, at a false discovery rate"
            " of 5%: {higher} upwards and {lower} downwards.",
            schools=tried, higher=count(len(higher)), lower=count(len(lower)),
        )
        if higher or lower
        else say(
            "Of {schools} tested, none differs from expected by 2 points or more after shrinking, at a false discovery rate of"
            " 5%.",
            schools=tried,
        )
    ]  # fmt: skip
    if higher:
        text.append(say("Higher absence than expected: {schools}.", schools=listed(higher)))
    if lower:
        text.append(say("Lower absence than expected: {schools}.", schools=listed(lower)))
    small = clear_but_small(tested)
    text.append(small)
    if not small and not higher and not lower:
        text.append(say("Chance alone could give differences as large as those seen."))
    title = plural(
        len(higher),
        "{number} school has higher absence than expected, {lower} lower",
        "{number} schools have higher absence than expected, {lower} lower",
        lower=count(len(lower)),
    )
    if not higher and not lower:
        title = say("No school has higher or lower absence than expected by more than chance could give")
        if small:
            title = say(
                "No school has higher or lower absence than expected by {points} or more", points=gap(SMALLEST_FLAG, 0)
            )
    title = of_those_shown(title, some)
    shown = _read_as(tested[tested["flag"] != ""]) if higher or lower else None
    return Finding(
        "flags", title, joined(some, *text), shown=shown, figure=_flagged(tested, title), rows_of="school_effects"
    )


def clear_but_small(tested: pd.DataFrame) -> str:
    """Name the schools that differ by more than chance would give and by too little for a flag; '' where none does."""
    those = tested[(tested["p_adjusted"] <= FALSE_DISCOVERY_RATE) & (tested["flag"] == "")]
    if those.empty:
        return ""
    named = [
        say("{school} ({points})", school=row.school_name, points=signed(row.shrunken_difference))
        if abs(row.shrunken_difference) >= UNSEEN
        else say(
            "{school} ({points} before shrinking)",
            school=row.school_name,
            points=signed(row.observed_rate - row.expected_rate),
        )
        for row in rows(those.sort_values("shrunken_difference", ascending=False, key=abs))
    ]
    return plural(
        len(those),
        "By less than that, but by more than chance would give, {number} differs: {schools}.",
        "By less than that, but by more than chance would give, {number} differ: {schools}.",
        schools=some_of(named, MOST_SMALL),
    )


def _flagged(tested: pd.DataFrame, title: str) -> Figure | None:
    drawn = tested[tested["flag"] != ""].sort_values("shrunken_difference", ascending=False)
    if drawn.empty or len(drawn) > MOST_DRAWN:
        return None
    every = drawn["school_name"].tolist()  # flagged schools are orange in all pictures
    dots = plots.differences(drawn, emphasis=every, axis=say("observed minus expected, shrunken, in points"))
    return figure(dots, "flags", say("{title}. Points above or below expected, with 95% intervals.", title=title))


def bright_spots(days: pd.DataFrame) -> Finding:
    """Name the schools that are lower than expected: places to visit."""
    if days["p_adjusted"].isna().all() and some_hidden(days):
        return Finding.hidden("bright_spots", say("Bright spots"), days, own=False)
    if days["p_adjusted"].isna().all():
        none = say("No school was tested against what is expected of it, so none can be found to be lower.")
        return Finding("bright_spots", say("Bright spots: no school was tested"), none)
    some = some_shown(days, "p_adjusted", *SCHOOLS)
    bright = days[(days["flag"] == "lower")].sort_values("shrunken_difference")
    if bright.empty:
        text = say(
            "No school has lower absence than expected by more than chance could give, by these rules. That is no"
            " finding that all schools are alike; it is what these records can show in one year."
        )
        title = say("No bright spot that chance could not give")
        if small := clear_but_small(days[days["shrunken_difference"] < 0]):
            points = gap(SMALLEST_FLAG, 0)
            text = joined(say("No school has lower absence than expected by {points} or more.", points=points), small)
            title = say("No bright spot of {points} or more", points=points)
        title = of_those_shown(title, some)
        return Finding("bright_spots", title, joined(some, text))
    words = [
        say(
            "{school} ({rate} absent, {expected} expected)",
            school=row.school_name, rate=percent(row.observed_rate), expected=percent(row.expected_rate),
        )
        for row in rows(bright)
    ]  # fmt: skip
    text = say(
        "Lower absence than expected: {schools}. What do they do that others could learn from? Recording, students and"
        " neighbourhood may be part of it, and one year is one year.",
        schools=listed(words),
    )
    title = plural(len(bright), "{number} bright spot to visit", "{number} bright spots to visit")
    title, text = of_those_shown(title, some), joined(some, text)
    return Finding("bright_spots", title, text, shown=_read_as(bright), rows_of="school_effects")


def funnel(days: pd.DataFrame) -> Finding:
    """Show differences by size of school: small schools scatter more."""
    drawn = days[days["observed_rate"].notna() & days["expected_rate"].notna() & days["students"].notna()]
    drawn = drawn[drawn.groupby("component")["school_id"].transform("size") > 1]  # else a school is held to itself
    if drawn.empty:
        return NOTHING
    drawn = drawn.assign(difference=drawn["observed_rate"] - drawn["expected_rate"])
    text = say(
        "Each dot is a school: observed minus expected, before shrinking. Small schools scatter more by chance alone, so where"
        " schools differ in size the ends of a list are mostly small ones."
    )
    alt = say("Observed minus expected absence rate by number of students.")
    flagged = drawn.loc[drawn["flag"] != "", "school_name"].tolist()
    fig = figure(
        plots.funnel(
            drawn, "students", "difference", "school_name", reference=0, reference_label=say("as expected"),
            unit="points", emphasis=flagged, axis=say("observed minus expected, in points"),
        ), "funnel", f"{alt} {text}", _key(flagged),
    )  # fmt: skip
    shown = for_reading(
        drawn, ("school_name", "students", "difference"), difference=later("Difference (points)")
    )  # fmt: skip
    return Finding("funnel", say("Differences by size of school"), text, None, shown, fig, rows_of="school_effects")


def stability(records: Source, estimates: Estimates) -> Finding:
    """Say whether schools stay on their side of expected from year to year."""
    name = "school_stability"
    if len(records.years) < 2:
        why = say("Whether schools stay where they are needs two years.")
        return Finding(name, say("From year to year: one year only"), why)
    table = passed(records, name, estimates.school_stability)
    if table.empty:
        return NOTHING
    last = table.iloc[-1]
    years = table["level"].map(years_name)
    same = plural(
        int(last.schools),
        "From {years}, {same} of {number} school were on the same side of expected both times (half of them would be by chance"
        " alone).",
        "From {years}, {same} of {number} schools were on the same side of expected both times (half of them would be by chance"
        " alone).",
        years=years.iloc[-1], same=count(last.same_side),
    )  # fmt: skip
    together = say("Too few schools are in both years for a correlation.")
    if not missing(last.correlation):
        together = say(
            "The differences from expected go together with a correlation of {correlation} (95% interval {low} to {high});"
            " chance in each year draws it towards 0. Students who are in both years are part of it.",
            correlation=number(last.correlation, 2), low=number(last.correlation_low, 2), high=number(last.correlation_high, 2),
        )  # fmt: skip
    shown = for_reading(
        table.assign(level=years),
        ("level", "schools", "same_side", "correlation", "correlation_low", "correlation_high"),
        level=later("Years"),
    )
    title = plural(
        int(last.schools),
        "{same} of {number} school stayed on their side of expected",
        "{same} of {number} schools stayed on their side of expected",
        same=count(last.same_side),
    )
    return Finding(name, title, f"{same} {together}", table, shown)
