"""Which hidden cells of a table with two kinds of sums (rows and columns, say) linear algebra alone gives away.

Let every sum be a node and every hidden cell the edge between its two sums. All sums that are not known are one node. A
cell can change while every known sum stays what it is if, and only if, its edge lies on a cycle; a cell whose edge does
not, a bridge, is given away (Gusfield 1988, A graph theoretic approach to statistical data security).
"""

import numpy as np
from numpy.typing import NDArray


def bridges(ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Find the edges of a graph that lie on no cycle (Tarjan 1974).

    Parameters
    ----------
    ends : (edges, 2) the nodes that each edge joins; several edges may join the same two.

    Returns
    -------
    (edges,) true for a bridge.
    """
    found = np.zeros(len(ends), dtype=bool)
    near: dict[int, list[tuple[int, int]]] = {}
    for edge, (one, other) in enumerate(ends.tolist()):
        near.setdefault(one, []).append((edge, other))
        near.setdefault(other, []).append((edge, one))
    reached: dict[int, int] = {}
    lowest: dict[int, int] = {}
    for root, first in near.items():
        if root in reached:
            continue
        reached[root] = lowest[root] = len(reached)
        path = [(root, -1, iter(first))]
        while path:
            node, came_by, further = path[-1]
            for edge, other in further:
                if other not in reached:
                    reached[other] = lowest[other] = len(reached)
                    path.append((other, edge, iter(near[other])))
                    break
                if edge != came_by:
                    lowest[node] = min(lowest[node], reached[other])
            else:
                path.pop()
                if path:
                    before = path[-1][0]
                    lowest[before] = min(lowest[before], lowest[node])
                    found[came_by] = lowest[node] > reached[before]
    return found
