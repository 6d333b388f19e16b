"""What `absence init --from` proposes for real files, held against the studies that people wrote for them."""

from functools import cache
from pathlib import Path

import pytest

from analysis import records
from analysis.problems import UserError
from analysis.proposal.header_words import GROUPS
from analysis.records.files import expand
from analysis.scaffold import proposed
from analysis.study import Records, SideTable, Study
from analysis.study.columns import BESIDE

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason=f"{DATA} is not on this machine")

Mapped = list[tuple[Path, str, dict[str, str]]]

YEAR, NOT_MAPPED = {"school_year"}, "not mapped"
OPEN: dict[str, tuple[set[str], str]] = {
    "colorado": (
        YEAR,
        "",
    ),  # the study takes it from the file's name, the proposal from the column that most files have
    "connecticut-attendance": (set(), "'High Needs' is no group of the study"),
    "connecticut-by-grade": ({"variable"}, "no mapping explains 'Percent'"),  # percent of whom, the row says elsewhere
    "edfi-daybreak": ({"district_id", "district_name"}, ""),  # the district stands in no file of the records
    "edfi-grand-bend": ({"district_id", "district_name"}, "no mapping explains 1 other, not shown"),  # 'Partial', once
    # Two columns of those present; levels of areas and kinds of school hold each other.
    "england-weekly": ({"geographic_level", "school_type", "days_present"}, "no mapping explains 'Secondary'"),
    "hartford": ({"district_id"}, ""),  # the state's own files have a name and no code; the study sets it by hand
    "montucky": (YEAR | {"district_id"}, "school year not understood"),  # names stand for codes, by hand
    "north-carolina": ({"district_id", "subgroup"}, "there is no district_id"),  # one code holds district and school
    "nyc-daily": (set(), ""),
    "nyc-end-of-year": (set(), "no mapping explains 'PK in K-12 Schools' (1,979 rows)"),
    "oea-sis": ({"district_id", "district_name"}, ""),
    "quine": (set(), NOT_MAPPED),  # neither a year nor a school stands in the file
    "syracuse-weekly": (set(), NOT_MAPPED),  # 'enrolled15' and 'enrolled16': of which years, the file does not say
    "uci-mat": (set(), NOT_MAPPED),
    "uci-por": (set(), NOT_MAPPED),
    # All students, or those chronically absent? The file does not say it.
    "virginia-two-divisions": (
        {"chronically_absent", "district_name", "subgroup"},
        "no mapping explains 'NA' (1 rows)",
    ),
    "virginia": (
        {"district_id", "district_name", "school_id", "school_name", "school_level"},
        "there is no district_id",
    ),
}
"""By study: which of our columns a person mapped otherwise, and what `absence check` then says (empty: nothing)."""


@cache
def written(name: str) -> Study:
    return Study.load(ROOT / f"studies/{name}.yaml", data=DATA)


def mapped(study: Study, table: Records | SideTable) -> Mapped:
    """Give, by file and sheet or element, which column stands for which of ours; a constant as `=text`."""
    said = []
    for source in table.files:
        fixed = {**(table.set if isinstance(table, Records) else {}), **source.set}
        columns = {**{ours: f"={text}" for ours, text in fixed.items()}, **table.columns, **source.columns}
        columns |= dict.fromkeys(source.unpivoted, "of columns that become rows")
        for file in expand(study.data, source):
            year = {"school_year": f"={file.school_year}"} if file.school_year else {}
            said.append((file.path.resolve(), source.sheet or source.element or "", {**year, **columns}))
    return said


def differing(by_hand: Mapped, proposal: Mapped) -> set[str]:
    """Name our columns that a person mapped and that are not proposed so; of several tables of a file the nearest."""
    found: set[str] = set()
    for path, table, columns in by_hand:
        same_file = [other for file, name, other in proposal if file == path and table in ("", name)]
        apart = [{ours for ours, said in columns.items() if not _same(said, one.get(ours, ""))} for one in same_file]
        found |= min(apart, key=len, default=set(columns))
    return found


def _same(by_hand: str, proposal: str) -> bool:
    return by_hand == proposal or proposal.endswith(f"/{by_hand}")


def files_of(study: Study) -> list[str]:
    parts = (part(study, name) for name in ("records", *BESIDE))
    return sorted({str(path) for one in parts if one for path, _, _ in mapped(study, one)})


def part(study: Study, name: str) -> Records | SideTable | None:
    return study.settings.records if name == "records" else getattr(study.settings.records, name)


def propose(folder: Path, files: list[str]) -> str:
    text = proposed(folder, "mine", files)
    (folder / "studies").mkdir()
    (folder / "studies/mine.yaml").write_text(text, encoding="utf-8")
    return text


def checked(folder: Path) -> tuple[str, ...]:
    try:
        problems = records.check(Study.load(folder / "studies/mine.yaml"))
    except UserError as error:
        problems = error.problems
    return tuple(str(problem) for problem in problems if problem.severity == "stops")


@pytest.mark.parametrize("name", OPEN)
def test_a_proposal_agrees_with_the_study_that_a_person_wrote(tmp_path: Path, name: str) -> None:
    study, (by_hand, says) = written(name), OPEN[name]
    text = propose(tmp_path, files_of(study))
    assert f"kind: {study.settings.records.kind} " in text
    problems = checked(tmp_path)
    assert len(problems) == bool(says) and all(says in problem for problem in problems)
    if says == NOT_MAPPED:  # not yet a study that can be compared
        assert "# ? school_year: no column's name says it" in text or "fit equally well; keep one" in text
        return
    proposal = Study.load(tmp_path / "studies/mine.yaml")
    for table in ("records", *BESIDE):
        theirs, ours = part(study, table), part(proposal, table)
        if theirs:
            assert ours and differing(mapped(study, theirs), mapped(proposal, ours)) == (
                by_hand if table == "records" else set()
            )
    assert set(study.settings.records.groups) & set(GROUPS) <= set(proposal.settings.records.groups)


def test_hartford_has_the_years_marks_and_the_state_among_the_districts(tmp_path: Path) -> None:
    text = propose(tmp_path, files_of(written("hartford")))
    found = Study.load(tmp_path / "studies/mine.yaml").settings.records
    assert len(found.files) == len(files_of(written("hartford"))) == 56
    assert {(file.header_row, file.set["school_year"]) for file in found.files} >= {(4, "2011-12"), (5, "2017-18")}
    assert found.marks.suppressed == ("*",) and "0000000" in found.parents["district_id"]
    assert found.rates_are == "percent" and "below 'Chronically Absent'" in text


@pytest.mark.parametrize(
    ("file", "says"),
    [
        # The header has 6 names over 8 values: places, and what the numbers themselves prove.
        ("va_vdoe/Chronic_Absenteeism_2021-22_by_school.csv", 'chronically_absent: "#6"'),
        ("va_vdoe/Chronic_Absenteeism_2021-22_by_school.csv", "counts give the rates in 1,821 of 1,821 rows"),
        ("va_vdoe/Chronic_Absenteeism_2021-22_by_school.csv", "? district_id: no column's name says it; by its values"),
        # `n_students` are those chronically absent, which the file does not say.
        ("va_vdoe/Chronic_Absenteeism_2016-17_to_2023-24_two_divisions.csv", "'n_students' can be each"),
        # Two counts of students; that of kindergarten to grade 12 is the one that gives the rate.
        ("co_cde/2022-2023_ChronicAbsenteeism.xlsx", "students: K-12 Student Count (used in Chronic Absent Rate)"),
        ("co_cde/2016-2017_ChronicAbsenteeism.xlsx", "header_row: 10"),
        ("co_cde/2016-2017_ChronicAbsenteeism.xlsx", 'school_year: "2016-17"'),
        ("ct_attendance_2019-20_to_2021-22_by_district_group.csv", 'district_id: ["00000CT"]'),
        (
            "ct_attendance_2019-20_to_2021-22_by_district_group.csv",
            r"attendance_rate: '(\d{4}-\d{4})(?: attendance rate - year to date| attendance rate)'",
        ),
        ("nc_dpi/chronic_absenteeism_2018_2019_all_students.csv.gz", 'school_id: ["NC-SEA"]'),
        ("nyc_daily_2015-16.csv.gz", 'not_available: ["NS"]'),
        ("nyc_daily_2015-16.csv.gz", 'date_format: "%Y%m%d"'),
        ("nyc_daily_xml/20160314.xml", "element: item"),
        ("england_dfe/EES_weekly_data_2022-23.csv.gz", 'not_available: ["z"]'),
        ("syracuse_weekly_by_tier_2014-15_and_2015-16.csv", "'absences15', 'absences16' fit equally well"),
        ("uci_student/student-mat.csv", 'delimiter: ";"'),
        ("quine.csv", "? school_id: no column's name says it"),
        ("opensdp_montucky_grade7.csv.gz", "of 9,999 rows the id stands again"),
        ("edfi_5_2_grand_bend/StudentSchoolAttendance.xml.gz", "kind: absence_events"),
        ("oea_sis/studentattendance_day.csv.gz", "P: present"),
        ("us_edfacts_dg814_state_2021-22.csv", "chronically_absent: NUMERATOR"),
    ],
)
def test_what_is_seen_in_a_file(file: str, says: str) -> None:
    assert says in of_one_file(file)


@cache
def of_one_file(file: str) -> str:
    return proposed(ROOT, "mine", [str(DATA / file)])


def test_a_file_that_breaks_off_is_one_problem() -> None:
    with pytest.raises(UserError, match="it breaks off") as caught:
        proposed(ROOT, "mine", [str(DATA / "nyc_daily_xml/20160315.xml")])
    assert len(caught.value.problems) == 1
