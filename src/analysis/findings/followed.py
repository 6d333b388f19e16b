"""Findings that need students to be followed: who is near the line, short stays, the first month, the year before."""

from analysis.disclosure import hidden_text
from analysis.findings.finding import NOTHING, Finding
from analysis.findings.gated import passed
from analysis.findings.outcome import lead_of
from analysis.findings.sentences import NO_DATES, SHARE_NEEDS_DAYS
from analysis.findings.tables import COUNTED, for_reading, rows
from analysis.findings.words import capital, count, missing, percent
from analysis.language import later, plural, say, told
from analysis.measures import counted
from analysis.records.student_rows import has_ids
from analysis.records.types import Source, StudentRecords

FEWEST_TO_TITLE = 10
"""A share of fewer students than these is no heading."""


def near_threshold(records: Source) -> Finding:
    """Count the students within two days of the line: the movable group."""
    if not isinstance(records, StudentRecords) or records.measure == "rate" or records.outcome == "days":
        return NOTHING
    table = passed(records, "near_threshold", counted.near_threshold(records))
    if table.empty:  # nobody was enrolled for the minimum of days
        return NOTHING
    total = table[table["level_type"] == "total"].iloc[0]
    if missing(total.just_below) or missing(total.just_above):
        return Finding.hidden("near_threshold", say("Near the line"), table)
    below, above = near_the_line(total.just_below, total.just_above, running=records.progress is not None)
    text = say("{some_below}, and {some_above}.", some_below=below, some_above=above)
    if total.just_below + total.just_above != 0:
        text += " " + say("A day or two decides for them.")
    schools = table[table["level_type"] == "level"].merge(records.schools, on="school_id", how="left")
    schools = schools.sort_values("just_below", ascending=False)
    shown = for_reading(schools, ("school_name", "students_counted", "just_below", "just_above", "hidden"))
    title = plural(
        total.just_below,
        "{number} student is within two days below the line",
        "{number} students are within two days below the line",
    )
    return Finding("near_threshold", title, text, table, shown, note=hidden_text(table))


def near_the_line(below: float, above: float, *, running: bool) -> tuple[str, str]:
    """Say how many are just below the line of chronic absence, and how many just above it."""
    if running:
        return plural(
            below,
            "{number} student is not on track to be chronically absent but would be with two more days absent",
            "{number} students are not on track to be chronically absent but would be with two more days absent",
        ), plural(
            above,
            "{number} is on track to be chronically absent by two days or fewer",
            "{number} are on track to be chronically absent by two days or fewer",
        )
    return plural(
        below,
        "{number} student is not chronically absent but would be with two more days absent",
        "{number} students are not chronically absent but would be with two more days absent",
    ), plural(
        above,
        "{number} is chronically absent by two days or fewer",
        "{number} are chronically absent by two days or fewer",
    )


def by_days_enrolled(records: Source) -> Finding:
    """Say how chronic absence goes with a short stay."""
    name = "chronic_by_days_enrolled"
    if not isinstance(records, StudentRecords) or records.measure != "days":
        return NOTHING
    table = passed(records, name, counted.chronic_by_days_enrolled(records))
    if table.empty:  # nobody was enrolled for the minimum of days
        return NOTHING
    known = table[table["chronic_rate"].notna()]
    if known.empty:
        return Finding.hidden(name, say("Short stays"), table)
    if len(table) < 2:
        text = say(
            "All students counted were enrolled {days} days, so short stays cannot be compared with long ones.",
            days=table["level"].iloc[0],
        )
        return Finding(name, say("Short stays: none to compare"), text, table)
    words = [
        say("{rate} of those enrolled {days} days", rate=percent(row.chronic_rate), days=row.level)
        for row in rows(known)
    ]
    text = say(
        "{chronic} were {rates}. A student with few days crosses the line more easily, so compare like with like.",
        chronic=capital(lead_of(records).axis), rates="; ".join(words),
    )  # fmt: skip
    shown = lead_of(records).heads(for_reading(table, ("level", *COUNTED), level=later("Days enrolled")))
    return Finding(name, say("Short stays and chronic absence"), text, table, shown)


def early_signal(records: Source) -> Finding:
    """Say who of those absent in the first month ended the year chronic."""
    if not isinstance(records, StudentRecords):
        return NOTHING
    if not records.dated or records.outcome == "days":
        return not_told(records)
    days, first = len(records.dates), count(counted.EARLY_DAYS)
    if 0 < days < 2 * counted.EARLY_DAYS:
        text = say(
            "These records hold {days} days of school: too few to see how the first {first} go with the rest.",
            days=days, first=first,
        )  # fmt: skip
        return Finding("early_signal", say("The first month: no year to follow it into"), text)
    table = passed(records, "early_signal", counted.early_signal(records))
    if table.empty:  # nobody was enrolled for the minimum of days
        return NOTHING
    known = table[table["chronic_rate"].notna()]
    if known.empty:
        return Finding.hidden("early_signal", say("The first {first} days", first=first), table)
    words = [say("{days} days absent: {rate}", days=row.level, rate=percent(row.chronic_rate)) for row in rows(known)]
    until = say("so far") if records.progress else say("at the end of the year")
    text = say(
        "{chronic} {until}, by days absent in the first {first} days of school: {rates}.",
        chronic=capital(lead_of(records).axis), until=until, first=first, rates="; ".join(words),
    )  # fmt: skip
    text += " " + say("Those days are part of the year's count.")
    last = known.iloc[-1]
    if last.students_counted < FEWEST_TO_TITLE:
        title = say("The first {first} days: few students missed many", first=first)
    else:
        title = say(
            "Of those who missed {missed} of the first {first} days, {rate} {did} {until}",
            did=lead_of(records).did, missed=last.level, first=first, rate=percent(last.chronic_rate, 0), until=until,
        )  # fmt: skip
    shown = lead_of(records).heads(for_reading(table, ("level", *COUNTED), level=later("Days absent in the first 20")))
    return Finding("early_signal", title, text, table, shown)


def not_told(records: StudentRecords) -> Finding:
    """Say in one place what such records cannot say about students."""
    text = []
    if not records.dated:
        text += [
            told(NO_DATES),
            say("Who of those absent in the first month ended the year chronically absent, neither."),
        ]
    if records.measure == "rate":
        text.append(
            say(
                "They give rates without days: who is within two days of the line, and how short stays go with chronic"
                " absence, cannot be told."
            )
        )
    if records.measure == "absent_only":
        text.append(
            say("How short stays go with absence cannot be told: they do not say how long a student was enrolled.")
        )
    if records.outcome == "days":
        text.append(told(SHARE_NEEDS_DAYS))
    if not has_ids(records.study):
        text.append(say("They have no ids of students, so nobody is followed from one year to the next."))
    return Finding("early_signal", say("What these records cannot say about students"), " ".join(text))


def persistence(records: Source) -> Finding:
    """Say how chronic absence goes on from one year to the next."""
    if not isinstance(records, StudentRecords) or records.outcome == "days" or not has_ids(records.study):
        return NOTHING
    table = passed(records, "persistence", counted.persistence(records))
    if len(records.years) < 2:
        only = say("These records hold one year, so no student can be followed into the next.")
        return Finding("persistence", say("From year to year: one year only"), only, table)
    last = table[table["school_year"] == records.year].set_index("level")["chronic_rate"]
    if last.empty:
        gone = say(
            "The year before {year} is not in these records, so no student can be followed into it.", year=records.year
        )
        return Finding("persistence", say("From year to year: the year before is missing"), gone, table)
    was, was_not = last.get(counted.WAS, float("nan")), last.get(counted.WAS_NOT, float("nan"))
    if missing(was) and missing(was_not):
        return Finding.hidden("persistence", say("From year to year"), table)
    text = []
    if not missing(was):
        text.append(
            say(
                "Of students who {did} the year before, {rate} were so again.",
                did=lead_of(records).did,
                rate=percent(was),
            )
        )
    if not missing(was_not):
        text.append(say("Of those who were not, {rate} became so.", rate=percent(was_not)))
    shown = for_reading(
        table.assign(level=table["level"].map(told)),
        ("school_year", "level", *COUNTED),
        level=later("Year before"),
    )
    shown = lead_of(records).heads(shown)
    title = say("From year to year")
    if not missing(was):
        title = say("{rate} stayed {chronic}", rate=percent(was, 0), chronic=lead_of(records).axis)
    return Finding("persistence", title, " ".join(text), table, shown, note=hidden_text(table))
