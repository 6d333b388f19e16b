"""Where students are all alike an error is nothing: no number of a table is divided by it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_tables import years

from analysis.models.estimates import estimate

LOOSE = "models: {minimum_students: 1, minimum_bridge_students: 1}\n"


@pytest.mark.parametrize(
    ("enrolled", "absent"), [(lambda _: 180, lambda _: 18), (lambda i: 0.001 * (1 + i % 3), lambda i: 0.001 * (i % 2))]
)
def test_no_number_is_endless(tmp_path: Path, enrolled, absent) -> None:
    """The influence of a school was 0 / 0, and a coefficient stood an endless number of its errors from 0."""
    rows = [f"{i} | {'ABC'[i % 3]} | 0{3 + i % 2} | {enrolled(i):.3f} | {absent(i):.3f}" for i in range(60)]
    made = estimate(years(tmp_path, "student | school | grade | enrolled | absent\n" + "\n".join(rows), rest=LOOSE))
    tables = {name: table for name, table in vars(made).items() if isinstance(table, pd.DataFrame)}
    assert len(tables["coefficients"])
    for name, table in tables.items():
        assert not np.isinf(table.select_dtypes("number").to_numpy(dtype=float)).any(), name
