"""How much of the missed days a fifth of the students hold: as small tables, and to whom it is shown."""

from pathlib import Path

import pytest
from small_tables import assert_table, days, read, study_of_years

from analysis.findings.gated import passed
from analysis.findings.missed import by_students
from analysis.measures.counted import missed_days_by_students
from analysis.study import Study

TEN = """
    student | school | grade | from | days | absent
    1       | A      | 03    | 1    | 40   | 9
    2       | A      | 03    | 1    | 20   | 4
    2       | B      | 03    | 21   | 20   | 4
    3       | A      | 03    | 1    | 40   | 8
    4       | A      | 03    | 1    | 5    | 5
    5       | A      | 03    | 1    | 40   | 0
    6       | A      | 03    | 1    | 40   | 2.5
    7       | B      | 03    | 1    | 40   | 0
    8       | B      | 03    | 1    | 40   | 0
    9       | B      | 04    | 1    | 40   | 1
    10      | B      | 04    | 1    | 40   | 0.5
    P       | B      | PK    | 1    | 40   | 40
    """


def test_a_fifth_of_the_students_is_counted_over_schools_and_of_all(tmp_path: Path) -> None:
    """Student 1 and one of 2 and 3, who missed 8 days each: 17 of 34. Student 4 counts, though under the minimum."""
    records = days(tmp_path, TEN)
    assert_table(
        missed_days_by_students(records),
        """
        level                     | students | days_absent | share_of_days
        The fifth who missed most | 2        | 17          | 0.5
        All others                | 8        | 17          | 0.5
        """,
    )
    found = by_students(records)
    assert found.title == "A fifth of the students hold 50% of the missed days"
    assert "(2 of 10) hold 50% of all missed days: 17." in found.text
    assert "it would be 20%" in found.text


def test_nobody_missed_a_day_and_two_students_say_so(tmp_path: Path) -> None:
    header = "student | school | grade | days | absent\n"
    none = days(tmp_path, header + "\n".join(f"{one} | A | 03 | 20 | 0" for one in range(5)), name="none")
    assert not by_students(none).title
    two = days(tmp_path, header + "1 | A | 03 | 20 | 2\n2 | A | 03 | 20 | 0", name="two")
    assert by_students(two).text == "There are too few students for a fifth of them."


@pytest.mark.parametrize(
    ("students", "chronic", "shown"),
    [
        (60, 15, True),
        (60, 5, False),  # few chronic students: what a fifth missed would bound how many
        (60, 54, False),
        (45, 15, False),  # a fifth are nine students
        (60, 0, False),
    ],
)
def test_partners_see_it_where_they_see_the_chronic_count(
    tmp_path: Path, students: int, chronic: int, *, shown: bool
) -> None:
    rows = [f"{one} | A | 03 | 180 | {20 if one < chronic else 3}" for one in range(students)]
    study = study_of_years(tmp_path, "student | school | grade | enrolled | absent\n" + "\n".join(rows))
    records = read(Study.load(study.path, audience="partner"))
    table = passed(records, "missed_days_by_students", missed_days_by_students(records))
    assert bool(table["days_absent"].notna().all()) == shown
    assert table["days_absent"].isna().all() != shown, "the one would be what the other leaves"
    assert ("hidden to protect students" in by_students(records).title) != shown
