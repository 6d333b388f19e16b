"""What may change nothing from the files to the tables."""

import pandas as pd
from hypothesis import given
from test_measures import COUNTS, few, recorded, some_days

from analysis.measures.student_tables import absence_by

DRIVERS = ("grade_level", "school_id", "month", "sex")


@few
@given(some_days)
def test_the_names_of_schools_and_students_change_nothing(rows: list[list[str]]) -> None:
    names = {"A": "zebra", "B": "Aardvark", "C": "m 1"}
    renamed = [[f"x{9 - int(row[0]):03}", row[1], names[row[2]], *row[3:]] for row in rows]
    with recorded(rows) as first, recorded(renamed) as second:
        pd.testing.assert_frame_equal(first.flow, second.flow)
        for driver in DRIVERS:
            before, after = absence_by(first, driver), absence_by(second, driver)
            if driver == "school_id":
                before = before.replace({"level": names, "school_id": names})
            keys = [name for name in before if before[name].dtype in ("str", "object") and name in after]
            ordered = [table.sort_values(keys).reset_index(drop=True)[[*keys, *COUNTS]] for table in (before, after)]
            pd.testing.assert_frame_equal(*ordered, check_dtype=False)
