"""A small source of every kind, without a fault: its study and its files. Students' ids begin with CANARY."""

from dataclasses import dataclass, field
from pathlib import Path

from small_tables import DAYS, study_from

from analysis.study import Study

CANARY = "CANARY"
HEAD = "title: T\ndata: data\naudience: internal\n"


def _file(header: str, *rows: str) -> str:
    return "".join(f"{line}\n" for line in (header, *rows))


@dataclass(frozen=True)
class Small:
    """A source: the YAML of its study, and its files, the records first."""

    yaml: str
    files: dict[str, str] = field(default_factory=dict)


DAY_ROWS = [f"CANARY-{student},A,03,{day},{int(student == 1)}" for student in (1, 2) for day in DAYS[:6]]
SPELLS = _file("student,school,grade,entry,exit", *(f"CANARY-{n},A,03,2017-09-05,2018-06-30" for n in range(1, 5)))
CALENDAR = _file("day,school", *(f"{day},true" for day in DAYS))
ENROLMENT = """  enrolment:
    files: [{path: spells.csv}]
    columns: {student_id: student, school_id: school, grade_level: grade, entry_date: entry, exit_date: exit}
"""
SMALL = {
    "student_days": Small(
        """records:
  kind: student_days
  files: [{path: t.csv}]
  columns: {student_id: student, school_id: school, grade_level: grade, date: date, days_absent: absent}
""",
        {"t.csv": _file("student,school,grade,date,absent", *DAY_ROWS)},
    ),
    "absence_events": Small(
        """records:
  kind: absence_events
  files: [{path: t.csv}]
  columns: {student_id: student, school_id: school, date: date, days_absent: absent}
  calendar: {files: [{path: calendar.csv}], columns: {date: day, instructional: school}}
"""
        + ENROLMENT,
        {
            "t.csv": _file("student,school,date,absent", *(f"CANARY-{n},A,{DAYS[n]},1" for n in range(1, 5))),
            "spells.csv": SPELLS,
            "calendar.csv": CALENDAR,
        },
    ),
    "student_years": Small(
        """records:
  kind: student_years
  files: [{path: t.csv}]
  set: {school_year: 2017-18}
  columns: {student_id: student, school_id: school, grade_level: grade, days_enrolled: enrolled, days_absent: absent}
""",
        {"t.csv": _file("student,school,grade,enrolled,absent", *(f"CANARY-{n},A,03,180,{n}" for n in range(1, 9)))},
    ),
    "published_counts": Small(
        """records:
  kind: published_counts
  rates_are: percent
  marks: {suppressed: ['*']}
  files: [{path: t.csv}]
  set: {school_year: 2017-18}
  columns: {district_id: district, grade_level: grade, students: n, chronically_absent: chronic, chronic_rate: rate}
""",
        {
            "t.csv": _file(
                "district,grade,n,chronic,rate",
                *(
                    f"{d},{grade:02},{d * 100},{d * (20 + grade)},{20 + grade}"
                    for d in (2, 3, 7)
                    for grade in range(1, 7)
                ),
            )
        },
    ),
    "school_days": Small(
        """records:
  kind: school_days
  rates_are: percent
  files: [{path: t.csv}]
  columns: {school_id: school, district_id: district, date: date, attendance_rate: present}
""",
        {
            "t.csv": _file(
                "school,district,date,present",
                *(f"{school},1,{day},{90 + place}.5" for school in "ABC" for place, day in enumerate(DAYS[:6])),
            )
        },
    ),
}
"""By kind; in every `t.csv` the header is line 1."""


def write_small(
    folder: Path, kind: str, files: dict[str, str | bytes | None], yaml: tuple[str, str] = ("", "")
) -> Study:
    """Write a source with its faults, and give its study.

    Parameters
    ----------
    files : by name what stands in it instead; after '+' what stands below its sound rows; None where it is not there.
    yaml : what the study has, and what stands instead; where the first is empty, the second is added to `records`.
    """
    small = SMALL[kind]
    (folder / "data").mkdir(exist_ok=True)
    for name, text in {**small.files, **files}.items():
        if text is not None:
            added = isinstance(text, str) and text.startswith("+")
            content = small.files[name] + text[1:] if added and isinstance(text, str) else text
            path = folder / "data" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    old, new = yaml
    assert old in small.yaml
    text = small.yaml.replace(old, new) if old else small.yaml + new
    return study_from(folder, HEAD + text)
