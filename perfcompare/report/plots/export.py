# SPDX-License-Identifier: Apache-2.0
"""Every plot of a report as a file of its own, for slides and commit messages."""

import io
import itertools
import re
import textwrap
import warnings
import zlib
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfcompare.model.judgement import Judgement, VariantFacts
from perfcompare.report.facts import made_of
from perfcompare.report.page.durations import durations_panels
from perfcompare.report.page.services import services
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
_LINE_POINTS, _MARGIN_POINTS = 11.0, 6.0
_TITLE_POINTS = 9.0
_OF_A_LETTER = 0.62
_DOTS_PER_INCH = 192
"""A picture 4 inches wide has 768 dots: twice those that a page gives it."""
_FONTS = "'DejaVu Sans', Verdana, 'Noto Sans', sans-serif"
_LONGEST_NAME = 80
_DRAWN = ("*.svg", "*.png")


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
    for wanted, plot, variants in _plots(judgement):
        name = _free(wanted, names)
        names[name] = f"{name}.{form}"
        (directory / names[name]).write_bytes(FORMS[form](plot, variants))
    return tuple(names.values())


def _plots(
    judgement: Judgement,
) -> Iterator[tuple[str, Plot, Sequence[VariantFacts]]]:
    """Return each plot with what its file is called and what its lines are."""
    lines = {one.variant for one in judgement.distributions}
    lines |= {one.variant for one in judgement.curves}
    variants = [one for one in judgement.facts.variants if one.name in lines]
    effects = effects_plot(judgement)
    if effects:
        yield "effects", effects, ()
    for service in services(judgement):
        for panel in service.panels:
            yield file_name("service", panel.name), panel.plot, variants
    for panel in durations_panels(judgement):
        yield file_name("durations", panel.name), panel.plot, variants


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


def as_svg(plot: Plot, variants: Sequence[VariantFacts]) -> bytes:
    """Draw a file that needs no page around it."""
    with styled():
        figure = _whole(plot, variants)
        inside = svg_elements(figure, paint=lambda colour: colour)
        width, height = (float(inches) * 72 for inches in figure.get_size_inches())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * 2:g}"'
        f' height="{height * 2:g}" viewBox="0 0 {width:g} {height:g}" role="img"'
        f' fill="none" font-family="{_FONTS}" font-size="8" stroke-linejoin="round">'
        f"<title>{escape(plot.label.title, quote=False)}</title>"
        f"<desc>{escape(plot.label.description, quote=False)}</desc>{inside}</svg>\n"
    ).encode()


def as_png(plot: Plot, variants: Sequence[VariantFacts]) -> bytes:
    """Draw a file of dots."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415

    out = io.BytesIO()
    with styled(), warnings.catch_warnings():
        # A letter that no font here has becomes a box: no reason to stop or to talk.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = _whole(plot, variants)
        FigureCanvasAgg(figure)
        nameless: Any = {"Software": None}
        figure.savefig(out, format="png", dpi=_DOTS_PER_INCH, metadata=nameless)
    return out.getvalue()


FORMS: Mapping[str, Callable[[Plot, Sequence[VariantFacts]], bytes]] = {
    "svg": as_svg,
    "png": as_png,
}
"""What ``--plots`` takes."""


def _whole(plot: Plot, variants: Sequence[VariantFacts]) -> "Figure":
    """Draw a plot with its title and the meaning of its lines above it."""
    letters = int(plot.width_points / (_TITLE_POINTS * _OF_A_LETTER))
    title = textwrap.wrap(printable(plot.label.title, limit=3 * letters), letters)
    above = _MARGIN_POINTS + _LINE_POINTS * (len(title) + len(variants))
    figure = figure_of(plot, above_points=above)
    figure.patch.set_visible(True)
    figure.set_facecolor(PAPER)
    height = plot.height_points + above
    for at, line in enumerate(title):
        y = 1 - (_MARGIN_POINTS + _LINE_POINTS * (at + 0.5)) / height
        figure.text(
            0.02, y, line, size=_TITLE_POINTS, weight="bold", color=_INK, va="center"
        )
    for at, variant in enumerate(variants, start=len(title)):
        y = 1 - (_MARGIN_POINTS + _LINE_POINTS * (at + 0.5)) / height
        _key(figure, variant, y)
    return figure


def _key(figure: "Figure", variant: VariantFacts, y: float) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415

    colour = colour_of(variant.name)
    line = Line2D([0.02, 0.12], [y, y], color=colour, linewidth=1.6)
    line.set_dashes(dashes_of(variant.name))
    figure.add_artist(line)
    mark = Line2D([0.07], [y], color=colour, marker=shape_of(variant.name))
    mark.set_markersize(4.5)
    figure.add_artist(mark)
    words = f"{printable(variant.name, limit=40)}: {made_of(variant)}"
    figure.text(0.14, y, words, color=INK, va="center")
