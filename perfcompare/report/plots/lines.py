# SPDX-License-Identifier: Apache-2.0
"""Lines made of as few points as the eye needs."""

import numpy as np
from numpy.typing import NDArray

Line = NDArray[np.float64]

_PLOTTED_POINTS = 220.0
"""About as wide and as high as a plot is, in units of a line's simplification."""

_TOLERANCE = 0.3


def simplified(
    x: Line, y: Line, *, spans: tuple[float, float], tolerance: float = _TOLERANCE
) -> tuple[Line, Line]:
    """Leave out the points that nobody would see missing (Ramer-Douglas-Peucker).

    Args:
        x: Ascending.
        y: Parallel to *x*.
        spans: What the plot shows of x and of y, in their units.
        tolerance: How far, of about 220 across, a point that is left out may lie off.
    """
    across = np.asarray(x) / (spans[0] or 1.0) * _PLOTTED_POINTS
    up = np.asarray(y) / (spans[1] or 1.0) * _PLOTTED_POINTS / 2
    keep = np.zeros(len(across), dtype=bool)
    keep[[0, -1]] = True
    open_spans = [(0, len(across) - 1)]
    while open_spans:
        first, last = open_spans.pop()
        if last - first < 2:
            continue
        inner = slice(first + 1, last)
        run, rise = across[last] - across[first], up[last] - up[first]
        length = np.hypot(run, rise) or 1.0
        off = (
            np.abs(
                run * (up[inner] - up[first]) - rise * (across[inner] - across[first])
            )
            / length
        )
        if off.max() > tolerance:
            middle = first + 1 + int(off.argmax())
            keep[middle] = True
            open_spans += [(first, middle), (middle, last)]
    return np.asarray(x)[keep], np.asarray(y)[keep]
