"""What may be shown to whom: every table of a report passes `gate` before a sentence, figure or page is made of it."""

from analysis.disclosure.gate import gate
from analysis.disclosure.groups import is_linked
from analysis.disclosure.marks import hidden_text
from analysis.disclosure.together import OF_MODELS, hidden_groups

__all__ = ["OF_MODELS", "gate", "hidden_groups", "hidden_text", "is_linked"]
