"""The words of the field, in one place: columns, grades, tiers, reasons, and the unit that days are counted in.

Terms are those of Ed-Fi, CEDS, EDFacts and Attendance Works; GLOSSARY.md explains each in a sentence.
"""

from typing import Final

from analysis.language import later

DAY: Final = 1000
"""Days are integers in the engine, in thousandths of a day, so that sums are exact in any order."""

GRADES: Final = ("PK", "KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")
K12: Final = GRADES[1:]
BANDS: Final = {"K-8": GRADES[1:10], "9-12": GRADES[10:]}

PAIR: Final[tuple[str, str]] = ("grade_level", "school_id")
"""The drivers that say where a student belongs; what they cannot tell apart is the parts of their graph."""
SEASON: Final = ("month", "week", "weekday", "near_break")
"""Drivers that belong to dates: all students share them, so their errors are clustered by date as well."""

TIERS: Final = ("satisfactory", "at_risk", "moderate_chronic", "severe_chronic")
CHRONIC_LEVELS: Final = {"extreme": 30, "high": 20, "significant": 10, "modest": 5, "low": 0}
"""Attendance Works' levels of a school: from which percent of its students chronically absent.

They are, from memory, of its *Portraits of Change* (with the Everyone Graduates Center, September 2017), which could
not be opened here. The upper three (10 to 19.9, 20 to 29.9, 30 or more) were read at
<https://westat.com/student-success-figure-1-image-description>; the line at 5, between modest and low, nowhere.
"""
REASONS: Final = (later("excused"), later("unexcused"), later("suspension"))
SCHOOL_LEVELS: Final = (later("elementary"), later("middle"), later("high"), later("combined"), later("other"))
WEEKDAYS: Final = (
    later("Monday"), later("Tuesday"), later("Wednesday"), later("Thursday"), later("Friday"), later("Saturday"),
    later("Sunday"),
)  # fmt: skip

_ORDINALS = (
    "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth", "Eleventh",
    "Twelfth",
)  # fmt: skip

_ENDINGS = {1: "st", 2: "nd", 3: "rd"}

GRADE_WORDS: Final = {
    **dict.fromkeys(
        ("pk", "prek", "pre-k", "pre-kindergarten", "prekindergarten", "preschool", "preschool/prekindergarten"), "PK"
    ),
    **dict.fromkeys(("k", "kg", "0k", "kindergarten", "grade k"), "KG"),
    **{
        word: f"{number:02}"
        for number in range(1, 13)
        for spelt in (f"{number}", f"{number:02}", f"{number}{_ENDINGS.get(number, 'th')}")
        for word in (spelt, f"grade {spelt}", f"{spelt} grade")
    },
    **{f"{number}.0": f"{number:02}" for number in range(1, 13)},  # as programs write numbers beside empty cells
    **{f"{ordinal.lower()} grade": f"{number:02}" for number, ordinal in enumerate(_ORDINALS, 1)},
}
"""Spellings of a grade that have one meaning only (lower case, inner spaces folded); others are mapped in the study."""

ATTENDANCE_CODES: Final = ("present", "tardy", "absent", "half_absent", "unmarked", *REASONS)
"""What a source's attendance code can be mapped to; a reason alone means absent all day for that reason."""
ATTENDANCE_WORDS: Final = {
    "in attendance": "present", "early departure": "tardy", "excused absence": "excused",
    "unexcused absence": "unexcused",
}  # fmt: skip
"""Ed-Fi's codes of one meaning only (lower case): who leaves early came, as who comes late. 'Partial' has not."""

INSTRUCTIONAL_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "y", "1", "instructional day", "make-up day"), "true"),
    **dict.fromkeys(("false", "no", "n", "0", "non-instructional day", "holiday", "teacher only day"), "false"),
}
"""What says of a date that it is a day of school, or none (lower case); Ed-Fi's other calendar events are mapped."""

LEVEL_ORDER: Final[dict[str, tuple[str, ...]]] = {
    "grade_level": GRADES,
    "weekday": WEEKDAYS,
    "near_break": ("other", "day before a break", "day after a break"),
}
"""Drivers whose levels have an order of their own; others are sorted."""

DAYS: Final = ("days_enrolled", "days_absent", "days_unmarked")
"""Columns of student-days that hold thousandths of a day."""
KEYS: Final = ("school_year", "district_id")
"""By what all tables are apart."""
LEVEL_COLUMNS: Final = (*KEYS, "level_type")
ALL: Final = "all"
"""What stands for all levels of a column, in tables and in what sources publish."""
UNKNOWN: Final = later("unknown")
"""The level of those of whom it is not known."""
COUNT_COLUMNS: Final = (
    "students", "students_counted", "students_basis", "days_enrolled", "days_absent", "days_unmarked", "absence_rate",
    "rate_low", "rate_high", "chronically_absent", "chronic_rate", *TIERS,
)  # fmt: skip
"""Columns of every `absence_by_*` table, between its level and the last column, `hidden`."""

PUBLISHED_NUMBERS: Final = (
    "students", "chronically_absent", "regular_attenders", "days_enrolled", "days_absent", "days_present",
    "chronic_rate", "regular_attendance_rate", "absence_rate", "attendance_rate",
)  # fmt: skip
"""Numbers that a published table can have."""


def grade_range(grades: tuple[str, ...]) -> str:
    """Name a run of grades by its ends, as in `K-12` or `6-8`."""
    short = ["K" if grade == "KG" else grade.lstrip("0") for grade in (grades[0], grades[-1])]
    return short[0] if len(grades) == 1 else "-".join(short)
