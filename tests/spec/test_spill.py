"""What does not fit into the memory that a study gives goes to a folder that need not be there yet."""

import subprocess
import sys
from pathlib import Path

SORTED = """
import sys
from pathlib import Path
from analysis import engine
engine.bound("60MB", Path(sys.argv[1]))
engine.execute("CREATE TEMP TABLE rows AS SELECT hash(range) AS number FROM range(10_000_000)")
print(engine.execute("SELECT count(*) FROM (SELECT number FROM rows ORDER BY number)")[0][0])
print(sum(path.stat().st_size for path in Path(sys.argv[1]).rglob("*")))
"""


def test_what_does_not_fit_is_spilled_into_a_new_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SORTED, str(tmp_path / "data/interim/.spill")]
    rows, spilled = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert int(rows) == 10_000_000 and int(spilled) > 10_000_000
