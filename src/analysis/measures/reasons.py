"""Days absent by the reason that was written down and by month, grade or student group: the mix of reasons."""

import narwhals as nw
import pandas as pd

from analysis.measures.order import in_order
from analysis.measures.student_years import counted_days, counted_stays, student_years, summed_days
from analysis.records.types import StudentRecords
from analysis.vocabulary import GRADES, KEYS, LEVEL_COLUMNS, REASONS, UNKNOWN


def reasons_by(records: StudentRecords, driver: str) -> pd.DataFrame:
    """Sum the days absent of the year by reason and by another driver.

    Parameters
    ----------
    driver : 'month', 'grade_level' (of most days, as by grade) or a student group.

    Returns
    -------
    DataFrame, a row a reason and a level: `absence_reason`, the driver, `students` (absent for it on at least one such
    day), `days_absent`, `share_of_days` (of all days absent of the level). No row where no reason is known.
    """
    absent = counted_days(records, year=records.year).filter(nw.col("days_absent") > 0)
    if driver != "month":
        groups = () if driver == "grade_level" else (driver,)
        stays = counted_stays(records, year=records.year)
        students = student_years(stays, records.study.settings.definitions, "student", groups)
        absent = absent.drop(driver).join(students.select(*KEYS, "student_id", driver), on=[*KEYS, "student_id"])
    table = summed_days(absent, "absence_reason", driver)
    for column in {"absence_reason", *({driver} - {"month", "grade_level"})}:
        table[column] = table[column].replace("", UNKNOWN)
    table["share_of_days"] = table["days_absent"] / table.groupby([*KEYS, driver])["days_absent"].transform("sum")
    others = sorted({*table[driver], *table["absence_reason"]} - {*GRADES, *REASONS, UNKNOWN})
    table = in_order(table, [driver, "absence_reason"], [*GRADES, *REASONS, *others, UNKNOWN])
    table = table[[*LEVEL_COLUMNS, "absence_reason", driver, "students", "days_absent", "share_of_days"]]
    return table if set(table["absence_reason"]) - {UNKNOWN} else table.iloc[:0]


def reasons_table(driver: str) -> str:
    """Name the table of reasons by a driver."""
    return f"absence_by_reason_and_{'grade' if driver == 'grade_level' else driver}"
