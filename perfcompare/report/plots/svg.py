# SPDX-License-Identifier: Apache-2.0
"""A renderer of matplotlib's that writes SVG fit for a page: small, text as text.

matplotlib's own writes a document of its own, with fonts, clip paths and styles that
no page needs: ten times the bytes, and most of the time of a plot.
"""

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.path import Path as Shape
from numpy.typing import NDArray

from perfcompare.report.plots.figure import INK

if TYPE_CHECKING:
    from matplotlib.font_manager import FontProperties
    from matplotlib.text import Text
    from matplotlib.transforms import Transform
    from matplotlib.typing import ColorType

Paint = Callable[[str], str]
"""From a colour as #rrggbb to what stands in the drawing."""

_ANCHORS = {"center": "middle", "right": "end"}
_OF_A_LETTER = 0.6
"""Width of an average letter, of its size: near enough to place a label."""
_DESCENT = 0.2
_SIZE_POINTS = 8.0
"""Of text that says no size of its own."""


class PageRenderer(RendererBase):
    """Collects what is drawn as SVG elements, 72 dots an inch, y downwards."""

    def __init__(self, width: float, height: float, *, paint: Paint) -> None:
        super().__init__()
        self._width, self._height, self._paint = width, height, paint
        self._ink = paint(INK)
        self._paths: list[str] = []
        self._texts: list[str] = []

    @property
    def elements(self) -> str:
        """What was drawn: words above all lines."""
        words = "".join(self._texts)
        return f'{"".join(self._paths)}<g style="fill:{self._ink}">{words}</g>'

    def draw_path(
        self,
        gc: GraphicsContextBase,
        path: Shape,
        transform: "Transform",
        rgbFace: "ColorType | None" = None,  # noqa: N803  # matplotlib's name
    ) -> None:
        """Draw lines and areas; curves become the lines between their ends."""
        filled = rgbFace is not None
        clip = None if filled else _clip_of(gc)
        clean = path.cleaned(transform, remove_nans=True, clip=clip, curves=False)
        d = self._d(clean)
        if d:
            self._paths.append(f'<path d="{d}" style="{self._style(gc, rgbFace)}"/>')

    def draw_markers(  # noqa: PLR0913, PLR0917  # matplotlib's signature
        self,
        gc: GraphicsContextBase,
        marker_path: Shape,
        marker_trans: "Transform",
        path: Shape,
        trans: "Transform",
        rgbFace: "ColorType | None" = None,  # noqa: N803  # matplotlib's name
    ) -> None:
        """Draw the marks of a line as one path."""
        shape = _marker(marker_trans.transform_path(marker_path))
        places = trans.transform(_vertices(path))
        d = "".join(
            f"M{_short(x)} {_short(self._height - y)}{shape}" for x, y in places
        )
        self._paths.append(f'<path d="{d}" style="{self._style(gc, rgbFace)}"/>')

    def draw_text(  # noqa: PLR0913, PLR0917  # matplotlib's signature
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: "FontProperties",
        angle: float,
        ismath: Any = False,  # noqa: ANN401, ARG002  # never: parse_math is off
        mtext: "Text | None" = None,
    ) -> None:
        """Write words, anchored where the figure anchors them."""
        anchor = (
            None if mtext is None else _ANCHORS.get(mtext.get_horizontalalignment())
        )
        if mtext is not None and anchor and not angle:
            x = mtext.get_transform().transform(mtext.get_unitless_position())[0]
        place = f'x="{_short(x)}" y="{_short(y)}"'
        if angle:
            turned = f"translate({_short(x)} {_short(y)}) rotate({_short(-angle)})"
            place = f'transform="{turned}"'
        elif anchor:
            place += f' text-anchor="{anchor}"'
        look = self._look(gc, prop)
        self._texts.append(f"<text {place}{look}>{escape(s, quote=False)}</text>")

    def _look(self, gc: GraphicsContextBase, prop: "FontProperties") -> str:
        size, colour = prop.get_size_in_points(), self._colour(gc.get_rgb())
        look = "" if size == _SIZE_POINTS else f' font-size="{_short(size)}"'
        if prop.get_weight() == "bold":
            look += ' font-weight="bold"'
        return look if colour == self._ink else f'{look} style="fill:{colour}"'

    def get_text_width_height_descent(
        self,
        s: str,
        prop: "FontProperties",
        ismath: Any,  # noqa: ANN401, ARG002  # never: parse_math is off
    ) -> tuple[float, float, float]:
        """Estimate, since the reader's font is not known here."""
        size = prop.get_size_in_points()
        return _OF_A_LETTER * size * len(s), size * (0.75 + _DESCENT), size * _DESCENT

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Return the size of the figure in points."""
        return self._width, self._height

    def flipy(self) -> bool:
        """Tell that y grows downwards."""
        return True

    def _d(self, path: Shape) -> str:
        """Write a path, each point from the one before, to a tenth of a point."""
        upright = (_vertices(path) * (1, -1)) + (0, self._height)
        tenths = np.rint(upright * 10).astype(int).tolist()
        codes = [] if path.codes is None else np.asarray(path.codes).tolist()
        parts: list[str] = []
        last = (0, 0)
        started = False
        for (x, y), code in zip(tenths, codes, strict=True):
            if code == Shape.LINETO and (x, y) != last:
                step = _pair(x - last[0], y - last[1])
                parts.append(step if started else f"l{step.lstrip()}")
                started = True
            elif code == Shape.MOVETO:
                parts.append(f"M{_pair(x, y).lstrip()}")
                started = False
            elif code == Shape.CLOSEPOLY:
                parts.append("z")
            if code in {Shape.LINETO, Shape.MOVETO}:
                last = (x, y)
        return "".join(parts)

    def _style(self, gc: GraphicsContextBase, face: "ColorType | None") -> str:
        rules = []
        width = gc.get_linewidth()
        if face is not None:
            rules.append(f"fill:{self._colour(face)}")
            rules += _opacity("fill", face, gc)
        if width:
            rules.append(f"stroke:{self._colour(gc.get_rgb())}")
            rules.append(f"stroke-width:{width:.3g}")
            rules += _opacity("stroke", gc.get_rgb(), gc)
            dashes = gc.get_dashes()[1]
            if dashes is not None:
                lengths = ",".join(_short(length) for length in np.ravel(dashes))
                rules.append(f"stroke-dasharray:{lengths}")
        return ";".join(rules)

    def _colour(self, colour: Any) -> str:  # noqa: ANN401  # of matplotlib's many
        parts = [round(float(part) * 255) for part in colour[:3]]
        return self._paint("#{:02x}{:02x}{:02x}".format(*parts))


def _vertices(path: Shape) -> NDArray[np.float64]:
    return np.asarray(path.vertices, dtype=np.float64)


def _opacity(what: str, colour: Any, gc: GraphicsContextBase) -> list[str]:  # noqa: ANN401  # of matplotlib's many
    alpha = colour[3] if len(colour) > 3 else gc.get_alpha()
    return [f"{what}-opacity:{alpha:.2g}"] if alpha < 1 else []


def _clip_of(gc: GraphicsContextBase) -> tuple[float, float, float, float] | None:
    box = gc.get_clip_rectangle()
    if box is None:
        return None
    # A line on the edge of its axes is not to lose half of its width.
    return box.x0 - 2, box.y0 - 2, box.x1 + 2, box.y1 + 2


def _marker(path: Shape) -> str:
    """Write the shape of a mark, from the place that it marks."""
    reach = _short(float(np.abs(_vertices(path)).max()))
    if path.codes is not None and Shape.CURVE4 in np.asarray(path.codes):
        across = _short(2 * float(reach))
        return (
            f"m-{reach} 0a{reach} {reach} 0 10{across} 0"
            f"a{reach} {reach} 0 10-{across} 0z"
        )
    points = _vertices(path)[: -1 if path.codes is not None else None]
    steps = np.diff(points, axis=0, prepend=[[0.0, 0.0]])
    moves = [_pair(round(x * 10), round(-y * 10)).lstrip() for x, y in steps]
    return f"m{moves[0]}l{' '.join(moves[1:])}z"


def _pair(x: int, y: int) -> str:
    """Write two numbers of tenths, apart from what stands before them."""
    return f"{_apart(x)}{_apart(y)}"


def _apart(tenths: int) -> str:
    text = _short(tenths / 10)
    return text if text.startswith("-") else f" {text}"


def _short(value: float) -> str:
    """Write a number to a tenth of a point, which is less than anybody sees."""
    text = f"{value:.1f}".removesuffix(".0")
    if text in {"0", "-0"}:
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
