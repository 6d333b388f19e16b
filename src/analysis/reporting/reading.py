"""How hard the brief is to read, by a standard formula."""

import re

from analysis.findings.brief_types import Brief

_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)")
_VOWELS = re.compile(r"[aeiouy]+")


def reading_grade(text: str) -> float:
    """Give the grade of school in which a text can be read: Flesch and Kincaid (1975).

    0.39 words per sentence + 11.8 syllables per word - 15.59. A syllable is a run of vowels, a silent e at the
    end left out; numbers in figures count as words of a sentence, and have no syllables: left out of the second part.
    """
    sentences = [part for part in _SENTENCE_END.split(text) if re.search(r"\w", part)]
    words = re.findall(r"[\w'’.,%-]*\w", text)
    spelt = [word for word in words if not re.search(r"\d", word)]
    if not spelt:
        return 0.0
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(_syllables, spelt)) / len(spelt) - 15.59


def brief_text(brief: Brief) -> str:
    """Give all that a reader of the brief reads, each title and question as a sentence."""
    parts = [part for slot in brief.slots() for part in (slot.question, f"{slot.title}.", slot.text, slot.discussion)]
    return "\n\n".join(part for part in parts if part)


def _syllables(word: str) -> int:
    plain = re.sub(r"[^a-z]", "", word.lower())
    return max(1, len(_VOWELS.findall(re.sub(r"(?<=[^aeiouy])e$", "", plain))))
