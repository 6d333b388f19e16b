"""The project's own notebooks on a small synthetic district: each runs, and the report is what the contract says."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from analysis.reporting.execute import execute
from analysis.reporting.notebook import read_notebook
from analysis.study import Study

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
BEGIN = ["school_year", "district_id", "level_type"]
COUNTS = [
    "students", "students_counted", "students_basis", "days_enrolled", "days_absent", "days_unmarked", "absence_rate",
    "rate_low", "rate_high", "chronically_absent", "chronic_rate", "satisfactory", "at_risk", "moderate_chronic",
    "severe_chronic",
]  # fmt: skip
CONTRACT = {
    "records_flow": ["step", "reason", "rows", "students"],
    **{
        f"absence_by_{name}": [*BEGIN, *level, *COUNTS]
        for name, level in {
            "grade": ["grade_level"], "school": ["school_id"], "district": [], "month": ["month"],
            "week": ["week_start"], "weekday": ["weekday"], "reason": ["absence_reason"],
            "english_learner": ["english_learner"],
            "economic_disadvantage": ["economic_disadvantage"], "race_ethnicity": ["race_ethnicity"],
        }.items()
    },
    "missed_days": [
        *BEGIN, "grade_level", "school_id", "month", "days_absent", "share_of_days", "chronically_absent",
        "share_of_chronic",
    ],
    "worst_days": [*BEGIN, "date", "absence_rate", "expected_rate", "days_absent", "note"],
    "chronic_by_days_enrolled": BEGIN, "near_threshold": BEGIN, "persistence": BEGIN, "early_signal": BEGIN,
    "adjusted_rates": [
        *BEGIN, "outcome", "driver", "level", "students", "days_enrolled", "observed_rate", "adjusted_rate",
        "rate_std_error", "rate_low", "rate_high", "contrast", "contrast_std_error", "contrast_low", "contrast_high",
        "p_value",
        "p_adjusted", "component", "outside",
    ],
    "between_schools": [
        *BEGIN, "outcome", "driver", "level", "component", "schools", "students", "observed_rate", "adjusted_rate",
        "rate_low", "rate_high", "contrast", "contrast_std_error", "contrast_low", "contrast_high", "df", "p_value",
        "p_bootstrap", "p_adjusted", "reason",
    ],
    "coefficients": [
        *BEGIN, "outcome", "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high",
    ],
    "joint_tests": [*BEGIN, "outcome", "driver", "statistic", "df", "p_value"],
    "importance": [*BEGIN, "outcome", "driver", "share", "share_low", "share_high"],
    "school_effects": [
        *BEGIN, "outcome", "component", "school_id", "school_name", "students", "expected_rate", "observed_rate",
        "shrunken_difference", "difference_low", "difference_high", "chance_lowest_third", "chance_middle_third",
        "chance_highest_third", "reliability", "p_adjusted", "flag",
    ],
    "not_separable": [*BEGIN, "outcome", "driver", "level", "component", "reason"],
    "robustness": [*BEGIN, "specification", "driver", "level", "contrast", "contrast_low", "contrast_high"],
    "model_checks": [*BEGIN, "check", "value", "threshold", "verdict", "meaning"],
}  # fmt: skip
"""Columns that `../shared/DESIGN.md` promises, in order; a table may have others between them, and `hidden` last."""


def test_no_cell_writes_to_stderr(report: Path, heard: list[str]) -> None:
    assert heard == []


@pytest.mark.parametrize("name", CONTRACT)
def test_table_has_the_columns_of_the_contract(report: Path, name: str) -> None:
    with (report / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    promised = [column for column in header if column in CONTRACT[name]]
    assert promised == CONTRACT[name]
    assert header[-1] == "hidden"


def test_rates_are_shares_and_levels_add_up(report: Path) -> None:
    table = pd.read_csv(report / "tables/absence_by_grade.csv", dtype={"grade_level": str})
    rates = table[[column for column in table if column.endswith("_rate")]]
    assert rates.min().min() >= 0 and rates.max().max() <= 1
    by = dict(iter(table.groupby("level_type")))
    inside = by["level"][by["level"]["grade_level"] != "PK"]
    assert inside["days_absent"].sum() == by["band"]["days_absent"].sum() == by["total"]["days_absent"].sum()


def test_every_page_opens_with_its_question_and_says_what_it_cannot(report: Path) -> None:
    for path in report.glob("0*.html"):
        text = path.read_text(encoding="utf-8")
        question = read_notebook(ROOT / "notebooks" / f"{path.stem}.ipynb").question
        assert question in text and "What this page cannot say" in text
        words = re.sub(r"<script.*?</script>|<svg.*?</svg>", "", text, flags=re.S)
        assert not re.search(r"\bnan\b|\bNone\b|NaN", words), path.name


def test_the_brief_can_be_read_in_grade_9(report: Path) -> None:
    said = re.search(r"can be read in grade ([\d.]+) of school", (report / "about.html").read_text(encoding="utf-8"))
    assert said and 3 < float(said[1]) <= 9


def test_the_page_about_the_report_says_what_was_hidden(report: Path) -> None:
    page = (report / "about.html").read_text(encoding="utf-8")
    table = pd.read_csv(report / "tables/missed_days.csv", keep_default_na=False)
    few = f"{(table['hidden'] == 'minimum').sum():,}"
    assert re.search(rf"<code>missed_days</code></td>\s*<td>{len(table):,}</td>\s*<td>{few}</td>", page)
    for heading in ("How to cite", "What no page can say", "What the words mean", "What the tables hold"):
        assert f">{heading}</h2>" in page


def test_brief_has_five_slots_and_every_school_a_page(report: Path, district: Study) -> None:
    index = (report / "index.html").read_text(encoding="utf-8")
    for question in ("How many", "Where are the missed days", "Is it the grade", "When are students", "Which schools"):
        assert question in index
    schools = pd.read_csv(district.data / "schools.csv")
    assert len(list((report / "schools").glob("*.html"))) == len(schools)


def test_stored_notebooks_hold_no_student(report: Path, district: Study) -> None:
    ids = pd.read_csv(district.data / "students.csv", dtype=str)["student_id"].head(200).tolist()
    for path in [*report.rglob("*.ipynb"), *report.rglob("*.html"), *report.rglob("*.csv")]:
        text = path.read_text(encoding="utf-8")
        assert not any(re.search(rf"\b{re.escape(one)}\b", text) for one in ids), path.name


def test_manifest_names_no_place_of_this_machine(report: Path, district: Study) -> None:
    text = (report / "manifest.json").read_text(encoding="utf-8")
    assert str(district.root) not in text and json.loads(text)["study"] == "example"


def test_a_notebook_runs_from_its_own_folder_as_it_stands(district: Study, report: Path) -> None:
    notebook = read_notebook(district.root / "notebooks/02_where.ipynb")
    executed = execute(notebook, {}, district.root / "notebooks")
    assert executed.stderr == ()


def test_plain_papermill_runs_a_notebook_from_the_root(district: Study, report: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "papermill", "notebooks/05_schools.ipynb", "out.ipynb", "-p", "audience", "internal",
         "--no-progress-bar"],
        cwd=district.root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "expected" in (district.root / "out.ipynb").read_text(encoding="utf-8")
