"""How far the run agreed with R, as a table: printed by each run, and kept in docs/methods.md."""

import math
import re
from dataclasses import dataclass
from pathlib import Path

from known_data import LEDGER

PAGE = Path(__file__).parents[2] / "docs/methods.md"
BLOCK = re.compile(r"(<!-- agreement: .*? -->\n).*?(<!-- end of agreement -->)", flags=re.S)
CLOSE = 1e-8
ROUNDING = 1e-13
"""Differences under this are those of the last digits; they vary from machine to machine."""


@dataclass(frozen=True)
class Agreement:
    """One file of R's results: keys and numbers compared, keys within 1e-8, the largest difference and at which key."""

    file: str
    keys: int
    numbers: int
    close: int
    largest: float
    at: str


def found() -> list[Agreement]:
    """Sum up what this run compared, by file, and in all."""
    rows = []
    for file in sorted({name.split(":")[0] for name in LEDGER.numbers}):
        keys = [name for name in LEDGER.numbers if name.startswith(f"{file}:")]
        worst = max(keys, key=LEDGER.largest.__getitem__)
        numbers = sum(LEDGER.numbers[name] for name in keys)
        close = sum(LEDGER.largest[name] <= CLOSE for name in keys)
        rows.append(Agreement(file, len(keys), numbers, close, LEDGER.largest[worst], worst.split(":")[1]))
    if rows:
        worst_file = max(rows, key=lambda row: row.largest)
        totals = [sum(getattr(row, name) for row in rows) for name in ("keys", "numbers", "close")]
        rows.append(Agreement("all", *totals, worst_file.largest, worst_file.at))
    return rows


def bound(difference: float) -> str:
    """Round a difference up to a power of ten."""
    return "none" if difference < ROUNDING else f"1e{math.ceil(math.log10(difference) - 1e-12):+03d}"


def block(rows: list[Agreement]) -> str:
    """Write the table of docs/methods.md."""
    lines = ["| results of R | numbers | keys | within 1e-8 | largest difference, under | at |", "|" + " --- |" * 6]
    for row in rows:
        under = bound(row.largest)
        at = "" if under == "none" else f"`{row.at}`"
        lines.append(f"| {row.file} | {row.numbers:,} | {row.keys} | {row.close} | {under} | {at} |")
    return "\n".join(lines) + "\n"


def write(rows: list[Agreement]) -> None:
    """Put the table into docs/methods.md."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BLOCK.sub(lambda match: match[1] + block(rows) + match[2], page), encoding="utf-8")


def promised() -> dict[str, tuple[int, int, int, float]]:
    """Read what docs/methods.md says: numbers, keys, those within 1e-8 and the bound of the difference, by file."""
    table = BLOCK.search(PAGE.read_text(encoding="utf-8"))
    assert table is not None
    rows = re.findall(r"^\| (\w+) \| ([\d,]+) \| (\d+) \| (\d+) \| (\S+) \|", table[0], flags=re.M)
    return {
        file: (int(numbers.replace(",", "")), int(keys), int(close), ROUNDING if under == "none" else float(under))
        for file, numbers, keys, close, under in rows
    }
