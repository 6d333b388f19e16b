"""Pictures of cells: a heat map, and a school year as a calendar. They are reached by `plots`, as every kind of picture."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.colors import Normalize
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.patches import Rectangle

from analysis.findings.pictures.axes import (
    HEAT,
    WIDTH,
    Unit,
    canvas,
    in_house_style,
    largest_of,
    readable_on,
    row_labels,
    said,
    scale,
    words_at,
    written,
)
from analysis.findings.pictures.figure import GREY, MUTED, PAPER
from analysis.findings.pictures.marks import over_cells
from analysis.findings.tables import set_out
from analysis.findings.words import day_name, month_short
from analysis.language import dated

FEWEST_WEEKS = 20
"""A calendar of fewer weeks is drawn as wide as this many, for its days are no tiles."""


@in_house_style
def heatmap(table: pd.DataFrame, row: str, column: str, value: str, *, column_axis: str = "") -> MatplotlibFigure:
    """Draw a cell for each row and column, as `set_out` puts them, with its share in percent.

    A share that is missing is an en dash; a pair that the table does not have stays empty. Percents stand without their
    sign: say the unit in the caption.
    """
    grid = set_out(table, row, column, value).astype(float)
    there = set_out(table.assign(there=True), row, column, "there").notna()
    top = largest_of(grid.abs().max())
    decimals = 0 if grid.shape[1] > 7 and top >= 0.1 else None
    words = grid.map(lambda share: "" if pd.isna(share) else written(100 * share, "number", decimals))
    fig, ax = canvas(0.35 + 0.27 * len(grid) + (0.2 if column_axis else 0))
    look: dict[str, Any] = {
        "cbar": False,
        "linewidths": 1.2,
        "linecolor": PAPER,
        "annot_kws": {"fontsize": 9},
        "fmt": "",
    }
    norm = Normalize(0, top)
    look |= {"norm": norm, "vmin": norm.vmin, "vmax": norm.vmax}  # seaborn looks for the ends where it is not told
    sns.heatmap(grid, annot=words if grid.shape[1] <= 16 else None, cmap=HEAT, ax=ax, **look)
    for text, number in zip(ax.texts, grid.to_numpy().ravel()[grid.notna().to_numpy().ravel()], strict=False):
        text.set_color(readable_on(HEAT(norm(number))))
    ax.collections[0].set_clip_on(False)  # a clip path a cell would be a tenth of the picture's bytes
    for at, across in np.argwhere((grid.isna() & there).to_numpy()):
        words_at(ax, "–", (across + 0.5, at + 0.5), (0, 0), ha="center", color=MUTED)
    row_labels(ax, grid.index, np.arange(len(grid)) + 0.5)
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    ax.set(xlabel=column_axis, ylabel="")
    ax.tick_params(axis="both", length=0, labelrotation=0)
    names = np.array([f"{one}, {other}" for one in grid.index for other in grid.columns]).reshape(grid.shape)
    down, across = np.nonzero(there.to_numpy())
    over_cells(ax, across, down, said(names[down, across], grid.to_numpy()[down, across], "percent"))
    return fig


@in_house_style
def calendar_heatmap(
    dates: Sequence[str],
    values: Sequence[float],
    *,
    unit: Unit = "percent",
    highest: float | None = None,
) -> MatplotlibFigure:
    """Draw the school year: a column a week, a row a weekday, darker where the value is higher.

    Parameters
    ----------
    dates : 'YYYY-MM-DD'; days that are not there stay empty, days with a missing value have an outline only.
    highest : value of the darkest colour; else the largest.
    """
    days = pd.Series(np.asarray(values, dtype=float), index=pd.DatetimeIndex(list(dates))).sort_index()
    index = pd.DatetimeIndex(days.index)
    weekday = index.day_of_week
    monday = index[0] - pd.Timedelta(days=int(weekday[0]))
    week = (index - monday).days // 7
    weeks, rows = max(int(week.max()) + 1, FEWEST_WEEKS), 7 if weekday.max() > 4 else 5
    fig, ax = canvas((WIDTH - 0.4) / weeks * rows + 0.45)
    norm = Normalize(0, highest or largest_of(days))
    for value, x, y in zip(days, week, weekday, strict=True):
        face: Any = "none" if pd.isna(value) else HEAT(norm(value))
        edge = GREY if pd.isna(value) else "none"
        day = Rectangle((x + 0.06, y + 0.06), 0.88, 0.88, linewidth=0.6, facecolor=face, edgecolor=edge)
        ax.add_artist(day)  # as a patch it would move the limits, which are set below
    firsts = pd.Series(week, index=index.strftime("%Y-%m")).groupby(level=0, sort=False).min()
    firsts = firsts[firsts.diff(-1).fillna(-9) < -1]
    ax.set_xticks(firsts.to_numpy() + 0.06, [month_short(month) for month in firsts.index], ha="left")
    ax.xaxis.tick_top()
    ax.set_yticks(np.arange(rows) + 0.5, [dated(day, "EEE") for day in pd.date_range(monday, periods=rows)])
    ax.set(xlim=(0, weeks), ylim=(rows, 0), aspect="equal", anchor="NW")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    scale(ax, norm, unit, 10)
    over_cells(ax, week, weekday, said(map(day_name, index), days, unit))
    return fig
