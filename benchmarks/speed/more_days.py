"""The cost of canonical days to coefficients and both covariances as days grow: 1, 4, 25 and 90 million."""

import sys

import numpy as np
from districts import read
from drivers import ours
from measure import compare

STUDENTS = {"ours, 1 M": 5_600, "ours, 4 M": 21_000, "ours, 25 M": 132_000, "ours, 90 M": 475_000}


if __name__ == "__main__":
    if len(sys.argv) == 1:
        for students in STUDENTS.values():
            read(students)
    parts = {name: lambda size=students: ours(size) for name, students in STUDENTS.items()}
    work = compare(__file__, parts, against="ours, 1 M")
    if work:  # under 1, a day gets cheaper as days grow
        slope = np.polyfit(np.log([STUDENTS[name] for name in work]), np.log([*work.values()]), 1)[0]
        print(f"  work grows with days to the power of {slope:.2f}")
