"""Columns that become rows: the file is passed over once for each text that their names hold, such as a year."""

import re
from dataclasses import dataclass, field

from analysis.problems import Problem
from analysis.records.text_tables import TextTable


@dataclass(frozen=True)
class Pass:
    """What one pass over a file reads.

    Parameters
    ----------
    fixed : ours: what the names of the columns say, in all rows of the pass; empty where columns stay columns.
    columns : ours: theirs, of this pass alone.
    """

    fixed: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)


def passes(table: TextTable) -> list[Pass]:
    """Give the passes that a file is read in: one, or with `unpivot` one for each text in the order of the file."""
    unpivot = table.found.source.unpivot
    if unpivot is None:
        return [Pass()]
    found = _fitting(table)
    texts = dict.fromkeys(text for name in table.header for _, text in found.get(name, ()))
    return [
        Pass(
            {unpivot.into: text},
            {ours: name for name, fits in found.items() for ours, said in fits if said == text},
        )
        for text in texts
    ]


def unfitting(table: TextTable) -> list[Problem]:
    """Name patterns that no column fits, columns that two fit, and texts that two columns of one pattern hold."""
    unpivot = table.found.source.unpivot
    if unpivot is None:
        return []
    label, found = table.found.label, _fitting(table)
    problems = []
    for ours, pattern in unpivot.columns.items():
        names: dict[str, list[str]] = {}
        for name, fits in found.items():
            for by, text in fits:
                if by == ours:
                    names.setdefault(text, []).append(name)
        if not names:
            fix = "write it so that it fits whole names of the header, such as 'Rate (\\d{4}-\\d{2})'"
            problems.append(Problem(label, f"no column's name fits '{pattern}'", f"unpivot reads {ours} by it", fix))
        for text, several in names.items():
            if len(several) > 1:
                listed = " and ".join(f"'{name}'" for name in several)
                seen, fix = f"{listed} both fit '{pattern}' with '{text}'", "write it so that it fits one of them"
                problems.append(Problem(label, seen, f"only one can be the {ours}", fix))
    for name, fits in found.items():
        if len(fits) > 1:
            listed = " and ".join(ours for ours, _ in fits)
            seen, fix = f"'{name}' fits the patterns of {listed}", "write them so that each fits its own columns"
            problems.append(Problem(label, seen, "a number can be only one of them", fix))
    return problems


def _fitting(table: TextTable) -> dict[str, list[tuple[str, str]]]:
    """Find by its name, for each column that becomes rows, which of ours it is and what its name says."""
    unpivot, found = table.found.source.unpivot, {}
    for name in table.header:
        fits = []
        for ours, pattern in unpivot.columns.items() if unpivot and name else ():
            match = re.fullmatch(pattern, name)
            if match:
                fits.append((ours, (match[1] if match.re.groups else match[0]) or ""))
        if fits:
            found[name] = fits
    return found
