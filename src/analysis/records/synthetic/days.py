"""Students and their days, drawn in the engine.

Every random number is a hash of the seed, its purpose and whom and when it is for, so that nothing depends on the order
in which rows are made, on threads or on blocks.

Absences come in runs: with chance `KEEP` a student's day is decided by the number that was drawn for the day before,
else by a new one. Every number is uniform, so the chance of missing a day is exactly p on every day; only days that
follow each other are alike.
"""

from pathlib import Path

from analysis import engine
from analysis.records.synthetic import district as recipe
from analysis.records.synthetic.district import District
from analysis.vocabulary import BANDS

STUDENT, DAYS, SCHOOLS, SEATS, GRADES_OF, INTERCEPTS = (
    f"simulated_{name}" for name in ("student", "day", "school", "seat", "grade", "intercept")
)
TABLES = (STUDENT, DAYS, SCHOOLS, SEATS, GRADES_OF, INTERCEPTS)
BLOCK = 20_000
"""Students whose days are made at a time: what bounds the memory."""
PARQUET = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"


def draw_students(district: District) -> None:
    """Draw the students into the engine's table `simulated_student`, a row a student.

    Columns: `i, student_id, grade_level, school_id, second_school_id`, `first_day, last_day` (enrolled from and to),
    `move_day` (first day at the second school; after the last day for those who stay), `mobile`, `school_effect`,
    `second_effect` (thousandths), `deviation` (the student's own log-odds, groups included), the groups as they are
    and, `known_` before the name, as they are recorded.
    """
    frames = {DAYS: district.days, SCHOOLS: district.schools, SEATS: district.seats, GRADES_OF: district.grades}
    for name, frame in frames.items():
        engine.register(name, frame)
    engine.execute(_students_sql(district))


def write_student_days(district: District, path: Path) -> None:
    """Write the student-days, block by block, sorted by student and date."""
    parts = []
    for start in range(0, district.everybody, BLOCK):
        parts.append(path.with_name(f"part-{start:012}.parquet"))
        sql = _days_sql(district.seed, start, start + BLOCK)
        engine.execute(f"COPY ({sql}) TO {engine.quoted(str(parts[-1]))} {PARQUET}")
    if len(parts) == 1:
        parts[0].rename(path)
        return
    names = ", ".join(engine.quoted(str(part)) for part in parts)
    engine.execute(f"COPY (FROM read_parquet([{names}])) TO {engine.quoted(str(path))} {PARQUET}")
    for part in parts:
        part.unlink()


def write_students(path: Path) -> None:
    """Write the students and their groups, empty where not known."""
    groups = ", ".join(f"known_{group} AS {group}" for group in recipe.GROUPS)
    sql = f"SELECT student_id, {groups} FROM {STUDENT} ORDER BY i"
    engine.execute(f"COPY ({sql}) TO {engine.quoted(str(path))} (FORMAT csv, HEADER)")


def _number(seed: int, purpose: str, *keys: str) -> str:
    """Give SQL of a number from 0 to below 1.

    The hash is hashed again: DuckDB combines hashes by XOR with the last key's, so that two students whose first keys
    give like hashes would be absent on the same days.
    """
    return f"((hash(hash({seed}::BIGINT, '{purpose}', {', '.join(keys)})) >> 11)::DOUBLE / 9007199254740992.0)"


def _students_sql(district: District) -> str:
    def number(purpose: str) -> str:
        return _number(district.seed, purpose, "i")

    days = len(district.days)
    drawn = ", ".join(f"{_choice(number(group), shares)} AS {group}" for group, (shares, _, _) in recipe.GROUPS.items())
    known = ", ".join(
        f"CASE WHEN {number(f'known {group}')} >= {unknown} THEN {group} END AS known_{group}"
        for group, (_, _, unknown) in recipe.GROUPS.items()
    )
    of_groups = " + ".join(
        f"CASE WHEN {group} = '{level}' THEN {effect / 1000} ELSE 0 END"
        for group, (_, effects, _) in recipe.GROUPS.items()
        for level, effect in effects.items()
    )
    normal = f"sqrt(-2 * ln(1 - {number('radius')})) * cos(2 * pi() * {number('angle')})"
    return f"""
        CREATE OR REPLACE TEMP TABLE {STUDENT} AS
        WITH shuffled AS (
            SELECT i, row_number() OVER (ORDER BY {number("order")}, i) - 1 AS slot, {number("school")} AS pick,
                {_choice(number("mobility"), recipe.MOBILITY)} AS mobility, {number("when")} AS moment,
                {number("to")} AS destination, {drawn}
            FROM range({district.everybody}) AS numbers(i)),
        placed AS (
            SELECT shuffled.*, grades.grade_level, seats.school_id, seats.place, seats.offered,
                mobility = 'late' AS late, mobility = 'leaves' AS leaves,
                mobility = 'moves' AND seats.offered > 1 AS moves
            FROM shuffled JOIN {GRADES_OF} AS grades ON slot >= grades.low AND slot < grades.high
            JOIN {SEATS} AS seats ON seats.grade_level = grades.grade_level AND pick >= seats.low AND pick < seats.high)
        SELECT i, 'E' || lpad(i::VARCHAR, 9, '0') AS student_id, placed.grade_level, placed.school_id,
            coalesce(other.school_id, placed.school_id) AS second_school_id,
            CASE WHEN late THEN 6 + floor(moment * {days - 8})::BIGINT ELSE 1 END AS first_day,
            CASE WHEN leaves THEN 3 + floor(moment * {days - 8})::BIGINT ELSE {days} END AS last_day,
            CASE WHEN moves THEN 11 + floor(moment * {days - 20})::BIGINT ELSE {days + 1} END AS move_day,
            late OR leaves OR moves AS mobile, home.effect AS school_effect,
            coalesce(away.effect, home.effect) AS second_effect,
            {recipe.STUDENT_SD} * {normal} + {of_groups} AS deviation, {", ".join(recipe.GROUPS)}, {known}
        FROM placed JOIN {SCHOOLS} AS home ON home.school_id = placed.school_id
        LEFT JOIN {SEATS} AS other ON moves AND other.grade_level = placed.grade_level
            AND other.place = (placed.place + 1 + floor(destination * (placed.offered - 1))::BIGINT) % placed.offered
        LEFT JOIN {SCHOOLS} AS away ON away.school_id = other.school_id
        ORDER BY i"""


def _days_sql(seed: int, start: int, end: int) -> str:
    """Give SQL of the days of the students from `start` to before `end`."""
    kept = [
        f"WHEN {_number(seed, 'keep', 'i', f'day - {back}')} >= {recipe.KEEP} THEN day - {back}"
        for back in range(recipe.LONGEST_KEPT)
    ]
    reason = _number(seed, "reason", "i", "drawn_on")
    return f"""
        WITH enrolled AS (
            SELECT *, unnest(range(first_day, last_day + 1)) AS day FROM {STUDENT} WHERE i >= {start} AND i < {end}),
        numbered AS (
            SELECT *, CASE {" ".join(kept)} ELSE day - {recipe.LONGEST_KEPT} END AS drawn_on,
                CASE WHEN day < move_day THEN school_id ELSE second_school_id END AS school_of_day,
                CASE WHEN day < move_day THEN school_effect ELSE second_effect END AS effect_of_school
            FROM enrolled),
        decided AS (
            SELECT numbered.*, days.date, deviation + (intercepts.effect + effect_of_school + days.effect
                    + CASE WHEN mobile THEN {recipe.MOBILE_EFFECT} ELSE 0 END) / 1000.0::DOUBLE AS log_odds,
                {_number(seed, "unmarked", "i", "day")} < {recipe.UNMARKED}
                    OR {_number(seed, "not submitted", "school_of_day", "day")} < {recipe.NOT_SUBMITTED} AS unmarked
            FROM numbered JOIN {DAYS} AS days USING (day) JOIN {INTERCEPTS} AS intercepts USING (grade_level)),
        judged AS (
            SELECT *, {_number(seed, "absence", "i", "drawn_on")} < 1 / (1 + exp(-log_odds)) AS absent FROM decided)
        SELECT student_id, school_of_day AS school_id, grade_level, date, 1.0::DOUBLE AS membership,
            CASE WHEN unmarked THEN NULL WHEN NOT absent THEN 0.0
                WHEN {_number(seed, "half", "i", "day")} < {recipe.HALF_SHARE} THEN 0.5
                ELSE 1.0 END::DOUBLE AS days_absent,
            CASE WHEN unmarked OR NOT absent THEN ''
                WHEN {engine.among("grade_level", BANDS["9-12"])} THEN {_choice(reason, recipe.REASONS["9-12"])}
                ELSE {_choice(reason, recipe.REASONS["K-8"])} END AS absence_reason
        FROM judged ORDER BY i, day"""


def _choice(number: str, shares: dict[str, float]) -> str:
    """Give SQL that picks a level by its share; what is left of 1 picks nothing."""
    below, cases = 0.0, []
    for level, share in shares.items():
        below = round(below + share, 9)
        cases.append(f"WHEN {number} < {below} THEN {engine.quoted(level)}")
    return f"CASE {' '.join(cases)} ELSE '' END"
