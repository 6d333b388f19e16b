"""The kinds of picture: each takes a tidy table and gives a matplotlib figure in the house style.

Figures are made without pyplot, so nothing is shown twice in a notebook. Shares go in as shares (0 to 1) and are drawn
as percents; differences of shares are drawn as percentage points. A missing value is said ('hidden'), not left out.
"""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MatplotlibFigure

from analysis.findings.pictures.axes import (
    Unit,
    axis_words_on_top,
    canvas,
    in_house_style,
    in_time,
    key,
    largest_of,
    names_at_ends,
    names_beside_points,
    number_axis,
    ranged,
    readable_on,
    row_labels,
    said,
    text_ticks,
    values_at_right,
    words_at,
    written,
)
from analysis.findings.pictures.figure import BLUE, GREY, INK, MUTED, ORANGE, PAPER, SERIES, TIER_COLOURS
from analysis.findings.pictures.heat_maps import calendar_heatmap, heatmap
from analysis.findings.pictures.marks import over_points, over_rows
from analysis.language import say

__all__ = [
    "DASHED", "adjusted_rates", "bars", "calendar_heatmap", "differences", "dot_interval", "funnel", "heatmap", "lines",
    "stacked_bars",
]  # fmt: skip

DASHED = (0, (3, 3))
MOST_MARKED = 16
"""Places of a line that have a dot each; of more the dots would hide the line."""


@in_house_style
def dot_interval(
    table: pd.DataFrame,
    label: str,
    value: str,
    low: str,
    high: str,
    *,
    reference: float | None = None,
    reference_label: str = "",
    beside: str = "",
    emphasis: Collection[str] = (),
    unit: Unit = "percent",
    axis: str = "",
) -> MatplotlibFigure:
    """Draw a dot with its interval for each row, the first row on top (sorted by value: a caterpillar).

    Parameters
    ----------
    label, value, low, high : columns.
    reference : where a dashed line stands (an average, or 0 for differences), with `reference_label` over it.
    beside : column of observed values, drawn as open circles beside those of `value`, which are adjusted then.
    emphasis : labels drawn in orange; the others stay blue.
    """
    rows = len(table)
    fig, ax = canvas(
        0.2 + 0.25 * rows + (0.2 if reference_label else 0) + (0.2 if axis else 0) + (0.2 if beside else 0)
    )
    positions = np.arange(rows)
    colours = [ORANGE if name in emphasis else BLUE for name in table[label]]
    if reference is not None:
        ax.axvline(reference, color=MUTED, linewidth=0.9, linestyle=DASHED, zorder=1)
        words_at(ax, reference_label, (reference, 1), (0, 4), up="axes fraction", ha="center", va="bottom", color=MUTED)
    known = table[value].notna().to_numpy()
    shown = [colours[row] for row in np.flatnonzero(known)]
    ax.hlines(positions[known], table.loc[known, low], table.loc[known, high], colors=shown, linewidth=2.2, alpha=0.55)
    if beside:
        # larger than the dot and over it: seen where both are the same number
        ax.scatter(table[beside], positions, s=58, facecolors="none", edgecolors=MUTED, linewidths=1.1, zorder=5)
        key(ax, [(say("adjusted, 95% interval"), "dot"), (say("observed"), "ring")])
    ax.scatter(table[value], positions, s=30, c=colours, zorder=4)
    row_labels(ax, table[label], positions)
    values_at_right(ax, [written(number, unit) for number in table[value]], positions, colours)
    number_axis(ax, "x", unit, axis)
    ax.set_ylim(rows - 0.4, -0.6)
    more = [ranged(*ends, unit) for ends in zip(table[low], table[high], strict=True)]
    if beside:
        more = [
            f"{one}; {say('observed')} {written(number, unit)}" for one, number in zip(more, table[beside], strict=True)
        ]
    over_rows(ax, positions, said(table[label], table[value], unit, more))
    return fig


def adjusted_rates(levels: pd.DataFrame, *, unit: Unit = "percent", axis: str) -> MatplotlibFigure:
    """Draw the adjusted rate of each level (`label`) with its interval, and the observed one beside it."""
    columns = ("label", "adjusted_rate", "rate_low", "rate_high")
    return dot_interval(levels, *columns, beside="observed_rate", unit=unit, axis=axis)


def differences(schools: pd.DataFrame, *, emphasis: Collection[str], axis: str) -> MatplotlibFigure:
    """Draw how far each school is from what is expected of it, shrunken, with its interval."""
    columns = ("school_name", "shrunken_difference", "difference_low", "difference_high")
    expected = say("as expected")
    return dot_interval(
        schools, *columns, reference=0, reference_label=expected, emphasis=emphasis, unit="points", axis=axis
    )


@in_house_style
def bars(
    table: pd.DataFrame,
    label: str,
    value: str,
    *,
    unit: Unit = "percent",
    emphasis: Collection[str] = (),
    notes: str = "",
    axis: str = "",
) -> MatplotlibFigure:
    """Draw a horizontal bar for each row with its value at the end.

    Parameters
    ----------
    notes : column of a few words that stand behind the value ('2,010 students').
    emphasis : labels drawn in orange.
    """
    rows = len(table)
    fig, ax = canvas(0.1 + 0.27 * rows + (0.2 if axis else 0))
    positions = np.arange(rows)
    palette = [ORANGE if name in emphasis else BLUE for name in table[label]]
    look: dict[str, Any] = {"orient": "h", "width": 0.72, "saturation": 1, "legend": False, "errorbar": None}
    sns.barplot(x=table[value].to_numpy(), y=positions, hue=positions, palette=palette, ax=ax, **look)
    for position, number in enumerate(table[value]):
        words = written(number, unit) + (f"\u2002{table[notes].iloc[position]}" if notes else "")
        weight = "bold" if table[label].iloc[position] in emphasis else "normal"
        side, points = ("right", -5) if number < 0 else ("left", 5)
        at, colour = (0.0, MUTED) if pd.isna(number) else (float(number), INK)
        words_at(ax, words, (at, position), (points, 0), ha=side, color=colour, fontweight=weight)
    row_labels(ax, table[label], positions)
    _without_scale(ax, rows)
    ax.set(xlabel=axis, ylabel="")
    behind = [f", {note}" for note in table[notes]] if notes else ()
    over_rows(ax, positions, said(table[label], table[value], unit, behind))
    return fig


@in_house_style
def stacked_bars(
    table: pd.DataFrame,
    label: str,
    parts: Mapping[str, str],
    *,
    axis: str = "",
) -> MatplotlibFigure:
    """Draw a bar for each row, cut into parts that are named over the bars; parts under 5.5% have no number in them.

    Parameters
    ----------
    parts : tier of attendance and the words for it, from left to right; shares that sum to 1.
    """
    rows = len(table)
    fig, ax = canvas(0.35 + 0.3 * rows + (0.2 if axis else 0))
    positions, left = np.arange(rows), np.zeros(rows)
    largest = largest_of(table[list(parts)].sum(axis=1))
    for column in parts:
        colour = TIER_COLOURS[column]
        values = table[column].fillna(0).to_numpy(dtype=float)
        ax.barh(positions, values, left=left, height=0.76, color=colour, edgecolor=PAPER, linewidth=0.8)
        for position in np.flatnonzero(values > 0.055 * largest):
            at, words = (
                (float(left[position] + values[position] / 2), int(position)),
                written(values[position], "percent", 0),
            )
            words_at(ax, words, at, (0, 0), ha="center", fontsize=9, color=readable_on(colour))
        left += values
    for position in np.flatnonzero(table[list(parts)].isna().any(axis=1)):
        words_at(ax, say("some parts are hidden"), (float(left[position]), int(position)), (5, 0), color=MUTED)
    row_labels(ax, table[label], positions)
    _without_scale(ax, rows)
    ax.set(xlim=(0, largest), xlabel=axis)
    key(ax, [(words, TIER_COLOURS[column]) for column, words in parts.items()])
    parted = [f"{row[label]}: " + ", ".join(f"{words} {written(row[column], 'percent', 0)}" for column, words in parts.items())
            for _, row in table.iterrows()]  # fmt: skip
    over_rows(ax, positions, parted)
    return fig


@in_house_style
def lines(
    table: pd.DataFrame,
    x: str,
    value: str,
    by: str = "",
    *,
    unit: Unit = "percent",
    when: str = "",
    emphasis: Collection[str] | None = None,
    axis: str = "",
    apart: Collection[str] = (),
) -> MatplotlibFigure:
    """Draw a line for each value of `by` over `x`, named at its end; a missing value breaks the line.

    Parameters
    ----------
    x : text column (school years, months, dates), in the order of the table.
    when : column of the day of each place, in ISO; places are as far apart as their days, else all a step apart.
    emphasis : the lines with colour, name and marks; the others stay grey behind them. None gives all a colour.
    apart : places that cannot be compared with the others: rings, which no line joins.
    """
    fig, ax = canvas(2.9)
    place = in_time(table[x], table[when]) if when else {name: at for at, name in enumerate(dict.fromkeys(table[x]))}
    groups = [(str(name), part) for name, part in table.groupby(by, sort=False)] if by else [("", table)]
    strong = [name for name, _ in groups if emphasis is None or name in emphasis]
    ends: list[tuple[float, str, str]] = []
    for name, part in groups:
        rows = part.set_index(part[x].map(place)).sort_index()
        if name not in strong:
            ax.plot(rows.index, rows[value], color=GREY, linewidth=0.8, alpha=0.6)
            continue
        colour = SERIES[strong.index(name) % len(SERIES)]
        alike, known = ~rows[x].isin(apart), rows[value].dropna()
        ax.plot(rows.index, rows[value].where(alike), color=colour, linewidth=2, zorder=3)
        if len(place) <= MOST_MARKED:
            solid, rings = known[alike[known.index]], known[~alike[known.index]]
            ax.scatter(solid.index, solid, s=16, color=colour, zorder=4)
            if len(rings):
                ax.scatter(rings.index, rings, s=16, facecolor=PAPER, edgecolors=colour, zorder=4)
        ends += [(number, f"{name}\u2002{written(number, unit)}".strip(), colour) for number in known.iloc[-1:]]
    number_axis(ax, "y", unit, "")
    axis_words_on_top(ax, axis)
    ax.set_ylim(0, 1.04 * ax.get_ylim()[1])  # marks at the top stay whole
    text_ticks(ax, place)
    names_at_ends(ax, max(place.values(), default=0), ends)
    marked = table if emphasis is None or not by else table[table[by].isin(strong)]
    names = [f"{name}, {at}" if by else str(at) for name, at in zip(marked[by or x], marked[x], strict=True)]
    more = [", " + say("not comparable") if at in apart else "" for at in marked[x]]
    over_points(ax, marked[x].map(place), marked[value], said(names, marked[value], unit, more))
    if apart:
        key(ax, [(say("Another number of days: not comparable"), "ring")])
    return fig


@in_house_style
def funnel(
    table: pd.DataFrame,
    size: str,
    value: str,
    label: str,
    *,
    reference: float,
    reference_label: str = "",
    emphasis: Collection[str] = (),
    unit: Unit = "percent",
    axis: str = "",
) -> MatplotlibFigure:
    """Draw a dot a row by its size; those whose label is in `emphasis` are drawn in orange and named."""
    fig, ax = canvas(3.5)
    ax.axhline(reference, color=MUTED, linewidth=0.9, linestyle=DASHED, zorder=1)
    words_at(ax, reference_label, (1, reference), (-2, 7), across="axes fraction", ha="right", color=MUTED, fontsize=9)
    named = table[label].isin(list(emphasis))
    ax.scatter(table.loc[~named, size], table.loc[~named, value], s=24, color=BLUE, alpha=0.75, linewidths=0, zorder=3)
    ax.scatter(table.loc[named, size], table.loc[named, value], s=34, color=ORANGE, linewidths=0, zorder=4)
    number_axis(ax, "x", "count", say("students"))
    number_axis(ax, "y", unit, "")
    axis_words_on_top(ax, axis)
    names_beside_points(ax, table.loc[named, [size, value, label]].itertuples(index=False), color=ORANGE)
    sizes = [say(", {students} students", students=written(number, "count")) for number in table[size]]
    over_points(ax, table[size], table[value], said(table[label], table[value], unit, sizes))
    return fig


def _without_scale(ax: Axes, rows: int) -> None:
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="x", length=0, labelbottom=False)
    ax.set_ylim(rows - 0.5, -0.5)
