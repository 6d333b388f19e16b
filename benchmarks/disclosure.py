"""Attack the published tables of random districts, and of every study whose data is here: a report's tables together.

python benchmarks/disclosure.py --districts 100 --first 0 --data ../shared/data studies/*.yaml
python benchmarks/disclosure.py --districts 0 --report reports/example studies/example.yaml   (the CSV of that report)
Prints: tables attacked, counts hidden, small counts found out, the narrowest room; certificates go to --certificates.
"""

import argparse
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "property"))

from report_attack import attack, drop_untrue, subtracted  # noqa: E402
from whole_report import drawn, published  # noqa: E402

from analysis import measures, records  # noqa: E402
from analysis.disclosure import is_linked  # noqa: E402
from analysis.disclosure.certificate import bare_counts, problems_of  # noqa: E402
from analysis.disclosure.counts import is_small, room  # noqa: E402
from analysis.disclosure.equations import equations  # noqa: E402
from analysis.disclosure.groups import groups_of  # noqa: E402
from analysis.disclosure.known import ABSENT, COUNTED, STUDENTS, Cell, is_days  # noqa: E402
from analysis.disclosure.parts import REST  # noqa: E402
from analysis.findings.gated import estimated, lies_within, passed  # noqa: E402
from analysis.findings.school_moves import change_table  # noqa: E402
from analysis.measures import counted, quality  # noqa: E402
from analysis.measures.school_levels import level_table  # noqa: E402
from analysis.models.between_schools import between_schools  # noqa: E402
from analysis.models.estimates import estimate  # noqa: E402
from analysis.records.types import PublishedCounts, SchoolDays, StudentRecords  # noqa: E402
from analysis.study import Study  # noqa: E402
from analysis.study.rules import Disclosure  # noqa: E402

EXAMPLE = Study.load(ROOT / "studies/example.yaml")


def attacked(
    study: Study,
    tables: dict[str, pd.DataFrame],
    levels: dict[str, "pd.Series[str]"],
    *,
    keep: Path | None = None,
    seconds: float = np.inf,
    exact: dict[str, pd.DataFrame] | None = None,
    source: dict[str, pd.DataFrame] | None = None,
) -> Counter[str]:
    """Attack published tables; count what came of it.

    With the exact ones it is also said which counts beside small ones are small; `source` are the exact ones of a
    source whose own numbers may not add up.
    """
    minimum = study.disclosure.minimum
    known = equations(study, tables, levels)
    if source:
        drop_untrue(known, equations(study, {name: table.assign(hidden="") for name, table in source.items()}, levels))
    result = attack(known, room(minimum), seconds)
    begun = time.perf_counter()
    wrong = problems_of(known, result.completions, 1)
    checking = time.perf_counter() - begun
    if keep is not None:
        keep.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(keep, completions=result.completions.astype(np.int64))
    widths = result.widths | dict.fromkeys((cell for cell in result.untried if not result.widths[cell]), np.nan)
    beside = [cell for cell, mark in known.hidden.items() if mark == "complement"]
    others = [widths[cell] for cell in beside]
    few = few_of(study, exact, levels, beside) if exact else []
    rest = [cell for cell, mark in known.hidden.items() if mark == REST]
    told = subtracted(known, result, minimum)
    marked = [cell for cell, mark in known.hidden.items() if mark == "minimum"]
    small = [widths[cell] for cell in marked]
    for cell in (cell for cell in [*marked, *few] if widths[cell] < 3):
        print("narrow:", cell, result.bounds[cell])
    bare = [bare_counts(table, minimum) for name, table in tables.items()]
    rooms = Counter(int(min(width, room(minimum))) for width in small if not np.isnan(width))
    return Counter({
        "tables attacked": len(tables), "counts hidden as small": len(small), "counts hidden beside them": len(others),
        "small counts found out": small.count(0), "counts that no table has": len(rest),
        "of these known to be small, and which": len(told),
        "others worked out": others.count(0), "others not tried in time": int(np.isnan(others).sum()),
        "of those beside them, small themselves": len(few),
        "of these found out": [widths[cell] for cell in few].count(0),
        "of these, could be fewer numbers than promised": sum(widths[cell] < room(minimum) for cell in few),
        **Counter(f"others worked out: {cell[1]}" for cell in beside if not widths[cell]),
        "small counts not tried in time": int(np.isnan(small).sum()),
        "small counts shown": sum(map(len, bare)), "certificates that do not hold": bool(wrong),
        "milliseconds to check": round(1000 * checking),
        **{f"small counts that could be {width + 1} numbers": number for width, number in rooms.items()},
    })  # fmt: skip


def few_of(
    study: Study, exact: dict[str, pd.DataFrame], levels: dict[str, "pd.Series[str]"], cells: list[Cell]
) -> list[Cell]:
    """List the cells that count few persons, or all but few: a row has one mark, and may hide several counts."""
    true = equations(study, {name: table.assign(hidden="") for name, table in exact.items()}, levels)
    told = {cell: true.bounds[place][0] for cell, place in true.cells.items() if np.ptp(true.bounds[place]) == 0}
    names = list(dict.fromkeys(key for name, table in exact.items() for key in groups_of(study, name, table)))
    date = 2 + names.index("date")

    def is_few(cell: Cell) -> bool:
        if cell not in told or (is_days(cell) and (cell[1] != ABSENT or not cell[date])):
            return False  # on a date, days absent are students
        of = STUDENTS if is_days(cell) else COUNTED
        whole = np.inf if cell[1] in (STUDENTS, COUNTED) else told.get((cell[0], of, *cell[2:]), np.inf)
        return bool(is_small(np.array([told[cell]]), np.array([whole]), study.disclosure.minimum)[0])

    return list(filter(is_few, cells))


Made = tuple[dict[str, pd.DataFrame], dict[str, "pd.Series[str]"]]


def published_of(study: Study) -> tuple[Made, dict[str, pd.DataFrame] | None]:
    """Make and gate the tables of a study that count the same students, with the exact ones of published counts."""
    source = records.read(study)
    exact = measures.linked(source)
    if isinstance(source, SchoolDays):
        dates = estimate(source).by_date
        exact |= {"worst_days": dates.nlargest(10, "absence_rate").drop(columns="days_enrolled")}
    of_students = isinstance(source, StudentRecords)
    if of_students and source.measure == "days" and source.outcome == "chronic":
        exact |= {"missed_days_by_students": counted.missed_days_by_students(source)}
        exact |= {"near_threshold": counted.near_threshold(source), "rate_histogram": quality.rate_histogram(source)}
        estimates = estimated(source)
        exact |= {"adjusted_rates": estimates.adjusted_rates, "school_effects": estimates.school_effects}
        exact |= {"between_schools": between_schools(source)}
    tables = {name: passed(source, name, table) for name, table in exact.items() if len(table)}
    return (tables, lies_within(source)), exact if isinstance(source, PublishedCounts) else None


OF_SCHOOLS = {"by_grade": "absence_by_school_and_grade", "by_month": "school_months", "worst_days": "school_days"}
TEXT = ("school_id", "grade_level", "district_id", "level", "school_year", "hidden")


def finished(study: Study, report: Path) -> tuple[Made, None] | None:
    """Read the tables of a finished report as its reader has them, the schools' pages too."""
    source = records.read(study)
    if not isinstance(source, StudentRecords):
        return None
    read = {path.stem: read_table(path) for path in sorted(report.glob("tables/*.csv"))}
    for name, table in OF_SCHOOLS.items():
        parts = [read_table(path) for path in sorted(report.glob(f"schools/*/tables/{name}.csv"))]
        read |= {table: pd.concat(parts, ignore_index=True)} if parts else {}
    told = says_more(study, source, read)
    print("tables that say more than absence_by_school, of which they are made:", ", ".join(told) or "none")
    linked = {name: table for name, table in read.items() if is_linked(name) and len(table)}
    linked.pop("records_flow", None)
    within = lies_within(source)
    if "worst_days" in linked and "near_break" in within:  # of the other dates of the district there is no number
        worst = linked["worst_days"]
        others = [date for date in within["near_break"].index if date not in set(worst["date"])]
        rest = pd.DataFrame({"date": others, "hidden": "complement"}).assign(
            **worst[["school_year", "district_id", "level_type"]].iloc[0]
        )
        linked["worst_days"] = pd.concat([worst, rest], ignore_index=True)
    return (linked, within), None


def says_more(study: Study, source: StudentRecords, read: dict[str, pd.DataFrame]) -> list[str]:
    """List the tables of levels and changes of schools that the table by school, as it is shown, does not give."""
    schools = read.get("absence_by_school", pd.DataFrame(columns=["level_type", "school_year"]))
    schools = schools[(schools["level_type"] == "level") & (schools["school_year"] <= source.year)]
    made = {
        "schools_by_level": lambda: level_table(schools),
        "school_changes": lambda: change_table(schools, study.settings.models.minimum_students),
    }
    return [name for name, make in made.items() if name in read and not is_same(make(), read[name])]


def is_same(made: pd.DataFrame, read: pd.DataFrame) -> bool:
    """Say whether numbers are those of a table that was rounded."""
    columns = made.select_dtypes("number").columns
    if len(made) != len(read):
        return False
    return np.allclose(made[columns].astype(float), read[columns].astype(float), atol=6e-4, rtol=6e-3, equal_nan=True)


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV; what names a level is text, and `NA` no missing one."""
    columns = pd.read_csv(path, nrows=0).columns
    table = pd.read_csv(path, dtype=dict.fromkeys(set(TEXT) & set(columns), str), keep_default_na=False, na_values=[""])
    text = [name for name in table if not pd.api.types.is_numeric_dtype(table[name]) or name in TEXT]
    return table.assign(**{name: table[name].fillna("") for name in text})


def main() -> None:
    """Attack what is asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--districts", type=int, default=100)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--data", default="")
    asked.add_argument("--certificates", type=Path)
    asked.add_argument("--seconds", type=float, default=np.inf, help="how long the attack on a study may take")
    asked.add_argument("--report", type=Path, help="the finished report of the one study that is named")
    asked.add_argument("studies", nargs="*", type=Path)
    given = asked.parse_args()
    total: Counter[str] = Counter()
    for seed in range(given.first, given.first + given.districts):
        exact, levels = drawn(seed)
        total += attacked(EXAMPLE, published(EXAMPLE, exact, levels), levels, exact=exact)
    said("random districts", given.districts, total)
    for path in given.studies:
        data = given.data if path.stem != "example" else ""
        study = Study.load(path, data=data, audience="partner")
        settings = study.settings.model_copy(update={"disclosure": Disclosure()})
        under = replace(study, settings=settings)
        made = finished(under, given.report) if given.report else published_of(under)
        keep = given.certificates / f"{path.stem}.npz" if given.certificates else None
        tables, source = made or (None, None)
        tried = attacked(study, *tables, keep=keep, seconds=given.seconds, source=source) if tables else Counter()
        said(path.stem, 1, tried)


def said(name: str, number: int, total: Counter[str]) -> None:
    """Print the figures of one kind of report."""
    print(
        f"{name}: {number}; " + "; ".join(f"{words}: {count:,}" for words, count in sorted(total.items())), flush=True
    )


if __name__ == "__main__":
    main()
