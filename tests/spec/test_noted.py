"""What reading noted, and the rules of definitions, are English in tables and another language on the pages."""

import pseudo
import pytest

from analysis import language
from analysis.findings.records import noted
from analysis.findings.words import DISTRICTS
from analysis.language import told
from analysis.measures import other_rules, quality
from analysis.problems import Problem
from analysis.records import drafts, files, numbers, wording
from analysis.records.published import checks

WHERE = files.FIRST_AT.format(place="a.csv, line 12")
TOGETHER = checks.TOGETHER["more"].format(
    units=DISTRICTS[1], what="chronically absent students", size=checks.AT_MOST.format(percent="1.3"),
    wrong="3", rows="1,200", years="2017-18, 2018-19",
)  # fmt: skip
OTHERS = wording.NOT_SHOWN[True].format(words="3", place="b.csv, line 7")
WORDS = wording.UNEXPLAINED.format(words=f"'FLU' (1,200 rows), 'DR' (30 rows), {OTHERS}")
RULE = other_rules.AT_ONE_SCHOOL.format(rule=other_rules.OF_DAYS_ENROLLED.format(share="12.5%"), days=10)


@pytest.mark.parametrize(
    ("seen", "kept"),
    [
        (TOGETHER, ["1,3", "1.200", "2017-18, 2018-19"]),
        (WORDS, ["'FLU' (1.200 ", "'DR' (30 ", "b.csv, "]),
        (drafts.IN_ROWS.format(seen=numbers.COUNTS_DIFFER, rows="1,200"), ["(1.200 "]),
    ],
)
def test_a_note_is_told_part_by_part(seen: str, kept: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    problem = Problem(WHERE, seen, numbers.ONE_WRONG, "")
    assert noted(problem) == f"Noted: {problem}"
    pseudo.speak(monkeypatch)
    said = noted(problem)
    assert not list(pseudo.plain_words(f"<p>{said}</p>", "a.csv b.csv FLU DR"))
    assert all(part in said for part in kept)


def test_a_rule_is_told_with_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = quality.THIS_STUDY.format(rule=RULE)
    assert rule == "this study: absent 12.5% of days enrolled or more, enrolled 10 days or more at one school"
    spanish = {
        quality.THIS_STUDY: "este estudio: {rule}",
        other_rules.AT_ONE_SCHOOL: "{rule}, con {days} días en una escuela",
        other_rules.OF_DAYS_ENROLLED: "ausente el {share} de los días",
        other_rules.OF_DAYS: "ausente {days} días",
    }
    monkeypatch.setattr(language, "_now", language.Catalogue("es", spanish, {}, lambda number: int(number != 1)))
    assert told(rule) == "este estudio: ausente el 12,5\N{NO-BREAK SPACE}% de los días, con 10 días en una escuela"
