"""The cost of canonical days to coefficients and both covariances as days grow: 1, 4, 25 and 90 million."""

import sys

import numpy as np
from districts import read
from drivers import ours
from measure import compare

STUDENTS = {"1 M": 5_600, "4 M": 21_000, "25 M": 132_000, "90 M": 475_000}


def exponent(days: list[float], seconds: list[float]) -> float:
    """Give the slope of log seconds on log days: under 1, a day gets cheaper."""
    return float(np.polyfit(np.log(days), np.log(seconds), 1)[0])


if __name__ == "__main__":
    wanted = {name: students for name, students in STUDENTS.items() if name in sys.argv[1:] or len(sys.argv) == 1}
    if len(sys.argv) == 1:
        for students in wanted.values():
            read(students)
    compare(__file__, {name: lambda size=students: ours(size) for name, students in wanted.items()}, against="1 M")
