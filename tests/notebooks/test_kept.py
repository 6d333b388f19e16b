"""What did not change is not made again; what changed is, and all that stands on it, and nothing else."""

import os
from pathlib import Path

import pytest
import tiny_study
from tiny_study import Executor

from analysis import interim, source_code
from analysis.cli import main
from analysis.problems import UserError
from analysis.reporting.manifest import is_current, report_of
from analysis.reporting.run import plan, run
from analysis.study import Study

ALL = ["01_days", "02_grades", "schools/lincoln"]


@pytest.fixture
def study(tmp_path: Path, executor: Executor) -> Study:
    made = tiny_study.make(tmp_path)
    run(made, jobs=1)
    assert executor.ran == ALL
    executor.ran.clear()
    return made


def edited(study: Study, name: str, old: str, new: str) -> Study:
    path = study.root / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return Study.load(study.path)


def reran(study: Study, executor: Executor) -> list[str]:
    run(study, jobs=1)
    ran, executor.ran = executor.ran, []
    return ran


def test_nothing_changed_runs_nothing(study: Study, executor: Executor) -> None:
    assert is_current(study, report_of(study))
    assert reran(study, executor) == []
    assert set(plan(study).values()) >= {""}


@pytest.mark.parametrize(
    ("change", "why", "pages"),
    [
        (("data/raw/days.csv", "first", "fIrst"), "input days.csv changed", ALL),
        (("studies/tiny.yaml", "audience: internal", "audience: public"), "setting audience", ALL),
        (("notebooks/02_grades.ipynb", "How much?", "How many?"), "notebook 02_grades.ipynb changed", ALL[1:2]),
        (("notebooks/school.ipynb", "Here?", "There?"), "notebook school.ipynb changed", ALL[2:]),
    ],
)
def test_a_change_reruns_what_stands_on_it_and_says_why(
    study: Study, executor: Executor, change: tuple[str, str, str], why: str, pages: list[str]
) -> None:
    changed = edited(study, *change)
    assert not is_current(changed, report_of(changed))
    planned = plan(changed)
    assert all((why in planned[page]) == (page in pages) for page in ALL if page in planned)
    assert reran(changed, executor) == pages
    back = edited(changed, change[0], change[2], change[1])
    assert reran(back, executor) == []


def test_another_version_of_a_library_reruns_all(
    study: Study,
    executor: Executor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(interim, "versions", lambda: {"pandas": "99.0"})
    assert "version of" in plan(study)["01_days"]
    assert reran(study, executor) == ALL


def test_a_line_of_code_reruns_the_pages_that_stand_on_it(
    study: Study,
    executor: Executor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    true = source_code._hash
    monkeypatch.setattr(source_code, "_hash", lambda path: "edited" if path.name == "season.py" else true(path))
    source_code.hashes.cache_clear()
    source_code.hashes_of.cache_clear()
    try:
        assert "code findings/season.py changed" in plan(study)["02_grades"]
        assert reran(study, executor) == ["02_grades"]
    finally:
        source_code.hashes.cache_clear()
        source_code.hashes_of.cache_clear()


def test_imports_tell_what_stands_on_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "__init__.py": "",
        "a.py": "from analysis.b import (\n    one,  # analysis.c\n    two,\n)\n",
        "b.py": "def one():\n    from analysis import p\n    p.late.x\n",
        "c.py": "",
        "p/__init__.py": "from analysis.p.taken import something\nown = 1\n",
        "p/late.py": "import analysis.d\n",
        "p/taken.py": "",
        "d.py": "",
    }
    for name, text in files.items():
        path = tmp_path / "analysis" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(source_code, "SOURCE", tmp_path)
    found = source_code._hashes
    assert set(found(["analysis.a"])) == {"__init__.py", "a.py", "b.py", "p/late.py", "d.py"}
    assert set(found(source_code._imports("from analysis.p import something"))) == {"__init__.py", "p/taken.py"}
    whole = {"__init__.py", "p/__init__.py", "p/late.py", "p/taken.py", "d.py"}
    assert set(found(source_code._imports("    from analysis.p import own"))) == whole


@pytest.mark.parametrize(
    ("lines", "stages"),
    [
        ("title: Another", set()),
        ("audience: public", set()),
        ("disclosure: {minimum: 5}", set()),
        ("models: {minimum_dates: 3}", {"models"}),
        ("definitions: {at_risk: 0.06}", {"measures", "models"}),
        ("definitions: {chronic: {at_least: 0.12}}", {"measures", "models"}),
        ("definitions: {chronic: {at_least: 15, of: days}}", {"records", "measures", "models"}),
        ("definitions: {grades: [KG]}", {"records", "measures", "models"}),
        ("as_of: 2018-02-01", {"records", "measures", "models"}),
    ],
)
def test_a_setting_is_seen_by_the_stages_that_stand_on_it(tmp_path: Path, lines: str, stages: set[str]) -> None:
    before = tiny_study.make(tmp_path)
    key = lines.partition(":")[0]
    kept = [line for line in before.path.read_text().splitlines() if not line.startswith(f"{key}:")]
    before.path.write_text("\n".join([*kept, lines]))
    after = Study.load(before.path)
    seen = {stage: f"analysis.{stage}.anything" for stage in ("records", "measures", "models")}
    assert {stage for stage, module in seen.items() if before.as_seen_by(module) != after.as_seen_by(module)} == stages
    assert before.as_seen_by("analysis.findings.x") != after.as_seen_by("analysis.findings.x")


def test_published_records_stand_on_the_minimum_that_bounds_hidden_counts(tmp_path: Path) -> None:
    study = tiny_study.make(tmp_path)
    text = study.path.read_text().replace("student_days", "published_counts")
    columns = "{school_year: year, grade_level: grade, students: n, chronically_absent: c}"
    text = text.partition("  columns")[0] + f"  columns: {columns}\n"
    study.path.write_text(text)
    before = Study.load(study.path)
    study.path.write_text(text + "disclosure: {minimum: 5}\n")
    assert before.as_seen_by("analysis.records") != Study.load(study.path).as_seen_by("analysis.records")


def test_what_was_longest_not_used_goes_and_what_is_used_stays(tmp_path: Path) -> None:
    for day, name in enumerate(("oldest", "older", "newest", ".broken")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "big").write_bytes(b"x" * 1000)
        os.utime(tmp_path / name, (day, day))

    def left() -> list[str]:
        return sorted(path.name for path in tmp_path.iterdir() if path.is_dir())

    assert interim.forget(tmp_path, limit=5000, spare=9) == 1000
    assert left() == ["newest", "older", "oldest"]
    interim.forget(tmp_path, limit=2000, spare=9)
    assert left() == ["newest", "older"]
    interim.forget(tmp_path, limit=0, spare=2)
    assert left() == ["newest"]


def test_clean_removes_all_that_is_kept_but_not_under_a_run(
    study: Study, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(study.root)
    with interim.in_use(study), pytest.raises(SystemExit) as left:
        main(["clean", "studies/tiny.yaml"])
    assert left.value.code == 6 and "tiny: a run is using it" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main(["clean"])
    assert left.value.code == 0 and "MB removed" in capsys.readouterr().out
    assert not [path for path in study.interim.iterdir() if path.is_dir()]
    assert is_current(study, report_of(study))


def test_records_that_change_under_a_run_stop_it(
    study: Study,
    executor: Executor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changed = edited(study, "data/raw/days.csv", "first", "second")

    def later(self: Executor, *given: object, **named: object) -> object:
        (study.root / "data/raw/days.csv").write_text("third,rows,now\n")
        return tiny_study.Executor.__call__(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("analysis.reporting.kept_pages.execute", later.__get__(executor))
    with pytest.raises(UserError, match=r"input days\.csv changed: while the run went on"):
        run(changed, jobs=1)
