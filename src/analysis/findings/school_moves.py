"""Page 02: each school over the years, and which schools moved by more than chance would give."""

import pandas as pd

from analysis.findings.finding import NOTHING, Finding
from analysis.findings.gated import gated, passed
from analysis.findings.levels import MOST_DRAWN, MOST_READ, cut_text
from analysis.findings.outcome import lead_of
from analysis.findings.tables import beyond_chance, for_reading, rows
from analysis.findings.tiers import COUNTED_YEARS, tier_bounds
from analysis.findings.words import SCHOOLS, count, counted, joined, percent, signed, some_of, years_name
from analysis.language import later, plural, say, told
from analysis.models.school_changes import CHANGES
from analysis.models.school_changes import school_changes as changes_of
from analysis.models.schools import FALSE_DISCOVERY_RATE
from analysis.models.tables import begun, stacked
from analysis.records.types import PublishedCounts, Source, StudentRecords

NAME = "school_changes"
PARTS = {"chronic": "chronically_absent", "satisfactory": "satisfactory"}
"""What moves, and of how many students it is the share."""


def school_changes(records: Source) -> Finding:
    """Stand each school's years beside each other: is chronic absence falling, and satisfactory attendance growing?"""
    if not isinstance(records, StudentRecords | PublishedCounts) or len(records.schools) < 2:
        return NOTHING  # said by school, or of what the records cannot say
    lead, minimum = lead_of(records), records.study.settings.models.minimum_students
    schools = lead.added(gated(records, "school_id"))
    schools = schools[(schools["level_type"] == "level") & (schools["school_year"] <= records.year)]
    shown_years = schools.loc[schools[lead.rate].notna(), "school_year"].unique()
    if len(shown_years) < 2 or records.year not in shown_years:
        return NOTHING  # said where the years of all stand beside each other
    changes = change_table(schools, minimum)
    districts, rest = changes["district_id"], changes.drop(columns="district_id")
    table = passed(records, NAME, begun(records, rest).assign(district_id=districts))
    names = records.schools.set_index("school_id")["school_name"]
    names = names.where(names != "", names.index)
    pairs = [
        (str(outcome), str(level), changes[changes["p_adjusted"].notna()])
        for (outcome, level), changes in table.groupby(["outcome", "level"], sort=False)
    ]
    said = [_moved(records, *pair, names) for pair in pairs if len(pair[2])]
    title = say("Each school over the years")
    if pairs and pairs[0][0] == "chronic" and len(pairs[0][2]):
        title = _title(years_name(pairs[0][1]), *_ways(pairs[0][2]))
    text = joined(
        *said,
        say(
            "The range of a change holds how few students a school has, and how far schools here move from one year to the"
            " next. Where it reaches over 0, the numbers do not say which way a school is going. Its students and grades"
            " may be others too."
        ) if said else told(COUNTED_YEARS),
        _why_not(table, schools),
    )  # fmt: skip
    shown, note = _read(records, schools, table, names)
    return Finding(NAME, title, text, table if len(table) else None, shown, note=note)


def change_table(schools: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Give the changes of what there are counts of: `outcome`, then the columns of `school_changes`.

    Parameters
    ----------
    schools : the levels of `absence_by_school` as it is shown, up to the year of the pages.
    """
    made = [
        changes_of(schools, part, minimum).assign(outcome=outcome)
        for outcome, part in PARTS.items()
        if (schools[part].notna() & schools["students_counted"].notna()).any()
    ]
    table = stacked(made, ["outcome", *CHANGES])
    return table[["outcome", *table.columns.drop("outcome")]]


def _ways(tested: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the schools that rose and those that fell by more than chance would give, the furthest first."""
    clear = tested[beyond_chance(tested)].sort_values("contrast")
    return clear[clear["contrast"] > 0].iloc[::-1], clear[clear["contrast"] < 0]


def _title(years: str, rose: pd.DataFrame, fell: pd.DataFrame) -> str:
    if rose.empty and fell.empty:
        return say("No school moved by more than chance would give from {years}", years=years)
    return plural(
        len(rose), "From {years} chronic absence rose at {number} school and fell at {fell}",
        "From {years} chronic absence rose at {number} schools and fell at {fell}", fell=count(len(fell)), years=years,
    )  # fmt: skip


def _moved(records: Source, outcome: str, level: str, tested: pd.DataFrame, names: "pd.Series[str]") -> str:
    """Say which schools moved between two years, and of how many."""
    rose, fell = (
        [
            say("{school} ({points})", school=names[row.school_id], points=signed(row.contrast))
            for row in rows(way)
        ]
        for way in _ways(tested)
    )  # fmt: skip
    said = {"years": years_name(level), "schools": counted(len(tested), *SCHOOLS), "rate": lead_of(records).noun}
    if outcome == "satisfactory":
        said["rate"] = say("share under {at_risk} absent (satisfactory attendance)", **tier_bounds(records))
    if not rose and not fell:
        return say(
            "From {years}, of {schools} tested, the {rate} moved at none by more than chance would give (false discovery"
            " rate of 5%).",
            **said,
        )
    return joined(
        say(
            "From {years}, of {schools} tested, the {rate} rose at {rose} and fell at {fell} by more than chance would give"
            " (false discovery rate of 5%).",
            rose=count(len(rose)), fell=count(len(fell)), **said,
        ),
        say("Rose: {schools}.", schools=some_of(rose)) if rose else "",
        say("Fell: {schools}.", schools=some_of(fell)) if fell else "",
    )  # fmt: skip


def _why_not(table: pd.DataFrame, schools: pd.DataFrame) -> str:
    """Say of how many schools nothing is compared in the last two years, and why."""
    if table.empty:
        return say("Whether a school moved by more than chance would give, these numbers cannot say.")
    first = table[(table["outcome"] == table["outcome"].iloc[0]) & (table["level"] == table["level"].iloc[0])]
    reasons = [
        say("{reason} ({schools})", reason=told(reason).rstrip("."), schools=counted(len(these), *SCHOOLS))
        for reason, these in first[first["reason"] != ""].groupby("reason")
    ]
    hidden = int((first["rate_after"].isna() | first["rate_before"].isna()).sum())
    if hidden:
        reasons.append(say("A rate is not shown ({schools})", schools=counted(hidden, *SCHOOLS)))
    two = schools[schools["school_year"].isin(str(first["level"].iloc[0]).split(" to "))]
    alone = two["school_id"].nunique() - len(first)
    if alone:
        reasons.append(say("In one of the two years alone ({schools})", schools=counted(alone, *SCHOOLS)))
    return say("Not compared: {reasons}.", reasons="; ".join(reasons)) if reasons else ""


def _read(
    records: Source, schools: pd.DataFrame, table: pd.DataFrame, names: "pd.Series[str]"
) -> tuple[pd.DataFrame, str]:
    """Give the table for readers, a row a school: its rate in each year, and how far it moved in the last two."""
    lead = lead_of(records)
    grid = schools.pivot_table(index="school_id", columns="school_year", values=lead.rate, aggfunc="first")
    grid = grid.sort_values(records.year, ascending=False, kind="stable")
    read = grid.map(lead.say).rename_axis(columns=None)
    read.insert(0, "label", names.reindex(read.index))
    firsts = {outcome: of for (outcome, _), of in reversed(list(table.groupby(["outcome", "level"], sort=False)))}
    for outcome, of in ((outcome, firsts[outcome].set_index("school_id")) for outcome in PARTS if outcome in firsts):
        if outcome == "satisfactory":
            read["was"], read["now"] = of["rate_before"].map(percent), of["rate_after"].map(percent)
        else:
            read[["contrast", "contrast_low", "contrast_high"]] = of[["contrast", "contrast_low", "contrast_high"]]
        clear = of["p_adjusted"] < FALSE_DISCOVERY_RATE
        way = of["contrast"].gt(0).map({True: say("rose"), False: say("fell")})
        read[outcome] = way.where(clear, "").reindex(read.index).fillna("")
    known = read[grid[records.year].notna()]
    if len(known) > MOST_READ:
        read = read.head(MOST_DRAWN)
    shown = for_reading(
        read.reset_index(drop=True), list(read.columns), label=later("School"), contrast=later("Points, of the last two years"),
        contrast_low=later("Points, low"), contrast_high=later("Points, high"), chronic=later("Clear"),
        was=later("Satisfactory before"), now=later("Satisfactory after"),
        satisfactory=later("Satisfactory, clear"),
    )  # fmt: skip
    return shown, cut_text(known)
