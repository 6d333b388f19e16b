"""XML as people have it: both Ed-Fi styles give the same rows, and every fault one clear problem with its line."""

import gzip
import tracemalloc
from pathlib import Path

import pytest
from small_tables import problems_of, study_from

from analysis import engine
from analysis.problems import Problem
from analysis.records.files import lines, stage
from analysis.records.xml_tables import xml_table
from analysis.study import Study

OLD = """<?xml version="1.0"?>
<InterchangeStudentAttendance xmlns="http://ed-fi.org/0100">
  <AttendanceEvent>
    <EventDate>2011-09-06</EventDate>
    <AttendanceEventCategory>In Attendance</AttendanceEventCategory>
    <StudentReference><StudentIdentity><StudentUniqueStateId>01</StudentUniqueStateId></StudentIdentity></StudentReference>
  </AttendanceEvent>
  <AttendanceEvent>
    <EventDate> 2011-09-07
    </EventDate>
    <AttendanceEventCategory>Excused Absence</AttendanceEventCategory>
    <StudentReference><StudentIdentity><StudentUniqueStateId>02</StudentUniqueStateId></StudentIdentity></StudentReference>
  </AttendanceEvent>
</InterchangeStudentAttendance>
"""
NEW = """<?xml version="1.0" encoding="UTF-8"?>
<e:Interchange xmlns:e="http://ed-fi.org/5.2.0">
<e:Session><e:SessionName>Fall</e:SessionName></e:Session>
<e:StudentSchoolAttendanceEvent><e:AttendanceEvent><e:EventDate>2011-09-06</e:EventDate><e:AttendanceEventCategory>
uri://ed-fi.org/AttendanceEventCategoryDescriptor#In Attendance</e:AttendanceEventCategory></e:AttendanceEvent>
<e:StudentReference><e:StudentUniqueId>01</e:StudentUniqueId></e:StudentReference></e:StudentSchoolAttendanceEvent>
<e:StudentSchoolAttendanceEvent><e:StudentReference><e:StudentUniqueId>02</e:StudentUniqueId></e:StudentReference>
<e:AttendanceEvent><e:EventDate>2011-09-07</e:EventDate><e:AttendanceEventCategory>
uri://x.org/AttendanceEventCategoryDescriptor#Excused Absence</e:AttendanceEventCategory></e:AttendanceEvent>
</e:StudentSchoolAttendanceEvent>
</e:Interchange>
"""
COLUMNS = "student_id: StudentReference/StudentIdentity/StudentUniqueStateId, date: EventDate"
CODES = "attendance_code: AttendanceEventCategory"
SHORT = "student_id: StudentUniqueId, date: EventDate"


def study_of(
    folder: Path, content: str | bytes, columns: str, *, element: str = "AttendanceEvent", name: str = "a.xml"
) -> Study:
    """Write a file and a study that reads it; what these tests do not look at is set."""
    put(folder, name, content)
    said = f", element: {element}" if element else ""
    text = f"title: T\ndata: data\nrecords:\n  kind: student_days\n  files:\n    - {{path: '{name}'{said}}}\n"
    text += f"  set: {{school_id: S, days_absent: '0'}}\n  columns: {{{columns}}}\n"
    return study_from(folder, text)


def put(folder: Path, name: str, content: str | bytes) -> None:
    (folder / "data").mkdir(exist_ok=True)
    content = content.encode() if isinstance(content, str) else content
    path = folder / "data" / name.replace("*", "1")
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") and content[:2] != b"\x1f\x8b" else content)


def staged(study: Study, columns: str) -> tuple[list[tuple[object, ...]], list[Problem]]:
    problems = stage(study, "t")
    return engine.execute(f"SELECT {columns} FROM t ORDER BY file_row"), problems


def refused(study: Study) -> list[str]:
    return problems_of(stage, study, "t")


@pytest.mark.parametrize(
    ("content", "columns", "element", "name"),
    [
        (OLD, COLUMNS, "AttendanceEvent", "a.xml"),
        (OLD, COLUMNS, "AttendanceEvent", "a.xml.gz"),
        (OLD.encode("utf-16"), COLUMNS, "AttendanceEvent", "a.xml"),
        (NEW, SHORT, "StudentSchoolAttendanceEvent", "a.xml"),
    ],
)
def test_old_and_current_standard_give_the_same_rows(
    tmp_path: Path, content: str | bytes, columns: str, element: str, name: str
) -> None:
    study = study_of(tmp_path, content, f"{columns}, {CODES}", element=element, name=name)
    expected = [("01", "2011-09-06", "In Attendance", "present"), ("02", "2011-09-07", "Excused Absence", "excused")]
    assert staged(study, "student_id, date, attendance_code, attendance_code_word") == (expected, [])


def test_a_row_is_found_by_line_and_number(tmp_path: Path) -> None:
    study = study_of(tmp_path, OLD, COLUMNS)
    staged(study, "1")
    assert lines(study, "t", [1, 2]) == {
        1: "a.xml, line 3 (AttendanceEvent 1)", 2: "a.xml, line 8 (AttendanceEvent 2)",
    }  # fmt: skip


def test_attributes_are_columns_and_what_is_left_out_is_empty(tmp_path: Path) -> None:
    rows = '<rows><row id="1"><day>2011-09-06</day></row><row id="2" ></row><row/><row id="3"><day/></row></rows>'
    study = study_of(tmp_path, rows, "student_id: '@id', date: day", element="row")
    assert staged(study, "student_id, date") == ([("1", "2011-09-06"), ("2", None), ("3", None)], [])
    assert lines(study, "t", [3]) == {3: "a.xml, line 1 (row 4)"}  # an element without anything is no row


def test_a_path_that_one_file_lacks_is_empty_there(tmp_path: Path) -> None:
    put(tmp_path, "a2.xml", "<rows><row><id>2</id></row></rows>")
    study = study_of(
        tmp_path, "<rows><row><id>1</id><day>x</day></row></rows>", "student_id: id, date: day", element="row",
        name="a*.xml",
    )  # fmt: skip
    assert staged(study, "student_id, date") == ([("1", "x"), ("2", None)], [])


def test_several_values_in_one_element_are_said(tmp_path: Path) -> None:
    rows = "<rows>\n<row><id>1</id><day>a</day></row>\n<row><id>2</id><day>b</day><day>c</day></row></rows>"
    found, problems = staged(study_of(tmp_path, rows, "student_id: id, date: day", element="row"), "student_id, date")
    assert found == [("1", "a"), ("2", "b; c")]
    assert [str(problem) for problem in problems] == [
        "a.xml, first at line 3: 'day' stands again in the same element 1 times. Its values are read as one text,"
        " parted by '; '. Map such texts under values."
    ]
    assert problems[0].severity == "noted"


CUT = OLD[: OLD.index("<StudentUniqueStateId>02") + 9]
BOMB = '<?xml version="1.0"?>\n<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<r><row><id>&b;</id></row></r>'
READ = "Nothing can be read from it."
AGAIN = "Get the file again, or take it out of the study; nothing of it is used."


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (CUT, {}, f"a.xml, line 12: it breaks off after 1 whole <AttendanceEvent>. {READ} {AGAIN}"),
        (gzip.compress(OLD.encode())[:-9], {"name": "a.xml.gz"},
         f"a.xml.gz, line 1: its packing breaks off after 0 whole <AttendanceEvent>. {READ} {AGAIN}"),
        (OLD.replace("</EventDate>", "</Date>", 1), {},
         f"a.xml, line 4: it is no XML: mismatched tag, after 0 whole <AttendanceEvent>. {READ} {AGAIN}"),
        ("a,b\n1,2\n", {},
         f"a.xml, line 1: it is no XML: syntax error, after 0 whole <AttendanceEvent>. {READ} {AGAIN}"),
        (BOMB, {"element": "row"},
         f"a.xml, line 2: it declares a document type, which can hide more than data. {READ} Remove the line that"
         " begins with <!DOCTYPE."),
        (OLD, {"element": ""},
         f"a.xml: the study does not say which element is a row. {READ} Write element: AttendanceEvent."),
        (OLD, {"element": "AttendanceEvents"},
         f"a.xml: it has no element 'AttendanceEvents'. {READ} Did you mean 'AttendanceEvent'?"),
    ],
)  # fmt: skip
def test_a_broken_file_is_one_problem(tmp_path: Path, content: str | bytes, options: dict[str, str], said: str) -> None:
    assert refused(study_of(tmp_path, content, COLUMNS, **options)) == [said]


def test_a_path_must_fit_once(tmp_path: Path) -> None:
    rows = "<r><row><School><Id>1</Id></School><Session><School><Id>2</Id></School></Session></row></r>"
    assert refused(study_of(tmp_path, rows, "student_id: Id, date: Session/School/Idd", element="row")) == [
        "a.xml: 'Id' fits 2 paths below <row>. Only one can be meant. Write more of the path: School/Id or"
        " Session/School/Id.",
        "a.xml: nothing below <row> has the path 'Session/School/Idd'. The study maps it. Did you mean"
        " 'Session/School/Id'?",
    ]
    study = study_of(tmp_path, rows, "student_id: School/Id, date: Session/School/Id", element="row")
    assert staged(study, "student_id, date")[0] == [("1", "2")]  # the whole path goes before the end of a longer one


def test_an_ambiguous_code_must_be_mapped(tmp_path: Path) -> None:
    text = OLD.replace("In Attendance", "Partial")
    problems = stage(study_of(tmp_path, text, f"{COLUMNS}, {CODES}"), "t")
    assert [problem.severity for problem in problems] == ["stops"]
    assert "records.values.attendance_code: no mapping explains" in str(problems[0])


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    event = OLD[OLD.index("  <AttendanceEvent>") : OLD.index("  <AttendanceEvent>", 200)]
    path = tmp_path / "large.xml"
    with path.open("w") as file:
        file.write("<r>" + event * 40_000 + "</r>")  # 13 MB
    tracemalloc.start()
    table = xml_table(path, "AttendanceEvent")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert engine.execute(f"SELECT count(*) FROM {engine.named(table.name)}") == [(40_000,)]
    assert peak < 8 * 2**20
