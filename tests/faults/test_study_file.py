"""Every fault of a study's file is one line with its line and column, and all of them come at once."""

from pathlib import Path

import pytest

from analysis.problems import UserError
from analysis.scaffold import write_study
from analysis.study import Study

GOOD = """\
title: A district
records:
  kind: student_days
  files:
    - path: days.csv
  columns: {student_id: id, school_id: school, date: day, days_absent: absent}
"""


def load(folder: Path, text: str) -> Study:
    path = folder / "studies" / "a.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Study.load(path)


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(UserError) as error:
        load(folder, text)
    assert error.value.exit_code == 3
    return [str(problem) for problem in error.value.problems]


def test_a_good_study_is_read(tmp_path: Path) -> None:
    study = load(tmp_path, GOOD)
    assert (study.name, study.root, study.settings.audience) == ("a", tmp_path, "partner")


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        (("title:", "titel:"), "line 1, column 1", "did you mean 'title'?"),
        (("student_days", "student_day"), "line 3, column 3", "did you mean 'student_days'?"),
        (("path:", "pth:"), "line 5, column 7", "did you mean 'path'?"),
        (("path: days.csv", "path:"), "line 5, column 12", "is empty"),
        (("student_id: id, ", ""), "line 6, column 3", "student_id is not mapped"),
        (("days_absent: absent", "days_absnt: absent"), "line 6, column 59", "did you mean 'days_absent'?"),
        (("title: A district", "title: A\ntitle: B"), "line 2, column 1", "'title' stands twice, first on line 1"),
        (("title: A district", "title: A\naudience: partners"), "line 2, column 1", "did you mean 'partner'?"),
        (("title: A district", "title: A\nyears: [2018]"), "line 2, column 9", "write it as 2017-18"),
        (("title: A district", "title: A\nas_of: 1/2/18"), "line 2, column 1", "write it as 2018-06-12"),
        (("title: A district", "title: A\nfocus: {school_yaer: 2017-18}"), "line 2, column 9", "'school_year'"),
        (("title: A district", "title: A\ndefinitions: {chronic: {at_least: 10}}"), "line 2, column 15", "write 0.10"),
        (("title: A district", "title: A\ndefinitions: {grades: [1]}"), "line 2, column 24", "mean '01'?"),
        (("title: A district", "title: A\ndisclosure: {minimum: one}"), "line 2, column 14", "valid integer"),
        (("student_days", "absence_events"), "line 3, column 3", "cannot be read yet"),
        (("  columns:", "  values: {attendance_code: {Q: no}}\n  columns:"), "line 6, column 30", "no attendance_code"),
        (("  columns:", "  values: {grade_level: {Eins: 1}}\n  columns:"), "line 6, column 26", "mean '01'?"),
        (("  files:\n    - path: days.csv", "  files: []"), "line 4, column 3", "at least 1 item"),
        (("records:", "records: {"), "line ", "not YAML"),
        (("title: A district", "\ttitle: A"), "line 1, column 1", "not YAML"),
    ],
)  # fmt: skip
def test_one_fault(tmp_path: Path, change: tuple[str, str], where: str, says: str) -> None:
    found = faults(tmp_path, GOOD.replace(*change))
    assert any(where in line and says.lower() in line.lower() for line in found), found


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("title:", "titel:").replace("student_days", "student_day").replace("path:", "pth:")
    found = faults(tmp_path, text)
    assert [line.split(": ")[0] for line in found] == sorted(line.split(": ")[0] for line in found)
    assert len(found) == 5, found  # two typos, what each leaves missing, and a wrong choice


def test_what_follows_from_a_fault_is_not_told(tmp_path: Path) -> None:
    assert not any("at least 1 item" in line for line in faults(tmp_path, GOOD.replace("path:", "pth:")))


def test_a_file_without_keys(tmp_path: Path) -> None:
    assert faults(tmp_path, "just words\n")[0].startswith("a.yaml, line 1, column 1: the file holds no keys")
    assert "holds no keys" in faults(tmp_path, "")[0] or "missing" in faults(tmp_path, "")[0]


def test_text_stays_text(tmp_path: Path) -> None:
    study = load(tmp_path, GOOD.replace("  columns:", "  set: {district_id: 010}\n  columns:"))
    assert study.settings.records.set["district_id"] == "010"


def test_a_missing_study_names_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        Study.load(tmp_path / "none.yaml")
    assert "there is no such file" in str(error.value)


def test_init_writes_a_study_that_is_valid(tmp_path: Path) -> None:
    path = write_study(tmp_path, "my-district")
    assert Study.load(tmp_path / path).settings.records.kind == "student_days"
    with pytest.raises(UserError, match="is there already"):
        write_study(tmp_path, "my-district")
