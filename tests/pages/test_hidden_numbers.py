"""No hidden number stands anywhere in a report for partners, and one that somebody puts there is found."""

import json
import shutil
from pathlib import Path

import figures
import pytest
from hidden_numbers import Hidden, found_in, hidden_of

from analysis import findings, measures, records
from analysis.disclosure.marks import with_marks
from analysis.disclosure.shapes import shape_of
from analysis.findings import gated as gates
from analysis.records.types import StudentRecords
from analysis.reporting.run import run
from analysis.study import Study

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ("02_where", "04_season", "school")
STUDENTS = 400
SEARCHED = ("absence_by_grade", "absence_by_school", "absence_by_school_and_grade", "absence_by_race_ethnicity",
            "absence_by_school_level_and_month", "early_signal", "chronic_by_days_enrolled", "missed_days")  # fmt: skip


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A synthetic district of few students, so that much is hidden, for partners."""
    root = tmp_path_factory.mktemp("few")
    for name in ("CITATION.cff", "GLOSSARY.md", "docs/limitations.md", "reports/README.md"):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / "notebooks").mkdir()
    for name in NOTEBOOKS:
        shutil.copy(ROOT / f"notebooks/{name}.ipynb", root / f"notebooks/{name}.ipynb")
    (root / "studies").mkdir()
    text = (ROOT / "studies/example.yaml").read_text(encoding="utf-8")
    (root / "studies/few.yaml").write_text(text.replace("students: 18900", f"students: {STUDENTS}"), encoding="utf-8")
    return Study.load(root / "studies/few.yaml", audience="partner")


@pytest.fixture(scope="module")
def hidden(few: Study) -> list[Hidden]:
    source = records.read(few)
    assert isinstance(source, StudentRecords)
    names = dict(zip(source.schools["school_id"], source.schools["school_name"], strict=True))
    found = []
    for name, exact in measures.linked(source).items():
        if name in SEARCHED and len(exact):
            gated = gates.passed(source, name, exact)
            found += hidden_of(exact, gated, shape_of(name).dimensions, names)
    assert len(found) > 100
    return found


@pytest.fixture(scope="module")
def report(few: Study) -> Path:
    return run(few, jobs=1).parent


def test_no_hidden_number_stands_in_a_report(report: Path, hidden: list[Hidden]) -> None:
    kinds = {path.suffix for path in report.rglob("*")}
    assert {".html", ".svg", ".ipynb", ".csv", ".json"} <= kinds
    hits = found_in(report, hidden)
    figures.report("hidden numbers looked for in all files of a report for partners", len(hidden))
    figures.report("hidden numbers found in them", len(hits))
    assert [(name, text, one.of) for name, text, one in hits] == []


PLACES = {
    "a sentence": ("02_where.html", "</body>", "<p>At {label} it was {number}.</p></body>"),
    "a row of a table": ("02_where.html", "</body>", "<tr><td>{label}</td><td>{number}</td></tr></body>"),
    "alt text": ("02_where.html", "</body>", '<img alt="{label}: {number}"></body>'),
    "a tooltip": ("02_where.html", "</body>", '<g data-tip="{label}, {number}"></g></body>'),
    "the title of a mark": ("figures/absence_by_month.svg", "</svg>", "<title>{label} {number}</title></svg>"),
    "a line of a CSV": ("tables/absence_by_grade.csv", "\n", "\n2017-18,EX,{label},{number}\n"),
    "an output of a notebook": ("notebooks/02_where.ipynb", "", "outputs"),
    "metadata of a notebook": ("notebooks/02_where.ipynb", "", "metadata"),
    "the manifest": ("manifest.json", "{", '{{"{label}": "{number}",'),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_hidden_number_is_found_wherever_it_is_planted(
    report: Path, hidden: list[Hidden], tmp_path: Path, place: str
) -> None:
    name, at, text = PLACES[place]
    one = next(one for one in hidden if len(one.of) == 1)
    label, number = one.of[0][0], one.written[-1]
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    if at:
        page = (report / name).read_text(encoding="utf-8")
        planted = page.replace(at, text.format(label=label, number=number), 1)
    else:
        node = json.loads((report / name).read_text(encoding="utf-8"))
        if text == "metadata":
            node["metadata"]["note"] = f"{label}: {number}"
        else:
            said = {"output_type": "stream", "name": "stdout", "text": [f"{label}: {number}\n"]}
            next(cell for cell in node["cells"] if cell["cell_type"] == "code")["outputs"].append(said)
        planted = json.dumps(node)
    (tmp_path / name).write_text(planted, encoding="utf-8")
    assert {hit[0] for hit in found_in(tmp_path, [one])} == {name}
    figures.report("places where a hidden number was planted and found")


def test_pages_made_around_the_gate_are_caught(
    few: Study, hidden: list[Hidden], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "gate", lambda study, name, table, *args, **named: with_marks(table))
    page = findings.where(few)
    page.save(tmp_path)
    (tmp_path / "02_where.html").write_text(page._repr_html_(), encoding="utf-8")
    found = {hit[0].rpartition(".")[2] for hit in found_in(tmp_path, hidden)}
    assert {"html", "csv"} <= found
