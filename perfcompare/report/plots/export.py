# SPDX-License-Identifier: Apache-2.0
"""Every plot of a report as a file of its own, for slides and commit messages."""

import io
import itertools
import re
import textwrap
import warnings
import zlib
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfcompare.model.judgement import Judgement, VariantFacts
from perfcompare.report.facts import made_of
from perfcompare.report.page.durations import durations_panels
from perfcompare.report.page.services import services
from perfcompare.report.plots.curves import numbered
from perfcompare.report.plots.effects import effects_plot
from perfcompare.report.plots.figure import (
    INK,
    PAPER,
    Plot,
    colour_of,
    dashes_of,
    figure_of,
    shape_of,
    styled,
    svg_elements,
)
from perfcompare.report.words import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_INK = "#1b1f24"
"""Of a title: darker than what is in the plot."""
_LINE_POINTS, _MARGIN_POINTS, _KEY_POINTS = 11.0, 6.0, 28.0
_TITLE_POINTS, _REMARK_POINTS = 9.0, 7.0
_MOST_NUMBERS = 20
"""Workloads that a remark names; as many as curves number."""
_OF_A_LETTER = 0.62
_DOTS_PER_INCH = 192
"""A picture 4 inches wide has 768 dots: twice those that a page gives it."""
_FONTS = "'DejaVu Sans', Verdana, 'Noto Sans', sans-serif"
_LONGEST_NAME = 80
_DRAWN = ("*.svg", "*.png")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One file: a plot and the words that stand around it on a page."""

    name: str
    """Of the file, without its ending."""
    plot: Plot
    variants: tuple[VariantFacts, ...]
    """What its lines are."""
    remark: str


def write_plots(judgement: Judgement, *, directory: Path, form: str) -> tuple[str, ...]:
    """Write every plot as a file into *directory*; those of an earlier call go.

    Args:
        judgement: What a page is made of.
        directory: For plots alone; made when it is not there.
        form: "svg" or "png".

    Returns:
        The names of the files, in the order of the page.

    Raises:
        OSError: A file cannot be written or removed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    for pattern in _DRAWN:
        for path in sorted(directory.glob(pattern)):
            path.unlink()
    names: dict[str, str] = {}
    for sheet in _sheets(judgement):
        name = _free(sheet.name, names)
        names[name] = f"{name}.{form}"
        (directory / names[name]).write_bytes(FORMS[form](sheet))
    return tuple(names.values())


def _sheets(judgement: Judgement) -> Iterator[Sheet]:
    """Return what each file shows, in the order of the page."""
    lines = {one.variant for one in judgement.distributions}
    lines |= {one.variant for one in judgement.curves}
    variants = tuple(one for one in judgement.facts.variants if one.name in lines)
    effects = effects_plot(judgement)
    if effects:
        yield Sheet(name="effects", plot=effects, variants=(), remark="")
    numbers = enumerate(numbered(judgement.marks), start=1)
    workloads = [f"{at} {printable(name, limit=40)}" for at, name in numbers]
    remark = ", ".join(workloads[:_MOST_NUMBERS]) if len(workloads) > 1 else ""
    for service in services(judgement):
        for panel in service.panels:
            yield Sheet(
                name=file_name("service", panel.name),
                plot=panel.plot,
                variants=variants,
                remark=remark,
            )
    for panel in durations_panels(judgement):
        yield Sheet(
            name=file_name("durations", panel.name),
            plot=panel.plot,
            variants=variants,
            remark="Marks: p50, p90, p95; the upper part of the shares is stretched.",
        )


def file_name(kind: str, name: str) -> str:
    """Return what can be the name of a file everywhere, whatever *name* is."""
    plain = re.sub("[^a-z0-9]+", "-", name.casefold()).strip("-")
    if not plain:
        # Nothing of it can be kept: a number of its own, the same in every run.
        plain = f"{zlib.crc32(name.encode(errors='replace')):08x}"
    return f"{kind}-{plain[:_LONGEST_NAME].strip('-')}"


def _free(name: str, taken: Container[str]) -> str:
    """Number what would be a second file of the same name."""
    names = itertools.chain([name], (f"{name}-{at}" for at in itertools.count(2)))
    return next(one for one in names if one not in taken)


def as_svg(sheet: Sheet) -> bytes:
    """Draw a file that needs no page around it."""
    with styled():
        figure = _whole(sheet)
        inside = svg_elements(figure, paint=lambda colour: colour)
        width, height = (float(inches) * 72 for inches in figure.get_size_inches())
    label = sheet.plot.label
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * 2:g}"'
        f' height="{height * 2:g}" viewBox="0 0 {width:g} {height:g}" role="img"'
        f' fill="none" font-family="{_FONTS}" font-size="8" stroke-linejoin="round">'
        f"<title>{escape(label.title, quote=False)}</title>"
        f"<desc>{escape(label.description, quote=False)}</desc>{inside}</svg>\n"
    ).encode()


def as_png(sheet: Sheet) -> bytes:
    """Draw a file of dots."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415

    out = io.BytesIO()
    with styled(), warnings.catch_warnings():
        # A letter that no font here has becomes a box: no reason to stop or to talk.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = _whole(sheet)
        FigureCanvasAgg(figure)
        nameless: Any = {"Software": None}
        figure.savefig(out, format="png", dpi=_DOTS_PER_INCH, metadata=nameless)
    return out.getvalue()


FORMS: Mapping[str, Callable[[Sheet], bytes]] = {
    "svg": as_svg,
    "png": as_png,
}
"""What ``--plots`` takes."""


def _whole(sheet: Sheet) -> "Figure":
    """Draw a plot with its title and the meaning of its lines above it."""
    plot, variants = sheet.plot, sheet.variants
    title = _wrapped(plot.label.title, plot.width_points / _TITLE_POINTS, lines=3)
    remark = _wrapped(sheet.remark, plot.width_points / _REMARK_POINTS, lines=4)
    rows = len(title) + len(variants) + len(remark)
    above = _MARGIN_POINTS + _LINE_POINTS * rows
    figure = figure_of(plot, above_points=above)
    figure.patch.set_visible(True)
    figure.set_facecolor(PAPER)
    height = plot.height_points + above
    heights = (
        1 - (_MARGIN_POINTS + _LINE_POINTS * (at + 0.5)) / height for at in range(rows)
    )
    for line in title:
        _write(figure, line, next(heights), size=_TITLE_POINTS)
    for variant in variants:
        _key(figure, variant, next(heights), wide=plot.width_points)
    for line in remark:
        _write(figure, line, next(heights), size=_REMARK_POINTS)
    return figure


def _wrapped(text: str, letters_of_full_width: float, *, lines: int) -> list[str]:
    letters = int(letters_of_full_width / _OF_A_LETTER)
    return textwrap.wrap(printable(text, limit=lines * letters), letters)


def _write(figure: "Figure", text: str, y: float, *, size: float) -> None:
    title = size == _TITLE_POINTS
    figure.text(
        0.02,
        y,
        text,
        size=size,
        weight="bold" if title else "normal",
        color=_INK if title else INK,
        va="center",
    )


def _key(figure: "Figure", variant: VariantFacts, y: float, *, wide: float) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415

    start, end = 0.02, 0.02 + _KEY_POINTS / wide
    colour = colour_of(variant.name)
    line = Line2D([start, end], [y, y], color=colour, linewidth=1.6)
    line.set_dashes(dashes_of(variant.name))
    figure.add_artist(line)
    mark = Line2D([(start + end) / 2], [y], color=colour, marker=shape_of(variant.name))
    mark.set_markersize(4.5)
    figure.add_artist(mark)
    words = f"{printable(variant.name, limit=40)}: {made_of(variant)}"
    figure.text(end + 5 / wide, y, words, color=INK, va="center")
