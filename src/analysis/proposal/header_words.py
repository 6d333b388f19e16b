"""The words by which a source's columns, codes and marks are recognised. To teach `absence init` a word, add it here.

Nothing but proposals is made of them: a study says itself what its columns and codes mean.
"""

import re
from typing import Final

STEMS: Final = {
    stem: words.split()
    for stem, words in {
        "absent": "absence absences absenteeism absentee absenteeim abs",
        "average": "avg mean",
        "birth": "dob birthdate birthday bdate",
        "attendance": "attn att attend attended attending attends",
        "chronic": "chronically chron",
        "attender": "attenders attendee attendees",
        "code": "cd",
        "count": "cnt counts",
        "date": "dt",
        "disability": "disabilities disabled",
        "learner": "learners",
        "day": "days session sessions sess",
        "district": "dist dstrct distrct lea division div la lss corp corporation",
        "enrol": "enrolled enrollment enrollments enrolment enrolments enr",
        "grade": "grd gr",
        "group": "subgroup grp subgrp",
        "institution": "instn",
        "id": "identifier ident key uid",
        "hour": "hours hrs hr",
        "minute": "minutes mins min",
        "name": "nm",
        "not": "non",
        "number": "num no nbr n",
        "present": "presence presences pres",
        "denominator": "denom currdenom",
        "numerator": "numer currnumer",
        "regular": "regularly consistent consistently proportional",
        "severe": "severely",
        "rate": "percent percentage pct perc per share proportion",
        "school": "sch schl campus",
        "student": "students stu stud pupil pupils child children",
        "total": "tot totals",
        "truant": "truancy truants",
        "year": "yr",
        "": "of the with and in for to who were seat",
    }.items()
}
_STEM_OF: Final = {word: stem for stem, words in STEMS.items() for word in words}

HEADERS: Final[dict[str, tuple[str, str]]] = {
    "student_id": (
        "student id, student number, student unique id, student unique state id, sid, ssid, sasid, lasid, upn, "
        "uic, state student id, local student id, student state id, student local id, perm id, person id, "
        "student usi, student key, sis number, sis id, anon id, anonymous id, masked id, research id, "
        "student identifier, perm number, permnum",
        "grade count",
    ),
    "school_id": (
        "school id, school code, school number, dbn, building, building code, building id, location code, "
        "site id, site code, urn, state organization id, agency code, institution id, institution number, ncessch, "
        "nces sch id, nces school id, schid, rcdts, organization code, org code, student sc, sc, school",
        "year name type grade date level district charter virtual magnet",
    ),
    "school_name": (
        "school name, name institution, institution name, building name, site name, schnam, organization name, "
        "org name, school",
        "year grade level type short district charter virtual magnet",
    ),
    "school_level": ("school level, school type, school category, tier, grade span, type school", "student"),
    "district_id": (
        "district id, district code, district number, new la code, system code, district, system, entity code, "
        "leaid, nces district id, local authority code, authority code, local authority, council",
        "name grade county type state level",
    ),
    "district_name": (
        "district name, local authority name, local authority, council name, council, area, area name, state name, "
        "system name, school system, organization, district, entity name, leanm, state",
        "grade county short id code number type level",
    ),
    "grade_level": (
        "grade level, grade, entry grade level, grade code, grade band, year group, year level", "school date average",
    ),
    "school_year": (
        "school year, academic year, year, fiscal year, schoolyear, time period, end year, sy, fy, "
        "reporting year",
        "date group grade cohort number",
    ),
    "date": (
        "date, attendance date, absent date, event date, calendar date, school date, date absent, day date, "
        "day",
        "number birth entry exit begin end start from until first last "
        "update type enrol create created current open opened opening close "
        "closed closing",
    ),
    "week": ("week, school week, week number, sw, time identifier", "date day"),
    "entry_date": (
        "entry date, enrol date, start date, begin date, enrol start date, date entered, date from, from date, "
        "absent start date, absent from, absent date from, absent from date, absent begin date, first date",
        "birth",
    ),
    "exit_date": (
        "exit withdraw date, exit date, withdrawal date, end date, leave date, enrol end date, date until, "
        "until, absent end date, absent until, absent date until, last date",
        "birth",
    ),
    "period": (
        "period, class period, period name, period number, period abbreviation, section, section id, block",
        "date time year grade reporting pay start end",
    ),
    "attendance_code": (
        "attendance code, attendance event category, attendance status, attendance category, absent code, "
        "attendance, absent type, code, status, absent category, all day code, day code, attendance al, al",
        "rate date id reason school enrol present number country region district grade student mode minute hour",
    ),
    "absence_reason": (
        "absent reason, attendance event reason, reason, reason code, excuse, all day reason", "number rate",
    ),
    "days_absent": (
        "day absent, absent day, number day absent, total day absent, total absent, number absent, absent, "
        "overall absent, day missed, missed day, absent duration, event duration, day overall, day",
        "chronic rate student enrol reason unexcused excused date code authorised unauthorised type status average pa "
        "threshold minute hour period class tardy tardies late suspension suspended",
    ),
    "days_present": (
        "day present, present, number day present, overall attendance, day attended, present day, attendance day, "
        "actual day attendance, day attendance",
        "chronic rate student possible average absent minute hour expected scheduled suspension",
    ),
    "days_enrolled": (
        "day enrol, total day, number total day, possible day, day possible, day membership, membership day, "
        "membership, day member, number day enrol, possible day attendance, expected attendance day, expected day, "
        "day expected, scheduled day, day scheduled",
        "chronic rate absent present contributing date actual student missing half average pa minute hour",
    ),
    "students": (
        "student count, number student, student enrol, student, enrol, total student, denominator, den, "
        "number contributing, total enrol, school enrol, fall enrol",
        "chronic absent rate missing truant id date code name type grade group habitually pa teacher not",
    ),
    "chronically_absent": (
        "chronic absent, number chronic absent, chronic count, chronic absent count, absent chronic, "
        "number student chronic absent, chronic absent student count, chronic student, number student missing, "
        "missing chronic, "
        "numerator, count, enrol pa exact, enrol pa",
        "rate day truant not average threshold severe denominator included eligible tardy",
    ),
    "chronic_rate": (
        "chronic absent rate, rate chronic absent, chronic rate, rate chronic, chronic absent, enrol pa exact rate, "
        "enrol pa rate",
        "truant number count not average threshold severe denominator numerator tardy",
    ),
    "regular_attenders": (
        "regular attender, number regular attender, student regular attendance, number regular attendance, "
        "regular attendance count, student regular attendance count, student attendance regular",
        "rate chronic not denominator",
    ),
    "regular_attendance_rate": (
        "rate regular attender, rate regular attendance, regular attendance rate, rate student regular attendance, "
        "rate student attendance regular, rate attendance regular",
        "chronic not denominator numerator",
    ),
    "attendance_rate": (
        "attendance rate, rate attendance, rate present, present rate, student attendance rate",
        "chronic regular threshold good satisfactory perfect below under less",
    ),
    "absence_rate": (
        "absent rate, rate absent, rate day absent, overall absent rate, day absent rate, day overall rate",
        "chronic pa truant threshold authorised unauthorised unexcused excused suspension study severe",
    ),
    "group": (
        "category, group type, report category, group category, group by, student group type",
        "absent attendance grade",
    ),
    "group_level": ("student group, group, category, group name, group description, group by value, "
        "reporting category, demographic", "absent attendance grade type"),
    "measure": (
        "measure type, measure, measures, metric, metric name, data element, statistic, indicator, indicator name, "
        "data description",
        "number score value",
    ),
    "value": ("value, measure value, metric value, metric score, indicator value, score", "id code group"),
    "instructional": (
        "instructional, instructional day, school day, calendar event, is school day",
        "number total",
    ),
    "note": ("note, notes, comment, event", "student"),
    "gender": ("gender, gen, sex, male, female", "rate number count school"),
    "race_ethnicity": ("race ethnicity, race, ethnicity, eth, ethnic group", "rate number school"),
    "economic_disadvantage": (
        "economic disadvantage, economically disadvantaged, frpl, frl, free reduced price meal eligibility, "
        "lunch status, poverty, free reduced lunch, lunch, low income, economic status, sed",
        "rate number school",
    ),
    "english_learner": (
        "english learner, english learner status, ell, lep, el, mll, english language learner, "
        "multilingual learner",
        "rate number school",
    ),
    "special_education": (
        "special education, special education status, swd, iep, sped, disability, student disability",
        "rate number school",
    ),
    "homeless": ("homeless, sth, homelessness, homeless status, student temporary housing", "rate number school"),
}  # fmt: skip
"""Ours: the headers that mean it, and words that a header which means it never has; in stems (see `words_of`)."""

OF_OTHERS: Final = {
    "prior", "previous", "last", "change", "changed", "difference", "diff", "gap", "growth", "improvement", "goal",
    "target", "benchmark", "baseline", "projected", "predicted", "estimated", "point", "points", "pts",
    "earned", "score", "scores", "rank", "ranks", "ranking", "percentile", "quartile", "decile", "index", "rating",
    "weighted", "consecutive", "row", "pre", "prek", "kindergarten",
    "error", "deviation", "confidence", "interval", "ci", "lower", "upper", "margin", "median", "span",
    "staff", "teacher", "teachers", "faculty", "employee", "employees", "educator", "educators",
}  # fmt: skip
"""What stands in the name of a number that is none of this year's students: a goal, a score, a change, teachers."""

GROUPS: Final = (
    "gender", "race_ethnicity", "economic_disadvantage", "english_learner", "special_education", "homeless",
)  # fmt: skip

RACES: Final = (
    "white|caucasian", "black|african", "hispanic|latin", "asian|pacific|hawaiian|filipino",
    "american indian|alaska|native american|indigenous|aboriginal", "two or more|multiracial|multi-racial|mixed",
)  # fmt: skip
ONE_STUDENT: Final = ("student", "pupil", "child", "learner")
OF_RATES: Final = {"rate", "student", "all", "total", "overall", "average", "school", "district", "state", "current"}
"""What a rate's name can say that leaves open of what it is: one of 'over 15' or 'on time' is of something else."""
OF_COUNTS: Final = {"count", "number", "total", "numerator", "student", "all", "overall", "state", "district", "school"}
"""What a number of the chronically absent can be called beside what it is of; an 'FRL count' is none."""
OF_GROUPS: Final = (
    *RACES,
    r"\b(fe)?males?\b|_f$|_m$",
    r"disabilit|disadvantag|\becon\b|english|migrant|homeless|foster|low income",
    r"\b(els?|ells?|lep|iep|swd|ecd)\b",
)
"""What stands in the name of a number of one student group alone."""

LEVELS_OF: Final = {
    "gender": r"(fe)?males?|boys|girls|non-?binary|gender x",
    "economic_disadvantage": r".*(economic|low.?income|free|reduced|poverty).*",
    "english_learner": r".*(english|multilingual).*|non-?(el|lep|ell)",
    "special_education": r".*(disabilit|special ed).*|non-?(iep|swd)",
    "homeless": r".*(homeless|temporary housing).*",
}
"""Words of the levels of groups, where one column has the levels of several."""

CODES: Final = {
    "present": "p, present, in attendance, attended, pr",
    "tardy": "t, tardy, late, tdy",
    "absent": "a, absent, absence, abs",
    "excused": "e, ex, exc, ea, excused, excused absence, absent excused, authorised, aex",
    "unexcused": "u, un, unx, ux, ua, unexcused, unexcused absence, absent unexcused, unauthorised, aun",
    "suspension": "oss, suspended, suspension, out of school suspension",
    "half_absent": "h, half day, half day absent, half absent",
}
"""Ours: attendance codes that usually mean it. A letter is only a guess, and the study says so."""

SCHOOL_LEVELS: Final = {"middle": "middle|junior|intermediate", "elementary": "elementary|primary", "high": "high"}
"""Ours: what stands in the words of a school's level."""

ALL_WORDS: Final = (
    r"(?i)(all|all (students|grades|pupils)|total( students)?|every(body|one)|nocodes|allsea|schoolwide|districtwide)"
)
TOTAL_WORDS: Final = (
    r"(?i).*\b(grand total|state ?totals?|state of [a-z ]+|statewide|districtwide|state level|notset|united states|"
    r"all (public )?(schools|districts|buildings|systems|divisions|leas))\b.*"
    r"|(.*\W)?totals?\W*|totals?\W*(\(|of|for|in|all|state|district|county|schools?|students?)\b.*|totals?\s*[-:(].*"
)
TOTAL_CODES: Final = r"[A-Z]{2}-SEA|0{4,}[A-Z]{0,2}|0{2,}|9{4,}"
"""Words and codes of rows that hold others: all students, a whole state."""

LEVEL_WORDS: Final = (
    r"(?i)(national|country|state(wide)?|regional?|county|local authority|district|corporation|lea|division|school"
    r"|building|campus|all)( level| total)?(s|es)?"
)
"""Words of a column that says of what level a row is: such rows hold each other."""

SUPPRESSED: Final = (
    "*", "**", "***", "s", "S", "ps", "PS", "c", "<5", "<6", "<10", "<11", "<20", "n<10", "-9999", "-9999.0", "†", "‡",
)  # fmt: skip
NOT_AVAILABLE: Final = (
    "N/A", "n/a", "NA", "na", "NS", "z", "x", "..", ":", "-", "--", "-6666", "-6666.0", "NULL", "null", "None", ".",
    "#N/A",
)  # fmt: skip
"""What stands in number columns where a number was hidden, or is not there."""


_OR_MORE: Final = r"(\+|(days?[ _])?(or|and)[ _](more|greater|over|above|higher))([ _]*(of[ _])?([a-z]+[ _])?days?\b)?"
_MORE_THAN: Final = r"(>=?|\u2265|at least|more than|over|exceeding)[ _]*"
_TO: Final = r"[ _]?[-_\u2013][ _]?"
AT_LEAST: Final = {
    rf"(?i)(?<!\d)10(\.0)?[ _]*(%|percent|pct)[ _]*{_OR_MORE}": "chronic",
    rf"(?i)(?<!\d)90(\.0)?[ _]*(%|percent|pct)[ _]*{_OR_MORE}": "regular",
    rf"(?i)\d+[ _]*(%|percent|pct)[ _]*{_OR_MORE}": "threshold",
    r"(?i)\d+(\+|[ _](or|and)[ _](more|greater|over|above))?[ _]*days?\b": "threshold",
    rf"(?i){_MORE_THAN}10(\.0)?[ _]*(%|percent|pct)": "chronic",
    rf"(?i){_MORE_THAN}90(\.0)?[ _]*(%|percent|pct)": "regular",
    rf"(?i){_MORE_THAN}\d+(\.\d+)?[ _]*(%|percent|pct)": "threshold",
    r"(?i)in[ _]?session(?![a-z])": "instructional",
    r"(?i)\bper[ _](student|pupil|child)\b": "average",
    rf"(?i)(?<![a-z\d])(?!pre-?k|p?k?{_TO}12)(pk|kg?|0?\d|1[0-2]){_TO}(0?\d|1[0-2])(?![a-z\d%.])": "span",
}
"""Those who miss at least so much: of a tenth they are the chronically absent; else no number of days, nor they.

Those who are there on nine tenths attend regularly. A day in session is one of school. A span of grades (`K-8`) is of
some students, but for all of them (`K-12`).
"""


def words_of(name: str) -> tuple[str, ...]:
    """Part a header into lower-case stems, digits left out: `# Days Absent 7` is ('number', 'day', 'absent')."""
    name = re.sub(r"(?i)pa_50", " severe ", re.sub(r"(?i)\ball[ _]students?\b", " all ", name))
    for pattern, means in AT_LEAST.items():
        name = re.sub(pattern, f" {means} ", name)
    text = re.sub(r"(\d)\s*%", r"\1", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)).replace("#", " number ")
    found = re.findall("[a-z]+", text.replace("%", " percent ").lower().replace("year to date", ""))
    if found[-1:] == ["to"] or found[:2] == ["to", "date"]:  # 'Date To', no 'Absences to Date'
        found = [*(word for word in found if word != "to"), "until"]
    stems = (_STEM_OF.get(word, word) for word in found)
    return tuple(stem for stem in stems if stem)
