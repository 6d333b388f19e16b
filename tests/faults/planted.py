"""Faults planted into small sources, by what they are faults of: what is said of each, and where."""
# ruff: noqa: E501, PLR0917
# fmt: off

import gzip
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
from small_sources import SMALL
from small_tables import DAYS


@dataclass(frozen=True)
class Planted:
    """One fault: the only thing that is wrong with its source.

    Parameters
    ----------
    cause : in a few words; no two are the same.
    where, seen, severity : of the one problem that is said; of the first where there are `more`.
    files, yaml : as for `write_small`.
    """

    cause: str
    where: str
    seen: str
    severity: str
    files: dict[str, Any] = field(default_factory=dict)
    yaml: tuple[str, str] = ("", "")
    kind: str = "student_days"


CSV = SMALL["student_days"].files["t.csv"]
BODY = CSV.partition("\n")[2]
HEADER = CSV.partition("\n")[0]
MANY = "".join(f"CANARY-{number},A,03,2017-09-05,0\n" for number in range(10, 3000))
FILE = "{path: t.csv"
LATE = "first at t.csv, line 14"


def of(cause: str, seen: str, added: str, where: str = LATE, severity: str = "set_aside", **more: Any) -> Planted:
    """Plant rows below the sound ones."""
    return Planted(cause, where, seen, severity, {"t.csv": "+" + added}, **more)


def workbook(*rows: list[Any], sheet: str = "Days") -> bytes:
    """Make an Excel file of the sound rows and some more."""
    book = openpyxl.Workbook()
    book.active.title = sheet
    sound = [[cell if cell != "0" else 0 for cell in line.split(",")] for line in CSV.splitlines()]
    for row in (*sound, *rows):
        book.active.append(row)
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def excel(cause: str, seen: str, where: str, severity: str, content: bytes, name: str = "t.xlsx") -> Planted:
    """Plant a fault in a workbook."""
    return Planted(cause, where, seen, severity, {"t.csv": None, name: content}, (FILE, FILE.replace("t.csv", name)))


FILES = [
    Planted("no file of that name", "t.csv", "no file of that name", "stops", {"t.csv": None}),
    Planted("a folder where a file is meant", "t.csv", "it is a folder", "stops", {"t.csv": None, "t.csv/x.csv": "a"}),
    Planted("an empty file", "t.csv", "the file is empty", "stops", {"t.csv": b""}),
    Planted("a header and no rows", "t.yaml", "no row could be used", "stops", {"t.csv": HEADER + "\n"}),
    Planted("a format that its name does not tell", "t.doc", "its name does not tell its format", "stops", {"t.doc": CSV}, (FILE, "{path: t.doc")),
    Planted("gzip that is broken", "t.csv.gz, line 1", "its packing breaks off or is damaged", "stops", {"t.csv.gz": gzip.compress(CSV.encode())[:-20]}, (FILE, "{path: t.csv.gz")),
    Planted("text that is no Parquet", "t.csv", "it cannot be read as Parquet", "stops", {}, (FILE, FILE + ", format: parquet")),
    Planted("another encoding, in the header", "t.csv", "it cannot be read as utf-8 text", "stops", {"t.csv": (HEADER + ",\u00e9\n" + BODY.replace("\n", ",\n")).encode("latin-1")}),
    Planted("another encoding, below the first rows", "t.csv", "1 lines are not utf-8", "stops", {"t.csv": (CSV + MANY + "CANARY-3,\u00c9,03,2017-09-05,0\n").encode("latin-1")}),
    Planted("UTF-16 without a word of it", "t.csv, line 1", "a character 0 stands in it", "stops", {"t.csv": CSV.encode("utf-16")}),
    Planted("a byte 0 in an id", "t.csv, line 14", "a character 0 stands in it", "stops", {"t.csv": "+CANARY\0-3,A,03,2017-09-05,0\n"}),
    Planted("a line without an end", "t.csv, line 14", "a line of more than 1,048,576 characters", "stops", {"t.csv": "+" + "x" * 2_200_000}),
    Planted("ends of lines that are mixed", "t.csv, line 6", "the line ends otherwise than those before it", "stops", {"t.csv": (CSV[: len(HEADER) + 160].rpartition("\n")[0]).encode() + b"\r\n" + CSV[: len(HEADER) + 160].rpartition("\n")[2].encode() + CSV[len(HEADER) + 160 :].encode()}),
]
HEADERS = [
    Planted("a column of another name", "t.csv", "its header has no column 'absent'", "stops", {"t.csv": CSV.replace("absent", "absences")}),
    Planted("a name twice in the header", "t.csv", "its header has 'school' 2 times", "stops", {"t.csv": CSV.replace("school", "school,school").replace(",A,", ",A,A,")}),
    Planted("a header of 5 names over rows of 7 values", "t.csv", "its header has 5 names, its rows 7 values", "stops", {"t.csv": CSV.replace(",0\n", ",0,x,y\n").replace(",1\n", ",1,x,y\n")}),
    Planted("a header further down than the file is long", "t.csv", "header_row is 99, but the file has 13 lines", "stops", {}, (FILE, FILE + ", header_row: 99")),
    Planted("a place that no row has", "t.csv", "there is no column #9", "stops", {}, ("student_id: student", "student_id: '#9'")),
    Planted("another delimiter", "t.csv", "its header has no column that the study maps", "stops", {"t.csv": CSV.replace(",", ";")}),
]
LINES = [
    of("rows with too many values", "1 lines have more than 5 values", "CANARY-3,A,03,2017-09-05,0,x,y\n", "t.csv, first at line 14"),
    of("a line that ends before days_absent", "1 line ends before the last column", "CANARY-3,A,03,2017-09-05\n"),
    of("one line of another delimiter", "1 line ends before the last column", "CANARY-3;A;03;2017-09-05;0\n"),
    of("text after a quotation mark", "1 lines are no CSV", '"CANARY-3" x,A,03,2017-09-05,0\n', "t.csv, first at line 14"),
    of("a quotation mark that is not closed", "a quotation mark is not closed", 'CANARY-3,"A,03,2017-09-05,0\nCANARY-3,A,03,2017-09-06,0\n', "t.csv, first at line 14", "stops"),
    of("a fault below a line break inside quotes", "date not understood", 'CANARY-3,"A\n",03,2017-09-05,0\n\nCANARY-3,A,03,never,0\n', "first at t.csv, line 17"),
    Planted("a second header among the rows", "t.yaml, records.values.grade_level", "no mapping explains 1 other, not shown, first at t.csv, line 14", "stops", {"t.csv": "+" + HEADER + "\n"}),
]
ROWS = [
    of("no student id", "no student id: 1 of 13 rows", ",A,03,2017-09-05,0\n"),
    of("no school id", "no school id: 1 of 13 rows", "CANARY-3,,03,2017-09-05,0\n"),
    of("no grade", "grade missing: 1 of 13 rows", "CANARY-3,A,,2017-09-05,0\n"),
    of("no date", "date not understood: 1 of 13 rows", "CANARY-3,A,03,,0\n"),
    of("a date that is impossible", "date not understood: 1 of 13 rows", "CANARY-3,A,03,2017-02-30,0\n"),
    of("a date as Excel counts them", "date not understood: 1 of 13 rows", "CANARY-3,A,03,42983,0\n"),
    Planted("dates of another format", "first at t.csv, line 2", "date not understood: 12 of 12 rows", "stops", {}, ("", "  date_format: '%m/%d/%Y'\n")),
    of("days that are no number", "days not understood: 1 of 13 rows", "CANARY-3,A,03,2017-09-05,half\n"),
    of("negative days", "absent longer than enrolled: 1 of 13 rows", "CANARY-3,A,03,2017-09-05,-1\n"),
    of("a mark read as a number", "absent longer than enrolled: 1 of 13 rows", "CANARY-3,A,03,2017-09-05,-9999\n"),
    of("more than a day on a day", "absent longer than enrolled: 1 of 13 rows", "CANARY-3,A,03,2017-09-05,1.5\n"),
    of("a formula in CSV", "days not understood: 1 of 13 rows", "CANARY-3,A,03,2017-09-05,=1+1\n"),
    of("minutes for days", "absent longer than enrolled: 12 of 12 rows", "", "first at t.csv, line 2", "stops"),
    of("every day unmarked", "every day is unmarked", "", "t.yaml", "stops"),
    of("the same row again", "the same row again: 1 of 13 rows", f"CANARY-2,A,03,{DAYS[5]},0\n"),
    of("two records of one day", "two records of one day disagree: 2 of 13 rows", f"CANARY-2,A,03,{DAYS[5]},1\n", "first at t.csv, line 13"),
    of("two schools on one day", "two schools on one day: 2 of 13 rows", f"CANARY-2,B,03,{DAYS[5]},0\n", "first at t.csv, line 13"),
    of("a word that no mapping explains", "no mapping explains 1 other, not shown, first at t.csv, line 14", "CANARY-3,A,Nursery,2017-09-05,0\n", "t.yaml, records.values.grade_level", "stops"),
    of("a grade that jumps", "1 student in a grade that does not follow", f"CANARY-3,A,03,{DAYS[0]},0\nCANARY-3,A,09,{DAYS[1]},0\n", severity="noted"),
]
FORMS = {
    "minutes for days": (",0\n", ",390\n", ",1\n", ",390\n"),
    "every day unmarked": (",0\n", ",\n", ",1\n", ",\n"),
}


def whole(fault: Planted) -> Planted:
    """Change every row instead of adding some."""
    a, b, c, d = FORMS[fault.cause]
    return Planted(**{**fault.__dict__, "files": {"t.csv": CSV.replace(a, b).replace(c, d)}})


ROWS = [whole(fault) if fault.cause in FORMS else fault for fault in ROWS]
OFF = {
    "a day and a month that are swapped": "2017-11-10",
    "a year mistyped": "2071-09-05",
    "a weekend": "2017-09-09",
    "a holiday": "2017-09-13",
}
BESIDE = ("", "  calendar: {files: [{path: c.csv}], columns: {date: day}}\n")
HOLIDAYS = "day\n" + "".join(f"{day}\n" for day in DAYS if day not in OFF.values())
ROWS += [
    Planted(cause, LATE, "not an instructional day: 1 of 13 rows", "set_aside", {"t.csv": f"+CANARY-1,A,03,{day},0\n", "c.csv": HOLIDAYS}, BESIDE)
    for cause, day in OFF.items()
]
DISTRICTS = CSV.replace("absent", "absent,d").replace(",0\n", ",0,D1\n").replace(",1\n", ",1,D1\n")
ROWS.append(
    Planted("one id in two districts", "first at t.csv, line 13", "one id in two districts on one day: 2 of 13 rows", "set_aside", {"t.csv": DISTRICTS + f"CANARY-2,B,03,{DAYS[5]},0,D2\n"}, ("days_absent: absent", "days_absent: absent, district_id: d"))
)
SHEETS = [
    excel("a date of the older Excel that is text", "date not understood: 1 of 13 rows", "first at t.xls, row 14", "set_aside", (Path(__file__).parent / "days.xls").read_bytes(), "t.xls"),
    Planted("a sheet that is not there", "t.xlsx, sheet 'Day'", "there is no such sheet", "stops", {"t.xlsx": workbook()}, (FILE, "{path: t.xlsx, sheet: Day")),
    excel("text that is no workbook", "it cannot be read as xlsx", "t.xlsx", "stops", CSV.encode()),
    excel("a date that Excel holds as text", "date not understood", "first at t.xlsx, row 14", "set_aside", workbook(["CANARY-3", "A", "03", "5 September", 0])),
    excel("a formula without its result", "days not understood", "first at t.xlsx, row 14", "set_aside", workbook(["CANARY-3", "A", "03", "2017-09-05", "=1+1"])),
    excel("an error in a cell", "days not understood", "first at t.xlsx, row 14", "set_aside", workbook(["CANARY-3", "A", "03", "2017-09-05", "#DIV/0!"])),
]


def years(cause: str, seen: str, row: str, where: str = "first at t.csv, line 10", severity: str = "set_aside") -> Planted:
    """Plant a row into student-years."""
    return Planted(cause, where, seen, severity, {"t.csv": f"+{row}\n"}, kind="student_years")


TOTALS = "days_enrolled: enrolled, days_absent: absent"
COLUMNS = SMALL["student_years"].yaml.splitlines()[-1].strip()
YEARS = [
    years("a year's days that are negative", "a number below zero: 1 of 9 rows", "CANARY-9,A,03,180,-1"),
    years("absent longer than enrolled in a year", "absent longer than enrolled: 1 of 9 rows", "CANARY-9,A,03,10,10.5"),
    years("more days than a year has", "more days than a year has: 1 of 9 rows", "CANARY-9,A,03,64800,12"),
    years("enrolled for no day", "enrolled for no day: 1 of 9 rows", "CANARY-9,A,03,0,0"),
    years("a year's total that is no number", "number not understood: 1 of 9 rows", "CANARY-9,A,03,180,some"),
    years("two totals of one student", "rows of one student, school and year disagree: 2 of 9 rows", "CANARY-8,A,03,180,9", "first at t.csv, line 9"),
    Planted("percents read as shares", "first at t.csv, line 2", "the rate is above 100%: 8 of 8 rows", "stops", {"t.csv": "student,school,grade,rate\n" + "".join(f"CANARY-{n},A,03,{n}.5\n" for n in range(1, 9))}, (TOTALS, "absence_rate: rate"), "student_years"),
    Planted("shares read as percents", "t.yaml, records.rates_are", "none of 13 rates is above 1, and they are read as percents", "stops", {"t.csv": "student,school,grade,rate\n" + "".join(f"CANARY-{n},A,03,0.0{n % 9}\n" for n in range(1, 15))}, (COLUMNS, "rates_are: percent\n  " + COLUMNS.replace(TOTALS, "absence_rate: rate")), "student_years"),
]


def spells(cause: str, seen: str, row: str, severity: str = "set_aside", where: str = "first at spells.csv, line 6") -> Planted:
    """Plant a spell into the enrolment beside absences alone."""
    return Planted(cause, where, seen, severity, {"spells.csv": f"+{row}\n"}, kind="absence_events")


def events(cause: str, seen: str, row: str, severity: str = "set_aside", where: str = "first at t.csv, line 6") -> Planted:
    """Plant an absence into absences alone."""
    return Planted(cause, where, seen, severity, {"t.csv": f"+{row}\n"}, kind="absence_events")


ENROLMENTS = [
    spells("exit before entry", "exit before entry: 1 of 5 rows", "CANARY-1,B,03,2017-10-02,2017-09-29"),
    spells("exit on the entry date", "exit on the entry date, so never a member: 1 of 5 rows", "CANARY-1,B,03,2017-10-02,2017-10-02"),
    spells("an entry date that is impossible", "entry date not understood: 1 of 5 rows", "CANARY-1,B,03,2017-09-31,2018-06-01"),
    spells("the same spell again", "the same spell again: 1 of 5 rows", "CANARY-4,A,03,2017-09-05,2018-06-30"),
    spells("two grades from one day", "two grades from one day at one school: 2 of 6 rows", "CANARY-9,A,03,2017-09-05,2018-06-30\nCANARY-9,A,04,2017-09-05,2018-06-30"),
    spells("a spell without a grade", "grade missing: 1 of 5 rows", "CANARY-5,A,,2017-09-05,2018-06-30"),
    spells("a spell that runs on for years", "1 spell runs on into a later school year", "CANARY-5,A,03,2017-09-05,2019-06-30", "noted"),
    spells("spells that overlap at two schools", "1 student has spells at two schools at once", "CANARY-4,B,03,2017-10-02,2018-06-30", "noted"),
    events("a day outside enrolment", "outside enrolment: 1 of 5 rows", "CANARY-9,A,2017-09-05,1"),
    events("an absence on a weekend", "not an instructional day: 1 of 5 rows", "CANARY-1,A,2017-09-09,1"),
    events("the same absence again", "the same event again: 1 of 5 rows", f"CANARY-4,A,{DAYS[4]},1"),
    events("an absence of hours", "absent longer than a day: 1 of 5 rows", f"CANARY-4,A,{DAYS[5]},6"),
    Planted("a calendar with a date that is none", "calendar.csv, line 192", "1 rows have no date", "stops", {"calendar.csv": "+05/09/2017,true\n"}, kind="absence_events"),
    Planted("a calendar whose word is not understood", "t.yaml, records.values.instructional", "no mapping explains 1 other", "stops", {"calendar.csv": "+2018-08-01,perhaps\n"}, kind="absence_events"),
    Planted("a student with two groups", "first at s.csv, line 3", "1 students stand in it again with other groups", "stops", {"s.csv": "id,sex\nCANARY-1,F\nCANARY-1,M\n"}, ("", "  groups: [sex]\n  students: {files: [{path: s.csv}], columns: {student_id: id, sex: sex}}\n")),
]


def published(cause: str, seen: str, row: str, severity: str, where: str = "t.csv, line 20", yaml: tuple[str, str] = ("", "")) -> Planted:
    """Plant a row into a published table."""
    return Planted(cause, where, seen, severity, {"t.csv": f"+{row}\n"}, yaml, "published_counts")


PUBLISHED = [
    published("more absent than there are", "more absent or attending than there are, or a rate above 100%", "4,01,20,30,150", "noted"),
    published("a rate that its counts do not give", "a published rate that its own counts do not give", "4,01,200,30,25", "noted"),
    published("a suppression mark that is a number", "chronically_absent is -9999", "4,01,200,-9999,", "stops"),
    published("a mark that nothing explains", "chronically_absent is 'n/a'", "4,01,200,n/a,", "stops"),
    published("two rows that disagree about a cell", "rows that disagree about the same cell", "7,06,700,99,14.1", "stops", "t.csv, line 19 and t.csv, line 20"),
    published("a state among its districts", "district_id '0' is the sum of the rows beside it", "0,01,1200,252,21\n0,02,1200,264,22", "stops"),
    published("a footer below the table", "1 line ends before the last column", "Source: the state", "set_aside", "first at t.csv, line 20"),
    Planted("a state's percents read as shares", "t.csv, line 2", "chronic_rate is mostly above 1", "stops", {}, ("percent", "share"), "published_counts"),
]


def daily(cause: str, seen: str, rows: str, severity: str, where: str = "first at t.csv, line 20") -> Planted:
    """Plant rows into days of schools."""
    return Planted(cause, where, seen, severity, {"t.csv": f"+{rows}\n"}, kind="school_days")


DAILY = [
    daily("a rate above 1", "more absent than enrolled, or a rate beyond 0 to 100%: 1 of 19 rows", f"C,1,{DAYS[6]},140", "set_aside"),
    daily("a rate below 0", "attendance_rate is -5", f"C,1,{DAYS[6]},-5", "stops"),
    daily("a word for a number", "attendance_rate is 'NS', no number", f"C,1,{DAYS[6]},NS", "stops"),
    daily("a total among the rows", "school_id 'TOTAL' is called a total (6 rows)", "\n".join(f"TOTAL,1,{day},91" for day in DAYS[:6]), "stops"),
    daily("nobody present", "nobody was present (1 row)", f"C,1,{DAYS[6]},0", "noted"),
]


def xml(rows: str) -> str:
    """Write rows as XML."""
    names = HEADER.split(",")
    cells = (zip(names, row.split(","), strict=True) for row in rows.splitlines())
    lines = ("<row>" + "".join(f"<{name}>{cell}</{name}>" for name, cell in row) + "</row>\n" for row in cells)
    return f"<days>\n{''.join(lines)}</days>\n"


def of_xml(cause: str, where: str, seen: str, content: str, element: str = "row", severity: str = "stops") -> Planted:
    """Plant a fault into XML."""
    yaml = (FILE, "{path: t.xml, element: " + element)
    return Planted(cause, where, seen, severity, {"t.csv": None, "t.xml": content}, yaml)


BOMB = '<!DOCTYPE days [<!ENTITY a "CANARY"><!ENTITY b "&a;&a;&a;">]>\n'
XML = [
    of_xml("XML that breaks off", "t.xml, line 10", "it breaks off after 8 whole <row>", xml(BODY)[:1000].rpartition("<row>")[0]),
    of_xml("XML that swells (a bomb)", "t.xml, line 1", "it declares a document type", BOMB + xml(BODY)),
    of_xml("an element that is not there", "t.xml", "it has no element 'day'", xml(BODY), "day"),
    of_xml("XML that is none", "t.xml, line 14", "it is no XML", xml(BODY).replace("</days>", "</day>")),
    of_xml("a path that is not there", "t.xml", "nothing below <row> has the path 'absent'", xml(BODY).replace("absent>", "missed>")),
    of_xml("a date of XML that is none", "first at t.xml, line 14 (row 13)", "date not understood: 1 of 13 rows", xml(BODY + "CANARY-3,A,03,never,0"), severity="set_aside"),
]
BY_KIND = {
    "files": FILES, "headers": HEADERS, "lines": LINES, "student-days": ROWS, "workbooks": SHEETS, "XML": XML,
    "student-years": YEARS, "enrolment, calendar, absences alone": ENROLMENTS, "published tables": PUBLISHED,
    "days of schools": DAILY,
}  # fmt: skip
"""All faults, by what they are faults of."""
