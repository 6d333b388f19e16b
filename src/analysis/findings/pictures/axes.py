"""What the pictures share: the canvas, axes without clutter, numbers as words, names beside marks."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from itertools import product
from typing import Any, Literal, ParamSpec, cast

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.text import Annotation
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Bbox

from analysis.findings.pictures.figure import BLUE, HOUSE_STYLE, INK, MUTED, PAPER
from analysis.findings.words import number, percent, signed
from analysis.language import say

Unit = Literal["percent", "points", "count", "number"]
P = ParamSpec("P")

WIDTH = 6.6
"""Inches; 1 inch is 96 pixels on a page."""
HEAT = LinearSegmentedColormap.from_list("heat", ["#f4f1e6", "#f2cf8d", "#e0873c", "#a8420f", "#5d1f06"])


def in_house_style(draw: Callable[P, MatplotlibFigure]) -> Callable[P, MatplotlibFigure]:
    """Draw with the house style and leave matplotlib's settings as they were."""

    @wraps(draw)
    def styled(*args: P.args, **kwargs: P.kwargs) -> MatplotlibFigure:
        with mpl.rc_context(HOUSE_STYLE):  # type: ignore[arg-type]
            return draw(*args, **kwargs)

    return styled


def written(value: float, unit: Unit, decimals: int | None = None) -> str:
    """Write a number as it stands beside a mark: 0.253 is '25.3%', or '+25.3' as points; missing is 'hidden'."""
    places = 1 if decimals is None else decimals
    if pd.isna(value):
        return say("hidden")
    if unit == "percent":
        return percent(value, places)
    if unit == "points":
        return signed(value, places) if round(100 * value, places) else number(0, places)
    return number(value, 0 if unit == "count" else places)


def ranged(low: float, high: float, unit: Unit) -> str:
    """Say an interval behind a number; nothing where there is none."""
    if pd.isna(low) or pd.isna(high):
        return ""
    return say(", 95% interval {low} to {high}", low=written(low, unit), high=written(high, unit))


def said(names: Iterable[Any], values: Iterable[Any], unit: Unit, more: Sequence[str] = ()) -> list[str]:
    """Say each mark: its name, its number, and what more is known of it."""
    words = [
        say("{name}: {value} points", name=name, value=written(one, unit))
        if unit == "points"
        else say("{name}: {value}", name=name, value=written(one, unit))
        for name, one in zip(names, values, strict=True)
    ]
    return [one + other for one, other in zip(words, more or [""] * len(words), strict=True)]


def canvas(height: float) -> tuple[MatplotlibFigure, Axes]:
    """Make a figure of the house's width with one pair of axes."""
    fig = MatplotlibFigure(figsize=(WIDTH, round(height, 2)), layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.03))
    return fig, fig.subplots()


def number_axis(ax: Axes, which: Literal["x", "y"], unit: Unit, words: str) -> None:
    """Give an axis round numbers, thin grid lines and no spine."""
    one = ax.xaxis if which == "x" else ax.yaxis
    one.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10], integer=unit == "count"))
    one.set_major_formatter(FuncFormatter(lambda number, _: tick(number, unit)))
    ax.grid(axis=which)
    ax.tick_params(axis=which, length=0, labelcolor=MUTED, labelsize=9)
    ax.spines[["left", "bottom"]].set_visible(False)
    one.set_label_text(words)


def row_labels(ax: Axes, labels: Iterable[Any], positions: Any) -> None:
    """Write a name before each row, shortened where it would leave no room."""
    words = [str(label) for label in labels]
    ax.set_yticks(positions, [word if len(word) <= 40 else f"{word[:38].rstrip()}…" for word in words])
    ax.tick_params(axis="y", length=0, labelcolor=INK)
    ax.spines["left"].set_visible(False)


def values_at_right(ax: Axes, words: Sequence[str], positions: Any, colours: Sequence[str]) -> None:
    """Write each row's number at the right end."""
    for text, position, colour in zip(words, positions, colours, strict=True):
        words_at(
            ax, text, (1, position), (4, 0), across="axes fraction", color=MUTED if text == say("hidden") else colour
        )


def tick(value: float, unit: Unit) -> str:
    """Write a number on an axis, with as many decimals as it has: steps of a quarter have two."""
    scaled = 100 * value if unit in ("percent", "points") else value
    return written(value, unit, next((few for few in range(3) if abs(scaled - round(scaled, few)) < 1e-6), 3))


def largest_of(values: "pd.Series[float]") -> float:
    """Give the largest value, 1 where there is none to scale by."""
    largest = float(values.max())
    return largest if largest > 0 else 1.0


def words_at(
    ax: Axes,
    text: str,
    at: tuple[float, float],
    points: tuple[float, float],
    *,
    across: str = "data",
    up: str = "data",
    **look: Any,
) -> Annotation:
    """Write words some points away from a place; `across` and `up` say what its coordinates are of."""
    look = {"ha": "left", "va": "center_baseline", "fontsize": 9.5, "annotation_clip": False, **look}
    return ax.annotate(text, at, points, xycoords=(across, up), textcoords="offset points", **look)


def names_beside_points(ax: Axes, points: Iterable[tuple[float, float, str]], **look: Any) -> None:
    """Write each point's name where it covers no other name or named point; a name without such a place is left out."""
    points = list(points)
    ax.figure.draw_without_rendering()  # type: ignore[union-attr]  # the layout decides where there is room
    centres = [ax.transData.transform((x, y)) for x, y, _ in points]
    dots = [Bbox.from_bounds(x - 4, y - 4, 8, 8) for x, y in centres]
    taken: list[Bbox] = []
    for (x, y, name), dot in zip(points, dots, strict=True):
        for up, (ha, right) in product((0, 8, -8), (("left", 7), ("right", -7))):
            words = words_at(ax, str(name), (x, y), (right, up), ha=ha, **look)
            words.set_in_layout(False)
            box = words.get_window_extent()
            inside = ax.figure.bbox.x0 <= box.x0 and box.x1 <= ax.figure.bbox.x1
            if inside and not any(box.overlaps(other) for other in (*taken, *(one for one in dots if one is not dot))):
                taken.append(box)
                break
            words.remove()


def key(ax: Axes, entries: Sequence[tuple[str, str]]) -> None:
    """Name marks over the figure, in several rows where one is too long; an entry's second part is a colour, 'dot' or 'ring'."""
    handles = []
    for words, mark in entries:
        face = {"dot": BLUE, "ring": PAPER}.get(mark, mark)
        shape = {"marker": "o", "markersize": 6} if mark in ("dot", "ring") else {"marker": "s", "markersize": 8}
        edge = MUTED if mark == "ring" else face
        handles.append(
            Line2D([], [], linestyle="", markerfacecolor=face, markeredgecolor=edge, label=words, **shape)  # type: ignore[arg-type]
        )
    spacing = {"borderaxespad": 0.2, "handletextpad": 0.1, "columnspacing": 1.2, "borderpad": 0}
    figure = cast(MatplotlibFigure, ax.get_figure(root=True))
    look: dict[str, Any] = {"handles": handles, "loc": "outside upper left", "frameon": False, "fontsize": 9, **spacing}
    for columns in range(len(handles), 0, -1):
        legend = figure.legend(ncols=columns, **look)
        if columns == 1 or legend.get_window_extent().width <= figure.bbox.width:
            figure.set_figheight(figure.get_figheight() + 0.2 * (math.ceil(len(handles) / columns) - 1))
            return
        legend.remove()


def axis_words_on_top(ax: Axes, words: str) -> None:
    """Say what the upright axis measures, over it."""
    if words:
        ax.set_title(words, loc="left", color=MUTED, fontsize=9)


def in_time(names: Iterable[Any], days: Iterable[Any]) -> dict[Any, int]:
    """Give each name its place on an axis of time: its days since the first one, the first name first."""
    at = pd.Series(pd.to_datetime(list(days)), list(names)).groupby(level=0).min().sort_values()
    return dict(zip(at.index, (at - at.min()).dt.days.tolist(), strict=True))


def text_ticks(ax: Axes, place: Mapping[Any, float]) -> None:
    """Name the places of an axis: all of ten, or some seven of more, so that days of a year stay apart."""
    step, last = 1 if len(place) <= 10 else math.ceil(len(place) / 7), max(place.values(), default=0)
    ax.set_xticks(list(place.values())[::step], [str(name) for name in place][::step])
    margin = 0.02 * (last or 1)
    ax.set(xlabel="", xlim=(-margin, last + margin))
    ax.spines["bottom"].set_visible(True)


def names_at_ends(ax: Axes, last: float, ends: Sequence[tuple[float, str, str]]) -> None:
    """Write each line's name beside its end, moved apart where two would overlap."""
    bottom, top = ax.get_ylim()
    gap = (top - bottom) / (ax.get_window_extent().height / ax.figure.dpi * 72 / 12.5)
    height = float("-inf")
    for value, words, colour in sorted(ends):
        height = max(value, height + gap)
        words_at(ax, words, (last, height), (8, 0), color=colour)


def scale(ax: Axes, norm: Normalize, unit: Unit, points_below: float) -> None:
    """Say what light and dark mean: five steps at the right end, some points under the cells."""
    look: dict[str, Any] = {
        "across": "axes fraction",
        "up": "axes fraction",
        "fontsize": 9,
        "color": MUTED,
        "ha": "right",
    }
    top = written(float(norm.vmax or 0), unit, 0)
    words_at(ax, top, (1, 0), (0, -points_below), **look)
    for step in range(5):
        look["color"] = HEAT((4 - step) / 4)
        words_at(ax, "■", (1, 0), (-30 - 9 * step, -points_below), **look)
    words_at(ax, written(0, unit, 0), (1, 0), (-78, -points_below), **{**look, "color": MUTED})


def readable_on(colour: Any) -> str:
    """Choose dark or white text for a background, whichever has more contrast (WCAG's relative luminance)."""
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    return "#16181b" if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.185 else "#ffffff"
