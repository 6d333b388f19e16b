"""Every page of districts at the edge: one student, one day of school, nobody absent, all absent, all hidden.

A page may refuse, in a sentence; it may not fail, warn, or print a number that there is not.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import findings, records
from analysis.study import Study

PAGES = ("records", "where", "drivers", "season", "schools", "checks")
STUDY = """title: Extreme
data: data
audience: {audience}
definitions: {definitions}
records:
  kind: {kind}
  files: [{{path: rows.csv}}]
  columns: {{student_id: student, school_id: school, grade_level: grade, {columns}}}
"""
COLUMNS = {
    "student_days": "date: date, days_absent: absent",
    "student_years": "school_year: year, days_absent: absent, days_enrolled: enrolled",
}


@dataclass(frozen=True)
class District:
    """What is extreme in a district: how large it is, how often students are absent, by what rule, who reads of it."""

    students: int = 40
    schools: int = 2
    years: int = 1
    days: int = 30
    absence: float = 0.08
    kind: str = "student_days"
    audience: str = "internal"
    definitions: str = "{}"


DISTRICTS = {
    "one student": District(students=1, schools=1),
    "one day of school": District(days=1),
    "one day of school, for partners": District(days=1, audience="partner"),
    "nobody is absent": District(absence=0.0),
    "everybody is absent, always": District(absence=1.0),
    "nobody is chronically absent": District(definitions="{chronic: {at_least: 29, of: days}}", years=3),
    "all is hidden from partners, and all are absent": District(9, 6, 3, 20, 0.9, "student_years", "partner"),
    "a school for each of three": District(students=3, schools=3, absence=0.5),
}


def rows(district: District) -> pd.DataFrame:
    random = np.random.default_rng(1)
    tables = []
    for place in range(district.students):
        grade = ("KG", "01", "09", "10")[place % 4]
        for year in range(2016, 2016 + district.years):
            dates = pd.bdate_range(f"{year}-09-05", periods=district.days).strftime("%Y-%m-%d")
            absent = (random.random(len(dates)) < district.absence).astype(int)
            days = pd.DataFrame({"date": dates, "absent": absent})
            tables.append(
                days.assign(
                    student=f"s{place}",
                    school=f"c{place % district.schools}",
                    grade=grade,
                    year=f"{year}-{(year + 1) % 100}",
                )
            )
    table = pd.concat(tables, ignore_index=True)
    if district.kind == "student_days":
        return table
    by = table.groupby(["student", "school", "grade", "year"], as_index=False)
    return by.agg(absent=("absent", "sum"), enrolled=("absent", "size"))


@pytest.mark.parametrize("name", DISTRICTS)
def test_every_page_has_its_findings(tmp_path: Path, name: str) -> None:
    district = DISTRICTS[name]
    for folder in ("studies", "data"):
        (tmp_path / folder).mkdir()
    rows(district).to_csv(tmp_path / "data/rows.csv", index=False)
    text = STUDY.format(**vars(district), columns=COLUMNS[district.kind])
    (tmp_path / "studies/extreme.yaml").write_text(text, encoding="utf-8")
    study = Study.load(tmp_path / "studies/extreme.yaml")
    pages = [getattr(findings, page)(study) for page in PAGES]
    source = records.read(study)
    if district.kind == "student_days":
        pages.append(findings.school(study, source.schools["school_id"].iloc[0]))
    said = []
    for page in pages:
        page.save(tmp_path / "report")
        for one in page.findings():
            assert one.title or not one.text, one.name
            said += [one.title, one.text, one._repr_html_()]
    said += [slot.text for slot in vars(findings.brief(study)).values()]
    for wrong in ("nan", "None", "inf%", "<NA>"):
        assert not [text for text in said if f"{wrong}%" in text or f" {wrong} " in text or f"({wrong}" in text], wrong
