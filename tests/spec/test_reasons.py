"""The mix of reasons by month, grade and group: as small tables, and what is said of it."""

from pathlib import Path

from small_tables import assert_table, days
from test_published_counts import published

from analysis import findings
from analysis.measures.reasons import reasons_by

GROUPED = "  groups: [lunch]\n  values: {absence_reason: {E: excused, U: unexcused}}\n"
ROWS = """
    student | school | grade | date       | absent | reason | lunch
    1       | A      | 03    | 2017-09-05 | 1      | E      | yes
    1       | A      | 03    | 2017-09-06 | 1      | U      | yes
    1       | A      | 03    | 2017-10-03 | 0.5    | U      | yes
    1       | A      | 03    | 2017-10-04 | 0      |        | yes
    2       | A      | 04    | 2017-09-05 | 1      | E      | no
    2       | A      | 05    | 2017-09-06 | 1      | E      | no
    2       | A      | 05    | 2017-10-03 | 1      |        | no
    2       | A      | 05    | 2017-10-04 | 0      |        | no
    3       | A      | PK    | 2017-09-05 | 1      | U      | no
    """


def test_days_absent_are_shared_out_by_reason_in_each_month_grade_and_group(tmp_path: Path) -> None:
    """Student 2 was in grade 5 on most days, and so stands there with all days; PK is in no total."""
    records = days(tmp_path, ROWS, GROUPED)
    assert_table(
        reasons_by(records, "month"),
        """
        month   | absence_reason | students | days_absent | share_of_days
        2017-09 | excused        | 2        | 3           | 0.75
        2017-09 | unexcused      | 1        | 1           | 0.25
        2017-10 | unexcused      | 1        | 0.5         | 0.333333
        2017-10 | unknown        | 1        | 1           | 0.666667
        """,
    )
    assert_table(
        reasons_by(records, "grade_level"),
        """
        grade_level | absence_reason | students | days_absent | share_of_days
        03          | excused        | 1        | 1           | 0.4
        03          | unexcused      | 1        | 1.5         | 0.6
        05          | excused        | 1        | 2           | 0.666667
        05          | unknown        | 1        | 1           | 0.333333
        """,
    )
    assert_table(
        reasons_by(records, "lunch"),
        """
        lunch | absence_reason | students | days_absent | share_of_days
        no    | excused        | 1        | 2           | 0.666667
        no    | unknown        | 1        | 1           | 0.333333
        yes   | excused        | 1        | 1           | 0.4
        yes   | unexcused      | 1        | 1.5         | 0.6
        """,
    )


def test_what_is_said_of_them(tmp_path: Path) -> None:
    page = findings.season(days(tmp_path, ROWS, GROUPED).study)
    month, (group,) = page.reasons_by_month, page.reasons_by_group
    assert month.title == "By month, 25% to 33% of the days absent were unexcused"
    assert "is highest in October 2017 (33%) and lowest in September 2017 (25%)" in month.text
    assert "by lunch: yes 60%. This checks the labels" in group.text
    assert "out of all days absent there, those without a known reason too" in group.text


def test_records_without_reasons_say_so(tmp_path: Path) -> None:
    without = "\n".join(line.rpartition("|")[0].rpartition("|")[0] for line in ROWS.strip().splitlines())
    page = findings.season(days(tmp_path, without).study)
    assert page.reasons.text == "These records give no reason of an absence."
    assert not page.reasons_by_month.title and not page.reasons_by_grade.title and not page.reasons_by_group
    counts = findings.season(published(tmp_path, "Code|Grade|Count|Rate\n01|Kindergarten|398|28.0").study)
    assert counts.reasons.text == "These records give no reason of an absence."
