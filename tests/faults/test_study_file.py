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
        (("student_id: id, ", ""), "line 6, column 3", "student_id: not mapped"),
        (("days_absent: absent", "days_absnt: absent"), "line 6, column 59", "did you mean 'days_absent'?"),
        (("title: A district", "title: A\ntitle: B"), "line 2, column 1", "'title' stands twice, first on line 1"),
        (("title: A district", "title: A\naudience: partners"), "line 2, column 1", "did you mean 'partner'?"),
        (("title: A district", "title: A\nyears: [2018]"), "line 2, column 9", "write it as 2017-18"),
        (("title: A district", "title: A\nas_of: 1/2/18"), "line 2, column 1", "write it as 2018-06-12"),
        (("title: A district", "title: A\nfocus: {school_yaer: 2017-18}"), "line 2, column 9", "'school_year'"),
        (("title: A district", "title: A\ndefinitions: {chronic: {at_least: 10}}"), "line 2, column 25", "write 0.10"),
        (("title: A district", "title: A\ndefinitions: {grades: [1]}"), "line 2, column 24", "mean '01'?"),
        (
            ("title: A district", "title: A\nrule_set: california\ndefinitions: {chronic: {at_least: 0.2}}"),
            "line 2, column 1",
            "'california' and definitions.chronic say the same thing",
        ),
        (
            ("title: A district", "title: A\ndisclosure: {minimum: 5}\nrule_set: california"),
            "line 3, column 1",
            "and disclosure.minimum say the same thing",
        ),
        (("title: A district", "title: A\nrule_set: californa"), "line 2, column 1", "did you mean 'california'?"),
        (("title: A district", "title: A\ndisclosure: {minimum: one}"), "line 2, column 14", "no whole number"),
        (("  columns:", "  values: {attendance_code: {Q: no}}\n  columns:"), "line 6, column 30", "no attendance_code"),
        (("  columns:", "  values: {grade_level: {Eins: 1}}\n  columns:"), "line 6, column 26", "mean '01'?"),
        (("  columns:", "  days_are: half_days\n  columns:"), "line 6, column 3", "are not read in half days"),
        (("  files:\n    - path: days.csv", "  files: []"), "line 4, column 3", "is empty"),
        (("title: A district", "title:"), "line 1, column 7", "is empty"),
        (("title: A district", "title: ''"), "line 1, column 1", "is empty"),
        (("title: A district", "title: {a: b}"), "line 1, column 1", "a mapping stands where one text is meant"),
        (("title: A district", "title: A\n[a, b]: c"), "line 2, column 1", "a key is a word"),
        (("title: A district", "title: A\nyears: 2017-18"), "line 2, column 1", "write it as [2017-18]"),
        (("title: A district", "title: A\nyears: [2017-19]"), "line 2, column 9", "no school year"),
        (("title: A district", "title: &t A\nyears: [*t]"), "line 1, column 8", "write it as 2017-18"),
        (("title: A district", "title: A\nas_of: 2018-02-30"), "line 2, column 1", "no day of the calendar"),
        (("title: A district", "title: A\ndefinitions: {at_risk: 0.2}"), "line 2, column 1", "tiers rise"),
        (("title: A district", "title: A\nmodels: {minimum_dates: -1}"), "line 2, column 10", "under the least"),
        (("title: A district", "title: A\nfocus:\n  district_id:\n    - a\n    -"), "line 5, column 6", "is empty"),
        (("path: days.csv", "path: days.csv\n      delimiter: ';;'"), "line 6, column 7", "too long"),
        (("path: days.csv", "path: days.csv\n      format: cvs"), "line 6, column 7", "did you mean 'csv'?"),
        (("  columns:", "  date_format: DD/MM/YYYY\n  columns:"), "line 6, column 3", "write it as %Y-%m-%d"),
        (("  columns:", "  values: {grade_levl: {a: b}}\n  columns:"), "line 6, column 12", "mean 'grade_level'?"),
        (("  columns:", "  parents: {distrct_id: [a]}\n  columns:"), "line 6, column 13", "mean 'district_id'?"),
        (("  columns:", "  groups: [Sex]\n  columns:"), "line 6, column 12", "has another form"),
        (("  columns:", "  groups: [date]\n  columns:"), "line 6, column 12", "cannot be called"),
        (("  columns:", "  groups: [sex]\n  columns:"), "line 6, column 12", "is in no column"),
        (("  columns:", "  students: {files: [{path: s.csv}], columns: {studnt_id: id}}\n  columns:"),
         "line 6, column 48", "mean 'student_id'?"),
        (("  files:\n    - path", "  files:\n      path"), "line 4, column 3", "stands where a list is meant"),
    ],
)  # fmt: skip
def test_one_fault(tmp_path: Path, change: tuple[str, str], where: str, says: str) -> None:
    found = faults(tmp_path, GOOD.replace(*change))
    assert any(where in line and says.lower() in line.lower() for line in found), found
    assert all(".." not in line and "?." not in line and "[key]" not in line for line in found)


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        (("records:", "records: {"), "line ", "not YAML"),
        (("title: A district", "\ttitle: A"), "line 1, column 1", "use spaces instead"),
        (("title: A district", "title: A: district"), "line 1, column 9", "in quotes"),
        (("title: A district", "title: %A"), "line 1, column 8", "in quotes"),
        (("title: A district", "title: *A"), "line 1, column 8", "in quotes"),
        (("path: days.csv", "path: *.csv"), "line 5, column ", "in quotes"),
        (("title: A district", 'title: "A district'), "line 1, column 8", "never closed"),
        (("title: A district", "title: [A district"), "line 1, column 8", "not closed"),
        (("title: A district", "title: A\nfocus: &f {district_id: [*f]}"), "a.yaml", "holds itself"),
        (("title: A district", f"title: {'[' * 3000}"), "a.yaml", "nested too deep"),
        (("title: A district", "title: A\0"), "line 1", "no text"),
        (("absent}", "absent}\n---\ntitle: B"), "line 7, column 1", "a second document"),
    ],
)  # fmt: skip
def test_what_is_not_yaml_stops_alone(tmp_path: Path, change: tuple[str, str], where: str, says: str) -> None:
    found = faults(tmp_path, GOOD.replace(*change))
    assert len(found) == 1 and where in found[0] and says.lower() in found[0].lower(), found


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("title:", "titel:").replace("student_days", "student_day").replace("path:", "pth:")
    found = faults(tmp_path, text)
    assert [line.split(": ")[0] for line in found] == sorted(line.split(": ")[0] for line in found)
    assert len(found) == 3, found  # not what each typo leaves missing


@pytest.mark.parametrize(
    "change",
    [
        ("path:", "pth:"),  # and so no file
        ("title:", "titel:"),  # and so no title
        ("student_id:", "studnt_id:"),  # and so no student_id
        ("columns:", "colums:"),  # and so nothing mapped
        (GOOD[GOOD.index("records:") :], "records:\n"),  # empty, and so no mapping
        (GOOD[GOOD.index("{") :], "[student_id]\n"),  # a list, and so nothing mapped
    ],
)
def test_what_follows_from_a_fault_is_not_told(tmp_path: Path, change: tuple[str, str]) -> None:
    assert len(faults(tmp_path, GOOD.replace(*change))) == 1


def test_a_wrong_audience_is_not_the_files(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    with pytest.raises(UserError, match="audience: 'partners' is no choice") as error:
        Study.load(tmp_path / "studies/a.yaml", audience="partners")
    assert error.value.exit_code == 2


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
