"""An attack on all tables of a report together: between what does each hidden count of persons lie?"""

import time
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from analysis.disclosure.counts import room
from analysis.disclosure.known import COUNTED, MOST_OF, Cell, Equations, is_days
from analysis.disclosure.parts import REST

SECONDS = 5.0
ROUNDS = 6
"""Completions that are looked for in each block before cells are tried one by one."""
Floats = np.ndarray


@dataclass(frozen=True)
class Attack:
    """What came of it.

    Parameters
    ----------
    bounds : of each hidden cell the least and the most that it was found to be; where these are `wide` apart, or
        further, nothing further was tried.
    completions : a row each: numbers for all counts that would have been published in the same way.
    untried : cells without their room when the time was over: their bounds may be wider.
    """

    bounds: dict[Cell, tuple[float, float]]
    completions: Floats
    untried: frozenset[Cell]

    @property
    def widths(self) -> dict[Cell, float]:
        return {cell: high - low for cell, (low, high) in self.bounds.items()}


def attack(known: Equations, wide: int, seconds: float = np.inf) -> Attack:
    """Bound every hidden cell by integer programs, block by block; a cell that has its room is tried no further."""
    until = time.monotonic() + seconds
    matrix, least, most = known.matrix()
    whole = np.array([not is_days(cell) for cell in known.cells])
    low, high = narrowed(matrix, (least, most), *np.array(known.bounds).T, whole)
    wanted = np.zeros(len(low), dtype=bool)
    wanted[[known.cells[cell] for cell in known.hidden]] = True
    free = low < high
    places = np.flatnonzero(free)
    open_sums = matrix[:, places]
    held = matrix[:, np.flatnonzero(~free)] @ low[~free]
    minimum, maximum = np.where(free, np.inf, low), np.where(free, -np.inf, low)
    found: list[list[Floats]] = []
    untried: list[int] = []
    blocks, label = connected_components(open_sums.T @ open_sums, directed=False) if free.any() else (0, places)
    for block in range(blocks):
        inside = places[label == block]
        part = matrix[:, inside]
        touched = np.diff(part.indptr) > 0
        rules = (
            [LinearConstraint(part[touched], (least - held)[touched], (most - held)[touched])] if touched.any() else []
        )
        program = _Program(rules, Bounds(low[inside], high[inside]), whole[inside])
        answers, left = _tried(program, wanted[inside], wide, until)
        untried += inside[left].tolist()
        minimum[inside], maximum[inside] = np.min(answers, axis=0), np.max(answers, axis=0)
        found.append([np.asarray(inside), *answers])
    bounds = {
        cell: (float(minimum[place]), float(maximum[place]))
        for cell, place in ((one, known.cells[one]) for one in known.hidden)
    }
    over = set(untried)
    return Attack(bounds, _joined(found, low), frozenset(cell for cell in bounds if known.cells[cell] in over))


def subtracted(known: Equations, found: Attack, minimum: int) -> list[Cell]:
    """List counts that no table has, and of which a reader can be sure that they are small, nearly to the number.

    Where nobody is left out there is nobody to protect.
    """
    cells = [cell for cell, mark in known.hidden.items() if mark == REST]
    some = [cell for cell in cells if found.bounds.get((cell[0], COUNTED, *cell[2:]), found.bounds[cell])[1] > 0]
    return [cell for cell in some if found.bounds[cell][1] < minimum and found.widths[cell] < room(minimum)]


def drop_untrue(known: Equations, true: Equations) -> None:
    """Leave out what does not hold in a source whose own numbers do not add up, and what it has no number of."""
    told = {cell: true.bounds[place][0] for cell, place in true.cells.items() if np.ptp(true.bounds[place]) == 0}
    told |= {("once", *cell[1:]): value for cell, value in told.items() if ("once", *cell[1:]) not in told}
    told |= {("stay", *cell[1:]): value for cell, value in told.items() if ("stay", *cell[1:]) not in told}
    names, columns = list(known.cells), {MOST_OF, *(cell[1] for cell in told)}

    def holds(signs: dict[int, float], least: float, most: float) -> bool:
        if not columns.issuperset(names[place][1] for place in signs):
            return False  # numbers that the source has nowhere would tie together sums of it that do not add up
        ends = [sorted(sign * end for end in ends_of(names[place])) for place, sign in signs.items()]
        low, high = np.sum(ends, axis=0)
        return bool(low <= most + 1e-6 and high >= least - 1e-6)

    def ends_of(cell: Cell) -> tuple[float, float]:
        return (told[cell], told[cell]) if cell in told else (0.0, known.most)

    for cell, place in known.cells.items():  # a row of unknown size is marked like a small one
        low, high = known.bounds[place] if cell in told else (0, known.most)
        known.bounds[place] = [min(low, told.get(cell, low)), max(high, told.get(cell, high))]
    known.sums = [one for one in known.sums if holds(*one)]
    known.hidden = {cell: mark for cell, mark in known.hidden.items() if cell in told}


@dataclass(frozen=True)
class _Program:
    """A block of counts that hang together."""

    rules: list[LinearConstraint]
    box: Bounds
    whole: Floats

    def most(self, goal: Floats) -> Floats:
        """Find numbers that fit and make the goal as large as the time allows."""
        patient = {"time_limit": 20 * SECONDS}  # the first numbers may take longer, and presolve may find none
        for options in ({"time_limit": SECONDS}, patient, patient | {"presolve": False}):
            end = milp(
                -goal, constraints=self.rules, bounds=self.box, integrality=self.whole.astype(int), options=options
            )
            if end.x is not None:
                return np.where(self.whole, np.round(end.x), end.x)
        raise ValueError(f"no numbers fit what is published: {end.message}")


def _tried(program: _Program, wanted: np.ndarray, wide: int, until: float) -> tuple[list[Floats], np.ndarray]:
    """Find completions until each wanted count has its room, or none gives it more; those not tried before the end."""
    random = np.random.default_rng(0)
    answers: list[Floats] = []

    def narrow() -> np.ndarray:
        return wanted & (np.ptp(answers, axis=0) < wide) if answers else wanted

    for _ in range(ROUNDS):
        signs = random.choice([-1.0, 1.0], len(wanted)) * narrow()
        answers += [program.most(signs), program.most(-signs)]
        if not narrow().any() or time.monotonic() > until:
            break
    for one in np.flatnonzero(narrow()):
        if time.monotonic() > until:
            return answers, np.flatnonzero(narrow() & (np.arange(len(wanted)) >= one))
        for sign in (1.0, -1.0):
            if narrow()[one]:
                goal = np.zeros(len(wanted))
                goal[one] = sign
                answers.append(program.most(goal))
    return answers, np.array([], dtype=np.int64)


def _joined(found: list[list[Floats]], low: Floats) -> Floats:
    """Put the completions of blocks, which have nothing to do with each other, into whole ones."""
    number = max((len(block) - 1 for block in found), default=1)
    whole = np.tile(low, (number, 1))
    for inside, *answers in found:
        for row in range(number):
            whole[row, inside.astype(int)] = answers[row % len(answers)]
    return whole


def narrowed(
    matrix: csr_array, ends: tuple[Floats, Floats], low: Floats, high: Floats, whole: Floats
) -> tuple[Floats, Floats]:
    """Narrow bounds by what each sum alone leaves to each count in it, until nothing moves."""
    low, high, (least, most) = low.copy(), high.copy(), ends
    parts = matrix.tocoo()
    row, place, sign = parts.row, parts.col, parts.data
    for _ in range(100):
        before = (high - low).sum()
        terms = np.sort(np.array([sign * low[place], sign * high[place]]), axis=0)
        totals = [np.bincount(row, term, len(least)) for term in terms]
        under, over = least[row] - (totals[1][row] - terms[1]), most[row] - (totals[0][row] - terms[0])
        left = np.where(sign > 0, [under / sign, over / sign], [over / sign, under / sign])
        np.maximum.at(low, place, np.where(whole[place], np.ceil(left[0] - 1e-6), left[0]))
        np.minimum.at(high, place, np.where(whole[place], np.floor(left[1] + 1e-6), left[1]))
        if (high - low).sum() == before:
            break
    return low, high
