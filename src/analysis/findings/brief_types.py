"""What the brief is made of: five fixed slots, each one question with its answer."""

from dataclasses import dataclass, fields
from html import escape

from analysis.findings.pictures.figure import Figure


@dataclass(frozen=True)
class Slot:
    """One question of the brief.

    Parameters
    ----------
    title : the answer in a few words, computed from the data.
    question : what a team asks ('Is it the grade or the school?').
    text : sentences with their numbers and uncertainty, or why there is no answer; a blank line parts paragraphs.
    link : page and section with the evidence, relative to the index ('03_drivers.html#adjusted_grades'); may be empty.
    discussion : a question for the team to talk about.
    picture : one that shows the answer, if there is one.
    """

    title: str
    question: str
    text: str
    link: str
    discussion: str
    picture: Figure | None = None


@dataclass(frozen=True)
class Brief:
    """The five slots, in reading order."""

    how_many: Slot
    where: Slot
    grade_or_school: Slot
    when: Slot
    whom_to_visit: Slot

    def _repr_html_(self) -> str:
        return "".join(
            f"<h3>{escape(slot.title)}</h3>{''.join(f'<p>{escape(part)}</p>' for part in slot.text.split(chr(10) * 2))}"
            for slot in self.slots()
        )

    def slots(self) -> tuple[Slot, ...]:
        """All slots, in reading order."""
        return tuple(getattr(self, field.name) for field in fields(self))
