"""What `absence init --from` proposes: every guess explained, what is not known asked, nothing of a person repeated."""

import random
import re
from pathlib import Path

import pytest

from analysis import cli, records
from analysis.problems import UserError
from analysis.scaffold import write_study
from analysis.study import Study

DAYS = [f"2017-09-{day:02}" for day in (5, 6, 7, 8, 11, 12, 13, 14, 15, 18, 19, 20)]
NUMBERS = random.Random(4)


def table(header: str, *rows: str, times: int = 1) -> str:
    return "\n".join([header, *rows * times]) + "\n"


def student_days(code: str = "PPAPEPTUP") -> list[str]:
    """Twelve students of two schools on twelve days, a code a day."""
    return [
        f"{1000 + student},{'AB'[student % 2]},{3 + student % 3},{day},{code[(student + place) % len(code)]}"
        for student in range(12)
        for place, day in enumerate(DAYS)
    ]


def propose(folder: Path, files: dict[str, str | bytes], name: str = "mine") -> str:
    """Write files below data/raw, let a study be proposed from them, and give its text."""
    (folder / "data/raw").mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (folder / "data/raw" / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    return (folder / write_study(folder, name, list(files))).read_text(encoding="utf-8")


def mapped(text: str) -> dict[str, str]:
    """Give the lines of a study that are no comments, as key: value."""
    pairs = [
        line.split(" #")[0].strip().split(": ", 1) for line in text.splitlines() if not line.strip().startswith("#")
    ]
    return {pair[0].removeprefix("- "): pair[1].strip('"') for pair in pairs if len(pair) == 2}


def checked(folder: Path, name: str = "mine") -> list[str]:
    """Check a study as the command does; empty where nothing stops."""
    try:
        problems = records.check(Study.load(folder / f"studies/{name}.yaml"))
    except UserError as error:
        problems = error.problems
    return [str(problem) for problem in problems if problem.severity == "stops"]


HEADER = "Student Number,Campus,Grade Level,Attendance Date,Attendance Code"


def test_student_days_are_ready_to_run(tmp_path: Path) -> None:
    text = propose(tmp_path, {"days.csv": table(HEADER, *student_days())})
    assert mapped(text) | {
        "kind": "student_days", "student_id": "Student Number", "school_id": "Campus", "grade_level": "Grade Level",
        "date": "Attendance Date", "attendance_code": "Attendance Code", "date_format": "%Y-%m-%d", "P": "present",
        "A": "absent", "E": "excused", "U": "unexcused", "T": "tardy", "data": "data/raw", "path": "days.csv",
    } == mapped(text)  # fmt: skip
    assert "144 of 144 values look like codes" in text and "16 rows; a guess: check it with the source" in text
    assert checked(tmp_path) == []
    found = records.read(Study.load(tmp_path / "studies/mine.yaml"))
    assert found.flow.query("step == 'used' and reason == ''")["rows"].item() == 144


def test_days_present_are_counted_once(tmp_path: Path) -> None:
    rows = [f"{row},{'0' if row.endswith('P') else '390'}" for row in student_days("PA")]
    proposal = propose(tmp_path, {"days.csv": table(f"{HEADER},Minutes Absent", *rows)})
    assert f"present days too ({sum(row.endswith('P,0') for row in rows)} of {len(rows)})" in proposal


def test_every_guess_has_its_reason_beside_it(tmp_path: Path) -> None:
    text = propose(tmp_path, {"days.csv": table(HEADER, *student_days())})
    body = text[text.index("records:") : text.index("definitions:")].splitlines()[1:]
    headings = [
        line for line in body if not line.strip().startswith("#") and line.split(" #")[0].rstrip().endswith(":")
    ]
    guesses = [line for line in body if line not in headings and not line.strip().startswith("#")]
    assert len(guesses) == 13 and all(re.search(r" # \w", line) for line in guesses)


def test_titles_semicolons_and_letters_of_old_files(tmp_path: Path) -> None:
    rows = [row.replace(",", ";") for row in student_days()]
    text = table("Attendance of the École;;;;", "", "Pupil ID;School;Grade;Date;Status", *rows)
    proposal = mapped(propose(tmp_path, {"days.csv": text.encode("latin-1")}))
    assert (proposal["header_row"], proposal["delimiter"], proposal["encoding"]) == ("3", ";", "latin-1")
    assert proposal["attendance_code"] == "Status" and checked(tmp_path) == []


def test_a_day_and_a_month_that_cannot_be_told_apart_are_asked(tmp_path: Path) -> None:
    rows = [re.sub(r"2017-09-(\d\d)", r"09/\1/2017", row) for row in student_days() if re.search("-(0.|1[12]),", row)]
    text = propose(tmp_path, {"days.csv": table(HEADER, *rows)})
    assert "date_format" not in mapped(text)
    assert "# ? date_format: no day is over 12, so day and month cannot be told apart; keep one" in text
    assert '# date_format: "%m/%d/%Y"' in text and '# date_format: "%d/%m/%Y"' in text
    assert any("date" in problem for problem in checked(tmp_path))
    sure = propose(
        tmp_path,
        {"all.csv": table(HEADER, *[re.sub(r"2017-09-(\d\d)", r"\1/09/2017", row) for row in student_days()])},
        "sure",
    )
    assert mapped(sure)["date_format"] == "%d/%m/%Y"
    assert checked(tmp_path, "sure") == []


def test_two_columns_that_fit_alike_are_asked(tmp_path: Path) -> None:
    rows = [f"{row},{NUMBERS.randrange(2)},{NUMBERS.randrange(2)}" for row in student_days()]
    header = HEADER.replace("Attendance Code", "Period") + ",Days Absent,Absent Days"
    text = propose(tmp_path, {"days.csv": table(header, *rows)})
    assert "# ? days_absent: 'Days Absent', 'Absent Days' fit equally well; keep one" in text
    assert "# days_absent: Days Absent" in text and "# days_absent: Absent Days" in text
    assert "days_absent" not in mapped(text)
    assert any("days_absent or attendance_code: not mapped" in problem for problem in checked(tmp_path))


def test_two_columns_that_say_the_same_are_one(tmp_path: Path) -> None:
    rows = [f"{row},S{row[:4]}" for row in student_days()]
    text = propose(tmp_path, {"days.csv": table(HEADER + ",Student ID", *rows)})
    assert mapped(text)["student_id"] == "Student Number" and "'Student ID' says the same" in text


def test_a_code_that_nobody_can_know_is_asked(tmp_path: Path) -> None:
    text = propose(tmp_path, {"days.csv": table(HEADER, *student_days(code="PPAQP"))})
    assert re.search(r"# Q: \? +# \d+ rows", text) and "Q" not in mapped(text)
    assert any("no mapping explains 'Q'" in problem for problem in checked(tmp_path))


def test_absences_alone_are_events(tmp_path: Path) -> None:
    text = propose(tmp_path, {"days.csv": table(HEADER, *student_days(code="AEU"))})
    assert mapped(text)["kind"] == "absence_events" and "none is a day present" in text


def test_tables_beside_the_records(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "days.csv": table(HEADER, *student_days()),
        "kids.csv": table(
            "SID,ELL,Race", *[f"{1000 + one},{'YN'[one % 2]},{('Black', 'White')[one % 2]}" for one in range(12)]
        ),
        "schools.csv": table(
            "School Code,School Name,School Level", "A,Ash Park,elementary", "B,Birch Hill,elementary"
        ),
        "calendar.csv": table("Date,Instructional,Note", *[f"{day},true," for day in DAYS]),
    }
    text = propose(tmp_path, files)
    study = Study.load(tmp_path / "studies/mine.yaml").settings.records
    assert study.students and study.students.columns == {
        "student_id": "SID",
        "race_ethnicity": "Race",
        "english_learner": "ELL",
    }
    assert study.schools and study.schools.columns["school_level"] == "School Level"
    assert study.calendar and study.calendar.columns["instructional"] == "Instructional"
    assert study.groups == ("race_ethnicity", "english_learner") and "Ash Park" not in text
    assert checked(tmp_path) == []


def test_a_day_of_birth_is_no_day_of_absence(tmp_path: Path) -> None:
    rows = [f"{row},2009-0{1 + int(row[:4]) % 9}-11" for row in student_days()]
    text = propose(tmp_path, {"days.csv": table(HEADER.replace("Attendance Date", "Day") + ",DOB", *rows)})
    assert mapped(text)["date"] == "Day" and checked(tmp_path) == []
    kids = table("Student Number,DOB,Sex", *[f"{one},2009-01-{one % 28 + 1:02},F" for one in range(60)])
    text = propose(tmp_path, {"kids.csv": kids}, "kids")
    assert "\n  students:" in text and "# ? kind: one of" in text


def test_totals_of_students(tmp_path: Path) -> None:
    rows = [f"{one},2017-18,North,{1 + one % 12},{one % 40}" for one in range(60)]
    text = propose(tmp_path, {"totals.csv": table("student_id,school_year,school,grade,total absences", *rows)})
    assert mapped(text)["kind"] == "student_years" and mapped(text)["days_absent"] == "total absences"
    assert checked(tmp_path) == []


def test_an_id_that_repeats_is_asked(tmp_path: Path) -> None:
    rows = [f"{one % 7},2017-18,North,{1 + one % 12},{one % 40}" for one in range(60)]
    text = propose(tmp_path, {"totals.csv": table("student_id,school_year,school,grade,total absences", *rows)})
    assert "# ? student_id: in 53 of 60 rows the id stands again" in text and "student_id" not in mapped(text)


PUBLISHED = [
    "0010,Ash,KG,200,40,20.0",
    "0010,Ash,1,150,*,*",
    "0000,State Total,KG,900,90,10.0",
    "0020,Birch,KG,300,*,*",
]


def test_published_counts_with_marks_totals_and_a_year_in_the_title(tmp_path: Path) -> None:
    text = "Chronic absence 2018-19,,,,,\n" + table(
        "District Code,District,Grade,Number of Students,Chronically Absent Students,Percent Chronically Absent",
        *PUBLISHED)  # fmt: skip
    proposal = propose(tmp_path, {"state.csv": text})
    assert mapped(proposal) | {
        "kind": "published_counts", "district_name": "District", "school_year": "2018-19", "rates_are": "percent",
        "students": "Number of Students", "chronically_absent": "Chronically Absent Students", "header_row": "2",
        "chronic_rate": "Percent Chronically Absent", "suppressed": '["*"]', "grade_level": "Grade",
    } == mapped(proposal)  # fmt: skip
    assert "with 'Number of Students' counts give the rates in 2 of 2 rows" in proposal
    assert mapped(proposal[proposal.index("parents:") :])["district_id"] == '["0000"]'
    assert checked(tmp_path) == []


def test_a_bound_in_place_of_a_percent_is_a_mark(tmp_path: Path) -> None:
    header = "District Code,District,Number of Students,Chronically Absent Students,Percent Chronically Absent"
    rows = [f"{at:04},District {at},100,{'--' if at < 4 else at},{'<5.0%' if at < 4 else at}" for at in range(1, 40)]
    proposal = mapped(propose(tmp_path, {"state_2018-19.csv": table(header, *rows)}))
    assert (proposal["suppressed"], proposal["not_available"]) == ('["<5.0%"]', '["--"]')


def test_a_count_alone_beside_a_rate_is_asked(tmp_path: Path) -> None:
    rows = [f"{one},2018-19,{5 + one},{one % 30}.5" for one in range(40)]
    text = propose(tmp_path, {"chronic.csv": table("District Code,Year,n_students,percent", *rows)})
    assert "# ? chronically_absent or students: 'n_students' can be each" in text
    assert not {"students", "chronically_absent"} & set(mapped(text))


def test_regular_attenders_are_not_taken_for_the_chronically_absent(tmp_path: Path) -> None:
    header = "Institution ID,Year,Students,Number of Regular Attenders,Percent Regular Attenders"
    text = propose(tmp_path, {"wide.csv": table(header, "14,2022-2023,300,210,70", "15,2022-2023,200,150,75")})
    assert mapped(text)["regular_attenders"] == "Number of Regular Attenders"
    assert mapped(text)["regular_attendance_rate"] == "Percent Regular Attenders"
    header, row = "District Code,School Year,Measure,Numerator,Denominator", "14,2022-23,Regular Attendance,210,300"
    text = propose(tmp_path, {"long.csv": table(header, *[row] * 20)}, "long")
    found = mapped(text)
    assert (found["value"], found["Regular Attendance"]) == ("Numerator", "regular_attenders")


def test_more_values_than_names(tmp_path: Path) -> None:
    rows = [f"2022,District {one},Chronic Absenteeism,2021 - 2022,{one},{10 * one},10.0" for one in range(1, 40)]
    header = "Year,Indicator,Number Chronically Absent,Number of Students,Chronic Absenteeism Rate"
    text = propose(tmp_path, {"state.csv": table(header, *rows)})
    found = mapped(text)
    assert (found["students"], found["chronically_absent"], found["school_year"]) == ("#6", "#5", "#4")
    assert "counted from the right: the header has too few names" in text
    assert "# ? district_id: no column's name says it; by its values it may be" in text


def test_columns_of_years_become_rows(tmp_path: Path) -> None:
    header = "District Code,2018-19 student count,2018-19 attendance rate,2019-20 student count,2019-20 attendance rate"
    propose(tmp_path, {"wide.csv": table(header, *[f"D{one},{90 + one},0.95,{80 + one},0.94" for one in range(30)])})
    (file,) = Study.load(tmp_path / "studies/mine.yaml").settings.records.files
    assert file.unpivot and file.unpivot.into == "school_year" and file.unpivot.columns == {
        "students": r"(\d{4}-\d{2}) student count", "attendance_rate": r"(\d{4}-\d{2}) attendance rate",
    }  # fmt: skip
    assert checked(tmp_path) == []


def test_percent_by_school_and_day(tmp_path: Path) -> None:
    rows = [f"{school},{day.replace('-', '')},{90 + place}.5" for school in "AB" for place, day in enumerate(DAYS)]
    text = propose(tmp_path, {"daily.csv": table("DBN,ATTN_DATE_YMD,ATTN_PCT", *rows, "A,20170921,NS")})
    assert mapped(text) | {"kind": "school_days", "attendance_rate": "ATTN_PCT", "date_format": "%Y%m%d"} == mapped(
        text
    )
    assert mapped(text)["not_available"] == '["NS"]'


def test_a_year_alone_is_asked(tmp_path: Path) -> None:
    rows = [f"{one},{2018 + one % 2},{100 + one},{one}" for one in range(40)]
    text = propose(tmp_path, {"state.csv": table("District Code,Year,Students,Chronically Absent", *rows)})
    assert "# ? year_is: is " in text and "# year_is: start" in text and "# year_is: end" in text
    assert any("is not two years in a row" in problem for problem in checked(tmp_path))


def test_rows_of_several_levels_are_asked(tmp_path: Path) -> None:
    rows = [f"{level},D{one},2018-19,{100 + one},{one}" for one in range(20) for level in ("District", "State")]
    text = propose(tmp_path, {"state.csv": table("Level,District Code,Year,Students,Chronically Absent", *rows)})
    assert "# ? 'Level' has rows of several levels (District, State) that hold each other" in text


def test_percents_in_one_file_and_shares_in_another(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        f"{name}.csv": table("District Code,Year,Attendance Rate", *[f"D{one},{year},{value}" for one in range(9)])
        for name, year, value in (("old", "2017-18", "94.1"), ("new", "2018-19", "0.93"))
    }
    propose(tmp_path, files)
    found = Study.load(tmp_path / "studies/mine.yaml").settings.records.files
    assert [file.rates_are for file in found] == ["percent", "share"] and checked(tmp_path) == []


def test_a_row_without_district_is_asked(tmp_path: Path) -> None:
    rows = ["D1,2018-19,100,10", "D2,2018-19,200,10", ",2018-19,300,20"]
    text = propose(tmp_path, {"state.csv": table("District Code,Year,Students,Chronically Absent", *rows)})
    assert "# ? in 1 of 3 rows 'District Code' is empty: are they of a state" in text


def test_a_long_table_asks_what_its_numbers_are(tmp_path: Path) -> None:
    rows = [
        f"D{one},2018-19,{measure},{one}"
        for one in range(20)
        for measure in ("Number Chronically Absent", "Chronic Absenteeism")
    ]
    text = propose(tmp_path, {"long.csv": table("District Code,Year,Measure,Value", *rows)})
    assert mapped(text)["Number Chronically Absent"] == "chronically_absent"
    assert re.search(r"# Chronic Absenteeism: \? +# 20 rows", text)  # a number, or a rate


XML = """<Interchange xmlns="http://ed-fi.org/5.2.0">{}</Interchange>"""
EVENT = """<StudentSchoolAttendanceEvent><EventDate>2021-09-{:02}</EventDate>
<AttendanceEventCategory>uri://ed-fi.org/AttendanceEventCategoryDescriptor#{}</AttendanceEventCategory>
<StudentReference><StudentUniqueId>{}</StudentUniqueId></StudentReference><SchoolReference><SchoolId>{}</SchoolId>
</SchoolReference><SessionReference><SchoolReference><SchoolId>{}</SchoolId></SchoolReference></SessionReference>
</StudentSchoolAttendanceEvent>"""


def test_ed_fi_xml(tmp_path: Path) -> None:
    kinds = ("Excused Absence", "Unexcused Absence", "Tardy")
    events = [EVENT.format(7 + one % 9, kinds[one % 3], one, one % 2, 9) for one in range(40)]
    text = propose(tmp_path, {"events.xml": XML.format("".join(events))})
    assert mapped(text) | {
        "kind": "absence_events", "element": "StudentSchoolAttendanceEvent", "school_id": "SchoolReference/SchoolId",
        "student_id": "StudentReference/StudentUniqueId", "date": "EventDate",
        "attendance_code": "AttendanceEventCategory",
    } == mapped(text)  # fmt: skip


# Nothing of a person


@pytest.mark.parametrize(
    "text",
    [
        table("SID,Name,Date,Code,Remark", *[f"C-{one},Canary {one},2017-09-05,P,canary ill" for one in range(9)]),
        table("name,grade,code,date", *["canary,canary,canary,2017-09-05"] * 4, *["finch,canaries,c,2017-09-06"] * 2),
        table("canary,Ash,K,2017-09-05,P", *["canary,Ash,K,2017-09-05,P"] * 8),
        table("canary;anna;bob", *["canary;x;y"] * 8),
        table("School,Student,Days Absent", *["Ash,canary,4"] * 3, "Ash,robin,canary", "Ash,robin,canary"),
    ],
)  # fmt: skip
def test_no_cell_of_a_person_gets_into_a_study(tmp_path: Path, text: str) -> None:
    assert "canar" not in propose(tmp_path, {"days.csv": text}).lower()


def test_a_word_that_few_have_is_only_counted(tmp_path: Path) -> None:
    rows = [row.replace(",3,2017-09-05", ",Home CANARY,2017-09-05") for row in student_days()]
    text = propose(tmp_path, {"days.csv": table(HEADER, *rows)})
    assert "CANARY" not in text and "# ? 1 more words: too rare, too long or too many" in text


# Formats, the command


def test_parquet_and_excel(tmp_path: Path) -> None:
    from analysis import engine

    (tmp_path / "data/raw").mkdir(parents=True)
    (tmp_path / "days.csv").write_text(table(HEADER, *student_days()))
    out = tmp_path / "data/raw/days.parquet"
    source, target = engine.quoted(str(tmp_path / "days.csv")), engine.quoted(str(out))
    engine.execute(f"COPY (SELECT * FROM read_csv({source})) TO {target} (FORMAT parquet)")
    assert (
        mapped((tmp_path / write_study(tmp_path, "mine", ["days.parquet"])).read_text())["student_id"]
        == "Student Number"
    )
    assert checked(tmp_path) == []


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (("--from", "gone.csv"), "gone.csv: there is no such file"),
        (("gone.csv",), "Write: absence init mine --from FILE"),
        (("--from", "empty.csv"), "empty.csv: the file is empty"),
        (("--from", "days.doc"), "its name does not tell its format"),
        (("--from", "words.csv"), "no table was found in it"),
    ],
)
def test_a_file_that_cannot_be_looked_at(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    files: tuple[str, ...],
    says: str,
) -> None:
    for name, text in (("empty.csv", ""), ("days.doc", "a,b\n"), ("words.csv", "one\ntwo\n")):
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        cli.main(["init", "mine", *files])
    assert stopped.value.code in (2, 4) and says in capsys.readouterr().err
    assert not (tmp_path / "studies/mine.yaml").exists()


def test_the_command_takes_several_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports/a.csv").write_text(table(HEADER, *student_days()))
    (tmp_path / "exports/s.csv").write_text(table("School Code,School Name", "A,Ash", "B,Birch"))
    with pytest.raises(SystemExit) as stopped:
        cli.main(["init", "mine", "--from", "exports/a.csv", "exports/s.csv"])
    assert stopped.value.code == 0 and "a question mark, for you to answer: 1." in capsys.readouterr().out
    study = Study.load(tmp_path / "studies/mine.yaml")
    assert study.settings.data == "exports" and study.settings.records.schools
