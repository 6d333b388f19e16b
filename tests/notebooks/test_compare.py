"""Two reports beside each other: what differs, why, and what must not be told by their difference."""

import json
from pathlib import Path

import pandas as pd
import pytest

from analysis.cli import main
from analysis.problems import UserError
from analysis.reporting.compare import Report, read_report, reasons, table_change
from analysis.reporting.compare_page import compare_html

GRADES = """school_year,district_id,level_type,grade_level,students,chronically_absent,chronic_rate,hidden
2017-18,D,level,KG,300,75,0.25,
2017-18,D,level,01,290,58,0.2,
2017-18,D,level,02,280,,,minimum
2017-18,D,total,all,870,200,0.2298850575,
"""


def table(text: str) -> pd.DataFrame:
    rows = [line.split(",") for line in text.strip().splitlines()]
    return pd.DataFrame(rows[1:], columns=rows[0])


def change(new: str, minimum: int = 10, old: str = GRADES) -> tuple[list[list[str]], int, int, int]:
    found = table_change("absence_by_grade", table(old), table(new), minimum)
    columns = ["grade_level", "column", "old", "new"]
    return found.changed[columns].to_numpy().tolist(), found.withheld, found.gone, found.added


def test_the_same_table_differs_in_nothing_whatever_the_order_of_its_rows() -> None:
    lines = GRADES.strip().splitlines()
    assert change("\n".join([lines[0], *reversed(lines[1:])])) == ([], 0, 0, 0)


def test_a_number_that_both_show_is_set_beside_the_other() -> None:
    changed, *others = change(GRADES.replace("300,75,0.25", "300,90,0.3"))
    assert changed == [["KG", "chronically_absent", "75", "90"], ["KG", "chronic_rate", "0.25", "0.3"]]
    assert others == [0, 0, 0]


def test_a_count_that_differs_by_fewer_than_the_minimum_is_withheld_with_its_row() -> None:
    new = GRADES.replace("300,75,0.25", "300,84,0.28")
    assert change(new) == ([], 1, 0, 0)
    assert len(change(new, minimum=0)[0]) == 2


def test_a_number_that_one_hides_is_compared_by_its_mark_alone() -> None:
    new = GRADES.replace("290,58,0.2,", "290,,,complement")
    assert change(new)[0] == [["01", "hidden", "", "complement"]]


CHECKS = """school_year,check,value,threshold,verdict,meaning,hidden
2017-18,absence: dispersion of cells,1.2,2,fine,How many times,
"""


def test_what_a_model_check_found_is_compared() -> None:
    found = table_change("model_checks", table(CHECKS), table(CHECKS.replace("1.2,2,fine", "2.5,2,look")), 10)
    assert found.keys == ("school_year",)
    changed = found.changed[["column", "old", "new"]].to_numpy().tolist()
    assert changed == [["value", "1.2", "2.5"], ["verdict", "fine", "look"]]


def test_degrees_of_freedom_schools_and_units_are_numbers() -> None:
    old = "driver,level,df,schools,units,dates,hidden\ngrade_level,KG,12.5,8,30,4,\n"
    found = table_change("between_schools", table(old), table(old.replace("12.5,8,30,4", "11.5,7,29,3")), 10)
    assert list(found.changed["column"]) == ["df", "schools", "units", "dates"]


def test_a_number_that_is_gone_without_a_mark_differs() -> None:
    """An interval that is refused now has no mark: too few students do not hide it."""
    new = GRADES.replace("290,58,0.2,", "290,58,,")
    assert change(new)[0] == [["01", "chronic_rate", "0.2", ""]]
    assert change(GRADES, old=new)[0] == [["01", "chronic_rate", "", "0.2"]]


def test_a_reason_tells_rows_apart_where_nothing_else_does() -> None:
    flow = "step,reason,rows\nset aside,a double,3\nset aside,no date,4\n"
    found = table_change("records_flow", table(flow), table(flow.replace("set aside,a double,3\n", "")), 10)
    assert (found.keys, found.gone, found.changed.empty) == (("step", "reason"), 1, True)


def test_rows_come_and_go() -> None:
    new = GRADES.replace("2017-18,D,level,02,280,,,minimum", "2017-18,D,level,03,280,,,minimum")
    assert change(new)[1:] == (0, 1, 1)


def test_the_tenth_digit_is_no_change() -> None:
    assert change(GRADES.replace("0.2298850575", "0.2298850576")) == ([], 0, 0, 0)


def test_rows_that_no_column_tells_apart_are_compared_in_their_order() -> None:
    old = "check,value\nsame,1\nsame,2\n".replace("value", "share")
    found = table_change("model_checks", table(old), table(old.replace(",2", ",3")), 10)
    assert found.changed[["column", "old", "new"]].to_numpy().tolist() == [["share", "2", "3"]]


def write_report(folder: Path, text: str = GRADES, audience: str = "partner", **made: str) -> Path:
    (folder / "tables").mkdir(parents=True)
    (folder / "tables/absence_by_grade.csv").write_text(text)
    manifest = {
        "study": "small", "title": "Small <i>district</i>",
        "parameters": {
            "audience": audience, "data": "",
            "settings": {"audience": audience, "definitions": {"at_risk": made.get("at_risk", "0.05")}},
        },
        "code": {"models/fit.py": made.get("code", "a" * 64)}, "versions": {"pandas": made.get("pandas", "3.0.0")},
        "inputs": {"study": {}, "data": {"days.csv": made.get("days", "b" * 64)}, "notebooks": {}},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def reports(folder: Path, **made: str) -> tuple[Report, Report]:
    new = GRADES.replace("300,75,0.25", "300,90,0.3").replace("290,58,0.2", "290,59,0.2034482759")
    return read_report(write_report(folder / "old")), read_report(write_report(folder / "new", new, **made))


@pytest.mark.parametrize(
    ("made", "kind", "said"),
    [
        ({"days": "c" * 64}, "new data", "input days.csv changed"),
        ({"at_risk": "0.06"}, "a new rule", 'setting definitions.at_risk is "0.06", was "0.05"'),
        ({"code": "c" * 64}, "new code", "code models/fit.py changed"),
        ({"pandas": "3.1.0"}, "new code", "version of pandas is 3.1.0, was 3.0.0"),
    ],
)
def test_why_is_told_by_what_the_reports_were_made_from(
    tmp_path: Path, made: dict[str, str], kind: str, said: str
) -> None:
    old, new = reports(tmp_path, **made)
    assert {name: found for name, found in reasons(old, new).items() if found} == {kind: [said]}
    assert f"Why: {kind}</h2>" in compare_html(old, new, tmp_path / "compare.html")


def test_the_page_says_what_differs_and_leads_to_both_reports(tmp_path: Path) -> None:
    old, new = reports(tmp_path)
    page = compare_html(old, new, tmp_path / "compare.html")
    assert "Why: nothing that they were made from differs" in page
    assert "1 of 1 tables differ" in page and "1 row is withheld." in page
    assert "25.00%" in page and "30.00%" in page and "20.34%" not in page
    assert 'href="old/index.html"' in page and 'href="new/index.html"' in page
    assert "Small &lt;i&gt;district" in page and "<i>district" not in page


def test_exact_differences_are_for_the_district_alone(tmp_path: Path) -> None:
    old = read_report(write_report(tmp_path / "old", audience="internal"))
    changed = GRADES.replace("290,58,0.2", "290,59,0.2034482759")
    both_inside = read_report(write_report(tmp_path / "new", changed, audience="internal"))
    passed_on = read_report(write_report(tmp_path / "passed_on", changed))
    assert "20.34%" in compare_html(old, both_inside, tmp_path / "compare.html")
    page = compare_html(old, passed_on, tmp_path / "compare.html")
    assert "20.34%" not in page and "not to be passed on" in page


def test_what_is_no_report_is_one_clear_problem(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no manifest\.json as a run writes it"):
        read_report(tmp_path)


def test_the_command_writes_the_page_beside_the_newer_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["compare", str(tmp_path / "old"), str(tmp_path / "new")])
    assert left.value.code == 0
    assert (tmp_path / "compare-old-new.html").is_file() and "compare-old-new.html" in capsys.readouterr().out
