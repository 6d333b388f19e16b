"""The language of a report: messages from gettext's catalogues, numbers and dates as Babel has them.

Three ways to word a message, all of them found by `tools/messages.py`:

- `say("{rate} of students", rate=...)` words it now, `plural` by a number.
- `later("Too few schools ({schools}).")` marks what stands in a table, a result or a constant. It stays English there,
  so that tables and what is kept of a run are the same in every language.
- `told(text)` translates such a text where it is shown; what is no message (the name of a school) stays as it is.
"""

import gettext
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

LOCALES: Final = Path(__file__).parent / "locale"
ENGLISH: Final = "en"
HERE: Final = {"es": "es_US"}
"""Where a language is written as one of its countries does: districts are American, and '4.791' students would be read
there as fewer than five. `es_ES` writes numbers as Spain does."""

_IN_ENGLISH_NUMBER: Final = re.compile(r"[,.%]")
_A_NUMBER: Final = re.compile(r"[\d.,]*\d%?")
_PLACE: Final = re.compile(r"\\\{(\w+)\\\}")
_PLACE_IN: Final = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Catalogue:
    """The messages of a language.

    Parameters
    ----------
    locale : as Babel names it; numbers and dates follow it.
    one : translations by English message.
    several : translations by the English message for one thing, one a plural form.
    form : the plural form of a number.
    """

    locale: str
    one: Mapping[str, str]
    several: Mapping[str, tuple[str, ...]]
    form: Callable[[int], int]


_patterns: dict[str, re.Pattern[str]] = {}


@cache
def catalogue(locale: str) -> Catalogue:
    """Read the messages of a locale, such as `es` (as in the United States) or `es_ES`.

    Raises
    ------
    ValueError
        Babel does not know the locale, or there are no messages in its language.
    """
    if locale == ENGLISH:
        return Catalogue(ENGLISH, {}, {}, lambda number: int(number != 1))
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  (a command that writes no page starts without it)
    from babel.messages.pofile import read_po  # noqa: PLC0415

    try:
        locale = HERE.get(locale, locale)
        language = Locale.parse(locale).language
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"'{locale}' is no language; write one of: {', '.join(languages())}") from None
    if language == ENGLISH:
        return Catalogue(locale, {}, {}, lambda number: int(number != 1))
    if language not in languages():
        raise ValueError(f"there are no messages in '{language}'; write one of: {', '.join(languages())}")
    with (LOCALES / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language)
    one = {str(message.id): str(message.string) for message in read if isinstance(message.id, str) and message.string}
    one.pop("", None)  # the head of the file
    forms = {message.id[0]: tuple(message.string or ("",)) for message in read if not isinstance(message.id, str)}
    several = {message: said for message, said in forms.items() if all(said)}
    return Catalogue(locale, one, several, gettext.c2py(read.plural_expr))


def languages() -> tuple[str, ...]:
    """Name the languages that pages can be in."""
    return (ENGLISH, *sorted(path.stem for path in LOCALES.glob("*.po")))


def use(locale: str | Catalogue) -> None:
    """Make pages in a language from now on, in this process."""
    global _now  # noqa: PLW0603  (as gettext's own: every function that words a sentence would hand it on)
    _now = catalogue(locale) if isinstance(locale, str) else locale


_now = catalogue(ENGLISH)


def tag() -> str:
    """Name the language as a page's `lang` does: `es`, `es-US`."""
    return _now.locale.replace("_", "-")


def say(message: str, /, **values: object) -> str:
    """Word a message; values go into its places, `{rate}`, as they are."""
    text = _now.one.get(message, message)
    return text.format(**values) if values else text


def plural(number: float, one: str, many: str, /, **values: object) -> str:
    """Word a message by a number, which goes into its place `{number}`."""
    forms = _now.several.get(one, (one, many))
    exact = int(number) if number == int(number) else 2
    return forms[_now.form(exact)].format(number=digits(f"{number:,.0f}"), **values)


def later(message: str) -> str:
    """Mark a message that is shown elsewhere; one with places, such as `{schools}`, is a constant of a module.

    The constant is filled in by `str.format` where the text is made, and known again by `told`.
    """
    if _PLACE_IN.search(message):
        _patterns[message] = re.compile(_PLACE.sub(r"(?P<\1>.+?)", re.escape(message)), flags=re.DOTALL)
    return message


def told(text: object) -> str:
    """Translate a text that `later` marked; another stays as it is."""
    said = str(text)
    if not _now.one:
        return said
    if said in _now.one:
        return _now.one[said]
    for message, pattern in _patterns.items():
        if message in _now.one and (found := pattern.fullmatch(said)):
            values = {
                name: digits(value) if _A_NUMBER.fullmatch(value) else told(value)
                for name, value in found.groupdict().items()
            }
            return _now.one[message].format(**values)
    return said


def digits(number: str) -> str:
    """Rewrite a number in English, '4,791.5' or '25.3%', as the language has it."""
    signs = _signs(_now.locale)
    return number if signs is None else _IN_ENGLISH_NUMBER.sub(lambda sign: signs[sign[0]], number)


@cache
def _signs(locale: str) -> Mapping[str, str] | None:
    if locale == ENGLISH:
        return None
    from babel import Locale  # noqa: PLC0415
    from babel.numbers import get_decimal_symbol, get_group_symbol  # noqa: PLC0415

    known = Locale.parse(locale)
    percent = known.percent_formats[None].pattern.removeprefix("#,##0")
    return {",": get_group_symbol(known), ".": get_decimal_symbol(known), "%": percent}


def dated(day: date | str, pattern: str) -> str:
    """Write a date by a pattern of CLDR, `EEEE d MMMM y` is 'Tuesday 5 September 2017'; a language may have its own."""
    from babel.dates import format_date  # noqa: PLC0415

    known = date.fromisoformat(day) if isinstance(day, str) else day
    return str(format_date(known, say(pattern), locale=_now.locale))
