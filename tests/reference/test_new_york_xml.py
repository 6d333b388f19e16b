"""New York's daily XML as published: the whole file reads; the two that are cut off say so, each with its line."""

from pathlib import Path

import pytest

from analysis.measures import school_days as measures
from analysis.problems import UserError
from analysis.records.school_days import read_school_days
from analysis.records.types import SchoolDays
from analysis.study import Study

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not (DATA / "nyc_daily_xml").exists(), reason=f"{DATA} is not on this machine")

STUDY = """
title: New York City, daily XML
records:
  kind: school_days
  rates_are: percent
  date_format: "%Y%m%d"
  files: [{path: nyc_daily_xml/FILES.xml, element: item}]
  columns:
    {school_id: DBN, school_name: SCHOOL_NAME, district_id: DistrictCode,
     date: ATTN_DATE_YMD, attendance_rate: ATTN_PCT}
  marks: {not_available: [NS]}
  parents: {school_id: [TOTAL]}
"""


def read(folder: Path, files: str) -> SchoolDays:
    path = folder / "xml.yaml"
    path.write_text(STUDY.replace("FILES", files), encoding="utf-8")
    return read_school_days(Study.load(path, data=DATA))


def test_the_whole_file_reads(tmp_path: Path) -> None:
    source = read(tmp_path, "20160314")
    flow = {row.reason or row.step: row.rows for row in source.flow.itertuples()}
    assert flow["read"] == flow["used"] + flow["no number: 'NS'"]
    assert len(source.schools) == flow["read"] - 1  # and the city's TOTAL
    total = measures.published_total(source)
    assert total["absence_rate"].round(4).tolist() == [0.1211]  # 87.89 percent present, as the file says
    known = source.days[source.days["school_id"] == "01M015"].iloc[0]
    assert (known["school_name"], known["district_id"]) == ("P.S. 015 ROBERTO CLEMENTE", "01")


@pytest.mark.parametrize("file", ["20160315", "20160318"])
def test_a_truncated_file_is_one_problem_with_its_line(tmp_path: Path, file: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, file)
    (problem,) = caught.value.problems
    assert f"nyc_daily_xml/{file}.xml, line 1" in problem.where and problem.fix


def test_two_truncated_files_among_three_are_two_problems_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, "*")
    said = [problem.where for problem in caught.value.problems]
    assert len(said) == 2 and "20160315" in said[0] and "20160318" in said[1]
