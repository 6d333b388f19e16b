"""No student's id leaves the records: not in a message, a table, a picture, a page, or what is kept between runs."""

import traceback
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from small_tables import DAYS, as_csv, cells, put, write_study

from analysis import engine, findings, records
from analysis.findings.finding import Page
from analysis.problems import UserError
from analysis.study import Study

CANARY = "CANARY"
COLUMNS = ["student", "school", "grade", "date", "absent"]
GOOD = "\n".join(f"CANARY-{student} | A | 03 | {day} | 0" for student in range(1, 4) for day in DAYS[:6])
CSV = as_csv(cells(f"{' | '.join(COLUMNS)}\n{GOOD}"))
HEAD = CSV.splitlines()[0] + "\n"
BROKEN = {
    "valid": CSV,
    "no header": CSV.removeprefix(HEAD),
    "empty": HEAD,
    "missing column": CSV.replace("absent", "CANARY-x"),
    "same name twice": CSV.replace("school", "student"),
    "ragged": CSV + "CANARY-9,A,03\nCANARY-9,A,03,2017-09-05,0,CANARY,9\nCANARY-9\n",
    "long rows": HEAD + "CANARY-9,A,03,2017-09-05,0,CANARY,9\n" * 20,
    "unclosed quote": CSV + '"CANARY-9,A,03,2017-09-05,0\nCANARY-8,A,03,2017-09-05,0\n',
    "stray quote": CSV + '"CANARY-9" x,A,03,2017-09-05,0\n',
    "latin-1": CSV + "CANARY-9,\u00c9,03,2017-09-05,0\n",
    "late latin-1": CSV + "CANARY-9,A,03,2017-09-05,0\n" * 5000 + "CANARY-8,\u00c9,03,2017-09-05,0\n",
    "NUL": CSV + "CANARY-9\0,A,03,2017-09-05,0\n",
    "id as grade": CSV + "CANARY-9,A,CANARY-9,2017-09-05,0\n",
    "columns shifted": CSV + "".join(f",CANARY-{row},A,03,2017-09-05\n" for row in range(9)),
    "id as date": CSV + "CANARY-9,A,03,CANARY-9,0\n",
    "all ids as dates": CSV.replace("2017-", "CANARY-"),
    "id as days": CSV + "CANARY-9,A,03,2017-09-05,CANARY-9\n",
    "twice": CSV + CSV.removeprefix(HEAD),
    "two schools": CSV + CSV.removeprefix(HEAD).replace(",A,", ",B,"),
    "disagree": CSV + "CANARY-1,A,03,2017-09-05,1\n",
}
SETTINGS = {
    "as it is": ("", "", ""),
    "header row too far": ("", "", ", header_row: 2"),
    "header row beyond the file": ("", "", ", header_row: 999999"),
    "no header row": ("", "", ", header_row: 0"),
    "wrong date format": ("  date_format: '%m/%d/%Y'\n", "", ""),
    "wrong delimiter": ("", "", ", delimiter: ';'"),
    "wrong encoding": ("", "", ", encoding: utf-16"),
    "wrong format": ("", "", ", format: parquet"),
    "focus and years": ("", "focus: {district_id: [N], school_year: 2016-17}\nyears: [2016-17]\n", ""),
}  # fmt: skip
BESIDE = """  groups: [sex]
  students: {files: [{path: s.csv}], columns: {student_id: id, sex: sex}}
  schools: {files: [{path: h.csv}], columns: {school_id: id, school_name: name, school_level: level}}
  calendar: {files: [{path: c.csv}], columns: {date: day, instructional: school}}
"""
GOOD_BESIDE = {
    "s.csv": "id,sex\nCANARY-1,F\nCANARY-2,M\n",
    "h.csv": "id,name,level\nA,Ash,high\n",
    "c.csv": "day,school\n" + "".join(f"{day},true\n" for day in DAYS),
}
BROKEN_BESIDE = {
    "valid": {},
    "twice": {"s.csv": "id,sex\nCANARY-1,F\nCANARY-1,M\n"},
    "no header": {"s.csv": "CANARY-1,F\nCANARY-2,M\n"},
    "ragged": {"s.csv": "id,sex\nCANARY-1,F,CANARY\nCANARY-2\nCANARY-3,F\n"},
    "calendar": {"c.csv": "day,school\nCANARY-1,true\n2017-09-05,CANARY-2\n"},
    "missing": {"s.csv": "", "c.csv": ""},
}


def said_of(study: Study) -> str:
    """Give everything that is said of a study's records."""
    try:
        found = records.read(study)
    except UserError as error:
        return "".join(traceback.format_exception(error)) + str(error) + repr(error.problems)
    problems = "".join(f"{problem}{problem!r}" for problem in (*found.problems, *records.check(study)))
    return problems + found.flow.to_csv() + repr(found)


def kept_of(folder: Path) -> Iterator[Path]:
    """Give every file that a study left, but for its own records."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "student_days.parquet" and folder / "data" / path.name != path:
            yield path


def assert_silent(folder: Path, study: Study) -> None:
    said = said_of(study)
    assert said and CANARY not in said
    assert "query engine" not in said  # every fault is said in the study's own terms
    for path in kept_of(folder):
        assert CANARY.encode() not in path.read_bytes(), path.name


def encoded(text: str, name: str) -> bytes:
    return text.encode("latin-1" if "latin" in name else "utf-8")


PAIRS = [(fault, "as it is") for fault in BROKEN]
PAIRS += [(fault, setting) for fault in ("valid", "no header", "columns shifted") for setting in SETTINGS]


@pytest.mark.parametrize(("fault", "setting"), list(dict.fromkeys(PAIRS)))
def test_no_id_in_what_is_said_of_records(tmp_path: Path, fault: str, setting: str) -> None:
    records_yaml, rest, options = SETTINGS[setting]
    put(tmp_path, "t.csv", encoded(BROKEN[fault], fault))
    columns = [] if setting == "no header row" else COLUMNS
    mapped = ", columns: {student_id: '#1', school_id: '#2', grade_level: '#3', date: '#4', days_absent: '#5'}"
    files = f"{{path: t.csv{options}{'' if columns else mapped}}}"
    assert_silent(tmp_path, write_study(tmp_path, columns, records_yaml, rest, files=files))


@pytest.mark.parametrize("fault", BROKEN_BESIDE)
def test_no_id_in_what_is_said_of_side_tables(tmp_path: Path, fault: str) -> None:
    for name, text in (GOOD_BESIDE | BROKEN_BESIDE[fault]).items():
        put(tmp_path, name, text.encode())
    put(tmp_path, "t.csv", CSV.encode())
    assert_silent(tmp_path, write_study(tmp_path, COLUMNS, BESIDE))


@pytest.mark.parametrize("fault", ["valid", "no header", "id as grade", "id as date", "id as days", "disagree"])
@pytest.mark.parametrize("name", ["t.xlsx", "t.parquet"])
def test_no_id_in_what_is_said_of_other_formats(tmp_path: Path, name: str, fault: str) -> None:
    header, *body = [line.split(",") for line in BROKEN[fault].splitlines()]
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / name
    if name.endswith("xlsx"):
        book = openpyxl.Workbook()
        for row in (header, *body):
            book.active.append(row)
        book.save(path)
    else:
        named = ", ".join(f"col{place} AS {engine.named(column)}" for place, column in enumerate(header))
        some = ", ".join(str(tuple(row)) for row in body)
        columns = ", ".join(f"col{place}" for place in range(len(header)))
        engine.execute(f"COPY (SELECT {named} FROM (VALUES {some}) AS t({columns})) TO {engine.quoted(str(path))}")
    assert_silent(tmp_path, write_study(tmp_path, COLUMNS, files=f"{{path: {name}}}"))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT CAST('CANARY-1' AS INTEGER)",
        "SELECT CAST(CAST(id AS VARCHAR) AS DATE) FROM (SELECT 'CANARY-1' AS id)",
        "SELECT strptime('CANARY-1', '%Y')",
        "SELECT * FROM read_csv('CANARY-1.csv')",
        "SELECT CANARY FROM",
        "SELECT error('CANARY-1')",
    ],
)
def test_the_engines_own_words_are_withheld(sql: str) -> None:
    def lazily(text: str) -> object:
        return engine.collect(engine.lazy(f"SELECT * FROM ({text}) AS t(id)"), ["id"])

    for call in (engine.execute, engine.table, lazily):
        with pytest.raises(UserError) as caught:
            call(sql)
        printed = "".join(traceback.format_exception(caught.value)).replace(sql, "")
        assert caught.value.__cause__ is None and caught.value.__context__ is None
        assert CANARY not in str(caught.value) and CANARY not in printed
        assert "withheld" in str(caught.value)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a small synthetic district whose students are all called CANARY; give its study."""
    root = tmp_path_factory.mktemp("canary")
    data = root / "data" / "canary"
    records.simulate(data, 400, 5)
    days, table = data / "student_days.parquet", engine.quoted(str(data / "canary.parquet"))
    engine.execute(f"""COPY (SELECT * REPLACE ('CANARY-' || student_id AS student_id)
        FROM read_parquet({engine.quoted(str(days))})) TO {table} (FORMAT parquet)""")
    (data / "canary.parquet").replace(days)
    header, *rows = (data / "students.csv").read_text().splitlines()
    (data / "students.csv").write_text("\n".join([header, *(f"CANARY-{row}" for row in rows)]))
    example = (Path(__file__).parents[2] / "studies/example.yaml").read_text()
    start, end = example.index("simulate:"), example.index("records:")
    text = example[:start].replace("data/synthetic/example", "data/canary") + example[end:]
    (root / "studies").mkdir()
    (root / "studies/canary.yaml").write_text(text)
    return root / "studies/canary.yaml"


PAGES = {
    "internal": ("records", "where", "drivers", "season", "schools", "checks", "school"),
    "partner": ("records", "where", "season", "school"),  # the others are the same tables through the same gate
}


@pytest.mark.parametrize("audience", PAGES)
def test_no_id_in_any_finding(district: Path, tmp_path: Path, audience: str, monkeypatch: pytest.MonkeyPatch) -> None:
    study = Study.load(district, audience=audience)
    collected: list[pd.DataFrame] = []
    bring = engine.collect
    monkeypatch.setattr(engine, "collect", lambda *asked: collected.append(bring(*asked)) or collected[-1])
    assert CANARY in engine.execute(f"SELECT min(student_id) FROM read_parquet('{records.read(study).path}')")[0][0]
    for name in PAGES[audience]:
        page: Page = getattr(findings, name)(study)
        page.save(tmp_path)
        shown = [page, *page.findings()]
        assert all(CANARY not in repr(thing) for thing in shown), name
        assert all(CANARY not in finding._repr_html_() for finding in page.findings()), name
    if audience == "internal":
        assert CANARY not in repr(findings.brief(study))
    days = engine.execute(f"SELECT count(*) FROM read_parquet('{records.read(study).path}')")[0][0]
    for table in collected:  # student-days stay in the engine
        assert len(table) < days / 10 and not {"student_id", "date"} <= {*table}, list(table)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.suffix for path in written} == {".csv", ".svg"}
    for path in (*written, *(place for place in study.interim.rglob("*") if place.is_file())):
        assert (CANARY.encode() in path.read_bytes()) == (path.name == "student_days.parquet"), path.name


def test_no_id_in_what_is_said_of_a_school_that_is_not_there(district: Path) -> None:
    with pytest.raises(UserError) as caught:
        findings.school(Study.load(district, audience="internal"), "no such school")
    assert CANARY not in "".join(traceback.format_exception(caught.value))
