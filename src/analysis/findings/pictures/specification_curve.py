"""The specification curve: one answer under every specification, a row each, a panel for each level that stands out."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from analysis.findings.pictures.axes import WIDTH, in_house_style, number_axis, ranged, row_labels, said, words_at
from analysis.findings.pictures.figure import BLUE, INK, MUTED, ORANGE
from analysis.findings.pictures.marks import over_rows
from analysis.findings.pictures.plots import DASHED

ROW = 0.2
"""Inches a row."""


@in_house_style
def specification_curve(table: pd.DataFrame, block_words: dict[str, str]) -> MatplotlibFigure:
    """Draw a dot with its interval for each specification and level; the first of a block is the page's own.

    Parameters
    ----------
    table : `block, panel, label, value, low, high`, a row a dot, in order; a label with two rows has a dot for each of
        its ends. A dashed line goes through the page's own value.
    block_words : heading of each block; blocks have their own scale.
    """
    blocks, panels = list(dict.fromkeys(table["block"])), list(dict.fromkeys(table["panel"]))
    labels = {block: list(dict.fromkeys(table.loc[table["block"] == block, "label"])) for block in blocks}
    heights = [len(labels[block]) + 2.6 for block in blocks]
    size = (WIDTH, round(ROW * sum(heights) + 0.2, 2))
    fig = MatplotlibFigure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03))
    grid = fig.subplots(len(blocks), len(panels), sharex="row", squeeze=False, height_ratios=heights)
    for block, row in zip(blocks, grid, strict=True):
        for panel, ax in zip(panels, row, strict=True):
            dots = table[(table["block"] == block) & (table["panel"] == panel)]
            _panel(ax, dots, labels[block], panel)
            ax.set_title(panel, loc="left", fontsize=9.5, color=INK)
            ax.tick_params(axis="y", labelleft=ax is row[0])
        words_at(row[0], block_words[block], (0, 1), (-6, 14), across="axes fraction", up="axes fraction", ha="right",
                 color=MUTED, fontsize=9)  # fmt: skip
    return fig


def _panel(ax: Axes, dots: pd.DataFrame, labels: list[str], panel: str) -> None:
    place = {label: number for number, label in enumerate(labels)}
    at = dots["label"].map(place).to_numpy()
    own = dots.loc[dots["label"] == labels[0], "value"]
    ax.axvline(0, color=MUTED, linewidth=1.0, zorder=0)
    if len(own):
        ax.axvline(float(own.iloc[0]), color=MUTED, linewidth=0.9, linestyle=DASHED, zorder=1)
    colours = np.where(at == 0, ORANGE, BLUE)
    has_range = dots["low"].notna().to_numpy()
    ends = dots.loc[has_range, ["low", "high"]].to_numpy()
    ax.hlines(at[has_range], ends[:, 0], ends[:, 1], colors=colours[has_range].tolist(), linewidth=1.8, alpha=0.5)
    for label, pair in dots[~has_range].groupby("label", sort=False)["value"]:
        ax.hlines(place[str(label)], pair.min(), pair.max(), colors=MUTED, linewidth=0.8)
    ax.scatter(dots["value"], at, s=np.where(has_range, 16, 9), c=colours.tolist(), zorder=4)
    row_labels(ax, labels, np.arange(len(labels)))
    number_axis(ax, "x", "points", "")
    ax.set_ylim(len(labels) - 0.4, -0.6)
    more = [ranged(low, high, "points") for low, high in zip(dots["low"], dots["high"], strict=True)]
    over_rows(ax, at, said([f"{label}, {panel}" for label in dots["label"]], dots["value"], "points", more))
