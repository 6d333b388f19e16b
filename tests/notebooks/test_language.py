"""Pages in another language: nothing untranslated, numbers and dates as the language has them, tables the same."""

import re
import sys
from pathlib import Path

import pandas as pd
import pseudo
import pytest
from babel.messages.pofile import read_po
from small_sources import SMALL, write_small

from analysis import findings, language
from analysis.findings.outcome import CHRONIC
from analysis.findings.words import day_name, grade_name, in_words, month_name, number, percent, signed
from analysis.language import digits, plural, say, told
from analysis.models.sentences import too_few_schools
from analysis.records.synthetic.calendar import OPEN_IN_SNOW
from analysis.study import Study

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
import messages

CATALOGUES = sorted(language.LOCALES.glob("*.po"))
OF_RECORDS = f"HS Asian Black Hispanic White, Two or more, {OPEN_IN_SNOW}"
PAGES = ("records", "where", "drivers", "season", "schools", "checks", "brief")


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_message_is_translated(path: Path) -> None:
    template = messages.messages()
    with path.open("rb") as file:
        known = read_po(file, locale=path.stem)
    wanted = {message.id for message in template if message.id}
    assert {message.id for message in known if message.id} == wanted, "run tools/messages.py"
    assert messages.untranslated(known) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_translation_has_the_places_of_its_message(path: Path) -> None:
    with path.open("rb") as file:
        known = read_po(file, locale=path.stem)
    places = re.compile(r"\{\w+\}")
    wrong = []
    for message in known:
        ours = [message.id] if isinstance(message.id, str) else message.id
        theirs = [message.string] if isinstance(message.string, str) else message.string
        allowed = {place for text in ours for place in places.findall(text)}
        for text in theirs if message.id else ():
            found = set(places.findall(text))
            if found - allowed or (allowed - {"{number}"}) - found:
                wrong.append((message.id, text))
    assert wrong == []


def test_every_text_of_every_page_is_a_message(report: Path, district: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    assert report.is_dir()  # it was made, so that this finds what was read and estimated for it
    pseudo.speak(monkeypatch)
    names = (
        f"{district.settings.title} {' '.join(path.stem for path in (report / 'schools').glob('*.html'))} {OF_RECORDS}"
    )
    assert left_on(district, *PAGES, names=names) == []


@pytest.mark.parametrize("kind", [kind for kind in SMALL if kind != "student_days"])
def test_every_text_of_other_records_is_a_message(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    study = write_small(tmp_path, kind, {})
    pseudo.speak(monkeypatch)
    assert left_on(study, *PAGES, names="Elementary") == []


def left_on(study: Study, *pages: str, names: str) -> list[str]:
    """List the texts of pages in which plain words are left that are no names of the records."""
    found = []
    for page in pages:
        made = getattr(findings, page)(study)
        html = made._repr_html_()
        if page == "brief":
            html += " ".join(f"<p>{slot.question}</p><p>{slot.discussion}</p>" for slot in made.slots())
        found += [f"{page}: {text}" for text in pseudo.plain_words(html, f"{names} {names.replace('-', ' ').title()}")]
    return found


def test_the_test_itself_finds_a_text_that_is_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    pseudo.speak(monkeypatch)
    html = f'<p>{say("hidden")} and forgotten</p><i aria-label="Spoken"></i><style>css</style>'
    assert {text.split(" | ")[0] for text in pseudo.plain_words(html)} == {"Spoken", "and forgotten"}


def test_spanish_is_that_of_the_united_states() -> None:
    """'4.791 estudiantes' is there fewer than five."""
    language.use("es")
    assert percent(0.2531) == "25.3%" and number(4791.25, 1) == "4,791.2"
    assert signed(-0.029) == "\N{MINUS SIGN}2.9"
    assert month_name("2017-09") == "septiembre de 2017"
    assert day_name("2018-03-08") == "jueves 8 de marzo de 2018"
    assert [grade_name(grade) for grade in ("01", "09", "12")] == ["1.er grado", "9.º grado", "12.º grado"]
    assert in_words(0.253) == "alrededor de uno de cada cuatro"
    assert language.tag() == "es-US"


def test_a_country_may_write_numbers_its_own_way() -> None:
    language.use("es_ES")
    assert percent(0.2531) == "25,3\N{NO-BREAK SPACE}%" and number(18943) == "18.943"
    assert month_name("2017-09") == "septiembre de 2017"


def test_no_article_of_spanish_stands_before_another() -> None:
    """'por encima de el 21,3 %' stood on a page."""
    language.use("es")
    chronic = CHRONIC.told()
    mean = chronic.say_mean(0.213, say("grades {grades} together", grades="K-8"))
    assert " de el " not in chronic.headline(pd.Series({"level": "01", "label": "1.er grado", "contrast": 0.07}), mean)


def test_a_text_of_a_table_is_known_again_with_its_numbers() -> None:
    language.use("es")
    message = "Too few schools ({schools}) to tell schools from chance."
    assert told(too_few_schools(3)) == language.catalogue("es").one[message].format(schools="3")
    assert told(too_few_schools(3)) != too_few_schools(3)
    assert told("Hooker School") == "Hooker School"
    assert told("") == ""


def test_english_stays_as_it_is_written() -> None:
    language.use("en")
    assert say("{rate} of students", rate="5%") == "5% of students"
    assert plural(1, "{number} day of {all}", "{number} days of {all}", all=3) == "1 day of 3"
    assert plural(1234, "{number} day", "{number} days") == "1,234 days"
    assert told(too_few_schools(3)) == too_few_schools(3) and digits("1,234.5%") == "1,234.5%"


@pytest.mark.parametrize("name", ["xx", "no language", "fr"])
def test_a_language_without_messages_is_one_clear_problem(name: str) -> None:
    with pytest.raises(ValueError, match="write one of: en, es"):
        language.catalogue(name)
