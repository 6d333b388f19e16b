"""What each mark of a picture says: an unseen area over it with its words, which a pointer and the arrow keys find.

The words are made where the picture is drawn, from the table that is drawn, and stand in the SVG as the titles of the
areas: a browser shows them without a script, and `page.js` reads them for those who have only a keyboard.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import Transform

_GID: Final = "mark:"
_AREA: Final = re.compile(rf'<g id="{_GID}([^"]*)">\s*<path d="([^"]*)"[^>]*/>\s*</g>')
NEAR: Final = (0.03, 0.06)
"""How wide and high the area over a point is, in parts of the axes."""


def over_rows(ax: Axes, positions: Iterable[float], words: Iterable[str]) -> None:
    """Lay an area over each row, from the left end of the axes to the right one."""
    for position, said in zip(positions, words, strict=True):
        _lay(ax, (0, position - 0.5), (1, 1), said, transform=ax.get_yaxis_transform())


def over_points(ax: Axes, across: Iterable[float], up: Iterable[float], words: Iterable[str]) -> None:
    """Lay an area around each point; a point that is not there has none. The limits of the axes must be set."""
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    across = list(across)
    width, height = min(NEAR[0], 1 / max(1, len(set(across)))) * (right - left), NEAR[1] * (top - bottom)
    for x, y, said in zip(across, up, words, strict=True):
        if np.isfinite(x) and np.isfinite(y):
            _lay(ax, (x - width / 2, y - height / 2), (width, height), said)


def over_cells(ax: Axes, across: Iterable[float], down: Iterable[float], words: Iterable[str]) -> None:
    """Lay an area over each cell of one by one; its corner is (across, down)."""
    for x, y, said in zip(across, down, words, strict=True):
        _lay(ax, (x, y), (1, 1), said)


def as_titles(svg: str) -> str:
    """Make the areas of an SVG by matplotlib the ones that a page looks for."""
    return _AREA.sub(r'<path class="mark" d="\2" fill="none" pointer-events="all"><title>\1</title></path>', svg)


def _lay(
    ax: Axes, corner: tuple[float, float], size: tuple[float, float], words: str, transform: Transform | None = None
) -> None:
    look: dict[str, Any] = {"transform": transform} if transform else {}
    area = Rectangle(corner, *size, fill=False, linewidth=0, zorder=9, clip_on=False, gid=_GID + words, **look)
    area.set_in_layout(False)
    ax.add_artist(area)
