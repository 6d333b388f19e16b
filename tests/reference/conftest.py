"""The test of the ledger runs last, and what was compared is printed."""

from pathlib import Path

import pytest
from known_data import LEDGER


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: Path(item.fspath).name == "test_keys.py")


def pytest_terminal_summary(terminalreporter) -> None:
    if not LEDGER.numbers:
        return
    terminalreporter.write_sep("-", "agreement with R (largest relative difference)")
    files = sorted({name.split(":")[0] for name in LEDGER.numbers})
    for file in files:
        keys = [name for name in LEDGER.numbers if name.startswith(f"{file}:")]
        largest = max(keys, key=LEDGER.largest.__getitem__)
        count = sum(LEDGER.numbers[name] for name in keys)
        terminalreporter.write_line(
            f"{file}: {len(keys)} keys, {count} numbers, {LEDGER.largest[largest]:.1e} at {largest.split(':')[1]}"
        )
    terminalreporter.write_line(f"all: {len(LEDGER.numbers)} keys, {sum(LEDGER.numbers.values())} numbers")
