"""The ledger: every key of R's results is compared, or listed with the reason why it is not."""

import agreement
import pytest
from known_data import LEDGER, REFERENCE, claim_of, claims, needs_reference, results

pytestmark = needs_reference
FILES = sorted(path.stem for path in (REFERENCE / "results").glob("[0-9]*.json"))


@pytest.mark.parametrize("file", FILES)
def test_every_key_has_one_line(file):
    for key in results(file):
        assert len(claim_of(file, key)) == 1, f"{file}: {key} is named by {len(claim_of(file, key))} lines of keys.csv"


def test_reasons_are_given():
    table = claims()
    assert set(table["state"]) <= {"compared", "later", "never"}
    assert (table.loc[table["state"] != "compared", "reason"] != "").all()


def test_what_is_claimed_was_compared():
    claimed = {
        f"{file}:{key}" for file in FILES for key in results(file) if claim_of(file, key)[0]["state"] == "compared"
    }
    if len(LEDGER.numbers) < len(claimed) / 2:
        pytest.skip("only a part of the reference tests ran")
    assert set(LEDGER.numbers) == claimed - LEDGER.without


def test_the_page_of_methods_promises_no_more_than_was_found():
    """docs/methods.md names no file, key or number that was not compared, and no smaller difference than there is."""
    promised = agreement.promised()
    assert set(promised) == {*(file for file in FILES if any(_compared(file))), "all"}
    if len(LEDGER.numbers) < promised["all"][1] / 2:
        pytest.skip("only a part of the reference tests ran")
    found = {row.file: row for row in agreement.found()}
    more = {
        file: promise
        for file, promise in promised.items()
        if any(one > other for one, other in zip(promise[:3], _counts(found[file]), strict=True))
        or found[file].largest > promise[3]
    }
    assert more == {}, "run pytest tests/reference --write-agreement"


def _counts(row):
    return row.numbers, row.keys, row.close


def _compared(file):
    return [key for key in results(file) if claim_of(file, key)[0]["state"] == "compared"]
