"""The column `hidden`, and the sentence that it comes to."""

import pandas as pd

from analysis.language import digits, later, say

_WHY = {
    "minimum": later("{rows} because too few students stand behind a number"),
    "complement": later("{rows} because a hidden number could be worked out from them"),
    "source": later("{rows} by the source"),
    "not_available": later("{rows} because the source has no such number, or none that can be true"),
}


def with_marks(table: pd.DataFrame, marks: pd.Series | None = None) -> pd.DataFrame:
    """Give the table its last column `hidden`: new marks where there are some, else as they came ('' for none)."""
    came = table["hidden"].fillna("").astype(str) if "hidden" in table else pd.Series("", index=table.index, dtype=str)
    marked = came if marks is None else marks.where(marks != "", came)
    return table.drop(columns="hidden", errors="ignore").assign(hidden=marked)


def hidden_text(table: pd.DataFrame) -> str:
    """Say in one sentence in how many rows of a table numbers are hidden, and why; '' where in none."""
    counts = table["hidden"].value_counts() if "hidden" in table else pd.Series(dtype=int)
    found = [(mark, int(counts[mark])) for mark in _WHY if mark in counts.index]
    if not found:
        return ""
    total = sum(number for _, number in found)
    return say(
        "Numbers are missing in {missing} of {rows} rows: {reasons}.",
        missing=digits(f"{total:,}"), rows=digits(f"{len(table):,}"),
        reasons=", ".join(say(_WHY[mark], rows=digits(f"{number:,}")) for mark, number in found),
    )  # fmt: skip
