"""Student-days beside the enrolment: the spell that holds a day says its grade, its district and its groups."""

from pathlib import Path

from small_tables import assert_table, put, read, refused, study_of

from analysis import engine, measures
from analysis.study import Study

DAYS = """
    student | school | date       | absent
    1       | A      | 2016-09-06 | 1
    1       | A      | 2017-09-05 | 0
    1       | B      | 2017-09-06 | 1
    2       | A      | 2017-09-05 | 0
    2       | A      | 2017-09-06 | 0.5
    3       | A      | 2017-09-05 | 1
"""
SPELLS = """
    student | school | grade | entry      | exit       | lunch
    1       | A      | 02    | 2016-08-29 |            | yes
    1       | A      | 03    | 2017-08-28 | 2017-09-06 | no
    1       | B      | 03    | 2017-09-06 |            | yes
    2       | A      | 09    | 2017-08-28 |            |
    3       | B      | 04    | 2017-08-28 |            | no
    3       | A      | 03    | 2015-08-28 |            | no
"""
ENROLMENT = """  groups: [lunch]
  enrolment:
    files: [{path: spells.csv}]
    columns:
      {student_id: student, school_id: school, grade_level: grade, entry_date: entry, exit_date: exit, lunch: lunch}
"""


def study(folder: Path, records: str = ENROLMENT) -> Study:
    put(folder, "spells.csv", SPELLS)
    return study_of(folder, DAYS, records)


def test_the_grade_is_that_of_the_school_and_the_year(tmp_path: Path) -> None:
    records = read(study(tmp_path))
    found = engine.execute(
        "SELECT student_id, school_id, left(date, 4), grade_level, lunch, days_absent"
        f" FROM read_parquet('{records.path}') ORDER BY student_id, date"
    )
    assert found == [
        ("1", "A", "2016", "02", "yes", 1000), ("1", "A", "2017", "03", "yes", 0),
        ("1", "B", "2017", "03", "yes", 1000), ("2", "A", "2017", "09", "", 0), ("2", "A", "2017", "09", "", 500),
    ]  # fmt: skip
    assert_table(records.flow, """
        step           | reason                           | rows | students
        read           |                                  | 6    | 3
        set aside      | outside enrolment                | 1    | 1
        used           |                                  | 5    | 2
        used           | in a grade that totals leave out | 0    | 0
        enrolment read |                                  | 6    | .
        enrolment used |                                  | 6    | 3
        """)  # fmt: skip
    (problem,) = records.problems
    assert str(problem).startswith("first at t.csv, line 7: outside enrolment: 1 of 6 rows.")
    assert records.marked  # a day without a mark is still seen


def test_the_district_may_come_from_the_enrolment(tmp_path: Path) -> None:
    records = ENROLMENT.replace("lunch: lunch", "lunch: lunch, district_id: school")
    table = measures.absence_by(read(study(tmp_path, records)), "district_id")
    assert_table(table.query("level_type == 'level'"), """
        school_year | district_id | students | days_absent
        2016-17     | A           | 1        | 1
        2017-18     | A           | 2        | 0.5
        2017-18     | B           | 1        | 1
        """)  # fmt: skip


def test_dates_that_are_not_understood_stop(tmp_path: Path) -> None:
    path = tmp_path / "data" / "spells.csv"
    found = study(tmp_path)
    path.write_text(path.read_text().replace("-08-28", " August"))
    assert refused(found) == [
        "first at spells.csv, line 3: entry date not understood: 4 of 6 rows. The spell has no beginning. Check"
        " records.date_format."
    ]
