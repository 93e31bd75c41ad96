# SPDX-License-Identifier: Apache-2.0
"""Draw a scene: what is measured, how far it is, who does what, first medians."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from perfcompare.cli.terminal_scene import STOPPED, WAITS, Lane, Scene
from perfcompare.cli.terminal_words import (
    Line,
    duration,
    lines_of,
    most,
    shown,
    stopwatch,
)
from perfcompare.experiment.progress import RoundEnd
from perfcompare.model.metric import Unit
from perfcompare.model.variant import VariantName

# Below this there is room for base, target and their change alone.
_WIDE = 80
_NEAR_SECONDS = 1.0
_GAP = 2
_NARROWEST_NAME = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What does not change while it is measured."""

    title: str
    path: str
    """Of the run."""
    variants: tuple[str, ...]
    """Those measured now, in the order of the plan."""
    seconds_by_plan: tuple[float, float] | None
    """Between which the rounds take, to judge by the plan; None when unknown."""


def draw(
    subject: Subject, scene: Scene, *, elapsed_seconds: float, now: float, width: int
) -> RenderableType:
    """Return the lines to show at the monotonic time *now*, none wider than *width*."""
    parts = [_heading(subject, width), _progress(subject, scene, elapsed_seconds, now)]
    parts.append(_lanes(scene.lanes))
    if scene.end is not None:
        parts += _medians(subject, scene.end, width)
    return Group(*parts)


def _heading(subject: Subject, width: int) -> RenderableType:
    title = Text(shown(subject.title), style="bold", no_wrap=True, overflow="ellipsis")
    place = f"into {shown(subject.path)}"
    if cell_len(title.plain) + 2 + cell_len(place) <= width:
        return Text.assemble(title, "  ", (place, "dim"), no_wrap=True)
    # A path differs from the next at its end.
    cut = place
    while cell_len(cut) > width - 1:
        cut = cut[1:]
    cut = place if cut == place else f"…{cut}"
    return Group(title, Text(cut, style="dim", no_wrap=True, overflow="crop"))


def _progress(
    subject: Subject, scene: Scene, elapsed_seconds: float, now: float
) -> RenderableType:
    event = scene.event
    row = Table.grid(padding=(0, _GAP, 0, 0), expand=True)
    row.add_column(no_wrap=True)
    row.add_column(ratio=1)
    row.add_column(no_wrap=True, overflow="ellipsis", justify="right")
    times = f"{stopwatch(elapsed_seconds)} · {_left(subject, scene, now)}"
    if event is None or not event.round:
        row.add_row(f"{event.activity if event else 'start'} …", "", times)
        return row
    rounds = f"round {event.round} of {most(event.rounds, up_to=event.up_to)}"
    bar = ProgressBar(total=event.rounds, completed=_rounds_done(scene))
    row.add_row(rounds, bar, times)
    return row


def _rounds_done(scene: Scene) -> float:
    """Return how many rounds are done, the one at hand in part."""
    before = scene.event.round - 1 if scene.event else 0
    if scene.end is not None and scene.event and scene.end.round == scene.event.round:
        return before + 1.0
    stopped = sum(lane.doing == STOPPED for lane in scene.lanes)
    up = sum(lane.doing not in {STOPPED, WAITS} for lane in scene.lanes)
    return before + (stopped + up * scene.share_done) / len(scene.lanes)


def _left(subject: Subject, scene: Scene, now: float) -> str:
    event = scene.event
    if event is not None and event.seconds_left is not None:
        seconds = event.seconds_left - (now - scene.event_at)
        if seconds < _NEAR_SECONDS:
            return "nearly done"
        return f"{'at most ' if event.up_to else ''}about {duration(seconds)} left"
    if subject.seconds_by_plan is None:
        return "time left known after a round"
    low, high = map(duration, subject.seconds_by_plan)
    return f"about {low} to {high} by the plan"


def _lanes(lanes: tuple[Lane, ...]) -> RenderableType:
    rows = Table.grid(padding=(0, _GAP, 0, 0))
    rows.add_column(no_wrap=True, width=1)
    rows.add_column(no_wrap=True)
    rows.add_column(no_wrap=True, min_width=len("warm-up"))
    rows.add_column(no_wrap=True, overflow="ellipsis")
    for lane in lanes:
        style = "bold" if lane.has_turn else ("dim" if lane.doing == WAITS else "")
        rows.add_row(
            "▸" if lane.has_turn else "",
            lane.variant,
            lane.doing,
            Text(shown(lane.detail)),
            style=style,
        )
    return rows


def _medians(subject: Subject, end: RoundEnd, width: int) -> Iterator[RenderableType]:
    """Yield a table of what there is so far, under words that say what it is not."""
    names = [name for name in subject.variants if width >= _WIDE or _is_compared(name)]
    latencies = lines_of(end.latencies, unit=Unit.SECONDS, variants=names)
    memory = lines_of(end.memory, unit=Unit.BYTES, variants=names)
    if not latencies and not memory:
        return
    changing = any(line.change for line in (*latencies, *memory))
    rows = [("", "", *names, "", "change" if changing else "")]
    rows += [_cells(line, "p50", names) for line in latencies]
    rows += [_cells(line, "peak PSS", names) for line in memory]
    rounds = f"{end.counted} round{'' if end.counted == 1 else 's'}"
    yield Text(f"\nso far, not a verdict: {rounds}", style="dim", no_wrap=True)
    yield _aligned(rows, numbers=range(2, 2 + len(names)), width=width)


def _cells(line: Line, what: str, names: list[str]) -> tuple[str, ...]:
    numbers = (line.number(name) for name in names)
    return (line.subject, what, *numbers, line.unit, line.change)


def _aligned(
    rows: list[tuple[str, ...]], *, numbers: range, width: int
) -> RenderableType:
    """Align *rows*, the first of them a head; subjects give way where it is narrow."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    spare = width - sum(widths) - _GAP * len(widths)
    widths[0] = max(min(widths[0], _NARROWEST_NAME), widths[0] + min(0, spare))
    table = Table.grid(padding=(0, _GAP, 0, 0))
    for at, each in enumerate(widths):
        right = at in numbers or at == len(widths) - 1
        table.add_column(
            no_wrap=True,
            overflow="ellipsis",
            width=each,
            justify="right" if right else "left",
        )
    for at, row in enumerate(rows):
        table.add_row(*map(Text, row), style="" if at else "dim")
    return table


def _is_compared(name: str) -> bool:
    return name in {VariantName.BASE, VariantName.TARGET}
