"""A language for tests: each letter of a message is one of another alphabet.

Each plain letter left on a page is then a text that no message words, or a name from the records.
"""

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analysis import language

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
import messages

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_OTHER = {ord(letter): ord("\N{CYRILLIC CAPITAL LETTER A}") + place for place, letter in enumerate(_LETTERS)}
_DATE_PATTERN = re.compile(r"[EMdy ]+")
_WORD = re.compile(r"[A-Za-z]{2,}")
_PARAMETER = re.compile(r"\(Intercept\)|\w+\[[^\]]*\]")
_SPOKEN = ("title", "alt", "aria-label")
_NOT_SPOKEN = ("style", "script", "code")


def other(message: str) -> str:
    """Write a message in the other letters, but for its places."""
    if _DATE_PATTERN.fullmatch(message):
        return message
    parts = re.split(r"(\{\w+\})", message)
    return "".join(part if part.startswith("{") else part.translate(_OTHER) for part in parts)


def catalogue() -> language.Catalogue:
    """Make the catalogue of every message of the project."""
    known = [message.id for message in messages.messages() if message.id]
    one = {message: other(message) for message in known if isinstance(message, str)}
    several = {message[0]: tuple(map(other, message)) for message in known if not isinstance(message, str)}
    return language.Catalogue("es", one, several, lambda number: int(number != 1))


def speak(patch: pytest.MonkeyPatch) -> None:
    """Make all pages of a test in this language."""
    pseudo = catalogue()
    patch.setattr(language, "catalogue", lambda _: pseudo)
    patch.setattr(language, "_now", pseudo)


class _Texts(HTMLParser):
    """Every text of a page that is read or spoken."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside += [tag] if tag in _NOT_SPOKEN else []
        self.texts += [value for name, value in attrs if name in _SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        self.texts += [data] if data.strip() and not self._inside else []


def plain_words(html: str, names: str = "") -> Iterator[str]:
    """Give the texts of a page in which plain words are left that are not among the names.

    The parameters of a model are named as in its CSV, `weekday[Friday]`, in every language.
    """
    parser = _Texts()
    parser.feed(html)
    allowed = {*_WORD.findall(names), *_WORD.findall(_DATES), *_WORD.findall(_DATES.title())}
    for text in dict.fromkeys(text for text in parser.texts if not _PARAMETER.fullmatch(text.strip())):
        if left := [word for word in _WORD.findall(text) if word not in allowed]:
            yield f"{' '.join(left)} | {' '.join(text.split())}"


_DATES = (
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre ene feb mar abr may jun"
    " jul ago sept oct nov dic lunes martes jueves viernes bado domingo lun mar jue vie dom rcoles mi"
)
