"""What `absence init` writes: a study to fill in, each key explained."""

import re
from pathlib import Path

from analysis.problems import Problem, UserError

TEMPLATE = """\
# The study {name}: what to analyse, from which files, by which definitions. docs/study.md lists every key.
# After every change: absence check studies/{name}.yaml      When it is clean: absence run studies/{name}.yaml
title: {name}
data: data/raw                    # folder of the files below; it is never changed, and git ignores it
audience: partner                 # internal: exact tables; partner, public: small counts hidden
records:
  kind: student_days              # a row a student and day, present days too (published_counts: see the end)
  files:
    - path: attendance.csv        # CSV, CSV.gz, XLSX, XLS or Parquet; * and {{school_year}} may stand in it
      # header_row: 1             # the line with the names
      # delimiter: ","
      # sheet: Attendance         # of an Excel workbook; the first one where not said
  set: {{district_id: "1", district_name: Our district}}
  columns:                        # ours: the name in the file's header (or its place, '#3')
    student_id: student_id
    school_id: school_id
    grade_level: grade            # leave it out where the records have no grades
    date: date
    days_absent: days_absent      # 0, 0.5 or 1; empty is a day that nobody marked. Or, instead:
    # attendance_code: code       # a code a day; values.attendance_code says what each means
    # days_enrolled: membership   # 1, or a part of a day; 1 where not said
    # absence_reason: reason
  date_format: "%Y-%m-%d"
  # values:                       # the file's words: ours. Usual spellings of grades need no mapping
  #   attendance_code: {{P: present, A: absent, E: excused, U: unexcused, S: suspension, T: tardy, H: half_absent}}
  #   grade_level: {{"30": KG}}
  # groups: [english_learner]     # columns of the file, or of the table of students
  # students:
  #   files: [{{path: students.csv}}]
  #   columns: {{student_id: student_id, english_learner: ell}}
  # schools:
  #   files: [{{path: schools.csv}}]
  #   columns: {{school_id: school_id, school_name: name, school_level: level}}
  # calendar:                     # the days of school; inferred from the records where not given
  #   files: [{{path: calendar.csv}}]
  #   columns: {{date: date, instructional: instructional, note: note}}
definitions:
  chronic: {{at_least: 0.10, of: share}}        # or {{at_least: 15, of: days}}
  minimum_days: {{days: 10, at: student}}       # enrolled at least so long to be counted as chronic or not
disclosure: {{rule: minimum, minimum: 10}}      # counts under it are hidden from partners and the public
# A table that was published already (district x grade x group, with suppression marks) has kind published_counts;
# studies/hartford.yaml is a whole example.
"""


def write_study(root: Path, name: str) -> Path:
    """Write `studies/<name>.yaml` below a folder.

    Raises
    ------
    UserError
        The name is none, or the study is there already.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", name):
        fix = "use letters, digits and hyphens, such as my-district"
        raise UserError("usage", Problem(name, "is no name for a study", "files and folders are named by it", fix))
    path = Path("studies") / f"{name}.yaml"
    if (root / path).exists():
        raise UserError("usage", Problem(str(path), "is there already", "it would be lost", "choose another name"))
    (root / path).parent.mkdir(exist_ok=True)
    (root / path).write_text(TEMPLATE.format(name=name), encoding="utf-8")
    return path
