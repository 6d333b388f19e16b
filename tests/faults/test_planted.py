"""Every planted fault is found: one plain line with its place, its weight and no id. `planted.py` lists them."""

from collections.abc import Callable
from pathlib import Path

import figures
import openpyxl
import pytest
from planted import BY_KIND, Planted
from small_sources import CANARY, SMALL, write_small

from analysis import records
from analysis.problems import UserError
from analysis.records import types

FAULTS = [pytest.param(kind, fault, id=fault.cause) for kind, faults in BY_KIND.items() for fault in faults]


@pytest.mark.parametrize("kind", SMALL)
def test_the_sources_are_sound_without_a_fault(tmp_path: Path, kind: str) -> None:
    assert records.check(write_small(tmp_path, kind, {})) == ()


@pytest.mark.parametrize(("kind", "fault"), FAULTS)
def test_a_planted_fault_is_found(tmp_path: Path, kind: str, fault: Planted) -> None:
    figures.report(f"faults planted in {kind}")
    found = records.check(write_small(tmp_path, fault.kind, fault.files, fault.yaml))
    said = [(problem.severity, problem.where, problem.seen[: len(fault.seen)]) for problem in found]
    assert said == [(fault.severity, fault.where, fault.seen)]
    assert CANARY not in str(found) and all(problem.why and problem.fix for problem in found)
    figures.report(f"faults found in {kind}")


def test_there_are_as_many_as_promised() -> None:
    causes = [fault.cause for faults in BY_KIND.values() for fault in faults]
    assert len(causes) == len(set(causes)) >= 60


def test_a_file_that_nobody_may_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study, opens = write_small(tmp_path, "student_days", {}), Path.open

    def refuse(path: Path, *args: str, **kwargs: str) -> object:
        if path.name == "t.csv" and "b" in str(args):
            raise PermissionError(13, "Permission denied")
        return opens(path, *args, **kwargs)

    monkeypatch.setattr("analysis.interim.sha256", lambda _: "")
    monkeypatch.setattr(Path, "open", refuse)
    (problem,) = records.check(study)
    assert (problem.where, problem.seen) == ("t.csv", "it cannot be opened (permission denied)")


def test_a_file_that_changes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study, read = write_small(tmp_path, "student_days", {}), records.read_student_days

    def grow(*args: object) -> types.StudentRecords:
        found: Callable[..., types.StudentRecords] = read
        result = found(*args)
        with (study.data / "t.csv").open("a") as file:
            file.write("CANARY-3,A,03,2017-09-05,0\n")
        return result

    monkeypatch.setattr(records, "read_student_days", grow)
    with pytest.raises(UserError, match=r"^t.csv: it changed while it was read"):
        records.read(study)
    monkeypatch.undo()
    assert records.read(study).flow["rows"].iloc[0] == 13  # nothing of the first state was kept


@pytest.mark.parametrize("typed", [True, False])
def test_a_date_of_excel_is_one_whatever_the_format_of_texts(tmp_path: Path, typed: bool) -> None:
    book = openpyxl.Workbook()
    for line in SMALL["student_days"].files["t.csv"].splitlines():
        student, school, grade, day, absent = line.split(",")
        date = f"{day[8:]}/{day[5:7]}/{day[:4]}" if "-" in day else day
        book.active.append([student, school, grade, types.pd.Timestamp(day) if typed and "-" in day else date, absent])
    (tmp_path / "data").mkdir()
    book.save(tmp_path / "data/t.xlsx")
    yaml = ("{path: t.csv}]", "{path: t.xlsx}]\n  date_format: '%d/%m/%Y'")
    study = write_small(tmp_path, "student_days", {"t.csv": None}, yaml)
    source = records.read(study)
    assert isinstance(source, types.StudentRecords)
    assert source.problems == () and source.calendar["date"].iloc[-1] == "2017-09-12"


def test_a_group_is_not_called_as_tables_of_two_levels_are(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="a group cannot be called 'sex_and_lunch'"):
        write_small(tmp_path, "student_days", {}, ("", "  groups: [sex_and_lunch]\n"))


def test_lines_below_one_that_is_no_csv_keep_their_numbers(tmp_path: Path) -> None:
    added = '"CANARY-3" x,A,03,2017-09-05,0\n"CANARY\n-4",A,03,2017-09-05,0\nCANARY-5,A,03,never,0\n'
    found = records.check(write_small(tmp_path, "student_days", {"t.csv": "+" + added}))
    assert [problem.where for problem in found] == ["t.csv, first at line 14", "first at t.csv, line 17"]
